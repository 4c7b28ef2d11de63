# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests to the store go through the proxy of the environment, requests to the node never do."""

from __future__ import annotations

import os

import pytest
from ansible_collections.vectorops.qdrant.tests.support.proxy import FaultProxy

pytestmark = pytest.mark.integration
STORE = "http://store.test"  # only the proxy finds it


@pytest.fixture
def proxy(s3_server, monkeypatch):
    with FaultProxy(s3_server.port) as listening:
        for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("HTTP_PROXY", listening.url)
        monkeypatch.setenv("http_proxy", listening.url)
        yield listening


def test_a_backup_through_a_proxy(rig, proxy):
    rig.fill("articles", 20)
    report = rig.run("back_up", endpoint_url=STORE)
    assert report["committed"] and any(line.startswith(f"PUT {STORE}/") for line in proxy.requests), proxy.requests
    assert not any(rig.node.url in line for line in proxy.requests)


def test_no_proxy_names_hosts_that_are_reached_directly(rig, proxy, monkeypatch):
    rig.fill("articles", 20)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    assert rig.run("back_up")["committed"] and proxy.requests == []
