# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Points out of a backup without the embedded engine: the node opens it as a throw-away collection."""

from __future__ import annotations

import importlib.metadata
import json

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.drill_notes import DrillNote, DrillNotes
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import (
    EngineError,
    LockedError,
    RefusedError,
    UsageError,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.host import Host
from ansible_collections.vectorops.qdrant.plugins.module_utils._points.plan import COMPARE_AGAIN, PUT_BACK
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.throwaway import LOCK
from ansible_collections.vectorops.qdrant.tests.support.accidents import (
    ID,
    T3,
    by_id,
    delete,
    set_payload,
    with_backup,
)
from ansible_collections.vectorops.qdrant.tests.support.kinds import ALL_KINDS, all_kinds

COPY = f"articles__drill_{ID}"


@pytest.fixture
def points(rig, tmp_path):
    """Runs a verb; no throw-away collection, and no note of one, may be left."""
    storage = tmp_path / "storage"
    storage.mkdir()

    def run(verb, **options):
        asked = {"collections": ["articles"], "storage_dir": str(storage), **options}
        asked.setdefault("open_with", "node")
        try:
            return rig.run(verb, **asked)
        finally:
            assert left(rig) == []

    return run


def left(rig):
    collections = [one["name"] for one in rig.node.call("GET", "/collections")["result"]["collections"]]
    notes = DrillNotes(str(rig.directory / "state"), rig.node.url).all()
    return [name for name in collections if "__drill_" in name] + [note.collection for note in notes]


@pytest.fixture
def backed_up(rig):
    return with_backup(rig)


def test_the_accident_is_undone_and_everything_else_is_kept(backed_up, points):
    before = by_id(backed_up)
    delete(backed_up, filter=T3)
    set_payload(backed_up, [1, 2], title="new")
    backed_up.fill("articles", 5, first=1000)
    kept = by_id(backed_up)
    lost = sorted(set(before) - set(kept))

    report = points("diff")
    assert report["opened_with"] == "node" and not report["changed"]
    assert (report["points"]["missing"], report["samples"]["missing"]) == (57, lost[:10])
    assert (report["points"]["changed"], report["points"]["changed_payload"], report["points"]["new"]) == (2, 2, 5)
    assert by_id(backed_up) == kept

    report = points("restore", points="missing")
    assert report["ok"] and report["changed"] and report["put_back"] == 57, report
    assert report["opened_with"] == "node" and report["after"]["missing"] == 0
    assert by_id(backed_up) == {**before, **kept}
    again = points("restore", points="missing")
    assert again["ok"] and not again["changed"]


def test_filter_and_ids_choose_and_changed_points_are_overwritten_if_allowed(backed_up, points):
    before = by_id(backed_up)
    delete(backed_up, points=list(range(1, 101)))
    set_payload(backed_up, [105, 106, 107], topic="wrong")
    assert points("restore", points="missing", filter=json.dumps(T3), ids=["3", "10", "11"])["put_back"] == 2
    with pytest.raises(RefusedError, match=r"3 points of articles would be overwritten.*changed --accept-write-loss"):
        points("restore", points="changed")
    report = points("restore", points="changed", accept_write_loss=True, ids=["105", "106"])
    assert report["ok"] and report["put_back"] == 2, report
    now = by_id(backed_up)
    assert now[105] == before[105] and now[107]["payload"]["topic"] == "wrong" and {3, 10} <= set(now) and 11 not in now


def test_every_kind_of_vector_payload_and_id_comes_back(rig, points):
    rig.node.call("PUT", "/collections/articles", ALL_KINDS)
    made = all_kinds(120)
    rig.node.call("PUT", "/collections/articles/points?wait=true", {"points": made})
    rig.run("back_up", backup_id=ID)
    before = by_id(rig)
    assert points("diff")["identical"]
    delete(rig, points=[point["id"] for point in made[::2]])
    report = points("restore", points="missing")
    assert report["ok"] and report["put_back"] == len(made[::2]) and not report["skipped"], report
    assert set(by_id(rig)) == set(before)
    assert points("diff")["identical"]


def test_the_engine_is_taken_where_it_is_and_the_node_elsewhere(backed_up, points, monkeypatch):
    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", missing)
    delete(backed_up, points=[1, 2])
    assert points("diff", open_with="auto")["opened_with"] == "node"
    assert points("restore", open_with="auto", points="missing")["put_back"] == 2


def test_refused_before_a_collection_is_made(backed_up, points):
    for verb, options in (("diff", {}), ("restore", {"points": "missing"})):
        with pytest.raises(RefusedError, match=r"in check mode.*pip install qdrant-edge-py"):
            points(verb, check=True, **options)
    with pytest.raises(RefusedError, match=r"free space of .* is unknown"):
        points("diff", storage_dir=None)
    with pytest.raises(RefusedError, match="must stay free"):
        points("diff", min_free="900T")
    with pytest.raises(UsageError, match="open_with is 'server'"):
        points("diff", open_with="server")
    with Host(str(backed_up.directory / "state"), backed_up.node.url).lock("a drill", LOCK), pytest.raises(LockedError):
        points("diff")
    backed_up.damage(next(key for key in backed_up.keys("/archives/") if "/articles/" in key))
    with pytest.raises(EngineError, match=rf"articles as {COPY}.*verify --backup-id {ID}"):
        points("diff")
    assert backed_up.count() == 400


def test_a_failure_in_the_middle_leaves_no_copy(backed_up, points):
    class Stop(Exception):
        pass

    def stop(event):
        if event.step in (PUT_BACK, COMPARE_AGAIN):
            raise Stop

    delete(backed_up, points=[1, 2])
    with pytest.raises(Stop):
        points("restore", points="missing", progress=stop)
    assert points("restore", points="missing")["put_back"] == 2


def test_the_next_backup_deletes_what_a_killed_run_left(backed_up, points):
    """As after a kill: the collection and its note are there, and no process is."""
    backed_up.run("restore", collections=["articles"], backup_id=ID, name=COPY)
    notes = DrillNotes(str(backed_up.directory / "state"), backed_up.node.url)
    notes.write(DrillNote(COPY, ID, "articles", "2026-01-01T00:00:00Z"))
    assert left(backed_up) == [COPY, COPY]
    assert points("diff")["identical"]
