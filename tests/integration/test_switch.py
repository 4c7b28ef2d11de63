# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restores beside the live collection, with its aliases moved in one call, and moved back by one."""

from __future__ import annotations

import json
import re
import shlex
import threading
import urllib.error
import urllib.request

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import RefusedError
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.host import Host
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore import live
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.steps import prove
from ansible_collections.vectorops.qdrant.tests.support.points import points

SWITCH = {"collections": ["articles"], "mode": "switch"}


@pytest.fixture(autouse=True)
def short_watch(monkeypatch):
    """The collection is watched for a moment, where no client writes."""
    moved = live._moved
    monkeypatch.setattr(live, "_moved", lambda node, name, first, seconds: moved(node, name, first, 0.3))


def change_aliases(rig, **aliases):
    """Point aliases to collections, as another client does; None removes one."""
    actions = []
    for alias, collection in aliases.items():
        made = {"create_alias": {"collection_name": collection, "alias_name": alias}}
        actions.append(made if collection else {"delete_alias": {"alias_name": alias}})
    rig.node.call("POST", "/collections/aliases", {"actions": actions})


def aliases(rig):
    found = rig.node.call("GET", "/aliases")["result"]["aliases"]
    return {item["alias_name"]: item["collection_name"] for item in found}


def backed_up(rig, **made):
    """A collection with aliases, backed up; returns the backup's id."""
    rig.fill()
    if made:
        change_aliases(rig, **made)
    return rig.run("back_up")["backup_id"]


def beside(backup_id, collection="articles"):
    return f"{collection}__{backup_id.lower()}"


def codes(refused):
    return [refusal["code"] for refusal in refused.value.details["refusals"]]


def test_two_aliases_are_moved_and_moved_back(rig):
    backup_id = backed_up(rig, live="articles", search="articles")
    new, before = beside(backup_id), rig.contents()
    rig.fill(first=1001, count=10)
    with pytest.raises(RefusedError, match="holds 210 points, the backup 200") as refused:
        rig.run("restore", **SWITCH)
    assert codes(refused) == ["live_writes"] and rig.collections() == ["articles"]
    allowed = {**SWITCH, "accept_write_loss": True}
    planned = rig.run("restore", check=True, **allowed)
    assert planned["diff"]["after"].splitlines()[-2:] == [f"alias live: {new}", f"alias search: {new}"]
    assert any("holds 210 points, the backup 200" in text for text in planned["warnings"])
    assert rig.collections() == ["articles"]

    report = rig.run("restore", **allowed)
    (item,) = report["collections"]
    assert report["ok"] and item["mode"] == "switch" and item["grade"] == 3 and item["proof_key"]
    assert item["switched"] == {
        "from": "articles",
        "aliases": ["live", "search"],
        "points_before": 210,
        "old_kept": True,
        "safety_snapshot": None,
        "roll_back": f"qdrant-backup restore --roll-back=live --url {rig.node.url}",
    }
    assert aliases(rig) == {"live": new, "search": new} and rig.contents("live") == before
    assert rig.count() == 210, "the old collection is untouched"
    assert rig.run("restore", **allowed)["changed"] is False, "it is switched already"
    (told,) = [text for text in rig.run("restore", **allowed, alias="fresh")["warnings"] if "Nothing is done" in text]
    actions = json.loads(shlex.split(re.search(r"curl .*?(?=; to restore)", told)[0])[-1])
    assert "does not get the alias fresh" in told and aliases(rig) == {"live": new, "search": new}
    rig.node.call("POST", "/collections/aliases", actions)
    assert aliases(rig).pop("fresh") == new
    rig.node.call("POST", "/collections/aliases", {"actions": [{"delete_alias": {"alias_name": "fresh"}}]})
    # From now on it is the collection, and is backed up as any other.
    assert sorted(c["name"] for c in rig.run("back_up", backup_id="20991122T190000Z")["collections"]) == [
        "articles",
        new,
    ]

    back = rig.run("restore", check=True, roll_back="search")
    assert back["changed"] and [step["action"] for step in back["plan"]["steps"]] == ["move aliases"]
    back = rig.run("restore", roll_back="search")
    assert back["changed"] and aliases(rig) == {"live": "articles", "search": "articles"}
    assert back["rolled_back"] == {
        "aliases": ["live", "search"],
        "from": new,
        "to": "articles",
        "switched_at": back["rolled_back"]["switched_at"],
        "points": 210,
        "points_from": 200,
    }
    assert rig.run("restore", roll_back="live")["changed"] is False
    with pytest.raises(RefusedError, match="curl -X DELETE") as refused:
        rig.run("restore", **allowed, backup_id=backup_id)
    assert codes(refused) == ["name_taken"], "what was switched back is not overwritten"


