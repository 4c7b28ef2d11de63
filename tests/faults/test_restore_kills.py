# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SIGKILL of a restore at each step, and of the node at random moments: the next restore brings everything back."""

from __future__ import annotations

import dataclasses
import random
import signal
import threading
import time

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import EngineError, RefusedError
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore import live
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.plan import make_plan
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.values import (
    Live,
    Pulse,
    RestoreOptions,
    Target,
)
from ansible_collections.vectorops.qdrant.tests.support.marks import needs_own_server
from ansible_collections.vectorops.qdrant.tests.support.proxy import FaultProxy
from ansible_collections.vectorops.qdrant.tests.support.qdrant import start_qdrant
from ansible_collections.vectorops.qdrant.tests.support.restore_runs import begin, intents, killed_at
from ansible_collections.vectorops.qdrant.tests.support.rig import Rig
from ansible_collections.vectorops.qdrant.tests.unit.restore.test_restore_plan import LEFT, REPLACE, TAKEN, facts, src

pytestmark = pytest.mark.faults
MOMENTS = 4
LIVE = {"create_alias": {"collection_name": "articles", "alias_name": "live"}}
BESIDE = Target("articles__20261122t190000z", live=Live(("articles",), True, ("live", "search"), Pulse(50)))
# What the restore finds, by a word: the steps are those of the recipe that the plan chooses for it.
FOUND = {
    "new": (facts(src(aliases=("live",))), RestoreOptions(restore_aliases=True)),
    "replace": (
        facts(src(aliases=("live",), payload_schema={"topic": {}}), TAKEN),
        dataclasses.replace(REPLACE, restore_aliases=True),
    ),
    "leftover": (facts(target=LEFT), RestoreOptions()),
    "switch": (facts(target=BESIDE), RestoreOptions(mode="switch", keep_old=False)),
    "gap": (
        facts(target=dataclasses.replace(BESIDE, live=Live(("articles",), True, (), Pulse(50)))),
        RestoreOptions(mode="switch", accept_gap=True),
    ),
}


def boundaries(*which, after=""):
    """Before each step of each recipe: a new step is killed at without being named here. after: only those behind it,
    where another recipe begins alike."""
    for found in which:
        given, options = FOUND[found]
        (job,) = make_plan(given, options).jobs
        actions = [step.action for step in job.steps]
        assert len(set(actions)) == len(actions), "a step is told from the others by its action"
        chosen = actions[actions.index(after) + 1 :] if after else actions
        yield from (pytest.param(found, action, actions, id=f"{found}-{action}") for action in chosen)


def in_place(found):
    return "live" if found == "switch" else "articles"


@pytest.mark.parametrize("found, action, actions", [*boundaries("switch"), *boundaries("gap", after="end intent")])
def test_killed_before_any_step_of_a_switch_clients_are_served(rig, monkeypatch, found, action, actions):
    """The collection that clients use is whole at every moment, and the same command ends what was begun."""
    used, moved = in_place(found), live._moved
    monkeypatch.setattr(live, "_moved", lambda node, name, first, seconds: moved(node, name, first, 0.3))
    rig.fill()
    if found == "switch":
        more = {"create_alias": {"collection_name": "articles", "alias_name": "search"}}
        rig.node.call("POST", "/collections/aliases", {"actions": [LIVE, more]})
    before, backup_id = rig.contents(used), rig.run("back_up")["backup_id"]
    options = {"mode": "switch", "collections": ["articles"]}
    options.update({"keep_old": False} if found == "switch" else {"accept_gap": True})
    code, said = killed_at(rig, action, **options)
    assert code == -signal.SIGKILL, said
    at, opened, closed = (actions.index(name) for name in (action, "write intent", "close intent"))
    new = f"articles__{backup_id.lower()}"
    assert [note.collection for note in intents(rig)] == ([new] if opened < at <= closed else [])
    gap = found == "gap" and action == "create alias"
    if not gap:  # between the deletion of the old collection and the alias there is nothing
        assert rig.contents(used) == before
    if at <= actions.index("record switch"):
        assert rig.contents("articles") == before, "what clients use is untouched"
    if opened < at <= closed and new in rig.collections():
        saved = rig.run("back_up", backup_id="20991122T190000Z")
        assert [item["name"] for item in saved["collections"]] == ["articles"]
    report = rig.run("restore", backup_id=backup_id, **options)
    assert report["ok"] and report["changed"] and intents(rig) == []
    assert rig.collections() == [new] and rig.contents(used) == before
    assert found == "gap" or rig.count("search") == 200
    if action == actions[-1]:
        again = rig.run("restore", backup_id=backup_id, **options)
        assert again["ok"] and not again["changed"] and rig.run("status")["intents"] == []


def lose(rig, found):
    """The disaster; returns the options of the restore."""
    if found == "replace":
        rig.fill(first=1001, count=10)
        return {"mode": "replace", "restore_aliases": True}
    rig.drop()
    if found == "new":
        return {"restore_aliases": True}
    code, said = killed_at(rig, "wait until ready")
    assert code == -signal.SIGKILL, said
    return {}


