# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which server's backup a restore takes, if several servers have backed up under the node's name.

A new server (a rebuilt host, another host) gets the newest backup. A server with backups of its own under this name
gets another server's backup only if its id is given.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Callable, Protocol

from .._base.clock import parse_utc
from .._base.counted import few
from .._base.host import Host
from .._base.plan import Refusal
from .._qdrant.client import Node
from .._qdrant.errors import QdrantError
from .._repository.servers import ALTERNATING, history_of, ids_of, judge
from .values import BackupServers

if TYPE_CHECKING:
    from .._repository.catalogue import Catalogue
    from .._repository.manifest import Manifest

_LATEST = "latest"


class Choice(Protocol):
    """The options that choose a backup: of a restore, and of points."""

    @property
    def backup_id(self) -> str:
        """An id, or latest."""

    @property
    def before(self) -> str | None:
        """A time, in UTC."""

    @property
    def state_dir(self) -> str:
        """The state directory of this host."""


def behind(catalogue: Catalogue, manifest: Manifest, options: Choice) -> BackupServers:
    """Facts of the repository. They are in the chosen manifest if it is the newest and has a history of one server.
    Otherwise the backups are listed, and the newest manifest is read."""
    from .._repository.server_history import read_history

    found = BackupServers(manifest.node.name, manifest.backup_id, manifest.node.peer_id)
    newest = options.backup_id == _LATEST and not options.before
    if newest and manifest.node.servers is not None and len(history_of([manifest])) < 2:
        return dataclasses.replace(found, history=history_of([manifest]))
    entries = catalogue.backups(found.node)
    limit = parse_utc(options.before) if options.before else None
    fitting = [one.backup_id for one in entries if limit is None or parse_utc(one.backup_id) <= limit]
    history = read_history(catalogue.manifest, entries)
    return dataclasses.replace(found, history=history, ids=ids_of(history, fitting))


def peer_of(node: Node, peer_id: int | None, collections: Iterable[str], options: Choice) -> int | None:
    """The peer id of the node's server: from its cluster API (``peer_id``), else from a collection's shards, else from
    an earlier run on this host. None: a server without collections that no run has seen."""
    if peer_id is not None:
        return peer_id
    for name in sorted(collections):
        try:
            return node.shards(name).peer_id
        except QdrantError as error:
            if not error.answered:
                raise
    return Host(options.state_dir, node.url).noted_server()


def refusals(servers: BackupServers | None, options: Choice, again: Callable[[str], str]) -> Iterator[Refusal]:
    """Refusal of another server's backup that was not selected by its id. again: the same command with an id. Pure."""
    if servers is None or options.backup_id != _LATEST or not _doubtful(servers):
        return
    held = "; ".join(f"of peer {peer}: {few(ids)}" for peer, ids in servers.ids.items())
    own = servers.ids.get(servers.here, []) if servers.here is not None else []
    named = own[0] if own else "ID"
    yield Refusal(
        "another_server",
        f"The backups of {servers.node} are of different servers. The one that would be restored, {servers.backup_id}, "
        f"is of peer {servers.chosen}; this server is {_this(servers)}. Backups {held}.",
        f"Name the backup (module: backup_id: {named}): {again(named)}",
    )


def warnings(servers: BackupServers | None, options: Choice) -> list[str]:
    """Warning about another server's backup that was selected by its id. Pure."""
    if servers is None or options.backup_id == _LATEST or not _doubtful(servers):
        return []
    return [
        f"Backup {servers.backup_id} is of another server (peer {servers.chosen}); this server is {_this(servers)}."
    ]


def _doubtful(servers: BackupServers) -> bool:
    """Whether the chosen backup is of another server although this server has its own, or although several servers
    alternate. False for a new server: it has no backup and gets the newest."""
    if servers.chosen is None or servers.chosen == servers.here:
        return False
    verdict = judge(servers.history, servers.here)
    return verdict.state == ALTERNATING or verdict.own is not None


def _this(servers: BackupServers) -> str:
    return f"peer {servers.here}" if servers.here is not None else "not known (without collections it shows no peer id)"
