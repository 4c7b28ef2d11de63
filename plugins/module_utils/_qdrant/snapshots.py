# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Snapshots of one node: list, create, download, delete, recover, upload."""

from __future__ import annotations

import os
import time
from typing import Any, Callable

from .._base.errors import EngineError, UsageError
from .._base.progress import Progress, silent
from .._base.redaction import register_secret
from .connections import CONNECTION_ERRORS
from .download import Download
from .errors import QdrantError
from .multipart import FileBody
from .names import parse_snapshot_name, quote
from .scope import Scope
from .server import ServerPart
from .snapshot_storage import FILES, SnapshotStorage, storage_of
from .snapshot_watch import SnapshotWatch
from .transport import Timeout
from .values import Snapshot

_POLL = 0.5
_NO_SNAPSHOT = "qdrant-backup-none-"  # with random digits behind it: a name that no snapshot has
# How long to wait for a snapshot whose answer was lost, if the node does not seem to work on it. The server counts
# running collection snapshots, but not those of shards, or the time in which a full one is packed.
_PATIENCE = {"collection": 30.0, "full": 600.0, "shard": 600.0}


class SnapshotsPart(ServerPart):
    """Snapshot calls. Each acts only on this node and its shards."""

    def list_snapshots(self, scope: Scope) -> list[Snapshot]:
        """The node's snapshots of this scope, oldest first (by time, then name)."""
        return self._list(scope, "list the snapshots of")

    def snapshot_storage(self) -> SnapshotStorage:
        """Where this node keeps its snapshots. Files, where it does not tell: no right to read, or no answer."""
        name = f"{_NO_SNAPSHOT}{os.urandom(6).hex()}.snapshot"
        try:
            _status, _form, text = self._http.text(f"/snapshots/{name}", "ask for a snapshot of", any_status=True)
        except QdrantError:
            return FILES
        return storage_of(text)

    def create_snapshot(self, scope: Scope) -> Snapshot:
        """Create a snapshot and wait for it, as long as the node works on it.

        The call is sent once. If its answer is lost, or does not arrive although the node no longer works on it, the
        node is checked until a new snapshot exists; QdrantError of kind ``no_answer`` if none appears. Two snapshots of
        one scope within one second get the same name: the caller must prevent this.
        """
        attempted, on = "create a snapshot of", str(scope)
        before = {snapshot.name: snapshot for snapshot in self._list(scope, attempted)}
        watch = SnapshotWatch(lambda: self._new(scope, before), lambda: self.snapshots_running(scope.name), scope.kind)
        try:
            result = self._http.ask_long(
                "POST", scope.path, attempted, on, params={"wait": "true"}, deadline=None, over=watch
            )
        except QdrantError as error:
            if watch.made is not None:
                return self._with_checksum(scope, watch.made)
            if watch.hopeless or not outcome_unknown(error):
                raise
            return self._look_for_new(scope, before, error)
        snapshot = self._read(Snapshot.from_json, result, attempted, on)
        return self._with_checksum(scope, snapshot)

    def delete_snapshot(self, scope: Scope, name: str) -> bool:
        """Delete a snapshot with its checksum file; False if it does not exist. A missing collection or shard is an
        error: this call cannot delete its files on the node."""
        attempted, on = "delete", f"snapshot {name!r} of {scope}"
        path = f"{scope.path}/{quote(name)}"
        try:
            result = self._http.ask(
                "DELETE", path, attempted, on, params={"wait": "true"}, timeout=self._slow, changes=True
            )
        except QdrantError as error:
            if error.kind == "not_found" and error.said.startswith(("Not found: Snapshot", "File not found")):
                return False
            raise
        self._done(result, attempted, on)
        return True

    def download_snapshot(self, scope: Scope, name: str) -> Download:
        """The bytes of a snapshot, uncompressed; use it as a context manager."""
        on = f"snapshot {name!r} of {scope}"
        return self._download(f"{scope.path}/{quote(name)}", on, (self._http.timeout, self._http.timeout))

    def recover(
        self,
        scope: Scope,
        location: str,
        *,
        checksum: str | None,
        priority: str = "snapshot",
        api_key: str | None = None,
        deadline: float | None = None,
        over: Callable[[], str] | None = None,
    ) -> None:
        """Recover a collection or shard from ``location`` and wait for its end (``deadline`` seconds at most, or until
        ``over`` returns why to abandon it).

        location: ``file:///...`` as the server sees it or a URL; for a shard a URL or the bare name of one of its
        snapshots. checksum: SHA-256 in hex; None: the server does not check the bytes. api_key: for a URL of another
        Qdrant node. Returns only after the server's ``true``. After a QdrantError the contents are in doubt unless
        ``answered`` shows that the node refused; with ``answered`` False it may still run: ``wait_recovered``.
        """
        attempted, on = "recover", f"{_not_full(scope)} from {location}"
        body: dict[str, Any] = {"location": location, "priority": priority}
        if checksum is not None:
            body["checksum"] = checksum
        if api_key is not None:
            register_secret(api_key)
            body["api_key"] = api_key
        result = self._http.ask_long(
            "PUT", f"{scope.path}/recover", attempted, on, params={"wait": "true"}, json=body, deadline=deadline,
            over=over,
        )  # fmt: skip
        self._done(result, attempted, on)

    def upload(
        self,
        scope: Scope,
        path: str,
        *,
        checksum: str | None,
        priority: str = "snapshot",
        filename: str | None = None,
        progress: Progress = silent,
        deadline: float | None = None,
        over: Callable[[], str] | None = None,
    ) -> None:
        """Upload a local archive and recover from it; otherwise like ``recover``.

        A collection's archive stays on the node as snapshot ``filename`` (default: the file's name), even if the
        recover fails: the caller deletes it.
        """
        attempted, on = "upload", f"{path} to {_not_full(scope)}"
        params = {"wait": "true", "priority": priority}
        if checksum is not None:
            params["checksum"] = checksum
        try:
            stream = open(path, "rb")  # noqa: SIM115  closed below; only opening it may fail this way
        except OSError as error:
            raise EngineError(
                "read", path, error.strerror or str(error), "Check the path and its permissions."
            ) from None
        with stream:
            body = FileBody(stream, filename or os.path.basename(path), progress=progress, subject=str(scope))
            form = {"Content-Type": body.content_type}
            result = self._http.ask_long(
                "POST", f"{scope.path}/upload", attempted, on, params=params, data=body, headers=form,
                deadline=deadline, over=over,
            )  # fmt: skip
        if scope.kind == "shard" and result is None:  # the server's answer there instead of true
            return
        self._done(result, attempted, on)

    def _list(self, scope: Scope, attempted: str) -> list[Snapshot]:
        result = self._http.ask("GET", scope.path, attempted, str(scope))
        found = self._read(lambda r: [Snapshot.from_json(s) for s in r], result, attempted, str(scope))
        if scope.kind == "full":  # with S3, those of collections are listed too, and cannot be reached by these names
            found = [snapshot for snapshot in found if _may_be_full(snapshot.name)]
        return sorted(found, key=lambda s: (s.creation_time or "", s.name))

    def _download(self, path: str, on: str, timeout: Timeout) -> Download:
        attempted = "download"
        response = self._http.open(path, attempted, on, timeout=timeout)
        where = self._http.where(on)

        def lost(error: BaseException) -> QdrantError:
            return self._http.lost(attempted, on, error, timeout)

        return Download(response, attempted, where, lost, CONNECTION_ERRORS)

    def _look_for_new(self, scope: Scope, before: dict[str, Snapshot], error: QdrantError) -> Snapshot:
        """The snapshot of a create whose answer was lost; raises the error if none appears."""
        patience = _PATIENCE[scope.kind]
        last_sign = time.monotonic()
        while True:
            try:
                new = self._new(scope, before)
                if new is not None:
                    return self._with_checksum(scope, new)
                if self.snapshots_running(scope.name):
                    last_sign = time.monotonic()
            except QdrantError as failure:  # the node may be restarting; only temporary errors are retried
                if failure.kind not in ("unreachable", "no_answer", "server_error", "protocol"):
                    raise
            if time.monotonic() - last_sign > patience:
                break
            time.sleep(_POLL)
        raise QdrantError(
            error.attempted, error.on, f"{error.said}; no new snapshot appeared on the node afterwards",
            "Check the node's log and its snapshots before you create another one.",
            kind="no_answer", status=error.status,
        )  # fmt: skip

    def _new(self, scope: Scope, before: dict[str, Snapshot]) -> Snapshot | None:
        """The newest snapshot that did not exist before."""
        new = [it for it in self.list_snapshots(scope) if is_new(it, before.get(it.name))]
        return new[-1] if new else None

    def _with_checksum(self, scope: Scope, snapshot: Snapshot) -> Snapshot:
        """The same, read again if the checksum is missing: its file is written a moment later.

        It may stay missing (S3 storage): then the caller hashes the bytes.
        """
        if snapshot.checksum is not None:
            return snapshot
        time.sleep(0.1)
        try:
            again = [other for other in self.list_snapshots(scope) if other.name == snapshot.name]
        except QdrantError:
            return snapshot  # it exists, which is enough
        return again[0] if again else snapshot


def _may_be_full(name: str) -> bool:
    """Uploaded files may have any name."""
    parsed = parse_snapshot_name(name)
    return parsed is None or parsed.kind == "full"


def is_new(snapshot: Snapshot, before: Snapshot | None) -> bool:
    """Whether a listed snapshot is newer than ``before`` with the same name.

    Two snapshots of one second have one name, and the later one replaces the earlier: then only the checksum
    differs (two archives never have the same one).
    """
    if before is None:
        return True
    return None not in (before.checksum, snapshot.checksum) and before.checksum != snapshot.checksum


def outcome_unknown(error: QdrantError) -> bool:
    """Whether a call without an answer may have run, or may still run."""
    return not error.answered and error.kind not in ("unreachable", "tls")


def _not_full(scope: Scope) -> Scope:
    if scope.kind == "full":
        raise UsageError(
            "a full snapshot cannot be recovered through the API",
            "Restore its collections one by one, or start Qdrant with --storage-snapshot.",
        )
    return scope
