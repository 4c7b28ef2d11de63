# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gathers the facts from the repository and the host. Changes nothing, and does not contact the node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from .._base.clock import now, parse_utc, utc_text
from .._base.host import Host
from .._repository.archive_check import ArchiveCheck, not_checked
from .._repository.catalogue import BackupEntry, Catalogue
from .._repository.drills import drills_of
from .._repository.errors import OF_ONE_DOCUMENT, StoreError
from .._repository.inventory import describe
from .._repository.layout import segment
from .._repository.proofs import grades_of
from .._repository.server_history import read_history
from .._repository.summary import Summary
from .._repository.survey import Proofs, Survey
from .._repository.unreadable import Unreadable
from .timer import NAME, read_timer
from .values import StatusFacts, good_backup, good_collection, names_of

if TYPE_CHECKING:
    import datetime

LOOK_BACK = 48  # manifests that are read to find the last good backup and the last good archive of each collection


def gather(
    cluster: str,
    node: str,
    open_survey: Callable[[], Survey],
    host: Host,
    expected_nodes: tuple[str, ...] = (),
    timer: str = NAME,
) -> StatusFacts:
    """The facts of one node. If the repository cannot be read, they hold its error and the host's own facts."""
    known: dict[str, Any] = {"cluster": cluster, "node": node, "moment": now(), "expected_nodes": expected_nodes}
    known.update(
        intents=tuple(host.intents()), timer=read_timer(known["moment"], name=timer), noted_server=host.noted_server()
    )
    try:
        known.update(_repository(open_survey(), node))
    except StoreError as error:
        known["unreachable"] = error.sentence()
    return StatusFacts(**known)


def _repository(survey: Survey, node: str) -> dict[str, Any]:
    own, nodes = _entries(survey.catalogue, node)
    proofs = survey.proof_keys(own)
    archives = ArchiveCheck(survey)
    backups, older, unreadable = _walk(survey, own, proofs, archives)
    return {
        "where": survey.store.url,
        "backups": tuple(backups),
        "older": tuple(older),
        "count": len(own),
        "nodes": nodes,
        "proven_at": _proven(proofs),
        "unreadable": tuple(unreadable),
        "not_checked": tuple(not_checked(archives.refused)),
        "servers": read_history(survey.summary, own),
        "drills": _drills(survey.catalogue, node),
    }


def _drills(catalogue: Catalogue, node: str) -> tuple[tuple[datetime.datetime, bool], ...] | None:
    """When drills of this node ended and whether they passed; None if they may not be listed."""
    try:
        return tuple((one.at, one.passed) for one in drills_of(catalogue, node))
    except StoreError as error:
        if error.kind != "forbidden":
            raise
        return None


def _entries(catalogue: Catalogue, node: str) -> tuple[list[BackupEntry], dict[str, frozenset[str]] | None]:
    """This node's backups, and the nodes that have each backup, if they may be listed."""
    entries = catalogue.of_cluster()
    own = catalogue.backups(node)
    if entries is None:
        return own, None
    nodes: dict[str, set[str]] = {}
    for entry in entries:
        nodes.setdefault(entry.backup_id, set()).add(entry.segment)
    return own, {backup_id: frozenset(names) for backup_id, names in nodes.items()}


def _walk(
    survey: Survey, entries: list[BackupEntry], proofs: Proofs, archives: ArchiveCheck
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[Unreadable]]:
    """Backups, newest first, until one is good and each collection of the newest one has a good archive; older ones
    (``_older``); manifests that cannot be read."""
    found: list[dict[str, Any]] = []
    unreadable: list[Unreadable] = []
    seen: set[str] = set()  # with a good archive
    for entry in entries[:LOOK_BACK]:
        try:
            summary = survey.summary(entry)
        except StoreError as error:
            if error.kind not in OF_ONE_DOCUMENT:
                raise
            unreadable.append(Unreadable(entry, error))
            continue
        # The archives of the newest backup are usually enough; if not, one listing shows those of all others.
        archives.look(entries[:LOOK_BACK] if found else [entry])
        backup = _describe(survey, entry, summary, proofs, archives)
        found.append(backup)
        seen |= {item["name"] for item in backup["collections"] if good_collection(item)}
        if all(one["pushed"] for one in found):
            continue  # a run below them knows which collections the node has
        if names_of(found) <= seen and any(good_backup(one) for one in found):
            break
    older = _older(survey, entries[LOOK_BACK:], names_of(found) - seen if found else set(), proofs, archives)
    return found, older, unreadable


def _older(
    survey: Survey, entries: list[BackupEntry], wanted: set[str], proofs: Proofs, archives: ArchiveCheck
) -> list[dict[str, Any]]:
    """The backups, newest first, with the newest good archives of the wanted collections. If one collection is backed
    up every hour, those of the others are far below: the keys of archives show where, so few manifests are read."""
    found: list[dict[str, Any]] = []
    if not wanted or not entries:
        return found
    left = {segment(name): name for name in wanted}
    archives.look(entries)
    for entry in entries:
        if not left or len(found) == LOOK_BACK:
            break
        if left.keys().isdisjoint(archives.collections(entry)):
            continue
        try:
            summary = survey.summary(entry)
        except StoreError as error:
            if error.kind not in OF_ONE_DOCUMENT:
                raise
            continue
        backup = _describe(survey, entry, summary, proofs, archives)
        found.append(backup)
        for item in backup["collections"]:
            if good_collection(item):
                left.pop(segment(item["name"]), None)
    return found


def _describe(
    survey: Survey, entry: BackupEntry, summary: Summary, proofs: Proofs, archives: ArchiveCheck
) -> dict[str, Any]:
    which = (entry.segment, entry.backup_id)
    verdicts = survey.verdicts({which: proofs.get(which, [])})
    return describe(summary, grades_of(verdicts.get(which, ())), lost=archives.lost(entry, summary))


def _proven(proofs: Proofs) -> str:
    """When a whole backup of this node was last proven, from the names of the proofs (grade 0 proves nothing)."""
    keys = (key for found in proofs.values() for key, dummy in found)
    return max((utc_text(parse_utc(key.utc)) for key in keys if key.grade >= 1), default="")
