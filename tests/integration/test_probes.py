# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Probes on a node: no false alarm on any kind of collection, and damage of every kind they can see is seen."""

from __future__ import annotations

import itertools
import random
import threading
import time
import uuid

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._proof.check import check
from ansible_collections.vectorops.qdrant.plugins.module_utils._proof.probe import note, settle
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.client import Node, NodeOptions
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.errors import QdrantError
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.scope import Scope
from ansible_collections.vectorops.qdrant.tests.support.points import points
from ansible_collections.vectorops.qdrant.tests.support.qdrant import start_qdrant

pytestmark = pytest.mark.integration
SIZE = 16
COUNT = 300


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with start_qdrant(str(tmp_path_factory.mktemp("probes"))) as running:
        yield running


@pytest.fixture(scope="module")
def node(server):
    with Node(NodeOptions(url=server.url, api_key=server.api_key)) as client:
        yield client


def plain(size=SIZE, distance="Cosine", **more):
    return {"vectors": {"size": size, "distance": distance, **more}}


def with_uuids(made):
    for point in made:
        point["id"] = str(uuid.UUID(int=point["id"] * 7919))
    return made


def without_vectors_here_and_there(made):
    for point in made[::5]:
        point["vector"].pop("title")
    for point in made[::7]:
        point.pop("payload")
    return made


def odd_payloads(made):
    for point in made:
        point["payload"].update(
            {
                "big": 2**62 + point["id"],
                "float": point["id"] / 3.0,
                "nothing": None,
                "text": 'Grüße, 東京 \u2028 "quoted" \\ 😀',
                "tags": ["b", "a", {"deep": [1, 2.5, []]}],
            }
        )
    return made


def small_integers(made):
    for point in made:
        point["vector"] = [abs(int(value * 60)) % 256 for value in point["vector"]]
    return made


INDEXED = {"vectors": {"size": SIZE, "distance": "Cosine"}, "optimizers_config": {"indexing_threshold": 10}}
INT8 = {"scalar": {"type": "int8", "always_ram": True}}
KINDS = {
    "plain": (plain(), lambda: points(COUNT, SIZE), {}),
    "dot": (plain(distance="Dot"), lambda: points(COUNT, SIZE), {}),
    "euclid": (plain(distance="Euclid"), lambda: points(COUNT, SIZE), {}),
    "manhattan": (plain(distance="Manhattan"), lambda: points(COUNT, SIZE), {}),
    "named": (
        {"vectors": {"title": {"size": 8, "distance": "Cosine"}, "body": {"size": SIZE, "distance": "Euclid"}}},
        lambda: without_vectors_here_and_there(points(COUNT, {"title": 8, "body": SIZE})),
        {},
    ),
    "sparse": (
        {"vectors": {}, "sparse_vectors": {"words": {}, "rare": {"modifier": "idf"}}},
        lambda: points(COUNT, {}, sparse=("words", "rare")),
        {},
    ),
    "dense and sparse": (
        {**plain(), "sparse_vectors": {"words": {}}},
        lambda: points(COUNT, {"": SIZE}, sparse=("words",)),
        {},
    ),
    "multi": (
        {"vectors": {"size": SIZE, "distance": "Cosine", "multivector_config": {"comparator": "max_sim"}}},
        lambda: [{**point, "vector": point["vector"][""]} for point in points(COUNT, {}, multi={"": SIZE})],
        {},
    ),
    "quantised": ({**INDEXED, "quantization_config": INT8}, lambda: points(COUNT * 4, SIZE), {}),
    "indexed": (
        INDEXED,
        lambda: odd_payloads(points(COUNT * 4, SIZE)),
        {"topic": "keyword", "rank": "integer", "title": "text", "float": "float", "tags[]": "keyword"},
    ),
    "on disk": (
        {**plain(on_disk=True), "on_disk_payload": True},
        lambda: odd_payloads(points(COUNT, SIZE)),
        {"topic": {"type": "keyword", "on_disk": True}},
    ),
    "three shards": ({**plain(), "shard_number": 3}, lambda: points(COUNT, SIZE), {"topic": "keyword"}),
    "uuid ids": (plain(), lambda: with_uuids(points(COUNT, SIZE)), {}),
    "float16": (plain(datatype="float16"), lambda: points(COUNT, SIZE), {}),
    "uint8": (plain(datatype="uint8"), lambda: small_integers(points(COUNT, SIZE)), {}),
    "ties": (plain(), lambda: [{**p, "vector": [1.0] * SIZE} for p in points(40, SIZE)], {}),
    "few": (plain(), lambda: points(5, SIZE), {"topic": "keyword"}),
    "empty": (plain(), list, {"topic": "keyword"}),
}
_numbers = itertools.count()


