# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a reader copies exists: commands with all their options, playbooks, variables, targets of make, linked files.

The messages that the guide to failures explains are the engine's.
"""

from __future__ import annotations

import ast
import contextlib
import re
import shlex
from pathlib import Path

import pytest
import yaml
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import UsageError
from ansible_collections.vectorops.qdrant.plugins.module_utils._program import arguments, commands
from ansible_collections.vectorops.qdrant.tests.gates import source

GUIDES = source.ROOT / "docs" / "docsite" / "rst"
PAGES = [
    source.ROOT / "README.md",
    source.ROOT / "CODE_OF_CONDUCT.md",
    source.ROOT / "CONTRIBUTING.md",
    *sorted(source.ROLES.glob("*/README.md")),
    *sorted(GUIDES.glob("*.rst")),
]
NAMES = [str(page.relative_to(source.ROOT)) for page in PAGES]
ROLE_WORDS = "server|backup|bucket|drill|fleet|restore|rollout"


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def typed(text: str) -> list[str]:
    """Every command in a text: after a prompt, in double backquotes, or in single ones in Markdown."""
    prompts = re.findall(r"^\s*(?:[\w-]+)?\$ ((?:.*\\\n)*.*)", text, flags=re.M)
    inline = re.findall(r"``([^`]+)``|(?<!`)`([^`\n]+)`(?!`)", text)
    found = [*prompts, *(double or single for double, single in inline)]
    return [re.sub(r"\\\n\s*", "", one) for one in found]


def programs(text: str) -> list[list[str]]:
    """The arguments of every complete call of qdrant-backup in a text."""
    calls = []
    for command in typed(text):
        match = re.match(r"(?:sudo )?qdrant-backup ((?!COMMAND)[a-z-].*)", command)
        if not match or "..." in command or "--help" in command:
            continue
        words = shlex.split(match[1], comments=True)
        end = next((place for place, word in enumerate(words) if word in (">", "|", ">>", "&&")), len(words))
        calls.append(words[:end])
    return calls


def wrong_call(words: list[str]) -> str:
    """Why the program would refuse the arguments; empty if it would not."""
    try:
        verb, rest, dummy = arguments.parse_verb(words)
        if verb in commands.COMMANDS:
            command = commands.COMMANDS[verb]
            arguments.parse_options(verb, command.options(command.load()), rest, command)
    except UsageError as error:
        return str(error)
    return ""


def known_variables() -> set[str]:
    """Every variable of the roles, and what the playbooks take themselves."""
    found = set()
    for path in source.ROLES.glob("*/meta/argument_specs.yml"):
        specs = yaml.safe_load(read(path))["argument_specs"]
        found |= {name for spec in specs.values() for name in spec.get("options", {})}
    for path in (source.ROOT / "playbooks").rglob("*.yml"):
        found |= set(re.findall(r"(?<!_)\bqdrant_(?:hosts|serial)\b", read(path)))
    return found


def other_names() -> set[str]:
    """Names that look like variables: modules, roles, tags, metrics."""
    found = {path.stem for path in source.module_files()} | {path.name for path in source.ROLES.iterdir()}
    for path in [*source.ROLES.glob("*/tasks/*.yml"), *(source.ROOT / "playbooks").glob("*.yml")]:
        found |= {name for tags in re.findall(r"tags: .*\[(.*)\]", read(path)) for name in re.findall(r"\w+", tags)}
    metrics = read(source.ENGINE / "_status" / "metrics.py")
    return found | {f"qdrant_backup_{name}" for name in re.findall(r'"([a-z_]+)"', metrics)}


def unknown_variables(text: str, known: set[str], others: set[str]) -> list[str]:
    found = set(re.findall(rf"(?<![\w.#/-])qdrant_(?:{ROLE_WORDS})_\w+(?!\w|\.prom)", text))
    given = set(re.findall(r"-e ['\"]?\{?['\"]?(qdrant_\w+)", text))
    whole = {name for name in found | given if not name.endswith("_")}
    return sorted(whole - known - {name for name in others if name not in given})


def unknown_playbooks(text: str) -> list[str]:
    played = [line for line in typed(text) if line.startswith("ansible-playbook")]
    names = {name for line in played for name in re.findall(r"\bvectorops\.qdrant\.(\w+)", line)}
    return sorted(name for name in names if not (source.ROOT / "playbooks" / f"{name}.yml").is_file())


def unknown_targets(text: str) -> list[str]:
    targets = set(re.findall(r"^([a-z0-9-]+)(?: [a-z0-9 -]+)?:", read(source.ROOT / "Makefile"), flags=re.M))
    targets |= {
        name
        for line in re.findall(r"^\.PHONY: (.*)", read(source.ROOT / "Makefile"), flags=re.M)
        for name in line.split()
    }
    targets |= set(re.findall(r"\b(lint-[a-z]+)", read(source.ROOT / "Makefile")))
    called = [
        match for line in typed(text) for match in re.findall(r"^(?:\w+=\S+ )*(?:sudo )?make ([a-z][a-z0-9-]*)", line)
    ]
    return sorted(set(called) - targets)


def broken_yaml(text: str) -> list[str]:
    """The first line of each block of YAML that cannot be read."""
    blocks = re.findall(r"^```yaml\n((?s:.*?))^```", text, flags=re.M)
    blocks += re.findall(r"^ *\.\. code-block:: yaml\n(?: +:.*\n)*\n((?:(?: +.*)?\n)+)", text, flags=re.M)
    broken = []
    for block in blocks:
        try:
            yaml.safe_load(block)
        except yaml.YAMLError as error:
            broken.append(f"{block.strip().splitlines()[0]}: {error}")
    return broken


def broken_links(page: Path, text: str) -> list[str]:
    """Relative links of Markdown, and pictures, whose file does not exist."""
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if page.suffix == ".md"]
    links += re.findall(r"^ *\.\. (?:image|figure):: (\S+)", text, flags=re.M)
    return [link for link in links if link and "://" not in link and not (page.parent / link).exists()]


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_commands_of_the_program(page: Path) -> None:
    wrong = [f"{shlex.join(words)}: {why}" for words in programs(read(page)) if (why := wrong_call(words))]
    assert wrong == []


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_names_links_and_blocks(page: Path) -> None:
    text = read(page)
    assert unknown_playbooks(text) == []
    assert unknown_targets(text) == []
    assert unknown_variables(text, known_variables(), other_names()) == []
    assert broken_yaml(text) == []
    assert broken_links(page, text) == []


def messages(text: str) -> list[str]:
    """The texts of a Python file as the user sees them; a value that is filled in is a NUL."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.JoinedStr):
            found.append("".join(str(part.value) if isinstance(part, ast.Constant) else "\0" for part in node.values))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.append(node.value)
    return found


