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
_SAID = re.compile(r"(?<!module: )\b(?P<name>[a-z_]+):(?: (?P<value>true|new|replace|switch|repair)\b|(?=\)))")
# Options without which an advised command would use another repository, another node's backups or another server.
_PLACE = ("config", *(option.name for option in (*NODE, *REPOSITORY, STATE_DIR)))
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


def _placed(match: re.Match[str], place: Mapping[str, Any]) -> str:
    verb = match["chosen"] or match["verb"]
    command = COMMANDS.get(verb)
    if command is None:
        return match[0]
    takes = {"config", *command.options(command.load())}
    given = {name: value for name, value in place.items() if name in takes and flag(name) not in match["rest"].split()}
    words = shlex.join(["qdrant-backup", verb, *words_of(given)])
    return f"{words}{match['rest']}"
