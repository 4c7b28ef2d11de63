# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups of many collections: several at once, few requests for each, and each failure still its own."""

from __future__ import annotations

import collections
import os
import re
import threading
import time

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup import take as take_room
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.client import Node
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.errors import QdrantError
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.errors import StoreError
from ansible_collections.vectorops.qdrant.tests.support.backup_runs import Setup, next_second
from ansible_collections.vectorops.qdrant.tests.support.marks import needs_own_server
from ansible_collections.vectorops.qdrant.tests.support.proxy import FaultProxy
from ansible_collections.vectorops.qdrant.tests.support.qdrant import start_qdrant

pytestmark = pytest.mark.integration
FIRST, SECOND, THIRD = "20261122T180000Z", "20261122T190000Z", "20261122T200000Z"
WHOLE_NODE = re.compile(r"GET /(aliases|collections|cluster|telemetry|metrics|)(\?\S*)?( |$)")


def names(count, stem="c"):
    return [f"{stem}{number:03}" for number in range(count)]


class Counted:
    """Runs whose requests to the node and to the store are counted."""

    def __init__(self, server, s3, directory):
        self.node_proxy = FaultProxy(int(server.url.rpartition(":")[2]))
        self.store_proxy = FaultProxy(s3.port)
        self.setup = Setup.in_s3(server, s3, directory, endpoint_url=self.store_proxy.url)

    def run(self, backup_id, **more):
        self.node_proxy.requests.clear()
        self.store_proxy.requests.clear()
        report = self.setup.run(backup_id, node=self.setup.node(self.node_proxy.url), **more)
        assert report["ok"], report["failed"]
        return report, list(self.node_proxy.requests), list(self.store_proxy.requests)

    def close(self):
        self.node_proxy.close()
        self.store_proxy.close()


@pytest.fixture
def counted(qdrant, s3_server, tmp_path):
    qdrant.wipe()
    made = Counted(qdrant, s3_server, tmp_path)
    yield made
    made.close()


def of_each(few, many, more):
    """Requests for each of the collections that the second run had more, by kind."""
    kinds = [collections.Counter(line.split(" ")[0] for line in lines) for lines in (few, many)]
    return {kind: (kinds[1][kind] - kinds[0][kind]) / more for kind in {*kinds[0], *kinds[1]}}


def test_how_many_requests_a_collection_costs(counted):
    """Measured once as 31 to the node; what is not needed for each is asked once."""
    few, many = names(4, "a"), names(12, "b")
    counted.setup.fill(*few, *many, count=20)
    counted.setup.settle(*few, *many)
    node_few, store_few = counted.run(FIRST, collections=tuple(few))[1:]
    node_many, store_many = counted.run(SECOND, collections=tuple(few + many))[1:]
    node = of_each(node_few, node_many, len(many))
    # facts 3, segments 2, create 2, description and shards again 2, probe 3 before and 1 after the snapshot
    assert sum(node.values()) <= 13.5, (node, node_many)
    store = of_each(store_few, store_many, len(many))
    # A PUT each: what the store confirms is not looked at again. Reading the last backup is a GET or two for all.
    assert store["PUT"] <= 1.5 and store["HEAD"] <= 0.3 and store["GET"] <= 0.3, store_many
    next_second()
    report, node_same, store_same = counted.run(THIRD, collections=tuple(few + many))
    assert report["sent_bytes"] == 0
    each = len(few + many)
    # While the repository is still opened, the first ones are looked at whole.
    assert len(node_same) <= 8 * each + 4 * 10 + 20, node_same
    # Of the copy that tries the store's conditions.
    assert len([line for line in store_same if line.startswith("HEAD")]) <= 2, store_same
    assert len([line for line in store_same if "list-type" in line]) <= 8, store_same
    for lines in (node_few, node_many, node_same):
        whole = collections.Counter(line.split(" ")[1] for line in lines if WHOLE_NODE.match(line))
        assert max(whole.values()) <= 6 and whole["/collections"] == 1, whole


