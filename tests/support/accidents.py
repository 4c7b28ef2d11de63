# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A collection with a backup, and what clients do to its points by mistake."""

from __future__ import annotations

from typing import Any

ID = "20260101T000000Z"
T3 = {"must": [{"key": "topic", "match": {"value": "t3"}}]}


def with_backup(rig: Any) -> Any:
    """400 points in ``articles``, backed up as ``ID``."""
    rig.fill("articles", 400)
    rig.run("back_up", backup_id=ID)
    return rig


def delete(rig: Any, **what: Any) -> None:
    rig.node.call("POST", "/collections/articles/points/delete?wait=true", what)


def set_payload(rig: Any, ids: list[Any], **payload: Any) -> None:
    rig.node.call("POST", "/collections/articles/points/payload?wait=true", {"points": ids, "payload": payload})


def by_id(rig: Any) -> dict[Any, Any]:
    return {point["id"]: point for point in rig.contents()}
