# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the archives: of a collection, of a shard (stored or streamed), of everything."""

from __future__ import annotations

import json
import os
import tempfile
import time
from contextlib import ExitStack
from typing import Any, BinaryIO

from . import snapshot_files as files
from .collection import Collection
from .errors import service_error
from .node import Node
from .replicas import ReplicaSet
from .shard import Shard
from .tar_write import Sink, TarWriter

Json = dict[str, Any]


def compact(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def _files_below(folder: str) -> list[str]:
    """Relative paths of all files, in an order that stays the same."""
    found = []
    for here, folders, names in os.walk(folder):
        folders.sort()
        found += [os.path.relpath(os.path.join(here, name), folder) for name in sorted(names)]
    return found


def _segments(shard: Shard) -> list[str]:
    folder = os.path.join(shard.path, "segments")
    return sorted(name for name in os.listdir(folder) if os.path.isdir(os.path.join(folder, name)))


def _add_states(tar: TarWriter, replicas: ReplicaSet) -> None:
    for name in ("newest_clocks.json", "applied_seq.json") if replicas.local is not None else ():
        path = os.path.join(replicas.here().path, name)
        if os.path.exists(path):
            with open(path, "rb") as file:
                tar.data(name, file.read())
    tar.data("replica_state.json", compact(replicas.state_json()))
    tar.data("shard_config.json", compact({"type": "ReplicaSet"}))


def _add_wal(tar: TarWriter, shard: Shard) -> None:
    for name in _files_below(os.path.join(shard.path, "wal")):
        tar.file(f"wal/{name}", os.path.join(shard.path, "wal", name))


def _add_shard(tar: TarWriter, out: BinaryIO, replicas: ReplicaSet) -> None:
    """A shard with its segments as archives of their own; their times are those of the snapshot.

    Of a shard that is on other nodes only, there is nothing but where it is.
    """
    now = int(time.time())
    if replicas.local is None:
        _add_states(tar, replicas)
        return
    shard = replicas.local
    with shard.still():
        for segment in _segments(shard):
            folder = os.path.join(shard.path, "segments", segment)
            with tar.nested(f"segments/{segment}.tar", out) as inner:
                for name in _files_below(folder):
                    inner.file(f"snapshot/files/{name}", os.path.join(folder, name), mtime=now)
        _add_wal(tar, shard)
        _add_states(tar, replicas)


def _temporary(folder: str, name: str) -> str:
    refusal = files.too_long(name, folder)
    if refusal:
        raise refusal
    handle, path = tempfile.mkstemp(prefix=f"{name}-arc-", dir=folder)
    os.close(handle)
    return path


def snapshot_collection(node: Node, collection: Collection) -> Json:
    """Archives a collection and stores it in its snapshots folder."""
    gauges = node.gauges
    with gauges.running(gauges.creating, collection.name):
        name = f"{collection.name}-{node.peer_id}-{files.now_in_names()}.snapshot"
        node.faults.step("snapshot:begin")
        node.faults.need_space("archive")
        temporary = _temporary(node.temp, name)
        try:
            with open(temporary, "wb") as out:
                tar = TarWriter(out)
                for shard_id, replicas in sorted(collection.sets.items()):
                    _add_shard(tar.below(str(shard_id)), out, replicas)
                    node.faults.step(f"snapshot:shard-{shard_id}:archived")
                tar.data("version.info", b"0.4.2")
                tar.data("config.json", compact(collection.config))
                tar.data("shard_key_mapping.json", compact(collection.key_mapping()))
                tar.data("payload_index.json", compact({"schema": collection.schema}))
                tar.close()
            node.faults.step("snapshot:archived")
            stored = files.store(temporary, os.path.join(node.kept_of(collection.name), name), node.faults)
        finally:
            if os.path.exists(temporary):
                os.remove(temporary)
        gauges.count(gauges.created, collection.name)
        node.faults.step("snapshot:done")
        return stored


def shard_snapshots_folder(node: Node, collection: Collection, shard_id: int) -> str:
    return os.path.join(node.kept_of(collection.name), "shards", str(shard_id))


def snapshot_shard(node: Node, collection: Collection, shard_id: int) -> Json:
    """Archives one shard and stores it."""
    replicas = collection.replicas(shard_id)
    replicas.here()
    name = f"{collection.name}-shard-{shard_id}-{files.now_in_names()}.snapshot"
    node.faults.need_space("archive")
    temporary = _temporary(node.snapshots_temp, name)
    try:
        with open(temporary, "wb") as out:
            tar = TarWriter(out)
            _add_shard(tar, out, replicas)
            tar.close()
        target = os.path.join(shard_snapshots_folder(node, collection, shard_id), name)
        return files.store(temporary, target, node.faults)
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)


def stream_shard(replicas: ReplicaSet, out: Sink) -> None:
    """A shard as a stream: the files of its segments lie in it one by one."""
    tar, shard = TarWriter(out), replicas.here()
    with shard.still():
        for segment in _segments(shard):
            folder = os.path.join(shard.path, "segments", segment)
            for name in _files_below(folder):
                tar.file(f"segments/{segment}/files/{name}", os.path.join(folder, name))
        tar.folder("wal")
        _add_wal(tar, shard)
        _add_states(tar, replicas)
        tar.close()


def snapshot_everything(node: Node) -> Json:
    """A full snapshot: collection snapshots made as usual, then moved into one archive.

    Moving is what loses a collection's own snapshot of the same second, and leaves checksums without archives.
    """
    made = []
    for name in node.names():
        made.append((name, snapshot_collection(node, node.collection(name))["name"]))
    when = files.now_in_names()
    full = f"full-snapshot-{when}.snapshot"
    settings = {
        "collections_mapping": dict(made),
        "collections_aliases": {one["alias_name"]: one["collection_name"] for one in node.aliases_of(None)},
    }
    settings_path = os.path.join(node.snapshots, f"config-{when}.json")
    temporary = os.path.join(node.temp, full)
    with ExitStack() as stack:
        with open(settings_path, "w") as file:
            json.dump(settings, file, indent=2, ensure_ascii=False)
        stack.callback(_remove, settings_path)
        stack.callback(_remove, temporary)
        with open(temporary, "wb") as out:
            tar = TarWriter(out)
            for collection, name in made:
                held = os.path.join(node.temp, collection, name)
                os.makedirs(os.path.dirname(held), exist_ok=True)
                try:
                    os.replace(os.path.join(node.kept_of(collection), name), held)
                except FileNotFoundError as error:
                    raise service_error(f"File IO error: {error}") from error
                stack.callback(_remove, held)
                tar.file(name, held)
            tar.file("config.json", settings_path)
            tar.close()
        node.faults.step("full-snapshot:archived")
        return files.store(temporary, os.path.join(node.kept, full), node.faults)


def _remove(path: str) -> None:
    if os.path.exists(path):
        os.remove(path)
