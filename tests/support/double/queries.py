# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Queries of the REST interface as the engine's, over all shards of a collection."""

from __future__ import annotations

import random
from typing import Any, Callable

from . import config as cfg
from .engine import _enum, edge
from .errors import ApiError, not_found
from .filters import condition, filter_of
from .records import VectorCheck, point_id, with_payload

Json = dict[str, Any]
Lookup = Callable[[Any, str], Any]


def _bad(what: Any) -> ApiError:
    return ApiError(400, f"Format error in JSON body: data did not match any variant of untagged enum: {what}")


def params_of(given: Json | None) -> Any:
    if not given:
        return None
    quantization = given.get("quantization")
    return edge.SearchParams(
        hnsw_ef=given.get("hnsw_ef"),
        exact=given.get("exact") or False,
        indexed_only=given.get("indexed_only") or False,
        quantization=edge.QuantizationSearchParams(
            quantization.get("ignore") or False, quantization.get("rescore"), quantization.get("oversampling")
        )
        if quantization
        else None,
    )


def _expression(given: Any) -> Any:
    """A scoring formula's expression tree."""
    make = edge.Expression
    if isinstance(given, bool):
        raise _bad(given)
    if isinstance(given, (int, float)):
        return make.Constant(float(given))
    if isinstance(given, str):
        return make.Variable(given)
    if not isinstance(given, dict):
        raise _bad(given)
    for key, build in (("mult", make.Mult), ("sum", make.Sum)):
        if key in given:
            return build([_expression(part) for part in given[key]])
    for key, build in (
        ("neg", make.Neg), ("abs", make.Abs), ("sqrt", make.Sqrt), ("exp", make.Exp), ("ln", make.Ln),
        ("log10", make.Log10),
    ):  # fmt: skip
        if key in given:
            return build(_expression(given[key]))
    if "pow" in given:
        return make.Pow(_expression(given["pow"]["base"]), _expression(given["pow"]["exponent"]))
    if "div" in given:
        part = given["div"]
        return make.Div(_expression(part["left"]), _expression(part["right"]), part.get("by_zero_default"))
    return make.Condition(condition(given))


class QueryMaker:
    """Turns one request into the engine's; `lookup(id, using)` gives the vector of a point."""

    def __init__(self, config: Json, lookup: Lookup) -> None:
        self._check = VectorCheck(config)
        self._lookup = lookup
        self._config = config
        self.own_ids: set[Any] = set()

    def _vector(self, given: Any, using: str) -> Any:
        if isinstance(given, (int, str)):
            found = self._lookup(point_id(given), using)
            if found is None:
                raise not_found(f"No point with id {given} found")
            self.own_ids.add(point_id(given))
            return self._check.vector(using, found)
        if not isinstance(given, (list, dict)):
            raise _bad(given)
        return self._check.vector(using, given)

    def _vectors(self, given: Any, using: str) -> list[Any]:
        return [self._vector(part, using) for part in given or []]

    def scoring(self, given: Any, using: str) -> Any:
        """The `query` of a request; None where there is none."""
        if given is None:
            return None
        if not isinstance(given, dict) or "indices" in given:
            return edge.Query.Nearest(self._vector(given, using), using or None)
        if "nearest" in given:
            vector = self._vector(given["nearest"], using)
            mmr = given.get("mmr")
            if mmr:
                return edge.Mmr(vector, 1.0 - (mmr.get("diversity") or 0.5), mmr.get("candidates_limit") or 100, using)
            return edge.Query.Nearest(vector, using or None)
        if "recommend" in given:
            asked = given["recommend"]
            query = edge.RecommendQuery(
                self._vectors(asked.get("positive"), using), self._vectors(asked.get("negative"), using)
            )
            summed = asked.get("strategy") == "sum_scores"
            build = edge.Query.RecommendSumScores if summed else edge.Query.RecommendBestScore
            return build(query, using or None)
        if "order_by" in given:
            return order_by(given["order_by"])
        if "sample" in given:
            return edge.Sample.Random
        if "fusion" in given:
            return edge.Fusion.Rrf(2) if given["fusion"] == "rrf" else edge.Fusion.Dbsf()
        if "rrf" in given:
            return edge.Fusion.Rrf(given["rrf"].get("k") or 2)
        if "formula" in given:
            return edge.Formula(_expression(given["formula"]), given.get("defaults") or {})
        raise _bad(given)

    def _prefetches(self, given: Any) -> list[Any] | None:
        if not given:
            return None
        found = []
        for part in given if isinstance(given, list) else [given]:
            found.append(
                edge.Prefetch(
                    limit=part.get("limit") or 10,
                    query=self.scoring(part.get("query"), part.get("using") or ""),
                    prefetches=self._prefetches(part.get("prefetch")),
                    params=params_of(part.get("params")),
                    filter=filter_of(part.get("filter")),
                    score_threshold=part.get("score_threshold"),
                )
            )
        return found

    def request(self, given: Json, limit: int) -> Any:
        """The engine's request for one shard: the first `limit` hits."""
        query = self.scoring(given.get("query"), given.get("using") or "")
        prefetches = self._prefetches(given.get("prefetch"))
        asked = filter_of(given.get("filter"))
        if self.own_ids:
            others = edge.Filter(must_not=[edge.HasIdCondition(set(self.own_ids))])
            asked = others if asked is None else edge.Filter(must=[asked, others])
        return edge.QueryRequest(
            limit=limit,
            query=query,
            prefetches=prefetches,
            with_vector=given.get("with_vector") or False,
            with_payload=with_payload(given.get("with_payload"), False),
            filter=asked,
            score_threshold=given.get("score_threshold"),
            params=params_of(given.get("params")),
        )

    def merge(self, given: Json, hits: list[Json], limit: int, offset: int) -> list[Json]:
        """The hits of all shards in one list, best first."""
        query = given.get("query")
        if isinstance(query, dict) and "sample" in query:
            random.shuffle(hits)
        elif isinstance(query, dict) and "order_by" in query:
            wanted = query["order_by"]
            falling = isinstance(wanted, dict) and wanted.get("direction") == "desc"
            hits.sort(key=lambda hit: hit["order_value"], reverse=falling)
        elif query is None:
            hits.sort(key=lambda hit: (not isinstance(hit["id"], int), hit["id"]))
        else:
            hits.sort(key=lambda hit: hit["score"], reverse=not self._rising(query, given.get("using") or ""))
        return hits[offset : offset + limit]

    def _rising(self, query: Any, using: str) -> bool:
        """Whether a smaller score is better: distances of plain nearest queries."""
        nearest = not isinstance(query, dict) or "nearest" in query or "indices" in query
        params = cfg.dense_vectors(self._config).get(using)
        return bool(nearest and params and params["distance"] in ("Euclid", "Manhattan"))


def order_by(given: Any) -> Any:
    if isinstance(given, str):
        return edge.OrderBy(given)
    return edge.OrderBy(given["key"], _enum(edge.Direction, given.get("direction")), given.get("start_from"))
