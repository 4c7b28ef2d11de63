# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives that are used again without a new snapshot (``reuse_days``): only of what has certainly not changed."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup import facts as facts_room
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup import take as take_room
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import RefusedError, UsageError
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.host import Host
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.intent import RECOVER, Intent
from ansible_collections.vectorops.qdrant.plugins.module_utils._program.texts import lines_of
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.catalogue import Catalogue
from ansible_collections.vectorops.qdrant.tests.support.backup_runs import CLUSTER, NODE, Setup
from ansible_collections.vectorops.qdrant.tests.support.points import points

pytestmark = pytest.mark.integration
FIRST, SECOND, THIRD = "20261122T180000Z", "20261122T190000Z", "20261123T200000Z"
IN_A_WEEK = "20261129T180001Z"
ACTION = "/collections/same/points"
INDEX = {"field_name": "topic", "field_schema": "keyword"}


@pytest.fixture
def same(setup: Setup) -> Setup:
    """A node whose collection ``same`` was backed up, and has not changed since."""
    setup.fill("same", count=60)
    setup.server.call("PUT", "/collections/same/index?wait=true", INDEX)
    setup.settle("same")
    setup.run(FIRST)
    setup.settle()
    return setup


def reused(setup: Setup, backup_id: str = SECOND, **more) -> bool:
    """Whether a run took no snapshot of the collection, by the report, the manifest and the node."""
    before = setup.snapshots("same")
    report = setup.run(backup_id, **{"reuse_days": 7, "collections": ("same",), **more})
    assert report["ok"], report["failed"]
    (one,) = report["collections"]
    entry = setup.manifests()[backup_id].collection("same")
    assert one["taken_in"] == entry.extra.get("taken_in")
    if entry.extra.get("taken_in"):
        assert one["copied_from"] and one["sent_bytes"] == 0
        assert setup.snapshots("same") == before
        return True
    assert setup.snapshots("same") != before or not more.get("keep_local", 24)
    return False


def test_what_has_not_changed_is_used_again(same: Setup) -> None:
    first = same.manifests()[FIRST].collection("same")
    planned = same.run(SECOND, check=True, reuse_days=7)
    actions = [step["action"] for step in planned["plan"]["steps"]]
    assert actions == ["copy", "commit"], planned["plan"]
    assert reused(same) and reused(same, THIRD)
    for backup_id in (SECOND, THIRD):
        entry = same.manifests()[backup_id].collection("same")
        assert entry.extra["taken_in"] == entry.extra["probed_in"] == FIRST
        assert (entry.points, entry.probe, entry.config) == (first.points, first.probe, first.config)
        assert entry.archive.sha256 == first.archive.sha256 and backup_id in entry.archive.key
    assert same.intact() == {FIRST: ["same"], SECOND: ["same"], THIRD: ["same"]}
    lines = lines_of("run", same.run("20261123T210000Z", reuse_days=7), check=False)
    assert any(f"unchanged since {FIRST}" in line for line in lines), lines


def test_without_the_option_a_snapshot_is_taken(same: Setup) -> None:
    assert not reused(same, reuse_days=0)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        pytest.param("PUT", ACTION, {"points": points(1, 16, first=900)}, id="a new point"),
        pytest.param("PUT", ACTION, {"points": points(1, 16, first=5, seed=99)}, id="another vector"),
        pytest.param("PUT", ACTION, {"points": points(1, 16, first=5)}, id="the same point again"),
        pytest.param("POST", ACTION + "/payload", {"payload": {"new": 1}, "points": [7]}, id="a payload key"),
        pytest.param("PUT", ACTION + "/payload", {"payload": {"new": 1}, "points": [7]}, id="another payload"),
        pytest.param("POST", ACTION + "/payload/delete", {"keys": ["topic"], "points": [7]}, id="a key less"),
        pytest.param("POST", ACTION + "/payload/clear", {"points": [7]}, id="no payload"),
        pytest.param("POST", ACTION + "/delete", {"points": [7]}, id="a point less"),
        pytest.param("PUT", "/collections/same/index", {"field_name": "n", "field_schema": "integer"}, id="an index"),
        pytest.param("DELETE", "/collections/same/index/topic", None, id="an index less"),
        pytest.param("PATCH", "/collections/same", {"hnsw_config": {"ef_construct": 123}}, id="configuration"),
    ],
)
def test_every_change_needs_a_new_snapshot(same: Setup, method, path, body) -> None:
    wait = "?wait=true" if path != "/collections/same" else ""
    same.server.call(method, path + wait, body)
    assert not reused(same)
    assert same.intact() == {FIRST: ["same"], SECOND: ["same"]}


