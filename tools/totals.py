# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print the totals of a run of .ci/run.

    totals.py FOLDER

FOLDER holds steps.tsv (step, exit code, seconds) and, for the steps that run pytest, <step>.xml. A step without such a
file counts as one test. A pytest step that failed without a failed test in its report (no report, a crash) counts as
one more failure, a step that did not run (exit code -1) as one failure. The last line is `N passed, N failed, N
skipped`; the exit code is 1 if a test failed or nothing ran.
"""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import NamedTuple


class Totals(NamedTuple):
    passed: int
    failed: int
    skipped: int


def of_report(path: Path) -> Totals:
    """The tests in a JUnit file. An error in set-up or tear-down is a failure."""
    passed = failed = skipped = 0
    for case in ET.parse(path).getroot().iter("testcase"):
        kinds = {child.tag for child in case}
        if kinds & {"failure", "error"}:
            failed += 1
        elif "skipped" in kinds:
            skipped += 1
        else:
            passed += 1
    return Totals(passed, failed, skipped)


def of_step(folder: Path, name: str, code: int) -> Totals:
    report = folder / f"{name}.xml"
    if not report.exists():
        return Totals(int(code == 0), int(code != 0), 0)
    try:
        found = of_report(report)
    except ET.ParseError:
        return Totals(0, 1, 0)
    if code and not found.failed:
        return found._replace(failed=1)
    return found


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0])
    total = Totals(0, 0, 0)
    for line in (folder / "steps.tsv").read_text().splitlines():
        name, code, seconds = line.split("\t")
        found = of_step(folder, name, int(code))
        total = Totals(*(a + b for a, b in zip(total, found)))
        word = "NOT RUN" if int(code) == -1 else "ok" if int(code) == 0 and not found.failed else "FAILED"
        numbers = f"{found.passed:5} passed {found.failed:4} failed {found.skipped:4} skipped"
        sys.stdout.write(f"  {name:26} {word:7} {numbers} {int(seconds):6} s\n")
    sys.stdout.write(f"{total.passed} passed, {total.failed} failed, {total.skipped} skipped\n")
    return int(total.failed > 0 or total.passed == 0)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
