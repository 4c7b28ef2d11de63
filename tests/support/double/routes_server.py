# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the node says of itself: health, telemetry, metrics, quotas."""

from __future__ import annotations

import os
from typing import Any

from . import metrics
from .collection import read_json, write_json
from .dialect import HAS_119, VERSION
from .errors import ApiError
from .node import Node
from .router import Router
from .web import Answer, Request, json_answer, text_answer

router = Router()

_QUOTAS = ("enabled", "max_resident_memory_percent", "max_disk_usage_percent", "release_margin_percent")


@router.add("GET /")
def root(_node: Node, _request: Request) -> Answer:
    return json_answer(200, {"title": "qdrant - vector search engine", "version": VERSION, "commit": "double"})


@router.add("GET /healthz")
@router.add("GET /livez")
def health(_node: Node, _request: Request) -> Answer:
    return text_answer(200, "healthz check passed")


@router.add("GET /readyz")
def ready(_node: Node, _request: Request) -> Answer:
    return text_answer(200, "all shards are ready")


def _quota_file(node: Node) -> str:
    """Not part of any snapshot."""
    return os.path.join(node.storage, "quota.json")


def _quotas(node: Node, _request: Request) -> Any:
    usage = {"resident_memory_percent": 1, "disk_usage_percent": 1}
    return {"config": read_json(_quota_file(node), {"enabled": False}), "usage": usage}


def _set_quotas(node: Node, request: Request) -> Any:
    given = request.json().value
    known = {key: given[key] for key in _QUOTAS if given.get(key) is not None}
    for key in ("max_resident_memory_percent", "max_disk_usage_percent"):
        if key in known and not 1 <= known[key] <= 100:
            raise ApiError(
                422, f"Validation error in JSON body: [{key}: value {known[key]} invalid, must be from 1 to 100]"
            )
    write_json(_quota_file(node), {"enabled": False, **known})
    return True


if HAS_119:
    router.add("GET /quotas")(_quotas)
    router.add("PUT /quotas", changes=True)(_set_quotas)


@router.add("GET /telemetry")
def telemetry(node: Node, request: Request) -> Any:
    return metrics.telemetry(node, int(request.query.get("details_level", "0")))


@router.add("GET /metrics")
def prometheus(node: Node, _request: Request) -> Answer:
    return text_answer(200, metrics.prometheus(node))
