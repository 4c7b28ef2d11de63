# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The notes of a cluster's restore: written for every node, so that a backup or status of any of them sees the note."""

from __future__ import annotations

import contextlib
import dataclasses
import threading
from collections.abc import Iterator, Sequence

from .._base.address import node_key
from .._base.host import Host
from .._base.intent import Intent


class Hosts(Host):
    """The state directory of this host, for all nodes of a cluster. Its methods may be called from several threads."""

    def __init__(self, state_dir: str, urls: Sequence[str]) -> None:
        super().__init__(state_dir, urls[0])
        self._all = list({node_key(url): Host(state_dir, url) for url in urls}.values())
        self._one = threading.Lock()

    @contextlib.contextmanager
    def lock(self, purpose: str, kind: str = "") -> Iterator[None]:
        """Hold this host's lock of every node."""
        with contextlib.ExitStack() as stack:
            for host in self._all:
                stack.enter_context(host.lock(purpose, kind))
            yield

    def open_intent(self, intent: Intent) -> None:
        with self._one:
            for host in self._all:
                host.open_intent(dataclasses.replace(intent, url=host.node_url))

    def close_intent(self, collection: str) -> None:
        with self._one:
            for host in self._all:
                host.close_intent(collection)

    def intents(self) -> list[Intent]:
        return _each_once(intent for host in self._all for intent in host.intents())

    def unfinished(self) -> list[Intent]:
        return _each_once(intent for host in self._all for intent in host.unfinished())


def _each_once(notes: Iterator[Intent]) -> list[Intent]:
    """One note a collection: the newest, which a kill may have kept from being written for the other nodes."""
    found: dict[str, Intent] = {}
    for note in notes:
        other = found.get(note.collection)
        if other is None or note.started_at > other.started_at:
            found[note.collection] = note
    return sorted(found.values(), key=lambda intent: intent.started_at)
