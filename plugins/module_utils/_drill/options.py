# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a drill."""

from __future__ import annotations

import dataclasses

from .._base.clock import check_backup_id
from .._base.errors import UsageError
from .._options import DRILL, HOST, NODE, RESTORE, check_choices, field
from .._repository.catalogue import LATEST
from .values import SCRATCH

RANDOM, ALL = "random", "all"


@dataclasses.dataclass(frozen=True)
class DrillOptions:
    """node_name: whose backups are drilled, None for this host's or the only node's; rpo and rto: seconds. The options
    of a live target are those of a restore."""

    cluster: str
    node_name: str | None = None
    collections: tuple[str, ...] = field(DRILL, "collections")
    backup_id: str = field(DRILL, "backup_id")
    target: str = field(DRILL, "target")
    scratch_url: str | None = field(DRILL, "scratch_url")
    rpo: float | None = field(DRILL, "rpo")
    rto: float | None = field(DRILL, "rto")
    max_load: float = field(DRILL, "max_load")
    record: bool = field(DRILL, "record")
    state_dir: str = field(HOST, "state_dir")
    spool_dir: str | None = field(HOST, "spool_dir")
    min_free: int = field(HOST, "min_free")
    snapshots_dir: str | None = field(NODE, "snapshots_dir")
    server_snapshots_path: str | None = field(NODE, "server_snapshots_path")
    storage_dir: str | None = field(RESTORE, "storage_dir")
    delivery: str = field(RESTORE, "delivery")
    ready_timeout: float = field(RESTORE, "ready_timeout")
    silence_timeout: float = field(RESTORE, "silence_timeout")


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
    if options.max_load <= 0:
        raise UsageError(f"max_load is {options.max_load:g}", "Set a load for each processor, for example 1.")