def make(node, server, body, made, indexes=()):
    """A collection with these points and payload indexes; its name."""
    name = f"probed-{next(_numbers)}"
    node.create_collection(name, body)
    for field, schema in dict(indexes).items():
        node.create_index(name, field, schema)
    for start in range(0, len(made), 500):
        server.call("PUT", f"/collections/{name}/points?wait=true", {"points": made[start : start + 500]})
    settled(node, name)
    return name


def settled(node, name):
    """Waits until nothing moves: "green" is also what a collection is in the moment before its optimiser starts."""
    deadline, seen = time.monotonic() + 60, []
    while time.monotonic() < deadline:
        about = node.collection(name)
        wants_index = about.config["optimizer_config"].get("indexing_threshold") == 10 and about.points_count
        ready = about.status == "green" and not about.update_queue_length
        ready = ready and (about.indexed_vectors_count > 0 or not wants_index)
        same = seen if about.indexed_vectors_count in seen else []
        seen = [*same, about.indexed_vectors_count] if ready else []
        if len(seen) >= (5 if wants_index else 1):
            return
        time.sleep(0.1)
    pytest.fail(f"{name} did not settle")


def back_up(node, name):
    """A probe and the snapshot it was noted around."""
    draft = note(node, name)
    snapshot = node.create_snapshot(Scope.collection(name))
    return settle(node, name, draft), snapshot


def location(server, name, snapshot):
    return f"file://{server.snapshots_dir}/{name}/{snapshot.name}"


def recover(node, server, name, snapshot, target):
    node.recover(
        Scope.collection(target), location(server, name, snapshot), checksum=snapshot.checksum, priority="snapshot"
    )


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_no_false_alarm(node, server, kind):
    body, make_points, indexes = KINDS[kind]
    name = make(node, server, body, make_points(), indexes)
    probe, snapshot = back_up(node, name)
    assert probe["counts"]["quiet"] is True
    assert probe["max_grade"] == 3
    assert probe["stable"] == probe["sampled"] == min(32, probe["counts"]["before"])
    assert set(probe["indexes"]) == set(indexes)
    assert bool(probe["recall"]) == (node.collection(name).indexed_vectors_count > 0 and kind != "sparse")
    untouched = check(node, name, probe)
    assert (untouched.failures, untouched.warnings) == ([], [])
    server.call("POST", f"/collections/{name}/points/delete?wait=true", {"filter": {}})
    recover(node, server, name, snapshot, name)
    in_place = check(node, name, probe)
    assert (in_place.failures, in_place.warnings) == ([], [])
    recover(node, server, name, snapshot, name + "-new")
    new = check(node, name + "-new", probe)
    assert (new.failures, new.warnings, new.grade) == ([], [], 3)
    assert new.counted_right is True
    assert new.points_compared == probe["stable"]
    assert new.queries_compared == len(probe["queries"])
    node.delete_collection(name)
    node.delete_collection(name + "-new")


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("plain", {""}),
        ("euclid", {""}),
        ("named", {"title", "body"}),
        ("sparse", {"words"}),
        ("dense and sparse", {"", "words"}),
        ("multi", {""}),
        ("float16", {""}),
        ("uint8", {""}),
    ],
)
def test_every_vector_that_can_be_compared_is_queried(node, server, kind, names):
    body, make_points, _indexes = KINDS[kind]
    name = make(node, server, body, make_points())
    probe = settle(node, name, note(node, name))
    assert {query["using"] for query in probe["queries"]} == names
    assert all(len(query["hits"]) >= 5 for query in probe["queries"] if query["edge"] is not None)
    node.delete_collection(name)


def test_nothing_of_a_users_data_is_in_a_probe(node, server):
    made = points(50, SIZE)
    for point in made:
        point["payload"] = {"name": "Erika Mustermann", "topic": f"secret-{point['id'] % 3}"}
    name = make(node, server, plain(), made, {"topic": "keyword"})
    probe = settle(node, name, note(node, name))
    text = repr(probe)
    assert "Erika" not in text and "secret-" not in text
    assert "'of_point'" in text
    assert floats(probe) == {"tol", "edge", "score"}  # of scores, never of vectors
    node.delete_collection(name)


def floats(value, key=""):
    """The keys below which there are floats."""
    if isinstance(value, dict):
        return set().union(*(floats(item, name) for name, item in value.items()))
    if isinstance(value, list):
        return set().union(*(floats(item, key) for item in value))
    return {key} if isinstance(value, float) else set()


