# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of JSON documents. Errors name the path of the wrong field."""

from __future__ import annotations

import re
from typing import Any, Callable

from .._base.clock import is_backup_id, parse_utc
from .._base.errors import UsageError

_HEX64 = re.compile(r"^[0-9a-f]{64}$")
_WHAT = {dict: "an object", list: "a list", str: "a text", int: "an integer", bool: "true or false"}


class FieldError(ValueError):
    """The message is ``<path>: <what is wrong>``."""


class Fields:
    """Reads the fields of one JSON object; fields that were not read stay in ``rest()`` (unknown keys are kept)."""

    def __init__(self, data: Any, path: str) -> None:
        self._data: dict[str, Any] = dict(expect(data, dict, path or "the document"))
        self._path = path

    def path(self, name: str) -> str:
        """``collections[2].archive.bytes``"""
        return f"{self._path}.{name}" if self._path else name

    def take(self, name: str, check: Callable[[Any, str], Any], *default: Any) -> Any:
        """The checked value of a field. Without a default, the field is required; with one, null also gives the
        default."""
        value = self._data.pop(name, None)
        if value is None:
            if default:
                return default[0]
            raise FieldError(f"{self.path(name)}: is missing")
        return check(value, self.path(name))

    def take_list(self, name: str, check: Callable[[Any, str], Any]) -> tuple[Any, ...]:
        """A list (empty if missing), every element checked under its own index."""
        path = self.path(name)
        values = self._data.pop(name, None)
        values = expect([] if values is None else values, list, path)
        return tuple(check(value, f"{path}[{index}]") for index, value in enumerate(values))

    def rest(self) -> dict[str, Any]:
        """Keys that were not read."""
        return self._data


def expect(value: Any, kind: type, path: str) -> Any:
    """The value, if it has the JSON type. A bool does not count as an integer."""
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise FieldError(f"{path}: must be {_WHAT[kind]}, is {shown(value)}")
    return value


def shown(value: Any) -> str:
    """A value for a message, shortened."""
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


def text(value: Any, path: str) -> str:
    """A text that is not empty."""
    if not expect(value, str, path):
        raise FieldError(f"{path}: must not be empty")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise FieldError(f"{path}: must be Unicode text, is {shown(value)}") from None
    return str(value)


def any_text(value: Any, path: str) -> str:
    """A text, also an empty one."""
    return str(expect(value, str, path))


def count(value: Any, path: str) -> int:
    """An integer, 0 or more."""
    if expect(value, int, path) < 0:
        raise FieldError(f"{path}: must be 0 or more, is {value}")
    return int(value)


def flag(value: Any, path: str) -> bool:
    """true or false."""
    return bool(expect(value, bool, path))


def mapping(value: Any, path: str) -> dict[str, Any]:
    """An object."""
    return dict(expect(value, dict, path))


def sha256_hex(value: Any, path: str) -> str:
    """64 lower-case hexadecimal digits."""
    if not _HEX64.match(expect(value, str, path)):
        raise FieldError(f"{path}: must be a sha256 of 64 hexadecimal digits, is {shown(value)}")
    return str(value)


def utc(value: Any, path: str) -> str:
    """A time such as 2026-11-22T19:00:00Z."""
    try:
        parse_utc(text(value, path))
    except UsageError:
        raise FieldError(f"{path}: must be a time such as 2026-11-22T19:00:00Z, is {shown(value)}") from None
    return str(value)


def backup_id(value: Any, path: str) -> str:
    """A backup id."""
    if not is_backup_id(text(value, path)):
        raise FieldError(f"{path}: must be a backup id such as 20261122T190000Z, is {shown(value)}")
    return str(value)


def one_of(*words: str) -> Callable[[Any, str], str]:
    """One of these words."""

    def check(value: Any, path: str) -> str:
        if expect(value, str, path) not in words:
            raise FieldError(f"{path}: must be one of {', '.join(words)}, is {shown(value)}")
        return str(value)

    return check


def texts(value: Any) -> list[str]:
    """The texts of a list; none of another value."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, (list, tuple)) else []
