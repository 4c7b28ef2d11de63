# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client against a node: every verb once, odd names, keys, refusals, and answers that are lost on the way."""

from __future__ import annotations

import hashlib
import os
import socket
import threading
import time
import urllib.parse

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import UsageError
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.client import (
    Node,
    NodeOptions,
    QdrantError,
    Scope,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.names import file_location, parse_snapshot_name
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.versions import parse
from ansible_collections.vectorops.qdrant.tests.support.marks import needs_own_server
from ansible_collections.vectorops.qdrant.tests.support.points import points
from ansible_collections.vectorops.qdrant.tests.support.qdrant import start_qdrant

pytestmark = pytest.mark.integration
KEY = "made-up-full-key-0123456789abcdef"
READ = "made-up-read-key-0123456789abcdef"
COUNT = 120
SHA = "0" * 64


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with start_qdrant(str(tmp_path_factory.mktemp("client")), api_key=KEY, read_only_api_key=READ) as running:
        yield running


@pytest.fixture(scope="module")
def node(server):
    with Node(NodeOptions(url=server.url, api_key=server.api_key)) as client:
        yield client


@pytest.fixture
def articles(server, node):
    fill(server, node, "articles")
    yield "articles"
    for snapshot in node.list_snapshots(Scope.collection("articles")):  # they outlive their collection
        node.delete_snapshot(Scope.collection("articles"), snapshot.name)
    node.delete_collection("articles")


def fill(server, node, name, shards=2):
    if name in node.collections():
        node.delete_collection(name)
    node.create_collection(name, {"vectors": {"size": 4, "distance": "Cosine"}, "shard_number": shards})
    path = f"/collections/{urllib.parse.quote(name, safe='')}/points?wait=true"
    server.call("PUT", path, {"points": points(COUNT, 4)})


def refused(kind, call, *arguments, **named):
    with pytest.raises(QdrantError) as caught:
        call(*arguments, **named)
    assert caught.value.kind == kind, caught.value
    assert KEY not in str(caught.value.as_dict()) and READ not in str(caught.value.as_dict())
    return caught.value


def test_the_node_itself(server, node):
    assert parse(node.version()) >= (1, 14, 0)
    assert node.ready()
    assert not node.cluster().enabled and node.cluster().peers == {}
    assert node.recoveries_running() == 0 and node.snapshots_running("nothing") == 0
    node.wait_recovered(None, 10, settle=0.2)


@pytest.mark.parametrize("name", ["articles", "with space ü%#+", "tmp", "a-shard-1", "x'y&z"])
def test_a_collections_round_trip(server, node, tmp_path, name):
    fill(server, node, name)
    copy, scope = name + " 2", Scope.collection(name)
    try:
        assert name in node.collections() and node.exists(name)
        snapshot = node.create_snapshot(scope)
        read = parse_snapshot_name(snapshot.name)
        assert read is not None and (read.kind, read.collection) == ("collection", name)
        assert snapshot in node.list_snapshots(scope)
        with node.download_snapshot(scope, snapshot.name) as download:
            data = download.read()
        assert len(data) == download.size == snapshot.size
        assert hashlib.sha256(data).hexdigest() == snapshot.checksum
        location = file_location(os.path.join(server.snapshots_dir, name, snapshot.name))
        node.recover(Scope.collection(copy), location, checksum=snapshot.checksum)
        assert node.count(copy) == COUNT
        node.delete_collection(copy)
        (tmp_path / "it.snapshot").write_bytes(data)
        path = str(tmp_path / "it.snapshot")
        node.upload(Scope.collection(copy), path, checksum=snapshot.checksum, filename="odd ü name.snapshot")
        assert node.count(copy) == COUNT
        kept = node.list_snapshots(Scope.collection(copy))
        assert "odd ü name.snapshot" in [one.name for one in kept]
        assert node.delete_snapshot(Scope.collection(copy), "odd ü name.snapshot")
        assert node.delete_snapshot(scope, snapshot.name) is True
        assert node.delete_snapshot(scope, snapshot.name) is False
    finally:
        node.delete_collection(name)
        node.delete_collection(copy)
    assert node.delete_collection(name) is False


def test_shards(server, node, articles, tmp_path):
    view = node.shards(articles)
    assert view.all_active and [shard.shard_id for shard in view.local] == [0, 1] and not view.remote
    scope = Scope.shard(articles, 0)
    snapshot = node.create_snapshot(scope)
    read = parse_snapshot_name(snapshot.name)
    assert read is not None and read[:3] == ("shard", articles, 0)
    node.recover(scope, snapshot.name, checksum=snapshot.checksum)
    with node.download_snapshot(scope, snapshot.name) as download:
        (tmp_path / "s.snapshot").write_bytes(download.read())
    node.upload(scope, str(tmp_path / "s.snapshot"), checksum=snapshot.checksum)
    assert node.count(articles) == COUNT
    assert node.delete_snapshot(scope, snapshot.name) is True
    assert node.delete_snapshot(scope, snapshot.name) is False
    refused("not_found", node.create_snapshot, Scope.shard(articles, 9))


def test_the_whole_node(node, articles):
    snapshot = node.create_snapshot(Scope.full())
    assert snapshot in node.list_snapshots(Scope.full())
    with node.download_snapshot(Scope.full(), snapshot.name) as download:
        assert sum(len(chunk) for chunk in download) == snapshot.size
    assert node.delete_snapshot(Scope.full(), snapshot.name) is True
    assert node.delete_snapshot(Scope.full(), snapshot.name) is False


def test_points(server, node, articles):
    filter_ = {"must": [{"key": "rank", "range": {"lte": 10}}]}
    assert (node.count(articles), node.count(articles, filter_)) == (COUNT, 10)
    got = node.retrieve(articles, [3, 5, 99999])
    assert sorted(point.id for point in got) == [3, 5]
    assert got[0].payload["rank"] == got[0].id and len(got[0].vector) == 4
    assert [point.id for point in node.scroll(articles, limit=50)] == list(range(1, COUNT + 1))
    sample = node.sample_ids(articles, 32)
    assert len(set(sample)) == 32
    best = node.query(articles, {"query": got[0].vector, "limit": 3, "params": {"exact": True}})
    assert best[0].id == got[0].id and best[0].score == pytest.approx(1.0, abs=1e-4)
    before = {point.id: point for point in node.points_with_versions(articles, [3, 5])}
    server.call("PUT", f"/collections/{articles}/points?wait=true", {"points": points(1, 4, first=3)})
    after = {point.id: point for point in node.points_with_versions(articles, [3, 5])}
    assert set(before) == set(after) == {3, 5} and len(after[5].vector) == 4
    assert after[3].version > before[3].version and after[5].version == before[5].version


def test_strict_mode_is_gone_around(node, articles):
    strict = {"enabled": True, "search_allow_exact": False, "max_query_limit": 7}
    node.update_collection(articles, {"strict_mode_config": strict})
    assert node.collection(articles).strict_mode["max_query_limit"] == 7
    assert node.count(articles) == COUNT
    assert len(node.sample_ids(articles, 32)) == 7
    assert len(node.points_with_versions(articles, list(range(1, 31)))) == 30


def test_schema_and_aliases(node, articles):
    node.create_index(articles, "topic", "keyword")
    about = node.collection(articles)
    assert about.payload_schema["topic"]["data_type"] == "keyword"
    assert (about.vectors[""]["size"], about.shard_number, about.sharding_method) == (4, 2, "auto")
    node.change_aliases([{"create_alias": {"collection_name": articles, "alias_name": "live"}}])
    assert node.aliases() == {"live": articles} and "live" not in node.collections()
    node.change_aliases([{"delete_alias": {"alias_name": "live"}}])
    assert node.aliases() == {}
    refused("conflict", node.create_collection, articles, {"vectors": {"size": 4, "distance": "Dot"}})


def test_a_node_that_runs_alone_has_no_shard_keys(node, articles):
    assert "is not in cluster mode" in refused("bad_request", node.create_shard_key, articles, "acme").next


def test_what_is_not_there(node):
    none = Scope.collection("none")
    for call in (
        lambda: node.collection("none"),
        lambda: node.shards("none"),
        lambda: node.count("none"),
        lambda: node.list_snapshots(none),
        lambda: node.create_snapshot(none),
        lambda: node.delete_snapshot(none, "x.snapshot"),
        lambda: node.download_snapshot(none, "x.snapshot"),
    ):
        refused("not_found", call)
    assert not node.exists("none") and node.delete_collection("none") is False


def test_recovers_that_are_refused(server, node, articles, tmp_path):
    snapshot = node.create_snapshot(Scope.collection(articles))
    path = os.path.join(server.snapshots_dir, articles, snapshot.name)
    new = Scope.collection("new")
    wrong = refused("bad_request", node.recover, new, file_location(path), checksum=SHA)
    assert wrong.answered and "changed nothing" in wrong.next
    refused("forbidden", node.recover, new, "file:///etc/passwd", checksum=None)
    signed = "http://127.0.0.1:9/bucket/key?X-Amz-Signature=feedface0123456789"
    assert "feedface" not in str(refused("server_error", node.recover, new, signed, checksum=SHA).as_dict())
    (tmp_path / "empty").write_bytes(b"")
    refused("server_error", node.upload, new, str(tmp_path / "empty"), checksum=None)
    refused("bad_request", node.upload, Scope.collection("a:b"), str(tmp_path / "empty"), checksum=None)
    with pytest.raises(UsageError):
        node.recover(Scope.full(), file_location(path), checksum=None)
    assert not node.exists("new")


@needs_own_server
def test_keys(server, articles, tmp_path):
    (tmp_path / "x").write_bytes(b"x")
    scope = Scope.collection(articles)
    for key, kind in ((None, "unauthorized"), ("made-up-wrong-key-0123", "unauthorized"), (READ, "forbidden")):
        other = Node(NodeOptions(url=server.url, api_key=key))
        assert other.version() and other.ready()
        for call in (
            lambda other=other: other.create_snapshot(scope),
            lambda other=other: other.recover(scope, "file:///x", checksum=None),
            lambda other=other: other.upload(scope, str(tmp_path / "x"), checksum=None),
            lambda other=other: other.delete_snapshot(scope, "x.snapshot"),
        ):
            assert "key" in refused(kind, call).next
        if key == READ:
            assert articles in other.collections() and other.list_snapshots(scope) == []
            assert other.recoveries_running() == 0
        else:
            assert other.recoveries_running() is None


class Cutting:
    """A door before the node that passes everything on, but cuts the client off after a request that begins so."""

    def __init__(self, target: str, mark: bytes) -> None:
        parts = urllib.parse.urlsplit(target)
        self._target, self._mark = (parts.hostname, parts.port), mark
        self.cut = 0
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _peer = self._door.accept()
            except OSError:
                return
            threading.Thread(target=self._pass, args=(client,), daemon=True).start()

    def _pass(self, client: socket.socket) -> None:
        with client, socket.create_connection(self._target) as node:
            answers = threading.Thread(target=self._copy, args=(node, client), daemon=True)
            answers.start()
            while data := client.recv(65536):
                node.sendall(data)
                if data.startswith(self._mark):
                    self.cut += 1
                    client.shutdown(socket.SHUT_RDWR)
                    time.sleep(1)  # the node still has its side of the connection, as behind a proxy that gave up
                    return

    @staticmethod
    def _copy(source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            pass

    def close(self) -> None:
        self._door.close()


@pytest.fixture
def cutting(server):
    doors = []

    def make(mark):
        doors.append(Cutting(server.url, mark))
        return doors[-1], Node(NodeOptions(url=doors[-1].url, api_key=server.api_key))

    yield make
    for door in doors:
        door.close()


@pytest.mark.parametrize("scope", [Scope.collection("articles"), Scope.shard("articles", 1), Scope.full()], ids=str)
def test_a_create_whose_answer_is_lost_is_found_and_made_once(node, articles, cutting, scope):
    before = {snapshot.name for snapshot in node.list_snapshots(scope)}
    door, through = cutting(b"POST ")
    found = through.create_snapshot(scope)
    time.sleep(1.2)  # a second one would have another second in its name
    after = {snapshot.name for snapshot in node.list_snapshots(scope)}
    assert after - before == {found.name} and door.cut == 1
    assert found.checksum and found in node.list_snapshots(scope)
    node.delete_snapshot(scope, found.name)


def test_a_recover_whose_answer_is_lost_is_an_error_and_can_be_waited_for(server, node, articles, cutting):
    snapshot = node.create_snapshot(Scope.collection(articles))
    location = file_location(os.path.join(server.snapshots_dir, articles, snapshot.name))
    door, through = cutting(b"PUT ")
    error = refused("no_answer", through.recover, Scope.collection("lost"), location, checksum=snapshot.checksum)
    assert not error.answered and door.cut == 1
    node.wait_recovered("lost", 30, settle=1)
    assert node.count("lost") == COUNT
    node.delete_collection("lost")
