# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of a restore is short, and says what is proven and what is next."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._program import restored

PROVEN = {"hash": True, "count": True, "points": 32, "queries": 4}


def report(*items, failed=(), not_done=(), left_out=(), left_alone=(), excluded=()):
    failures = [{"name": name} for name in failed]
    rest = {"not_done": list(not_done), "left_out": list(left_out), "left_alone": list(left_alone)}
    rest["excluded"] = list(excluded)
    plan = {"summary": {"backup_id": "20261122T190000Z"}}
    return {"collections": list(items), "failed": failures, "plan": plan, **rest}


def item(**changes):
    return {
        "collection": "articles",
        "name": "articles",
        "points": 7,
        "bytes": 1024,
        "delivery": "url",
        "seconds": {"recover": 1.0, "prove": 0.25},
        "compared": PROVEN,
        "whole": True,
        "aliases": [],
        **changes,
    }


def test_all_is_well():
    assert restored.lines(report(item()), {}) == [
        "COLLECTION  RESTORED AS  POINTS  SIZE     BY   TIME   PROOF",
        "articles    articles     7       1.0 KiB  url  1.2 s  sha256, count, 32 points and 4 queries agree",
        "articles is what was backed up, as far as the backup can tell. It can be used.",
    ]


@pytest.mark.parametrize(
    ("found", "ends"),
    [
        (report(item(compared={**PROVEN, "count": False})), ["articles is restored, but the proof has gaps (PROOF). "]),
        (
            report(item(compared={**PROVEN, "points": 0, "queries": 0})),
            ["articles is restored, but the proof has gaps"],
        ),
        (report(item(name="old")), ["old is what was", "Clients do not use old yet. If it is right, point their"]),
        (report(item(name="old", aliases=["live"])), ["old is what was", "old is also available as live."]),
        (
            report(item(safety_snapshot="s-1")),
            ["articles is what was", "The previous state of articles is kept in snapsh"],
        ),
        (report(item(), item(name="b", collection="b")), ["b           b", "All 2 are what was backed up"]),
        (
            report(item(), item(name="b", collection="b"), excluded=["notes"]),
            ["b           b", "2 collections are what was backed up", "Excluded and not restored: notes. To see its"],
        ),
        (report(item(), excluded=["c", "d"]), ["articles is what was", "Excluded and not restored: c, d. To see"]),
        (
            report(item(), item(name="b", collection="b", compared={**PROVEN, "count": False})),
            ["b           b", "articles is what was backed up", "b is restored, but the proof has gaps"],
        ),
        (report(item(whole=False)), ["This node's part of articles is restored. Restore on the other nodes too"]),
        (report(item(), left_out=["b"]), ["articles is what was backed up", "Nothing to restore on this node: b."]),
        (
            report(item(), failed=["b"], not_done=["c"]),
            ["articles is", "Not restored, or not proven: b.", "Not started: c."],
        ),
    ],
)
def test_what_is_next(found, ends):
    lines = restored.lines(found, {})[2:]
    assert len(lines) == len(ends) and all(line.startswith(words) for line, words in zip(lines, ends))


@pytest.mark.parametrize(
    "failed, lines",
    [
        (
            {"name": "a", "standing": "unproven", "safety_snapshot": "s-1"},
            [
                "Not restored, or not proven: a (unproven). The error",
                "The previous state of a is kept in snapshot s-1.",
            ],
        ),
        (
            {"name": "a", "standing": "proven", "safety_snapshot": "s-1"},
            ["Restored and proven, but aliases are missing: a."],
        ),
    ],
)
def test_a_failure_is_told_with_what_is_known(failed, lines):
    shown = restored.lines({**report(), "failed": [failed]}, {})
    assert len(shown) == len(lines) and all(line.startswith(words) for line, words in zip(shown, lines))


@pytest.mark.parametrize(
    "agrees, line",
    [
        (True, "articles exists and was left alone: count and 32 points agree."),
        (False, "articles exists and was left alone: it differs from backup B: 3 points are missing."),
        (None, "articles exists and was left alone: there was nothing to compare with."),
    ],
)
def test_what_exists_is_reported_as_it_is(agrees, line):
    compared = {"hash": False, "count": True, "points": 32, "queries": 0}
    left = {"name": "articles", "agrees": agrees, "backup_id": "B", "compared": compared}
    assert line in restored.lines(report(left_alone=[{**left, "differences": ["3 points are missing"]}]), {})


def test_nothing():
    assert restored.lines(report(), {}) == ["Nothing was restored."]
    assert restored.lines(report(failed=["a"]), {})[0].startswith("Not restored, or not proven: a.")


def test_an_empty_collection_has_nothing_to_compare():
    empty = item(points=0, compared={**PROVEN, "points": 0, "queries": 0})
    assert restored.lines(report(empty), {})[-1].startswith("articles is what was backed up")


def test_a_repair_says_which_shards_it_restored():
    shards = [{"shard": 1, "node": "node-a"}, {"shard": 1, "node": "node-b"}, {"shard": 2, "node": "node-b"}]
    repaired = item(mode="repair", shards=shards, compared={**PROVEN, "count": False, "points": 0, "queries": 0})
    (last,) = restored.lines(report(repaired), {})[2:]
    assert last == "Shard 1, 2 of articles is as in the backup; the other shards were not touched."


def test_the_command_about_what_was_excluded_goes_to_the_same_repository():
    typed = {"bucket": "b", "node": "node-a", "mode": "missing", "exclude": ["c*"], "url": "http://10.0.0.1:6333"}
    (*dummy, last) = restored.lines(report(item(), excluded=["c d"]), typed)
    assert last.endswith("To see its backups: qdrant-backup list 'c d' --bucket b --node node-a")


def test_what_was_not_started_comes_with_a_command():
    found = report(item(), failed=["b"], not_done=["c", "-d"])
    typed = {"node": "node-a", "mode": "missing", "collections": ["*"], "before": "2026-11-23", "exclude": ["x"]}
    words = "qdrant-backup restore --node node-a --mode missing --backup-id 20261122T190000Z -- c -d"
    assert restored.lines(found, typed)[-1] == f"Not started: c, -d. To restore them: {words}"