@pytest.mark.parametrize("found, action, actions", list(boundaries("new", "replace", "leftover")))
def test_killed_before_any_step_the_same_command_brings_it_back(rig, found, action, actions):
    rig.fill()
    if found != "leftover":
        rig.node.call("POST", "/collections/aliases", {"actions": [LIVE]})
    before = rig.contents()
    rig.run("back_up")
    if found != "leftover":
        rig.node.call("POST", "/collections/aliases", {"actions": [{"delete_alias": {"alias_name": "live"}}]})
    options = lose(rig, found)
    code, said = killed_at(rig, action, **options)
    assert code == -signal.SIGKILL, said
    at, opened, closed = (actions.index(name) for name in (action, "write intent", "close intent"))
    notes = intents(rig)
    if opened < at <= closed or (found == "leftover" and at <= opened):
        assert [note.collection for note in notes] == ["articles"] and "may be mixed" in notes[0].warning()
    else:
        assert notes == []
    if at <= opened and found == "replace":
        assert rig.count() == 210, "nothing of it was touched before the note"
    if at > closed:
        assert rig.contents() == before, "nothing is in doubt once the note is closed"
    report = rig.run("restore", **options)
    assert report["ok"] and rig.contents() == before and intents(rig) == []
    # A replacement is done again whatever was proven before; otherwise what is proven lacks only aliases.
    lacking = "create alias" in actions and at <= actions.index("create alias")
    assert report["changed"] == (at <= closed or found == "replace" or lacking)
    (item,) = report["collections"]
    assert item["grade"] == 3 and item["proof_key"]
    with pytest.raises(RefusedError, match="exists"):
        rig.run("restore")  # a run that ended is finished: what has the name now may be anything
    assert found == "leftover" or rig.count("live") == 200
    assert rig.run("verify")["ok"] and rig.run("status")["intents"] == []


def test_killed_before_the_aliases_the_next_run_makes_them(rig):
    """All is back and proven by then, and nothing is in doubt."""
    rig.fill()
    before = rig.contents()
    alias = {"create_alias": {"collection_name": "articles", "alias_name": "live"}}
    rig.node.call("POST", "/collections/aliases", {"actions": [alias]})
    rig.run("back_up")
    rig.node.call("POST", "/collections/aliases", {"actions": [{"delete_alias": {"alias_name": "live"}}]})
    rig.fill(first=1001, count=10)
    with FaultProxy(int(rig.node.url.rpartition(":")[2])) as proxy:
        process = begin(rig, mode="replace", restore_aliases=True, url=proxy.url)
        proxy.on_request(lambda line: process.kill(), match="^POST /collections/aliases")
        said = process.communicate(timeout=120)[1].decode()
        assert process.returncode == -signal.SIGKILL, said[-2000:]
        assert intents(rig, proxy.url) == [] and rig.contents() == before
        report = rig.run("restore", mode="replace", restore_aliases=True, url=proxy.url)
    assert report["ok"] and rig.count("live") == 200


@needs_own_server
@pytest.mark.parametrize("moment", range(MOMENTS))
def test_the_node_dies_at_a_random_moment_of_a_replacement(s3_server, tmp_path, moment):
    """Old, dirty, mixed or restored, green or not: what is called good is good, and all else is brought back."""
    with start_qdrant(str(tmp_path / "node")) as node:
        rig = Rig(node, s3_server, tmp_path, f"random-{tmp_path.name}")
        rig.fill(count=3000, config={"shard_number": 3})
        before = rig.contents()
        rig.run("back_up")
        changed = [{"id": n, "vector": [1.0] * 8, "payload": {"topic": "changed"}} for n in range(1, 3001)]
        node.call("PUT", "/collections/articles/points?wait=true", {"points": changed})
        began: list[float] = []

        def note(event):
            if (event.step == "recover" and not began) or event.step == "prove":
                began.append(time.monotonic())

        rig.run("restore", mode="replace", collections=["articles"], progress=note)
        longest = began[1] - began[0]
        node.call("PUT", "/collections/articles/points?wait=true", {"points": changed})
        wait = random.Random().uniform(0, longest) if moment else longest / 2

        def die():
            node.kill()
            node.start_again()

        dying = threading.Timer(wait, die)

        def start(event):
            if event.step == "recover" and dying.ident is None:
                dying.start()

        try:
            report = rig.run("restore", mode="replace", silence_timeout=30, progress=start)
            ok, told = report["ok"], report["failed"]
        except EngineError as error:
            ok, told = False, str(error)
        dying.join()
        if ok:
            assert rig.contents() == before, f"called good after {wait:.3f} s of {longest:.3f}"
        else:
            assert [intent.collection for intent in intents(rig)] == ["articles"], told
            again = rig.run("restore", mode="replace", backup_id="latest")
            assert again["ok"] and rig.contents() == before
        assert intents(rig) == []
