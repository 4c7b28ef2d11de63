# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sentences that hold commands and addresses which are copied.

A command or an address ends without a full stop, which would be copied with it. If text follows, a semicolon separates
it: terminals do not select it with the last word, and a shell accepts it.
"""

from __future__ import annotations

_ENDS = (".", "!", "?", ":", ";")


def joined(*texts: str) -> str:
    """The texts as one. One that ends with a command gets a semicolon if another text follows."""
    given = [text.strip() for text in texts if text.strip()]
    return " ".join([*(text if text.endswith(_ENDS) else f"{text};" for text in given[:-1]), *given[-1:]])
