# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One collection: its configuration, its shards, and what can be asked of all of them together."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterable
from typing import Any, Callable

from . import config as cfg
from .engine import edge, index_schema
from .errors import ApiError, no_shard, service_error
from .faults import Faults
from .filters import filter_of
from .indexing import Indexer
from .queries import QueryMaker, order_by
from .records import id_json, point_id, record_json, scored_json, with_payload
from .ring import Ring
from .shard import Shard

Json = dict[str, Any]


def write_json(path: str, value: Any) -> None:
    """Replaces a JSON file in one move."""
    with open(path + ".tmp", "w") as file:
        json.dump(value, file, separators=(",", ":"), ensure_ascii=False)
    os.replace(path + ".tmp", path)


def read_json(path: str, default: Any) -> Any:
    try:
        with open(path) as file:
            return json.load(file)
    except FileNotFoundError:
        return default


class Collection:
    """A collection below `path`, as the real server lays it out."""

    def __init__(self, name: str, path: str, faults: Faults, peer_id: int) -> None:
        self.name = name
        self.path = path
        self._faults = faults
        self.peer_id = peer_id
        self.config: Json = {}
        self.schema: Json = {}
        self.shards: dict[int, Shard] = {}
        self._ring = Ring([0])
        self._indexer = Indexer({})
        self._operations = 0
        self.changing = threading.RLock()

    # --- life

    def create(self, config: Json) -> None:
        """Makes the folder. Its configuration comes last: without it a start passes over what a kill left half made."""
        os.makedirs(self.path)
        self.config = config
        with open(os.path.join(self.path, "version.info"), "w") as file:
            file.write("0.4.2")
        write_json(os.path.join(self.path, "shard_key_mapping.json"), [])
        self._make_shards()
        for shard in self.shards.values():
            shard.create(config, self.peer_id)
        self._save()

    def load(self) -> None:
        self.config = read_json(os.path.join(self.path, "config.json"), {})
        self.schema = read_json(os.path.join(self.path, "payload_index.json"), {"schema": {}})["schema"]
        self._make_shards()
        for shard in self.shards.values():
            shard.load()

    def _make_shards(self) -> None:
        custom = self.config["params"].get("sharding_method") == "custom"
        number = 0 if custom else self.config["params"]["shard_number"]
        self.shards = {i: Shard(os.path.join(self.path, str(i)), i, self._faults) for i in range(number)}
        self._ring = Ring(self.shards)
        self._indexer = Indexer(self.shards)

    def _save(self) -> None:
        write_json(os.path.join(self.path, "payload_index.json"), {"schema": self.schema})
        write_json(os.path.join(self.path, "config.json"), self.config)

    def update_config(self, request: Json) -> None:
        with self.changing:
            self.config = cfg.updated(self.config, request)
            self._save()
        self._indexer.written(self.config)

    def close(self) -> None:
        self._indexer.stop()
        for shard in self.shards.values():
            shard.drop()

    def shard(self, shard_id: int) -> Shard:
        if shard_id not in self.shards:
            raise no_shard(shard_id)
        return self.shards[shard_id]

    # --- writes

    def apply(self, operation: Callable[[], Any]) -> int:
        """The same operation on every shard; the number of the operation."""
        return self._on_all(list(self.shards.items()), lambda _shard_id: operation())

    def _on_all(self, shards: list[tuple[int, Shard]], operation: Callable[[int], Any]) -> int:
        """Tries every shard; one that fails does not keep the others from being written."""
        failed: list[ApiError] = []
        for shard_id, shard in shards:
            try:
                shard.update(operation(shard_id))
            except ApiError as error:
                failed.append(error)
        if failed and len(shards) > 1 and failed[0].status == 500:
            raise service_error(
                f"{len(failed)} out of {len(shards)} shards failed to apply operation. "
                f"First error captured: {failed[0].text}"
            )
        if failed:
            raise failed[0]
        self._indexer.written(self.config)
        return self._counted()

    def apply_to(self, ids: Iterable[Any], operation: Callable[[list[Any]], Any]) -> int:
        """An operation on points, sent to the shards that they belong to."""
        by_shard: dict[int, list[Any]] = {}
        for one in ids:
            by_shard.setdefault(self._ring.shard_of(one), []).append(one)
        return self._on_all([(i, self.shards[i]) for i in by_shard], lambda shard_id: operation(by_shard[shard_id]))

    def upsert(self, points: list[Any], condition: Any, mode: Any) -> int:
        found = {id_json(point.id): point for point in points}
        return self.apply_to(
            found,
            lambda ids: edge.UpdateOperation.upsert_points([found[one] for one in ids], condition, mode),
        )

    def _counted(self) -> int:
        with self.changing:
            self._operations += 1
            return self._operations

    def _on_whole(self, operation: Callable[[], Any]) -> int:
        """The same operation on every shard that is not dirty."""
        whole = [(shard_id, shard) for shard_id, shard in self.shards.items() if not shard.broken]
        return self._on_all(whole, lambda _shard_id: operation())

    def create_index(self, field: str, schema: Any) -> int:
        number = self._on_whole(lambda: edge.UpdateOperation.create_field_index(field, index_schema(schema)))
        with self.changing:
            self.schema = {**self.schema, field: schema}
            self._save()
        return number

    def delete_index(self, field: str) -> int:
        number = self._on_whole(lambda: edge.UpdateOperation.delete_field_index(field))
        with self.changing:
            self.schema = {key: value for key, value in self.schema.items() if key != field}
            self._save()
        return number

    def fit_indexes(self, engine: Any) -> None:
        """Gives a restored shard's engine the indexes of this collection, no more and no fewer."""
        there = engine.info().payload_schema
        for field in set(there) - set(self.schema):
            engine.update(edge.UpdateOperation.delete_field_index(field))
        for field in set(self.schema) - set(there):
            engine.update(edge.UpdateOperation.create_field_index(field, index_schema(self.schema[field])))

    # --- reads

    def count(self, given: Json | None) -> int:
        asked = filter_of(given)
        total = 0
        for shard in self.shards.values():
            with shard.reading("count") as engine:
                total += engine.count(edge.CountRequest(filter=asked, exact=True))
        return total

    def retrieve(self, ids: list[Any], payload: Any, vector: Any) -> list[Json]:
        by_shard: dict[int, list[Any]] = {}
        for one in dict.fromkeys(point_id(given) for given in ids):
            by_shard.setdefault(self._ring.shard_of(one), []).append(one)
        found = {}
        for shard_id, some in by_shard.items():
            with self.shards[shard_id].reading("retrieve") as engine:
                for record in engine.retrieve(some, with_payload(payload, True), vector or False):
                    found[id_json(record.id)] = record_json(record, payload, vector)
        return [found[one] for one in dict.fromkeys(point_id(given) for given in ids) if one in found]

    def vector_of(self, one: Any, using: str) -> Any:
        with self.shards[self._ring.shard_of(one)].reading("retrieve") as engine:
            found = engine.retrieve([one], False, True)
        if not found:
            return None
        vector = found[0].vector
        return vector.get(using) if isinstance(vector, dict) else vector

    def scroll(self, request: Json) -> Json:
        limit = request.get("limit") or 10
        wanted = request.get("order_by")
        payload, vector = request.get("with_payload"), request.get("with_vector")
        offset = request.get("offset")
        asked = edge.ScrollRequest(
            offset=point_id(offset) if offset is not None else None,
            limit=limit if wanted else limit + 1,
            filter=filter_of(request.get("filter")),
            with_payload=with_payload(payload, True),
            with_vector=vector or False,
            order_by=order_by(wanted) if wanted else None,
        )
        found: list[Any] = []
        for shard in self.shards.values():
            with shard.reading("Scroll") as engine:
                found += engine.scroll(asked)[0]
        if wanted:
            falling = isinstance(wanted, dict) and wanted.get("direction") == "desc"
            found.sort(key=lambda record: record.order_value, reverse=falling)
        else:
            found.sort(key=lambda record: _id_order(id_json(record.id)))
        more = id_json(found[limit].id) if not wanted and len(found) > limit else None
        shown = [record_json(record, True if payload is None else payload, vector) for record in found[:limit]]
        return {"points": shown, "next_page_offset": more}

    def query(self, request: Json) -> list[Json]:
        limit, offset = request.get("limit") or 10, request.get("offset") or 0
        maker = QueryMaker(self.config, self.vector_of)
        asked = maker.request(request, limit + offset)
        hits: list[Any] = []
        for shard in self.shards.values():
            with shard.reading("query") as engine:
                hits += engine.query(asked)
        merged = maker.merge(request, hits, limit, offset)
        payload = request.get("with_payload") or False
        return [scored_json(hit, payload, request.get("with_vector")) for hit in merged]

    def facet(self, request: Json) -> list[Json]:
        limit = request.get("limit") or 10
        asked = edge.FacetRequest(request["key"], 1 << 20, True, filter_of(request.get("filter")))
        counts: dict[Any, int] = {}
        for shard in self.shards.values():
            with shard.reading("facet") as engine:
                for hit in engine.facet(asked).hits:
                    counts[hit.value] = counts.get(hit.value, 0) + hit.count
        best = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:limit]
        return [{"value": value, "count": count} for value, count in best]

    def shard_points(self, shard: Shard) -> int:
        with shard.reading("count") as engine:
            return int(engine.count(edge.CountRequest(exact=True)))

    def segments(self) -> int:
        """Segments of the shards that are not dirty."""
        total = 0
        for shard in self.shards.values():
            if not shard.broken:
                with shard.reading("Get Info") as engine:
                    total += engine.info().segments_count
        return total

    def info(self) -> Json:
        """What GET /collections/{name} says."""
        points = segments = indexed = 0
        per_field = dict.fromkeys(self.schema, 0)
        for shard in self.shards.values():
            with shard.reading("Get Info") as engine:
                said = engine.info()
                points += said.points_count
                segments += said.segments_count
                indexed += said.indexed_vectors_count
                for field, index in said.payload_schema.items():
                    if field in per_field:
                        per_field[field] += index.points
        return {
            "status": "yellow" if self._indexer.busy else "green",
            "optimizer_status": "ok",
            "indexed_vectors_count": indexed,
            "points_count": points,
            "segments_count": segments,
            "config": cfg.shown(self.config),
            "payload_schema": {field: _index_json(self.schema[field], n) for field, n in per_field.items()},
            "update_queue": {"length": 0},
        }


def _id_order(one: Any) -> tuple[bool, Any]:
    return (not isinstance(one, int), one)


def _index_json(schema: Any, points: int) -> Json:
    if isinstance(schema, str):
        return {"data_type": schema, "points": points}
    return {"data_type": schema["type"], "params": schema, "points": points}
