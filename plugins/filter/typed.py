# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: typed
short_description: Convert a variable to the type of a role's argument spec
version_added: 0.1.0
author:
  - VectorOps contributors (@vectorops)
description:
  - Internal to the roles and playbooks of this collection. It may change in any release.
  - A value from C(-e name=value) is text.
    An argument spec checks that the text can be converted, but does not convert it.
  - This filter converts it by the same rules as the check.
options:
  _input:
    description: The value. None and the empty string become an empty list, an empty dictionary or an empty string.
    type: raw
    required: true
  kind:
    description: The type.
    type: str
    required: true
    choices: [str, path, int, float, bool, list, dict]
"""

EXAMPLES = r"""
- name: Show addresses, given as -e qdrant_backup_allowed_addresses=10.0.0.1,10.0.0.2
  ansible.builtin.debug:
    msg: "{{ qdrant_backup_allowed_addresses | vectorops.qdrant.typed('list') }}"
"""

RETURN = r"""
_value:
  description: The value in that type.
  type: raw
"""

import json
from typing import Any, Callable

from ansible.module_utils.common.validation import (
    check_type_bool,
    check_type_dict,
    check_type_float,
    check_type_int,
    check_type_list,
)


def _list(value: Any) -> list[Any]:
    if isinstance(value, str) and value.lstrip()[:1] == "[":
        return list(json.loads(value))
    return [item.strip() if isinstance(item, str) else item for item in check_type_list(value)]


_KINDS: dict[str, Callable[[Any], Any]] = {
    "str": str,
    "path": str,
    "int": check_type_int,
    "float": check_type_float,
    "bool": check_type_bool,
    "list": _list,
    "dict": check_type_dict,
}
_EMPTY: dict[str, Any] = {"list": [], "dict": {}}


def typed(value: Any, kind: str) -> Any:
    if value is None or value == "":
        return _EMPTY.get(kind, "")
    try:
        return _KINDS[kind](value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"expected {kind}, found {value!r}: {error}") from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"typed": typed}
