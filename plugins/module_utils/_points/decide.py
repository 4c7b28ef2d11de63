# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether one point is put back, from what the live collection has right before the write. Pure."""

from __future__ import annotations

from typing import Any

from .._qdrant.values import Point
from .alike import Tolerances, alike
from .options import CHANGED
from .records import digest_of

WRITE = ""
BACK = "it is as in the backup already"
WRITTEN = "it was written since the comparison"
DELETED = "it was deleted since the comparison"
NAN = "its vector has a NaN, which no write accepts"


def decide(mode: str, ours: Point, there: Point | None, noted: bytes, tolerances: Tolerances) -> str:
    """WRITE, or why the point is left alone.

    there: the live point now; noted: its digest in the comparison (mode ``changed``).
    """
    if there is not None and alike(ours, there, tolerances):
        return BACK
    if mode == CHANGED and there is None:
        return DELETED
    if there is not None and (mode != CHANGED or digest_of(there) != noted):
        return WRITTEN
    return NAN if _has_null(ours.vector) else WRITE


def _has_null(vector: Any) -> bool:
    if isinstance(vector, dict):
        return any(_has_null(one) for one in vector.values())
    return isinstance(vector, list) and any(one is None or _has_null(one) for one in vector)
