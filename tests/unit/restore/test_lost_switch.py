# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A switch whose answer is lost, and whether the record of it, which the roll back needs, stays."""

from __future__ import annotations

import dataclasses
import types

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.host import Host
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.switched import switches
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.errors import QdrantError
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore import roll_back
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.plan import make_plan
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.run import run
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.scene import Scene
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.standing import Standing
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.state import State
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.steps import move_aliases
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.steps.move_aliases import MoveAliases
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.steps.note_switch import NoteSwitch
from ansible_collections.vectorops.qdrant.tests.unit.restore.test_restore_plan import facts
from ansible_collections.vectorops.qdrant.tests.unit.restore.test_switch_plan import NEW, SWITCH, beside


class Losing:
    """A node that moves the aliases, or not, and then answers nothing for some calls."""

    url, options = "http://127.0.0.1:6333", types.SimpleNamespace(api_key=None)

    def __init__(self, kind="no_answer", moves=True, silent=0, lost=True):
        self.held = {"live": "articles"}
        self.kind, self.moves, self.silent, self.lost = kind, moves, silent, lost
        self.quiet = 0  # calls that are not answered from now on

    def error(self, kind="no_answer"):
        return QdrantError("ask", self.url, "the connection was lost", kind=kind)

    def aliases(self):
        if self.quiet:
            self.quiet -= 1
            raise self.error()
        return dict(self.held)

    def collections(self):
        return ["articles", NEW]

    def change_aliases(self, actions):
        first, self.quiet = not self.quiet and self.held["live"] == "articles", self.silent
        if self.moves:
            for action in actions:
                about = action.get("create_alias")
                self.held.update({about["alias_name"]: about["collection_name"]} if about else {})
        if first and self.lost:
            raise self.error(self.kind)


@pytest.fixture
def switched(tmp_path, monkeypatch):
    monkeypatch.setattr(move_aliases, "confirm_lock", lambda *args: None)
    monkeypatch.setattr(move_aliases, "check_still", lambda *args: None)

    def go(node):
        given = facts(target=beside(), aliases={"live": "articles"}, collections=frozenset({"articles"}))
        (job,) = make_plan(given, SWITCH).jobs
        steps = [step for step in job.steps if isinstance(step, (NoteSwitch, MoveAliases))]
        host = Host(str(tmp_path), node.url)
        scene = Scene(node, None, host, SWITCH, lambda event: None, None)
        return run(steps, scene, State(standing=Standing.PROVEN)), switches(host)

    return go


def test_aliases_that_moved_before_the_node_fell_silent_keep_their_record(switched):
    """The answer is lost, then the question what happened, then the look before the undoing."""
    node = Losing(silent=2)
    state, noted = switched(node)
    assert node.held == {"live": NEW} and [one.before for one in noted] == ["articles"]
    assert state.moved == ("live",) and "is not known" in str(state.failure.error)
    assert any("were not moved back" in text for text in state.warnings)


def test_a_node_that_answers_again_has_its_aliases_moved_back(switched):
    node = Losing(silent=1)
    state, noted = switched(node)
    assert node.held == {"live": "articles"} and noted == [] and state.moved == () and state.failure is not None


def test_a_node_that_falls_silent_after_its_answer_is_the_same(switched):
    node = Losing(silent=2, lost=False)
    state, noted = switched(node)
    assert node.held == {"live": NEW} and len(noted) == 1 and state.moved == ("live",)


def test_a_lost_answer_that_did_its_work_is_no_failure(switched):
    state, noted = switched(Losing())
    assert state.failure is None and state.aliases == ("live",) and len(noted) == 1


@pytest.mark.parametrize("kind", ["unreachable", "no_answer"])
def test_nothing_that_moved_leaves_no_record(switched, kind):
    node = Losing(kind, moves=False)
    state, noted = switched(node)
    assert node.held == {"live": "articles"} and noted == [] and state.failure is not None


def test_an_alias_of_another_client_is_not_removed_by_the_undoing(switched):
    given = facts(target=beside(), aliases={"live": "articles"}, collections=frozenset({"articles"}))
    (job,) = make_plan(given, dataclasses.replace(SWITCH, alias="fresh")).jobs
    (step,) = [step for step in job.steps if isinstance(step, MoveAliases)]
    node = Losing()
    node.held = {"live": "articles", "fresh": "other"}
    node.change_aliases = lambda actions: pytest.fail(str(actions))
    scene = Scene(node, None, None, SWITCH, lambda event: None, None)
    state = step.undo(scene, State(moved=("fresh", "live")))
    assert state.moved == () and state.warnings == ()


def test_a_record_that_a_full_disk_cut_is_told_by_the_roll_back():
    told = roll_back.RollBackFacts("http://n", "live", None, {}, {}, damaged=("/state/switches/n/a.json",))
    (refusal,) = roll_back._refusals(told)
    assert "cannot be read: /state/switches/n/a.json" in refusal.message
