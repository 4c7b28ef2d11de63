# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A page as one HTML document: no script, nothing from elsewhere, every value escaped."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from .._base.plan import human_bytes
from . import chart
from .model import Bar, Case, Goal, Page
from .style import STYLE
from .words import count, moment, span

# A browser loads nothing, even if a value were not escaped.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_MOST_PAST = 10  # rows of the table below the trend


def html(page: Page) -> str:
    """The document."""
    word = "passed" if page.good else "failed"
    parts = [
        "<!doctype html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        f"<title>{escape(page.title)}: {word}</title>",
        f"<style>{STYLE}</style>",
        "</head>",
        "<body>",
        "<main>",
        *_verdict(page),
        *_goals(page),
        *_facts(page),
        *_timeline(page),
        *_cases(page),
        *_trend(page),
        *_lists(page),
        f"<footer>{escape(page.footer)}</footer>",
        "</main>",
        "</body>",
        "</html>",
    ]
    return "\n".join(parts) + "\n"


def _verdict(page: Page) -> Iterator[str]:
    yield "<header>"
    yield f'<p class="eyebrow">{escape(moment(page.at))}</p>'
    yield f"<h1>{escape(page.title)}</h1>"
    yield "</header>"
    yield f'<section class="card verdict{"" if page.good else " bad"}">'
    yield chart.sign(page.good)
    yield f'<div><p class="word">{"Passed" if page.good else "Failed"}</p><p class="said">{escape(page.verdict)}</p>'
    if page.reasons:
        yield "<ul>" + "".join(f"<li>{escape(text)}</li>" for text in page.reasons) + "</ul>"
    yield "</div></section>"


def _goals(page: Page) -> Iterator[str]:
    if page.goals:
        yield '<section class="goals">'
        for goal in page.goals:
            yield from _goal(goal)
        yield "</section>"


def _goal(goal: Goal) -> Iterator[str]:
    kind, said = {None: ("", "no target"), True: (" good", "met"), False: (" bad", "missed")}[goal.met]
    target = "no target is set" if goal.target is None else f"target: {span(goal.target)}"
    if goal.measured is None:
        kind, said = " bad", "not measured"
    how = "measured" if goal.measured is not None else "not measured"
    yield '<div class="card">'
    yield (
        f'<div class="goal-head"><strong>{escape(goal.word)}</strong><span class="pill{kind}">{said}</span></div>'
        f'<p class="small">{escape(goal.name)}</p><p class="big">{escape(span(goal.measured))}</p>'
    )
    yield chart.gauge(goal)
    yield f'<p class="small">{escape(target)}; {how}: {escape(goal.by)}</p></div>'


def _facts(page: Page) -> Iterator[str]:
    rows = "".join(f"<dt>{escape(label)}</dt><dd>{escape(value)}</dd>" for label, value in page.facts)
    yield f'<section class="card"><h2>What was done</h2><dl>{rows}</dl></section>'


def _timeline(page: Page) -> Iterator[str]:
    if not page.bars:
        return
    whole = max(*(one.began + one.seconds for one in page.bars), 1e-06)
    rows: dict[str, list[Bar]] = {}
    for one in page.bars:
        rows.setdefault(one.row, []).append(one)
    phases = list(dict.fromkeys(one.phase for one in page.bars))
    phases.sort(key=lambda phase: list(chart.CLASSES).index(phase) if phase in chart.CLASSES else -1)
    yield '<section class="card"><h2>Timeline of the phases</h2><ul class="legend">'
    for phase in phases:
        spent = sum(one.seconds for one in page.bars if one.phase == phase)
        yield f"<li>{chart.square(phase)}{escape(phase)} {escape(span(spent))}</li>"
    yield "</ul>"
    for name, bars in rows.items():
        spent = sum(one.seconds for one in bars)
        yield (
            f'<div class="lane"><span class="name">{escape(name)}</span>{chart.lane(bars, whole)}'
            f'<span class="time">{escape(span(spent))}</span></div>'
        )
    yield f'<div class="axis"><span></span><span><b>0</b><b>{escape(span(whole))}</b></span></div></section>'


