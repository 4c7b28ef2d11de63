# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts, store and controller of a run; see run.py, which makes the surroundings."""

from __future__ import annotations

import json
import os
import pathlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.policies import role_policy
from ansible_collections.vectorops.qdrant.tests.hosts import images, machines, plays, server, surroundings, wheels
from ansible_collections.vectorops.qdrant.tests.support import s3

# Each host has an instance role of its own name.
NAMES = tuple(f"node-{letter}" for letter in "abcdefghijklmnopqrstuvwxyz")
PREFIXES = ("fleet", "provisioned", "50%-upgraded", "ten-lines", "cluster-of-three")
DISK = "disk-with-the-backup-role"
HERE = pathlib.Path(__file__).parent
# The two workers begin with the first two files and take the next one when they are done: the long ones first, so that
# both end at about the same time. test_backup_role keeps the disk that other tests of its worker begin with.
LONGEST_FIRST = (
    "test_cluster_of_three",
    "test_backup_role",
    "test_server_role",
    "test_backup_role_again",
    "test_server_upgrade",
    "test_ten_lines",
    "test_backup_under_faults",
    "test_instances",
    "test_rollout",
    "test_fleet",
    "test_backup_by_hand",
)


def _turn(item: pytest.Item) -> int:
    """When the file of this test has its turn; tests of other folders come first."""
    if HERE not in item.path.parents:
        return -1
    return LONGEST_FIRST.index(item.path.stem) if item.path.stem in LONGEST_FIRST else len(LONGEST_FIRST)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_turn)
    why = os.environ.get("HOSTS_SKIP")
    if not why and not os.environ.get("HOSTS_RUN"):
        why = "booted hosts need surroundings of their own: make test-hosts"
    for item in items if why else ():
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=str(why)))


def writer(node: str, prefix: str = "fleet", bucket: str = s3.BUCKET) -> list[dict[str, object]]:
    """What a node may do with its own keys and no others: the engine's own policy of a writer."""
    return s3.in_words_of_seaweedfs(role_policy("writer", bucket=bucket, prefix=prefix, cluster="search", node=node))


@pytest.fixture(scope="session")
def folder() -> pathlib.Path:
    """The run's own folder, or that of one of its workers; run.py removes it."""
    return surroundings.RUNS / os.environ["HOSTS_RUN"] / os.environ.get("PYTEST_XDIST_WORKER", "alone")


@pytest.fixture(scope="session")
def store(folder: pathlib.Path) -> Iterator[s3.RunningS3]:
    """The store, where every host reaches it. It enforces the roles that it hands credentials out for."""
    roles = {name: [one for prefix in PREFIXES for one in writer(name, prefix)] for name in NAMES}
    # A fresh host that restores another one's backup.
    restorer = role_policy("restorer", bucket=s3.BUCKET, prefix="provisioned", cluster="search")
    roles["node-d"] += s3.in_words_of_seaweedfs(restorer)
    roles["Nothing"] = writer("nobody", bucket="another-bucket")
    with s3.start_s3(folder / "s3", iam=True, address=surroundings.BRIDGE_ADDRESS, roles=roles) as running:
        yield running


@pytest.fixture(scope="session")
def controller(folder: pathlib.Path) -> plays.Controller:
    return plays.Controller(folder / "controller")


@pytest.fixture(scope="session")
def new_machine(folder: pathlib.Path) -> Iterator[Callable[..., machines.Machine]]:
    """Makes a host of a kind of image, bare or with the disk of another one (see Machine.keep); it is not up yet."""
    made: list[machines.Machine] = []

    def make(name: str, kind: str, like: pathlib.Path | None = None) -> machines.Machine:
        number = 11 + NAMES.index(name)  # no other host has this address, nor a host of another worker
        machine = machines.Machine(name, number, images.image(kind), folder, images.CACHE / "id", like)
        made.append(machine)
        return machine

    yield make
    for machine in made:
        machine.gone()


@pytest.fixture(scope="session")
def attach_role(store: s3.RunningS3) -> Callable[..., None]:
    """Gives a host an instance role, its own unless told otherwise; from then on its metadata service hands out
    credentials."""

    def attach(machine: machines.Machine, role: str = "", seconds: int = 3600) -> None:
        half = machine.credentials.with_suffix(".half")
        half.write_text(json.dumps(store.assume(role or machine.name, seconds)))
        half.replace(machine.credentials)

    return attach


@pytest.fixture(scope="session")
def variables(store: s3.RunningS3) -> dict[str, Any]:
    """The role qdrant_backup's, for hosts whose backups lie below "fleet"."""
    return {
        **plays.QUIET,
        "qdrant_backup_bucket": store.bucket,
        "qdrant_backup_endpoint_url": store.url,
        "qdrant_backup_region": store.region,
        "qdrant_backup_prefix": "fleet",
        "qdrant_backup_cluster": "search",
        "qdrant_backup_api_key": server.KEY,
        "qdrant_backup_wheels": str(wheels.packed()),
        "qdrant_backup_min_free": "1M",
        "qdrant_backup_on_failure": "/usr/bin/logger --tag alarm ${FAILED_UNIT}",
    }


@pytest.fixture(scope="session")
def provisioned(
    folder: pathlib.Path,
    new_machine: Callable[..., machines.Machine],
    controller: plays.Controller,
    variables: dict[str, Any],
) -> Callable[[str], machines.Machine]:
    """Makes a bare host that has a server, a collection and the backup role: with the disk that a test kept of
    such a host, or by the role where no test did."""

    def make(name: str) -> machines.Machine:
        disk = folder / DISK
        if disk.is_dir():
            machine = new_machine(name, images.BARE, disk).up()
            # A disk of a host that the role has named has that name, and this host backs up under its own.
            machine.run(f"sed -i 's/^node: .*/node: {name}/' /etc/qdrant-backup/config.yml")
            machine.until("exec 3<>/dev/tcp/127.0.0.1/6333")
            return machine
        machine = new_machine(name, images.BARE).up()
        server.install(machine)
        server.fill(machine)
        own = {f"qdrant_backup_{part}_dir": f"/var/lib/qdrant/{part}" for part in ("snapshots", "storage")}
        controller.role([machine], "qdrant_backup", {**variables, **own})
        machine.keep(disk, "qdrant")
        machine.until("exec 3<>/dev/tcp/127.0.0.1/6333")
        return machine

    return make
