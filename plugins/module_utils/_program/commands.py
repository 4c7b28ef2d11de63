# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program's verbs: which verb of the engine each one calls, and how its options are offered."""

from __future__ import annotations

import dataclasses
from types import ModuleType
from typing import Any, Callable

from .._options import (
    BACKUP,
    DOCTOR,
    HOST,
    INFO,
    METRICS,
    NODE,
    POLICY,
    REPOSITORY,
    RESTORE,
    STATUS,
    VERIFY,
    Option,
)


@dataclasses.dataclass(frozen=True)
class Command:
    """One verb. positional: the option that takes the words without a dash; plans: whether it has ``--check``;
    all_nodes: whether it can look beyond one node; hidden: options of the engine's verb that it does not offer."""

    name: str
    help: str
    load: Callable[[], ModuleType]
    positional: str = ""
    plans: bool = True
    all_nodes: bool = False
    hidden: tuple[str, ...] = ()

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
            "list", "List the backups in the repository.", _list_backups, "collections", plans=False, all_nodes=True
        ),
        Command(
            "show",
            "Show one backup: an id, or latest.",
            _list_backups,
            "backup_id",
            plans=False,
            all_nodes=True,
            hidden=("limit",),
        ),
        Command(
            "verify", "Re-read archives from the repository and hash them.", _verify, "collections", all_nodes=True
        ),
        Command("restore", "Bring collections back, and prove that they are the same.", _restore, "collections"),
        Command(
            "settle",
            "Say that what an interrupted restore left is right (looked through, or made anew): its note is closed,"
            " and backups are trusted again.",
            _settle,
            "collections",
            hidden=("min_free", "spool_dir", "snapshots_dir", "server_snapshots_path"),
        ),
        Command(
            "status",
            "Tell how this node's backups are doing. Ends with 1 where a person is needed.",
            _status,
            plans=False,
        ),
        Command("doctor", "Look for what is wrong with the node, this host and the repository.", _doctor, plans=False),
        Command("metrics", "Write how the backups are doing for Prometheus.", _metrics, plans=False),
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
        "accept_shrink",
        "accept_write_loss",
        "alias",
        "all_backups",
        "allow_incomplete",
        "backup_id",
        "before",
        "bucket_policy",
        "checksum",
        "completeness",
        "forbidden",
        "limit",
        "mode",
        "name",
        "output",
        "partition",
        "record",
        "restore_aliases",
        "role",
        "snapshot",
        "snapshot_url",
        "src",
    )
)
# A standing list of collections says what is backed up, not what is restored.
RUN_ONLY = frozenset(("collections",))


def known() -> dict[str, Option]:
    """Every option that any verb of the program takes, by name."""
    groups = (POLICY, DOCTOR, METRICS, STATUS, INFO, VERIFY, RESTORE, BACKUP, HOST, REPOSITORY, NODE)
    return {option.name: option for group in groups for option in group}


def standing() -> dict[str, Option]:
    """The options that a configuration file or the environment may set, by name; secrets are there by name only."""
    return {name: option for name, option in known().items() if name not in ONE_OFF}
