# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a cluster's restore by tables: what is refused, which archive goes where, what is left to Qdrant."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.intent import PROVEN, RECOVER, Intent
from ansible_collections.vectorops.qdrant.plugins.module_utils._fleet.plan import make_plan
from ansible_collections.vectorops.qdrant.plugins.module_utils._fleet.task import make_tasks
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.values import RestoreOptions
from ansible_collections.vectorops.qdrant.tests.unit.fleet import make_fleet as make

NEW, REPLACE, REPAIR = RestoreOptions(), RestoreOptions(mode="replace"), RestoreOptions(mode="repair")
URLS = [word for name in make.NODES for word in ("--node-url", f"{name}=http://{name}:6333")]


def plan(given, options=NEW):
    return make_plan(given, options).plan


def codes(given, options=NEW):
    found = plan(given, options)
    assert all(one.message.endswith(".") for one in found.refusals)
    assert all(one.next for one in found.refusals)
    return [one.code for one in found.refusals]


def actions(given, options=NEW):
    return [(step.action, step.subject) for step in plan(given, options).steps]


def members(**changes):
    return (dataclasses.replace(make.MEMBERS[0], **changes), *make.MEMBERS[1:])


KEYS = {1: "acme", 2: "globex", 3: "initech"}
CUSTOM = make.config(1, 2, sharding_method="custom")


def custom(keys=None, about=None):
    keys = keys or KEYS
    known = make.known_of(dict.fromkeys(keys, (11, 22)), keys)
    held = [make.entry("node-a", (shard,), known=known, about=about or CUSTOM) for shard in keys]
    return make.backup(make.manifest("node-a", *held))


@pytest.mark.parametrize(
    "code, given",
    [
        ("node_silent", members(silent="connection refused")),
        ("mixed_versions", members(version="1.19.0")),
        ("not_one_cluster", members(enabled=False, peer_id=None, peers={})),
        ("not_one_cluster", (*make.MEMBERS[:2], make.member("node-c", peers={33: ""}))),
        ("same_node_twice", (*make.MEMBERS, dataclasses.replace(make.MEMBERS[0], name="other"))),
        ("no_consensus", members(trouble="it knows no leader of the cluster")),
        ("peer_without_url", make.MEMBERS[:2]),
        ("peers_differ", (*make.MEMBERS[:2], make.member("node-c", peers={11: "", 33: ""}))),
        ("not_one_cluster", (make.ALONE, dataclasses.replace(make.ALONE, name="node-b", url="http://b:6333"))),
    ],
)
def test_nodes_that_are_not_one_whole_cluster_are_refused(code, given):
    found = codes(make.facts(members=given))
    assert code in found and "name_taken" not in found


def test_a_peer_without_an_address_is_named_with_the_call_that_removes_it():
    (refusal,) = plan(make.facts(members=make.MEMBERS[:2])).refusals
    assert (
        "http://node-c:6335/" in refusal.message
        and "curl -X DELETE -G -d force=true http://node-a:6333/cluster/peer/33" in refusal.next
    )


KEY = '-H "api-key: $QDRANT_API_KEY"'


def test_commands_for_nodes_with_a_key_have_it():
    keyed = tuple(dataclasses.replace(one, keyed=True) for one in make.MEMBERS)
    silent = (*keyed[:2], dataclasses.replace(keyed[2], silent="connection refused"))
    more = make.view({0: (11,), 1: (22,), 2: (33,), 3: (11,)})
    resharded = make.facts(targets={"articles": make.there()}, views={"articles": more}, keyed=True)
    resharding = make.facts(targets={"articles": make.there()}, views={"articles": make.view(resharding=1)}, keyed=True)
    for given, options in (
        (make.facts(members=keyed[:2]), NEW),
        (make.facts(members=silent), NEW),
        (resharded, REPLACE),
        (resharding, REPLACE),
    ):
        (told,) = [one.next for one in plan(given, options).refusals if "curl" in one.next]
        assert KEY in told


