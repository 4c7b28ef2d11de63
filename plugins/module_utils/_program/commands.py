# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program's verbs: the engine's verb that each one calls, and its options on the command line."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import ModuleType
from typing import Any, Callable

from .._options import (
    BACKUP,
    DIFF,
    DOCTOR,
    DRILL,
    HOST,
    INFO,
    METRICS,
    NODE,
    PIN,
    POINTS,
    POLICY,
    PRUNE,
    QUERY,
    REPOSITORY,
    RESTORE,
    SHOW_DRILL,
    STATUS,
    VERIFY,
    Option,
)


@dataclasses.dataclass(frozen=True)
class Command:
    """One verb. positional: the option for arguments without a dash; plans: whether it has ``--check``;
    all_nodes: whether it can show other nodes; every: whether it has ``--all``; applies: whether it only plans without
    ``--apply``; hidden: options of the engine's verb that it does not have; fixed: values for the engine's verb that
    no option sets."""

    name: str
    help: str
    load: Callable[[], ModuleType]
    positional: str = ""
    plans: bool = True
    all_nodes: bool = False
    every: bool = False
    applies: bool = False
    hidden: tuple[str, ...] = ()
    fixed: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def options(self, verb: Any) -> dict[str, Option]:
        """Every option of the engine's verb by name, the hidden ones too."""
        return {option.name: option for group in verb.OPTIONS for option in group}


# Imports stand inside functions: a verb pays for its own libraries only.
def _back_up() -> ModuleType:
    from .._verbs import back_up

    return back_up


def _list_backups() -> ModuleType:
    from .._verbs import list_backups

    return list_backups


def _verify() -> ModuleType:
    from .._verbs import verify

    return verify


def _restore() -> ModuleType:
    from .._verbs import restore

    return restore


def _drill() -> ModuleType:
    from .._verbs import drill

    return drill


def _report() -> ModuleType:
    from .._verbs import report

    return report


def _diff() -> ModuleType:
    from .._verbs import diff

    return diff


def _query() -> ModuleType:
    from .._verbs import query

    return query


def _prune() -> ModuleType:
    from .._verbs import prune

    return prune


def _pin() -> ModuleType:
    from .._verbs import pin

    return pin


def _unpin() -> ModuleType:
    from .._verbs import unpin

    return unpin


def _settle() -> ModuleType:
    from .._verbs import settle

    return settle


def _status() -> ModuleType:
    from .._verbs import status

    return status


def _metrics() -> ModuleType:
    from .._verbs import metrics

    return metrics


def _doctor() -> ModuleType:
    from .._verbs import doctor

    return doctor


def _policy() -> ModuleType:
    from .._verbs import policy

    return policy


COMMANDS = {
    command.name: command
    for command in (
        Command("run", "Back this node up to the repository.", _back_up, "collections"),
        Command(
            "list",
            "List the newest backups in the repository.",
            _list_backups,
            "collections",
            plans=False,
            all_nodes=True,
            every=True,
        ),
        Command(
            "show",
            "Show one backup: an id, or latest.",
            _list_backups,
            "backup_id",
            plans=False,
            all_nodes=True,
            hidden=("limit",),
            fixed={"drills": False},
        ),
        Command(
            "verify", "Re-read archives from the repository and hash them.", _verify, "collections", all_nodes=True
        ),
        Command("restore", "Restore collections, and prove that they are what was backed up.", _restore, "collections"),
        Command("drill", "Restore a backup for proof, measure it, judge it, clean up.", _drill, "collections"),
        Command("report", "Show a recorded drill, with the trend of the drills before it.", _report, plans=False),
        Command(
            "diff",
            "Compare a collection with a backup: points that are missing, changed, new.",
            _diff,
            "collections",
            plans=False,
        ),
        Command(
            "query",
            "Answer a query from a backup, without a server: COLLECTION and the JSON of a query request.",
            _query,
            "collections",
            plans=False,
        ),
        Command(
            "prune",
            "Show which backups the rules keep, and which would be deleted. Deletes them with --apply.",
            _prune,
            applies=True,
        ),
        Command("pin", "Protect a backup from being pruned: an id, or latest.", _pin, "backup_id"),
        Command("unpin", "Let a backup be pruned again.", _unpin, "backup_id"),
        Command(
            "settle",
            "Confirm the data after an interrupted restore, if you have checked or recreated it. Closes the restore's"
            " note; backups are trusted again.",
            _settle,
            "collections",
            hidden=("min_free", "spool_dir", "snapshots_dir", "server_snapshots_path"),
        ),
        Command(
            "status",
            "Show the state of this node's backups. Ends with 1 if a problem needs attention.",
            _status,
            plans=False,
        ),
        Command("doctor", "Check the node, this host and the repository for problems.", _doctor, plans=False),
        Command("metrics", "Write the state of the backups for Prometheus.", _metrics, plans=False),
        Command("policy", "Generate the IAM policy of a role, or of the bucket.", _policy, plans=False, all_nodes=True),
    )
}
# Verbs that call nothing of the engine.
OWN = {
    "config": "Show every setting and where it comes from. Secrets stay hidden.",
    "version": "Show the version.",
}
# What asks neither the node nor the store: good for everybody, also where the keys are for root alone.
KEYLESS = frozenset(("config", "policy"))

# What one run is asked for. It would be dangerous, or senseless, as a standing setting.
ONE_OFF = frozenset(
    (
        "accept_gap",
        "accept_new_server",
        "accept_shrink",
        "accept_write_loss",
        "alias",
        "all_backups",
        "all_nodes",
        "allow_incomplete",
        "backup_id",
        "before",
        "bucket_policy",
        "checksum",
        "completeness",
        "delete_unreadable",
        "drill",
        "exclude",
        "filter",
        "forbidden",
        "forget",
        "forget_servers",
        "ids",
        "ids_file",
        "keep_old",
        "limit",
        "live_snapshot",
        "local_snapshots",
        "max_load",
        "mode",
        "name",
        "nodes",
        "open_with",
        "output",
        "partition",
        "points",
        "points_rate",
        "query",
        "reason",
        "record",
        "report",
        "restore_aliases",
        "restore_quotas",
        "role",
        "roll_back",
        "rpo",
        "rto",
        "scratch_api_key",
        "scratch_url",
        "skip_unreadable",
        "snapshot",
        "snapshot_url",
        "src",
        "target",
        "wait_for",
    )
)
# A standing list of collections says what is backed up, not what is restored.
RUN_ONLY = frozenset(("collections",))
STANDING_COLLECTIONS = frozenset(("run", "status", "config"))  # verbs that heed it


def known() -> dict[str, Option]:
    """All options of the program's verbs, by name."""
    groups = (
        SHOW_DRILL,
        DRILL,
        QUERY,
        DIFF,
        POINTS,
        PIN,
        PRUNE,
        POLICY,
        DOCTOR,
        METRICS,
        STATUS,
        INFO,
        VERIFY,
        RESTORE,
        BACKUP,
        HOST,
        REPOSITORY,
        NODE,
    )
    return {option.name: option for group in groups for option in group}


def standing() -> dict[str, Option]:
    """The options that a configuration file or the environment may set, by name. Secrets have only a name there."""
    return {name: option for name, option in known().items() if name not in ONE_OFF}
