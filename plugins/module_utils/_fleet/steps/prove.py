# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare what came back with the backup, and the replicas of each shard with each other."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Collection, Iterable, Mapping

from ..._base.plan import Step as PlannedStep
from ..._proof.compared import Compared
from ..._restore.errors import RestoreError
from ..._restore.state import Proof, State
from ..._restore.steps.prove import prove, settings_warnings
from ..._restore.task import FINISH
from ..scene import FleetScene
from ..state import FleetState
from ..task import Handed
from ..values import View
from ..views import unequal
from .base import FleetStep

_AGREEMENT = 15.0  # seconds for replicas to become equal: updates may be under way


def counted(scene: FleetScene, collection: str, shards: Collection[int] = ()) -> tuple[View, str, str]:
    """The shards with the exact count of each replica, which differ, and which could not be counted; asked again for a
    while if there are some. shards: those that are looked at; none: all."""
    end = time.monotonic() + _AGREEMENT
    while True:
        view = scene.view(collection, count=True)
        if shards:
            view = dataclasses.replace(view, replicas=tuple(one for one in view.replicas if one.shard in shards))
        wrong = unequal(view)
        unknown = next((f"on {one.node} shard {one.shard}: {one.why}" for one in view.replicas if one.why), "")
        if not (wrong or unknown) or time.monotonic() > end:
            return view, wrong, unknown
        time.sleep(0.5)


def _points(handed: Iterable[Handed]) -> dict[int, int | None]:
    """The points of each restored shard in its archive."""
    return {one.shard: one.archive.points for one in handed}


def _most(view: View, shard: int) -> int | None:
    """The points of the replica that has the most."""
    return max((one.count for one in view.of(shard) if one.count is not None), default=None)


def _lost(view: View, restored: Mapping[int, int | None]) -> str:
    """That shards have no point although their archives have some; "" if none is so."""
    # One that could not be counted may have them.
    empty = [shard for shard, points in restored.items() if points and {one.count for one in view.of(shard)} == {0}]
    return f"shard {', '.join(map(str, empty))} has no point" if empty else ""


def _not_counted(subject: str, why: str) -> RestoreError:
    """A replica that was not counted is neither equal nor different."""
    return RestoreError("prove", subject, f"not every replica could be counted: {why}", "Check that all nodes run.")


class ProveCluster(FleetStep):
    """Counts of all replicas are equal; the whole collection is compared with reads that every replica agrees on."""

    action = "prove"
    stage = "prove"
    shown = True

    def describe(self) -> PlannedStep:
        source = self.task.source
        detail = {"points": source.points, "quiet": source.quiet, "consistency": "all"}
        return PlannedStep(self.action, self.task.name, changes=False, detail=detail)

    def work(self, scene: FleetScene, state: FleetState) -> State:
        task, source, name = self.sharded, self.task.source, self.task.name
        view, wrong, unknown = counted(scene, name)
        lost = _lost(view, _points(task.handed))
        wrong = lost or wrong
        proof = prove(scene.node, source, name, task.recipe)
        if wrong:
            proof = dataclasses.replace(proof, failures=(wrong, *proof.failures), grade=0, proven=False)
        if proof.failures and not lost and (task.target.moving or (not source.quiet and not wrong)):
            proof = self._excused(proof, task.target.moving, not (wrong or unknown))
        if unknown and not proof.failures:
            raise _not_counted(task.subject, unknown)
        lacking = task.archived.lacking
        if lacking:
            shards = ", ".join(map(str, lacking))
            told = f"Shard {shards} of {name} is empty: the backup has no archive of it, and its points are missing."
            proof = dataclasses.replace(proof, whole=False, warnings=(*proof.warnings, told))
        if task.recipe != FINISH:
            state = dataclasses.replace(
                state, warnings=(*state.warnings, *settings_warnings(scene.node, source, name, task.version))
            )
        after = state.judges(proof)
        if proof.failures:
            return after.fails(self.action, RestoreError("prove", task.subject, "; ".join(proof.failures)))
        return after

    def _excused(self, proof: Proof, moving: bool, equal: bool) -> Proof:
        """Nodes take their snapshots at different moments: with writers, what one node noted is not what all hold.
        equal: whether the counts of replicas were."""
        why = "is being written to" if moving else "was written to while its nodes were backed up one after another"
        what = "the bytes of its archives" + (" and the equality of its replicas" if equal else "")
        told = f"{self.task.name} {why}: only {what} are proven ({'; '.join(proof.failures)})."
        return dataclasses.replace(
            proof,
            compared=Compared(hash=True),
            grade=1,
            proven=False,
            failures=(),
            warnings=(*proof.warnings, told),
        )


class ProveShards(FleetStep):
    """Of a repair: the replicas of the restored shards are equal. The other shards served on, so the collection is not
    what was backed up, and is not compared with it."""

    action = "prove"
    stage = "prove"
    shown = True
    changes = False

    def work(self, scene: FleetScene, state: FleetState) -> State:
        restored = _points(self.sharded.handed)
        view, wrong, unknown = counted(scene, self.task.name, restored)  # replicas of others are left to Qdrant
        found = {shard: _most(view, shard) for shard in restored}
        failures = [text for text in (_lost(view, restored), wrong) if text]
        if unknown and not failures:
            raise _not_counted(self.task.subject, unknown)
        known = [count for count in found.values() if count is not None]
        proof = Proof(
            points=sum(known) if len(known) == len(restored) else None,
            expected=sum(points for points in restored.values() if points) or None,
            grade=0 if failures else 1,
            compared=Compared(hash=not failures),
            failures=tuple(failures),
            warnings=(
                f"Shard {', '.join(map(str, sorted(restored)))} of {self.task.name} is as in the backup; its replicas "
                "are equal. The collection as a whole was not compared with the backup.",
            )
            if not failures
            else (),
        )
        after = state.judges(proof)
        if failures:
            return after.fails(self.action, RestoreError("prove", self.task.subject, "; ".join(failures)))
        return after
