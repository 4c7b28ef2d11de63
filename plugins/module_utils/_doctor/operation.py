# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of doctor: facts of node, host and repository, and what is to be said about them."""

from __future__ import annotations

import dataclasses
from typing import Any, Callable

from .._base.progress import Event, Progress, silent
from .._qdrant.client import Node
from .._repository.errors import StoreError
from .._repository.store import Store
from .._repository.trials import StoreFacts, try_out
from .host import host_facts
from .judge_host import judge_host
from .judge_node import judge_node
from .judge_store import judge_store
from .node import node_facts
from .values import ERROR


@dataclasses.dataclass(frozen=True)
class DoctorOptions:
    """forbidden: also try what a writer must not be able to do."""

    cluster: str
    node_name: str
    state_dir: str
    snapshots_dir: str = ""
    spool_dir: str = ""
    min_free: int = 0
    forbidden: bool = False


def examine(
    options: DoctorOptions, node: Node, open_store: Callable[[], Store], *, progress: Progress = silent
) -> dict[str, Any]:
    """{"changed": False, "healthy": no error was found, "findings": [{severity, area, what, fix}]}, node first."""
    progress(Event("doctor", "node"))
    about_node = node_facts(node)
    progress(Event("doctor", "host"))
    about_host = host_facts(
        node,
        about_node,
        snapshots_dir=options.snapshots_dir,
        state_dir=options.state_dir,
        spool_dir=options.spool_dir,
        min_free=options.min_free,
    )
    progress(Event("doctor", "repository"))
    about_store = _store(options, open_store)
    findings = [*judge_node(about_node), *judge_host(about_host), *judge_store(about_store)]
    return {
        "changed": False,
        "healthy": not any(finding.severity == ERROR for finding in findings),
        "cluster": options.cluster,
        "node": options.node_name,
        "credentials": about_store.credentials.method if about_store.credentials else None,
        "findings": [finding.as_dict() for finding in findings],
    }


def _store(options: DoctorOptions, open_store: Callable[[], Store]) -> StoreFacts:
    try:
        store = open_store()
    except StoreError as error:
        return StoreFacts("", "", unreachable=error.sentence(), unreachable_kind=error.kind)
    try:
        return try_out(store, options.cluster, options.node_name, forbidden=options.forbidden)
    finally:
        store.close()
