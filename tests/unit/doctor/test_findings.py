# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts about node, host and repository to findings."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.intent import Intent
from ansible_collections.vectorops.qdrant.plugins.module_utils._doctor.judge_bucket import judge_rules, judge_settings
from ansible_collections.vectorops.qdrant.plugins.module_utils._doctor.judge_host import judge_host
from ansible_collections.vectorops.qdrant.plugins.module_utils._doctor.judge_node import judge_node
from ansible_collections.vectorops.qdrant.plugins.module_utils._doctor.judge_store import judge_store
from ansible_collections.vectorops.qdrant.plugins.module_utils._doctor.values import Folder, HostFacts, NodeFacts
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.trials import (
    Credentials,
    Settings,
    StoreFacts,
    Trial,
)

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
        ({"version": "1.15.5"}, [("warning", "does not tell whether a recover is at work")]),
        ({"rights": "read-only"}, [("error", "a read-only one")]),
        ({"rights": "refused", "said": "Invalid API key"}, [("error", "The key is wrong: Invalid API key")]),
        ({"rights": "refused", "key_given": False}, [("error", "The key is missing")]),
        ({"rights": "unknown", "said": "HTTP 500"}, [("warning", "cannot be told: HTTP 500")]),
        ({"open_door": True}, [("warning", "answers without a key")]),
        ({"url_recovery": False}, [("warning", "no archives from URLs")]),
        ({"url_recovery": None}, []),
        ({"leftovers": ("a__restore_x",)}, [("warning", "a__restore_x was left")]),
        ({"recoveries": 2}, [("warning", "2 recoveries are at work")]),
    ],
)
def test_the_node(change, expected):
    findings = judge_node(NodeFacts(URL, **{**GOOD_NODE, **change}))
    check(findings, expected)
    assert all(finding.fix for finding in findings if finding.severity == "error")


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
        (host(folder("snapshots", device=None)), [("error", "is not there")]),
        (host(folder("snapshots", readable=False, writable=False)), [("error", "not readable for qdrant")]),
        (host(folder("snapshots", writable=False)), [("warning", "not writable for qdrant")]),
        (host(folder("snapshots"), unreadable="/x/y.snapshot"), [("error", "/x/y.snapshot is not readable")]),
        (host(folder("snapshots"), foreign=("articles",)), [("error", "not this node's folder")]),
        (host(folder("snapshots"), folder("storage", device=2)), [("warning", "two file systems")]),
        (host(folder("snapshots"), folder("temp", device=2)), [("warning", "two file systems")]),
        (host(folder("snapshots", free=GIB - 1)), [("error", "less than min_free")]),
        (host(folder("snapshots", free=63 << 20)), [("error", "refuses every write")]),
        (host(folder("snapshots", free=None)), []),
        (
            host(folder("snapshots"), folder("storage", device=2, free=GIB - 1)),
            [("warning", "two file systems"), ("error", "less than min_free")],
        ),
        (host(folder("state", writable=False)), [("error", "state folder")]),
        (host(folder("state", device=None)), []),
        (host(folder("spool", device=None)), [("warning", "spool folder")]),
        (host(intents=(INTENT,)), [("error", "did not end")]),
        (host(halves=(("/x/a.tmp", 2048),)), [("warning", "/x/a.tmp (2.0 KiB) is half a snapshot")]),
        (host(orphans=("/x/a.snapshot.checksum",)), [("warning", "/x/a.snapshot.checksum belongs")]),
    ],
)
def test_the_host(facts, expected):
    findings = judge_host(facts)
    check(findings, expected)
    assert all(finding.fix for finding in findings if finding.severity != "ok")


GOOD_TRIALS = {
    name: Trial("good")
    for name in (
        *("write", "read", "list", "if_absent", "if_match", "digest", "part_digest", "range"),
        *("multipart", "multipart_if_absent", "abort", "list_uploads", "clean_up"),
    )
}


def store(trial=None, outcome="bad", said="", **more):
    trials = {**GOOD_TRIALS, **({trial: Trial(outcome, said)} if trial else {})}
    known = {"credentials": Credentials("iam-role", True), "base": "p/search/", "trials": trials, "skew": 1.0}
    return StoreFacts("s3://b/p", "s3", **{**known, **more})


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (store(), []),
        (store("if_absent"), [("error", "(If-None-Match)")]),
        (store("if_match"), [("error", "(If-Match)")]),
        (store("digest"), [("warning", "does not check what arrives")]),
        (store("part_digest"), []),
        (store("range"), [("warning", "no ranges")]),
        (store("multipart", "unsupported", "501"), [("error", "no uploads by parts: 501")]),
        (store("multipart_if_absent"), [("warning", "overwrites although asked not to")]),
        (store("write", "forbidden", "AccessDenied"), [("error", "cannot be written to: AccessDenied")]),
        (store("list_uploads", "forbidden", "AccessDenied"), [("warning", "cannot be found: AccessDenied")]),
        (store("clean_up", "forbidden", "AccessDenied"), []),
        (store("clean_up", "failed", "HTTP 500"), [("warning", "could not be deleted: HTTP 500")]),
        (store(credentials=Credentials("env", False)), [("warning", "static keys (env)")]),
        (store(endpoint="http://10.0.0.1:8333"), [("warning", "not encrypted")]),
        (store(endpoint="http://127.0.0.1:8333"), []),
        (store(skew=59.0), []),
        (store(skew=-61.0), [("warning", "61 s behind")]),
        (store(skew=900.0), [("error", "900 s ahead of")]),
        (store(unreachable="Could not reach it."), [("error", "Could not reach it.")]),
        (store(forbidden={"delete an archive": Trial("good")}), []),
        (store(forbidden={"delete an archive": Trial("bad")}), [("error", "can delete an archive")]),
        (store(forbidden={"delete an archive": Trial("failed", "500")}), [("warning", "cannot be told: 500")]),
    ],
)
def test_the_store(facts, expected):
    check(judge_store(facts), expected)


def test_overwriting_is_mended_by_the_bucket_policy():
    (found,) = [one for one in judge_store(store(forbidden={"overwrite an archive": Trial("bad")})) if one.fix]
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
