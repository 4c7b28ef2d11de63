# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the node says of itself: health, telemetry, metrics, cluster."""

from __future__ import annotations

from typing import Any

from . import metrics
from .node import VERSION, Node
from .router import Router
from .web import Answer, Request, json_answer, text_answer

router = Router()


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


@router.add("GET /cluster")
def cluster(_node: Node, _request: Request) -> Any:
    return {"status": "disabled"}


@router.add("GET /telemetry")
def telemetry(node: Node, request: Request) -> Any:
    return metrics.telemetry(node, int(request.query.get("details_level", "0")))


@router.add("GET /metrics")
def prometheus(node: Node, _request: Request) -> Answer:
    return text_answer(200, metrics.prometheus(node))
