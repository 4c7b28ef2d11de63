# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of the HTML page as SVG without any text: they may be stretched to any width, and labels stay readable."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from .._base.counted import counted
from .model import Bar, Goal, Past
from .words import moment, span

_WIDTH = 1000.0
_FAR = 4.0  # times the longest bar
_THINNEST = 3.0  # of a bar, so that it is seen
# In the order of time; a drill and a restore have phases of their own.
CLASSES = {
    "find": "p-find",
    "plan": "p-find",
    "fetch": "p-fetch",
    "prepare": "p-fetch",
    "load": "p-load",
    "recover": "p-load",
    "ready": "p-ready",
    "count": "p-count",
    "first query": "p-query",
    "probes": "p-probes",
    "prove": "p-probes",
    "alias": "p-query",
}


def sign(good: bool) -> str:
    """The sign of the verdict."""
    path = "M14 24l7 7 13-14" if good else "M16 16l16 16M32 16L16 32"
    return (
        '<svg viewBox="0 0 48 48" aria-hidden="true"><circle class="mark" cx="24" cy="24" r="22" stroke-width="2"/>'
        f'<path class="sign" d="{path}" fill="none" stroke-width="4" stroke-linecap="round" '
        'stroke-linejoin="round"/></svg>'
    )


def gauge(goal: Goal) -> str:
    """Measured against the target, which is a line at three quarters of the width."""
    if goal.measured is None or goal.target is None:
        return ""
    most = max(goal.measured, goal.target / 0.75, 1e-9)
    width, limit = max(_THINNEST, goal.measured / most * _WIDTH), goal.target / most * _WIDTH
    kind = "fill-good" if goal.met else "fill-bad"
    said = f"{span(goal.measured)} of {span(goal.target)}"
    return (
        f'<svg class="gauge" viewBox="0 0 1000 10" preserveAspectRatio="none" role="img" aria-label="{escape(said)}">'
        f'<rect class="track" width="1000" height="10"/><rect class="{kind}" width="{width:.1f}" height="10"/>'
        f'<line class="limit" x1="{limit:.1f}" x2="{limit:.1f}" y1="0" y2="10"/></svg>'
    )


def lane(bars: Sequence[Bar], whole: float) -> str:
    """The phases of one row. whole: seconds of the width."""
    parts = []
    for one in bars:
        left = one.began / whole * _WIDTH
        width = max(_THINNEST, one.seconds / whole * _WIDTH)
        left = min(left, _WIDTH - width)
        told = escape(f"{one.phase}: {span(one.seconds)}, from +{span(one.began)}")
        parts.append(
            f'<rect class="{css_class(one.phase)}" x="{left:.1f}" width="{width:.1f}" height="22">'
            f"<title>{told}</title></rect>"
        )
    said = escape("; ".join(f"{one.phase} {span(one.seconds)}" for one in bars))
    return (
        f'<svg viewBox="0 0 1000 22" preserveAspectRatio="none" role="img" aria-label="{said}">'
        f'<rect class="track" width="1000" height="22"/>{"".join(parts)}</svg>'
    )


def css_class(phase: str) -> str:
    """The class with the colour of a phase."""
    return CLASSES.get(phase, "p-find")


def square(phase: str) -> str:
    """A square of the legend."""
    inside = f'<rect class="{css_class(phase)}" width="10" height="10" rx="2"/>'
    return f'<svg viewBox="0 0 10 10" aria-hidden="true">{inside}</svg>'


def trend(past: Sequence[Past], word: str, target: float | None) -> tuple[str, float, bool]:
    """(bars of one objective over drills, red where the drill failed; seconds at the top; whether the target is a line
    in it: a far higher one would flatten the bars)."""
    values = [getattr(one, word) for one in past]
    most = max([value for value in values if value is not None], default=0.0) or target or 1.0
    line = target is not None and target <= _FAR * most
    most = max(most, target if target is not None and line else 0.0) * 1.08
    step = _WIDTH / max(6, len(past))
    parts = []
    for number, (one, value) in enumerate(zip(past, values)):
        kind = "fill-none" if one.passed else "fill-bad"
        height = max(3.0, (value or 0.0) / most * 120)
        told = escape(f"{moment(one.at)}: {'passed' if one.passed else 'failed'}, {span(value)}")
        parts.append(
            f'<rect class="{kind}" x="{number * step + step * 0.14:.1f}" width="{step * 0.72:.1f}" '
            f'y="{120 - height:.1f}" height="{height:.1f}"><title>{told}</title></rect>'
        )
    if target is not None and line:
        y = 120 - target / most * 120
        parts.append(f'<line class="dash" x1="0" x2="1000" y1="{y:.1f}" y2="{y:.1f}"/>')
    said = escape(f"{word.upper()} of {counted(len(past), 'drill')}, last {span(values[-1])}")
    picture = (
        f'<svg viewBox="0 0 1000 120" preserveAspectRatio="none" role="img" aria-label="{said}">{"".join(parts)}</svg>'
    )
    return picture, most, line
