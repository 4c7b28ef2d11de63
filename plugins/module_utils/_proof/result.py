# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of a check against a probe."""

from __future__ import annotations

import dataclasses
from typing import Any

FEWEST_POINTS = 8  # fewer equal points are not enough if no count was compared


@dataclasses.dataclass(frozen=True)
class ProbeResult:
    """The result of a probe. failures and warnings: messages; counted_right None: no count to compare with; facts: what
    was compared, JSON-able."""

    agreed: bool
    failures: list[str]
    warnings: list[str]
    count: int
    counted_right: bool | None
    points_compared: int
    queries_compared: int
    facts: dict[str, Any]

    @property
    def grade(self) -> int:
        """The highest grade that this result supports: 3, 2, 1 (only grade 1), or 0 if it did not agree. A missing
        failure alone does not prove anything: something must have been compared."""
        if not self.agreed:
            return 0
        return int(self.facts.get("max_grade", 2)) if self.telling else 1

    @property
    def telling(self) -> bool:
        """Whether enough was compared to prove anything: a count, or at least eight points."""
        return self.counted_right is not None or self.points_compared >= FEWEST_POINTS

    def as_dict(self) -> dict[str, Any]:
        """JSON-able form for reports and proofs."""
        return dataclasses.asdict(self)


class Findings:
    """The result while it grows."""

    def __init__(self) -> None:
        self.failures: list[str] = []
        self.warnings: list[str] = []
        self.count = -1
        self.counted_right: bool | None = None
        self.points = 0
        self.queries = 0
        self.facts: dict[str, Any] = {}

    def result(self) -> ProbeResult:
        return ProbeResult(
            not self.failures,
            self.failures,
            self.warnings,
            self.count,
            self.counted_right,
            self.points,
            self.queries,
            self.facts,
        )
