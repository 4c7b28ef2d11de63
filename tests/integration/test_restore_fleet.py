# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole cluster restored by one command: every point on every replica, whatever the shape of the collection."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import time

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import RefusedError, UsageError
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.host import Host
from ansible_collections.vectorops.qdrant.plugins.module_utils._fleet import absence
from ansible_collections.vectorops.qdrant.tests.support import points
from ansible_collections.vectorops.qdrant.tests.support.cluster_rig import ID, KEYS, NAME, ClusterRig
from ansible_collections.vectorops.qdrant.tests.support.clusters import start_cluster, until
from ansible_collections.vectorops.qdrant.tests.support.program import ROOT
from ansible_collections.vectorops.qdrant.tests.support.qdrant import quick_folder
from ansible_collections.vectorops.qdrant.tests.support.rig import prefix_of

pytestmark = [pytest.mark.integration, pytest.mark.cluster]
COUNT = 600


@pytest.fixture
def rig(cluster_rig: ClusterRig) -> ClusterRig:
    return cluster_rig


def nodes_of(rig: ClusterRig) -> dict[str, str]:
    return dict(zip(rig.nodes, rig.cluster.urls))


def backed_up(rig: ClusterRig, capture: str = "shard", **shape) -> list:
    """A collection of this shape, and its backup; its points."""
    rig.fill(**shape)
    rig.back_up(cluster_capture=capture)
    return rig.cluster.contents(0, NAME)


def drop(rig: ClusterRig) -> None:
    rig.cluster.call(0, "DELETE", f"/collections/{NAME}")
    until(lambda: not any(rig.cluster.names(number) for number in rig.cluster.living()), "it is gone everywhere")


def restore(rig: ClusterRig, **changes):
    return rig.run(0, "restore", **{"nodes": nodes_of(rig), "backup_id": ID, **changes})


def is_whole(rig: ClusterRig, before: list) -> None:
    """Every node answers with every point, and sees only Active replicas."""
    assert rig.cluster.settled(NAME)
    for number in rig.cluster.living():
        assert rig.cluster.count(number, NAME) == len(before)
        assert rig.cluster.contents(number, NAME) == before
    assert rig.cluster.call(0, "GET", f"/collections/{NAME}")["payload_schema"]["topic"]["points"] > 0


SHAPES = [
    {"replication_factor": 1},
    {"replication_factor": 2},
    {"replication_factor": 3},
    {"replication_factor": 2, "sharding_method": "custom"},
    {"replication_factor": 2, "sharding_method": "custom", "placed": ((0, 2), (0, 2), (0, 1))},
]
NAMED = ["one copy", "two copies", "three copies", "keys", "placed keys"]


@pytest.mark.parametrize("capture", ["shard", "collection"])
@pytest.mark.parametrize("shape", SHAPES, ids=NAMED)
def test_one_command_brings_everything_back(rig, shape, capture):
    before = backed_up(rig, capture, **shape)
    held = [rig.cluster.held(number, NAME) for number in rig.cluster.living()]
    drop(rig)
    report = restore(rig, restore_aliases=True)
    assert report["ok"], report["failed"]
    (item,) = report["collections"]
    assert (item["points"], item["grade"], item["proven"], item["whole"]) == (COUNT, 3, True, True)
    copies = min(shape["replication_factor"], len(rig.nodes))
    assert len(item["shards"]) == 3 * copies and {one["standing"] for one in item["shards"]} == {"whole"}
    is_whole(rig, before)
    until(lambda: all(rig.aliases(number) == ["live"] for number in rig.cluster.living()), "the alias")
    if "placed" in shape:
        assert [rig.cluster.held(number, NAME) for number in rig.cluster.living()] == held
    with pytest.raises(RefusedError, match="exists"):
        restore(rig)
    again = restore(rig, mode="missing")
    assert again["ok"] and not again["changed"] and again["left_alone"][0]["agrees"]


def test_each_shard_is_stored_once_and_restored_on_each_holder(rig):
    backed_up(rig, replication_factor=2)
    archives = list((rig.repository / "search" / "archives").rglob("*.snapshot"))
    assert len(archives) == 3
    drop(rig)
    plan = restore(rig, check=True)["plan"]
    assert [step["subject"] for step in plan["steps"] if step["action"] == "recover"] == [
        f"shard {number} of {NAME} on each of its 2 nodes" for number in range(3)
    ]
    assert plan["bytes"] == 2 * sum(path.stat().st_size for path in archives)


