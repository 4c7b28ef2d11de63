# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives cross over: what the double makes, the node under test (a real server, with QDRANT_BIN) restores alike."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vectorops.qdrant.tests.contract.asking import (
    ask,
    counted,
    make,
    put,
    result,
    snapshot,
    upload,
)
from ansible_collections.vectorops.qdrant.tests.support.points import points
from ansible_collections.vectorops.qdrant.tests.support.qdrant import RunningQdrant, start_qdrant

pytestmark = pytest.mark.contract


@pytest.fixture
def maker(folder: Path) -> Iterator[RunningQdrant]:
    with start_qdrant(str(folder / "maker"), force_double=True) as node:
        yield node


def _everything(node: RunningQdrant, name: str) -> Any:
    return result(ask(node, "POST", f"/collections/{name}/points/scroll", {"limit": 1000, "with_vector": True}))


def _moved(maker: RunningQdrant, node: RunningQdrant, name: str) -> None:
    made = snapshot(maker, name)
    archive = Path(maker.snapshots_dir, name, made["name"])
    assert result(upload(node, name, archive, priority="snapshot", checksum=made["checksum"])) is True
    assert _everything(node, name) == _everything(maker, name)
    there, here = (result(ask(one, "GET", f"/collections/{name}")) for one in (node, maker))
    assert there["config"] == here["config"]
    assert there["payload_schema"] == here["payload_schema"]


def test_three_shards(maker: RunningQdrant, qdrant: RunningQdrant) -> None:
    make(maker, "c", 200, shards=3)
    result(ask(maker, "POST", "/collections/c/points/delete?wait=true", {"points": [3, 5]}))
    result(ask(maker, "POST", "/collections/c/points/payload?wait=true", {"payload": {"x": 1}, "points": [7, 8]}))
    _moved(maker, qdrant, "c")
    put(qdrant, "c", points(3, 4, first=199))  # two known, one new: each must meet its shard
    assert counted(qdrant, "c") == 199


def test_many_kinds_of_vectors(maker: RunningQdrant, qdrant: RunningQdrant) -> None:
    body = {
        "vectors": {
            "late": {"size": 4, "distance": "Dot", "multivector_config": {"comparator": "max_sim"}},
            "half": {"size": 8, "distance": "Euclid", "datatype": "float16"},
        },
        "sparse_vectors": {"words": {"modifier": "idf"}},
        "quantization_config": {"scalar": {"type": "int8"}},
    }
    result(ask(maker, "PUT", "/collections/n", body))
    put(maker, "n", points(60, {"half": 8}, sparse=["words"], multi={"late": 4}))
    _moved(maker, qdrant, "n")


def test_an_empty_one(maker: RunningQdrant, qdrant: RunningQdrant) -> None:
    make(maker, "e", 0)
    _moved(maker, qdrant, "e")
    put(qdrant, "e", points(3, 4))
    assert counted(qdrant, "e") == 3
