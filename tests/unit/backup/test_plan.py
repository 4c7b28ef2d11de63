# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The backup plan by tables: steps, refusals, warnings, expected bytes."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.assign import assign
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.plan import make_plan, parts_of
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.values import (
    BackupPlan,
    ClusterBackup,
    Previous,
    RepositoryFacts,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.intent import UNREADABLE, Intent
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.values import Cluster, ShardView, Snapshot
from ansible_collections.vectorops.qdrant.plugins.module_utils._retention.local import snapshot_time
from ansible_collections.vectorops.qdrant.tests.unit.backup.make import (
    BACKUP_ID,
    BEFORE,
    SINGLE,
    THREE,
    about,
    collection_facts,
    node_facts,
    options,
    prior,
    snapshot,
    view,
)

INTENT = Intent("http://127.0.0.1:6333", "a", "replace", "recover", "2026-11-22T18:30:00Z", safety_snapshot="s")


def test_the_steps_in_order() -> None:
    priors = {"a": prior(size=700), "b": prior(size=300)}
    plan = make_plan(options(), node_facts("b", "a"), RepositoryFacts(priors=priors))
    assert [(step.action, step.subject) for step in plan.plan.steps] == [
        ("snapshot", "a"),
        ("store", "a"),
        ("snapshot", "b"),
        ("store", "b"),
        ("commit", "backup 20261122T190000Z of c/node-a"),
    ]
    assert plan.plan.bytes == 1000
    assert [item.name for item in plan.items] == ["a", "b"]
    assert not plan.plan.refusals


@pytest.mark.parametrize(
    ("keep", "surplus"), [(24, None), (3, None), (2, 1), (0, 3)], ids=["few", "just enough", "one too many", "none"]
)
def test_rotation_is_a_destructive_step(keep: int, surplus: int | None) -> None:
    facts = node_facts("a", collections={"a": collection_facts("a", local=(snapshot(hour=1), snapshot(hour=2)))})
    rotate = [step for step in make_plan(options(keep_local=keep), facts).plan.steps if step.action == "rotate"]
    assert [step.detail["at_most"] for step in rotate] == ([] if surplus is None else [surplus])
    assert all(step.destructive for step in rotate)


@pytest.mark.parametrize(
    ("facts", "code", "word"),
    [
        pytest.param({"recoveries": 1}, "recover_running", "restore is running", id="a recover runs"),
        pytest.param({"patterns": ("live",), "aliases": {"live": "a"}}, "alias", "alias of collection a", id="alias"),
        pytest.param({"patterns": ("z*",)}, "nothing_chosen", "No collection matches z*", id="nothing matches"),
    ],
)
def test_refusals(facts: dict[str, Any], code: str, word: str) -> None:
    (refusal,) = make_plan(options(collections=facts.get("patterns", ())), node_facts("a", **facts)).plan.refusals
    assert refusal.code == code
    assert word in refusal.message
    assert refusal.next


@pytest.mark.parametrize(
    ("free", "size", "min_free", "refused"),
    [
        pytest.param(None, 1000, 500, False, id="cannot be seen"),
        pytest.param(1500, 1000, 500, False, id="just enough"),
        pytest.param(1499, 1000, 500, True, id="one byte short"),
        pytest.param(400, None, 500, True, id="less than min_free already"),
        pytest.param(600, None, 500, True, id="the points tell the size"),
        pytest.param(1 << 30, None, 500, False, id="enough for its points"),
    ],
)
def test_free_space(free: int | None, size: int | None, min_free: int, refused: bool) -> None:
    local = (snapshot(size=size),) if size else ()
    facts = node_facts("a", free=free, collections={"a": collection_facts("a", local=local)})
    plan = make_plan(options(min_free=min_free), facts).plan
    assert [refusal.code for refusal in plan.refusals] == (["min_free"] if refused else [])
    assert any("min_free is not checked" in text for text in plan.warnings) is (free is None)


def test_the_last_archive_in_the_repository_tells_the_size_better_than_the_node() -> None:
    facts = node_facts("a", collections={"a": collection_facts("a", local=(snapshot(size=5),))})
    assert make_plan(options(), facts).items[0].expected == 5
    assert make_plan(options(), facts, RepositoryFacts(priors={"a": prior(size=7)})).items[0].expected == 7


def test_before_the_first_backup_the_points_tell_the_size() -> None:
    facts = node_facts("a", collections={"a": collection_facts("a")})
    found = facts.collections["a"]
    assert found.info is not None and found.shards is not None
    points = sum(shard.points_count for shard in found.shards.local)
    expected = make_plan(options(), facts).items[0].expected
    assert points > 0 and expected is not None and expected > points * 4


def test_the_newest_snapshot_counts() -> None:
    local = (snapshot(hour=9, size=1), snapshot(hour=17, size=2), snapshot(hour=3, size=3))
    (item,) = make_plan(options(), node_facts("a", collections={"a": collection_facts("a", local=local)})).items
    assert item.expected == 2
    assert item.newest_local == "a-11-2026-11-22-17-00-00.snapshot"


@pytest.mark.parametrize(
    ("there", "patterns", "held", "failed", "words"),
    [
        pytest.param(("a",), (), ("a",), {}, {}, id="all of it"),
        pytest.param(("a", "b"), ("b",), ("a",), {}, {"b": "already committed, without b"}, id="another one"),
        pytest.param(("a", "b"), (), ("a",), {}, {"b": "without b"}, id="one that is new since"),
        pytest.param(("a", "b"), ("a",), ("a",), {"b": "Disk."}, {}, id="the one that is in it"),
        pytest.param(("a", "b"), (), ("a",), {"b": "Disk."}, {"b": "b failed in it: Disk."}, id="one that failed"),
        pytest.param(("a",), ("a", "b"), ("a", "b"), {}, {}, id="one that is gone since"),
        pytest.param(("a",), ("a", "b"), ("a",), {}, {"b": "There is no collection b"}, id="one that never was"),
        pytest.param(
            ("a",), ("a", "b"), ("a",), {"b": "x"}, {"b": "b failed in it: x"}, id="one that never was, again"
        ),
    ],
)
def test_a_committed_id_leaves_nothing_to_do_and_says_what_it_lacks(
    there: tuple[str, ...],
    patterns: tuple[str, ...],
    held: tuple[str, ...],
    failed: dict[str, str],
    words: dict[str, str],
) -> None:
    known = RepositoryFacts(committed=True, held=held, failed=tuple(failed.items()))
    made = make_plan(options(collections=patterns), node_facts(*there, patterns=patterns), known)
    assert not made.plan.changes
    assert "already committed" in made.plan.warnings[0]
    assert [name for name, dummy in made.failed] == list(words)
    assert all(words[name] in error for name, error in made.failed)


def test_a_collection_on_other_nodes_is_not_missed_in_a_committed_backup() -> None:
    elsewhere = collection_facts("a", shards=view({}, {0: (22, "Active")}))
    facts = node_facts("a", cluster=THREE, collections={"a": elsewhere})
    assert not make_plan(options(), facts, RepositoryFacts(committed=True)).failed


def test_a_broken_collection_fails_and_the_others_go_on() -> None:
    facts = node_facts("a", "b", collections={"a": collection_facts("a", info=None, error="Dirty shard.")})
    plan = make_plan(options(), facts)
    assert plan.failed == (("a", "Dirty shard."),)
    assert [item.name for item in plan.items] == ["b"]
    assert not plan.plan.refusals


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        pytest.param({"shards": view(transfers=1)}, "transferred", id="transfer"),
        pytest.param({"shards": view(resharding=1)}, "resharding", id="resharding"),
        pytest.param({"info": about("a", status="red", optimizer_status="no space")}, "no space", id="red"),
        pytest.param({}, "", id="nothing to say"),
    ],
)
def test_warnings_of_a_collection(facts: dict[str, Any], word: str) -> None:
    (item,) = make_plan(options(), node_facts("a", collections={"a": collection_facts("a", **facts)})).items
    assert (word in " ".join(item.warnings)) if word else not item.warnings