def test_the_next_switch_goes_on_from_the_one_before(rig):
    first = backed_up(rig, live="articles")
    rig.run("restore", **SWITCH)
    rig.drop()
    rig.fill(beside(first), first=501, count=1)
    second = rig.run("back_up", backup_id="20991122T190000Z")["backup_id"]
    # The first backup under its old name: the backup's aliases lead to what clients use now.
    report = rig.run("restore", **SWITCH, backup_id=first)
    assert report["changed"] is False and any("use another name (name:)" in text for text in report["warnings"])
    with pytest.raises(RefusedError, match="holds 201 points, the backup 200") as refused:
        rig.run("restore", **SWITCH, backup_id=first, name="articles_again")
    assert codes(refused) == ["live_writes"]
    report = rig.run("restore", **{**SWITCH, "collections": [beside(first)]})
    assert report["ok"] and aliases(rig) == {"live": beside(second)} and rig.count("live") == 201
    with pytest.raises(RefusedError) as refused:
        rig.run("restore", roll_back="nobody")
    assert codes(refused) == ["no_switch"]
    assert rig.run("restore", roll_back="live")["changed"] and aliases(rig) == {"live": beside(first)}
    assert rig.run("restore", roll_back="live")["changed"] is False, "a second run does not go back twice"


def test_clients_that_use_the_name_itself_need_a_gap(rig, tmp_path):
    backup_id = backed_up(rig)
    new, before = beside(backup_id), rig.contents()
    with pytest.raises(RefusedError, match="--mode switch --accept-gap") as refused:
        rig.run("restore", **SWITCH)
    assert codes(refused) == ["name_is_no_alias"]
    rig.node.call("POST", "/collections/articles/points/delete?wait=true", {"points": [1, 2, 3]})
    report = rig.run("restore", **SWITCH, accept_gap=True, accept_write_loss=True)
    (item,) = report["collections"]
    assert report["ok"] and aliases(rig) == {"articles": new} and rig.collections() == [new]
    assert rig.contents("articles") == before
    snapshot = item["switched"]["safety_snapshot"]
    assert snapshot and item["switched"]["old_kept"] is False
    assert rig.run("restore", **SWITCH, accept_gap=True)["changed"] is False
    # What was deleted comes back from its safety snapshot, by the command that the refusal tells.
    folder = str(rig.node.snapshots_dir)
    with pytest.raises(RefusedError, match=snapshot) as refused:
        rig.run("restore", roll_back="articles", snapshots_dir=folder)
    assert codes(refused) == ["old_gone"]
    back = rig.run(
        "restore", **{**SWITCH, "alias": "articles"}, snapshot=snapshot, snapshots_dir=folder, accept_write_loss=True
    )
    assert back["ok"] and rig.count("articles") == 197 and len(aliases(rig)) == 1


def test_the_old_collection_goes_where_it_is_not_kept(rig):
    new = beside(backed_up(rig, live="articles"))
    report = rig.run("restore", **SWITCH, keep_old=False)
    (item,) = report["collections"]
    assert report["ok"] and aliases(rig) == {"live": new} and rig.collections() == [new]
    assert item["switched"]["safety_snapshot"] and not item["switched"]["roll_back"]


