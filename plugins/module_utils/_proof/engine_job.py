# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job of the child process: unpack an archive, load it in the embedded engine, compare it with its manifest.

Nothing here talks to a store or a server, and nothing is written outside the scratch folder.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Mapping
from typing import Any

from .._base.counted import points as points_of
from .._base.counted import was
from .._engine.opened import LoadError, OpenedCollection
from .._engine.process import JobError, serve
from .._engine.unpack import Unpacked, UnpackError, unpack
from .._qdrant.errors import QdrantError
from .._qdrant.values import Collection
from .check import check
from .first_query import first_query
from .shape import VectorKind, vector_kinds

LOAD, SHARDS, READ = "load", "shards", "read"  # why a job gave up, beside what cannot be unpacked
_NAME = "the archive"


def main(request: dict[str, Any]) -> None:
    """Entry of the child; request: of ``by_engine.request_of``."""
    serve(request, prove)


def prove(request: Mapping[str, Any]) -> dict[str, Any]:
    """``compared`` of an archive. JobError if it cannot be unpacked, loaded or read."""
    found = unpacked(request)
    os.unlink(request["archive"])  # the engine needs the space
    return compared(found, request)


def unpacked(request: Mapping[str, Any]) -> Unpacked:
    """The archive's shards as files. JobError if it cannot be unpacked, or has other shards than its manifest says."""
    try:
        with open(request["archive"], "rb", buffering=0) as stream:
            found = unpack(stream, request["folder"], int(request["most"]))
    except UnpackError as error:
        raise JobError(str(error)) from error
    wanted = sorted(request["shards"])
    if wanted and sorted(found.shards) != wanted:
        raise JobError(f"it has the data of shards {sorted(found.shards)} instead of {wanted}", why=SHARDS)
    return found


def compared(found: Unpacked, request: Mapping[str, Any]) -> dict[str, Any]:
    """{"count", "counted", "points", "queries", "grade", "failures", "warnings", "facts", "seconds"}: what the loaded
    shards prove. JobError if the engine does not load or read them."""
    try:
        opened = OpenedCollection(
            [found.shards[shard] for shard in sorted(found.shards)],
            request["config"] or found.config,
            request["payload_schema"] or found.payload_schema,
        )
    except LoadError as error:
        raise JobError(f"the engine does not load it: {error}", why=LOAD) from error
    seconds = _timed(opened, request)
    began = time.monotonic()
    try:
        if request["probe"]:
            answer = _by_probe(opened, request)
        else:
            answer = _by_count(opened.count(_NAME), request["expected"], request["estimate"])
    except QdrantError as error:
        raise JobError(f"it cannot be read: {error.said or error.kind}", why=READ, seconds=seconds) from error
    answer["failures"] += _other_vectors(request["config"], found.config)
    answer["seconds"] = {**seconds, "probes": time.monotonic() - began}
    return answer


def _timed(opened: OpenedCollection, request: Mapping[str, Any]) -> dict[str, float]:
    """Seconds of the first count and the first query, before anything is compared; errors are found by the probe."""
    began = time.monotonic()
    with contextlib.suppress(QdrantError):
        opened.count(_NAME)
    out = {"count": time.monotonic() - began}
    query = first_query(opened, _NAME, request["probe"])
    return out if query is None else {**out, "first query": query}


def _other_vectors(noted: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """One message if the archive has other vectors than its manifest says; a shard archive has no configuration."""
    if not noted or not found or _vectors(noted) == _vectors(found):
        return []
    return ["its vectors are configured otherwise than in the manifest"]


def _vectors(config: Mapping[str, Any]) -> list[VectorKind]:
    return vector_kinds(Collection(_NAME, "", "", dict(config), {}, 0, 0, None, []))


def _by_probe(opened: OpenedCollection, request: Mapping[str, Any]) -> dict[str, Any]:
    result = check(
        opened,
        _NAME,
        request["probe"],
        archive_count=request["expected"],
        estimate=request["estimate"],
        missing_shards=request["missing"],
        wait=0.0,
    )
    return {
        "count": result.count,
        "counted": result.counted_right,
        "points": result.points_compared,
        "queries": result.queries_compared,
        "grade": result.grade,
        "failures": result.failures,
        "warnings": result.warnings,
        "facts": result.facts,
    }


def _by_count(count: int, expected: int | None, estimate: int | None) -> dict[str, Any]:
    """Without a probe, only the count can be compared. An estimate that differs tells nothing."""
    right = (True if count == estimate else None) if expected is None else count == expected
    wrong = []
    if right is False:
        wrong.append(f"it has {points_of(count)}, but {was(int(expected or 0))} counted when the backup was made")
    grade = 2 if right else 1
    return {
        "count": count,
        "counted": right,
        "points": 0,
        "queries": 0,
        "grade": grade,
        "failures": wrong,
        "warnings": [],
        "facts": {},
    }
