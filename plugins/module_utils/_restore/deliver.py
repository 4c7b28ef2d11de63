# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hands one archive to the node: by a presigned URL, as a file in its snapshots folder, or by upload.

Each way is one function ``(Handover) -> None`` that returns only when the node answered 200. Which way, how often and
what happens after a failure is decided in ``steps/recover.py``.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import shutil
from collections.abc import Iterator
from typing import Callable

from .._archive.hashing import check_sha256
from .._base.errors import EngineError
from .._base.ownership import make_private, own_like
from .._base.progress import Event
from .._qdrant.first_bytes import FIRST_BYTES, first_bytes
from .._qdrant.names import file_location, quote
from .._qdrant.scope import Scope
from .errors import spool_error
from .last_look import last_look
from .patience import LOCAL_RATE, Patience, watched
from .scene import Scene
from .state import State
from .task import Task
from .values import RestoreOptions, Source

_COPY = "restore-"  # then the process id and the archive's name: our own copies among the node's snapshots


class Handover:
    """The delivery of one archive to the node. source: of the task, or the safety snapshot; state: before it; asked:
    whether the request was sent; left: a sentence about files that could not be removed."""

    def __init__(self, source: Source, task: Task, scene: Scene, state: State) -> None:
        self.source, self.task, self.scene, self._state = source, task, scene, state
        self.asked, self.left = False, ""

    @property
    def target(self) -> str:
        """The target's name."""
        return self.task.name

    @property
    def options(self) -> RestoreOptions:
        """The places and folders of this host."""
        return self.scene.options

    def look(self) -> None:
        """Right before the request: NotAskedError if it must not be sent."""
        last_look(self.scene, self.task, self._state)
        self.asked = True

    def recover(
        self, location: str, api_key: str | None = None, *, rate: float | None = None, streams: bool = False
    ) -> None:
        """Make the node download the archive. Priority and checksum are always sent. api_key: the node's own, if it
        reads from itself; rate: bytes per second at which this host read the archive; streams: whether the node
        downloads it over a network."""
        self.look()
        name = "" if self.scene.alone else os.path.basename(self.source.location.split("?", 1)[0])
        size, silence = self.source.bytes, self.task.limits.silence
        patience = watched(self.options.snapshots_dir, name, size, silence, rate, streams=streams)
        progress = self.scene.progress

        def over() -> str:
            why = patience.why_over()
            progress(Event("recover", self.target, patience.coming, None, patience.rule()))
            return why

        progress(Event("recover", self.target, None, None, patience.rule()))
        self.scene.node.recover(
            self.task.scope,
            location,
            checksum=self.source.sha256 or None,
            priority=self.task.priority,
            api_key=api_key,
            over=over,
        )


def by_url(work: Handover) -> None:
    """The node streams and unpacks the archive without a second copy. The URL is a secret, valid for 15 minutes."""
    location, limits, scene = work.source.location, work.task.limits, work.scene
    if work.source.kind == "url":
        own = location.startswith(scene.node.url + "/")
        key = scene.node.options.api_key if own else None
        # One that only the node can read has no size here.
        rate = first_bytes(location, limits.silence, key) if work.source.bytes else None
        work.recover(location, api_key=key, rate=rate, streams=True)
        return
    url = scene.store.presign(location, limits.url) if scene.store else None
    if url is None:
        raise EngineError("make a URL for", location, "this repository has none", "Choose delivery file or upload.")
    rate = None
    if work.source.bytes > FIRST_BYTES or scene.store_seen.is_old():
        rate = first_bytes(url, limits.silence)
        scene.store_seen.note()
    work.recover(url, rate=rate, streams=True)


def by_node(work: Handover) -> None:
    """One of the node's own snapshots: as a file if its path is known, else through the node's API."""
    options, source = work.options, work.source
    folder = options.server_snapshots_path or options.snapshots_dir
    if folder and not work.scene.storage.in_s3:
        work.recover(file_location(os.path.join(folder, source.collection, source.location)))
    else:
        path = f"{Scope.collection(source.collection).path}/{quote(source.location)}"
        node = work.scene.node
        work.recover(node.url + path, api_key=node.options.api_key, streams=True)


