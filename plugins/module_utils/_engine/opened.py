# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A collection in the embedded engine, read like one on a node. Runs only in the child process.

Every shard of an archive is one ``EdgeShard``: counts are added, answers of queries are merged. A failure of the engine
is a QdrantError, as it would be on a node.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Callable, TypeVar, Union

from .._qdrant.errors import QdrantError
from .._qdrant.ids import key_of
from .._qdrant.values import Collection, Point
from .filters import filter_of, payload_selector, vector_selector

try:
    import qdrant_edge  # type: ignore[import-not-found, unused-ignore]
except ImportError:
    qdrant_edge = None  # library.require() says how to install it

Id = Union[int, str]
_T = TypeVar("_T")
_LOWER_IS_BETTER = ("Euclid", "Manhattan")
_PAGE = 1000
_NO_LIMITS = ("strict_mode_config",)  # they limit requests to a server


class LoadError(Exception):
    """The engine does not load a shard. The text is the engine's."""


class OpenedCollection:
    """The shards of one collection, loaded. config and payload_schema: as the server returned them, counts excluded."""

    def __init__(
        self, folders: Sequence[str], config: Mapping[str, Any], payload_schema: Mapping[str, Mapping[str, Any]]
    ) -> None:
        self._config = {key: value for key, value in config.items() if key not in _NO_LIMITS}
        self._schema = payload_schema
        self._shards = [_load(folder) for folder in folders]

    def collection(self, collection: str) -> Collection:
        """The description of the collection, with the engine's own counts."""
        infos = [self._ask("describe", shard.info) for shard in self._shards]
        schema: dict[str, dict[str, Any]] = {}
        for info in infos:
            for field, index in info.payload_schema.items():
                kind = str(index.data_type).rpartition(".")[2].lower()
                known = schema.setdefault(field, {"data_type": kind, "points": 0})
                known["points"] += int(index.points)
        for field, index in schema.items():
            params = self._schema.get(field, {}).get("params")
            if params is not None:
                index["params"] = params
        return Collection(
            name=collection,
            status="green",
            optimizer_status="ok",
            config=self._config,
            payload_schema=schema,
            points_count=sum(int(info.points_count) for info in infos),
            indexed_vectors_count=sum(int(info.indexed_vectors_count) for info in infos),
            update_queue_length=0,
            warnings=[],
        )

    def count(self, collection: str, filter: dict[str, Any] | None = None) -> int:
        """The exact number of points, or of those that match."""
        request = self._ask(
            "count", lambda: qdrant_edge.CountRequest(exact=True, filter=filter_of(qdrant_edge, filter))
        )
        return sum(self._ask("count", shard.count, request) for shard in self._shards)

    def retrieve(
        self, collection: str, ids: Sequence[Id], with_payload: Any = True, with_vector: Any = True
    ) -> list[Point]:
        """The points of these ids; missing ones are left out."""
        found = []
        asked = self._ask("retrieve", _asked, with_payload, with_vector)
        for shard in self._shards:
            records = self._ask("retrieve", shard.retrieve, list(ids), **asked)
            found += [_point(record) for record in records]
        return found

    def scroll(
        self,
        collection: str,
        limit: int | Callable[[], int] = _PAGE,
        with_payload: Any = True,
        with_vector: Any = False,
        filter: dict[str, Any] | None = None,
    ) -> Iterator[Point]:
        """All points in the order of their ids, as a server returns them; one page of each shard is in memory."""
        asked = self._ask("scroll", _asked, with_payload, with_vector)
        shards = [self._pages(shard, limit, filter, asked) for shard in self._shards]
        return shards[0] if len(shards) == 1 else heapq.merge(*shards, key=lambda point: key_of(point.id))

    def _pages(
        self, shard: Any, limit: int | Callable[[], int], filter: dict[str, Any] | None, asked: Mapping[str, Any]
    ) -> Iterator[Point]:
        offset: Any = None
        wanted = self._ask("scroll", filter_of, qdrant_edge, filter)
        while True:
            request = qdrant_edge.ScrollRequest(
                offset=offset, limit=limit if isinstance(limit, int) else limit(), filter=wanted, **asked
            )
            records, offset = self._ask("scroll", shard.scroll, request)
            for record in records:
                yield _point(record)
            if offset is None:
                break

    def query(self, collection: str, body: dict[str, Any]) -> list[Point]:
        """The nearest points, as ``POST points/query`` with ``{"query": {"nearest"}, "using", "limit", "params",
        "filter", "score_threshold"}``."""
        using = body.get("using", "")
        limit = int(body["limit"])
        request = self._ask("query", lambda: self._request(body, using, limit))
        found = []
        for shard in self._shards:
            for hit in self._ask("query", shard.query, request):
                found.append(Point(_id(hit.id), None, None, int(hit.version), float(hit.score)))
        found.sort(key=lambda point: (point.score or 0.0) * (1 if self._lower(using) else -1))
        return found[:limit]

    def query_batch(self, collection: str, bodies: Sequence[dict[str, Any]]) -> list[list[Point]]:
        """Several queries."""
        return [self.query(collection, body) for body in bodies]

    @staticmethod
    def _request(body: Mapping[str, Any], using: str, limit: int) -> Any:
        vector = body["query"]["nearest"]
        if isinstance(vector, Mapping):
            vector = qdrant_edge.SparseVector(list(vector["indices"]), list(vector["values"]))
        params = body.get("params") or {}
        return qdrant_edge.QueryRequest(
            limit=limit,
            query=qdrant_edge.Query.Nearest(vector, using=using or None),
            filter=filter_of(qdrant_edge, body.get("filter")),
            score_threshold=body.get("score_threshold"),
            params=qdrant_edge.SearchParams(exact=bool(params.get("exact")), hnsw_ef=params.get("hnsw_ef")),
            with_payload=False,
            with_vector=False,
        )

    def _lower(self, using: str) -> bool:
        params = Collection("", "", "", dict(self._config), {}, 0, 0, 0, []).vectors.get(using) or {}
        return str(params.get("distance")) in _LOWER_IS_BETTER

    @staticmethod
    def _ask(attempted: str, call: Callable[..., _T], *args: Any, **named: Any) -> _T:
        try:
            return call(*args, **named)
        except MemoryError:
            raise
        except Exception as error:
            raise QdrantError(attempted, "the archive in the engine", str(error), kind="server_error") from error


def _load(folder: str) -> Any:
    try:
        return qdrant_edge.EdgeShard.load(folder)
    except MemoryError:
        raise
    except Exception as error:
        raise LoadError(str(error)) from error


def _asked(payload: Any, vector: Any) -> dict[str, Any]:
    """What is returned of each point, as in a request to a server."""
    return {"with_payload": payload_selector(qdrant_edge, payload), "with_vector": vector_selector(vector)}


def _point(record: Any) -> Point:
    return Point(_id(record.id), record.payload, _vector(record.vector))


def _id(value: Any) -> Id:
    return value if isinstance(value, int) else str(value)


def _vector(value: Any) -> Any:
    """A point's vectors in the shapes that a server returns."""
    if isinstance(value, dict):
        return {name: _vector(one) for name, one in value.items()}
    if isinstance(value, qdrant_edge.SparseVector):
        return {"indices": list(value.indices), "values": list(value.values)}
    return value
