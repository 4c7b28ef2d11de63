# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The content digest: blind to header times and order, not to content. Files with holes, memory."""

from __future__ import annotations

import dataclasses
import io
import random
import tracemalloc

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._archive.holes import ContentHash
from ansible_collections.vectorops.qdrant.plugins.module_utils._archive.inspect import inspect
from ansible_collections.vectorops.qdrant.tests.unit.archive import build


def test_header_times_and_order_do_not_matter():
    one = build.facts(build.pack(build.collection(mtime=1), mtime=1))
    two = build.facts(build.pack(build.collection(mtime=2), mtime=99))
    members = build.collection(mtime=1)
    backwards = build.facts(build.pack(dict(reversed(list(members.items())))))
    inner = build.facts(build.pack({**members, "0/segments/segment-0.tar": build.segment(order=-1)}))
    assert one.problems == two.problems == backwards.problems == inner.problems == ()
    assert one.sha256 != two.sha256
    assert one.content_digest == two.content_digest == backwards.content_digest == inner.content_digest


def test_the_hash_of_the_file_can_be_left_out_and_nothing_else_changes():
    data = build.pack(build.collection())
    whole, content = inspect(io.BytesIO(data)), inspect(io.BytesIO(data), hash_file=False)
    assert whole.sha256 and content.sha256 == ""
    assert content == dataclasses.replace(whole, sha256="")


def test_content_names_and_shards_matter():
    digests = {
        build.facts(build.pack({**build.collection(), **change})).content_digest
        for change in (
            {},
            {"0/segments/segment-0.tar": build.segment(b"vectorz")},
            {"0/wal/open-1": b"log2"},
            {"0/wal/open-2": b""},
            {"0/wal/open-3": b""},
            {"0/segments/segment-1.tar": build.segment()},
            {"version.info": b"0.4.3"},
            {"payload_index.json": b'{"schema":{"a":"keyword"}}'},
        )
    }
    assert len(digests) == 8


def sparse_archive(pieces, size=40000):
    return build.sparse_entry("0/wal/open-9", size, pieces) + build.pack(build.collection())


def test_the_map_of_holes_does_not_matter():
    content = bytes(4096) + b"a" * 4096 + bytes(8192) + b"b" * 100
    content += bytes(40000 - len(content))
    maps = [
        [(4096, b"a" * 4096), (16384, b"b" * 100)],
        [(0, content[:8192]), (16384, content[16384:20480])],
        [(0, content)],
        [(4096 + number * 512, b"a" * 512) for number in range(8)] + [(16384, b"b" * 100)],
        [(16384 - 100, bytes(100) + b"b" * 50), (16384 + 50, b"b" * 50)],
    ]
    maps[4].insert(0, (4096, b"a" * 4096))
    found = [build.facts(sparse_archive(pieces)) for pieces in maps]
    found.append(build.facts(build.entry("0/wal/open-9", content) + build.pack(build.collection())))  # no hole left
    assert [each.problems for each in found] == [()] * 6
    assert len({each.content_digest for each in found}) == 1
    assert len({each.sha256 for each in found}) == 6
    assert found[0].content_digest == build.digest_by_tarfile(sparse_archive(maps[0]))


@pytest.mark.parametrize(
    "pieces, size",
    [
        ([(0, b"a" * 4096), (16384, b"b" * 100)], 40000),
        ([(4096, b"a" * 4096), (16384, b"b" * 100)], 40001),
        ([(4096, b"a" * 4096), (16384, b"b" * 99)], 40000),
        ([(4096, b"a" * 4096), (16385, b"b" * 100)], 40000),
        ([(4096, b"a" * 4096)], 40000),
        ([], 40000),
    ],
)
def test_but_where_content_lies_does(pieces, size):
    other = build.facts(sparse_archive([(4096, b"a" * 4096), (16384, b"b" * 100)]))
    found = build.facts(sparse_archive(pieces, size))
    assert found.problems == ()
    assert found.content_digest != other.content_digest


def empty_log(seed, after=b"", name="wal/closed-11", magic=b"wal\0", stored=4096, far=b""):
    """A shard archive with a log file as Qdrant writes it: a hole follows after ``stored`` bytes."""
    pieces = [(0, (magic + seed + after).ljust(stored, b"\0"))] + ([(1 << 19, far)] if far else [])
    log = build.sparse_entry(name, 1 << 20, pieces)
    if stored == 1 << 20:
        log = build.entry(name, pieces[0][1])
    return build.facts(log + build.pack(build.shard("")))


