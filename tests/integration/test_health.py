# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""status, metrics and doctor against a node and a store."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import re
import threading
import time
import uuid

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.host import Host
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.intent import Intent
from ansible_collections.vectorops.qdrant.plugins.module_utils._program.texts import lines_of
from ansible_collections.vectorops.qdrant.plugins.module_utils._status import facts as status_facts
from ansible_collections.vectorops.qdrant.tests.support.marks import needs_own_server
from ansible_collections.vectorops.qdrant.tests.support.proxy import FaultProxy
from ansible_collections.vectorops.qdrant.tests.support.qdrant import start_qdrant

pytestmark = pytest.mark.integration
KEY, READ_ONLY_KEY = "made-up-full-key-of-the-doctor", "made-up-read-only-key-of-the-doctor"


def codes(report):
    return [problem["code"] for problem in report["problems"]]


def said(report, severity):
    return [finding["what"] for finding in report["findings"] if finding["severity"] == severity]


def sample(text, name, **labels):
    """The value of one sample; None where it is not there."""
    for line in text.splitlines():
        if line.startswith(f"qdrant_backup_{name}{{") and all(f'{k}="{v}"' in line for k, v in labels.items()):
            return float(line.rpartition(" ")[2])
    return None


def test_status_from_nothing_to_proven(rig):
    assert codes(rig.run("status")) == ["no_backup"]
    rig.fill("articles", 50)
    made = rig.run("back_up")
    report = rig.run("status", max_age="1h")
    assert report["healthy"] and report["last_good"]["backup_id"] == made["backup_id"]
    assert report["last_good"]["points"] == 50 and report["last_good"]["grade"] == 0
    assert report["missing_nodes"] == [] and any("ever proven" in text for text in report["warnings"])
    rig.run("verify")
    report = rig.run("status")
    assert report["last_good"]["grade"] == 1 and report["proven_at"] and report["warnings"] == []
    assert [(item["name"], item["points"], item["grade"]) for item in report["collections"]] == [("articles", 50, 1)]


def test_status_of_an_old_backup(rig):
    rig.fill("articles", 10)
    rig.run("back_up", backup_id="20200101T000000Z")
    time.sleep(1.1)
    assert rig.run("status", max_age="1h")["healthy"], "its age is told from when it was committed, not from its id"
    report = rig.run("status", max_age="0")
    assert not report["healthy"] and codes(report) == ["too_old"]


@pytest.mark.parametrize("look_back", [48, 2])
def test_status_of_a_collection_that_the_runs_leave_out(rig, monkeypatch, look_back):
    """Its last good backup is found below those that are read one by one, too."""
    monkeypatch.setattr(status_facts, "LOOK_BACK", look_back)
    rig.fill("articles", 10)
    rig.fill("users", 10)
    ids = [f"2026112{day}T100000Z" for day in range(1, 6)]
    rig.run("back_up", backup_id=ids[0])
    rig.run("back_up", backup_id=ids[1])
    since = time.monotonic()
    time.sleep(3)
    for backup_id in ids[2:]:
        assert rig.run("back_up", backup_id=backup_id, collections=["articles"])["ok"]
    # Longer ago than the last backup of articles, however slow the machine is. Ages are of whole seconds.
    between = f"{int(time.monotonic() - since) - 1}s"
    report = rig.run("status", max_age=between)
    assert "collection_too_old" in codes(report)
    assert {item["name"]: item["backup_id"] for item in report["collections"]} == {"articles": ids[4], "users": ids[1]}
    assert rig.run("status", max_age="1h")["healthy"] and rig.run("status")["healthy"]
    assert "collection_too_old" not in codes(rig.run("status", max_age=between, collections=["articles"]))
    assert rig.run("back_up", backup_id="20261126T100000Z", collections=["users"])["ok"]
    assert "users" not in str(rig.run("status", max_age="1m")["problems"])
    rig.node.call("DELETE", "/collections/users")
    assert rig.run("back_up", backup_id="20261127T100000Z", collections=["articles"])["ok"]
    time.sleep(1.1)  # ages are of whole seconds
    assert "collection_too_old" in codes(rig.run("status", max_age="0")), (
        "a run of articles does not show that it is gone"
    )
    assert rig.run("back_up", backup_id="20261128T100000Z", collections=["*"], accept_shrink=True)["ok"]
    assert [item["name"] for item in rig.run("status", max_age="1h")["collections"]] == ["articles"]


