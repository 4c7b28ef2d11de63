# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The restore plan by tables: what is refused, what is warned of, which steps are taken in which order."""

from __future__ import annotations

import dataclasses
import shlex

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.intent import ALIASES as ALIASES_LEFT
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.intent import PROVEN, Intent
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.values import (
    Collection,
    LocalShard,
    RemoteShard,
    ShardView,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.match import (
    creation_body,
    differences,
    missing_indexes,
    update_body,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.plan import make_plan
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.scene import Scene
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.standing import Claim, Standing
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.state import State
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.steps.create import CreateWithKeys
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.task import make_tasks
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.values import (
    Lost,
    RestoreFacts,
    RestoreOptions,
    Source,
    Target,
    shard_keys_of,
)
from ansible_collections.vectorops.qdrant.tests.support.copied import copied

CONFIG = {"params": {"vectors": {"size": 4, "distance": "Cosine"}, "shard_number": 1}}
SOURCE = Source(
    kind="repository",
    collection="articles",
    location="c/archives/n/20261122T190000Z/articles/a.snapshot",
    bytes=1000,
    sha256="a" * 64,
    config=CONFIG,
    points=50,
    quiet=True,
    probe={"format": 1},
    qdrant_version="1.18.3",
    shards=frozenset({0}),
    known_shards=frozenset({0}),
    backup_id="20261122T190000Z",
    node="node-a",
)
TARGET = Target("articles")
TAKEN = Target("articles", exists=True, config=CONFIG, count=70)


def facts(source=SOURCE, target=TARGET, **changes):
    base = RestoreFacts(
        node_url="http://127.0.0.1:6333",
        version="1.18.3",
        cluster_enabled=False,
        aliases={},
        recoveries_running=0,
        pairs=((source, target),),
        can_presign=True,
    )
    return dataclasses.replace(base, **changes)


def planned(given, options):
    return make_plan(given, options).plan


def src(**changes):
    return dataclasses.replace(SOURCE, **changes)


OTHER = src(collection="notes")
ALIASED, ALIASED_TOO = src(aliases=("live",)), src(collection="notes", aliases=("live",))
ALIASES = RestoreOptions(restore_aliases=True)
REPLACE = RestoreOptions(mode="replace")
CUSTOM = {"params": {**CONFIG["params"], "sharding_method": "custom"}}
WIDE = {"params": {"vectors": {"size": 8, "distance": "Cosine"}, "shard_number": 1}}
SPARSE = {"params": {**CONFIG["params"], "sparse_vectors": {"s": {}}}}


@pytest.mark.parametrize(
    "code, given, options",
    [
        ("nothing_chosen", facts(pairs=()), RestoreOptions()),
        ("recover_running", facts(recoveries_running=1), RestoreOptions()),
        ("replica_priority", facts(cluster_enabled=True), RestoreOptions(priority="replica")),
        ("incomplete_backup", facts(incomplete="incomplete 2/3: node-c missing"), RestoreOptions()),
        ("one_name", facts(pairs=((SOURCE, TARGET), (SOURCE, TARGET))), RestoreOptions()),
        ("no_space", facts(free_bytes=1 << 30), RestoreOptions(min_free=1 << 30)),
        ("no_space", facts(storage_free_bytes=1 << 30), RestoreOptions(min_free=1 << 30)),
        ("no_space", facts(free_bytes=9 << 30, storage_free_bytes=1 << 30, one_disk=False), RestoreOptions()),
        ("no_space", facts(free_bytes=1 << 20, storage_free_bytes=9 << 30, one_disk=False), RestoreOptions()),
        ("alias_taken", facts(pairs=((SOURCE, TARGET), (OTHER, Target("notes")))), RestoreOptions(alias="notes")),
        ("one_alias", facts(pairs=((ALIASED, TARGET), (ALIASED_TOO, Target("notes")))), ALIASES),
        ("bad_archive", facts(src(problems=("it is cut short",))), RestoreOptions()),
        ("suspect_backup", facts(src(suspect="half of the points are gone")), RestoreOptions()),
        ("version", facts(version="1.17.1"), RestoreOptions()),
        ("version", facts(version="1.20.0"), RestoreOptions()),
        ("alias_in_the_way", facts(target=Target("live", alias_of="articles")), RestoreOptions()),
        ("alias_in_the_way", facts(target=Target("live", alias_of="articles")), REPLACE),
        ("name_taken", facts(target=TAKEN), RestoreOptions()),
        ("suspect_backup", facts(lost=Lost("20261122T190000Z", ("notes",))), RestoreOptions()),
        ("bad_name", facts(target=Target("a:b")), RestoreOptions()),
        ("bad_name", facts(target=Target("a/b")), RestoreOptions()),
        ("bad_name", facts(target=Target("x" * 198)), RestoreOptions()),
        ("bad_name", facts(target=Target("ü" * 99)), REPLACE),
        ("bad_name", facts(target=Target("x" * 255)), RestoreOptions()),
        ("bad_name", facts(target=Target("x" * 256)), RestoreOptions()),
        ("missing_shards", facts(src(known_shards=frozenset({0, 1, 2}))), RestoreOptions()),
        ("missing_shards", facts(left_out=("reviews",)), RestoreOptions()),
        ("custom_sharding", facts(src(config=CUSTOM)), RestoreOptions()),
        ("no_shard_keys", facts(src(config=CUSTOM), cluster_enabled=True), RestoreOptions()),
        ("shard_ids", facts(src(config=CUSTOM, shard_keys=(("k", (1, 3)),)), cluster_enabled=True), RestoreOptions()),
        ("config_differs", facts(src(config=WIDE), TAKEN), REPLACE),
        ("config_differs", facts(src(config=SPARSE), TAKEN), REPLACE),
        ("config_differs", facts(src(config=CUSTOM, shard_keys=(("k", (1,)),)), TAKEN, cluster_enabled=True), REPLACE),
        ("live_writes", facts(target=dataclasses.replace(TAKEN, moving=True)), REPLACE),
        ("alias_taken", facts(aliases={"live": "other"}), RestoreOptions(alias="live")),
        ("alias_taken", facts(src(aliases=("live",)), aliases={"live": "other"}), RestoreOptions(restore_aliases=True)),
        ("no_delivery", facts(target=Target("a:b"), can_presign=False), RestoreOptions()),
        ("no_delivery", facts(can_presign=False), RestoreOptions(delivery="url")),
        ("no_delivery", facts(src(kind="file")), RestoreOptions(delivery="url")),
        ("no_delivery", facts(src(kind="url")), RestoreOptions(delivery="upload")),
        ("no_delivery", facts(target=Target("a:b")), RestoreOptions(delivery="upload")),
        ("no_delivery", facts(), RestoreOptions(delivery="file", snapshots_dir="/gone")),
    ],
)
def test_refusals(code, given, options):
    plan = planned(given, options)
    assert code in [refusal.code for refusal in plan.refusals]
    assert all(refusal.message.endswith(".") for refusal in plan.refusals)


@pytest.mark.parametrize(
    "given, options",
    [
        (facts(), RestoreOptions()),
        (facts(version="1.19.0"), RestoreOptions()),
        (facts(target=TAKEN), REPLACE),
        (facts(target=dataclasses.replace(TAKEN, moving=True)), RestoreOptions(mode="replace", accept_write_loss=True)),
        (facts(aliases={"live": "articles"}), RestoreOptions(alias="live")),
        (facts(src(aliases=("live",)), aliases={"live": "other"}), RestoreOptions()),
        (facts(src(known_shards=frozenset({0, 1})), cluster_enabled=True), RestoreOptions()),
        (facts(src(config=CUSTOM, shard_keys=(("k", (1,)),)), cluster_enabled=True), RestoreOptions()),
        (facts(recoveries_running=None), RestoreOptions()),
        (facts(src(suspect="half of the points are gone")), RestoreOptions(backup_id="20261122T190000Z")),
        (facts(free_bytes=100 << 30), RestoreOptions()),
        (facts(incomplete="shard 2 of articles is nowhere"), RestoreOptions(allow_incomplete=True)),
        (facts(pairs=(), left_out=("articles",), cluster_enabled=True), RestoreOptions()),
    ],
)
def test_what_is_not_refused(given, options):
    assert planned(given, options).refusals == ()


LONG, DRILLED = "x" * 199, "x" * 197 + "__drill_20261122T190000Z"


@pytest.mark.parametrize(
    ("given", "options"),
    [
        pytest.param(facts(target=Target("x" * 197)), RestoreOptions(), id="the longest that can be backed up"),
        pytest.param(facts(src(collection=LONG), Target(LONG)), RestoreOptions(), id="its own, with a short peer id"),
        pytest.param(facts(target=Target(LONG, True, config=CONFIG, count=5)), REPLACE, id="one that exists"),
        pytest.param(facts(src(collection="x" * 197), Target(DRILLED)), RestoreOptions(), id="a drill's"),
    ],
)
def test_long_names_that_can_be_restored(given, options):
    assert planned(given, options).refusals == ()


def test_a_long_name_is_refused_with_its_length_and_the_limit():
    (refusal,) = planned(facts(target=Target("x" * 255)), RestoreOptions()).refusals
    assert f"The name '{'x' * 40}'... has 255 bytes, and 197 are the most" in refusal.message
    assert refusal.next == "Choose a shorter one: restore to another name (name:)."


def test_the_name_that_is_advised_instead_of_a_taken_one_is_not_too_long():
    name = "x" * 195
    taken = dataclasses.replace(TAKEN, name=name)
    (refusal,) = planned(facts(src(collection=name), taken), RestoreOptions()).refusals
    assert f"--name {'x' * 188}_restored" in refusal.next


def test_all_refusals_are_told_at_once():
    plan = planned(facts(target=TAKEN, version="1.17.0", recoveries_running=1), RestoreOptions())
    assert {refusal.code for refusal in plan.refusals} >= {"name_taken", "version", "recover_running"}


def test_a_new_collection_in_order():
    steps = [step.action for step in planned(facts(), RestoreOptions(alias="live")).steps]
    assert steps == [
        "write intent",
        "recover",
        "wait until ready",
        "prove",
        "close intent",
        "record proof",
        "end intent",
        "create alias",
        "close note of aliases",
    ]


def test_a_replacement_prepares_a_way_back_before_it_destroys():
    plan = planned(facts(target=TAKEN), REPLACE)
    assert [step.action for step in plan.steps] == [
        "verify archive",
        "safety snapshot",
        "write intent",
        "recover",
        "wait until ready",
        "prove",
        "close intent",
        "record proof",
        "end intent",
    ]
    assert [step.action for step in plan.steps if step.destructive] == ["recover"]
    assert any("writes made since the backup are lost" in text for text in plan.warnings)


def test_replace_with_a_free_name_destroys_nothing():
    assert not any(step.destructive for step in planned(facts(), REPLACE).steps)


BEGUN = Intent("u", "articles", "new", "recover", "t", backup_id=SOURCE.backup_id, sha256=SOURCE.sha256)
LEFT = dataclasses.replace(TAKEN, count=50, intent=BEGUN)


@pytest.mark.parametrize("options", [RestoreOptions(), REPLACE])
def test_a_leftover_of_our_own_killed_restore_is_removed(options):
    left = LEFT
    plan = planned(facts(target=left), options)
    assert plan.refusals == ()
    assert [step.action for step in plan.steps if step.destructive] == ["delete leftover"]
    assert "safety snapshot" in [step.action for step in plan.steps]


@pytest.mark.parametrize(
    "said, changes",
    [
        ("it holds 51 points, the archive 50", {"count": 51}),
        ("it holds 40 points, the archive 50", {"count": 40}),
        ("it is being written to", {"moving": True}),
        ("it is being written to", {"moving": True, "count": 0}),
        ("it has the alias live", {"aliases": ("live",)}),
        ("it has the alias live", {"aliases": ("live",), "count": 0}),
        ("its configuration is another one", {"config": {"params": {"vectors": {"size": 8, "distance": "Cosine"}}}}),
        ("it has payload indexes", {"payload_schema": {"theirs": {"data_type": "keyword"}}}),
        ("that restore was from backup 20250101T000000Z", {"intent": dataclasses.replace(BEGUN, sha256="b" * 64)}),
        ("that restore was from backup 20250101T000000Z", {"intent": dataclasses.replace(BEGUN, sha256="")}),
    ],
)
def test_who_has_the_name_of_a_killed_restore_by_now_is_not_taken_for_its_leftover(said, changes):
    """Somebody indexed anew instead of waiting, or works with what came back. The note may be weeks old."""
    if "intent" in changes:
        changes = {"intent": dataclasses.replace(changes["intent"], backup_id="20250101T000000Z")}
    theirs = dataclasses.replace(LEFT, **changes)
    plan = planned(facts(src(payload_schema={"topic": {"data_type": "keyword"}}), theirs), RestoreOptions())
    assert [refusal.code for refusal in plan.refusals] == ["name_taken"]
    assert said in plan.refusals[0].message and "this is not what it left" in plan.refusals[0].message
    assert not any(step.action == "delete leftover" for step in plan.steps)


@pytest.mark.parametrize(
    "source, changes",
    [
        (SOURCE, {"count": 0, "intent": dataclasses.replace(BEGUN, sha256="b" * 64)}),
        (SOURCE, {"count": None, "config": None}),
        (src(shards=frozenset({0, 1}), known_shards=frozenset({0, 1})), {"count": 20}),
        (src(quiet=False), {"count": 60}),
        (src(backup_id="20270101T000000Z"), {}),
    ],
    ids=["empty, of another backup", "damaged", "one of two shards", "of a busy collection", "the same archive"],
)
def test_what_a_killed_restore_can_have_left(source, changes):
    assert dataclasses.replace(LEFT, **changes).leftover(source)


def test_a_broken_replacement_is_no_leftover():
    broken = dataclasses.replace(TAKEN, intent=Intent("u", "articles", "replace", "recover", "t"))
    assert [r.code for r in planned(facts(target=broken), RestoreOptions()).refusals] == ["name_taken"]
    assert planned(facts(target=broken), REPLACE).refusals == ()


@pytest.mark.parametrize("left", [PROVEN, ALIASES_LEFT])
def test_a_collection_that_lacks_only_its_aliases_gets_them(left):
    note = dataclasses.replace(BEGUN, step=left)
    back = dataclasses.replace(TAKEN, unfinished=note)
    plan = planned(facts(target=back), RestoreOptions(alias="live"))
    assert plan.refusals == () and any("it is compared again, and gets its aliases" in text for text in plan.warnings)
    assert [step.action for step in plan.steps] == [
        "prove",
        "record proof",
        "end intent",
        "create alias",
        "close note of aliases",
    ]
    right = planned(facts(target=back, aliases={"live": "articles"}), RestoreOptions(alias="live"))
    assert right.refusals == () and "create alias" not in [step.action for step in right.steps]


def test_a_run_that_was_ended_is_finished_by_the_same_command():
    back = dataclasses.replace(TAKEN, unfinished=dataclasses.replace(BEGUN, step=PROVEN))
    plan = planned(facts(target=back), RestoreOptions())
    assert plan.refusals == () and not plan.changes
    assert [step.action for step in plan.steps] == ["prove", "record proof", "end intent"]


def test_what_was_proven_from_another_archive_has_taken_the_name():
    note = dataclasses.replace(BEGUN, sha256="b" * 64, step=PROVEN)
    plan = planned(facts(target=dataclasses.replace(TAKEN, unfinished=note)), RestoreOptions(alias="live"))
    assert [refusal.code for refusal in plan.refusals] == ["name_taken"]


MISSING = RestoreOptions(mode="missing")


def test_missing_restores_what_does_not_exist_and_compares_the_rest():
    plan = planned(facts(pairs=((SOURCE, TAKEN), (OTHER, Target("notes")))), MISSING)
    assert plan.refusals == () and plan.changes
    assert [(step.action, step.subject) for step in plan.steps][:3] == [
        ("compare", "articles"),
        ("write intent", "notes"),
        ("recover", "notes"),
    ]


@pytest.mark.parametrize(
    "given",
    [
        facts(target=TAKEN),
        facts(src(problems=("it is cut short",), suspect="shrunk", config=WIDE), TAKEN),
        facts(target=TAKEN, version="1.30.0", free_bytes=1, can_presign=False),
        facts(target=dataclasses.replace(TAKEN, unfinished=dataclasses.replace(BEGUN, step=PROVEN))),
    ],
    ids=["usual", "bad backup", "bad node", "proven"],
)
def test_missing_changes_nothing_where_all_exists(given):
    """Nothing is restored, so nothing that only a restore needs is a reason to refuse."""
    plan = planned(given, MISSING)
    assert plan.refusals == () and not plan.changes
    assert [step.action for step in plan.steps] == ["compare"]


@pytest.mark.parametrize(
    "code, said, given",
    [
        ("in_doubt", "this is not what it left", facts(target=dataclasses.replace(TAKEN, intent=BEGUN))),
        (
            "in_doubt",
            "may be mixed",
            facts(target=dataclasses.replace(TAKEN, intent=dataclasses.replace(BEGUN, mode="replace"))),
        ),
        (
            "in_doubt",
            "is not what was backed up",
            facts(
                target=dataclasses.replace(TAKEN, intent=dataclasses.replace(BEGUN, mode="replace", step="not proven"))
            ),
        ),
        (
            "in_doubt",
            "may be another client's",
            facts(target=dataclasses.replace(TAKEN, intent=dataclasses.replace(BEGUN, step="left alone"))),
        ),
        ("in_doubt", "only parts of a backup", facts(target=dataclasses.replace(TAKEN, old_marks=("m",)))),
        ("unreadable_collection", "cannot be counted", facts(target=dataclasses.replace(TAKEN, count=None))),
        ("alias_in_the_way", "is an alias", facts(target=Target("articles", alias_of="b"))),
    ],
)
def test_missing_never_calls_present_what_is_in_doubt(code, said, given):
    (refusal,) = planned(given, MISSING).refusals
    assert refusal.code == code and said in refusal.message and refusal.next


def test_a_leftover_that_could_not_be_counted_is_kept_as_a_snapshot():
    limited = dataclasses.replace(LEFT, count=None, limited=True)
    assert [step.action for step in planned(facts(target=limited), RestoreOptions()).steps][:2] == [
        "safety snapshot",
        "delete leftover",
    ]


def test_missing_leaves_alone_what_a_rate_limit_keeps_from_being_counted():
    plan = planned(facts(target=dataclasses.replace(TAKEN, count=None, limited=True)), MISSING)
    assert plan.refusals == () and [step.action for step in plan.steps] == ["compare"]


def test_missing_finishes_what_a_killed_restore_left():
    plan = planned(facts(target=LEFT), MISSING)
    assert plan.refusals == () and "delete leftover" in [step.action for step in plan.steps]


def test_missing_tells_which_alias_a_collection_does_not_get():
    plan = planned(facts(target=TAKEN), dataclasses.replace(MISSING, alias="live"))
    assert any("articles exists and is left alone: it does not get the alias live" in text for text in plan.warnings)
    note = dataclasses.replace(BEGUN, step=PROVEN)
    killed = dataclasses.replace(TAKEN, unfinished=note)
    plan = planned(facts(target=killed), dataclasses.replace(MISSING, alias="live"))
    assert "create alias" in [step.action for step in plan.steps], "a run that was ended did not set it"


def test_the_plan_as_a_diff():
    pairs = ((SOURCE, TAKEN), (OTHER, Target("notes")))
    (before, after) = make_plan(facts(pairs=pairs), dataclasses.replace(REPLACE, restore_aliases=True)).diff.values()
    assert before.splitlines() == ["collection articles: 70 points", "collection notes: does not exist"]
    assert after.splitlines() == [
        f"collection articles: 50 points, from backup {SOURCE.backup_id} of node-a (1000 bytes); the state before is"
        " kept in a safety snapshot",
        f"collection notes: 50 points, from backup {SOURCE.backup_id} of node-a (1000 bytes)",
    ]
    same = make_plan(facts(target=TAKEN), MISSING).diff
    assert same["before"] == same["after"]


def test_custom_sharding_gets_its_keys_first():
    source = src(config=CUSTOM, shard_keys=(("acme", (1, 2)), ("globex", (3,))))
    plan = planned(facts(source, cluster_enabled=True), RestoreOptions())
    assert plan.steps[1].action == "create" and plan.steps[1].detail["shard_keys"] == ["acme", "globex"]


def test_a_replacement_never_moves_points_to_another_shard_key():
    """The server takes archives by shard id: with keys made in another order, one tenant would get another's points."""
    source = src(config=CUSTOM, shard_keys=(("acme", (1,)), (7, (2,))), known_shards=frozenset({1, 2}))
    source = dataclasses.replace(source, shards=frozenset({1, 2}))
    there = dataclasses.replace(TAKEN, config=CUSTOM, shard_keys=((7, (1,)), ("acme", (2,))))
    plan = planned(facts(source, there, cluster_enabled=True), REPLACE)
    assert [refusal.code for refusal in plan.refusals] == ["shard_keys_differ"]
    assert "acme: 1, 7: 2" in plan.refusals[0].message and "7: 1, acme: 2" in plan.refusals[0].message
    unknown = planned(facts(source, dataclasses.replace(there, shard_keys=None), cluster_enabled=True), REPLACE)
    assert unknown.refusals == () and any("does not tell its shard keys" in text for text in unknown.warnings)
    same = dataclasses.replace(there, shard_keys=source.shard_keys)
    assert planned(facts(source, same, cluster_enabled=True), REPLACE).refusals == ()


def test_the_keys_of_a_collection_in_the_order_of_their_shards():
    local = (LocalShard(3, "Active", 5, "zeta"), LocalShard(1, "Active", 5, 7))
    remote = (RemoteShard(2, 9, "Active", 7), RemoteShard(3, 9, "Active", "zeta"))
    assert shard_keys_of(ShardView(1, 3, local, remote, 0, 0)) == ((7, (1, 2)), ("zeta", (3,)))


@pytest.mark.parametrize(
    "warning, given",
    [
        ("marked suspect: half of the points are gone", facts(src(suspect="half of the points are gone"))),
        ("holds 1 of 2 shards", facts(src(known_shards=frozenset({0, 1})), cluster_enabled=True)),
        ("No probes were noted", facts(src(probe=None))),
        ("version is not checked", facts(src(qdrant_version=""))),
        ("No checksum is known", facts(src(unchecked=True))),
        ("its size, structure, configuration and shards are not checked", facts(src(kind="url", sized=False))),
        ("what it lacks is not restored: shard 2", facts(incomplete="shard 2 of articles is nowhere")),
        ("do not come back by themselves: live", facts(src(aliases=("live",)))),
        ("may be mixed", facts(target=Target("articles", intent=Intent("u", "articles", "replace", "recover", "t")))),
    ],
)
def test_warnings(warning, given):
    assert any(warning in text for text in planned(given, RestoreOptions()).warnings)


@pytest.mark.parametrize(
    "expected, source, target, changes, options",
    [
        (["url", "upload"], SOURCE, TARGET, {}, RestoreOptions()),
        (["url", "file", "upload"], SOURCE, TARGET, {"can_place_file": True}, RestoreOptions()),
        (["file", "upload"], SOURCE, TARGET, {"can_place_file": True, "can_presign": False}, RestoreOptions()),
        (["upload"], src(kind="file"), TARGET, {}, RestoreOptions()),
        (["url"], src(kind="url"), TARGET, {"can_presign": False}, RestoreOptions()),
        (["node"], src(kind="snapshot"), TARGET, {}, RestoreOptions(delivery="upload")),
        (["upload"], SOURCE, TARGET, {"can_place_file": True}, RestoreOptions(delivery="upload")),
    ],
)
def test_deliveries_best_first(expected, source, target, changes, options):
    (task,) = make_tasks(facts(source, target, **changes), options)
    assert list(task.ways) == expected


def test_an_alias_that_is_right_already_is_not_warned_of():
    given = facts(src(aliases=("live",)), TAKEN, aliases={"live": "articles"})
    assert not any("do not come back" in text for text in planned(given, REPLACE).warnings)


def test_many_problems_are_one_refusal():
    (refusal,) = planned(facts(src(problems=("it is cut", "it is foreign", "x"))), RestoreOptions()).refusals
    assert "it is cut (and 2 more)" in refusal.message


@pytest.mark.parametrize("kind", ["repository", "snapshot", "file", "url"])
def test_another_backup_is_advised_only_where_one_was_chosen(kind):
    (refusal,) = planned(facts(src(kind=kind, problems=("it is cut",))), RestoreOptions()).refusals
    assert ("qdrant-backup list" in refusal.next) == (kind == "repository") and refusal.next.startswith("Choose")


def test_the_ways_out_of_a_taken_name_are_commands():
    (refusal,) = planned(facts(target=TAKEN), RestoreOptions()).refusals
    words = ("--name articles_restored", "--mode switch", "--mode replace")
    line = f"qdrant-backup restore articles --backup-id {SOURCE.backup_id}"
    assert copied(refusal.next) == [f"{line} {word}" for word in words]
    (refusal,) = planned(facts(src(backup_id=""), TAKEN), RestoreOptions()).refusals
    assert copied(refusal.next) == [] and refusal.next.endswith("writes since are lost).")


def test_the_ways_out_of_a_taken_name_that_was_given_are_of_that_name():
    (refusal,) = planned(facts(target=dataclasses.replace(TAKEN, name="copy")), RestoreOptions(name="copy")).refusals
    line = f"qdrant-backup restore articles --backup-id {SOURCE.backup_id}"
    assert copied(refusal.next) == [f"{line} --name copy_restored", f"{line} --name copy --mode replace"]
    damaged = dataclasses.replace(TAKEN, name="copy", count=None)
    (refusal,) = planned(facts(target=damaged), RestoreOptions(name="copy", mode="missing")).refusals
    assert refusal.next.endswith(f"{line} --name copy --mode replace")


def test_a_taken_name_tells_of_an_open_intent():
    broken = dataclasses.replace(TAKEN, intent=Intent("u", "articles", "replace", "recover", "t"))
    (refusal,) = planned(facts(target=broken), RestoreOptions()).refusals
    assert "may be mixed" in refusal.message and "before that time" in refusal.message


def test_absent_and_default_values_are_equal():
    archive = {"params": {"vectors": {"size": 4, "distance": "Dot", "datatype": "float32", "on_disk": None}}}
    shown = {"params": {"vectors": {"size": 4, "distance": "Dot"}, "shard_number": 1, "sparse_vectors": None}}
    assert differences(archive, shown) == []
    shown["params"]["vectors"] = {"size": 4, "distance": "Cosine"}
    assert len(differences(archive, shown)) == 1


def test_the_creation_body_asks_for_what_the_configuration_shows():
    body = creation_body(
        {
            "params": {
                "vectors": {"size": 4, "distance": "Dot"},
                "shard_number": 2,
                "sharding_method": "custom",
                "replication_factor": 2,
                "write_consistency_factor": 2,
                "read_fan_out_factor": 3,
            },
            "optimizer_config": {"max_segment_size": None, "flush_interval_sec": 5},
            "quantization_config": None,
        }
    )
    assert body == {
        "vectors": {"size": 4, "distance": "Dot"},
        "shard_number": 2,
        "sharding_method": "custom",
        "replication_factor": 2,
        "write_consistency_factor": 2,
        "optimizers_config": {"flush_interval_sec": 5},
    }


def test_what_a_create_call_does_not_know_is_set_afterwards():
    assert update_body({"params": {"shard_number": 2, "read_fan_out_factor": 3, "read_fan_out_delay_ms": None}}) == {
        "params": {"read_fan_out_factor": 3}
    }
    assert update_body({}) == {}


def test_indexes_that_a_collection_lacks_are_made_as_they_were():
    text = {"type": "text", "tokenizer": "word", "lowercase": True}
    schema = {
        "topic": {"data_type": "keyword", "points": 9},
        "body": {"data_type": "text", "params": text, "points": 9},
        "rank": {"data_type": "integer", "points": 9},
    }
    assert missing_indexes(schema, {"rank": {"data_type": "integer"}}) == {"topic": "keyword", "body": text}
    assert missing_indexes(schema, schema) == missing_indexes(None, None) == {}
    other = {**schema, "topic": {"data_type": "integer"}, "body": {"data_type": "text", "params": {"type": "text"}}}
    assert missing_indexes(schema, other) == {"topic": "keyword", "body": text}
    named = {"topic": {"data_type": "keyword", "params": {"type": "keyword", "on_disk": None}, "points": 3}}
    assert missing_indexes({"topic": schema["topic"]}, named) == {}, "it is the same, in other words"


class Making:
    """A node that notes the calls that make a custom-sharded collection."""

    url = "http://127.0.0.1:6333"

    def __init__(self):
        self.calls = []

    def aliases(self):
        return {}

    def collections(self):
        return []

    def exists(self, name):
        return False

    def create_collection(self, name, body):
        self.calls.append("create")

    def create_shard_key(self, name, key, **body):
        self.calls.append(("key", key, body))

    def shards(self, name):
        return ShardView(1, 2, (LocalShard(1, "Active", 0, "acme"), LocalShard(2, "Active", 0, 7)), (), 0, 0)

    def collection(self, name):
        return Collection(name, "green", "ok", CUSTOM, {}, 0, 0, 0, [])

    def create_index(self, name, field, schema):
        self.calls.append(("index", field, schema))


def test_a_collection_made_for_its_keys_gets_its_indexes_while_it_is_empty():
    node, schema = Making(), {"topic": {"data_type": "keyword", "points": 9}}
    source = src(config=CUSTOM, shard_keys=(("acme", (1,)), (7, (2,))), payload_schema=schema)
    (task,) = make_tasks(facts(source, cluster_enabled=True), RestoreOptions())
    scene = Scene(node, None, None, None, lambda event: None, None)
    state = CreateWithKeys(task).do(scene, State.first(task))
    keys = [("key", "acme", {"shards_number": 1}), ("key", 7, {"shards_number": 1})]
    assert node.calls == ["create", *keys, ("index", "topic", "keyword")]
    assert (state.standing, state.claim) == (Standing.IN_DOUBT, Claim.OURS)


@pytest.mark.parametrize(
    ("given", "vectors", "told"),
    [
        ({"on_disk": True}, {}, True),
        ({"memory": "cold"}, {"on_disk": None}, True),
        ({"on_disk": True}, {"on_disk": False}, False),
        ({}, {}, False),
    ],
)
def test_a_default_of_the_node_that_the_archive_lacks_is_in_the_plan(given, vectors, told):
    config = {"params": {**CONFIG["params"], "vectors": {**CONFIG["params"]["vectors"], **vectors}}}
    plan = planned(facts(src(config=config), vector_defaults=given), RestoreOptions())
    assert bool([text for text in plan.warnings if "storage.collection.vectors" in text]) == told


@pytest.mark.parametrize("asked, named", [((), "collections"), (("art*", "logs"), "art*, logs")])
def test_a_plan_without_a_collection_names_what_was_asked_for(asked, named):
    found = planned(facts(pairs=()), RestoreOptions(collections=asked))
    assert found.subject.startswith(f"{named} on ") and "nothing" not in found.subject


def test_a_name_that_begins_like_an_option_is_the_last_argument_of_a_command():
    (refusal,) = planned(facts(src(collection="-a"), dataclasses.replace(TAKEN, name="-a")), RestoreOptions()).refusals
    assert refusal.next.count("-- -a") == 3 and "--name=-a_restored" in refusal.next


def test_a_collection_that_cannot_be_counted_is_overwritten_from_the_same_backup():
    damaged = dataclasses.replace(TAKEN, name="-a", count=None)
    (refusal,) = planned(facts(src(collection="-a"), damaged), RestoreOptions(mode="missing")).refusals
    words = f"qdrant-backup restore --backup-id {SOURCE.backup_id} --mode replace -- -a"
    assert refusal.code == "unreadable_collection" and refusal.next.endswith(words)


def test_the_note_of_a_restore_keeps_what_was_allowed_and_the_aliases():
    given = {"alias": "live", "restore_aliases": True, "allow_incomplete": True, "restore_quotas": True}
    (task,) = make_tasks(facts(), RestoreOptions(mode="replace", accept_write_loss=True, **given))
    again = task.intent("t").again()
    for word in ("--alias=live", "--restore-aliases", "--accept-write-loss", "--allow-incomplete", "--restore-quotas"):
        assert word in again.split(), again


def test_the_note_of_a_restore_keeps_how_its_archive_is_found():
    given = {"bucket": "b", "snapshots_dir": "/snapshots", "checksum": "a" * 64}
    (task,) = make_tasks(facts(src(kind="file", backup_id="", location="/a")), RestoreOptions(given=given))
    again = shlex.split(task.intent("t").again())
    told = ["--checksum", "a" * 64, "--snapshots-dir", "/snapshots"]
    assert again == ["qdrant-backup", "restore", "--src", "/a", *told, "articles"]
    (task,) = make_tasks(facts(), RestoreOptions(given=given))
    assert task.intent("t").again() == f"qdrant-backup restore --backup-id {SOURCE.backup_id} articles"
