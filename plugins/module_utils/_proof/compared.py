# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was compared with the backup and agreed. Reports claim only this. Pure."""

from __future__ import annotations

import dataclasses
from typing import Any

from .result import ProbeResult


@dataclasses.dataclass(frozen=True)
class Compared:
    """hash: the archive's bytes with a recorded sha256; count: the exact count; points and queries: how many."""

    hash: bool = False
    count: bool = False
    points: int = 0
    queries: int = 0

    def as_dict(self) -> dict[str, Any]:
        """JSON-able form for reports."""
        return dataclasses.asdict(self)


def compared(hashed: bool, counted: bool, probe: ProbeResult | None = None) -> Compared:
    """For a collection that was restored without a failure. counted: whether the count was compared without a probe; a
    probe contains this."""
    if probe is None:
        return Compared(hashed, counted)
    every = probe.facts.get("full") or {}
    points = int(every["points"]) if every.get("agreed") else probe.points_compared
    return Compared(hashed, probe.counted_right is True, points, probe.queries_compared)
