# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gathers facts about this host: the snapshots folder and related folders, space, leftovers, intents. Changes
nothing."""

from __future__ import annotations

import getpass
import os
import time
from collections.abc import Mapping

from .._backup.leftovers import stale_halves
from .._base.host import Host, free_bytes
from .._qdrant.client import Node
from .._qdrant.errors import QdrantError
from .._qdrant.scope import Scope
from .._snapshot.orphans import orphans
from .service import hides, unit_settings
from .values import Folder, HostFacts, NodeFacts

_MOST_ASKED = 20  # collections whose snapshots are looked for in the folder


def host_facts(
    node: Node, about: NodeFacts, *, snapshots_dir: str, state_dir: str, spool_dir: str, min_free: int, service: str
) -> HostFacts:
    """The facts that this user can see. An empty snapshots_dir means that backups use the API. service: the unit of the
    backups."""
    paths = {"state": state_dir, "spool": spool_dir, "snapshots": snapshots_dir}
    if snapshots_dir:
        paths["temp"] = os.path.join(snapshots_dir, "tmp")
        paths["storage"] = os.path.join(os.path.dirname(snapshots_dir.rstrip("/")), "storage")
    folders = {name: look(name, path) for name, path in paths.items() if path}
    for name in ("temp", "storage"):  # guessed: the API does not return their paths
        if name in folders and folders[name].device is None:
            del folders[name]
    in_folder = snapshots_dir and not about.storage.in_s3
    unreadable, foreign = _compare(node, about, snapshots_dir) if in_folder else ("", ())
    host = Host(state_dir, node.url)
    return HostFacts(
        folders=folders,
        service=service,
        hidden=_hidden(service, folders),
        min_free=min_free,
        unreadable=unreadable,
        foreign=foreign,
        halves=tuple(stale_halves(snapshots_dir, about.collections, time.time())) if snapshots_dir else (),
        orphans=tuple(sorted(orphans(snapshots_dir))) if snapshots_dir else (),
        intents=tuple(host.intents()),
        noted_server=host.noted_server(),
        user=_user(),
    )


def _hidden(service: str, folders: Mapping[str, Folder]) -> dict[str, str]:
    """Folder by name to the setting of the unit that hides it."""
    settings = unit_settings(service)
    found = {name: hides(settings, os.path.realpath(folder.path)) for name, folder in folders.items()}
    return {name: why for name, why in found.items() if why}


def look(name: str, path: str) -> Folder:
    """A folder as it is. One that does not exist is asked for the space of the nearest folder that does."""
    try:
        device: int | None = os.stat(path).st_dev
    except OSError:
        device = None
    readable = os.access(path, os.R_OK | os.X_OK)
    return Folder(name, path, device, readable, os.access(path, os.W_OK | os.X_OK), free_bytes(_nearest(path)))


def _nearest(path: str) -> str:
    for dummy in range(64):
        if os.path.isdir(path) or path in ("", "/"):
            break
        path = os.path.dirname(path)
    return path or "/"


def _compare(node: Node, about: NodeFacts, snapshots_dir: str) -> tuple[str, tuple[str, ...]]:
    """(an archive that this user may not read, collections whose listed snapshots are not in the folder)."""
    unreadable, foreign = "", []
    for name in about.collections[:_MOST_ASKED]:
        try:
            listed = [snapshot.name for snapshot in node.list_snapshots(Scope.collection(name))]
        except QdrantError:
            continue
        paths = [os.path.join(snapshots_dir, name, file) for file in listed]
        if paths and not any(os.path.lexists(path) for path in paths):
            foreign.append(name)
        unreadable = unreadable or next((p for p in paths if os.path.lexists(p) and not os.access(p, os.R_OK)), "")
    return unreadable, tuple(foreign)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