def test_status_names_a_suspect_and_a_damaged_collection(rig):
    rig.fill("articles", 100)
    rig.run("back_up", backup_id="20261122T100000Z")
    rig.node.call("POST", "/collections/articles/points/delete?wait=true", {"points": list(range(1, 90))})
    rig.run("back_up", backup_id="20261122T110000Z")
    report = rig.run("status")
    assert codes(report) == ["suspect"] and report["last"]["backup_id"] == "20261122T110000Z"
    assert report["last_good"]["backup_id"] == "20261122T100000Z"
    text = rig.run("metrics")["metrics"]
    assert sample(text, "suspect", collection="articles") == 1
    assert sample(text, "points", collection="articles") == 100, "of the newest good archive"
    rig.damage(next(key for key in rig.keys("archives") if "20261122T100000Z" in key and key.endswith(".snapshot")))
    rig.run("verify", backup_id="20261122T100000Z")
    report = rig.run("status")
    assert codes(report) == ["no_good_backup", "suspect"]


def test_an_emptied_node_is_not_well_backed_up(rig):
    rig.fill("articles", 20)
    rig.run("back_up", backup_id="20261122T100000Z")
    rig.drop("articles")
    rig.run("back_up", backup_id="20261122T110000Z")
    report = rig.run("status")
    assert codes(report) == ["suspect"] and "collections gone: articles" in report["problems"][0]["message"]
    assert report["last_good"]["backup_id"] == "20261122T100000Z"
    (newest,) = rig.run("list_backups", limit=1)["backups"]
    assert "collections gone: articles" in newest["suspect"]


def test_status_tells_of_an_open_restore_while_the_repository_is_away(rig):
    host = Host(str(rig.directory / "state"), rig.node.url)
    host.open_intent(Intent(rig.node.url, "articles", "replace", "recover", "2026-11-22T10:00:00Z"))
    report = rig.run("status", endpoint_url="http://127.0.0.1:9", s3_timeout=2.0)
    assert codes(report) == ["unreachable", "open_intent"] and len(report["intents"]) == 1
    assert "restore --mode replace articles" in report["problems"][1]["next"]


def changed(rig, backup_id, how):
    """Change a manifest in the store, as an earlier version wrote it: without a digest."""
    client, key = rig.s3.client(), f"{rig.prefix}/search/manifests/node-a/{backup_id}.json"
    document = json.loads(client.get_object(Bucket=rig.s3.bucket, Key=key)["Body"].read())
    document.pop("digest", None)
    how(document)
    client.put_object(Bucket=rig.s3.bucket, Key=key, Body=json.dumps(document).encode())


def test_status_knows_a_collection_in_doubt_by_a_key_not_by_a_sentence(rig):
    rig.fill("articles", 20)
    host = Host(str(rig.directory / "state"), rig.node.url)
    host.open_intent(Intent(rig.node.url, "articles", "replace", "recover", "2026-11-22T10:00:00Z"))
    rig.run("back_up", backup_id="20261122T190000Z")

    def advice():
        (told,) = [problem for problem in rig.run("status")["problems"] if problem["code"] == "suspect"]
        return told["next"]

    after_it, expected = "When that restore has ended, make a new backup: qdrant-backup run", "--accept-shrink"
    assert advice() == after_it
    assert rig.run("list_backups")["backups"][0]["collections"][0]["in_doubt"] is True

    def reworded(document):
        assert document["format"] == 1 and document["collections"][0]["suspect"]["in_doubt"] is True
        document["collections"][0]["suspect"]["why"] = "another version words it otherwise"

    changed(rig, "20261122T190000Z", reworded)
    assert advice() == after_it
    changed(rig, "20261122T190000Z", lambda one: one["collections"][0]["suspect"].pop("in_doubt"))
    assert expected in advice(), "neither the key nor the sentence of earlier versions"
    said = "A restore of collection articles (replace, recover) began at 2026-11-22T10:00:00Z and did not end"
    changed(rig, "20261122T190000Z", lambda one: one["collections"][0]["suspect"].update(why=said))
    assert advice() == after_it, "as earlier versions wrote it"


