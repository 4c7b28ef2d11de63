# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Single snapshots: rotation, idempotence, orphans, and the second that two kinds must not share."""

from __future__ import annotations

import os

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import (
    EngineError,
    LockedError,
    RefusedError,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.host import Host
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.intent import Intent


def test_create_keep_and_delete(rig):
    rig.fill()
    made = [rig.run("snapshot", collection="articles")["snapshot"]["name"] for dummy in range(3)]
    assert len(set(made)) == 3
    report = rig.run("snapshot", collection="articles", keep=2)
    assert sorted(report["deleted"]) == sorted(made[:2]) and len(report["snapshots"]) == 2
    gone = report["snapshots"][-1]
    assert rig.run("snapshot", collection="articles", state="absent", snapshot=gone)["changed"]
    assert not rig.run("snapshot", collection="articles", state="absent", snapshot=gone)["changed"]
    listed = rig.run("snapshot_info", collection="articles")["snapshots"]
    assert [s["name"] for s in listed] == [report["snapshot"]["name"]] and listed[0]["size"] > 0


def test_max_age_makes_it_idempotent(rig):
    rig.fill()
    first = rig.run("snapshot", collection="articles", max_age="1h")
    second = rig.run("snapshot", collection="articles", max_age="1h")
    assert first["changed"] and not second["changed"] and second["snapshot"]["name"] == first["snapshot"]["name"]


def test_check_mode(rig):
    rig.fill()
    rig.run("snapshot", collection="articles")
    planned = rig.run("snapshot", check=True, collection="articles", keep=1)
    assert planned["changed"] and len(planned["deleted"]) == 1 and planned["diff"]["before"] != planned["diff"]["after"]
    assert len(rig.run("snapshot_info", collection="articles")["snapshots"]) == 1


def test_a_full_snapshot_leaves_no_orphans_and_takes_nobodys_file(rig):
    rig.fill()
    alone = rig.run("snapshot", collection="articles")["snapshot"]["name"]
    full = rig.run("snapshot", kind="full", snapshots_dir=rig.node.snapshots_dir)
    assert full["snapshot"]["name"].startswith("full-snapshot-")
    assert [os.path.basename(path).startswith("articles-") for path in full["orphans_removed"]] == [True]
    files = os.listdir(os.path.join(rig.node.snapshots_dir, "articles"))
    assert sorted(files) == sorted([alone, alone + ".checksum"])
    assert [s["name"] for s in rig.run("snapshot_info", kind="full")["snapshots"]] == [full["snapshot"]["name"]]


def test_a_shard_snapshot(rig):
    rig.fill(config={"shard_number": 2})
    made = rig.run("snapshot", kind="shard", collection="articles", shard_id=1)
    assert "-shard-1-" in made["snapshot"]["name"]
    assert rig.run("snapshot_info", kind="shard", collection="articles", shard_id=0)["snapshots"] == []


def test_bad_input(rig):
    rig.fill()
    actions = [{"create_alias": {"collection_name": "articles", "alias_name": "live"}}]
    rig.node.call("POST", "/collections/aliases", {"actions": actions})
    with pytest.raises(RefusedError, match="alias of collection articles"):
        rig.run("snapshot", collection="live")
    with pytest.raises(EngineError, match="none"):
        rig.run("snapshot", collection="none")
    with pytest.raises(RefusedError, match="keep"):
        rig.run("snapshot", collection="articles", keep=0)
    for missing in ({}, {"kind": "shard", "collection": "articles"}, {"state": "absent", "collection": "articles"}):
        with pytest.raises(EngineError, match="needs"):
            rig.run("snapshot", **missing)
    with pytest.raises(EngineError, match="duration"):
        rig.run("snapshot", collection="articles", max_age="soon")


def test_nothing_is_taken_or_deleted_while_another_run_is_at_work(rig):
    rig.fill()
    made = rig.run("snapshot", collection="articles")["snapshot"]["name"]
    with Host(str(rig.directory / "state"), rig.node.url).lock("back up"):
        for change in ({"keep": 1}, {"state": "absent", "snapshot": made}):
            with pytest.raises(LockedError, match=r"back up .* is at work on this node"):
                rig.run("snapshot", collection="articles", **change)
        assert rig.run("snapshot", check=True, collection="articles")["changed"]
        assert not rig.run("snapshot", collection="articles", max_age="1h")["changed"]
    assert [s["name"] for s in rig.run("snapshot_info", collection="articles")["snapshots"]] == [made]


def test_what_an_open_restore_counts_on_stays(rig):
    rig.fill()
    made = rig.run("snapshot", collection="articles")["snapshot"]["name"]
    intent = Intent(rig.node.url, "articles", "replace", "recover", "2026-11-22T17:00:00Z", safety_snapshot=made)
    Host(str(rig.directory / "state"), rig.node.url).open_intent(intent)
    report = rig.run("snapshot", collection="articles", keep=1)
    assert report["deleted"] == [] and made in report["snapshots"]
    assert any(f"{made} is not deleted" in text for text in report["warnings"])
    with pytest.raises(RefusedError, match="did not end"):
        rig.run("snapshot", collection="articles", state="absent", snapshot=made)
