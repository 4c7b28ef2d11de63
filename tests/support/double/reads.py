# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads: what one shard answers to a part of a request, as JSON that another node can send as well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable

from .engine import edge
from .filters import filter_of
from .numbers import vector_json
from .queries import Lookup, QueryMaker, order_by
from .records import id_json, point_id, record_json, scored_json, with_payload

Json = dict[str, Any]


@dataclass(frozen=True)
class Read:
    """One read of one shard. `doing` is the real server's word for it, as its refusals show it."""

    kind: str
    given: Json
    doing: str
    run: Callable[[Any], Any]


def _count(given: Json) -> Callable[[Any], Any]:
    asked = filter_of(given.get("filter"))
    return lambda engine: int(engine.count(edge.CountRequest(filter=asked, exact=True)))


def _retrieve(given: Json) -> Callable[[Any], Any]:
    ids, payload, vector = given["ids"], given["with_payload"], given["with_vector"]

    def run(engine: Any) -> list[Json]:
        found = engine.retrieve(ids, with_payload(payload, True), vector or False)
        return [record_json(record, payload, vector) for record in found]

    return run


def _vector(given: Json) -> Callable[[Any], Any]:
    def run(engine: Any) -> Any:
        found = engine.retrieve([given["id"]], False, True)
        vector = found[0].vector if found else None
        vector = vector.get(given["using"]) if isinstance(vector, dict) else vector
        return None if vector is None else vector_json(vector)

    return run


def _scroll(given: Json) -> Callable[[Any], Any]:
    """One point more than asked for, so that the collection knows whether there is a next page."""
    limit, wanted, offset = given.get("limit") or 10, given.get("order_by"), given.get("offset")
    payload, vector = given.get("with_payload"), given.get("with_vector")
    asked = edge.ScrollRequest(
        offset=point_id(offset) if offset is not None else None,
        limit=limit if wanted else limit + 1,
        filter=filter_of(given.get("filter")),
        with_payload=with_payload(payload, True),
        with_vector=vector or False,
        order_by=order_by(wanted) if wanted else None,
    )
    shown = True if payload is None else payload
    return lambda engine: [record_json(record, shown, vector) for record in engine.scroll(asked)[0]]


def _facet(given: Json) -> Callable[[Any], Any]:
    asked = edge.FacetRequest(given["key"], 1 << 20, True, filter_of(given.get("filter")))
    return lambda engine: [[hit.value, hit.count] for hit in engine.facet(asked).hits]


def _info(_given: Json) -> Callable[[Any], Any]:
    def run(engine: Any) -> Json:
        said = engine.info()
        return {
            "points": said.points_count,
            "segments": said.segments_count,
            "indexed": said.indexed_vectors_count,
            "fields": {field: index.points for field, index in said.payload_schema.items()},
        }

    return run


_KINDS: dict[str, tuple[str, Callable[[Json], Callable[[Any], Any]]]] = {
    "count": ("count", _count),
    "retrieve": ("retrieve", _retrieve),
    "vector": ("retrieve", _vector),
    "scroll": ("Scroll", _scroll),
    "facet": ("facet", _facet),
    "info": ("Get Info", _info),
}


def read_of(config: Json, lookup: Lookup, kind: str, given: Json) -> Read:
    """The read that a request of this kind asks for; `lookup` finds the vector of a point that a query names."""
    if kind == "query":
        return Read(kind, given, "query", _query(config, lookup, given))
    doing, build = _KINDS[kind]
    return Read(kind, given, doing, build(given))


def _query(config: Json, lookup: Lookup, given: Json) -> Callable[[Any], Any]:
    asked = QueryMaker(config, lookup).request(given, (given.get("limit") or 10) + (given.get("offset") or 0))
    payload, vector = given.get("with_payload") or False, given.get("with_vector")
    return lambda engine: [scored_json(hit, payload, vector) for hit in engine.query(asked)]


def resolved(kind: str, answers: list[Any], needed: int) -> Any:
    """One answer out of those of several replicas: what at least `needed` of them agree upon."""
    if kind == "count":
        return sorted(answers)[len(answers) - needed]
    if kind == "facet":
        counts: dict[Any, list[int]] = {}
        for answer in answers:
            for value, count in answer:
                counts.setdefault(value, []).append(count)
        return [[value, sorted(some)[len(some) - needed]] for value, some in counts.items() if len(some) >= needed]
    if kind not in ("retrieve", "scroll", "query"):
        return answers[0]
    sides = [{id_key(one): one for one in answer} for answer in answers]
    kept = []
    for key in dict.fromkeys(key for side in sides for key in side):
        same = [side[key] for side in sides if key in side]
        if any(sum(one == other for other in same) >= needed for one in same):
            kept.append(same[0])
    return kept


def id_key(record: Json) -> str:
    return str(id_json(record["id"]))
