# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Points out of a backup: compared with the live collection, put back, and nothing else touched."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import json
import os
import random
import shlex
import threading

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import (
    EngineError,
    LockedError,
    MissingLibraryError,
    RefusedError,
    UsageError,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.host import Host
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.intent import Intent
from ansible_collections.vectorops.qdrant.plugins.module_utils._points import comparison
from ansible_collections.vectorops.qdrant.plugins.module_utils._points.plan import COMPARE_AGAIN, PROVE, PUT_BACK
from ansible_collections.vectorops.qdrant.plugins.module_utils._program.texts import lines_of
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository import layout
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.catalogue import Catalogue
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.manifest import dump
from ansible_collections.vectorops.qdrant.plugins.module_utils._verbs.common import repository
from ansible_collections.vectorops.qdrant.tests.integration.test_modules import assert_documented
from ansible_collections.vectorops.qdrant.tests.support.accidents import (
    ID,
    T3,
    by_id,
    delete,
    set_payload,
    with_backup,
)
from ansible_collections.vectorops.qdrant.tests.support.ansible import Ansible
from ansible_collections.vectorops.qdrant.tests.support.kinds import ALL_KINDS, all_kinds
from ansible_collections.vectorops.qdrant.tests.support.program import CLONE, ROOT, Program

pytest.importorskip("qdrant_edge", reason="qdrant-edge-py is not installed (it needs Python 3.10 or later)")


@pytest.fixture
def points(rig, tmp_path):
    """Runs a verb with a scratch folder that must be empty afterwards."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()

    def run(verb, **options):
        try:
            return rig.run(verb, **{"collections": ["articles"], "scratch_dir": str(scratch), **options})
        finally:
            assert os.listdir(scratch) == []

    return run


@pytest.fixture
def backed_up(rig):
    return with_backup(rig)


def test_the_accident_is_undone_and_everything_else_is_kept(backed_up, points):
    """A wrong filter deletes; meanwhile clients change some points and add others."""
    before = by_id(backed_up)
    delete(backed_up, filter=T3)
    set_payload(backed_up, [1, 2], title="new")
    backed_up.fill("articles", 5, first=1000)
    kept = by_id(backed_up)
    report = points("diff")
    fast = points("diff", live_snapshot=True)
    assert (fast["points"], fast["samples"]) == (report["points"], report["samples"])
    assert len(backed_up.node.call("GET", "/collections/articles/snapshots")["result"]) == 1, (
        "only the backup's is left"
    )
    lost = sorted(set(before) - set(kept))
    assert len(lost) == 57 and report["points"]["missing"] == 57 and report["samples"]["missing"] == lost[:10]
    assert (report["points"]["changed"], report["samples"]["changed"], report["points"]["new"]) == (2, [1, 2], 5)
    assert report["points"]["changed_payload"] == 2 and report["points"]["changed_vector"] == 0
    shown = "\n".join(lines_of("diff", report, False))
    assert f"qdrant-backup restore articles --backup-id {ID} --points missing" in shown

    planned = points("restore", points="missing", check=True)
    assert by_id(backed_up) == kept and planned["put_back"] == 0 and planned["changed"]
    (step, again) = planned["plan"]["steps"]
    assert (
        step["action"] == PUT_BACK
        and step["subject"] == "57 missing into articles, about 1 s"
        and step["bytes"] > 57 * 100
    )
    assert again["action"] == COMPARE_AGAIN and step["seconds"] >= 0

    report = points("restore", points="missing")
    assert report["ok"] and report["changed"] and report["put_back"] == 57, report
    assert report["after"]["missing"] == report["points_left_alone"] == 0
    assert by_id(backed_up) == {**before, **kept}
    assert "57 points" in "\n".join(lines_of("restore", report, False))
    again = points("restore", points="missing")
    assert again["ok"] and not again["changed"] and again["put_back"] == 0 and again["plan"]["steps"] == []


def test_changed_points_are_overwritten_only_if_allowed_by_name(backed_up, points):
    before = by_id(backed_up)
    set_payload(backed_up, [5, 6, 7], topic="wrong")
    delete(backed_up, points=[9])
    with pytest.raises(RefusedError, match=r"3 points of articles would be overwritten.*changed --accept-write-loss"):
        points("restore", points="changed")
    for nothing in ({"filter": ""}, {"ids": []}, {"ids_file": ""}):
        with pytest.raises(UsageError, match="is empty"):
            points("restore", points="changed", accept_write_loss=True, **nothing)
    assert by_id(backed_up)[5]["payload"]["topic"] == "wrong"
    report = points(
        "restore", points="changed", accept_write_loss=True, ids=["5", "6", "9", "4000"], live_snapshot=True
    )
    assert report["ok"] and report["put_back"] == 2 and report["after"]["changed"] == 0
    assert report["warnings"] == ["1 of the 4 selected ids are not in the backup."]
    now = by_id(backed_up)
    assert now[5] == before[5] and now[6] == before[6] and now[7]["payload"]["topic"] == "wrong"
    assert 9 not in now, "a missing point is not put back by changed"


def test_a_filter_and_a_file_of_ids_choose(backed_up, points, tmp_path):
    delete(backed_up, points=list(range(1, 101)))
    set_payload(backed_up, [101], topic="t3")  # it did not match in the backup
    report = points("diff", filter=json.dumps(T3))
    assert report["points"]["missing"] == len([n for n in range(1, 101) if n % 7 == 3])
    assert report["points"]["changed"] == 0
    path = tmp_path / "ids"
    path.write_text("3\n10\n\n11\n5000\n")
    report = points("restore", points="missing", filter=json.dumps(T3), ids_file=str(path))
    assert report["put_back"] == 2 and {3, 10} <= set(by_id(backed_up)) and 11 not in by_id(backed_up)
    assert points("restore", points="missing", filter=json.dumps(T3))["put_back"] == 12
    again = points("restore", points="missing", filter=json.dumps(T3))
    assert "Nothing to put back: no selected point of articles is missing." in lines_of("restore", again, False)
    nobody = json.dumps({"must": [{"key": "topic", "match": {"value": "nobody"}}]})
    for report in (points("restore", points="missing", filter=nobody), points("diff", filter=nobody)):
        assert report["warnings"] == ["No point of the backup is selected. Check filter, ids and ids_file."]


def test_every_kind_of_vector_payload_and_id_comes_back(rig, points):
    """No false "changed", neither before nor after points were put back; 3 shards."""
    rig.node.call("PUT", "/collections/articles", ALL_KINDS)
    made = all_kinds(120)
    rig.node.call("PUT", "/collections/articles/points?wait=true", {"points": made})
    rig.run("back_up", backup_id=ID)
    before = by_id(rig)
    found = points("diff")["points"]
    assert found["same"] == len(made) == found["live"] and found["missing"] == found["changed"] == found["new"] == 0
    delete(rig, points=[point["id"] for point in made[::2]])
    report = points("restore", points="missing")
    assert report["ok"] and report["put_back"] == len(made[::2]) and not report["skipped"], report
    assert set(by_id(rig)) == set(before)
    found = points("diff")["points"]
    assert found["same"] == len(made) and found["missing"] == found["changed"] == 0


def test_points_written_meanwhile_are_left_alone_and_listed(backed_up, points):
    """What a client writes between the comparison and the batch stays, in both modes."""
    delete(backed_up, points=[1, 2, 3])

    def meanwhile(event):
        if event.step == PUT_BACK:
            backed_up.node.call(
                "PUT",
                "/collections/articles/points?wait=true",
                {"points": [{"id": 2, "vector": [1.0] * 8, "payload": {"by": "a client"}}]},
            )

    report = points("restore", points="missing", progress=meanwhile)
    # The points of the batch are read before it is told: insert_only decides.
    assert report["ok"] and report["put_back"] == 2 and [one["id"] for one in report["skipped"]] == [2], report
    assert by_id(backed_up)[2]["payload"] == {"by": "a client"}
    assert "written since the comparison" in report["skipped"][0]["why"]
    assert "left alone" in "\n".join(lines_of("restore", report, False))


def test_a_changed_point_is_read_again_right_before_its_batch(backed_up, points, monkeypatch):
    monkeypatch.setattr(comparison, "BATCH", 2)
    before = by_id(backed_up)
    set_payload(backed_up, [5, 6, 7, 8], topic="wrong")

    def after_the_first_batch(event):
        if event.step == PROVE and event.text == "batch 1":
            set_payload(backed_up, [8], topic="from a client")
            delete(backed_up, points=[7])

    report = points("restore", points="changed", accept_write_loss=True, progress=after_the_first_batch)
    assert report["ok"] and report["put_back"] == 2, report
    assert [(one["id"], one["why"][:14]) for one in report["skipped"]] == [(7, "it was deleted"), (8, "it was written")]
    now = by_id(backed_up)
    assert now[5] == before[5] and now[6] == before[6] and 7 not in now
    assert now[8]["payload"]["topic"] == "from a client"


def test_without_the_engine_one_sentence_says_how_to_install_it(backed_up, points, monkeypatch):
    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", missing)
    asked = {"open_with": "engine"}
    for verb, options in (("diff", asked), ("restore", {"points": "missing", **asked}), ("query", {})):
        with pytest.raises(MissingLibraryError, match="-m pip install qdrant-edge-py"):
            points(verb, **options)


def test_writers_at_work_lose_nothing(backed_up, points):
    """A client inserts and deletes points all the time, also those that are put back."""
    delete(backed_up, points=list(range(1, 301)))
    stop, written = threading.Event(), {}

    def client():
        source = random.Random(1)
        while not stop.is_set():
            one = source.randrange(1, 301)
            vector = [source.random() for dummy in range(8)]
            body = {"points": [{"id": one, "vector": vector, "payload": {"by": "client"}}]}
            backed_up.node.call("PUT", "/collections/articles/points?wait=true", body)
            written[one] = True

    thread = threading.Thread(target=client)
    thread.start()
    try:
        report = points("restore", points="missing", points_rate=150)
    finally:
        stop.set()
        thread.join()
    assert report["ok"], report
    now = by_id(backed_up)
    assert len(now) == 400 and written
    assert [one for one in written if now[one]["payload"] != {"by": "client"}] == [], "a client's write was lost"


def test_points_that_were_written_are_a_change_although_reading_them_again_fails(backed_up, points):
    delete(backed_up, points=[1, 2])

    def fails(event):
        if event.step == PROVE:
            raise EngineError("read", "points", "the connection was lost", "Try again.")

    report = points("restore", points="missing", progress=fails)
    assert report["failed"] and report["changed"] and report["put_back"] == 0 and backed_up.count() == 400
    again = points("restore", points="missing")
    assert again["ok"] and not again["changed"]


def test_refused_before_anything_is_written(backed_up, points, tmp_path):
    known = [
        ({"points": "missing", "collections": []}, UsageError, "one collection"),
        ({"points": "missing", "collections": ["art*"]}, UsageError, "one collection"),
        ({"points": "missing", "mode": "replace"}, UsageError, "points and mode are mutually exclusive"),
        ({"points": "missing", "rpo": "1h"}, UsageError, "points and rpo are mutually exclusive"),
        ({"points": "missing", "keep_old": False}, UsageError, "points and keep_old are mutually exclusive"),
        ({"points": "missing", "accept_gap": True}, UsageError, "points and accept_gap are mutually exclusive"),
        ({"points": "missing", "wait_for": "green"}, UsageError, "points and wait_for are mutually exclusive"),
        ({"points": "missing", "filter": "{"}, UsageError, "filter is not JSON"),
        ({"points": "missing", "filter": '{"must": []}'}, UsageError, "filter has no condition"),
        ({"points": "missing", "filter": '{"must": [{"key": "a"}]}'}, UsageError, "not supported"),
        ({"points": "missing", "ids": ["x"]}, UsageError, "'x' is not the id of a point"),
        ({"points": "missing", "ids_file": str(tmp_path / "none")}, EngineError, "No such file"),
        ({"points": "missing", "points_rate": -1}, UsageError, "points_rate is -1"),
        (
            {"points": "missing", "name": "nowhere"},
            RefusedError,
            r"does not exist.*restore articles --backup-id \S+ --name nowhere$",
        ),
        ({"points": "missing", "min_free": "900T"}, RefusedError, "must stay free"),
        ({"ids": ["1"]}, UsageError, "ids needs points"),
    ]
    delete(backed_up, points=[1])
    for options, error, said in known:
        with pytest.raises(error, match=said):
            points("restore", **options)
    with Host(str(backed_up.directory / "state"), backed_up.node.url).lock("a test"), pytest.raises(LockedError):
        points("restore", points="missing")
    backed_up.node.call("PUT", "/collections/other", {"vectors": {"size": 4, "distance": "Dot"}})
    with pytest.raises(
        RefusedError, match=r"(?i)the unnamed vector is 8 Cosine float32 vector in the backup and 4 Dot"
    ):
        points("restore", points="missing", name="other")
    backed_up.damage(next(key for key in backed_up.keys("/archives/") if "/articles/" in key))
    with pytest.raises(EngineError, match=r"sha256 differs.*verify --backup-id"):
        points("restore", points="missing")
    assert backed_up.count() == 399


def test_another_collection_may_get_the_points(backed_up, points):
    backed_up.node.call("PUT", "/collections/copy", {"vectors": {"size": 8, "distance": "Cosine"}})
    report = points("restore", points="missing", name="copy", filter=json.dumps(T3))
    assert report["put_back"] == backed_up.count("copy") == 57 and backed_up.count() == 400


def test_a_restore_that_did_not_end_is_known_through_an_alias_too(backed_up, points):
    alias = {"create_alias": {"collection_name": "articles", "alias_name": "live"}}
    backed_up.node.call("POST", "/collections/aliases", {"actions": [alias]})
    delete(backed_up, points=[1])
    intent = Intent(backed_up.node.url, "articles", "replace", "recover", "2026-11-22T17:00:00Z")
    Host(str(backed_up.directory / "state"), backed_up.node.url).open_intent(intent)
    assert any("may be mixed" in text for text in points("diff", name="live")["warnings"])
    with pytest.raises(RefusedError, match=r"articles.* may be mixed"):
        points("restore", points="missing", name="live")
    assert backed_up.count() == 399


def test_archives_of_several_nodes_are_read_together(rig, points):
    """As in a cluster: one node's archive has two shards, another node's the third; then the third is in none."""
    rig.fill("articles", 120, config={"shard_number": 3})
    rig.run("back_up", backup_id=ID)
    catalogue = Catalogue(repository(rig.params("diff"))(), "search")
    whole = catalogue.manifest(catalogue.backups()[0])
    (entry,) = whole.collections
    for node, captured in (("node-a", (0, 1)), ("node-b", (2,))):
        shards = dataclasses.replace(entry.shards, captured=captured)
        part = dataclasses.replace(
            whole,
            node=dataclasses.replace(whole.node, name=node),
            collections=(dataclasses.replace(entry, shards=shards),),
        )
        rig.s3.client().put_object(
            Bucket=rig.s3.bucket, Key=f"{rig.prefix}/{layout.manifest_key('search', node, ID)}", Body=dump(part)
        )
    before = by_id(rig)
    delete(rig, points=list(range(1, 61)))
    report = points("diff")
    assert report["nodes"] == ["node-a", "node-b"] and report["lacking"] == []
    assert (report["points"]["missing"], report["points"]["same"]) == (60, 60)
    rig.delete_object(layout.manifest_key("search", "node-b", ID))
    partly = points("restore", points="missing")
    assert (
        partly["ok"] and 0 < partly["put_back"] < 60 and "Shard 2 of articles is in no archive" in partly["warnings"][0]
    )
    left = points("diff")
    assert left["lacking"] == [2] and left["points"]["missing"] == 0 and left["points"]["changed"] == 0
    assert {one: before[one] for one in by_id(rig)} == by_id(rig)


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ({"key": "topic", "match": "t3"}, "the wrong type"),
        ({"key": "topic", "match": {"value": 1.5}}, "the wrong type"),
        ({"key": "rank", "range": {"below": 5}}, "a field that is unknown"),
        ({"has_id": 3}, "the wrong type"),
        ({"nested": {"key": "topic"}}, "lacks filter"),
        ({"min_should": {"min_count": 1}}, "min_should needs conditions and min_count"),
    ],
)
def test_a_wrong_condition_is_told_in_words_of_the_filter(backed_up, points, condition, said):
    with pytest.raises(UsageError) as caught:
        points("diff", filter=json.dumps({"must": [condition]}))
    told = str(caught.value)
    assert said in told and "object" not in told and "Error" not in told, told
    assert "min_should" in condition or f"the condition {json.dumps(condition)}" in told


@pytest.mark.parametrize("shards", [1, 3])
def test_a_query_is_answered_as_the_server_did(rig, points, shards):
    rig.fill("articles", 200, config={"shard_number": shards})
    vector = by_id(rig)[7]["vector"]
    asked = [
        {"query": vector, "limit": 5, "with_payload": True},
        {"query": {"nearest": vector}, "filter": T3, "limit": 3, "offset": 2},
        {"query": 7, "limit": 4, "with_vector": True},
        {"filter": {"must": [{"key": "rank", "range": {"lt": 5}}]}, "with_payload": True},
    ]
    answers = [rig.node.call("POST", "/collections/articles/points/query", body)["result"]["points"] for body in asked]
    rig.run("back_up", backup_id=ID)
    rig.drop()
    for body, expected in zip(asked, answers):
        report = points("query", query=json.dumps(body), backup_id=ID)
        found = report["result"]["points"]
        assert [point["id"] for point in found] == [point["id"] for point in expected]
        assert [point.get("payload") for point in found] == [point.get("payload") for point in expected]
        if "query" in body:
            scores = [point["score"] for point in expected]
            assert [point["score"] for point in found] == pytest.approx(scores, abs=1e-5)
    assert lines_of("query", report, False)
    with pytest.raises(UsageError, match="fusion is not supported"):
        points("query", query='{"query": {"fusion": "rrf"}}')
    for wrong in ({"limit": -1}, {"limit": 0}, {"limit": "3"}, {"offset": -1}, {"offset": True}):
        (key,) = wrong
        with pytest.raises(UsageError, match=f"{key} is .*, and must be a whole number of at least"):
            points("query", query=json.dumps(wrong))


def test_a_query_returns_the_fields_and_vectors_that_it_asks_for(rig, points):
    named = {name: {"size": 4, "distance": "Dot"} for name in ("a", "b")}
    rig.node.call("PUT", "/collections/articles", {"vectors": named})
    made = [
        {"id": n, "vector": {"a": [n, 1, 1, 1], "b": [1, n, 1, 1]}, "payload": {"t": n, "u": {"v": n, "w": 1}}}
        for n in range(1, 20)
    ]
    rig.node.call("PUT", "/collections/articles/points?wait=true", {"points": made})
    rig.run("back_up", backup_id=ID)
    for first in ({"query": 7, "using": "a", "limit": 2}, {"limit": 2, "offset": 3}):
        for asked in (
            {"with_payload": ["t"], "with_vector": ["b"]},
            {"with_payload": {"include": ["u.v"]}},
            {"with_payload": {"exclude": ["t"]}, "with_vector": True},
            {"with_payload": [], "with_vector": []},
        ):
            body = {**first, **asked}
            expected = rig.node.call("POST", "/collections/articles/points/query", body)["result"]["points"]
            found = points("query", query=json.dumps(body))["result"]["points"]
            for ours, theirs in zip(found, expected):
                for key in ("id", "payload", "vector"):
                    assert (ours.get(key) or {}) == (theirs.get(key) or {}), (body, key)
    with pytest.raises(UsageError, match="a sparse vector needs indices and values"):
        points("query", query='{"query": {"indices": [1]}}')
    for wrong in ({"with_payload": "t"}, {"with_payload": {"fields": ["t"]}}, {"with_vector": "a"}):
        (key,) = wrong
        with pytest.raises(UsageError, match=f": {key} is .*, and must be true, false"):
            points("query", query=json.dumps(wrong))


def test_the_commands_of_the_guide(rig, tmp_path):
    """In their order, after the accident that the guide tells of."""
    text = (ROOT / "docs" / "docsite" / "rst" / "guide_undo_delete.rst").read_text(encoding="utf-8")
    commands = [shlex.split(line[5:]) for line in text.splitlines() if line.startswith("   $ ")]
    assert len(commands) == 11 and {words[1] for words in commands} == {"list", "diff", "restore", "query"}
    rig.fill("articles", 126)
    rig.run("back_up", backup_id="20261122T010000Z")
    before = by_id(rig)
    delete(rig, filter=T3)
    set_payload(rig, [1, 2], title="new")
    rig.fill("articles", 5, first=1000)
    (tmp_path / "lost-ids.txt").write_text("3\n10\n")
    program = Program(rig, CLONE, tmp_path)
    program.configure(scratch_dir=str(tmp_path))
    for words in commands:
        words = [word.replace("/tmp/", f"{tmp_path}/") for word in words]
        out, dummy = program(*words[1:])
        if words[1] == "diff" and "--filter" not in words:
            shown = [line.strip() for line in text.splitlines() if line.startswith("   missing ")]
            assert shown[0] in out and "changed  2 " in out and "new      5 " in out
            assert "restore articles --backup-id 20261122T010000Z --points missing" in out
        if words[1] == "query" and "--json" not in words:
            assert out.split("\n")[1].startswith("49 ") or len(out.splitlines()) == 4
    assert json.loads(out)["result"]["points"] == [{"id": 3, "payload": before[3]["payload"]}]
    now = by_id(rig)
    assert {one: now[one] for one in before} == before and len(now) == 131
    program.no_secret_was_seen()


def test_the_modules(backed_up, tmp_path):
    ansible = Ansible(tmp_path / "ansible", tuple(filter(None, backed_up.secrets().values())))
    known = {name: value for name, value in {**backed_up.known(), **backed_up.secrets()}.items() if value is not None}
    common = {**known, "collections": ["articles"], "scratch_dir": str(tmp_path)}
    del common["spool_dir"]
    delete(backed_up, points=[1, 2, 3, 10])

    def play(name, **more):
        tasks = [{"name": "Task", f"vectorops.qdrant.{name}": {**common, **more}}]
        return [{"name": "Points", "hosts": "node-a", "gather_facts": False, "tasks": tasks}]

    found = ansible.run(play("qdrant_backup_diff_info", filter=T3), {})
    assert found.code == 0, found.output[-3000:]
    assert_documented(found)
    assert not found["Task"]["changed"] and found["Task"]["points"]["missing"] == 2
    done = ansible.run(play("qdrant_restore", points="missing", ids=["1", "3"]), {})
    assert done.code == 0 and done["Task"]["changed"] and done["Task"]["put_back"] == 2, done.output[-3000:]
    assert_documented(done)
    assert backed_up.count() == 398
