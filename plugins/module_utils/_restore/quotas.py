# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The quotas of a node, which no snapshot holds: noted by a backup, set again on request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .._qdrant.client import Node
from .._qdrant.errors import QdrantError
from .values import RestoreFacts, RestoreOptions


def to_set(facts: RestoreFacts, options: RestoreOptions) -> Mapping[str, Any]:
    """The quotas that this restore sets; empty where there is nothing to do. Pure."""
    return facts.quotas if options.restore_quotas and _differ(facts) else {}


def warnings(facts: RestoreFacts, options: RestoreOptions) -> Iterator[str]:
    """Pure."""
    if facts.quotas and not options.restore_quotas and _differ(facts):
        told = ", ".join(f"{key}: {str(value).lower()}" for key, value in sorted(facts.quotas.items()))
        yield f"The backup noted quotas of its node, and they do not come back by themselves: {told} (restore_quotas)."
    if options.restore_quotas and not facts.quotas:
        yield "The backup noted no quotas: none are set."
    elif options.restore_quotas and not facts.has_quotas:
        yield f"Qdrant {facts.version} has no quotas (1.19 and later have): none are set."


def _differ(facts: RestoreFacts) -> bool:
    """Whether the node could have the backup's quotas, and has others."""
    return facts.has_quotas and facts.quotas != (facts.quotas_now or {})


def set_quotas(node: Node, wanted: Mapping[str, Any]) -> list[str]:
    """Set them; a sentence where the node does not take them, because the data is back all the same."""
    try:
        node.set_quotas(dict(wanted))
    except QdrantError as error:
        return [f"The quotas were not set: {error.sentence()}"]
    return []