def test_a_long_name_is_warned_of_and_tried() -> None:
    name = "n" * 200
    plan = make_plan(options(), node_facts(name))
    assert [item.name for item in plan.items] == [name]
    assert "more than 197 bytes" in " ".join(plan.plan.warnings)
    assert not make_plan(options(), node_facts("n" * 197)).items[0].warnings


def test_an_open_intent_makes_its_collection_suspect() -> None:
    plan = make_plan(options(), node_facts("a", "b", intents=(INTENT,)))
    assert {item.name: bool(item.in_doubt) for item in plan.items} == {"a": True, "b": False}
    assert plan.items[0].in_doubt[0].endswith("may be mixed")
    (told,) = [text for text in plan.plan.warnings if text.startswith("a: ")]
    assert "may be mixed" in told and INTENT.settle() in told


def test_notes_that_cannot_be_read_make_every_collection_suspect() -> None:
    unknown = dataclasses.replace(INTENT, collection=UNREADABLE, step="/state/intents", mode="Permission denied")
    plan = make_plan(options(), node_facts("a", "b", intents=(unknown,)))
    assert all("/state/intents" in item.in_doubt[0] for item in plan.items)


def test_an_intent_of_a_collection_that_is_not_asked_for_is_told() -> None:
    plan = make_plan(options(), node_facts("a", "b", patterns=("b",), intents=(INTENT,)))
    assert any("may be mixed" in text for text in plan.plan.warnings)
    assert not plan.items[0].in_doubt


