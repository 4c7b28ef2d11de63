# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node of a cluster: its collections follow the state that all nodes agree upon."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Callable, TypeVar

from . import config as cfg
from . import layout
from .collection import Collection, read_json
from .consensus import Consensus, entry_of
from .dialect import VERSION
from .errors import bad_input
from .node import Node, Settings, changed_aliases
from .others import Others
from .replicas import States
from .shard import Shard
from .transfers import Transfers

Json = dict[str, Any]
T = TypeVar("T")
_RESTORED = "ManualRecovery"
_WAIT_SECONDS = 10.0


class Member(Node):
    """What a node does in a cluster: changes go through the consensus, and are taken over from there."""

    distributed = True

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        assert settings.cluster is not None
        self.consensus = Consensus(settings.cluster, self.peer_id)
        self.others = Others(self.consensus)
        self._transfers = Transfers(self, self.consensus, self.others)
        self._taken: Json | None = None
        self._taking: set[tuple[str, int]] = set()

    def _load(self) -> None:
        """Nothing is known before the state was read."""

    def begin(self, port: int) -> None:
        """The node listens: it joins the others, and looks after its own replicas from now on."""
        host = self.settings.host
        about = {"rest": f"http://{host}:{port}", "uri": f"http://{host}:{_port_of_peers(port)}/", "version": VERSION}
        self.consensus.join(about)
        self.refresh()
        self._transfers.start()

    def end(self) -> None:
        self._transfers.stop()
        super().end()

    # --- following the state

    def refresh(self) -> None:
        state = self.consensus.read()
        if state is self._taken:
            return
        with self._lock:
            state = self.consensus.read()
            if str(self.peer_id) not in state["peers"]:
                return  # removed from the cluster: what it had is what it goes on with
            self._take(state)
            self._taken = state
        if self._initializing(state) and self.consensus.leader(state):
            self.consensus.change(self._activate)
            self.refresh()

    def _take(self, state: Json) -> None:
        for name, collection in list(self.collections.items()):
            entry = state["collections"].get(name)
            if entry is None or entry["config"]["uuid"] != collection.config["uuid"]:
                del self.collections[name]
                collection.close()
                shutil.rmtree(collection.path, ignore_errors=True)
        for name, entry in state["collections"].items():
            collection = self.collections.get(name) or self._opened(name, entry)
            self._follow(collection, entry)
            self.collections[name] = collection
        self.aliases = dict(state["aliases"])

    def _opened(self, name: str, entry: Json) -> Collection:
        """A collection that is new here; what lies on the disk under its name is kept only if it is the same one."""
        path = self._path(name)
        if read_json(os.path.join(path, "config.json"), {}).get("uuid") != entry["config"]["uuid"]:
            shutil.rmtree(path, ignore_errors=True)
        found = Collection(name, path, self.faults, self.peer_id, self.others, self._keep)
        if not os.path.isdir(path):
            found.make_folder()
        found.took(entry["config"], entry["schema"])
        return found

    def _follow(self, collection: Collection, entry: Json) -> None:
        for shard_id in set(collection.sets) - {int(number) for number in entry["shards"]}:
            collection.forget(shard_id)
        for number, shard in entry["shards"].items():
            shard_id, states = int(number), {int(peer): state for peer, state in shard["replicas"].items()}
            collection.arrange(shard_id, shard["key"], states)
            held = shard_id in collection.shards
            if self.peer_id in states and not held:
                collection.place(shard_id)
            elif self.peer_id not in states and held and (collection.name, shard_id) not in self._taking:
                collection.unplace(shard_id)
        if (entry["config"], entry["schema"]) != (collection.config, collection.schema):
            collection.took(entry["config"], entry["schema"])

    def _initializing(self, state: Json) -> list[Json]:
        """The replicas of this node that are ready, and not known to be."""
        mine = str(self.peer_id)
        shards = [shard for entry in state["collections"].values() for shard in entry["shards"].values()]
        return [shard["replicas"] for shard in shards if shard["replicas"].get(mine) == "Initializing"]

    def _activate(self, state: Json) -> None:
        for replicas in self._initializing(state):
            replicas[str(self.peer_id)] = "Active"

    def change(self, work: Callable[[Json], T]) -> T:
        """Changes the state, and takes it over at once."""
        result = self.consensus.change(work)
        self.refresh()
        return result

    def await_replicas(self, name: str) -> None:
        """Waits until the new replicas of all nodes that are there are ready."""
        end = time.monotonic() + _WAIT_SECONDS
        while time.monotonic() < end:
            self.refresh()
            state = self.consensus.read()
            shards = state["collections"].get(name, {}).get("shards", {}).values()
            waiting = {peer for one in shards for peer, is_now in one["replicas"].items() if is_now == "Initializing"}
            if not any(self.consensus.alive(int(peer)) for peer in waiting):
                return
            time.sleep(0.02)

    # --- collections and aliases

    def _keep(self, collection: Collection, config: Json, schema: Json) -> None:
        def keep(state: Json) -> None:
            entry = entry_of(state, collection.name)
            entry["config"], entry["schema"] = config, schema

        self.change(keep)

    def create(self, name: str, config: Json) -> Collection:
        def add(state: Json) -> None:
            if name in state["aliases"]:
                raise bad_input(f"Can't create collection with name {name}. Alias with the same name already exists")
            layout.add_collection(state, name, cfg.with_defaults(config))

        self.faults.need_space("create")
        self.change(add)
        self.await_replicas(name)
        return self.collection(name)

    def create_from_request(self, name: str, request: Json) -> None:
        custom = request.get("sharding_method") == "custom"
        number = request.get("shard_number") or (1 if custom else len(self.consensus.read()["peers"]))
        super().create_from_request(name, {**request, "shard_number": number})

    def delete(self, name: str) -> bool:
        return self.change(lambda state: layout.drop_collection(state, name))

    def change_aliases(self, actions: list[Json]) -> None:
        def move(state: Json) -> None:
            state["aliases"] = changed_aliases(state["aliases"], set(state["collections"]), actions)

        self.change(move)

    # --- restores

    def recovering(self, collection: Collection) -> dict[int, States]:
        before = super().recovering(collection)

        def take_out(state: Json) -> None:
            entry = entry_of(state, collection.name)
            for shard_id, states in before.items():
                if self.peer_id in states:
                    layout.set_state(entry, shard_id, self.peer_id, _RESTORED)

        self.change(take_out)
        return before

    @contextmanager
    def taking(self, collection: Collection, shard_id: int) -> Iterator[Shard]:
        self._taking.add((collection.name, shard_id))
        try:
            yield collection.shards.get(shard_id) or collection.place(shard_id, empty=False)
        finally:
            self._taking.discard((collection.name, shard_id))
            self._taken = None

    def not_recovered(self, collection: Collection, shard_id: int, before: dict[int, States]) -> None:
        was = before[shard_id].get(self.peer_id)
        if was is not None:
            self.change(
                lambda state: layout.change_state(
                    entry_of(state, collection.name), shard_id, self.peer_id, (_RESTORED,), was
                )
            )

    def recovered(
        self, collection: Collection, shard_id: int, before: dict[int, States], priority: str, *, whole: bool
    ) -> None:
        if "stopped" in self.consensus.read():
            return  # what is proposed is not waited for, so nobody hears that it is lost
        sources = [peer for peer, state in before[shard_id].items() if peer != self.peer_id and state == "Active"]

        def settle(state: Json) -> None:
            entry = entry_of(state, collection.name)
            if sources and priority == "replica":
                self._give_way(state, entry, shard_id, whole=whole)
                return
            layout.set_state(entry, shard_id, self.peer_id, "Active")
            if priority == "snapshot":
                copies = entry["config"]["params"]["replication_factor"]
                for number, peer in enumerate(sources):
                    if whole and number < len(sources) - (copies - 1):
                        layout.remove_replica(entry, shard_id, peer)
                    else:
                        layout.change_state(entry, shard_id, peer, ("Active",), "Dead")

        self.change(settle)

    def _give_way(self, state: Json, entry: Json, shard_id: int, *, whole: bool) -> None:
        """What was restored here is to be overwritten by another replica, when this one is found Dead.

        After a restore of a whole collection, the real server (1.18, 1.19) asks for a transfer without a method. That
        stops the consensus of every node: nothing in the cluster can be changed any more.
        """
        if whole:
            state["stopped"] = "Failed to handle committed entries"
        else:
            layout.set_state(entry, shard_id, self.peer_id, "Dead")


def _port_of_peers(port: int) -> int:
    """Where the nodes would talk to each other: nobody listens there, as no client has anything to say there."""
    return port + 20000 if port < 40000 else port - 20000
