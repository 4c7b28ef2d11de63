# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verdict of a drill, as tables: nothing that is unknown or wrong passes."""

from __future__ import annotations

import dataclasses
import datetime
import json

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._drill.by_engine import drilled
from ansible_collections.vectorops.qdrant.plugins.module_utils._drill.target import (
    Copy,
    TargetFacts,
    refusals,
    refusals_of_same,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._drill.values import (
    Drilled,
    DrilledBackup,
    DrillReport,
    Objective,
    Phase,
    read_report,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._drill.verdict import enough, rpo, rto
from ansible_collections.vectorops.qdrant.plugins.module_utils._proof.grades import GradeResult
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.manifest import PointsEntry
from ansible_collections.vectorops.qdrant.tests.unit.repository.make_manifest import manifest

NOON = datetime.datetime(2026, 11, 22, 12, tzinfo=datetime.timezone.utc)
HOUR = datetime.timedelta(hours=1)
GOOD = Drilled("a", 100, True, 3, 5, 5, phases=(Phase("fetch", 0.0, 1.0), Phase("load", 1.0, 3.0)))
BAD = dataclasses.replace(GOOD, passed=False, phase="count", said="it has 4 points")
MET, MISSED, OPEN = Objective(10.0, 9.0), Objective(10.0, 11.0), Objective(None, 11.0)


def backup(*collections, **more):
    return DrilledBackup("20261122T110000Z", "node-a", OPEN, OPEN, collections=collections, **more)


@pytest.mark.parametrize(
    ("found", "passed"),
    [
        (backup(GOOD), True),
        (backup(GOOD, BAD), False),
        (backup(), False),
        (backup(GOOD, failure="its manifest is damaged"), False),
        (backup(GOOD, absent=(("b", "dirty shard"),)), False),
        (dataclasses.replace(backup(GOOD), rpo=MET, rto=MET), True),
        (dataclasses.replace(backup(GOOD), rpo=MISSED), False),
        (dataclasses.replace(backup(GOOD), rto=MISSED), False),
        (dataclasses.replace(backup(GOOD), rto=Objective(10.0, None)), False),
    ],
)
def test_a_backup_passes_only_if_all_of_it_does(found, passed):
    assert found.passed is passed and not (passed and list(found.reasons()))
    report = DrillReport("c", "node-a", "2026-11-22T12:00:00Z", "me", "1", "engine", "e", backups=(found,))
    assert report.passed is passed
    assert not dataclasses.replace(report, cleaned=False).passed and not dataclasses.replace(report, backups=()).passed
    assert read_report(json.loads(json.dumps(report.as_dict()))) == report


@pytest.mark.parametrize(
    "change", [{"format": 2}, {"backups": [{}]}, {"backups": None}, {"patterns": 5}, {"cluster": None, "node": None}]
)
def test_a_document_of_another_program_is_not_a_drill(change):
    report = DrillReport("c", "n", "2026-11-22T12:00:00Z", "me", "1", "engine", "e", backups=(backup(GOOD),))
    document = {**report.as_dict(), **change}
    for name in [name for name, value in change.items() if value is None and name in ("cluster", "node")]:
        document.pop(name)
    assert read_report(document) is None


def test_a_verdict_in_a_record_is_not_believed():
    report = DrillReport("c", "n", "2026-11-22T12:00:00Z", "me", "1", "engine", "e", backups=(backup(BAD),))
    document = report.as_dict()
    document["passed"] = document["backups"][0]["passed"] = True
    assert not read_report(document).passed


@pytest.mark.parametrize(
    ("following", "measured", "word"),
    [(None, 3600.0, "age"), (NOON - HOUR / 2, 1800.0, "gap"), (NOON - 2 * HOUR, 0.0, "gap")],
)
def test_rpo_is_the_age_of_the_newest_or_the_gap_after_an_older_one(following, measured, word):
    found = rpo(3600.0, NOON - HOUR, following, NOON)
    assert (found.measured, found.met) == (measured, True) and found.by.startswith(word)


@pytest.mark.parametrize(
    ("drilled", "whole", "measured"),
    [
        ((GOOD,), 100, 5.0),
        ((GOOD,), 400, 1.0 + 4.0 * 4),
        ((GOOD, GOOD), 200, 9.0),
        ((dataclasses.replace(GOOD, bytes=0),), 0, 5.0),
        ((GOOD, BAD), 200, None),
        ((), 100, None),
    ],
)
def test_rto_is_scaled_to_the_whole_backup(drilled, whole, measured):
    found = rto(10.0, "engine", 1.0, drilled, whole)
    assert found.measured == measured and found.met is (measured is not None and measured <= 10.0)


@pytest.mark.parametrize(
    ("grade", "missing", "points", "proven"),
    [
        (3, (), 0, True),
        (2, (), 0, True),
        (1, (), 64, False),
        (1, (2,), 8, True),
        (1, (2,), 7, False),
        (0, (), 0, False),
    ],
)
def test_a_collection_that_was_only_loaded_is_not_proven(grade, missing, points, proven):
    assert enough(grade, missing, points) is proven


ENTRY = dataclasses.replace(manifest().collections[0], points=PointsEntry(5, 5, True))
COMPARED = {"engine": "e", "count": 5, "count_compared": True, "points": 9, "queries": 1, "indexes": 0}
PHASES = {"fetch": 1.0, "load": 1.0, "count": 0.1, "probes": 0.1}


@pytest.mark.parametrize(
    ("result", "phase"),
    [
        (GradeResult("a", 3, True, "good", compared=COMPARED, phases=PHASES), ""),
        (GradeResult("a", 0, False, "its sha256 differs"), "fetch"),
        (GradeResult("a", 0, False, "it cannot be read now", read=False), "fetch"),
        (GradeResult("a", 1, True, "as written", not_opened="no space"), "load"),
        (GradeResult("a", 1, True, "as written; not opened, because it is a full snapshot"), "load"),
        (GradeResult("a", 0, False, "the engine panicked", phases={"fetch": 1.0, "load": 1.0}), "load"),
        (GradeResult("a", 0, False, "count", compared={**COMPARED, "count": 4}, phases=PHASES), "count"),
        (GradeResult("a", 0, False, "a point differs", compared=COMPARED, phases=PHASES), "probes"),
        (GradeResult("a", 1, True, "as written", compared={**COMPARED, "points": 3}, phases=PHASES), "count"),
    ],
)
def test_each_end_of_the_engine_has_its_phase(result, phase):
    found = drilled(ENTRY, result, 2.0)
    assert (found.passed, found.phase) == (not phase, phase) and bool(found.grade) is not bool(phase)
    assert found.phases[0] == Phase("fetch", 2.0, result.phases.get("fetch", 0.0))


FACTS = TargetFacts("http://n", "1.18.3", 1, frozenset({"a"}), {}, False, 10 << 30, 10 << 30, 0.1)
COPY = Copy("a", "20261122T110000Z", 1 << 30)


@pytest.mark.parametrize(
    ("copy", "facts", "codes"),
    [
        ({}, {}, []),
        ({}, {"peers": 3}, ["cluster"]),
        ({"elsewhere": (1,)}, {}, ["part"]),
        ({}, {"collections": frozenset({COPY.name})}, ["name_taken"]),
        ({}, {"collections": frozenset({COPY.name}), "aliases": {"x": COPY.name}}, ["alias_on_it"]),
        ({}, {"aliases": {COPY.name: "a"}}, ["alias_on_it"]),
        ({}, {"free": None}, ["room_unknown"]),
        ({}, {"free": 3 << 30}, []),
        ({}, {"free": (3 << 30) - 1}, ["no_space"]),
        ({}, {"memory": (1 << 30) - 1}, ["no_memory"]),
        ({}, {"load": 1.1}, ["busy_host"]),
        ({}, {"memory": None, "load": None}, []),
        ({}, {"busy": True}, ["busy_node"]),
    ],
)
def test_the_same_node_is_refused_without_room_and_rest(copy, facts, codes):
    copies, seen = [dataclasses.replace(COPY, **copy)], dataclasses.replace(FACTS, **facts)
    found = [*refusals(copies, seen), *refusals_of_same(copies, seen, 1 << 30, 1.0)]
    assert [refusal.code for refusal in found] == codes


@pytest.mark.parametrize(
    ("measured", "target", "said"),
    [
        (45.4, 30.0, "45 s measured (it), the target is 30 s"),
        (1800.4, 1800.0, "1800.400 s measured (it), the target is 1800.000 s"),
    ],
)
def test_a_missed_objective_is_told_with_numbers_that_differ(measured, target, said):
    missed = dataclasses.replace(backup(GOOD), rto=Objective(target, measured, "it"))
    assert [why for name, dummy, why in missed.reasons() if name == "rto"] == [f"RTO missed: {said}"]
