# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the collection that clients use is as it was when the plan was made, right before they are moved away from
it."""

from __future__ import annotations

from .errors import NotAskedError
from .scene import Scene
from .task import Switching, Task


def check_still(scene: Scene, task: Task, switching: Switching) -> None:
    """NotAskedError if it received writes, unless losing them was allowed."""
    old = switching.old
    if switching.accept_loss or not old.exists or scene.pulse(old.name) == old.pulse:
        return
    raise NotAskedError(
        "switch to",
        task.subject,
        f"collection {old.name} received writes during the restore, and they are not in {task.name}",
        "Stop the writers, or allow the loss explicitly: accept_write_loss: true.",
    )
