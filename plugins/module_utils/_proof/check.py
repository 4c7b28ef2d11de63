# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks a restored collection against its probe."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Callable

from .._base.counted import few, was
from .._base.counted import points as points_of
from .._qdrant.errors import QdrantError
from .asking import again, vectors
from .full import check_full
from .indexes import MOVING, differences, index_facts, lagging
from .pages import reading
from .points import Comparison, Sample, compare, retrieved
from .probe import FORMAT
from .queries import RATE_LIMIT, disagreement
from .recall import FEWEST, first, recall, verdict
from .result import Findings, ProbeResult
from .shape import Strict, VectorKind, vector_kinds

if TYPE_CHECKING:
    from .._qdrant.reads import PointReader
    from .._qdrant.values import Collection

__all__ = ["ProbeResult", "check"]

MAX_GRADE = 3  # what probes alone can prove
WAIT = 15.0  # seconds for updates and payload indexes to settle after a restore
_POLL = 0.2
_FIRST_PROOF = "in this archive by its first proof"
_NAMED = 5  # points that a message names; the rest is counted


def check(
    node: PointReader,
    collection: str,
    probe: Mapping[str, Any],
    *,
    archive_count: int | None = None,
    estimate: int | None = None,
    missing_shards: Sequence[int] = (),
    wait: float = WAIT,
) -> ProbeResult:
    """Compare a collection with its probe. Raises QdrantError if a request failed before any difference was found: only
    a comparison says that the data is wrong.

    archive_count: points in the archive as its first proof found them, for collections that were not quiet. estimate:
    of the points in the archive of one shard: if it is the count, the count is right; else nothing follows.
    missing_shards: shards of the collection that were not restored here (one node's archive of a cluster): then only
    the restored points are compared. wait: seconds for updates and indexes to settle.
    """
    found = Findings()
    if probe.get("format") != FORMAT:
        found.failures.append(f"this probe has format {probe.get('format')!r} and this version reads {FORMAT}")
        return found.result()
    try:
        found.facts["max_grade"] = min(MAX_GRADE, int(probe.get("max_grade", 2)))
        _check(node, collection, probe, archive_count, estimate, tuple(missing_shards), wait, found)
    except QdrantError as error:
        if error.kind != "rate_limited" and not found.failures:
            raise
        # What differs is known; a limit of requests is not a difference in the data.
        found.warnings.append(f"the rest of the probe was left out: {error.sentence()}")
        found.facts["max_grade"] = min(found.facts["max_grade"], 2 if found.counted_right else 1)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        # An edited manifest: its probe cannot be used, so nothing is proven.
        found.failures.append(f"the probe in the manifest is damaged ({type(error).__name__}: {error})")
    result = found.result()
    if result.agreed and not result.telling and not missing_shards:
        result.warnings.append(
            f"{points_of(result.count)} counted, but nothing to compare the count with: only the bytes are proven"
        )
    return result


def _check(
    node: PointReader,
    collection: str,
    probe: Mapping[str, Any],
    archive_count: int | None,
    estimate: int | None,
    missing_shards: tuple[int, ...],
    wait: float,
    found: Findings,
) -> None:
    deadline = time.monotonic() + wait
    about = _settled(node, collection, lambda now: not now.update_queue_length, deadline)
    how = reading(about)
    found.count = node.count(collection)
    if not missing_shards:
        _judge_count(probe, archive_count, found)
    elif archive_count is not None:  # of an archive of one shard
        _expect_count(archive_count, _FIRST_PROOF, found)
    elif found.count == estimate:
        _expect_count(found.count, "by the node", found)
    samples = retrieved(node, collection, [point["id"] for point in probe["points"]], how)
    comparison = compare(probe["points"], samples)
    _judge_points(comparison, probe, missing_shards, found)
    if probe.get("busy"):
        found.warnings.append(
            f"the collection was too busy to probe: {probe['stable']} of {probe['sampled']} sampled points"
            " did not change during the snapshot"
        )
    if missing_shards:
        return
    kinds = {kind.name: kind for kind in vector_kinds(about)}
    equal = {key: samples[key] for key in comparison.equal}
    _judge_queries(node, collection, probe, kinds, equal, found)
    _judge_indexes(node, collection, probe, how.strict, equal, deadline, found)
    _judge_recall(node, collection, probe, kinds, equal, about, found)
    if probe.get("full"):
        wrong = check_full(node, collection, probe["full"], how)
        found.failures += wrong
        found.facts["full"] = {"points": probe["full"]["points"], "agreed": not wrong}


def _settled(node: PointReader, collection: str, good: Callable[[Collection], bool], deadline: float) -> Collection:
    """The collection as soon as it is good, or after the time-out."""
    while True:
        about = node.collection(collection)
        if good(about) or time.monotonic() >= deadline:
            return about
        time.sleep(_POLL)


def _judge_count(probe: Mapping[str, Any], archive_count: int | None, found: Findings) -> None:
    """If quiet, the recorded count; else the archive's own, if a proof found it. A count in between proves nothing."""
    counts = probe["counts"]
    if counts["quiet"]:
        expected, source = int(counts["before"]), "at the time of the snapshot"
    elif archive_count is not None:
        expected, source = archive_count, _FIRST_PROOF
    else:
        return
    _expect_count(expected, source, found)


def _expect_count(expected: int, source: str, found: Findings) -> None:
    found.counted_right = found.count == expected
    found.facts["count"] = {"found": found.count, "expected": expected}
    if not found.counted_right:
        found.failures.append(f"the collection has {points_of(found.count)}, but {was(expected)} counted {source}")


