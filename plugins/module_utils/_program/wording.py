# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Converts options in messages from the modules' form (``mode: replace``) to the program's (``--mode replace``)."""

from __future__ import annotations

import re

from .commands import known

# Only these words are values of options: after other colons there is ordinary text.
_SAID = re.compile(r"\b(?P<name>[a-z_]+):(?: (?P<value>true|new|replace)\b|(?=\)))")


def as_typed(text: str) -> str:
    """``text`` with its options in the program's form."""
    return _SAID.sub(_typed, text)


def _typed(match: re.Match[str]) -> str:
    option = known().get(match["name"])
    if option is None:
        return match[0]
    word = "--" + match["name"].replace("_", "-")
    return word if match["value"] in (None, "true") else f"{word} {match['value']}"
