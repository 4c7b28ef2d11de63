# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stores differ: what real S3 servers refuse, ignore and leave out, each by a proxy before one that does it all right.

Whatever a store lacks: a backup is made and copied, listed, verified and restored, a second run is kept out, and what
is weaker than elsewhere is said.
"""

from __future__ import annotations

import dataclasses
import gzip
import json
import os
import re
import socket
import threading
import time
import urllib.parse
import urllib.request

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import EngineError, LockedError
from ansible_collections.vectorops.qdrant.plugins.module_utils._doctor.judge_store import judge_store
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository import (
    layout,
    lock,
    s3_copy,
    s3_download,
    s3_upload,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.errors import StoreError
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.keeper import node_lock
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.options import RepositoryOptions, open_store
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.trials import try_out
from ansible_collections.vectorops.qdrant.tests.support import tempers
from ansible_collections.vectorops.qdrant.tests.support.rig import prefix_of

pytestmark = pytest.mark.integration
MIB = 1 << 20
FIRST, SECOND = "20260101T000000Z", "20260101T010000Z"
WEAK = "does not support conditional writes"
COMPLETE = ("CompleteMultipartUpload",)

# name: (tempers, options, traits that are learned, whether locks hold)
STORES = {
    "all right": (list, {}, {"conditional_put": "kept", "if_match": "quoted", "part_checksums": "crc32"}, True),
    "ceph 16 and 18": (lambda: [tempers.BareEtags()], {}, {"if_match": "bare", "conditional_put": "kept"}, True),
    "ceph, versioned": (
        lambda: [tempers.MatchNeverHolds()],
        {},
        {"if_match": "none", "conditional_put": "ignored"},
        False,
    ),
    "ceph: a copy overwrites": (
        lambda: [tempers.CopiesRefused("UploadPartCopy"), tempers.ConditionsIgnored("CopyObject")],
        {},
        {"copy_conditional": "ignored"},
        True,
    ),
    "swift 2.30": (
        lambda: [
            tempers.ConditionsRefused(),
            tempers.ChecksumsRefused(400, "MalformedXML", "CreateMultipartUpload"),
            tempers.CopiesRefused("CopyObject", "UploadPartCopy", of_parts=True),
        ],
        {},
        {"conditional_put": "refused", "if_match": "none", "part_checksums": "md5", "copy": "single"},
        False,
    ),
    "swift 2.38": (
        lambda: [tempers.ConditionsRefused("PutObject", names=("if-match",)), tempers.NoEcho()],
        {},
        {"conditional_put": "kept", "if_match": "none", "part_checksums": "md5"},
        False,
    ),
    "rclone": (
        lambda: [tempers.ConditionsIgnored(), tempers.CopiesRefused("UploadPartCopy", code="InvalidPart")],
        {},
        {"conditional_put": "ignored", "if_match": "none", "upload_part_copy": "no"},
        False,
    ),
    "no condition on the end of an upload": (
        lambda: [tempers.ConditionsRefused(*COMPLETE)],
        {},
        {"conditional_put": "kept", "conditional_complete": "refused"},
        True,
    ),
    "condition on the end of an upload ignored": (lambda: [tempers.ConditionsIgnored(*COMPLETE)], {}, {}, True),
    "400 in place of 501": (
        lambda: [tempers.ConditionsRefused(status=400, code="InvalidRequest")],
        {},
        {"conditional_put": "refused", "if_match": "none"},
        False,
    ),
    "checksums at the end of an upload refused": (
        lambda: [tempers.NamedChecksumsRefused()],
        {},
        {"part_checksums": "md5"},  # the server behind wants them named where an upload has CRC32 at all
        True,
    ),
    "checksums at the end of an upload refused, and needless": (
        lambda: [tempers.NamedChecksumsRefused(needless=True)],
        {},
        {"complete_checksums": "no", "part_checksums": "crc32"},
        True,
    ),
    "checksums refused": (lambda: [tempers.ChecksumsRefused()], {}, {"part_checksums": "md5"}, True),
    "checksums of parts refused": (
        lambda: [tempers.ChecksumsRefused(501, "NotImplemented", "UploadPart")],
        {},
        {"part_checksums": "md5"},
        True,
    ),
    "checksums not echoed": (lambda: [tempers.NoEcho()], {}, {"part_checksums": "md5"}, True),
    "no checksum at all": (
        lambda: [tempers.ChecksumsRefused(400, "InvalidArgument", "UploadPart", "CreateMultipartUpload", md5=True)],
        {},
        {"part_checksums": "none"},
        True,
    ),
    "etags that are no MD5": (lambda: [tempers.OpaqueEtags()], {}, {"part_checksums": "crc32"}, True),
    "etags that are no MD5, checksums not echoed": (
        lambda: [tempers.OpaqueEtags(), tempers.NoEcho()],
        {},
        {"part_checksums": "none"},
        True,
    ),
    "no etags": (lambda: [tempers.NoEtags()], {}, {"conditional_put": "kept", "if_match": "none"}, False),
    "listings without a token": (lambda: [tempers.ShortListings()], {}, {"listing": "start_after"}, True),
    "listings with NextMarker": (lambda: [tempers.ShortListings(marker=True)], {}, {"listing": "start_after"}, True),
    "answers without a length": (lambda: [tempers.NoLength()], {}, {}, True),
    "another region": (lambda: [tempers.OneRegion("lab-east-7")], {"region": None}, {"region": "lab-east-7"}, True),
    "copies refused": (
        lambda: [tempers.CopiesRefused("CopyObject", "UploadPartCopy", status=501, code="NotImplemented")],
        {},
        {},
        True,
    ),
    "one deletion at a time": (
        lambda: [tempers.Refusal("DeleteObjects", 501, "NotImplemented")],
        {},
        {"conditional_put": "kept"},
        True,
    ),
    "conditions off": (list, {"conditional_writes": "off"}, {}, False),
    "no checksums wanted": (list, {"checksums": "none"}, {}, True),
    "md5 wanted": (list, {"checksums": "md5"}, {}, True),
}


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    """Archives of tests are small: they go by parts as well."""
    monkeypatch.setattr(s3_upload, "ONE_CALL_LIMIT", 1000)
    monkeypatch.setattr(s3_copy, "ONE_CALL_LIMIT", 1000)
    monkeypatch.setattr(lock, "MOMENT", 0.05)


@pytest.fixture
def before(s3_server):
    """Put tempers before the server: the proxy."""
    opened = []

    def make(*those):
        opened.append(tempers.TemperProxy(s3_server, *those))
        return opened[-1]

    yield make
    for proxy in opened:
        proxy.close()


@pytest.fixture
def open_at(s3_server, request):
    """Open the store behind a proxy."""
    opened = []

    def make(proxy, **more):
        given = {
            "bucket": s3_server.bucket,
            "prefix": prefix_of(request),
            "endpoint_url": proxy.url,
            "access_key": s3_server.access_key,
            "secret_key": s3_server.secret_key,
            "timeout": 20.0,
        }
        if more.get("state_dir"):  # a run makes it before it opens the store
            os.makedirs(more["state_dir"], exist_ok=True)
        opened.append(open_store(RepositoryOptions(**{**given, **more})))
        return opened[-1]

    yield make
    for store in opened:
        store.close()


def traits(rig):
    """What this host remembers of the store."""
    (path,) = (rig.directory / "state" / "stores").iterdir()
    return json.loads(path.read_text())["traits"]


@pytest.mark.parametrize("name", STORES)
def test_a_store_that_differs(rig, before, name):
    """Backup, copy, list, verify, restore, a second run that is kept out, and a prune."""
    make, options, learned, locks = STORES[name]
    proxy = before(*make())
    more = {"endpoint_url": proxy.url, **options}
    rig.fill(count=60)
    first = rig.run("back_up", backup_id=FIRST, **more)
    assert first["ok"] and first["changed"]
    second = rig.run("back_up", backup_id=SECOND, **more)
    assert second["ok"] and len(second["collections"]) == 1
    for report in (first, second):
        said = [text for text in report["warnings"] if "conditional" in text]
        assert len(said) == (0 if locks else 1), report["warnings"]
    # The weaker promise stands in the manifest too.
    (key,) = rig.keys(f"manifests/node-a/{FIRST}")
    manifest = json.loads(rig.s3.client().get_object(Bucket=rig.s3.bucket, Key=f"{rig.prefix}/{key}")["Body"].read())
    assert any("conditional" in text for text in manifest.get("warnings", [])) is not locks
    found = rig.run("list_backups", completeness=True, **more)
    assert [one["backup_id"] for one in found["backups"]] == [SECOND, FIRST]
    assert all(one["complete"] for one in found["backups"]) and not found["unreadable"]
    proven = rig.run("verify", **more)
    assert proven["ok"] and proven["backups"][0]["grade"] == 1
    rig.drop()
    back = rig.run("restore", **more)
    assert back["ok"] and rig.count() == 60
    held = open_store(RepositoryOptions(**repository(rig, more)))
    with node_lock(held, "search", "node-a", "a backup", "[other]"):
        for verb, words in (
            ("back_up", {"backup_id": "20260101T020000Z"}),
            ("restore", {"name": "other"}),
            ("prune", {"keep_last": 1}),
        ):
            with pytest.raises(LockedError, match="a backup on"):
                rig.run(verb, **{**more, **words})
    held.close()
    pruned = rig.run("prune", keep_last=1, **more)
    assert pruned["ok"] and [one["backup_id"] for one in pruned["removed"]] == [FIRST]
    assert not rig.keys(FIRST) and rig.run("verify", all_backups=True, record=False, **more)["ok"]
    seen = traits(rig)
    assert {name: seen.get(name) for name in learned} == learned
    for temper in proxy.tempers:
        assert temper.hits, f"{type(temper).__name__} had nothing to change"


def repository(rig, more):
    names = ("bucket", "prefix", "endpoint_url", "region", "access_key", "secret_key")
    given = {**rig.known(), **rig.secrets(), **more}
    chosen = ("conditional_writes", "addressing_style", "checksums")
    return {name: value for name, value in given.items() if name in names + chosen}


# Locks.


def racing(open_at, proxy, starts):
    """Two runs that take the lock in the same moment; (holders, refused)."""
    won, lost = [], []

    def run(number):
        store = open_at(proxy)
        mine = lock.Lock(store, "prod", "node-a", f"run {number}", 600)
        starts.wait()
        try:
            mine.take()
            won.append(mine)
        except LockedError as error:
            lost.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return won, lost


def test_two_runs_in_one_moment_where_conditions_are_ignored(before, open_at):
    """Neither is refused by the store: reading the lock back keeps one of them out."""
    proxy = before(tempers.ConditionsIgnored())
    won, lost = racing(open_at, proxy, threading.Barrier(2))
    assert len(won) <= 1 and len(won) + len(lost) == 2
    for mine in won:
        mine.check()


def test_a_lock_that_was_taken_over_where_conditions_are_ignored(before, open_at):
    """Whoever has the lock no more learns it before the commit."""
    proxy = before(tempers.ConditionsIgnored())
    mine = lock.Lock(open_at(proxy), "prod", "node-a", "mine", -5)
    mine.take()
    with node_lock(open_at(proxy), "prod", "node-a", "theirs", ""), pytest.raises(LockedError, match="theirs"):
        mine.renew()


def test_young_uploads_of_others_are_left_alone_where_locks_do_not_hold(rig, before):
    for those, left in (((tempers.ConditionsIgnored(),), True), ((), False)):
        proxy = before(*those)
        key = f"{rig.prefix}/search/archives/node-a/{FIRST}/x/y.snapshot"
        upload = rig.s3.client().create_multipart_upload(Bucket=rig.s3.bucket, Key=key)["UploadId"]
        rig.fill(count=10)
        rig.run("back_up", backup_id=FIRST if left else SECOND, endpoint_url=proxy.url)
        found = rig.s3.client().list_multipart_uploads(Bucket=rig.s3.bucket).get("Uploads") or []
        assert (upload in [one["UploadId"] for one in found]) is left


@pytest.mark.parametrize(
    "those",
    [
        lambda: [tempers.ConditionsIgnored()],
        lambda: [tempers.ConditionsRefused()],
        lambda: [tempers.MatchNeverHolds()],
        lambda: [tempers.ConditionsRefused("PutObject", names=("if-match",))],
    ],
    ids=["ignored", "refused", "if-match never holds", "no if-match"],
)
def test_require_refuses_a_store_that_does_not_keep_conditions(rig, before, those):
    proxy = before(*those())
    rig.fill(count=10)
    words = {"endpoint_url": proxy.url, "conditional_writes": "require"}
    with pytest.raises(StoreError) as caught:
        rig.run("back_up", backup_id=FIRST, **words)
    assert caught.value.exit_code == 3 and "conditional_writes is require" in str(caught.value)
    assert not rig.keys("manifests/") and not rig.keys("archives/")
    # What is there can still be brought back: a restore and a verification need no write.
    rig.run("back_up", backup_id=SECOND, endpoint_url=proxy.url)
    assert rig.run("verify", **words)["ok"]
    rig.drop()
    report = rig.run("restore", **words)
    assert report["ok"] and rig.count() == 10
    assert any("lock" in text for text in report["warnings"])


def test_require_is_content_with_a_store_that_keeps_them(rig, before):
    rig.fill(count=10)
    proxy = before()
    assert rig.run("back_up", backup_id=FIRST, endpoint_url=proxy.url, conditional_writes="require")["ok"]


def test_a_repository_that_takes_no_writes_is_restored_from_and_verified(rig, before):
    rig.fill(count=10)
    rig.run("back_up", backup_id=FIRST)
    rig.drop()
    proxy = before(*(tempers.Refusal(name, 501, "NotImplemented") for name in ("PutObject", "CreateMultipartUpload")))
    verified = rig.run("verify", endpoint_url=proxy.url)
    assert verified["ok"] and any("proof" in text for text in verified["warnings"])
    report = rig.run("restore", endpoint_url=proxy.url)
    assert report["ok"] and rig.count() == 10
    assert any("lock of node node-a" in text for text in report["warnings"])


def test_what_was_seen_is_remembered_and_asked_again_later(rig, before, open_at, tmp_path):
    proxy = before(tempers.ConditionsRefused())
    state = str(tmp_path / "state")
    open_at(proxy, state_dir=state).put("a", b"1", if_absent=True)
    asked = len(proxy.requests)
    open_at(proxy, state_dir=state).put("b", b"1", if_absent=True)
    assert proxy.tempers[0].hits == 1 and len(proxy.requests) > asked
    (path,) = (tmp_path / "state" / "stores").iterdir()
    facts = json.loads(path.read_text())
    path.write_text(json.dumps({**facts, "seen_at": "2020-01-01T00:00:00Z"}))
    open_at(proxy, state_dir=state).put("c", b"1", if_absent=True)
    assert proxy.tempers[0].hits == 2
    path.write_text("{")
    open_at(proxy, state_dir=state).put("d", b"1", if_absent=True)
    assert proxy.tempers[0].hits == 3


# Objects.


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(os.urandom(2 * MIB))
    return str(path)


@pytest.mark.parametrize(
    "those",
    [
        lambda: [tempers.ConditionsIgnored()],
        lambda: [tempers.ConditionsRefused()],
        lambda: [tempers.ConditionsRefused(*COMPLETE)],
        lambda: [tempers.ConditionsIgnored(*COMPLETE)],
    ],
    ids=["ignored", "refused", "refused at the end", "ignored at the end"],
)
@pytest.mark.parametrize("size", [10, 2 * MIB])
def test_a_taken_key_is_not_overwritten(before, open_at, tmp_path, those, size):
    source = tmp_path / "source"
    source.write_bytes(b"x" * size)
    store = open_at(before(*those()))
    lock.Lock(store, "prod", "node-a", "mine", 60).take()
    store.put("taken", b"before")
    for write in (
        lambda: store.put_file("taken", str(source)),
        lambda: store.put("taken", b"after", if_absent=True),
        lambda: store.put("taken", b"after", if_match="0" * 32),
    ):
        with pytest.raises(StoreError) as caught:
            write()
        assert caught.value.kind in ("exists", "changed")
    info = store.put_file("source", str(source))
    assert store.copy("source", "taken", source=info) is None
    assert store.get("taken").data == b"before"


def test_a_copy_whose_condition_never_holds_is_made_without_it(before, open_at):
    """Swift 2.38 applies the condition on the target of a copy to its source, which exists."""
    store = open_at(before(tempers.ConditionsRefused("CopyObject", status=412, code="PreconditionFailed")))
    info = store.put("source", b"some")
    store.put("taken", b"before")
    for name in ("first", "second"):
        made = store.copy("source", name, source=info)
        assert made is not None and made.bytes == 4 and store.get(name).data == b"some"
    assert store.session.traits.copy_conditional == "refused"
    assert store.copy("source", "taken", source=info) is None and store.get("taken").data == b"before"


def test_of_two_uploads_that_both_win_the_loser_learns_it(before, open_at, file):
    """A store whose racing commits of parts both win: the object that is there is another writer's."""
    other = open_at(before())

    def theirs(request):
        other.session.call("delete_object", "delete", "x", Key=other.session.full_key("x"))
        other.put_file("x", file)

    store = open_at(before(tempers.Meanwhile("CompleteMultipartUpload", theirs, after=True)))
    with pytest.raises(StoreError, match="another writer") as caught:
        store.put_file("x", file)
    assert caught.value.kind == "exists"


