# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A prune with manifests that cannot be read: it stops and says how to go on, and goes on only as an operator said."""

from __future__ import annotations

import dataclasses
import datetime
import os
import shlex

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import RefusedError, UsageError
from ansible_collections.vectorops.qdrant.plugins.module_utils._program.arguments import parse_options
from ansible_collections.vectorops.qdrant.plugins.module_utils._program.commands import COMMANDS
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository import layout
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.catalogue import BackupEntry
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.errors import (
    ManifestError,
    NewerFormatError,
    StoreError,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.folder import FolderStore
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.survey import Survey
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.unreadable import Unreadable
from ansible_collections.vectorops.qdrant.plugins.module_utils._retention import facts as facts_module
from ansible_collections.vectorops.qdrant.plugins.module_utils._retention import operation
from ansible_collections.vectorops.qdrant.plugins.module_utils._retention.operation import prune
from ansible_collections.vectorops.qdrant.plugins.module_utils._retention.options import check_options
from ansible_collections.vectorops.qdrant.plugins.module_utils._retention.pins import pin
from ansible_collections.vectorops.qdrant.plugins.module_utils._retention.plan import make_plan
from ansible_collections.vectorops.qdrant.plugins.module_utils._retention.steps import recipe
from ansible_collections.vectorops.qdrant.plugins.module_utils._retention.values import Stored
from ansible_collections.vectorops.qdrant.tests.unit.retention.stock import (
    CLUSTER,
    NOW,
    Killed,
    Stock,
    at,
    facts,
    manifest,
    options,
)

D = [at(days=day) for day in range(40)]  # D[0] is the newest


def bad(id_=D[0], node="node-a", kind="damaged", parts=()):
    key = layout.manifest_key(CLUSTER, node, id_)
    on = f"{key} in s3://b"
    error = {
        "damaged": ManifestError("read the manifest", on, "digest: is aa, the document has bb", "Old advice."),
        "newer": NewerFormatError("read the manifest", on, "format: is 2", "Old advice."),
        "forbidden": StoreError("read", on, "AccessDenied", "Allow it with the policy pruner.", kind="forbidden"),
        "frozen": StoreError("read", on, "InvalidObjectState", "Restore the object first.", kind="frozen"),
    }[kind]
    return Unreadable(BackupEntry(node, id_, key, NOW, "e", 100, layout.segment(node), parts), error)


def stored(id_=D[0], node="node-a", names=("articles",)):
    keys = {layout.archive_key(CLUSTER, node, id_, name, "x.snapshot"): (7, "") for name in names}
    proof = {layout.proof_key(CLUSTER, node, id_, id_, 1): (3, "")}
    return {(node, id_): Stored(keys, proof, NOW - datetime.timedelta(days=400))}


def planned(*unreadable, given=("--keep-last", "1"), rest=D[1:4], more=None, **chosen):
    known = facts(*map(manifest, rest), unreadable=unreadable, **(more or {}))
    return make_plan(known, options(keep_last=1, given=given, **chosen), "s3://b")


def refusal(*unreadable, **more):
    (found,) = planned(*unreadable, **more).plan.refusals
    return found


def commands(text):
    """The commands in a text, as the program takes them."""
    found = []
    for piece in text.split("qdrant-backup ")[1:]:
        words = shlex.split(piece.partition("; ")[0])
        assert words[0] == "prune"
        command = COMMANDS["prune"]
        found.append(parse_options("prune", command.options(command.load()), words[1:], command)[1])
    return found


def test_it_stops_everything_and_says_how_to_go_on():
    found = planned(bad())
    assert not found.plan.steps and not found.removals
    (told,) = found.plan.refusals
    key = layout.manifest_key(CLUSTER, "node-a", D[0])
    assert told.code == "unreadable_manifest"
    assert told.message == f"The manifest {key} in s3://b cannot be read: digest: is aa, the document has bb."
    assert told.next.startswith("Nothing is deleted while a manifest cannot be read: it may need what would be deleted")
    assert "restore the first version of the object" in told.next and "Old advice" not in told.next
    skip, delete = commands(told.next)
    assert skip == {"keep_last": 1, "skip_unreadable": [D[0]]}
    assert delete == {"keep_last": 1, "delete_unreadable": [D[0]]}


def test_the_commands_are_those_that_go_on():
    told = refusal(bad(), bad(D[5]))
    skip, delete = commands(told.next)
    assert not planned(bad(), bad(D[5]), skip_unreadable=tuple(skip["skip_unreadable"])).plan.refusals
    more = {"stored": {**stored(), **stored(D[5])}}
    found = planned(bad(), bad(D[5]), more=more, delete_unreadable=tuple(delete["delete_unreadable"]))
    assert not found.plan.refusals and len(found.removals) == 4
    assert refusal(bad(), bad(D[5]), skip_unreadable=(D[0],)).message.count("cannot be read") == 1, "one is enough"


def test_the_manifest_of_another_node_is_deleted_as_that_node():
    given = ("--node", "node-a", "--keep-last", "1", "--local-snapshots")
    skip, delete = commands(refusal(bad(node="node b"), given=given).next)
    assert skip["node"] == "node-a" and delete["node"] == "node b" and delete["local_snapshots"] is False
    found = planned(bad(node="node-b"), delete_unreadable=(D[0],))
    assert [one.code for one in found.plan.refusals] == ["unreadable_manifest"], "not by a prune of this node"
    assert not planned(bad(node="node-b"), skip_unreadable=(D[0],)).plan.refusals


def test_what_is_skipped_stays_with_all_that_is_stored_of_it():
    found = planned(bad(D[2]), rest=(D[1], D[3]), more={"stored": stored(D[2])}, skip_unreadable=(D[2],))
    assert not found.plan.refusals and [one.backup_id for one in found.removals] == [D[3]]
    kept = {one.backup_id: (one.reasons, one.bytes) for one in found.kept}
    assert kept[D[2]] == (("its manifest cannot be read, and skip_unreadable names it",), 110)
    assert found.before[""] - found.after[""] == found.removals[0].bytes
    old = facts(manifest(D[1]), unreadable=(bad(D[30]),), stored=stored(D[30]))
    assert not make_plan(old, options(keep_last=1, skip_unreadable=(D[30],)), "x").removals, "no leftover of a run"


def test_the_parts_of_other_nodes_under_the_same_id_stay_too():
    two = {"expected": ("node-a", "node-b")}
    known = facts(
        *(manifest(id_, node=node, **two) for id_ in D[:4] for node in ("node-a", "node-b") if (id_, node) != X),
        nodes=("node-a", "node-b"),
        unreadable=(bad(*X),),
    )
    found = make_plan(known, options(keep_last=1, skip_unreadable=(D[2],)), "x")
    assert {(one.backup_id, tuple(part.node for part in one.parts)) for one in found.removals} == {
        (D[1], ("node-a", "node-b")),
        (D[3], ("node-a", "node-b")),
    }
    assert "skip_unreadable names it" in next(one.reasons for one in found.kept if one.nodes == ("node-a",))


X = (D[2], "node-b")


def test_what_is_deleted_goes_with_all_that_is_stored_of_it_and_is_looked_at_again():
    part = layout.part_key(CLUSTER, "node-a", D[0], 2)
    found = planned(bad(parts=(part,)), rest=(D[1],), more={"stored": stored()}, delete_unreadable=(D[0],))
    (removal,) = found.removals
    assert removal.backup_id == D[0] and removal.bytes == 110 and "cannot be read" in removal.why
    assert [step.describe().action for step in recipe(removal)] == [
        "check pins",
        "check that the manifest cannot be read",
        "delete manifest",
        "delete archives",
        "delete proofs",
    ]
    assert recipe(removal)[2].keys == (part, layout.manifest_key(CLUSTER, "node-a", D[0]))
    assert [one.backup_id for one in found.kept] == [D[1]]
    assert found.before[""] - found.after[""] == 110


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"pins": frozenset([D[0]])}, "pinned"),
        ({"locked": {D[0]: "Object Lock until 2027-01-01T00:00:00Z"}}, "Object Lock until 2027-01-01T00:00:00Z"),
        ({"busy": {"node-a": "a backup works on it"}}, "a backup works on it"),
    ],
)
def test_guards_keep_what_would_be_deleted(more, reason):
    found = planned(bad(), rest=(D[1],), more={"stored": stored(), **more}, delete_unreadable=(D[0],))
    assert not found.removals
    assert next(one.reasons for one in found.kept if one.backup_id == D[0]) == (reason,)


