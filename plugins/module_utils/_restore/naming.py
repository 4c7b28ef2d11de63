# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Aliases of a restored collection: those asked for, and the marks of a cluster's nodes that restore together."""

from __future__ import annotations

from typing import Any

from .._base.clock import now
from .._base.marks import mark_of
from .._qdrant.client import Node
from .._qdrant.errors import QdrantError
from .choose import wanted_aliases
from .errors import RestoreError
from .values import RestoreOptions, Source, Target


def mark_part(node: Node, source: Source, target: Target, report: dict[str, Any]) -> None:
    """Tell the other nodes that this one's part is back; with the last part, and before parts of another backup count
    for theirs, marks go away. A mark that cannot be made is no reason to call a good restore bad."""
    actions = [_delete(mark.alias) for mark in target.marks if report["whole"] or mark.backup_id != source.backup_id]
    actions += [_delete(alias) for alias in target.old_marks]
    if not report["whole"] and source.peer_id is not None and source.backup_id:
        mark = mark_of(target.name, source.backup_id, source.peer_id, now())
        actions.append(_create(target.name, mark))
    try:
        if actions:
            node.change_aliases(actions)
    except QdrantError as error:
        report["warnings"].append(
            f"The other nodes could not be told that this node's part of {target.name} is back ({error.said}): restore "
            "them with mode: replace."
        )


def create_aliases(
    node: Node, source: Source, target: Target, options: RestoreOptions, report: dict[str, Any]
) -> list[str]:
    """Create the aliases asked for, only where absent or already right: an existing one is never moved. A collection of
    which parts are missing gets none: clients would take it for the whole."""
    names, current = wanted_aliases(source, options), node.aliases()
    for alias in names:
        held = current.get(alias)
        if held not in (None, target.name):
            raise RestoreError("create alias", alias, f"it points to {held} by now", "Move it yourself.")
    absent = [alias for alias in names if alias not in current]
    if absent and not report["whole"]:
        names_left = ", ".join(absent)
        report["warnings"].append(
            f"{target.name} gets {names_left} with the last part: restore the other nodes, and ask for it there too."
        )
        return [alias for alias in names if alias not in absent]
    if absent:
        node.change_aliases([_create(target.name, alias) for alias in absent])
    return names


def _create(collection: str, alias: str) -> dict[str, Any]:
    return {"create_alias": {"collection_name": collection, "alias_name": alias}}


def _delete(alias: str) -> dict[str, Any]:
    return {"delete_alias": {"alias_name": alias}}
