# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The facts as text for Prometheus' textfile collector. Pure functions.

The metrics are timestamps, not ages or counters: if the file is not written any more, each timestamp still becomes old.
If the repository could not be read, ``qdrant_backup_up`` is 0 and the metrics that come from it are omitted.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Optional

from .._base.clock import parse_utc
from .judge import collections, last_drill, missing_nodes, two_servers
from .values import StatusFacts, good_backup

Sample = tuple[dict[str, str], Optional[float]]

_COPIED = ("points", "bytes", "grade")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n"}
_HELP = {
    "up": "Whether the repository could be read when this file was written.",
    "metrics_timestamp_seconds": "When this file was written.",
    "open_intents": "Restores that began on this host and did not end: contents may be mixed.",
    "last_success_timestamp_seconds": "When the newest good backup was committed.",
    "last_run_timestamp_seconds": "When the newest backup that can be read was committed, whether it is good or not.",
    "last_proof_timestamp_seconds": "When a whole backup was last proven (grade 1 or higher).",
    "last_drill_timestamp_seconds": "When the last drill ended, whether it passed or not.",
    "last_good_drill_timestamp_seconds": "When the last drill that passed ended.",
    "drill_passed": "Whether the last drill passed.",
    "incomplete_nodes": "Number of expected nodes without the newest backup.",
    "unreadable_manifests": "Manifests that cannot be read, of the newest backups down to the last good one.",
    "two_servers": "Whether two servers back up under this node name.",
    "collection_last_success_timestamp_seconds": "When the collection's newest good archive was committed.",
    "points": "Points in the collection's newest good archive.",
    "bytes": "Bytes of the collection's newest good archive.",
    "grade": "How far the collection's newest good archive was proven: 0 committed to 4 drilled.",
    "suspect": "Whether the collection is suspect in the newest backup.",
    "damaged": "Whether a proof found the collection's archive in the newest backup damaged.",
    "lost": "Whether the store lacks the collection's newest archive, or has one of another size.",
    "failed": "Whether the collection is missing from the newest backup because it could not be backed up.",
}


def render(facts: StatusFacts) -> str:
    """The text of the file. Metrics without a value are omitted together with their help."""
    whose = {"cluster": facts.cluster, "node": facts.node}
    samples: dict[str, list[Sample]] = {
        "up": [(whose, 0 if facts.unreachable else 1)],
        "metrics_timestamp_seconds": [(whose, facts.moment.timestamp())],
        "open_intents": [(whose, len(facts.intents))],
    }
    if not facts.unreachable:
        samples.update(_of_node(facts, whose))
        samples.update(_of_collections(facts, whose))
    lines: list[str] = []
    for name, text in _HELP.items():
        values = [(labels, value) for labels, value in samples.get(name, []) if value is not None]
        if values:
            full = f"qdrant_backup_{name}"
            lines += [f"# HELP {full} {text}", f"# TYPE {full} gauge"]
            lines += [f"{full}{{{_labels(labels)}}} {_number(value)}" for labels, value in values]
    return "\n".join(lines) + "\n"


def _of_node(facts: StatusFacts, whose: dict[str, str]) -> dict[str, list[Sample]]:
    good = next((backup for backup in facts.backups if good_backup(backup)), None)
    missing = missing_nodes(facts)
    drill: dict[str, Any] = last_drill(facts) or {}
    return {
        "last_success_timestamp_seconds": [(whose, _time(good["finished_at"] if good else None))],
        "last_run_timestamp_seconds": [(whose, _time(facts.backups[0]["finished_at"] if facts.backups else None))],
        "last_proof_timestamp_seconds": [(whose, _time(facts.proven_at))],
        "last_drill_timestamp_seconds": [(whose, _time(drill.get("at")))],
        "last_good_drill_timestamp_seconds": [(whose, _time(drill.get("passed_at")))],
        "drill_passed": [(whose, (1 if drill["passed"] else 0) if drill else None)],
        "incomplete_nodes": [(whose, None if missing is None else len(missing))],
        "unreadable_manifests": [(whose, len(facts.unreadable))],
        "two_servers": [(whose, 1 if two_servers(facts) else 0)],
    }


def _of_collections(facts: StatusFacts, whose: dict[str, str]) -> dict[str, list[Sample]]:
    items = [({**whose, "collection": item["name"]}, item) for item in collections(facts)]
    out: dict[str, list[Sample]] = {name: [(labels, item[name]) for labels, item in items] for name in _COPIED}
    out["collection_last_success_timestamp_seconds"] = [(labels, _time(item["finished_at"])) for labels, item in items]
    for name, key in (("suspect", "suspect"), ("damaged", "proof_failed"), ("failed", "failed")):
        out[name] = [(labels, 1 if item[key] is not None else 0) for labels, item in items]
    if not facts.not_checked:
        out["lost"] = [(labels, 1 if item["lost"] else 0) for labels, item in items]
    return out


def _time(text: Any) -> float | None:
    return parse_utc(str(text)).timestamp() if text else None


def _labels(labels: dict[str, str]) -> str:
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())


def _escaped(value: str) -> str:
    whole = value.encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(_ESCAPES.get(letter, letter) for letter in whole)


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(float(value))


def names() -> Iterable[str]:
    """The full names of all metrics; a test compares the documentation with them."""
    return [f"qdrant_backup_{name}" for name in _HELP]
