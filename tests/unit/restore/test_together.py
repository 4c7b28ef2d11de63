# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes of a cluster that bring a collection back together know each other's work, and nobody else's."""

from __future__ import annotations

import dataclasses
import datetime
import json
import shlex
from types import SimpleNamespace

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.intent import PROVEN, Intent
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.marks import mark_of, read_mark, without_marks
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.errors import QdrantError
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.plan import make_plan
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.scene import Scene
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.standing import Standing
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.state import Proof, State
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.steps.alias import SetAlias
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.steps.mark_part import MarkPart
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.task import make_tasks, to_do
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.together import CERTAIN, LIKELY, NO, coverage
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.values import RestoreOptions, Target
from ansible_collections.vectorops.qdrant.tests.unit.restore.test_restore_plan import SOURCE, TAKEN, facts

NOW = datetime.datetime(2026, 11, 26, 3, 0, 0, tzinfo=datetime.timezone.utc)
PEERS = {0: frozenset({11}), 1: frozenset({12}), 2: frozenset({13})}
PART = dataclasses.replace(
    SOURCE, shards=frozenset({1}), known_shards=frozenset({0, 1, 2}), peer_id=12, shard_peers=PEERS
)


def mark(peer=11, backup_id=SOURCE.backup_id, at=NOW):
    return read_mark(mark_of("articles", backup_id, peer, at))


BEGUN = dataclasses.replace(TAKEN, count=20, marks=(mark(),))


def plan_of(target, source=PART, **options):
    return make_plan(facts(source, target, cluster_enabled=True), RestoreOptions(**options)).plan


def test_a_mark_says_what_it_was_told_and_is_no_alias_of_a_user():
    found = mark()
    assert (found.backup_id, found.peer, found.at) == (SOURCE.backup_id, 11, NOW)
    assert found.alias != mark_of("notes", SOURCE.backup_id, 11, NOW), "two collections, two aliases"
    assert read_mark("__restore_of_mine") is None
    assert without_marks({found.alias: "articles", "live": "articles"}) == {"live": "articles"}
    assert found.fresh(NOW + datetime.timedelta(hours=23)) and not found.fresh(NOW + datetime.timedelta(hours=25))
    longest = mark_of("x" * 197, SOURCE.backup_id, 2**64 - 1, NOW)
    assert len(longest) < 100


def test_the_next_node_puts_its_part_in_and_keeps_a_way_back():
    plan = plan_of(BEGUN)
    assert plan.refusals == ()
    assert [s.action for s in plan.steps][:3] == ["verify archive", "safety snapshot", "write intent"]
    assert [s.action for s in plan.steps if s.destructive] == ["recover"]
    assert any("this node's part is put into articles" in text for text in plan.warnings)


def test_a_node_that_held_all_of_it_puts_the_whole_in():
    """With two copies of three shards, one node may hold a copy of each, and another only one."""
    plan = plan_of(BEGUN, dataclasses.replace(PART, shards=PART.known_shards))
    assert plan.refusals == () and [s.action for s in plan.steps if s.destructive] == ["recover"]


@pytest.mark.parametrize(
    "why, changes",
    [
        ("no other node has just restored its part", {"marks": ()}),
        ("from backup 20250101T000000Z", {"marks": (mark(backup_id="20250101T000000Z"),)}),
        ("it has the alias live", {"aliases": ("live",)}),
        ("it holds 51 points, the backup 50", {"count": 51}),
        ("its configuration is another one", {"config": {"params": {"vectors": {"size": 8, "distance": "Dot"}}}}),
        ("it has payload indexes", {"payload_schema": {"theirs": {"data_type": "keyword"}}}),
    ],
)
def test_what_is_in_use_is_not_joined(why, changes):
    source = dataclasses.replace(PART, payload_schema={})
    (refusal,) = plan_of(dataclasses.replace(BEGUN, **changes), source).refusals
    assert refusal.code == "name_taken" and why in refusal.message
    assert "it is dropped on every node" in refusal.next and "drop the collection yourself" not in refusal.next


def test_whoever_writes_into_a_half_restored_collection_is_not_overwritten():
    assert [r.code for r in plan_of(dataclasses.replace(BEGUN, moving=True)).refusals] == ["live_writes"]


@pytest.mark.parametrize(
    "why, changes",
    [
        ("this node's part of it was brought back just now", {"marks": (mark(11), mark(12))}),
        ("it is there as the backup has it", {"marks": (), "agrees": True}),
        ("it is there as the backup has it", {"marks": (), "agrees": True, "aliases": ("live",)}),
    ],
)
def test_what_is_back_is_left_alone(why, changes):
    target = dataclasses.replace(BEGUN, **changes)
    plan = plan_of(target)
    assert plan.refusals == () and plan.steps == () and why in plan.warnings[0]
    assert to_do(facts(PART, target, cluster_enabled=True), RestoreOptions(mode="replace")) == [(PART, target)]
    assert to_do(facts(PART, target), RestoreOptions()) == [(PART, target)], "a node by itself has no others"


