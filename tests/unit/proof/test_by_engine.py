# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Grades 2 and 3 of real archives, and of everything that is not what its manifest says."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import os
import random

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._engine import process
from ansible_collections.vectorops.qdrant.plugins.module_utils._proof import by_engine
from ansible_collections.vectorops.qdrant.plugins.module_utils._proof.by_engine import EngineOptions, Expected
from ansible_collections.vectorops.qdrant.plugins.module_utils._proof.digests import payload_digest, vector_digest
from ansible_collections.vectorops.qdrant.plugins.module_utils._proof.grades import GradeResult
from ansible_collections.vectorops.qdrant.tests.support import engine_archives
from ansible_collections.vectorops.qdrant.tests.support.engine_archives import (
    EXPECTED,
    SERVER,
    SNAPSHOTS,
    WHOLE,
    OneArchive,
    entry_of,
)

needs_engine = pytest.mark.skipif(
    engine_archives.MISSING, reason="qdrant-edge-py is not installed (it needs Python 3.10 or later)"
)


@pytest.fixture
def options(tmp_path):
    folder = tmp_path / "scratch"
    folder.mkdir()
    return EngineOptions(scratch_dir=str(folder), min_free=0)


def path_of(name):
    return SNAPSHOTS / f"{name}.snapshot"


@functools.cache
def noted(name):
    return entry_of(path_of(name), engine_archives.probe_of(path_of(name)))


def prove(path, entry, options, grade=3, **expected):
    result = by_engine.grade_by_engine(OneArchive(path), entry, grade, Expected(SERVER, **expected), options)
    assert os.listdir(options.scratch_dir) == []
    return result


@needs_engine
@pytest.mark.parametrize("name", WHOLE)
def test_every_shape_reaches_grade_three(name, options):
    result = prove(path_of(name), noted(name), options)
    assert (result.grade, result.ok) == (3, True), result
    assert result.compared["count"] == EXPECTED[name]["points"]
    assert result.compared["indexes"] == len(EXPECTED[name]["payload_schema"])
    full = name != "empty"
    assert (result.compared["points"], result.compared["queries"] > 0) == (32 * full, full)
    assert f"{EXPECTED[name]['points']} points, as noted" in result.detail


@needs_engine
@pytest.mark.parametrize("name", [name for name in WHOLE if EXPECTED[name]["sample"]])
def test_the_engine_returns_the_points_that_the_server_returned(name, tmp_path):
    collection = engine_archives.opened(path_of(name), tmp_path)
    for point in EXPECTED[name]["sample"]:
        if not point or point.get("id") is None:
            continue
        (found,) = collection.retrieve("it", [point["id"]])
        assert payload_digest(found.payload) == payload_digest(point["payload"])
        assert vector_digest(found.vector) == vector_digest(point["vector"])


@needs_engine
def test_grade_two_claims_no_more_than_counts(options):
    result = prove(path_of("plain"), noted("plain"), options, grade=2)
    assert result.grade == 2 and result.compared["points"] == result.compared["queries"] == 0
    assert "sampled" not in result.detail and "2 payload indexes alike" in result.detail


@needs_engine
@pytest.mark.parametrize(
    ("name", "count"),
    [("shard-1-of-three-shards", 98), ("streamed-shard-1-of-three-shards", 98), ("cluster/articles-node1", 705)],
)
def test_without_anything_to_compare_only_the_bytes_are_proven(name, count, options):
    result = prove(path_of(name), entry_of(path_of(name)), options)
    assert (result.grade, result.ok, result.compared["count"]) == (1, True, count)
    assert "nothing to compare the count with" in result.detail


@needs_engine
def test_the_count_of_a_first_proof_must_come_back(options):
    path = path_of("cluster/tenants-node3")
    assert prove(path, entry_of(path), options, archive_count=300).grade == 2
    other = prove(path, entry_of(path), options, archive_count=301)
    assert (other.grade, other.ok) == (0, False) and "300 points, but 301" in other.detail


