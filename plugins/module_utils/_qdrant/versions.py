# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions of Qdrant, and which server may restore another server's backup."""

from __future__ import annotations

import re

from .._base.errors import UsageError

Version = tuple[int, int, int]
_FORM = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?(?:[-+].*)?")
_LAST_ROCKSDB_WRITER = (1, 16)  # up to this minor, official builds may have written RocksDB segments
_FIRST_WITH_QUOTAS = (1, 19, 0)
_FIRST_WITHOUT_ROCKSDB = (1, 18)  # from this minor on such segments cannot be loaded


def parse(text: str) -> Version:
    """``(1, 18, 3)`` of ``1.18.3``, ``v1.18.3`` or ``1.19.0-dev``; UsageError if it is invalid."""
    match = _FORM.fullmatch(text.strip())
    if not match:
        raise UsageError(f"{text!r} is not a version of Qdrant", "Use a version such as 1.18.3.")
    return int(match[1]), int(match[2]), int(match[3] or 0)


def has_quotas(version: str) -> bool:
    """Whether a server of this version has ``/quotas``."""
    return parse(version) >= _FIRST_WITH_QUOTAS


def restore_rule(source: str, target: str) -> str | None:
    """Why a server of version ``target`` must not restore a backup of version ``source``; None if it may.

    Qdrant's rule: the same minor version or the next one, never an older one. The server does not enforce it (the
    version files in archives are the same from 1.10 to 1.19), so it is refused here. Patch releases of one minor
    version are compatible.
    """
    old, new = parse(source), parse(target)
    if new[0] == old[0] and new[1] - old[1] in (0, 1):
        return None
    if new[:2] < old[:2]:
        return (
            f"the backup was written by Qdrant {source}, but the node runs the older {target}; "
            "Qdrant does not read archives of a newer version"
        )
    sentence = (
        f"the backup was written by Qdrant {source}, but the node runs {target}; "
        "Qdrant reads archives of the same minor version or the previous one"
    )
    if old[:2] <= _LAST_ROCKSDB_WRITER and new[:2] >= _FIRST_WITHOUT_ROCKSDB:
        sentence += (
            ", and RocksDB segments, which versions up to 1.16 may have written, cannot be loaded from "
            "1.18 on (restore on 1.17 first, let it rewrite its segments, and create a new backup there)"
        )
    return sentence
