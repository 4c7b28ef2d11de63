# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read every archive whole before anything is overwritten with it."""

from __future__ import annotations

import dataclasses

from ..._base.plan import Step as PlannedStep
from ..._restore.damage import damage, noted
from ..._restore.errors import RestoreError
from ..._restore.state import State
from ..scene import FleetScene
from ..state import FleetState
from .base import FleetStep


class ReadArchives(FleetStep):
    """Each once, whatever number of nodes gets it."""

    action = "verify archive"
    stage = "prepare"
    shown = True

    def lines(self) -> tuple[PlannedStep, ...]:
        sizes = {one.archive.location: one.archive.bytes for one in self.sharded.handed}
        return tuple(PlannedStep(self.action, location, size, changes=False) for location, size in sizes.items())

    def work(self, scene: FleetScene, state: FleetState) -> State:
        read: set[str] = set()
        for one in self.sharded.handed:
            archive = one.archive
            if scene.store is None or archive.location in read:
                continue
            read.add(archive.location)
            source = archive.source(self.task.source)
            wrong = damage(scene.store, source, scene.progress)
            if wrong:
                own = dataclasses.replace(source, collection=archive.part(source.collection))  # its name in proofs
                told = noted(scene, self.sharded.of(own), wrong)
                raise RestoreError("verify", f"{archive.location} in {scene.store.url}", wrong, told)
        return state