TEN, ELEVEN, TWELVE = (f"20261122T{hour}0000Z" for hour in (10, 11, 12))


def overwrite(rig, key, data):
    rig.s3.client().put_object(Bucket=rig.s3.bucket, Key=f"{rig.prefix}/{key}", Body=data)


@pytest.mark.parametrize("harm", ["deleted", "replaced"])
def test_an_archive_that_the_bucket_lost_is_seen_without_reading_any(rig, harm):
    rig.fill("articles", 30)
    rig.fill("notes", 10)
    for backup_id in (TEN, ELEVEN):
        rig.run("back_up", backup_id=backup_id)
    report = rig.run("status")
    assert report["healthy"] and report["archives_checked"] and report["last_good"]["backup_id"] == ELEVEN
    (key,) = [one for one in rig.keys(f"archives/node-a/{ELEVEN}/articles/") if one.endswith(".snapshot")]
    if harm == "deleted":
        rig.delete_object(key)
        why = f"its archive {key} is not in the store"
    else:
        overwrite(rig, key, b"another object")
        why = f"its archive {key} has 14 bytes in the store, not "
    report = rig.run("status")
    assert codes(report) == ["lost"] and why in report["problems"][0]["message"]
    assert report["problems"][0]["next"].endswith(f"qdrant-backup restore --backup-id {TEN}")
    assert report["last_good"]["backup_id"] == TEN
    state = {item["name"]: (item["backup_id"], item["lost"] is not None) for item in report["collections"]}
    assert state == {"articles": (TEN, True), "notes": (ELEVEN, False)}
    text = rig.run("metrics")["metrics"]
    assert sample(text, "lost", collection="articles") == 1 and sample(text, "lost", collection="notes") == 0
    listed = rig.run("list_backups")
    assert [one["archives_checked"] for one in listed["backups"]] == [True, False]
    found = {item["name"]: item["lost"] for item in listed["backups"][0]["collections"]}
    assert why in found["articles"] and found["notes"] is None
    printed = lines_of("list", listed, False)
    assert printed[1].endswith("  1 archive lost") and any(line.endswith(key) for line in printed)
    assert any(
        "lost: its archive" in line for line in lines_of("show", rig.run("list_backups", backup_id=ELEVEN), False)
    )
    # The next run stores it again, although the collection did not change.
    assert rig.run("back_up", backup_id=TWELVE)["ok"]
    report = rig.run("status")
    assert report["healthy"] and report["last_good"]["backup_id"] == TWELVE
    assert rig.run("verify")["ok"]


def test_keys_that_may_not_list_archives_are_told_and_fail_no_status(rig):
    rig.fill("articles", 10)
    rig.run("back_up")
    with FaultProxy(rig.s3.port) as proxy:
        proxy.answer(403, match=r"^GET .*list-type=2.*(/|%2F)archives(/|%2F)")
        for verb in ("status", "list_backups", "metrics"):
            report = rig.run(verb, endpoint_url=proxy.url)
            (told,) = [text for text in report["warnings"] if "was not checked" in text]
            assert "could not list" in told and "AccessDenied" in told
            assert "s3:ListBucket" in told and told.endswith("qdrant-backup verify --node node-a")
        assert report["ok"] and sample(report["metrics"], "lost", collection="articles") is None
        assert sample(report["metrics"], "last_success_timestamp_seconds") > 0
        report = rig.run("status", endpoint_url=proxy.url)
        assert report["healthy"] and not report["archives_checked"] and report["last_good"]
        assert not rig.run("list_backups", endpoint_url=proxy.url)["backups"][0]["archives_checked"]