def explained(text: str) -> list[str]:
    """The messages in the first column of a guide's tables with the head "Message"."""
    tables = re.findall(r"^   \* - Message\n((?:   .*\n)+)", text, flags=re.M)
    cells = [cell for table in tables for cell in re.findall(r"^   \* - (.*)", table, flags=re.M)]
    return [message for cell in cells for message in re.findall(r"``([^`]+)``", cell)]


def test_messages_in_the_guide_to_failures_are_the_engines() -> None:
    told = "\n".join(message for path in sorted(source.ENGINE.rglob("*.py")) for message in messages(read(path)))
    wanted = explained(read(GUIDES / "guide_trouble.rst"))
    assert len(wanted) > 40
    assert [message for message in wanted if message not in told] == []


# A command, an address, and a value that is one.
_TOOLS = (
    rf"qdrant-backup (?:{'|'.join([*commands.COMMANDS, *commands.OWN])})|systemctl [a-z-]+|journalctl -u|curl"
    r"|aws s3(?:api)? [a-z-]+|pip install|apt install|ansible-playbook"
)
_COMMANDS = re.compile(rf"(?:{_TOOLS})(?:[ =](?:-[\w-]+|[A-Z][A-Z_]+|{{[^{{}}]*}}|[\w./:@=-]*\w))*?\.(?=\s|$)")
_ADDRESSES = re.compile(r"https?://\S*[\w/}]\.(?=\s|$)")
_CALLS = (
    r"(?:again|settle|back|remedy|command|command_line|whole_command|drop_command|thaw_command|post|delete_collection"
    r"|remove_peer)\("
)
_VALUES = re.compile(rf"{{(?:[^{{}}]*\b(?:{_CALLS}[^{{}}]*|line|command|allowed|call|url|node_url))}}\.(?=\s|$)")
_TEMPLATES = re.compile(r"{(?:again|settle|back|drop)}\.")
# Sentences in which a verb follows the command.
_GO_ON = re.compile(r" (?:prints|made|for)\b")


def templates(text: str) -> list[tuple[int, str, bool]]:
    """(line, text, whether values are filled in) of the messages of a Python file; a value is its source in braces."""
    tree, found = ast.parse(text), []
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef)
    left_out = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, owners) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            left_out |= {id(part) for part in node.values}
            parts = [
                str(part.value) if isinstance(part, ast.Constant) else f"{{{ast.unparse(part.value)}}}"  # type: ignore[attr-defined]
                for part in node.values
            ]
            found.append((node.lineno, "".join(parts), True))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in left_out:
            found.append((node.lineno, node.value, False))
    return found


def stuck(text: str) -> list[str]:
    """Commands and addresses of a Python file that a full stop follows: it would be copied with them."""
    found = []
    for line, message, filled in templates(text):
        for pattern in (_COMMANDS, _ADDRESSES, _VALUES if filled else _TEMPLATES):
            hits = [match[0] for match in pattern.finditer(message) if not _GO_ON.search(match[0])]
            found += [f"{line}: {hit}" for hit in hits]
    return found


