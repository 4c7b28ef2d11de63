# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What doctor knows, and what it says."""

from __future__ import annotations

import dataclasses
from typing import Any

from .._base.intent import Intent
from .._qdrant.snapshot_storage import FILES, SnapshotStorage

ERROR, WARNING, OK = "error", "warning", "ok"


@dataclasses.dataclass(frozen=True)
class Finding:
    """severity: ok, warning (it will matter one day), error (a backup or a restore fails, or is not safe); area: node,
    host or repository; what: a sentence; fix: the line that fixes it."""

    severity: str
    area: str
    what: str
    fix: str = ""

    def as_dict(self) -> dict[str, str]:
        """JSON-able form."""
        return dataclasses.asdict(self)


@dataclasses.dataclass(frozen=True)
class NodeFacts:
    """unreachable: why the node does not answer. rights: full, read-only, collections (of some collections only, as a
    token with collection access), refused (the key is wrong, or one is missing) or unknown. writable: with the rights
    of collections, those that the key may write to.
    open_door: whether it answers without any key. url_recovery: None where it cannot be told. peer_id: None
    where it cannot be seen, as on a node without cluster mode and collections. peers: nodes of its Qdrant cluster.
    storage: of its snapshots."""

    url: str
    unreachable: str = ""
    next: str = ""
    version: str = ""
    ready: bool = True
    key_given: bool = False
    rights: str = "unknown"
    said: str = ""
    open_door: bool | None = None
    url_recovery: bool | None = None
    collections: tuple[str, ...] = ()
    writable: tuple[str, ...] = ()
    leftovers: tuple[str, ...] = ()
    recoveries: int | None = None
    peer_id: int | None = None
    peers: int = 1
    storage: SnapshotStorage = FILES


@dataclasses.dataclass(frozen=True)
class Folder:
    """A folder of this host. device: of its file system, None if the folder does not exist; free: bytes."""

    name: str
    path: str
    device: int | None = None
    readable: bool = False
    writable: bool = False
    free: int | None = None


@dataclasses.dataclass(frozen=True)
class HostFacts:
    """folders: name to folder (snapshots, temp, storage, state, spool), only those that are set or were found.
    unreadable: an archive in the snapshots folder that this user may not read. foreign: collections of the node whose
    snapshots the node lists and the folder does not hold. halves: path and bytes; orphans: paths of checksum files.
    noted_server: the peer id that the node showed to the last run on this host. hidden: name of a folder to the setting
    that hides it from ``service``, the unit of the backups."""

    folders: dict[str, Folder] = dataclasses.field(default_factory=dict)
    min_free: int = 0
    unreadable: str = ""
    foreign: tuple[str, ...] = ()
    halves: tuple[tuple[str, int], ...] = ()
    orphans: tuple[str, ...] = ()
    intents: tuple[Intent, ...] = ()
    user: str = ""
    noted_server: int | None = None
    service: str = ""
    hidden: dict[str, str] = dataclasses.field(default_factory=dict)

    def free(self, name: str) -> Any:
        """Free bytes of a folder by name; None where it is not known."""
        return self.folders[name].free if name in self.folders else None
