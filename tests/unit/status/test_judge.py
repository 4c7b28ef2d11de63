# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts about backups to what is told, and to metrics."""

from __future__ import annotations

import datetime

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.intent import Intent
from ansible_collections.vectorops.qdrant.plugins.module_utils._program.health import status as lines
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.catalogue import BackupEntry
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.errors import ManifestError, NewerFormatError
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.manifest import EarlierServer
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.unreadable import Unreadable
from ansible_collections.vectorops.qdrant.plugins.module_utils._status import metrics
from ansible_collections.vectorops.qdrant.plugins.module_utils._status.judge import human_age, judge
from ansible_collections.vectorops.qdrant.plugins.module_utils._status.values import StatusFacts, Timer

NOW = datetime.datetime(2026, 11, 22, 20, 0, 0, tzinfo=datetime.timezone.utc)
INTENT = Intent("http://127.0.0.1:6333", "articles", "replace", "recover", "2026-11-22T10:00:00Z")


def collection(name="articles", **more):
    known = {"name": name, "points": 7, "bytes": 100, "grade": 1, "proven_at": None, "suspect": None}
    return {**known, "in_doubt": False, "proof_failed": None, "lost": None, **more}


def backup(hour=19, *, collections=None, failed=(), **more):
    return {
        "backup_id": f"20261122T{hour:02d}0000Z",
        "finished_at": f"2026-11-22T{hour:02d}:00:10Z",
        "qdrant_version": "1.18.3",
        "bytes": 100,
        "grade": 1,
        "collections": [collection()] if collections is None else collections,
        "failed": [{"name": name, "error": "It is dirty."} for name in failed],
        "expected_nodes": [],
        "peer_id": 1,
        "server_before": None,
        "suspect": None,
        "not_selected": [],
        **more,
    }


def unreadable(hour=20, error=None):
    entry = BackupEntry("node-a", f"20261122T{hour:02d}0000Z", f"search/manifests/node-a/20261122T{hour:02d}0000Z.json")
    on = f"{entry.key} in s3://b"
    return Unreadable(
        entry, error or ManifestError("read the manifest", on, "digest: is aa, the document has bb", "X.")
    )


def facts(*backups, **more):
    given = {
        "cluster": "search",
        "node": "node-a",
        "moment": NOW,
        "backups": backups,
        "count": len(backups),
        "nodes": {one["backup_id"]: frozenset(["node-a"]) for one in backups},
        "proven_at": "2026-11-22T12:00:00Z",
        **more,
    }
    return StatusFacts(**given)


GONE = backup(collections=[], suspect="collections gone: articles (the previous backup is 20261122T180000Z)")
MIXED = backup(collections=[collection(suspect="whatever it is called by then", in_doubt=True)])
BAD = backup(collections=[collection(suspect="it shrank")])
LOST = backup(collections=[collection(lost="its archive search/archives/x is not in the store"), collection("notes")])
DAMAGED = backup(collections=[collection(proof_failed="its sha256 differs")])


@pytest.mark.parametrize(
    ("known", "max_age", "codes"),
    [
        (facts(backup()), None, []),
        (facts(backup()), 3600.0, []),
        (facts(backup()), 3589.0, ["too_old"]),
        (facts(), None, ["no_backup"]),
        (facts(backup(backup_id="20270101T000000Z"), backup(18)), None, ["in_the_future"]),
        (facts(backup(backup_id="20270101T000000Z")), 60.0, ["too_old", "in_the_future"]),
        (facts(backup(finished_at="2026-11-24T00:00:00Z")), 60.0, ["in_the_future"]),
        (
            facts(backup(20, collections=[collection(suspect="x")]), backup(19, finished_at="2027-01-01T00:00:00Z")),
            None,
            ["in_the_future", "suspect"],
        ),
        (facts(backup(finished_at="2026-11-23T19:00:00Z")), 60.0, []),
        (facts(backup(19, failed=["notes"]), backup(18)), None, ["failed"]),
        (facts(BAD, backup(18)), None, ["suspect"]),
        (facts(BAD, backup(18)), 7000.0, ["too_old", "suspect"]),
        (facts(BAD), None, ["no_good_backup", "suspect"]),
        (facts(DAMAGED, backup(18)), None, ["damaged"]),
        (facts(LOST, backup(18)), None, ["lost"]),
        (facts(LOST, backup(18)), 7000.0, ["too_old", "lost"]),
        (facts(LOST), None, ["no_good_backup", "lost"]),
        (facts(backup(), unreadable=(unreadable(),)), None, ["unreadable_manifest"]),
        (facts(unreadable=(unreadable(),)), None, ["unreadable_manifest", "no_backup"]),
        (facts(BAD, backup(17), unreadable=(unreadable(18),)), None, ["unreadable_manifest", "suspect"]),
        (facts(backup(), intents=(INTENT,)), None, ["open_intent"]),
        (facts(unreachable="No way."), 1.0, ["unreachable"]),
        (facts(backup(collections=[])), None, []),
    ],
)
def test_problems(known, max_age, codes):
    report = judge(known, max_age)
    assert [problem["code"] for problem in report["problems"]] == codes
    assert report["healthy"] == (not codes)
    assert all(problem["message"] and problem["next"] for problem in report["problems"])


