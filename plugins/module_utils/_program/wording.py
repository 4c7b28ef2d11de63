# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Adapts messages of the engine to the command line: options from the modules' form (``mode: replace``) to the
program's (``--mode replace``), and advised commands with the typed options that say where the backups are."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Any

from .._options import NODE, REPOSITORY, STATE_DIR, flag, words_of
from .commands import COMMANDS, known

# Only these words are values of options: after other colons there is ordinary text. What follows "module:" is for
# modules.
_SAID = re.compile(r"(?<!module: )\b(?P<name>[a-z_]+):(?: (?P<value>true|new|missing|replace|switch|repair)\b|(?=\)))")
# Options without which an advised command would use another repository, another node's backups or another server.
_PLACE = ("config", *(option.name for option in (*NODE, *REPOSITORY, STATE_DIR)))
# Fields of reports and errors with advised commands, and fields with the data of users.
_ADVICE = ("next", "message", "fix", "roll_back", "warnings")
_CONTENTS = ("payload", "vector", "config", "aliases")
# A command, to the next one. One that is only named in a sentence ("that qdrant-backup run made") has no option.
_COMMAND = re.compile(
    r"qdrant-backup (?:(?P<chosen>restore|settle|diff)\b|(?P<verb>[a-z]+)(?= --))(?P<rest>.*?)(?=qdrant-backup |$)",
    re.S,
)


def as_typed(text: str) -> str:
    """``text`` with its options in the program's form."""
    return _SAID.sub(_typed, text)


def _typed(match: re.Match[str]) -> str:
    option = known().get(match["name"])
    if option is None:
        return match[0]
    word = "--" + match["name"].replace("_", "-")
    return word if match["value"] in (None, "true") else f"{word} {match['value']}"


def with_place(text: str, typed: Mapping[str, Any]) -> str:
    """``text`` with the typed options of ``_PLACE`` in each advised command that does not have them."""
    place = {name: value for name, value in typed.items() if name in _PLACE and value}
    return _COMMAND.sub(lambda match: _placed(match, place), text) if place else text


def document_with_place(value: Any, typed: Mapping[str, Any]) -> Any:
    """A JSON-able report with ``with_place`` in its sentences and commands. Contents of collections are left alone."""
    if isinstance(value, dict):
        return {key: _item_with_place(key, item, typed) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [document_with_place(item, typed) for item in value]
    return value


def _item_with_place(key: str, item: Any, typed: Mapping[str, Any]) -> Any:
    if key in _CONTENTS:
        return item
    if key not in _ADVICE:
        return document_with_place(item, typed)
    texts = item if isinstance(item, (list, tuple)) else [item]
    placed = [with_place(text, typed) if isinstance(text, str) else document_with_place(text, typed) for text in texts]
    return placed if isinstance(item, (list, tuple)) else placed[0]


def place_of(verb: str, typed: Mapping[str, Any]) -> dict[str, Any]:
    """The typed options of ``_PLACE`` that a verb has."""
    command = COMMANDS[verb]
    takes = {"config", *command.options(command.load())}
    return {name: value for name, value in typed.items() if name in _PLACE and name in takes and value}


def _placed(match: re.Match[str], place: Mapping[str, Any]) -> str:
    verb = match["chosen"] or match["verb"]
    if verb not in COMMANDS:
        return match[0]
    there = {word.partition("=")[0] for word in match["rest"].split()}
    given = {name: value for name, value in place_of(verb, place).items() if flag(name) not in there}
    words = shlex.join(["qdrant-backup", verb, *words_of(given)])
    return f"{words}{match['rest']}"
