# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags of the roles: each task has one, and ``--tags`` reaches it through every include above it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.vectorops.qdrant.tests.gates import source

# Each tag is the role's name, alone for all of it or with one of these parts. A role without parts is one operation
# that is not done in part.
PARTS = {
    "qdrant_backup": ("install", "configure", "service"),
    "qdrant_bucket": ("configure", "iam"),
    "qdrant_server": ("install", "configure", "service"),
    "qdrant_drill": (),
    "qdrant_fleet": (),
    "qdrant_restore": (),
    "qdrant_rollout": (),
}
INCLUDES = ("ansible.builtin.include_tasks", "ansible.builtin.include_role")
IMPORT = "ansible.builtin.import_tasks"


def tag_set(value: Any) -> frozenset[str]:
    """What is written after ``tags:``, as a set."""
    return frozenset(str(item) for item in ([value] if isinstance(value, str) else value or ()))


def included(task: dict[str, Any], folder: Path) -> tuple[list[Path], frozenset[str]] | None:
    """The files that a dynamic include may read, and the tags that it applies to their tasks; None for other tasks."""
    for key in INCLUDES:
        if key not in task:
            continue
        options = task[key] if isinstance(task[key], dict) else {"file": task[key]}
        applied = tag_set(options.get("apply", {}).get("tags"))
        if key.endswith("role"):
            role = str(options["name"]).rpartition(".")[2]
            return [source.ROLES / role / "tasks" / f"{options.get('tasks_from', 'main')}.yml"], applied
        name = str(options["file"])
        if "{{" not in name:
            return [folder / name], applied
        # The name of a file that is a variable's value: any of its choices.
        variable = name.replace("{{", "").partition("}}")[0].strip()
        spec = yaml.safe_load((folder.parent / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
        return [
            folder / f"{one}.yml" for one in spec["argument_specs"]["main"]["options"][variable]["choices"]
        ], applied
    return None


def problems_of(tasks: list[dict[str, Any]], folder: Path, where: str, above: frozenset[str]) -> Iterator[str]:
    """above: tags that the tasks inherit. Yields a sentence for each task without a tag, or that no tag reaches."""
    for task in tasks:
        tags = above | tag_set(task.get("tags"))
        name = f"{where}: {task.get('name', task)}"
        inner = [part for key in ("block", "rescue", "always") for part in task.get(key) or ()]
        if inner:
            yield from problems_of(inner, folder, where, tags)
            continue
        if IMPORT in task:
            file = folder / str(task[IMPORT])
            yield from problems_of(read(file), folder, file.name, tags)
            continue
        if not tags:
            yield f"{name}: has no tag"
        found = included(task, folder)
        for file in found[0] if found else ():
            assert found
            # As Ansible does: from the blocks around the include and from "apply", not from the include's own tags.
            yield from problems_of(read(file), file.parent, file.name, above | found[1])
            hidden = below(file, above | found[1]) - tags
            if hidden:
                yield f"{name}: lacks {', '.join(sorted(hidden))}, which tasks in {file.name} have"


def below(file: Path, applied: frozenset[str]) -> frozenset[str]:
    """Every tag that a task in a file, or in a file that it imports, has."""
    return applied.union(*(tags_in(task, file.parent) for task in read(file)))


def tags_in(task: dict[str, Any], folder: Path) -> frozenset[str]:
    inner = [part for key in ("block", "rescue", "always") for part in task.get(key) or ()]
    if IMPORT in task:
        inner = read(folder / str(task[IMPORT]))
    return tag_set(task.get("tags")).union(*(tags_in(part, folder) for part in inner))


def read(file: Path) -> list[dict[str, Any]]:
    return yaml.safe_load(file.read_text(encoding="utf-8")) or []


def routes(
    tasks: list[dict[str, Any]], folder: Path, where: str, above: frozenset[str]
) -> Iterator[tuple[str, frozenset[str]]]:
    """Each task with its tags, once for every way that leads to it."""
    for task in tasks:
        tags = above | tag_set(task.get("tags"))
        for key in ("block", "rescue", "always"):
            yield from routes(task.get(key) or [], folder, where, tags)
        if IMPORT in task:
            file = folder / str(task[IMPORT])
            yield from routes(read(file), folder, file.name, tags)
            continue
        yield f"{where}: {task.get('name')}", tags
        found = included(task, folder)
        for file in found[0] if found else ():
            assert found
            yield from routes(read(file), file.parent, file.name, above | found[1])


def wanted(role: str) -> frozenset[str]:
    parts = frozenset(f"{role}_{part}" for part in PARTS[role])
    return parts | {role} if parts else parts


def test_every_role_is_in_the_list() -> None:
    assert {path.name for path in source.ROLES.iterdir() if path.is_dir()} == set(PARTS)


@pytest.mark.parametrize("role", [role for role, parts in PARTS.items() if parts])
def test_each_task_has_a_tag_and_can_be_reached(role: str) -> None:
    folder = source.ROLES / role / "tasks"
    problems = list(dict.fromkeys(problems_of(read(folder / "main.yml"), folder, "main.yml", frozenset())))
    assert not problems, "\n" + "\n".join(problems)
    found: dict[str, set[frozenset[str]]] = {}
    for name, tags in routes(read(folder / "main.yml"), folder, "main.yml", frozenset()):
        found.setdefault(name, set()).add(tags)
    assert [name for name, sets in found.items() if len(sets) > 1] == [], "its tags depend on the way to it"
    # A block has none of its own.
    assert [name for name, sets in found.items() if any(tags and role not in tags for tags in sets)] == [], role
    parts = {frozenset([role, tag]) for tag in wanted(role) - {role}}
    assert parts <= {tags for sets in found.values() for tags in sets}


@pytest.mark.parametrize("role", PARTS)
def test_the_tags_are_in_the_readme_of_the_role(role: str) -> None:
    text = (source.ROLES / role / "README.md").read_text(encoding="utf-8")
    assert [tag for tag in sorted(wanted(role)) if f"`{tag}`" not in text] == []


SOUND: dict[str, str] = {
    "main.yml": "[{name: a, ansible.builtin.include_tasks: {file: b.yml, apply: {tags: x}}, tags: [x]}]",
    "b.yml": "[{name: b, ansible.builtin.debug: {}}]",
}
WRONG: list[tuple[str, str, str]] = [
    ("main.yml", "[{name: a, ansible.builtin.debug: {}}]", "a: has no tag"),
    ("main.yml", "[{name: a, ansible.builtin.include_tasks: b.yml, tags: [x]}]", "b: has no tag"),
    ("b.yml", "[{name: b, ansible.builtin.debug: {}, tags: y}]", "a: lacks y, which tasks in b.yml have"),
    ("b.yml", "[{block: [{name: b, ansible.builtin.debug: {}, tags: y}]}]", "a: lacks y, which tasks in b.yml have"),
]


@pytest.mark.parametrize(("name", "text", "said"), [("b.yml", SOUND["b.yml"], ""), *WRONG])
def test_gate_sees_a_task_that_no_tag_reaches(tmp_path: Path, name: str, text: str, said: str) -> None:
    for file, content in {**SOUND, name: text}.items():
        (tmp_path / file).write_text(content)
    problems = list(problems_of(read(tmp_path / "main.yml"), tmp_path, "main.yml", frozenset()))
    assert [problem.partition(": ")[2] for problem in problems] == ([said] if said else [])
