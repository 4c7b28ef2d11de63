# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A collection that was captured per shard: several entries of one name in a manifest, one item in reports."""

from __future__ import annotations

import dataclasses
import re

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.completeness import complete
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.errors import ManifestError
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.inventory import describe
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.manifest import (
    PointsEntry,
    ShardsEntry,
    dump,
    load,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.parts import collection_of, part_name
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.summary import as_json, from_json, summarize
from ansible_collections.vectorops.qdrant.tests.unit.repository.make_manifest import collection, manifest

NODES = ("node-a", "node-b", "node-c")


def shard(number, *, name="articles", node="node-a", known=(0, 1, 2), points=7, counted=2, keys=None, **more):
    """The entry of one shard. counted: the node's estimate of its points."""
    entry = collection(name, node, captured=[number], known=known, size=100 + number)
    about = {str(one): {"state": "Active", "key": (keys or {}).get(one), "peers": [1, 2]} for one in known}
    return dataclasses.replace(
        entry,
        kind="shard",
        archive=dataclasses.replace(entry.archive, key=f"{entry.archive.key}.{number}"),
        shards=ShardsEntry((number,), about),
        points=PointsEntry(points, points, True),
        probe={},
        extra={"shard_points": counted},
        **more,
    )


def seen(*names, known=(0, 1, 2), keys=None):
    """What a manifest notes of collections whose shards other nodes store."""
    about = {str(one): {"state": "Active", "key": (keys or {}).get(one), "peers": [2]} for one in known}
    return {"cluster_capture": "shard", "shards_elsewhere": dict.fromkeys(names, about)}


def of(node, *entries, **extra):
    found = manifest(node, collections=list(entries), expected=NODES)
    return dataclasses.replace(found, extra=extra)


def judged(*manifests, lost=()):
    summaries = [summarize(one) for one in manifests]
    stored = {(held.archive, held.bytes) for one in summaries for held in one.collections if held.archive not in lost}
    return complete(summaries, stored)


def test_entries_of_one_name():
    one = of("node-a", shard(0), shard(2), collection("notes"))
    assert load(dump(one)) == one
    assert one.collection("articles") is None
    assert [entry.part for entry in one.entries("articles")] == ["articles/0", "articles/2"]
    assert one.collection("notes").part == "notes"
    assert one.names == ("articles", "notes")
    assert one.holds("articles") and not one.holds("logs")


def test_a_collection_whose_shards_are_elsewhere_is_known():
    one = load(dump(of("node-a", **seen("articles"))))
    assert one.holds("articles") and one.entries("articles") == ()
    assert sorted(one.shards_elsewhere["articles"]) == ["0", "1", "2"]


@pytest.mark.parametrize("value", [None, [], "x", {"articles": []}, {"articles": {"x": {}}}, {"articles": {"0": 1}}])
def test_what_another_program_wrote_there_is_ignored(value):
    assert of("node-a", shards_elsewhere=value).shards_elsewhere == {}


@pytest.mark.parametrize(
    ("entries", "wrong"),
    [
        pytest.param([shard(1), shard(1)], "collections[1].name: 'articles/1' is a duplicate", id="a shard twice"),
        pytest.param([collection(), collection()], "collections[1].name: 'articles' is a duplicate", id="twice"),
        pytest.param([collection(), shard(1)], "collections[1].kind: 'articles' has archives of", id="both kinds"),
        pytest.param([shard(1), collection()], "collections[1].kind: 'articles' has archives of", id="the other way"),
        pytest.param(
            [dataclasses.replace(shard(1), shards=ShardsEntry((0, 1), {}))],
            "collections[0].shards.captured: the archive of a shard holds one shard",
            id="two shards in one",
        ),
        pytest.param(
            [dataclasses.replace(shard(1), shards=ShardsEntry((), {}))],
            "collections[0].shards.captured: the archive of a shard holds one shard",
            id="no shard",
        ),
    ],
)
def test_what_is_refused(entries, wrong):
    with pytest.raises(ManifestError, match=re.escape(wrong)):
        dump(of("node-a", *entries))


def test_the_probe_of_the_collection_is_that_of_the_first_shard():
    first = dataclasses.replace(shard(0), probe={"version": 1, "points": [1]})
    one = of("node-a", first, shard(1), collection("notes"))
    assert one.with_probe(shard(1)).probe == first.probe
    assert one.with_probe(first) is first
    assert one.with_probe(shard(1, name="logs")).probe == {}


def test_names_of_archives():
    assert part_name("articles", "shard", (3,)) == "articles/3"
    assert part_name("articles", "collection", (0, 1)) == part_name("articles", "full", ()) == "articles"
    assert collection_of("articles/3") == collection_of("articles") == "articles"


def test_a_summary_comes_back_from_the_cache():
    one = summarize(of("node-a", shard(0, keys={0: "acme", 1: 7}), **seen("logs", keys={2: "globex"})))
    assert from_json(as_json(one)) == one
    assert one.collections[0].keys == {"0": "acme", "1": 7} and one.collections[0].shard_points == 2
    assert [(other.name, other.known) for other in one.elsewhere] == [("logs", (0, 1, 2))]


def test_points_are_counted_once_and_bytes_are_added():
    suspect = {"why": "points fell", "in_doubt": True}
    one = summarize(of("node-a", shard(0), shard(1, suspect=suspect), collection("notes")))
    good = {"grade": 2, "at": "2026-11-23T00:00:00Z", "failed": None}
    grades = {"articles/0": good, "articles/1": {**good, "grade": 1}, "notes": good}
    backup = describe(one, grades)
    articles, notes = backup["collections"]
    assert (articles["points"], articles["bytes"], articles["grade"]) == (7, 201, 1)
    assert (articles["kind"], articles["archive"], articles["sha256"]) == ("shard", None, None)
    assert [(item["shard"], item["bytes"], item["grade"]) for item in articles["archives"]] == [
        (0, 100, 2),
        (1, 101, 1),
    ]
    assert articles["suspect"] == "points fell" and articles["proof_failed"] is None
    assert articles["in_doubt"] and not notes["in_doubt"], "one shard is enough"
    assert (notes["archive"], notes["shards"]) == (notes["archives"][0]["archive"], [0])
    assert backup["bytes"] == 201 + 1234 and backup["grade"] == 1


def test_one_bad_shard_makes_the_collection_bad():
    one = summarize(of("node-a", shard(0), shard(1)))
    bad = {"grade": 0, "at": None, "failed": "its sha256 differs"}
    (item,) = describe(one, {"articles/1": bad})["collections"]
    assert item["proof_failed"] == "shard 1: its sha256 differs" and item["grade"] == 0


def test_every_shard_once_is_complete():
    found = judged(of("node-a", shard(0)), of("node-b", shard(1), shard(2)), of("node-c", **seen("articles")))
    assert (found.text, found.gaps, found.whole) == ("complete, 3 nodes", (), True)


@pytest.mark.parametrize(
    ("manifests", "text", "line"),
    [
        pytest.param(
            [of("node-a", shard(0)), of("node-b", shard(2)), of("node-c", **seen("articles"))],
            "incomplete: 1 shard missing",
            "in no archive: shard 1 of articles, about 3 of 7 points",
            id="a shard that no node took",
        ),
        pytest.param(
            [of("node-a", shard(0)), of("node-b", **seen("articles"))],
            "incomplete: node-c missing, 2 shards missing",
            "in no archive: shard 1, 2 of articles, about 5 of 7 points",
            id="a node that did not run",
        ),
        pytest.param(
            [of("node-a", **seen("articles")), of("node-b", **seen("articles")), of("node-c")],
            "incomplete: 3 shards missing",
            "in no archive: shard 0, 1, 2 of articles",
            id="nobody took any",
        ),
        pytest.param(
            [of("node-a", shard(0, keys={0: "acme", 1: "globex", 2: "globex"})), of("node-b"), of("node-c")],
            "incomplete: 2 shards missing",
            "in no archive: shard 1, 2 of articles (shard key globex), about 5 of 7 points",
            id="custom sharding",
        ),
        pytest.param(
            [
                of("node-a", shard(0), shard(1, counted=None)),
                of("node-b"),
                of("node-c", **seen("articles", known=(0, 1, 2, 3))),
            ],
            "incomplete: 2 shards missing",
            "in no archive: shard 2, 3 of articles",
            id="views that differ, and a shard that was not counted",
        ),
        pytest.param(
            [of(node, collection(node=node, captured=(0,), known=(0, 1))) for node in NODES],
            "incomplete: 1 shard missing",
            "in no archive: shard 1 of articles",
            id="archives of whole collections are not counted",
        ),
    ],
)
def test_what_is_missing(manifests, text, line):
    found = judged(*manifests)
    assert found.text == text and not found.whole
    assert [gap.sentence() for gap in found.gaps] == [line]
    assert [one["shard"] for one in found.as_dict()["missing_shards"]] == list(found.gaps[0].shards)


def test_many_missing_nodes_are_counted():
    one = manifest("node-a", expected=[f"node-{number}" for number in range(9)] + ["node-a"])
    assert judged(one).text == "incomplete: 9 nodes missing"


def test_lost_archives_are_counted():
    one = of("node-a", shard(0), shard(1), shard(2))
    lost = [entry.archive.key for entry in one.collections[1:]]
    found = judged(one, of("node-b"), of("node-c"), lost=lost)
    assert found.text == "incomplete: 2 archives lost" and list(found.lost) == lost


def test_the_warnings_of_a_run_are_in_its_summary_and_come_back_from_the_cache():
    one = summarize(of("node-a", shard(0), warnings=["No node can store shard 1.", 7]))
    assert one.warnings == ("No node can store shard 1.",) and describe(one, {})["warnings"] == list(one.warnings)
    assert from_json(as_json(one)) == one
