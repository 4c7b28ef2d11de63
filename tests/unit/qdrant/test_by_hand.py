# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands of curl in messages: run by a shell as they stand, they ask for the right thing with the key."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.redaction import redact
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant import by_hand

pytestmark = pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
ODD = ["articles", "articles#1__restore_20261122T190000Z", "a b'c", "50%[1-2]{x,y}", "$(id);x", "-x", "a&b?c", "ü"]


def run(command):
    """As an operator does, who has copied it from a message."""
    words = {**os.environ, "QDRANT_API_KEY": "key of this node", "no_proxy": "*"}
    subprocess.run(["sh", "-c", f"{redact(command)} --silent"], env=words, check=True, timeout=20)


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("keyed", [True, False])
def test_a_collection_is_deleted_by_its_whole_name(stub, name, keyed):
    run(by_hand.delete_collection(stub.url, name, keyed=keyed))
    (call,) = stub.seen
    assert (call.method, call.path) == ("DELETE", f"/collections/{by_hand.quote(name)}")
    assert call.headers.get("api-key") == ("key of this node" if keyed else None)


def test_a_document_is_sent(stub):
    body = {"actions": [{"delete_alias": {"alias_name": "it's"}}]}
    run(by_hand.post(stub.url, ("collections", "aliases"), body, keyed=True))
    (call,) = stub.seen
    assert (call.method, call.path, call.json) == ("POST", "/collections/aliases", body)
    assert call.headers["api-key"] == "key of this node" and call.headers["content-type"] == "application/json"


def test_a_peer_is_removed(stub):
    run(by_hand.remove_peer(stub.url, "33", keyed=True))
    (call,) = stub.seen
    assert (call.method, call.path, call.query) == ("DELETE", "/cluster/peer/33", "force=true")
    assert call.headers["api-key"] == "key of this node"
