# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Throw-away collections of drills: their names, and the removal of those that killed drills left."""

from __future__ import annotations

import contextlib
import re

from .._base.drill_notes import DrillNote, DrillNotes
from .._base.errors import EngineError, LockedError
from .._base.host import Host
from .client import Node

_NAME = re.compile(r".+__drill_\d{8}T\d{6}Z", re.DOTALL)
_RECOVERS = 120.0  # seconds to wait for the end of recovers
LOCK = "drill"  # the lock that a drill holds, beside that of other runs


def throwaway_name(collection: str, backup_id: str) -> str:
    """The name of a drill's collection. Backups never include such names."""
    return f"{collection}__drill_{backup_id}"


def is_throwaway(name: str) -> bool:
    """Whether a collection is one of a drill, which is never backed up."""
    return _NAME.fullmatch(name) is not None


def drop(host: Host, node: Node, note: DrillNote) -> None:
    """Delete a throw-away collection and what is noted of it. EngineError if it has an alias, or is still there."""
    name = note.collection
    if not _NAME.fullmatch(name):
        return
    held = sorted(alias for alias, holder in node.aliases().items() if holder == name)
    if held:
        raise EngineError(
            "delete the throw-away collection",
            f"{name} on {node.url}",
            f"it has the alias {', '.join(held)}, so another client uses it",
            "Point the alias to another collection; the next drill or run deletes this one.",
        )
    if node.recoveries_running(name):  # of a drill that was killed: what is deleted now could be created again
        node.wait_recovered(name, _RECOVERS)
    node.delete_collection(name)
    if node.exists(name):
        raise EngineError(
            "delete the throw-away collection",
            f"{name} on {node.url}",
            "the node reports success, but it is still there",
            "The next drill or run deletes it.",
        )
    host.close_intent(name)
    DrillNotes(host.state_dir, node.url).remove(name)


def remove_leftovers(host: Host, node: Node) -> list[str]:
    """Delete what killed drills left on the node, by this host's notes; returns sentences. Nothing is deleted while a
    drill runs. The caller holds the host's lock, or the lock of drills."""
    notes = DrillNotes(host.state_dir, node.url).all()
    return [_removed(host, node, note) for note in notes]


def remove_unless_drilled(host: Host, node: Node) -> list[str]:
    """``remove_leftovers`` for other runs than drills: nothing happens while a drill runs, and no error stops the
    caller."""
    if not DrillNotes(host.state_dir, node.url).all():
        return []
    with contextlib.suppress(LockedError), host.lock("remove what a drill left", LOCK):
        return remove_leftovers(host, node)
    return []


def _removed(host: Host, node: Node, note: DrillNote) -> str:
    try:
        drop(host, node, note)
    except EngineError as error:
        return error.sentence()
    return f"Collection {note.collection}, left by a drill of {note.started_at}, was deleted."