def test_a_part_that_an_earlier_run_proved_is_not_put_in_again():
    note = Intent("u", "articles", "replace", PROVEN, "t", SOURCE.backup_id, source="repository", sha256="a" * 64)
    plan = plan_of(dataclasses.replace(BEGUN, unfinished=note))
    assert plan.steps[0].action == "prove"
    assert not any("is put into" in warning for warning in plan.warnings)


def test_whoever_finds_all_of_it_there_and_marks_left_ends_what_the_others_began():
    """The node before had a part too many to wait for: it proved nothing, and made no alias."""
    plan = plan_of(dataclasses.replace(BEGUN, agrees=True))
    assert plan.refusals == () and [s.action for s in plan.steps if s.destructive] == ["recover"]


def test_the_first_nodes_own_leftover_is_none_once_others_have_a_part_in_it():
    begun = Intent("u", "articles", "new", "recover", "t", sha256=PART.sha256)
    assert dataclasses.replace(BEGUN, marks=(), intent=begun).leftover(PART)
    assert not dataclasses.replace(BEGUN, intent=begun).leftover(PART)


@pytest.mark.parametrize(
    "expected, restored, peers",
    [
        (NO, {11}, PEERS),
        (CERTAIN, {11, 12, 13}, PEERS),
        (NO, {11, 12, 13}, {}),
        (LIKELY, {11, 12}, {0: frozenset({11, 12}), 1: frozenset({12, 13}), 2: frozenset({11, 13})}),
        (CERTAIN, {11, 12}, {0: frozenset({11, 12}), 1: frozenset({12}), 2: frozenset({11})}),
    ],
)
def test_when_all_parts_are_back(expected, restored, peers):
    assert coverage(dataclasses.replace(PART, shard_peers=peers), restored) == expected


class Naming:
    url = "u"
    options = SimpleNamespace(api_key="")

    def __init__(self, aliases=(), broken=False):
        self.now, self.broken = dict(aliases), broken

    def aliases(self):
        return dict(self.now)

    def change_aliases(self, actions):
        if self.broken:
            raise QdrantError("change", said="no leader", kind="server_error")
        for action in actions:
            for word, about in action.items():
                if word == "create_alias":
                    self.now[about["alias_name"]] = about["collection_name"]
                else:
                    del self.now[about["alias_name"]]


def done(step, node, target, whole, **options):
    """The state after one step on a part of the collection."""
    (task,) = make_tasks(facts(PART, target, cluster_enabled=True), RestoreOptions(mode="replace", **options))
    state = State(Standing.PROVEN, proof=Proof(whole=whole))
    return step(task).do(Scene(node, None, None, None, lambda event: None, None), state)


def test_marks_come_with_each_part_and_go_with_the_last():
    old, foreign = mark(10, at=NOW - datetime.timedelta(days=9)), mark(10, backup_id="20250101T000000Z")
    node = Naming({m.alias: "articles" for m in (old, foreign, mark(11))})
    target = dataclasses.replace(TAKEN, marks=(foreign, mark(11)), old_marks=(old.alias,))
    done(MarkPart, node, target, whole=False)
    assert sorted(read_mark(alias).peer for alias in node.now) == [11, 12]
    mine = next(m for m in map(read_mark, node.now) if m.peer == 12)
    done(MarkPart, node, dataclasses.replace(TAKEN, marks=(mark(11), mine)), whole=True)
    assert node.now == {}


def test_a_mark_that_cannot_be_made_is_told():
    warnings = done(MarkPart, Naming(broken=True), Target("articles"), whole=False).warnings
    assert "no leader" in warnings[0] and "mode: replace" in warnings[0]


def alias(task):
    return SetAlias(task, "live")


def test_clients_get_no_alias_of_a_collection_in_parts():
    node = Naming()
    state = done(alias, node, Target("articles"), whole=False)
    assert state.aliases == () and state.failure is None
    assert node.now == {} and "gets live with the last part" in state.warnings[0]
    assert done(alias, node, Target("articles"), whole=True).aliases == ("live",)
    assert node.now == {"live": "articles"}


@pytest.mark.parametrize(
    ("node", "said", "verb"),
    [(Naming(broken=True), "no leader", "set"), (Naming({"live": "other"}), "it points to other", "move")],
)
def test_an_alias_that_cannot_be_set_is_told_with_the_call_that_does_it(node, said, verb):
    state = done(alias, node, Target("articles"), whole=True)
    error = state.failure.error
    assert state.is_back and state.aliases == () and error.said == said
    assert error.details["alias"] == "live" and error.next == f"To {verb} the alias: {error.details['command']}"
    body = json.loads(shlex.split(error.details["command"])[-1])
    Naming.change_aliases(SimpleNamespace(now=node.now, broken=False), body["actions"])
    assert node.now == {"live": "articles"}