def test_an_archive_that_the_store_confirmed_but_does_not_have_is_in_no_backup(qdrant, s3_server, tmp_path):
    qdrant.wipe()
    setup = Setup.in_s3(qdrant, s3_server, tmp_path)
    setup.fill(*names(6), count=10)
    store = setup.store()
    put_file = store.put_file

    def losing(key, path, **more):
        info = put_file(key, path, **more)
        if "/c002/" in key:
            store.delete([key])
        if "/c004/" in key:
            store.put(key, b"another length")
        return info

    store.put_file = losing
    report = setup.run(FIRST, store=store)
    told = {one["name"]: one["error"] for one in report["failed"]}
    assert sorted(told) == ["c002", "c004"]
    assert "is not in the store, although" in told["c002"] and "14 bytes" in told["c004"]
    assert setup.intact() == {FIRST: ["c000", "c001", "c003", "c005"]}


def test_what_was_noted_stays_with_what_has_not_changed(folder):
    wanted = names(8)
    folder.fill(*wanted, count=20)
    folder.settle(*wanted)
    folder.run(FIRST, parallel=1)
    next_second()
    folder.upsert("c007", count=5, first=100)
    folder.run(SECOND, parallel=1)
    next_second()
    folder.run(THIRD, parallel=1)
    made = folder.manifests()
    kept = [name for name in wanted if made[SECOND].collection(name).extra.get("probed_in")]
    assert set(wanted[1:7]) <= set(kept) and "c007" not in kept
    for name in wanted[1:7]:
        first, third = made[FIRST].collection(name), made[THIRD].collection(name)
        assert third.extra["probed_in"] == FIRST
        assert (third.probe, third.points) == (first.probe, first.points)
        assert third.archive.copied_from
        assert third.extra["fingerprint"] == first.extra["fingerprint"]
    assert folder.intact() == {FIRST: wanted, SECOND: wanted, THIRD: wanted}
    assert all(folder.snapshots(name) for name in wanted)


def test_another_kind_of_probe_is_noted_anew(folder):
    folder.fill("a", "b", count=20)
    folder.settle("a", "b")
    folder.run(FIRST, parallel=1)
    next_second()
    folder.run(SECOND, parallel=1, probe="full")
    entry = folder.manifests()[SECOND].collection("b")
    assert entry.probe["full"]["points"] == 20 and "probed_in" not in entry.extra


def test_three_hundred(folder):
    wanted = names(300)
    for name in wanted:
        folder.server.call("PUT", f"/collections/{name}", {"vectors": {"size": 4, "distance": "Dot"}})
    folder.upsert("c299", count=3, size=4)
    report = folder.run(FIRST)
    assert report["ok"], report["failed"]
    assert [one["name"] for one in report["collections"]] == wanted
    manifest = folder.manifests()[FIRST]
    assert [entry.name for entry in manifest.collections] == wanted
    assert manifest.collection("c299").points.after == 3


def test_several_fail_and_each_is_told_in_its_place(folder):
    wanted = names(12)
    folder.fill(*wanted, count=10)

    class Failing(Node):
        def create_snapshot(self, scope):
            if int(scope.name[1:]) % 3 == 1:
                time.sleep(0.1 * (12 - int(scope.name[1:])) / 12)
                raise QdrantError("create", "it", "no space left", kind="server_error", status=500)
            return super().create_snapshot(scope)

    report = folder.run(FIRST, node=Failing(folder.node().options))
    assert [one["name"] for one in report["failed"]] == [name for name in wanted if int(name[1:]) % 3 == 1]
    good = [name for name in wanted if int(name[1:]) % 3 != 1]
    assert [one["name"] for one in report["collections"]] == good
    assert folder.intact() == {FIRST: good}


def test_a_store_that_fails_ends_what_is_under_way(qdrant, s3_server, tmp_path):
    qdrant.wipe()
    wanted = names(16)
    with FaultProxy(s3_server.port) as proxy:
        setup = Setup.in_s3(qdrant, s3_server, tmp_path, endpoint_url=proxy.url, timeout=5)
        setup.fill(*wanted, count=10)
        steps = collections.Counter()

        def away(event):
            steps[event.step] += 1
            if event.step == "upload" and event.subject == "c005":
                proxy.answer(403)

        with pytest.raises(StoreError) as failed:
            setup.run(FIRST, progress=away)
        proxy.clear()
        assert not steps["commit"]
        assert "c005" in failed.value.details["not_stored"]
        assert steps["snapshot"] < len(wanted), "no more is begun"
        assert setup.manifests() == {}
        next_second()
        assert setup.run(FIRST)["ok"]
        assert setup.intact() == {FIRST: wanted}


