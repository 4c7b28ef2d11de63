# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: unknown_variables
short_description: Names that nobody knows, each with the one that was probably meant
version_added: 0.1.0
author:
  - VectorOps contributors (@vectorops)
description:
  - The roles of this collection refuse misspelt variables with it.
options:
  _input:
    description: Names that are set.
    type: list
    elements: str
    required: true
  known:
    description: Names that mean something.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Refuse variables that mean nothing
  ansible.builtin.assert:
    that: unknown | length == 0
    fail_msg: "There is no variable {{ unknown | join(', ') }}."
  vars:
    known: [qdrant_backup_bucket, qdrant_backup_url]
    unknown: "{{ query('ansible.builtin.varnames', '^qdrant_backup_') | vectorops.qdrant.unknown_variables(known) }}"
"""

RETURN = r"""
_value:
  description: The unknown names in alphabetical order, each followed by the known name that is nearest, if one is near.
  type: list
  elements: str
"""

from difflib import get_close_matches
from typing import Any, Callable


def unknown_variables(names: list[str], known: list[str]) -> list[str]:
    # Without the role's name, which all begin with: it would make any two of them look alike.
    shared = "_".join([*known[0].split("_")[:2], ""]) if known else ""
    tails = {one.removeprefix(shared): one for one in known}
    said = []
    for name in sorted(set(names) - set(known)):
        wrong = name.removeprefix(shared)
        near = get_close_matches(wrong, tails, n=3, cutoff=0.6)
        # Two letters swapped is likelier than one letter for another: omde is mode and not node.
        near.sort(key=lambda tail: sorted(tail) != sorted(wrong))
        said.append(f"{name} (did you mean {tails[near[0]]}?)" if near else name)
    return said


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"unknown_variables": unknown_variables}
