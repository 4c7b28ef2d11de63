# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One collection: its configuration, its shards, and what can be asked of all of them together."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Iterable
from typing import Any, Callable

from . import config as cfg
from .engine import edge, index_schema
from .errors import ApiError, bad_input, bad_request, no_shard, service_error
from .faults import Faults
from .indexing import Indexer
from .queries import QueryMaker
from .reads import Read, read_of
from .records import point_id
from .replicas import ACTIVE, NoPeers, Peers, ReplicaSet, States
from .ring import Ring
from .shard import Shard
from .writes import Write, write_of

Json = dict[str, Any]
Keep = Callable[["Collection", Json, Json], None]


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
    """A collection below `path`, as the real server lays it out: its shards, and those of their replicas that are here.

    `keep` is what makes a new configuration or schema last; a node alone writes its files.
    """

    def __init__(
        self, name: str, path: str, faults: Faults, peer_id: int, peers: Peers | None = None, keep: Keep | None = None
    ) -> None:
        self.name = name
        self.path = path
        self._faults = faults
        self.peer_id = peer_id
        self._peers = peers or NoPeers()
        self._keep = keep or Collection.took
        self.config: Json = {}
        self.schema: Json = {}
        self.sets: dict[int, ReplicaSet] = {}
        self.shards: dict[int, Shard] = {}
        self._rings: dict[Any, Ring] = {}
        self._indexer = Indexer(self.shards)
        self._operations = 0
        self.changing = threading.RLock()

    # --- life

    def create(self, config: Json) -> None:
        """Makes the folder. Its configuration comes last: without it a start passes over what a kill left half made."""
        self.make_folder()
        self.config = config
        for shard_id in self._own_numbers():
            self.arrange(shard_id, None, {self.peer_id: ACTIVE})
            self.place(shard_id)
        self.save()

    def make_folder(self) -> None:
        os.makedirs(self.path)
        with open(os.path.join(self.path, "version.info"), "w") as file:
            file.write("0.4.2")

    def load(self) -> None:
        """What lies on the disk of a node alone."""
        self.config = read_json(os.path.join(self.path, "config.json"), {})
        self.schema = read_json(os.path.join(self.path, "payload_index.json"), {"schema": {}})["schema"]
        for shard_id in self._own_numbers():
            self.arrange(shard_id, None, {self.peer_id: ACTIVE})
            self.place(shard_id)

    def _own_numbers(self) -> range:
        return range(0 if self.custom else self.config["params"]["shard_number"])

    @property
    def custom(self) -> bool:
        """Whether shards belong to keys that users make."""
        return bool(self.config["params"].get("sharding_method") == "custom")

    def arrange(self, shard_id: int, key: Any, states: States) -> None:
        """Notes where the replicas of a shard are, and in which states."""
        if shard_id not in self.sets:
            self.sets[shard_id] = ReplicaSet(self.name, shard_id, key, self.peer_id, self._peers)
            self._lay_rings()
        self.sets[shard_id].states = states

    def forget(self, shard_id: int) -> None:
        """A shard is no more."""
        self.unplace(shard_id)
        del self.sets[shard_id]
        self._lay_rings()

    def _lay_rings(self) -> None:
        by_key: dict[Any, list[int]] = {}
        for shard_id, replicas in sorted(self.sets.items()):
            by_key.setdefault(replicas.key, []).append(shard_id)
        self._rings = {key: Ring(ids) for key, ids in by_key.items()}

    def place(self, shard_id: int, *, empty: bool = True) -> Shard:
        """The replica of this node: the one on its disk; else a new one, not even made if it is not to be `empty`."""
        shard = Shard(os.path.join(self.path, str(shard_id)), shard_id, self._faults)
        if shard.on_disk:
            shard.load()
        elif empty:
            shard.create(self.config)
            if self.schema:
                with shard.reading("create") as engine:
                    self.fit_indexes(engine)
        else:
            os.makedirs(shard.path, exist_ok=True)
        self.shards[shard_id] = self.sets[shard_id].local = shard
        return shard

    def unplace(self, shard_id: int) -> None:
        """Drops this node's replica with its data."""
        shard = self.shards.pop(shard_id, None)
        self.sets[shard_id].local = None
        if shard is not None:
            shard.drop()
            shutil.rmtree(shard.path, ignore_errors=True)

    def key_mapping(self) -> list[Json]:
        """`shard_key_mapping.json`."""
        by_key: dict[Any, list[int]] = {}
        for shard_id, replicas in sorted(self.sets.items()):
            if replicas.key is not None:
                by_key.setdefault(replicas.key, []).append(shard_id)
        return [{"key": key, "shard_ids": ids} for key, ids in by_key.items()]

    def save(self) -> None:
        write_json(os.path.join(self.path, "shard_key_mapping.json"), self.key_mapping())
        write_json(os.path.join(self.path, "payload_index.json"), {"schema": self.schema})
        write_json(os.path.join(self.path, "config.json"), self.config)

    def took(self, config: Json, schema: Json) -> None:
        """A new configuration and schema are in force."""
        with self.changing:
            self.config, self.schema = config, schema
            self.save()

    def update_config(self, request: Json) -> None:
        self._keep(self, cfg.updated(self.config, request), self.schema)
        self._indexer.written(self.config)

    def close(self) -> None:
        self._indexer.stop()
        for shard in self.shards.values():
            shard.drop()

    def _all(self) -> list[ReplicaSet]:
        """Every shard; a list of its own, as other threads may add and remove shards."""
        return list(self.sets.values())

    def replicas(self, shard_id: int) -> ReplicaSet:
        """A shard of this collection, wherever its replicas are."""
        if shard_id not in self.sets:
            raise no_shard(shard_id)
        return self.sets[shard_id]

    def shard(self, shard_id: int) -> Shard:
        """This node's replica of a shard."""
        return self.replicas(shard_id).here()

    # --- writes

    def write_of(self, kind: str, given: Json) -> Write:
        return write_of(self.config, kind, given)

    def write(self, write: Write, shard_key: Any = None) -> int:
        """Writes to the shards that the points belong to, or to all; the number of the operation."""
        jobs: list[tuple[ReplicaSet, list[Any] | None]] = []
        for key in keys_of(shard_key) or [None]:
            ring = self._ring_of(key)
            if write.ids is None:
                jobs += [(replicas, None) for replicas in self._all() if replicas.key == key]
                continue
            by_shard: dict[int, list[Any]] = {}
            for one in write.ids:
                by_shard.setdefault(ring.shard_of(one), []).append(one)
            jobs += [(self.sets[shard_id], ids) for shard_id, ids in by_shard.items()]
        return self._on_all(jobs, write)

    def _ring_of(self, key: Any) -> Ring:
        if key not in self._rings:
            raise bad_input("Shard key not specified" if key is None else f"Shard key {shown_key(key)} not found")
        return self._rings[key]

    def _on_all(self, jobs: list[tuple[ReplicaSet, list[Any] | None]], write: Write) -> int:
        """Tries every shard; one that fails does not keep the others from being written."""
        failed: list[ApiError] = []
        factor = self.config["params"].get("write_consistency_factor") or 1
        for replicas, ids in jobs:
            try:
                replicas.write(write, ids, factor)
            except ApiError as error:
                failed.append(error)
        if failed and len(jobs) > 1 and failed[0].status == 500:
            raise service_error(
                f"{len(failed)} out of {len(jobs)} shards failed to apply operation. "
                f"First error captured: {failed[0].text}"
            )
        if failed:
            raise failed[0]
        self.written()
        return self._counted()

    def written(self) -> None:
        """Shards here were written to: their indexes may be due."""
        self._indexer.written(self.config)

    def _counted(self) -> int:
        with self.changing:
            self._operations += 1
            return self._operations

    def _on_whole(self, kind: str, given: Json) -> int:
        """The same operation on every shard but those whose only replica is dirty."""
        whole = [one for one in self._all() if one.local is None or not one.local.broken or len(one.states) > 1]
        return self._on_all([(replicas, None) for replicas in whole], self.write_of(kind, given))

    def create_index(self, field: str, schema: Any) -> int:
        number = self._on_whole("create_index", {"field_name": field, "field_schema": schema})
        self._keep(self, self.config, {**self.schema, field: schema})
        return number

    def delete_index(self, field: str) -> int:
        number = self._on_whole("delete_index", {"field_name": field})
        self._keep(self, self.config, {key: value for key, value in self.schema.items() if key != field})
        return number

    def fit_indexes(self, engine: Any) -> None:
        """Gives a restored shard's engine the indexes of this collection, no more and no fewer."""
        there = engine.info().payload_schema
        for field in set(there) - set(self.schema):
            engine.update(edge.UpdateOperation.delete_field_index(field))
        for field in set(self.schema) - set(there):
            engine.update(edge.UpdateOperation.create_field_index(field, index_schema(self.schema[field])))

    # --- reads

    def read_of(self, kind: str, given: Json) -> Read:
        return read_of(self.config, self.vector_of, kind, given)

    def _asked(self, shard_key: Any) -> list[ReplicaSet]:
        """The shards that a read goes to. Of a collection with keys, those that nobody can read are passed over."""
        keys = keys_of(shard_key)
        if not keys:
            return [one for one in self._all() if not self.custom or one.readable]
        found: list[ReplicaSet] = []
        for key in keys:
            if key not in self._rings:
                raise bad_request(f"Shard key {shown_key(key)} not found")
            found += [one for one in self._all() if one.key == key]
        return found

    def _answers(self, kind: str, given: Json, shard_key: Any = None, consistency: str | None = None) -> list[Any]:
        """What the shards answer, each for itself."""
        read = self.read_of(kind, given)
        return [_keyed(replicas, kind, replicas.read(read, consistency)) for replicas in self._asked(shard_key)]

    def count(self, given: Json | None, shard_key: Any = None, consistency: str | None = None) -> int:
        return sum(self._answers("count", {"filter": given}, shard_key, consistency))

    def _holders(self, ids: Iterable[Any], shard_key: Any) -> dict[int, list[Any]]:
        """Which shards are asked for which points."""
        if self.custom:
            wanted = list(ids)
            return {one.shard_id: wanted for one in self._asked(shard_key)}
        by_shard: dict[int, list[Any]] = {}
        for one in ids:
            by_shard.setdefault(self._ring_of(None).shard_of(one), []).append(one)
        return by_shard

    def retrieve(
        self, ids: list[Any], payload: Any, vector: Any, shard_key: Any = None, consistency: str | None = None
    ) -> list[Json]:
        wanted = list(dict.fromkeys(point_id(given) for given in ids))
        found = {}
        for shard_id, some in self._holders(wanted, shard_key).items():
            read = self.read_of("retrieve", {"ids": some, "with_payload": payload, "with_vector": vector})
            replicas = self.sets[shard_id]
            for record in _keyed(replicas, "retrieve", replicas.read(read, consistency)):
                found[record["id"]] = record
        return [found[one] for one in wanted if one in found]

    def vector_of(self, one: Any, using: str) -> Any:
        for shard_id in self._holders([one], None):
            found = self.sets[shard_id].read(self.read_of("vector", {"id": one, "using": using}))
            if found is not None:
                return found
        return None

    def scroll(self, request: Json, consistency: str | None = None) -> Json:
        limit, wanted = request.get("limit") or 10, request.get("order_by")
        answers = self._answers("scroll", request, request.get("shard_key"), consistency)
        found: list[Json] = [record for answer in answers for record in answer]
        if wanted:
            falling = isinstance(wanted, dict) and wanted.get("direction") == "desc"
            found.sort(key=lambda record: record["order_value"], reverse=falling)
        else:
            found.sort(key=lambda record: _id_order(record["id"]))
        more = found[limit]["id"] if not wanted and len(found) > limit else None
        return {"points": found[:limit], "next_page_offset": more}

    def query(self, request: Json, consistency: str | None = None) -> list[Json]:
        answers = self._answers("query", request, request.get("shard_key"), consistency)
        hits: list[Json] = [hit for answer in answers for hit in answer]
        maker = QueryMaker(self.config, self.vector_of)
        return maker.merge(request, hits, request.get("limit") or 10, request.get("offset") or 0)

    def facet(self, request: Json, consistency: str | None = None) -> list[Json]:
        limit = request.get("limit") or 10
        counts: dict[Any, int] = {}
        for answer in self._answers("facet", request, request.get("shard_key"), consistency):
            for value, count in answer:
                counts[value] = counts.get(value, 0) + count
        best = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:limit]
        return [{"value": value, "count": count} for value, count in best]

    def points_here(self, shard: Shard) -> int:
        """The points of a replica of this node; 0 where it cannot be read."""
        try:
            with shard.reading("count") as engine:
                return int(engine.count(edge.CountRequest(exact=True)))
        except ApiError:
            return 0

    def segments(self) -> int:
        """Segments of this node's replicas that are not dirty."""
        total = 0
        for shard in list(self.shards.values()):
            if not shard.broken:
                with shard.reading("Get Info") as engine:
                    total += engine.info().segments_count
        return total

    def info(self) -> Json:
        """What GET /collections/{name} says."""
        said = self._answers("info", {})
        per_field = {field: sum(one["fields"].get(field, 0) for one in said) for field in self.schema}
        return {
            "status": "yellow" if self._indexer.busy else "green",
            "optimizer_status": "ok",
            "indexed_vectors_count": sum(one["indexed"] for one in said),
            "points_count": sum(one["points"] for one in said),
            "segments_count": sum(one["segments"] for one in said),
            "config": cfg.shown(self.config),
            "payload_schema": {field: _index_json(self.schema[field], n) for field, n in per_field.items()},
            "update_queue": {"length": 0},
        }


def keys_of(given: Any) -> list[Any]:
    """The shard keys of a request: none, one, several, or one with another in its place."""
    if given is None:
        return []
    if isinstance(given, dict):
        return [given["target"]]
    return list(given) if isinstance(given, list) else [given]


def _keyed(replicas: ReplicaSet, kind: str, answer: Any) -> Any:
    """Points of a shard that belongs to a key say so."""
    if replicas.key is None or kind not in ("retrieve", "scroll", "query"):
        return answer
    return [{**record, "shard_key": replicas.key} for record in answer]


def shown_key(key: Any) -> str:
    return json.dumps(key, ensure_ascii=False)


def _id_order(one: Any) -> tuple[bool, Any]:
    return (not isinstance(one, int), one)


def _index_json(schema: Any, points: int) -> Json:
    if isinstance(schema, str):
        return {"data_type": schema, "points": points}
    return {"data_type": schema["type"], "params": schema, "points": points}