def test_snapshots_that_are_being_made_are_counted_where_space_is_short(folder, monkeypatch):
    """There is room for one at a time, since the last one is gone by then."""
    wanted = names(6)
    folder.fill(*wanted, count=50)
    size = folder.run(FIRST)["collections"][0]["archive_bytes"]
    next_second()
    making, most, one = set(), [], threading.Lock()

    class Making(Node):
        def create_snapshot(self, scope):
            with one:
                making.add(scope.name)
                most.append(len(making))
            time.sleep(0.1)
            try:
                return super().create_snapshot(scope)
            finally:
                with one:
                    making.discard(scope.name)

    monkeypatch.setattr(take_room, "free_bytes", lambda dummy: int(1.5 * size))
    report = folder.run(SECOND, node=Making(folder.node().options), parallel=6)
    assert report["ok"], report["failed"]
    assert max(most[1:]) == 1, most
    monkeypatch.setattr(take_room, "free_bytes", lambda dummy: 1 << 40)
    most.clear()
    next_second()
    assert folder.run(THIRD, node=Making(folder.node().options), parallel=6)["ok"]
    assert max(most) > 1, "with room enough they are made side by side"


def test_a_limit_that_refuses_batches_costs_no_probe(tmp_path):
    with start_qdrant(str(tmp_path / "node"), force_double=True) as server:
        setup = Setup.in_folder(server, tmp_path)
        setup.fill(*names(4), count=40)
        server.faults([{"path_regex": "/points/query/batch$", "status": 429}])
        report = setup.run(FIRST)
        server.faults([])
        assert report["ok"], report["failed"]
        for entry in setup.manifests()[FIRST].collections:
            assert len(entry.probe["queries"]) == 4 and not entry.probe["refused"]


def test_a_node_that_limits_everything_still_gives_its_snapshots(tmp_path):
    with start_qdrant(str(tmp_path / "node"), force_double=True) as server:
        setup = Setup.in_folder(server, tmp_path)
        setup.fill(*names(6), count=40)
        server.faults([{"path_regex": "/points", "status": 429}])
        report = setup.run(FIRST)
        server.faults([])
        assert report["ok"], report["failed"]
        assert setup.intact() == {FIRST: names(6)}


@needs_own_server
def test_a_node_that_restarts_with_several_under_way(tmp_path):
    """Those whose snapshot was asked for may be lost, nobody else is, and nothing is taken twice."""
    wanted = names(16)
    with start_qdrant(str(tmp_path / "node")) as server:
        setup = Setup.in_folder(server, tmp_path)
        setup.fill(*wanted, count=10)
        starter = threading.Timer(1.0, server.start_again)

        def restart(event):
            if (event.step, event.subject) == ("probe", "c008") and starter.ident is None:
                server.kill()
                starter.start()

        report = setup.run(FIRST, progress=restart, parallel=4)
        starter.join()
        failed = [one["name"] for one in report["failed"]]
        assert len(failed) <= 8 and not {"c000", "c015"} & set(failed), report["failed"]
        assert setup.intact() == {FIRST: [name for name in wanted if name not in failed]}
        assert all(len(setup.snapshots(name)) <= 1 for name in wanted)
        next_second()
        assert setup.run(SECOND)["ok"]


def test_aliases_that_move_meanwhile(folder):
    folder.fill("old", "new", "other", count=10)

    def alias(*actions):
        folder.server.call("POST", "/collections/aliases", {"actions": list(actions)})

    alias({"create_alias": {"collection_name": "old", "alias_name": "live"}})
    moved = []

    def move(event):
        if event.step == "upload" and not moved:
            moved.append(event.subject)
            alias(
                {"delete_alias": {"alias_name": "live"}},
                {"create_alias": {"collection_name": "new", "alias_name": "live"}},
            )
            time.sleep(0.2)

    report = folder.run(FIRST, progress=move, parallel=1)
    assert report["ok"]
    assert folder.manifests()[FIRST].aliases == {"live": "new"}
    assert "Alias live pointed to old when the backup began and points to new now" in " ".join(report["warnings"])


def test_nothing_is_left_in_the_spool_of_several_downloads(folder, tmp_path):
    spool = tmp_path / "spool"
    folder.fill(*names(10), count=10)
    report = folder.run(FIRST, snapshots_dir=None, spool_dir=str(spool))
    assert report["ok"], report["failed"]
    assert folder.intact() == {FIRST: names(10)}
    assert [name for dummy, dummy, found in os.walk(spool) for name in found] == []
