# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Converts and checks values of options, from command line, environment or configuration file."""

from __future__ import annotations

import math
import os
from typing import Any, Callable

from .._base.clock import seconds_of
from .._base.errors import UsageError
from .._options import Option, bytes_of

EXPECTED = {
    "str": "text",
    "path": "a path",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "list": "a list of texts",
    "json": "JSON",
    "dict": "NAME=URL, each name once",
}
_TRUE = frozenset(("1", "true", "yes", "on"))
_FALSE = frozenset(("0", "false", "no", "off"))


def from_text(option: Option, text: str, where: str) -> Any:
    """The value of a text (list items are separated by commas); UsageError names ``where`` and the type."""
    value: Any = text
    if option.type == "list":
        value = [part.strip() for part in text.split(",") if part.strip()]
    elif option.type == "bool":
        word = text.strip().lower()
        value = True if word in _TRUE else False if word in _FALSE else text
    elif option.type in ("int", "float"):
        try:
            value = int(text) if option.type == "int" else float(text)
        except ValueError:
            value = text
    return from_value(option, value, where)


def from_value(option: Option, value: Any, where: str) -> Any:
    """The value, if it has the option's type; UsageError names ``where``, the type and the value."""
    checked = _checked(option.type, value)
    if checked is None:
        found = _wrong(option.type, value)
        raise UsageError(f"{where}: expected {EXPECTED[option.type]}, found {found}", _hint(option, value))
    if option.choices and checked not in option.choices:
        raise UsageError(f"{where}: expected one of {', '.join(option.choices)}, found {_shown(value)}")
    if option.name in _MEANT and checked:
        _understand(_MEANT[option.name], checked, where)
    return checked


def _understand(meant: Callable[[Any], object], value: Any, where: str) -> None:
    """Parse times, sizes and addresses now: otherwise each scheduled run would fail."""
    try:
        meant(value)
    except UsageError as error:
        raise UsageError(f"{where}: {error.said}", error.next) from None
    except ValueError as error:
        raise UsageError(f"{where}: {error}") from None


def _address(text: str) -> None:
    if not text.lower().startswith(("http://", "https://")):
        raise UsageError(f"{text!r} is not a valid address", "Use an address, for example http://127.0.0.1:6333")


def _nodes(given: dict[str, str]) -> None:
    for url in given.values():
        _address(url)


def _size(text: str) -> None:
    if bytes_of(text) < 0:
        raise ValueError(f"{text!r} is not a size: it is negative")


_MEANT: dict[str, Callable[[Any], object]] = {
    "min_free": _size,
    "nodes": _nodes,
    "engine_memory": _size,
    "engine_timeout": seconds_of,
    "keep_within": seconds_of,
    "max_age": seconds_of,
    "max_drill_age": seconds_of,
    "orphan_grace": seconds_of,
    "rpo": seconds_of,
    "rto": seconds_of,
    "scratch_url": _address,
    "slot": seconds_of,
    "url": _address,
    "endpoint_url": _address,
}


def _checked(kind: str, value: Any) -> Any:
    """The value in its type; None if it has another type."""
    if kind == "list":
        items = [value] if isinstance(value, str) else value
        return list(items) if isinstance(items, list) and all(isinstance(item, str) for item in items) else None
    if kind == "dict":
        return _entries(value)
    if kind == "bool":
        return value if isinstance(value, bool) else None
    if isinstance(value, bool):
        return None
    if kind == "int":
        return value if isinstance(value, int) else None
    if kind == "float":
        return float(value) if isinstance(value, (int, float)) and math.isfinite(value) else None
    if not isinstance(value, (str, int, float)):
        return None
    return os.path.expanduser(os.path.expandvars(str(value))) if kind == "path" else str(value)


def _entries(value: Any) -> dict[str, str] | None:
    """A list of ``NAME=URL`` as names and values; None if an entry has another form, or a name is given twice."""
    if isinstance(value, dict):
        return {str(name): str(text) for name, text in value.items()}
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        return None
    pairs = [item.partition("=") for item in value]
    found = {name.strip(): text.strip() for name, dummy, text in pairs}
    return found if len(found) == len(pairs) and all(name and text for name, text in found.items()) else None


def _wrong(kind: str, value: Any) -> str:
    """What is wrong of a value: of a list its first wrong item, as it was written."""
    if not isinstance(value, list):
        return _shown(value)
    texts = [item for item in value if isinstance(item, str)]
    if kind != "dict" or len(texts) < len(value):
        return next((_shown(item) for item in value if not isinstance(item, str)), _shown(value))
    names: set[str] = set()
    for item in texts:
        name, dummy, text = (word.strip() for word in item.partition("="))
        if not name or not text:
            return _shown(item)
        if name in names:
            return f"{_shown(name)} twice"
        names.add(name)
    return _shown(value)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _hint(option: Option, value: Any) -> str:
    if option.type in ("str", "path") and not isinstance(value, (list, dict)):
        return "Put it into quotes."
    return ""
