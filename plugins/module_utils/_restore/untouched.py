# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers that Qdrant gives to a recover or an upload before it changes anything. Pure; in doubt, an answer is none."""

from __future__ import annotations

import re

from .._base.errors import EngineError
from .._qdrant.errors import QdrantError

_NEVER_SENT = ("unreachable", "tls")
_NOT_ALLOWED = (401, 403)  # the key, URLs switched off, a file outside the snapshots folder
# The archive is fetched, hashed, unpacked beside the collection, and its shape compared; only then shards change.
_BEFORE = re.compile(
    r"checksum mismatch"
    r"|failed to download tar from .* status - "
    r"|snapshot file .* does not exist"
    r"|not compatible with existing collection: collection (vectors|shard number)"
)


def untouched(error: EngineError) -> bool:
    """Whether the collection is as it was for certain, after the node was asked and this came back."""
    if not isinstance(error, QdrantError):
        return False
    if error.kind in _NEVER_SENT:
        return True
    if not error.answered:
        return False
    if error.status in _NOT_ALLOWED:
        return True
    return error.status == 400 and _BEFORE.search(" ".join(error.said.lower().split())) is not None
