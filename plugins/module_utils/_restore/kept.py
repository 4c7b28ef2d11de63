# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a restored collection has the settings that the backup noted.

A server drops a setting that its version does not have, and answers ``true``. A collection that is replaced keeps its
own settings. Neither is a damage of the data, so it is a warning.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .._base.errors import EngineError
from .._qdrant.client import Node
from .._qdrant.versions import parse
from .values import Source

_NOT_COMPARED = ("uuid",)  # another one for each collection
_MOST = 8  # settings that one sentence names
_LONGEST = 80
_Setting = tuple[str, Any, Any]


def settings_warnings(node: Node, source: Source, name: str, version: str) -> list[str]:
    """A sentence with both values of each setting that is not as the backup has it. version: the node's."""
    if not source.config:
        return []
    try:
        found = node.collection(name).config
    except EngineError as error:
        return [f"The settings of {name} were not compared with the backup: {error.sentence()}"]
    changed = differences_of(source.config, found, same_fields=_same_minor(source.qdrant_version, version))
    if not changed:
        return []
    told = [f"{path} was {_text(was)} and is {_text(now)}" for path, was, now in changed[:_MOST]]
    more = f"; and {len(changed) - _MOST} more" if len(changed) > _MOST else ""
    return [
        f"Settings of {name} are not as in the backup: {'; '.join(told)}{more}. "
        "Set them again where they matter (PATCH /collections/NAME)."
    ]


def differences_of(backup: dict[str, Any], found: dict[str, Any], *, same_fields: bool) -> list[_Setting]:
    """(dotted path, value in the backup, value now) of settings that differ, None for one that is not set.

    Both are configurations as the API or an archive shows them. same_fields: both servers have the same fields; else a
    field that only the collection has is the newer server's, and is left out.
    """
    before, after = dict(_flat(backup)), dict(_flat(found))
    paths = sorted(before.keys() | after.keys()) if same_fields else sorted(before)
    pairs = [(path, before.get(path), after.get(path)) for path in paths]
    return [(path, was, now) for path, was, now in pairs if was != now]


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Values by dotted path, without those that are not set: an archive writes null where the API writes nothing."""
    if isinstance(value, dict):
        for key, part in value.items():
            if path or key not in _NOT_COMPARED:
                yield from _flat(part, f"{path}.{key}" if path else str(key))
    elif value is not None and not (path.endswith(".datatype") and value == "float32"):  # the default
        yield path, value


def _same_minor(one: str, other: str) -> bool:
    try:
        return parse(one)[:2] == parse(other)[:2]
    except EngineError:
        return False


def _text(value: Any) -> str:
    text = "not set" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
