# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings collections and shards back from archives, step by step as the real server does.

None of it is atomic: shards are replaced one after another, a new collection is there before its data are.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import tempfile
from typing import Any

from . import config as cfg
from . import dialect
from .collection import Collection
from .errors import ApiError, bad_input, bad_request, io_error, service_error
from .node import Node
from .sources import Archive
from .tar_read import TarError, unpack

Json = dict[str, Any]


def unpack_segments(shard_dir: str) -> None:
    """Opens the nested archives, and puts the files of a streamed shard where the engine looks for them."""
    folder = os.path.join(shard_dir, "segments")
    if not os.path.isdir(folder):
        return
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        target = path.removesuffix(".tar")
        if os.path.isfile(path) and name.endswith(".tar"):
            opened = target + ".unpacked"
            with open(path, "rb") as file:
                unpack(file, opened)
            os.remove(path)
            shutil.move(os.path.join(opened, "snapshot", "files"), target)
            shutil.rmtree(opened)
        elif os.path.isdir(os.path.join(path, "files")):
            shutil.move(os.path.join(path, "files"), path + ".files")
            shutil.rmtree(path)
            os.rename(path + ".files", path)


def _load_json(path: str) -> Any:
    try:
        with open(path) as file:
            return json.load(file)
    except FileNotFoundError:
        raise io_error(f"failed to open file `{path}`: No such file or directory (os error 2)") from None
    except ValueError as error:
        raise service_error(f"Json error: {error}") from None


def _config_of(folder: str) -> Json:
    path = os.path.join(folder, "config.json")
    config = _load_json(path)
    for key in ("params", "hnsw_config", "optimizer_config", "wal_config"):
        if key not in config:
            with open(path) as file:
                text = file.read()
            line, column = text.count("\n") + 1, len(text.rsplit("\n", 1)[-1])
            raise service_error(f"Json error: missing field `{key}` at line {line} column {column}")
    return dict(config)


def _check_shards(folder: str, config: Json, distributed: bool) -> None:
    """Refuses shards that are not there at all, and on a node without cluster mode those whose data are elsewhere."""
    if config["params"].get("sharding_method") == "custom":
        mapping = _load_json(os.path.join(folder, "shard_key_mapping.json"))
        shards = [one for entry in mapping for one in entry.get("shard_ids", [])]
    else:
        shards = list(range(config["params"]["shard_number"]))
    for shard_id in shards:
        shard_dir = os.path.join(folder, str(shard_id))
        if not os.path.exists(os.path.join(shard_dir, "shard_config.json")):
            raise service_error(f"Can't read shard config at {shard_dir}")
        local = _load_json(os.path.join(shard_dir, "replica_state.json"))["is_local"]
        if not local and not distributed:
            raise service_error(f"Can't restore snapshot in local mode with missing data at shard: {shard_dir}")
        unpack_segments(shard_dir)


def _check_same(ours: Json, theirs: Json) -> None:
    refused = "Snapshot is not compatible with existing collection"
    if ours["params"].get("vectors") != theirs["params"].get("vectors"):
        raise bad_input(
            f"{refused}: Collection vectors: {cfg.debug_vectors(ours)} Snapshot Vectors: {cfg.debug_vectors(theirs)}"
        )
    if ours["params"]["shard_number"] != theirs["params"]["shard_number"]:
        raise bad_input(
            f"{refused}: Collection shard number: {ours['params']['shard_number']} "
            f"Snapshot shard number: {theirs['params']['shard_number']}"
        )


def _words(error: Exception) -> ApiError:
    if isinstance(error, TarError):
        return io_error(str(error))
    return io_error(str(error) if not isinstance(error, OSError) else f"{error.strerror} (os error {error.errno})")


def recover_collection(node: Node, name: str, archive: Archive, checksum: str | None, priority: str) -> None:
    """Replaces the collection behind `name`, or makes one of that name."""
    gauges = node.gauges
    with gauges.running(gauges.recovering, name):
        node.faults.step("recover:begin")
        folder = tempfile.mkdtemp(prefix=f"col-{name}-recovery-", dir=node.temp)
        try:
            archive.unpack_into(folder, checksum)
            node.faults.need_space("unpack")
            config = _config_of(folder)
            _check_shards(folder, config, node.distributed)
            node.faults.step("recover:unpacked")
            schema = _load_json(os.path.join(folder, "payload_index.json"))["schema"]
            collection = _collection_for(node, name, dialect.kept(config), schema)
            _check_same(collection.config, config)
            _swap(node, collection, folder, priority)
            node.faults.step("recover:done")
        except (TarError, OSError) as error:
            raise _words(error) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _collection_for(node: Node, name: str, config: Json, schema: Json) -> Collection:
    """The collection to restore into. A new one stays behind, empty, if what follows fails."""
    try:
        return node.collection(name)
    except ApiError:
        pass
    node.faults.step("recover:before-create")
    full = node.faults.inherit()
    node.faults.carry(False)
    collection = node.create(name, config)
    node.faults.carry(full)
    node.faults.step("recover:created")
    for field, index in schema.items():
        collection.create_index(field, index)
    node.faults.need_space("create")
    return collection


def _swap(node: Node, collection: Collection, folder: str, priority: str) -> None:
    order = list(collection.sets)
    random.shuffle(order)  # the real server goes through a hash map
    before = node.recovering(collection)
    for count, shard_id in enumerate(order):
        if count:
            node.faults.step("recover:between-shards")
        source = os.path.join(folder, str(shard_id))
        if not os.path.isdir(os.path.join(source, "segments")):
            node.not_recovered(collection, shard_id, before)
            continue
        with node.taking(collection, shard_id) as shard:
            shard.replace(source, collection.fit_indexes)
            node.recovered(collection, shard_id, before, priority, whole=True)


def recover_shard(
    node: Node, collection: Collection, shard_id: int, archive: Archive, checksum: str | None, priority: str
) -> None:
    """Replaces one shard with whatever shard the archive holds: nothing is compared."""
    gauges = node.gauges
    with gauges.running(gauges.recovering, collection.name):
        folder = tempfile.mkdtemp(prefix=f"{collection.name}-shard-{shard_id}-", dir=node.temp)
        try:
            archive.unpack_into(folder, checksum)
            unpack_segments(folder)
            if not os.path.isdir(os.path.join(folder, "segments")):
                raise bad_request("Invalid snapshot")
            with node.taking(collection, shard_id) as shard:
                shard.replace(folder, collection.fit_indexes)
                states = {shard_id: dict(collection.replicas(shard_id).states)}
                node.recovered(collection, shard_id, states, priority, whole=False)
        except (TarError, OSError) as error:
            raise _words(error) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)
