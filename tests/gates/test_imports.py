# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Import arrows point one way, no files import each other in a circle, and each room alone knows its library.

Imports inside functions and under TYPE_CHECKING count.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from ansible_collections.vectorops.qdrant.tests.gates import source

# Highest first. What is on one line does not import each other; everything may import what is below.
LEVELS = (
    ("modules",),
    ("_ansible", "_program"),
    ("_verbs",),
    ("_report", "_points"),
    ("_drill",),
    ("_doctor", "_status", "_fleet"),
    ("_restore", "_backup", "_snapshot", "_sync"),
    ("_proof", "_retention"),
    ("_engine",),
    ("_repository", "_archive", "_qdrant"),
    ("_options",),
    ("_base",),
)
LEVEL = {room: number for number, rooms in enumerate(LEVELS) for room in rooms}
# A library that is not Python's own -> the rooms that may use it.
LIBRARIES = {
    "ansible": {"_ansible", "modules"},
    "boto3": {"_repository"},
    "botocore": {"_repository"},
    "certifi": {"_qdrant"},
    "qdrant_edge": {"_engine"},
    "requests": {"_qdrant"},
    "urllib3": {"_qdrant"},
    "tqdm": {"_program"},
    "yaml": {"_program", "_restore"},
}
ENGINE_NAME = "ansible_collections.vectorops.qdrant.plugins.module_utils"
# What a kind of door may import beside Python's own library; a door named here has its own list instead.
DOORS = {
    "modules": {"engine:_ansible", "engine:_verbs"},
    # Writes the engine to a file: no verb, and nothing of a node or a store.
    "modules/qdrant_program.py": {
        "ansible.module_utils.basic",
        "engine:_base.errors",
        "engine:_options",
        "engine:_program.install",
    },
    # Asks the host before the module is sent there.
    "action/qdrant_program.py": {
        "ansible.plugins.action",
        "engine:_base.version",
        "engine:_options",
        "engine:_program.bundle",
        "engine:_program.install",
    },
    "lookup/qdrant_policy.py": {
        "ansible.errors",
        "ansible.plugins.lookup",
        "engine:_base.errors",
        "engine:_repository.policies",
    },
    # Filters run on the controller; what they know of durations is what the program knows.
    "filter/drill_report.py": {
        "ansible.errors",
        "engine:_drill.values",
        *(f"engine:_report.{name}" for name in ("files", "model", "of_drill", "trend")),
    },
    "filter/fleet_report.py": {"engine:_program.columns", "engine:_status"},
    "filter/joined.py": {"engine:_base.sentences"},
    "filter/slot_misfit.py": {"engine:_base.clock", "engine:_base.errors"},
    "filter/typed.py": {"ansible.module_utils.common.validation"},
    "filter/unknown_variables.py": {"yaml"},
}


class Import(NamedTuple):
    """One import: dots of a relative one, module, names, line, and whether a missing library is caught."""

    dots: int
    module: str
    names: tuple[str, ...]
    line: int
    guarded: bool