def test_bytes_that_nobody_checked_are_read_back(before, open_at, file):
    """The store confirms nothing and has damaged what it took."""

    def damage(request):
        request.body = bytes([request.body[0] ^ 0xFF]) + request.body[1:]

    proxy = before(tempers.OpaqueEtags(), tempers.NoEcho(), tempers.Meanwhile("UploadPart", damage))
    with pytest.raises(StoreError, match="not the bytes that were sent") as caught:
        open_at(proxy, checksums="none").put_file("x", file)
    assert caught.value.kind == "bad_digest"


def test_a_part_that_takes_longer_than_its_signature_is_no_matter_of_clocks(before, open_at, file):
    slow = tempers.Refusal("UploadPart", 403, "RequestTimeTooSkewed")
    with pytest.raises(StoreError, match="15 minutes for which its signature is valid") as caught:
        open_at(before(slow)).put_file("x", file)
    assert "clock" not in caught.value.next
    wrong = tempers.Refusal("UploadPart", 403, "RequestTimeTooSkewed", ahead=3600)
    with pytest.raises(StoreError, match=r"3[56][0-9][0-9] s behind") as caught:
        open_at(before(wrong)).put_file("x", file)
    assert caught.value.kind == "skew" and "NTP" in caught.value.next


def test_a_part_that_was_too_slow_is_sent_in_smaller_ones(before, open_at, tmp_path):
    path = tmp_path / "large"
    path.write_bytes(os.urandom(MIB) * 11)
    proxy = before(tempers.Refusal("UploadPart", 403, "RequestTimeTooSkewed", times=1))
    assert open_at(proxy).put_file("x", str(path)).bytes == 11 * MIB
    assert proxy.requests.count("UploadPart") == 4, "one that failed, then three of five MiB"
    assert "AbortMultipartUpload" in proxy.requests


