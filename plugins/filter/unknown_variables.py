# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: unknown_variables
short_description: List unknown variables, each with the most similar known one
version_added: 0.1.0
author:
  - VectorOps contributors (@vectorops)
description:
  - Internal to the roles and playbooks of this collection. It may change in any release.
  - The roles and playbooks of this collection use it to fail on misspelt variables.
  - A name belongs to a role if it begins like the known ones, such as C(qdrant_backup_). A name that belongs to no role
    is listed only if it is very similar to a known one.
options:
  _input:
    description: Names that are set.
    type: list
    elements: str
    required: true
  known:
    description: Known names. By default those of all roles and playbooks of this collection.
    type: list
    elements: str
"""

EXAMPLES = r"""
- name: Fail on unknown variables
  ansible.builtin.assert:
    that: unknown | length == 0
    fail_msg: "There is no variable {{ unknown | join(', ') }}."
  vars:
    known: [qdrant_backup_bucket, qdrant_backup_url]
    unknown: "{{ query('ansible.builtin.varnames', '^qdrant_backup_') | vectorops.qdrant.unknown_variables(known) }}"
"""

RETURN = r"""
_value:
  description: The unknown names in alphabetical order, each followed by the most similar known name, if there is one.
  type: list
  elements: str
"""

import functools
import pathlib
from difflib import get_close_matches
from typing import Any, Callable

import yaml

_ROLES = pathlib.Path(__file__).parents[2] / "roles"
_OF_PLAYBOOKS = ("qdrant_check_names", "qdrant_hosts", "qdrant_serial")


@functools.cache
def _all_known() -> list[str]:
    # Plain YAML, because Ansible's loader takes a second for each host.
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
    """The prefix, such as qdrant_backup_ for qdrant_backup_url, if a known name has it; else an empty string."""
    words = name.split("_", 2)
    role = f"{words[0]}_{words[1]}_" if len(words) > 2 else ""
    return role if role and any(one.startswith(role) for one in known) else ""


def _near(name: str, role: str, known: list[str]) -> str:
    """The most similar known name, or an empty string."""
    if not role:  # a variable of another role, or one of this collection whose prefix is misspelt
        return next(iter(get_close_matches(name, known, n=1, cutoff=0.9)), "")
    # Compare without the prefix: with it, any two names would be similar.
    tails = {one.removeprefix(role): one for one in known if one.startswith(role)}
    wrong = name.removeprefix(role)
    near = get_close_matches(wrong, tails, n=3, cutoff=0.6)
    # Two letters swapped is likelier than one letter for another: omde is mode and not node.
    near.sort(key=lambda tail: sorted(tail) != sorted(wrong))
    return tails[near[0]] if near else ""


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"unknown_variables": unknown_variables}
