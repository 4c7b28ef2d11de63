# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands that messages of a restore print: the same restore with other options. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from .._base.command import option, with_names
from .._base.counted import counted
from .._base.plan import Refusal
from .._options import words_of
from .task import NEW, Task
from .values import RestoreFacts, RestoreOptions

_CHOOSE = ("collections", "backup_id", "before", "exclude")  # options that choose what is restored


def command(task: Task, *more: str, of: str = "", given: Sequence[str] | None = None, **changes: str) -> str:
    """The command for this restore. more: options that it gets besides; of: a collection of the backup, instead of
    the task's; given: instead of the further options of the task; changes: options with other values, "" for none."""
    origin = of or task.source.collection
    values = {
        "backup-id": task.source.backup_id,
        "name": task.name if task.named and task.name != origin else "",
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


def whole_command(options: RestoreOptions, backup_id: str, exclude: Sequence[str] = ()) -> str:
    """The command for the whole restore, with all options as they were given. exclude: more collections that it leaves
    out."""
    words = ["--backup-id", backup_id, *words_of(options.given, _CHOOSE)]
    words += [word for name in dict.fromkeys((*options.exclude, *exclude)) for word in option("--exclude", name)]
    return shlex.join(["qdrant-backup", "restore", *with_names(options.collections, words)])


def the_others(facts: RestoreFacts, options: RestoreOptions, refusals: Sequence[Refusal]) -> str:
    """What to do if only some collections are refused: the command that restores the others. "" if none would be left,
    if something else is refused too, or if the archive is in no backup."""
    refused = sorted({name for refusal in refusals for name in refusal.collections})
    others = [source for source, dummy in facts.pairs if source.collection not in refused]
    if not refused or not others or not others[0].backup_id or any(not one.collections for one in refusals):
        return ""
    which = "the other collection" if len(others) == 1 else f"the other {counted(len(others), 'collection')}"
    return f"To restore {which} (exclude:): {whole_command(options, others[0].backup_id, refused)}"