@pytest.mark.parametrize(
    ("header", "options", "words"),
    [
        ("x-amz-server-side-encryption", {"sse": "AES256"}, ["sse: AES256"]),
        ("x-amz-storage-class", {"storage_class": "COLD"}, ["storage_class: COLD"]),
        ("x-amz-storage-class", {"storage_class": "COLD", "sse": "AES256"}, ["sse: AES256", "storage_class: COLD"]),
    ],
)
@pytest.mark.parametrize("size", [10, 2 * MIB])
def test_a_bare_refusal_names_the_options_that_were_sent(before, open_at, tmp_path, header, options, words, size):
    path = tmp_path / "file"
    path.write_bytes(b"x" * size)
    store = open_at(before(tempers.HeaderRefused(header)), **options)
    with pytest.raises(StoreError) as caught:
        store.put_file("x", str(path))
    assert all(word in caught.value.next for word in words)
    assert store.session.traits.as_dict() == {}, "nothing is learned from a refusal that had another cause"


@pytest.mark.parametrize("ignored", [True, False])
def test_encryption_that_a_store_ignores_is_told(before, open_at, ignored):
    store = open_at(before(*([tempers.EncryptionIgnored()] if ignored else [])), sse="AES256")
    with node_lock(store, "prod", "n", "a backup", "") as keeper:
        told = [text for text in keeper.warnings if "does not confirm sse: AES256" in text]
    assert len(told) == int(ignored)
    facts = try_out(store, "prod", "n")
    found = [one for one in judge_store(facts) if "does not confirm sse: AES256" in one.what]
    assert [one.severity for one in found] == ["warning"] * int(ignored) and all(one.fix for one in found)


