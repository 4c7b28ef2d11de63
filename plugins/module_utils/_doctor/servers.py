# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the backups under the node's name are of this server: one read of the repository, then pure."""

from __future__ import annotations

from .._repository.catalogue import Catalogue
from .._repository.errors import StoreError
from .._repository.manifest import EarlierServer
from .._repository.server_history import read_history
from .._repository.servers import REBUILT, REFUSED, SAME, conflict, judge, stretch
from .._repository.store import Store
from .values import ERROR, OK, WARNING, Finding

_AREA = "repository"


def servers_of(store: Store, cluster: str, node: str) -> tuple[EarlierServer, ...]:
    """The servers behind the node's backups; none if they cannot be read, which other findings report."""
    try:
        catalogue = Catalogue(store, cluster)
        return read_history(catalogue.manifest, catalogue.backups(node))
    except StoreError:
        return ()


def judge_servers(node: str, history: tuple[EarlierServer, ...], peer_id: int | None) -> list[Finding]:
    """No finding if there is no backup, or the server shows no peer id. Pure."""
    verdict = judge(history, peer_id)
    if verdict.state in REFUSED:
        only = "qdrant-backup run --accept-new-server"
        fix = f"Set node to another name on one of them. If only this server is in use: {only}"
        return [Finding(ERROR, _AREA, conflict(node, verdict), fix)]
    last = verdict.last
    if verdict.state == REBUILT and last is not None:
        what = f"The last backup of {node} is of another server, {stretch(last)}; this one is peer {peer_id}."
        fix = "If this host was rebuilt, nothing to do. If both servers run, set node to another name on one of them."
        return [Finding(WARNING, _AREA, what, fix)]
    if verdict.state == SAME:
        return [Finding(OK, _AREA, f"The newest backup of {node} is of this server (peer {peer_id}).")]
    return []