@pytest.mark.parametrize(
    "code, given, options",
    [
        ("recover_running", make.facts(recoveries_running=1), NEW),
        ("name_taken", make.facts(targets={"articles": make.there()}, views={"articles": make.view()}), NEW),
        ("version", make.facts(members=tuple(dataclasses.replace(m, version="1.17.1") for m in make.MEMBERS)), NEW),
        ("custom_sharding", make.facts(custom(), (make.ALONE,)), NEW),
        (
            "archives_differ",
            make.facts(
                make.backup(
                    make.manifest("node-a", make.entry("node-a", (0,))),
                    make.manifest("node-b", make.entry("node-b", (1,), about=make.config(4))),
                    make.manifest("node-c", make.entry("node-c", (2,))),
                )
            ),
            NEW,
        ),
        (
            "resharded",
            make.facts(
                targets={"articles": make.there()},
                views={"articles": make.view({0: (11,), 1: (22,), 2: (33,), 3: (11,)})},
            ),
            REPLACE,
        ),
        (
            "resharding",
            make.facts(targets={"articles": make.there()}, views={"articles": make.view(resharding=1)}),
            REPLACE,
        ),
        (
            "listener",
            make.facts(targets={"articles": make.there()}, views={"articles": make.view(states={(0, 22): "Listener"})}),
            REPLACE,
        ),
        (
            "live_writes",
            make.facts(targets={"articles": make.there(moving=True)}, views={"articles": make.view()}),
            REPLACE,
        ),
        ("nothing_to_repair", make.facts(), RestoreOptions(mode="repair", collections=("articles",))),
        ("no_delivery", make.facts(can_presign=False), RestoreOptions(delivery="url")),
    ],
)
def test_refusals(code, given, options):
    assert code in codes(given, options)


def test_the_advice_to_restore_all_nodes_at_once_can_be_followed_with_the_same_priority():
    found = plan(make.facts(), RestoreOptions(priority="replica"))
    assert not found.refusals and any("priority: replica has no effect" in text for text in found.warnings)


def test_a_whole_backup_is_restored_on_every_holder():
    found = plan(make.facts())
    assert not found.refusals
    assert [step.action for step in found.steps] == [
        "write intent",
        "create",
        *["recover"] * 3,
        "wait until ready",
        "prove",
        "close intent",
        "record proof",
        "end intent",
    ]
    assert found.bytes == 3 * 2 * 1000, "each archive is read by two nodes"
    assert found.as_dict()["summary"]["archives"] == 3
    lines = [step.line() for step in found.steps if step.action == "recover"]
    assert lines[0] == "recover shard 0 of articles on each of its 2 nodes (2.0 KiB)"
    detail = next(step.detail for step in found.steps if step.action == "recover")
    assert detail["priority"] == "no_sync" and detail["delivery"] == ["url", "upload"]


@pytest.mark.parametrize("copies, read", [(1, 3000), (2, 6000), (3, 9000)])
def test_each_replica_gets_the_archive_itself(copies, read):
    found = [make.manifest(n, make.entry(n, (s,), about=make.config(3, copies))) for s, n in enumerate(make.NODES)]
    assert plan(make.facts(make.backup(*found))).bytes == read


def test_fewer_nodes_than_replicas_is_said():
    two = {11: "http://node-a:6335/", 22: "http://node-b:6335/"}
    found = [make.manifest(n, make.entry(n, (s,), about=make.config(3, 3))) for s, n in enumerate(make.NODES)]
    given = plan(make.facts(make.backup(*found), tuple(make.member(name, two) for name in make.NODES[:2])))
    assert not given.refusals and given.bytes == 6000
    assert any("replication_factor 3, and the cluster has 2 nodes" in text for text in given.warnings)


def test_one_node_without_cluster_mode_gets_all_shards():
    found = plan(make.facts(members=(make.ALONE,)))
    assert not found.refusals and found.bytes == 3000
    assert next(step.detail for step in found.steps if step.action == "create")["shards"] == 3


def test_custom_sharding_keeps_its_peers_or_their_nodes():
    (task,) = make_tasks(make.facts(custom()), NEW)
    assert [key for key, dummy in task.source.shard_keys] == ["acme", "globex", "initech"]
    assert {peers for dummy, peers in task.placed} == {(11, 22)}
    later = {101: "", 102: "", 103: ""}
    renewed = tuple(make.member(name, later, peer_id=peer) for name, peer in zip(make.NODES, (101, 102, 103)))
    given = dataclasses.replace(make.facts(custom(), renewed), nodes_of_peers={11: "node-a", 22: "node-b"})
    (task,) = make_tasks(given, NEW)
    assert {peers for dummy, peers in task.placed} == {(101, 102)}
    (task,) = make_tasks(make.facts(custom(), renewed), NEW)
    assert {peers for dummy, peers in task.placed} == {None}, "node-b has no backup: its name is not known"


