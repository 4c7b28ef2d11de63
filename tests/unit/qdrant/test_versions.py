# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may restore what."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import UsageError
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant import versions


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1.18.3", (1, 18, 3)), ("v1.18.3", (1, 18, 3)), ("1.19.0-dev", (1, 19, 0)), ("1.18", (1, 18, 0))],
)
def test_versions_are_read(text: str, expected: tuple) -> None:
    assert versions.parse(text) == expected


@pytest.mark.parametrize("text", ["", "latest", "1", "1.x.3"])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        versions.parse(text)


@pytest.mark.parametrize(
    ("source", "target"), [("1.18.3", "1.18.3"), ("1.18.3", "1.18.0"), ("1.18.0", "1.19.4"), ("1.16.3", "1.17.0")]
)
def test_same_minor_and_next_minor_are_allowed(source: str, target: str) -> None:
    assert versions.restore_rule(source, target) is None


@pytest.mark.parametrize(
    ("source", "target", "words"),
    [
        ("1.18.0", "1.17.9", "older"),
        ("2.0.0", "1.19.0", "older"),
        ("1.16.3", "1.18.0", "RocksDB"),
        ("1.15.0", "1.19.0", "1.17"),
        ("1.17.0", "1.19.0", "same minor"),
        ("1.18.0", "2.18.0", "same minor"),
    ],
)
def test_everything_else_is_refused_with_a_reason(source: str, target: str, words: str) -> None:
    sentence = versions.restore_rule(source, target)
    assert sentence is not None
    assert words in sentence
    assert source in sentence and target in sentence


def test_rocksdb_is_only_named_where_it_may_be_in_the_archive() -> None:
    assert "RocksDB" not in str(versions.restore_rule("1.17.0", "1.19.0"))
