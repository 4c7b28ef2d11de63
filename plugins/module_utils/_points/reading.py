# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads one side of a comparison, a live collection or a backup in the engine, as records in the order of their ids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from .._proof.pages import Reading
from .._qdrant.ids import Id, id_of, key_of
from .._qdrant.reads import PointSource
from .options import Selection
from .records import NO_DIGEST, Record, weighed

PAGE = 1000
_ID_PAGE = 10_000


def records(
    side: PointSource, collection: str, selection: Selection, how: Reading, *, digests: bool, choose: bool = True
) -> Iterator[Record]:
    """The records of one side, one page in memory.

    digests: whether payloads and vectors are read; else records have NO_DIGEST. choose: whether ``chosen`` is true
    only for records that match the filter; if not, it is false for all. Without a filter, it is true for all.
    """
    if selection.keys is not None:
        yield from _of_ids(side, collection, selection, how, digests, choose)
        return
    points = _every(side, collection, how, digests)
    if selection.filter is None:
        yield from points
    elif not choose:
        yield from (record._replace(chosen=False) for record in points)
    else:
        matching = side.scroll(collection, limit=_ID_PAGE, with_payload=False, filter=selection.filter)
        yield from _marked(points, (key_of(point.id) for point in matching))


def _every(side: PointSource, collection: str, how: Reading, digests: bool) -> Iterator[Record]:
    if not digests:
        for point in side.scroll(collection, limit=_ID_PAGE, with_payload=False):
            yield Record(key_of(point.id), NO_DIGEST)
        return
    pages = how.pages(PAGE)
    for point in side.scroll(collection, limit=lambda: pages.size, with_payload=True, with_vector=True):
        record, heavy = weighed(point)
        pages.note(heavy)
        yield record


def _of_ids(
    side: PointSource, collection: str, selection: Selection, how: Reading, digests: bool, choose: bool
) -> Iterator[Record]:
    keys = selection.keys or ()
    pages = how.pages(PAGE)
    first = 0
    while first < len(keys):
        ids = [id_of(key) for key in keys[first : first + (pages.size if digests else PAGE)]]
        first += len(ids)
        found = side.retrieve(collection, ids, with_payload=digests, with_vector=digests)
        page = []
        for point in found:
            record, heavy = weighed(point) if digests else (Record(key_of(point.id), NO_DIGEST), 0)
            pages.note(heavy)
            page.append(record)
        page.sort(key=lambda record: record.key)
        if selection.filter is not None:
            chosen = _matching(side, collection, selection.filter, ids) if choose else frozenset()
            page = [record._replace(chosen=record.key in chosen) for record in page]
        yield from page


def _matching(side: PointSource, collection: str, wanted: dict[str, Any], ids: Sequence[Id]) -> frozenset[bytes]:
    both = {"must": [wanted, {"has_id": list(ids)}]}
    return frozenset(
        key_of(point.id) for point in side.scroll(collection, limit=_ID_PAGE, with_payload=False, filter=both)
    )


def _marked(points: Iterator[Record], chosen: Iterator[bytes]) -> Iterator[Record]:
    """Each record, chosen if its key is among the keys, which are sorted too."""
    following = next(chosen, None)
    for record in points:
        while following is not None and following < record.key:
            following = next(chosen, None)
        yield record._replace(chosen=record.key == following)
