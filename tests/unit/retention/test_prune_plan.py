# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a prune: what stays and why, what goes, what stops everything."""

from __future__ import annotations

import dataclasses
import datetime

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import UsageError
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository import layout
from ansible_collections.vectorops.qdrant.plugins.module_utils._retention.cost import by_class, cost
from ansible_collections.vectorops.qdrant.plugins.module_utils._retention.options import check_options
from ansible_collections.vectorops.qdrant.plugins.module_utils._retention.plan import make_plan
from ansible_collections.vectorops.qdrant.plugins.module_utils._retention.steps import DeleteManifests, recipe
from ansible_collections.vectorops.qdrant.plugins.module_utils._retention.timelines import timelines
from ansible_collections.vectorops.qdrant.plugins.module_utils._retention.values import Deletion, LocalCopy, Stored
from ansible_collections.vectorops.qdrant.tests.unit.retention.stock import NOW, at, facts, held, manifest, options

D = [at(days=day) for day in range(40)]  # D[0] is the newest
LAST = options(keep_last=1)


def plan(found, given=LAST):
    planned = make_plan(found, given, "s3://b")
    planned.plan.refuse_or_go()
    return planned


def kept(planned):
    return {one.backup_id: set(one.reasons) for one in planned.kept}


def gone(planned):
    return {one.backup_id: one.why for one in planned.removals}


def test_the_newest_stays_and_the_others_go():
    planned = plan(facts(manifest(D[0]), manifest(D[1]), manifest(D[2])))
    assert kept(planned) == {D[0]: {"keep_last", "last good backup"}}
    assert gone(planned) == {D[1]: "no rule keeps it", D[2]: "no rule keeps it"}
    assert [one.backup_id for one in planned.removals] == [D[2], D[1]], "oldest first"


def test_each_collection_has_its_own_rules():
    """The last backup of a collection that no longer exists stays."""
    planned = plan(
        facts(manifest(D[0], ["articles"]), manifest(D[1], ["articles"]), manifest(D[2], ["articles", "old"]))
    )
    assert kept(planned)[D[2]] == {"keep_last of old", "last good backup of old"}
    assert set(gone(planned)) == {D[1]}


def test_a_collection_that_is_gone_can_be_forgotten():
    found = facts(manifest(D[0], ["articles"]), manifest(D[2], ["old"]), manifest(D[3], ["old", "other"]))
    assert gone(plan(found, options(keep_last=1, forget=("old",)))) == {D[2]: "its collections are forgotten"}
    assert set(gone(plan(found, options(keep_last=1, forget=("o*",))))) == {D[2], D[3]}
    refused = make_plan(found, options(keep_last=1, forget=("articles",)), "x").plan.refusals
    assert [one.code for one in refused] == ["still_backed_up"]
    assert gone(plan(found, options(keep_last=1, forget=("a*", "never")))) == gone(plan(found))
    failed = facts(manifest(D[0], ["articles"], failed=["old"]), manifest(D[2], ["old"]))
    assert make_plan(failed, options(keep_last=1, forget=("old",)), "x").plan.refusals, "it exists, but failed"


def test_what_has_no_effect_is_told():
    found = facts(manifest(D[0], ["articles"]), manifest(D[2], ["old"]))
    given = options(
        keep_last=1,
        forget=("old", "odl", "a*"),
        forget_servers=("7", "7"),
        skip_unreadable=(D[5],),
        delete_unreadable=(D[6],),
    )
    assert plan(found, given).plan.warnings == (
        "forget: no backup here holds a deleted collection that matches odl, so it has no effect.",
        "forget: no backup here holds a deleted collection that matches a*, so it has no effect.",
        "forget_servers: no backup here is of server 7, so it has no effect.",
        f"skip_unreadable: no backup here has the id {D[5]}, so it has no effect.",
        f"delete_unreadable: no backup here has the id {D[6]}, so it has no effect.",
    )
    assert plan(found, options(keep_last=1, forget=("o*",), skip_unreadable=(D[0],))).plan.warnings == ()


def selected(id_, *names, left_out=()):
    """A backup of some collections: it tells which ones of earlier backups its run was not asked for."""
    return manifest(id_, names, carried={"collections": list(left_out)})


