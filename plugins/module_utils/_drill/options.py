# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a drill."""

from __future__ import annotations

import dataclasses

from .._base.clock import check_backup_id
from .._base.errors import UsageError
from .._options import DRILL, check_choices, field
from .._repository.catalogue import LATEST
from .._restore.facts import check_options as check_restore
from .._restore.values import NodeRestoreOptions
from .values import ENGINE, SAME, SCRATCH

RANDOM, ALL = "random", "all"


@dataclasses.dataclass(frozen=True)
class DrillOptions(NodeRestoreOptions):
    """node_name: whose backups are drilled, None for this host's or the only node's; rpo and rto: seconds. Those of
    ``NodeRestoreOptions`` are of a live target."""

    collections: tuple[str, ...] = field(DRILL, "collections")
    backup_id: str = field(DRILL, "backup_id")
    target: str = field(DRILL, "target")
    scratch_url: str | None = field(DRILL, "scratch_url")
    all_nodes: bool = field(DRILL, "all_nodes")
    rpo: float | None = field(DRILL, "rpo")
    rto: float | None = field(DRILL, "rto")
    max_load: float = field(DRILL, "max_load")
    record: bool = field(DRILL, "record")

    @property
    def of_target(self) -> NodeRestoreOptions:
        """Those of the live target. The folders are this node's, so they do not apply to a scratch node."""
        if self.target == SAME:
            return self
        return dataclasses.replace(self, snapshots_dir=None, server_snapshots_path=None, storage_dir=None)


def check_options(options: DrillOptions) -> None:
    """UsageError for options that make no sense together."""
    check_choices(options)
    if options.backup_id not in (LATEST, RANDOM, ALL):
        check_backup_id(options.backup_id)
    if options.target == SCRATCH and not options.scratch_url:
        raise UsageError(
            "target is scratch, but scratch_url is not set", "Set scratch_url to the scratch node's address."
        )
    if options.scratch_url and options.target != SCRATCH:
        raise UsageError(f"scratch_url is set, but target is {options.target}", "Set target to scratch.")
    if options.target == SCRATCH and options.delivery == "file":
        raise UsageError(
            "delivery is file, but target is scratch: a scratch node has other folders than this host",
            "Set delivery to auto, url or upload.",
        )
    if options.target != ENGINE:  # each restore would refuse them, and the drill would be recorded as failed
        check_restore(options.of_target.restoring(), has_store=True)
    if options.max_load <= 0:
        raise UsageError(f"max_load is {options.max_load:g}", "Set a load for each processor, for example 1.")