def test_the_only_shard_of_a_key_may_get_another_id():
    assert codes(make.facts(custom({1: "acme", 3: "initech"}))) == []
    two = {1: "acme", 3: "globex", 4: "globex"}
    assert codes(make.facts(custom(two))) == ["shard_ids"]


def test_a_lacking_shard_is_refused_and_named():
    held = [make.manifest(n, make.entry(n, (s,), about=make.config(3, 1))) for s, n in enumerate(make.NODES)]
    given = make.facts(make.backup(*held[:2], absent=("node-c",)), newest_whole="20261122T180000Z")
    (refusal,) = plan(given).refusals
    assert refusal.code == "incomplete_backup"
    assert "shard 2 of articles is in no archive" in refusal.message
    assert "no other copy of its points" in refusal.message and "node node-c has no part in it" in refusal.message
    assert "--backup-id 20261122T180000Z" in refusal.next and "--allow-incomplete" in refusal.next
    allowed = plan(given, RestoreOptions(allow_incomplete=True))
    assert not allowed.refusals and sum(step.action == "recover" for step in allowed.steps) == 2


def test_the_command_for_the_rest_keeps_the_target():
    """Else it would overwrite the collection itself."""
    held = [make.manifest("node-a", make.entry("node-a", (0,)))]
    copy = dataclasses.replace(make.there(), name="copy")
    given = make.facts(make.backup(*held), targets={"articles": copy}, views={"copy": make.view()})
    (refusal,) = plan(given, RestoreOptions(name="copy", mode="replace")).refusals
    words = ["restore articles --backup-id", make.ID, "--name copy --mode replace", *URLS, "--allow-incomplete"]
    assert refusal.next.endswith(" ".join(words))
    dash = make.backup(make.manifest("node-a", make.entry("node-a", (0,), name="-dash")))
    assert plan(make.facts(dash)).refusals[0].next.endswith(" --allow-incomplete -- -dash")


def test_a_lost_archive_and_one_of_another_shard_count_for_nothing():
    lost = make.entry("node-b", (1,))
    found = [make.manifest("node-a", make.entry("node-a", (0,))), make.manifest("node-b", lost)]
    wrong = make.entry("node-c", (2,))
    named = dataclasses.replace(wrong.archive, key=wrong.archive.key.replace("shard-2", "shard-7"))
    found.append(make.manifest("node-c", dataclasses.replace(wrong, archive=named)))
    (refusal,) = plan(make.facts(make.backup(*found, lost=(lost.archive.key,)))).refusals
    assert f"shard 1, 2 of articles is in no archive (lost: {lost.archive.key}" in refusal.message


def test_a_part_that_does_not_describe_the_collection():
    """Its node could store its shards, and nothing else: another node of the cluster did not answer."""
    held = [make.entry(node, (shard,)) for shard, node in enumerate(make.NODES)]
    bare = dataclasses.replace(held[0], config={}, payload_schema={}, probe={})
    parts = [make.manifest(node, one) for node, one in zip(make.NODES, (bare, *held[1:]))]
    given = make.facts(make.backup(*parts))
    assert codes(given) == []
    assert make_tasks(given, NEW)[0].source.config == make.config()
    none = make.facts(make.backup(make.manifest("node-a", bare)))
    assert codes(none, RestoreOptions(allow_incomplete=True)) == ["config_unknown"]


def test_shards_of_a_node_that_took_none_are_known():
    elsewhere = {"shards_elsewhere": {"articles": make.known_of()}}
    given = make.facts(make.backup(make.manifest("node-a", extra=elsewhere)))
    (refusal,) = [one for one in plan(given).refusals if one.code == "incomplete_backup"]
    assert "articles is in no archive" in refusal.message


def test_archives_of_whole_nodes_are_cut():
    known = make.known_of()
    held = [
        make.manifest(n, make.entry(n, c, kind="collection", known=known))
        for n, c in zip(make.NODES, ((0, 2), (0, 1), (1, 2)))
    ]
    given = make.facts(make.backup(*held))
    (task,) = make_tasks(given, NEW)
    assert [(one.shard, one.node, one.cut) for one in task.archived.shards] == [
        (0, "node-a", True),
        (1, "node-b", True),
        (2, "node-a", True),
    ], "as few archives as hold every shard"
    assert task.ways == ("upload",)
    assert any("cut out" in text for text in plan(given).warnings)


