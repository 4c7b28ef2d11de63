# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The last checks before a destructive call, and before clients are moved: both may be minutes after the plan."""

from __future__ import annotations

from .._base.errors import LockedError
from .errors import NotAskedError
from .scene import Scene
from .standing import Claim
from .state import State
from .task import Switching, Task


def last_look(scene: Scene, task: Task, state: State) -> None:
    """NotAskedError where the node must not be asked: a recover overwrites the collection that has the name
    without warning, also through an alias."""
    confirm_lock(scene, task)
    free = task.creates and state.claim is Claim.FREE
    if free and not scene.node.exists(task.name):  # neither a collection nor an alias, whatever else the node has
        return
    held = scene.node.aliases().get(task.name, "")
    taken = free and task.name in scene.node.collections()
    if held or taken:
        raise NotAskedError(
            "restore",
            task.subject,
            f"it became an alias of {held} during the restore"
            if held
            else "a collection with this name was created during the restore",
            "Restore to another name (name:).",
        )


def confirm_lock(scene: Scene, task: Task) -> None:
    """NotAskedError if the repository's lock was lost: then another run works on this node."""
    try:
        scene.confirm()
    except LockedError as error:
        raise NotAskedError(
            "restore",
            task.subject,
            f"the repository's lock was lost: {error.said}",
            "Wait for that run to end, then restore again.",
        ) from error


def check_still(scene: Scene, task: Task, switching: Switching) -> None:
    """NotAskedError if the collection that clients use received writes since the plan was made, unless losing them was
    allowed."""
    old = switching.old
    if switching.accept_loss or not old.exists or scene.pulse(old.name) == old.pulse:
        return
    raise NotAskedError(
        "switch to",
        task.subject,
        f"collection {old.name} received writes during the restore, and they are not in {task.name}",
        "Stop the writers, or allow the loss explicitly (accept_write_loss: true).",
    )