def test_the_last_archives_of_a_collection_do_not_go():
    two = {"stored": stored(names=("articles", "notes", "a b"))}
    told = refusal(bad(), more=two, delete_unreadable=(D[0],))
    assert told.code == "no_good_backup" and "has archives of a b, notes, and no other backup of node node-a" in (
        told.message
    )
    assert not planned(bad(), more=two, delete_unreadable=(D[0],), forget=("no*", "a b")).plan.refusals
    left_out = facts(
        manifest(D[1], carried={"collections": ["notes"]}),
        unreadable=(bad(),),
        stored=stored(names=("articles", "notes")),
    )
    found = make_plan(left_out, options(keep_last=1, delete_unreadable=(D[0],), forget=("*",)), "s3://b")
    assert [one.code for one in found.plan.refusals] == ["no_good_backup"], "notes may still exist"
    alone = make_plan(
        facts(unreadable=(bad(),), stored=stored()), options(keep_last=1, delete_unreadable=(D[0],)), "s3://b"
    )
    assert [one.code for one in alone.plan.refusals] == ["no_good_backup"]
    suspect = facts(
        manifest(D[1]),
        unreadable=(bad(),),
        grades={("node-a", D[1]): {"articles": -1}},
        stored=stored(),
    )
    found = make_plan(suspect, options(keep_last=1, delete_unreadable=(D[0],)), "s3://b")
    assert [one.code for one in found.plan.refusals] == ["no_good_backup"], "the other one is not good"


