# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions of Qdrant, and which server may restore what another one wrote."""

from __future__ import annotations

import re

from .._base.errors import UsageError

Version = tuple[int, int, int]
_FORM = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?(?:[-+].*)?")
_LAST_ROCKSDB_WRITER = (1, 16)  # up to this minor, official builds may have written RocksDB segments
_FIRST_WITHOUT_ROCKSDB = (1, 18)  # from this minor on such segments cannot be loaded


def parse(text: str) -> Version:
    """``(1, 18, 3)`` of ``1.18.3``, ``v1.18.3`` or ``1.19.0-dev``; UsageError when it is no version."""
    match = _FORM.fullmatch(text.strip())
    if not match:
        raise UsageError(f"{text!r} is not a version of Qdrant", "Write it like 1.18.3.")
    return int(match[1]), int(match[2]), int(match[3] or 0)


def restore_rule(source: str, target: str) -> str | None:
    """Why a server of version ``target`` should not restore what one of version ``source`` wrote; None where it may.

    Qdrant's rule: the same minor version or the next one, never an older one. Nothing in the server enforces it (the
    version files in archives are the same from 1.10 to 1.19), so it has to be refused here. Patch releases of one
    minor version read each other.
    """
    old, new = parse(source), parse(target)
    if new[0] == old[0] and new[1] - old[1] in (0, 1):
        return None
    if new[:2] < old[:2]:
        return (
            f"the backup was written by Qdrant {source} and the node runs the older {target}; "
            "Qdrant does not read what a newer version wrote"
        )
    sentence = (
        f"the backup was written by Qdrant {source} and the node runs {target}; "
        "Qdrant reads archives of the same minor version or the one before"
    )
    if old[:2] <= _LAST_ROCKSDB_WRITER and new[:2] >= _FIRST_WITHOUT_ROCKSDB:
        sentence += (
            ", and segments kept in RocksDB, as versions up to 1.16 may have written them, cannot be loaded from "
            "1.18 on (restore on 1.17 first, let it rewrite its segments, and take a new backup there)"
        )
    return sentence