def test_archives_of_single_shards_come_before_those_of_nodes():
    held = [
        make.manifest("node-a", make.entry("node-a", (0, 1, 2), kind="collection")),
        make.manifest("node-b", make.entry("node-b", (1,))),
    ]
    (task,) = make_tasks(make.facts(make.backup(*held)), NEW)
    assert [(one.shard, one.cut) for one in task.archived.shards] == [(0, True), (1, False), (2, True)]


def test_a_replacement_reads_archives_and_takes_snapshots_first():
    given = make.facts(targets={"articles": make.there()}, views={"articles": make.view()})
    found = plan(given, REPLACE)
    assert not found.refusals
    order = [step.action for step in found.steps]
    assert order.index("verify archive") < order.index("safety snapshot") < order.index("recover")
    assert ("recover", "shard 1 of articles on node-b, node-c") in actions(given, REPLACE)
    assert [step.destructive for step in found.steps if step.action == "recover"] == [True] * 3


def test_transfers_are_waited_for_with_a_deadline_that_is_said():
    given = make.facts(targets={"articles": make.there()}, views={"articles": make.view(transfers=1)})
    found = plan(given, RestoreOptions(mode="replace", ready_timeout=90))
    assert not found.refusals and any("90 s at most" in text for text in found.warnings)


def test_missing_leaves_what_exists_alone():
    given = make.facts(targets={"articles": make.there()}, views={"articles": make.view()})
    assert actions(given, RestoreOptions(mode="missing")) == [("compare", "articles")]


NOTE = Intent("http://node-a:6333", "articles", "new", RECOVER, "2026-11-23T00:00:00Z", backup_id=make.ID)


def test_what_an_interrupted_restore_left_is_gone_on_with():
    begun = make.there(50, intent=NOTE)
    given = make.facts(targets={"articles": begun}, views={"articles": make.view()})
    found = plan(given)
    assert not found.refusals
    assert [step.action for step in found.steps][:3] == ["write intent", "complete", "recover"]
    other = make.there(50, intent=dataclasses.replace(NOTE, backup_id="20261101T000000Z"))
    assert codes(make.facts(targets={"articles": other}, views={"articles": make.view()})) == ["name_taken"]


def test_what_was_proven_is_finished():
    done = make.there(unfinished=dataclasses.replace(NOTE, step=PROVEN))
    given = make.facts(targets={"articles": done}, views={"articles": make.view()})
    found = [action for action, dummy in actions(given, RestoreOptions(alias="live"))]
    assert found == ["prove", "record proof", "end intent", "create alias", "close note of aliases"]


def repair(states=None, why=None, holders=None, note=None, members_=make.MEMBERS):
    target = make.there(intent=note)
    return make.facts(
        members=members_, targets={"articles": target}, views={"articles": make.view(holders, states, why)}
    )


def test_a_repair_restores_only_what_no_healthy_replica_holds():
    dead = {(1, 22): "Dead", (1, 33): "Dead", (2, 33): "Dead"}
    given = repair(dead)
    (task,) = make_tasks(given, REPAIR)
    assert [(one.shard, one.holders) for one in task.handed] == [(1, ("node-b", "node-c"))]
    assert [(one.shard, one.node, one.call) for one in task.left] == [(2, "node-c", "")], "Qdrant heals a dead replica"
    found = plan(given, REPAIR)
    assert not found.refusals
    assert any("Shard 1 of articles has no healthy replica: on node-b it is Dead" in text for text in found.warnings)
    assert ("leave to Qdrant", "shard 2 of articles on node-c: on node-c it is Dead") in actions(given, REPAIR)
    assert any("left to Qdrant, which has a healthy replica: 2@node-c (shard@node)." in text for text in found.warnings)


def test_a_dirty_replica_that_the_cluster_calls_active_needs_two_calls():
    (task,) = make_tasks(repair(why={(0, 22): "it is dirty: a recover was interrupted"}), REPAIR)
    assert task.handed == () and len(task.left) == 1
    assert "drop_replica" in task.left[0].call and "replicate_shard" in task.left[0].call
    alone = {0: (11,), 1: (22,), 2: (33,)}
    (task,) = make_tasks(repair(why={(0, 11): "it is dirty"}, holders=alone), REPAIR)
    assert [(one.shard, one.holders) for one in task.handed] == [(0, ("node-a",))]


def test_a_shard_without_any_replica_gets_new_ones():
    lost = {0: (11, 22), 1: (), 2: (11,)}
    (task,) = make_tasks(repair(holders=lost), REPAIR)
    assert [(one.shard, one.holders) for one in task.handed] == [(1, ("node-b", "node-c"))]
    assert [(one.shard, one.node) for one in task.left] == [(2, "node-b")], "one more copy of shard 2, by replication"


