# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reports about points of a backup as lines: diff, restore with --points, query."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .again import command_line
from .columns import seconds, table

_ROWS = (
    ("same", "as in the backup"),
    ("missing", "in the backup only"),
    ("changed", "in both, but different"),
    ("new", "in the live collection only"),
)
_SKIPPED = 10  # that are shown; --json has more
_WIDTH = 100


def diff(report: dict[str, Any], typed: Mapping[str, Any]) -> list[str]:
    """The report of ``diff``. typed: the options of its command line, for the command that puts points back."""
    counts, samples = report["points"], report["samples"]
    rows = [(name, counts[name], what, _ids(samples.get(name, ()), counts[name])) for name, what in _ROWS]
    nodes = ", ".join(report["nodes"])
    out = [f"{report['name']} compared with backup {report['backup_id']} of {nodes}, {seconds(report['seconds'])}"]
    out += table(("POINTS", "NUMBER", "WHERE", "IDS"), rows)
    if counts["changed"]:
        out.append(f"Of the changed points, {counts['changed_payload']} differ in the payload and ")
        out[-1] += f"{counts['changed_vector']} in the vectors."
    if report["identical"]:
        out.append("Nothing differs.")
    kept = {**typed, "collections": None, "backup_id": report["backup_id"]}
    for mode, said, more in (
        ("missing", "put the missing points back", ()),
        ("changed", "overwrite the changed points with the backup", ("--accept-write-loss",)),
    ):
        if counts[mode]:
            out.append(f"To {said}: {_command(report['collection'], kept, '--points', mode, *more)}")
    return out


def _command(collection: str, typed: Mapping[str, Any], *more: str) -> str:
    given = {name: value for name, value in typed.items() if value is not None and name not in ("before", "check")}
    return command_line("restore", given, *more, names=[collection])


def _ids(ids: Sequence[Any], count: int) -> str:
    more = ", ..." if count > len(ids) and ids else ""
    return ", ".join(map(str, ids)) + more or "-"


def put_back(report: dict[str, Any]) -> list[str]:
    """The report of ``restore --points``."""
    name, count = report["name"], report["put_back"]
    out = []
    if not report["plan"]["steps"]:
        which = "selected point" if report["selected"] else "point"
        out.append(f"Nothing to put back: no {which} of {name} is {report['points_mode']}.")
    else:
        out.append(
            f"{_number(count, 'point')} of backup {report['backup_id']} put back into {name}, in "
            f"{_number(report['batches'], 'batch', 'batches')}; each was read again and is as in the backup."
        )
    if report["already"]:
        out.append(f"{_number(report['already'], 'point')} had come back before the write.")
    if report["points_left_alone"]:
        out.append(f"{_number(report['points_left_alone'], 'point')} left alone:")
        out += [f"  {one['id']}: {one['why']}" for one in report["skipped"][:_SKIPPED]]
        more = report["points_left_alone"] - _SKIPPED
        out += [f"  and {more} more (--json lists them)"] if more > 0 else []
    if report["after"] is not None and not report["failed"]:
        left = report["after"][report["points_mode"]]
        out.append(f"Compared again: {left} {report['points_mode']}. All other points were left as they are.")
    return out


def query(report: dict[str, Any]) -> list[str]:
    """The report of ``query``."""
    hits = report["result"]["points"]
    if not hits:
        return ["No point of the backup matches."]
    return table(("ID", "SCORE", "PAYLOAD"), _hits(hits))


def _hits(hits: Sequence[dict[str, Any]]) -> Iterator[Sequence[Any]]:
    for hit in hits:
        score = f"{hit['score']:.6g}" if "score" in hit else None
        text = json.dumps(hit["payload"], ensure_ascii=False) if hit.get("payload") else None
        yield hit["id"], score, text if text is None or len(text) <= _WIDTH else text[: _WIDTH - 3] + "..."


def _number(count: int, word: str, many: str = "") -> str:
    return f"{count} {word if count == 1 else many or word + 's'}"