class TestCaught:
    """Each damage on its own, told in a sentence that names it."""

    @pytest.fixture
    def probed(self, node, server):
        name = make(node, server, plain(), points(32, SIZE), {"topic": "keyword", "rank": "integer"})
        probe, snapshot = back_up(node, name)
        assert len(probe["points"]) == 32
        yield name, probe, snapshot
        node.delete_collection(name)

    def said(self, node, name, probe, **more):
        found = check(node, name, probe, wait=0.5, **more)
        assert not found.agreed
        assert found.grade == 0
        return " | ".join(found.failures)

    def test_payload(self, node, server, probed):
        name, probe, _snapshot = probed
        server.call("POST", f"/collections/{name}/points/payload?wait=true", {"payload": {"x": 1}, "points": [17]})
        said = self.said(node, name, probe)
        assert said == "1 of 32 sampled points differ: point 17 (payload)"

    def test_vector(self, node, server, probed):
        name, probe, _snapshot = probed
        other = {"points": [{"id": 17, "vector": [0.5] + [0.0] * (SIZE - 1)}]}
        server.call("PUT", f"/collections/{name}/points/vectors?wait=true", other)
        assert "1 of 32 sampled points differ: point 17 (vector)" in self.said(node, name, probe)

    def test_deleted_point(self, node, server, probed):
        name, probe, _snapshot = probed
        server.call("POST", f"/collections/{name}/points/delete?wait=true", {"points": [3]})
        said = self.said(node, name, probe)
        assert "the collection has 31 points, but 32 were counted at the time of the snapshot" in said
        assert "1 of 32 sampled points are missing: point 3" in said

    def test_deleted_payload_index(self, node, server, probed):
        name, probe, _snapshot = probed
        server.call("DELETE", f"/collections/{name}/index/topic?wait=true")
        assert self.said(node, name, probe) == "the payload index on topic is missing"

    def test_another_backup_in_its_place(self, node, server, probed):
        name, probe, _snapshot = probed
        other = make(node, server, plain(), points(32, SIZE, seed=8), {"topic": "keyword", "rank": "integer"})
        _probe, snapshot = back_up(node, other)
        recover(node, server, other, snapshot, name)
        said = self.said(node, name, probe)
        assert said.startswith("32 of 32 sampled points differ: ")
        assert "(vector)" in said and "(payload)" not in said and "and 27 more" in said
        node.delete_collection(other)

    def test_missing_points(self, node, server, probed):
        name, probe, _snapshot = probed
        server.call("POST", f"/collections/{name}/points/delete?wait=true", {"filter": {}})
        said = self.said(node, name, probe)
        assert "32 of 32 sampled points are missing" in said
        assert "has 0 points" in said

    def test_collection_gone(self, node, probed):
        name, probe, _snapshot = probed
        with pytest.raises(QdrantError, match="Not found"):
            check(node, name + "-gone", probe, wait=0.5)

    def test_count_of_a_busy_collection_is_the_archives_own(self, node, probed):
        name, probe, _snapshot = probed
        busy = {**probe, "counts": {"before": 30, "after": 40, "quiet": False}, "indexes": {}}
        assert check(node, name, busy).counted_right is None
        assert check(node, name, busy, archive_count=32).counted_right is True
        assert "33 were counted in this archive" in self.said(node, name, busy, archive_count=33)


def test_a_change_and_its_way_back_are_dropped_by_versions(node, server):
    name = make(node, server, plain(), points(32, SIZE))
    draft = note(node, name)
    for topic in ("another", "t3"):
        server.call(
            "POST", f"/collections/{name}/points/payload?wait=true", {"payload": {"topic": topic}, "points": [3, 10]}
        )
    probe = settle(node, name, draft)
    assert {point["id"] for point in probe["points"]} == set(range(1, 33)) - {3, 10}
    assert probe["counts"]["quiet"] is False
    assert probe["indexes"] == {}
    assert check(node, name, probe).agreed
    node.delete_collection(name)


def test_an_insert_and_a_delete_between_the_looks_are_not_quiet(node, server):
    name = make(node, server, plain(), points(200, SIZE))
    draft = note(node, name)
    sampled = {int(key) for key in draft.samples}
    unseen = next(number for number in range(1, 201) if number not in sampled)
    moved = {**points(1, SIZE)[0], "id": 1000}
    server.call("PUT", f"/collections/{name}/points?wait=true", {"points": [moved]})
    server.call("POST", f"/collections/{name}/points/delete?wait=true", {"points": [unseen]})
    probe = settle(node, name, draft)
    assert probe["counts"]["before"] == probe["counts"]["after"] == 200
    assert probe["counts"]["quiet"] is False
    node.delete_collection(name)


