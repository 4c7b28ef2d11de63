# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The jobs of the child process: unpack an archive, list its points as records, extract points, answer a query.

Nothing here talks to a store or a server, and nothing is written outside the scratch folder.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from typing import Any

from .._engine.opened import LoadError, OpenedCollection
from .._engine.process import JobError, serve
from .._engine.unpack import UnpackError, unpack
from .._proof.pages import reading
from .._qdrant.errors import QdrantError
from .._qdrant.ids import KEY_BYTES, id_of
from .._qdrant.values import Point
from .options import Selection
from .query import answer
from .reading import records
from .records import write

_NAME = "the backup"


def main(request: dict[str, Any]) -> None:
    """Entry of the child. request["job"]: ``unpack``, ``list``, ``extract`` or ``query``."""
    jobs = {"unpack": _unpack, "list": _list, "extract": _extract, "query": _query}
    serve(request, jobs[request["job"]])


def _unpack(request: Mapping[str, Any]) -> dict[str, Any]:
    """{"shards": shard id to folder}. The archive is deleted: the engine needs the space."""
    try:
        with open(request["archive"], "rb", buffering=0) as stream:
            found = unpack(stream, request["folder"], int(request["most"]))
    except UnpackError as error:
        raise JobError(str(error)) from error
    os.unlink(request["archive"])
    return {"shards": {str(shard): folder for shard, folder in found.shards.items()}}


def _list(request: Mapping[str, Any]) -> dict[str, Any]:
    """Write the records of the chosen points to ``out``; {"points"}."""
    opened = _opened(request)
    keys = None if request["keys"] is None else _keys_in(request["keys"])
    selection = Selection(request["filter"], keys)
    how = reading(opened.collection(_NAME))
    return {
        "points": _guarded(write, request["out"], records(opened, _NAME, selection, how, digests=request["digests"]))
    }


def _extract(request: Mapping[str, Any]) -> dict[str, Any]:
    """Write the points of ``keys`` to ``out``, each as one line of JSON as an upsert takes it; {"points"}."""
    opened = _opened(request)
    ids = [id_of(key) for key in _keys_in(request["keys"])]
    size, count = int(request["page"]), 0
    with open(request["out"], "w", encoding="ascii") as out:
        for first in range(0, len(ids), size):
            for point in _guarded(opened.retrieve, _NAME, ids[first : first + size]):
                out.write(line_of(point) + "\n")
                count += 1
    return {"points": count}


def _query(request: Mapping[str, Any]) -> dict[str, Any]:
    return {"result": _guarded(answer, _opened(request), _NAME, request["query"])}


def line_of(point: Point) -> str:
    """A point as an upsert takes it. A NaN becomes null, as a server writes it."""
    body = {"id": point.id, "payload": point.payload or {}, "vector": _vectors(point.vector)}
    text = json.dumps(body, separators=(",", ":"))
    return json.dumps(_without_nan(body), separators=(",", ":")) if "NaN" in text or "Infinity" in text else text


def _vectors(vector: Any) -> Any:
    if isinstance(vector, dict):
        return {name: one for name, one in vector.items() if one is not None}
    return {} if vector is None else vector


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nan(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_without_nan(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _opened(request: Mapping[str, Any]) -> OpenedCollection:
    try:
        return OpenedCollection(request["folders"], request["config"], request["payload_schema"])
    except LoadError as error:
        raise JobError(f"the engine does not load it: {error}") from error


def _keys_in(path: str) -> tuple[bytes, ...]:
    with open(path, "rb") as stream:
        data = stream.read()
    return tuple(data[first : first + KEY_BYTES] for first in range(0, len(data), KEY_BYTES))


def _guarded(call: Any, *args: Any) -> Any:
    """The call's result; an error of the engine or of a request ends the job with its words."""
    try:
        return call(*args)
    except QdrantError as error:
        raise JobError(error.said, why="request") from error
    except ValueError as error:
        raise JobError(str(error), why="request") from error
    except (KeyError, TypeError) as error:
        raise JobError(f"{type(error).__name__}: {error}", why="request") from error
