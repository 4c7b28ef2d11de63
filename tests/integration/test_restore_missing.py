# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``mode: missing``, and runs that were ended: what is proven stays proven, and the same command goes on."""

from __future__ import annotations

import json
import signal

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import RefusedError
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.host import Host
from ansible_collections.vectorops.qdrant.tests.support.restore_runs import intents, killed_at


@pytest.fixture
def two(rig):
    """Two collections and their backup."""
    rig.fill("articles", 100)
    rig.fill("notes", 50)
    rig.run("back_up")
    return rig


def proofs(rig):
    """The documents of restores, oldest first; that of the backup itself is left out."""
    client, place = rig.s3.client(), rig.s3.bucket
    keys = [f"{rig.prefix}/{key}" for key in rig.keys("/proofs/")]
    found = [json.loads(client.get_object(Bucket=place, Key=key)["Body"].read()) for key in keys]
    return [document for document in found if document["by"].startswith("restore")]


def unfinished(rig):
    return [note.collection for note in Host(str(rig.directory / "state"), rig.node.url).unfinished()]


def test_what_is_missing_comes_back_and_the_rest_is_left_alone(two):
    before = two.contents("notes")
    two.drop("articles")
    report = two.run("restore", mode="missing")
    assert report["ok"] and report["changed"] and two.count() == 100
    assert [item["name"] for item in report["collections"]] == ["articles"]
    (item,) = report["left_alone"]
    assert (item["name"], item["standing"], item["agrees"], item["points"]) == ("notes", "present", True, 50)
    assert item["compared"]["count"] and item["compared"]["points"] == 32 and not item["compared"]["hash"]
    assert two.contents("notes") == before
    again = two.run("restore", mode="missing")
    assert again["ok"] and not again["changed"] and again["collections"] == []
    assert again["warnings"] == [], "what the backup said of the disk says nothing of its contents"
    assert [(item["name"], item["agrees"]) for item in again["left_alone"]] == [("articles", True), ("notes", True)]
    assert set(again["seconds"]) == {"plan", "restore", "finish", "total"}


def test_check_mode_says_what_would_change(two):
    two.drop("articles")
    report = two.run("restore", mode="missing", check=True)
    assert report["changed"] and "recover" in [step["action"] for step in report["plan"]["steps"]]
    assert "collection articles: does not exist\n" in report["diff"]["before"] and two.collections() == ["notes"]
    two.run("restore", mode="missing")
    report = two.run("restore", mode="missing", check=True)
    assert not report["changed"] and report["diff"]["before"] == report["diff"]["after"]


def test_what_differs_is_left_alone_and_reported(two):
    two.node.call("POST", "/collections/articles/points/delete?wait=true", {"points": list(range(1, 101))})
    two.node.call("POST", "/collections/notes/points/delete?wait=true", {"points": [1]})
    report = two.run("restore", mode="missing")
    assert report["ok"] and not report["changed"]
    assert [item["agrees"] for item in report["left_alone"]] == [False, False]
    assert "has 49 points, but 50 were counted" in report["left_alone"][1]["differences"][0]
    (told,) = [text for text in report["warnings"] if "were left alone, and differ" in text]
    assert "articles (0 points, 100 in the backup), notes (49 points, 50 in the backup)" in told
    assert two.count() == 0


def test_a_rate_limit_is_no_damage(rig):
    """Its clients may have used up the calls of this minute: the collection is left alone, and nobody is told to
    overwrite it."""
    rig.fill("articles", 100)
    rig.run("back_up")
    if rig.node.is_double:
        rig.node.faults([{"path_regex": "/collections/articles/points", "status": 429}])
    else:
        limit = {"enabled": True, "read_rate_limit": 1}
        rig.node.call("PATCH", "/collections/articles", {"strict_mode_config": limit})
    report = rig.run("restore", mode="missing")
    assert report["ok"] and not report["changed"]
    (item,) = report["left_alone"]
    assert item["name"] == "articles" and item["differences"] == [] and item["points"] in (None, 100)
    again = rig.run("restore", mode="missing")
    (item,) = again["left_alone"]
    assert again["ok"] and item["agrees"] is None and not item["compared"]["count"]
    assert any("calls per minute" in text for text in again["warnings"]), again["warnings"]


def test_what_a_killed_restore_left_is_finished_and_what_is_mixed_is_refused(two):
    two.drop("articles")
    assert killed_at(two, "wait until ready", collections=["articles"])[0] == -signal.SIGKILL
    report = two.run("restore", mode="missing")
    assert report["ok"] and report["changed"] and two.count() == 100 and intents(two) == []
    assert killed_at(two, "wait until ready", collections=["notes"], mode="replace")[0] == -signal.SIGKILL
    with pytest.raises(RefusedError, match="may be incomplete or mixed") as caught:
        two.run("restore", mode="missing")
    assert [refusal["code"] for refusal in caught.value.details["refusals"]] == ["in_doubt"]
    assert "--mode replace notes" in str(caught.value)


