# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An S3 store that is wrong, slow, silent, damaging or forbidding: one clear sentence each, and nothing left behind."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import UsageError
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository import s3_copy, s3_upload
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.errors import StoreError
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.options import RepositoryOptions, open_store
from ansible_collections.vectorops.qdrant.tests.support.proxy import DOWN, UP, FaultProxy
from ansible_collections.vectorops.qdrant.tests.support.s3 import SECRET_KEY, start_s3

pytestmark = pytest.mark.faults
MIB = 1 << 20
SOON = 120  # on a busy machine; the deadlines are two seconds, and a store is silent for five minutes
PART = "PUT .*partNumber="


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with start_s3(tmp_path_factory.mktemp("s3"), iam=True) as running:
        yield running


@pytest.fixture
def proxy(server):
    with FaultProxy(server.port) as between:
        yield between


@pytest.fixture(autouse=True)
def no_aws_of_this_host(monkeypatch, tmp_path):
    """Credentials and settings of whoever runs the tests stay out of them."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no-credentials"))


def options(server, url, **more):
    given = {
        "bucket": server.bucket,
        "prefix": str(uuid.uuid4()),
        "endpoint_url": url,
        "access_key": server.access_key,
        "secret_key": server.secret_key,
        "timeout": 20.0,
    }
    return RepositoryOptions(**{**given, **more})


@pytest.fixture
def store(server, proxy):
    opened = open_store(options(server, proxy.url))
    yield opened
    proxy.clear()
    opened.close()


@pytest.fixture
def big(tmp_path):
    path = tmp_path / "big"
    path.write_bytes(os.urandom(MIB) * 35)
    return str(path)


def open_uploads(server, store):
    found = server.client().list_multipart_uploads(Bucket=server.bucket).get("Uploads") or []
    return [upload["Key"] for upload in found if upload["Key"].startswith(store.session.full_key(""))]


def direct(server, store):
    """The same store without the proxy between."""
    return open_store(options(server, server.url, prefix=store.options.prefix))


def nothing_left(server, store, key="x"):
    assert open_uploads(server, store) == [], "an unfinished upload was left behind"
    assert direct(server, store).head(key) is None


def whole(server, store, path, key="x"):
    with direct(server, store).open(key) as stream, open(path, "rb") as handle:
        assert hashlib.sha256(stream.read()).hexdigest() == hashlib.sha256(handle.read()).hexdigest()
    assert open_uploads(server, store) == []


def fails(call, kind, *words):
    """The call fails with this kind, in one sentence with these words and a next step, and shows no secret."""
    with pytest.raises(StoreError) as caught:
        call()
    error = caught.value
    text = str(error)
    assert error.kind == kind, text
    for word in words:
        assert word in text
    assert error.next, "no next step: " + text
    assert "\n" not in text
    assert "Traceback" not in text
    assert SECRET_KEY not in text
    assert SECRET_KEY not in json.dumps(error.as_dict())
    return error


# Overload, cuts and losses that pass.


@pytest.mark.parametrize("status", [500, 503])
def test_overload_that_passes(server, proxy, store, big, status):
    proxy.answer(status, times=2, match=PART)
    proxy.answer(status, times=1, match="POST .*uploads")
    proxy.answer(status, times=1, match="POST .*uploadId")
    store.put_file("x", big)
    whole(server, store, big)


@pytest.mark.parametrize("after", [0, 5000, 10 * MIB])
def test_a_part_that_is_cut_once(server, proxy, store, big, after):
    fault = proxy.cut(after, times=2, match=PART)
    store.put_file("x", big)
    assert fault.hits == 2
    whole(server, store, big)


@pytest.mark.parametrize(
    ("match", "size"),
    [
        (PART, 35 * MIB),
        ("POST .*uploads", 35 * MIB),
        ("POST .*uploadId=", 35 * MIB),
        ("PUT ", 100),
        ("HEAD ", 35 * MIB),
    ],
)
def test_an_answer_that_is_lost(server, proxy, store, tmp_path, match, size):
    """The store did it and we never heard: the repeated commit is refused, and the object is known to be ours."""
    path = tmp_path / "file"
    path.write_bytes(os.urandom(size))
    fault = proxy.lose_answer(match=match)
    info = store.put_file("x", str(path))
    assert fault.hits == 1
    assert info.bytes == size
    with direct(server, store).open("x") as stream:
        assert stream.read() == path.read_bytes()
    left = open_uploads(server, store)
    assert left == [] or match == "POST .*uploads", "an upload whose id was never heard of can only be found by age"
    store.abort_uploads("", 0)


@pytest.mark.parametrize("condition", ["if_absent", "if_match"])
def test_a_small_write_whose_answer_is_lost(server, proxy, store, condition):
    etag = store.put("x", b"before").etag if condition == "if_match" else None
    proxy.lose_answer(match="PUT ")
    store.put("x", b"mine", if_absent=etag is None, if_match=etag)
    assert direct(server, store).get("x").data == b"mine"


@pytest.mark.parametrize("limit", [0, None])
def test_a_copy_whose_answer_is_lost(server, proxy, store, big, monkeypatch, limit):
    if limit is not None:
        monkeypatch.setattr(s3_copy, "ONE_CALL_LIMIT", limit)
        monkeypatch.setattr(s3_copy, "PART_BYTES", 15 * MIB)
    info = store.put_file("x", big)
    fault = proxy.lose_answer(match="POST .*uploadId" if limit is not None else "PUT ")
    assert store.copy("x", "y", source=info).bytes == info.bytes
    assert fault.hits == 1
    whole(server, store, big, "y")


def test_a_lost_answer_does_not_forgive_what_somebody_else_wrote(server, proxy, store):
    proxy.on_request(lambda line: direct(server, store).put("x", b"theirs"), match="PUT ")
    with pytest.raises(StoreError) as caught:
        store.put("x", b"mine", if_absent=True)
    assert caught.value.kind == "exists"
    assert direct(server, store).get("x").data == b"theirs"


def test_a_key_taken_during_the_upload(server, proxy, store, big):
    proxy.on_request(lambda line: direct(server, store).put("x", b"theirs"), match="POST .*uploadId=")
    with pytest.raises(StoreError) as caught:
        store.put_file("x", big)
    assert caught.value.kind == "exists"
    assert open_uploads(server, store) == []
    assert direct(server, store).get("x").data == b"theirs"


@pytest.mark.parametrize("reader", ["open", "get_file"])
@pytest.mark.parametrize("after", [600, 3 * MIB])
def test_a_download_that_is_cut_goes_on_where_it_was(server, proxy, store, big, tmp_path, reader, after):
    direct(server, store).put_file("x", big)
    fault = proxy.cut(after, times=3, match="GET ", direction=DOWN)
    with open(big, "rb") as handle:
        expected = hashlib.sha256(handle.read()).hexdigest()
    if reader == "open":
        with store.open("x") as stream:
            assert hashlib.sha256(stream.read()).hexdigest() == expected
    else:
        store.get_file("x", str(tmp_path / "target"))
        assert hashlib.sha256((tmp_path / "target").read_bytes()).hexdigest() == expected
    assert fault.hits == 3


def test_a_download_of_something_that_changed_meanwhile_is_refused(server, proxy, store, big):
    direct(server, store).put_file("x", big)
    held = proxy.hold(after=3 * MIB, times=1, match="GET ")
    with store.open("x") as stream:
        stream.read(MIB)
        direct(server, store).put("x", b"other" * 8 * MIB)
        proxy.clear()  # the connection is reset only now: a cut after so many bytes may come before the change
        held.let_go.set()
        fails(stream.read, "changed")


def test_slow_is_not_broken(server, proxy, store, tmp_path):
    """Longer in all than the deadline, which is about silence."""
    path = tmp_path / "file"
    path.write_bytes(os.urandom(16 * MIB))
    slow = open_store(options(server, proxy.url, prefix=store.options.prefix, timeout=5.0))
    proxy.slow(rate=2.5 * MIB, match="PUT ")
    started = time.monotonic()
    slow.put_file("x", str(path))
    assert time.monotonic() - started > 5.5
    whole(server, store, str(path))


# Damage.


def test_a_damaged_part_is_sent_again(server, proxy, store, big):
    fault = proxy.flip(2 * MIB, times=2, match=PART)
    store.put_file("x", big)
    assert fault.hits == 2
    whole(server, store, big)


def test_a_damaged_small_file_is_sent_again(server, proxy, store, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(os.urandom(1000))
    fault = proxy.flip(500, times=1, match="PUT ")
    store.put_file("x", str(path))
    assert fault.hits == 1
    whole(server, store, str(path))


@pytest.mark.parametrize("size", [1000, 35 * MIB])
def test_damage_that_does_not_end(server, proxy, store, tmp_path, size):
    path = tmp_path / "file"
    path.write_bytes(os.urandom(size))
    fault = proxy.flip(500, match="PUT ")
    fails(lambda: store.put_file("x", str(path)), "bad_digest", "damages data")
    assert fault.hits >= s3_upload.SENDINGS
    nothing_left(server, store)


def test_a_damaged_document_is_not_stored(server, proxy, store):
    proxy.flip(5, match="PUT ")
    fails(lambda: store.put("x", b'{"format": 1}'), "bad_digest")
    nothing_left(server, store)


# What does not pass.


@pytest.mark.parametrize("what", ["cut", "503"])
def test_trouble_that_does_not_end(server, proxy, store, big, what):
    if what == "cut":
        proxy.cut(5 * MIB, match=PART)
        fails(lambda: store.put_file("x", big), "unreachable", "x in s3://", "Check endpoint_url")
    else:
        proxy.answer(503, match=PART)
        fails(lambda: store.put_file("x", big), "throttled", "SlowDown", "Run again later")
    nothing_left(server, store)


@pytest.mark.parametrize(
    ("match", "direction"),
    [(PART, DOWN), (PART, UP), ("POST .*uploads", DOWN), ("POST .*uploadId", DOWN), ("HEAD ", DOWN)],
)
def test_a_silent_store_meets_the_deadline(server, proxy, big, match, direction):
    store = open_store(options(server, proxy.url, timeout=2.0))
    fault = proxy.silence(match=match, direction=direction, after=MIB if direction == UP else 0)
    started = time.monotonic()
    fails(lambda: store.put_file("x", big), "stalled", "timeout")
    assert time.monotonic() - started < SOON
    assert fault.hits <= s3_upload.THREADS * (1 if direction == DOWN else 2), "silence was asked again and again"
    proxy.clear()
    left = open_uploads(server, store)
    assert left == [] or match == "POST .*uploads"
    store.abort_uploads("", 0)


def test_a_store_that_falls_silent_altogether(server, proxy, big):
    """Not even the abort is answered: it is given up after seconds, and the next run cleans up."""
    store = open_store(options(server, proxy.url, timeout=2.0))
    proxy.silence(match=PART)
    proxy.silence(match="DELETE ", direction=UP)
    started = time.monotonic()
    fails(lambda: store.put_file("x", big), "stalled")
    assert time.monotonic() - started < SOON
    proxy.clear()
    assert open_uploads(server, store) == [store.session.full_key("x")]
    assert direct(server, store).abort_uploads("", 0) == 1


@pytest.mark.parametrize("reader", ["open", "get_file", "get", "list"])
def test_a_silent_store_when_reading(server, proxy, big, tmp_path, reader):
    store = open_store(options(server, proxy.url, timeout=2.0))
    direct(server, store).put_file("x", big)
    proxy.silence(match="GET ", after=3 * MIB if reader in ("open", "get_file") else 0)
    started = time.monotonic()
    target = tmp_path / "target"

    def read():
        if reader == "open":
            with store.open("x") as stream:
                stream.read()
        elif reader == "get_file":
            store.get_file("x", str(target))
        elif reader == "get":
            store.get("x")
        else:
            list(store.list(""))

    fails(read, "stalled", "timeout")
    assert time.monotonic() - started < SOON
    assert [name for name in os.listdir(tmp_path) if name.startswith("target")] == []


def test_a_store_that_goes_away(server, proxy, store):
    proxy.close()
    fails(lambda: store.put("x", b"1"), "unreachable", "endpoint_url", proxy.url)


def test_an_interrupt_leaves_nothing(server, proxy, big):
    """Ctrl-C in the middle of a part, in a process of its own."""
    prefix = str(uuid.uuid4())
    store = open_store(options(server, server.url, prefix=prefix))
    proxy.on_request(lambda line: started.set(), times=1, match=PART)
    proxy.slow(rate=2 * MIB, match=PART)
    started = threading.Event()
    code = f"""
