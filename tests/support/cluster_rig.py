# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster, a repository and the options that join them: what tests of whole operations on a cluster start from.

Import the fixtures into a conftest: ``from ...support.cluster_rig import cluster, cluster_rig, cluster_servers``.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import pathlib
from collections.abc import Sequence
from typing import Any

import pytest

from ...plugins.module_utils import _options
from .clusters import Cluster, nodes_wanted, start_cluster
from .points import points
from .qdrant import quick_folder

ID = "20261122T190000Z"
NAME = "articles"
KEYS = ("acme", "globex", "initech")


@pytest.fixture(scope="session")
def cluster_servers():
    """One cluster for the whole run, of as many nodes as CLUSTER_NODES says (3)."""
    with quick_folder() as folder, start_cluster(folder, nodes_wanted()) as cluster:
        yield cluster


@pytest.fixture
def cluster(cluster_servers):
    """The cluster, empty and without faults; nodes that a test killed are started again."""
    cluster_servers.wipe()
    return cluster_servers


@pytest.fixture
def cluster_rig(cluster, tmp_path):
    """The cluster, and an empty folder as repository of all its nodes."""
    return ClusterRig(cluster, tmp_path)


def _module(verb: str) -> Any:
    return importlib.import_module(_options.__name__.rsplit(".", 1)[0] + f"._verbs.{verb}")


@dataclasses.dataclass
class ClusterRig:
    """``run(number, verb, ...)`` calls a verb as the doors do on one of the cluster's hosts."""

    cluster: Cluster
    folder: pathlib.Path

    @property
    def repository(self) -> pathlib.Path:
        return self.folder / "repository"

    @property
    def nodes(self) -> list[str]:
        """The nodes' names in the repository: node-a, node-b, ..."""
        return [f"node-{'abcdefghi'[number]}" for number in range(len(self.cluster.nodes))]

    def known(self, number: int) -> dict[str, Any]:
        """What joins this node and the repository."""
        return {
            "url": self.cluster.urls[number],
            "path": str(self.repository),
            "cluster": "search",
            "node": self.nodes[number],
            "expected_nodes": self.nodes,
            "state_dir": str(self.folder / f"state-{number}"),
            "spool_dir": str(self.folder / f"spool-{number}"),
            "min_free": "1M",
        }

    def params(self, number: int, verb: str, **changes: Any) -> dict[str, Any]:
        """All options of a verb on a node."""
        known = {**self.known(number), **changes}
        params = _options.defaults(*_module(verb).OPTIONS)
        params.update({name: value for name, value in known.items() if name in params or name in changes})
        return params

    def run(self, number: int, verb: str, *, check: bool = False, progress: Any = None, **changes: Any) -> Any:
        """The report of a verb; engine errors are raised. The report must be JSON."""
        params = self.params(number, verb, **changes)
        report = dict(_module(verb).run(params, check, progress or (lambda event: None)))
        json.dumps(report)
        return report

    def fill(self, name: str = NAME, count: int = 600, placed: Sequence[Sequence[int]] = (), **config: Any) -> None:
        """Points with an index and an alias, settled. placed: the nodes that hold the shard of each key."""
        body = {"vectors": {"size": 8, "distance": "Cosine"}, "shard_number": 3, **config}
        custom = config.get("sharding_method") == "custom"
        if custom:
            del body["shard_number"]
        self.cluster.call(0, "PUT", f"/collections/{name}", body)
        for number, key in enumerate(KEYS if custom else ()):
            made: dict[str, Any] = {"shard_key": key}
            if placed:
                made["placement"] = [self.cluster.peer_id(node) for node in placed[number]]
            self.cluster.call(0, "PUT", f"/collections/{name}/shards", made)
        self.cluster.await_settled(name)  # a node that has not heard of it yet answers 404 to what is passed on to it
        index = {"field_name": "topic", "field_schema": "keyword"}
        self.cluster.call(0, "PUT", f"/collections/{name}/index?wait=true", index)
        self.put(name, points(count, 8), custom=custom)
        action = {"create_alias": {"collection_name": name, "alias_name": "live"}}
        self.cluster.call(0, "POST", "/collections/aliases", {"actions": [action]})
        self.cluster.await_settled(name)

    def put(self, name: str, made: list[dict[str, Any]], *, custom: bool = False) -> None:
        """Writes points; with keys, one after another to each key in turn."""
        for number, key in enumerate(KEYS if custom else (None,)):
            part = {"points": made[number :: len(KEYS)] if custom else made, **({"shard_key": key} if custom else {})}
            self.cluster.call(0, "PUT", f"/collections/{name}/points?wait=true", part)

    def back_up(self, backup_id: str = ID, **changes: Any) -> list[dict[str, Any]]:
        """One backup of every node under one id; their reports."""
        reports = [self.run(number, "back_up", backup_id=backup_id, **changes) for number in self.cluster.living()]
        assert all(report["ok"] for report in reports), reports
        return reports

    def aliases(self, number: int) -> list[str]:
        return sorted(one["alias_name"] for one in self.cluster.call(number, "GET", "/aliases")["aliases"])