def by_file(work: Handover) -> None:
    """A copy in the node's snapshots folder, readable by the server's user. It is removed at the end."""
    snapshots_dir = work.options.snapshots_dir or ""  # the options are refused where it is missing
    folder = os.path.join(snapshots_dir, work.target)
    name = f"{_COPY}{os.getpid()}-{os.path.basename(work.source.location)}"
    path, made = os.path.join(folder, name), not os.path.isdir(folder)
    try:
        os.makedirs(folder, exist_ok=True)
        _fetch(work, path)
        own_like(snapshots_dir, *([folder] if made else []), path)
        server = work.options.server_snapshots_path or snapshots_dir
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
    """Upload through the API. The server keeps the archive as a snapshot, which is deleted at the end."""
    with _local_copy(work) as path:
        name = upload_name(path)
        work.look()
        try:
            upload(work, path, name, work.source.sha256 or None)
        finally:
            _remove_upload(work, name)


def upload_name(path: str) -> str:
    """The name under which the node keeps an uploaded archive. It tells which process sent it."""
    return f"{_COPY}{os.getpid()}-{os.path.basename(path)}"


def upload(work: Handover, path: str, name: str, sha256: str | None) -> None:
    """Send the archive at ``path`` to the node, which recovers it. Call ``look`` before."""
    sent = [0]
    patience = Patience(os.path.getsize(path), work.task.limits.silence, LOCAL_RATE, lambda: sent[0], streams=True)

    def told(event: Event) -> None:
        sent[0] = event.done or 0
        work.scene.progress(dataclasses.replace(event, subject=work.target))

    work.scene.node.upload(
        work.task.scope,
        path,
        checksum=sha256,
        priority=work.task.priority,
        filename=name,
        progress=told,
        over=patience.why_over,
    )


def _remove_upload(work: Handover, name: str) -> None:
    """Remove the uploaded archive: through the API, or from the folder if the node's API does not list it."""
    gone = False
    with contextlib.suppress(EngineError):
        gone = work.scene.node.delete_snapshot(work.task.scope, name)
    if gone or not work.scene.storage.in_s3:
        return
    folder = work.options.snapshots_dir
    try:
        os.unlink(os.path.join(folder or "", work.target, name))
    except OSError as error:
        seen = folder or work.options.server_snapshots_path or "its snapshots folder"
        if isinstance(error, FileNotFoundError) and folder:
            return
        work.left = (
            f"The uploaded archive stays on the node, and its API cannot delete it: remove "
            f"{os.path.join(seen, work.target, name)} there. With snapshots_dir it is removed."
        )


WAYS: dict[str, Callable[[Handover], None]] = {"url": by_url, "node": by_node, "file": by_file, "upload": by_upload}


def remove_dead_copies(scene: Scene, task: Task) -> None:
    """Remove the copies of killed restores: the node's snapshots, files in its folder, and files in the spool."""
    with contextlib.suppress(EngineError):
        for snapshot in scene.node.list_snapshots(task.scope):
            if _is_dead(snapshot.name, _COPY):
                scene.node.delete_snapshot(task.scope, snapshot.name)
    places = [(scene.options.spool_folder, "")]
    if scene.options.snapshots_dir:
        places.append((os.path.join(scene.options.snapshots_dir, task.name), _COPY))
    for folder, beginning in places:
        remove_dead_files(folder, beginning)


def remove_dead_files(folder: str, beginning: str = "") -> None:
    """Remove the copies of killed restores in a folder of this host. beginning: of their names."""
    with contextlib.suppress(OSError):
        for name in os.listdir(folder):
            if _is_dead(name, beginning):
                os.unlink(os.path.join(folder, name))


def _is_dead(name: str, beginning: str) -> bool:
    """Whether the process that made a copy has ended."""
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


@contextlib.contextmanager
def _local_copy(work: Handover) -> Iterator[str]:
    if work.source.kind == "file":
        yield work.source.location
        return
    folder = work.options.spool_folder
    path = os.path.join(folder, f"{os.getpid()}-{os.path.basename(work.source.location)}")
    try:
        try:
            make_private(folder)
            _fetch(work, path)
        except OSError as error:
            raise spool_error(folder, error) from None
        yield path
    finally:
        with contextlib.suppress(OSError):
            os.unlink(path)


def _fetch(work: Handover, path: str) -> None:
    """Download the archive to ``path`` (0600) and check its hash. A copy with another hash is never delivered."""
    source = work.source
    if source.kind == "file":
        shutil.copyfile(source.location, path)
    elif work.scene.store is not None:
        work.scene.store.get_file(source.location, path, progress=work.scene.progress)
    else:
        raise EngineError("fetch", source.location, "it can only be handed over by URL", "Choose delivery url.")
    os.chmod(path, 0o600)
    if source.sha256:
        check_sha256(path, source.sha256, source.location)
