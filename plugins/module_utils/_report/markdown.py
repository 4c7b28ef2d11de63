# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A page as Markdown. Values are escaped, so that a collection's name cannot change the document."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from .._base.plan import human_bytes
from .model import Goal, Page
from .words import count, moment, span

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~&-])")


def markdown(page: Page) -> str:
    """The document."""
    return "\n".join(_lines(page)) + "\n"


def _lines(page: Page) -> Iterator[str]:
    yield f"# {_safe(page.title)}: {'passed' if page.good else 'FAILED'}"
    yield ""
    yield f"**{_safe(page.verdict)}**"
    yield from _list("Why it failed", page.reasons)
    yield ""
    yield from _table(("", ""), [(f"**{_safe(label)}**", _safe(value)) for label, value in page.facts])
    if page.goals:
        yield from ("", "## Objectives", "")
        yield from _table(("Objective", "Measured", "Target", "Result", "How"), [_goal(goal) for goal in page.goals])
    if page.cases:
        yield from ("", "## What was compared", "")
        head = ("Backup", "Collection", "Result", "Points", "When backed up", "Size", "Grade", "Time", "Compared")
        yield from _table(
            head,
            [
                (
                    _safe(one.group),
                    _safe(one.name),
                    "passed" if one.good else f"FAILED in phase {_safe(one.phase)}: {_safe(one.why)}",
                    count(one.points),
                    count(one.expected),
                    human_bytes(one.bytes),
                    str(one.grade),
                    span(one.seconds),
                    _safe(", ".join(one.compared) or "nothing"),
                )
                for one in page.cases
            ],
        )
    if page.bars:
        yield from ("", "## Phases", "")
        yield from _table(
            ("Collection", "Phase", "Began", "Time"),
            [(_safe(one.row), _safe(one.phase), f"+{span(one.began)}", span(one.seconds)) for one in page.bars],
        )
    if len(page.past) > 1:
        yield from ("", "## Trend", "")
        rows = [
            (moment(one.at), "passed" if one.passed else "FAILED", span(one.rpo), span(one.rto))
            for one in reversed(page.past)
        ]
        yield from _table(("Drill", "Verdict", "RPO", "RTO"), rows)
    yield from _list("Warnings", page.warnings)
    yield from _list("How to read this", page.notes)
    yield from ("", _safe(page.footer))


def _goal(goal: Goal) -> tuple[str, ...]:
    met = {None: "no target", True: "met", False: "MISSED"}[goal.met]
    return f"{goal.word}: {_safe(goal.name)}", span(goal.measured), span(goal.target), met, _safe(goal.by)


def _list(head: str, texts: Sequence[str]) -> Iterator[str]:
    if texts:
        yield from ("", f"## {head}", "")
        for text in texts:
            yield f"* {_safe(text)}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _safe(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
