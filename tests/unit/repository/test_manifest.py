# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The manifest: a round trip, and every wrong field named by its path."""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import json

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.intent import UNREADABLE, Intent
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.errors import ManifestError
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.inventory import describe
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.manifest import (
    EarlierServer,
    NodeEntry,
    ServersEntry,
    digest_of,
    dump,
    load,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.summary import as_json, from_json, summarize
from ansible_collections.vectorops.qdrant.tests.unit.repository.make_manifest import collection, manifest

GONE = object()
INTENT = Intent("http://127.0.0.1:6333", "articles", "replace", "recover", "2026-11-22T18:00:00Z")


def test_round_trip():
    original = manifest(failed=["broken"])
    assert load(dump(original)) == original


def test_the_same_manifest_gives_the_same_bytes():
    assert dump(manifest()) == dump(load(dump(manifest())))
    assert dump(manifest()).endswith(b"}\n")


def test_the_written_document_is_the_one_of_the_design():
    document = json.loads(dump(manifest()))
    assert document["format"] == 1
    assert set(document) == {
        "format",
        "backup_id",
        "cluster",
        "node",
        "tool_version",
        "started_at",
        "finished_at",
        "expected_nodes",
        "aliases",
        "collections",
        "failed",
        "digest",
    }
    assert document["node"] == {"name": "node-a", "peer_id": 1234567890, "qdrant_version": "1.18.3"}
    entry = document["collections"][0]
    assert entry["points"] == {"before": 7, "after": 7, "quiet": True}
    assert entry["shards"] == {"captured": [0], "known": {"0": {"state": "Active", "key": None, "peers": [1]}}}
    assert "suspect" not in entry
    assert "copied_from" not in entry["archive"]


def test_unknown_keys_are_kept_at_every_level():
    document = json.loads(dump(manifest(failed=["broken"])))
    places = [
        document,
        document["node"],
        document["collections"][0],
        document["collections"][0]["archive"],
        document["collections"][0]["shards"],
        document["collections"][0]["points"],
        document["collections"][0]["previous"],
        document["failed"][0],
    ]
    for place in places:
        place["from_the_future"] = {"a": [1]}
    document["digest"] = digest_of(document)
    again = json.loads(dump(load(json.dumps(document).encode())))
    assert again == document


@pytest.mark.parametrize(
    ("path", "value", "named", "said"),
    [
        (["backup_id"], GONE, "backup_id", "is missing"),
        (["backup_id"], "yesterday", "backup_id", "must be a backup id"),
        (["cluster"], "", "cluster", "must not be empty"),
        (["cluster"], 7, "cluster", "must be a text, is 7"),
        (["node"], [], "node", "must be an object"),
        (["node", "name"], GONE, "node.name", "is missing"),
        (["node", "peer_id"], "1", "node.peer_id", "must be an integer"),
        (
            ["node", "servers"],
            {"earlier": [{"peer_id": 1, "since": "x"}]},
            "node.servers.earlier[0].since",
            "backup id",
        ),
        (["node", "servers"], {"accepted": "yes"}, "node.servers.accepted", "must be true or false"),
        (["digest"], "abc", "digest", "must be a sha256"),
        (["started_at"], "soon", "started_at", "must be a time"),
        (["expected_nodes"], "node-a", "expected_nodes", "must be a list"),
        (["expected_nodes"], [1], "expected_nodes[0]", "must be a text"),
        (["aliases"], {"live": 1}, "aliases.live", "must be a text"),
        (["collections"], GONE, "collections", "is missing"),
        (["collections"], {}, "collections", "must be a list"),
        (["collections", 0], 5, "collections[0]", "must be an object"),
        (["collections", 0, "name"], GONE, "collections[0].name", "is missing"),
        (["collections", 0, "kind"], "table", "collections[0].kind", "must be one of collection, shard, full"),
        (["collections", 0, "archive"], GONE, "collections[0].archive", "is missing"),
        (["collections", 0, "archive", "bytes"], True, "collections[0].archive.bytes", "must be an integer"),
        (["collections", 0, "archive", "bytes"], -1, "collections[0].archive.bytes", "must be 0 or more"),
        (["collections", 0, "archive", "sha256"], "A" * 64, "collections[0].archive.sha256", "must be a sha256"),
        (["collections", 0, "archive", "key"], "../etc/passwd", "collections[0].archive.key", "inside the repository"),
        (["collections", 0, "archive", "key"], "/etc/passwd", "collections[0].archive.key", "inside the repository"),
        (["collections", 0, "archive", "copied_from"], "a//b", "collections[0].archive.copied_from", "inside the"),
        (
            ["collections", 0, "shards", "captured"],
            ["0"],
            "collections[0].shards.captured[0]",
            "must be an integer",
        ),
        (["collections", 0, "shards", "known"], {"x": {}}, "collections[0].shards.known.x", "the number of a shard"),
        (["collections", 0, "shards", "known"], {"0": 1}, "collections[0].shards.known.0", "must be an object"),
        (["collections", 0, "points", "quiet"], 1, "collections[0].points.quiet", "must be true or false"),
        (["collections", 0, "probe"], [], "collections[0].probe", "must be an object"),
        (["collections", 0, "previous"], {}, "collections[0].previous.backup_id", "is missing"),
        (["collections", 0, "suspect"], {}, "collections[0].suspect.why", "is missing"),
        (
            ["collections", 0, "suspect"],
            {"why": "it fell", "in_doubt": "yes"},
            "collections[0].suspect.in_doubt",
            "must be true or false",
        ),
        (["collections", 0, "warnings"], [7], "collections[0].warnings[0]", "must be a text"),
        (["failed"], [{}], "failed[0].name", "is missing"),
    ],
)
def test_a_wrong_field_is_named(path, value, named, said):
    document = json.loads(dump(manifest()))
    place = document
    for step in path[:-1]:
        place = place[step]
    if value is GONE:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    with pytest.raises(ManifestError) as caught:
        load(json.dumps(document).encode(), "prod/manifests/node-a/x.json")
    assert f"{named}: " in caught.value.said
    assert said in caught.value.said
    assert "prod/manifests/node-a/x.json" in str(caught.value)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'"text"', b"{}"])
