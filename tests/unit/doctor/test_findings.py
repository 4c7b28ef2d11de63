# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts about node, host and repository to findings."""

from __future__ import annotations

import pathlib
import shlex

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.intent import Intent
from ansible_collections.vectorops.qdrant.plugins.module_utils._doctor.judge_bucket import judge_rules, judge_settings
from ansible_collections.vectorops.qdrant.plugins.module_utils._doctor.judge_host import judge_host
from ansible_collections.vectorops.qdrant.plugins.module_utils._doctor.judge_node import judge_cluster, judge_node
from ansible_collections.vectorops.qdrant.plugins.module_utils._doctor.judge_store import TRIALS, judge_store
from ansible_collections.vectorops.qdrant.plugins.module_utils._doctor.servers import judge_servers
from ansible_collections.vectorops.qdrant.plugins.module_utils._doctor.service import hides, service_of, unit_settings
from ansible_collections.vectorops.qdrant.plugins.module_utils._doctor.values import Folder, HostFacts, NodeFacts
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.manifest import EarlierServer
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.traits import StoreTraits
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.trial import (
    Credentials,
    Settings,
    StoreFacts,
    Trial,
)

TEMPLATES = pathlib.Path(__file__).parents[3] / "roles/qdrant_backup/templates"
URL = "http://127.0.0.1:6333"
GIB = 1 << 30
INTENT = Intent(URL, "articles", "replace", "recover", "2026-11-22T10:00:00Z")
GOOD_NODE = {"version": "1.18.3", "key_given": True, "rights": "full", "open_door": False, "url_recovery": True}


def wrong(findings):
    """(severity, what) of all that is not right; each of them says what to do."""
    assert all(finding.what for finding in findings)
    return [(finding.severity, finding.what) for finding in findings if finding.severity != "ok"]


def check(findings, expected):
    """expected: (severity, words of the sentence) in order."""
    found = wrong(findings)
    assert [severity for severity, dummy in found] == [severity for severity, dummy in expected], found
    for (dummy, what), (dummy, words) in zip(found, expected):
        assert words in what


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"unreachable": "connection refused"}, [("error", "does not answer: connection refused")]),
        ({"ready": False}, [("warning", "not ready")]),
        ({"version": "1.15.5"}, [("warning", "does not report whether a recover is running")]),
        ({"rights": "read-only"}, [("error", "The key is read-only")]),
        (
            {"rights": "collections", "collections": ("a", "b"), "writable": ("a",)},
            [("error", "not to the node. It can create snapshots of a, and it cannot restore or read metrics.")],
        ),
        ({"rights": "collections", "collections": ("a",)}, [("error", "It can only read a, and it cannot restore")]),
        ({"rights": "refused", "said": "Invalid API key"}, [("error", "The key is wrong: Invalid API key")]),
        ({"rights": "refused", "key_given": False}, [("error", "The key is missing")]),
        ({"rights": "unknown", "said": "HTTP 500"}, [("warning", "permissions of the key are unknown: HTTP 500")]),
        ({"open_door": True}, [("warning", "answers without a key")]),
        ({"url_recovery": False}, [("warning", "does not download archives from URLs")]),
        ({"url_recovery": None}, []),
        ({"leftovers": ("a__restore_x",)}, [("warning", "a__restore_x is left over")]),
        ({"recoveries": 2}, [("warning", "2 recovers are running")]),
    ],
)
def test_the_node(change, expected):
    findings = judge_node(NodeFacts(URL, **{**GOOD_NODE, **change}))
    check(findings, expected)
    assert all(finding.fix for finding in findings if finding.severity == "error")


@pytest.mark.parametrize("keyed", [True, False])
def test_a_leftover_is_deleted_by_its_whole_name(keyed):
    """curl cuts an address at #: this command would delete articles."""
    name = "articles#1__restore_20261122T190000Z"
    (fix,) = [
        one.fix
        for one in judge_node(NodeFacts(URL, **{**GOOD_NODE, "leftovers": (name,), "key_given": keyed}))
        if one.fix
    ]
    words = shlex.split(fix.partition("delete it: ")[2])
    assert words[:4] == ["curl", "-X", "DELETE", f"{URL}/collections/articles%231__restore_20261122T190000Z"]
    assert words[4:] == (["-H", "api-key: $QDRANT_API_KEY"] if keyed else [])


def test_files_to_remove_are_words_of_a_shell():
    path = "/x/it's $(here).snapshot.checksum"
    for found in (judge_host(host(orphans=(path,))), judge_host(host(halves=((path, 1),)))):
        fix = found[-1].fix
        assert shlex.split(fix[fix.index("rm ") :]) == ["rm", path]


