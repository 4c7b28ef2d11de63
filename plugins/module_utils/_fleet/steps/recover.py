# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Give every shard's archive to every node that holds the shard: nodes side by side, each one shard at a time."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Sequence

from ..._base.clock import now, utc_text
from ..._base.plan import Step as PlannedStep
from ..._base.progress import Event
from ..._base.sentences import joined
from ..._qdrant.effects import DONE, UNKNOWN
from ..._restore.errors import NotAskedError, RestoreError
from ..._restore.last_look import last_look
from ..._restore.standing import Standing
from ..._restore.state import State
from ..._restore.task import REPLACE
from ..absence import advice, unreachable
from ..damage import examined_shards
from ..deliver import deliver
from ..placing import targets_of
from ..scene import FleetScene
from ..state import FleetState, ShardState, of_fleet
from ..task import Handed, doubtful, pair
from .base import FleetStep

# Seconds between two versions of the note: each is synced to disk for every node. One that is older names more shards.
_BETWEEN_NOTES = 1.0


class RecoverShards(FleetStep):
    """One failure keeps no other shard from being recovered: the report has all of them, and a note on the host has
    those in doubt."""

    action = "recover"
    stage = "recover"
    shown = True

    def lines(self) -> tuple[PlannedStep, ...]:
        return tuple(self._line(one) for one in self.sharded.handed)

    def _line(self, one: Handed) -> PlannedStep:
        task = self.sharded
        every = f"each of its {task.copies} nodes" if task.copies > 1 else "its node"
        where = ", ".join(one.holders) or every
        size = one.archive.bytes * (len(one.holders) or task.copies)
        detail = {"from": one.archive.location, "delivery": list(task.ways), "priority": task.priority}
        subject = f"shard {one.shard} of {task.name} on {where}"
        return PlannedStep(self.action, subject, size, destructive=task.recipe == REPLACE, detail=detail)

    def work(self, scene: FleetScene, state: FleetState) -> State:
        last_look(scene, self.task, state)
        handed = self._handed(scene)
        before = state.standing
        after = of_fleet(state.asks())
        shards = _Round(self, scene, handed, state.safety_snapshot).done()
        after = dataclasses.replace(after, shards=shards)
        wrong = [one for one in shards if one.standing is not Standing.WHOLE]
        if not wrong:
            ways = {one.way for one in shards if one.way}
            return dataclasses.replace(after.answers(before, DONE), way="/".join(sorted(ways)))
        gone = unreachable(scene.nodes, sorted({one.node for one in wrong}))
        found = examined_shards(scene, self.sharded, handed, wrong)
        after = dataclasses.replace(after, damage=found.wrong)
        error = self._error(wrong, len(shards), joined(advice(scene.nodes, gone), found.told))
        if all(one.standing is Standing.UNTOUCHED for one in shards):  # no node did anything
            return dataclasses.replace(after, standing=before).fails(self.action, error)
        return after.answers(before, UNKNOWN).waits().fails(self.action, error)

    def _handed(self, scene: FleetScene) -> tuple[Handed, ...]:
        """What goes where. A new collection has its holders only now; shards of a replaced one may have moved since
        the plan was made."""
        if not self.task.creates and self.task.recipe != REPLACE:
            return self.sharded.handed
        view = scene.view(self.task.name)
        targets = targets_of(self.sharded.archived, view.shards)
        found = [
            Handed(one.archive, targets[one.archive.shard], view.holders(targets[one.archive.shard]))
            for one in self.sharded.handed
        ]
        empty = [one.shard for one in found if not one.holders]
        if empty:
            raise RestoreError(
                "restore",
                self.task.subject,
                f"no node holds shard {', '.join(map(str, empty))}",
                "Check the nodes' logs.",
            )
        return tuple(found)

    def _error(self, wrong: Sequence[ShardState], total: int, found: str) -> RestoreError:
        """Everything that failed, in one sentence: what is the same on several nodes once."""
        by_reason: dict[str, list[str]] = {}
        for one in wrong:
            by_reason.setdefault(one.error or "not asked", []).append(pair(one.shard, one.node))
        told = "; ".join(f"{', '.join(where)} (shard@node): {why}" for why, where in by_reason.items())
        return RestoreError("restore", self.task.subject, f"{len(wrong)} of {total} recovers failed: {told}", found)


class _Round:
    """Every shard on every holder, once. The note on the host is rewritten as shards come out of doubt."""

    def __init__(self, step: RecoverShards, scene: FleetScene, handed: Sequence[Handed], safety: str) -> None:
        self._step, self._scene = step, scene
        self._intent = step.task.intent(utc_text(now()), safety)
        self._stopped = False
        self._noted = 0.0
        self._one = threading.Lock()
        self._found: list[ShardState] = []
        self._jobs: dict[str, list[Handed]] = {}
        for one in handed:
            for node in one.holders:
                self._jobs.setdefault(node, []).append(one)
        self._doubt = {(one.shard, node) for one in handed for node in one.holders}
        self._total = len(self._doubt)
        earlier = doubtful(step.task.target, self._doubt)
        # A shard of a new collection is empty until it is recovered: also one that no node is asked for is in doubt.
        self._begun = frozenset(self._doubt) if step.task.creates else earlier
        self._others = earlier - self._doubt
        self._raised: list[BaseException] = []

    def done(self) -> tuple[ShardState, ...]:
        """Start a thread for each node, and wait for all."""
        self._note()
        threads = [threading.Thread(target=self._on, args=(node,), name=f"recover {node}") for node in self._jobs]
        for thread in threads:
            thread.daemon = True
            thread.start()
        try:
            for thread in threads:
                thread.join()
        except BaseException:  # a signal: no node is asked any more, and the note says what is in doubt
            self._stopped = True
            raise
        if self._raised:
            raise self._raised[0]
        return tuple(sorted(self._found, key=lambda one: (one.shard, one.node)))

    def _on(self, node: str) -> None:
        try:
            for one in self._jobs[node]:
                begun = (one.shard, node) in self._begun
                before = ShardState(one.shard, node, Standing.IN_DOUBT if begun else Standing.UNTOUCHED)
                # A second recover on a node at the same time leaves a mixture of both.
                with self._scene.turns[node]:
                    state = deliver(self._scene, self._step.sharded, one, before, self._look)
                self._ended(state)
        except BaseException as error:  # noqa: BLE001  raised again by who waits
            self._raised.append(error)

    def _look(self) -> None:
        """Right before a node is asked: the lock of this run."""
        with self._one:
            if self._stopped:
                raise NotAskedError("restore", self._step.task.subject, "the run was ended")
            self._scene.confirm()

    def _ended(self, state: ShardState) -> None:
        with self._one:
            self._found.append(state)
            if not state.in_doubt:
                self._doubt.discard((state.shard, state.node))
            left = len(self._found)
            if time.monotonic() - self._noted > _BETWEEN_NOTES:
                self._note()
        name = self._step.task.name
        text = f"shard {state.shard} on {state.node}: {state.standing.value}"
        self._scene.progress(Event("recover", name, left, self._total, text))

    def _note(self) -> None:
        self._noted = time.monotonic()
        words = ", ".join(pair(*one) for one in sorted(self._doubt | self._others))
        self._scene.host.open_intent(dataclasses.replace(self._intent, shards=words))
