# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of a removal, in the one order in which a kill is harmless: what is printed is what runs.

Snapshots on the node go while a manifest still names them. The manifest goes before its archives: from then on the
backup does not exist, and what is left of it is an orphan that a later prune deletes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Callable, Protocol

from .._base.plan import Step
from .._qdrant.client import Node
from .._qdrant.errors import QdrantError
from .._repository import layout
from .._repository.catalogue import BackupEntry, Catalogue
from .._repository.errors import ManifestError, StoreError
from .._repository.store import Store
from .local import gone
from .values import LocalCopy, Removal

_AT_ONCE = 1000  # keys of one call


@dataclasses.dataclass(frozen=True)
class Scene:
    """What steps work with. confirm: LockedError if a lock was lost; node: the one at ``url``, None without it."""

    store: Store
    cluster: str
    confirm: Callable[[], None]
    node: Node | None = None


class StaysError(Exception):
    """The backup was pinned, or committed, after the plan was made. The text says so."""


class PruneStep(Protocol):
    """One step. It is safe to repeat."""

    def describe(self) -> Step:
        """Its line of the plan."""

    def do(self, scene: Scene) -> None:
        """Do it."""


@dataclasses.dataclass(frozen=True)
class CheckPin:
    """A pin that was set since the plan was made stops this removal."""

    backup_id: str

    def describe(self) -> Step:
        """See PruneStep."""
        return Step("check pins", self.backup_id)

    def do(self, scene: Scene) -> None:
        """See PruneStep."""
        if scene.store.head(layout.pin_key(scene.cluster, self.backup_id)) is not None:
            raise StaysError(f"{self.backup_id} was pinned during the prune, and stays.")


@dataclasses.dataclass(frozen=True)
class CheckUncommitted:
    """A run that used the id of a killed one, and committed it since the plan was made, stops this removal."""

    backup_id: str
    nodes: tuple[str, ...]

    def describe(self) -> Step:
        """See PruneStep."""
        return Step("check that no manifest exists", f"{self.backup_id} of {', '.join(self.nodes)}")

    def do(self, scene: Scene) -> None:
        """See PruneStep."""
        for node in self.nodes:
            if scene.store.head(layout.manifest_key(scene.cluster, node, self.backup_id)) is not None:
                raise StaysError(f"{self.backup_id} of {node} was committed during the prune, and stays.")


@dataclasses.dataclass(frozen=True)
class CheckUnreadable:
    """A manifest that was repaired since the plan was made stops this removal."""

    backup_id: str
    entries: tuple[BackupEntry, ...]

    def describe(self) -> Step:
        """See PruneStep."""
        nodes = ", ".join(entry.node for entry in self.entries)
        return Step("check that the manifest cannot be read", f"{self.backup_id} of {nodes}")

    def do(self, scene: Scene) -> None:
        """See PruneStep."""
        for entry in self.entries:
            try:
                Catalogue(scene.store, scene.cluster).fetch(entry)
            except StoreError as error:
                if not isinstance(error, ManifestError) and error.kind != "not_found":
                    raise
            else:
                raise StaysError(f"The manifest of {self.backup_id} of {entry.node} can be read now, so it stays.")


@dataclasses.dataclass(frozen=True)
class DeleteLocal:
    """The snapshots on the node that the backup was made from."""

    backup_id: str
    copies: tuple[LocalCopy, ...]

    def describe(self) -> Step:
        """See PruneStep."""
        size = sum(copy.bytes for copy in self.copies)
        return Step("delete snapshots on the node", f"{len(self.copies)} of {self.backup_id}", size, destructive=True)

    def do(self, scene: Scene) -> None:
        """See PruneStep."""
        for copy in self.copies:
            if scene.node is not None:
                _delete_copy(scene.node, copy)


def _delete_copy(node: Node, copy: LocalCopy) -> None:
    try:
        node.delete_snapshot(copy.scope, copy.name)
    except QdrantError as error:
        if error.kind not in gone(copy.scope):  # since the plan was made
            raise


@dataclasses.dataclass(frozen=True)
class DeleteManifests:
    """Ends the backup. A store that reports success and keeps the manifest must not lose its archives."""

    backup_id: str
    nodes: tuple[str, ...]
    keys: tuple[str, ...]

    def describe(self) -> Step:
        """See PruneStep."""
        return Step("delete manifest", f"{self.backup_id} of {', '.join(self.nodes)}", destructive=True)

    def do(self, scene: Scene) -> None:
        """See PruneStep."""
        scene.store.delete(self.keys)
        for key in self.keys:
            if scene.store.head(key) is not None:
                raise StoreError(
                    "delete the manifest",
                    f"{key} in {scene.store.url}",
                    "the store reports success, but the manifest is still there",
                    "Its archives were not deleted. Check the permissions and the retention of the store.",
                )


@dataclasses.dataclass(frozen=True)
class DeleteObjects:
    """Archives or proofs, once no manifest names them."""

    what: str
    backup_id: str
    nodes: tuple[str, ...]
    keys: tuple[str, ...]
    size: int = 0

    def describe(self) -> Step:
        """See PruneStep."""
        subject = f"{len(self.keys)} of {self.backup_id} of {', '.join(self.nodes)}"
        return Step(f"delete {self.what}", subject, self.size, destructive=True)

    def do(self, scene: Scene) -> None:
        """See PruneStep."""
        for start in range(0, len(self.keys), _AT_ONCE):
            scene.confirm()
            scene.store.delete(self.keys[start : start + _AT_ONCE])


def recipe(removal: Removal) -> Sequence[PruneStep]:
    """The steps of one removal, in order."""
    nodes = tuple(part.node for part in removal.parts)
    manifests = tuple(key for part in removal.parts for key in (*part.manifest_parts, part.manifest) if key)
    archives = tuple(key for part in removal.parts for key in part.archives)
    proofs = tuple(key for part in removal.parts for key in part.proofs)
    steps: list[PruneStep] = []
    steps.append(CheckUncommitted(removal.backup_id, nodes) if removal.orphan else CheckPin(removal.backup_id))
    if removal.unreadable:
        steps.append(CheckUnreadable(removal.backup_id, removal.unreadable))
    if removal.local:
        steps.append(DeleteLocal(removal.backup_id, removal.local))
    if manifests:
        steps.append(DeleteManifests(removal.backup_id, nodes, manifests))
    if archives:
        steps.append(DeleteObjects("archives", removal.backup_id, nodes, archives, removal.bytes))
    if proofs:
        steps.append(DeleteObjects("proofs", removal.backup_id, nodes, proofs))
    return steps
