# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The comparison of two sides, as a table, and against sets of Python."""

from __future__ import annotations

import random
import uuid

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._points import records as record_files
from ansible_collections.vectorops.qdrant.plugins.module_utils._points.difference import (
    Difference,
    Keys,
    OrderError,
    compare,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._points.records import Record
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.ids import id_from_text, id_of, key_of

UUID = "6f9619ff-8b86-d011-b42d-00c04fc964ff"


def side(*items):
    """Records of (id, payload letter, vector letter, chosen) with defaults."""
    full = [
        (*item, *("a", "a", True)[len(item) - 1 :]) if isinstance(item, tuple) else (item, "a", "a", True)
        for item in items
    ]
    return [Record(key_of(one), (p * 8 + v * 8).encode(), chosen) for one, p, v, chosen in full]


@pytest.mark.parametrize(
    ("backup", "live", "counts"),
    [
        ([], [], {}),
        ([1, 2], [], {"backup": 2, "missing": 2}),
        ([], [1, UUID], {"live": 2, "new": 2}),
        ([1, 2, UUID], [1, 2, UUID], {"backup": 3, "live": 3, "same": 3}),
        ([1, (2, "b")], [1, 2], {"backup": 2, "live": 2, "same": 1, "changed": 1, "changed_payload": 1}),
        ([(2, "a", "b")], [2], {"backup": 1, "live": 1, "changed": 1, "changed_vector": 1}),
        (
            [(2, "b", "b")],
            [2],
            {"backup": 1, "live": 1, "changed": 1, "changed_payload": 1, "changed_vector": 1},
        ),
        ([1, 3, 5], [2, 3, 4], {"backup": 3, "live": 3, "same": 1, "missing": 2, "new": 2}),
        # A filter selects by what the backup held, and new points by what they are now.
        ([(1, "a", "a", False), (2, "a", "a", False)], [(1, "b", "a", True)], {}),
        ([(1, "a", "a", True)], [(1, "a", "a", False), (9, "a", "a", False)], {"backup": 1, "live": 1, "same": 1}),
        # A point that a resharding copies is in two shards for a while.
        ([1, 1, 2], [1, 2, 2], {"backup": 2, "live": 2, "same": 2}),
    ],
)
def test_counts(backup, live, counts):
    found = compare(side(*backup), side(*live)).counts()
    assert found == {**dict.fromkeys(found, 0), **counts}


def by_key(held):
    return [Record(key_of(one), (held[one] * 16).encode()) for one in sorted(held, key=key_of)]


def test_any_two_sides_against_sets():
    source = random.Random(3)
    for dummy in range(30):
        ids = [source.randrange(60) for dummy in range(40)] + [str(uuid.UUID(int=source.randrange(1 << 128)))]
        left = {one: source.choice("ab") for one in ids if source.random() < 0.7}
        right = {one: source.choice("ab") for one in ids if source.random() < 0.7}
        found = compare(by_key(left), by_key(right))
        assert {id_of(key) for key, dummy in found.missing.items()} == set(left) - set(right)
        both = set(left) & set(right)
        assert {id_of(key): digest for key, digest in found.changed.items()} == {
            one: (right[one] * 16).encode() for one in both if left[one] != right[one]
        }
        assert found.new == len(set(right) - set(left)) and found.same == sum(left[one] == right[one] for one in both)


def test_a_side_that_is_not_sorted_is_an_error_and_not_a_wrong_answer():
    with pytest.raises(OrderError, match="the live collection returned point 1 after point 2"):
        compare(side(1, 2), side(2, 1))
    with pytest.raises(OrderError, match="the backup"):
        compare(side(UUID, 7), [])


def test_ids_sort_as_qdrant_returns_them_and_come_back():
    ids = [0, 1, 255, 256, 2**63, 2**64 - 1, str(uuid.UUID(int=0)), UUID]
    turned = ids[::-1]
    assert sorted(turned, key=key_of) == ids
    assert [id_of(key_of(one)) for one in ids] == ids
    assert id_from_text(" 42\n") == 42 and id_from_text(UUID.replace("-", "").upper()) == UUID
    for wrong in ("", "-1", str(2**64), "article-7", "1.0"):
        with pytest.raises(ValueError):
            id_from_text(wrong)


def test_memory_is_bounded_by_what_differs(tmp_path):
    """34 bytes in a file for each point; in memory, 17 bytes for a missing one and 33 for a changed one."""
    path = str(tmp_path / "records")
    assert record_files.write(path, side(*range(1000))) == 1000
    assert (tmp_path / "records").stat().st_size == 34 * 1000
    found = compare(record_files.read(path), side(*[(number, "b") for number in range(500)]))
    assert found.bytes == 500 * 17 + 500 * 33
    assert [len(chunk) for chunk in found.missing.chunks(200)] == [200, 200, 100]


def test_a_sample_has_the_first_ids():
    found = compare(side(*range(30)), side(100, *[]))
    assert found.samples() == {"missing": list(range(10)), "changed": [], "new": [100]}
    assert Difference().samples() == {"missing": [], "changed": [], "new": []} and len(Keys()) == 0
