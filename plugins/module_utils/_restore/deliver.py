# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hands one archive to the node: by a presigned URL, as a file in its snapshots folder, or by upload.

Each way is one function ``(Handover) -> None`` that returns only when the node answered 200. Which way, how often and
what happens after a failure is decided in apply.py.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Callable

from .._archive.hashing import sha256_file
from .._base.errors import EngineError
from .._base.host import STATE_DIR
from .._base.ownership import make_private
from .._base.progress import Event, Progress
from .._qdrant.client import Node
from .._qdrant.glimpse import first_bytes
from .._qdrant.names import file_location, quote
from .._qdrant.scope import Scope
from .arrivals import Arrivals, temporary_folders
from .patience import LOCAL_RATE, Patience, blind_rate
from .values import RestoreOptions, Source

if TYPE_CHECKING:
    from .._repository.store import Store

_COPY = "restore-"  # then the process id and the archive's name: our own copies among the node's snapshots


@dataclasses.dataclass(frozen=True)
class Handover:
    """One archive, the collection it goes to, and the parties. api_key: the node's own, for reading from itself;
    last_look: called right before the node is asked, raises where it must not be."""

    source: Source
    target: str
    node: Node
    store: Store | None
    options: RestoreOptions
    progress: Progress
    last_look: Callable[[], None]

    def recover(
        self, location: str, api_key: str | None = None, *, rate: float | None = None, streams: bool = False
    ) -> None:
        """Ask the node to fetch the archive itself. Priority and checksum are always sent. rate: at which this host can
        read it, streams: whether the node gets it over a network."""
        self.last_look()
        seen = Arrivals(temporary_folders(self.options.snapshots_dir))
        pace = blind_rate(rate) if streams else LOCAL_RATE
        patience = Patience(self.source.bytes, self.options.silence_seconds, pace, seen, streams=streams)

        def over() -> str:
            why = patience.why_over()
            self.progress(Event("recover", self.target, patience.coming, None, patience.rule()))
            return why

        self.progress(Event("recover", self.target, None, None, patience.rule()))
        self.node.recover(
            Scope.collection(self.target),
            location,
            checksum=self.source.sha256 or None,
            priority=self.options.priority,
            api_key=api_key,
            over=over,
        )


def by_url(work: Handover) -> None:
    """The node streams and unpacks at once: no second copy anywhere. The URL is a secret and lives 15 minutes."""
    location, silence = work.source.location, work.options.silence_seconds
    if work.source.kind == "url":
        own = location.startswith(work.node.url + "/")
        key = work.node.options.api_key if own else None
        # One that only the node can read has no size here.
        rate = first_bytes(location, silence, key) if work.source.bytes else None
        work.recover(location, api_key=key, rate=rate, streams=True)
        return
    url = work.store.presign(location, work.options.url_seconds) if work.store else None
    if url is None:
        raise EngineError("make a URL for", location, "this repository has none", "Choose delivery file or upload.")
    work.recover(url, rate=first_bytes(url, silence), streams=True)


def by_node(work: Handover) -> None:
    """A snapshot that lies on the node: as its own file where the folder's path is known, else through its own API."""
    options, source = work.options, work.source
    folder = options.server_snapshots_path or options.snapshots_dir
    if folder:
        work.recover(file_location(os.path.join(folder, source.collection, source.location)))
    else:
        path = f"{Scope.collection(source.collection).path}/{quote(source.location)}"
        work.recover(work.node.url + path, api_key=work.node.options.api_key, streams=True)


def by_file(work: Handover) -> None:
    """A copy in the node's snapshots folder, readable by the server's user, removed afterwards."""
    folder = os.path.join(work.options.snapshots_dir, work.target)
    name = f"{_COPY}{os.getpid()}-{os.path.basename(work.source.location)}"
    path, made = os.path.join(folder, name), not os.path.isdir(folder)
    try:
        os.makedirs(folder, exist_ok=True)
        _fetch(work, path)
        owner = os.stat(work.options.snapshots_dir)
        for item in ([folder] if made else []) + [path]:
            found = os.stat(item)
            # Where nothing is to be done nothing is asked for: a unit's filter may forbid the call.
            if os.geteuid() == 0 and (found.st_uid, found.st_gid) != (owner.st_uid, owner.st_gid):
                os.chown(item, owner.st_uid, owner.st_gid)
        server = work.options.server_snapshots_path or work.options.snapshots_dir
        work.recover(file_location(os.path.join(server, work.target, name)))
    except OSError as error:
        raise EngineError(
            "place the archive in",
            folder,
            error.strerror or str(error),
            "Run as root or as Qdrant's user, or choose delivery upload.",
        ) from None
    finally:
        with contextlib.suppress(OSError):
            os.unlink(path)
        if made:
            with contextlib.suppress(OSError):
                os.rmdir(folder)


