# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The interface of stores. Keys are relative to bucket + prefix (or the folder), with ``/`` between segments."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, BinaryIO, Callable, Protocol

from .._base.progress import Progress, silent


@dataclasses.dataclass(frozen=True)
class ObjectInfo:
    """One stored object. etag: opaque, changes with the content; storage_class: the store's word or ""; frozen: why it
    must be restored from an archive class first, else "" (a listing does not show restored copies); thaw: the command
    that does this, "" if there is nothing to do or if the object was listed."""

    key: str
    bytes: int
    etag: str
    storage_class: str = ""
    last_modified: datetime.datetime | None = None
    frozen: str = ""
    thaw: str = ""

    @property
    def readable(self) -> bool:
        """Whether it can be read now."""
        return not self.frozen


@dataclasses.dataclass(frozen=True)
class StoredBytes:
    """The content of a small object, and its etag (for a later ``if_match``)."""

    data: bytes
    etag: str


@dataclasses.dataclass(frozen=True)
class Deletion:
    """What a store does with deleted objects. versions: it keeps them as noncurrent versions, for noncurrent_days
    (None: no known rule expires them); locks: objects may be under Object Lock, also if that is not known."""

    versions: bool = False
    noncurrent_days: int | None = None
    locks: bool = False


class Store(Protocol):
    """The interface of ``s3.S3Store`` and ``folder.FolderStore``. Methods raise only StoreError.

    To limit or encrypt transfers, implement it around another Store.
    """

    url: str
    kind: str
    sent_bytes: int  # archive bytes uploaded by put_file since the store was opened

    def warm_up(self) -> None:
        """Do the slow parts of the first call (imports, client); safe in a thread, never raises."""

    def put(self, key: str, data: bytes, *, if_absent: bool = False, if_match: str | None = None) -> ObjectInfo:
        """Write a small object. ``exists`` or ``changed`` if the condition does not hold."""

    def weakness(self) -> str:
        """Why two writers may not be mutually exclusive, as a sentence for the operator; "" if conditions hold as far
        as known."""

    def unencrypted(self) -> str:
        """Why objects may be stored without the encryption that the options ask for, as a sentence for the operator; ""
        if the writes so far do not show it."""

    def try_conditions(self, key: str, document: Callable[[], bytes], etag: str) -> str:
        """Test conditional writes, by writes to ``key`` that must be refused. ``document`` returns the current content
        (at ``etag``), so that a store that does not refuse keeps it. Returns the new etag."""

    def put_file(self, key: str, path: str, *, if_absent: bool = True, progress: Progress = silent) -> ObjectInfo:
        """Upload a file. The store checks every part, and the size is compared."""

    def get(self, key: str) -> StoredBytes:
        """Read a small object. ``not_found``."""

    def open(self, key: str) -> AbstractContextManager[BinaryIO]:
        """Read an object as a stream, which resumes after a lost connection."""

    def get_file(self, key: str, path: str, *, progress: Progress = silent) -> None:
        """Download to ``path`` (over ``path.part``, fsync, rename). The caller hashes it."""

    def head(self, key: str) -> ObjectInfo | None:
        """The facts of an object; None if it does not exist."""

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """Every object whose key begins with ``prefix``, in the order of keys."""

    def copy(self, source_key: str, target_key: str, *, source: ObjectInfo) -> ObjectInfo | None:
        """Copy inside the store, only from exactly ``source``, never over an object. None: refused, upload instead;
        also upload after an error."""

    def delete(self, keys: Sequence[str]) -> None:
        """Delete keys; no error if a key does not exist."""

    def deletion(self, prefix: str) -> Deletion:
        """What happens to deleted objects below a prefix, as far as this user may read the settings."""

    def lock_of(self, key: str) -> str:
        """Why an object must not be deleted now (``Object Lock until ...``), "" if nothing forbids it or it does not
        exist."""

    def presign(self, key: str, seconds: int) -> str | None:
        """A URL that reads the object without credentials for a while (a secret); None if the store has no such
        URLs."""

    def abort_uploads(self, prefix: str, older_than_seconds: float) -> int:
        """Abort unfinished uploads of dead runs under a prefix. Returns their number."""

    def close(self) -> None:
        """Close connections."""


def warnings_of(store: Store) -> list[str]:
    """What an operator should know of a store that was written to."""
    return [warning for warning in (store.weakness(), store.unencrypted()) if warning]


def last_modified(value: Any) -> datetime.datetime | None:
    """A time from a store, in UTC; None if it is not a time."""
    return value.astimezone(datetime.timezone.utc) if isinstance(value, datetime.datetime) else None
