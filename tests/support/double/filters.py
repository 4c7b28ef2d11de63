# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters of the REST interface as the engine's."""

from __future__ import annotations

from typing import Any

from .engine import edge
from .errors import ApiError

Json = dict[str, Any]


def _unknown(what: Any) -> ApiError:
    return ApiError(
        400, f"Format error in JSON body: data did not match any variant of untagged enum Condition: {what}"
    )


def _many(value: Any) -> list[Any] | None:
    if value is None:
        return None
    return [condition(part) for part in (value if isinstance(value, list) else [value])]


def filter_of(given: Json | None) -> Any:
    """A filter, or None for none."""
    if given is None:
        return None
    if set(given) - {"must", "should", "must_not", "min_should"}:
        raise _unknown(sorted(given))
    least = given.get("min_should")
    return edge.Filter(
        must=_many(given.get("must")),
        should=_many(given.get("should")),
        must_not=_many(given.get("must_not")),
        min_should=edge.MinShould(_many(least["conditions"]), least["min_count"]) if least else None,
    )


def _match(given: Json) -> Any:
    ((kind, value),) = given.items()
    if kind == "value":
        return edge.MatchValue(value)
    if kind == "any":
        return edge.MatchAny(value)
    if kind == "except":
        return edge.MatchExcept(value)
    if kind == "text":
        return edge.MatchText(value)
    if kind == "text_any":
        return edge.MatchTextAny(value)
    if kind == "phrase":
        return edge.MatchPhrase(value)
    raise _unknown(given)


def _range(given: Json) -> Any:
    bounds = {key: value for key, value in given.items() if value is not None}
    if any(isinstance(value, str) for value in bounds.values()):
        return edge.RangeDateTime(**bounds)
    return edge.RangeFloat(**bounds)


def _place(given: Json) -> Any:
    return edge.GeoPoint(given["lon"], given["lat"])


def _line(given: Json) -> list[Any]:
    return [_place(point) for point in given["points"]]


def _field(given: Json) -> Any:
    key = given["key"]
    if given.get("match") is not None:
        return edge.FieldCondition(key, match=_match(given["match"]))
    if given.get("range") is not None:
        return edge.FieldCondition(key, range=_range(given["range"]))
    if given.get("values_count") is not None:
        return edge.FieldCondition(key, values_count=edge.ValuesCount(**given["values_count"]))
    if given.get("geo_radius") is not None:
        circle = given["geo_radius"]
        return edge.FieldCondition(key, geo_radius=edge.GeoRadius(_place(circle["center"]), circle["radius"]))
    if given.get("geo_bounding_box") is not None:
        box = given["geo_bounding_box"]
        return edge.FieldCondition(
            key, geo_bounding_box=edge.GeoBoundingBox(_place(box["top_left"]), _place(box["bottom_right"]))
        )
    if given.get("geo_polygon") is not None:
        area = given["geo_polygon"]
        inner = [_line(part) for part in area.get("interiors") or []]
        return edge.FieldCondition(key, geo_polygon=edge.GeoPolygon(_line(area["exterior"]), inner or None))
    if given.get("is_empty") is not None:
        return edge.FieldCondition(key, is_empty=given["is_empty"])
    if given.get("is_null") is not None:
        return edge.FieldCondition(key, is_null=given["is_null"])
    raise _unknown(given)


def condition(given: Json) -> Any:
    """One condition of a filter."""
    if not isinstance(given, dict):
        raise _unknown(given)
    if "nested" in given:
        return edge.NestedCondition(given["nested"]["key"], filter_of(given["nested"]["filter"]))
    if "has_id" in given:
        return edge.HasIdCondition(set(given["has_id"]))
    if "has_vector" in given:
        return edge.HasVectorCondition(given["has_vector"])
    if isinstance(given.get("is_empty"), dict):
        return edge.IsEmptyCondition(given["is_empty"]["key"])
    if isinstance(given.get("is_null"), dict):
        return edge.IsNullCondition(given["is_null"]["key"])
    if "key" in given:
        return _field(given)
    return filter_of(given)
