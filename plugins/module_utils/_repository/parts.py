# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of archives inside one backup. Pure.

A collection that was captured per shard has an archive for each shard. Proofs name each of them.
"""

from __future__ import annotations

from collections.abc import Sequence

SHARD = "shard"  # the kind of an archive of one shard


def part_name(collection: str, kind: str, captured: Sequence[int]) -> str:
    """The collection's name; for the archive of one shard with its number: ``articles/3``. Qdrant refuses names of
    collections with a slash."""
    return f"{collection}/{captured[0]}" if kind == SHARD and captured else collection


def collection_of(part: str) -> str:
    """The collection of a ``part_name``."""
    return part.partition("/")[0]