def test_what_a_restore_left_in_doubt_is_not_accepted_as_a_fall():
    told = {code: judge(facts(newest))["problems"][-1]["next"] for code, newest in (("mixed", MIXED), ("bad", BAD))}
    assert "--accept-shrink" not in told["mixed"] and "qdrant-backup run" in told["mixed"]
    assert told["bad"].endswith("qdrant-backup run --accept-shrink")


def test_a_restore_of_collections_is_not_advised_for_aliases():
    gone = backup(suspect="aliases gone: live (the previous backup is 20261122T180000Z)")
    (problem,) = judge(facts(gone, backup(18)))["problems"]
    assert problem["next"].startswith("To see what the aliases pointed to: qdrant-backup show 20261122T180000Z; if ")
    both = backup(suspect="collections gone: notes (the previous backup is x); aliases gone: live (the previous one)")
    (problem,) = judge(facts(both, backup(18)))["problems"]
    assert "restore --mode missing --backup-id 20261122T180000Z" in problem["next"]


def test_a_manifest_that_cannot_be_read_is_named_with_the_ways_out():
    (problem,) = judge(facts(backup(), unreadable=(unreadable(),)))["problems"]
    assert problem["message"] == (
        "Backup 20261122T200000Z, the newest of node node-a in cluster search, cannot be used: its manifest "
        "search/manifests/node-a/20261122T200000Z.json in s3://b cannot be read: digest: is aa, the document has bb."
    )
    assert problem["next"].startswith("If the bucket keeps versions, restore the first version of this object. ")
    assert "check it: qdrant-backup run && qdrant-backup verify; " in problem["next"]
    assert problem["next"].endswith(
        " The newest good backup that can be read is 20261122T190000Z: "
        "qdrant-backup restore --backup-id 20261122T190000Z"
    )
    report = judge(facts(backup(), unreadable=(unreadable(),)))
    (listed,) = report["unreadable"]
    assert listed["backup_id"] == "20261122T200000Z" and listed["manifest"].endswith("20261122T200000Z.json")
    assert report["last"]["backup_id"] == "20261122T190000Z" and report["warnings"] == []


def test_the_newest_backup_that_can_be_read_is_not_called_the_newest():
    problems = judge(facts(BAD, unreadable=(unreadable(),)))["problems"]
    assert [one["code"] for one in problems] == ["unreadable_manifest", "no_good_backup", "suspect"]
    assert "The newest backup that can be read is 20261122T190000Z: " in problems[0]["next"]
    assert problems[1]["message"].startswith("The only backup that can be read of node ")
    assert "in the newest backup that can be read (20261122T190000Z)" in problems[2]["message"]


def test_several_manifests_that_cannot_be_read_are_one_problem():
    hours = [unreadable(hour) for hour in (18, 17, 16, 15, 14)]
    problem = judge(facts(BAD, backup(13), unreadable=tuple(hours)))["problems"][0]
    assert problem["message"].startswith("Backup 20261122T180000Z of node node-a in cluster search cannot be used: ")
    said = " The same goes for 20261122T170000Z, 20261122T160000Z, 20261122T150000Z and 1 more."
    assert problem["message"].endswith(said)
    assert "qdrant-backup restore --backup-id 20261122T130000Z" in problem["next"], "the good one"


def test_a_manifest_of_a_newer_version_wants_an_update():
    newer = NewerFormatError("read the manifest", "x.json in s3://b", "format: is 2, this version reads format 1", "")
    (problem,) = judge(facts(backup(), unreadable=(unreadable(error=newer),)))["problems"]
    assert problem["next"].startswith("A newer version of this collection wrote it: update the one on this host.")
    assert "first version" not in problem["next"] and "qdrant-backup run" not in problem["next"]
    assert "--backup-id 20261122T190000Z" in problem["next"]


