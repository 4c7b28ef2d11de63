# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare what came back with the backup, and the replicas of each shard with each other."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Collection

from ..._base.plan import Step as PlannedStep
from ..._proof.compared import Compared
from ..._restore.errors import RestoreError
from ..._restore.state import Proof, State
from ..._restore.steps.prove import prove, settings_warnings
from ..._restore.task import FINISH
from ..scene import FleetScene
from ..state import FleetState
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
        dummy, wrong, unknown = counted(scene, name)
        proof = prove(scene.node, source, name, task.recipe)
        if wrong:
            proof = dataclasses.replace(proof, failures=(wrong, *proof.failures), grade=0, proven=False)
        if proof.failures and (task.target.moving or (not source.quiet and not wrong)):
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
        restored = {one.shard: one.archive.points for one in self.sharded.handed}
        view, wrong, unknown = counted(scene, self.task.name, restored)  # replicas of others are left to Qdrant
        found = {
            shard: max((one.count for one in view.of(shard) if one.count is not None), default=None)
            for shard in restored
        }
        empty = [shard for shard, points in restored.items() if points and found[shard] == 0]
        failures = [f"shard {', '.join(map(str, empty))} has no point"] if empty else []
        failures += [wrong] if wrong else []
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