def test_unreadable_metrics_are_told() -> None:
    plan = make_plan(options(), node_facts("a", recoveries=None)).plan
    assert any("metrics cannot be read" in text for text in plan.warnings)
    assert not plan.refusals


@pytest.mark.parametrize(
    ("cluster", "seen", "skipped"),
    [
        pytest.param(THREE, view({}, {0: (22, "Active")}), True, id="all on other nodes"),
        pytest.param(THREE, view({1: "Dead"}, {0: (22, "Active")}), False, id="a dead replica here"),
        pytest.param(THREE, view({}), False, id="no shard anywhere: something is wrong, let it be seen"),
        pytest.param(SINGLE, view({}), False, id="a single node"),
    ],
)
def test_a_collection_that_is_all_on_other_nodes_is_told_and_left_to_them(
    cluster: Cluster, seen: ShardView, skipped: bool
) -> None:
    facts = node_facts("a", cluster=cluster, collections={"a": collection_facts("a", shards=seen)})
    plan = make_plan(options(expected_nodes=("a", "b", "c")), facts)
    assert [item.name for item in plan.items] == ([] if skipped else ["a"])
    assert any("has no shard of a" in text for text in plan.plan.warnings) is skipped
    assert plan.elsewhere == (("a",) if skipped else ())
    assert not plan.plan.refusals
    assert not plan.failed


@pytest.mark.parametrize(
    ("cluster", "expected", "told"),
    [(THREE, (), True), (THREE, ("a", "b"), True), (THREE, ("a", "b", "c"), False), (SINGLE, (), False)],
)
def test_nodes_that_nobody_expects_are_told(cluster: Cluster, expected: tuple[str, ...], told: bool) -> None:
    plan = make_plan(options(expected_nodes=expected), node_facts("a", cluster=cluster)).plan
    assert any("would not be reported as missing" in text for text in plan.warnings) is told


def test_an_empty_node_is_backed_up_as_empty() -> None:
    plan = make_plan(options(), node_facts())
    assert [step.action for step in plan.plan.steps] == ["commit"]
    assert not plan.plan.refusals
    assert not plan.suspect
    assert any("has no collections" in text for text in plan.plan.warnings)


def test_what_is_gone_makes_the_backup_suspect() -> None:
    previous = Previous(BEFORE, ("a", "b"), {"live": "b"})
    plan = make_plan(options(), node_facts("a"), RepositoryFacts(previous=previous))
    assert plan.gone == {"collections": ["b"], "aliases": ["live"]}
    assert "collections gone: b" in plan.suspect[0]
    assert any("suspect" in text for text in plan.plan.warnings)


def test_an_empty_node_that_held_something_is_suspect() -> None:
    plan = make_plan(options(), node_facts(), RepositoryFacts(previous=Previous(BEFORE, ("a",))))
    assert "collections gone: a" in plan.suspect[0]


def test_a_collection_that_became_an_alias_was_switched_not_lost() -> None:
    facts = node_facts("a-2", aliases={"a": "a-2"})
    assert not make_plan(options(), facts, RepositoryFacts(previous=Previous(BEFORE, ("a",)))).suspect


@pytest.mark.parametrize(
    ("found", "time"),
    [
        (snapshot(hour=7), "2026-11-22-07-00-00"),
        (Snapshot("mine.snapshot", 1, "2026-11-22T08:09:10", None), "2026-11-22-08-09-10"),
        (Snapshot("mine.snapshot", 1, None, None), ""),
    ],
)
def test_the_time_of_a_snapshot(found: Snapshot, time: str) -> None:
    assert snapshot_time(found) == time