def test_the_seed_of_an_empty_log_does_not_matter():
    found = [empty_log(b"seed"), empty_log(b"\x8a\0\1\2")]
    found += [empty_log(b"deed", stored=stored) for stored in (100, 8192, 1 << 20)]  # other holes, and none
    assert {each.problems for each in found} == {()}
    assert len({each.sha256 for each in found}) == len(found)
    assert len({each.content_digest for each in found}) == 1


def test_but_a_log_with_operations_does():
    different = [empty_log(b"seed"), empty_log(b"seed", b"operation"), empty_log(b"deed", b"operation")]
    different += [empty_log(b"seed", name="wal/closed-12"), empty_log(b"seed", magic=b"law\0")]
    different += [empty_log(b"seed", far=b"operation"), empty_log(b"deed", far=b"operation")]
    different += [
        empty_log(b"deed", magic=b"law\0"),
        empty_log(b"seed", name="other"),
        empty_log(b"deed", name="other"),
    ]
    assert len({found.content_digest for found in different}) == len(different)


def test_content_hash_against_the_slow_way():
    draw = random.Random(3)
    for dummy in range(150):
        size = draw.randrange(1, 30000)
        content = bytearray(size)
        for dummy in range(draw.randrange(5)):
            start = draw.randrange(size)
            length = min(draw.choice([1, 100, 4096, 9000]), size - start)
            content[start : start + length] = bytes(draw.randrange(256) for dummy in range(length))
        content_hash = ContentHash()
        position = 0
        while position < size:
            if draw.random() < 0.3:  # a hole, where there is one
                end = position
                while end < size and not content[end]:
                    end += 1
                position = end
            length = min(draw.choice([1, 7, 512, 4096, 5000, 20000]), size - position)
            content_hash.add(position, memoryview(bytes(content[position : position + length])))
            position += length
        assert content_hash.digest(size) == build.file_digest(bytes(content))


def test_a_petabyte_of_holes_costs_nothing():
    size = 1 << 49
    data = build.raw_entry(
        b"0/wal/huge",
        b"",
        b"S",
        b"%011o\0" % 0,
        [(483, (1 << 95 | size).to_bytes(12, "big"))],
    ) + build.pack(build.collection())
    assert build.facts(data).problems == ()


class Generated(io.RawIOBase):
    """An archive of one large segment, made while it is read."""

    def __init__(self, size):
        inner_head = build.entry("snapshot/files/vectors", size=size)[:512]
        inner_tail = build.segment()
        outer = build.entry("0/segments/big.tar", size=512 + size + len(inner_tail))[:512]
        rest = build.pack({k: v for k, v in build.collection().items() if not k.endswith(".tar")})
        self._parts = [outer + inner_head, size, inner_tail + rest]
        self._blob = random.Random(1).randbytes(1 << 20) if hasattr(random, "randbytes") else bytes(range(256)) * 4096

    def readable(self):
        return True

    def read(self, size=-1):
        while self._parts:
            part = self._parts[0]
            if isinstance(part, int):
                count = min(size, part, len(self._blob))
                self._parts[0] = part - count
                if not self._parts[0]:
                    self._parts.pop(0)
                return self._blob[:count]
            self._parts[0] = part[size:]
            if not self._parts[0]:
                self._parts.pop(0)
            if part:
                return part[:size]
        return b""


def test_memory_is_flat():
    def peak(size):
        tracemalloc.start()
        found = inspect(Generated(size))
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert found.problems == ()
        assert found.bytes > size
        assert found.largest_segment > size
        return most

    small, large = peak(8 << 20), peak(200 << 20)
    assert large < 6 << 20
    assert large < small + (1 << 20)


@pytest.mark.parametrize("size", [1 << 16, 64 << 20])
def test_hostile_declarations_take_no_memory(size):
    """A long name, a document and a map that declare much and hold little."""
    hostile = [
        build.raw_entry(b"././@LongLink", b"", b"L", b"%011o\0" % size),
        build.raw_entry(b"config.json", b"", b"0", b"%011o\0" % size),
        build.raw_entry(b"0/wal/a", b"", b"S", b"%011o\0" % size, [(482, b"\1")]),
    ]
    for head in hostile:
        tracemalloc.start()
        assert build.facts(build.entry("version.info", b"0.4.2") + head + b"x" * 5000).problems
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert most < 6 << 20
