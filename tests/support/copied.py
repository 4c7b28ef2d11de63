# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands in messages, as a reader copies them: from the first word to a semicolon or the end of the line."""

from __future__ import annotations

import re

_COMMAND = re.compile(r"(?:\b[A-Z_]+=URL )?\b(?:qdrant-backup|curl) (?=-|[a-z]+ |[a-z]+$)[^;\n]*")


def copied(text: str) -> list[str]:
    """The commands in a text; one that is only mentioned in brackets is left out."""
    return [found for found in _COMMAND.findall(re.sub(r"\(qdrant-backup [^()]*\)", "", text)) if found]
