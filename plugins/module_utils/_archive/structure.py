# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of names, and of the required contents of each kind of archive. Pure: contents in, sentences out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from . import tar
from .contents import DOCUMENTS, SEGMENT_MARKERS, SHARD_DOCUMENTS, Contents, Shard
from .facts import UNNAMED_SHARD
from .reader import Entry, plain

_FOREIGN = (
    (b"\x1f\x8b", "it is compressed with gzip; Qdrant's archives are not compressed"),
    (b"\x28\xb5\x2f\xfd", "it is compressed with zstd; Qdrant's archives are not compressed"),
    (b"PK\x03\x04", "it is a zip file"),
    (b"<", "it looks like HTML or XML, perhaps an error message of a proxy or a store"),
    (b"{", "it looks like JSON, perhaps an error message of a server"),
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
MAX_PROBLEMS = 50
_SHOWN = 5


class Problems:
    """Sentences without duplicates, at most MAX_PROBLEMS, then the number of further ones."""

    def __init__(self) -> None:
        self._found: list[str] = []
        self._more = 0

    def add(self, sentence: str) -> None:
        if len(self._found) >= MAX_PROBLEMS:
            self._more += 1
        elif sentence not in self._found:
            self._found.append(sentence)

    def extend(self, sentences: Iterable[str]) -> None:
        for sentence in sentences:
            self.add(sentence)

    def __bool__(self) -> bool:
        return bool(self._found)

    def sentences(self) -> tuple[str, ...]:
        return (*self._found, *([f"There are {self._more} more problems."] if self._more else []))


def shown(name: str) -> str:
    """A name from an archive, safe to print: no control characters, no lone surrogates, not too long."""
    text = name.encode("unicode_escape", "backslashreplace").decode("ascii") if not name.isprintable() else name
    return text if len(text) <= 200 else text[:140] + "..." + text[-57:]


def foreign(head: bytes) -> str:
    """What a file that is not a tar archive seems to be."""
    if not head:
        return "the file is empty"
    for magic, what in _FOREIGN:
        if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(magic):
            return what
    if not head.strip(b"\0"):
        return "it begins with zeros"
    if len(head) < tar.BLOCK:
        return f"the file has only {len(head)} bytes"
    return "it is not a tar archive"


def entry_problem(entry: Entry) -> str | None:
    """Why an entry is not allowed in an archive, or None."""
    name = entry.name
    if _CONTROL.search(name):
        return "its name holds control characters"
    if name.startswith("/"):
        return "its name is absolute"
    if ".." in name.split("/"):
        return "its name leads out of the archive (..)"
    if not plain(name) and entry.type != tar.DIRECTORY:
        return "its name is empty"
    if entry.holes is not None:
        return entry.holes.problem(entry.stored)
    if entry.type not in (*tar.REGULAR, tar.DIRECTORY):
        what = tar.TYPE_NAMES.get(entry.type, f"of the unknown type {shown(entry.type.decode('latin-1'))}")
        return f"it is {what}, which Qdrant never writes and refuses to restore"
    return None


def kind_of(contents: Contents) -> str:
    """The kind of the contents, one of KINDS."""
    if contents.members or contents.mapping is not None:
        return "full"
    if contents.params is not None or any(shard_id != UNNAMED_SHARD for shard_id in contents.shards):
        return "collection"
    if UNNAMED_SHARD not in contents.shards:
        return "unknown"
    if contents.manifests:
        return "partial"
    return "streamed_shard" if contents.streamed else "shard"


def check(kind: str, contents: Contents) -> Iterator[str]:
    """Everything that is missing or invalid, as sentences."""
    if kind == "unknown":
        yield "Nothing in it is part of a Qdrant snapshot."
    elif kind == "full":
        yield from _full(contents)
    elif kind == "collection":
        yield from _collection(contents)
        if not any(shard.segments for shard in contents.shards.values()) and _expected_shards(contents) != 0:
            yield "It holds no shard data: every shard is on other nodes, or is missing."
    else:
        yield from _shard("The shard", contents.shards[UNNAMED_SHARD], complete=kind != "partial")
        if not contents.shards[UNNAMED_SHARD].segments:
            yield "It holds no shard data, because it has no segment."


def _full(contents: Contents) -> Iterator[str]:
    mapping = contents.mapping
    if mapping is None:
        yield "config.json with the list of collections is missing: the archive is truncated, or not from Qdrant."
        return
    mapped = set(mapping.values())
    yield from _missing("collection archive", (name for name in sorted(mapped) if name not in contents.members))
    for name, member in contents.members.items():
        if name not in mapped:
            yield f"{shown(name)} belongs to no collection in config.json."
        kind = kind_of(member)
        if kind != "collection":
            yield f"{shown(name)} is not a collection archive."
            continue
        # Missing shard data is allowed here: a node of a cluster may hold no shard of a collection.
        for sentence in _collection(member):
            yield f"{shown(name)}: {sentence}"


def _collection(contents: Contents) -> Iterator[str]:
    yield from _missing("file", (name for name in DOCUMENTS if name not in contents.documents))
    if contents.version is None:
        yield "The file version.info is missing."
    if "config.json" in contents.documents and contents.params is None:
        yield "config.json is not a collection's configuration."
    if UNNAMED_SHARD in contents.shards:
        yield "There are files of a shard outside the shards' folders."
    expected = _expected_shards(contents)
    if expected is None:
        if contents.params is not None:
            yield "config.json does not say how many shards there are."
    else:
        missing = _missing_shards(contents, expected)
        yield from _missing("shard", missing)
    for shard_id in sorted(contents.shards):
        if shard_id != UNNAMED_SHARD:
            yield from _shard(f"Shard {shard_id}", contents.shards[shard_id], complete=True)


def _expected_shards(contents: Contents) -> int | None:
    """How many shards the collection has; None if that is unknown."""
    params = contents.params
    if params is None:
        return None
    if params.get("sharding_method") == "custom":
        # shard_number counts the shards of each key there.
        return len(_key_shards(contents))
    number = params.get("shard_number")
    return number if isinstance(number, int) and not isinstance(number, bool) and number > 0 else None


def _key_shards(contents: Contents) -> set[int]:
    return {shard_id for ids in contents.shard_keys().values() for shard_id in ids}


def _missing_shards(contents: Contents, expected: int) -> Iterator[str]:
    custom = (contents.params or {}).get("sharding_method") == "custom"
    # A range, not a list: a huge shard_number in a malicious archive needs no memory.
    wanted: Iterable[int] = sorted(_key_shards(contents)) if custom else range(expected)
    return (str(shard_id) for shard_id in wanted if shard_id not in contents.shards)


def _missing(what: str, names: Iterable[str]) -> Iterator[str]:
    for count, name in enumerate(names):
        if count == _SHOWN:
            yield f"More than {_SHOWN} of this kind are missing: {what}."
            return
        yield f"The {what} {shown(name)} is missing."


def _shard(label: str, shard: Shard, complete: bool) -> Iterator[str]:
    for name in SHARD_DOCUMENTS:
        if name not in shard.documents:
            yield f"{label}: {name} is missing."
    local, _peers, _state = shard.replicas()
    if "replica_state.json" in shard.documents and local is None:
        yield f"{label}: replica_state.json is invalid."
    if local and not shard.segments:
        yield f"{label} is on this node, but none of its segments is in the archive."
    if not complete:
        return
    for name, segment in shard.segments.items():
        for marker in SEGMENT_MARKERS:
            if marker not in segment.markers:
                yield f"{label}: {marker} of segment {shown(name)} is missing."