def test_too_busy_to_probe(node, server):
    name = make(node, server, plain(), points(100, SIZE))
    draft = note(node, name)
    server.call("POST", f"/collections/{name}/points/payload?wait=true", {"payload": {"x": 1}, "filter": {}})
    probe = settle(node, name, draft)
    assert (probe["busy"], probe["max_grade"], probe["stable"]) == (True, 2, 0)
    found = check(node, name, probe)
    assert found.agreed and found.grade == 1
    assert "too busy to probe" in found.warnings[0]
    assert "nothing to compare the count with" in found.warnings[1]
    assert check(node, name, probe, archive_count=100).grade == 2
    node.delete_collection(name)


def test_full_probe_sees_what_no_sample_saw(node, server):
    name = make(node, server, plain(), points(400, SIZE))
    draft = note(node, name, full=True)
    probe = settle(node, name, draft)
    assert probe["full"]["points"] == 400
    assert check(node, name, probe).facts["full"] == {"points": 400, "agreed": True}
    sampled = {int(key) for key in draft.samples}
    unseen = next(number for number in range(1, 401) if number not in sampled)
    server.call("POST", f"/collections/{name}/points/payload?wait=true", {"payload": {"x": 1}, "points": [unseen]})
    found = check(node, name, probe)
    assert found.failures == ["a full scroll finds 400 points as recorded, but some differ in payload or vector"]
    node.delete_collection(name)


def test_a_node_without_the_shard_compares_what_is_there(node, server):
    name = make(node, server, plain(), points(64, SIZE))
    probe = settle(node, name, note(node, name))
    gone = [point["id"] for point in probe["points"]][:10]
    server.call("POST", f"/collections/{name}/points/delete?wait=true", {"points": gone})
    found = check(node, name, probe, missing_shards=(1,))
    assert found.agreed and found.counted_right is None
    assert (found.points_compared, found.grade) == (22, 1)
    assert "22 of 32 sampled points were compared" in found.warnings[0]
    node.delete_collection(name)


@pytest.mark.parametrize("rounds", range(3))
def test_no_false_alarm_under_writers(node, server, rounds):
    """One writer changes points and changes them back, one inserts and deletes: what is kept is in the snapshot."""
    name = make(node, server, {**plain(), "shard_number": 2}, points(500, SIZE), {"topic": "keyword"})
    extra = points(400, SIZE, first=10_000, seed=9)
    stop, failed = threading.Event(), []

    def toggle():
        numbers = random.Random(rounds)
        while not stop.is_set():
            number = numbers.randrange(1, 301)
            for topic in ("elsewhere", f"t{number % 7}"):
                body = {"payload": {"topic": topic}, "points": [number]}
                server.call("POST", f"/collections/{name}/points/payload?wait=true", body)

    def insert():
        for point in extra:
            if stop.is_set():
                return
            server.call("PUT", f"/collections/{name}/points?wait=true", {"points": [point]})
            if point["id"] % 2:
                gone = {"points": [301 + (point["id"] - 10_000) // 2]}
                server.call("POST", f"/collections/{name}/points/delete?wait=true", gone)

    def kept(work):
        try:
            work()
        except Exception as error:
            failed.append(error)

    writers = [threading.Thread(target=kept, args=(work,)) for work in (toggle, insert)]
    for writer in writers:
        writer.start()
    try:
        probe, snapshot = back_up(node, name)
    finally:
        stop.set()
        for writer in writers:
            writer.join(30)
    assert failed == []
    assert probe["counts"]["quiet"] is False
    assert probe["indexes"] == {}
    recover(node, server, name, snapshot, name + "-new")
    found = check(node, name + "-new", probe)
    assert found.failures == []
    assert found.points_compared == probe["stable"]
    node.delete_collection(name)
    node.delete_collection(name + "-new")


@pytest.mark.parametrize(
    ("mode", "by", "queries"),
    [
        ({"search_allow_exact": False}, {"search_allow_exact"}, 0),
        ({"max_query_limit": 7}, {"max_query_limit"}, 0),
        ({"max_query_limit": 20, "unindexed_filtering_retrieve": False}, set(), 4),
    ],
)
def test_strict_mode_is_noted_and_no_alarm(node, server, mode, by, queries):
    body = {**plain(), "strict_mode_config": {"enabled": True, **mode}}
    name = make(node, server, body, points(100, SIZE), {"topic": "keyword"})
    if not node.collection(name).strict_mode.get("enabled"):
        pytest.skip("this node has no strict mode")
    probe, snapshot = back_up(node, name)
    assert by <= {fact["by"] for fact in probe["refused"]}
    assert probe["sampled"] == probe["stable"] == 32
    assert len(probe["queries"]) == queries
    assert probe["counts"] == {"before": 100, "after": 100, "quiet": True}
    recover(node, server, name, snapshot, name + "-new")
    found = check(node, name + "-new", probe)
    assert (found.failures, found.warnings, found.counted_right) == ([], [], True)
    node.delete_collection(name)
    node.delete_collection(name + "-new")
