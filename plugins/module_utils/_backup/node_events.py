# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Events on the node during snapshots: restores that ran, names that became aliases.

Both requests concern the whole node, so they are sent at intervals, not for each collection: an answer covers every
snapshot that was created before the request.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping

from .._base.errors import EngineError
from .._base.marks import without_marks
from .._base.pace import Pace
from .._qdrant.client import Node
from .._qdrant.errors import QdrantError
from .errors import CollectionFailed, best_effort

EVERY = 1.0  # seconds


class NodeEvents:
    """``made`` right after each snapshot, ``ask`` before the commit; ``failures`` and ``warnings`` by collection.

    aliases: from the last answer, None before the first.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._one = threading.Lock()
        self._asking = threading.Lock()
        self._pending: set[str] = set()
        self._asked = float("-inf")
        self._pace = Pace(EVERY)
        self.aliases: dict[str, str] | None = None
        self.failures: dict[str, CollectionFailed] = {}
        self.warnings: dict[str, str] = {}

    def made(self, name: str) -> None:
        """A snapshot of this collection was created. CollectionFailed if it is known to be unusable."""
        with self._one:
            self._pending.add(name)
        self._ask_if_due()
        self.judge(name)

    def judge(self, name: str) -> None:
        """CollectionFailed if an answer has shown that its snapshot is unusable."""
        failure = self.failures.get(name)
        if failure is not None:
            raise failure

    def ask(self) -> None:
        """Check every snapshot so far. If the node does not answer, this is a warning."""
        with self._asking:
            try:
                self._ask()
            except EngineError as error:
                with self._one:
                    for name in self._pending:
                        self.warnings[name] = f"events on the node during the snapshot are unknown: {error.sentence()}"
                    self._pending.clear()

    def _ask_if_due(self) -> None:
        if time.monotonic() - self._asked < self._pace.pause or not self._asking.acquire(blocking=False):
            return
        try:
            self._ask()
        except QdrantError:
            pass  # a lost node is detected by the requests for a collection; ``ask`` decides
        finally:
            self._asking.release()

    def _ask(self) -> None:
        with self._one:
            names = sorted(self._pending)
        if not names:
            return
        self._asked = time.monotonic()
        with self._pace.measured():
            with self._node.metrics_once():
                for name in names:
                    self._look_for_recover(name)
            aliases = without_marks(self._node.aliases())
        with self._one:
            self.aliases = aliases
            self._pending.difference_update(names)
            for name in names:
                if name in aliases:
                    self.failures[name] = CollectionFailed(
                        name, "it was dropped, and its name is now an alias", "Back up again."
                    )

    def _look_for_recover(self, name: str) -> None:
        unknown: list[str] = []
        running = best_effort(
            self._node,
            lambda: self._node.recoveries_running(name),
            "a restore may have run during the snapshot: the node does not report it",
            unknown,
        )
        if unknown:
            self.warnings[name] = unknown[0]
        if running:
            self.failures[name] = CollectionFailed(
                name,
                "a restore of it ran during the snapshot, so the archive may contain mixed data",
                "Back it up again when the restore has ended.",
            )


def captured_aliases(
    first: Mapping[str, str], last: Mapping[str, str], names: Iterable[str]
) -> tuple[dict[str, str], list[str]]:
    """(aliases for the manifest, warnings for those that changed). Pure.

    The aliases at the end of the run, if they point to collections that existed at its start (``names``). An alias that
    now points to another collection is recorded as it was.
    """
    known = set(names)
    found: dict[str, str] = {}
    for alias, target in last.items():
        if target in known:
            found[alias] = target
        elif first.get(alias) in known:
            found[alias] = first[alias]
    changed = []
    for alias in sorted({*first, *last}):
        before, after = first.get(alias), last.get(alias)
        if before != after:
            was = f"pointed to {before}" if before else "did not exist"
            now = f"points to {after}" if after else "is gone"
            noted = f"recorded as pointing to {found[alias]}" if alias in found else "not noted"
            changed.append(f"Alias {alias} {was} when the backup began and {now} now: it is {noted}.")
    return found, changed
