# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The runner: in order, backwards after a failure, and always with a state."""

from __future__ import annotations

import dataclasses
import time

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import EngineError
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.plan import make_plan
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.run import run
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.scene import LastSeen, Scene
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.state import State
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.steps.base import Step
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.values import RestoreOptions
from ansible_collections.vectorops.qdrant.tests.unit.restore.test_restore_plan import (
    CUSTOM,
    LEFT,
    REPLACE,
    TAKEN,
    facts,
    src,
)

SCENE = Scene(None, None, None, None, lambda event: None, None)
(JOB,) = make_plan(facts(), RestoreOptions()).jobs


class Noting(Step):
    def __init__(self, name, log, fails=""):
        super().__init__(JOB.task)
        self.action, self.log, self.fails, self.stage = name, log, fails, name

    def do(self, scene, state):
        self.log.append(f"do {self.action}")
        state = dataclasses.replace(state, safety_snapshot=state.safety_snapshot + self.action)
        if self.fails == "raises":
            raise EngineError("do", self.action, "no", "Mend it.")
        return state.fails(self.action, EngineError("do", self.action, "no")) if self.fails else state

    def undo(self, scene, state):
        self.log.append(f"undo {self.action}")
        return state.warns(self.action)


@pytest.mark.parametrize("how, kept", [("raises", "ab"), ("says so", "abc")])
def test_a_failure_undoes_backwards_and_keeps_what_is_known(how, kept):
    log = []
    steps = [Noting("a", log), Noting("b", log), Noting("c", log, how), Noting("d", log)]
    state = run(steps, SCENE, State())
    assert log == ["do a", "do b", "do c", "undo c", "undo b", "undo a"]
    assert state.failure.step == "c" and state.done == ("a", "b") and state.safety_snapshot == kept
    assert set(state.seconds) == {"a", "b", "c"} and "was not touched" in state.failure.error.next
    assert str(state.failure.error) == state.failure.error.sentence()


def test_all_went_well():
    log = []
    state = run([Noting("a", log), Noting("b", log)], SCENE, State())
    assert log == ["do a", "do b"] and state.done == ("a", "b") and state.failure is None


@pytest.mark.parametrize(
    "given, options",
    [
        (facts(), RestoreOptions(alias="live")),
        (facts(target=TAKEN), REPLACE),
        (facts(target=LEFT), RestoreOptions()),
        (facts(src(config=CUSTOM, shard_keys=(("k", (1,)),)), cluster_enabled=True), RestoreOptions()),
        (facts(src(known_shards=frozenset({0, 1})), cluster_enabled=True), RestoreOptions()),
        (facts(src(kind="file", location="/a.snapshot"), TAKEN), REPLACE),
    ],
    ids=["new", "replace", "leftover", "keys", "part", "file"],
)
def test_what_is_printed_is_what_is_done(given, options):
    planned = make_plan(given, options)
    steps = [step for job in planned.jobs for step in job.steps]
    assert planned.plan.steps == tuple(step.describe() for step in steps)
    for job in planned.jobs:
        assert job.to_the_barrier + job.after_the_barrier == job.steps


@pytest.mark.parametrize("kind", ["file", "url", "snapshot"])
def test_an_archive_that_was_read_for_its_facts_is_not_promised_to_be_read_again(kind):
    plan = make_plan(facts(src(kind=kind), TAKEN), REPLACE).plan
    assert [step.action for step in plan.steps][:2] == ["safety snapshot", "write intent"]
    assert "record proof" not in [step.action for step in plan.steps]


def test_a_store_that_answered_just_now_is_not_asked_again_for_each_small_archive():
    seen = LastSeen(seconds=0.05)
    assert seen.is_old()
    seen.note()
    assert not seen.is_old()
    time.sleep(0.06)
    assert seen.is_old()