def test_a_lost_archive_is_not_the_last_good_one():
    newest = backup(19, collections=[collection(lost="its archive a is not in the store"), collection("notes")])
    report = judge(facts(newest, backup(18, collections=[collection(points=9)])))
    found = {item["name"]: (item["backup_id"], bool(item["lost"])) for item in report["collections"]}
    assert found == {"articles": ("20261122T180000Z", True), "notes": ("20261122T190000Z", False)}
    (problem,) = report["problems"]
    assert (
        "Backup 20261122T190000Z has lost archives, the newest ones of articles (its archive a " in problem["message"]
    )
    assert problem["next"].endswith("qdrant-backup restore --backup-id 20261122T180000Z")
    assert report["last_good"]["backup_id"] == "20261122T180000Z"


def test_many_lost_archives_are_one_problem():
    items = [collection(f"c{number}", lost="its archive a is not in the store") for number in range(7)]
    (problem,) = judge(facts(backup(19, collections=items), backup(18)))["problems"]
    assert problem["message"].endswith("c2 (its archive a is not in the store) and 4 more collections.")


def test_the_newest_archive_of_a_collection_may_be_in_an_older_backup():
    """The last run was asked for articles alone, and logs failed in it."""
    newest = backup(19, not_selected=["notes"], failed=["logs"])
    lost = [collection("notes", lost="its archive a is not in the store"), collection("logs"), collection("gone")]
    report = judge(facts(newest, backup(18, collections=lost), backup(17, collections=[collection("notes")])))
    found = {item["name"]: (item["backup_id"], item["in_newest"], bool(item["lost"])) for item in report["collections"]}
    assert found == {
        "articles": ("20261122T190000Z", True, False),
        "logs": ("20261122T180000Z", False, False),
        "notes": ("20261122T170000Z", False, True),
    }
    assert [one["code"] for one in report["problems"]] == ["failed", "lost"]
    assert "Backup 20261122T180000Z has lost archives, the newest ones of notes" in report["problems"][1]["message"]
    rows = [line.split() for line in lines(report)]
    assert next(row for row in rows if row[:1] == ["notes"])[:2] == ["notes", "20261122T170000Z"]
    assert any(row[:1] == ["notes"] and row[-1] == "lost" for row in rows)
    unselected = judge(facts(backup(19, not_selected=["notes"]), backup(18, collections=[collection("notes")])))
    assert unselected["healthy"] and any(line.endswith("not selected") for line in lines(unselected))


PART = backup(19, not_selected=["users"])
WHOLE = backup(1, collections=[collection(), collection("users")])


@pytest.mark.parametrize(
    ("known", "max_age", "selected", "codes"),
    [
        (facts(PART, WHOLE), 86400.0, (), []),
        (facts(PART, WHOLE), 7200.0, (), ["collection_too_old"]),
        (facts(PART, WHOLE), None, (), []),
        (facts(PART, WHOLE), 7200.0, ("articles",), []),
        (facts(PART, WHOLE), 7200.0, ("u*",), ["collection_too_old"]),
        (facts(PART, backup(18), older=(WHOLE,)), 7200.0, (), ["collection_too_old"]),
        (facts(PART, backup(18)), 7200.0, (), ["collection_too_old"]),
        (
            facts(PART, backup(18, collections=[collection("users", suspect="it shrank")]), WHOLE),
            7200.0,
            (),
            ["collection_too_old"],
        ),
        (facts(PART, backup(18, collections=[collection("users")])), 7300.0, (), []),
        # A push knows its own collections only.
        (facts(backup(19, pushed=True), WHOLE), 7200.0, (), ["collection_too_old"]),
        (facts(backup(19, pushed=True), backup(18, pushed=True), WHOLE), 7200.0, ("users",), ["collection_too_old"]),
        (facts(backup(19, pushed=True), WHOLE), 86400.0, (), []),
        (facts(backup(19, pushed=True), backup(18), WHOLE), 7200.0, (), []),
        (facts(backup(19, pushed=True), backup(1, collections=[collection("users")], pushed=True)), 7200.0, (), []),
        # It never was in a backup.
        (facts(backup(19)), 7200.0, (), []),
        # A problem of its own.
        (facts(backup(19, failed=["users"]), backup(18), WHOLE), 7300.0, (), ["failed"]),
    ],
)
def test_a_backup_of_one_collection_is_none_of_the_others(known, max_age, selected, codes):
    report = judge(known, max_age, selected=selected)
    assert [problem["code"] for problem in report["problems"]] == codes