@needs_engine
def test_shards_of_other_nodes_are_not_claimed(options):
    """A node's probe is of the whole collection; its archive holds a part."""
    entry = noted("three-shards")
    known = {"0": {}, "1": {}, "2": {}, "7": {}}
    part = dataclasses.replace(entry, shards=dataclasses.replace(entry.shards, known=known))
    result = prove(path_of("three-shards"), part, options)
    assert (result.grade, result.ok) == (1, True) and not result.compared["count_compared"]
    assert "shard 7 is elsewhere" in result.part and result.part not in result.warnings


def test_a_full_snapshot_is_hashed_and_not_opened(options, monkeypatch):
    monkeypatch.setattr(by_engine.library, "require", lambda: "0.9.0")
    result = prove(path_of("full"), entry_of(path_of("full")), options)
    assert (result.grade, result.ok, result.compared) == (1, True, None) and "full snapshot" in result.detail


PAIRS = list(itertools.permutations(("plain", "named", "sparse", "multi", "on-disk", "three-shards", "empty"), 2))


@needs_engine
@pytest.mark.parametrize("grade", [2, 3])
def test_another_archive_never_reaches_grade_two_even_with_its_hash(options, grade):
    """The manifest of one backup, the archive of another, and a sha256 that somebody made fit."""
    for own, other in random.Random(grade).sample(PAIRS, 6):
        entry = dataclasses.replace(noted(own), archive=entry_of(path_of(other)).archive)
        result = prove(path_of(other), entry, options, grade)
        assert (result.grade, result.ok) == (0, False), (own, other, result)