@pytest.mark.parametrize(("peers", "name", "found"), [(1, "qdrant", 0), (3, "search", 0), (3, "qdrant", 1)])
def test_a_cluster_needs_a_name_of_its_own(peers, name, found):
    findings = judge_cluster(NodeFacts(URL, **GOOD_NODE, peers=peers), name, "qdrant")
    check(findings, [("warning", "a Qdrant cluster of 3 nodes, but cluster is qdrant")] * found)


def folder(name, **more):
    known = {"device": 1, "readable": True, "writable": True, "free": 10 * GIB}
    return Folder(name, "/var/lib/qdrant/" + name, **{**known, **more})


def host(*folders, **more):
    given = {"min_free": GIB, "user": "qdrant", **more}
    return HostFacts(folders={one.name: one for one in folders}, **given)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (host(folder("snapshots"), folder("temp"), folder("storage"), folder("state"), folder("spool")), []),
        (host(), []),
        (host(folder("snapshots", device=None)), [("error", "does not exist")]),
        (host(folder("snapshots", readable=False, writable=False)), [("error", "not readable for qdrant")]),
        (host(folder("snapshots", writable=False)), [("warning", "not writable for qdrant")]),
        (host(folder("snapshots"), unreadable="/x/y.snapshot"), [("error", "/x/y.snapshot is not readable")]),
        (host(folder("snapshots"), foreign=("articles",)), [("error", "not this node's folder")]),
        (host(folder("snapshots"), folder("storage", device=2)), [("warning", "different file systems")]),
        (host(folder("snapshots"), folder("temp", device=2)), [("warning", "different file systems")]),
        (host(folder("snapshots", free=GIB - 1)), [("error", "less than min_free")]),
        (host(folder("snapshots", free=63 << 20)), [("error", "refuses every write")]),
        (host(folder("snapshots", free=None)), []),
        (
            host(folder("snapshots"), folder("storage", device=2, free=GIB - 1)),
            [("warning", "different file systems"), ("error", "less than min_free")],
        ),
        (host(folder("state", writable=False)), [("error", "state folder")]),
        (host(folder("state", device=None)), []),
        (host(folder("spool", device=None)), [("warning", "spool folder")]),
        (host(intents=(INTENT,)), [("error", "did not end")]),
        (host(halves=(("/x/a.tmp", 2048),)), [("warning", "/x/a.tmp (2.0 KiB) is an unfinished snapshot")]),
        (
            host(orphans=("/x/a.snapshot.checksum",)),
            [("warning", "/x/a.snapshot.checksum is the checksum of a missing snapshot")],
        ),
    ],
)
def test_the_host(facts, expected):
    findings = judge_host(facts)
    check(findings, expected)
    assert all(finding.fix for finding in findings if finding.severity != "ok")


GOOD_TRIALS = {name: Trial("works") for name in (*TRIALS, "clean_up")}
WEAK = "s3://b does not support conditional writes (it ignores If-None-Match)"


def store(trial=None, outcome="ignored", said="", **more):
    trials = {**GOOD_TRIALS, **({trial: Trial(outcome, said, "Mend that.")} if trial else {})}
    known = {"credentials": Credentials("iam-role", True), "base": "p/search/", "trials": trials, "skew": 1.0}
    return StoreFacts("s3://b/p", "s3", **{**known, **more})


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (store(), []),
        (store("if_absent"), []),
        (store("if_absent", weakness=WEAK), [("warning", WEAK)]),
        (store("if_absent", "forbidden", "AccessDenied"), [("warning", "Forbidden: If-None-Match on a write")]),
        (store("digest"), [("warning", "Ignored: Content-MD5 of a write")]),
        (store("part_digest"), []),
        (store("multipart_checksum", "refused", "MalformedXML"), []),
        (store("range", "failed", "HTTP 500"), [("warning", "Failed: reading ranges: HTTP 500")]),
        (store("multipart", "refused", "501"), [("error", "Refused: uploads by parts: 501")]),
        (store("multipart_if_absent"), []),
        (store("copy", "refused", "NotImplemented"), []),
        (store("presigned", "failed", "timed out"), [("warning", "Failed: reading by a presigned URL: timed out")]),
        (store("write", "forbidden", "AccessDenied"), [("error", "Forbidden: writing: AccessDenied")]),
        (store("list_uploads", "forbidden", "AccessDenied"), [("warning", "Forbidden: finding unfinished uploads")]),
        (store("clean_up", "forbidden", "AccessDenied"), []),
        (store("clean_up", "failed", "HTTP 500"), [("warning", "could not be deleted: HTTP 500")]),
        (store(credentials=Credentials("env", False)), [("warning", "static keys (env)")]),
        (store(endpoint="http://10.0.0.1:8333"), [("warning", "not encrypted")]),
        (store(endpoint="http://127.0.0.1:8333"), []),
        (store(skew=59.0), []),
        (store(skew=-61.0), [("warning", "61 s behind")]),
        (store(skew=900.0), [("error", "900 s ahead of")]),
        (store(unreachable="Could not reach it."), [("error", "Could not reach it.")]),
        (store(forbidden={"delete an archive": Trial("works")}), []),
        (store(forbidden={"delete an archive": Trial("ignored")}), [("error", "can delete an archive")]),
        (store(forbidden={"delete an archive": Trial("failed", "500")}), [("warning", "cannot be told: 500")]),
    ],
)
def test_the_store(facts, expected):
    check(judge_store(facts), expected)