def _judge_points(
    comparison: Comparison, probe: Mapping[str, Any], missing_shards: tuple[int, ...], found: Findings
) -> None:
    total = comparison.compared
    found.points = total
    found.facts["points"] = {"compared": total, "equal": len(comparison.equal), "missing": len(comparison.missing)}
    if comparison.different:
        named = few([f"point {key} ({_which(key, comparison)})" for key in comparison.different], _NAMED)
        found.failures.append(f"{len(comparison.different)} of {total} sampled points differ: {named}")
    if missing_shards:
        found.points = total - len(comparison.missing)
        shards = ", ".join(str(shard) for shard in missing_shards)
        without = "the queries" if found.counted_right else "the count or the queries"
        told = (
            f"shard {shards} is elsewhere, so {found.points} of {total} sampled points were compared, without {without}"
        )
        found.warnings.append(told)
        found.facts["part"] = told
        # The points of other nodes are not known, and the count only of one shard that was counted before.
        found.facts["max_grade"] = 2 if found.counted_right else 1
    elif comparison.missing:
        named = few([f"point {key}" for key in comparison.missing], _NAMED)
        found.failures.append(f"{len(comparison.missing)} of {total} sampled points are missing: {named}")


def _which(key: str, comparison: Comparison) -> str:
    parts = [
        word
        for word, keys in (("payload", comparison.payload_differs), ("vector", comparison.vector_differs))
        if key in keys
    ]
    return " and ".join(parts)


def _judge_queries(
    node: PointReader,
    collection: str,
    probe: Mapping[str, Any],
    kinds: Mapping[str, VectorKind],
    equal: Mapping[str, Sample],
    found: Findings,
) -> None:
    """Queries whose vector is still the recorded one; the others already failed with their points."""
    agreed = 0
    turn: dict[tuple[str, str], tuple[str, VectorKind]] = {}
    asked: list[tuple[Mapping[str, Any], tuple[str, str]]] = []
    for query in probe["queries"]:
        key, name = str(query["vector_of"]), query["using"]
        if key not in equal:
            continue
        kind = kinds.get(name)
        if kind is None:
            found.failures.append(f"{_of(query)} cannot be run: the collection has no such vector")
            continue
        turn[key, kind.name] = (key, kind)
        asked.append((query, (key, kind.name)))
    answers = {(key, kind.name): hits for (key, kind), hits in again(node, collection, list(turn.values()), equal)}
    for query, which in asked:
        if which not in answers:
            continue
        found.queries += 1
        why = disagreement(query, answers[which])
        if why:
            found.failures.append(f"{_of(query)} has another answer: {why}")
        else:
            agreed += 1
    found.facts["queries"] = {"noted": len(probe["queries"]), "compared": found.queries, "agreed": agreed}


def _of(query: Mapping[str, Any]) -> str:
    return f"the query with the vector {query['using']}".rstrip() + f" of point {query['vector_of']}"


def _judge_indexes(
    node: PointReader,
    collection: str,
    probe: Mapping[str, Any],
    strict: Strict,
    equal: Mapping[str, Sample],
    deadline: float,
    found: Findings,
) -> None:
    noted = probe["indexes"]
    if not noted:
        return
    # An index that is still being built has fewer points.
    about = _settled(node, collection, lambda now: not lagging(noted, now.payload_schema), deadline)
    if about.status == MOVING and lagging(noted, about.payload_schema):
        found.warnings.append("an optimizer still works on the collection: sizes of payload indexes were not compared")
    facts, refused = index_facts(node, collection, about, equal.values(), strict, noted)
    wrong = differences(noted, facts)
    if refused:
        wrong = [text for text in wrong if "an unknown number" not in text]
        limited = [fact["what"] for fact in refused if fact["by"] == RATE_LIMIT]
        wrong += [f"the server refused {fact['what']}" for fact in refused if fact["by"] != RATE_LIMIT]
        found.warnings += [f"{what} were left out: the node's rate limit was reached" for what in limited]
    found.failures += wrong
    found.facts["indexes"] = {"compared": len(noted), "differences": len(wrong)}


def _judge_recall(
    node: PointReader,
    collection: str,
    probe: Mapping[str, Any],
    kinds: Mapping[str, VectorKind],
    equal: Mapping[str, Sample],
    about: Collection,
    found: Findings,
) -> None:
    """Recall may be slightly lower with a new index."""
    found.facts["recall"] = []
    for fact in probe["recall"]:
        kind = kinds.get(fact["using"])
        if kind is None:
            continue
        if not about.indexed_vectors_count:
            found.warnings.append(
                "the vectors were indexed but are not yet: searches are slow until the server has indexed them"
            )
            return
        asked = [str(query["vector_of"]) for query in probe["queries"] if query["using"] == kind.name]
        order = first([key for key in asked if key in equal], equal)
        pairs = vectors(node, collection, [(equal[key], None) for key in order], kind)
        some = itertools.islice(pairs, max(FEWEST, int(fact["queries"])))
        now = recall(node, collection, some, kind, float("inf"))
        if now is None:
            continue
        beside = about.status == MOVING
        found.facts["recall"].append(
            {"using": kind.name, "noted": fact["noted"], "found": now["noted"], "optimizing": beside}
        )
        if beside:
            found.warnings.append(
                f"the recall{f' of {kind.name}' if kind.name else ''} was measured while an optimizer worked:"
                " it may change when the optimizer has ended"
            )
        failure, warning = verdict(float(fact["noted"]), float(now["noted"]), kind.name)
        found.failures += [failure] if failure else []
        found.warnings += [warning] if warning else []