def imports_of(text: str) -> list[Import]:
    """Every import of a file, wherever it stands, also by import_module() and __import__()."""
    found: list[Import] = []

    def visit(node: ast.AST, guarded: bool) -> None:
        if isinstance(node, ast.Import):
            found.extend(Import(0, alias.name, (), node.lineno, guarded) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names = tuple(alias.name for alias in node.names)
            found.append(Import(node.level, node.module or "", names, node.lineno, guarded))
        elif isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in ("import_module", "__import__"):
                first = node.args[0] if node.args else None
                name = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else "?"
                dots = len(name) - len(name.lstrip("."))
                found.append(Import(dots, name.lstrip("."), (), node.lineno, guarded))
        caught = guarded
        if isinstance(node, ast.Try):
            kinds = {getattr(kind, "id", "") for handler in node.handlers for kind in ast.walk(handler.type or node)}
            caught = guarded or bool(kinds & {"ImportError", "ModuleNotFoundError"})
        elif isinstance(node, ast.If):
            caught = guarded or "TYPE_CHECKING" in ast.dump(node.test)
        for child in ast.iter_child_nodes(node):
            visit(child, caught)

    visit(ast.parse(text), False)
    return found


def rooms_reached(parts: tuple[str, ...], item: Import) -> list[str] | None:
    """The rooms that a relative import reaches, from a file with these parts; None: it leaves the engine."""
    up = item.dots - 1
    folder = parts[:-1]
    if up > len(folder):
        return None
    base = (*folder[: len(folder) - up], *filter(None, item.module.split(".")))
    return [base[0]] if base else list(item.names)


def library_problem(room: str, item: Import) -> str | None:
    top = item.module.split(".")[0]
    if top in sys.stdlib_module_names:
        return None
    if top not in LIBRARIES or room not in LIBRARIES[top]:
        allowed = ", ".join(sorted(LIBRARIES.get(top, ()))) or "no room"
        return f"imports {item.module or '?'}: {allowed} may"
    if top != "ansible" and not item.guarded:
        return f"imports {item.module} outside try/except ImportError"
    return None


def engine_problems(relative: str, text: str) -> list[str]:
    """What is wrong with the imports of one engine file, given its path below module_utils."""
    parts = tuple(Path(relative).with_suffix("").parts)
    room = parts[0]
    if room not in LEVEL:
        return [
            f"{relative}: the room {room} has no place among the arrows; put it into LEVELS and into the design guide"
        ]
    problems = []
    for item in imports_of(text):
        where = f"{relative}:{item.line}"
        if not item.dots:
            problem = library_problem(room, item)
            if problem:
                problems.append(f"{where}: {problem}")
            continue
        reached = rooms_reached(parts, item)
        if reached is None:
            problems.append(f"{where}: leaves the engine")
            continue
        for other in reached:
            if other not in LEVEL:
                problems.append(f"{where}: imports the unknown room {other}")
            elif other != room and LEVEL[other] <= LEVEL[room]:
                problems.append(f"{where}: {room} may not import {other}")
    return problems


def modules_reached(parts: tuple[str, ...], item: Import, known: set[tuple[str, ...]]) -> set[tuple[str, ...]]:
    """The engine files that a relative import of the file with these parts reads."""
    folder = parts[:-1]
    if not item.dots or item.dots - 1 > len(folder):
        return set()
    base = (*folder[: len(folder) - item.dots + 1], *filter(None, item.module.split(".")))
    return {one for one in (base, *((*base, name) for name in item.names)) if one in known}


def circle_problems(files: dict[str, str]) -> list[str]:
    """Circles of files (path below module_utils to text) that import each other, each told once."""
    texts = {tuple(Path(relative).with_suffix("").parts): text for relative, text in files.items()}
    known = set(texts)
    reads: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
    for parts, text in texts.items():
        reached = [modules_reached(parts, item, known) for item in imports_of(text)]
        reads[parts] = set().union(*reached) - {parts}
    while True:  # what imports nothing that is left, or is imported by nothing that is left, is in no circle
        imported = set().union(*reads.values())
        inside = {parts for parts, others in reads.items() if others and parts in imported}
        if inside == set(reads):
            break
        reads = {parts: reads[parts] & inside for parts in inside}
    names = {parts: "/".join(parts) + ".py" for parts in reads}
    return [
        f"{names[parts]} is in a circle of imports with {', '.join(sorted(names[one] for one in others))}"
        for parts, others in sorted(reads.items())
    ]


def door_problems(relative: str, text: str) -> list[str]:
    """A module imports Python's own library and the two doors to the engine; what others may, DOORS says by name."""
    allowed = DOORS.get(relative, DOORS.get(relative.partition("/")[0], frozenset()))
    problems = []
    for item in imports_of(text):
        name = item.module.replace(f"{ENGINE_NAME}.", "engine:")
        if item.dots or not (item.module.split(".")[0] in sys.stdlib_module_names or name in allowed):
            problems.append(f"{relative}:{item.line}: may not import {'.' * item.dots}{item.module}")
    return problems


def door_files() -> list[Path]:
    """Modules, lookups and filters, and whatever kind of plugin comes next."""
    plugins = source.ROOT / "plugins"
    found = [path for path in source.repository_files() if plugins in path.parents and path.suffix == ".py"]
    return [path for path in found if source.ENGINE not in path.parents and path.parent != source.FRAGMENTS]


def engine_files() -> list[Path]:
    return [path for path in source.repository_files() if source.ENGINE in path.parents]


def test_engine_arrows() -> None:
    files = [path for path in engine_files() if path.suffix == ".py"]
    assert files
    problems = []
    for path in files:
        problems += engine_problems(str(path.relative_to(source.ENGINE)), path.read_text(encoding="utf-8"))
    assert not problems, "\n" + "\n".join(problems)


def test_no_circles() -> None:
    """What two files need of each other belongs into a third, below both."""
    files = {
        str(path.relative_to(source.ENGINE)): path.read_text(encoding="utf-8")
        for path in engine_files()
        if path.suffix == ".py"
    }
    problems = circle_problems(files)
    assert not problems, "\n" + "\n".join(problems)


def test_door_imports() -> None:
    files = door_files()
    assert {path.parent.name for path in files} >= {"modules", "lookup", "filter"}
    plugins = source.ROOT / "plugins"
    problems = []
    for path in files:
        problems += door_problems(str(path.relative_to(plugins)), path.read_text(encoding="utf-8"))
    assert not problems, "\n" + "\n".join(problems)


def test_engine_has_python_files_only() -> None:
    """Ansible carries nothing else to the host."""
    others = [str(path.relative_to(source.ROOT)) for path in engine_files() if path.suffix != ".py"]
    assert not others


def test_rooms_start_empty() -> None:
    """A room's __init__.py holds words only: importing one file of a room must not load the others."""
    full = []
    for path in engine_files():
        if path.name == "__init__.py":
            body = ast.parse(path.read_text(encoding="utf-8")).body
            code = [node for node in body if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))]
            code = [node for node in code if not (isinstance(node, ast.ImportFrom) and node.module == "__future__")]
            full += [str(path.relative_to(source.ROOT))] if code else []
    assert not full