def findings(*words, **more):
    return [one for one in judge_store(store(**more)) if all(word in one.what for word in words)]


def test_a_remedy_fits_its_kind():
    (denied,) = findings("writing", trial="write", outcome="forbidden", said="AccessDenied")
    assert "policy --role writer" in denied.fix
    (failed,) = findings("reading ranges", trial="range", outcome="failed", said="HTTP 500")
    assert failed.fix == "Mend that."
    (weak,) = findings(WEAK, weakness=WEAK)
    assert "conditional_writes: require" in weak.fix


def test_a_folder_that_keeps_no_conditions_is_an_error():
    trials = {
        **{name: Trial("works") for name in ("write", "read", "list", "if_absent")},
        "if_match_wrong": Trial("ignored"),
    }
    found = judge_store(StoreFacts("/srv/backup", "folder", trials=trials))
    assert [one.severity for one in found].count("error") == 1


def test_traits_are_told_with_their_origin():
    traits = StoreTraits(if_match="bare", conditional_put="kept")
    origins = {"if_match": "tried", "conditional_put": "learned", "region": "option"}
    (told,) = findings("knows of this store", traits=traits, origins=origins, chosen={"region": "default"})
    for words in ("if_match bare (tried)", "conditional_put kept (learned)", "region default (option)"):
        assert words in told.what


@pytest.mark.parametrize(
    ("versioning", "traits", "expected"),
    [
        ("off", StoreTraits(if_match="quoted", conditional_put="kept"), [("warning", "Versioning is off")]),
        ("off", StoreTraits(if_match="bare", conditional_put="kept"), []),
        ("off", StoreTraits(if_match="none"), []),
        ("Enabled", StoreTraits(if_match="none", conditional_put="ignored"), [("warning", "Versioning is on, and")]),
    ],
)
def test_versioning_is_advised_where_locks_hold_with_it(versioning, traits, expected):
    check(judge_settings(Settings(versioning=versioning), BASE, "s3://b/p", traits), expected)


def test_overwriting_is_mended_by_the_bucket_policy():
    (found,) = [one for one in judge_store(store(forbidden={"overwrite an archive": Trial("ignored")})) if one.fix]
    assert "--bucket-policy" in found.fix and "--bucket b " in found.fix


BASE = "p/search/"
ABORT = {"Status": "Enabled", "Filter": {"Prefix": ""}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}


def rule(prefix, days=None, move=None, **more):
    out = {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": prefix}, **more}
    if days:
        out["Expiration"] = {"Days": days}
    if move:
        out["Transitions"] = [{"Days": 30, "StorageClass": move}]
    return out


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([ABORT], []),
        ([], [("warning", "unfinished uploads")]),
        ([{**ABORT, "Status": "Disabled"}], [("warning", "unfinished uploads")]),
        ([ABORT, rule(BASE + "archives/", 365)], []),
        ([ABORT, rule("", 365)], [("warning", "deletes manifests")]),
        ([ABORT, rule(BASE + "manifests/", 365)], [("error", "deletes manifests")]),
        ([ABORT, rule(BASE + "manifests/", 30), rule(BASE + "archives/", 365)], [("error", "deletes manifests")]),
        ([ABORT, rule(BASE + "manifests/", 365), rule(BASE + "archives/", 30)], [("warning", "deletes manifests")]),
        ([ABORT, rule(BASE + "manifests/node-a/", 5)], [("error", "deletes manifests")]),
        ([ABORT, rule(BASE + "proofs/", 90)], [("warning", "deletes proofs")]),
        ([ABORT, rule("other/", 1)], []),
        ([ABORT, rule("", 1, Status="Disabled")], []),
        ([ABORT, {**rule("", 1), "Filter": {"Tag": {"Key": "a", "Value": "b"}}}], []),
        ([ABORT, {**rule("", 1), "Filter": {"And": {"Prefix": BASE, "Tags": [{"Key": "a"}]}}}], []),
        ([ABORT, {**rule("", 9), "Filter": {"And": {"Prefix": BASE, "ObjectSizeGreaterThan": 1}}}],
         [("warning", "deletes manifests")]),
        ([ABORT, rule(BASE + "archives/", move="GLACIER_IR")], []),
        ([ABORT, rule(BASE + "archives/", move="GLACIER")], [("warning", "thawed")]),
        ([ABORT, rule(BASE, move="STANDARD_IA")], [("warning", "moves manifests")]),
        ([ABORT, rule(BASE + "manifests/", move="DEEP_ARCHIVE")], [("error", "moves manifests")]),
    ],
)  # fmt: skip
def test_the_lifecycle(rules, expected):
    check(judge_rules(rules, BASE, versioned=False), expected)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (Settings(versioning="off"), [("warning", "Versioning is off")]),
        (Settings(versioning="Suspended"), [("warning", "Versioning is suspended")]),
        (Settings(versioning="Enabled", rules=(ABORT,)), [("warning", "old versions")]),
        (Settings(versioning="Enabled", lock="COMPLIANCE"), []),
        (Settings(unseen=("lifecycle",)), []),
    ],
)
def test_the_bucket(settings, expected):
    check(judge_settings(settings, BASE, "s3://b/p"), expected)