@needs_engine
def test_damaged_bytes_never_reach_the_engine(options, tmp_path, monkeypatch):
    """Grade 1 comes first: each kind of damage to the stored archive is seen by its hash."""
    monkeypatch.setattr(by_engine.process, "run", lambda *args: pytest.fail("the engine was started"))
    data = path_of("plain").read_bytes()
    chance = random.Random(7)
    stored = tmp_path / "stored"
    for number in range(40):
        damaged = bytearray(data)
        if number % 3 == 0:
            damaged[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        elif number % 3 == 1:
            del damaged[chance.randrange(len(data)) :]
        else:
            first, second = sorted(chance.sample(range(len(data) // 512), 2))
            a, b = slice(first * 512, first * 512 + 512), slice(second * 512, second * 512 + 512)
            damaged[a], damaged[b] = damaged[b], damaged[a]
        if damaged == data:
            continue
        stored.write_bytes(damaged)
        result = prove(stored, noted("plain"), options)
        assert (result.grade, result.ok) == (0, False), number


@needs_engine
def test_too_little_memory_is_not_damage(options):
    small = dataclasses.replace(options, engine_memory=32 << 20)
    result = prove(path_of("plain"), noted("plain"), small)
    assert (result.grade, result.ok) == (1, True) and "engine_memory" in result.not_opened


@needs_engine
def test_too_little_space_is_not_damage(options):
    full = dataclasses.replace(options, min_free=1 << 60)
    result = prove(path_of("plain"), noted("plain"), full)
    assert (result.grade, result.ok) == (1, True) and "scratch_dir" in result.not_opened


@needs_engine
def test_a_copy_that_cannot_be_written_is_not_damage(options, monkeypatch):
    class Full:
        def write(self, data):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(by_engine.Copying, "__init__", _with(Full()))
    result = prove(path_of("plain"), noted("plain"), options)
    assert (result.grade, result.ok) == (1, True) and "No space left" in result.not_opened


def _with(out):
    def made(self, dummy):
        self._out, self._stream, self.failed = out, None, ""

    return made


PROVEN = GradeResult("it", 1, True, "1 KiB as written", 1024, 1.0)
GOOD = {"count": 5, "counted": True, "points": 9, "queries": 1, "grade": 3, "failures": [], "warnings": [], "facts": {}}


@pytest.mark.parametrize(
    ("outcome", "server", "grade", "ok", "opened", "said"),
    [
        (process.Outcome(process.DONE, answer=GOOD), "1.18.3", 3, True, True, "5 points, as noted, 9 sampled"),
        (process.Outcome(process.DONE, answer={**GOOD, "grade": 2}), "1.18.3", 2, True, True, "5 points"),
        (process.Outcome(process.DONE, answer={**GOOD, "grade": 0, "failures": ["x"]}), "1.18.3", 0, False, True, "x"),
        (process.Outcome(process.DONE, answer={**GOOD, "failures": ["x"]}), "1.99.0", 0, False, True, "x"),
        (process.Outcome(process.PANIC, "oh"), "1.18.3", 0, False, True, "panicked: oh"),
        (process.Outcome(process.TIME), "1.18.3", 1, True, False, "engine_timeout"),
        (process.Outcome(process.CRASH, "SIGSEGV"), "1.18.3", 0, False, True, "SIGSEGV"),
        (process.Outcome(process.FAILED, "no", {"why": "load"}), "1.18.3", 0, False, True, "no"),
        (process.Outcome(process.FAILED, "no", {"why": "load"}), "1.99.0", 1, True, False, "cannot be opened by this"),
        (process.Outcome(process.PANIC, "oh"), "1.99.0", 1, True, False, "made by Qdrant 1.99.0"),
        (process.Outcome(process.FAILED, "no", {"why": "load"}), None, 1, True, False, "does not record"),
        (process.Outcome(process.FAILED, "lost", {"why": "shards"}), "1.99.0", 0, False, True, "lost"),
        (process.Outcome(process.FAILED, "x (os error 28)"), "1.18.3", 1, True, False, "a limit of this host"),
        (process.Outcome(process.FAILED, f"{process.NO_LIMITS}: no"), "1.18.3", 1, True, False, "a limit of this host"),
        (process.Outcome(process.PANIC, "failed to spawn thread"), "1.18.3", 1, True, False, "set engine_memory"),
        (process.Outcome(process.FAILED, "bad (os error 280)"), "1.18.3", 0, False, True, "bad"),
        (process.Outcome(process.MEMORY), "1.18.3", 1, True, False, "engine_memory"),
        (process.Outcome(process.HOST, "signal SIGTERM"), "1.18.3", 1, True, False, "a limit of this host: signal SIG"),
        (process.Outcome(process.FAILED, "no", {"why": "read"}), "1.18.3", 0, False, True, "no"),
        (process.Outcome(process.FAILED, "x (os error 24)", {"why": "read"}), "1.18.3", 1, True, False, "of this host"),
    ],
)
def test_the_end_of_the_engine_is_judged(outcome, server, grade, ok, opened, said):
    result = by_engine.judge(PROVEN, outcome, 3, Expected(server), "0.9.0", EngineOptions())
    assert (result.grade, result.ok, not result.not_opened) == (grade, ok, opened)
    assert said in result.detail and "damaged" not in result.detail


@pytest.mark.parametrize(
    ("outcome", "grade", "reach", "attempted"),
    [
        (process.Outcome(process.DONE, answer={**GOOD, "failures": ["x"]}), 3, 3, 3),
        (process.Outcome(process.DONE, answer={**GOOD, "failures": ["x"]}), 2, 3, 2),
        (process.Outcome(process.DONE, answer={**GOOD, "failures": ["x"]}), 3, 2, 2),
        (process.Outcome(process.FAILED, "no", {"why": "load"}), 3, 3, 2),
        (process.Outcome(process.FAILED, "no", {"why": "read"}), 3, 3, 3),
        (process.Outcome(process.PANIC, "oh"), 3, 3, 3),
    ],
)
def test_a_failure_records_the_grade_that_clears_it(outcome, grade, reach, attempted):
    result = by_engine.judge(PROVEN, outcome, grade, Expected(SERVER), "0.9.0", EngineOptions(), reach)
    assert result.as_dict()["attempted_grade"] == attempted and not result.ok


@pytest.mark.parametrize(
    ("probe", "missing", "reach"), [({}, (), 2), ({"max_grade": 3}, (), 3), ({"max_grade": 3}, (1,), 2)]
)
def test_no_more_is_asked_of_a_later_proof_than_an_archive_can_reach(probe, missing, reach):
    entry = dataclasses.replace(entry_of(path_of("plain")), probe=probe)
    known = {str(shard): {} for shard in (*entry.shards.captured, *missing)}
    assert (
        by_engine.reachable(dataclasses.replace(entry, shards=dataclasses.replace(entry.shards, known=known))) == reach
    )


def test_never_more_than_was_asked():
    result = by_engine.judge(
        PROVEN, process.Outcome(process.DONE, answer=GOOD), 2, Expected(SERVER), "0.9.0", EngineOptions()
    )
    assert result.grade == 2
