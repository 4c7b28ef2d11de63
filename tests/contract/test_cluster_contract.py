# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Three nodes of one cluster answer as real ones did when the scenarios were recorded."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.vectorops.qdrant.tests.contract.record import names_of
from ansible_collections.vectorops.qdrant.tests.contract.replay import Replay
from ansible_collections.vectorops.qdrant.tests.contract.test_contract import KNOWN, different
from ansible_collections.vectorops.qdrant.tests.support.clusters import start_cluster
from ansible_collections.vectorops.qdrant.tests.support.qdrant import uses_double

SCENARIOS = sorted((Path(__file__).parent / "cluster").glob("*.json"))

pytestmark = [pytest.mark.contract, pytest.mark.cluster]


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_nodes_answer_as_recorded(path: Path, folder: Path) -> None:
    with start_cluster(folder, 3) as cluster:
        exchanges = list(Replay(path, names_of(cluster), cluster.nodes[0].version).run())
    known = {number for name, number in KNOWN if name == path.name} if uses_double() else set()
    wrong = [different(one) for one in exchanges if not one.same and one.number not in known]
    gone = [one.number for one in exchanges if one.same and one.number in known]
    assert not wrong, "\n".join(wrong)
    assert not gone, f"listed as different, but the same by now: {gone}"