def test_a_collection_that_is_there_is_replaced_on_all_nodes(rig):
    before = backed_up(rig, replication_factor=2)
    rig.put(NAME, points.points(50, 8, first=9001))
    rig.put(NAME, [{"id": n, "vector": [1.0] * 8, "payload": {"topic": "changed"}} for n in range(1, 301)])
    files = [str(rig.folder / f"report.{kind}") for kind in ("html", "md", "xml", "json")]
    report = restore(rig, mode="replace", report=files)
    assert report["ok"], report["failed"]
    assert report["reports"] == files and NAME in (rig.folder / "report.md").read_text()
    is_whole(rig, before)
    assert len(report["collections"][0]["safety_snapshots"]) == 3


def test_a_lost_archive_is_refused_and_the_rest_can_be_had_by_name(rig):
    backed_up(rig, replication_factor=1)
    drop(rig)
    lost = sorted((rig.repository / "search" / "archives").rglob("*.snapshot"))[0]
    lost.unlink()
    with pytest.raises(RefusedError, match="is in no archive") as caught:
        restore(rig)
    assert "no other copy of its points" in str(caught.value)
    report = restore(rig, allow_incomplete=True, restore_aliases=True)
    assert report["ok"] and not report["collections"][0]["whole"]
    assert 0 < rig.cluster.count(0, NAME) < COUNT and rig.aliases(0) == []
    assert any("is empty: the backup has no archive of it" in text for text in report["warnings"])


def test_a_newest_backup_of_an_emptied_cluster_is_refused(rig):
    before = backed_up(rig, replication_factor=2)
    drop(rig)
    later = "20261122T230000Z"
    rig.back_up(later)
    with pytest.raises(RefusedError, match=f"was made after {NAME} was gone from the node") as caught:
        restore(rig, backup_id="latest")
    assert f"add --backup-id {ID}" in str(caught.value)
    assert restore(rig)["ok"]
    is_whole(rig, before)


def test_every_peer_must_be_named(rig):
    backed_up(rig, replication_factor=1)
    drop(rig)
    some = dict(list(nodes_of(rig).items())[:-1])
    with pytest.raises(RefusedError, match="no address of its REST API was given"):
        restore(rig, nodes=some)
    twice = {**nodes_of(rig), "other": rig.cluster.urls[0]}
    with pytest.raises(RefusedError, match="are the same node"):
        restore(rig, nodes=twice)
    with pytest.raises(UsageError, match="needs all nodes"):
        rig.run(0, "restore", backup_id=ID, mode="repair")


def test_a_node_that_was_killed_is_refused_although_the_cluster_calls_it_active(rig):
    backed_up(rig, replication_factor=2)
    drop(rig)
    last = len(rig.nodes) - 1
    rig.cluster.kill(last)
    with pytest.raises(RefusedError, match="does not answer"):
        restore(rig)
    rig.cluster.start_again(last)
    rig.cluster.await_peers(len(rig.nodes))
    assert restore(rig)["ok"]


def test_a_node_killed_during_the_restore(rig):
    before = backed_up(rig, replication_factor=2)
    drop(rig)
    last = len(rig.nodes) - 1
    killed = []

    def progress(event):
        if event.step == "recover" and event.done and not killed:
            killed.append(event)
            rig.cluster.kill(last)

    report = restore(rig, progress=progress, ready_timeout=5.0, silence_timeout=5.0)
    assert killed
    rig.cluster.start_again(last)
    rig.cluster.await_peers(len(rig.nodes))
    if not report["ok"]:  # it may have had all its shards by then
        (failed,) = report["failed"]
        assert "--node-url" in failed["next"]
        until(lambda: rig.cluster.names(last) == [NAME], "the node knows the collection")
        report = restore(rig)
    assert report["ok"], report["failed"]
    until(lambda: rig.cluster.settled(NAME), "all replicas active")
    is_whole(rig, before)


@pytest.mark.parametrize("at", [0, 1, 2, 4])
def test_a_conductor_killed_at_any_shard(rig, at):
    before = backed_up(rig, replication_factor=2)
    drop(rig)

    def progress(event):
        if event.step == "recover" and event.total and (event.done or 0) >= at and event.done is not None:
            raise KeyboardInterrupt

    def early(event):
        if event.step == "create":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restore(rig, progress=progress if at else early)
    time.sleep(0.5)
    report = restore(rig)
    assert report["ok"], report["failed"]
    is_whole(rig, before)