@pytest.mark.parametrize(
    ("relative", "text", "words"),
    [
        ("_base/x.py", "from .._qdrant import client", "_base may not import _qdrant"),
        ("_backup/x.py", "def f():\n    from .._restore.plan import plan", "_backup may not import _restore"),
        ("_archive/x.py", "if TYPE_CHECKING:\n    from .. import _repository", "_archive may not import _repository"),
        ("_proof/deep/x.py", "from ..._backup import y", "_proof may not import _backup"),
        ("_qdrant/x.py", "importlib.import_module('..._x', __package__)", "leaves the engine"),
        ("_qdrant/x.py", "importlib.import_module(name)", "imports ?"),
        ("_qdrant/x.py", "from .... import doors", "leaves the engine"),
        ("_qdrant/x.py", "import boto3", "_repository may"),
        ("_qdrant/x.py", "import requests", "outside try/except ImportError"),
        ("_qdrant/x.py", "from ansible.module_utils.basic import AnsibleModule", "_ansible, modules may"),
        ("_repository/x.py", f"from {ENGINE_NAME}._base import errors", "no room may"),
        ("_base/x.py", "from .._new import y", "unknown room _new"),
        ("_new/x.py", "", "no place among the arrows"),
    ],
)
def test_gate_sees_a_wrong_import(relative: str, text: str, words: str) -> None:
    problems = engine_problems(relative, text)
    assert len(problems) == 1
    assert words in problems[0]


@pytest.mark.parametrize(
    ("one", "other", "third"),
    [
        ("from .b import B", "from .a import A", ""),
        ("from .b import B", "if TYPE_CHECKING:\n    from .a import A", ""),
        ("from . import b", "def f():\n    from . import a", ""),
        ("from .b import B", "from .._base.c import C", "from .._qdrant import a"),
        ("import_module('.b', __package__)", "from .a import A", ""),
    ],
)
def test_gate_sees_a_circle(one: str, other: str, third: str) -> None:
    files = {"_qdrant/a.py": one, "_qdrant/b.py": other, "_base/c.py": third, "_qdrant/d.py": "from .a import A"}
    problems = circle_problems(files)
    assert len(problems) == (3 if third else 2)
    assert "_qdrant/a.py is in a circle of imports with _qdrant/b.py" in problems[0] + problems[1]
    assert circle_problems({**files, "_qdrant/b.py": "import os"}) == []


@pytest.mark.parametrize(
    ("relative", "text"),
    [
        ("_backup/x.py", "from .._proof.probe import note\nfrom . import plan\nfrom .plan import Step\nimport os.path"),
        ("_qdrant/x.py", "try:\n    import requests\nexcept ImportError:\n    requests = None"),
        (
            "_ansible.py",
            "from ansible.module_utils.basic import AnsibleModule\nfrom ._base import errors\nfrom . import _options",
        ),
    ],
)
def test_gate_lets_a_right_import_pass(relative: str, text: str) -> None:
    assert engine_problems(relative, text) == []


@pytest.mark.parametrize(
    ("relative", "text"),
    [
        ("modules/m.py", "import requests"),
        ("modules/m.py", "from ..module_utils import _ansible"),
        ("modules/m.py", "from ansible.module_utils.basic import AnsibleModule"),
        ("modules/m.py", f"from {ENGINE_NAME} import _qdrant"),
        ("modules/m.py", f"from {ENGINE_NAME}._qdrant.client import Node"),
        ("modules/m.py", f"def f():\n    import {ENGINE_NAME}._program.install"),
        ("modules/qdrant_program.py", f"from {ENGINE_NAME}._backup.operation import back_up"),
        ("lookup/qdrant_policy.py", f"from {ENGINE_NAME}._repository.s3 import Store"),
        ("lookup/other.py", "from ansible.plugins.lookup import LookupBase"),
        ("filter/f.py", f"from {ENGINE_NAME}._base import errors"),
    ],
)
def test_gate_sees_a_wrong_import_in_a_door(relative: str, text: str) -> None:
    assert len(door_problems(relative, text)) == 1


@pytest.mark.parametrize(
    ("relative", "text"),
    [
        ("modules/m.py", f"import os\nfrom {ENGINE_NAME}._ansible import run_module"),
        ("modules/m.py", f"from {ENGINE_NAME}._verbs import back_up"),
        ("modules/qdrant_program.py", "from ansible.module_utils.basic import AnsibleModule"),
    ],
)
def test_gate_lets_a_right_door_pass(relative: str, text: str) -> None:
    assert door_problems(relative, text) == []
