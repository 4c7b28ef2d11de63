# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""make bench-cluster: a collection of a cluster of three, lost and brought back, beside the documented way.

    cluster.py --points 60000 --out bench-cluster.json

The documented way: a snapshot of the collection on each node, stored in a bucket; then each node in turn recovers its
own by URL with priority snapshot. Ours: each shard stored once, and one run for all nodes, with its proof. A restore
ends when every node sees only Active replicas and no transfer. Qdrant is the program QDRANT_BIN, else the double, whose
times mean little; the store is SeaweedFS.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import random
import shutil
import tempfile
import time
import urllib.request
from typing import Any, Callable

from ansible_collections.vectorops.qdrant.tests.support.cluster_rig import ClusterRig
from ansible_collections.vectorops.qdrant.tests.support.clusters import Cluster, start_cluster, until
from ansible_collections.vectorops.qdrant.tests.support.s3 import RunningS3, start_s3
from report import carry_out, say, write_report

NAME = "bench"
DIMENSIONS, SHARDS, COPIES = 64, 6, 2
ROUNDS = 3
_AT_ONCE = 2000


def fill(cluster: Cluster, count: int) -> None:
    """The collection, settled."""
    body = {
        "vectors": {"size": DIMENSIONS, "distance": "Cosine"},
        "shard_number": SHARDS,
        "replication_factor": COPIES,
        "optimizers_config": {"indexing_threshold": 0},
    }
    cluster.call(0, "PUT", f"/collections/{NAME}", body)
    source = random.Random(7)
    for first in range(0, count, _AT_ONCE):
        points = [
            {
                "id": number + 1,
                "vector": [round(source.uniform(-1, 1), 4) for dummy in range(DIMENSIONS)],
                "payload": {"topic": f"t{number % 7}"},
            }
            for number in range(first, min(first + _AT_ONCE, count))
        ]
        cluster.call(0, "PUT", f"/collections/{NAME}/points?wait=true", {"points": points}, 300)
    cluster.await_settled(NAME)


class Lost:
    """The collection is dropped, brought back and checked; the seconds until every node is settled."""

    def __init__(self, cluster: Cluster, count: int) -> None:
        self._cluster, self._count = cluster, count

    def seconds(self, bring_back: Callable[[], Any]) -> float:
        cluster = self._cluster
        cluster.call(0, "DELETE", f"/collections/{NAME}")
        until(lambda: not any(NAME in cluster.names(number) for number in cluster.living()), "it is gone everywhere")
        began = time.monotonic()
        bring_back()
        cluster.await_settled(NAME)
        spent = time.monotonic() - began
        for number in cluster.living():
            if cluster.count(number, NAME) != self._count:
                raise RuntimeError(f"node {number} counts {cluster.count(number, NAME)} of {self._count} points")
        return spent


class Documented:
    """Node by node, with Qdrant's own calls."""

    def __init__(self, cluster: Cluster, store: RunningS3) -> None:
        self._cluster, self._store = cluster, store
        self._archives: list[tuple[str, str]] = []  # key and sha256, by node

    def back_up(self) -> int:
        """The bytes that are stored."""
        stored = 0
        for number in self._cluster.living():
            made = self._cluster.call(number, "POST", f"/collections/{NAME}/snapshots", None, 300)
            url = f"{self._cluster.urls[number]}/collections/{NAME}/snapshots/{made['name']}"
            with urllib.request.urlopen(url, timeout=300) as answer:
                data = answer.read()
            key = f"by-hand/{made['name']}"
            self._store.client().put_object(Bucket=self._store.bucket, Key=key, Body=data)
            self._archives.append((key, made["checksum"]))
            stored += len(data)
        return stored

    def restore(self) -> None:
        """Each node in turn; the next one when all replicas are Active."""
        for number, (key, checksum) in enumerate(self._archives):
            where = {"Bucket": self._store.bucket, "Key": key}
            url = self._store.client().generate_presigned_url("get_object", Params=where)
            body = {"location": url, "priority": "snapshot", "checksum": checksum}
            self._cluster.call(number, "PUT", f"/collections/{NAME}/snapshots/recover?wait=true", body, 600)
            self._cluster.await_settled(NAME)


class Ours:
    """Each shard once, and one run for all nodes."""

    def __init__(self, cluster: Cluster, store: RunningS3, folder: pathlib.Path) -> None:
        self._rig = ClusterRig(cluster, folder)
        self._known = {
            "path": None,
            "bucket": store.bucket,
            "prefix": "ours",
            "endpoint_url": store.url,
            "region": store.region,
            "access_key": store.access_key,
            "secret_key": store.secret_key,
            "collections": [NAME],
        }

    def back_up(self) -> int:
        """The bytes that are stored."""
        return sum(report["sent_bytes"] for report in self._rig.back_up(**self._known))

    def restore(self) -> None:
        """With the proof. RuntimeError if it is not proven."""
        nodes = dict(zip(self._rig.nodes, self._rig.cluster.urls))
        report = self._rig.run(0, "restore", nodes=nodes, **self._known)
        if not report["ok"] or not all(item["proven"] for item in report["collections"]):
            raise RuntimeError(json.dumps(report["failed"] or report["collections"]))


def measure(cluster: Cluster, store: RunningS3, folder: pathlib.Path, count: int) -> dict[str, Any]:
    """Bytes and the median of the seconds on both sides, in turn, and their ratios."""
    sides: dict[str, Documented | Ours] = {
        "documented": Documented(cluster, store),
        "ours": Ours(cluster, store, folder / "ours"),
    }
    found: dict[str, Any] = {name: {"bytes": side.back_up(), "seconds": []} for name, side in sides.items()}
    lost = Lost(cluster, count)
    for dummy in range(ROUNDS):
        for name, side in sides.items():
            found[name]["seconds"].append(round(lost.seconds(side.restore), 3))
    for name, numbers in found.items():
        numbers["median"] = sorted(numbers["seconds"])[ROUNDS // 2]
        say(f"  {name:<12}{numbers['bytes'] / 1e6:9.1f} MB{numbers['median']:9.2f} s   {numbers['seconds']}")
    ours, theirs = found["ours"], found["documented"]
    found["ratio"] = {
        "bytes": round(ours["bytes"] / theirs["bytes"], 3),
        "seconds": round(ours["median"] / theirs["median"], 3),
    }
    say(f"  ratio       {found['ratio']['bytes']:12.2f}{found['ratio']['seconds']:11.2f}")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=60_000, help="of 64 dimensions; default %(default)s")
    parser.add_argument("--out", default="bench-cluster.json", help="where the numbers go")
    arguments = parser.parse_args()
    os.environ.pop("QDRANT_URL", None)  # the bench never touches a server that it did not start
    folder = pathlib.Path(tempfile.mkdtemp(prefix="qdrant-bench-"))
    try:
        with start_s3(folder / "s3") as store, start_cluster(folder / "cluster", 3) as cluster:
            version = cluster.nodes[0].version
            what = "the double" if cluster.is_double else os.environ["QDRANT_BIN"]
            say(f"Three nodes of Qdrant {version} ({what}), SeaweedFS, {os.cpu_count()} processors; loading ...")
            fill(cluster, arguments.points)
            found = measure(cluster, store, folder, arguments.points)
            about = {"qdrant": version, "double": cluster.is_double, "processors": os.cpu_count()}
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    write_report(
        arguments.out, {"points": arguments.points, "shards": SHARDS, "copies": COPIES, **found, "about": about}
    )
    return 0


if __name__ == "__main__":
    carry_out(main)
