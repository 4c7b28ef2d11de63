# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""/metrics and /telemetry, as far as a backup tool reads them."""

from __future__ import annotations

from typing import Any

from .dialect import VERSION
from .errors import ApiError
from .node import Node

_GAUGES = (
    ("snapshot_creation_running", "gauge", "amount of snapshot creations that are currently running", "creating"),
    ("snapshot_recovery_running", "gauge", "amount of snapshot recovery operations currently running", "recovering"),
    ("snapshot_created_total", "counter", "total amount of snapshots created", "created"),
)


def _points(node: Node) -> dict[str, int]:
    """Exact counts; a dirty collection shows none, quietly."""
    found = {}
    for name in node.names():
        try:
            found[name] = node.collection(name).count(None)
        except ApiError:
            found[name] = 0
    return found


def _lines(name: str, kind: str, help_text: str, values: dict[str, int], label: str) -> list[str]:
    lines = [f"# HELP {name} {help_text}", f"# TYPE {name} {kind}"]
    for key, value in values.items():
        escaped = key.replace("\\", "\\\\").replace('"', '\\"')
        lines.append(f'{name}{{{label}="{escaped}"}} {value}')
    return lines


def prometheus(node: Node) -> str:
    points = _points(node)
    lines = [
        "# HELP app_info information about qdrant server",
        "# TYPE app_info gauge",
        f'app_info{{name="qdrant",version="{VERSION}"}} 1',
        "# HELP collections_total number of collections",
        "# TYPE collections_total gauge",
        f"collections_total {len(points)}",
    ]
    lines += _lines("collection_points", "gauge", "approximate amount of points per collection", points, "id")
    for name, kind, help_text, attribute in _GAUGES:
        counter = getattr(node.gauges, attribute)
        values = {one: counter[one] for one in sorted(node.gauges.touched())}
        lines += _lines(name, kind, help_text, values, "id")
    return "\n".join(lines) + "\n"


def telemetry(node: Node, level: int) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": "00000000-0000-0000-0000-000000000000",
        "app": {"name": "qdrant", "version": VERSION, "startup": node.startup},
        "collections": {"number_of_collections": len(node.names())},
        "cluster": {"enabled": node.distributed},
    }
    if level >= 2:
        shown["collections"]["collections"] = [
            {"id": name, "init_time_ms": 1, "config": node.collection(name).config} for name in node.names()
        ]
        shown["collections"]["snapshots"] = [
            {
                "id": name,
                "running_snapshots": node.gauges.creating[name],
                "running_snapshot_recovery": node.gauges.recovering[name],
                "total_snapshot_creations": node.gauges.created[name],
            }
            for name in sorted(node.gauges.touched())
        ]
    return shown
