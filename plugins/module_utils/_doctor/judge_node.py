# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings from the facts of a node. Pure functions."""

from __future__ import annotations

from .._base.counted import few
from .._qdrant.by_hand import delete_collection
from .._qdrant.versions import parse
from .values import ERROR, OK, WARNING, Finding, NodeFacts

_AREA = "node"
_GAUGES_SINCE = (1, 16, 0)


def judge_node(facts: NodeFacts) -> list[Finding]:
    """The findings about a node, for backups and restores."""
    if facts.unreachable:
        what = f"The node at {facts.url} does not answer: {facts.unreachable}"
        return [Finding(ERROR, _AREA, what, facts.next or "systemctl status qdrant")]
    found = [Finding(OK, _AREA, f"Qdrant {facts.version} at {facts.url} answers.")]
    if not facts.ready:
        found.append(
            Finding(
                WARNING, _AREA, "The node is not ready yet (/readyz).", "Wait, or read the log: journalctl -u qdrant"
            )
        )
    if parse(facts.version) < _GAUGES_SINCE:
        what = (
            f"Qdrant {facts.version} does not report whether a recover is running: the result of an interrupted restore"
            " is then unknown."
        )
        found.append(Finding(WARNING, _AREA, what, "Upgrade Qdrant to 1.16 or later, one minor version at a time."))
    found += _rights(facts)
    if facts.rights in ("full", "read-only", "collections"):
        found += _contents(facts)
    return found


def judge_cluster(facts: NodeFacts, name: str, default: str) -> list[Finding]:
    """The finding about nodes of a cluster that back up under the name that every lone node has."""
    if facts.peers < 2 or name != default:
        return []
    what = (
        f"The node is in a Qdrant cluster of {facts.peers} nodes, but cluster is {default}, the default: backups of"
        " another cluster in this repository would be mixed with its backups."
    )
    return [
        Finding(WARNING, _AREA, what, "Set cluster (qdrant_backup_cluster) to the cluster's own name on each node.")
    ]


def _rights(facts: NodeFacts) -> list[Finding]:
    found = []
    if facts.rights == "full":
        found.append(Finding(OK, _AREA, "The key may do everything." if facts.key_given else "No key is needed."))
    elif facts.rights == "read-only":
        what = "The key is read-only: it cannot create snapshots or restore."
        found.append(Finding(ERROR, _AREA, what, "Set api_key_file to a file with the node's full key."))
    elif facts.rights == "collections":
        found.append(Finding(ERROR, _AREA, _limited(facts), "Set api_key_file to a file with the node's full key."))
    elif facts.rights == "refused":
        what = f"The key is {'wrong' if facts.key_given else 'missing'}: {facts.said}"
        found.append(Finding(ERROR, _AREA, what, "Set api_key_file to a file with the node's full key."))
    else:
        found.append(Finding(WARNING, _AREA, f"The permissions of the key are unknown: {facts.said}", ""))
    if facts.open_door:
        what = "The node answers without a key: anyone who can connect can read, change and delete everything."
        found.append(Finding(WARNING, _AREA, what, "Set service.api_key in the node's configuration."))
    return found


def _limited(facts: NodeFacts) -> str:
    """What a key with access to some collections may do."""
    may = (
        f"It can create snapshots of {few(facts.writable)}"
        if facts.writable
        else f"It can only read {few(facts.collections)}"
        if facts.collections
        else "It shows no collection"
    )
    return f"The key has access to collections only, not to the node. {may}, and it cannot restore or read metrics."


def _contents(facts: NodeFacts) -> list[Finding]:
    found = []
    if facts.url_recovery is True:
        found.append(Finding(OK, _AREA, "The node downloads archives from URLs: restores stream from the store."))
    elif facts.url_recovery is False:
        what = "The node does not download archives from URLs: restores need a file or an upload, and space for it."
        fix = "Set service.enable_snapshot_url_recovery: true, if the node may reach the store."
        found.append(Finding(WARNING, _AREA, what, fix))
    for name in facts.leftovers:
        what = f"Collection {name} is left over from a restore or a drill; it is never backed up."
        fix = f"Check it, then delete it: {delete_collection(facts.url, name, keyed=facts.key_given)}"
        found.append(Finding(WARNING, _AREA, what, fix))
    if facts.recoveries:
        running = "A recover is" if facts.recoveries == 1 else f"{facts.recoveries} recovers are"
        what = f"{running} running: snapshots wait until then."
        found.append(
            Finding(WARNING, _AREA, what, "Wait until no recover runs (metric snapshot_recovery_running is 0).")
        )
    return found
