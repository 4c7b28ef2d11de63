# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Grades 2 and 3 without a server: opens an archive in the embedded engine and judges how that ended."""

from __future__ import annotations

import dataclasses
import os
import re
import tempfile
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .._base.counted import points as points_of
from .._base.errors import RefusedError
from .._base.progress import Event, Progress, silent
from .._engine import library, process, scratch
from .._engine.copying import Copying
from .._options import VERIFY, field
from .._repository.parts import SHARD
from . import engine_job
from .grades import GradeResult, read_archive

if TYPE_CHECKING:
    from .._archive.facts import ArchiveFacts
    from .._repository.manifest import CollectionEntry
    from .._repository.store import Store

MAX_GRADE = 3
_FOLDER = "unpacked"
_ARCHIVE = "archive"
_DISK_SPEED = 20 << 20  # bytes per second, for the time limit of large archives
_DEFAULT_FOLDERS = ("/var/tmp",)
# What a failure says if a limit of the child or of the host caused it, and not the archive.
_OF_THE_HOST = re.compile(
    r"os error (11|12|24|27|28)\b|No space left|File too large|Too many open files|failed to spawn thread"
)
# Of these, what a child says that may take too little memory: a thread needs some for its stack.
_OF_MEMORY = re.compile(r"os error (11|12)\b|failed to spawn thread")
_TO_LOAD = ("collection", "shard", "streamed_shard")


@dataclasses.dataclass(frozen=True)
class EngineOptions:
    """scratch_dir: parent of scratch folders; engine_memory: bytes; engine_timeout: seconds for a small archive;
    min_free: bytes that must stay free in scratch_dir."""

    scratch_dir: str | None = field(VERIFY, "scratch_dir")
    engine_memory: int = field(VERIFY, "engine_memory")
    engine_timeout: float = field(VERIFY, "engine_timeout")
    min_free: int = field(VERIFY, "min_free")

    @property
    def folder(self) -> str:
        """The parent of scratch folders."""
        if self.scratch_dir:
            return self.scratch_dir
        return next((path for path in _DEFAULT_FOLDERS if os.path.isdir(path)), tempfile.gettempdir())


@dataclasses.dataclass(frozen=True)
class Expected:
    """What an archive is compared with. server: Qdrant version that made it; archive_count: points in it as its first
    proof counted them."""

    server: str | None
    archive_count: int | None = None


def bytes_needed(entry: CollectionEntry) -> int:
    """Space in the scratch folder while this archive is open."""
    wal = (entry.config.get("wal_config") or {}).get("wal_capacity_mb")
    wal_bytes = int(wal) << 20 if isinstance(wal, int) and not isinstance(wal, bool) else scratch.WAL_BYTES
    return scratch.needed(entry.archive.bytes, len(entry.shards.captured), wal_bytes)


def grade_by_engine(
    store: Store,
    entry: CollectionEntry,
    grade: int,
    expected: Expected,
    options: EngineOptions,
    *,
    progress: Progress = silent,
) -> GradeResult:
    """Read an archive once, prove its bytes (grade 1), then open that copy and prove it up to ``grade``.

    Errors as of ``grade_one``; a scratch folder that cannot be used is an EngineError. Whatever the archive does to the
    engine is a result.
    """
    engine = library.require()
    try:
        scratch.check_space(options.folder, bytes_needed(entry), options.min_free)
    except RefusedError as error:
        result, dummy = read_archive(store, entry, progress=progress)
        return _not_opened(result, f"{error.said}. {error.next}") if result.ok else result
    with scratch.scratch(options.folder) as folder:
        copy = os.path.join(folder, _ARCHIVE)
        with open(copy, "wb", buffering=0) as out:
            copying = Copying(out)
            result, facts = read_archive(store, entry, progress=progress, through=copying.of)
        if not result.ok or facts is None:
            return result
        if copying.failed:
            return _not_opened(result, f"its copy in {options.folder} could not be written: {copying.failed}")
        if facts.kind not in _TO_LOAD or (not facts.captured_shards and facts.kind == "collection"):
            what = "a full snapshot" if facts.kind == "full" else "an archive without the data of any shard"
            return dataclasses.replace(result, detail=f"{result.detail}; not opened, because it is {what}")
        progress(Event("open", entry.archive.key, 0, 0))
        request = request_of(entry, grade, expected, folder)
        outcome = process.run(engine_job.__name__, request, folder, limits_of(entry, facts, options))
    return judge(result, outcome, grade, expected, engine, options, reachable(entry))


def request_of(entry: CollectionEntry, grade: int, expected: Expected, folder: str) -> dict[str, Any]:
    """What ``engine_job`` needs."""
    missing = missing_shards(entry)
    count = entry.points.before if entry.points.quiet and not missing else expected.archive_count
    return {
        "archive": os.path.join(folder, _ARCHIVE),
        "folder": os.path.join(folder, _FOLDER),
        "most": 2 * entry.archive.bytes + (1 << 20),
        "shards": list(entry.shards.captured) if entry.kind == "collection" else [],
        "missing": missing,
        "config": entry.config,
        "payload_schema": entry.payload_schema,
        "probe": probe_for(entry.probe, grade),
        "expected": None if missing and entry.kind != SHARD else count,
        "estimate": _estimate(entry),
    }


def _estimate(entry: CollectionEntry) -> int | None:
    """The node's own count of a shard that was not written to. It may be wrong, so only its agreement tells
    something."""
    found = entry.extra.get("shard_points")
    known = isinstance(found, int) and not isinstance(found, bool)
    return found if known and entry.kind == SHARD and entry.points.quiet else None


