# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proves that what came back is what was backed up, and keeps the proof beside the backup."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, Callable

from .._proof.check import check
from .._proof.compared import compared
from .._proof.grades import GradeResult
from .._qdrant.client import Node
from .._qdrant.errors import QdrantError
from .keep import keep
from .together import CERTAIN, NO, coverage
from .values import Source, Target

if TYPE_CHECKING:
    from .._repository.catalogue import Catalogue


def once() -> bool:
    """One look is enough."""
    return False


def prove(
    node: Node,
    source: Source,
    target: Target,
    report: dict[str, Any],
    restored: Collection[int] = (),
    again: Callable[[], bool] = once,
) -> list[str]:
    """Compare the restored collection with its source; sentences for what differs. Fills points, proof, what was
    compared, and grade in.

    The grade counts what was proven of the archive: the node itself has compared its bytes with the sha256 (1), the
    count is right (2), the probes answered alike (3). A count is of the whole collection: it says nothing while shards
    are missing, which other nodes' archives bring back.
    restored: peers whose parts are back, this node's among them. With the last of them the whole is proven.
    again: asked where something differs; waits, and says whether it may look otherwise now.
    """
    missing = sorted(source.elsewhere)
    covered = coverage(source, restored) if missing else NO
    # Parts that came back before may have been enough, and their marks are gone: a probe tells that all is there.
    if covered or (missing and report["mode"] == "replace" and source.probe is not None):
        whole = dict(report, warnings=[])
        failures = _compare(node, source, target, whole, [], again)
        if not failures or covered == CERTAIN:
            report.update(whole, warnings=report["warnings"] + whole["warnings"], whole=True)
            return failures if source.quiet else _excused(failures, report)
    failures = _compare(node, source, target, report, missing, again)
    report["whole"] = not missing
    if missing and (report["mode"] == "replace" or not source.quiet):
        return _excused(failures, report)
    return failures


def _excused(failures: list[str], report: dict[str, Any]) -> list[str]:
    """Nodes take their snapshots at different times, and a point that differs may lie on a node whose part is not back:
    here this is no proof that anything is wrong. It is told, and nothing is called proven."""
    if failures:
        said = f"{report['name']} differs from what this node noted of it, other nodes' parts too"
        report["warnings"].append(f"{said}: {'; '.join(failures)}.")
        report["grade"], report["proven"] = 1, False
    return []


def _compare(
    node: Node,
    source: Source,
    target: Target,
    report: dict[str, Any],
    missing: Sequence[int],
    again: Callable[[], bool],
) -> list[str]:
    while True:
        found = dict(report, warnings=[])
        failures = _look(node, source, target, found, missing)
        if not failures or not again():
            report.update(found, warnings=report["warnings"] + found["warnings"])
            return failures


def _look(node: Node, source: Source, target: Target, report: dict[str, Any], missing: Sequence[int]) -> list[str]:
    failures: list[str] = []
    if source.probe is not None:
        result = check(node, target.name, source.probe, archive_count=source.archive_count, missing_shards=missing)
        failures += result.failures
        report["warnings"] += result.warnings
        report["proof"] = result.as_dict()
        count = result.count if result.count >= 0 else _count(node, target, report)
        grade = max(1, result.grade)
        report["compared"] = compared(not source.unchecked, False, result).as_dict()
    else:
        # Without a noted sha256 the node compared the bytes with what we just read: that proves nothing.
        count, grade = _count(node, target, report), 0 if source.unchecked else 1
        expected = source.points if source.quiet else source.archive_count
        counted = expected is not None and count is not None and not missing
        report["compared"] = compared(not source.unchecked, counted).as_dict()
        if counted:
            grade = 2
            if count != expected:
                failures.append(f"{count} points came back, {expected} were backed up")
    if count == 0 and source.points and not missing:
        failures.append("no point came back")
    elif count == 0 and source.config is None:
        report["warnings"].append(f"{target.name} holds no point, and whether its archive does is not known.")
    report["points"], report["expected_points"] = count, source.points
    report["grade"] = 0 if failures else grade
    report["proven"] = not failures and source.probe is not None and grade > 1
    return failures


def _count(node: Node, target: Target, report: dict[str, Any]) -> int | None:
    """The exact count; None, with a warning, where the node's rate limit leaves no room for it: what came back is no
    worse for that."""
    try:
        return node.count(target.name)
    except QdrantError as error:
        if error.kind != "rate_limited":
            raise
        report["warnings"].append(f"The points of {target.name} were not counted: {error.sentence()}")
        return None


def record(catalogue: Catalogue, source: Source, report: dict[str, Any], counted: bool = True) -> str:
    """Keep the proof of one restored collection beside its backup; returns its key. For a collection that was busy
    while the snapshot was taken, the count that its archive holds is a fact from now on; not so where writers were at
    work when it was counted, or where other archives have a part in it."""
    counted = counted and not source.quiet and not source.elsewhere and report["points"] is not None
    points = "not counted" if report["points"] is None else f"{report['points']} points"
    detail = f"restored as {report['name']}: {points}"
    seconds = sum(report["seconds"].values())
    result = GradeResult(source.collection, report["grade"], True, detail, source.bytes, seconds)
    return keep(catalogue, source, result, {"counts": {source.collection: report["points"]}} if counted else {})


def archive_counts(catalogue: Catalogue, node: str, backup_id: str) -> dict[str, int]:
    """Collection to the count that the first proof found in its archive."""
    found: dict[str, int] = {}
    for proof in catalogue.proofs(node, backup_id):
        facts = proof.get("facts")
        counts = facts.get("counts") if isinstance(facts, dict) else None
        for name, count in counts.items() if isinstance(counts, dict) else ():
            if isinstance(count, int):  # a document of somebody else's is no proof
                found.setdefault(str(name), count)
    return found
