# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives that a real server made come back whole, by every way there is."""

from __future__ import annotations

import array
import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vectorops.qdrant.tests.contract.asking import (
    ask,
    counted,
    error,
    placed,
    recover,
    result,
    upload,
)
from ansible_collections.vectorops.qdrant.tests.support.qdrant import RunningQdrant

DATA = Path(__file__).parent.parent / "data" / "snapshots"
EXPECTED = json.loads((DATA / "expected.json").read_text())["archives"]
COLLECTIONS = [name for name, facts in EXPECTED.items() if facts.get("kind", "collection") == "collection"]

pytestmark = pytest.mark.contract


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    """An HTTP server that serves the archives."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(DATA)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def _float32(value: Any) -> Any:
    """Vectors as the 32-bit numbers that they are."""
    if isinstance(value, dict):
        return {key: _float32(part) for key, part in value.items()}
    if isinstance(value, list) and value and isinstance(value[0], list):
        return [_float32(part) for part in value]
    return array.array("f", value).tobytes() if isinstance(value, list) else value


def _check(node: RunningQdrant, name: str, facts: dict[str, Any]) -> None:
    assert counted(node, name) == facts["points"]
    assert counted(node, name, {"must": [{"key": "topic", "match": {"value": "t3"}}]}) == facts["topic_t3"]
    said = result(ask(node, "GET", f"/collections/{name}"))
    assert said["config"] == facts["config"]
    assert said["payload_schema"] == facts["payload_schema"]
    assert said["indexed_vectors_count"] == facts["indexed_vectors_count"]
    wanted = [point["id"] for point in facts["sample"]]
    body = {"ids": wanted, "with_payload": True, "with_vector": True}
    found = result(ask(node, "POST", f"/collections/{name}/points", body)) if wanted else []
    assert {p["id"]: (p["payload"], _float32(p["vector"])) for p in found} == {
        p["id"]: (p["payload"], _float32(p["vector"])) for p in facts["sample"]
    }


@pytest.mark.parametrize("name", COLLECTIONS)
def test_by_file_url_and_upload(name: str, sees_folders: RunningQdrant, store: str) -> None:
    node, facts, archive = sees_folders, EXPECTED[name], DATA / f"{name}.snapshot"
    assert (
        result(recover(node, "by_file", placed(node, archive), checksum=facts["sha256"], priority="snapshot")) is True
    )
    _check(node, "by_file", facts)
    assert result(recover(node, "by_url", f"{store}/{name}.snapshot", checksum=facts["sha256"])) is True
    _check(node, "by_url", facts)
    assert result(upload(node, "by_upload", archive, priority="snapshot", checksum=facts["sha256"])) is True
    _check(node, "by_upload", facts)


def test_a_restored_collection_takes_writes(sees_folders: RunningQdrant) -> None:
    node = sees_folders
    result(recover(node, "c", placed(node, DATA / "three-shards.snapshot")))
    before = counted(node, "c")
    probe = {
        "prefetch": {"filter": {"must": [{"has_id": [7]}]}, "limit": 1},
        "query": {"formula": 1.0},
        "limit": 1,
    }
    version = result(ask(node, "POST", "/collections/c/points/query", probe))["points"][0]["version"]
    size = EXPECTED["three-shards"]["config"]["params"]["vectors"]["size"]
    for number in (7, 100_000):
        body = {"points": [{"id": number, "vector": [1.0] * size, "payload": {"topic": "new"}}]}
        result(ask(node, "PUT", "/collections/c/points?wait=true", body))
    assert counted(node, "c") == before + 1, "a known id must go to the shard that holds it"
    assert counted(node, "c", {"must": [{"key": "topic", "match": {"value": "new"}}]}) == 2
    assert result(ask(node, "POST", "/collections/c/points/query", probe))["points"][0]["version"] > version


@pytest.mark.parametrize("name", ["shard-1-of-three-shards", "streamed-shard-1-of-three-shards"])
def test_a_shard_archive_fills_its_shard(name: str, qdrant: RunningQdrant) -> None:
    params = EXPECTED["three-shards"]["config"]["params"]
    result(ask(qdrant, "PUT", "/collections/c", {"vectors": params["vectors"], "shard_number": 3}))
    with (DATA / f"{name}.snapshot").open("rb") as file:
        path = "/collections/c/shards/1/snapshots/upload?priority=snapshot"
        assert result(ask(qdrant, "POST", path, files={"snapshot": file})) is None
    shards = result(ask(qdrant, "GET", "/collections/c/cluster"))["local_shards"]
    filled = [shard["shard_id"] for shard in shards if shard["points_count"]]
    assert filled == [1]


@pytest.mark.parametrize(
    "name", ["articles-node1", "articles-node2", "articles-node3", "solo-node1", "solo-node2", "solo-node3"]
)
def test_a_cluster_archive_is_refused_by_a_single_node(name: str, sees_folders: RunningQdrant) -> None:
    node = sees_folders
    answer = recover(node, "c", placed(node, DATA / "cluster" / f"{name}.snapshot"))
    assert answer.status_code == 500
    assert "Can't restore snapshot in local mode with missing data at shard" in error(answer)
    assert result(ask(node, "GET", "/collections/c/exists")) == {"exists": False}


def test_custom_sharding_on_a_single_node_says_true_and_is_empty(sees_folders: RunningQdrant) -> None:
    node = sees_folders
    assert result(recover(node, "c", placed(node, DATA / "cluster" / "tenants-node3.snapshot"))) is True
    assert counted(node, "c") == 0


def test_a_full_archive_is_no_collection(sees_folders: RunningQdrant) -> None:
    node = sees_folders
    answer = recover(node, "c", placed(node, DATA / "full.snapshot"))
    assert answer.status_code == 500
    assert "missing field `params`" in error(answer)
    assert result(ask(node, "GET", "/collections/c/exists")) == {"exists": False}
