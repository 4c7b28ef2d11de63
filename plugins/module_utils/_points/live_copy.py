# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The live side as a fresh snapshot of the node that the engine opens: ten times as fast as the API, for large
collections whose shards are all on this node."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator

from .._base.errors import EngineError, UsageError
from .._base.progress import Event, Progress, silent
from .._engine import scratch
from .._proof.by_engine import EngineOptions
from .._qdrant.client import Node
from .._qdrant.scope import Scope
from .._qdrant.values import Snapshot
from .jobs import Jobs, Origin, unpack
from .source import Source


@contextlib.contextmanager
def live_copy(
    node: Node, collection: str, source: Source, options: EngineOptions, *, progress: Progress = silent
) -> Iterator[Jobs]:
    """A collection as it is now. The snapshot is deleted on the node as soon as it is here; the copy at the end.

    Call it with the host's lock: a backup and a restore must not run. UsageError if the collection has shards on other
    nodes or shard keys, RefusedError if the scratch folder has too little space.
    """
    if source.keys:
        raise UsageError(f"Collection {collection} has shard keys", "Compare it without live_snapshot.")
    about, shards = node.collection(collection), node.shards(collection)
    if shards.remote:
        raise UsageError(
            f"Collection {collection} has shards on other nodes, which no snapshot of this node holds",
            "Compare it without live_snapshot.",
        )
    origin = Origin(f"the snapshot of {collection}", None, 0, "Compare it without live_snapshot.")
    with scratch.scratch(options.folder) as folder:
        progress(Event("snapshot", collection))
        scope = Scope.collection(collection)
        snapshot = node.create_snapshot(scope)
        copy = os.path.join(folder, "archive")
        try:
            wal = len(shards.local) * scratch.WAL_FILES * scratch.WAL_BYTES
            scratch.check_space(options.folder, 2 * snapshot.size + wal, options.min_free)
            _download(node, scope, snapshot, copy, progress)
        finally:
            node.delete_snapshot(scope, snapshot.name)
        found = unpack(copy, folder, snapshot.size, origin, options)
        yield Jobs(folder, found, about.config, about.payload_schema, origin, options)


def _download(node: Node, scope: Scope, snapshot: Snapshot, path: str, progress: Progress) -> None:
    digest, done = hashlib.sha256(), 0
    try:
        with open(path, "wb") as target, node.download_snapshot(scope, snapshot.name) as stream:
            for piece in stream:
                target.write(piece)
                digest.update(piece)
                done += len(piece)
                progress(Event("fetch", snapshot.name, done, snapshot.size))
    except OSError as error:
        raise EngineError(
            "copy", f"the snapshot of {scope}", error.strerror or str(error), "Set scratch_dir to a folder with space."
        ) from error
    if snapshot.checksum and digest.hexdigest() != snapshot.checksum:
        raise EngineError("copy", f"the snapshot of {scope}", "its bytes do not match its checksum", "Try again.")
