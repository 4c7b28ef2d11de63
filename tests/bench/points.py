# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A collection whose archive has about a wanted size, made fast: JSON by hand, of vectors of one of two kinds.

``whole``: small whole numbers. They compress to a sixth, and stores that compress (SeaweedFS does) then have less to
copy and more to compute. ``real``: numbers with as many digits as those of real embeddings, which do not compress.
"""

from __future__ import annotations

import random
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

from ansible_collections.vectorops.qdrant.tests.support.qdrant import RunningQdrant

DIMENSIONS = 384
_AT_ONCE = 2000
_FIRST_GUESS = 2400  # bytes of archive for each point; the log of updates is in it too
_CLOSE = 0.07
_FLUSH = 6.0  # Qdrant flushes every five seconds
_DIGITS = bytes(ord("0") + number % 10 for number in range(256))
_PIECE = 16  # numbers that vectors of the kind ``real`` are joined of, and how many such pieces: more of them than any
_PIECES = 20_000  # compressor looks back at
KINDS = ("whole", "real")


def make(node: RunningQdrant, name: str, wanted: int, kind: str = "whole") -> int:
    """Create the collection and fill it until its archive has about ``wanted`` bytes; the number of points."""
    # Building the index takes minutes and adds nothing to what is compared here.
    body = {"vectors": {"size": DIMENSIONS, "distance": "Dot"}, "optimizers_config": {"indexing_threshold": 0}}
    node.call("PUT", f"/collections/{name}", body)
    vectors = _whole(random.Random(7)) if kind == "whole" else _real(random.Random(7))
    points, have, aim = 0, 0, wanted // _FIRST_GUESS
    for dummy in range(6):
        _fill(node, name, vectors, points, max(aim, points + 10))
        points = max(aim, points + 10)
        _settle(node, name, points)
        have = steady_bytes(node, name)
        if have > wanted * (1 - _CLOSE):
            break
        aim = points + int((wanted - have) / (have / points) * 0.98)
    return points


def steady_bytes(node: RunningQdrant, name: str) -> int:
    """The archive's size once it no longer changes: a fresh node still flushes and merges when it says green."""
    last, have = -1, archive_bytes(node, name)
    for dummy in range(20):
        if have == last:
            break
        time.sleep(_FLUSH)
        last, have = have, archive_bytes(node, name)
    return have


def archive_bytes(node: RunningQdrant, name: str) -> int:
    """What a snapshot of the collection has now; it is not kept."""
    made = node.call("POST", f"/collections/{name}/snapshots?wait=true", timeout=600)["result"]
    forget_snapshots(node, name)
    return int(made["size"])


def forget_snapshots(node: RunningQdrant, name: str) -> None:
    """Delete every snapshot of the collection on the node."""
    for one in node.call("GET", f"/collections/{name}/snapshots")["result"]:
        node.call("DELETE", f"/collections/{name}/snapshots/{one['name']}", timeout=600)


def _whole(source: random.Random) -> Iterator[str]:
    while True:
        digits = source.randbytes(_AT_ONCE * DIMENSIONS).translate(_DIGITS).decode()
        for start in range(0, len(digits), DIMENSIONS):
            yield ",".join(digits[start : start + DIMENSIONS])


def _real(source: random.Random) -> Iterator[str]:
    pieces = [",".join(f"{source.uniform(-1, 1):.7f}" for dummy in range(_PIECE)) for dummy in range(_PIECES)]
    while True:
        yield ",".join(source.choices(pieces, k=DIMENSIONS // _PIECE))


def _fill(node: RunningQdrant, name: str, vectors: Iterator[str], first: int, end: int) -> None:
    for start in range(first, end, _AT_ONCE):
        points = ",".join(
            f'{{"id":{number + 1},"payload":{{"n":{number}}},"vector":[{next(vectors)}]}}'
            for number in range(start, min(start + _AT_ONCE, end))
        )
        _put(node, f"/collections/{name}/points?wait=false", f'{{"points":[{points}]}}'.encode())


def _put(node: RunningQdrant, path: str, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(node.url + path, data=body, method="PUT", headers=headers)
    urllib.request.urlopen(request, timeout=300).close()


def _settle(node: RunningQdrant, name: str, points: int) -> None:
    """Wait until every point is there and nothing is under way."""
    deadline = time.monotonic() + 900
    calm = 0
    while calm < 2:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{name} did not settle within 15 minutes")
        seen: dict[str, Any] = node.call("GET", f"/collections/{name}")["result"]
        count = node.call("POST", f"/collections/{name}/points/count", {"exact": True}, 120)["result"]["count"]
        quiet = seen["status"] == "green" and seen["optimizer_status"] == "ok"
        queued = (seen.get("update_queue") or {}).get("length") or 0
        calm = calm + 1 if count == points and quiet and not queued else 0
        time.sleep(0.3)