@pytest.mark.parametrize(
    "those",
    [
        lambda: [tempers.NoRanges()],
        lambda: [tempers.NoRanges(), tempers.NoLength()],
        lambda: [tempers.Instead(lambda: tempers.error(416, "InvalidRange"), "GetObject", header="range")],
        lambda: [tempers.Instead(lambda: tempers.error(501, "NotImplemented"), "GetObject", header="range")],
    ],
)
def test_a_store_without_ranges_gives_the_same_bytes(before, open_at, file, tmp_path, monkeypatch, those):
    monkeypatch.setattr(s3_download, "RANGE_BYTES", MIB // 2)
    store = open_at(before(*those()))
    store.put_file("x", file)
    store.get_file("x", str(tmp_path / "target"))
    assert (tmp_path / "target").read_bytes() == (tmp_path / "file").read_bytes()
    assert store.session.client() and store.head("x").bytes == 2 * MIB


# Proxies and gateways in front of the store.

CLAIMED = {
    "empty": lambda: tempers.Answer(200, {}, b""),
    "page": tempers.page(200),
}


@pytest.mark.parametrize("claimed", CLAIMED)
def test_a_manifest_that_a_proxy_only_claims_to_have_stored(rig, before, claimed):
    """Without an etag, success is not believed: the document is read back."""
    rig.fill(count=10)
    proxy = before(tempers.Instead(CLAIMED[claimed], "PutObject", part="manifests"))
    with pytest.raises(StoreError) as caught:
        rig.run("back_up", backup_id=FIRST, endpoint_url=proxy.url)
    assert not rig.keys("manifests/") and proxy.tempers[0].hits
    assert caught.value.kind in ("protocol", "unreachable") and "proxy or gateway" in caught.value.next


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_to_another_address_is_told_as_one(before, open_at, status):
    """A proxy that wants https, or a login: the region is right, and following it for ever does not help."""
    there = tempers.page(status, "Moved", location="https://store.invalid:9000/b?X-Amz-Signature=secret")
    proxy = before(tempers.Instead(there))
    for ask in (lambda store: store.put("x", b"1"), lambda store: store.head("x"), lambda store: list(store.list(""))):
        with pytest.raises(StoreError, match=r"redirects to https://store\.invalid:9000") as caught:
            ask(open_at(proxy))
        assert caught.value.next == (
            "If the S3 server is at https://store.invalid:9000, set endpoint_url: https://store.invalid:9000"
        )
        assert "secret" not in str(caught.value)
    assert len(proxy.requests) < 10


@pytest.mark.parametrize("code", ["ConditionalRequestConflict", "OperationAborted"])
@pytest.mark.parametrize("size", [10, 2 * MIB])
def test_a_write_that_meets_another_one_is_sent_again(before, open_at, tmp_path, code, size):
    """409 says that another write of the key is in progress, not that it exists."""
    source = tmp_path / "source"
    source.write_bytes(os.urandom(size))
    writes = ("PutObject", "CompleteMultipartUpload")
    store = open_at(before(tempers.Instead(lambda: tempers.error(409, code), *writes, times=1)))
    assert store.put_file("x", str(source)).bytes == size
    with node_lock(
        open_at(before(tempers.Instead(lambda: tempers.error(409, code), *writes, times=1))), "a", "b", "c", ""
    ):
        pass
    store = open_at(before(tempers.Instead(lambda: tempers.error(409, code), *writes)))
    with pytest.raises(StoreError, match=code) as caught:
        store.put_file("y", str(source))
    assert caught.value.kind == "throttled" and "Run again" in caught.value.next


def test_a_proxy_that_repeats_writes_is_no_other_writer(rig, before):
    """The second answer is a refusal of the first: each document, archive and copy is known to be our own."""
    rig.fill(count=10)
    writes = ("PutObject", "CopyObject", "CreateMultipartUpload", "CompleteMultipartUpload", "DeleteObjects")
    proxy = before(tempers.Repeated(*writes))
    for backup_id in (FIRST, SECOND):
        report = rig.run("back_up", backup_id=backup_id, endpoint_url=proxy.url)
        assert report["ok"] and not [text for text in report["warnings"] if "conditional" in text]
    verified = rig.run("verify", endpoint_url=proxy.url)
    assert verified["ok"] and verified["backups"][0]["proof_key"]
    rig.drop()
    restored = rig.run("restore", endpoint_url=proxy.url)
    assert restored["ok"] and not [text for text in restored["warnings"] if "lock" in text]
    assert rig.run("prune", keep_last=1, endpoint_url=proxy.url)["ok"] and proxy.tempers[0].hits > 10


PAGES = {
    413: ("unsupported", "client_max_body_size"),
    403: ("forbidden", "proxy or firewall"),
    401: ("forbidden", "proxy or firewall"),
    500: ("other", "gateway"),
    502: ("unreachable", "gateway"),
    504: ("unreachable", "gateway"),
    522: ("unreachable", "gateway"),
}


@pytest.mark.parametrize("status", PAGES)
def test_a_page_of_a_proxy_is_not_taken_for_the_stores_word(before, open_at, status):
    kind, words = PAGES[status]
    proxy = before(tempers.Instead(tempers.page(status, "nginx says no")))
    for ask in (lambda store: store.put("x", b"1", if_absent=True), lambda store: list(store.list(""))):
        with pytest.raises(StoreError, match=f"HTTP {status}") as caught:
            ask(open_at(proxy))
        assert caught.value.kind == kind and words in caught.value.next
        assert "qdrant-backup policy" not in caught.value.next


def test_a_gateway_that_fails_once_is_asked_again(before, open_at):
    for status in (502, 522):
        store = open_at(before(tempers.Instead(tempers.page(status, "once"), times=1)))
        store.put("x", b"1")
        assert store.get("x").data == b"1"


def test_a_proxy_that_limits_requests_gets_smaller_parts(before, open_at, tmp_path):
    class Limit(tempers.Temper):
        def asked(self, request, server):
            if len(request.body) <= 6 * MIB:
                return None
            self.hits += 1
            return tempers.page(413, "Request Entity Too Large")()

    path = tmp_path / "large"
    path.write_bytes(os.urandom(MIB) * 11)
    proxy = before(Limit())
    assert open_at(proxy).put_file("x", str(path)).bytes == 11 * MIB
    assert proxy.tempers[0].hits == 1 and "AbortMultipartUpload" in proxy.requests


def test_a_time_that_is_none_is_no_matter(before, open_at, file, tmp_path):
    class Yesterday(tempers.Temper):
        def answered(self, request, answer, server):
            self.hits += "last-modified" in answer.headers
            if "last-modified" in answer.headers:
                answer.headers["last-modified"] = "yesterday"
            answer.body = (
                answer.body
                if request.operation == "GetObject"
                else re.sub(rb"<LastModified>.*?<", b"<LastModified>yesterday<", answer.body)
            )

    store = open_at(before(Yesterday()))
    store.put_file("x", file)
    store.get_file("x", str(tmp_path / "target"))
    assert [info.key for info in store.list("")] == ["x"] and store.get("x").data == (tmp_path / "file").read_bytes()


class Compressing(tempers.Temper):
    """Compresses objects though nobody asked for it. chunked: without a length."""

    def __init__(self, chunked=False):
        self._chunked = chunked

    def answered(self, request, answer, server):
        if request.operation == "GetObject" and answer.status < 300:
            self.hits += 1
            answer.body, answer.headers["content-encoding"] = gzip.compress(answer.body), "gzip"
            answer.chunked = self._chunked


class OtherRanges(tempers.Temper):
    """Sends the beginning of the object whatever range is asked for, and says so."""

    def answered(self, request, answer, server):
        if answer.status == 206:
            begin, end, size = re.match(r"bytes (\d+)-(\d+)/(\d+)", answer.headers["content-range"]).groups()
            self.hits += begin != "0"
            answer.headers["content-range"] = f"bytes 0-{int(end) - int(begin)}/{size}"


OTHER_BYTES = {
    "nothing": (lambda: tempers.Instead(CLAIMED["empty"], "GetObject"), "empty"),
    "page": (lambda: tempers.Instead(tempers.page(200), "GetObject"), "a page"),
    "error": (lambda: tempers.Instead(lambda: tempers.error(200, "InternalError"), "GetObject"), "a page"),
    "compressed": (Compressing, "compressed"),
    "compressed, without a length": (lambda: Compressing(chunked=True), "compressed"),
}


@pytest.mark.parametrize("name", OTHER_BYTES)
def test_a_proxys_bytes_are_not_taken_for_the_objects(rig, before, name):
    """No damaged manifest, no lock that is free, no failed proof: the store's bytes were not seen."""
    make, words = OTHER_BYTES[name]
    rig.fill(count=10)
    for backup_id in (FIRST, SECOND):
        rig.run("back_up", backup_id=backup_id)
    document, archive = make(), make()
    proxy = before(document)
    for verb, rules in (("back_up", {}), ("restore", {}), ("verify", {}), ("prune", {"keep_last": 1})):
        with pytest.raises(EngineError, match=words) as caught:
            rig.run(verb, endpoint_url=proxy.url, **rules)
        assert "proxy" in caught.value.next
    for one in rig.run("list_backups", endpoint_url=proxy.url)["unreadable"]:
        assert words in one["message"] and "damaged" not in one["message"]
    archives = OnlyArchives(archive)
    report = rig.run("verify", endpoint_url=before(archives).url)
    assert not report["ok"] and words in report["failed"][0]["message"] and archive.hits
    assert not rig.keys("proofs/"), "nothing is proven by bytes that are not the store's"
    assert rig.run("verify")["ok"] and len(rig.keys("manifests/")) == 2


class OnlyArchives(tempers.Temper):
    """Another temper, with archives only."""

    def __init__(self, other):
        self._other = other

    def asked(self, request, server):
        return self._other.asked(request, server) if "/archives/" in request.target else None

    def answered(self, request, answer, server):
        if "/archives/" in request.target:
            self._other.answered(request, answer, server)


def test_a_range_that_was_not_asked_for_is_not_written(before, open_at, file, tmp_path, monkeypatch):
    monkeypatch.setattr(s3_download, "RANGE_BYTES", MIB // 2)
    proxy = before(OtherRanges())
    store = open_at(proxy)
    store.put_file("x", file)
    with pytest.raises(StoreError, match="begins at byte 0, not at byte") as caught:
        store.get_file("x", str(tmp_path / "target"))
    assert caught.value.kind == "protocol" and proxy.tempers[0].hits and not (tmp_path / "target").exists()


@pytest.mark.parametrize("size", [10, 2 * MIB])
def test_a_proxy_that_refuses_to_announce_bodies(before, open_at, tmp_path, size):
    """Expect: 100-continue is refused once by each thread, and not sent again."""
    source = tmp_path / "source"
    source.write_bytes(os.urandom(size))
    proxy = before(tempers.Instead(tempers.page(417, "Expectation Failed"), header="expect"))
    store = open_at(proxy)
    assert store.put_file("x", str(source)).bytes == store.put_file("y", str(source)).bytes == size
    assert 1 <= proxy.tempers[0].hits <= s3_upload.THREADS


@pytest.mark.parametrize("claimed", CLAIMED)
def test_an_upload_that_a_proxy_only_claims_to_have_committed(before, open_at, s3_server, file, claimed):
    store = open_at(before(tempers.Instead(CLAIMED[claimed], "CompleteMultipartUpload")))
    with pytest.raises(StoreError, match="nothing is stored") as caught:
        store.put_file("x", file)
    assert "proxy or gateway" in caught.value.next
    left = s3_server.client().list_multipart_uploads(Bucket=s3_server.bucket).get("Uploads") or []
    assert not [one for one in left if one["Key"] == store.session.full_key("x")]


@pytest.mark.parametrize("claimed", CLAIMED)
def test_archives_that_a_proxy_only_claims_to_have_deleted(rig, before, claimed):
    rig.fill("one", count=10)
    rig.fill("two", count=10)
    for backup_id in (FIRST, SECOND):
        rig.run("back_up", backup_id=backup_id)
    proxy = before(tempers.Instead(CLAIMED[claimed], "DeleteObjects", spare=1))  # the manifest goes
    assert rig.run("prune", keep_last=1, endpoint_url=proxy.url)["ok"]
    assert not rig.keys(FIRST) and len(rig.keys(SECOND)) == 3 and proxy.tempers[0].hits


class Cache(tempers.Temper):
    """Keeps what was read, by its whole address, and never asks again."""

    def __init__(self):
        self._kept = {}

    def asked(self, request, server):
        kept = self._kept.get(request.target) if request.operation == "GetObject" else None
        self.hits += kept is not None
        return dataclasses.replace(kept, headers=dict(kept.headers)) if kept else None

    def answered(self, request, answer, server):
        if request.operation == "GetObject" and answer.status == 200:
            self._kept[request.target] = dataclasses.replace(answer, headers=dict(answer.headers))


def test_a_lock_that_a_cache_shows_as_free_is_not_overwritten(before, open_at):
    """If-Match is refused, and the object seems to be the one that was named: not the store's fault, but a cache's."""
    proxy = before(Cache())
    store, direct = open_at(proxy), open_at(before())
    with node_lock(direct, "prod", "node-a", "the first", ""):
        pass
    store.get(layout.lock_key("prod", "node-a"))
    with node_lock(direct, "prod", "node-a", "the second", "") as held:
        with pytest.raises(LockedError), node_lock(store, "prod", "node-a", "the third", ""):
            pass
        held.sure()
    assert store.session.traits.if_match != "none" and proxy.tempers[0].hits


class ZeroLength(tempers.Temper):
    """Reports a length of 0 for HEAD, whose answer has no body."""

    def answered(self, request, answer, server):
        if request.operation == "HeadObject" and answer.status == 200:
            self.hits += 1
            answer.headers["x-temper-length"] = "0"


class WeakEtags(tempers.Temper):
    """Etags as nginx and Cloudflare make them if they may change bodies."""

    def answered(self, request, answer, server):
        if "etag" in answer.headers:
            self.hits += 1
            answer.headers["etag"] = "W/" + answer.headers["etag"]


class CachedAbsence(tempers.Temper):
    """Repeats for a while that a key does not exist."""

    def __init__(self, seconds):
        self._seconds, self._until = seconds, {}

    def asked(self, request, server):
        if request.operation == "HeadObject" and time.monotonic() < self._until.get(request.path, 0):
            self.hits += 1
            return tempers.Answer(404, {}, b"")
        return None

    def answered(self, request, answer, server):
        if request.operation == "HeadObject" and answer.status == 404:
            self._until[request.path] = time.monotonic() + self._seconds


HEADS = {
    "not allowed": lambda: tempers.Instead(tempers.page(405), "HeadObject"),
    "not implemented": lambda: tempers.Instead(tempers.page(501), "HeadObject"),
    "without a size": ZeroLength,
    "weak etags": WeakEtags,
    "absence from a cache": lambda: CachedAbsence(1.5),
}


@pytest.mark.parametrize("name", HEADS)
def test_a_head_that_a_proxy_changes(rig, before, name):
    """Backup, copy, completeness, verify, restore and prune go well all the same."""
    proxy = before(HEADS[name]())
    rig.fill(count=10)
    for backup_id in (FIRST, SECOND):
        report = rig.run("back_up", backup_id=backup_id, endpoint_url=proxy.url)
        assert report["ok"] and not [text for text in report["warnings"] if "conditional" in text]
    found = rig.run("list_backups", completeness=True, endpoint_url=proxy.url)
    assert [one["complete"] for one in found["backups"]] == [True, True]
    assert rig.run("verify", endpoint_url=proxy.url)["ok"]
    rig.drop()
    assert rig.run("restore", endpoint_url=proxy.url)["ok"] and rig.count() == 10
    assert rig.run("prune", keep_last=1, endpoint_url=proxy.url)["ok"] and not rig.keys(FIRST)
    assert proxy.tempers[0].hits


def test_absence_from_a_cache_is_told_as_one(before, open_at, file):
    with pytest.raises(StoreError, match="does not exist") as caught:
        open_at(before(CachedAbsence(60))).put_file("x", file)
    assert "cache" in caught.value.next and "damage" not in str(caught.value)


# Where the bucket is.


def test_a_presigned_url_is_signed_for_the_buckets_region(before, open_at, tmp_path):
    direct = before()
    open_at(direct).put("x", b"data")
    proxy = before(tempers.OneRegion("lab-east-7"))
    store = open_at(proxy, state_dir=str(tmp_path / "state"))
    for dummy in range(2):
        url = store.presign("x", 60)
        assert "lab-east-7" in url and proxy.requests.count("HeadBucket") == 2  # the first one signed for another
        with urllib.request.urlopen(url, timeout=10) as answer:
            assert answer.read() == b"data"
    again = open_at(proxy, state_dir=str(tmp_path / "state"))
    assert "lab-east-7" in again.presign("x", 60) and proxy.requests.count("HeadBucket") == 2


def test_a_region_that_only_a_refusal_names(before, open_at, tmp_path):
    open_at(before()).put("x", b"data")
    store = open_at(before(tempers.OneRegion("lab-east-7", header=False)), state_dir=str(tmp_path / "state"))
    assert store.get("x").data == b"data", "the library repeats it in the region of the refusal"
    url = store.presign("x", 60)
    assert "lab-east-7" in url and store.session.traits.region == "lab-east-7"
    with urllib.request.urlopen(url, timeout=10) as answer:
        assert answer.read() == b"data"


def test_a_region_that_the_store_does_not_name(before, open_at):
    store = open_at(before(tempers.OneRegion("lab-east-7", tells=False)))
    with pytest.raises(StoreError, match="Set region") as caught:
        store.get("x")
    assert caught.value.kind == "region"


@pytest.fixture
def names_of_the_store(monkeypatch):
    """store.invalid and its buckets are this host: there is no name service in tests."""
    plain = socket.getaddrinfo

    def found(host, *more, **words):
        return plain("127.0.0.1" if str(host).endswith("store.invalid") else host, *more, **words)

    monkeypatch.setattr(socket, "getaddrinfo", found)


@pytest.mark.parametrize("style", ["auto", "virtual"])
def test_a_store_that_wants_the_bucket_in_the_host_name(
    before, open_at, s3_server, tmp_path, names_of_the_store, style
):
    proxy = before(tempers.InHostName("store.invalid", s3_server.bucket))
    words = {
        "endpoint_url": proxy.url.replace("127.0.0.1", "store.invalid"),
        "addressing_style": style,
        "state_dir": str(tmp_path / "state"),
    }
    for dummy in range(2):
        store = open_at(proxy, **words)
        store.put("x", b"data")
        assert store.get("x").data == b"data"
        assert proxy.tempers[0].hits == (style == "auto"), "it is asked by the path once, and never again"


def test_a_store_that_takes_the_path_again(before, open_at, tmp_path, names_of_the_store):
    """It was seen to want host names, and a server that knows none stands there now."""
    proxy = before()
    words = {"endpoint_url": proxy.url.replace("127.0.0.1", "store.invalid"), "state_dir": str(tmp_path / "state")}
    open_at(proxy, **words).session.learn(addressing_style="virtual")
    open_at(proxy, **words).put("x", b"data")
    store = open_at(proxy, **words)
    assert store.get("x").data == b"data" and store.session.traits.addressing_style == "path"


def test_a_store_that_wants_the_bucket_in_the_host_name_and_path_is_asked_for(
    before, open_at, s3_server, names_of_the_store
):
    proxy = before(tempers.InHostName("store.invalid", s3_server.bucket))
    endpoint = proxy.url.replace("127.0.0.1", "store.invalid")
    with pytest.raises(StoreError, match="addressing_style: virtual"):
        open_at(proxy, endpoint_url=endpoint, addressing_style="path").put("x", b"data")


# Answers that lack something.

ELEMENTS = [
    ("CreateMultipartUpload", "UploadId", ""),
    ("CompleteMultipartUpload", "ETag", ""),
    ("UploadPart", "", "etag"),
    ("UploadPart", "", "x-amz-checksum-crc32"),
    ("UploadPartCopy", "ETag", ""),
    ("CopyObject", "ETag", ""),
    ("ListObjectsV2", "IsTruncated", ""),
    ("ListObjectsV2", "Key", ""),
    ("ListObjectsV2", "Size", ""),
    ("ListObjectsV2", "ETag", ""),
    ("ListObjectsV2", "LastModified", ""),
    ("ListObjectsV2", "Contents", ""),
    ("ListMultipartUploads", "UploadId", ""),
    ("ListMultipartUploads", "Key", ""),
    ("ListMultipartUploads", "Initiated", ""),
    ("ListMultipartUploads", "IsTruncated", ""),
    ("PutObject", "", "etag"),
    ("HeadObject", "", "etag"),
    ("HeadObject", "", "last-modified"),
    ("GetObject", "", "etag"),
    ("GetObject", "", "content-range"),
    ("GetObject", "", "last-modified"),
]


@pytest.mark.parametrize(("operation", "element", "header"), ELEMENTS)
def test_an_answer_without_one_field_is_no_crash(
    before, open_at, s3_server, file, tmp_path, operation, element, header
):
    """Each operation goes well without it, or says in one sentence what failed."""
    lacking = tempers.Lacking(operation, element, header)
    store = open_at(before(lacking))
    key = store.session.full_key("left")
    s3_server.client().create_multipart_upload(Bucket=s3_server.bucket, Key=key)

    def done(work):
        try:
            return work()
        except StoreError as error:
            assert str(error).startswith("Could not") and error.next
            return None

    done(lambda: store.put("small", b"1", if_absent=True))
    found = done(lambda: store.get("small"))
    if found is not None:
        done(lambda: store.put("small", b"2", if_match=found.etag))
    info = done(lambda: store.put_file("a/source", file))
    if info is not None:
        for name, limit in (("by parts", 1000), ("at once", 1 << 30)):
            s3_copy.ONE_CALL_LIMIT = limit
            done(lambda: store.copy("a/source", f"a/{name}", source=info))  # noqa: B023
        done(lambda: store.get_file("a/source", str(tmp_path / "target")))
        done(lambda: store.open("a/source").read())
    done(lambda: [*store.list("")])
    done(lambda: store.abort_uploads("", 0))
    done(lambda: store.delete(["a/source", "a/at once"]))
    assert lacking.hits


def test_a_listing_that_does_not_go_on_ends_with_a_sentence(before, open_at):
    class Stuck(tempers.ShortListings):
        def asked(self, request, server):
            request.with_query(**{"start-after": ""})
            return super().asked(request, server)

    store = open_at(before(Stuck()))
    for name in "abcd":
        store.put(name, b"x")
    with pytest.raises(StoreError, match="truncated") as caught:
        list(store.list(""))
    assert caught.value.kind == "protocol"


def in_listings(change):
    """A temper that changes the keys of listings, by a pattern's match."""

    class Changed(tempers.Temper):
        def answered(self, request, answer, server):
            if request.operation == "ListObjectsV2":
                before = answer.body
                answer.body = change(request, answer.body)
                self.hits += answer.body != before

    return Changed()


def repeating(request, body):
    return re.sub(rb"<Contents>.*?</Contents>", lambda found: found[0] * 2, body, flags=re.DOTALL)


def backwards(request, body):
    found = re.findall(rb"<Contents>.*?</Contents>", body, flags=re.DOTALL)
    left = re.sub(rb"<Contents>.*?</Contents>", b"", body, flags=re.DOTALL)
    return left.replace(b"</ListBucketResult>", b"".join(reversed(found)) + b"</ListBucketResult>")


def encoded(request, body):
    return re.sub(
        rb"<Key>(.*?)</Key>", lambda found: b"<Key>%s</Key>" % urllib.parse.quote(found[1], safe="").encode(), body
    )


def encoded_twice(request, body):
    if "encoding-type" not in request.query:
        return body
    return re.sub(rb"<Key>(.*?)</Key>", lambda found: found[0].replace(b"%", b"%25"), body)


def not_encoded_though_said(request, body):
    plain = re.sub(rb"<Key>(.*?)</Key>", lambda found: urllib.parse.unquote_to_bytes(found[0]), body)
    return plain if "encoding-type" in request.query else body


class NewTokens(tempers.ShortListings):
    """Another token on each page, and always the first page for it."""

    def asked(self, request, server):
        kept = {name: value for name, value in request.query.items() if name != "continuation-token"}
        request.target = request.path + "?" + urllib.parse.urlencode(kept, quote_via=urllib.parse.quote)
        return super().asked(request, server)

    def answered(self, request, answer, server):
        if request.operation == "ListObjectsV2":
            self.hits += 1
            new = b"<NextContinuationToken>%d</NextContinuationToken>" % self.hits
            answer.body = re.sub(rb"<NextContinuationToken>.*?</NextContinuationToken>", new, answer.body)


class NoPrefix(tempers.Temper):
    """Lists the whole bucket whatever prefix is asked for."""

    def asked(self, request, server):
        if request.operation == "ListObjectsV2":
            self.hits += 1
            request.with_query(prefix="", **{"max-keys": "20"})


LISTINGS = {
    "keys twice": lambda: in_listings(repeating),
    "backwards": lambda: in_listings(backwards),
    "new tokens for the same page": NewTokens,
    "of the whole bucket": NoPrefix,
    "encoded, and nothing said": lambda: in_listings(encoded),
    "encoded twice if asked": lambda: in_listings(encoded_twice),
    "not encoded though said": lambda: in_listings(not_encoded_though_said),
    "without IsTruncated": lambda: tempers.Lacking("ListObjectsV2", "IsTruncated"),
}


@pytest.mark.parametrize("name", LISTINGS)
def test_a_listing_shows_each_key_once_and_as_it_is(before, open_at, name):
    store, other = open_at(before(LISTINGS[name]())), open_at(before(), prefix="x" * 77)
    other.put("a/b%2Bc", b"theirs")
    keys = ["a/b%2Bc", "a/b%2Bd", "a/c", "b"]
    for key in keys:
        store.put(key, b"x")
    assert sorted(info.key for info in store.list("")) == keys
    assert sorted(info.key for info in store.list("a/")) == keys[:-1]


def test_a_listing_without_tokens_and_order_is_not_called_complete(before, open_at):
    class Backwards(tempers.ShortListings):
        def asked(self, request, server):
            request.with_query(**{"max-keys": "2"})

        def answered(self, request, answer, server):
            super().answered(request, answer, server)
            answer.body = backwards(request, answer.body)

    store = open_at(before(Backwards()))
    for name in "abcd":
        store.put(name, b"x")
    with pytest.raises(StoreError, match="truncated"):
        list(store.list(""))


@pytest.mark.parametrize("element", ["Contents", "NextContinuationToken", "KeyCount"])
def test_the_doctor_of_a_store_whose_listings_lack_something(rig, before, element):
    proxy = before(tempers.Lacking("ListObjectsV2", element))
    found = rig.run("doctor", endpoint_url=proxy.url)["findings"]
    assert [one for one in found if one["area"] == "repository" and one["severity"] == "ok"] and proxy.tempers[0].hits
