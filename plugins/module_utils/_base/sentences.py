# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sentences with commands and addresses, which are copied.

A command or an address has no full stop, which would be copied with it. Text after it begins with a semicolon:
terminals do not select it with the last word, and a shell accepts it.
"""

from __future__ import annotations

import re

_ENDS = (".", "!", "?", ":", ";")
# A command or an address at the end of a text. In brackets it is only mentioned.
_COPIED = re.compile(
    r"(?:\b(?:qdrant-backup|curl|aws|systemctl|journalctl|pip|apt) (?:(?!\. [A-Z]).)*|\b(?:https?|s3)://\S*)(?<![).])$",
    re.S,
)


def closed(text: str) -> str:
    """The text with one punctuation mark at its end; with none if a command or an address is there."""
    text = text.rstrip(". ")
    return text if text.endswith(("!", "?")) or _COPIED.search(text) else text + "."


def going_on(text: str) -> str:
    """The text as it stands before another one."""
    text = text.strip()
    return text if not text or text.endswith(_ENDS) else f"{text};"


def joined(*texts: str) -> str:
    """The texts as one."""
    given = [text.strip() for text in texts if text.strip()]
    return " ".join([*map(going_on, given[:-1]), *given[-1:]])
