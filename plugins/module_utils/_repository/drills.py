# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records of drills in the repository: added once, never changed. A listing is enough for their times and verdicts."""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .._base.clock import backup_id as id_of
from .._base.clock import now, parse_utc, utc_text
from . import layout
from .ahead import in_order
from .catalogue import Catalogue, or_error
from .errors import OF_ONE_DOCUMENT, StoreError

_LATER = 10  # seconds to look for a free key


@dataclasses.dataclass(frozen=True)
class DrillEntry:
    """One recorded drill, as the listing shows it."""

    key: str
    at: datetime.datetime
    passed: bool

    def as_dict(self) -> dict[str, Any]:
        """{"key", "at", "passed"}"""
        return {"key": self.key, "at": utc_text(self.at), "passed": self.passed}


def add_drill(catalogue: Catalogue, node: str, document: Mapping[str, Any], *, passed: bool) -> str:
    """Record a drill; returns its key. Two drills within one second get different keys."""
    data = (json.dumps(document, sort_keys=True, indent=1, ensure_ascii=False) + "\n").encode("utf-8")
    moment = now()
    for later in range(_LATER):
        utc = id_of(moment + datetime.timedelta(seconds=later))
        key = layout.drill_key(catalogue.cluster, node, utc, passed)
        try:
            catalogue.store.put(key, data, if_absent=True)
            return key
        except StoreError as error:
            if error.kind != "exists" or later == _LATER - 1:
                raise
    return ""


def drills_of(catalogue: Catalogue, node: str) -> list[DrillEntry]:
    """The recorded drills of a node, newest first; none is read."""
    found = []
    for info in catalogue.store.list(layout.drills_prefix(catalogue.cluster, node)):
        parsed = layout.parse_drill_key(info.key)
        if parsed:
            found.append(DrillEntry(info.key, parse_utc(parsed.utc), parsed.passed))
    return sorted(found, key=lambda entry: (entry.at, entry.key), reverse=True)


def last_drills(catalogue: Catalogue, node: str | None = None) -> list[dict[str, Any]]:
    """The last drill of a node or of each node of the cluster, by node: {"node", "key", "at", "passed"}. Empty if they
    may not be listed."""
    newest: dict[str, tuple[str, str, bool]] = {}
    try:
        for info in catalogue.store.list(layout.drills_prefix(catalogue.cluster, node)):
            parsed = layout.parse_drill_key(info.key)
            if parsed:
                newest[parsed.node] = max(
                    newest.get(parsed.node, ("", "", False)), (parsed.utc, info.key, parsed.passed)
                )
    except StoreError as error:
        if error.kind != "forbidden":
            raise
        return []
    return [
        {"node": layout.name_of(name), **DrillEntry(key, parse_utc(utc), passed).as_dict()}
        for name, (utc, key, passed) in sorted(newest.items())
    ]


def read_drill(catalogue: Catalogue, entry: DrillEntry) -> dict[str, Any] | None:
    """The document of a drill; None if it is not one (another program may have written it)."""
    try:
        document = json.loads(catalogue.store.get(entry.key).data.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def read_drills(catalogue: Catalogue, entries: Sequence[DrillEntry]) -> Iterator[tuple[DrillEntry, dict[str, Any]]]:
    """Each entry with its document, several read at a time. Documents that are not drills, or cannot be read, are
    skipped."""
    for entry, document in in_order(lambda one: (one, or_error(lambda: read_drill(catalogue, one))), entries):
        if isinstance(document, StoreError):
            if document.kind not in OF_ONE_DOCUMENT:
                raise document
        elif document is not None:
            yield entry, document