def _cases(page: Page) -> Iterator[str]:
    if not page.cases:
        return
    groups = len({one.group for one in page.cases}) > 1
    head = ["Backup"] if groups else []
    head += ["Collection", "Result", "Points", "When backed up", "Size", "Grade", "Time", "Compared and equal"]
    numbers = ("Points", "When backed up", "Size", "Grade", "Time")
    cells = "".join(f'<th scope="col"{_num(name in numbers)}>{name}</th>' for name in head)
    yield '<section class="card"><h2>What was compared</h2><div class="scroll"><table class="wide">'
    yield f"<thead><tr>{cells}</tr></thead><tbody>"
    for one in page.cases:
        yield f"<tr>{_row(one, groups)}</tr>"
    yield "</tbody></table></div></section>"


def _row(one: Case, groups: bool) -> str:
    result = '<span class="pill good">passed</span>'
    if not one.good:
        result = f'<span class="pill bad">failed: {escape(one.phase)}</span><div class="why">{escape(one.why)}</div>'
    compared = ", ".join(one.compared) or "nothing"
    cells = [f'<td data-label="Backup">{escape(one.group)}</td>'] if groups else []
    cells += [f"<td><strong>{escape(one.name)}</strong></td>", f"<td>{result}</td>"]
    for label, value in (
        ("Points", count(one.points)),
        ("When backed up", count(one.expected)),
        ("Size", human_bytes(one.bytes)),
        ("Grade", str(one.grade)),
        ("Time", span(one.seconds)),
    ):
        cells.append(f'<td class="num" data-label="{label}">{escape(value)}</td>')
    cells.append(f'<td data-label="Compared">{escape(compared)}</td>')
    return "".join(cells)


def _num(number: bool) -> str:
    return ' class="num"' if number else ""


def _trend(page: Page) -> Iterator[str]:
    if len(page.past) < 2:
        return
    good = sum(one.passed for one in page.past)
    yield f'<section class="card"><h2>Trend: {good} of the last {len(page.past)} drills passed</h2><div class="trend">'
    for goal in page.goals:
        picture, most, line = chart.trend(page.past, goal.word.lower(), goal.target)
        where = "dashed" if line else "above the picture"
        target = f"target {span(goal.target)} ({where})" if goal.target is not None else "no target"
        first, last = escape(page.past[0].at[:10]), escape(page.past[-1].at[:10])
        yield f'<div><p class="top"><strong>{escape(goal.word)}</strong>'
        yield f"<span>{escape(target)}; top: {escape(span(most))}</span></p>{picture}"
        yield f'<p class="ends"><span>{first}</span><span>{last}</span></p></div>'
    yield '</div><table class="past"><thead><tr><th scope="col">Drill</th><th scope="col">Verdict</th>'
    yield '<th scope="col" class="num">RPO</th><th scope="col" class="num">RTO</th></tr></thead><tbody>'
    for one in list(reversed(page.past))[:_MOST_PAST]:
        pill = '<span class="pill good">passed</span>' if one.passed else '<span class="pill bad">failed</span>'
        yield (
            f'<tr><td>{escape(moment(one.at))}</td><td>{pill}</td><td class="num">{escape(span(one.rpo))}</td>'
            f'<td class="num">{escape(span(one.rto))}</td></tr>'
        )
    yield "</tbody></table></section>"


def _lists(page: Page) -> Iterator[str]:
    if page.warnings:
        items = "".join(f"<li>{escape(text)}</li>" for text in page.warnings)
        yield f'<section class="card warn"><h2>Warnings</h2><ul>{items}</ul></section>'
    if page.notes:
        items = "".join(f"<li>{escape(text)}</li>" for text in page.notes)
        yield f'<section class="card"><h2>How to read this</h2><ul class="notes">{items}</ul></section>'
