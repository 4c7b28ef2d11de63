# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports of hosts to one verdict on the fleet."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.filter.fleet_report import fleet_report
from ansible_collections.vectorops.qdrant.plugins.module_utils._status import fleet

GOOD = {"backup_id": "20261122T190000Z", "age": 300, "grade": 1, "collections": 2, "points": 70}
TOO_OLD = {"code": "too_old", "message": "The last good backup is 3 d old.", "next": "Back up: qdrant-backup run"}


def answered(host, node=None, **more):
    report = {"cluster": "search", "node": node or host, "repository": "s3://backups/fleet", "problems": []}
    return {"host": host, "state": "ok", "report": {**report, "last_good": GOOD, "proven_at": None, **more}}


def verified(host, **more):
    archive = {"name": "articles", "ok": True}
    backup = {"backup_id": "20261122T190000Z", "collections": [archive], "bytes": 2048, "grade": 1, **more}
    return {"host": host, "state": "ok", "report": {"backups": [backup], "failures": [], "plan": {}}}


def test_a_fleet_in_which_all_is_good():
    judged = fleet.status([answered("node-a"), answered("node-b")])
    assert judged.attention == () and judged.summary == "The status of the fleet: all 2 hosts are good"
    assert judged.table[0] == ("node-a", "search/node-a", GOOD["backup_id"], "5 min", 1, 2, 70, None, "good")


def test_each_host_that_needs_attention_is_named_with_what_to_do():
    rows = [
        answered("node-a"),
        answered("node-b", last_good=None, problems=[TOO_OLD]),
        {"host": "node-c", "state": "unreachable", "said": "Connection refused"},
        {"host": "node-d", "state": "not tried"},
    ]
    report = fleet_report(rows, "status")
    assert not report["ok"] and "3 of 4 hosts need attention" in report["summary"]
    assert report["attention"] == [
        "node-b: The last good backup is 3 d old. Back up: qdrant-backup run",
        "node-c: unreachable, Connection refused",
        "node-d: not tried",
    ]
    assert [line.split()[0] for line in report["table"]] == ["HOST", "node-a", "node-b", "node-c", "node-d"]
    assert report["hosts"] == rows


def test_two_hosts_under_one_name_in_one_repository_are_told():
    rows = [answered("east-1", "node-a"), answered("west-1", "node-a"), answered("west-2")]
    judged = fleet.status(rows)
    assert [text.partition(":")[0] for text in judged.attention] == ["east-1", "west-1"]
    assert "qdrant_backup_node" in judged.attention[0] and "as west-1 does" in judged.attention[0]


@pytest.mark.parametrize("where", ["/srv/backups", None])
def test_a_folder_is_of_each_host_alone(where):
    rows = [answered(host, "node-a", repository=where) for host in ("east-1", "west-1")]
    assert fleet.status(rows).attention == ()


def test_verification_counts_archives_and_bytes():
    judged = fleet.verification([verified("node-a")])
    assert judged.attention == () and judged.table == (("node-a", 1, GOOD["backup_id"], 1, "2.0 KiB", 1, "good"),)


@pytest.mark.parametrize("name", ["failures", "failed", "unreadable"])
def test_damaged_archives_are_told_from_each_door(name):
    row = {"host": "node-a", "state": "ok", "report": {"backups": [], name: [{"message": "It is damaged."}]}}
    judged = fleet.verification([row])
    assert judged.attention == ("node-a: It is damaged.",) and judged.table[0][-1] == "NOT GOOD"


def test_a_listing_tells_what_is_not_complete_and_what_has_no_backup():
    lost = verified(
        "node-a", complete=False, completeness={"state": "incomplete", "text": "incomplete 1/1: lost: articles"}
    )
    none = {"host": "node-b", "state": "ok", "report": {"backups": [], "unreadable": []}}
    assert fleet.verification([lost, none]).attention == (
        "node-a: backup 20261122T190000Z is incomplete 1/1: lost: articles",
        "node-b: the repository has no backup of this host. Make one: qdrant-backup run",
    )


def test_a_listing_without_the_collections_that_were_asked_for_is_not_good():
    row = {**verified("node-a"), "asked": ["art*", "nope"]}
    row["report"]["backups"][0]["collections"][0]["name"] = "articles"
    judged = fleet.verification([row])
    assert judged.attention == ("node-a: no selected backup contains nope. Check qdrant_fleet_collections.",)
    assert judged.table[0][-1] == "NOT GOOD" and not judged.document()["ok"]
    assert fleet.verification([{**row, "asked": ["art*"]}]).attention == ()
