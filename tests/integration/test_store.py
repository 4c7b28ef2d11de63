# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two stores, one behaviour: a folder, and a real S3 server over HTTP and over TLS."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import LockedError
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository import (
    actions,
    s3_copy,
    s3_download,
    s3_upload,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.catalogue import Catalogue
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.drills import (
    add_drill,
    drills_of,
    read_drill,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.errors import StoreError
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.lock import Lock
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.options import RepositoryOptions, open_store
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.survey import Survey
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.trials import try_out
from ansible_collections.vectorops.qdrant.tests.support.s3 import start_s3
from ansible_collections.vectorops.qdrant.tests.unit.repository.make_manifest import ID, manifest

pytestmark = pytest.mark.integration
MIB = 1 << 20
ODD = ["plain", "two words", "Bücher", "100%", "a#b+c", "a&b=c?d", "x" * 200, "q'\"<>"]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with start_s3(tmp_path_factory.mktemp("s3"), iam=True) as running:
        yield running


@pytest.fixture(scope="module")
def tls_server(tmp_path_factory):
    with start_s3(tmp_path_factory.mktemp("s3tls"), tls=True) as running:
        yield running


def bucket_options(server, prefix, **more):
    keys = {"access_key": server.access_key, "secret_key": server.secret_key}
    return RepositoryOptions(
        **{
            "bucket": server.bucket,
            "prefix": prefix,
            "endpoint_url": server.url,
            "aws_ca_bundle": server.ca_file,
            "timeout": 30.0,
            **keys,
            **more,
        }
    )


@pytest.fixture(params=["folder", "s3"])
def store(request, tmp_path):
    if request.param == "folder":
        opened = open_store(RepositoryOptions(path=str(tmp_path / "repository"), prefix="a/b"))
    else:
        opened = open_store(bucket_options(request.getfixturevalue("server"), f"{uuid.uuid4()}/b"))
    yield opened
    opened.close()


@pytest.fixture
def s3(request, server):
    opened = open_store(bucket_options(server, str(uuid.uuid4())))
    yield opened
    assert open_uploads(server, opened) == [], "an unfinished upload was left behind"
    opened.close()


def open_uploads(server, store):
    found = server.client().list_multipart_uploads(Bucket=server.bucket).get("Uploads") or []
    return [upload["Key"] for upload in found if upload["Key"].startswith(store.session.full_key(""))]


@pytest.fixture(scope="module")
def big(tmp_path_factory):
    """A file of several parts and an odd end."""
    path = tmp_path_factory.mktemp("files") / "big"
    with open(path, "wb") as handle:
        for dummy in range(33):
            handle.write(os.urandom(MIB))
        handle.write(b"the end")
    return str(path)


def digest(path):
    with open(path, "rb") as handle:
        return hashlib.sha256(handle.read()).hexdigest()


def test_small_objects(store):
    made = store.put("k/one.json", b'{"a": 1}', if_absent=True)
    assert made.bytes == 8
    assert store.get("k/one.json").data == b'{"a": 1}'
    assert store.get("k/one.json").etag == made.etag == store.head("k/one.json").etag
    assert store.head("k/one.json").last_modified is not None
    assert store.head("k/two.json") is None
    assert store.head("k") is None
    with pytest.raises(StoreError) as caught:
        store.get("k/two.json")
    assert caught.value.kind == "not_found"


def test_nothing_is_overwritten_without_a_word(store):
    store.put("k", b"1", if_absent=True)
    for data in (b"1", b"2"):
        with pytest.raises(StoreError) as caught:
            store.put("k", data, if_absent=True)
        assert caught.value.kind == "exists"
    assert store.get("k").data == b"1"


def test_overwriting_what_was_read_and_nothing_else(store):
    first = store.put("k", b"1")
    second = store.put("k", b"2", if_match=first.etag)
    with pytest.raises(StoreError) as caught:
        store.put("k", b"3", if_match=first.etag)
    assert caught.value.kind == "changed"
    assert store.put("k", b"4", if_match=second.etag).etag == store.get("k").etag
    with pytest.raises(StoreError) as caught:
        store.put("absent", b"5", if_match=second.etag)
    assert caught.value.kind in ("changed", "not_found")
    assert store.head("absent") is None


@pytest.mark.parametrize("condition", ["if_absent", "if_match"])
def test_of_many_writers_one_wins(store, condition):
    etag = store.put("k", b"before").etag if condition == "if_match" else None
    store.warm_up()
    won, lost, start = [], [], threading.Barrier(8)

    def write(number):
        start.wait()
        try:
            store.put("k", str(number).encode(), if_absent=etag is None, if_match=etag)
            won.append(number)
        except StoreError as error:
            lost.append(error.kind)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert set(lost) == {"exists" if etag is None else "changed"}
    assert store.get("k").data == str(won[0]).encode()


@pytest.mark.parametrize("name", ODD)
def test_odd_names(store, name, tmp_path):
    from ansible_collections.vectorops.qdrant.plugins.module_utils._repository import layout

    key = layout.archive_key("prod", name, ID, name, name + ".snapshot")
    source = tmp_path / "source"
    source.write_bytes(b"archive")
    info = store.put_file(key, str(source))
    assert [found.key for found in store.list(layout.archives_prefix("prod", name))] == [key]
    with store.open(key) as stream:
        assert stream.read() == b"archive"
    copied = layout.archive_key("prod", name, "20261122T200000Z", name, name + ".snapshot")
    assert store.copy(key, copied, source=info).bytes == 7
    url = store.presign(key, 60)
    if url and url.startswith("http:"):
        with urllib.request.urlopen(url, timeout=10) as answer:
            assert answer.read() == b"archive"
    store.delete([key, copied])
    assert list(store.list("")) == []


def test_listing_by_prefix_in_order(store):
    keys = ["a/1", "a/2/3", "a/2/4", "ab/1", "b/1"]
    for key in reversed(keys):
        store.put(key, key.encode())
    assert [info.key for info in store.list("")] == keys
    assert [info.key for info in store.list("a/")] == keys[:3]
    assert [info.key for info in store.list("a")] == keys[:4]
    assert [info.key for info in store.list("a/2/")] == keys[1:3]
    assert list(store.list("nothing/")) == []
    assert {info.bytes for info in store.list("a/2/")} == {5}


@pytest.mark.parametrize("size", [0, 1, 16 * MIB, 16 * MIB + 1, None])
def test_files_go_up_and_come_down(store, size, big, tmp_path):
    source = big
    if size is not None:
        source = str(tmp_path / "source")
        with open(source, "wb") as handle:
            handle.write(os.urandom(size))
    told = []
    size = os.path.getsize(source)
    info = store.put_file("archives/x", source, progress=told.append)
    assert info.bytes == size
    assert store.head("archives/x").bytes == size
    assert store.sent_bytes == size
    if size:
        assert (told[-1].done, told[-1].total, told[-1].step) == (size, size, "upload")
    target = str(tmp_path / "target")
    told.clear()
    store.get_file("archives/x", target, progress=told.append)
    assert digest(target) == digest(source)
    assert not os.path.exists(target + ".part")
    if size:
        assert (told[-1].done, told[-1].total, told[-1].step) == (size, size, "download")
    with store.open("archives/x") as stream:
        assert hashlib.sha256(stream.read()).hexdigest() == digest(source)


@pytest.mark.parametrize("size", [1, None])
def test_over_tls(tls_server, size, big, tmp_path):
    """Bodies are signed in another way there: in one call and by parts, up and down again."""
    opened = open_store(bucket_options(tls_server, f"{uuid.uuid4()}/b"))
    test_small_objects(opened)
    test_files_go_up_and_come_down(opened, size, big, tmp_path)
    opened.close()


def test_a_stream_is_read_in_any_pieces(store, big):
    store.put_file("x", big)
    with open(big, "rb") as handle:
        expected = handle.read()
    with store.open("x") as stream:
        assert stream.read(3) == expected[:3]
        buffer = bytearray(5)
        assert stream.readinto(buffer) == 5
        assert bytes(buffer) == expected[3:8]
        rest = b"".join(iter(lambda: stream.read(300_001), b""))
    assert rest == expected[8:]


@pytest.mark.parametrize("size", [10, 17 * MIB])
def test_a_file_is_never_uploaded_over_another(store, size, tmp_path):
    source = tmp_path / "source"
    source.write_bytes(b"x" * size)
    store.put("taken", b"before")
    sent = store.sent_bytes
    with pytest.raises(StoreError) as caught:
        store.put_file("taken", str(source))
    assert caught.value.kind == "exists"
    assert store.get("taken").data == b"before"
    assert store.sent_bytes == sent


def test_a_file_that_is_not_there_is_said(store, tmp_path):
    with pytest.raises(StoreError, match="No such file") as caught:
        store.put_file("x", str(tmp_path / "absent"))
    assert caught.value.kind == "not_found"
    with pytest.raises(StoreError) as caught:
        store.get_file("absent", str(tmp_path / "target"))
    assert caught.value.kind == "not_found"
    assert not os.listdir(tmp_path) or "target" not in " ".join(os.listdir(tmp_path))


def test_a_target_that_cannot_be_written_is_said(store, tmp_path):
    store.put("x", b"1")
    with pytest.raises(StoreError, match="target"):
        store.get_file("x", str(tmp_path / "no" / "folder" / "target"))


def test_copying_inside_the_store(store, big):
    info = store.put_file("a/source", big)
    sent = store.sent_bytes
    copied = store.copy("a/source", "a/target", source=info)
    assert copied.bytes == info.bytes
    assert store.sent_bytes == sent
    with store.open("a/target") as stream:
        assert hashlib.sha256(stream.read()).hexdigest() == digest(big)


def test_a_copy_that_may_not_be_is_not_made(store):
    first = store.put("a/source", b"first")
    store.put("a/source", b"other")
    assert store.copy("a/source", "a/target", source=first) is None, "the source is not the one that was meant"
    now = store.head("a/source")
    assert store.copy("a/absent", "a/target", source=now) is None
    assert store.head("a/target") is None
    store.put("a/taken", b"taken")
    assert store.copy("a/source", "a/taken", source=now) is None
    assert store.get("a/taken").data == b"taken"


def test_deleting(store):
    for number in range(12):
        store.put(f"d/{number}", b"x")
    store.put("e", b"x")
    store.delete([f"d/{number}" for number in range(12)] + ["d/absent"])
    assert [info.key for info in store.list("")] == ["e"]
    store.delete([])


def test_a_backup_is_committed_found_and_proven(store):
    catalogue = Catalogue(store, "prod")
    document = manifest()
    for entry in document.collections:
        store.put(entry.archive.key, b"x" * entry.archive.bytes)
    catalogue.commit(document)
    catalogue.add_proof("node-a", ID, {"grade": 1})
    catalogue.add_proof("node-a", ID, {"grade": 1})
    fresh = Catalogue(store, "prod")
    assert fresh.manifest(fresh.choose(collection="articles")) == document
    assert Survey(fresh).completeness(ID).text == "complete"
    assert [proof["grade"] for proof in fresh.proofs("node-a", ID)] == [1, 1]


def test_the_lock(store):
    with Lock(store, "prod", "node-a", "first", 600) as held:
        held.renew()
        with pytest.raises(LockedError, match="first"):
            Lock(store, "prod", "node-a", "second", 600).take()
    dead = Lock(store, "prod", "node-a", "dead", -5)
    dead.take()
    with Lock(store, "prod", "node-a", "third", 600), pytest.raises(LockedError, match="third"):
        dead.renew()


# What is S3's own.


def test_many_pages(s3):
    for number in range(7):
        s3.put(f"p/{number}", b"x")
    client = s3.session.client()
    client.meta.events.register("before-call.s3.ListObjectsV2", _small_pages)
    assert [info.key for info in s3.list("p/")] == [f"p/{number}" for number in range(7)]


def _small_pages(params, **kwargs):
    params["url"] += "&max-keys=2"
    params["query_string"]["max-keys"] = 2


def test_large_copies_go_by_parts_under_the_same_conditions(s3, big, monkeypatch):
    monkeypatch.setattr(s3_copy, "ONE_CALL_LIMIT", 10 * MIB)
    monkeypatch.setattr(s3_copy, "PART_BYTES", 15 * MIB)
    info = s3.put_file("source", big)
    calls = record(s3)
    copied = s3.copy("source", "target", source=info)
    assert copied.bytes == info.bytes
    made = [call for call, dummy in calls]
    assert made.count("UploadPartCopy") == 3
    assert "CopyObject" not in made
    with s3.open("target") as stream:
        assert hashlib.sha256(stream.read()).hexdigest() == digest(big)
    assert s3.copy("source", "target", source=info) is None
    other = s3.put("other", b"x" * 100)
    assert s3.copy("source", "target2", source=type(info)("source", info.bytes, other.etag)) is None
    assert s3.head("target2") is None


def test_a_store_that_cannot_copy_parts_copies_in_one_call(s3, big, monkeypatch):
    def unknown(session, source_key, target_key, source, part_bytes):
        raise StoreError("copy", session.on(target_key), "NotImplemented", kind="unsupported", status=501)

    monkeypatch.setattr(s3_copy, "ONE_CALL_LIMIT", 10 * MIB)
    monkeypatch.setattr(s3_copy, "copy_by_parts", unknown)
    info = s3.put_file("source", big)
    assert s3.copy("source", "target", source=info).bytes == info.bytes
    monkeypatch.setattr(s3_copy, "MOST_IN_ONE_CALL", 10 * MIB)
    assert s3.copy("source", "target2", source=info) is None


def test_a_silent_call_is_asked_to_copy_no_more_than_slow_stores_manage():
    slow, timeout = 10 * 1000**2, 60
    assert slow * timeout >= s3_copy.ONE_CALL_LIMIT
    assert slow * timeout >= s3_copy.PART_BYTES * s3_copy.THREADS
    assert s3_copy.ONE_CALL_LIMIT <= s3_copy.MOST_IN_ONE_CALL == 5 * 1024**3


@pytest.mark.parametrize("size", [17 * MIB, 150 * MIB, 160_000 * MIB, 5 * 1024**4])
def test_parts_are_few_enough_and_equal(size):
    each = s3_upload.part_bytes(size)
    assert -(-size // each) <= 10_000
    assert 5 * MIB <= each <= 5 * 1024**3
    assert each % MIB == 0


@pytest.mark.parametrize(("size", "mebibytes"), [(17, 16), (320, 16), (800, 40), (1280, 64), (160_000, 64)])
def test_larger_files_have_larger_parts_that_can_still_be_sent_again(size, mebibytes):
    assert s3_upload.part_bytes(size * MIB) == mebibytes * MIB


def test_the_store_checks_every_part(s3, big):
    s3.put_file("x", big)
    assert s3.session.checksums == "crc32"
    answer = s3.session.client().head_object(
        Bucket=s3.session.bucket, Key=s3.session.full_key("x"), ChecksumMode="ENABLED"
    )
    assert answer["ChecksumCRC32"].endswith("-3")


@pytest.mark.parametrize("size", ["small", "big"])
def test_a_store_that_ignores_crc32_is_asked_for_md5(s3, big, size, tmp_path):
    """Older stores take the header and do not look at it: then there is no echo of it in their answer."""
    s3.session.client().meta.events.register_last("before-call.s3", _unknown_headers)
    source = big
    if size == "small":
        source = str(tmp_path / "small")
        with open(source, "wb") as handle:
            handle.write(b"small")
    s3.put_file("x", source)
    assert s3.session.checksums == "md5"
    calls = record(s3)
    s3.put_file("y", source)
    sent = [headers for call, headers in calls if call in ("PutObject", "UploadPart")]
    assert sent
    assert all("Content-MD5" in headers and "x-amz-checksum-crc32" not in headers for headers in sent)
    s3.get_file("y", str(tmp_path / "target"))
    assert digest(tmp_path / "target") == digest(source)


def _unknown_headers(params, **kwargs):
    """As if the store had never heard of them."""
    for name in [name for name in params["headers"] if name.lower().startswith("x-amz-checksum")]:
        del params["headers"][name]


def test_unfinished_uploads_are_dropped_by_age_and_prefix(s3, server):
    client = server.client()
    for key in ("mine/a", "mine/b", "other/c"):
        client.create_multipart_upload(Bucket=server.bucket, Key=s3.session.full_key(key))
    assert s3.abort_uploads("mine/", 3600) == 0
    assert s3.abort_uploads("mine/", 0) == 2
    assert open_uploads(server, s3) == [s3.session.full_key("other/c")]
    assert s3.abort_uploads("", 0) == 1


def test_presigned_urls_read_and_run_out(s3):
    s3.put("x", b"data")
    url = s3.presign("x", 1)
    with urllib.request.urlopen(url, timeout=10) as answer:
        assert answer.read() == b"data"
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in url
    time.sleep(2.2)
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(url, timeout=10)
    assert caught.value.code == 403
    assert "X-Amz-Expires=900" in s3.presign("x", 900)


def test_encryption_and_storage_class_are_asked_for(server, request, big, tmp_path):
    options = bucket_options(server, str(uuid.uuid4()), sse="AES256", storage_class="STANDARD_IA")
    store = open_store(options)
    info = store.put_file("archive", big)
    assert info.storage_class == "STANDARD_IA"
    assert store.copy("archive", "copy", source=info).storage_class == "STANDARD_IA"
    small = tmp_path / "small"
    small.write_bytes(b"in one call")
    assert store.put_file("small", str(small)).storage_class == "STANDARD_IA"
    store.put("manifest", b"{}")
    listed = {found.key: found.storage_class for found in store.list("")}
    assert listed == {**dict.fromkeys(("archive", "copy", "small"), "STANDARD_IA"), "manifest": "STANDARD"}
    for key in ("archive", "copy", "manifest"):
        answer = store.session.client().head_object(Bucket=store.session.bucket, Key=store.session.full_key(key))
        assert answer["ServerSideEncryption"] == "AES256"
    store.get_file("copy", str(tmp_path / "target"))
    assert digest(tmp_path / "target") == digest(big)


def test_an_archive_in_a_frozen_class_is_not_copied(s3):
    from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.store import ObjectInfo

    calls = record(s3)
    assert s3.copy("a", "b", source=ObjectInfo("a", 1, "e", "GLACIER", frozen="it is in GLACIER")) is None
    assert calls == []


def record(store):
    """The calls that are made from now on: (operation, headers)."""
    calls = []

    def note(model, params, **kwargs):
        calls.append((model.name, dict(params["headers"])))

    store.session.client().meta.events.register_last("before-call.s3", note)
    return calls


def exercise(store, role, big, tmp_path):
    """What a role does, by the engine's own rooms."""
    catalogue = Catalogue(store, "prod")
    document = manifest()
    key = document.collections[0].archive.key
    with Lock(store, "prod", "node-a", role, 600) as held:
        held.renew()
        catalogue.pinned()
        if role == "writer":
            dead = store.session.full_key("prod/archives/node-a/dead")
            store.session.client().create_multipart_upload(Bucket=store.session.bucket, Key=dead)
            assert store.abort_uploads("prod/archives/node-a/", 0) == 1
            info = store.put_file(key, big)
            assert store.copy(key, key + ".copy", source=info)
            catalogue.commit(document)
            catalogue.add_proof("node-a", ID, {"grade": 1})
        entry = catalogue.choose(collection="articles")
        catalogue.manifest(entry)
        Survey(catalogue).completeness(ID)
        catalogue.proofs("node-a", ID)
        if role in ("restorer", "drill"):
            store.get_file(key, str(tmp_path / "archive"))
            with store.open(key) as stream:
                stream.read(10)
            with urllib.request.urlopen(store.presign(key, 60), timeout=10) as answer:
                answer.read(10)
            catalogue.add_proof("node-a", ID, {"grade": 3})
        if role in ("writer", "drill"):
            add_drill(catalogue, "node-a", {"at": "x"}, passed=True)
            found = drills_of(catalogue, "node-a")[0]
            assert read_drill(catalogue, found) == {"at": "x"}
        if role == "pruner":
            store.abort_uploads("prod/archives/", 0)
            store.delete(
                [info.key for kind in ("manifests", "archives", "proofs") for info in store.list(f"prod/{kind}/")]
            )


def statements(server, store, role):
    """The policy that the role's list of actions means."""
    arn = f"arn:aws:s3:::{server.bucket}"
    out = []
    for grant in actions.ROLES[role]:
        if grant.action == "s3:GetLifecycleConfiguration":
            continue  # SeaweedFS does not take it by name
        if grant.action in actions.BUCKET_ACTIONS:
            # SeaweedFS does not take s3:ListBucketMultipartUploads by name, though it checks it.
            action = "s3:List*" if grant.action == "s3:ListBucketMultipartUploads" else grant.action
            out.append({"Effect": "Allow", "Action": [action], "Resource": [arn]})
        else:
            keys = [f"{arn}/{store.session.full_key('prod')}/{kind}/*" for kind in grant.kinds]
            out.append({"Effect": "Allow", "Action": [grant.action], "Resource": keys})
    return out


@pytest.mark.parametrize("role", ["writer", "restorer", "drill", "pruner"])
def test_each_role_makes_the_calls_of_its_list_and_needs_no_more(server, role, big, tmp_path, request, monkeypatch):
    """As a user who may do what the list says and nothing else, on a server that enforces it."""
    prefix = str(uuid.uuid4())
    if role != "writer":
        exercise(open_store(bucket_options(server, prefix)), "writer", big, tmp_path)
    store = open_store(bucket_options(server, prefix))
    access_key, secret_key = server.make_user(f"u{time.time_ns()}", statements(server, store, role))
    limited = open_store(bucket_options(server, prefix, access_key=access_key, secret_key=secret_key))
    calls = []
    call = limited.session.call

    def noting(operation, attempted, key, **more):
        name = "".join(word.capitalize() for word in operation.split("_"))
        calls.append((name, key.split("/")[1]))
        return call(operation, attempted, key, **more)

    monkeypatch.setattr(limited.session, "call", noting)
    sent = record(limited)
    exercise(limited, role, big, tmp_path)
    assert {name for name, dummy in sent} == {name for name, dummy in calls}, "a call went past S3Session.call"
    missing = sorted({(name, kind) for name, kind in calls if not actions.allowed(role, name, kind)})
    assert not missing, f"calls that the list of the {role} does not have"
    if role == "writer":
        with pytest.raises(StoreError) as caught:
            limited.delete([manifest().collections[0].archive.key])
        assert caught.value.kind == "forbidden"


def test_no_call_is_listed_that_is_never_made(server, big, tmp_path, request, monkeypatch):
    monkeypatch.setattr(s3_copy, "ONE_CALL_LIMIT", 10 * MIB)
    monkeypatch.setattr(s3_copy, "PART_BYTES", 15 * MIB)
    store = open_store(bucket_options(server, str(uuid.uuid4())))
    calls = record(store)
    exercise(store, "writer", big, tmp_path)
    exercise(store, "restorer", big, tmp_path)
    server.client().create_multipart_upload(Bucket=server.bucket, Key=store.session.full_key("prod/archives/dead"))
    exercise(store, "pruner", big, tmp_path)
    small = store.put("prod/archives/s", b"1")
    store.copy("prod/archives/s", "prod/archives/t", source=small)
    try_out(store, "prod", "node-a", forbidden=True)
    assert {name for name, dummy in calls} == set(actions.CALLS)


def test_memory_stays_flat(server, tmp_path, request):
    """Peak memory of a process that uploads and downloads 10 times the size of everything it may hold."""
    source = tmp_path / "large"
    block = os.urandom(MIB)
    with open(source, "wb") as handle:
        for dummy in range(256):
            handle.write(block)
    code = f"""
def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM"))
from {RepositoryOptions.__module__} import RepositoryOptions, open_store
store = open_store(RepositoryOptions(bucket={server.bucket!r}, prefix="{uuid.uuid4()}", endpoint_url={server.url!r},
                                     access_key={server.access_key!r}, secret_key={server.secret_key!r}))
store.put("x", b"x")
before = peak()
store.put_file("large", {str(source)!r})
store.get_file("large", {str(tmp_path / "again")!r})
with store.open("large") as stream:
    while stream.read(1 << 20):
        pass
print(before, peak())
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=120, text=True)
    before, peak = (int(word) for word in done.stdout.split())
    assert peak - before < 30, f"{before} MiB before, {peak} MiB at most"
    assert peak < 110
    assert digest(tmp_path / "again") == digest(source)


def test_ranges_are_fetched_side_by_side(s3, big, tmp_path):
    s3.put_file("x", big)
    calls = record(s3)
    s3.get_file("x", str(tmp_path / "target"))
    ranges = [headers["Range"] for call, headers in calls if call == "GetObject"]
    assert len(ranges) == -(-os.path.getsize(big) // s3_download.RANGE_BYTES)
    assert all("If-Match" in headers for call, headers in calls if call == "GetObject")
