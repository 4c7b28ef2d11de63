# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refusals and warnings if another server has backed up under the node's name. Pure."""

from __future__ import annotations

from .._base.plan import Refusal
from .._repository.servers import REBUILT, REFUSED, Verdict, conflict, stretch
from .options import BackupOptions

_NAMES = "Give each server its own node name (option node)."
_ACCEPT = "If only this server is in use: qdrant-backup run --accept-new-server (module: accept_new_server: true)."


def refusals(options: BackupOptions, verdict: Verdict) -> list[Refusal]:
    """Refused: two servers back up under one node name, and no operator allowed it."""
    if verdict.state not in REFUSED or options.accept_new_server:
        return []
    return [Refusal("two_servers", conflict(options.node, verdict), f"{_NAMES} {_ACCEPT}")]


def warnings(options: BackupOptions, verdict: Verdict) -> list[str]:
    """The warning for the first backup of another server, which may be a rebuilt host."""
    last = verdict.last
    if verdict.state != REBUILT or last is None or options.accept_new_server:
        return []
    return [
        f"The last backup of {options.node} is of another server: {stretch(last)}. This one is peer {verdict.peer_id}. "
        f"If the host was rebuilt, nothing to do. If both servers run: {_NAMES[0].lower()}{_NAMES[1:]}"
    ]


def committed_refusals(options: BackupOptions, verdict: Verdict) -> list[Refusal]:
    """Refused: this backup id is committed with the data of another server, so this server would not be backed up."""
    last = verdict.last
    if verdict.peer_id is None or last is None or last.peer_id == verdict.peer_id:
        return []
    if last.until != options.backup_id:  # its manifest names no server
        return []
    return [
        Refusal(
            "two_servers",
            f"Backup {options.backup_id} of {options.node} is already committed by another server (peer "
            f"{last.peer_id}; this one is peer {verdict.peer_id}), so it has no data of this server.",
            f"{_NAMES} If this host was rebuilt, back it up under another id: qdrant-backup run --slot 0",
        )
    ]
