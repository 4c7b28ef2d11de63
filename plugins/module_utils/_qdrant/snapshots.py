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
from .download import Download
from .errors import QdrantError
from .multipart import FileBody
from .names import quote
from .outlook import Outlook
from .scope import Scope
from .server import ServerPart
from .transport import CONNECTION_ERRORS, Timeout
from .values import Snapshot

_POLL = 0.5
# How long to look for a snapshot whose answer was lost, once nothing shows that the node works on it. The server counts
# collection snapshots at work, but not those of shards, nor the time in which a full one is packed.
_PATIENCE = {"collection": 30.0, "full": 600.0, "shard": 600.0}
_STREAM_START = 300.0  # a shard's stream begins once its queued updates are applied


class SnapshotsPart(ServerPart):
    """Snapshot calls. Each acts on the asked node only, with the shards that lie there."""

    def list_snapshots(self, scope: Scope) -> list[Snapshot]:
        """The snapshots that the node keeps of this scope, oldest first (by time, then name)."""
        return self._list(scope, "list the snapshots of")

    def create_snapshot(self, scope: Scope) -> Snapshot:
        """Create a snapshot and wait for it, as long as the node works on it.

        The call is sent once. If its answer is lost, or does not come although the node works on nothing any more, the
        node is looked at until a snapshot is there that was not before; QdrantError of kind ``no_answer`` if none
        comes. Two creates of one scope within one second get the same
        name: the caller keeps them apart.
        """
        attempted, on = "create a snapshot of", str(scope)
        before = {snapshot.name: snapshot for snapshot in self._list(scope, attempted)}
        outlook = Outlook(lambda: self._new(scope, before), lambda: self.snapshots_running(scope.name), scope.kind)
        try:
            result = self._http.ask_long(
                "POST", scope.path, attempted, on, params={"wait": "true"}, deadline=None, over=outlook
            )
        except QdrantError as error:
            if outlook.made is not None:
                return self._with_checksum(scope, outlook.made)
            if outlook.hopeless or not outcome_unknown(error):
                raise
            return self._look_for_new(scope, before, error)
        snapshot = self._read(Snapshot.from_json, result, attempted, on)
        return self._with_checksum(scope, snapshot)

    def delete_snapshot(self, scope: Scope, name: str) -> bool:
        """Delete a snapshot with its side file; False where it was absent. A missing collection or shard is an error:
        its files may still lie on the node, out of the reach of this call."""
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

    def stream_shard(self, collection: str, shard_id: int) -> Download:
        """A shard's snapshot, made while it is sent: no size, no checksum; a failure just ends it: check it."""
        scope = Scope.shard(collection, shard_id)
        path = scope.path[: -len("s")]  # .../shards/{id}/snapshot
        patience = (self._http.timeout, max(self._http.timeout, _STREAM_START))
        return self._download(path, f"a stream of {scope}", patience)

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
        ``over`` says why it is to be given up).

        location: ``file:///...`` as the server sees it or a URL; for a shard a URL or the bare name of one of its
        snapshots. checksum: SHA-256 in hex; None leaves the server without any check. api_key: for a URL of another
        Qdrant node. Returns only on the server's ``true``. Any QdrantError means that the contents are in doubt unless
        ``answered`` says that the node refused; with ``answered`` False it may still be at work: ``wait_recovered``.
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
        """Send a local archive and recover from it; otherwise like ``recover``.

        A collection's archive stays on the node as a snapshot called ``filename`` (default: the file's own name), also
        when the recover fails: the caller deletes it.
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
        if scope.kind == "shard" and result is None:  # what the server says there instead of true
            return
        self._done(result, attempted, on)

    def _list(self, scope: Scope, attempted: str) -> list[Snapshot]:
        result = self._http.ask("GET", scope.path, attempted, str(scope))
        found = self._read(lambda r: [Snapshot.from_json(s) for s in r], result, attempted, str(scope))
        return sorted(found, key=lambda s: (s.creation_time or "", s.name))

    def _download(self, path: str, on: str, timeout: Timeout) -> Download:
        attempted = "download"
        response = self._http.open(path, attempted, on, timeout=timeout)
        where = self._http.where(on)

        def lost(error: BaseException) -> QdrantError:
            return self._http.lost(attempted, on, error, timeout)

        return Download(response, attempted, where, lost, CONNECTION_ERRORS)

    def _look_for_new(self, scope: Scope, before: dict[str, Snapshot], error: QdrantError) -> Snapshot:
        """The snapshot that a create made whose answer was lost; the error again where none appears."""
        patience = _PATIENCE[scope.kind]
        last_sign = time.monotonic()
        while True:
            try:
                new = self._new(scope, before)
                if new is not None:
                    return self._with_checksum(scope, new)
                if self.snapshots_running(scope.name):
                    last_sign = time.monotonic()
            except QdrantError as failure:  # the node may be restarting; only what can pass is waited for
                if failure.kind not in ("unreachable", "no_answer", "server_error", "protocol"):
                    raise
            if time.monotonic() - last_sign > patience:
                break
            time.sleep(_POLL)
        raise QdrantError(
            error.attempted, error.on, f"{error.said}; no new snapshot appeared on the node afterwards",
            "Look at the node's log and its snapshots before you create another.",
            kind="no_answer", status=error.status,
        )  # fmt: skip

    def _new(self, scope: Scope, before: dict[str, Snapshot]) -> Snapshot | None:
        """The newest snapshot that was not there before."""
        new = [it for it in self.list_snapshots(scope) if is_new(it, before.get(it.name))]
        return new[-1] if new else None

    def _with_checksum(self, scope: Scope, snapshot: Snapshot) -> Snapshot:
        """The same, from a second look where the checksum was not there: its side file comes a moment later.

        It may stay absent (S3 storage): then the caller hashes the bytes.
        """
        if snapshot.checksum is not None:
            return snapshot
        time.sleep(0.1)
        try:
            again = [other for other in self.list_snapshots(scope) if other.name == snapshot.name]
        except QdrantError:
            return snapshot  # it exists; that is what was asked
        return again[0] if again else snapshot


def is_new(snapshot: Snapshot, before: Snapshot | None) -> bool:
    """Whether a listed snapshot was made since ``before`` was listed under its name.

    Two snapshots of one second have one name, and the later takes the place of the earlier: then only the checksum
    differs (two archives never have the same one).
    """
    if before is None:
        return True
    return None not in (before.checksum, snapshot.checksum) and before.checksum != snapshot.checksum


def outcome_unknown(error: QdrantError) -> bool:
    """Whether a call that was sent may have been, or still be, carried out although no answer of the node says so."""
    return not error.answered and error.kind not in ("unreachable", "tls")


def _not_full(scope: Scope) -> Scope:
    if scope.kind == "full":
        raise UsageError(
            "a full snapshot cannot be recovered through the API",
            "Restore its members one by one, or start Qdrant with --storage-snapshot.",
        )
    return scope
