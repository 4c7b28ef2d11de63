# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a restored collection's count proves: nothing while other nodes' shards are missing."""

from __future__ import annotations

import dataclasses
import json
import types

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.intent import RECOVER
from ansible_collections.vectorops.qdrant.plugins.module_utils._proof.archive_counts import counts_in
from ansible_collections.vectorops.qdrant.plugins.module_utils._proof.result import ProbeResult
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.errors import QdrantError
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.values import Collection
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.ending import ending_of
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.proofs import Proofs
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.run import run
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.scene import Scene
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.standing import Standing
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.state import Proof, State
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.steps import prove as room
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.steps.prove import prove
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.task import make_tasks
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.values import RestoreOptions, Target
from ansible_collections.vectorops.qdrant.tests.unit.restore.test_restore_plan import SOURCE, TAKEN, TARGET, facts

PART = {"shards": frozenset({1}), "known_shards": frozenset({0, 1, 2})}


class Counting:
    url = "http://127.0.0.1:6333"

    def __init__(self, count):
        self.found = count

    def count(self, name):
        return self.found


class Kept:
    cluster = "c"

    def add_proof(self, node, backup_id, document):
        self.document = document
        return "key"


def kept(source, proof, target=TARGET):
    """The document that is kept for a proof."""
    (task,) = make_tasks(facts(source, target), RestoreOptions())
    catalogue = Kept()
    proofs = Proofs(catalogue)
    proofs.note(task, State(proof=proof))
    assert proofs.keep().key == "key"
    return catalogue.document


@pytest.mark.parametrize("recipe", ["new", "replace"])
@pytest.mark.parametrize(
    "count, failure, grade, changes",
    [
        (50, "", 2, {}),
        (49, "49 points came back, 50 were backed up", 0, {}),
        (0, "no point came back", 0, {}),
        (0, "no point came back", 0, {"quiet": False}),
        (0, "", 1, PART),
        (20, "", 1, PART),
        (20, "", 0, {**PART, "unchecked": True}),
        (20, "", 1, {**PART, "quiet": False, "archive_count": 30}),
    ],
)
def test_the_count_without_probes(recipe, count, failure, grade, changes):
    source = dataclasses.replace(SOURCE, probe=None, **changes)
    proof = prove(Counting(count), source, "articles", recipe)
    assert failure in "; ".join(proof.failures) if failure else proof.failures == ()
    assert proof.grade == grade and proof.points == count


def test_what_differs_is_looked_at_again_until_nobody_expects_another_answer():
    """The replicas of other nodes answer until the cluster has agreed that they are old."""

    class Late(Counting):
        def count(self, name):
            self.found += 1
            return self.found

    def prove_with(looks):
        left = iter([True] * looks)
        source = dataclasses.replace(SOURCE, probe=None)
        proof = prove(Late(46), source, "articles", "new", again=lambda: next(left, False))
        assert proof.warnings == ()
        return proof.points, proof.failures

    assert prove_with(9) == (50, ())
    assert prove_with(1) == (48, ("48 points came back, 50 were backed up",))


@pytest.mark.parametrize("quiet", [True, False])
def test_a_count_that_the_rate_limit_refuses_is_no_failure(quiet):
    class Limited(Counting):
        def count(self, name):
            raise QdrantError("count", self.url, "Rate limiting exceeded", kind="rate_limited", status=429)

    source = dataclasses.replace(SOURCE, probe=None, quiet=quiet)
    proof = prove(Limited(0), source, "articles", "new")
    assert proof.failures == () and proof.grade == 1 and proof.points is None and not proof.compared.count
    assert "were not counted" in proof.warnings[0]
    document = kept(source, proof)
    assert "not counted" in document["collections"][0]["detail"] and "counts" not in document["facts"]


class Lost(Counting):
    """The count is answered; then the connection is lost."""

    def collection(self, name):
        return Collection(name, "green", "ok", {"params": {"vectors": {"size": 4, "distance": "Dot"}}}, {}, 1, 0, 0, [])

    def retrieve(self, *args, **more):
        raise QdrantError("retrieve points", self.url, "the connection was lost", "Check the node.", kind="no_answer")


PROBE = {
    "format": 1, "points": [{"id": 1, "payload": "a", "vector": "b"}], "queries": [], "indexes": {}, "recall": [],
    "counts": {"quiet": True, "before": 50, "after": 50}, "sampled": 1, "stable": 1, "max_grade": 3,
}  # fmt: skip


@pytest.mark.parametrize("mode", ["new", "replace"])
def test_a_connection_that_is_lost_while_it_is_proven_says_nothing_of_the_data(mode):
    source = dataclasses.replace(SOURCE, probe=PROBE)
    (task,) = make_tasks(facts(source, TAKEN if mode == "replace" else TARGET), RestoreOptions(mode=mode))
    scene = Scene(Lost(50), None, None, None, lambda event: None, None)
    state = run([room.Prove(task)], scene, State(standing=Standing.WHOLE))
    assert state.standing is Standing.WHOLE and state.proof is None and not state.is_back
    said = state.failure.error.sentence()
    assert "the connection was lost" in said and "is not proven" in said and "do not use" not in said
    assert f"To restore and prove it again: qdrant-backup restore --backup-id {source.backup_id}" in said
    assert ending_of(mode, state.standing, state.claim).note == RECOVER


