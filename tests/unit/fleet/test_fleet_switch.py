# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A switch of a cluster: its steps, and what is looked at on every node."""

from __future__ import annotations

import types

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.switched import Switch, note_switch, switches
from ansible_collections.vectorops.qdrant.plugins.module_utils._fleet import damage
from ansible_collections.vectorops.qdrant.plugins.module_utils._fleet import scene as scenes
from ansible_collections.vectorops.qdrant.plugins.module_utils._fleet.ending import ENDINGS
from ansible_collections.vectorops.qdrant.plugins.module_utils._fleet.hosts import Hosts
from ansible_collections.vectorops.qdrant.plugins.module_utils._fleet.plan import make_plan
from ansible_collections.vectorops.qdrant.plugins.module_utils._fleet.state import ShardState
from ansible_collections.vectorops.qdrant.plugins.module_utils._fleet.task import make_tasks
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.ending import ENDINGS as OF_ONE_NODE
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.live import pulse_of
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.state import Attempt
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.task import SWITCH
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.values import (
    Live,
    Pulse,
    RestoreOptions,
    Target,
)
from ansible_collections.vectorops.qdrant.tests.unit.fleet import make_fleet as make

NEW = f"articles__{make.ID.lower()}"
RESTORED = ["write intent", "create", *["recover"] * 3, "wait until ready", "prove", "close intent", "record proof"]
SWITCHED = Switch(NEW, "articles", ("live",), "2026-11-22T20:00:00Z", backup_id=make.ID)


def planned(live, found=None, **changes):
    target = Target(NEW, live=live)
    held = dict.fromkeys(live.aliases, live.name)
    given = make.facts(found, targets={"articles": target}, aliases=held, collections=frozenset(live.holders))
    return make_plan(given, RestoreOptions(mode="switch", **changes)).plan


def actions(plan):
    return [step.action for step in plan.steps]


def test_a_switch_is_a_restore_beside_and_the_steps_of_one_node():
    live = Live(("articles",), True, ("live",), Pulse(300))
    plan = planned(live)
    end = ["record switch", "move aliases", "close note of aliases"]
    assert plan.refusals == () and actions(plan) == [*RESTORED, "end intent", *end]
    plan = planned(live, keep_old=False)
    end = ["store the old collection", *end[:2], "delete the old collection", end[2]]
    assert actions(plan) == [*RESTORED, "end intent", *end]
    plan = planned(Live(("articles",), True, (), Pulse(300)), accept_gap=True)
    end = ["store the old collection", "record switch", "delete the old collection", "create alias", end[-1]]
    assert actions(plan) == [*RESTORED, "end intent", *end]


@pytest.mark.parametrize(
    "live, options, codes",
    [
        (Live(("articles",), True, ("live",), Pulse(310)), {}, ["live_writes"]),
        (Live(("articles",), True, ("live",), Pulse(310)), {"accept_write_loss": True}, []),
        (Live(("articles",), True, ("live",), Pulse(300), moving=True), {}, ["live_writes"]),
        (Live(("articles",), True, (), Pulse(300)), {}, ["name_is_no_alias"]),
        (Live(), {}, ["nothing_to_switch"]),
    ],
)
def test_refusals_are_those_of_one_node(live, options, codes):
    plan = planned(live, **options)
    assert [refusal.code for refusal in plan.refusals] == codes
    for refusal in plan.refusals:
        if "qdrant-backup restore" in refusal.next:
            assert "--node-url node-a=http://node-a:6333 --node-url node-b=http://node-b:6333" in refusal.next


def test_a_backup_that_lacks_a_shard_is_not_switched_to():
    some = make.backup(*(make.manifest(node, make.entry(node, (shard,))) for shard, node in enumerate(make.NODES[:2])))
    live = Live(("articles",), True, ("live",), Pulse(300))
    plan = planned(live, some, allow_incomplete=True)
    (refusal,) = plan.refusals
    assert refusal.code == "switch_part" and "has no archive of shard 2 of articles" in refusal.message


def test_what_was_switched_before_is_not_done_again():
    plan = planned(Live((NEW,), True, ("live",), Pulse(300), switch=SWITCHED))
    assert plan.steps == () and plan.refusals == () and "was switched to" in " ".join(plan.warnings)


def test_every_standing_of_a_switch_has_an_ending():
    rows = {standing for recipe, standing in OF_ONE_NODE if recipe == SWITCH}
    assert rows == {standing for recipe, standing in ENDINGS if recipe == SWITCH}
    told = [ending.tell for (recipe, dummy), ending in ENDINGS.items() if recipe == SWITCH]
    assert not [text for text in told if "removed first" in text], "a cluster's restore goes on with what is there"


def test_another_backup_is_restored_to_a_name_of_its_own(monkeypatch):
    target = Target(NEW, live=Live(("articles",), True, ("live",), Pulse(300)))
    given = make.facts(targets={"articles": target}, aliases={"live": "articles"}, collections=frozenset({"articles"}))
    (task,) = make_tasks(given, RestoreOptions(mode="switch"))
    monkeypatch.setattr(damage, "examined", lambda scene, task, state: damage.Examined("bytes", "It is damaged."))
    wrong = ShardState(0, "node-a", attempts=(Attempt("url", "cut", blames_archive=True),))
    told = damage.examined_shards(None, task, task.handed, [wrong]).told
    assert "--backup-id ANOTHER_ID --mode switch --node-url" in told and "--name" not in told


class Late:
    """A node that shows an alias after some looks, and whose replicas received operations."""

    def __init__(self, looks=0, operation=5):
        self.looks, self.operation = looks, operation

    def aliases(self):
        self.looks -= 1
        return {"live": NEW} if self.looks < 0 else {"live": "articles"}

    def count(self, name):
        return 300

    def shards(self, name):
        return types.SimpleNamespace(local=[types.SimpleNamespace(shard_id=0)])

    def last_operation(self, name, shard):
        return self.operation


def scene_of(*nodes):
    named = {f"node-{number}": node for number, node in enumerate(nodes)}
    return scenes.FleetScene(nodes[0], None, None, RestoreOptions(), None, None, nodes=named)


def test_the_aliases_have_moved_when_the_last_node_shows_them(monkeypatch):
    late = Late(looks=3)
    assert scene_of(Late(), late).not_pointing(["live"], NEW) == [] and late.looks == -1
    monkeypatch.setattr(scenes, "_AGREEMENT", 0.0)
    assert scene_of(Late(), Late(looks=9)).not_pointing(["live"], NEW) == ["live"]


def test_a_write_to_a_replica_of_any_node_is_seen():
    nodes = [Late(), Late()]
    before = scene_of(*nodes).pulse("articles")
    assert before == pulse_of(nodes, "articles")
    nodes[1].operation += 1
    assert scene_of(*nodes).pulse("articles") != before


def test_any_node_of_the_cluster_has_the_record(tmp_path):
    urls = [f"http://{node}:6333" for node in make.NODES]
    one = Switch(NEW, "articles", ("live",), "2026-11-22T20:00:00Z", url=urls[0], nodes=(f"node-a={urls[0]}",))
    note_switch(Hosts(str(tmp_path), urls), one)
    for url in urls:
        assert switches(Hosts(str(tmp_path), [url])) == [one]
    assert one.back() == f"qdrant-backup restore --roll-back=live --node-url node-a={urls[0]}"
