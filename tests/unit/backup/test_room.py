# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Room for snapshots by tables: what may go where the disk has too little, and what never does."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.plan import make_plan
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.values import RepositoryFacts
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.intent import Intent
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.scope import Scope
from ansible_collections.vectorops.qdrant.plugins.module_utils._retention.local import CommittedSnapshot
from ansible_collections.vectorops.qdrant.tests.unit.backup.make import (
    collection_facts,
    node_facts,
    options,
    snapshot,
)

A1, A2, A3 = (snapshot("a", hour=hour, checksum=f"a{hour}" * 32) for hour in (1, 5, 9))
B2, B8 = (snapshot("b", hour=hour, checksum=f"b{hour}" * 32) for hour in (2, 8))
ALL = {"a": [A1, A2, A3], "b": [B2, B8]}
INTENT = Intent("", "a", "replace", "recover", "2026-11-22T18:30:00Z", safety_snapshot=A1.name)


def made(free: int, known: dict[str, list[str]] | None, intents: Sequence[Intent] = ()):
    """The plan for two collections of 1000 bytes each; known: hours of snapshots that manifests name."""
    local = known and {
        Scope.collection(name): [CommittedSnapshot(one.name, one.checksum) for one in ALL[name] if one.name in names]
        for name, names in known.items()
    }
    facts = node_facts(
        *ALL,
        free=free,
        intents=tuple(intents),
        collections={name: collection_facts(name, local=tuple(found)) for name, found in ALL.items()},
    )
    return make_plan(options(min_free=500), facts, None if known is None else RepositoryFacts(local=local))


EVERY = {name: [one.name for one in found] for name, found in ALL.items()}


@pytest.mark.parametrize(
    ("free", "known", "intents", "gone"),
    [
        pytest.param(2500, EVERY, (), [], id="enough"),
        pytest.param(2499, EVERY, (), [A1], id="one byte short: the oldest"),
        pytest.param(1500, EVERY, (), [A1, B2], id="enough for the guess alone: some more, as data grows"),
        pytest.param(1499, EVERY, (), [A1, B2], id="oldest first, over all collections"),
        pytest.param(-500, EVERY, (), [A1, B2, A2], id="never the newest of a collection"),
        pytest.param(-501, EVERY, (), None, id="and where all that may go is too little, none goes"),
        pytest.param(2499, {"a": [A2.name], "b": []}, (), [A2], id="never one that no manifest names"),
        pytest.param(2499, {"a": [], "b": []}, (), None, id="none is committed"),
        pytest.param(2499, EVERY, [INTENT], [B2], id="never the one that an open restore counts on"),
        pytest.param(2499, None, (), [A1], id="before the repository is looked at it may be enough"),
        pytest.param(-501, None, (), None, id="or cannot be"),
    ],
)
def test_what_goes(free: int, known: dict[str, list[str]] | None, intents: Sequence[Intent], gone: list | None) -> None:
    plan = made(free, known, intents)
    assert [refusal.code for refusal in plan.plan.refusals] == (["min_free"] if gone is None else [])
    assert [spare.snapshot for spare in plan.spares] == [one.name for one in gone or ()]
    steps = [step for step in plan.plan.steps if step.action == "make room"]
    assert [step.subject.rpartition("/")[2] for step in steps] == [one.name for one in gone or ()]
    assert all(step.destructive for step in steps)
    assert plan.plan.steps[: len(steps)] == tuple(steps), "room is made first"
    assert (plan.short > 0) is (free < 2500)
