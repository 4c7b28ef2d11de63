# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of payload indexes. Each of them detects damage that the others miss.

Values are references ("the field's value at point 17"), so that a manifest contains no user data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from .._base.counted import points as points_of
from .._qdrant.errors import QdrantError
from .queries import refusal
from .shape import MOST_FIELDS, Strict

if TYPE_CHECKING:
    from .._qdrant.reads import PointReader
    from .._qdrant.values import Collection
    from .points import Sample

MOST_POINTS = 20_000_000  # counting with a filter takes seconds above
RADIUS_METRES = 1000.0
_LONGEST_TEXT = 200
_EXACT = ("keyword", "uuid", "bool", "integer")
_ORDERED = ("integer", "float", "datetime")
COUNTS = ("value", "range")
MOVING = "yellow"


def index_facts(
    node: PointReader,
    collection: str,
    about: Collection,
    samples: Iterable[Sample],
    strict: Strict,
    references: Mapping[str, Mapping[str, Any]] | None = None,
) -> tuple[dict[str, dict[str, Any]], list[dict[str, str]]]:
    """Facts by field, and refused requests. Raises QdrantError if the node fails (not if it refuses).

    A field's facts: ``type``, ``points`` (indexed; left out while optimizers move points between
    segments), ``not_empty`` (points that have the field), ``value`` and ``range`` (``{"of_point": id, "count": n}``).
    ``references``: recorded facts, whose points are used again.
    """
    by_id = {str(sample.id): sample for sample in samples}
    facts: dict[str, dict[str, Any]] = {}
    refused: list[dict[str, str]] = []
    for number, (field, schema) in enumerate(sorted(about.payload_schema.items())):
        facts[field] = {"type": str(schema.get("data_type"))}
        if about.status != MOVING:
            facts[field]["points"] = int(schema.get("points") or 0)
        if not strict.exact or about.points_count > MOST_POINTS or number >= MOST_FIELDS:
            continue
        try:
            facts[field].update(_counts(node, collection, field, schema, by_id, (references or {}).get(field)))
        except QdrantError as error:
            refused.append({"by": refusal(error), "what": f"counts of payload field {field}"})
    return facts, refused


def _counts(
    node: PointReader,
    collection: str,
    field: str,
    schema: Mapping[str, Any],
    samples: Mapping[str, Sample],
    reference: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """The counts of one field."""
    out: dict[str, Any] = {"not_empty": node.count(collection, not_empty(field))}
    for kind in COUNTS:
        if reference is None:
            candidates: Iterable[Sample] = samples.values()
        else:
            key = str((reference.get(kind) or {}).get("of_point"))
            candidates = [samples[key]] if key in samples else []
        for sample in candidates:
            condition = condition_of(kind, field, schema, sample.values.get(field))
            if condition is not None:
                out[kind] = {"of_point": sample.id, "count": node.count(collection, {"must": [condition]})}
                break
    return out


def not_empty(field: str) -> dict[str, Any]:
    """The filter for points that have a value in the field."""
    return {"must_not": [{"is_empty": {"key": field}}]}


def condition_of(kind: str, field: str, schema: Mapping[str, Any], value: Any) -> dict[str, Any] | None:
    """The condition "equals" (kind ``value``) or "at least" (kind ``range``) for this value of the field; None if the
    value is not usable or the index does not support the condition."""
    data_type, params = str(schema.get("data_type")), schema.get("params") or {}
    if value is None or isinstance(value, list):
        return None
    if kind == "range":
        usable = isinstance(value, str) if data_type == "datetime" else _number(value)
        if data_type in _ORDERED and usable and params.get("range") is not False:
            return {"key": field, "range": {"gte": value}}
        return None
    if data_type == "geo" and isinstance(value, dict) and {"lat", "lon"} <= set(value):
        center = {"lat": value["lat"], "lon": value["lon"]}
        return {"key": field, "geo_radius": {"center": center, "radius": RADIUS_METRES}}
    if data_type == "text" and isinstance(value, str) and 0 < len(value) <= _LONGEST_TEXT:
        return {"key": field, "match": {"text": value}}
    if data_type in _EXACT and _fits(data_type, value) and params.get("lookup") is not False:
        return {"key": field, "match": {"value": value}}
    return None


def _fits(data_type: str, value: Any) -> bool:
    if data_type == "bool":
        return isinstance(value, bool)
    if data_type == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, str)


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def lagging(noted: Mapping[str, Mapping[str, Any]], schema: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether an index has another number of points than recorded: it may still be under construction."""
    return any(
        field not in schema or int(schema[field].get("points") or 0) != int(facts["points"])
        for field, facts in noted.items()
        if "points" in facts
    )


def differences(noted: Mapping[str, Mapping[str, Any]], found: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """One message for each fact that differs from the recorded one. A missing reference is skipped, because its point
    was compared before."""
    out = []
    for field, facts in sorted(noted.items()):
        if field not in found:
            out.append(f"the payload index on {field} is missing")
            continue
        now = found[field]
        if now["type"] != facts["type"]:
            out.append(f"the payload index on {field} is of type {now['type']} instead of {facts['type']}")
        if "points" in facts and "points" in now and now["points"] != facts["points"]:
            out.append(f"the payload index on {field} has {points_of(now['points'])} instead of {facts['points']}")
        if "not_empty" in facts and now.get("not_empty") != facts["not_empty"]:
            out.append(f"{_have(now.get('not_empty'))} the payload field {field} instead of {facts['not_empty']}")
        for kind in COUNTS:
            if kind in facts and kind in now and now[kind]["count"] != facts[kind]["count"]:
                what = "the value" if kind == "value" else "at least the value"
                out.append(
                    f"{_have(now[kind]['count'])} {what} that point {facts[kind]['of_point']} has in {field},"
                    f" instead of {facts[kind]['count']}"
                )
    return out


def _have(count: int | None) -> str:
    """``1 point has``, ``2 points have``, also for a number that is not known."""
    if count is None:
        return "an unknown number of points have"
    return f"{points_of(count)} {'has' if count == 1 else 'have'}"
