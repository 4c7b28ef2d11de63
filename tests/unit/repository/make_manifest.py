# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manifests for tests."""

from __future__ import annotations

from ansible_collections.vectorops.qdrant.plugins.module_utils._repository import layout
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.manifest import (
    ArchiveEntry,
    CollectionEntry,
    FailedEntry,
    Manifest,
    NodeEntry,
    PointsEntry,
    ShardsEntry,
)

ID = "20261122T190000Z"


def collection(name="articles", node="node-a", backup_id=ID, captured=(0,), known=(0,), size=1234):
    return CollectionEntry(
        name=name,
        kind="collection",
        archive=ArchiveEntry(
            key=layout.archive_key("prod", node, backup_id, name, f"{name}-1-2026-11-22-19-00-01.snapshot"),
            bytes=size,
            sha256="a" * 64,
            content_digest="b" * 64,
        ),
        config={"params": {"vectors": {"size": 4, "distance": "Cosine"}}},
        payload_schema={"tag": {"data_type": "keyword", "points": 7}},
        shards=ShardsEntry(tuple(captured), {str(s): {"state": "Active", "key": None, "peers": [1]} for s in known}),
        points=PointsEntry(7, 7, True),
        probe={"version": 1, "points": []},
        previous={"backup_id": "20261122T180000Z", "points": 7, "bytes": 1200},
        suspect=None,
        warnings=("a word of warning",),
    )


def manifest(node="node-a", backup_id=ID, collections=None, expected=("node-a",), failed=()):
    return Manifest(
        backup_id=backup_id,
        cluster="prod",
        node=NodeEntry(node, 1234567890, "1.18.3"),
        tool_version="0.1.0",
        started_at="2026-11-22T19:00:00Z",
        finished_at="2026-11-22T19:00:09Z",
        expected_nodes=tuple(expected),
        aliases={"live": "articles"},
        collections=tuple([collection(node=node, backup_id=backup_id)] if collections is None else collections),
        failed=tuple(FailedEntry(name, "gone meanwhile") for name in failed),
    )
