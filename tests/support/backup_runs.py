# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups for tests: a node, a repository and runs of the engine, in this process or in a child that kills itself.

As a program (``python backup_runs.py '<json>'``): one run, which sends itself SIGKILL at a named progress step.
"""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import signal
import subprocess
import sys
import time
from typing import Any
from urllib.parse import quote

from ansible_collections.vectorops.qdrant.plugins.module_utils._archive.inspect import inspect
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.operation import back_up
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.options import BackupOptions
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.progress import Event
from ansible_collections.vectorops.qdrant.plugins.module_utils._proof.grades import grade_one
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.client import Node, NodeOptions
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.catalogue import Catalogue
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.manifest import Manifest
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.options import (
    RepositoryOptions,
    open_store,
)
from ansible_collections.vectorops.qdrant.tests.support.points import points
from ansible_collections.vectorops.qdrant.tests.support.qdrant import RunningQdrant
from ansible_collections.vectorops.qdrant.tests.support.s3 import RunningS3

CLUSTER, NODE = "tests", "node-a"


@dataclasses.dataclass
class Setup:
    """A node, a repository, a state directory. ``run`` makes one backup; ``intact`` re-reads everything committed."""

    server: RunningQdrant
    repository: dict[str, Any]
    state_dir: str

    @classmethod
    def in_folder(cls, server: RunningQdrant, directory: pathlib.Path) -> Setup:
        """The repository is a folder; it and the state lie in ``directory``."""
        return cls(server, {"path": str(directory / "repository")}, str(directory / "state"))

    @classmethod
    def in_s3(cls, server: RunningQdrant, s3: RunningS3, directory: pathlib.Path, **more: Any) -> Setup:
        """The repository is a prefix of the store, named after ``directory``."""
        repository = {
            "bucket": s3.bucket,
            "prefix": directory.name,
            "endpoint_url": s3.url,
            "region": s3.region,
            "access_key": s3.access_key,
            "secret_key": s3.secret_key,
            **more,
        }
        return cls(server, repository, str(directory / "state"))

    def fill(self, *names: str, count: int = 100, size: int = 16, repeat: bool = False) -> None:
        """Make collections with points. repeat: the same 500 vectors again and again, which is quick to make."""
        for name in names:
            path = "/collections/" + quote(name, safe="")
            self.server.call("PUT", path, {"vectors": {"size": size, "distance": "Cosine"}})
            self.upsert(name, count=min(count, 500) if repeat else count, size=size)
            if repeat:
                self._repeat(path, count, points(500, size))

    def _repeat(self, path: str, count: int, made: list[dict[str, Any]]) -> None:
        for start in range(500, count, 500):
            body = {"points": [{**point, "id": point["id"] + start} for point in made]}
            self.server.call("PUT", f"{path}/points?wait=true", body)

    def upsert(self, name: str, count: int = 100, size: int = 16, first: int = 1, seed: int = 7) -> None:
        """Add points; one that has them already gets new vectors with another seed."""
        for start in range(first, first + count, 500):
            body = {"points": points(min(500, first + count - start), size, first=start, seed=seed)}
            self.server.call("PUT", f"/collections/{quote(name, safe='')}/points?wait=true", body)

    def settle(self, *names: str) -> None:
        """What was written is flushed now, by a snapshot that is deleted again. A real server notes its clocks and the
        first index of its log by itself, every five seconds: both are in archives."""
        for name in names:
            path = f"/collections/{quote(name, safe='')}/snapshots"
            made = self.server.call("POST", path)["result"]["name"]
            self.server.call("DELETE", f"{path}/{quote(made, safe='')}")
        if not self.server.is_double:
            time.sleep(6.0)
        next_second()

    def node(self, url: str | None = None) -> Node:
        return Node(NodeOptions(url=url or self.server.url, api_key=self.server.api_key, timeout=15))

    def store(self, **more: Any) -> Any:
        return open_store(RepositoryOptions(**{**self.repository, **more}))

    def options(self, backup_id: str, **more: Any) -> BackupOptions:
        given: dict[str, Any] = {
            "cluster": CLUSTER,
            "backup_id": backup_id,
            "node_name": NODE,
            "snapshots_dir": self.server.seen_snapshots_dir,
            "state_dir": self.state_dir,
            "min_free": 0,
            **more,
        }
        return BackupOptions(**given)

    def run(self, backup_id: str, *, node: Node | None = None, store: Any = None, **more: Any) -> dict[str, Any]:
        """One run of the engine in this process."""
        extra = {key: more.pop(key) for key in ("check", "progress") if key in more}
        chosen = node or self.node()
        return back_up(self.options(backup_id, **more), chosen, store or self.store, **extra)

    def run_child(self, backup_id: str, *, kill_at: str = "", moved: bool = False, **more: Any) -> int:
        """One run in a process of its own; its exit code (-9 where it killed itself). moved: only once bytes moved."""
        task = {
            "url": self.server.url,
            "api_key": self.server.api_key,
            "repository": self.repository,
            "options": dataclasses.asdict(self.options(backup_id, **more)),
            "kill_at": kill_at,
            "moved": moved,
        }
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        child = subprocess.run(
            [sys.executable, os.path.abspath(__file__), json.dumps(task)],
            check=False,
            env=environment,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=120,
        )
        if child.returncode not in (0, -signal.SIGKILL):
            raise RuntimeError(child.stderr.decode())
        return child.returncode

    def manifests(self) -> dict[str, Manifest]:
        """Every committed backup of the node, by id."""
        catalogue = Catalogue(self.store(), CLUSTER)
        return {entry.backup_id: catalogue.manifest(entry) for entry in catalogue.backups(NODE)}

    def keys(self, prefix: str = "") -> list[str]:
        """Every key of the repository."""
        return [info.key for info in self.store().list(prefix or CLUSTER + "/")]

    def intact(self) -> dict[str, list[str]]:
        """Re-reads every archive of every backup; {id: collections}. AssertionError where one is not what it was."""
        store, found = self.store(), {}
        for backup_id, manifest in self.manifests().items():
            for entry in manifest.collections:
                graded = grade_one(store, entry)
                assert graded.ok, f"{backup_id}: {graded.detail}"
            found[backup_id] = sorted(entry.name for entry in manifest.collections)
        return found

    def archive_facts(self, key: str) -> Any:
        """What an archive in the repository holds."""
        with self.store().open(key) as stream:
            return inspect(stream)

    def snapshots(self, name: str) -> list[str]:
        """Names of a collection's snapshots on the node, oldest first."""
        listed = self.server.call("GET", f"/collections/{quote(name, safe='')}/snapshots")["result"]
        return sorted(one["name"] for one in listed)


def next_second() -> None:
    """Names of snapshots carry the second: let the next one be another."""
    time.sleep(1.02 - time.time() % 1)


def _main(task: dict[str, Any]) -> None:
    def progress(event: Event) -> None:
        if event.step == task["kill_at"] and (event.done or not task["moved"]):
            os.kill(os.getpid(), signal.SIGKILL)

    lists = ("collections", "expected_nodes")
    options = {key: tuple(value) if key in lists else value for key, value in task["options"].items()}
    node = Node(NodeOptions(url=task["url"], api_key=task["api_key"]))
    repository = RepositoryOptions(**task["repository"])
    back_up(BackupOptions(**options), node, lambda: open_store(repository), progress=progress)


if __name__ == "__main__":
    _main(json.loads(sys.argv[1]))