def test_the_archives_that_another_manifest_names_stay():
    foreign = next(iter(stored()[("node-a", D[0])].archives))
    copy = dataclasses.replace(manifest(D[1]).collections[0], name="copy")
    copy = dataclasses.replace(copy, archive=dataclasses.replace(copy.archive, key=foreign, bytes=7))
    known = facts(manifest(D[1], ["articles", copy]), unreadable=(bad(),), elsewhere={foreign: 7}, stored=stored())
    found = make_plan(known, options(keep_last=1, delete_unreadable=(D[0],)), "x")
    (removal,) = found.removals
    assert removal.parts[0].archives == () and removal.parts[0].manifest


def test_a_manifest_of_a_newer_version_is_not_skipped():
    told = refusal(bad(kind="newer"), skip_unreadable=(D[0],))
    assert told.code == "unreadable_manifest" and told.next.endswith("wrote it: update the one that prunes.")
    assert not planned(bad(kind="newer"), more={"stored": stored()}, delete_unreadable=(D[0],)).plan.refusals


@pytest.mark.parametrize(("kind", "advice"), [("forbidden", "Allow it with"), ("frozen", "Restore the object first.")])
def test_a_manifest_that_is_only_out_of_reach_is_neither_skipped_nor_deleted(kind, advice):
    for more in ({"skip_unreadable": (D[0],)}, {"delete_unreadable": (D[0],)}):
        told = refusal(bad(kind=kind), **more)
        assert told.code == "unreadable_manifest" and advice in told.next and "_unreadable" not in told.next


def test_a_manifest_that_can_be_read_is_not_deleted_by_this():
    told = refusal(delete_unreadable=(D[1],))
    assert told.code == "readable_manifest" and D[1] in told.message
    assert not planned(delete_unreadable=(D[9],)).plan.refusals, "it is gone already"