def test_what_is_no_manifest_is_refused(data):
    with pytest.raises(ManifestError) as caught:
        load(data)
    assert caught.value.kind == "protocol"
    assert "Choose another backup" in caught.value.next


def test_a_later_format_says_so():
    document = json.loads(dump(manifest()))
    document["format"] = 2
    with pytest.raises(ManifestError, match=r"format: is 2, this version reads format 1.*update this collection"):
        load(json.dumps(document).encode())


def test_a_collection_that_is_there_twice_is_refused():
    document = json.loads(dump(manifest()))
    document["collections"].append(copy.deepcopy(document["collections"][0]))
    with pytest.raises(ManifestError, match=r"collections\[1\].name: 'articles' is a duplicate"):
        load(json.dumps(document).encode())


def test_a_wrong_manifest_is_not_written():
    with pytest.raises(ManifestError, match=r"collections\[0\].archive.bytes"):
        dump(manifest(collections=[collection(size=-1)]))


@pytest.mark.parametrize(
    ("suspect", "in_doubt"),
    [
        (None, False),
        ({"why": "points fell from 9 to 1", "in_doubt": False}, False),
        ({"why": "whatever it is called by then", "in_doubt": True}, True),
        # Of earlier versions, which had only the sentence.
        ({"why": "points fell from 9 to 1"}, False),
        ({"why": INTENT.doubt()}, True),
        ({"why": dataclasses.replace(INTENT, collection=UNREADABLE, step="/state/x", mode="not JSON").doubt()}, True),
        # A collection may well be called so.
        ({"why": f"{INTENT.doubt()} of backup 20261122T180000Z", "in_doubt": False}, False),
    ],
)
def test_a_collection_in_doubt_is_told_by_a_key(suspect, in_doubt):
    entry = dataclasses.replace(collection(), suspect=suspect)
    read = load(dump(manifest(collections=[entry])))
    assert read.collections[0].in_doubt == in_doubt and read.format == 1
    (held,) = summarize(read).collections
    assert held.in_doubt == in_doubt and from_json(as_json(summarize(read))) == summarize(read)
    (item,) = describe(summarize(read), {})["collections"]
    assert item["in_doubt"] == in_doubt


def test_numbers_that_json_does_not_know_are_not_written():
    entry = collection()
    entry.probe["score"] = float("nan")
    with pytest.raises(ManifestError):
        dump(manifest(collections=[entry]))


