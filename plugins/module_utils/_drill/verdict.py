# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judges a drill: whether a collection passed, the RPO and the RTO. Pure."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Sequence

from .._base.plan import human_bytes
from .._proof.result import FEWEST_POINTS
from .values import AGE, COUNT, ENGINE, GAP, Drilled, Objective

LOADED_ONLY = (
    "it was loaded, but there was nothing to compare it with: it was written to while its snapshot was taken, and its "
    "backup has no probe of enough points. Its points were counted now, so the next drill can compare them"
)


def judged(found: Drilled) -> Drilled:
    """A collection with its verdict. found: its phase, if it failed, and the grade that it would have otherwise.

    One that did not fail must also have been compared with enough. A failed one has grade 0.
    """
    compared = int(found.compared.get("points") or 0)
    if not found.phase and not enough(found.grade, found.missing_shards, compared):
        found = dataclasses.replace(found, phase=COUNT, said=LOADED_ONLY)
    if found.phase:
        return dataclasses.replace(found, passed=False, grade=0)
    return dataclasses.replace(found, passed=True)


def enough(grade: int, missing_shards: Sequence[int], points_compared: int) -> bool:
    """Whether what was compared proves a loaded collection. A part of a cluster has no count of its own, so its sampled
    points must do."""
    return grade >= 2 or (bool(missing_shards) and points_compared >= FEWEST_POINTS)


def rpo(
    target: float | None, started: datetime.datetime, following: datetime.datetime | None, moment: datetime.datetime
) -> Objective:
    """What a disaster would have lost: everything since the snapshot of the newest backup, or for an older one,
    everything until the next backup began. started: when this backup began; following: when the next one did."""
    if following is None:
        return Objective(target, max(0.0, (moment - started).total_seconds()), f"{AGE} of the newest backup")
    return Objective(target, max(0.0, (following - started).total_seconds()), f"{GAP} to the next backup")


def rto(target: float | None, kind: str, find: float, drilled: Sequence[Drilled], whole: int) -> Objective:
    """Seconds to bring the whole backup back, from those of the drilled collections. whole: bytes of all archives."""
    if not drilled or not all(one.passed for one in drilled):
        return Objective(target, None, "the drill failed")
    spent = sum(one.seconds for one in drilled)
    size = sum(one.bytes for one in drilled)
    where = "in the embedded engine" if kind == ENGINE else "on a live server"
    if size >= whole or not size:
        return Objective(target, find + spent, f"all collections, one after another, {where}")
    by = f"{human_bytes(size)} of {human_bytes(whole)} {where}, scaled to the whole backup by bytes"
    return Objective(target, find + spent * whole / size, by)