def test_options():
    with pytest.raises(UsageError, match="is not a backup id"):
        check_options(options(keep_last=1, delete_unreadable=("latest",)))
    with pytest.raises(UsageError, match=f"both name {D[1]}"):
        check_options(options(keep_last=1, delete_unreadable=(D[1],), skip_unreadable=(D[1], D[2])))


@pytest.fixture
def stock(tmp_path, monkeypatch):
    monkeypatch.setattr(facts_module, "now", lambda: NOW)
    made = Stock(FolderStore(str(tmp_path / "repository")), str(tmp_path))
    for id_ in D[4:0:-1]:
        made.back_up(id_, ("articles", "notes"))
        made.prove(id_)
    made.spoil(D[2])
    for folder, dummy, names in os.walk(made.store.root):
        for name in names:
            os.utime(os.path.join(folder, name), (0, 0))  # older than the grace of leftovers
    return made


def run(stock, **more):
    return prune(options(keep_last=1, **more), lambda: Survey(stock.catalogue), None)


def test_a_folder_in_which_a_damaged_backup_is_left_alone(stock):
    before = stock.stored()
    with pytest.raises(RefusedError, match="cannot be read: digest: is"):
        run(stock)
    assert stock.stored() == before
    report = run(stock, skip_unreadable=(D[2],))
    assert report["ok"] and stock.ids() == [D[1], D[2]]
    assert [key for key in stock.stored() if D[2] in key] == [key for key in before if D[2] in key]
    with pytest.raises(RefusedError):
        run(stock)


def test_a_folder_from_which_a_damaged_backup_is_deleted(stock):
    report = run(stock, delete_unreadable=(D[2],))
    assert report["ok"] and [one["backup_id"] for one in report["removed"]] == [D[4], D[3], D[2]]
    assert stock.ids() == [D[1]] and not [key for key in stock.stored() if D[2] in key]
    stock.check_restorable()
    assert not run(stock, delete_unreadable=(D[2],))["changed"], "again"
    assert not run(stock)["changed"]


@pytest.mark.parametrize("number", range(1, 7))
def test_a_kill_leaves_what_a_later_prune_deletes(stock, monkeypatch, number):
    left = [number]

    def stopping(removal):
        for step in recipe(removal):
            if removal.unreadable:
                if left[0] == 1:
                    raise Killed
                left[0] -= 1
            yield step

    monkeypatch.setattr(operation, "recipe", stopping)
    try:
        run(stock, delete_unreadable=(D[2],))
    except Killed:
        assert number <= 5
    monkeypatch.setattr(operation, "recipe", recipe)
    again = options(keep_last=1, delete_unreadable=(D[2],), orphan_grace=0.0)
    monkeypatch.setattr(facts_module, "now", lambda: NOW.replace(year=NOW.year + 1))
    assert prune(again, lambda: Survey(stock.catalogue), None)["ok"]
    assert stock.ids() == [D[1]] and not [key for key in stock.stored() if D[2] in key]
    stock.check_restorable()


def test_a_manifest_that_is_repaired_meanwhile_stays(stock):
    key = layout.manifest_key(CLUSTER, "node-a", D[2])

    def repair(event):
        if event.step == "check pins" and event.subject == D[2]:
            stock.store.put(key, stock.store.get(key).data.replace(b"artikles", b"articles"))

    report = prune(
        options(keep_last=1, delete_unreadable=(D[2],)), lambda: Survey(stock.catalogue), None, progress=repair
    )
    assert stock.ids() == [D[1], D[2]] and any("can be read now, so it stays" in text for text in report["warnings"])
    stock.check_restorable()


def test_a_pinned_one_stays(stock):
    pin(stock.catalogue, D[2])
    report = run(stock, delete_unreadable=(D[2],))
    assert stock.ids() == [D[1], D[2]] and ["pinned"] in [one["reasons"] for one in report["kept"]]
