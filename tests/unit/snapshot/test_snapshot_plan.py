# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of single snapshots: what rotation takes, and what an open restore still counts on."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.intent import Intent
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.values import Snapshot
from ansible_collections.vectorops.qdrant.plugins.module_utils._snapshot.plan import make_plan
from ansible_collections.vectorops.qdrant.plugins.module_utils._snapshot.values import SnapshotFacts, SnapshotOptions

NAMES = ("new", "middle", "old")
INTENT = Intent("http://n", "a", "replace", "recover", "2026-11-22T18:30:00Z", safety_snapshot="middle")


def facts(*intents: Intent) -> SnapshotFacts:
    found = tuple(Snapshot(name, 1, None, None) for name in NAMES)
    return SnapshotFacts("http://n", found, dict.fromkeys(NAMES), intents=intents)


@pytest.mark.parametrize(
    ("keep", "intents", "deleted", "told"),
    [
        pytest.param(None, (), [], False, id="all"),
        pytest.param(2, (), ["old", "middle"], False, id="the oldest go first"),
        pytest.param(1, (), ["old", "middle", "new"], False, id="one: the one to come"),
        pytest.param(1, (INTENT,), ["old", "new"], True, id="not what an open restore counts on"),
        pytest.param(3, (INTENT,), ["old"], False, id="which is in no danger here"),
    ],
)
def test_rotation(keep: int | None, intents: tuple[Intent, ...], deleted: list[str], told: bool) -> None:
    plan = make_plan(facts(*intents), SnapshotOptions(collection="a", keep=keep))
    assert [step.subject for step in plan.steps if step.action == "delete"] == deleted
    assert any("middle is not deleted" in text for text in plan.warnings) is told
    assert not plan.refusals


@pytest.mark.parametrize(("name", "refused"), [("middle", True), ("old", False)])
def test_deleting_by_name(name: str, refused: bool) -> None:
    plan = make_plan(facts(INTENT), SnapshotOptions(collection="a", state="absent", snapshot=name))
    assert [refusal.code for refusal in plan.refusals] == (["intent"] if refused else [])
