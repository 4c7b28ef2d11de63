# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The servers that have backed up under one node name, and whether this server is the expected one. Pure.

Qdrant creates a peer id once for a storage folder and keeps it. One change counts as a rebuilt host. A peer id that
comes back means that two servers use one node name, and a restore may use the other server's points.

Each manifest contains the history (``node.servers``), so one manifest is enough. If the newest ones do not contain it
(earlier versions, pushes), a few of them are read.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Protocol

from .manifest import EarlierServer, Manifest, Origin, ServersEntry

LOOK_BACK = 5  # manifests to read if the newest ones have no history
KEPT = 8  # servers in a history; an older one counts as new
_SHOWN = 4

FIRST = "first"  # no earlier backup has a known server
UNSEEN = "unseen"  # this server shows no peer id: a node without cluster mode and without collections
SAME = "same"  # the newest backup is of this server
REBUILT = "rebuilt"  # earlier backups are of another server; this one has none
BACK = "back"  # this server has backups before those of another one: both use the name
ALTERNATING = "alternating"  # the backups in the repository are of servers that took turns
REFUSED = (BACK, ALTERNATING)


@dataclasses.dataclass(frozen=True)
class Verdict:
    """This server compared with a node's history. state: one of the words above; peer_id: of this server; history:
    oldest first."""

    state: str
    peer_id: int | None = None
    history: tuple[EarlierServer, ...] = ()

    @property
    def last(self) -> EarlierServer | None:
        """The server of the newest backup that names one."""
        return self.history[-1] if self.history else None

    @property
    def own(self) -> EarlierServer | None:
        """The newest backups in a row of this server; None if it has none."""
        return next((span for span in reversed(self.history) if span.peer_id == self.peer_id), None)

    @property
    def other(self) -> EarlierServer | None:
        """The newest backups in a row of another server; None if there are none."""
        return next((span for span in reversed(self.history) if span.peer_id != self.peer_id), None)


class HasOrigin(Protocol):
    """A manifest, or its summary."""

    @property
    def origin(self) -> Origin:
        """The server of this backup."""


def history_of(newest_first: Iterable[HasOrigin]) -> tuple[EarlierServer, ...]:
    """The servers of a node's backups, oldest first, one entry for each row of backups of one server.

    Reads until a backup contains the history; pass a lazy iterable, so that no more are read than needed.
    """
    spans: list[EarlierServer] = []  # newest first
    for origin in (backup.origin for backup in newest_first):
        spans = _before(spans, _own_span(origin))
        if origin.servers is not None:
            for span in reversed(origin.servers.earlier):
                spans = _before(spans, span)
            break
    return tuple(reversed(spans))


def judge(history: Sequence[EarlierServer], peer_id: int | None) -> Verdict:
    """Compare a server with this peer id (None: it shows none) with these backups."""
    history = tuple(history)
    if not history:
        return Verdict(FIRST if peer_id is not None else UNSEEN, peer_id)
    if alternating(history):
        return Verdict(ALTERNATING, peer_id, history)
    if peer_id is None:
        return Verdict(UNSEEN, None, history)
    if peer_id == history[-1].peer_id:
        return Verdict(SAME, peer_id, history)
    known = any(span.peer_id == peer_id for span in history)
    return Verdict(BACK if known else REBUILT, peer_id, history)


def alternating(history: Sequence[EarlierServer]) -> bool:
    """Whether a server came back after another one since an operator last allowed a change."""
    accepted = [number for number, span in enumerate(history) if span.accepted]
    peers = [span.peer_id for span in history[accepted[-1] if accepted else 0 :]]
    return len(set(peers)) < len(peers)


def recorded(verdict: Verdict, backup_id: str, peer_id: int | None, accept: bool) -> ServersEntry:
    """The history for the manifest of a new backup. peer_id: as in the manifest; accept: an operator allows this server
    to take over the name."""
    spans = list(verdict.history)
    if peer_id is None:
        return ServersEntry(None, False, tuple(spans[-KEPT:]))
    last = spans[-1] if spans else None
    settled = accept and (verdict.state in REFUSED or verdict.state == REBUILT)
    if last is not None and last.peer_id == peer_id and not settled:
        return ServersEntry(last.since, last.accepted, tuple(spans[:-1][-KEPT:]))
    return ServersEntry(backup_id, settled, tuple(spans[-KEPT:]))


def changed_in(manifest: Manifest) -> EarlierServer | None:
    """The earlier server if this backup is the first one of another server; else None, also if the manifest has no
    history."""
    servers = manifest.node.servers
    if servers is None or servers.since != manifest.backup_id or not servers.earlier:
        return None
    return servers.earlier[-1]


def ids_of(history: Sequence[EarlierServer], backup_ids: Iterable[str]) -> dict[int, list[str]]:
    """Peer id to the ids of its backups, newest first, as far as the history goes."""
    found: dict[int, list[str]] = {}
    for backup_id in sorted(backup_ids, reverse=True):
        span = next((span for span in reversed(history) if span.since <= backup_id <= span.until), None)
        if span is not None:
            found.setdefault(span.peer_id, []).append(backup_id)
    return found


def stretch(span: EarlierServer) -> str:
    """``peer 123 (20261122T190000Z to 20261123T190000Z)``"""
    when = span.since if span.since == span.until else f"{span.since} to {span.until}"
    return f"peer {span.peer_id} ({when})"


def conflict(node: str, verdict: Verdict) -> str:
    """The message that names the servers of one node name, for a state in REFUSED."""
    own, other = verdict.own, verdict.other
    this = stretch(own) if own else f"peer {verdict.peer_id}" if verdict.peer_id is not None else "not known"
    if verdict.state == BACK and other is not None:
        return f"Two servers back up as {node}: this one, {this}, and after it another one, {stretch(other)}."
    turns = ", ".join(stretch(span) for span in verdict.history[-_SHOWN:])
    return f"Servers take turns in the backups of {node}: {turns}. This server is {this}."


def _own_span(origin: Origin) -> EarlierServer | None:
    peer_id, servers = origin.peer_id, origin.servers
    if peer_id is None:
        return None
    since = servers.since if servers is not None and servers.since else origin.backup_id
    return EarlierServer(peer_id, since, origin.backup_id, servers.accepted if servers is not None else False)


def _before(spans: list[EarlierServer], older: EarlierServer | None) -> list[EarlierServer]:
    """The spans, newest first, with an older one appended; joined if both are of one server. An accepted change starts
    a new row."""
    if older is None:
        return spans
    if spans and spans[-1].peer_id == older.peer_id and not spans[-1].accepted:
        joined = dataclasses.replace(spans[-1], since=min(older.since, spans[-1].since), accepted=older.accepted)
        return [*spans[:-1], joined]
    return [*spans, older]
