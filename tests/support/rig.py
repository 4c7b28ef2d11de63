# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node, a store and the options that join them: what tests of whole operations start from.

Import the fixtures into a conftest: ``from ...support.rig import node_server, qdrant, rig, s3_server``. ``rig`` calls
verbs as the doors do, ``folder`` and ``setup`` the engine's backup.
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib
import json
import pathlib
import re
from typing import Any

import pytest

from ...plugins.module_utils import _options
from .backup_runs import Setup
from .points import points
from .qdrant import RunningQdrant, start_qdrant
from .s3 import RunningS3, start_s3

COLLECTION = {"vectors": {"size": 8, "distance": "Cosine"}}


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory):
    """One S3 server for the whole run; every test gets a prefix of its own."""
    with start_s3(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture(scope="session")
def node_server(tmp_path_factory):
    """One node for the whole run."""
    with start_qdrant(str(tmp_path_factory.mktemp("qdrant"))) as server:
        yield server


@pytest.fixture
def qdrant(node_server):
    """The node, empty and without faults; started again where a test has killed it."""
    if node_server.pid is None and not node_server.is_double:
        try:
            node_server.call("GET", "/")
        except OSError:
            node_server.start_again()
    elif node_server.pid is None:
        node_server.start_again()
    if node_server.is_double:
        node_server.faults([])
    node_server.wipe()
    return node_server


@pytest.fixture
def rig(qdrant, s3_server, tmp_path, request):
    """The node and the store, joined."""
    return Rig(qdrant, s3_server, tmp_path, prefix_of(request))


@pytest.fixture
def folder(qdrant, tmp_path):
    """The node, and an empty folder as repository."""
    return Setup.in_folder(qdrant, tmp_path)


@pytest.fixture(params=["folder", "s3"])
def setup(request, qdrant, s3_server, tmp_path):
    """The node, and an empty repository of each kind."""
    if request.param == "folder":
        return Setup.in_folder(qdrant, tmp_path)
    return Setup.in_s3(qdrant, s3_server, tmp_path)


def prefix_of(request: Any) -> str:
    """A test's own prefix. A long name is cut, and all tests of one function may run in the second that makes an id."""
    mark = hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:8]
    return f"{re.sub('[^A-Za-z0-9]+', '-', request.node.name)[:50]}-{mark}"


@dataclasses.dataclass
class Rig:
    """``run(verb, **changes)`` calls a verb as both doors do, with the options that this node and store need."""

    node: RunningQdrant
    s3: RunningS3
    directory: pathlib.Path
    prefix: str

    def known(self) -> dict[str, Any]:
        """What joins this node and this store, without secrets."""
        return {
            "url": self.node.url,
            "bucket": self.s3.bucket,
            "prefix": self.prefix,
            "endpoint_url": self.s3.url,
            "region": self.s3.region,
            "cluster": "search",
            "node": "node-a",
            "state_dir": str(self.directory / "state"),
            "spool_dir": str(self.directory / "spool"),
            "min_free": "1M",
        }

    def secrets(self) -> dict[str, str | None]:
        """The keys of both."""
        keys = {"access_key": self.s3.access_key, "secret_key": self.s3.secret_key}
        return {"api_key": self.node.api_key, **keys}

    def params(self, verb: str, **changes: Any) -> dict[str, Any]:
        """Every option of a verb: the defaults, then what the rig knows, then ``changes``."""
        known = {**self.known(), **self.secrets()}
        options = _options.defaults(*_verb(verb).OPTIONS)
        options.update({name: value for name, value in known.items() if name in options})
        options.update(changes)
        return options

    def run(self, verb: str, *, check: bool = False, progress: Any = None, **changes: Any) -> dict[str, Any]:
        """The report of a verb; engine errors are raised. The report must be JSON."""
        report = _verb(verb).run(self.params(verb, **changes), check, progress or (lambda event: None))
        json.dumps(report)
        return report

    def fill(self, name: str = "articles", count: int = 200, *, config: Any = None, first: int = 1) -> None:
        """Make a collection with ``count`` points and an index, settled."""
        if not self.node.call("GET", f"/collections/{name}/exists")["result"]["exists"]:
            self.node.call("PUT", f"/collections/{name}", {**COLLECTION, **(config or {})})
            index = {"field_name": "topic", "field_schema": "keyword"}
            self.node.call("PUT", f"/collections/{name}/index?wait=true", index)
        made = points(count, 8, first=first)
        self.node.call("PUT", f"/collections/{name}/points?wait=true", {"points": made})

    def count(self, name: str = "articles") -> int:
        """The exact count."""
        return int(self.node.call("POST", f"/collections/{name}/points/count", {"exact": True})["result"]["count"])

    def contents(self, name: str = "articles") -> list[Any]:
        """Every point with payload and vector, by id."""
        body = {"limit": 10000, "with_payload": True, "with_vector": True}
        found = self.node.call("POST", f"/collections/{name}/points/scroll", body)["result"]["points"]
        return sorted(found, key=lambda point: str(point["id"]))

    def drop(self, name: str = "articles") -> None:
        """The disaster."""
        self.node.call("DELETE", f"/collections/{name}")

    def collections(self) -> list[str]:
        """Names of the collections on the node."""
        return sorted(c["name"] for c in self.node.call("GET", "/collections")["result"]["collections"])

    def keys(self, part: str = "") -> list[str]:
        """Keys in the store below the rig's prefix, without it, that contain ``part``."""
        pages = (
            self.s3.client().get_paginator("list_objects_v2").paginate(Bucket=self.s3.bucket, Prefix=self.prefix + "/")
        )
        keys = [item["Key"][len(self.prefix) + 1 :] for page in pages for item in page.get("Contents", [])]
        return sorted(key for key in keys if part in key)

    def damage(self, key: str, offset: int = 5000) -> None:
        """Flip one byte of a stored object."""
        client, where = self.s3.client(), {"Bucket": self.s3.bucket, "Key": f"{self.prefix}/{key}"}
        data = bytearray(client.get_object(**where)["Body"].read())
        data[offset] ^= 0xFF
        client.put_object(**where, Body=bytes(data))

    def delete_object(self, key: str) -> None:
        """What a lifecycle rule does."""
        self.s3.client().delete_object(Bucket=self.s3.bucket, Key=f"{self.prefix}/{key}")


def _verb(name: str) -> Any:
    package = __name__.rsplit(".tests.", 1)[0] + ".plugins.module_utils._verbs."
    return importlib.import_module(package + name)