def by_upload(work: Handover) -> None:
    """Through the API. The server keeps an uploaded archive among its snapshots: it is taken away again."""
    scope = Scope.collection(work.target)
    with _local_copy(work) as path:
        name = f"{_COPY}{os.getpid()}-{os.path.basename(path)}"
        work.last_look()
        sent = [0]
        size = os.path.getsize(path)
        patience = Patience(size, work.options.silence_seconds, LOCAL_RATE, lambda: sent[0], streams=True)

        def told(event: Event) -> None:
            sent[0] = event.done or 0
            work.progress(dataclasses.replace(event, subject=work.target))

        try:
            work.node.upload(
                scope,
                path,
                checksum=work.source.sha256 or None,
                priority=work.options.priority,
                filename=name,
                progress=told,
                over=patience.why_over,
            )
        finally:
            with contextlib.suppress(EngineError):
                work.node.delete_snapshot(scope, name)


WAYS: dict[str, Callable[[Handover], None]] = {"url": by_url, "node": by_node, "file": by_file, "upload": by_upload}


def remove_dead_copies(work: Handover) -> None:
    """Copies that killed restores left: on the node, which lists them as snapshots, in its folder, and in the spool."""
    scope = Scope.collection(work.target)
    with contextlib.suppress(EngineError):
        for snapshot in work.node.list_snapshots(scope):
            if _is_dead(snapshot.name, _COPY):
                work.node.delete_snapshot(scope, snapshot.name)
    places = [(_spool(work.options), "")]
    if work.options.snapshots_dir:
        places.append((os.path.join(work.options.snapshots_dir, work.target), _COPY))
    for folder, beginning in places:
        with contextlib.suppress(OSError):
            for name in os.listdir(folder):
                if _is_dead(name, beginning):
                    os.unlink(os.path.join(folder, name))


def _is_dead(name: str, beginning: str) -> bool:
    """Whether a copy is of a process that is gone."""
    match = re.fullmatch(re.escape(beginning) + r"([1-9][0-9]{0,9})-.+\.snapshot(\.part|\.checksum)?", name)
    if match is None:
        return False
    try:
        os.kill(int(match[1]), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        pass
    return False


def _spool(options: RestoreOptions) -> str:
    return options.spool_dir or os.path.join(options.state_dir or STATE_DIR, "spool")


@contextlib.contextmanager
def _local_copy(work: Handover) -> Iterator[str]:
    if work.source.kind == "file":
        yield work.source.location
        return
    folder = _spool(work.options)
    path = os.path.join(folder, f"{os.getpid()}-{os.path.basename(work.source.location)}")
    try:
        try:
            make_private(folder)
            _fetch(work, path)
        except OSError as error:
            raise EngineError(
                "spool the archive in",
                folder,
                f"{folder}: {error.strerror or error}",
                "Make room there, or set spool_dir to a folder that can be written.",
            ) from None
        yield path
    finally:
        with contextlib.suppress(OSError):
            os.unlink(path)


def _fetch(work: Handover, path: str) -> None:
    """Bring the archive to ``path`` (0600) and check its hash: a copy that differs is never handed on."""
    source = work.source
    if source.kind == "file":
        shutil.copyfile(source.location, path)
    elif work.store is not None:
        work.store.get_file(source.location, path, progress=work.progress)
    else:
        raise EngineError("fetch", source.location, "it can only be handed over by URL", "Choose delivery url.")
    os.chmod(path, 0o600)
    found = sha256_file(path)
    if source.sha256 and found != source.sha256:
        raise EngineError(
            "fetch",
            source.location,
            f"its sha256 is {found}, the backup says {source.sha256}",
            "The archive is damaged: choose another backup (qdrant-backup list).",
        )
