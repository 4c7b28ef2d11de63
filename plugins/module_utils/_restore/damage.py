# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether an archive in the store is damaged.

What a node says of an archive may be the way's fault. Only what is read from the store and is not what the backup says
is the archive's: it is kept as a failed proof.
"""

from __future__ import annotations

import dataclasses

from .._archive.errors import ArchiveError
from .._archive.inspect import inspect
from .._base.errors import EngineError
from .._base.progress import Progress
from .._repository.store import Store
from .errors import CHOOSE
from .scene import Scene
from .state import State
from .task import Task
from .values import Source


def damage(store: Store, source: Source, progress: Progress) -> str:
    """What is wrong with an archive in the store, "" where it is as the backup says. Reads it whole."""
    try:
        with store.open(source.location) as stream:
            facts = inspect(stream, progress=progress)
    except ArchiveError as error:
        return error.said
    if facts.sha256 != source.sha256:
        return "; ".join([*facts.problems, f"its sha256 is {facts.sha256}, the backup says {source.sha256}"])
    return "; ".join(facts.problems)


def noted(scene: Scene, task: Task, wrong: str) -> str:
    """Keep that an archive is damaged; sentences about that and about what to do."""
    kept = scene.proofs.damage(task.source, wrong) if task.record else ""
    return f"{kept} {CHOOSE}.".strip()


@dataclasses.dataclass(frozen=True)
class Examined:
    """wrong: with the archive in the store, "" if nothing is known to be; told: sentences about it, "" for none."""

    wrong: str = ""
    told: str = ""


def examined(scene: Scene, task: Task, state: State) -> Examined:
    """Of the archive in the store, where a node or we could make nothing of the bytes that arrived: the store's fault
    or the way's."""
    blamed = any(attempt.blames_archive for attempt in state.attempts)
    if not blamed or task.source.kind != "repository" or scene.store is None:
        return Examined()
    try:
        wrong = damage(scene.store, task.source, scene.progress)
    except EngineError:
        return Examined(told="Whether the archive in the store is damaged could not be seen.")
    if not wrong:
        return Examined(told="The archive in the store is as it was written: what arrived was damaged on the way.")
    return Examined(wrong, f"The archive in the store is damaged. {noted(scene, task, wrong)}")
