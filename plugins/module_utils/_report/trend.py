# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The trend: the drills of a node that are recorded, up to the one that is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._drill.values import DrillReport, read_report
from .._repository.drills import drills_of, read_drills
from .._repository.errors import StoreError
from .model import Past

if TYPE_CHECKING:
    from .._repository.catalogue import Catalogue

MOST = 30  # drills of a trend


def trend_of(catalogue: Catalogue, report: DrillReport) -> tuple[list[Past], list[str]]:
    """(the newest drills until this one, oldest first and this one last; warnings). If the records cannot be read, the
    trend is this drill alone."""
    this = past_of(report)
    try:
        entries = list(drills_of(catalogue, report.node))[: MOST + 1]
        read = [read_report(document) for dummy, document in read_drills(catalogue, entries)]
    except StoreError as error:
        return [this], [f"Earlier drills could not be read: {error.sentence()}"]
    found = [one for one in read if one is not None]
    # Two drills of one second have one time, so this one is found by its contents; it may not be recorded.
    own = next((place for place, one in enumerate(found) if one.as_dict() == report.as_dict()), None)
    before = found[own + 1 :] if own is not None else [one for one in found if one.at <= report.at]
    return [*reversed([past_of(one) for one in before[: MOST - 1]]), this], []


def past_of(report: DrillReport) -> Past:
    """One drill as a part of a trend: the worst of its backups."""
    return Past(
        report.at,
        report.passed,
        _worst([backup.rpo.measured for backup in report.backups]),
        _worst([backup.rto.measured for backup in report.backups]),
    )


def _worst(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return max(known) if known and len(known) == len(values) else None
