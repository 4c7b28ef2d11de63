# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of points out of a backup."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any

from .._base.errors import EngineError, UsageError
from .._options import POINTS, REPOSITORY, RESTORE, field
from .._qdrant.ids import id_from_text, key_of
from .._restore.values import NodeRestoreOptions

MISSING, CHANGED = "missing", "changed"
AUTO, ENGINE, NODE = "auto", "engine", "node"  # of open_with
_FILTER = 'Use Qdrant\'s JSON, for example {"must": [{"key": "topic", "match": {"value": "news"}}]}.'
_CLAUSES = ("must", "should", "must_not")
_QUERY = 'Use the JSON of a query request, for example {"query": [0.1, 0.2], "limit": 3}.'


@dataclasses.dataclass(frozen=True)
class PointsOptions(NodeRestoreOptions):
    """What a comparison and points that are put back are asked for. collection: its name in the backup; live_name: the
    live collection, default the same name; node_name: whose backup is used, None for that of the newest. Those of
    ``NodeRestoreOptions`` are of a throw-away collection, if the node opens the backup."""

    collection: str = ""
    live_name: str | None = field(RESTORE, "name")
    backup_id: str = field(RESTORE, "backup_id")
    before: str | None = field(RESTORE, "before")
    points: str = field(POINTS, "points")
    filter: str | None = field(POINTS, "filter")
    ids: tuple[str, ...] = field(POINTS, "ids")
    ids_file: str | None = field(POINTS, "ids_file")
    live_snapshot: bool = field(POINTS, "live_snapshot")
    points_rate: int = field(POINTS, "points_rate")
    accept_write_loss: bool = field(RESTORE, "accept_write_loss")
    open_with: str = field(POINTS, "open_with")
    bucket: str | None = field(REPOSITORY, "bucket")

    @property
    def target(self) -> str:
        """The live collection."""
        return self.live_name or self.collection


@dataclasses.dataclass(frozen=True)
class Selection:
    """The points that count: those of the filter, of the ids, or of both; all without them.

    filter: Qdrant's JSON; keys: of ids, sorted, None without ids.
    """

    filter: dict[str, Any] | None = None
    keys: tuple[bytes, ...] | None = None


def require_no_empty_selection(params: Mapping[str, Any]) -> None:
    """UsageError if an option that selects points is given, but empty. Missing, it selects all points; empty, it comes
    from a variable that was not set."""
    for name in ("filter", "ids", "ids_file"):
        if params.get(name) is not None and not params[name]:
            raise UsageError(f"{name} is empty", f"Set {name}, or leave it out to select all points.")


def selection_of(options: PointsOptions) -> Selection:
    """UsageError if the filter is not JSON, an id is none, or the file cannot be read."""
    texts = list(options.ids)
    if options.ids_file:
        try:
            with open(options.ids_file, encoding="utf-8") as stream:
                texts += [line for line in stream.read().splitlines() if line.strip()]
        except (OSError, UnicodeDecodeError) as error:
            said = (error.strerror if isinstance(error, OSError) else None) or str(error)
            raise EngineError(
                "read the ids", f"in {options.ids_file}", said, "Set ids_file to a text file with one id a line."
            ) from None
    given = bool(options.ids or options.ids_file)
    return Selection(filter_in(options.filter), _keys(texts) if given else None)


def filter_in(text: str | None) -> dict[str, Any] | None:
    """The filter in an option; None if it is not given. UsageError if it is not a JSON object with a condition."""
    if not text:
        return None
    found = _object(text, "filter", _FILTER)
    if _selects_all(found):
        raise UsageError("filter has no condition, so it selects all points", _FILTER)
    return found


def _selects_all(wanted: Any) -> bool:
    """Whether a filter, or the conditions of a clause, hold no condition. Such a clause comes from an empty list."""
    if isinstance(wanted, dict):
        known = {name: value for name, value in wanted.items() if value is not None}
        return set(known) <= set(_CLAUSES) and all(map(_selects_all, known.values()))
    return isinstance(wanted, list) and all(map(_selects_all, wanted))


def query_in(text: str | None) -> dict[str, Any]:
    """The body of a query request in an option; empty if it is not given. UsageError if it is not a JSON object."""
    return _object(text, "query", _QUERY) if text else {}


def _object(text: str, name: str, example: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise UsageError(f"{name} is not JSON: {error}", example) from None
    if not isinstance(found, dict):
        raise UsageError(f"{name} is not a JSON object", example)
    return found


def unmatched(selection: Selection, counts: Mapping[str, int]) -> list[str]:
    """What was selected and is not in the backup, as warnings. counts: of the comparison."""
    if selection.keys == ():
        return ["ids_file has no id, so no point is selected."]
    held = counts["same"] + counts["missing"] + counts["changed"]
    if selection.keys is not None and selection.filter is None:
        asked = len(selection.keys)
        return [f"{asked - held} of the {asked} selected ids are not in the backup."] if held < asked else []
    if selection.filter is not None and not held:
        return ["No point of the backup is selected. Check filter, ids and ids_file."]
    return []


def _keys(texts: Sequence[str]) -> tuple[bytes, ...]:
    keys = set()
    for text in texts:
        try:
            keys.add(key_of(id_from_text(text)))
        except ValueError:
            raise UsageError(
                f"{text.strip()!r} is not the id of a point", "An id is a whole number from 0 to 2^64-1, or a UUID."
            ) from None
    return tuple(sorted(keys))
