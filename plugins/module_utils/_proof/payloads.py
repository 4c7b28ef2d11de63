# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values in payloads: the value at a path, and the parts of a payload that are kept in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

LONGEST_TEXT = 1000  # longer values are not used for requests, and not kept


def field_value(payload: Mapping[str, Any], field: str) -> Any:
    """The first value at a payload path (``a.b``, ``tags[]``, ``a[].b``); None if there is none. Paths with quoted
    keys are not supported."""
    value: Any = payload
    for part in field.replace("[]", "").split("."):
        value = _first(value)
        if not isinstance(value, dict):
            return None
        value = value.get(part)
    return _first(value)


def kept_values(payload: Mapping[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    """Field to its first value, for values that are used in requests: the rest of a payload may be large."""
    found = {field: _small(field_value(payload, field)) for field in fields}
    return {field: value for field, value in found.items() if value is not None}


def _small(value: Any) -> Any:
    if isinstance(value, dict):  # a place
        return {"lat": value["lat"], "lon": value["lon"]} if {"lat", "lon"} <= set(value) else None
    if isinstance(value, list) or (isinstance(value, str) and len(value) > LONGEST_TEXT):
        return None
    return value


def _first(value: Any) -> Any:
    return (value[0] if value else None) if isinstance(value, list) else value
