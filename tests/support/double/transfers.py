# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node of a cluster does on its own: brings its Dead replicas up to date, and carries out transfers to it."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import threading
import time
from typing import TYPE_CHECKING, Any

from . import layout
from .consensus import Consensus, entry_of
from .errors import ApiError
from .others import Others
from .recover import unpack_segments
from .tar_read import TarError, unpack

if TYPE_CHECKING:
    from .member import Member

Json = dict[str, Any]
_LOOK_SECONDS = 0.03
_SECONDS = float(os.environ.get("DOUBLE_TRANSFER_SECONDS") or 0.2)
# Until nobody writes any more who has not seen yet that the target takes writes.
_GRACE_SECONDS = 0.05


class Transfers:
    """One thread that looks, and one for each transfer to this node."""

    def __init__(self, node: Member, consensus: Consensus, others: Others) -> None:
        self._node = node
        self._consensus = consensus
        self._others = others
        self._running: set[str] = set()
        self._found_dead: dict[tuple[str, int], float] = {}
        self._stopped = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._watch, daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def _watch(self) -> None:
        while not self._stopped.wait(_LOOK_SECONDS):
            # No majority, or a collection that was dropped meanwhile: looked at again in a moment.
            with contextlib.suppress(ApiError, OSError, KeyError):
                self._node.refresh()
                self._look(self._consensus.read())

    def _look(self, state: Json) -> None:
        mine = self._consensus.peer_id
        for name, entry in state["collections"].items():
            for transfer in entry["transfers"]:
                if transfer["to"] == mine:
                    self._begin(name, transfer)
            for number, shard in entry["shards"].items():
                key = (name, int(number))
                if shard["replicas"].get(str(mine)) != "Dead":
                    self._found_dead.pop(key, None)
                elif time.monotonic() - self._found_dead.setdefault(key, time.monotonic()) > _SECONDS:
                    self._ask_for(state, name, int(number))

    def _ask_for(self, state: Json, name: str, shard_id: int) -> None:
        """Asks for a transfer to a Dead replica of this node; of one peer, one at a time."""
        if not self._consensus.leader(state):
            return
        mine, entry = self._consensus.peer_id, state["collections"][name]
        busy = {peer for one in entry["transfers"] for peer in (one["from"], one["to"])}
        for peer, replica_state in entry["shards"][str(shard_id)]["replicas"].items():
            source = int(peer)
            if replica_state == "Active" and not {mine, source} & busy and self._consensus.alive(source):
                self._ask(name, shard_id, source)
                return

    def _ask(self, name: str, shard_id: int, source: int) -> None:
        mine = self._consensus.peer_id
        transfer = {"shard_id": shard_id, "from": source, "to": mine, "sync": True, "method": "wal_delta"}
        self._node.change(lambda state: layout.add_transfer(state, name, transfer, "Recovery"))

    def _begin(self, name: str, transfer: Json) -> None:
        key = f"{name}:{transfer['shard_id']}:{transfer['from']}"
        if key in self._running:
            return
        self._running.add(key)

        def work() -> None:
            try:
                self._carry_out(name, transfer)
            finally:
                self._running.discard(key)

        threading.Thread(target=work, daemon=True).start()

    def _carry_out(self, name: str, transfer: Json) -> None:
        done = False
        try:
            self._node.faults.step("transfer:begin")
            time.sleep(_SECONDS)
            self._copy(name, transfer)
            self._node.faults.step("transfer:copied")
            done = True
        except (ApiError, OSError, TarError, KeyError):
            pass  # the source is gone, or the collection is: the target is Dead again, and asks again
        with contextlib.suppress(ApiError):
            self._node.change(lambda state: layout.end_transfer(entry_of(state, name), transfer, done=done))

    def _copy(self, name: str, transfer: Json) -> None:
        shard_id, mine = transfer["shard_id"], self._consensus.peer_id
        self._node.change(
            lambda state: layout.change_state(entry_of(state, name), shard_id, mine, ("Recovery", "Dead"), "Partial")
        )
        time.sleep(_GRACE_SECONDS)
        collection = self._node.collection(name)
        shard = collection.shards[shard_id]
        folder = tempfile.mkdtemp(prefix=f"{name}-shard-{shard_id}-", dir=self._node.temp)
        try:
            with shard.writing:  # what is written meanwhile comes after, to the data that are coming
                with self._others.stream(transfer["from"], name, shard_id) as answer:
                    unpack(answer, folder)
                unpack_segments(folder)
                shard.replace(folder, collection.fit_indexes, "transfer")
        finally:
            shutil.rmtree(folder, ignore_errors=True)
