# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drills one collection in the embedded engine, without a server."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from .._base.progress import Progress
from .._proof.by_engine import MAX_GRADE, EngineOptions, Expected, grade_by_engine, missing_shards
from .._proof.grades import GradeResult
from .._repository.errors import StoreError
from .values import COUNT, FETCH, LOAD, PROBES, Drilled, Phase
from .verdict import judged

if TYPE_CHECKING:
    from .._repository.manifest import CollectionEntry, Manifest
    from .._repository.store import Store


def drill_collection(
    store: Store,
    entry: CollectionEntry,
    manifest: Manifest,
    archive_count: int | None,
    options: EngineOptions,
    began: float,
    progress: Progress,
) -> tuple[Drilled, GradeResult | None]:
    """The collection, and its result for a proof (None if the store could not be read). began: of the drill."""
    start = time.monotonic() - began
    expected = Expected(manifest.node.qdrant_version, archive_count)
    try:
        result = grade_by_engine(store, manifest.with_probe(entry), MAX_GRADE, expected, options, progress=progress)
    except StoreError as error:
        spent = time.monotonic() - began - start
        failed = Drilled(
            entry.part,
            entry.archive.bytes,
            False,
            phase=FETCH,
            said=error.sentence(),
            phases=(Phase(FETCH, start, spent),),
        )
        return failed, None
    return drilled(entry, result, start), result


def drilled(entry: CollectionEntry, result: GradeResult, start: float) -> Drilled:
    """The collection by the engine's result. start: seconds after the drill began. Pure."""
    spent = result.phases or {FETCH: result.seconds}
    phases = []
    for name, seconds in spent.items():
        phases.append(Phase(name, start, seconds))
        start += seconds
    compared = dict(result.compared or {})
    missing = tuple(missing_shards(entry))
    noted = entry.points.before if entry.points.quiet and not missing else None
    points = compared.get("count")
    phase, said = _fault(result, compared, noted)
    found = Drilled(
        name=entry.part,
        bytes=entry.archive.bytes,
        passed=False,
        grade=result.grade,
        points=int(points) if points is not None else None,
        expected=noted,
        phase=phase,
        said=said or result.detail,
        compared={"hash": bool(result.phases) or result.ok, **compared},
        phases=tuple(phases),
        missing_shards=missing,
        warnings=(*result.warnings, *((result.part,) if result.part else ()), *_suspect(entry)),
    )
    return judged(found)


def _fault(result: GradeResult, compared: dict[str, object], noted: int | None) -> tuple[str, str]:
    """The phase that failed and why; two empty texts if none did."""
    if not result.ok and not result.phases:
        return FETCH, result.detail
    if result.not_opened:
        return LOAD, f"it was not opened: {result.not_opened}"
    if not result.ok:
        if not compared:
            return (PROBES if COUNT in result.phases else LOAD), result.detail
        wrong = noted is not None and compared.get("count") != noted
        return (COUNT if wrong else PROBES), result.detail
    return ("", "") if compared else (LOAD, result.detail)


def _suspect(entry: CollectionEntry) -> tuple[str, ...]:
    why = (entry.suspect or {}).get("why")
    return (f"{entry.part} is suspect in this backup: {why}",) if why else ()
