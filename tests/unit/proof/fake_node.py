# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A collection in memory behind the methods of a node that probes use: exact search by brute force, no server."""

from __future__ import annotations

import copy
import random

from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.errors import QdrantError
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.values import (
    Collection,
    LocalShard,
    Point,
    RemoteShard,
    ShardView,
)


def refused(said="Forbidden: exact. Help: do not"):
    return QdrantError("ask", "collection 'c'", said, kind="bad_request", status=400)


def failed():
    return QdrantError("ask", "collection 'c'", "Dirty shard", kind="server_error", status=500)


class FakeNode:
    """points: id -> {"vector", "payload", "version"}. ``refuse``: names of methods that answer 400; ``fail``: 500."""

    def __init__(self, count=100, size=4, distance="Cosine", indexes=("topic",), **config):
        source = random.Random(5)
        self.random = random.Random(6)
        self.operation = 0
        self.points = {}
        self.distance = distance
        self.schema = {field: {"data_type": "keyword"} for field in indexes}
        self.config = {"params": {"vectors": {"size": size, "distance": distance}, "shard_number": 1}, **config}
        self.status, self.queue, self.indexed = "green", 0, count
        self.refuse, self.fail = set(), set()
        self.blind = False  # a normal search finds nothing right: a broken index
        self.tells_operations = True
        self.shard_count, self.here = 1, 1  # of the collection, and on this node; one of them is on both
        self.calls = []
        for number in range(1, count + 1):
            vector = [round(source.gauss(0, 1), 4) for dummy in range(size)]
            self.put(number, vector, {"topic": f"t{number % 3}", "rank": number})

    def put(self, number, vector=None, payload=None):
        self.operation += 1
        old = self.points.get(number, {"vector": None, "payload": {}})
        self.points[number] = {
            "vector": old["vector"] if vector is None else vector,
            "payload": old["payload"] if payload is None else payload,
            "version": self.operation,
        }

    def delete(self, number):
        self.operation += 1
        del self.points[number]

    def copy(self):
        """What a restore of it should be."""
        return copy.deepcopy(self)

    def _called(self, name):
        self.calls.append(name)
        if name in self.fail:
            raise failed()
        if name in self.refuse:
            raise refused()

    def collection(self, name):
        self._called("collection")
        schema = {
            field: {**about, "points": sum(field in point["payload"] for point in self.points.values())}
            for field, about in self.schema.items()
        }
        return Collection(name, self.status, "ok", self.config, schema, len(self.points), self.indexed, self.queue, [])

    def shards(self, name):
        local = [LocalShard(0, "Active", len(self.points), None)]
        local += [LocalShard(shard, "Active", 0, f"key {shard}") for shard in range(1, self.here)]
        others = range(self.here - 1, self.shard_count)
        elsewhere = [RemoteShard(shard, 2, "Active", f"key {shard}") for shard in others]
        return ShardView(1, self.shard_count, tuple(local), tuple(elsewhere), 0, 0)

    def shard_manifest(self, name, shard_id):
        return {"a segment": {"segment_version": self.operation}} if self.tells_operations else None

    def count(self, name, filter=None):
        self._called("count" if filter is None else "count with a filter")
        return sum(self._matches(point["payload"], filter) for point in self.points.values())

    @staticmethod
    def _matches(payload, condition):
        if not condition:
            return True
        if "must_not" in condition:
            return condition["must_not"][0]["is_empty"]["key"] in payload
        one = condition["must"][0]
        value = payload.get(one["key"])
        if "match" in one:
            return value is not None and value in one["match"].values()
        return value is not None and value >= one["range"]["gte"]

    def sample_ids(self, name, limit):
        self._called("sample")
        ids = sorted(self.points)
        cap = (self.config.get("strict_mode_config") or {}).get("max_query_limit") or limit
        return self.random.sample(ids, min(limit, cap, len(ids)))

    def points_with_versions(self, name, ids):
        self._called("points_with_versions")
        return [self._point(number, version=True) for number in ids if number in self.points]

    def retrieve(self, name, ids, with_payload=True, with_vector=True):
        self._called("retrieve")
        return [self._point(number) for number in ids if number in self.points]

    def scroll(self, name, limit=1000, with_payload=True, with_vector=False, filter=None):
        self._called("scroll")
        return iter([self._point(number) for number in sorted(self.points)])

    def _point(self, number, version=False):
        point = self.points[number]
        vector = copy.deepcopy(point["vector"])
        return Point(number, dict(point["payload"]), vector, point["version"] if version else 0)

    def query(self, name, body):
        if "formula" in body["query"]:
            self._called("every point")
            numbers = sorted(self.points)[: body["limit"]]
            return [
                self._point(number, version=True) if body["with_vector"] else Point(number, None, None, 0)
                for number in numbers
            ]
        exact = (body.get("params") or {}).get("exact", False)
        self._called("exact query" if exact else "normal query")
        if self.blind and not exact:
            return []
        asked, lower = body["query"]["nearest"], self.distance in ("Euclid", "Manhattan")
        scored = [(self._score(asked, point["vector"]), number) for number, point in self.points.items()]
        scored.sort(key=lambda pair: pair[0] if lower else -pair[0])
        return [
            Point(number, None, None, self.points[number]["version"], score)
            for score, number in scored[: body["limit"]]
        ]

    def query_batch(self, name, bodies):
        self.calls.append("batch")
        return [self.query(name, body) for body in bodies]

    def _score(self, one, other):
        if self.distance == "Manhattan":
            return sum(abs(a - b) for a, b in zip(one, other))
        if self.distance == "Euclid":
            return sum((a - b) ** 2 for a, b in zip(one, other)) ** 0.5
        product = sum(a * b for a, b in zip(one, other))
        if self.distance == "Dot":
            return product
        return product / max(1e-9, sum(a * a for a in one) ** 0.5 * sum(b * b for b in other) ** 0.5)
