# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small helpers to ask a node things, for the tests of this folder."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests
from ansible_collections.vectorops.qdrant.tests.support.points import points
from ansible_collections.vectorops.qdrant.tests.support.qdrant import RunningQdrant

TIMEOUT = 120


def ask(node: RunningQdrant, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
    """One request with the node's key; the answer, whatever its status."""
    headers = {"Accept-Encoding": "identity", **options.pop("headers", {})}
    if node.api_key:
        headers["api-key"] = node.api_key
    return requests.request(
        method, node.url + path, json=body, headers=headers, timeout=options.pop("timeout", TIMEOUT), **options
    )


def result(answer: requests.Response) -> Any:
    """The result of an answer that must be good."""
    assert answer.status_code == 200, f"{answer.status_code} {answer.text}"
    return answer.json()["result"]


def error(answer: requests.Response) -> str:
    return str(answer.json()["status"]["error"])


def make(node: RunningQdrant, name: str, count: int, *, shards: int = 1, size: int = 4, first: int = 1) -> None:
    """A collection with `count` seeded points and one payload index."""
    body = {"vectors": {"size": size, "distance": "Cosine"}, "shard_number": shards}
    result(ask(node, "PUT", f"/collections/{name}", body))
    index = {"field_name": "topic", "field_schema": "keyword"}
    result(ask(node, "PUT", f"/collections/{name}/index?wait=true", index))
    if count:
        put(node, name, points(count, size, first=first))


def put(node: RunningQdrant, name: str, made: list[dict[str, Any]]) -> None:
    for start in range(0, len(made), 500):
        body = {"points": made[start : start + 500]}
        result(ask(node, "PUT", f"/collections/{name}/points?wait=true", body))


def counted(node: RunningQdrant, name: str, asked: Any = None) -> int:
    body = {"exact": True, "filter": asked} if asked else {"exact": True}
    return int(result(ask(node, "POST", f"/collections/{name}/points/count", body))["count"])


def snapshot(node: RunningQdrant, name: str) -> dict[str, Any]:
    return dict(result(ask(node, "POST", f"/collections/{quote(name, safe='')}/snapshots")))


def recover(node: RunningQdrant, name: str, location: str, **more: Any) -> requests.Response:
    return ask(node, "PUT", f"/collections/{quote(name, safe='')}/snapshots/recover", {"location": location, **more})


def upload(node: RunningQdrant, name: str, archive: Path, **query: str) -> requests.Response:
    with archive.open("rb") as file:
        return ask(
            node,
            "POST",
            f"/collections/{name}/snapshots/upload",
            params=query,
            files={"snapshot": (archive.name, file)},
        )


def placed(node: RunningQdrant, archive: Path, folder: str = "placed") -> str:
    """The file:// address of a copy in the node's snapshots folder."""
    target = Path(node.snapshots_dir, folder, archive.name)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(archive, target)
    os.chmod(target, 0o644)
    return target.as_uri()


def ids(node: RunningQdrant, name: str) -> list[Any]:
    """All ids, in order."""
    found, offset = [], None
    while True:
        body = {"limit": 1000, "with_payload": False, **({"offset": offset} if offset is not None else {})}
        page = result(ask(node, "POST", f"/collections/{name}/points/scroll", body))
        found += [point["id"] for point in page["points"]]
        offset = page["next_page_offset"]
        if offset is None:
            return found
