# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small archives of the real structure, made with ``tarfile`` and by hand: nothing of the reader under test."""

from __future__ import annotations

import hashlib
import io
import json
import os
import struct
import tarfile
from pathlib import Path

from ansible_collections.vectorops.qdrant.plugins.module_utils._archive.inspect import inspect

SNAPSHOTS = Path(__file__).resolve().parents[2] / "data" / "snapshots"
END = bytes(1024)
CONFIG = {
    "params": {"vectors": {"size": 4, "distance": "Dot"}, "shard_number": 1, "replication_factor": 1},
    "hnsw_config": {"m": 16},
}


def facts(data, **options):
    """Inspect bytes."""
    return inspect(io.BytesIO(data), **options)


def entry(name, data=b"", kind=tarfile.REGTYPE, mtime=0, link="", size=None):
    """One member: header, data, padding. Long names become GNU long names."""
    info = tarfile.TarInfo(name)
    info.size = len(data) if size is None else size
    info.type = kind
    info.mtime = mtime
    info.linkname = link
    return info.tobuf(format=tarfile.GNU_FORMAT, errors="surrogateescape") + data + bytes(-len(data) % 512)


def raw_entry(name, data=b"", kind=b"0", size_field=None, changes=()):
    """One member by hand; ``changes``: (offset, bytes) put into the header before the checksum is made."""
    header = bytearray(512)
    header[: len(name)] = name
    header[100:108] = b"0000644\0"
    header[124:136] = size_field or b"%011o\0" % len(data)
    header[136:148] = b"%011o\0" % 0
    header[156:157] = kind
    header[257:265] = b"ustar  \0"
    for offset, value in changes:
        header[offset : offset + len(value)] = value
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + data + bytes(-len(data) % 512)


def sparse_entry(name, size, pieces, stored=None):
    """A file with holes in the old GNU form; pieces: [(offset, bytes)]."""
    data = b"".join(piece for _offset, piece in pieces)
    pairs = [b"%011o\0%011o\0" % (offset, len(piece)) for offset, piece in pieces]
    pairs.append(b"%011o\0%011o\0" % (size, 0))
    changes = [(386, b"".join(pairs[:4])), (482, b"\1" if len(pairs) > 4 else b"\0"), (483, b"%011o\0" % size)]
    header = raw_entry(name.encode(), b"", b"S", b"%011o\0" % (len(data) if stored is None else stored), changes)
    more = b""
    rest = pairs[4:]
    while rest:
        block, rest = rest[:21], rest[21:]
        more += (b"".join(block)).ljust(504, b"\0") + (b"\1" if rest else b"\0") + bytes(7)
    return header + more + data + bytes(-len(data) % 512)


def segment(content=b"vectors", mtime=0, extra=b"", order=1):
    """The archive of one segment, without an end marker, as Qdrant writes it."""
    members = [
        entry("snapshot/files/vector_storage/chunk_0.mmap", content, mtime=mtime),
        entry("snapshot/files/segment.json", b"{}", mtime=mtime),
        entry("snapshot/files/version.info", b"0.6.0", mtime=mtime),
    ][::order]
    return b"".join(members) + extra


def shard(prefix="0/", content=b"vectors", mtime=0, segments=1, local=True, state="Active"):
    """The members of one shard."""
    replicas = {"is_local": local, "this_peer_id": 7, "peers": {"7" if local else "8": state}}
    members = {}
    if local:
        for number in range(segments):
            members[f"{prefix}segments/segment-{number}.tar"] = segment(content, mtime)
        members[f"{prefix}wal/open-1"] = b"log"
    members[prefix + "replica_state.json"] = json.dumps(replicas).encode()
    members[prefix + "shard_config.json"] = b'{"type":"ReplicaSet"}'
    return members


def tail(config=None, keys=(), schema=None):
    """The members at a collection's top level."""
    return {
        "version.info": b"0.4.2",
        "config.json": json.dumps(CONFIG if config is None else config).encode(),
        "shard_key_mapping.json": json.dumps(list(keys)).encode(),
        "payload_index.json": json.dumps({"schema": schema or {}}).encode(),
    }


def pack(members, end=END, mtime=0):
    """An archive of members (name -> bytes)."""
    return b"".join(entry(name, data, mtime=mtime) for name, data in members.items()) + end


def collection(**options):
    """The members of a whole collection archive with one shard."""
    return {**shard(**options), **tail()}


def without_end(data):
    """An archive's entries alone."""
    if not data.endswith(END):
        raise ValueError("no end marker")
    return data[: -len(END)]


def without_holes(data, end=END):
    """The same archive with every file stored whole, segments' archives too."""
    members = []
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for member in archive:
            if member.isdir():
                continue
            content = archive.extractfile(member).read()
            if member.name.endswith(".tar"):
                content = without_holes(content, end=b"")
            members.append(entry(member.name, content))
    return b"".join(members) + end


def file_digest(content):
    """The digest of a file's content as its documentation says, the slow way."""
    blocks = [content[start : start + 4096].ljust(4096, b"\0") for start in range(0, len(content), 4096)]
    total = hashlib.sha256(b"file with holes, blocks of 4096\0")
    number = 0
    while number < len(blocks):
        first = number
        while number < len(blocks) and blocks[number].strip(b"\0"):
            total.update(blocks[number])
            number += 1
        if number > first:
            total.update(struct.pack(">QQ", first, number - first))
        number += number == first
    total.update(struct.pack(">Q", len(content)))
    return total.digest()


def digest_by_tarfile(data):
    """The content digest of an archive, computed with ``tarfile``."""
    lines = []

    def visit(bytes_, prefix):
        with tarfile.open(fileobj=io.BytesIO(bytes_)) as archive:
            for member in archive:
                if member.isdir():
                    continue
                content = archive.extractfile(member).read()
                if "wal/" in member.name and content.startswith(b"wal\0") and not content[8:].strip(b"\0"):
                    content = b"wal\0" + bytes(len(content) - 4)
                path = prefix + member.name
                parent, leaf = os.path.split(member.name)
                if (leaf.endswith(".tar") and parent.endswith("segments")) or leaf.endswith(".snapshot"):
                    visit(content, path + "/")
                    continue
                lines.append((path.encode("utf-8", "surrogateescape"), file_digest(content).hex().encode()))

    visit(data, "")
    return hashlib.sha256(b"".join(path + b"\0" + digest + b"\n" for path, digest in sorted(lines))).hexdigest()
