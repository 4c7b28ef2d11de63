# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands that messages of a restore tell: the same restore with other options. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from .._base.command import option, with_names
from .task import NEW, Task


def command(task: Task, *more: str, of: str = "", given: Sequence[str] | None = None, **changes: str) -> str:
    """The command for this restore. more: options that it gets besides; of: a collection of the backup, instead of
    the task's; given: instead of the further options of the task; changes: options with other values, "" for none."""
    origin = of or task.source.collection
    values = {
        "backup-id": task.source.backup_id,
        "name": task.name if task.name != origin else "",
        "mode": task.mode if task.mode != NEW else "",
        **changes,
    }
    words = [word for name, value in values.items() if value for word in option(f"--{name}", value)]
    words += [word for word in (task.options if given is None else given) if word not in more]
    words += more
    return shlex.join(["qdrant-backup", "restore", *with_names([origin], words)])


def addresses(task: Task) -> tuple[str, ...]:
    """The options with the addresses of a cluster's nodes; none for one node."""
    return tuple(word for node in task.nodes for word in ("--node-url", node))