def test_a_document_nested_without_end_is_a_damaged_manifest():
    with pytest.raises(ManifestError, match="nested too deeply"):
        load(b'{"format": 1, "x": ' + b"[" * 200000 + b"]" * 200000 + b"}", "k")


@pytest.mark.parametrize(
    "path, value",
    [
        (("name",), "a\ud800"),
        (("config",), {"params": "x"}),
        (("config",), {"params": [1]}),
        (("shards", "known"), {"0": {"key": [1]}}),
        (("shards", "known"), {"0": {"key": {"a": 1}}}),
        (("shards", "known"), {"0": {"key": True}}),
        (("shards", "known"), {"²": {}}),
        (("shards", "known"), {"9" * 5000: {}}),
    ],
)
def test_what_no_reader_could_use_is_refused_on_reading(path, value):
    document = json.loads(dump(manifest()))
    target = document["collections"][0]
    for name in path[:-1]:
        target = target[name]
    target[path[-1]] = value
    with pytest.raises(ManifestError, match=r"collections\[0\]") as caught:
        load(json.dumps(document).encode(), "k")
    assert len(str(caught.value)) < 500


def test_the_digest_is_one_that_anybody_can_compute():
    document = json.loads(dump(manifest()))
    digest = document.pop("digest")
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    assert digest == hashlib.sha256(text.encode()).hexdigest()
    assert load(dump(manifest())).digest == digest


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["finished_at"], "2026-11-22T19:00:10Z"),
        (["collections", 0, "archive", "sha256"], "c" * 64),
        (["collections", 0, "points", "before"], 6),
        (["collections", 0, "config", "params", "vectors", "size"], 8),
        (["node", "peer_id"], 7),
        (["unused"], ["a"]),
        (["digest"], "0" * 64),
    ],
    ids=lambda one: one[-1] if isinstance(one, list) else None,
)
def test_a_manifest_that_was_changed_is_refused_and_says_what_to_do(path, value):
    document = json.loads(dump(manifest()))
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(ManifestError, match="digest: is ") as caught:
        load(json.dumps(document).encode(), "prod/manifests/node-a/x.json")
    assert "prod/manifests/node-a/x.json" in str(caught.value)
    assert "changed or damaged" in caught.value.next and "qdrant-backup list" in caught.value.next


def test_white_space_and_the_order_of_keys_do_not_matter():
    document = json.loads(dump(manifest()))
    turned = dict(reversed(list(document.items())))
    assert load(json.dumps(turned, indent=4, ensure_ascii=True).encode()) == manifest()


def test_a_manifest_of_an_earlier_version_has_no_digest_and_is_read():
    document = json.loads(dump(manifest()))
    del document["digest"]
    found = load(json.dumps(document).encode())
    assert found == manifest() and found.digest is None and found.node.servers is None


COUNTS = {"before": 7, "after": 7, "quiet": True}


@pytest.mark.parametrize("name, value", [("before", 8), ("after", 6), ("quiet", False)])
def test_two_counts_that_differ_are_refused_on_reading_and_on_writing(name, value):
    good = dataclasses.replace(collection(), probe={"counts": COUNTS})
    assert load(dump(manifest(collections=[good]))).collections == (good,)
    document = json.loads(dump(manifest(collections=[good])))
    document["collections"][0]["probe"]["counts"][name] = value
    del document["digest"]
    said = rf"collections\[0\].points.{name}: is .*, probe.counts.{name} is {value}"
    with pytest.raises(ManifestError, match=said):
        load(json.dumps(document).encode())
    with pytest.raises(ManifestError, match=said):
        dump(manifest(collections=[dataclasses.replace(good, probe={"counts": {**COUNTS, name: value}})]))


@pytest.mark.parametrize("probe", [{}, {"counts": None}, {"counts": {}}, {"counts": {"before": 7}}])
def test_a_count_that_stands_once_is_no_contradiction(probe):
    one = dataclasses.replace(collection(), probe=probe)
    assert load(dump(manifest(collections=[one]))).collections[0].probe == probe


def test_the_servers_behind_a_name_are_kept():
    servers = ServersEntry(
        "20261122T190000Z", True, (EarlierServer(1, "20261101T000000Z", "20261121T000000Z", extra={"x": 1}),), {"y": 2}
    )
    one = dataclasses.replace(manifest(), node=NodeEntry("node-a", 2, "1.18.3", servers))
    assert load(dump(one)).node.servers == servers
