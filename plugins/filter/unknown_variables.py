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
  - The roles and playbooks of this collection refuse misspelt variables with it.
  - A name belongs to a role when it begins as the known ones do, such as C(qdrant_backup_). A name that belongs to none
    is somebody else's, and is told only where it is nearly a known one.
options:
  _input:
    description: Names that are set.
    type: list
    elements: str
    required: true
  known:
    description: Names that mean something. By default those of all roles and playbooks of this collection.
    type: list
    elements: str
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

import functools
import pathlib
from difflib import get_close_matches
from typing import Any, Callable

import yaml

_ROLES = pathlib.Path(__file__).parents[2] / "roles"
_OF_PLAYBOOKS = ("qdrant_hosts", "qdrant_serial")


@functools.cache
def _all_known() -> list[str]:
    # Plain YAML: Ansible's own way to read it takes a second for each host.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    known = list(_OF_PLAYBOOKS)
    for path in sorted(_ROLES.glob("*/meta/argument_specs.yml")):
        for entry in yaml.load(path.read_bytes(), loader)["argument_specs"].values():
            known.extend(entry["options"])
    return known


def unknown_variables(names: list[str], known: list[str] | None = None) -> list[str]:
    if known is None:
        known = _all_known()
    said = []
    for name in sorted(set(names) - set(known)):
        role = _role(name, known)
        near = _near(name, role, known)
        if role or near:
            said.append(f"{name} (did you mean {near}?)" if near else name)
    return said


def _role(name: str, known: list[str]) -> str:
    """qdrant_backup_ of qdrant_backup_url, if known ones begin so too; else nothing."""
    words = name.split("_", 2)
    role = f"{words[0]}_{words[1]}_" if len(words) > 2 else ""
    return role if role and any(one.startswith(role) for one in known) else ""


def _near(name: str, role: str, known: list[str]) -> str:
    """The known name that was probably meant, or nothing."""
    if not role:  # a variable of somebody else, or one of ours whose beginning is misspelt
        return next(iter(get_close_matches(name, known, n=1, cutoff=0.9)), "")
    # Without the role's name, which all begin with: it would make any two of them look alike.
    tails = {one.removeprefix(role): one for one in known if one.startswith(role)}
    wrong = name.removeprefix(role)
    near = get_close_matches(wrong, tails, n=3, cutoff=0.6)
    # Two letters swapped is likelier than one letter for another: omde is mode and not node.
    near.sort(key=lambda tail: sorted(tail) != sorted(wrong))
    return tails[near[0]] if near else ""


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"unknown_variables": unknown_variables}
