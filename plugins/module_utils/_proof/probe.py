# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Probes: facts noted around a snapshot, to be asked again after a restore.

``note`` before the snapshot, ``settle`` after it. Only what was equal both times, digests and versions, is kept: it is
then in the snapshot for certain, whatever else was written meanwhile. The probe is JSON for the manifest and holds ids,
digests, scores and counts, never vectors, payloads or field values.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .._qdrant.errors import QdrantError
from .asking import Query, ask_some, left_out, query_json, still, vectors
from .full import note_full
from .indexes import index_facts
from .pages import Reading, reading
from .points import Sample, draw, look, wanted
from .queries import Hit, refusal
from .recall import first, recall
from .shape import vector_kinds

if TYPE_CHECKING:
    from .._qdrant.client import Node
    from .._qdrant.values import Collection, ShardView

FORMAT = 1
COUNT = 32
QUERY_LIMIT = 50_000_000  # points x dimensions: a scan of about 0.1 s
QUERIES = 4
RECALL_SECONDS = 0.3
FEWEST_STABLE = 8


@dataclasses.dataclass(frozen=True)
class Draft:
    """What was seen before the snapshot. Holds vectors and values: it stays in memory and is never written."""

    about: Collection
    how: Reading
    count: int
    samples: dict[str, Sample]
    versions: bool
    queries: tuple[Query, ...]
    indexes: dict[str, dict[str, Any]]
    refused: tuple[dict[str, str], ...]
    query_limit: int
    operations: dict[int, int]
    full: dict[str, Any] | None = None


