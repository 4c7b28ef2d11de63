# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder as repository, with the same interface and guarantees as a bucket.

A write goes to a temporary file, which is fsynced and then renamed. Conditions are checked under one flock: of two runs
on one host, or on a file system that shares flocks, only one succeeds.
"""

from __future__ import annotations

import contextlib
import datetime
import errno
import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import IO, Any, BinaryIO, Callable, cast

from .._base.ownership import hand_over
from .._base.progress import Event, Progress, silent
from .errors import StoreError
from .files import fsync, fsync_folder, local_file, make_folders, removed_on_failure
from .store import Deletion, ObjectInfo, StoredBytes

_CHUNK = 1 << 20
_SMALL = 1 << 20  # below this the etag is the content's hash, because two writes may have the same time
_WORK = ".qdrant-backup-work"


class FolderStore:
    """The parent of ``folder`` must exist, so that nothing is written under a missing mount. The first write creates
    ``folder``."""

    kind = "folder"

    def __init__(self, folder: str, prefix: str = "") -> None:
        self._folder = os.path.abspath(folder)
        parts = [part for part in prefix.split("/") if part]
        if any(part in (".", "..") for part in parts):
            raise StoreError("use the prefix", repr(prefix), "it does not stay inside the folder", kind="protocol")
        self.root = os.path.join(self._folder, *parts)
        self.url = self.root
        self.sent_bytes = 0

    def warm_up(self) -> None:
        """Nothing to prepare."""

    def close(self) -> None:
        """Nothing is open between calls."""

    def put(self, key: str, data: bytes, *, if_absent: bool = False, if_match: str | None = None) -> ObjectInfo:
        """See Store."""

        def write(target: IO[bytes]) -> None:
            target.write(data)

        return self._place(key, write, if_absent, if_match)

    def weakness(self) -> str:
        """See Store. One flock makes writers mutually exclusive."""
        return ""

    def unencrypted(self) -> str:
        """See Store. A folder has no option for encryption."""
        return ""

    def try_conditions(self, key: str, document: Callable[[], bytes], etag: str) -> str:
        """See Store. Conditions always hold."""
        return etag

    def put_file(self, key: str, path: str, *, if_absent: bool = True, progress: Progress = silent) -> ObjectInfo:
        """See Store. An existing key is refused before the copy starts."""
        if if_absent and os.path.lexists(self._path(key)):
            raise self._taken(key)

        def write(target: IO[bytes]) -> None:
            with open(path, "rb") as source:
                total, done = os.fstat(source.fileno()).st_size, 0
                for chunk in iter(lambda: source.read(_CHUNK), b""):
                    target.write(chunk)
                    done += len(chunk)
                    progress(Event("upload", key, done, total))

        info = self._place(key, write, if_absent, None)
        self.sent_bytes += info.bytes
        return info

    def get(self, key: str) -> StoredBytes:
        """See Store."""
        with self.open(key) as stream:
            data = stream.read()
        return StoredBytes(data, self._etag(self._path(key), data))

    def open(self, key: str) -> AbstractContextManager[BinaryIO]:
        """See Store."""
        with local_file("read", self._on(key)):
            return cast("AbstractContextManager[BinaryIO]", open(self._path(key), "rb"))

    def get_file(self, key: str, path: str, *, progress: Progress = silent) -> None:
        """See Store."""
        part = path + ".part"
        with self.open(key) as source, local_file("write", path), removed_on_failure(part):
            total, done = os.fstat(source.fileno()).st_size, 0
            with open(part, "wb") as target:
                for chunk in iter(lambda: source.read(_CHUNK), b""):
                    target.write(chunk)
                    done += len(chunk)
                    progress(Event("download", key, done, total))
                fsync(target)
            os.replace(part, path)
            fsync_folder(os.path.dirname(path))

    def head(self, key: str) -> ObjectInfo | None:
        """See Store."""
        path = self._path(key)
        try:
            with local_file("check", self._on(key)):
                return self._info(key, path)
        except StoreError as error:
            if error.kind == "not_found":
                return None
            raise

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """See Store."""
        folder = prefix.rpartition("/")[0]
        start = self._path(folder) if folder else self.root
        found = []
        with local_file("list", f"folder {start}"):
            if not os.path.isdir(self._folder) and not os.path.isdir(os.path.dirname(self._folder)):
                raise FileNotFoundError(errno.ENOENT, "No such file or directory", self._folder)
            for where, folders, files in os.walk(start, onerror=_raise_unless_gone):
                wanted = prefix.rpartition("/")[2] if where == start else ""
                folders[:] = [name for name in folders if name != _WORK and name.startswith(wanted)]
                inside = os.path.relpath(where, self.root)
                found += [name if inside == "." else f"{inside}/{name}".replace(os.sep, "/") for name in files]
        for key in sorted(found):
            if key.startswith(prefix):
                info = self.head(key)
                if info is not None:  # deleted since the listing
                    yield info

    def copy(self, source_key: str, target_key: str, *, source: ObjectInfo) -> ObjectInfo | None:
        """See Store. The kernel copies, and shares blocks if the file system supports it."""
        now = self.head(source_key)
        if now is None or now.etag != source.etag:
            return None

        def write(target: IO[bytes]) -> None:
            with open(self._path(source_key), "rb") as stream:
                _kernel_copy(stream, target)

        try:
            return self._place(target_key, write, True, None)
        except StoreError as error:
            if error.kind in ("exists", "forbidden", "not_found"):
                return None
            raise

    def delete(self, keys: Sequence[str]) -> None:
        """See Store. Empty folders are deleted too."""
        for key in keys:
            path = self._path(key)
            with local_file("delete", self._on(key)), contextlib.suppress(FileNotFoundError):
                os.unlink(path)
                fsync_folder(os.path.dirname(path))  # deletions reach the disk in the order of the calls
            folder = os.path.dirname(path)
            while folder.startswith(self.root + os.sep):
                try:
                    os.rmdir(folder)
                except OSError:
                    break
                folder = os.path.dirname(folder)

    def deletion(self, prefix: str) -> Deletion:
        """See Store. A deleted file is gone."""
        return Deletion()

    def lock_of(self, key: str) -> str:
        """See Store. Folders have no Object Lock."""
        return ""

    def presign(self, key: str, seconds: int) -> str | None:
        """See Store. Files have no URLs of their own."""
        return None

    def abort_uploads(self, prefix: str, older_than_seconds: float) -> int:
        """See Store. Deletes temporary files of dead runs, of all prefixes: other nodes write here too."""
        work, removed = os.path.join(self.root, _WORK), 0
        with local_file("clean up", work):
            for name in os.listdir(work) if os.path.isdir(work) else []:
                path = os.path.join(work, name)
                with contextlib.suppress(FileNotFoundError):
                    if name.endswith(".tmp") and time.time() - os.stat(path).st_mtime >= older_than_seconds:
                        removed += _removed_unless_held(path)
        return removed

    def _place(self, key: str, write: Any, if_absent: bool, if_match: str | None) -> ObjectInfo:
        """Write a temporary file, then rename it if the condition holds."""
        path, work = self._path(key), os.path.join(self.root, _WORK)
        with local_file("write", self._on(key)):
            if not os.path.isdir(self._folder):
                with contextlib.suppress(FileExistsError):
                    os.mkdir(self._folder, 0o750)
                    hand_over(self._folder)
            make_folders(work)
            with _temporary(work) as target:
                write(target)
                fsync(target)
                hand_over(target.name)
                with self._alone(work):
                    self._check(key, path, if_absent, if_match)
                    make_folders(os.path.dirname(path))  # under the lock: delete() may delete an empty one
                    os.replace(target.name, path)
                    fsync_folder(os.path.dirname(path))
                    info = self._info(key, path)
        return info

    def _check(self, key: str, path: str, if_absent: bool, if_match: str | None) -> None:
        if if_absent and os.path.lexists(path):
            raise self._taken(key)
        if if_match is not None:
            now = self.head(key)
            if now is None or now.etag != if_match:
                raise StoreError(
                    "overwrite", self._on(key), "another client wrote it first", kind="changed", status=412
                )

    @contextlib.contextmanager
    def _alone(self, work: str) -> Iterator[None]:
        with open(os.path.join(work, "lock"), "ab") as handle:
            hand_over(handle.name)
            fcntl.flock(handle, fcntl.LOCK_EX)  # held for a rename only; ends with the process
            yield

    def _info(self, key: str, path: str) -> ObjectInfo:
        facts = os.stat(path)
        if not os.path.isfile(path):
            raise FileNotFoundError(errno.ENOENT, "not a file", path)
        return ObjectInfo(
            key,
            facts.st_size,
            self._etag(path),
            "",
            datetime.datetime.fromtimestamp(int(facts.st_mtime), datetime.timezone.utc),
        )

    @staticmethod
    def _etag(path: str, data: bytes | None = None) -> str:
        facts = os.stat(path)
        if data is None and facts.st_size <= _SMALL:
            with open(path, "rb") as stream:
                data = stream.read()
        if data is not None and len(data) <= _SMALL:
            return hashlib.sha256(data).hexdigest()
        return f"{facts.st_mtime_ns:x}-{facts.st_size:x}-{facts.st_ino:x}"

    def _path(self, key: str) -> str:
        parts = key.split("/")
        if not key or any(part in ("", ".", "..") or "\0" in part for part in parts):
            raise StoreError("use the key", repr(key), "it does not stay inside the repository", kind="protocol")
        return os.path.join(self.root, *parts)

    def _on(self, key: str) -> str:
        return f"{key} in folder {self.root}"

    def _taken(self, key: str) -> StoreError:
        return StoreError(
            "write", self._on(key), "it already exists, and is never overwritten", kind="exists", status=412
        )


@contextlib.contextmanager
def _temporary(work: str) -> Iterator[BinaryIO]:
    """A new file, and its flock until it is renamed: a file without one was left by a dead run."""
    while True:
        path = os.path.join(work, f"{os.getpid()}-{os.urandom(8).hex()}.tmp")
        with open(path, "xb") as target:
            fcntl.flock(target, fcntl.LOCK_EX)
            if not os.fstat(target.fileno()).st_nlink:  # deleted before it was held
                continue
            with removed_on_failure(path):
                yield target
            return


def _removed_unless_held(path: str) -> bool:
    with open(path, "r+b") as target:  # NFS locks only files that are open for writing
        try:
            fcntl.flock(target, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        os.unlink(path)
        return True


def _raise_unless_gone(error: OSError) -> None:
    if error.errno != errno.ENOENT:
        raise error


def _kernel_copy(source: IO[bytes], target: IO[bytes]) -> None:
    left = os.fstat(source.fileno()).st_size
    try:
        while left > 0:
            copied = os.copy_file_range(source.fileno(), target.fileno(), min(left, 1 << 30))
            if not copied:
                break
            left -= copied
    except (AttributeError, OSError) as error:  # not on this kernel or between these file systems
        if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            raise
    if left:
        source.seek(0)
        target.seek(0)
        target.truncate()
        shutil.copyfileobj(source, target, _CHUNK)
