# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of a node to findings. Pure."""

from __future__ import annotations

from .._qdrant.versions import parse
from .values import ERROR, OK, WARNING, Finding, NodeFacts

_AREA = "node"
_GAUGES_SINCE = (1, 16, 0)


def judge_node(facts: NodeFacts) -> list[Finding]:
    """What is right and wrong about a node, for backups and restores."""
    if facts.unreachable:
        what = f"The node at {facts.url} does not answer: {facts.unreachable}"
        return [Finding(ERROR, _AREA, what, facts.next or "systemctl status qdrant")]
    found = [Finding(OK, _AREA, f"Qdrant {facts.version} answers at {facts.url}.")]
    if not facts.ready:
        found.append(Finding(WARNING, _AREA, "It is not ready yet (/readyz).", "Wait, or look into the node's log."))
    if parse(facts.version) < _GAUGES_SINCE:
        what = f"Qdrant {facts.version} does not tell whether a recover is at work: interrupted restores end in doubt."
        found.append(Finding(WARNING, _AREA, what, "Upgrade Qdrant to 1.16 or later, one minor version at a time."))
    found += _rights(facts)
    if facts.rights in ("full", "read-only"):
        found += _contents(facts)
    return found


def _rights(facts: NodeFacts) -> list[Finding]:
    found = []
    if facts.rights == "full":
        found.append(Finding(OK, _AREA, "The key may do everything." if facts.key_given else "No key is needed."))
    elif facts.rights == "read-only":
        what = "The key is a read-only one: it can neither make snapshots nor restore."
        found.append(Finding(ERROR, _AREA, what, "Set api_key_file to a file with the node's full key."))
    elif facts.rights == "refused":
        what = f"The key is {'wrong' if facts.key_given else 'missing'}: {facts.said}"
        found.append(Finding(ERROR, _AREA, what, "Set api_key_file to a file with the node's full key."))
    else:
        found.append(Finding(WARNING, _AREA, f"What the key may do cannot be told: {facts.said}", ""))
    if facts.open_door:
        what = "It answers without a key: whoever reaches it can read, change and delete everything."
        found.append(Finding(WARNING, _AREA, what, "Set service.api_key in the node's configuration."))
    return found


def _contents(facts: NodeFacts) -> list[Finding]:
    found = []
    if facts.url_recovery is True:
        found.append(Finding(OK, _AREA, "It takes archives from URLs: restores stream from the store."))
    elif facts.url_recovery is False:
        what = "It takes no archives from URLs: restores need a file or an upload, and the space for them."
        fix = "Set service.enable_snapshot_url_recovery: true, if the node may reach the store."
        found.append(Finding(WARNING, _AREA, what, fix))
    for name in facts.leftovers:
        what = f"Collection {name} was left by a restore or a drill; it is never backed up."
        found.append(Finding(WARNING, _AREA, what, f"Look into it, then: DELETE {facts.url}/collections/{name}"))
    if facts.recoveries:
        what = f"{facts.recoveries} recoveries are at work: snapshots wait until they have ended."
        found.append(Finding(WARNING, _AREA, what, "Wait for their end."))
    return found
