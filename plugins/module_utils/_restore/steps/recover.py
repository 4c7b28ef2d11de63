# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hand the archive to the node and let it recover; whatever comes of that, end in a standing that is known.

A recover whose answer was not 200 is never judged by looking. It is waited out, and then repeated whole, or (where the
collection is ours) what it left is removed.
"""

from __future__ import annotations

import dataclasses
import time

from ..._base.clock import now, utc_text
from ..._base.counted import counted
from ..._base.errors import EngineError
from ..._base.plan import Step as PlannedStep
from ..._base.progress import Event
from ..._base.sentences import joined
from ..._qdrant.effects import DONE, NEVER, NONE, SAME
from ..._qdrant.errors import QdrantError
from ..damage import examined
from ..deliver import WAYS, Handover, remove_dead_copies
from ..errors import NotAskedError, RestoreError, effect_of, is_damage, retry_of
from ..scene import Scene
from ..standing import Claim, Standing
from ..state import State, sentence_of
from ..target_facts import target_facts
from ..task import REPLACE
from ..values import Source
from .base import Step
from .create import CreateWithKeys
from .delete_leftover import delete_leftover
from .safety_snapshot import take_safety_snapshot

TRIES = 3  # of one way: Qdrant itself makes one GET and never repeats it
_BACK = "safety snapshot"  # the way of an attempt that was to bring the state before back


class Recover(Step):
    """By each way in turn, as often as that can help. Undone, for a replacement in doubt, by the safety snapshot."""

    action = "recover"
    stage = "recover"
    shown = True

    def describe(self) -> PlannedStep:
        task = self.task
        detail = {"from": task.source.location, "delivery": list(task.ways)}
        return PlannedStep(self.action, task.name, task.source.bytes, destructive=task.recipe == REPLACE, detail=detail)

    def do(self, scene: Scene, state: State) -> State:
        last: EngineError | None = None
        for way in self.task.ways:
            for number in range(TRIES):
                state, last = self._try(scene, state, way)
                if state.failure is not None:
                    return state
                if last is None:
                    return state
                retry = retry_of(last)
                if retry == NEVER:
                    return self._give_up(scene, state, last)
                # What is in doubt is recovered again whole before anything else is thought of.
                again = self.task.recipe == REPLACE and state.standing is Standing.IN_DOUBT and number == 0
                if retry != SAME and not (again and effect_of(last) != NONE):
                    break
                time.sleep(min(2.0**number, 5.0))
        return self._give_up(scene, state, last)

    def undo(self, scene: Scene, state: State) -> State:
        """Bring the state before back, where the contents may be mixed and a safety snapshot holds it."""
        if self.task.recipe != REPLACE or state.standing is not Standing.IN_DOUBT or not state.safety_snapshot:
            return state
        scene.progress(Event("recover safety snapshot", self.task.name))
        try:
            source = self._safety(scene, state)
        except EngineError as unknown:
            return state.tries(_BACK, unknown.said)
        after, error = self._ask(scene, state, "node", source)
        if error is None:
            return state.clears(Claim.THEIRS)
        return self._wait(scene, after.tries(_BACK, error.said or str(error)), error)[0]

    def _try(self, scene: Scene, state: State, way: str) -> tuple[State, EngineError | None]:
        """One try and what has to follow it. The failure in the state ends the step; an error alone does not."""
        if self.task.makes_keys and state.claim is Claim.FREE:
            try:
                state = CreateWithKeys(self.task).do(scene, state)
            except NotAskedError as refused:
                state = state.fails(self.action, refused)
            if state.failure is not None:
                return state, state.failure.error
        asked, error = self._ask(scene, state, way, self.task.source)
        if error is None:
            remove_dead_copies(scene, self.task)
            return asked, None
        if isinstance(error, NotAskedError):
            return asked.fails(self.action, error), error
        was_asked = asked is not state
        state = asked.tries(way, error.said or str(error), is_damage(error))
        state, over = self._wait(scene, state, error)
        if not over:
            return state.fails(self.action, self._error(state, "")), error
        if was_asked and self.task.creates:
            try:
                state = self._clear(scene, state)
            except EngineError as kept:
                state = dataclasses.replace(state, standing=Standing.IN_DOUBT)
                state = state.tries("clean-up", f"what it left is still there: {kept.said}")
                state = state.fails(self.action, self._error(state, ""))
        return state, error

    def _ask(self, scene: Scene, state: State, way: str, source: Source) -> tuple[State, EngineError | None]:
        """The state after one way was gone; the same object where the node was never asked."""
        handover = Handover(source, self.task, scene, state)
        try:
            WAYS[way](handover)
        except EngineError as error:
            if not handover.asked:
                return state, error
            state = state.warns(handover.left) if handover.left else state
            return state.after_asking(effect_of(error)), error
        after = dataclasses.replace(state.after_asking(DONE), way=way)
        return after.warns(handover.left) if handover.left else after, None

    def _wait(self, scene: Scene, state: State, error: EngineError) -> tuple[State, bool]:
        """Wait the recover out; False where it may still be at work."""
        if state.standing is not Standing.ASKED:
            return state, True
        answered = not isinstance(error, QdrantError) or error.answered
        try:
            scene.node.wait_recovered(self.task.name, self.task.limits.silence, settle=0.0 if answered else 2.0)
        except QdrantError as waited:
            return state.tries("wait", waited.said), False
        return state.waits(), True

    def _clear(self, scene: Scene, state: State) -> State:
        """Remove what the failed recover left under the name. The node reads an archive before it makes the collection:
        another client may have created one in between, and filled it. It stays, and so does the note, which says that
        its contents are unknown."""
        task, source = self.task, self.task.source
        there = task.name in scene.node.collections()
        if not there:
            return state.clears(Claim.FREE)
        intent = task.intent(utc_text(now()), state.safety_snapshot)
        target = target_facts(task.name, scene.node, scene.options, scene.node.aliases(), there, intent)
        strange = target.strange(source)
        if target.count and not (source.quiet and source.points is not None):
            strange = (
                strange or f"it holds {counted(target.count, 'point')}, and how many are in the archive is not known"
            )
        if strange:
            said = f"collection {task.name} exists now, and may be another client's: {strange}"
            state = dataclasses.replace(state, standing=Standing.IN_DOUBT, claim=Claim.THEIRS).tries("clean-up", said)
            return state.fails(self.action, self._error(state, ""))
        if target.may_hold_points:
            state = take_safety_snapshot(scene, task, state, target)
        return delete_leftover(scene, task, state)

    def _safety(self, scene: Scene, state: State) -> Source:
        """The safety snapshot as an archive, with the checksum that the node noted."""
        listed = {snapshot.name: snapshot for snapshot in scene.node.list_snapshots(self.task.scope)}
        found = listed.get(state.safety_snapshot)
        return Source(
            "snapshot",
            self.task.name,
            state.safety_snapshot,
            bytes=found.size if found is not None else 0,
            sha256=(found.checksum or "") if found is not None else "",
        )

    def _give_up(self, scene: Scene, state: State, last: EngineError | None) -> State:
        # What the node said is not advice for all ways; what ends them all, or this host or the store said, is.
        told = last is not None and (retry_of(last) == NEVER or not isinstance(last, QdrantError))
        found = examined(scene, self.task, state)
        state = dataclasses.replace(state, damage=found.wrong)
        hints = [last.next if told and last is not None else "", found.told]
        return state.fails(self.action, self._error(state, joined(*hints)))

    def _error(self, state: State, hint: str) -> RestoreError:
        said = sentence_of(state.attempts) or "no delivery is possible"
        return RestoreError("restore", self.task.subject, said, hint)
