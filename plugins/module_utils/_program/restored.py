# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a restore for a person: what is back, what of it was proven, what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from .._base.plan import human_bytes
from .columns import seconds, table

_HEAD = ("COLLECTION", "RESTORED AS", "POINTS", "SIZE", "BY", "TIME", "PROOF")


def lines(report: dict[str, Any]) -> list[str]:
    """Warnings and errors are said apart, before."""
    items = report["collections"]
    rows = [
        (
            item["collection"],
            item["name"],
            item["points"],
            human_bytes(item["bytes"]),
            item["delivery"],
            seconds(item["seconds"]),
            proof(item),
        )
        for item in items
    ]
    out = table(_HEAD, rows) if rows else []
    out += [*_verdict(items), *(line for item in items for line in _next(item))]
    failed = [item["name"] for item in report["failed"]]
    if failed:
        out.append(f"Not back, or not proven: {', '.join(failed)}. The error above says why and what to do.")
    if report["left_out"]:
        out.append(f"Nothing to bring back here: {', '.join(report['left_out'])}.")
    if report["not_done"]:
        out.append(f"Not begun: {', '.join(report['not_done'])}. Name them in the next restore.")
    return out or ["Nothing was restored."]


def _verdict(items: Sequence[dict[str, Any]]) -> Iterator[str]:
    parts = [item["name"] for item in items if not item["whole"]]
    complete = [item for item in items if item["whole"]]
    whole = [item["name"] for item in complete if item["compared"]["points"] and item["compared"]["count"]]
    gaps = [item["name"] for item in complete if item["name"] not in whole]
    if whole:
        names = ", ".join(whole) if gaps or len(whole) == 1 else f"All {len(whole)}"
        what = "is what was backed up" if len(whole) == 1 else "are what was backed up"
        yield f"{names} {what}, as far as the backup can tell. {'It' if len(whole) == 1 else 'They'} can be used."
    if gaps:
        verb, them = ("is", "it is") if len(gaps) == 1 else ("are", "they are")
        yield f"{', '.join(gaps)} {verb} back, and the proof has gaps (PROOF). Look yourself before {them} used."
    if parts:
        yield (
            f"This node's part of {', '.join(parts)} is back. Restore on the other nodes too, one after another: with "
            "the last part the whole is proven."
        )


def _next(item: dict[str, Any]) -> Iterator[str]:
    name = item["name"]
    if item["aliases"]:
        yield f"{name} is reached by {', '.join(item['aliases'])} too."
    elif name != item["collection"]:
        yield f"Clients do not look for {name}: move their alias to it when it is right."
    if item.get("safety_snapshot"):
        yield f"The state of {name} before is kept in snapshot {item['safety_snapshot']}."


def proof(item: dict[str, Any]) -> str:
    """What was compared, and agreed; a count that was not compared is said to be so."""
    found = item["compared"]
    words = ["sha256"] if found["hash"] else []
    words += ["count"] if found["count"] else []
    words += [_counted(found[word], word) for word in ("points", "queries") if found[word]]
    if not words:
        return "nothing was compared"
    said = f"{words[0]} agrees" if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]} agree"
    return said if found["count"] else f"{said}; the count was not compared"


def _counted(number: int, word: str) -> str:
    one = {"points": "point", "queries": "query"}
    return f"{number} {one[word] if number == 1 else word}"
