# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads gauges from a node's ``/metrics`` (Prometheus text format)."""

from __future__ import annotations

import re

CREATION = "snapshot_creation_running"
RECOVERY = "snapshot_recovery_running"
_SAMPLE = re.compile(r"(?P<name>[A-Za-z_:][\w:]*)(?:\{(?P<labels>.*)\})?\s+(?P<value>[^\s}]+)(?:\s+-?\d+)?")
_LABEL = re.compile(r'\s*(?P<key>[A-Za-z_]\w*)="(?P<value>(?:[^"\\]|\\.)*)"\s*,?')
_ESCAPED = {"n": "\n"}


def gauge_by_id(text: str, gauge: str) -> dict[str, int] | None:
    """``{collection: value}`` of one gauge, by its label ``id``; None if the text does not contain the family.

    ``service.metrics_prefix`` may precede the name, so names are compared from the right.
    """
    found: dict[str, int] = {}
    seen = False
    # There are many lines for each collection: only those that contain the name are looked at.
    for line in re.findall(rf"^.*{re.escape(gauge)}.*$", text, re.MULTILINE):
        if line.startswith("#"):
            parts = line.split()
            seen = seen or (len(parts) > 2 and parts[1] in ("TYPE", "HELP") and parts[2].endswith(gauge))
            continue
        match = _SAMPLE.fullmatch(line.strip())
        if not match or not match["name"].endswith(gauge):
            continue
        seen = True
        labels = {part["key"]: _plain(part["value"]) for part in _LABEL.finditer(match["labels"] or "")}
        key = labels.get("id", "")
        found[key] = found.get(key, 0) + int(float(match["value"]))
    return found if seen else None


def _plain(value: str) -> str:
    """A label's value without its escapes."""
    return re.sub(r"\\(.)", lambda match: _ESCAPED.get(match[1], match[1]), value)
