# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the bytes of a new snapshot: the node's own file, or a download."""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading

from .._base.address import node_key
from .._base.errors import EngineError
from .._base.host import free_bytes
from .._base.ownership import make_private
from .._base.plan import human_bytes
from .._qdrant.client import Node
from .._qdrant.scope import Scope
from .._qdrant.values import Snapshot
from .errors import CollectionFailed
from .options import BackupOptions
from .watch import Watch

_PART = ".download"


def visible_file(snapshots_dir: str | None, scope: Scope, snapshot: Snapshot) -> tuple[str | None, str]:
    """(path, "") if this host can read the node's file, else (None, why not). No snapshots_dir: (None, "")."""
    if not snapshots_dir:
        return None, ""
    of_shard = () if scope.shard_id is None else ("shards", str(scope.shard_id))
    path = os.path.join(snapshots_dir, str(scope.name), *of_shard, snapshot.name)
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_CLOEXEC))
    except OSError as error:
        hint = " (run as Qdrant's user or as root)" if isinstance(error, PermissionError) else ""
        return None, f"{path} cannot be read: {error.strerror}{hint}; the archive was downloaded from the node instead"
    return path, ""


class Spool:
    """A private folder for downloads of one node. Files of a killed run are deleted at its first use."""

    def __init__(self, options: BackupOptions, node_url: str) -> None:
        self._folder = os.path.join(options.spool_dir or os.path.join(options.state_dir, "spool"), node_key(node_url))
        self._min_free = options.min_free
        self._ready = False
        self._one = threading.Lock()
        self._coming: dict[str, int] = {}  # remaining bytes of running downloads

    def download(self, node: Node, scope: Scope, part: str, snapshot: Snapshot, watch: Watch) -> str:
        """Download an archive; returns its path, for ``remove``. part: its name in the backup. CollectionFailed if
        there is no space."""
        self.prepare()
        try:
            with self._one:
                self._check_space(part, snapshot)
                self._coming[part] = snapshot.size
            handle, path = _create(self._folder, part)
            with os.fdopen(handle, "wb") as target, node.download_snapshot(scope, snapshot.name) as source:
                done = 0
                for chunk in source:
                    target.write(chunk)
                    done += len(chunk)
                    self._coming[part] = max(0, snapshot.size - done)
                    watch.tell("fetch", part, done, snapshot.size)
            return path
        except OSError as error:
            raise self._unfit(error) from None
        finally:
            self._coming.pop(part, None)

    def remove(self, path: str) -> None:
        """Delete a download."""
        if os.path.dirname(path) == self._folder:
            with contextlib.suppress(OSError):
                os.unlink(path)

    def clear(self) -> None:
        """Delete every download, including interrupted and unused ones."""
        with contextlib.suppress(OSError):
            for name in os.listdir(self._folder) if self._ready else ():
                if name.endswith(_PART):
                    os.unlink(os.path.join(self._folder, name))

    def prepare(self) -> None:
        """Create the folder, so that a run that cannot download fails before it creates a snapshot."""
        with self._one:
            if self._ready:
                return
            try:
                make_private(self._folder)
            except OSError as error:
                raise self._unfit(error) from None
            self._ready = True
            self.clear()

    def _unfit(self, error: OSError) -> EngineError:
        return EngineError(
            "spool snapshots in",
            self._folder,
            error.strerror or str(error),
            "Free space there, set spool_dir, or set snapshots_dir so that no download is needed.",
        )

    def _check_space(self, part: str, snapshot: Snapshot) -> None:
        free = free_bytes(self._folder)
        coming = sum(self._coming.values())
        if free is not None and free - coming - snapshot.size < self._min_free:
            raise CollectionFailed(
                part,
                f"the download needs {human_bytes(snapshot.size)} in {self._folder}, {human_bytes(free)} are free and "
                f"{human_bytes(self._min_free)} must stay free",
                "Set spool_dir to a larger file system, or snapshots_dir so that no download is needed.",
            )


def _create(folder: str, part: str) -> tuple[int, str]:
    name = hashlib.sha256(part.encode("utf-8", "surrogatepass")).hexdigest()[:32] + _PART
    path = os.path.join(folder, name)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), path
