# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SIGKILL of a conductor before each step of a switch: clients are served, and the same command ends it."""

from __future__ import annotations

import signal

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.host import Host
from ansible_collections.vectorops.qdrant.plugins.module_utils._fleet.plan import make_plan
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore import live
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.values import (
    Live,
    Pulse,
    RestoreOptions,
    Target,
)
from ansible_collections.vectorops.qdrant.tests.support.cluster_rig import ID, NAME
from ansible_collections.vectorops.qdrant.tests.support.clusters import until
from ansible_collections.vectorops.qdrant.tests.support.restore_runs import begin_with, ended
from ansible_collections.vectorops.qdrant.tests.unit.fleet import make_fleet as make

pytestmark = [pytest.mark.faults, pytest.mark.cluster]
BESIDE = f"{NAME}__{ID.lower()}"
OPTIONS = {"aliases": {"keep_old": False}, "gap": {"accept_gap": True}}


def recipe(found):
    """The actions of the plan, in order: a new step is killed at without being named here."""
    own = ("live",) if found == "aliases" else ()
    target = Target(BESIDE, live=Live((NAME,), True, own, Pulse(300)))
    given = make.facts(targets={NAME: target}, aliases=dict.fromkeys(own, NAME), collections=frozenset({NAME}))
    (job,) = make_plan(given, RestoreOptions(mode="switch", **OPTIONS[found])).jobs
    actions = [step.action for step in job.steps]
    assert len(set(actions)) == len(actions), "a step is told from the others by its action"
    return actions


def boundaries():
    every = recipe("aliases")
    yield from (pytest.param("aliases", action, every, id=f"aliases-{action}") for action in every)
    gap = recipe("gap")  # it begins alike
    yield from (pytest.param("gap", one, gap, id=f"gap-{one}") for one in gap[gap.index("end intent") + 1 :])


def aliases(rig, number):
    found = rig.cluster.call(number, "GET", "/aliases")["aliases"]
    return {one["alias_name"]: one["collection_name"] for one in found}


@pytest.mark.parametrize("found, action, actions", list(boundaries()))
def test_killed_before_any_step_clients_are_served(cluster_rig, monkeypatch, found, action, actions):
    rig, moved = cluster_rig, live._moved
    monkeypatch.setattr(live, "_moved", lambda nodes, name, first, seconds: moved(nodes, name, first, 0.3))
    rig.fill(replication_factor=2)
    used = "live" if found == "aliases" else NAME
    if found == "gap":
        removed = {"delete_alias": {"alias_name": "live"}}
        rig.cluster.call(0, "POST", "/collections/aliases", {"actions": [removed]})
    rig.back_up(cluster_capture="shard")
    before = rig.cluster.contents(0, NAME)
    nodes = dict(zip(rig.nodes, rig.cluster.urls))
    options = {"nodes": nodes, "backup_id": ID, "mode": "switch", **OPTIONS[found]}
    code, said = ended(begin_with(rig.params(0, "restore", **options), action))
    assert code == -signal.SIGKILL, said
    at, opened, closed = (actions.index(name) for name in (action, "write intent", "close intent"))
    for number in rig.cluster.living():
        notes = Host(str(rig.folder / "state-0"), rig.cluster.urls[number]).intents()
        assert [note.collection for note in notes] == ([BESIDE] if opened < at <= closed else [])
        if not (found == "gap" and action == "create alias"):  # between deletion and alias there is nothing
            assert rig.cluster.contents(number, used) == before
    if at <= actions.index("record switch"):
        assert rig.cluster.contents(0, NAME) == before, "what clients use is untouched"
    report = rig.run(0, "restore", **options)
    assert report["ok"] and report["changed"], report["failed"]
    until(lambda: all(aliases(rig, n) == {used: BESIDE} for n in rig.cluster.living()), "the alias on every node")
    until(lambda: all(rig.cluster.names(n) == [BESIDE] for n in rig.cluster.living()), "the old one is deleted")
    for number in rig.cluster.living():
        assert rig.cluster.contents(number, used) == before
        assert Host(str(rig.folder / "state-0"), rig.cluster.urls[number]).unfinished() == []
    again = rig.run(0, "restore", **options)
    assert again["ok"] and not again["changed"]