@pytest.mark.parametrize("count", [1, 2])
def test_a_cluster_of_another_size(rig, count):
    before = backed_up(rig, replication_factor=2)
    with quick_folder() as folder, start_cluster(folder, count) as other:
        nodes = {f"other-{number}": url for number, url in enumerate(other.urls)}
        report = restore(rig, nodes=nodes)
        assert report["ok"], report["failed"]
        assert other.settled(NAME) and all(other.contents(number, NAME) == before for number in range(count))
        said = [text for text in report["warnings"] if "replication_factor 2" in text]
        assert bool(said) == (count == 1)


@pytest.mark.parametrize("shape", [SHAPES[1], SHAPES[3]], ids=["shards", "keys"])
def test_one_node_without_cluster_mode(rig, qdrant, shape):
    before = backed_up(rig, **shape)
    qdrant.wipe()
    if "sharding_method" in shape:
        with pytest.raises(RefusedError, match="Distributed mode disabled"):
            restore(rig, nodes={"single": qdrant.url})
        return
    report = restore(rig, nodes={"single": qdrant.url})
    assert report["ok"], report["failed"]
    body = {"limit": 10000, "with_payload": True, "with_vector": True}
    found = qdrant.call("POST", f"/collections/{NAME}/points/scroll", body)["result"]["points"]
    assert sorted(found, key=lambda point: int(point["id"])) == before


def test_a_node_that_is_lost_for_good(tmp_path):
    """At one replica, its shards come from the backup; at two, Qdrant copies them."""
    with quick_folder() as folder, start_cluster(folder, 3) as cluster:
        rig = ClusterRig(cluster, tmp_path)
        before = backed_up(rig, replication_factor=1)
        lost = next(number for number in (2, 1) if cluster.held(number, NAME))
        peer = cluster.peer_id(lost)
        cluster.kill(lost)
        living = {name: url for name, url in nodes_of(rig).items() if name != rig.nodes[lost]}
        with pytest.raises(RefusedError, match="no address of its REST API was given") as caught:
            restore(rig, nodes=living, mode="repair")
        assert f"curl -X DELETE -G -d force=true {cluster.urls[0]}/cluster/peer/{peer}" in str(caught.value)
        cluster.call(0, "DELETE", f"/cluster/peer/{peer}?force=true")
        until(lambda: all(len(cluster.call(n, "GET", "/cluster")["peers"]) == 2 for n in cluster.living()), "two peers")
        plan = restore(rig, nodes=living, mode="repair", check=True)["plan"]
        recovers = [step["subject"] for step in plan["steps"] if step["action"] == "recover"]
        assert recovers and len(recovers) < 3
        report = restore(rig, nodes=living, mode="repair")
        assert report["ok"], report["failed"]
        until(lambda: cluster.settled(NAME), "all replicas active")
        assert [cluster.contents(number, NAME) for number in cluster.living()] == [before] * 2
        again = restore(rig, nodes=living, mode="repair")
        assert again["ok"] and not again["changed"]


def broken(rig: ClusterRig, number: int, shard: int) -> None:
    """A shard as a kill in the middle of its replacement leaves it."""
    if not rig.cluster.is_double:
        pytest.skip("a kill at the right moment is needed for it; see tests/faults")
    rig.cluster.nodes[number].call("POST", "/__double__/dirty", {"collection": NAME, "shard": shard})


@pytest.mark.parametrize("copies", [1, 2])
def test_dirty_shards_are_repaired_while_the_others_serve(rig, copies):
    before = backed_up(rig, replication_factor=copies)
    shard = 1
    holders = [number for number in rig.cluster.living() if shard in rig.cluster.held(number, NAME)]
    for number in holders:
        broken(rig, number, shard)
    others = [one for one in range(3) if one != shard]
    plan = restore(rig, mode="repair", check=True)["plan"]
    names = ", ".join(rig.nodes[number] for number in holders)
    recovers = [step["subject"] for step in plan["steps"] if step["action"] == "recover"]
    assert recovers == [f"shard {shard} of {NAME} on {names}"]
    report = restore(rig, mode="repair")
    assert report["ok"], report["failed"]
    touched = {one["shard"] for one in report["collections"][0]["shards"]}
    assert touched == {shard} and not touched & set(others)
    is_whole(rig, before)


