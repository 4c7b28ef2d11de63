# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the guides promise to list, they list: every refusal of a restore, and every action that a role needs."""

from __future__ import annotations

import ast
import re

from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.actions import ROLES
from ansible_collections.vectorops.qdrant.tests.gates import source

GUIDES = source.ROOT / "docs" / "docsite" / "rst"


def refusal_codes(text: str) -> set[str]:
    """The first argument of every ``Refusal(...)`` in a file."""
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    named = [call for call in calls if getattr(call.func, "id", "") == "Refusal" and call.args]
    return {str(call.args[0].value) for call in named if isinstance(call.args[0], ast.Constant)}


def undocumented(codes: set[str], guide: str) -> list[str]:
    return sorted(code for code in codes if f"``{code}``" not in guide)


def table(guide: str) -> dict[str, list[str]]:
    """Action -> what the writer, the restorer, the drill and the pruner may do it on, from the guide's table."""
    rows = re.findall(r"^   \* - ``(s3:\w+)``[^\n]*\n((?:     -[^\n]*\n)+)", guide, flags=re.M)
    return {action: [line.strip()[1:].strip() for line in cells.splitlines()] for action, cells in rows}


def expected() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for number, role in enumerate(("writer", "restorer", "drill", "pruner")):
        for grant in ROLES[role]:
            cells = found.setdefault(grant.action, [""] * 4)
            kinds = ", ".join(grant.kinds) + (" of every node" if grant.every_node else "")
            cells[number] += ("; " if cells[number] else "") + kinds
    return found


def test_every_refusal_of_a_restore_has_a_way_out_in_the_guide() -> None:
    rooms = sorted((source.ENGINE / "_restore").glob("*.py"))
    codes = {code for file in rooms for code in refusal_codes(file.read_text(encoding="utf-8"))}
    assert len(codes) > 10
    assert undocumented(codes, (GUIDES / "guide_restore.rst").read_text(encoding="utf-8")) == []


def test_every_refusal_of_a_clusters_restore_has_one_too() -> None:
    rooms = sorted((source.ENGINE / "_fleet").glob("*.py"))
    codes = {code for file in rooms for code in refusal_codes(file.read_text(encoding="utf-8"))}
    assert len(codes) > 10
    assert undocumented(codes, (GUIDES / "guide_cluster.rst").read_text(encoding="utf-8")) == []


def test_the_guide_lists_the_actions_of_each_role() -> None:
    assert table((GUIDES / "guide_security.rst").read_text(encoding="utf-8")) == expected()


def test_gate_sees_a_code_without_a_way_out() -> None:
    codes = refusal_codes('Refusal("new_code", f"Something about {name}.", "Do it.")')
    assert undocumented(codes, "* - ``name_taken``") == ["new_code"]


def test_gate_sees_a_changed_role() -> None:
    guide = "   * - ``s3:PutObject``\n     - archives\n     -\n     -\n     -\n"
    assert table(guide) == {"s3:PutObject": ["archives", "", "", ""]} != expected()