def test_a_collection_that_the_newest_run_was_not_asked_for_is_not_forgotten():
    found = facts(
        selected(D[0], "articles", left_out=["users"]), *(manifest(one, ["articles", "users"]) for one in D[1:4])
    )
    (refused,) = make_plan(found, options(keep_last=1, forget=("users",)), "x").plan.refusals
    assert refused.code == "still_backed_up" and "users may still exist" in refused.message
    assert refused.next.endswith("qdrant-backup run --accept-shrink '*'")
    assert "last good backup of users" in kept(plan(found, options(keep_last=1, forget=("*",))))[D[1]]
    both = make_plan(found, options(keep_last=1, forget=("users", "articles")), "x").plan.refusals
    assert [one.message.partition(" ")[2].split(" ")[0] for one in both] == ["articles", "users"]


def test_a_push_does_not_show_which_collections_are_gone():
    pushed = manifest(D[0], ["articles"], pushed=True)
    found = facts(pushed, selected(D[1], "articles", left_out=["notes"]), manifest(D[2], ["users", "notes", "old"]))
    assert D[2] in kept(plan(found, options(keep_last=1, forget=("*",)))), "D[1] was not asked for notes"
    assert make_plan(found, options(keep_last=1, forget=("notes",)), "x").plan.refusals
    assert not make_plan(found, options(keep_last=1, forget=("old", "users")), "x").plan.refusals
    only = facts(pushed, manifest(D[2], ["old"], pushed=True))
    assert set(gone(plan(only, options(keep_last=1, forget=("old",))))) == {D[2]}, (
        "no run shows more than the newest push"
    )


def listing(found, more):
    """The same, but each archive is listed with other bytes."""
    return {
        which: dataclasses.replace(
            one, archives={key: (size + more, name) for key, (size, name) in one.archives.items()}
        )
        for which, one in found.stored.items()
    }


def test_the_answer_about_one_archive_counts_more_than_the_listing():
    found = facts(*(manifest(one) for one in D[:3]))
    asked = {key: size for one in found.stored.values() for key, (size, dummy) in one.archives.items()}
    wrong = dataclasses.replace(found, stored=listing(found, 16), elsewhere=asked)
    assert kept(plan(wrong)) == kept(plan(found)) and gone(plan(wrong)) == gone(plan(found))
    assert kept(plan(wrong))[D[0]] == {"keep_last", "last good backup"}


@pytest.mark.parametrize("shown", ["nothing", "other sizes"])
def test_nothing_goes_if_every_archive_is_lost(shown):
    found = facts(*(manifest(one, ["articles", "users"]) for one in D[:3]))
    stored = {} if shown == "nothing" else listing(found, 16)
    planned = plan(dataclasses.replace(found, stored=stored), options(keep_last=1))
    assert gone(planned) == {} and len(kept(planned)) == 3
    assert kept(planned)[D[2]] == {"the collection has no good backup (all archives of it are lost)"}
    (warned,) = planned.plan.warnings
    assert warned.startswith("articles, users have no archive in any backup") and warned.endswith(
        "qdrant-backup doctor"
    )


def test_a_collection_without_any_archive_keeps_its_backups_until_it_is_forgotten():
    found = facts(manifest(D[0]), manifest(D[1]), manifest(D[2], ["old"]), lost=[(D[2], "old")])
    assert set(gone(plan(found))) == {D[1]} and D[2] in kept(plan(found))
    planned = plan(found, options(keep_last=1, forget=("old",)))
    assert set(gone(planned)) == {D[1], D[2]} and not planned.plan.warnings


def test_a_suspect_backup_counts_for_nothing_and_its_predecessor_stays():
    shrunk = [manifest(one, [held(id_=one, suspect=True)]) for one in D[:3]]
    planned = plan(facts(*shrunk, manifest(D[3]), manifest(D[4])))
    assert kept(planned)[D[3]] == {
        "keep_last",
        "last good backup",
        f"last good backup before the suspect one of {D[0]}",
        f"last good backup before the suspect one of {D[1]}",
        f"last good backup before the suspect one of {D[2]}",
    }
    assert kept(planned)[D[0]] == {"newer than the last good backup (suspect)"}
    assert gone(planned) == {D[4]: "no rule keeps it"}


def test_once_a_good_backup_follows_old_suspects_go():
    planned = plan(facts(manifest(D[0]), manifest(D[1], [held(id_=D[1], suspect=True)]), manifest(D[2])))
    assert gone(planned) == {D[1]: "no rule keeps it (suspect)", D[2]: "no rule keeps it"}