@pytest.mark.parametrize(
    ("previous", "word"),
    [
        pytest.param({"backup_id": "20991231T000000Z"}, "Check the clock", id="clock went back"),
    ],
)
def test_what_the_previous_backup_warns_of(previous: dict[str, Any], word: str) -> None:
    facts = node_facts("a")
    usual = {"backup_id": BEFORE, "collections": ("a",)}
    assert make_plan(options(), facts, RepositoryFacts(previous=Previous(**usual))).plan.warnings == ()
    found = make_plan(options(), facts, RepositoryFacts(previous=Previous(**{**usual, **previous}))).plan.warnings
    assert any(word in text for text in found)


SIX = view({0: "Active", 1: "Active", 2: "Dead"}, {3: (22, "Active"), 4: (33, "Active"), 2: (22, "Active")})


def per_shard(shards: ShardView, *, cluster: Cluster = THREE, backup_id: str = BACKUP_ID, **more: Any) -> BackupPlan:
    facts = node_facts("a", cluster=cluster, collections={"a": collection_facts("a", shards=shards)}, **more)
    given = options(cluster_capture="shard", backup_id=backup_id, expected_nodes=("a", "b", "c"))
    return make_plan(given, facts)


def test_a_node_of_a_cluster_stores_the_shards_that_are_its_own_alone() -> None:
    plan = per_shard(SIX)
    (item,) = plan.items
    assert item.shards == (0, 1) and not plan.plan.warnings
    assert [(step.action, step.subject) for step in plan.plan.steps][:2] == [
        ("snapshot", "a, shard 0, 1"),
        ("store", "a, shard 0, 1"),
    ]
    assert parts_of(options(cluster_capture="shard"), node_facts("a", cluster=THREE)) == ["a/0"]


def test_without_cluster_mode_whole_collections_are_stored() -> None:
    plan = per_shard(view({0: "Active", 1: "Active"}), cluster=SINGLE)
    assert [item.shards for item in plan.items] == [None] and not plan.plan.warnings


def test_a_node_whose_turn_it_is_not_knows_the_shards() -> None:
    plan = per_shard(view({}, {0: (22, "Active"), 1: (33, "Active")}))
    assert plan.items == () and not plan.plan.refusals and not plan.plan.warnings
    assert sorted(plan.shards_elsewhere["a"]) == ["0", "1"]


def test_replicas_take_turns() -> None:
    both = view({0: "Active"}, {0: (22, "Active")})
    taken = [bool(per_shard(both, backup_id=f"2026112{day}T190000Z").items) for day in range(10)]
    assert set(taken) == {True, False}
    alone = [per_shard(both, backup_id=f"2026112{day}T190000Z", silent=frozenset({22})).items for day in range(10)]
    assert all(alone), "the other one does not answer"


def test_a_shard_that_nobody_can_store_is_told() -> None:
    plan = per_shard(view({0: "Active"}, {1: (22, "Active"), 2: (33, "Dead")}), silent=frozenset({22}))
    (text,) = plan.plan.warnings
    assert text.startswith("No node can store shard 1, 2 of a: it has no Active replica on a node that answers.")


def test_a_transfer_does_not_touch_active_replicas() -> None:
    moving = view({0: "Active"}, transfers=1)
    assert not per_shard(moving).plan.warnings
    assert "transferred" in " ".join(per_shard(moving, cluster=SINGLE).plan.warnings)


def test_the_size_is_that_of_the_shards() -> None:
    known = {"a/0": prior(size=700), "a": prior(size=9000)}
    facts = node_facts("a", cluster=THREE, collections={"a": collection_facts("a", shards=SIX)})
    plan = make_plan(options(cluster_capture="shard"), facts, RepositoryFacts(priors=known))
    guess = int(1.6 * 50 * (4 * 4 + 200))
    assert plan.items[0].expected == 700 + guess


def test_local_snapshots_of_shards_are_rotated_each() -> None:
    old = tuple(snapshot("a-shard-0", hour=hour) for hour in (1, 2, 3))
    shards = collection_facts("a", shards=SIX, of_shards={0: old, 1: (), 2: old})
    facts = node_facts("a", cluster=THREE, collections={"a": shards})
    steps = make_plan(options(cluster_capture="shard", keep_local=2), facts).plan.steps
    rotate = [(step.subject, step.detail["at_most"]) for step in steps if step.action == "rotate"]
    assert rotate == [("local snapshots of a, shard 0", 2)]