@pytest.mark.parametrize(
    ("peers", "here", "expected"),
    [
        ((), 1, []),
        ((1,), 1, []),
        ((1,), None, []),
        ((1,), 2, [("warning", "is of another server, peer 1")]),
        ((1, 2), 1, [("error", "Two servers back up as node-a: this one, peer 1")]),
        ((1, 2, 1), 1, [("error", "Servers take turns in the backups of node-a")]),
        ((1, 2, 1), None, [("error", "Servers take turns in the backups of node-a")]),
    ],
)
def test_the_servers_behind_the_name(peers, here, expected):
    ids = [f"202611{number:02d}T000000Z" for number in range(1, 9)]
    history = tuple(EarlierServer(peer, backup_id, backup_id) for peer, backup_id in zip(peers, ids))
    found = judge_servers("node-a", history, here)
    check(found, expected)
    assert all(finding.fix for finding in found if finding.severity != "ok")


UNIT = """[Unit]
ProtectHome=no
[Service]
ProtectHome=true
PrivateTmp=true
# PrivateTmp=false
InaccessiblePaths=-/srv/qdrant/storage
InaccessiblePaths=-/etc/keys \\
  /srv/other
"""


@pytest.mark.parametrize(
    ("path", "more", "setting"),
    [
        ("/home/qdrant/snapshots", "", "ProtectHome=true"),
        ("/root", "", "ProtectHome=true"),
        ("/homestead", "", ""),
        ("/tmp/snapshots", "", "PrivateTmp=true"),
        ("/var/tmp/snapshots", "", "PrivateTmp=true"),
        ("/srv/qdrant/storage/snapshots", "", "InaccessiblePaths=/srv/qdrant/storage"),
        ("/srv/other/snapshots", "", "InaccessiblePaths=/srv/other"),
        ("/srv/qdrant/snapshots", "", ""),
        ("/home/qdrant", "ProtectHome=read-only", ""),
        ("/home/qdrant", "ProtectHome=tmpfs", "ProtectHome=tmpfs"),
        ("/home/qdrant", "ProtectHome=tmpfs\nBindPaths=/data:/home/qdrant", ""),
        ("/home/qdrant", "BindPaths=/home/qdrant", "ProtectHome=true"),
        ("/tmp/a/b", "BindPaths=/tmp/a", ""),
        ("/srv/other", "InaccessiblePaths=", ""),
        ("/srv/a", "TemporaryFileSystem=/srv:ro", "TemporaryFileSystem=/srv:ro"),
    ],
)
def test_what_the_service_does_not_see(tmp_path, path, more, setting):
    folder = tmp_path / "etc/systemd/system"
    (folder / "qdrant-backup.service.d").mkdir(parents=True)
    (folder / "qdrant-backup.service").write_text(UNIT)
    (folder / "qdrant-backup.service.d/local.conf").write_text(f"[Service]\n{more}\n")
    assert hides(unit_settings(service_of("qdrant-backup.timer"), str(tmp_path)), path) == setting
    assert hides(unit_settings(service_of("qdrant-backup@db.timer"), str(tmp_path)), path) == ""


def test_a_folder_that_the_service_does_not_see_is_told():
    folders = {name: Folder(name, f"/root/{name}", 1, True, True, 900 * GIB) for name in ("snapshots", "storage")}
    hidden = dict.fromkeys(folders, "ProtectHome=true")
    (one,) = wrong(judge_host(HostFacts(folders, service="qdrant-backup.service", hidden=hidden)))
    assert one == (
        "warning",
        "qdrant-backup.service does not see the snapshots folder /root/snapshots: its unit has ProtectHome=true.",
    )


def test_the_units_of_the_role_have_the_settings_that_are_looked_for():
    text = "".join((TEMPLATES / name).read_text() for name in ("hardening.j2", "unreachable.j2"))
    assert {"ProtectHome=true", "PrivateTmp=true"} <= set(text.splitlines()) and "InaccessiblePaths=-" in text
