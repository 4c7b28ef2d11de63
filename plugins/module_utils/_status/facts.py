# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the repository and the host. Changes nothing, and does not ask the node: it may be the one that is down."""

from __future__ import annotations

from typing import Any, Callable

from .._base.clock import now, parse_utc, utc_text
from .._base.host import Host
from .._repository import layout
from .._repository.catalogue import BackupEntry, Catalogue
from .._repository.errors import StoreError
from .._repository.inventory import describe
from .._repository.store import Store
from .timer import read_timer
from .values import StatusFacts, good_backup, good_collection

LOOK_BACK = 48  # manifests that are read to find the last good backup and the last good archive of each collection


def gather(
    cluster: str, node: str, open_store: Callable[[], Store], host: Host, expected_nodes: tuple[str, ...] = ()
) -> StatusFacts:
    """A repository that cannot be read is a fact as well: the host's own facts are worth telling then."""
    known: dict[str, Any] = {"cluster": cluster, "node": node, "moment": now(), "expected_nodes": expected_nodes}
    known.update(intents=tuple(host.intents()), timer=read_timer(known["moment"]))
    try:
        known.update(_repository(Catalogue(open_store(), cluster), node))
    except StoreError as error:
        known["unreachable"] = error.sentence()
    return StatusFacts(**known)


def _repository(catalogue: Catalogue, node: str) -> dict[str, Any]:
    own, nodes = _entries(catalogue, node)
    backups, unreadable = _walk(catalogue, own)
    return {
        "where": catalogue.store.url,
        "backups": tuple(backups),
        "count": len(own),
        "nodes": nodes,
        "proven_at": _proven(catalogue, node),
        "unreadable": tuple(unreadable),
    }


def _entries(catalogue: Catalogue, node: str) -> tuple[list[BackupEntry], dict[str, frozenset[str]] | None]:
    """This node's backups, and who has which backup where that may be seen."""
    try:
        entries = catalogue.backups()
    except StoreError as error:
        if error.kind != "forbidden":
            raise
        return catalogue.backups(node), None
    nodes: dict[str, set[str]] = {}
    for entry in entries:
        nodes.setdefault(entry.backup_id, set()).add(entry.key.split("/")[2])
    own = [entry for entry in entries if entry.key.split("/")[2] == layout.segment(node)]
    return own, {backup_id: frozenset(names) for backup_id, names in nodes.items()}


def _walk(catalogue: Catalogue, entries: list[BackupEntry]) -> tuple[list[dict[str, Any]], list[str]]:
    """Newest first, until a good backup and a good archive of all that the newest one knows were met."""
    found: list[dict[str, Any]] = []
    unreadable: list[str] = []
    wanted: set[str] | None = None
    for entry in entries[:LOOK_BACK]:
        try:
            backup = describe(catalogue, entry)
        except StoreError as error:
            if error.kind not in ("protocol", "not_found"):
                raise
            unreadable.append(error.sentence())
            continue
        found.append(backup)
        if wanted is None:
            wanted = {item["name"] for item in (*backup["collections"], *backup["failed"])}
        wanted -= {item["name"] for item in backup["collections"] if good_collection(item)}
        if not wanted and any(good_backup(one) for one in found):
            break
    return found, unreadable


def _proven(catalogue: Catalogue, node: str) -> str:
    """When a whole backup of this node was last proven, from the names of proofs alone (grade 0 proves nothing)."""
    proofs = catalogue.store.list(layout.proofs_prefix(catalogue.cluster, node))
    parsed = (layout.parse_proof_key(info.key) for info in proofs)
    return max((utc_text(parse_utc(one[2])) for one in parsed if one and one[3] >= 1), default="")
