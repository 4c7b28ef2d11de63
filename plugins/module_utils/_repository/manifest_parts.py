# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A manifest and its later parts as one. Pure.

A committed manifest never changes. Shards that were stored under its id afterwards are in a document of their own
beside it, which has the same form."""

from __future__ import annotations

import dataclasses

from .manifest import Manifest
from .parts import SHARD


def merged(first: Manifest, more: Manifest) -> Manifest:
    """The backup with the archives of a later part. An archive that it has already stays as it is. The part replaces
    the failures of the collections that it has."""
    held = {entry.part for entry in first.collections}
    whole = {entry.name for entry in first.collections if entry.kind != SHARD}
    added = tuple(entry for entry in more.collections if entry.part not in held and entry.name not in whole)
    stored = set(more.names)
    failed = [one for one in first.failed if one.name not in stored]
    extra = dict(first.extra)
    elsewhere = {name: known for name, known in first.shards_elsewhere.items() if name not in stored}
    if "shards_elsewhere" in extra:
        extra["shards_elsewhere"] = elsewhere
    notes = [text for one in (first, more) for text in one.extra.get("warnings") or () if isinstance(text, str)]
    if notes:
        extra["warnings"] = list(dict.fromkeys(notes))
    return dataclasses.replace(
        first, collections=(*first.collections, *added), failed=(*failed, *more.failed), extra=extra
    )