def test_proofs_of_a_run_that_is_killed_before_its_end_are_recorded_by_the_next(two):
    two.drop("articles")
    two.drop("notes")
    code, said = killed_at(two, "end intent", parallel=1)
    assert code == -signal.SIGKILL, said
    assert proofs(two) != [], "all were proven: the document was written before the notes go"
    report = two.run("restore")
    assert report["ok"] and not report["changed"] and unfinished(two) == []


def test_one_of_two_was_proven_when_the_run_was_killed(two):
    two.drop("articles")
    two.drop("notes")
    # With one thread, the second collection begins when the first is proven.
    code, said = killed_at_second(two)
    assert code == -signal.SIGKILL, said
    assert proofs(two) == [] and unfinished(two) == ["articles"]
    two.node.call("PUT", "/collections/other", {"vectors": {"size": 4, "distance": "Dot"}})
    report = two.run("restore", mode="missing")
    assert report["ok"] and two.count() == 100 and two.count("notes") == 50
    assert [item["name"] for item in report["left_alone"]] == ["articles"]
    assert any("An earlier run restored articles from this backup and proved it" in text for text in report["warnings"])
    found = proofs(two)
    assert sorted(one["name"] for document in found for one in document["collections"]) == ["articles", "notes"]
    assert all(document["ok"] and document["grade"] == 3 for document in found) and unfinished(two) == []


def test_aliases_of_a_killed_run_can_be_set_after_its_proofs_were_recorded(two):
    alias = {"create_alias": {"collection_name": "articles", "alias_name": "live"}}
    two.node.call("POST", "/collections/aliases", {"actions": [alias]})
    two.run("back_up", backup_id="20990101T000000Z")  # within the second of the first it would be that one again
    two.drop("articles")
    two.drop("notes")
    assert killed_at_second(two, restore_aliases=True)[0] == -signal.SIGKILL
    assert two.run("restore", mode="missing", collections=["notes"])["ok"]
    assert len(proofs(two)) == 2 and unfinished(two) == ["articles"]
    report = two.run("restore", collections=["articles"], restore_aliases=True)
    assert report["ok"] and two.count("live") == 100 and unfinished(two) == []


def test_the_same_command_finishes_a_run_and_does_not_touch_what_it_proved(two):
    two.drop("articles")
    two.drop("notes")
    assert killed_at_second(two)[0] == -signal.SIGKILL
    report = two.run("restore")
    assert report["ok"] and sorted(item["name"] for item in report["collections"]) == ["articles", "notes"]
    (document,) = proofs(two)
    assert sorted(one["name"] for one in document["collections"]) == ["articles", "notes"] and unfinished(two) == []


def test_what_was_written_to_since_a_killed_run_is_not_called_restored(two):
    two.drop("articles")
    two.drop("notes")
    assert killed_at_second(two)[0] == -signal.SIGKILL
    two.node.call("POST", "/collections/articles/points/delete?wait=true", {"points": [1, 2, 3]})
    report = two.run("restore")
    assert not report["ok"] and two.count() == 97
    assert "it was changed since then: it was left alone" in report["failed"][0]["message"]
    report = two.run("restore", mode="missing")
    assert report["ok"] and [item["agrees"] for item in report["left_alone"] if item["name"] == "articles"] == [False]


def test_restore_as_is_another_word_for_name(two):
    from ansible_collections.vectorops.qdrant.plugins.module_utils._options import argument_spec
    from ansible_collections.vectorops.qdrant.plugins.module_utils._verbs import restore

    assert argument_spec(*restore.OPTIONS)["name"]["aliases"] == ["restore_as"]


def killed_at_second(rig, **changes):
    """Killed when the first of two collections is proven, before anything is done for the second."""
    return killed_at(rig, "write intent", times=2, parallel=1, **changes)


def test_a_backup_of_selected_collections_tells_what_it_does_not_hold(rig):
    rig.fill("articles", 20)
    rig.fill("notes", 10)
    rig.run("back_up", backup_id="20261101T000000Z")
    rig.run("back_up", backup_id="20261102T000000Z", collections=["articles"])
    rig.drop("articles")
    rig.drop("notes")
    report = rig.run("restore", mode="missing")
    assert rig.collections() == ["articles"]
    assert any("does not hold notes, which earlier backups hold" in text for text in report["warnings"])
    report = rig.run("restore", mode="missing", collections=["articles"])
    assert not any("does not hold" in text for text in report["warnings"])
    report = rig.run("restore", mode="missing", backup_id="20261101T000000Z")
    assert rig.collections() == ["articles", "notes"]
    assert not any("does not hold" in text for text in report["warnings"])
