# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads points: counts, retrieve, scroll, samples, queries. Never writes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Callable

from .collections import CollectionsPart
from .errors import QdrantError
from .ids import Id
from .names import quote
from .part import refused_by_strict_mode
from .values import Point

_BATCH = 1000
_ID_PAGE = 10_000


def every_point(limit: int, *, full: bool = False) -> dict[str, Any]:
    """A query for ``limit`` points, whichever, with their versions (the server returns these only with a score); with
    ``full`` also payloads and vectors."""
    query = {"prefetch": {"limit": limit}, "query": {"formula": 1.0}, "limit": limit}
    return {**query, "with_payload": full, "with_vector": full}


class PointsPart(CollectionsPart):
    """Calls about the points of a collection."""

    _consistency: str  # of reads, "" for the server's own

    def count(self, collection: str, filter: dict[str, Any] | None = None) -> int:
        """The exact number of points, or of those that match ``filter``.

        If strict mode refuses exact counts, the ids are scrolled and counted (about 8 ms per 1,000 points).
        """
        attempted, on = "count the points of", f"collection {collection!r}"
        body: dict[str, Any] = {"exact": True}
        if filter is not None:
            body["filter"] = filter
        try:
            result = self._ask_points(collection, "/count", attempted, on, body)
        except QdrantError as error:
            if not refused_by_strict_mode(error):
                raise
            pages = self.scroll(collection, limit=_ID_PAGE, with_payload=False, with_vector=False, filter=filter)
            return sum(1 for _point in pages)
        return self._read(lambda r: int(r["count"]), result, attempted, on)

    def shard_count(self, collection: str, shard_id: int) -> int | None:
        """The exact number of points in this node's replica of a shard, without any other replica; None if the server
        does not tell. A dirty shard is an error (``QdrantError.dirty``)."""
        attempted, on = "count the points of", f"shard {shard_id} of collection {collection!r}"
        path = f"/collections/{quote(collection)}/shards/{int(shard_id)}/points/count"
        try:
            result = self._http.ask("POST", path, attempted, on, json={"exact": True})
        except QdrantError as error:
            if error.kind not in ("not_found", "forbidden", "protocol", "bad_request"):
                raise
            return None
        return self._read(lambda r: int(r["count"]), result, attempted, on)

    def retrieve(
        self,
        collection: str,
        ids: Sequence[Id],
        with_payload: bool = True,
        with_vector: bool = True,
        *,
        shard_key: str | int | None = None,
    ) -> list[Point]:
        """The points of these ids. The server leaves out missing ids without an error: count the answer."""
        attempted, on = "retrieve points of", f"collection {collection!r}"
        points: list[Point] = []
        for start in range(0, len(ids), _BATCH):
            body = {
                "ids": list(ids[start : start + _BATCH]),
                "with_payload": with_payload,
                "with_vector": with_vector,
                **_of_key(shard_key),
            }
            result = self._ask_points(collection, "", attempted, on, body)
            points += self._read(lambda r: [Point.from_json(p) for p in r], result, attempted, on)
        return points

    def scroll(
        self,
        collection: str,
        limit: int | Callable[[], int] = _BATCH,
        with_payload: bool = True,
        with_vector: bool = False,
        filter: dict[str, Any] | None = None,
        *,
        shard_key: str | int | None = None,
    ) -> Iterator[Point]:
        """All points in the order of their ids, ``limit`` a page (fewer if strict mode limits it).

        limit: a number, or a function that is called before each page. Only one page is in memory.
        """
        attempted, on = "scroll through", f"collection {collection!r}"
        body: dict[str, Any] = {"with_payload": with_payload, "with_vector": with_vector, **_of_key(shard_key)}
        if filter is not None:
            body["filter"] = filter
        allowed: int | None = None
        while True:
            size = limit if isinstance(limit, int) else limit()
            body["limit"] = size if allowed is None else min(size, allowed)
            try:
                result = self._ask_points(collection, "/scroll", attempted, on, body)
            except QdrantError as error:
                allowed = self._smaller(collection, int(body["limit"]), error)
                continue
            page = self._read(lambda r: [Point.from_json(p) for p in r["points"]], result, attempted, on)
            following = result.get("next_page_offset")
            del result
            yield from page
            del page
            if following is None:
                return
            body["offset"] = following

    def sample_ids(self, collection: str, limit: int) -> list[Id]:
        """Ids of points drawn at random, uniform, without duplicates; fewer than ``limit`` if the collection has
        fewer or strict mode limits it."""
        body = {"query": {"sample": "random"}, "limit": limit, "with_payload": False, "with_vector": False}
        try:
            points = self.query(collection, body)
        except QdrantError as error:
            points = self.query(collection, {**body, "limit": self._smaller(collection, limit, error)})
        return [point.id for point in points]

    def points_with_versions(self, collection: str, ids: Sequence[Id]) -> list[Point]:
        """These points with payload, vector and version (the server returns it only with a score)."""
        points: list[Point] = []
        todo, size = list(ids), _BATCH
        while todo:
            batch = todo[:size]
            has_id = {"must": [{"has_id": batch}]}
            body = {
                "prefetch": {"filter": has_id, "limit": len(batch)},
                "query": {"formula": 1.0},
                "limit": len(batch),
                "with_payload": True,
                "with_vector": True,
            }
            try:
                points += self.query(collection, body)
            except QdrantError as error:
                size = self._smaller(collection, len(batch), error)
                continue
            todo = todo[len(batch) :]
        return points

    def query(self, collection: str, body: dict[str, Any]) -> list[Point]:
        """``POST points/query``, unchanged."""
        attempted, on = "query", f"collection {collection!r}"
        result = self._ask_points(collection, "/query", attempted, on, body)
        return self._read(lambda r: [Point.from_json(p) for p in r["points"]], result, attempted, on)

    def query_batch(self, collection: str, bodies: Sequence[dict[str, Any]]) -> list[list[Point]]:
        """Several queries in one call, with answers in the same order. If one is refused, all are refused."""
        attempted, on = "query", f"collection {collection!r}"
        result = self._ask_points(collection, "/query/batch", attempted, on, {"searches": list(bodies)})

        def make(r: Any) -> list[list[Point]]:
            if len(r) != len(bodies):
                raise ValueError(f"{len(r)} answers to {len(bodies)} queries")
            return [[Point.from_json(p) for p in one["points"]] for one in r]

        return self._read(make, result, attempted, on)

    def _smaller(self, collection: str, limit: int, error: QdrantError) -> int:
        """The page size that the collection's strict mode allows; raises the error if that is not the reason."""
        if not refused_by_strict_mode(error):
            raise error
        limits = [
            self.collection(collection).strict_mode.get(name) for name in ("max_query_limit", "condition_max_size")
        ]
        allowed = [value for value in limits if isinstance(value, int) and 0 < value < limit]
        if not allowed:
            raise error
        return min(allowed)

    def _ask_points(self, collection: str, rest: str, attempted: str, on: str, body: dict[str, Any]) -> Any:
        path = f"/collections/{quote(collection)}/points{rest}"
        params = {"consistency": self._consistency} if self._consistency else None
        return self._http.ask("POST", path, attempted, on, json=body, params=params)


def _of_key(shard_key: str | int | None) -> dict[str, Any]:
    return {} if shard_key is None else {"shard_key": shard_key}
