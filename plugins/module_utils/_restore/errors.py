# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a restore fails, and which failures of a delivery leave hope."""

from __future__ import annotations

import re

from .._base.errors import EngineError
from .._qdrant.errors import QdrantError

# What the node says of a store that was busy or was cut off: the next GET may succeed.
_PASSING = re.compile(r"status - (429|5\d\d)|error sending request|failed to unpack|error decoding response|timed out")


class RestoreError(EngineError):
    """A collection could not be brought back, or could not be proven. ``tried`` in the details lists the deliveries."""


class NotAskedError(RestoreError):
    """The last look found a reason not to ask the node: somebody took the name, or the lock. Nobody was touched."""


def hopeless(error: EngineError) -> bool:
    """No other delivery can help: the archive, the key or the disk is the trouble."""
    said = error.said.lower()
    if "checksum mismatch" in said or "not compatible with existing collection" in said or "sha256" in said:
        return True
    if "manage access is required" in said or "no space left" in said or "can't restore snapshot in local mode" in said:
        return True
    return isinstance(error, QdrantError) and error.kind in ("unauthorized", "unreachable", "tls")


def worth_repeating(error: EngineError) -> bool:
    """The same delivery may succeed the next time: the store was busy, or the connection was cut."""
    if not isinstance(error, QdrantError):
        return False
    return error.kind == "no_answer" or _PASSING.search(error.said.lower()) is not None
