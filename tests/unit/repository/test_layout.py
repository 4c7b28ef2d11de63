# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of format 1: fixed here, because repositories outlive programs."""

from __future__ import annotations

import hashlib

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import UsageError
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository import layout

ID = "20261122T190000Z"


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (
            layout.archive_key("prod", "node-a", ID, "articles", "articles-1.snapshot"),
            f"prod/archives/node-a/{ID}/articles/articles-1.snapshot",
        ),
        (layout.manifest_key("prod", "node-a", ID), f"prod/manifests/node-a/{ID}.json"),
        (layout.part_key("prod", "node-a", ID, 2), f"prod/manifests/node-a/{ID}.part2.json"),
        (layout.manifests_prefix("prod"), "prod/manifests/"),
        (layout.manifests_prefix("prod", "node-a"), "prod/manifests/node-a/"),
        (layout.proof_key("prod", "node-a", ID, ID, 3), f"prod/proofs/node-a/{ID}/{ID}-grade3.json"),
        (layout.lock_key("prod", "node-a"), "prod/locks/node-a.json"),
        (layout.pin_key("prod", ID), f"prod/pins/{ID}.json"),
        (layout.drill_key("prod", "a/b", ID, True), f"prod/drills/a%2Fb/{ID}-passed.json"),
        (layout.archives_prefix("prod", "node-a", ID), f"prod/archives/node-a/{ID}/"),
    ],
)
def test_keys(key, expected):
    assert key == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("plain-Name_1.2", "plain-Name_1.2"),
        ("two words", "two%20words"),
        ("Bücher", "B%C3%BCcher"),
        ("100%", "100%25"),
        ("a#b+c", "a%23b%2Bc"),
        ("a/b", "a%2Fb"),
        ("~home", "%7Ehome"),
        ("tmp", "tmp"),
        (".", "%2E"),
        ("..", "%2E%2E"),
        (".hidden", ".hidden"),
    ],
)
def test_segments_are_encoded_and_read_back(name, expected):
    assert layout.segment(name) == expected
    assert layout.name_of(expected) == name


def test_an_empty_name_is_refused():
    with pytest.raises(UsageError, match="a name is empty"):
        layout.segment("")


@pytest.mark.parametrize("name", ["x" * 201, "ü" * 40, "x" * 180 + "ü" * 40, "x" * 182 + "ü" * 40, "x" * 5000])
def test_a_long_segment_is_cut_and_ends_in_its_hash(name):
    encoded = layout.segment(name)
    whole = layout.quote(name, safe="")
    assert len(encoded) <= 200
    assert encoded.endswith(hashlib.sha256(whole.encode()).hexdigest()[:16])
    kept = encoded[:-17]
    assert whole.startswith(kept)
    assert "%" not in kept[-2:], "an escape was cut in two"


def test_200_bytes_stay_whole_and_long_names_stay_apart():
    assert layout.segment("x" * 200) == "x" * 200
    assert layout.segment("x" * 300 + "a") != layout.segment("x" * 300 + "b")


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (f"prod/manifests/node-a/{ID}.json", ("node-a", ID)),
        (layout.manifest_key("a/b", "node b", ID), ("node%20b", ID)),
        (f"prod/manifests/node-a/{ID}.json.bak", None),
        ("prod/manifests/node-a/latest.json", None),
        (f"prod/manifests/{ID}.json", None),
        (f"prod/archives/node-a/{ID}.json", None),
        (f"prod/manifests/node-a/x/{ID}.json", None),
        ("", None),
    ],
)
def test_only_manifests_are_read_as_manifests(key, expected):
    assert layout.parse_manifest_key(key) == expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (layout.proof_key("prod", "n", ID, "20261122T200000Z", 4), ("n", ID, "20261122T200000Z", 4)),
        (f"prod/proofs/n/{ID}/{ID}-gradeX.json", None),
        (f"prod/proofs/n/{ID}/notes.json", None),
        (f"prod/proofs/n/latest/{ID}-grade1.json", None),
    ],
)
def test_only_proofs_are_read_as_proofs(key, expected):
    assert layout.parse_proof_key(key) == expected


@pytest.mark.parametrize(
    ("key", "of"),
    [
        pytest.param(f"prod/manifests/node-a/{ID}.part2.json", ("node-a", ID), id="a part"),
        pytest.param(f"prod/manifests/node-a/{ID}.part12.json", ("node-a", ID), id="a later one"),
        pytest.param(f"prod/manifests/node-a/{ID}.json", None, id="the manifest"),
        pytest.param(f"prod/manifests/node-a/{ID}.part.json", None, id="no number"),
        pytest.param(f"prod/manifests/node-a/{ID}.part2.json.bak", None, id="another ending"),
        pytest.param(f"prod/proofs/node-a/{ID}.part2.json", None, id="no manifest"),
        pytest.param("prod/manifests/node-a/latest.part2.json", None, id="no id"),
    ],
)
def test_later_parts_of_a_manifest(key, of):
    assert layout.parse_part_key(key) == of
    if of:
        assert layout.parse_manifest_key(key) is None, "a reader that knows no parts ignores it"
