# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An archive that was cut anywhere has a problem, and a byte that changed is seen."""

from __future__ import annotations

import json
import random

import pytest
from ansible_collections.vectorops.qdrant.tests.unit.archive import build

SMALL = build.pack(build.collection(content=b"0123456789" * 90))
FULL = build.pack(
    {"a.snapshot": SMALL, "config.json": b'{"collections_mapping": {"a": "a.snapshot"}, "collections_aliases": {}}'}
)


def boundaries(length):
    """Every block boundary and its neighbours, and a stride between."""
    near = {block + step for block in range(0, length + 512, 512) for step in (-1, 0, 1)}
    return sorted(cut for cut in near | set(range(0, length, 97)) if 0 <= cut < length)


@pytest.mark.parametrize("data", [SMALL, FULL], ids=["collection", "full"])
def test_every_cut_is_a_problem(data):
    assert build.facts(data).problems == ()
    for cut in boundaries(len(data)):
        found = build.facts(data[:cut])
        assert found.problems, cut
        assert found.bytes == cut


@pytest.mark.parametrize("name", ["plain", "shard-1-of-three-shards", "streamed-shard-1-of-three-shards", "full"])
def test_real_archives_cut(name):
    data = (build.SNAPSHOTS / f"{name}.snapshot").read_bytes()
    whole = build.facts(data)
    draw = random.Random(5)
    blocks = len(data) // 512
    cuts = {512 * draw.randrange(blocks) for dummy in range(25)} | {draw.randrange(len(data)) for dummy in range(10)}
    for cut in sorted(cuts | {len(data) - 512, len(data) - 1024, len(data) - 1, 512, 1, 0}):
        found = build.facts(data[:cut])
        assert found.problems, cut
        assert found.content_digest != whole.content_digest


def test_whole_members_cut_from_the_tail():
    members = list(build.collection().items())
    for keep in range(len(members)):
        assert build.facts(build.pack(dict(members[:keep]))).problems, keep


def test_a_flipped_byte():
    data = (build.SNAPSHOTS / "cluster" / "tenants-node3.snapshot").read_bytes()
    whole = build.facts(data)
    draw = random.Random(6)
    told = changed = 0
    for dummy in range(150):
        at = draw.randrange(len(data))
        damaged = bytearray(data)
        damaged[at] ^= 1 << draw.randrange(8)
        found = build.facts(bytes(damaged))
        assert found.sha256 != whole.sha256
        told += bool(found.problems)
        changed += found.content_digest != whole.content_digest
    assert told > 2
    assert changed >= told


@pytest.mark.parametrize("name", ["vectors", "log", "segment.json"])
def test_a_flipped_byte_of_content_changes_the_content_digest(name):
    content = {"vectors": b"0123456789" * 90, "log": b"log", "segment.json": b"{}"}[name]
    at = SMALL.index(content)
    damaged = bytearray(SMALL)
    damaged[at + len(content) // 2] ^= 4
    found, whole = build.facts(bytes(damaged)), build.facts(SMALL)
    assert found.problems == ()
    assert found.content_digest != whole.content_digest


def test_a_damaged_archive_never_has_the_digest_of_a_whole_one():
    without_mark = build.facts(build.without_end(SMALL))
    assert without_mark.problems
    assert without_mark.content_digest != build.facts(SMALL).content_digest


def test_random_mutations_end_as_facts():
    """500 seeded damages of a real archive: facts that can be told in JSON, never an exception."""
    data = (build.SNAPSHOTS / "cluster" / "solo-node3.snapshot").read_bytes()
    draw = random.Random(7)
    headers = [at for at in range(0, len(data), 512) if data[at + 257 : at + 262] == b"ustar"]
    for dummy in range(500):
        damaged = bytearray(data)
        for dummy in range(draw.randrange(1, 6)):
            # Half of them in headers, where the reader has something to decide.
            at = draw.choice(headers) + draw.randrange(512) if draw.random() < 0.5 else draw.randrange(len(damaged))
            action = draw.randrange(5)
            if action == 0:
                damaged[at] = draw.randrange(256)
            elif action == 1:
                damaged[at : at + draw.randrange(600)] = b""
            elif action == 2:
                damaged[at:at] = bytes(draw.randrange(256) for dummy in range(draw.randrange(40)))
            elif action == 3:
                other = draw.randrange(len(data))
                damaged[at : at + 512] = data[other : other + 512]
            else:
                repair_header(damaged, draw.choice(headers), draw)
        found = build.facts(bytes(damaged))
        assert found.bytes == len(damaged)
        json.dumps([found.kind, found.config, found.problems, found.payload_schema, found.members])
        assert " ".join(found.problems).isprintable()


def repair_header(damaged, at, draw):
    """Change a field of a header and make its checksum right again."""
    header = damaged[at : at + 512]
    if len(header) < 512:
        return
    start, length = draw.choice([(0, 100), (124, 12), (156, 1), (257, 8), (386, 96), (482, 1), (483, 12)])
    header[start + draw.randrange(length)] = draw.randrange(256)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    damaged[at : at + 512] = header