def test_with_a_pinned_suspect_its_predecessor_stays():
    found = facts(
        manifest(D[0]),
        manifest(D[1], [held(id_=D[1], suspect=True)]),
        manifest(D[2]),
        manifest(D[3]),
        pins=frozenset([D[1]]),
    )
    planned = plan(found)
    assert kept(planned)[D[1]] == {"pinned"} and D[2] in kept(planned) and set(gone(planned)) == {D[3]}


def test_a_failed_proof_a_lost_archive_and_a_failed_collection_are_not_good():
    found = facts(
        manifest(D[0], failed=["articles"], collections=["notes"]),
        manifest(D[1]),
        manifest(D[2]),
        manifest(D[3]),
        manifest(D[4]),
        lost=[(D[2], "articles")],
        grades={("node-a", D[1]): {"articles": -1}},
    )
    planned = plan(found)
    assert kept(planned)[D[1]] == {"newer than the last good backup (a proof failed)"}
    assert kept(planned)[D[3]] == {"keep_last", "last good backup"}
    assert set(gone(planned)) == {D[2], D[4]}, "a backup whose archives are all lost protects nothing"


def test_without_any_good_backup_all_stay():
    planned = plan(facts(*[manifest(one, [held(id_=one, suspect=True)]) for one in D[:3]]))
    assert not planned.removals and kept(planned)[D[2]] == {"the collection has no good backup (suspect)"}


def test_the_best_proven_stays():
    found = facts(
        manifest(D[0]),
        manifest(D[1]),
        manifest(D[2]),
        manifest(D[3]),
        grades={
            ("node-a", D[3]): {"articles": 2},
            ("node-a", D[2]): {"articles": 2},
            ("node-a", D[1]): {"articles": 1},
        },
    )
    planned = plan(found)
    assert kept(planned)[D[2]] == {"best proven (grade 2)"} and set(gone(planned)) == {D[1], D[3]}


def test_pins_and_object_lock():
    found = facts(
        *map(manifest, D[:4]), pins=frozenset([D[2]]), locked={D[3]: "Object Lock until 2027-01-01T00:00:00Z"}
    )
    planned = plan(found)
    assert kept(planned)[D[2]] == {"pinned"} and kept(planned)[D[3]] == {"Object Lock until 2027-01-01T00:00:00Z"}
    assert set(gone(planned)) == {D[1]}


def test_keep_within_keeps_bad_backups_too_and_nothing_expires_without_new_ones():
    old = [at(days=100 + day) for day in range(5)]
    found = facts(*map(manifest, old), grades={("node-a", old[1]): {"articles": -1}})
    planned = plan(found, options(keep_within=2.5 * 86400))
    assert set(kept(planned)) == set(old[:3])


def test_a_backup_of_an_empty_node_counts():
    planned = plan(facts(*[manifest(one, []) for one in D[:3]]))
    assert set(kept(planned)) == {D[0]} and set(gone(planned)) == {D[1], D[2]}


def test_an_id_in_the_future_is_not_the_last_good_one():
    ahead = at(days=-30)
    planned = plan(facts(manifest(ahead), manifest(D[0]), manifest(D[1])))
    assert kept(planned)[ahead] == {"newer than the last good backup (its id is in the future)"}
    assert "last good backup" in kept(planned)[D[0]] and set(gone(planned)) == {D[1]}


THREE = ("node-a", "node-b", "node-c")


def of_cluster(id_, nodes=THREE, shards=(0, 1, 2)):
    """A backup of three nodes, of which each captured one shard."""
    where = dict(zip(THREE, shards))
    return [
        manifest(id_, [held(node=node, id_=id_, captured=(where[node],), known=shards)], node, expected=THREE)
        for node in nodes
    ]


def test_a_backup_of_a_cluster_stays_or_goes_as_a_whole():
    found = facts(*of_cluster(D[0]), *of_cluster(D[1]), nodes=THREE)
    planned = plan(found)
    assert [sorted(part.node for part in one.parts) for one in planned.removals] == [list(THREE)]
    one_node = plan(facts(*of_cluster(D[0]), *of_cluster(D[1]), nodes=["node-b"]))
    assert [[part.node for part in one.parts] for one in one_node.removals] == [["node-b"]]
    assert [one.nodes for one in one_node.kept] == [("node-b",)]