def test_a_note_makes_a_replica_doubtful():
    note = dataclasses.replace(NOTE, mode="repair", shards="0@node-a, 0@node-b, 2@node-c")
    (task,) = make_tasks(repair(note=note), REPAIR)
    assert [(one.shard, one.holders) for one in task.handed] == [(0, ("node-a", "node-b"))]
    assert [(one.shard, one.node) for one in task.left] == [(2, "node-c")]


def test_a_healthy_collection_needs_no_repair():
    found = plan(repair(), REPAIR)
    assert not found.changes and not found.steps and any("nothing is restored" in text for text in found.warnings)


def test_a_repair_without_the_archive_is_refused():
    held = [make.manifest(n, make.entry(n, (s,))) for s, n in enumerate(make.NODES)][:1]
    dead = {(1, 22): "Dead", (1, 33): "Dead"}
    given = make.facts(
        make.backup(*held), targets={"articles": make.there()}, views={"articles": make.view(states=dead)}
    )
    assert "incomplete_backup" in codes(given, REPAIR)


def test_the_command_names_every_node():
    (task,) = make_tasks(make.facts(), NEW)
    again = task.intent("2026-11-23T00:00:00Z").again()
    assert again == " ".join(["qdrant-backup restore --backup-id", make.ID, *URLS, "articles"])


def test_a_repair_says_that_a_key_of_the_backup_is_gone():
    keys = {1: "acme", 3: "initech"}
    there = make.there(config=CUSTOM)
    seen = make.view(dict.fromkeys(keys, (11, 22)), keys=keys)
    given = make.facts(custom(), targets={"articles": there}, views={"articles": seen})
    found = plan(given, REPAIR)
    assert any("shard 2 of the backup has no place in it" in text for text in found.warnings)
    for whole in (repair(), repair(holders={0: (11,), 1: (), 2: (33,)})):  # one without any replica is hidden
        assert not any("has no place" in text for text in plan(whole, REPAIR).warnings)


def test_a_refusal_names_what_was_asked_for():
    silent = make.facts(members=members(silent="connection refused"))
    for options, named in ((NEW, "collections"), (RestoreOptions(collections=("art*", "logs")), "art*, logs")):
        given = dataclasses.replace(silent, base=dataclasses.replace(silent.base, pairs=()), archived=())
        assert plan(given, options).subject == f"{named} on node-a, node-b, node-c"


def test_a_taken_name_is_not_called_the_part_of_one_node():
    held = [make.manifest(n, make.entry(n, (s,), about=make.config(3, 1))) for s, n in enumerate(make.NODES)]
    given = make.facts(make.backup(*held[:2]), targets={"articles": make.there()}, views={"articles": make.view()})
    found = plan(given, RestoreOptions(allow_incomplete=True)).refusals
    (refusal,) = [one for one in found if one.code == "name_taken"]
    told = f"{refusal.message} {refusal.next}"
    assert "this node" not in told and "one node back" not in told and "every node of the cluster" in refusal.next


def test_a_repair_counts_only_what_it_restores():
    found = plan(repair({(1, 22): "Dead", (1, 33): "Dead"}), REPAIR)
    read = sum(step.action == "recover" for step in found.steps)
    assert read == 1 and (found.summary["archives"], found.summary["bytes"]) == (1, 1000)
    assert found.summary["needed_bytes"] == 2 * 1000 + (64 << 20)
    assert [item["lost"] for item in found.summary["exists"]] == [False]


def test_a_repair_without_a_broken_shard_needs_no_space():
    given = make.facts(targets={"articles": make.there(count=None)}, views={"articles": make.view()})
    found = plan(given, REPAIR)
    assert not found.refusals and not found.steps
    assert (found.summary["archives"], found.summary["bytes"], found.summary["needed_bytes"]) == (0, 0, 0)
    assert not any("space" in text for text in found.warnings)


def renumbered(keys, found=None):
    """Keys that were deleted and created again since the backup."""
    by_key = tuple((key, (shard,)) for shard, key in keys.items())
    target = dataclasses.replace(make.there(), config=CUSTOM, shard_keys=by_key)
    there = make.view(dict.fromkeys(keys, (11, 22)), keys=keys)
    return make.facts(found or custom(), targets={"articles": target}, views={"articles": there})


