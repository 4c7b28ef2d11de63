# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps what a restore found out about an archive beside its backup, good or bad."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from .._base.clock import now
from .._base.version import VERSION
from .._proof.grades import GradeResult, proof_document
from .values import Source

if TYPE_CHECKING:
    from .._repository.catalogue import Catalogue


def keep(catalogue: Catalogue, source: Source, result: GradeResult, facts: dict[str, Any] | None = None) -> str:
    """Add the proof; its key. StoreError where the repository does not take it."""
    document = proof_document(
        catalogue.cluster,
        source.node,
        source.backup_id,
        [result],
        at=now(),
        by=f"restore on {socket.gethostname()}",
        tool_version=VERSION,
        facts=facts,
    )
    return catalogue.add_proof(source.node, source.backup_id, document)