def test_one_dirty_replica_is_left_to_qdrant(rig):
    backed_up(rig, replication_factor=2)
    shard = 1
    holder = next(number for number in rig.cluster.living() if shard in rig.cluster.held(number, NAME))
    broken(rig, holder, shard)
    plan = restore(rig, mode="repair", check=True)["plan"]
    (step,) = plan["steps"]
    assert step["action"] == "leave to Qdrant" and f"shard {shard} of {NAME} on {rig.nodes[holder]}" in step["subject"]
    assert "drop_replica" in step["subject"] and "replicate_shard" in step["subject"]


def test_each_node_fetches_its_archives_itself(rig, s3_server, request):
    """By presigned URLs: nothing goes through the conductor."""
    store = {
        "path": None,
        "bucket": s3_server.bucket,
        "prefix": prefix_of(request),
        "endpoint_url": s3_server.url,
        "region": s3_server.region,
        "access_key": s3_server.access_key,
        "secret_key": s3_server.secret_key,
    }
    rig.fill(replication_factor=2)
    rig.back_up(cluster_capture="shard", **store)
    before = rig.cluster.contents(0, NAME)
    drop(rig)
    report = restore(rig, delivery="url", **store)
    assert report["ok"], report["failed"]
    (item,) = report["collections"]
    assert item["delivery"] == "url" and len(item["shards"]) == 6 and item["grade"] == 3
    is_whole(rig, before)