def test_an_incomplete_backup_of_a_cluster_counts_for_nothing():
    found = facts(
        *of_cluster(D[0], ["node-a", "node-b"]),
        *of_cluster(D[1]),
        *of_cluster(D[2], ["node-a"]),
        *of_cluster(D[3]),
        nodes=THREE,
    )
    planned = plan(found)
    assert set(kept(planned)) == {D[0], D[1]} and "last good backup" in kept(planned)[D[1]]
    assert gone(planned)[D[2]] == "no rule keeps it (incomplete: node-b, node-c missing)"
    assert D[3] in gone(planned)


def test_a_missing_shard_makes_a_collection_incomplete_also_where_no_nodes_are_expected():
    def part(id_, node, captured):
        return manifest(id_, [held(node=node, id_=id_, captured=captured, known=(0, 1, 2))], node)

    whole = [part(D[1], "node-a", (0, 1)), part(D[1], "node-b", (2,))]
    found = facts(part(D[0], "node-a", (0, 1)), *whole, part(D[2], "node-a", (0, 1)), part(D[2], "node-b", (2,)))
    assert timelines(found.parts) == [frozenset(["node-a", "node-b"])]
    planned = plan(found)
    assert kept(planned)[D[0]] == {"newer than the last good backup (shard 2 in no archive)"}
    assert "last good backup" in kept(planned)[D[1]] and set(gone(planned)) == {D[2]}


def test_a_young_incomplete_backup_may_still_be_written():
    young, older = at(hours=3), at(hours=2)
    found = facts(*of_cluster(at(hours=1)), *of_cluster(older), *of_cluster(young, ["node-a"]), nodes=THREE)
    planned = plan(found)
    assert kept(planned)[young] == {"incomplete: node-b, node-c missing, and may still be written"}
    assert set(gone(planned)) == {older}


def test_independent_nodes_do_not_count_for_each_other():
    found = facts(manifest(D[0], node="node-b"), manifest(D[1]), manifest(D[2]), nodes=("node-a", "node-b"))
    planned = plan(found)
    assert {(one.backup_id, one.nodes) for one in planned.kept} == {(D[0], ("node-b",)), (D[1], ("node-a",))}
    assert set(gone(planned)) == {D[2]}
    own = plan(facts(manifest(D[0], node="node-b"), manifest(D[5], node="node-b"), manifest(D[1]), manifest(D[2])))
    assert set(gone(own)) == {D[2]}, "backups of other nodes are not deleted"


def test_two_servers_under_one_name_stop_everything():
    turns = [manifest(one, peer=peer) for one, peer in zip(D[:3], (1, 2, 1))]
    planned = make_plan(facts(*turns), LAST, "x")
    assert [one.code for one in planned.plan.refusals] == ["two_servers"] and not planned.removals
    rebuilt = [manifest(one, peer=peer) for one, peer in zip(D[:3], (2, 1, 1))]
    assert not make_plan(facts(*rebuilt), LAST, "x").plan.refusals


def test_the_last_good_backup_of_each_server_stays():
    """The other server's runs are refused, and its last good backup is the only one of its points."""
    made = [
        manifest(D[0], peer=2),
        manifest(D[1], peer=2),
        manifest(D[2], [held("articles", id_=D[2], suspect=True), "notes"], peer=1),
        manifest(D[3], ["articles", "notes"], peer=1),
        manifest(D[4], ["articles"], peer=1),
        manifest(D[5], [held("articles", id_=D[5], suspect=True)], peer=3),
        manifest(D[6], peer=None),
    ]
    planned = plan(facts(*made))
    assert kept(planned) == {
        D[0]: {"keep_last", "last good backup"},
        D[2]: {"keep_last of notes", "last good backup of notes"},
        D[3]: {
            "last good backup of server 1 of articles",
            f"last good backup before the suspect one of {D[2]} of articles",
        },
        D[5]: {"server 3 has no good backup (suspect)"},
        D[6]: {f"last good backup before the suspect one of {D[5]}"},
    }
    assert set(gone(planned)) == {D[1], D[4]}


def test_an_accepted_change_of_server_deletes_nothing_of_the_other_one():
    """An operator who accepts each change by a standing option would else lose one of them at each turn."""
    servers = {"since": D[0], "accepted": True, "earlier": ()}
    made = [manifest(D[0], peer=1, servers=servers), manifest(D[1], peer=2), manifest(D[2], peer=1)]
    assert kept(plan(facts(*made)))[D[1]] == {"last good backup of server 2"}


