# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules: thin, in the right action groups, documented as the options table says."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.vectorops.qdrant.tests.gates import source

TABLE_ERROR = ""
try:
    from ansible_collections.vectorops.qdrant.plugins.module_utils import _options as table
except ImportError as exc:  # said by a test below, so that the other gates still run
    table = None
    TABLE_ERROR = str(exc)

USUAL_LINES = 10
MOST_LINES = 40  # of the one that writes a file
TEXTS = ("DOCUMENTATION", "EXAMPLES", "RETURN")
SECRET_NAME = re.compile(r"(^|_)(api_key|access_key|secret_key|session_token|password|token|secret)$")
FRAGMENTS = {"_node": "NODE", "_host": "HOST", "_repository": "REPOSITORY"}
GROUPS = {"qdrant": "NODE", "repository": "REPOSITORY"}
# Lookup -> what it asks for beside options of the repository.
LOOKUP_OPTIONS = {"qdrant_policy": {"_terms", "partition", "existing", "tls"}}


def code_lines(text: str) -> int:
    """Lines that are neither blank, nor comment, nor documentation."""
    tree = ast.parse(text)
    prose: set[int] = set()
    for node in ast.walk(tree):
        named = isinstance(node, ast.Assign) and any(getattr(target, "id", "") in TEXTS for target in node.targets)
        words = (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        )
        if named or words:
            prose.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    lines = enumerate(text.splitlines(), start=1)
    return sum(
        1 for number, line in lines if line.strip() and not line.lstrip().startswith("#") and number not in prose
    )


def documented(entry: dict[str, Any]) -> dict[str, Any]:
    """The parts of an option that documentation and table both have."""
    return {
        "type": entry.get("type", "str"),
        "default": entry.get("default"),
        "choices": list(entry.get("choices") or []),
        "elements": entry.get("elements"),
        "required": bool(entry.get("required", False)),
        "aliases": list(entry.get("aliases") or []),
    }


def differences(where: str, docs: dict[str, Any], specs: dict[str, Any]) -> list[str]:
    """What documentation and table say differently; both name -> entry."""
    problems = [f"{where}: {name} is not documented" for name in sorted(set(specs) - set(docs))]
    problems += [
        f"{where}: {name} is documented but not in the options table" for name in sorted(set(docs) - set(specs))
    ]
    for name in sorted(set(docs) & set(specs)):
        ours, theirs = documented(docs[name]), documented(specs[name])
        for key in ours:
            if ours[key] != theirs[key] or type(ours[key]) is not type(theirs[key]):
                problems.append(
                    f"{where}: {name}: {key} is {ours[key]!r} in the documentation, {theirs[key]!r} in the table"
                )
    return problems


def group_problems(
    groups: dict[str, list[str]], options: dict[str, set[str]], wanted: dict[str, set[str]]
) -> list[str]:
    """Groups name -> modules, options module -> names, wanted group -> the options that each of its members takes."""
    problems = []
    for group, needs in wanted.items():
        right = {module for module, names in options.items() if needs <= names}
        listed = groups.get(group) or []
        problems += [
            f"{group}: {module} is listed but takes not all of its options" for module in sorted(set(listed) - right)
        ]
        problems += [f"{group}: {module} takes its options but is not listed" for module in sorted(right - set(listed))]
        if listed != sorted(set(listed)):
            problems.append(f"{group}: the list is not sorted, or names a module twice")
    problems += [f"{group}: no such group here" for group in sorted(set(groups) - set(wanted))]
    return problems


def verb_of(path: Path) -> str | None:
    """The verb that a module opens the door to."""
    found = re.findall(r"module_utils\._verbs import (\w+)$", path.read_text(encoding="utf-8"), flags=re.M)
    return found[0] if len(found) == 1 else None


def test_options_table_can_be_read() -> None:
    assert table is not None, TABLE_ERROR


@pytest.mark.parametrize("path", source.module_files(), ids=lambda path: path.stem)
def test_module_is_thin(path: Path) -> None:
    lines = code_lines(path.read_text(encoding="utf-8"))
    assert lines <= MOST_LINES, (
        f"{lines} lines of code; about {USUAL_LINES} are usual: behaviour belongs into the engine"
    )


@pytest.mark.parametrize("path", source.module_files(), ids=lambda path: path.stem)
def test_module_is_documented(path: Path) -> None:
    texts = source.string_constants(path)
    assert set(TEXTS) <= set(texts)
    docs = source.documentation(path)
    assert docs["module"] == path.stem
    assert {"check_mode", "diff_mode", "idempotent"} <= set(docs["attributes"])
    names = [task for task in yaml.safe_load(texts["EXAMPLES"]) if isinstance(task, dict)]
    assert any(f"vectorops.qdrant.{path.stem}" in str(task) for task in names), (
        "no example uses the module by its full name"
    )
    assert yaml.safe_load(texts["RETURN"])


@pytest.mark.parametrize("name", sorted(FRAGMENTS))
def test_fragment_says_what_the_table_says(name: str) -> None:
    docs = source.fragment(f"vectorops.qdrant.{name}")["options"]
    specs = table.argument_spec(getattr(table, FRAGMENTS[name]))
    assert not differences(name, docs, specs)