def test_a_collection_that_runs_leave_out_is_told_with_its_last_backup():
    (problem,) = judge(facts(PART, WHOLE), 7200.0)["problems"]
    assert problem["message"] == (
        "Collection users is not in the newest backup (20261122T190000Z), which was not asked for it, and its last "
        "good one, 20261122T010000Z, is 18 h 59 min old; 2 h 0 min is the limit."
    )
    assert problem["next"].endswith("else back it up: qdrant-backup run users")
    (problem,) = judge(facts(PART, backup(18)), 7200.0)["problems"]
    assert "and no good backup of it was found; " in problem["message"]


def test_a_selected_name_that_no_backup_knows_is_told():
    report = judge(facts(PART, WHOLE), 86400.0, selected=("articles", "users", "usres", "x*"))
    assert report["healthy"] and [text.partition(",")[0] for text in report["warnings"]] == [
        "No collection that the newest backup (20261122T190000Z) knows matches usres",
        "No collection that the newest backup (20261122T190000Z) knows matches x*",
    ]
    assert judge(facts(PART, WHOLE), selected=("usres",))["warnings"] == []


def test_a_backup_in_the_future_is_told_with_the_way_out():
    (problem,) = judge(facts(backup(backup_id="20270101T000000Z"), where="s3://b"))["problems"]
    assert "search/manifests/node-a/20270101T000000Z.json in s3://b" in problem["next"]
    (problem,) = judge(facts(backup(finished_at="2027-01-01T00:00:00Z"), where="s3://b"))["problems"]
    assert "it ended at 2027-01-01T00:00:00Z, and it is 2026-11-22T20:00:00Z" in problem["message"]
    assert "delete" not in problem["next"]


def test_the_only_backup_and_several_that_are_not_good():
    told = [judge(facts(*backups))["problems"][0]["message"] for backups in ((BAD,), (BAD, BAD))]
    assert told[0].startswith("The only backup of node ") and told[0].endswith(" is not good.")
    assert told[1].startswith("None of the newest 2 backups of node ") and told[1].endswith(" is good.")


def test_an_older_good_archive_is_found_for_each_collection():
    newest = backup(19, collections=[collection(suspect="it shrank", points=1), collection("new")], failed=["notes"])
    older = backup(18, collections=[collection(points=9), collection("notes", points=3), collection("gone")])
    report = judge(facts(newest, older))
    found = {item["name"]: (item["backup_id"], item["points"], item["age"]) for item in report["collections"]}
    assert found == {
        "articles": ("20261122T180000Z", 9, 7190),
        "new": ("20261122T190000Z", 7, 3590),
        "notes": ("20261122T180000Z", 3, 7190),
    }
    assert report["last"]["age"] == 3590 and report["last_good"]["backup_id"] == "20261122T180000Z"


@pytest.mark.parametrize(
    ("present", "minute", "missing"),
    [
        ({}, 59, []),  # minutes old: the others have time, and there is nothing older to judge
        ({}, 0, ["node-b"]),
        ({19: ["node-a", "node-b"]}, 0, []),
        (None, 0, None),
    ],
)
def test_nodes_that_lag_behind(present, minute, missing):
    one = backup(19, finished_at=f"2026-11-22T19:{minute:02d}:00Z", expected_nodes=["node-b"])
    nodes = None if present is None else {one["backup_id"]: frozenset(["node-a", *present.get(19, [])])}
    assert judge(facts(one, nodes=nodes))["missing_nodes"] == missing


def test_a_young_backup_leaves_the_judgement_to_the_one_before():
    young = backup(19, finished_at="2026-11-22T19:59:00Z", expected_nodes=["node-b"])
    report = judge(facts(young, backup(18, expected_nodes=["node-b"])))
    assert report["missing_nodes"] == ["node-b"] and "node-b does not have the newest backup" in report["warnings"][0]


def test_warnings():
    timer = Timer(False, "hourly")
    report = judge(facts(backup(), proven_at="", not_checked=("The archives were not checked.",), timer=timer))
    assert len(report["warnings"]) == 3 and report["healthy"] and not report["archives_checked"]
    assert report["timer"] == {"enabled": False, "on_calendar": "hourly", "last_elapse": None, "next_run": None}


def test_a_clock_that_is_behind_gives_no_negative_age():
    assert judge(facts(backup(21)), 10.0)["last_good"]["age"] == 0


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (60, "1 min"), (3599, "59 min"), (7260, "2 h 1 min"), (180000, "2 d 2 h")]
)
def test_ages(seconds, text):
    assert human_age(seconds) == text