def note(
    node: Node, collection: str, *, count: int = COUNT, query_limit: int = QUERY_LIMIT, full: bool = False
) -> Draft:
    """Look at a collection before its snapshot is taken. Raises QdrantError when the node fails.

    count: points to sample (at least eight a shard are). query_limit: points x dimensions above which exact queries and
    recall are left out, because each is a scan. full: digest every point as well (about 6,000 points/s).
    """
    about = node.collection(collection)
    view = node.shards(collection)
    operations = _operations(node, collection, view)
    how = reading(about)
    strict = how.strict
    refused = list(strict.refused)
    points = node.count(collection)
    ids = draw(node, collection, wanted(count, shard_count(view)), strict) if points else []
    samples, versions = look(node, collection, ids, how)
    if not versions:
        refused.append({"by": "the server", "what": "versions of points"})
    queries: list[Query] = []
    kinds = vector_kinds(about)
    for kind in kinds:
        why_not = left_out(kind, points, samples, strict, query_limit)
        try:
            queries += [] if why_not else ask_some(node, collection, kind, samples, max(1, QUERIES // len(kinds)))
        except QdrantError as error:
            why_not = refusal(error)
        if why_not:
            refused.append({"by": why_not, "what": f"queries of {kind.name or 'the vector'}"})
    indexes, refusals = index_facts(node, collection, about, samples.values(), strict)
    return Draft(
        about=about,
        how=how,
        count=points,
        samples=samples,
        versions=versions,
        queries=tuple(queries),
        indexes=indexes,
        refused=tuple(refused + refusals),
        query_limit=query_limit,
        operations=operations,
        full=note_full(node, collection, how) if full else None,
    )


def last_operations(node: Node, collection: str) -> dict[int, int]:
    """The last operation of each shard of this node, where the server tells it. Raises QdrantError."""
    return _operations(node, collection, node.shards(collection))


def _operations(node: Node, collection: str, view: ShardView) -> dict[int, int]:
    numbers = {shard.shard_id: node.last_operation(collection, shard.shard_id) for shard in view.local}
    return {shard: number for shard, number in numbers.items() if number is not None}


def shard_count(view: ShardView) -> int:
    """How many shards the collection has. Its configuration does not tell: with custom sharding it says how many there
    are for each key."""
    return len({shard.shard_id for shard in view.local} | {shard.shard_id for shard in view.remote})


def settle(node: Node, collection: str, draft: Draft, *, recall_seconds: float = RECALL_SECONDS) -> dict[str, Any]:
    """Look again after the snapshot and return the probe for the manifest. Raises QdrantError when the node fails.

    ``counts.quiet``: nothing changed while the snapshot was taken: the counts, the version of every sampled point,
    every answer and, where the server tells it, the last operation of every shard here are equal, and no update
    waits. Only then the count and the facts of indexes must come back.
    """
    about = node.collection(collection)
    after = node.count(collection)
    ids = [sample.id for sample in draft.samples.values()]
    heaviest = max((sample.weight for sample in draft.samples.values()), default=0)
    how = dataclasses.replace(draft.how, fields=(), seen=heaviest)
    seen, versions = look(node, collection, ids, how, kept=0)
    versions = versions and draft.versions
    stable = {key: old for key, old in draft.samples.items() if key in seen and old.same(seen[key])}
    queries, exact = still(node, collection, draft.queries, stable)
    indexes = _indexes_still(node, collection, about, draft, stable)
    quiet = (
        draft.count == after
        and len(stable) == len(draft.samples)
        and (versions or not draft.samples)
        and len(queries) == len(draft.queries)
        and len(indexes) == len(draft.indexes)
        and not draft.about.update_queue_length
        and not about.update_queue_length
        and last_operations(node, collection) == draft.operations
    )
    # An index fact that is equal by chance would be a false alarm later: a count under writes is no bound.
    indexes = indexes if quiet else {}
    busy = len(stable) < min(FEWEST_STABLE, len(draft.samples))
    probe: dict[str, Any] = {
        "format": FORMAT,
        "points": [stable[key].as_dict() for key in sorted(stable)],
        "sampled": len(draft.samples),
        "stable": len(stable),
        "counts": {"before": draft.count, "after": after, "quiet": quiet},
        "indexes": indexes,
        "queries": [query_json(query, stable) for query in queries],
        "recall": _recalls(node, collection, about, draft, stable, exact, recall_seconds),
        "refused": [dict(fact) for fact in draft.refused],
        "busy": busy,
        "max_grade": _max_grade(draft, busy, versions),
        "kept": {"points": len(stable), "queries": len(queries), "indexes": len(indexes)},
    }
    if draft.full is not None:
        # Under writes no two full looks are equal, and one alone is not what the snapshot holds.
        probe["full"] = draft.full if quiet and note_full(node, collection, draft.how) == draft.full else None
    return probe


def _indexes_still(
    node: Node, collection: str, about: Collection, draft: Draft, stable: Mapping[str, Sample]
) -> dict[str, dict[str, Any]]:
    """The facts of indexes that are the same again."""
    now, _refused = index_facts(node, collection, about, stable.values(), draft.how.strict, draft.indexes)
    kept = {}
    for field in draft.indexes.keys() & now.keys():
        known = [key for key in draft.indexes[field] if key in now[field] or key != "points"]
        facts = {key: draft.indexes[field][key] for key in known}
        if facts == {key: now[field].get(key) for key in known}:
            kept[field] = facts
    return kept


def _recalls(
    node: Node,
    collection: str,
    about: Collection,
    draft: Draft,
    stable: Mapping[str, Sample],
    exact: Mapping[tuple[str, str], list[Hit]],
    seconds: float,
) -> list[dict[str, Any]]:
    """Recall of each dense vector name; nothing where nothing is indexed or exact queries are left out."""
    out: list[dict[str, Any]] = []
    kinds = [
        kind
        for kind in vector_kinds(about)
        if not kind.sparse and not left_out(kind, draft.count, stable, draft.how.strict, draft.query_limit)
    ]
    for kind in kinds if about.indexed_vectors_count else []:
        keys = first([key for name, key in exact if name == kind.name], stable)
        order = [(stable[key], exact.get((kind.name, key))) for key in keys]
        try:
            fact = recall(node, collection, vectors(node, collection, order, kind), kind, seconds / len(kinds))
        except QdrantError as error:
            refusal(error)  # a probe without recall is still one
            continue
        if fact is not None:
            out.append(fact)
    return out


def _max_grade(draft: Draft, busy: bool, versions: bool) -> int:
    """The highest grade that this probe supports on its own: 3, or 2 where it has too little to say."""
    if busy or (draft.count and not draft.samples) or (draft.samples and not versions):
        return 2
    return 3


def summary(probe: Mapping[str, Any] | None) -> str:
    """A probe in one line for a person."""
    if not probe:
        return "no probe"
    if probe.get("busy"):
        return f"too busy to probe: {probe['stable']} of {probe['sampled']} sampled points stayed as they were"
    quiet = "quiet" if probe["counts"]["quiet"] else "under writes"
    return f"{probe['stable']} points, {len(probe['queries'])} queries, {len(probe['indexes'])} indexes, {quiet}"
