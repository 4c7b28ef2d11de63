# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine names options as modules take them (``mode: replace``); at this program one types ``--mode replace``."""

from __future__ import annotations

import re

from .commands import known

# A value is one that decides something: what stands behind a colon elsewhere is no option's.
_SAID = re.compile(r"\b(?P<name>[a-z_]+):(?: (?P<value>true|new|replace)\b|(?=\)))")


def as_typed(text: str) -> str:
    """``text`` with the options in it as they are typed here."""
    return _SAID.sub(_typed, text)


def _typed(match: re.Match[str]) -> str:
    option = known().get(match["name"])
    if option is None:
        return match[0]
    word = "--" + match["name"].replace("_", "-")
    return word if match["value"] in (None, "true") else f"{word} {match['value']}"
