# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A newest backup that was made after collections were lost: a timer goes on on a node that was emptied."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .._base.choose import chosen as chosen_names
from .._base.errors import EngineError
from .._base.plan import Refusal
from .._repository.catalogue import LATEST
from .values import Lost, RestoreOptions

if TYPE_CHECKING:
    from .._repository.catalogue import Catalogue
    from .._repository.manifest import Manifest


def refusal(found: Lost) -> Refusal:
    """Why this backup is not restored unless its id is given."""
    names, verb = ", ".join(found.collections), "was" if len(found.collections) == 1 else "were"
    anyway = f"To restore this one without {names}: --backup-id {found.backup_id}."
    instead = f"Restore the last one that has {found.collections[0]}: add --backup-id {found.holder} (backup_id). "
    return Refusal(
        "suspect_backup",
        f"The newest backup, {found.backup_id}, was made after {names} {verb} gone from the node.",
        (instead if found.holder else "") + anyway,
    )


def lost(catalogue: Catalogue, manifests: Iterable[Manifest], options: RestoreOptions) -> Lost | None:
    """What of the collections that are asked for was gone when the newest backup was made. None if nothing was, or if
    the backup was named by its id."""
    if options.backup_id != LATEST:
        return None
    manifests = list(manifests)
    gone = {name for one in manifests for name in one.gone.get("collections", ())}
    names = chosen_names(options.collections, sorted(gone))
    if not names:
        return None
    node = manifests[0].node.name if len(manifests) == 1 else None
    try:
        holder = catalogue.choose(before=options.before or None, node=node, collection=names[0]).backup_id
    except EngineError:
        holder = ""
    return Lost(manifests[0].backup_id, tuple(names), holder)