def test_a_server_that_no_longer_exists_can_be_forgotten():
    found = facts(manifest(D[0], peer=22), manifest(D[1], peer=11), manifest(D[2], peer=11))
    assert set(gone(plan(found))) == {D[2]}
    assert set(gone(plan(found, options(keep_last=1, forget_servers=("11", "33"))))) == {D[1], D[2]}
    refused = make_plan(found, options(keep_last=1, forget_servers=("11", "22")), "x").plan.refusals
    assert [one.code for one in refused] == ["still_backed_up"] and "node-a is of server 22" in refused[0].message
    with pytest.raises(UsageError, match="forget_servers: 'node-a' is not a peer id"):
        check_options(options(keep_last=1, forget_servers=("node-a",)))


def test_each_server_of_a_cluster_keeps_its_own():
    made = []
    for number, peers in enumerate(((1, 5), (1, 2), (1, 2))):
        for node, peer in zip(("node-a", "node-b"), peers):
            made.append(manifest(D[number], node=node, expected=("node-a", "node-b"), peer=peer))
    planned = plan(facts(*made, nodes=("node-a", "node-b")))
    assert kept(planned) == {D[0]: {"keep_last", "last good backup"}, D[1]: {"last good backup of server 2"}}


def test_a_node_that_is_busy_is_left_out():
    found = facts(
        *of_cluster(D[0]),
        *of_cluster(D[1]),
        manifest(D[0], node="other"),
        manifest(D[1], node="other"),
        nodes=(*THREE, "other"),
        busy={"node-b": "a backup works on it"},
    )
    planned = plan(found)
    assert {part.node for one in planned.removals for part in one.parts} == {"other"}


def test_archives_that_a_manifest_that_stays_names_stay():
    """They are copied, not shared; but a manifest may name any key."""
    foreign = held(id_=D[2]).archive.key
    found = facts(
        manifest(D[0], ["articles", held("copy", id_=D[2], key=foreign)]),
        manifest(D[2]),
        elsewhere={foreign: len(f"node-a {D[2]} copy")},
    )
    (removal,) = plan(found).removals
    assert removal.parts[0].archives == () and removal.parts[0].manifest


def stored(old=400):
    key = layout.archive_key("prod", "node-a", D[30], "articles", "x.snapshot")
    proof = layout.proof_key("prod", "node-a", D[30], D[29], 1)
    return {("node-a", D[30]): Stored({key: (7, "")}, {proof: (3, "")}, NOW - datetime.timedelta(hours=old))}


def test_what_killed_runs_left_goes_after_a_grace():
    planned = plan(facts(manifest(D[0]), stored=stored()))
    assert [(one.backup_id, one.orphan, one.bytes) for one in planned.removals] == [(D[30], True, 10)]
    assert [step.describe().action for step in recipe(planned.removals[0])] == [
        "check that no manifest exists",
        "delete archives",
        "delete proofs",
    ]
    assert not plan(facts(manifest(D[0]), stored=stored(old=3))).removals
    assert plan(facts(manifest(D[0]), stored=stored(old=3)), options(keep_last=1, orphan_grace=3600.0)).removals
    assert not plan(facts(manifest(D[0]), stored=stored(), busy={"node-a": "a backup"})).removals
    assert not plan(facts(manifest(D[0], node="node-b"), stored=stored(), nodes=["node-b"])).removals


def test_the_manifests_of_snapshots_that_may_be_on_the_node_stay():
    """Its rotation deletes only what a manifest names."""
    found = facts(*[manifest(one, keep_local=3) for one in D[:5]])
    planned = plan(found)
    assert kept(planned)[D[2]] == {"its snapshots may be on node-a (keep_local 3)"}
    assert set(gone(planned)) == {D[3], D[4]}
    with_node = facts(
        *[manifest(one, keep_local=3) for one in D[:5]],
        local_node="node-a",
        local={D[4]: (LocalCopy("articles", "x.snapshot", 5),)},
    )
    planned = plan(with_node)
    assert set(gone(planned)) == set(D[1:5])
    assert [step.describe().action for step in recipe(planned.removals[0])] == [
        "check pins",
        "delete snapshots on the node",
        "delete manifest",
        "delete archives",
    ]


