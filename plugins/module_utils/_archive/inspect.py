# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One pass over an archive: checksums, members, embedded documents, problems.

The pass always reads the archive to its end, so that bytes and sha256 are those of the file. To inspect a file during
its upload, run ``inspect_file`` in a thread: hashing and reading release the interpreter lock.
"""

from __future__ import annotations

import functools
import os
from typing import Any, Callable

from .._base.progress import Progress, silent
from . import tar
from .contents import DOCUMENTS, SHARD_DOCUMENTS, Contents, Place, Segment, parse_document, place
from .errors import ArchiveError
from .facts import ArchiveFacts
from .hashing import PathLike, Readable, content_digest, open_archive
from .holes import bytes_digest, entry_digest, log_digest
from .reader import Cut, Entry, Feed, Limits, Part, Source, drain, plain, skip, take, walk
from .structure import Problems, check, entry_problem, foreign, kind_of, shown

MAX_DOCUMENT = 16 * 1024 * 1024
MAX_VERSION = 100
_INSIDE = "snapshot/files/"
_ROCKSDB = ("snapshot/db_backup/", "snapshot/payload_index_db_backup/")


def inspect_file(path: PathLike, *, progress: Progress = silent, hash_file: bool = True) -> ArchiveFacts:
    """Facts about an archive on disk; ``hash_file`` as in ``inspect``.

    ArchiveError if the file cannot be opened or read.
    """
    with open_archive(path) as stream:
        try:
            return inspect(stream, progress=progress, hash_file=hash_file)
        except ArchiveError as error:
            raise ArchiveError("read the archive", os.fspath(path), error.said, error.next) from None


def inspect(stream: Readable, *, progress: Progress = silent, hash_file: bool = True) -> ArchiveFacts:
    """Facts about the archive in ``stream`` (it needs only ``read(n)``), which is read once to its end.

    The defects of damaged, truncated, foreign and malicious archives are in ``problems``. hash_file: whether to compute
    ``sha256``; without it, sha256 is "" and half of the hashing is saved. ArchiveError if reading fails.
    """
    try:
        return _Inspection(Source(stream, progress, hashed=hash_file)).facts()
    except OSError as error:
        raise ArchiveError("read the archive", "", error.strerror or str(error)) from error


class _Inspection:
    """The state of one pass. files: path -> digest of every inner file, those of nested archives below their path."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._limits = Limits()
        self._problems = Problems()
        self._files: dict[str, bytes] = {}
        self._archives: set[str] = set()
        self._at = ""

    def facts(self) -> ArchiveFacts:
        contents = Contents()
        tar_seen = self._outermost(contents)
        kind = kind_of(contents) if tar_seen else "unknown"
        if tar_seen:
            self._problems.extend(check(kind, contents))
        problems = self._problems.sentences()
        segments = [
            segment.stored
            for each in (contents, *contents.members.values())
            for shard in each.shards.values()
            for segment in shard.segments.values()
        ]
        collection = kind == "collection"
        return ArchiveFacts(
            kind=kind,
            bytes=self._source.bytes,
            sha256=self._source.hexdigest(),
            content_digest=content_digest(self._files, problems),
            entries=self._limits.seen,
            config=contents.config if collection else None,
            payload_schema=contents.payload_schema() if collection else None,
            shards=contents.shard_facts(),
            shard_keys=contents.shard_keys() if collection else {},
            members=contents.member_bytes,
            aliases=contents.aliases,
            largest_segment=max(segments, default=0),
            segments_bytes=sum(segments),
            problems=problems,
            collections=contents.mapping or {},
            version=contents.version,
            segment_versions=tuple(
                sorted(contents.segment_versions.union(*(each.segment_versions for each in contents.members.values())))
            ),
            rocksdb=contents.rocksdb or any(each.rocksdb for each in contents.members.values()),
        )

    def _outermost(self, contents: Contents) -> bool:
        """Read the archive to the end of the stream. False if it is not a tar archive."""
        try:
            self._archive(self._source, "", contents)
            if not drain(self._source):
                self._problems.add("There are bytes after the end of the archive.")
            return True
        except Cut:
            where = f" inside {shown(self._at)}" if self._at else ""
            problem = f"The archive is truncated: it ends{where}, after {self._source.bytes} bytes."
        except tar.Broken as broken:
            after = f", after {shown(self._at)}" if self._at else ""
            problem = f"The archive is damaged near byte {self._source.offset}{after}: {broken}."
        skip(self._source)
        if self._limits.seen:
            self._problems.add(problem)
            return True
        self._problems.add(f"This is not a Qdrant snapshot: {foreign(self._source.head)}.")
        return False

    def _archive(self, feed: Feed, prefix: str, contents: Contents) -> None:
        """Read one snapshot: the outermost archive, or a collection archive in a full one."""
        for entry in walk(feed, self._limits):
            path = self._accept(entry, prefix)
            if path is None:
                continue
            name = path[len(prefix) :]
            if not prefix and "/" not in name and name.endswith(".snapshot"):
                member = contents.members[name] = Contents()
                contents.member_bytes[name] = entry.stored
                self._nested(entry, path, functools.partial(self._archive, contents=member))
                continue
            where = place(name)
            if where.shard is None:
                self._top_entry(entry, path, name, contents)
                continue
            shard = contents.shard(where.shard)
            shard.stored += entry.stored
            if where.segment is not None:
                segment = shard.segments.setdefault(where.segment, Segment())
                self._segment_entry(entry, path, where, segment, contents)
            elif where.rest in SHARD_DOCUMENTS:
                self._document(entry, path, shard.documents, where.rest)
            else:
                self._files[path] = log_digest(entry) if where.rest.startswith("wal/") else entry_digest(entry)

    def _accept(self, entry: Entry, prefix: str) -> str | None:
        """The full path of a file to read, None for folders and for entries that are not allowed."""
        path = prefix + plain(entry.name)
        self._at = prefix + entry.name
        problem = entry_problem(entry)
        if problem is None and entry.type != tar.DIRECTORY and (path in self._files or path in self._archives):
            problem = "it is a duplicate"
        if problem is not None:
            self._problems.add(f"{shown(self._at)} must not be in an archive: {problem}.")
            return None
        return None if entry.type == tar.DIRECTORY else path

    def _segment_entry(self, entry: Entry, path: str, where: Place, segment: Segment, contents: Contents) -> None:
        segment.stored += entry.stored
        if where.is_tar:
            self._nested(entry, path, functools.partial(self._segment, segment=segment, contents=contents))
            if not segment.files:
                self._problems.add(f"{shown(path)} holds no file of a segment.")
            return
        contents.streamed = True
        self._segment_file(entry, path, where.rest, segment, contents)

    def _segment(self, feed: Feed, prefix: str, segment: Segment, contents: Contents) -> None:
        """The archive of one segment."""
        for entry in walk(feed, self._limits, end_marked=False):
            path = self._accept(entry, prefix)
            if path is None:
                continue
            name = path[len(prefix) :]
            if name.endswith((".tar", ".snapshot")):
                self._problems.add(f"{shown(path)} is an archive inside a segment's archive.")
            if name.startswith(_INSIDE):
                self._segment_file(entry, path, name[len(_INSIDE) :], segment, contents)
                continue
            contents.rocksdb = contents.rocksdb or name.startswith(_ROCKSDB)
            self._files[path] = entry_digest(entry)

    def _segment_file(self, entry: Entry, path: str, name: str, segment: Segment, contents: Contents) -> None:
        contents.segment_file(segment, name)
        if name == "version.info":
            version = self._text(entry, path)
            if version is not None:
                contents.segment_versions.add(version)
            return
        self._files[path] = entry_digest(entry)

    def _top_entry(self, entry: Entry, path: str, name: str, contents: Contents) -> None:
        if name == "version.info":
            contents.version = self._text(entry, path)
        elif name in DOCUMENTS:
            self._document(entry, path, contents.documents, name)
        else:
            self._files[path] = entry_digest(entry)

    def _nested(self, entry: Entry, path: str, read: Callable[[Part, str], None]) -> None:
        """Read an entry that is an archive. Its damage is recorded, and the pass continues after it."""
        self._archives.add(path)
        if entry.holes is not None:
            self._problems.add(f"{shown(path)} is stored with holes, but Qdrant never stores an archive with holes.")
            return
        try:
            read(entry.data, path + "/")
            if not drain(entry.data):
                self._problems.add(f"There are bytes after the end of {shown(path)}.")
        except Cut:
            if entry.data.left:
                raise
            self._problems.add(f"{shown(path)} is truncated: its bytes end before its archive does.")
        except tar.Broken as broken:
            self._problems.add(f"{shown(path)} is damaged: {broken}.")
        self._at = path

    def _text(self, entry: Entry, path: str) -> str | None:
        data = self._small(entry, path, MAX_VERSION)
        if data is None:
            return None
        text = shown(data.decode("utf-8", "backslashreplace").strip())
        if not text:
            self._problems.add(f"{shown(path)} is empty.")
        return text

    def _document(self, entry: Entry, path: str, documents: dict[str, Any], name: str) -> None:
        data = self._small(entry, path, MAX_DOCUMENT)
        documents[name] = None
        if data is None:
            return
        try:
            documents[name] = parse_document(data)
        except ValueError as error:
            self._problems.add(f"{shown(path)} is not valid JSON: {error}.")

    def _small(self, entry: Entry, path: str, most: int) -> bytes | None:
        """The bytes of a document, which are hashed like every file; None, with a problem, if it cannot be read."""
        if entry.holes is not None or entry.stored > most:
            what = (
                "is stored with holes" if entry.holes is not None else f"has {entry.stored} bytes, which is too large"
            )
            self._problems.add(f"{shown(path)} {what}.")
            self._files[path] = entry_digest(entry)
            return None
        data = take(entry.data, entry.stored)
        self._files[path] = bytes_digest(data)
        return data