@pytest.mark.parametrize("path", source.module_files(), ids=lambda path: path.stem)
def test_module_says_what_the_table_says(path: Path) -> None:
    verb = verb_of(path)
    if verb is None:
        pytest.skip("no verb of the engine behind it; ansible-test sanity compares its own argument spec")
    groups = importlib.import_module(f"ansible_collections.vectorops.qdrant.plugins.module_utils._verbs.{verb}").OPTIONS
    assert not differences(path.stem, source.documentation(path)["options"], table.argument_spec(*groups))


def lookup_problems(where: str, docs: dict[str, Any], specs: dict[str, Any], own: set[str]) -> list[str]:
    """A lookup repeats options of the table; it may ask for one that others can leave out."""
    repeated = {name: {**entry, "required": False} for name, entry in docs.items() if name not in own}
    wanted = {name: {**entry, "required": False} for name, entry in specs.items() if name in repeated}
    return differences(where, repeated, wanted) + [f"{where}: {name} is gone" for name in sorted(own - set(docs))]


@pytest.mark.parametrize("path", source.lookup_files(), ids=lambda path: path.stem)
def test_lookup_says_what_the_table_says(path: Path) -> None:
    specs = table.argument_spec(table.REPOSITORY)
    assert not lookup_problems(path.stem, source.documentation(path)["options"], specs, LOOKUP_OPTIONS[path.stem])


def test_gate_sees_a_lookup_that_differs() -> None:
    specs = {"bucket": {"type": "str"}, "cluster": {"type": "str", "default": "qdrant"}}
    good = {"_terms": {"type": "list"}, "bucket": {"type": "str", "required": True}, "cluster": specs["cluster"]}
    assert lookup_problems("l", good, specs, {"_terms"}) == []
    assert lookup_problems("l", good, specs, set())
    assert lookup_problems("l", good, specs, {"_terms", "old"})
    assert lookup_problems("l", {**good, "cluster": {"type": "str", "default": "x"}}, specs, {"_terms"})
    assert lookup_problems("l", {**good, "bucket": {"type": "int"}}, specs, {"_terms"})


def test_secrets_are_marked() -> None:
    options = [
        item for value in vars(table).values() if isinstance(value, tuple) for item in value if hasattr(item, "secret")
    ]
    assert options
    assert not [option.name for option in options if SECRET_NAME.search(option.name) and not option.secret]


def test_every_option_has_one_meaning() -> None:
    """One word for one thing: the type of an option is the same wherever it stands."""
    options = [
        item for value in vars(table).values() if isinstance(value, tuple) for item in value if hasattr(item, "secret")
    ]
    types: dict[str, set[str]] = {}
    for option in options:
        types.setdefault(option.name, set()).add(option.type)
    assert not {name: sorted(found) for name, found in types.items() if len(found) > 1}


def test_action_groups() -> None:
    options = {path.stem: set(source.documentation(path)["options"]) for path in source.module_files()}
    wanted = {group: {option.name for option in getattr(table, name)} for group, name in GROUPS.items()}
    problems = group_problems(source.action_groups(), options, wanted)
    assert not problems, "\n" + "\n".join(problems)


@pytest.mark.parametrize("path", source.module_files(), ids=lambda path: path.stem)
def test_membership_is_documented(path: Path) -> None:
    groups = [f"vectorops.qdrant.{group}" for group, names in source.action_groups().items() if path.stem in names]
    attribute = source.documentation(path)["attributes"].get("action_group") or {}
    assert sorted(attribute.get("membership") or []) == sorted(groups)


def test_gate_sees_a_wrong_group() -> None:
    options = {"one": {"url", "key", "more"}, "two": {"url"}}
    wanted = {"qdrant": {"url", "key"}}
    assert group_problems({"qdrant": ["one"]}, options, wanted) == []
    assert group_problems({"qdrant": []}, options, wanted)
    assert group_problems({"qdrant": ["one", "two"]}, options, wanted)
    assert group_problems({"qdrant": ["gone", "one"]}, options, wanted)
    assert group_problems({"qdrant": ["one"], "other": []}, options, wanted)


@pytest.mark.parametrize(
    "docs",
    [
        {},
        {"a": {"type": "int", "default": 2}},
        {"a": {"type": "str", "default": 1}},
        {"a": {"type": "int", "default": True}},
        {"a": {"type": "int", "default": 1, "choices": [1]}},
        {"a": {"type": "int", "default": 1, "required": True}},
        {"a": {"type": "int", "default": 1, "aliases": ["b"]}},
        {"a": {"type": "int", "default": 1}, "b": {"type": "str"}},
    ],
)
def test_gate_sees_a_difference(docs: dict[str, Any]) -> None:
    spec = {"a": {"type": "int", "default": 1}}
    assert differences("x", {"a": {"type": "int", "default": 1}}, spec) == []
    assert differences("x", docs, spec)


def test_gate_counts_code() -> None:
    assert (
        code_lines(
            '"""Doc\nstring."""\n\n# comment\nDOCUMENTATION = r"""\nmany\nlines\n"""\nx = 1\n\ndef f():\n    return x\n'
        )
        == 3
    )
