# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The official client works against the node."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.vectorops.qdrant.tests.support.points import points
from ansible_collections.vectorops.qdrant.tests.support.qdrant import RunningQdrant

qdrant_client = pytest.importorskip("qdrant_client", reason="qdrant-client is not installed")
models = qdrant_client.models

pytestmark = pytest.mark.contract


@pytest.fixture
def client(qdrant: RunningQdrant) -> qdrant_client.QdrantClient:
    return qdrant_client.QdrantClient(url=qdrant.url, api_key=qdrant.api_key, timeout=60, check_compatibility=False)


def _load(client: qdrant_client.QdrantClient, name: str, count: int) -> None:
    client.create_collection(
        name,
        vectors_config=models.VectorParams(size=8, distance=models.Distance.COSINE),
        shard_number=2,
    )
    client.create_payload_index(name, "topic", models.PayloadSchemaType.KEYWORD, wait=True)
    client.upsert(name, [models.PointStruct(**point) for point in points(count, 8)], wait=True)


def test_points(client: qdrant_client.QdrantClient) -> None:
    _load(client, "c", 50)
    topic = models.Filter(must=[models.FieldCondition(key="topic", match=models.MatchValue(value="t3"))])
    assert client.count("c", exact=True).count == 50
    assert client.count("c", count_filter=topic, exact=True).count == 7
    page, offset = client.scroll("c", limit=20, with_payload=True, with_vectors=True)
    assert [point.id for point in page] == list(range(1, 21))
    assert offset == 21
    hits = client.query_points("c", query=7, limit=5, with_payload=True).points
    assert len(hits) == 5
    assert 7 not in [hit.id for hit in hits]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    best = client.query_points("c", query=page[0].vector, limit=1, search_params=models.SearchParams(exact=True)).points
    assert best[0].id == 1
    sample = client.query_points("c", query=models.SampleQuery(sample=models.Sample.RANDOM), limit=10).points
    assert len({hit.id for hit in sample}) == 10
    facets = client.facet("c", "topic", limit=10).hits
    assert {hit.value: hit.count for hit in facets}["t3"] == 7
    client.set_payload("c", {"seen": True}, points=[1, 2], wait=True)
    assert client.retrieve("c", [1], with_payload=True)[0].payload["seen"] is True
    client.delete("c", points_selector=models.FilterSelector(filter=topic), wait=True)
    assert client.count("c", exact=True).count == 43
    assert client.get_collection("c").points_count == 43


def test_snapshots_and_aliases(client: qdrant_client.QdrantClient, sees_folders: RunningQdrant) -> None:
    _load(client, "c", 50)
    made = client.create_snapshot("c", wait=True)
    assert [one.name for one in client.list_snapshots("c")] == [made.name]
    location = Path(sees_folders.snapshots_dir, "c", made.name).as_uri()
    assert client.recover_snapshot("again", location, priority=models.SnapshotPriority.SNAPSHOT, wait=True)
    assert client.count("again", exact=True).count == 50
    client.update_collection_aliases(
        [
            models.CreateAliasOperation(create_alias=models.CreateAlias(collection_name="again", alias_name="live")),
        ]
    )
    assert client.count("live", exact=True).count == 50
    assert [one.alias_name for one in client.get_aliases().aliases] == ["live"]
    assert client.delete_snapshot("c", made.name, wait=True)
    assert client.list_snapshots("c") == []
    full = client.create_full_snapshot(wait=True)
    assert [one.name for one in client.list_full_snapshots()] == [full.name]
