# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What versions of the server do differently, and settings of a node that no recorded exchange has."""

from __future__ import annotations

import urllib.error
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vectorops.qdrant.tests.support.double.dialect import VERSIONS
from ansible_collections.vectorops.qdrant.tests.support.qdrant import RunningQdrant, start_qdrant, uses_double

pytestmark = pytest.mark.contract
VECTORS = {"size": 4, "distance": "Dot"}


@pytest.fixture(params=VERSIONS if uses_double() else ("the real one",))
def node(request: Any, folder: Path) -> Iterator[RunningQdrant]:
    """A node of each version of the double, or the real server."""
    with start_qdrant(str(folder / "node"), settings={"DOUBLE_VERSION": request.param}) as node:
        yield node


def status(node: RunningQdrant, method: str, path: str, body: Any = None) -> tuple[int, str]:
    """The status and text of an answer."""
    try:
        return 200, str(node.call(method, path, body))
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def is_119(node: RunningQdrant) -> bool:
    return tuple(int(part) for part in node.version.split(".")[:2]) >= (1, 19)


def test_a_cluster_call_on_a_node_alone(node: RunningQdrant) -> None:
    node.call("PUT", "/collections/articles", {"vectors": VECTORS})
    code, said = status(node, "PUT", "/collections/articles/shards", {"shard_key": "acme"})
    expected = (405, "standalone mode") if is_119(node) else (400, "Distributed mode disabled")
    assert code == expected[0] and expected[1] in said


def test_a_setting_that_1_19_drops(node: RunningQdrant) -> None:
    mode = {"enabled": True, "max_query_limit": 1000, "max_disk_usage_percent": 90}
    node.call("PUT", "/collections/articles", {"vectors": VECTORS, "strict_mode_config": mode})
    kept = node.call("GET", "/collections/articles")["result"]["config"]["strict_mode_config"]
    assert kept["max_query_limit"] == 1000
    assert kept.get("max_disk_usage_percent") == (None if is_119(node) else 90)


def test_quotas(node: RunningQdrant) -> None:
    code, dummy = status(node, "GET", "/quotas")
    assert code == (200 if is_119(node) else 404)
    if not is_119(node):
        return
    assert node.call("GET", "/quotas")["result"]["config"] == {"enabled": False}
    quotas = {"enabled": True, "max_disk_usage_percent": 99}
    assert node.call("PUT", "/quotas?wait=true", quotas)["result"] is True
    assert node.call("GET", "/quotas")["result"]["config"] == quotas
    assert status(node, "PUT", "/quotas", {"enabled": True, "max_disk_usage_percent": 101})[0] == 422


def test_defaults_for_vectors_refuse_an_archive_without_them(folder: Path) -> None:
    """No value that a create call can carry makes the collection fit either."""
    defaults = {"QDRANT__STORAGE__COLLECTION__VECTORS__ON_DISK": "true"}
    with start_qdrant(str(folder / "a"), settings={"QDRANT__LOG_LEVEL": "WARN"}) as plain:
        plain.call("PUT", "/collections/articles", {"vectors": VECTORS})
        name = plain.call("POST", "/collections/articles/snapshots")["result"]["name"]
        location = {"location": f"{plain.url}/collections/articles/snapshots/{name}"}
        with start_qdrant(str(folder / "b"), settings=defaults) as other:
            for first in (None, VECTORS, {**VECTORS, "on_disk": False}):
                if first is not None:
                    other.call("PUT", "/collections/articles", {"vectors": first})
                code, said = status(other, "PUT", "/collections/articles/snapshots/recover", location)
                assert code == 400 and "is not compatible with existing collection: Collection vectors" in said
                assert other.call("DELETE", "/collections/articles")["result"] is True