@pytest.mark.parametrize("at", ["recover", "move aliases"])
def test_an_alias_that_moved_meanwhile_is_left_alone(rig, at):
    backup_id = backed_up(rig, live="articles")
    rig.fill("other", count=5)
    done = []

    def elsewhere(event):
        if event.step == at and not done:
            done.append(change_aliases(rig, live="other"))

    report = rig.run("restore", **SWITCH, progress=elsewhere)
    (failed,) = report["failed"]
    assert failed["standing"] == "proven" and "moved to other" in failed["message"]
    assert aliases(rig) == {"live": "other"} and rig.count() == 200
    assert Host(str(rig.directory / "state"), rig.node.url).records("switches") == []
    with pytest.raises(RefusedError) as refused:  # the next run finds what clients use now
        rig.run("restore", **SWITCH)
    assert "live_writes" in codes(refused)
    change_aliases(rig, live="articles")
    assert rig.run("restore", **SWITCH)["ok"] and aliases(rig) == {"live": beside(backup_id)}


def test_writes_during_the_restore_are_not_lost_unasked(rig):
    new = beside(backed_up(rig, live="articles"))

    def write(event):
        if event.step == "prove":
            changed = [{**point, "payload": {"topic": "changed"}} for point in points(3, 8)]
            rig.node.call("PUT", "/collections/live/points?wait=true", {"points": changed})

    report = rig.run("restore", **SWITCH, progress=write)
    (failed,) = report["failed"]
    assert "received writes during the restore" in failed["message"] and "--accept-write-loss" not in failed["message"]
    assert aliases(rig) == {"live": "articles"} and rig.collections() == ["articles", new]
    report = rig.run("restore", **SWITCH, accept_write_loss=True)
    assert report["ok"] and report["collections"][0]["delivery"] == "", "it is proven, and not restored twice"
    assert aliases(rig) == {"live": new}


class Killed(BaseException):
    """The process ends here."""


def test_a_killed_switch_that_is_repeated_from_a_newer_backup(rig):
    first = beside(backed_up(rig, live="articles"))

    def kill(event):
        if event.step == "move aliases":
            raise Killed

    with pytest.raises(Killed):
        rig.run("restore", **SWITCH, progress=kill)
    assert rig.collections() == ["articles", first] and aliases(rig) == {"live": "articles"}
    rig.fill(first=1001, count=10)
    second = beside(rig.run("back_up", backup_id="20991122T190000Z")["backup_id"])
    for check in (True, False):
        report = rig.run("restore", **SWITCH, check=check)
        drop = f"curl -X DELETE {rig.node.url}/collections/{first}"
        (told,) = [text for text in report["warnings"] if drop in text]
        assert told.startswith(f"An earlier switch restored {first}") and "did not end" in told
    assert aliases(rig) == {"live": second} and rig.collections() == ["articles", first, second]
    rig.node.call("DELETE", f"/collections/{first}")
    assert not [text for text in rig.run("restore", **SWITCH)["warnings"] if "An earlier switch" in text]


def test_a_switch_is_repeated_from_a_newer_backup(rig):
    rig.fill()
    bare = rig.run("back_up", backup_id="20201122T190000Z")["backup_id"]
    first = beside(backed_up(rig, live="articles"))
    assert rig.run("restore", **SWITCH)["ok"]
    with pytest.raises(RefusedError, match="Name the alias that is to point") as refused:
        rig.run("restore", **SWITCH, backup_id=bare)
    assert f"qdrant-backup restore {first}" not in refused.value.sentence(), "it is not in that backup"
    second = rig.run("back_up", backup_id="20991122T190000Z")["backup_id"]
    with pytest.raises(RefusedError, match="is the collection from before that switch") as refused:
        rig.run("restore", **SWITCH)
    assert codes(refused) == ["name_is_no_alias"] and "accept-gap" not in refused.value.sentence()
    assert f"qdrant-backup restore {first} --backup-id {second} --mode switch" in refused.value.sentence()
    assert rig.run("restore", **{**SWITCH, "collections": [first]})["ok"]
    assert aliases(rig) == {"live": beside(second)}