def test_storage_before_and_after():
    found = facts(manifest(D[0]), manifest(D[1]))
    planned = plan(found)
    size = len(f"node-a {D[0]} articles")
    assert by_class(planned.before) == {"STANDARD": 2 * (size + 100)}
    assert by_class(planned.after) == {"STANDARD": size + 100} and planned.removals[0].bytes == size + 100
    gib = 1 << 30
    assert cost({"": 10 * gib, "GLACIER_IR": gib}, {"": gib}, {"STANDARD": 0.02}) == {
        "before": 0.2,
        "after": 0.02,
        "unpriced": ["GLACIER_IR"],
    }
    assert cost({"": gib}, {}, {}) is None


@pytest.mark.parametrize("days, said", [(30, "for 30 days"), (None, "no such rule")])
def test_versions_are_said(days, said):
    found = facts(manifest(D[0]), manifest(D[1]), deletion=Deletion(True, days))
    assert said in plan(found).plan.warnings[0]
    assert not plan(facts(manifest(D[0]), deletion=Deletion(True))).plan.warnings, "nothing goes"


def of_shards(id_, node, *captured, known=(0, 1, 2), **more):
    """A node's part of a backup that stores each shard once; it may have stored none."""
    entries = []
    for shard in captured:
        key = layout.archive_key("prod", node, id_, "articles", f"articles-shard-{shard}.snapshot")
        one = held(node=node, id_=id_, captured=(shard,), known=known, key=key)
        entries.append(dataclasses.replace(one, kind="shard"))
    made = manifest(id_, entries, node, **more)
    elsewhere = {} if captured else {"shards_elsewhere": {"articles": {str(shard): {} for shard in known}}}
    return dataclasses.replace(made, extra={**made.extra, **elsewhere})


def test_nodes_that_store_shards_in_turn_belong_together():
    """No node is expected, and one of them has no archive in this backup."""
    found = facts(of_shards(D[0], "node-a", 0, 1, 2), of_shards(D[0], "node-b"), nodes=["node-a", "node-b"])
    assert timelines(found.parts) == [frozenset(["node-a", "node-b"])]


def test_a_shard_in_no_archive_is_missing_also_if_only_a_node_without_archives_knows_it():
    found = facts(
        of_shards(D[0], "node-a", 0, known=(0,)),
        of_shards(D[0], "node-b", known=(0, 1)),
        of_shards(D[1], "node-a", 0, 1, known=(0, 1)),
        of_shards(D[1], "node-b", known=(0, 1)),
        nodes=["node-a", "node-b"],
    )
    planned = plan(found)
    assert kept(planned)[D[0]] == {"newer than the last good backup (shard 1 in no archive)"}
    assert "last good backup" in kept(planned)[D[1]]


def test_the_grade_of_a_collection_is_that_of_its_least_proven_shard():
    parts = [of_shards(id_, "node-a", 0, 1, known=(0, 1)) for id_ in D[:3]]
    grades = {
        ("node-a", D[0]): {"articles/0": 2, "articles/1": -1},
        ("node-a", D[1]): {"articles/0": 3, "articles/1": 1},
        ("node-a", D[2]): {"articles/0": 2, "articles/1": 2},
    }
    planned = plan(facts(*parts, grades=grades))
    assert "newer than the last good backup (a proof failed)" in kept(planned)[D[0]]
    assert "last good backup" in kept(planned)[D[1]]
    assert "best proven (grade 2)" in kept(planned)[D[2]]


def test_all_archives_and_documents_of_a_backup_go():
    later = facts(of_shards(D[0], "node-a", 0, 1, known=(0, 1)), of_shards(D[1], "node-a", 0, 1, known=(0, 1)))
    part = layout.part_key("prod", "node-a", D[1], 2)
    parts = [
        dataclasses.replace(one, entry=dataclasses.replace(one.entry, parts=(part,)))
        if one.entry.backup_id == D[1]
        else one
        for one in later.parts
    ]
    planned = plan(dataclasses.replace(later, parts=tuple(parts)))
    (removal,) = planned.removals
    assert len(removal.parts[0].archives) == 2
    (manifests,) = [step for step in recipe(removal) if isinstance(step, DeleteManifests)]
    assert manifests.keys == (part, layout.manifest_key("prod", "node-a", D[1]))
