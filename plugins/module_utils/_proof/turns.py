# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Spreads a verification over days: which archives are read within a budget of bytes or seconds. Pure."""

from __future__ import annotations

import dataclasses
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from .._base.clock import seconds_of
from .._base.errors import UsageError
from .._options import bytes_of

_TIME = re.compile(r"\s*\d+(\.\d+)?\s*[smhdw]\s*")
_SIZE = re.compile(r"\s*\d+(\.\d+)?\s*[KMGT](i?B)?\s*")
_Item = TypeVar("_Item")


@dataclasses.dataclass(frozen=True)
class Budget:
    """The limit of one run: bytes to read, or seconds after which no further archive is begun."""

    bytes: int | None = None
    seconds: float | None = None


def budget_of(text: str | None) -> Budget | None:
    """``50G`` or ``2h``; None without a text. UsageError if it is neither."""
    if text is None or not str(text).strip():
        return None
    if _SIZE.fullmatch(str(text)):
        return Budget(bytes=bytes_of(text))
    if _TIME.fullmatch(str(text)):
        return Budget(seconds=seconds_of(str(text).replace(" ", "")))
    raise UsageError(
        f"verify_budget: {text!r} is neither a size nor a duration",
        "Set bytes with K, M, G or T (50G), or a time with s, m, h or d (2h).",
    )


@dataclasses.dataclass(frozen=True)
class Turn:
    """The place of one archive in the order. grade: proven so far; at: when, "" if never."""

    backup_id: str
    grade: int
    at: str
    bytes: int


def turn_of(backup_id: str, bytes: int, state: Mapping[str, Any] | None, wanted: int) -> Turn:
    """state: of ``grades_of``. A failed proof counts as unproven, except if the wanted grade cannot clear it: else such
    an archive would be first in every run."""
    state = state or {}
    clears = bool(state.get("failed")) and int(state.get("failed_grade") or 0) <= wanted
    grade = 0 if clears else int(state.get("grade") or 0)
    return Turn(backup_id, grade, str(state.get("at") or ""), bytes)


def in_turn(items: Sequence[tuple[Turn, _Item]], grade: int) -> list[tuple[Turn, _Item]]:
    """Least proven first, and of these the newest. Archives that have the wanted grade come last: those whose proof is
    oldest first, so that repeated runs reach every archive."""
    newest = sorted(items, key=lambda pair: pair[0].backup_id, reverse=True)
    return sorted(newest, key=lambda pair: (min(pair[0].grade, grade), pair[0].at if pair[0].grade >= grade else ""))


def within(items: Sequence[tuple[Turn, _Item]], budget: Budget | None) -> tuple[list[_Item], list[_Item]]:
    """(items to read, items left for a later run). The first is always read, even if it is larger than the budget."""
    if budget is None or budget.bytes is None:
        return [item for dummy, item in items], []
    taken: list[_Item] = []
    left: list[_Item] = []
    spent = 0
    for turn, item in items:
        if taken and spent + turn.bytes > budget.bytes:
            left.append(item)
            continue
        spent += turn.bytes
        taken.append(item)
    return taken, left


class Clock:
    """Whether the time of a budget is over."""

    def __init__(self, budget: Budget | None) -> None:
        self._until = None if budget is None or budget.seconds is None else time.monotonic() + budget.seconds
        self._begun = False

    def over(self) -> bool:
        """False for the first archive, and while there is time."""
        first, self._begun = not self._begun, True
        return not first and self._until is not None and time.monotonic() >= self._until