def test_a_failed_proof_moves_nothing(rig, monkeypatch):
    monkeypatch.setattr(prove._once, "__defaults__", (0.5,))  # that it looks again for
    new = beside(backed_up(rig, live="articles"))

    def spoil(event):
        if event.step == "prove":
            rig.node.call("POST", f"/collections/{new}/points/delete?wait=true", {"points": [7]})

    report = rig.run("restore", **SWITCH, progress=spoil)
    (failed,) = report["failed"]
    assert failed["standing"] == "unproven" and "199 points" in failed["message"]
    assert f"curl -X DELETE {rig.node.url}/collections/{new}" in failed["message"]
    assert aliases(rig) == {"live": "articles"} and rig.count("live") == 200


def test_what_cannot_be_switched(rig):
    backed_up(rig, live="articles")
    rig.fill("other", count=5)
    change_aliases(rig, search="articles")
    backup_id = rig.run("back_up", backup_id="20991122T190000Z")["backup_id"]
    rig.drop()
    for made, code in (({}, "nothing_to_switch"), ({"live": "other", "search": "third"}, "aliases_apart")):
        if made:
            rig.fill("third", count=5)
            change_aliases(rig, **made)
        with pytest.raises(RefusedError) as refused:
            rig.run("restore", **SWITCH, backup_id=backup_id)
        assert codes(refused)[0] == code
    with pytest.raises(RefusedError):
        rig.run("restore", **SWITCH, alias="live")  # it is known which now, and its points are not in the backup
    report = rig.run("restore", **SWITCH, alias="live", accept_write_loss=True)
    assert report["ok"] and aliases(rig) == {"live": beside(backup_id), "search": "third"}


class Client(threading.Thread):
    """Reads and writes through the alias all the time."""

    def __init__(self, rig):
        super().__init__(daemon=True)
        self.rig, self.reads, self.writes = rig, 0, 0
        self.failed: list[str] = []
        self.over = threading.Event()

    def run(self):
        number = 5000
        while not self.over.is_set():
            number += 1
            point = {"id": number, "vector": [0.5] * 8, "payload": {"topic": "new"}}
            self._ask("PUT", "/collections/live/points?wait=true", {"points": [point]})
            self.writes += 1
            for dummy in range(3):
                self._ask("POST", "/collections/live/points/query", {"query": [0.1] * 8, "limit": 3})
                self.reads += 1

    def _ask(self, method, path, body):
        headers = {"Content-Type": "application/json"}
        if self.rig.node.api_key:
            headers["api-key"] = self.rig.node.api_key
        request = urllib.request.Request(self.rig.node.url + path, json.dumps(body).encode(), headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                json.load(answer)
        except (urllib.error.URLError, ValueError) as error:
            self.failed.append(f"{method} {path}: {error}")


def test_under_a_client_that_reads_and_writes_no_request_fails(rig):
    new = beside(backed_up(rig, live="articles"))
    client = Client(rig)
    client.start()
    try:
        with pytest.raises(RefusedError, match="is being written to right now"):
            rig.run("restore", **SWITCH)
        report = rig.run("restore", **SWITCH, accept_write_loss=True)
        assert report["ok"] and aliases(rig) == {"live": new}
        assert rig.run("restore", roll_back="live")["ok"] and aliases(rig) == {"live": "articles"}
    finally:
        client.over.set()
        client.join(30)
    assert client.failed == [] and client.reads > 50 and client.writes > 10
    assert rig.count() > 200, "what was written before the switch is in the old collection"
