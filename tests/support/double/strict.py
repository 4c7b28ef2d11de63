# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Strict mode: what a collection's configuration refuses to readers."""

from __future__ import annotations

from typing import Any

from .collection import Collection
from .errors import ApiError

Json = dict[str, Any]


def _refuse(what: str, remedy: str) -> ApiError:
    return ApiError(400, f"Bad request: {what}. Help: {remedy}")


def _mode(collection: Collection) -> Json:
    mode = collection.config.get("strict_mode_config") or {}
    return mode if mode.get("enabled") else {}


def _exact(mode: Json, exact: bool) -> None:
    if exact and mode.get("search_allow_exact") is False:
        raise _refuse("Exact search disabled!", "Set exact=false.")


def _limit(mode: Json, limit: int | None) -> None:
    most, limit = mode.get("max_query_limit"), limit or 10
    if most is not None and limit > most:
        raise _refuse(
            f'Limit exceeded {limit} > {most} for "limit"', f'Reduce the "limit" parameter to or below {most}.'
        )


def _keys(given: Any) -> list[str]:
    """The payload fields that a filter reads."""
    if isinstance(given, list):
        return [key for part in given for key in _keys(part)]
    if not isinstance(given, dict):
        return []
    if isinstance(given.get("key"), str):
        return [given["key"]]
    return [key for part in given.values() for key in _keys(part)]


def _filter(collection: Collection, mode: Json, given: Json | None, reading: bool = True) -> None:
    allowed = mode.get("unindexed_filtering_retrieve" if reading else "unindexed_filtering_update")
    if allowed is not False:
        return
    for key in _keys(given):
        if key not in collection.schema:
            raise _refuse(
                f'Index required but not found for "{key}" of one of the following types: [keyword]',
                "Create an index for this key or use a different filter.",
            )


def check_count(collection: Collection, exact: bool, given: Json | None) -> None:
    mode = _mode(collection)
    _exact(mode, exact)
    _filter(collection, mode, given)


def check_read(collection: Collection, limit: int | None, given: Json | None) -> None:
    mode = _mode(collection)
    _limit(mode, limit)
    _filter(collection, mode, given)


def check_query(collection: Collection, given: Json) -> None:
    check_read(collection, given.get("limit"), given.get("filter"))
    _exact(_mode(collection), bool((given.get("params") or {}).get("exact")))


def check_facet(collection: Collection, given: Json) -> None:
    _exact(_mode(collection), bool(given.get("exact")))
    check_read(collection, given.get("limit"), given.get("filter"))


def check_update(collection: Collection, given: Json | None) -> None:
    _filter(collection, _mode(collection), given, reading=False)
