# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The node: its folders, collections, aliases, gauges and settings."""

from __future__ import annotations

import os
import random
import shutil
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from . import config as cfg
from . import dialect
from .collection import Collection, read_json, write_json
from .errors import bad_input, conflict, no_collection, not_found
from .faults import Faults
from .replicas import States
from .shard import Shard

Json = dict[str, Any]


@dataclass(frozen=True)
class Settings:
    """What a node is started with."""

    directory: str
    port: int
    host: str = "127.0.0.1"
    api_key: str | None = None
    read_only_api_key: str | None = None
    url_recovery: bool = True
    jwt: bool = False
    tls_cert: str | None = None
    tls_key: str | None = None
    clients_ca: str | None = None
    cluster: str | None = None  # the folder that the nodes of one cluster share


class Gauges:
    """Numbers by collection, as /metrics and /telemetry show them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.creating: Counter[str] = Counter()
        self.recovering: Counter[str] = Counter()
        self.created: Counter[str] = Counter()

    @contextmanager
    def running(self, gauge: Counter[str], name: str) -> Iterator[None]:
        with self._lock:
            gauge[name] += 1
        try:
            yield
        finally:
            with self._lock:
                gauge[name] -= 1

    def touched(self) -> set[str]:
        """The names that a snapshot or a recovery was ever asked for: only these have numbers."""
        with self._lock:
            return {*self.creating, *self.recovering, *self.created}

    def count(self, gauge: Counter[str], name: str) -> None:
        with self._lock:
            gauge[name] += 1


class Node:
    """One process's state, kept below `settings.directory` in `storage` and `snapshots`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.faults = Faults()
        self.gauges = Gauges()
        self.startup = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + ".25Z"
        root = os.path.realpath(settings.directory)
        self.storage = os.path.join(root, "storage")
        self.snapshots = os.path.join(root, "snapshots")
        self.kept = os.path.join(root, "bucket") if dialect.bucket() else self.snapshots
        self.temp = os.path.join(self.storage, "tmp")
        self.snapshots_temp = os.path.join(self.snapshots, "tmp")
        for folder in (os.path.join(self.storage, "collections"), os.path.join(self.storage, "aliases")):
            os.makedirs(folder, exist_ok=True)
        self.uploads = os.path.join(self.snapshots_temp, "upload")
        for folder in (self.temp, self.snapshots_temp, self.uploads):
            shutil.rmtree(folder, ignore_errors=True)
            os.makedirs(folder, exist_ok=True)
        self._lock = threading.RLock()
        self.peer_id = self._own_peer_id()
        self.collections: dict[str, Collection] = {}
        self._creating: set[str] = set()
        self.aliases: dict[str, str] = {}
        self._load()

    def _load(self) -> None:
        """What lies on the disk."""
        self.aliases = read_json(self._aliases_file, {})
        for name in sorted(os.listdir(os.path.join(self.storage, "collections"))):
            path = self._path(name)
            if not os.path.exists(os.path.join(path, "config.json")):
                continue
            found = Collection(name, path, self.faults, self.peer_id)
            found.load()
            self.collections[name] = found

    @property
    def _aliases_file(self) -> str:
        return os.path.join(self.storage, "aliases", "data.json")

    def _path(self, name: str) -> str:
        return os.path.join(self.storage, "collections", name)

    def _own_peer_id(self) -> int:
        path = os.path.join(self.storage, "raft_state.json")
        state = read_json(path, None)
        if state is None:
            state = {"this_peer_id": random.randrange(10**14, 9 * 10**15)}
            write_json(path, state)
        return int(state["this_peer_id"])

    # --- what a cluster adds, and a node alone has not

    distributed = False

    def begin(self, port: int) -> None:
        """The node listens on this port."""

    def end(self) -> None:
        """The node stops in order."""
        for name in self.names():
            self.collection(name).close()

    def refresh(self) -> None:
        """Takes over what other nodes have changed meanwhile."""

    def recovering(self, collection: Collection) -> dict[int, States]:
        """A restore of a collection begins here; the states of all replicas before."""
        return {shard_id: dict(one.states) for shard_id, one in collection.sets.items()}

    @contextmanager
    def taking(self, collection: Collection, shard_id: int) -> Iterator[Shard]:
        """This node's replica of a shard, which is about to be replaced."""
        yield collection.shard(shard_id)

    def not_recovered(self, collection: Collection, shard_id: int, before: dict[int, States]) -> None:
        """The archive has no data of a shard: its replica is as before."""

    def recovered(
        self, collection: Collection, shard_id: int, before: dict[int, States], priority: str, *, whole: bool
    ) -> None:
        """A replica was replaced, of a `whole` collection or alone: which one is the truth is up to the priority."""

    # --- names

    def resolve(self, name: str) -> str:
        """The collection behind a name or an alias."""
        with self._lock:
            real = name if name in self.collections else self.aliases.get(name, name)
            if real not in self.collections:
                raise no_collection(name)
            return real

    def collection(self, name: str) -> Collection:
        with self._lock:
            return self.collections[self.resolve(name)]

    def names(self) -> list[str]:
        with self._lock:
            return sorted(self.collections)

    def snapshots_of(self, name: str) -> str:
        return os.path.join(self.snapshots, name)

    def kept_of(self, name: str) -> str:
        """Where snapshots of a collection are listed, made and deleted: with S3, not where uploads are left."""
        return os.path.join(self.kept, name)

    # --- changes

    def create(self, name: str, config: Json) -> Collection:
        """A new collection with a complete configuration."""
        with self._lock:
            if name in self.collections or name in self._creating:
                raise conflict(name)
            if name in self.aliases:
                raise bad_input(f"Can't create collection with name {name}. Alias with the same name already exists")
            self.faults.need_space("create")
            self._creating.add(name)
        made = Collection(name, self._path(name), self.faults, self.peer_id)
        try:
            shutil.rmtree(self._path(name), ignore_errors=True)
            made.create(cfg.with_defaults(config))
        except BaseException:
            shutil.rmtree(self._path(name), ignore_errors=True)
            with self._lock:
                self._creating.discard(name)
            raise
        with self._lock:
            self._creating.discard(name)
            self.collections[name] = made
        return made

    def create_from_request(self, name: str, request: Json) -> None:
        self.create(name, cfg.from_request(request))

    def delete(self, name: str) -> bool:
        """Drops a collection and its aliases; False where there is none. Aliases are not followed."""
        with self._lock:
            found = self.collections.pop(name, None)
            if found is None:
                return False
            self.aliases = {alias: target for alias, target in self.aliases.items() if target != name}
            write_json(self._aliases_file, self.aliases)
        found.close()
        shutil.rmtree(found.path, ignore_errors=True)
        return True

    def change_aliases(self, actions: list[Json]) -> None:
        """All actions or none."""
        with self._lock:
            aliases = changed_aliases(self.aliases, set(self.collections), actions)
            write_json(self._aliases_file, aliases)
            self.aliases = aliases

    def aliases_of(self, name: str | None) -> list[Json]:
        with self._lock:
            return [
                {"alias_name": alias, "collection_name": target}
                for alias, target in sorted(self.aliases.items())
                if name is None or target == name
            ]


def changed_aliases(aliases: dict[str, str], collections: set[str], actions: list[Json]) -> dict[str, str]:
    """The aliases after all actions. Creating one that points elsewhere moves it without a word."""
    found = dict(aliases)
    for action in actions:
        ((kind, asked),) = action.items()
        if kind == "create_alias":
            if asked["alias_name"] in collections:
                raise conflict(asked["alias_name"])
            if asked["collection_name"] not in collections:
                raise no_collection(asked["collection_name"])
            found[asked["alias_name"]] = asked["collection_name"]
        elif kind == "delete_alias":
            found.pop(asked["alias_name"], None)
        elif kind == "rename_alias":
            if asked["old_alias_name"] not in found:
                raise not_found(f"Alias {asked['old_alias_name']} does not exists!")
            found[asked["new_alias_name"]] = found.pop(asked["old_alias_name"])
    return found
