# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One page of a report, whatever it is about: what every format shows. Values only."""

from __future__ import annotations

import dataclasses
from typing import Any


@dataclasses.dataclass(frozen=True)
class Goal:
    """An objective. word: RPO; name: in full; target and measured: seconds, None if unknown; met: None if there is
    nothing to judge; by: how it was measured."""

    word: str
    name: str
    target: float | None
    measured: float | None
    met: bool | None
    by: str


@dataclasses.dataclass(frozen=True)
class Bar:
    """One phase in the timeline. row: its collection; began: seconds after the start."""

    row: str
    phase: str
    began: float
    seconds: float


@dataclasses.dataclass(frozen=True)
class Case:
    """One thing that was checked. group: the backup; phase and why: of a failure, "" if it is good."""

    group: str
    name: str
    good: bool
    phase: str = ""
    why: str = ""
    points: int | None = None
    expected: int | None = None
    bytes: int = 0
    grade: int = 0
    seconds: float = 0.0
    compared: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Past:
    """One drill of the trend. rpo and rto: seconds as measured, None if they were not."""

    at: str
    passed: bool
    rpo: float | None
    rto: float | None
    key: str = ""

    def as_dict(self) -> dict[str, Any]:
        """JSON-able form."""
        return dataclasses.asdict(self)


@dataclasses.dataclass(frozen=True)
class Page:
    """A report. kind: drill or restore; verdict: one sentence; facts: label and value; reasons: why it is not good;
    past: of the trend, oldest first, with this one; notes: how to read it."""

    kind: str
    title: str
    at: str
    good: bool
    verdict: str
    facts: tuple[tuple[str, str], ...] = ()
    goals: tuple[Goal, ...] = ()
    bars: tuple[Bar, ...] = ()
    cases: tuple[Case, ...] = ()
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    past: tuple[Past, ...] = ()
    notes: tuple[str, ...] = ()
    footer: str = ""