def test_a_committed_backup_without_a_shard_here_is_no_failure() -> None:
    facts = node_facts("a", cluster=THREE, collections={"a": collection_facts("a", shards=SIX)})
    plan = make_plan(options(cluster_capture="shard"), facts, RepositoryFacts(committed=True, held=("a",)))
    assert plan.failed == () and "already committed" in plan.plan.warnings[0]


def refilled(
    captured: dict[str, set[int]],
    peers: set[int],
    *,
    at_work: tuple[str, ...] = (),
    age: float = 7200.0,
    seen: ShardView = SIX,
    **more: Any,
) -> BackupPlan:
    """A run under a committed id. The collection has the shards 0 to 4 of SIX; 0 and 1 are only here."""
    held = {name: frozenset(shards) for name, shards in captured.items()}
    facts = node_facts("a", cluster=THREE, collections={"a": collection_facts("a", shards=seen)}, **more)
    of_cluster = ClusterBackup(held, frozenset(peers), at_work, age)
    known = RepositoryFacts(committed=True, held=("a",), of_cluster=of_cluster)
    return make_plan(options(cluster_capture="shard"), facts, known)


@pytest.mark.parametrize(
    ("captured", "peers", "shards", "words"),
    [
        pytest.param({0, 1, 2, 3, 4}, {11, 22, 33}, None, ["nothing to do"], id="all are there"),
        pytest.param({0, 2, 3, 4}, {11, 22, 33}, (1,), ["Shard 1 of a", "it is stored now"], id="one of ours"),
        pytest.param({0, 1, 2, 3}, {11, 22, 33}, None, ["nothing to do", "Shard 4 of a"], id="one of another node"),
        pytest.param(set(), {11}, (0, 1), ["Shard 0, 1 of a", "Shard 2, 3, 4 of a"], id="ours and others"),
    ],
)
def test_what_a_committed_backup_lacks(
    captured: set[int], peers: set[int], shards: tuple[int, ...] | None, words: list[str]
) -> None:
    plan = refilled({"a": captured}, peers)
    assert [item.shards for item in plan.items] == ([shards] if shards else [])
    assert plan.fills is bool(shards) and not plan.plan.refusals
    assert all(word in " ".join(plan.plan.warnings) for word in words)
    assert [step.action for step in plan.plan.steps] == (["snapshot", "store", "commit"] if shards else [])


def test_a_node_that_works_on_it_is_waited_for() -> None:
    plan = refilled({"a": {0}}, {11}, at_work=("node-b",))
    assert not plan.fills and "node-b is backing up now" in " ".join(plan.plan.warnings)


BOTH = view({0: "Active", 1: "Active", 2: "Active"}, dict.fromkeys(range(3), (22, "Active")))


@pytest.mark.parametrize(
    ("age", "peers", "silent", "fills"),
    [
        pytest.param(60.0, {11}, None, False, id="the other node may still come"),
        pytest.param(60.0, {11}, frozenset(), False, id="it answers, and may still come"),
        pytest.param(60.0, {11}, frozenset({22}), True, id="it does not answer"),
        pytest.param(3600.0, {11}, None, True, id="it had an hour"),
        pytest.param(3600.0, {11}, frozenset(), True, id="it answers, and had an hour"),
    ],
)
def test_shards_of_a_node_that_has_not_backed_up(
    age: float, peers: set[int], silent: frozenset[int] | None, fills: bool
) -> None:
    own = set(assign(BOTH, "a", BACKUP_ID).of(11))
    assert own and own != {0, 1, 2}
    plan = refilled({"a": own}, peers, age=age, seen=BOTH, silent=silent)
    assert plan.fills is fills
    assert fills or "have not backed up" in " ".join(plan.plan.warnings)
    assert not fills or set(plan.items[0].shards or ()) == {0, 1, 2} - own


def test_a_shard_that_failed_here_is_stored_by_this_node_again() -> None:
    own = set(assign(BOTH, "a", BACKUP_ID).of(11))
    plan = refilled({"a": {0, 1, 2} - own}, {11, 22}, age=60.0, seen=BOTH)
    assert set(plan.items[0].shards or ()) == own


def test_without_a_view_of_the_others_nothing_is_added() -> None:
    facts = node_facts("a", cluster=THREE, collections={"a": collection_facts("a", shards=SIX)})
    plan = make_plan(options(cluster_capture="shard"), facts, RepositoryFacts(committed=True, held=("a",)))
    assert not plan.fills and plan.items == ()