from {RepositoryOptions.__module__} import RepositoryOptions, open_store
store = open_store(RepositoryOptions(bucket={server.bucket!r}, prefix={prefix!r}, endpoint_url={proxy.url!r},
                                     access_key={server.access_key!r}, secret_key={server.secret_key!r}))
try:
    store.put_file("x", {big!r})
except KeyboardInterrupt:
    print("interrupted")
"""
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert started.wait(60)
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=120)
    finally:
        child.kill()
        child.wait()
    assert out == "interrupted\n", err
    assert err == ""
    proxy.clear()
    nothing_left(server, store)


def test_a_killed_upload_is_found_and_dropped(server, proxy, big):
    prefix = str(uuid.uuid4())
    store = open_store(options(server, server.url, prefix=prefix))
    started = threading.Event()
    proxy.on_request(lambda line: (started.set(), time.sleep(3)), match=PART)
    code = f"""
from {RepositoryOptions.__module__} import RepositoryOptions, open_store
open_store(RepositoryOptions(bucket={server.bucket!r}, prefix={prefix!r}, endpoint_url={proxy.url!r},
                             access_key={server.access_key!r}, secret_key={server.secret_key!r})).put_file("x", {big!r})
"""
    child = subprocess.Popen([sys.executable, "-c", code])
    try:
        assert started.wait(30)
    finally:
        child.kill()
        child.wait()
    assert open_uploads(server, store) == [store.session.full_key("x")]
    assert store.abort_uploads("", 0) == 1
    store.put_file("x", big)
    whole(server, store, big)


def test_a_file_that_shrinks_while_it_is_sent(server, proxy, store, big):
    proxy.on_request(lambda line: os.truncate(big, 20 * MIB), match="POST .*uploads")
    with pytest.raises(StoreError, match="was truncated"):
        store.put_file("x", big)
    nothing_left(server, store)


# Wrong settings and rights.


def test_wrong_bucket(server):
    for call in (
        lambda s: s.put("x", b"1"),
        lambda s: s.get("x"),
        lambda s: s.head("x"),
        lambda s: list(s.list("")),
        lambda s: s.delete(["x"]),
        lambda s: s.abort_uploads("", 0),
    ):
        store = open_store(options(server, server.url, bucket="no-such-bucket"))
        fails(lambda: call(store), "no_bucket", "no-such-bucket", "Check bucket")  # noqa: B023


def test_wrong_secret_and_key(server):
    store = open_store(options(server, server.url, secret_key="another-made-up-secret-0123456789"))
    fails(lambda: store.put("x", b"1"), "forbidden", "SignatureDoesNotMatch", "secret key")
    store = open_store(options(server, server.url, access_key="ANOTHERMADEUPKEY"))
    error = fails(lambda: store.put("x", b"1"), "forbidden", "InvalidAccessKeyId", "does not know this access key")
    assert "ANOTHERMADEUPKEY" not in str(error)
    fails(lambda: store.head("x"), "forbidden")


def test_no_credentials(server):
    store = open_store(options(server, server.url, access_key=None, secret_key=None))
    fails(lambda: store.put("x", b"1"), "no_credentials", "role")
    fails(lambda: store.presign("x", 60), "no_credentials")
    store = open_store(options(server, server.url, access_key=None, secret_key=None, profile="nobody"))
    fails(lambda: store.put("x", b"1"), "no_credentials", "nobody", "profile")


def test_forbidden(server, big):
    access_key, secret_key = server.make_user(
        f"reader-{uuid.uuid4().hex[:8]}",
        [{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": [f"arn:aws:s3:::{server.bucket}/*"]}],
    )
    owner = open_store(options(server, server.url))
    info = owner.put("x", b"1")
    store = open_store(
        options(server, server.url, prefix=owner.options.prefix, access_key=access_key, secret_key=secret_key)
    )
    assert store.get("x").data == b"1"
    for call in (
        lambda: store.put("y", b"1"),
        lambda: store.put_file("y", big),
        lambda: list(store.list("")),
        lambda: store.delete(["x"]),
        lambda: store.abort_uploads("", 0),
    ):
        fails(call, "forbidden", "AccessDenied", "actions of each role")
    assert store.copy("x", "y", source=info) is None, "a refused copy means: upload instead"
    nothing_left(server, owner, "y")


@pytest.mark.parametrize(
    ("status", "code", "kind", "word"),
    [
        (400, "ExpiredToken", "expired", "new temporary credentials"),
        (403, "RequestTimeTooSkewed", "skew", "clock"),
        (400, "AuthorizationHeaderMalformed", "region", "Set region"),
        (400, "IllegalLocationConstraintException", "region", "Set region"),
        (403, "InvalidObjectState", "frozen", "storage class"),
        (507, "XMinioStorageFull", "full", "Free space"),
        (418, "Teapot", "other", "Teapot"),
    ],
)
def test_what_stores_say(proxy, store, status, code, kind, word):
    proxy.answer(status, code=code)
    fails(lambda: store.get("x"), kind, code, word)


def test_credentials_that_expire_during_an_upload(server, proxy, store, big):
    proxy.answer(400, code="ExpiredToken", match=PART)
    fails(lambda: store.put_file("x", big), "expired", "new temporary credentials")
    nothing_left(server, store)


def test_an_old_store_that_refuses_the_checksum(server, proxy, store, big):
    proxy.answer(501, code="NotImplemented", times=1, match=PART)
    store.put_file("x", big)
    assert store.session.checksums == "md5"
    whole(server, store, big)


def test_an_old_store_that_refuses_to_delete_many(server, proxy, store):
    store.put("x", b"1")
    store.put("y", b"1")
    proxy.answer(400, code="MissingContentMD5", match="POST .*delete")
    store.delete(["x", "y"])
    assert list(direct(server, store).list("")) == []


def test_what_answers_is_not_s3(server, proxy):
    import http.server

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>It works!</html>")

        def log_message(self, *args):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Page) as page:
        threading.Thread(target=page.serve_forever, daemon=True).start()
        store = open_store(options(server, f"http://127.0.0.1:{page.server_port}"))
        fails(lambda: list(store.list("")), "protocol", "endpoint_url")
        page.shutdown()


def test_certificates(server, tmp_path_factory, tmp_path):
    with start_s3(tmp_path_factory.mktemp("tls"), tls=True) as secure:
        good = open_store(options(secure, secure.url, aws_ca_bundle=secure.ca_file))
        good.put("x", b"1")
        for bundle in (None, _other_authority(tmp_path)):
            with FaultProxy(secure.port, raw=True, scheme="https") as counter:
                store = open_store(options(secure, counter.url, aws_ca_bundle=bundle))
                fails(lambda: store.get("x"), "tls", "aws_ca_bundle")  # noqa: B023
                assert len(counter.requests) == 1, "a certificate does not get better by asking again"
        open_store(options(secure, secure.url, s3_validate_certs=False)).put("y", b"1")
        with pytest.raises(UsageError, match=r"aws_ca_bundle .* is not a file"):
            open_store(options(secure, secure.url, aws_ca_bundle=str(tmp_path / "absent.pem")))
    store = open_store(options(server, server.url.replace("http:", "https:")))
    fails(lambda: store.get("x"), "tls")


def _other_authority(folder):
    from ansible_collections.vectorops.qdrant.tests.support.s3 import make_certificate

    make_certificate(folder)
    return str(folder / "ca.pem")