def test_as_many_points_as_before_but_others(same: Setup) -> None:
    same.server.call("POST", ACTION + "/delete?wait=true", {"points": [7]})
    same.upsert("same", count=1, first=900)
    assert not reused(same)


def test_a_snapshot_is_taken_at_least_every_so_many_days(same: Setup) -> None:
    assert reused(same) and not reused(same, IN_A_WEEK)
    assert same.manifests()[IN_A_WEEK].collection("same").extra.get("taken_in") is None


def test_a_node_that_keeps_snapshots_gets_its_own_back(same: Setup) -> None:
    for name in same.snapshots("same"):
        same.server.call("DELETE", f"/collections/same/snapshots/{name}")
    assert reused(same, keep_local=0)
    assert not reused(same, THIRD)
    assert len(same.snapshots("same")) == 1


def test_an_archive_that_is_gone_or_was_found_bad_is_not_used_again(same: Setup) -> None:
    same.store().delete([same.manifests()[FIRST].collection("same").archive.key])
    assert not reused(same)
    assert "missing in the store" in " ".join(same.manifests()[SECOND].collection("same").warnings)
    same.settle()
    found = {"grade": 0, "collections": [{"name": "same", "grade": 0, "ok": False, "detail": "its sha256 differs"}]}
    Catalogue(same.store(), CLUSTER).add_proof(NODE, SECOND, found)
    assert not reused(same, THIRD)
    assert same.manifests()[THIRD].collection("same").archive.copied_from is None


def test_a_collection_in_doubt_is_not_used_again(same: Setup) -> None:
    intent = Intent(same.server.url, "same", "replace", RECOVER, "2026-11-22T18:30:00Z", FIRST)
    Host(same.state_dir, same.server.url).open_intent(intent)
    assert not reused(same)
    assert same.manifests()[SECOND].collection("same").suspect


def test_some_are_used_again_and_some_are_not(setup: Setup) -> None:
    names = [f"c{number}" for number in range(6)]
    setup.fill(*names, count=20)
    setup.settle(*names)
    setup.run(FIRST)
    setup.settle()
    setup.upsert("c2", count=1, first=900)
    setup.fill("new", count=5)
    bad = {"grade": 0, "collections": [{"name": "c4", "grade": 0, "ok": False, "detail": "its sha256 differs"}]}
    Catalogue(setup.store(), CLUSTER).add_proof(NODE, FIRST, bad)
    report = setup.run(SECOND, reuse_days=1)
    assert report["ok"], report["failed"]
    assert [one["name"] for one in report["collections"]] == [*names, "new"]
    taken = {one["name"]: one["taken_in"] for one in report["collections"]}
    assert taken == {**dict.fromkeys(names, FIRST), "c2": None, "c4": None, "new": None}
    assert setup.intact()[SECOND] == [*names, "new"]


def test_it_needs_no_space_on_the_node(folder: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.fill("same", count=60)
    folder.settle("same")
    folder.run(FIRST)
    folder.settle()
    for room in (facts_room, take_room):
        monkeypatch.setattr(room, "free_bytes", lambda path: 10_000)
    with pytest.raises(RefusedError, match="snapshots need"):
        folder.run(SECOND)
    assert reused(folder)


def test_a_number_of_days_below_nothing_is_refused(folder: Setup) -> None:
    with pytest.raises(UsageError, match="reuse_days is -1"):
        folder.run(FIRST, reuse_days=-1)
