# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Request bodies: JSON with the error texts of the real server's parser."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from .errors import ApiError, bad_json

_MISSING = object()
_KINDS = {dict: "map", list: "sequence", str: "string", bool: "boolean", int: "integer", float: "floating point"}


class Body:
    """A parsed JSON object that remembers its text, for the line and column of errors."""

    def __init__(self, text: str, value: dict[str, Any]) -> None:
        self.text = text
        self.value = value

    def get(self, key: str, default: Any = None) -> Any:
        found = self.value.get(key)
        return default if found is None else found

    def need(self, key: str) -> Any:
        if self.value.get(key) is None:
            self._missing(key)
        return self.value[key]

    def flag(self, key: str, default: bool) -> bool:
        found = self.get(key, default)
        if not isinstance(found, bool):
            self.wrong_type(found, "a boolean")
        return found

    def number(self, key: str, default: int | None) -> Any:
        found = self.get(key, default)
        if found is not None and (isinstance(found, bool) or not isinstance(found, int)):
            self.wrong_type(found, "usize")
        return found

    def _missing(self, key: str) -> NoReturn:
        raise bad_json(f"missing field `{key}` at {self._place(len(self.text.rstrip()))}")

    def wrong_type(self, found: Any, expected: str) -> NoReturn:
        shown = json.dumps(found, ensure_ascii=False) if isinstance(found, str) else f"`{json.dumps(found)}`"
        kind = _KINDS.get(type(found), "null")
        shown = f"{kind} {shown}" if not isinstance(found, (dict, list)) else kind
        raise bad_json(f"invalid type: {shown}, expected {expected} at {self.place_of(found)}")

    def place_of(self, found: Any) -> str:
        """Where `found` ends in the text, as far as that can be told."""
        text = json.dumps(found)
        at = self.text.find(text)
        return self._place(at + len(text) if at >= 0 else len(self.text))

    def _place(self, offset: int) -> str:
        return _place(self.text, offset)


def _place(text: str, offset: int) -> str:
    before = text[:offset]
    line = before.count("\n") + 1
    return f"line {line} column {offset - (before.rfind(chr(10)) + 1)}"


def _open_thing(text: str) -> str:
    """What a text that ends too early was in the middle of."""
    stack, in_string = [], False
    for char in re.sub(r"\\.", "", text):
        if char == '"':
            in_string = not in_string
        elif in_string:
            continue
        elif char in "{[":
            stack.append(char)
        elif char in "}]" and stack:
            stack.pop()
    if in_string:
        return "a string"
    if not stack or text.rstrip().endswith(":"):
        return "a value"
    return "an object" if stack[-1] == "{" else "a list"


def parse(raw: bytes) -> Body:
    """The body as an object; an ApiError with the parser's words otherwise."""
    text = raw.decode("utf-8", "replace")
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated"):
            raise bad_json(f"EOF while parsing {_open_thing(text)} at {_place(text, len(text))}") from None
        said = "key must be a string" if "property name" in error.msg else "expected value"
        raise bad_json(f"{said} at {_place(text, error.pos + 1)}") from None
    if not isinstance(value, dict):
        Body(text, {}).wrong_type(value, "a map")
    return Body(text, value)


def query_flag(query: dict[str, str], key: str, default: bool) -> bool:
    """A boolean of the query string."""
    found = query.get(key)
    if found is None:
        return default
    if found not in ("true", "false"):
        raise ApiError(400, "Deserialize error in query parameters: provided string was not `true` or `false`")
    return found == "true"
