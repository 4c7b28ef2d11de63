# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The coverage guard by tables: does the archive hold what this node has?"""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._archive.facts import (
    UNNAMED_SHARD,
    ArchiveFacts,
    ShardFacts,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.coverage import judge, judge_shard, known_shards
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.values import Cluster, ShardView
from ansible_collections.vectorops.qdrant.tests.unit.backup.make import SINGLE, THREE, archive, snapshot, view

HERE = snapshot("a").name  # made by peer 11
ELSEWHERE = HERE.replace("-11-", "-22-", 1)


@pytest.mark.parametrize(
    ("seen", "held", "cluster", "name", "points", "captured", "failure"),
    [
        pytest.param(view(), archive(), SINGLE, HERE, 100, (0,), "", id="whole"),
        pytest.param(view(), archive(), SINGLE, HERE, 0, (0,), "", id="empty collection, whole archive"),
        pytest.param(view(), archive({0: False}), SINGLE, HERE, 0, (), "", id="no points anywhere"),
        pytest.param(view(), archive({0: False}), SINGLE, HERE, 5, (), "shard 0", id="points, and none in the archive"),
        pytest.param(view(), archive({0: False}), SINGLE, HERE, None, (), "shard 0", id="nobody counted, and no data"),
        pytest.param(view(), archive(), SINGLE, HERE, None, (0,), "", id="nobody counted, and data"),
        pytest.param(view({}), archive({}), SINGLE, HERE, 5, (), "has no points", id="no shard, single node"),
        pytest.param(view(), archive(), SINGLE, ELSEWHERE, 5, (0,), "peer 22", id="another node without cluster mode"),
        pytest.param(view(), archive(), SINGLE, "by-hand.snapshot", 5, (0,), "", id="a name that tells no peer"),
        pytest.param(view(), archive(), THREE, ELSEWHERE, 5, (0,), "peer 22", id="another peer made it"),
        pytest.param(view({}, {0: (22, "Active")}), archive({0: False}), THREE, HERE, 5, (), "", id="shards elsewhere"),
        pytest.param(
            view({0: "Active", 1: "Active"}), archive({0: True, 1: False}), THREE, HERE, 5, (0,), "shard 1", id="a hole"
        ),
        pytest.param(
            view({0: "Active", 1: "Dead"}), archive({0: True, 1: True}), THREE, HERE, 5, (0,), "", id="a dead replica"
        ),
    ],
)
def test_judge(
    seen: ShardView,
    held: ArchiveFacts,
    cluster: Cluster,
    name: str,
    points: int | None,
    captured: tuple[int, ...],
    failure: str,
) -> None:
    found = judge(seen, held, name, cluster, points)
    assert found.captured == captured
    assert bool(found.failure) is bool(failure)
    assert failure in found.failure
    assert not failure or "load balancer" in found.failure


@pytest.mark.parametrize(
    ("seen", "held", "words"),
    [
        pytest.param(view(), archive(), [], id="nothing to say"),
        pytest.param(view({0: "Active", 1: "Partial"}), archive(), ["1 (Partial)"], id="not Active"),
        pytest.param(view(remote={4: (22, "Active")}), archive(), ["no replica of shard 4"], id="elsewhere"),
        pytest.param(view(), archive({0: True, 9: True}), ["did not list: 9"], id="more than listed"),
    ],
)
def test_warnings(seen: ShardView, held: ArchiveFacts, words: list[str]) -> None:
    found = judge(seen, held, HERE, THREE, 5).warnings
    assert len(found) == len(words)
    assert all(word in text for word, text in zip(words, found))


def test_known_shards_of_the_whole_collection() -> None:
    seen = view({0: "Dead", 1: "Active"}, {0: (22, "Active"), 2: (33, "Dead")})
    expected: dict[str, dict[str, Any]] = {
        "0": {"state": "Active", "key": None, "peers": [11, 22]},
        "1": {"state": "Active", "key": None, "peers": [11]},
        "2": {"state": "Dead", "key": None, "peers": [33]},
    }
    assert known_shards(seen) == expected


def of_shard(has_data: bool = True, peers: tuple[int, ...] = (11, 22)) -> ArchiveFacts:
    """The archive of a shard, which does not tell its id."""
    facts = ShardFacts(None, has_data, int(has_data), 10, "Active", dict.fromkeys(peers, "Active"))
    return dataclasses.replace(archive({}, kind="shard"), shards={UNNAMED_SHARD: facts})


@pytest.mark.parametrize(
    ("seen", "facts", "name", "failure"),
    [
        pytest.param(view({1: "Active"}), of_shard(), "a-shard-1", "", id="as it should be"),
        pytest.param(view({1: "Active"}), of_shard(peers=()), "a-shard-1", "", id="an archive that names no peers"),
        pytest.param(view({1: "Active"}), of_shard(), "a-shard-2", "which is another one", id="another shard"),
        pytest.param(view({1: "Active"}), of_shard(), "b-shard-1", "which is another one", id="another collection"),
        pytest.param(view({1: "Partial"}), of_shard(), "a-shard-1", "is Partial on this node now", id="no more Active"),
        pytest.param(view({0: "Active"}), of_shard(), "a-shard-1", "is not on this node any more", id="moved away"),
        pytest.param(view({1: "Active"}), of_shard(False), "a-shard-1", "has no data", id="nothing in it"),
        pytest.param(
            view({1: "Active"}),
            of_shard(peers=(22, 33)),
            "a-shard-1",
            "is from peer 22, 33, not from peer 11",
            id="peer",
        ),
    ],
)
def test_the_archive_of_one_shard(seen: ShardView, facts: ArchiveFacts, name: str, failure: str) -> None:
    found = judge_shard(seen, facts, f"{name}-2026-11-22-19-00-00.snapshot", "a", 1)
    assert (failure in found.failure) if failure else not found.failure
    assert found.captured == (1,)


def test_the_known_shards_are_those_of_the_whole_collection() -> None:
    seen = view({1: "Active"}, {2: (22, "Active"), 1: (33, "Dead")})
    found = judge_shard(seen, of_shard(), "a-shard-1-2026-11-22-19-00-00.snapshot", "a", 1)
    assert found.known == {
        "1": {"state": "Active", "key": None, "peers": [11, 33]},
        "2": {"state": "Active", "key": None, "peers": [22]},
    }
