# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A page as JUnit XML: one suite a backup, one case a collection and an objective."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from .model import Page
from .words import span

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(page: Page) -> str:
    """The document. An objective without a target is skipped."""
    cases = list(_cases(page))
    failures = sum(kind == "failure" for dummy, dummy2, kind, dummy3 in cases)
    skipped = sum(kind == "skipped" for dummy, dummy2, kind, dummy3 in cases)
    seconds = sum(spent for dummy, spent, dummy2, dummy3 in cases)
    about = (
        f'name={_attribute(page.title)} tests="{len(cases)}" failures="{failures}" errors="0" '
        f'skipped="{skipped}" time="{seconds:.3f}" timestamp={_attribute(page.at.rstrip("Z"))}'
    )
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>", f"  <testsuite {about}>", "    <properties>"]
    lines += [f"      <property name={_attribute(name)} value={_attribute(value)}/>" for name, value in page.facts]
    lines.append("    </properties>")
    for (group, name), spent, kind, said in cases:
        head = f'    <testcase classname={_attribute(group)} name={_attribute(name)} time="{spent:.3f}"'
        if kind:
            lines += [f"{head}>", f"      <{kind} message={_attribute(said)}>{_text(said)}</{kind}>", "    </testcase>"]
        else:
            lines.append(f"{head}/>")
    lines += [f"    <system-out>{_text(page.verdict)}</system-out>", "  </testsuite>", "</testsuites>"]
    return "\n".join(lines) + "\n"


def _cases(page: Page) -> Iterator[tuple[tuple[str, str], float, str, str]]:
    """((group, name), seconds, kind: failure, skipped or "", why)."""
    for one in page.cases:
        said = "" if one.good else f"phase {one.phase}: {one.why}"
        yield (one.group, one.name), one.seconds, "" if one.good else "failure", said
    for goal in page.goals:
        kind = {None: "skipped", True: "", False: "failure"}[goal.met]
        target = "no target is set" if goal.target is None else f"the target is {span(goal.target)}"
        yield ("objectives", goal.word), 0.0, kind, f"{span(goal.measured)} measured ({goal.by}), {target}"
    explained = all(one.good for one in page.cases) and all(goal.met is not False for goal in page.goals)
    if not page.good and explained:
        yield (page.kind, "verdict"), 0.0, "failure", " ".join(page.reasons) or page.verdict
    elif not page.cases:
        yield (page.kind, "verdict"), 0.0, "" if page.good else "failure", page.verdict


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("?", text))


def _attribute(text: str) -> str:
    return quoteattr(_NOT_XML.sub("?", text))
