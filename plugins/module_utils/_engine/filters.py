# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters and selectors of a payload in Qdrant's JSON as objects of the engine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_CLAUSES = ("must", "should", "must_not")
_CONDITIONS = {"match", "range", "values_count", "geo_radius", "geo_bounding_box", "geo_polygon", "is_empty", "is_null"}


def filter_of(edge: Any, wanted: Mapping[str, Any] | None) -> Any:
    """The engine's filter. edge: the imported library. ValueError for what is not a filter, or not supported."""
    if wanted is None:
        return None
    if not isinstance(wanted, Mapping):
        raise ValueError("a filter is an object")
    unknown = sorted(set(wanted) - {*_CLAUSES, "min_should"})
    if unknown or not wanted:
        raise ValueError(f"a filter with {', '.join(unknown) or 'no clause'} is not supported")
    clauses = {name: _conditions(edge, wanted[name]) for name in _CLAUSES if wanted.get(name) is not None}
    least = wanted.get("min_should")
    if least is not None:
        if not isinstance(least, Mapping) or not {"conditions", "min_count"} <= set(least):
            raise ValueError("min_should needs conditions and min_count")
        clauses["min_should"] = edge.MinShould(_conditions(edge, least["conditions"]), int(least["min_count"]))
    return edge.Filter(**clauses)


def payload_selector(edge: Any, wanted: Any) -> Any:
    """``with_payload`` as the engine takes it: true, false, a list of fields, ``{"include"}`` or ``{"exclude"}``.
    ValueError for anything else."""
    if isinstance(wanted, Mapping) and len(wanted) == 1:
        for word, kind in (("include", edge.PayloadSelector.Include), ("exclude", edge.PayloadSelector.Exclude)):
            if word in wanted and _is_names(wanted[word]):
                return kind(list(wanted[word]))
    if isinstance(wanted, bool) or _is_names(wanted):
        return wanted
    raise ValueError(
        f"with_payload is {json.dumps(wanted)}, and must be true, false, a list of fields, or an object with include "
        "or exclude"
    )


def vector_selector(wanted: Any) -> Any:
    """``with_vector`` as the engine takes it: true, false or a list of names. ValueError for anything else."""
    if isinstance(wanted, bool) or _is_names(wanted):
        return wanted
    raise ValueError(f"with_vector is {json.dumps(wanted)}, and must be true, false or a list of names")


def _is_names(wanted: Any) -> bool:
    return isinstance(wanted, (list, tuple)) and all(isinstance(one, str) for one in wanted)


def _conditions(edge: Any, wanted: Any) -> list[Any]:
    return [_condition(edge, one) for one in (wanted if isinstance(wanted, (list, tuple)) else [wanted])]


def _condition(edge: Any, wanted: Any) -> Any:
    if not isinstance(wanted, Mapping):
        raise ValueError("a condition is an object")
    try:
        return _condition_of(edge, wanted)
    except KeyError as error:
        raise ValueError(f"the condition {json.dumps(wanted)} lacks {error.args[0]}") from error
    except (TypeError, AttributeError) as error:  # the engine's words name its own classes
        said = f"the condition {json.dumps(wanted)} has a field that is unknown, or a value of the wrong type"
        raise ValueError(said) from error


def _condition_of(edge: Any, wanted: Mapping[str, Any]) -> Any:
    if "nested" in wanted:
        return edge.NestedCondition(wanted["nested"]["key"], filter_of(edge, wanted["nested"]["filter"]))
    if "has_id" in wanted:
        return edge.HasIdCondition(set(wanted["has_id"]))
    if "has_vector" in wanted:
        return edge.HasVectorCondition(wanted["has_vector"])
    if isinstance(wanted.get("is_empty"), Mapping):
        return edge.IsEmptyCondition(wanted["is_empty"]["key"])
    if isinstance(wanted.get("is_null"), Mapping):
        return edge.IsNullCondition(wanted["is_null"]["key"])
    if "key" not in wanted:
        return filter_of(edge, wanted)
    kinds = {name for name, value in wanted.items() if value is not None} - {"key"}
    if len(kinds) != 1 or not kinds <= _CONDITIONS:
        raise ValueError(f"a condition with {', '.join(sorted(kinds)) or 'no test'} is not supported")
    (kind,) = kinds
    return edge.FieldCondition(wanted["key"], **{kind: _test(edge, kind, wanted[kind])})


def _test(edge: Any, kind: str, wanted: Any) -> Any:
    if kind == "match":
        return _match(edge, wanted)
    if kind == "range":
        limits = {name: value for name, value in wanted.items() if value is not None}
        texts = any(isinstance(value, str) for value in limits.values())
        return (edge.RangeDateTime if texts else edge.RangeFloat)(**limits)
    if kind == "values_count":
        return edge.ValuesCount(**wanted)
    if kind == "geo_radius":
        return edge.GeoRadius(_place(edge, wanted["center"]), wanted["radius"])
    if kind == "geo_bounding_box":
        return edge.GeoBoundingBox(_place(edge, wanted["top_left"]), _place(edge, wanted["bottom_right"]))
    if kind == "geo_polygon":
        inner = [_line(edge, one) for one in wanted.get("interiors") or ()]
        return edge.GeoPolygon(_line(edge, wanted["exterior"]), inner or None)
    return bool(wanted)


def _match(edge: Any, wanted: Mapping[str, Any]) -> Any:
    kinds = {
        "value": "MatchValue",
        "text": "MatchText",
        "text_any": "MatchTextAny",
        "phrase": "MatchPhrase",
        "any": "MatchAny",
        "except": "MatchExcept",
    }
    found = [kind for kind in kinds if wanted.get(kind) is not None]
    if len(found) != 1:
        raise ValueError(f"a match with {', '.join(sorted(wanted)) or 'no value'} is not supported")
    return getattr(edge, kinds[found[0]])(wanted[found[0]])


def _place(edge: Any, wanted: Mapping[str, Any]) -> Any:
    return edge.GeoPoint(wanted["lon"], wanted["lat"])


def _line(edge: Any, wanted: Mapping[str, Any]) -> list[Any]:
    return [_place(edge, one) for one in wanted["points"]]
