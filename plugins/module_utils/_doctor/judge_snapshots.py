# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings about a node that keeps its own snapshots in a bucket. Pure."""

from __future__ import annotations

from .._qdrant.versions import parse
from .values import OK, WARNING, Finding, NodeFacts

_AREA = "node"
_CLOSED_SINCE = (1, 19, 0)  # names of snapshots are plain file names from here on


def judge_snapshots(facts: NodeFacts, repository: str) -> list[Finding]:
    """repository: URL of the repository, "" where it is not known."""
    storage = facts.storage
    if not storage.in_s3:
        return []
    what = (
        f"The node keeps its snapshots in S3 ({storage.place()}): backups read them through the API. Of several nodes "
        "with this bucket, each may list the snapshots of all."
    )
    found = [Finding(OK, _AREA, what)]
    scheme, dummy, rest = repository.partition("://")
    if scheme == "s3" and rest.partition("/")[0] == storage.bucket and parse(facts.version) < _CLOSED_SINCE:
        what = (
            f"Bucket {storage.bucket} is the repository's too: on Qdrant {facts.version} a key for one collection can "
            "read every object of it, all backups included."
        )
        fix = "Set another bucket in storage.snapshots_config.s3_config of the node, or upgrade Qdrant to 1.19."
        found.append(Finding(WARNING, _AREA, what, fix))
    return found