def test_the_program_takes_the_nodes_one_by_one(rig, tmp_path):
    before = backed_up(rig, replication_factor=2)
    drop(rig)
    known = {"path": str(rig.repository), "cluster": "search", "state_dir": str(tmp_path / "state")}
    config = tmp_path / "config.yml"
    config.write_text(json.dumps(known))
    words = [word for name, url in nodes_of(rig).items() for word in ("--node-url", f"{name}={url}")]
    command = [sys.executable, "-m", "plugins.module_utils._program", "restore", "-c", str(config), *words]
    plan = subprocess.run([*command, "--check"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert plan.returncode == 0 and f"recover shard 0 of {NAME} on each of its 2 nodes" in plan.stdout, plan.stderr
    done = subprocess.run([*command, "--backup-id", ID], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and f"{NAME} is what was backed up" in done.stdout, done.stdout + done.stderr
    is_whole(rig, before)
    twice = subprocess.run([*command, *words[:2]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert twice.returncode == 2 and "expected NAME=URL, each name once" in twice.stderr, twice.stderr


def test_a_damaged_archive_is_named_with_what_to_do(rig):
    """Another backup replaces what the restore has begun."""
    before = backed_up(rig, replication_factor=1)
    rig.back_up("20261122T200000Z", cluster_capture="shard")
    drop(rig)
    path = sorted((rig.repository / "search" / "archives").rglob(f"{ID}/*/*.snapshot"))[0]
    path.chmod(0o644)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 255
    path.write_bytes(data)
    report = restore(rig, ready_timeout=5.0)
    (failed,) = report["failed"]
    assert "The archive in the store is damaged" in failed["next"]
    command = f"qdrant-backup restore {NAME} --backup-id ANOTHER_ID --mode replace --node-url {rig.nodes[0]}="
    assert command in failed["next"] and "; or put the right archive back" in failed["next"]
    report = restore(rig, backup_id="20261122T200000Z", mode="replace")
    assert report["ok"], report["failed"]
    is_whole(rig, before)


def test_grade_3_of_shards_is_one_warning_a_collection(rig):
    pytest.importorskip("qdrant_edge")
    backed_up(rig, replication_factor=1)
    report = rig.run(0, "verify", backup_id=ID, grade=3, node=None)
    assert report["ok"] and len(report["backups"]) == len(rig.nodes)
    (warning,) = report["warnings"]
    assert all(f"{NAME}/{shard}" in warning for shard in range(3)) and "grade 2, not 3" in warning


def test_keys_that_were_created_again_are_replaced_by_name(rig):
    before = backed_up(rig, replication_factor=2, sharding_method="custom")
    rig.cluster.call(0, "POST", f"/collections/{NAME}/shards/delete", {"shard_key": KEYS[0]})
    rig.cluster.call(0, "PUT", f"/collections/{NAME}/shards", {"shard_key": KEYS[0]})
    rig.cluster.await_settled(NAME)
    assert rig.cluster.count(0, NAME) < COUNT
    report = restore(rig, mode="replace")
    assert report["ok"], report["failed"]
    assert max(one["shard"] for one in report["collections"][0]["shards"]) == 4, "the key has another shard now"
    is_whole(rig, before)
    for key in KEYS:
        assert rig.cluster.count(0, NAME, shard_key=key) == COUNT // len(KEYS)


def interrupted(rig, **changes):
    """A restore that ends at its first shard."""

    def progress(event):
        if event.step == "recover" and event.done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restore(rig, progress=progress, **changes)
    time.sleep(0.5)


def test_a_repair_after_an_interrupted_restore_sets_its_alias(rig):
    before = backed_up(rig, replication_factor=1)
    drop(rig)
    interrupted(rig, alias="search")
    report = restore(rig, mode="repair")
    assert report["ok"], report["failed"]
    is_whole(rig, before)
    until(lambda: all(rig.aliases(number) == ["search"] for number in rig.cluster.living()), "the alias")
    assert not Host(str(rig.folder / "state-0"), rig.cluster.urls[0]).intents()


@pytest.mark.parametrize("stage", ["recover", "wait until ready"])
def test_a_node_that_ends_is_not_waited_for_long(rig, stage, monkeypatch):
    monkeypatch.setattr(absence, "RESTART", 2.0)
    before = backed_up(rig, replication_factor=2)
    drop(rig)
    last = len(rig.nodes) - 1
    killed = []

    def progress(event):
        if not killed and event.step == "recover" and (stage == "recover" or event.done == event.total):
            if event.done is None and stage == "recover":
                return
            killed.append(time.monotonic())
            rig.cluster.kill(last)

    report = restore(rig, progress=progress)
    assert time.monotonic() - killed[0] < 60, "the limits of silence and of readiness are 120 and 600 s"
    (failed,) = report["failed"]
    url = rig.cluster.urls[last]
    assert f"Start node {rig.nodes[last]}, and wait until GET {url}/readyz answers 200." in failed["next"], failed
    assert f"qdrant-backup restore --backup-id {ID} --node-url" in failed["next"]
    rig.cluster.start_again(last)
    rig.cluster.await_peers(len(rig.nodes))
    until(lambda: rig.cluster.names(last) == [NAME], "the node knows the collection")
    again = restore(rig)
    assert again["ok"], again["failed"]
    until(lambda: rig.cluster.settled(NAME), "all replicas active")
    is_whole(rig, before)


def test_the_command_of_an_interrupted_restore_goes_on(rig, tmp_path):
    """As it stands: the repository, the folders and the delivery were on the command line, in no configuration."""
    before = backed_up(rig, replication_factor=2)
    drop(rig)
    interrupted(rig, delivery="upload")
    (note,) = Host(str(rig.folder / "state-0"), rig.cluster.urls[0]).intents()
    words = shlex.split(note.again())
    assert words[:2] == ["qdrant-backup", "restore"] and words[words.index("--delivery") + 1] == "upload"
    program = [sys.executable, "-m", "plugins.module_utils._program", *words[1:]]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and f"{NAME} is what was backed up" in done.stdout, done.stdout + done.stderr
    is_whole(rig, before)
    assert not Host(str(rig.folder / "state-0"), rig.cluster.urls[0]).intents()


def test_a_replacement_waits_for_a_shard_that_is_being_moved(rig):
    """The node that held it when the plan was made does not hold it any more afterwards."""
    before = backed_up(rig, replication_factor=1)
    held = {number: rig.cluster.held(number, NAME) for number in rig.cluster.living()}
    giver, shard = next((number, shards[0]) for number, shards in held.items() if shards)
    taker = next(number for number in held if number != giver)
    source, target = rig.cluster.peer_id(giver), rig.cluster.peer_id(taker)
    if rig.cluster.is_double:  # a real node takes its time for it
        rig.cluster.nodes[taker].faults([{"at": "transfer:begin", "delay_s": 4}])
    move = {"move_shard": {"shard_id": shard, "from_peer_id": source, "to_peer_id": target}}
    rig.cluster.call(0, "POST", f"/collections/{NAME}/cluster", move)
    # The queue of a real node may hold what the move wrote, right after it.
    report = restore(rig, mode="replace", accept_write_loss=not rig.cluster.is_double)
    assert report["ok"], report["failed"]
    if rig.cluster.is_double:
        assert any(f"Shards of {NAME} are being moved" in text for text in report["warnings"])
    until(lambda: rig.cluster.settled(NAME), "the move has ended")
    assert shard not in rig.cluster.held(giver, NAME) and shard in rig.cluster.held(taker, NAME)
    (item,) = report["collections"]
    assert [one["node"] for one in item["shards"] if one["shard"] == shard] == [rig.nodes[taker]]
    is_whole(rig, before)
