# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The notes and records of a cluster's restore: written for every node, so that a run on any of them sees them."""

from __future__ import annotations

import contextlib
import dataclasses
import threading
from collections.abc import Iterator, Sequence
from typing import Any

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

    def write_record(self, kind: str, name: str, data: dict[str, Any]) -> None:
        with self._one:
            for host in self._all:
                host.write_record(kind, name, data)

    def remove_record(self, kind: str, name: str) -> None:
        with self._one:
            for host in self._all:
                host.remove_record(kind, name)

    def records(self, kind: str) -> list[dict[str, Any]]:
        """Of all nodes: each has the same ones, unless a kill kept one from being written."""
        found: list[dict[str, Any]] = []
        for host in self._all:
            found += [record for record in host.records(kind) if record not in found]
        return found

    def damaged_records(self, kind: str) -> list[str]:
        return [path for host in self._all for path in host.damaged_records(kind)]

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
