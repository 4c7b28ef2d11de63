# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Local rotation by tables: what goes, what stays, and why."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import UsageError
from ansible_collections.vectorops.qdrant.plugins.module_utils._retention.local import (
    CommittedSnapshot,
    LocalSnapshot,
    plan_local,
)


def local(hour: int, sha256: str | None = None, name: str = "") -> LocalSnapshot:
    return LocalSnapshot(name or f"s{hour}", f"2026-11-22-{hour:02}-00-00", 10, sha256)


ALL = [CommittedSnapshot(f"s{hour}") for hour in range(24)]


@pytest.mark.parametrize(
    ("hours", "committed", "keep", "deleted", "uncommitted"),
    [
        pytest.param([], ALL, 3, (), (), id="nothing there"),
        pytest.param([1, 2, 3], ALL, 3, (), (), id="just as many as may stay"),
        pytest.param([1, 2, 3, 4], ALL, 3, ("s1",), (), id="the oldest goes"),
        pytest.param([4, 1, 3, 2], ALL, 1, ("s1", "s2", "s3"), (), id="by time, whatever the order of the list"),
        pytest.param([1, 2], ALL, 0, ("s1", "s2"), (), id="keep none"),
        pytest.param([1, 2, 3], [], 1, (), ("s2", "s1"), id="what no manifest names stays"),
        pytest.param([1, 2, 3], [CommittedSnapshot("s2")], 1, ("s2",), ("s1",), id="each by itself"),
    ],
)
def test_which_go(
    hours: list[int],
    committed: list[CommittedSnapshot],
    keep: int,
    deleted: tuple[str, ...],
    uncommitted: tuple[str, ...],
) -> None:
    plan = plan_local([local(hour) for hour in hours], committed, keep)
    assert plan.delete == deleted
    assert plan.uncommitted == uncommitted
    assert sorted([*plan.delete, *(name for name, dummy in plan.keep)]) == sorted(f"s{hour}" for hour in hours)


@pytest.mark.parametrize(
    ("snapshot", "committed", "goes"),
    [
        pytest.param(local(1, "aa"), CommittedSnapshot("s1", "aa"), True, id="name and hash"),
        pytest.param(local(1, "AA"), CommittedSnapshot("other", "aa"), True, id="hash under another name"),
        pytest.param(local(1, "bb"), CommittedSnapshot("s1", "aa"), False, id="same name, other bytes"),
        pytest.param(local(1), CommittedSnapshot("s1", "aa"), True, id="the node knows no hash"),
        pytest.param(local(1, "aa"), CommittedSnapshot("s1"), True, id="the manifest knows no hash"),
        pytest.param(local(1), CommittedSnapshot("s2"), False, id="another name"),
    ],
)
def test_what_counts_as_committed(snapshot: LocalSnapshot, committed: CommittedSnapshot, goes: bool) -> None:
    plan = plan_local([snapshot, local(9)], [committed], 1)
    assert plan.delete == ((snapshot.name,) if goes else ())


def test_reasons_are_said() -> None:
    plan = plan_local([local(1), local(2)], [], 1)
    assert plan.keep == (("s2", "one of the 1 newest"), ("s1", "not known to be in the repository"))


def test_a_negative_number_is_refused() -> None:
    with pytest.raises(UsageError, match="keep_local is -1"):
        plan_local([], [], -1)
