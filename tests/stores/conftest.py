# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each test runs once for each store of STORES, which are started one after the other. See CONTRIBUTING.md."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vectorops.qdrant.tests.stores.promises import PROMISES, Promise
from ansible_collections.vectorops.qdrant.tests.support.program import CLONE, Program
from ansible_collections.vectorops.qdrant.tests.support.rig import Rig, node_server, prefix_of, qdrant
from ansible_collections.vectorops.qdrant.tests.support.stores import catalogue
from ansible_collections.vectorops.qdrant.tests.support.stores.server import NotHereError, RunningStore

__all__ = ["node_server", "qdrant"]
NAMES = [pytest.param(name, id=name, marks=pytest.mark.xdist_group(name)) for name in catalogue.chosen()]


@pytest.fixture(autouse=True)
def no_aws_of_this_host(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Credentials and settings of whoever runs the tests stay out of them."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no-credentials"))


@pytest.fixture(scope="session", params=NAMES)
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStore]:
    """A running store. What cannot be had is skipped, and fails with STORES_REQUIRED."""
    try:
        running = catalogue.start(request.param, tmp_path_factory.mktemp(request.param))
    except NotHereError as error:
        if os.environ.get("STORES_REQUIRED"):
            pytest.fail(str(error))
        pytest.skip(str(error))
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture
def promise(store: RunningStore) -> Promise:
    """What this store is known to do."""
    return PROMISES[store.name](store.version)


@pytest.fixture
def rig(qdrant: Any, store: RunningStore, tmp_path: Path, request: pytest.FixtureRequest) -> Rig:
    """The node and the store, joined."""
    return Rig(qdrant, store, tmp_path, prefix_of(request))


@pytest.fixture
def program(rig: Rig, tmp_path: Path) -> Iterator[Program]:
    """The program, configured for node and store. Nothing that it prints may show a secret."""
    folder = tmp_path / "etc"
    folder.mkdir()
    made = Program(rig, CLONE, folder)
    yield made
    made.no_secret_was_seen()
