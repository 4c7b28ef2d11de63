# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters for tests: several nodes that know each other, real ones where QDRANT_BIN names a program, else the double.

Only the standard library is needed to start one; the fixtures need pytest.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import time
import urllib.error
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Callable

from .qdrant import NotStartedError, RunningQdrant, free_port, is_given, start_qdrant

SECONDS = 90.0


def until(right: Callable[[], Any], what: str, seconds: float = SECONDS) -> None:
    """Waits until `right` is true."""
    end = time.monotonic() + seconds
    while not right():
        assert time.monotonic() < end, f"after {seconds:g} s not yet: {what}"
        time.sleep(0.05)


@dataclass
class Cluster:
    """Nodes of one cluster, by number. A killed one has no process until it is started again."""

    folder: pathlib.Path
    nodes: list[RunningQdrant] = field(default_factory=list)
    api_key: str | None = None
    _bootstrap: str = ""

    @property
    def urls(self) -> list[str]:
        return [node.url for node in self.nodes]

    @property
    def is_double(self) -> bool:
        return self.nodes[0].is_double

    def call(self, number: int, method: str, path: str, body: Any = None, timeout: float = 60.0) -> Any:
        """The result of one JSON request to one node."""
        return self.nodes[number].call(method, path, body, timeout)["result"]

    def living(self) -> list[int]:
        """The numbers of the nodes whose process runs."""
        return [number for number, node in enumerate(self.nodes) if node.pid is not None]

    # --- nodes

    def add(self, *, version: str = "", settings: dict[str, str] | None = None) -> int:
        """One more node; its number, when all others have seen it. `version` is for the double only."""
        number = len(self.nodes)
        place = self.folder / f"node-{number}"
        environment = {"QDRANT__CLUSTER__ENABLED": "true", **(settings or {})}
        if version:
            environment["DOUBLE_VERSION"] = version
        if os.environ.get("QDRANT_BIN"):
            node = self._real(str(place), environment)
        else:
            agreed = ["--cluster", str(self.folder / "agreed")]
            node = start_qdrant(str(place), api_key=self.api_key, settings=environment, arguments=agreed)
        self.nodes.append(node)
        self.await_peers(len(self.living()))
        return number

    def _real(self, place: str, settings: dict[str, str]) -> RunningQdrant:
        for again in (True, True, False):  # the port between nodes may be taken between looking and using it
            p2p = free_port()
            address = f"http://127.0.0.1:{p2p}"
            bootstrap = ["--bootstrap", self._bootstrap] if self._bootstrap else []
            try:
                node = start_qdrant(
                    place,
                    api_key=self.api_key,
                    settings={**settings, "QDRANT__CLUSTER__P2P__PORT": str(p2p)},
                    arguments=["--uri", address, *bootstrap],
                )
            except NotStartedError:
                if not again:
                    raise
                continue
            self._bootstrap = self._bootstrap or address
            return node
        raise AssertionError("never here")

    def kill(self, number: int) -> None:
        """Ends a node as a power cut does."""
        self.nodes[number].kill()

    def start_again(self, number: int) -> None:
        """Starts a killed node on its folder."""
        self.nodes[number].start_again()
        self.await_peers(1)

    def stop(self) -> None:
        for node in self.nodes:
            node.stop()

    def await_peers(self, least: int) -> None:
        """Waits until every living node knows so many peers, and who leads."""
        until(lambda: all(self._knows(number, least) for number in self.living()), f"{least} peers, seen by each")

    def _knows(self, number: int, least: int) -> bool:
        try:
            status = self.call(number, "GET", "/cluster")
        except (OSError, KeyError):
            return False
        return len(status["peers"]) >= least and bool(status["raft_info"]["leader"])

    def peer_id(self, number: int) -> int:
        return int(self.call(number, "GET", "/cluster")["peer_id"])

    def number_of(self, peer_id: int) -> int:
        """The number of the node with this peer id, among those that run."""
        return next(number for number in self.living() if self.peer_id(number) == peer_id)

    # --- collections

    def view(self, number: int, name: str) -> dict[str, Any]:
        """`GET /collections/{name}/cluster` as one node answers it."""
        return dict(self.call(number, "GET", f"/collections/{name}/cluster"))

    def states(self, number: int, name: str) -> dict[int, dict[int, str]]:
        """shard id -> peer id -> state, as one node sees it."""
        view = self.view(number, name)
        found: dict[int, dict[int, str]] = {}
        for one in view["local_shards"]:
            found.setdefault(one["shard_id"], {})[view["peer_id"]] = one["state"]
        for one in view["remote_shards"]:
            found.setdefault(one["shard_id"], {})[one["peer_id"]] = one["state"]
        return found

    def held(self, number: int, name: str) -> list[int]:
        """The shards of which this node has a replica."""
        return [one["shard_id"] for one in self.view(number, name)["local_shards"]]

    def settled(self, name: str) -> bool:
        """Whether every living node sees only Active replicas, and no transfer."""
        try:
            views = [self.view(number, name) for number in self.living()]
        except urllib.error.HTTPError as error:
            if error.code == 404:  # a busy node that has not heard of it yet
                return False
            raise
        states = [one["state"] for view in views for one in (*view["local_shards"], *view["remote_shards"])]
        return bool(states) and set(states) == {"Active"} and not any(view["shard_transfers"] for view in views)

    def await_settled(self, name: str) -> None:
        until(lambda: self.settled(name), f"all replicas of {name} active, no transfer")

    def count(self, number: int, name: str, **more: Any) -> int:
        """The exact count over all shards, as one node answers it."""
        return int(self.call(number, "POST", f"/collections/{name}/points/count", {"exact": True, **more})["count"])

    def contents(self, number: int, name: str) -> list[Any]:
        """Every point with payload and vector, by id; all replicas have to agree."""
        body = {"limit": 10000, "with_payload": True, "with_vector": True}
        found = self.call(number, "POST", f"/collections/{name}/points/scroll?consistency=all", body)["points"]
        return sorted(found, key=lambda point: int(point["id"]))

    def wipe(self) -> None:
        """Starts what was killed, and deletes everything."""
        for node in self.nodes:
            if node.pid is None:
                node.start_again()
            if node.is_double:
                node.faults([])
        self.await_peers(len(self.nodes))
        for node in self.nodes:
            node.wipe()
        until(lambda: not any(self.names(number) for number in self.living()), "no collection")

    def names(self, number: int) -> list[str]:
        return sorted(one["name"] for one in self.call(number, "GET", "/collections")["collections"])


@contextlib.contextmanager
def start_cluster(
    folder: str | os.PathLike[str],
    count: int = 3,
    *,
    versions: Sequence[str] = (),
    api_key: str | None = None,
    settings: dict[str, str] | None = None,
) -> Iterator[Cluster]:
    """A cluster of `count` nodes below `folder`, ended afterwards. `versions` are those of the double's nodes."""
    if is_given():
        import pytest

        pytest.skip("needs servers of its own: QDRANT_URL names one that is no cluster")
    if versions and os.environ.get("QDRANT_BIN"):
        import pytest

        pytest.skip("needs servers of several versions: QDRANT_BIN names one")
    cluster = Cluster(pathlib.Path(folder), api_key=api_key)
    try:
        for number in range(count):
            cluster.add(version=versions[number] if versions else "", settings=settings)
        yield cluster
    finally:
        cluster.stop()


def nodes_wanted() -> int:
    """How many nodes a cluster of the tests has."""
    return int(os.environ.get("CLUSTER_NODES") or 3)
