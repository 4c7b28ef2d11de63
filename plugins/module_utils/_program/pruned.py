# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reports of prune, pin and unpin as lines: what stays and why, what goes, what it frees."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .._base.counted import counted, few
from .._base.plan import human_bytes
from .again import command_line
from .columns import table


def lines(report: dict[str, Any], typed: Mapping[str, Any]) -> list[str]:
    """The report of ``prune``. typed: the options of its command line by name, for the command that carries it out."""
    gone = [*report["removed"], *report["orphans"]]
    out = [*_kept(report["kept"]), *_gone(gone, report["applied"]), *_storage(report)]
    if report["applied"]:
        done = [item for item in gone if item["done"]]
        out.append(f"Deleted: {counted(len(done), 'backup')}, {human_bytes(sum(item['bytes'] for item in done))}.")
    elif gone:
        out.append(f"Nothing was deleted. To delete: {command_line('prune', typed, '--apply')}")
    else:
        out.append("Nothing to delete.")
    return out


def pin(report: dict[str, Any]) -> list[str]:
    """The report of ``pin`` and ``unpin``."""
    state = "is pinned: prune keeps it" if report["pinned"] else "is not pinned"
    return [f"Backup {report['backup_id']} {state}" + ("." if report["changed"] else ", as before.")]


def _kept(kept: Sequence[dict[str, Any]]) -> Iterator[str]:
    if not kept:
        return
    rows = [
        (one["backup_id"], ", ".join(one["nodes"]), human_bytes(one["bytes"]), few(one["reasons"], more="more reasons"))
        for one in kept
    ]
    yield from table(("KEPT", "NODES", "SIZE", "WHY"), rows)
    yield ""


def _gone(gone: Sequence[dict[str, Any]], applied: bool) -> Iterator[str]:
    if not gone:
        return
    rows = [
        (
            one["backup_id"],
            ", ".join(one["nodes"]),
            human_bytes(one["bytes"]),
            _what(one),
            one["why"] if one["done"] or not applied else f"NOT DELETED: {one['why']}",
        )
        for one in gone
    ]
    yield from table(("DELETED" if applied else "TO DELETE", "NODES", "SIZE", "WHAT", "WHY"), rows)
    yield ""


def _what(one: dict[str, Any]) -> str:
    words = ("manifest", "archive", "proof")
    parts = [counted(one[word + "s"], word) for word in words if one[word + "s"]]
    local = len(one["local_snapshots"])
    return ", ".join(parts + ([f"{counted(local, 'snapshot')} on the node"] if local else []))


def _storage(report: dict[str, Any]) -> Iterator[str]:
    before, after, cost = report["storage"]["before"], report["storage"]["after"], report["cost"]
    rows = [(name, human_bytes(before[name]), human_bytes(after.get(name, 0))) for name in before]
    if rows:
        yield from table(("STORAGE CLASS", "BEFORE", "AFTER"), rows)
    if cost:
        yield f"Cost of one month: {cost['before']:.2f} before, {cost['after']:.2f} after."
        if cost["unpriced"]:
            yield f"No price is given for {', '.join(cost['unpriced'])}."
    if rows:
        yield ""