def missing_shards(entry: CollectionEntry) -> list[int]:
    """Shards of the collection that this archive does not hold: they are in other archives, or on other nodes."""
    known = {int(shard) for shard in entry.shards.known if str(shard).isdigit()}
    return sorted(known - set(entry.shards.captured)) if entry.kind in ("collection", SHARD) else []


def reachable(entry: CollectionEntry) -> int:
    """The highest grade that the facts of an entry allow, at least 2. More is not wanted of the proof that clears a
    failure, because no proof would be enough."""
    noted = entry.probe.get("max_grade", 2) if entry.probe and not missing_shards(entry) else 2
    return min(MAX_GRADE, max(2, noted)) if isinstance(noted, int) else MAX_GRADE


def probe_for(probe: Mapping[str, Any], grade: int) -> dict[str, Any]:
    """The facts of a probe that this grade compares: for grade 2, the count and the counts of payload indexes."""
    if not probe or grade >= MAX_GRADE:
        return dict(probe)
    return {**probe, "points": [], "queries": [], "recall": [], "full": None, "busy": False, "max_grade": 2}


def limits_of(entry: CollectionEntry, facts: ArchiveFacts, options: EngineOptions) -> process.Limits:
    """The limits of the child for one archive."""
    return process.Limits(
        memory=options.engine_memory,
        seconds=options.engine_timeout + facts.bytes / _DISK_SPEED,
        file_bytes=max(bytes_needed(entry), 1 << 30),
    )


def judge(
    result: GradeResult,
    outcome: process.Outcome,
    grade: int,
    expected: Expected,
    engine: str,
    options: EngineOptions,
    reach: int = MAX_GRADE,
) -> GradeResult:
    """The grade of an archive whose bytes are right, after the engine has ended. reach: see ``reachable``. Pure."""
    attempted = min(grade, reach)
    seconds = result.seconds + outcome.seconds
    result = dataclasses.replace(result, seconds=seconds, phases=_phases(result, outcome))
    named = f"{library.LIBRARY} {engine}"
    if outcome.end == process.DONE:
        return _compared(result, outcome.answer, grade, named, attempted)
    if outcome.end == process.MEMORY:
        return _not_opened(
            result,
            f"{named} needs more than {options.engine_memory} bytes of memory to open it. Set engine_memory to more",
        )
    if outcome.end == process.TIME:
        return _not_opened(
            result,
            f"{named} did not finish within its time ({outcome.seconds:.0f} s). If this host is slow, set"
            " engine_timeout to more and verify again",
        )
    said = {
        process.FAILED: outcome.said,
        process.PANIC: f"the engine panicked: {outcome.said}",
        process.CRASH: f"the engine crashed: {outcome.said}",
        process.HOST: outcome.said,
    }[outcome.end]
    if outcome.end == process.HOST or outcome.said.startswith(process.NO_LIMITS) or _OF_THE_HOST.search(outcome.said):
        more = ". If this host has memory left, set engine_memory to more" if _OF_MEMORY.search(outcome.said) else ""
        return _not_opened(result, f"{named} met a limit of this host: {said}{more}")
    strange = library.older_than(engine, expected.server)
    if strange and outcome.answer.get("why") != engine_job.SHARDS:
        return _not_opened(result, f"it cannot be opened by this engine: {strange} ({said})")
    if outcome.end == process.FAILED and outcome.answer.get("why") != engine_job.READ:
        attempted = 2  # it was not loaded
    detail = f"the bytes are as written, but opened by {named}: {said}"
    return dataclasses.replace(result, grade=0, ok=False, detail=detail, attempted=attempted)


def _phases(result: GradeResult, outcome: process.Outcome) -> dict[str, float]:
    """Seconds of the phases: fetch (read and hash), load (unpack and open; a failed job ends there), count, ..."""
    inside = {str(name): float(spent) for name, spent in (outcome.answer.get("seconds") or {}).items()}
    load = max(0.0, outcome.seconds - sum(inside.values()))
    return {"fetch": result.seconds, "load": load, **inside}


def _not_opened(result: GradeResult, why: str) -> GradeResult:
    """Grade 1 is proven, and nothing above: the archive is neither good nor bad for the engine."""
    return dataclasses.replace(result, detail=f"{result.detail}; not opened: {why}", not_opened=why)


def _compared(result: GradeResult, answer: Mapping[str, Any], grade: int, named: str, attempted: int) -> GradeResult:
    facts = answer["facts"]
    indexes = facts.get("indexes") or {}
    compared: dict[str, Any] = {
        "engine": named,
        "count": int(answer["count"]),
        "count_compared": answer["counted"] is not None,
        "points": int(answer["points"]),
        "queries": int(answer["queries"]),
        "indexes": int(indexes.get("compared", 0)),
    }
    part = str(facts.get("part", ""))  # told once for all archives of a collection: see verify
    warnings = tuple(text for text in answer["warnings"] if text != part)
    done = dataclasses.replace(result, compared=compared, warnings=warnings, part=part)
    if answer["failures"]:
        detail = f"the bytes are as written, but opened by {named}: {'; '.join(answer['failures'])}"
        return dataclasses.replace(done, grade=0, ok=False, detail=detail, attempted=attempted)
    reached = min(grade, max(1, int(answer["grade"])))
    return dataclasses.replace(done, grade=reached, detail=f"{result.detail}; opened by {named}: {_told(compared)}")


def _told(compared: Mapping[str, Any]) -> str:
    """What was compared, in words."""
    counted = "as noted" if compared["count_compared"] else "nothing to compare the count with"
    words = [f"{points_of(compared['count'])}, {counted}"]
    for name, one, many in (
        ("points", "sampled point", "sampled points"),
        ("queries", "query", "queries"),
        ("indexes", "payload index", "payload indexes"),
    ):
        if compared[name]:
            words.append(f"{compared[name]} {one if compared[name] == 1 else many} alike")
    return ", ".join(words)