def test_a_difference_that_was_found_before_the_connection_was_lost_is_one():
    proof = prove(Lost(49), dataclasses.replace(SOURCE, probe=PROBE), "articles", "new")
    assert "49 points" in proof.failures[0] and proof.grade == 0


def test_what_is_left_alone_and_does_not_answer_differs_in_nothing():
    with pytest.raises(QdrantError):
        room.difference(Lost(50), dataclasses.replace(SOURCE, probe=PROBE), "articles")


def test_nothing_that_came_back_from_an_unknown_archive_is_told():
    source = dataclasses.replace(SOURCE, probe=None, points=None, quiet=False, config=None)
    proof = prove(Counting(0), source, "articles", "new")
    assert proof.failures == () and "holds no point" in proof.warnings[0]


@pytest.mark.parametrize("changes", [{"quiet": False}, {**PART, "quiet": False}, {}], ids=["busy", "a part", "quiet"])
def test_a_restore_records_no_count_of_its_archive(changes):
    """Clients may have written to the collection before it was counted: then a later, good proof would fail."""
    document = kept(dataclasses.replace(SOURCE, **changes), Proof(points=20, grade=1))
    assert "counts" not in document.get("facts", {}) and "20 points" in document["collections"][0]["detail"]


def test_the_counts_of_restores_of_earlier_versions_are_not_used():
    counted = [(1007, "restore on db1"), (1000, "verify on db1"), (1001, "drill on db1")]
    proofs = [{"by": by, "facts": {"counts": {"articles": count}}} for count, by in counted]
    assert counts_in(proofs) == {"articles": 1000} and counts_in(proofs[:1]) == {}


def test_a_note_of_an_earlier_version_has_a_proof_without_its_count():
    source = dataclasses.replace(SOURCE, quiet=False)
    (task,) = make_tasks(facts(source, TARGET), RestoreOptions())
    catalogue = Kept()
    catalogue.store = types.SimpleNamespace(url="s3://b")
    proofs = Proofs(catalogue)
    text = json.dumps({**json.loads(proofs.text(task, State(proof=Proof(points=1007, grade=3)))), "points": 1007})
    recorded, why = proofs.keep_earlier([task.intent("2026-11-22T19:00:00Z", proof=text)])
    assert len(recorded) == 1 and why == "" and "facts" not in catalogue.document


def test_a_run_keeps_one_document_for_all_its_collections():
    documents = []

    class Counted(Kept):
        def add_proof(self, node, backup_id, document):
            documents.append(document)
            return f"key {len(documents)}"

    others = [dataclasses.replace(SOURCE, collection=name) for name in ("c", "a", "b")]
    pairs = tuple((source, Target(source.collection)) for source in others)
    proofs = Proofs(Counted())
    for task in make_tasks(facts(pairs=pairs), RestoreOptions()):
        proofs.note(task, State(proof=Proof(points=50, grade=3)))
    assert proofs.keep().key == "key 1" and proofs.keep().key == ""
    (document,) = documents
    assert [item["name"] for item in document["collections"]] == ["a", "b", "c"] and document["ok"]


HELD = {"peer_id": 1, "shard_peers": {0: frozenset({1, 2}), 1: frozenset({1, 2}), 2: frozenset({2, 3})}}


@pytest.mark.parametrize(
    "restored, count, whole, failure",
    [
        ({1}, 20, False, ""),
        ({1, 2}, 50, True, ""),
        ({1, 2}, 40, False, ""),
        ({1, 2, 3}, 50, True, ""),
        ({1, 2, 3}, 40, True, "40 points came back, 50 were backed up"),
    ],
    ids=["the first", "all that count", "one was not captured", "the last", "points are missing"],
)
def test_the_whole_is_proven_with_the_last_part(restored, count, whole, failure):
    source = dataclasses.replace(SOURCE, probe=None, **PART, **HELD)
    proof = prove(Counting(count), source, "articles", "replace", restored)
    assert proof.whole == whole and "; ".join(proof.failures) == failure
    assert proof.grade == (0 if failure else 2 if whole else 1)


@pytest.mark.parametrize(
    "recipe, agrees, whole", [("replace", True, True), ("replace", False, False), ("new", True, False)]
)
def test_a_part_that_was_not_needed_any_more_is_seen_by_the_probe(monkeypatch, recipe, agrees, whole):
    """Each shard lay on two nodes: the whole was proven before, and the marks are gone."""

    def check(node, name, probe, archive_count=None, missing_shards=(), **more):
        failures = [] if agrees or missing_shards else ["7 of 32 sampled points differ"]
        return ProbeResult(not failures, failures, [], 50, None, 32, 4, {"max_grade": 1 if missing_shards else 3})

    monkeypatch.setattr(room, "check", check)
    source = dataclasses.replace(SOURCE, **PART, **HELD)
    proof = prove(Counting(50), source, "articles", recipe, {1})
    assert proof.failures == () and proof.whole == whole and proof.grade == (3 if whole else 1)


def test_parts_of_a_busy_collection_may_differ_and_prove_nothing():
    """Nodes take their snapshots one after another."""
    source = dataclasses.replace(SOURCE, probe=None, quiet=False, archive_count=50, **PART, **HELD)
    proof = prove(Counting(40), source, "articles", "replace", {1, 2, 3})
    assert proof.failures == () and proof.whole and proof.grade == 1 and not proof.proven
    assert "other nodes' parts too: 40 points came back, 50 were backed up" in proof.warnings[0]