def test_metrics_as_a_file():
    odd = 'a"b\\c\nd'
    newest = backup(19, collections=[collection(odd, suspect="it shrank")], failed=["notes"])
    text = metrics.render(facts(newest, backup(18, collections=[collection(odd, points=None, grade=2)])))
    labels = 'cluster="search",node="node-a",collection="a\\"b\\\\c\\nd"'
    lines = text.splitlines()
    assert f"qdrant_backup_suspect{{{labels}}} 1" in lines
    assert f"qdrant_backup_grade{{{labels}}} 2" in lines and not [line for line in lines if "points" in line]
    assert 'qdrant_backup_failed{cluster="search",node="node-a",collection="notes"} 1' in lines
    assert f'qdrant_backup_metrics_timestamp_seconds{{cluster="search",node="node-a"}} {int(NOW.timestamp())}' in lines
    assert text.endswith("\n") and len(lines) == len(set(lines))
    for line in lines:
        assert line.startswith(("# HELP qdrant_backup_", "# TYPE qdrant_backup_", "qdrant_backup_"))
    typed = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    assert sorted(typed) == sorted(set(typed)) and set(typed) <= set(metrics.names())


def test_metrics_of_lost_archives_and_manifests_that_cannot_be_read():
    text = metrics.render(facts(LOST, backup(18), unreadable=(unreadable(),)))
    whose = 'cluster="search",node="node-a"'
    assert f'qdrant_backup_lost{{{whose},collection="articles"}} 1\n' in text
    assert f'qdrant_backup_lost{{{whose},collection="notes"}} 0\n' in text
    assert f"qdrant_backup_unreadable_manifests{{{whose}}} 1\n" in text
    closed = metrics.render(facts(backup(), not_checked=("They may not be listed.",)))
    assert "qdrant_backup_lost{" not in closed and f"qdrant_backup_unreadable_manifests{{{whose}}} 0\n" in closed


def test_metrics_of_a_repository_that_is_away():
    text = metrics.render(facts(unreachable="No way.", intents=(INTENT,)))
    values = [line for line in text.splitlines() if not line.startswith("#")]
    assert [line.partition("{")[0] for line in values] == [
        "qdrant_backup_up",
        "qdrant_backup_metrics_timestamp_seconds",
        "qdrant_backup_open_intents",
    ]
    assert values[0].endswith(" 0") and values[2].endswith(" 1")


def test_metrics_tell_times_and_no_ages():
    """Whatever grows while nothing is written must be told by Prometheus, not by the file."""
    early = metrics.render(facts(backup()))
    late = metrics.render(facts(backup(), moment=NOW + datetime.timedelta(minutes=30)))
    changed = [a for a, b in zip(early.splitlines(), late.splitlines()) if a != b]
    assert len(changed) == 1 and changed[0].startswith("qdrant_backup_metrics_timestamp_seconds")


ONE = EarlierServer(1, "20261101T000000Z", "20261102T000000Z")
TWO = EarlierServer(2, "20261103T000000Z", "20261104T000000Z")


@pytest.mark.parametrize(
    ("servers", "noted", "bad"),
    [
        ((), None, False),
        ((ONE,), 1, False),
        ((ONE,), 2, False),
        ((ONE, TWO), None, False),
        ((ONE, TWO), 2, False),
        ((ONE, TWO), 1, True),
        ((ONE, TWO, ONE), None, True),
        ((ONE, TWO, ONE), 1, True),
    ],
)
def test_two_servers_under_one_name(servers, noted, bad):
    known = facts(backup(), servers=servers, noted_server=noted)
    report = judge(known)
    assert [problem["code"] for problem in report["problems"]] == (["two_servers"] if bad else [])
    for problem in report["problems"]:
        assert "peer 1" in problem["message"] and "peer 2" in problem["message"]
        assert problem["next"].endswith("qdrant-backup run --accept-new-server")
    assert f'qdrant_backup_two_servers{{cluster="search",node="node-a"}} {int(bad)}\n' in metrics.render(known)


@pytest.mark.parametrize(("accepted", "said"), [(False, True), (True, False)])
def test_a_rebuilt_host_is_a_warning_once(accepted, said):
    before = {"peer_id": 9, "last_backup_id": "20261122T180000Z", "accepted": accepted}
    report = judge(facts(backup(server_before=before), backup(18)))
    assert report["healthy"] and bool(report["warnings"]) == said
    assert all("peer 9, 20261122T180000Z" in text for text in report["warnings"])


def test_a_backup_without_the_collections_before_it_is_not_good():
    report = judge(facts(GONE, backup(18)))
    assert report["last_good"]["backup_id"] == "20261122T180000Z" and not report["healthy"]
    (problem,) = report["problems"]
    assert problem["code"] == "suspect" and "collections gone: articles" in problem["message"], problem
    assert "--accept-shrink" in problem["next"]
    assert "qdrant-backup restore --mode missing --backup-id 20261122T180000Z; if this is expected: " in problem["next"]
