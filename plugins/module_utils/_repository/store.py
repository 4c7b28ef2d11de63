# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every store can do. Keys are relative to bucket + prefix (or the folder), with ``/`` between segments."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, BinaryIO, Protocol

from .._base.progress import Progress, silent


@dataclasses.dataclass(frozen=True)
class ObjectInfo:
    """One stored object. etag: opaque, changes with the content; storage_class: the store's word or ""; frozen: why it
    cannot be read before somebody thaws it, "" where it can (a listing does not know of copies that are thawed)."""

    key: str
    bytes: int
    etag: str
    storage_class: str = ""
    last_modified: datetime.datetime | None = None
    frozen: str = ""

    @property
    def readable(self) -> bool:
        """Whether it can be read at once."""
        return not self.frozen


@dataclasses.dataclass(frozen=True)
class StoredBytes:
    """The content of a small object and the etag it was read at (for a later ``if_match``)."""

    data: bytes
    etag: str


class Store(Protocol):
    """The interface of ``s3.S3Store`` and ``folder.FolderStore``. Every method raises StoreError and nothing else."""

    url: str
    kind: str
    sent_bytes: int  # archive bytes uploaded by put_file since the store was opened

    def warm_up(self) -> None:
        """Do what is slow about the first call (imports, client); safe in a thread, never raises."""

    def put(self, key: str, data: bytes, *, if_absent: bool = False, if_match: str | None = None) -> ObjectInfo:
        """Write a small object whole. ``exists`` or ``changed`` when the condition does not hold."""

    def put_file(self, key: str, path: str, *, if_absent: bool = True, progress: Progress = silent) -> ObjectInfo:
        """Upload a file; the store has checked every part, and the size was compared, when this returns."""

    def get(self, key: str) -> StoredBytes:
        """Read a small object whole. ``not_found``."""

    def open(self, key: str) -> AbstractContextManager[BinaryIO]:
        """Read an object as a stream; a cut connection is resumed where it broke."""

    def get_file(self, key: str, path: str, *, progress: Progress = silent) -> None:
        """Download to ``path`` (over ``path.part``, fsync, rename). Hashing it is the caller's."""

    def head(self, key: str) -> ObjectInfo | None:
        """What is known about an object; None when it is absent."""

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """Every object whose key begins with ``prefix``, in the order of keys."""

    def copy(self, source_key: str, target_key: str, *, source: ObjectInfo) -> ObjectInfo | None:
        """Copy inside the store, only from exactly ``source``, never over something. None: refused, upload instead; so
        does a caller after an error, for what a store cannot copy just now it may well take."""

    def delete(self, keys: Sequence[str]) -> None:
        """Delete; an absent key is no error."""

    def presign(self, key: str, seconds: int) -> str | None:
        """A URL that reads the object without credentials for a while (a secret); None where there is no such thing."""

    def abort_uploads(self, prefix: str, older_than_seconds: float) -> int:
        """Drop unfinished uploads that dead runs left under a prefix. Returns how many."""

    def close(self) -> None:
        """Let go of connections."""


def last_modified(value: Any) -> datetime.datetime | None:
    """A time as stores give it, in UTC; None for anything else."""
    return value.astimezone(datetime.timezone.utc) if isinstance(value, datetime.datetime) else None
