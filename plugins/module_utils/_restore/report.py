# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a restore. Typed until the door; JSON there."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from typing import Any

from .._base.counted import counted, few
from .._base.plan import Plan
from .standing import Standing
from .state import State
from .task import Task

_NAMED = 10  # collections that one warning names


class Times:
    """Wall-clock seconds of the phases of a run."""

    def __init__(self) -> None:
        self._began = self._last = time.monotonic()
        self._phases: dict[str, float] = {}

    def note(self, phase: str) -> None:
        """A phase has ended."""
        at = time.monotonic()
        self._phases[phase], self._last = round(at - self._last, 3), at

    def all(self) -> dict[str, float]:
        """Seconds by phase, and "total"."""
        return {**self._phases, "total": round(self._last - self._began, 3)}


@dataclasses.dataclass(frozen=True)
class RestoreReport:
    """The result of a restore, or in check mode its plan."""

    plan: Plan
    diff: dict[str, str]  #: "before" and "after": the target's collections and aliases as text
    seconds: dict[str, float]  #: wall-clock: "plan", "restore" (to the last proof), "finish" and "total"
    ended: tuple[tuple[Task, State], ...] = ()  #: collections that were begun, in the plan's order
    not_done: tuple[str, ...] = ()  #: names in the backup of those that were not begun, because one had failed
    left_out: tuple[str, ...] = ()  #: collections with nothing to do
    excluded: tuple[str, ...] = ()  #: collections that are not restored on request
    warnings: tuple[str, ...] = ()  #: of the whole run
    rolled_back: dict[str, Any] | None = None  #: of a roll-back: "aliases", "from", "to" and the points of both

    @property
    def ok(self) -> bool:
        """Whether all that was planned was done. What is excluded was not."""
        return not any(state.failure for dummy, state in self.ended)

    def as_dict(self) -> dict[str, Any]:
        """{"changed", "ok", "plan", "diff", "seconds", "collections": [a report of each that is restored],
        "left_alone": [those that existed], "failed": [an error each], "not_done": [names], "left_out": [names],
        "excluded": [names], "rolled_back", "warnings"}."""
        alone = [state.left_alone_dict(task) for task, state in self.ended if _left_alone(state)]
        warnings = [*self.plan.warnings, *self.warnings, *_told(alone)]
        for dummy, state in self.ended:
            warnings += [text for text in state.warnings if text not in warnings]
        return {
            "changed": self.plan.changes if self.ok else any(state.changed for dummy, state in self.ended),
            "ok": self.ok,
            "plan": self.plan.as_dict(),
            "diff": dict(self.diff),
            "seconds": dict(self.seconds),
            "collections": [state.as_dict(task) for task, state in self.ended if state.is_back],
            "left_alone": alone,
            "failed": [state.failed_dict(task) for task, state in self.ended if state.failure is not None],
            "not_done": list(self.not_done),
            "left_out": list(self.left_out),
            "excluded": list(self.excluded),
            "rolled_back": self.rolled_back,
            "warnings": warnings,
        }


def _left_alone(state: State) -> bool:
    return state.standing is Standing.PRESENT and state.failure is None


def _told(alone: list[dict[str, Any]]) -> Iterator[str]:
    """One warning for all collections that exist and are not as in the backup, those with the fewest points first."""
    other = sorted((item for item in alone if item["agrees"] is False), key=lambda item: item["points"] or 0)
    if other:
        named = [
            f"{item['name']} ({counted(item['points'], 'point')}, {item['expected_points']} in the backup)"
            for item in other
        ]
        yield f"These collections existed, were left alone, and differ from the backup: {few(named, _NAMED)}."
