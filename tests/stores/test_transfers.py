# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Large archives, copies inside the store, runs that die, and answers that are lost, on every store."""

from __future__ import annotations

import base64
import os
import signal

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.errors import StoreError
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.lock import Lock
from ansible_collections.vectorops.qdrant.tests.support.backup_runs import Setup
from ansible_collections.vectorops.qdrant.tests.support.proxy import FaultProxy
from ansible_collections.vectorops.qdrant.tests.support.rig import prefix_of

pytestmark = pytest.mark.integration
FIRST, SECOND, THIRD = (f"202601{day:02}T000000Z" for day in (1, 2, 3))
MIB = 1 << 20


@pytest.fixture
def setup(qdrant, store, tmp_path, request):
    """The engine's backup of the node into the store."""
    made = Setup.in_s3(qdrant, store, tmp_path)
    made.repository["prefix"] = prefix_of(request)
    return made


@pytest.fixture
def opened(setup):
    """The store as the engine opens it."""
    found = setup.store()
    yield found
    found.close()


@pytest.fixture(scope="module")
def big(tmp_path_factory):
    """A file of several parts and an odd end."""
    path = tmp_path_factory.mktemp("files") / "big"
    path.write_bytes(os.urandom(33 * MIB + 7))
    return path


def fill(setup):
    """A collection whose archive is of more than one part, by few points with much payload that does not compress."""
    setup.server.call("PUT", "/collections/big", {"vectors": {"size": 4, "distance": "Cosine"}})
    for number in range(1, 25):
        text = base64.b64encode(os.urandom(3 * MIB // 4)).decode()
        points = [{"id": number, "vector": [number, 1.0, 2.0, 3.0], "payload": {"text": text}}]
        setup.server.call("PUT", "/collections/big/points?wait=true", {"points": points})


def uploads(store, setup):
    """Keys of unfinished uploads below the prefix of a test."""
    client = store.client()
    try:
        found = client.list_multipart_uploads(Bucket=store.bucket).get("Uploads") or []
    except client.exceptions.NoSuchUpload:  # rclone, before the first one
        found = []
    return [one["Key"] for one in found if one["Key"].startswith(setup.repository["prefix"] + "/")]


def test_a_file_of_several_parts(opened, store, setup, big, tmp_path):
    info = opened.put_file("x/big", str(big))
    assert info.bytes == big.stat().st_size
    opened.get_file("x/big", str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == big.read_bytes()
    with opened.open("x/big") as stream:
        assert stream.read(100) == big.read_bytes()[:100]
    assert uploads(store, setup) == []


def test_what_is_there_is_not_overwritten(opened, store, setup, promise, big, tmp_path):
    small = tmp_path / "small"
    small.write_bytes(b"another one")
    with Lock(opened, "search", "node-a", "a test", 60):  # every run begins so, and sees what the store keeps
        pass
    opened.put_file("x/taken", str(small))
    for path in (str(big), str(small)):
        with pytest.raises(StoreError) as caught:
            opened.put_file("x/taken", path)
        assert caught.value.kind == "exists"
    assert opened.get("x/taken").data == b"another one" and uploads(store, setup) == []


def test_a_copy_inside_the_store(opened, promise, big):
    """None where the store does not copy it: then the archive is uploaded again."""
    source = opened.put_file("x/big", str(big))
    made = opened.copy("x/big", "y/big", source=source)
    assert (made is not None) == promise.copies_parts
    if made is not None:
        assert made.bytes == source.bytes and opened.get("y/big").data == big.read_bytes()
    small = opened.put("x/small", b"small")
    assert opened.copy("x/small", "y/small", source=small) is not None
    assert opened.get("y/small").data == b"small"


def test_a_large_collection_and_again_unchanged(setup, promise):
    fill(setup)
    first = setup.run(FIRST)
    assert first["ok"] and first["sent_bytes"] > 17 * MIB
    again = setup.run(SECOND)
    assert again["ok"] and bool(again["collections"][0]["copied_from"]) == promise.copies_parts
    assert setup.intact() == {FIRST: ["big"], SECOND: ["big"]}


def test_a_killed_upload_is_cleaned_up(setup, store, promise):
    """Where nobody is kept out for certain, what is young may be another run's, and stays."""
    fill(setup)
    assert setup.run_child(FIRST, kill_at="upload", moved=True) == -signal.SIGKILL
    begun = uploads(store, setup)
    assert begun, "it died while it uploaded"
    assert setup.run(FIRST)["ok"]
    assert uploads(store, setup) == ([] if promise.locks else begun)
    assert setup.intact() == {FIRST: ["big"]}


@pytest.mark.parametrize(
    "request_line", ["PUT .*/manifests/", "PUT .*partNumber=2", "POST .*uploadId=", "POST .*uploads"]
)
def test_an_answer_that_is_lost(setup, store, request_line):
    fill(setup)
    with FaultProxy(store.port) as proxy:
        setup.repository["endpoint_url"] = proxy.url
        fault = proxy.lose_answer(match=request_line)
        report = setup.run(FIRST)
        assert report["ok"] and report["committed"] and fault.hits == 1
    setup.repository["endpoint_url"] = store.url
    assert setup.intact() == {FIRST: ["big"]}
