# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names in paths, names of snapshots, file locations."""

from __future__ import annotations

import urllib.parse

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import UsageError
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant import names


@pytest.mark.parametrize(
    "name", ["a b", "a/b", "ünï", "50%", "a#b", "a+b", "a?b", "tmp", "a%2Fb", "日本", "a'b\"c", "a&b=c;d"]
)
def test_quote_is_undone_by_decoding_and_leaves_nothing_special(name: str) -> None:
    quoted = names.quote(name)
    assert urllib.parse.unquote(quoted) == name
    assert not set(quoted) & set(" #?+&/;")


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_quote_refuses_what_would_change_the_path(name: str) -> None:
    with pytest.raises(UsageError):
        names.quote(name)


@pytest.mark.parametrize(
    ("file_name", "expected"),
    [
        (
            "articles-6237166898691332-2026-11-22-22-02-47.snapshot",
            ("collection", "articles", 6237166898691332, "2026-11-22-22-02-47"),
        ),
        ("a-1-b-77-2026-01-02-03-04-05.snapshot", ("collection", "a-1-b", 77, "2026-01-02-03-04-05")),
        ("with space ü%#+-9-2026-01-02-03-04-05.snapshot", ("collection", "with space ü%#+", 9, "2026-01-02-03-04-05")),
        ("articles-shard-3-2026-01-02-03-04-05.snapshot", ("shard", "articles", 3, "2026-01-02-03-04-05")),
        ("full-snapshot-2026-01-02-03-04-05.snapshot", ("full", None, None, "2026-01-02-03-04-05")),
        (
            "a-1-2026-01-02-03-04-05.snapshot-2-2026-01-02-03-04-06.snapshot",
            ("collection", "a-1-2026-01-02-03-04-05.snapshot", 2, "2026-01-02-03-04-06"),
        ),
    ],
)
def test_snapshot_names_are_read_from_the_right(file_name: str, expected: tuple) -> None:
    assert names.parse_snapshot_name(file_name) == expected


@pytest.mark.parametrize(
    "file_name",
    ["mine.snapshot", "a-1-2026-01-02-03-04-05.snapshot.tmp", "a-1-2026-01-02-03-04-05", "-1-x.snapshot", ""],
)
def test_other_names_are_not_the_servers(file_name: str) -> None:
    assert names.parse_snapshot_name(file_name) is None


@pytest.mark.parametrize(
    ("name", "valid"),
    [
        ("a", True), ("x" * 255, True), ("x" * 256, False), ("ü" * 128, False), ("", False), ("a:b", False),
        ("a/b", False), ("a*b", False), ("a\0b", False), ("a b#%+", True), ("..", False), ("a\\b", False),
    ],
)  # fmt: skip
def test_collection_names(name: str, valid: bool) -> None:
    assert (names.collection_name_problem(name) is None) is valid


def test_a_name_of_200_bytes_cannot_be_snapshotted() -> None:
    assert names.can_be_snapshotted("x" * 197)
    assert not names.can_be_snapshotted("x" * 198)
    assert not names.can_be_snapshotted("ü" * 99)


@pytest.mark.parametrize(
    ("name", "kept"),
    [("a", 1), ("x" * 188, 188), ("x" * 189, 188), ("x" * 255, 188), ("ü" * 127, 188), ("a" + "ü" * 127, 187)],
)
def test_a_shortened_name_can_be_snapshotted(name: str, kept: int) -> None:
    found = names.shortened(name, "_restored")
    assert found == name.encode()[:kept].decode() + "_restored"
    assert names.can_be_snapshotted(found)


def test_file_location_encodes_and_wants_an_absolute_path() -> None:
    assert names.file_location("/s p/ü#%?+/x.snapshot") == "file:///s%20p/%C3%BC%23%25%3F%2B/x.snapshot"
    with pytest.raises(UsageError):
        names.file_location("snapshots/x.snapshot")
