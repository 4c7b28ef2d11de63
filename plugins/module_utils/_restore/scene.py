# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a step works with: the parties of the whole run."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Callable

from .._base.host import Host
from .._base.progress import Progress
from .._qdrant.client import Node
from .._qdrant.snapshot_storage import FILES, SnapshotStorage
from .ending import advice
from .live import pulse_of
from .proofs import Proofs
from .state import State
from .task import Task
from .values import Pulse, RestoreOptions

if TYPE_CHECKING:
    from .._repository.store import Store


def nobody_else() -> None:
    """No lock, nothing to lose."""


class LastSeen:
    """When the store last answered this run. For small archives that is enough: with hundreds of them, asking for the
    first bytes of each costs more than their restore."""

    def __init__(self, seconds: float = 10.0) -> None:
        self._seconds = seconds
        self._at: float | None = None

    def note(self) -> None:
        """It answered now."""
        self._at = time.monotonic()

    def is_old(self) -> bool:
        """Whether it is to be asked again before a node is."""
        return self._at is None or time.monotonic() - self._at > self._seconds


@dataclasses.dataclass(frozen=True)
class Scene:
    """store: None for an archive that is in no repository; confirm: raises LockedError where the repository's lock is
    not ours any more; options: for the places and folders of this host alone, what is decided is in the task; alone:
    whether no other collection is brought back beside; storage: where the node keeps its own snapshots; advise: what
    the operator is to do after a failure, with the advice that came with the error."""

    node: Node
    store: Store | None
    host: Host
    options: RestoreOptions
    progress: Progress
    proofs: Proofs
    confirm: Callable[[], None] = nobody_else
    alone: bool = True
    store_seen: LastSeen = dataclasses.field(default_factory=LastSeen)
    storage: SnapshotStorage = FILES
    advise: Callable[[Task, State, str], str] = advice

    @property
    def every_node(self) -> Mapping[str, Node]:
        """The nodes that are restored, by name; "" is the name of one node alone."""
        return {"": self.node}

    def pulse(self, collection: str) -> Pulse:
        """One look at a collection that clients use."""
        return pulse_of(list(self.every_node.values()), collection)

    def not_pointing(self, aliases: Iterable[str], collection: str) -> list[str]:
        """Those of the aliases that do not point to the collection, on any node."""
        held = self.node.aliases()
        return [alias for alias in aliases if held.get(alias) != collection]