HARMS = {
    "damaged": (lambda text: text.replace("articles", "artikles"), "digest: is "),
    "another digest": (lambda text: re.sub('"digest": "(.{64})"', f'"digest": "{"0" * 64}"', text), "digest: is 000"),
    "cut": (lambda text: text[: len(text) // 2], ""),
    "emptied": (lambda text: "", ""),
    "newer": (lambda text: text.replace('"format": 1', '"format": 2'), "format: is 2"),
}


@pytest.mark.parametrize("harm", HARMS)
def test_a_newest_manifest_that_cannot_be_read_is_no_health(rig, harm):
    rig.fill("articles", 30)
    for backup_id in (TEN, ELEVEN):
        rig.run("back_up", backup_id=backup_id)
    rig.run("verify", backup_id=TEN)
    (key,) = rig.keys(f"manifests/node-a/{ELEVEN}")
    text = rig.s3.client().get_object(Bucket=rig.s3.bucket, Key=f"{rig.prefix}/{key}")["Body"].read().decode()
    change, why = HARMS[harm]
    overwrite(rig, key, change(text).encode())
    report = rig.run("status")
    assert codes(report) == ["unreadable_manifest"] and not report["healthy"]
    (problem,) = report["problems"]
    assert problem["message"].startswith(
        f"Backup {ELEVEN}, the newest of node node-a in cluster search, cannot be used"
    )
    assert f"its manifest {key} in s3://" in problem["message"] and f"cannot be read: {why}" in problem["message"]
    assert problem["next"].endswith(f"qdrant-backup restore --backup-id {TEN}")
    assert ("update the one on this host" if harm == "newer" else "qdrant-backup run") in problem["next"]
    assert [one["backup_id"] for one in report["unreadable"]] == [ELEVEN]
    assert report["last"]["backup_id"] == report["last_good"]["backup_id"] == TEN
    assert sample(rig.run("metrics")["metrics"], "unreadable_manifests") == 1
    if harm != "newer":
        assert rig.run("back_up", backup_id=TWELVE)["ok"], "as the message says"
        report = rig.run("status")
        assert report["healthy"] and report["last_good"]["backup_id"] == TWELVE
        assert sample(rig.run("metrics")["metrics"], "unreadable_manifests") == 0


def test_the_newest_archive_of_a_collection_is_checked_in_whichever_backup_it_is(rig):
    rig.fill("articles", 10)
    rig.fill("notes", 10)
    rig.run("back_up", backup_id=TEN)
    rig.run("back_up", backup_id=ELEVEN, collections=["articles"])
    report = rig.run("status")
    rows = {item["name"]: (item["backup_id"], item["in_newest"]) for item in report["collections"]}
    assert report["healthy"] and rows == {"articles": (ELEVEN, True), "notes": (TEN, False)}
    for key in rig.keys(f"archives/node-a/{TEN}/notes/"):
        rig.delete_object(key)
    report = rig.run("status")
    assert codes(report) == ["lost"] and f"Backup {TEN} has lost archives" in report["problems"][0]["message"]


def test_metrics_are_written_whole_and_tell_when_the_repository_is_away(rig, tmp_path):
    rig.fill("articles", 30)
    rig.run("back_up")
    output = tmp_path / "qdrant_backup.prom"
    report = rig.run("metrics", output=str(output), expected_nodes=["node-a", "node-b"])
    text = output.read_text(encoding="utf-8")
    assert report["ok"] and text == report["metrics"] and os.stat(output).st_mode & 0o777 == 0o644
    assert os.listdir(tmp_path) and [name for name in os.listdir(tmp_path) if "prom" in name] == [output.name]
    assert sample(text, "up", cluster="search", node="node-a") == 1
    assert sample(text, "points", collection="articles") == 30 and sample(text, "failed", collection="articles") == 0
    assert sample(text, "last_success_timestamp_seconds") == sample(text, "last_run_timestamp_seconds")
    assert sample(text, "bytes") > 0 and sample(text, "grade") == 0 and sample(text, "open_intents") == 0
    away = rig.run("metrics", output=str(output), endpoint_url="http://127.0.0.1:9", s3_timeout=2.0)
    text = output.read_text(encoding="utf-8")
    assert not away["ok"] and sample(text, "up") == 0 and sample(text, "last_success_timestamp_seconds") is None


def test_metrics_count_the_nodes_that_lag_behind(rig):
    rig.fill("articles", 10)
    for node in ("node-a", "node-b"):
        rig.run("back_up", node=node, backup_id="20261122T100000Z", expected_nodes=["node-a", "node-b"])
    text = rig.run("metrics")["metrics"]
    assert sample(text, "incomplete_nodes") == 0
    rig.run("back_up", backup_id="20261122T110000Z", expected_nodes=["node-a", "node-b"])
    assert sample(rig.run("metrics")["metrics"], "incomplete_nodes") == 0, "the other node still has time"


def test_doctor_finds_nothing_wrong(rig):
    rig.fill("articles", 20)
    rig.run("back_up")
    before = rig.keys()
    report = rig.run("doctor", snapshots_dir=rig.node.snapshots_dir)
    assert report["healthy"], said(report, "error")
    fine = " ".join(said(report, "ok"))
    for words in (
        "answers.",
        "archives from URLs",
        "snapshots folder",
        "Works: If-None-Match on a write to a taken key",
        "Works: If-Match with the right etag",
        "Works: If-Match with a wrong etag",
        "Works: Content-MD5",
    ):
        assert words in fine
    for words in ("CRC32", "ranges", "Works: uploads by parts", "If-None-Match at the end of an upload", "clock"):
        assert words in fine
    assert "static keys" in " ".join(said(report, "warning")) and report["credentials"] == "options"
    assert rig.keys() == before, "it cleans up after itself"
    assert rig.collections() == ["articles"]


def test_doctor_sees_leftovers(rig):
    rig.fill("articles__restore_20261122T190000Z", 5)
    folder = os.path.join(rig.node.snapshots_dir, "articles__restore_20261122T190000Z")
    os.makedirs(folder, exist_ok=True)
    orphan = os.path.join(folder, "x-1-2026-11-22-10-00-00.snapshot.checksum")
    with open(orphan, "w", encoding="utf-8") as handle:
        handle.write("0" * 64)
    host = Host(str(rig.directory / "state"), rig.node.url)
    host.open_intent(Intent(rig.node.url, "articles", "replace", "recover", "2026-11-22T10:00:00Z"))
    report = rig.run("doctor", snapshots_dir=rig.node.snapshots_dir)
    os.unlink(orphan)
    assert not report["healthy"] and "did not end" in " ".join(said(report, "error"))
    warned = " ".join(said(report, "warning"))
    assert "articles__restore_20261122T190000Z is left over" in warned and orphan in warned


def test_doctor_sees_a_folder_of_another_node(rig, tmp_path):
    rig.fill("articles", 5)
    rig.node.call("POST", "/collections/articles/snapshots?wait=true")
    report = rig.run("doctor", snapshots_dir=str(tmp_path))
    assert "is not this node's folder" in " ".join(said(report, "error"))
    report = rig.run("doctor", snapshots_dir=str(tmp_path / "nowhere"), min_free="900T")
    assert "does not exist" in " ".join(said(report, "error"))
    report = rig.run("doctor", snapshots_dir=rig.node.snapshots_dir, min_free="900T")
    assert "less than min_free" in " ".join(said(report, "error"))


@needs_own_server
@pytest.mark.parametrize(
    ("key", "words"),
    [
        (KEY, ""),
        (READ_ONLY_KEY, "The key is read-only"),
        ("made-up-wrong-key", "The key is wrong"),
        (None, "is missing"),
    ],
)
def test_doctor_tells_what_the_key_may_do(s3_server, rig, tmp_path_factory, key, words):
    with start_qdrant(
        str(tmp_path_factory.mktemp("keys")), api_key=KEY, read_only_api_key=READ_ONLY_KEY, url_recovery=False
    ) as server:
        report = rig.run("doctor", url=server.url, api_key=key)
    errors = " ".join(said(report, "error"))
    assert words in errors and bool(errors) == bool(words)
    assert not any("without a key" in text for text in said(report, "warning"))
    assert any("does not download archives from URLs" in text for text in said(report, "warning")) == (key == KEY)
    assert KEY not in json.dumps(report)


def test_doctor_without_a_node_still_examines_the_store(rig):
    report = rig.run("doctor", url="http://127.0.0.1:9")
    assert not report["healthy"] and "does not answer" in " ".join(said(report, "error"))
    assert "Works: writing." in said(report, "ok")


def test_doctor_of_a_folder(rig, tmp_path):
    report = rig.run("doctor", bucket=None, path=str(tmp_path / "repository"))
    assert report["healthy"] and "Works: If-None-Match" in " ".join(said(report, "ok"))
    assert not [name for dummy, dummy, names in os.walk(tmp_path / "repository" / "search") for name in names]


def test_doctor_of_a_store_that_is_away_or_not_known(rig):
    report = rig.run("doctor", endpoint_url="http://127.0.0.1:9", s3_timeout=2.0)
    assert "http://127.0.0.1:9" in " ".join(said(report, "error"))
    report = rig.run("doctor", bucket=f"no-such-{uuid.uuid4()}")
    assert "bucket" in " ".join(said(report, "error")).lower()
    report = rig.run("doctor", secret_key="made-up-wrong-secret-key")
    assert "SignatureDoesNotMatch" in " ".join(said(report, "error"))


def test_doctor_sees_a_store_that_is_no_store(rig):
    """An ordinary web server, here the node itself."""
    report = rig.run("doctor", endpoint_url=rig.node.url, s3_timeout=5.0)
    assert not report["healthy"]


def test_the_lifecycle_is_judged(rig):
    client = rig.s3.client()
    rule = {"ID": "everything", "Status": "Enabled", "Filter": {"Prefix": rig.prefix + "/"}, "Expiration": {"Days": 30}}
    client.put_bucket_lifecycle_configuration(Bucket=rig.s3.bucket, LifecycleConfiguration={"Rules": [rule]})
    try:
        report = rig.run("doctor")
    finally:
        client.delete_bucket_lifecycle(Bucket=rig.s3.bucket)
    told = [item for item in report["findings"] if "Rule everything" in item["what"]]
    assert told and "manifests" in told[0]["what"] and told[0]["severity"] == "warning"


@contextlib.contextmanager
def metadata_service(server):
    """An instance's metadata service (version 2) that hands out the store's keys as those of a role."""
    facts = {
        "Code": "Success",
        "Type": "AWS-HMAC",
        "AccessKeyId": server.access_key,
        "SecretAccessKey": server.secret_key,
        "Token": "",
        "Expiration": "2099-01-01T00:00:00Z",
        "LastUpdated": "2026-01-01T00:00:00Z",
    }
    base = "/latest/meta-data/iam/security-credentials/"
    known = {base: b"backup-role", base + "backup-role": json.dumps(facts).encode()}

    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self, body):
            self.send_response(200 if body is not None else 404)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def do_PUT(self):
            self.answer(b"a-token" if self.path == "/latest/api/token" else None)

        def do_GET(self):
            self.answer(known.get(self.path) if self.headers.get("x-aws-ec2-metadata-token") == "a-token" else None)

        def log_message(self, *args):
            pass

    service = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=service.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{service.server_port}"
    finally:
        service.shutdown()
        thread.join()
        service.server_close()


@pytest.fixture
def no_keys(monkeypatch, tmp_path):
    """No credentials of whoever runs the tests."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return monkeypatch


def test_doctor_tells_where_credentials_come_from(rig, no_keys):
    without = {"access_key": None, "secret_key": None}
    report = rig.run("doctor", **without)
    assert report["credentials"] is None and "botocore found none" in " ".join(said(report, "error"))
    with metadata_service(rig.s3) as address:
        no_keys.setenv("AWS_EC2_METADATA_DISABLED", "false")
        no_keys.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", address)
        report = rig.run("doctor", **without)
    assert report["credentials"] == "iam-role" and "come from a role (iam-role)" in " ".join(said(report, "ok"))
    assert report["healthy"] and not any("static keys" in text for text in said(report, "warning"))
    no_keys.setenv("AWS_ACCESS_KEY_ID", rig.s3.access_key)
    no_keys.setenv("AWS_SECRET_ACCESS_KEY", rig.s3.secret_key)
    report = rig.run("doctor", **without)
    assert report["credentials"] == "env" and "static keys (env)" in " ".join(said(report, "warning"))