def test_a_replacement_puts_shards_where_their_keys_are_now():
    given = renumbered({2: "globex", 3: "initech", 4: "acme"})
    assert codes(given, REPLACE) == []
    (task,) = make_tasks(given, REPLACE)
    assert {one.archive.key: one.shard for one in task.handed} == {"acme": 4, "globex": 2, "initech": 3}


def test_a_key_that_is_not_the_same_any_more_is_refused():
    assert codes(renumbered({2: "globex", 3: "initech", 4: "other"}), REPLACE) == ["resharded"]
    assert codes(renumbered({2: "globex", 3: "initech", 4: "acme", 5: "more"}), REPLACE) == ["resharded"]
    two = custom({1: "acme", 2: "globex", 3: "globex"})
    there = renumbered({1: "globex", 2: "acme", 3: "globex"}, two)
    assert "resharded" in codes(there, REPLACE), "which point is in which of two shards depends on their ids"


def test_a_repair_keeps_the_aliases_that_an_interrupted_restore_was_to_set():
    note = Intent(
        "http://node-a:6333", "articles", "new", RECOVER, "T", make.ID, aliases="live, search", shards="1@node-b"
    )
    states = {(1, 33): "Dead"}
    given = repair(states, note=note)
    (task,) = make_tasks(given, REPAIR)
    assert task.missing == ("live", "search") and task.intent("T").aliases == "live, search"
    assert [step for step in actions(given, REPAIR) if step[0] == "create alias"] == [
        ("create alias", "live"),
        ("create alias", "search"),
    ]
    elsewhere = make.facts(
        targets={"articles": make.there(intent=note)},
        views={"articles": make.view(states=states)},
        aliases={"live": "other"},
    )
    assert codes(elsewhere, REPAIR) == ["alias_taken"]


def test_a_repair_that_restores_nothing_says_that_it_sets_no_alias():
    found = plan(repair(), RestoreOptions(mode="repair", alias="live"))
    (told,) = [text for text in found.warnings if "Alias live of articles is not set" in text]
    assert not found.steps and "curl -X POST http://node-a:6333/collections/aliases" in told
    assert told.endswith('[{"create_alias": {"collection_name": "articles", "alias_name": "live"}}]}\'')


def test_what_each_node_needs_is_said_and_not_checked():
    found = plan(make.facts())
    wal = 64 << 20
    assert found.summary["needed_bytes"] == 2 * (1000 + wal) + 1000 and found.summary["needed_on"] == "each node"
    (told,) = [text for text in found.warnings if "Free space" in text]
    assert "cannot be checked" in told and "128.0 MiB must be free on each node" in told
    there = make.facts(
        targets={"articles": make.there()}, views={"articles": make.view({0: (11,), 1: (11,), 2: (33,)})}
    )
    assert plan(there, REPLACE).summary["needed_bytes"] == 2 * (2 * 1000 + wal) + 1000, "node-a has two shards"


def test_the_command_of_a_note_has_the_options_that_were_given():
    given = {"config": "/etc/other.yml", "delivery": "upload", "bucket": "b", "spool_dir": "/srv/spool"}
    decided = {"collections": ["articles", "notes"], "exclude": ["notes"], "backup_id": "latest", "mode": "new"}
    (task,) = make_tasks(make.facts(), RestoreOptions(given={**given, **decided, "url": "http://node-a:6333"}))
    note = task.intent("T")
    assert note.again().endswith("--config /etc/other.yml --delivery upload --bucket b --spool-dir /srv/spool articles")
    assert "--exclude" not in note.again(), (
        "the command is of one collection" and "--node-url node-c=http://node-c:6333" in note.again()
    )
    assert note.settle().startswith("qdrant-backup settle --config /etc/other.yml articles")
    assert note.nodes() == {name: f"http://{name}:6333" for name in make.NODES}


def test_a_repair_of_everything_leaves_out_what_does_not_exist():
    found = plan(make.facts(), REPAIR)
    assert not found.refusals and not found.steps
    assert any("do not exist: articles. To restore them, use mode: missing" in text for text in found.warnings)


def test_what_lacks_shards_is_not_left_alone_but_repaired():
    lost = make.facts(targets={"articles": make.there(count=None)}, views={"articles": make.view()})
    (refusal,) = plan(lost, RestoreOptions(mode="missing")).refusals
    assert refusal.code == "unreadable_collection" and "--mode repair" in refusal.next
