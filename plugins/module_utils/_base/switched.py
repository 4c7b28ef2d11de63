# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What restores have switched on this host: aliases, and the collections that they were moved from and to. With it, one
command moves them back."""

from __future__ import annotations

import dataclasses
import shlex
from typing import Any

from .host import Host
from .intent import USUAL_URL

_FOLDER = "switches"


@dataclasses.dataclass(frozen=True)
class Switch:
    """One call that moved aliases to a restored collection. It is written before the call."""

    collection: str  #: that was restored, and got the aliases
    before: str  #: that they pointed to
    aliases: tuple[str, ...]
    at: str  #: UTC
    backup_id: str = ""  #: that was restored
    sha256: str = ""  #: of the archive, "" if unknown
    origin: str = ""  #: the collection's name in the backup
    takes_name: bool = False  #: whether the name of the collection before became an alias, so that it was deleted
    points: int | None = None  #: that were restored
    points_before: int | None = None  #: of the collection before
    snapshot: str = ""  #: of the collection before, where it was to be deleted
    back_at: str = ""  #: UTC: the aliases were moved back
    url: str = ""  #: the node
    nodes: tuple[str, ...] = ()  #: of a cluster, each as NAME=URL; every one has this record

    def of(self, sha256: str, backup_id: str) -> bool:
        """Whether this archive was restored."""
        return self.sha256 == sha256 if self.sha256 and sha256 else self.backup_id == backup_id

    def back(self) -> str:
        """The command that moves the aliases back."""
        url = ["--url", self.url] if self.url and self.url != USUAL_URL else []
        where = [word for node in self.nodes for word in ("--node-url", node)] or url
        return shlex.join(["qdrant-backup", "restore", f"--roll-back={self.aliases[0]}", *where])


def note_switch(host: Host, switch: Switch) -> None:
    """Write the record; one of the same collection is overwritten."""
    host.write_record(_FOLDER, switch.collection, dataclasses.asdict(switch))


def forget_switch(host: Host, collection: str) -> None:
    """Remove the record of a switch that did not happen."""
    host.remove_record(_FOLDER, collection)


def switches(host: Host) -> list[Switch]:
    """The records of this node, newest first. One that cannot be read is left out, see ``damaged_switches``."""
    found = [one for one in (_read(data) for data in host.records(_FOLDER)) if one is not None]
    return sorted(found, key=lambda switch: switch.at, reverse=True)


def damaged_switches(host: Host) -> list[str]:
    """The paths of records that cannot be read."""
    return host.damaged_records(_FOLDER)


def _read(data: dict[str, Any]) -> Switch | None:
    names = {field.name for field in dataclasses.fields(Switch)}
    try:
        known = {key: value for key, value in data.items() if key in names}
        lists = {"aliases": known["aliases"], "nodes": known.get("nodes", ())}
        return Switch(**{**known, **{key: tuple(str(one) for one in found) for key, found in lists.items()}})
    except (TypeError, KeyError):
        return None
