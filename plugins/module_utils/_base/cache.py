# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cache on this host of documents that never change: a report does not read them again.

One file a document in ``<state_dir>/cache``, named after the store, the key and the etag. A cache that is missing,
damaged, full or not writable only costs time. Only reports use it; operations that change data read the store.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
import threading
import time
import weakref
from typing import Any

from .ownership import hand_over

FOLDER = "cache"
MOST_BYTES = 64 << 20
_MOST_OF_ONE = 4 << 20
_SUFFIX = ".json"
_TEMPORARY = ".tmp"
_ABANDONED_AFTER = 3600.0  # seconds; the temporary file of a run that was killed
_OTHERS_MAY_WRITE = 0o022


class DocumentCache:
    """The cache of one store. It is created below an existing state directory. It never creates that directory: a
    report leaves no files on a host without backups."""

    def __init__(self, state_dir: str, store: str, most_bytes: int = MOST_BYTES) -> None:
        self._path = os.path.join(state_dir, FOLDER)
        self._store = store
        self._most = most_bytes
        self._folder: int | None = None  # its descriptor, None if it cannot be used
        self._opened = False
        self._untrimmed: int | None = None  # bytes written since the size was last checked; None: never
        self._one = threading.Lock()

    def get(self, kind: str, key: str, etag: str) -> Any:
        """The stored value of a document; None if there is none, or if it is invalid."""
        folder = self._open() if etag else None
        if folder is None:
            return None
        name = self._name(kind, key, etag)
        try:
            head, dummy, body = _read(folder, name).partition(b"\n")
            if json.loads(head) == self._head(kind, key, etag, body):
                return json.loads(body)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RecursionError):
            pass
        with contextlib.suppress(OSError):
            os.unlink(name, dir_fd=folder)
        return None

    def put(self, kind: str, key: str, etag: str, value: Any) -> None:
        """Store a JSON-able value. Nothing is stored for an empty etag, because it does not identify the content."""
        folder = self._open() if etag else None
        if folder is None:
            return
        with contextlib.suppress(OSError):
            body = json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode("ascii")
            data = json.dumps(self._head(kind, key, etag, body), sort_keys=True).encode("ascii") + b"\n" + body
            if len(data) <= min(_MOST_OF_ONE, self._most):
                self._write(folder, self._name(kind, key, etag), data)

    def _head(self, kind: str, key: str, etag: str, body: bytes) -> dict[str, str]:
        digest = hashlib.sha256(body).hexdigest()
        return {"store": self._store, "kind": kind, "key": key, "etag": etag, "sha256": digest}

    def _name(self, kind: str, key: str, etag: str) -> str:
        told = json.dumps([self._store, kind, key, etag]).encode("ascii")
        return hashlib.sha256(told).hexdigest()[:40] + _SUFFIX

    def _open(self) -> int | None:
        """The folder's descriptor. Names are resolved below it, and a link in its place is not followed: a run of root
        writes to a folder of the backup user."""
        with self._one:
            if not self._opened:
                self._opened = True
                with contextlib.suppress(OSError):
                    self._folder = _own_folder(self._path)
                if self._folder is not None:
                    weakref.finalize(self, os.close, self._folder)
        return self._folder

    def _write(self, folder: int, name: str, data: bytes) -> None:
        temporary = f"{name}.{os.getpid()}-{threading.get_ident()}{_TEMPORARY}"
        how = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        handle = os.open(temporary, how, 0o600, dir_fd=folder)
        try:
            try:
                hand_over(os.path.join(self._path, temporary))
                os.write(handle, data)
            finally:
                os.close(handle)
            os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary, dir_fd=folder)
            raise
        with self._one:
            self._untrimmed = None if self._untrimmed is None else self._untrimmed + len(data)
            if self._untrimmed is None or self._untrimmed > self._most // 8:
                self._untrimmed = 0
                _trim(folder, self._most)


def _own_folder(path: str) -> int | None:
    if not os.path.isdir(os.path.dirname(path)):
        return None
    with contextlib.suppress(FileExistsError):
        os.mkdir(path, 0o700)
        hand_over(path)
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    if os.fstat(folder).st_mode & _OTHERS_MAY_WRITE:
        os.close(folder)
        return None
    return folder


def _read(folder: int, name: str) -> bytes:
    """A small regular file; OSError for anything else under the name."""
    handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    with open(handle, "rb") as stream:
        facts = os.fstat(handle)
        if not stat.S_ISREG(facts.st_mode) or facts.st_size > _MOST_OF_ONE:
            raise OSError("not a document of the cache")
        return stream.read(_MOST_OF_ONE)


def _trim(folder: int, most: int) -> None:
    """If the files have more than ``most`` bytes, delete the oldest until three quarters of ``most`` are left."""
    sizes: dict[str, int] = {}
    ages: dict[str, float] = {}
    for name in os.listdir(folder):
        with contextlib.suppress(OSError):
            facts = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if name.endswith(_TEMPORARY) and time.time() - facts.st_mtime > _ABANDONED_AFTER:
                os.unlink(name, dir_fd=folder)
            elif name.endswith(_SUFFIX):
                sizes[name], ages[name] = facts.st_blocks * 512, facts.st_mtime
    total = sum(sizes.values())
    if total <= most:
        return
    for name in sorted(sizes, key=lambda name: ages[name]):
        with contextlib.suppress(OSError):
            os.unlink(name, dir_fd=folder)
        total -= sizes[name]
        if total <= most * 3 // 4:
            break
