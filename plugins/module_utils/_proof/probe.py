# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Probes: facts recorded before and after a snapshot, for comparison after a restore.

``note`` before the snapshot, ``settle`` after it. Only facts that were equal both times (digests and versions) are
kept: they are certainly in the snapshot, whatever else was written at the same time. The probe is JSON for the manifest
and has ids, digests, scores and counts, never vectors, payloads or field values.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .._options import BACKUP, defaults
from .._qdrant.errors import QdrantError
from .asking import Query, ask_some, left_out, query_json, still, vectors
from .full import note_full
from .indexes import index_facts
from .pages import Reading, reading
from .points import Sample, draw, look, wanted
from .queries import Hit, refusal
from .recall import first, recall
from .shape import vector_kinds
from .tiny import Replies, first_look, second_look
from .view import View, view_of

if TYPE_CHECKING:
    from .._qdrant.client import Node
    from .._qdrant.values import Collection

FORMAT = 1
COUNT = 32
QUERY_LIMIT: int = defaults(BACKUP)["probe_query_limit"]  # points x dimensions: a scan of about 0.1 s
QUERIES = 4
RECALL_SECONDS = 0.3
FEWEST_STABLE = 8


@dataclasses.dataclass(frozen=True)
class Draft:
    """The facts from before the snapshot. It has vectors and values, so it stays in memory and is never written.
    whole: the samples are all points."""

    about: Collection
    how: Reading
    count: int
    whole: bool
    samples: dict[str, Sample]
    versions: bool
    queries: tuple[Query, ...]
    indexes: dict[str, dict[str, Any]]
    refused: tuple[dict[str, str], ...]
    query_limit: int
    operations: dict[int, int]
    full: dict[str, Any] | None = None


def note(
    node: Node,
    collection: str,
    *,
    count: int = COUNT,
    query_limit: int = QUERY_LIMIT,
    full: bool = False,
    view: View | None = None,
) -> Draft:
    """Read a collection before its snapshot. Raises QdrantError if the node fails.

    count: points to sample (at least eight a shard are). query_limit: points x dimensions above which exact queries and
    recall are left out, because each is a scan. full: also digest every point (about 6,000 points/s). view: if it
    was just read.
    """
    view = view or view_of(node, collection)
    about = view.about
    how = reading(about)
    strict = how.strict
    refused = list(strict.refused)
    most = wanted(count, view.shard_count)
    whole = first_look(node, collection, most, how) if about.points_count <= most else None
    if whole is None:
        points = node.count(collection)
        ids = draw(node, collection, most, strict) if points else []
        samples, versions = look(node, collection, ids, how)
    else:
        points = len(whole[0])
        rest = [point_id for key, point_id in whole[0].items() if key not in whole[1].found]
        samples, versions = look(node, collection, rest, how, taken=whole[1])
    if not versions:
        refused.append({"by": "the server", "what": "versions of points"})
    kinds = vector_kinds(about)
    why_not = {kind.name: left_out(kind, points, samples, strict, query_limit) for kind in kinds}
    asked = [kind for kind in kinds if not why_not[kind.name]]
    queries, not_asked = ask_some(node, collection, asked, samples, max(1, QUERIES // max(1, len(kinds))))
    why_not.update(not_asked)
    refused += [
        {"by": why_not[kind.name], "what": f"queries of {kind.name or 'the vector'}"}
        for kind in kinds
        if why_not[kind.name]
    ]
    indexes, refusals = index_facts(node, collection, about, samples.values(), strict)
    return Draft(
        about=about,
        how=how,
        count=points,
        whole=whole is not None,
        samples=samples,
        versions=versions,
        queries=tuple(queries),
        indexes=indexes,
        refused=tuple(refused + refusals),
        query_limit=query_limit,
        operations=view.operations,
        full=note_full(node, collection, how) if full else None,
    )


def settle(
    node: Node, collection: str, draft: Draft, *, recall_seconds: float = RECALL_SECONDS, view: View | None = None
) -> dict[str, Any]:
    """Read again after the snapshot and return the probe for the manifest. Raises QdrantError if the node fails.

    view: if it was just read, after the snapshot.

    ``counts.quiet``: nothing changed during the snapshot: the counts, the version of every sampled point, every answer
    and, if the server reports it, the last operation of every shard here are equal, and no update is queued. Only then
    a restore must have the same count and facts of indexes.
    """
    view = view or view_of(node, collection)
    about = view.about
    heaviest = max((sample.weight for sample in draft.samples.values()), default=0)
    how = dataclasses.replace(draft.how, fields=(), seen=heaviest)
    again = (
        second_look(node, collection, draft.count, draft.samples, draft.queries, how)
        if draft.whole and draft.versions
        else None
    )
    replies: Replies | None = None
    if again is None:
        after = node.count(collection)
        seen, versions = look(node, collection, [sample.id for sample in draft.samples.values()], how, kept=0)
    else:
        (after, seen, replies), versions = again, True
    versions = versions and draft.versions
    stable = {key: old for key, old in draft.samples.items() if key in seen and old.same(seen[key])}
    queries, exact = still(node, collection, draft.queries, stable, replies)
    indexes = _indexes_still(node, collection, about, draft, stable)
    quiet = (
        draft.count == after
        and len(stable) == len(draft.samples)
        and (versions or not draft.samples)
        and len(queries) == len(draft.queries)
        and len(indexes) == len(draft.indexes)
        and not draft.about.update_queue_length
        and not about.update_queue_length
        and view.operations == draft.operations
    )
    # An index fact that is equal by chance would be a false alarm later, because counts change during writes.
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
        # During writes, no two full digests are equal, and a single one does not describe the snapshot.
        probe["full"] = draft.full if quiet and note_full(node, collection, draft.how) == draft.full else None
    return probe


def _indexes_still(
    node: Node, collection: str, about: Collection, draft: Draft, stable: Mapping[str, Sample]
) -> dict[str, dict[str, Any]]:
    """The facts of indexes that are equal both times."""
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
    """Recall of each dense vector name; empty if there is no index or exact queries are left out."""
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
            refusal(error)  # a probe without recall is still useful
            continue
        if fact is not None:
            out.append(fact)
    return out


def _max_grade(draft: Draft, busy: bool, versions: bool) -> int:
    """The highest grade that this probe supports: 3, or 2 if it has too few facts."""
    if busy or (draft.count and not draft.samples) or (draft.samples and not versions):
        return 2
    return 3
