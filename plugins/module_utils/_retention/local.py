# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which snapshots on a node may go. Pure: a list in, names out. What is not known to be in the repository stays."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from .._base.errors import UsageError


@dataclasses.dataclass(frozen=True)
class LocalSnapshot:
    """A snapshot that the node lists. time: any text that sorts by time, "" where it is not known (counts as oldest);
    sha256: hex, None where the node knows none."""

    name: str
    time: str = ""
    bytes: int = 0
    sha256: str | None = None


@dataclasses.dataclass(frozen=True)
class CommittedSnapshot:
    """A snapshot that a manifest of this node names. sha256 None: the manifest does not tell."""

    name: str
    sha256: str | None = None


@dataclasses.dataclass(frozen=True)
class LocalPlan:
    """delete: names, oldest first; keep: (name, reason), newest first; uncommitted: names beyond ``keep`` that stay
    only because no manifest names them."""

    delete: tuple[str, ...] = ()
    keep: tuple[tuple[str, str], ...] = ()
    uncommitted: tuple[str, ...] = ()


def newest_first(snapshots: Iterable[LocalSnapshot]) -> list[LocalSnapshot]:
    """The same snapshots, newest first; equal times by name."""
    return sorted(snapshots, key=lambda snapshot: (snapshot.time, snapshot.name), reverse=True)


def beyond(snapshots: Iterable[LocalSnapshot], keep: int) -> list[LocalSnapshot]:
    """The snapshots that rotation would look at: all but the ``keep`` newest, newest first."""
    if keep < 0:
        raise UsageError(f"keep_local is {keep}", "Give the number of snapshots to keep on the node, 0 for none.")
    return newest_first(snapshots)[keep:]


def plan_local(snapshots: Iterable[LocalSnapshot], committed: Iterable[CommittedSnapshot], keep: int) -> LocalPlan:
    """Keep the ``keep`` newest snapshots of one collection; of the others, delete those that the repository has.

    ``keep`` 0 keeps none that is committed. UsageError for a negative number.
    """
    known = tuple(committed)
    snapshots = newest_first(snapshots)
    candidates = {snapshot.name for snapshot in beyond(snapshots, keep)}
    delete: list[str] = []
    kept: list[tuple[str, str]] = []
    uncommitted: list[str] = []
    for snapshot in snapshots:
        if snapshot.name not in candidates:
            kept.append((snapshot.name, f"one of the {keep} newest"))
        elif is_committed(snapshot, known):
            delete.append(snapshot.name)
        else:
            kept.append((snapshot.name, "not known to be in the repository"))
            uncommitted.append(snapshot.name)
    return LocalPlan(tuple(reversed(delete)), tuple(kept), tuple(uncommitted))


def is_committed(snapshot: LocalSnapshot, committed: Iterable[CommittedSnapshot]) -> bool:
    """Whether a manifest names these bytes: by hash where both sides have one, else by name.

    A name alone is weak (two snapshots of one second share it), so a hash that differs outweighs an equal name.
    """
    for other in committed:
        if snapshot.sha256 and other.sha256:
            if snapshot.sha256.lower() == other.sha256.lower():
                return True
        elif snapshot.name == other.name:
            return True
    return False