def test_no_full_stop_follows_a_command() -> None:
    """A command ends a message, or a semicolon follows it: see _base/sentences.py."""
    found = {path: stuck(read(path)) for path in sorted(source.ENGINE.rglob("*.py"))}
    assert {str(path.relative_to(source.ROOT)): wrong for path, wrong in found.items() if wrong} == {}
    for path in [*source.ROLES.glob("*/tasks/*.yml"), *source.ROLES.glob("*/vars/*.yml")]:
        lines = [line for line in read(path).splitlines() if not line.lstrip().startswith("#")]
        assert [hit[0] for line in lines for hit in _COMMANDS.finditer(line) if not _GO_ON.search(hit[0])] == [], path


def by_hand(text: str) -> list[str]:
    """Calls to a node in messages of a Python file that are not built in _qdrant/by_hand.py."""
    return [f"{line}: {message}" for line, message, dummy in templates(text) if "curl -" in message]


def test_calls_to_a_node_are_built_in_one_place() -> None:
    """It quotes names, and adds the key: written out, a command deletes another collection, or gets 401."""
    found = {path.name: by_hand(read(path)) for path in sorted(source.ENGINE.rglob("*.py"))}
    assert [name for name, calls in found.items() if calls] == ["by_hand.py"]


def test_gate_sees_a_call_that_is_written_out() -> None:
    assert by_hand('fix = f"Delete it: curl -X DELETE {url}/collections/{name}"')
    assert not by_hand('fix = f"Delete it: {delete_collection(url, name, keyed=True)}"')


@pytest.mark.parametrize(
    "code",
    [
        '"Run qdrant-backup drill."',
        '"To go on: qdrant-backup restore --mode replace articles. Or wait."',
        'f"Run qdrant-backup restore {name}."',
        'f"Try again: {intent.again()}."',
        'f"Finish it: {command(task, mode=REPLACE)}. Or wait."',
        '"Try again: {again}."',
        '"Use an address such as http://127.0.0.1:6333."',
        'f"The node is at {facts.node_url}."',
        '"Read journalctl -u qdrant."',
    ],
)
def test_gate_sees_a_full_stop_after_a_command(code: str) -> None:
    assert stuck(f"said = {code}")


def test_gate_lets_other_full_stops_pass() -> None:
    code = [
        '"""Run qdrant-backup drill."""',
        '"Drill now: qdrant-backup drill"',
        '"Restore again: {again}; what was left is removed first."',
        'f"Choose one: {again}."',
        '"Check the node (qdrant-backup doctor)."',
        '"Use a backup that qdrant-backup run made."',
        'f"The node {url} is gone."',
    ]
    assert stuck("\n".join(code)) == []


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ("qdrant-backup restore articles --overwrite", "overwrite"),
        ("qdrant-backup rotate", "unknown command"),
        ("qdrant-backup list --depth 3 | head", "depth"),
    ],
)
def test_gate_sees_a_wrong_call(call: str, says: str) -> None:
    (words,) = programs(f".. code-block:: console\n\n   $ sudo {call}\n")
    assert says in wrong_call(words)
    assert programs(f"Run ``{call}``.") == programs(f"Run `{call}`.") == [words]


def test_gate_lets_right_calls_pass() -> None:
    calls = programs(
        "   $ qdrant-backup policy --role writer --bucket b > w.json\n   node-a$ qdrant-backup list # all\n"
    )
    assert len(calls) == 2
    assert [wrong_call(words) for words in calls] == ["", ""]
    assert programs("``sudo qdrant-backup ...`` and ``qdrant-backup COMMAND --help`` and ``qdrant-backup-NODE``") == []


def test_gate_sees_unknown_names(tmp_path: Path) -> None:
    known, others = known_variables(), other_names()
    assert unknown_variables("``qdrant_backup_buckets: x``", known, others) == ["qdrant_backup_buckets"]
    assert unknown_variables("-e qdrant_restor_mode=new", known, others) == ["qdrant_restor_mode"]
    assert unknown_variables("``qdrant_backup_bucket``, qdrant_backup_info, qdrant_backup.prom", known, others) == []
    assert unknown_playbooks("$ ansible-playbook -i hosts.yml vectorops.qdrant.resore") == ["resore"]
    assert unknown_targets("$ make tset\n$ STORES=ceph make test-stores") == ["tset"]
    assert broken_yaml(".. code-block:: yaml\n\n   a: [1\n\n") and not broken_yaml("```yaml\na: [1]\n```\n")
    assert broken_links(tmp_path / "a.md", "[x](no.md) [y](https://example.org/z.md)") == ["no.md"]
    with contextlib.suppress(SyntaxError):
        assert messages('f"one {1} two"') == ["one \0 two", "one ", " two"]
