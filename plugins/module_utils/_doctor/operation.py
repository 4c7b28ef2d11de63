# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of doctor: facts of node, host and repository, and what is to be said about them."""

from __future__ import annotations

import dataclasses
from typing import Any, Callable

from .._base.progress import Event, Progress, silent
from .._options import DOCTOR, HOST, NODE, REPOSITORY, TIMER, field
from .._qdrant.client import Node
from .._repository.errors import StoreError
from .._repository.manifest import EarlierServer
from .._repository.store import Store
from .._repository.trial import StoreFacts
from .._repository.trials import try_out
from .host import host_facts
from .judge_host import judge_host
from .judge_node import judge_cluster, judge_node
from .judge_snapshots import judge_snapshots
from .judge_store import judge_store
from .node import node_facts
from .servers import judge_servers, servers_of
from .service import service_of
from .values import ERROR

_DEFAULT_CLUSTER = next(str(option.default) for option in REPOSITORY if option.name == "cluster")


@dataclasses.dataclass(frozen=True)
class DoctorOptions:
    """forbidden: also try what a writer must not be able to do."""

    cluster: str
    node_name: str
    state_dir: str = field(HOST, "state_dir")
    snapshots_dir: str | None = field(NODE, "snapshots_dir")
    spool_dir: str | None = field(HOST, "spool_dir")
    min_free: int = field(HOST, "min_free")
    forbidden: bool = field(DOCTOR, "forbidden")
    timer: str = field((TIMER,), "timer")


def examine(
    options: DoctorOptions, node: Node, open_store: Callable[[], Store], *, progress: Progress = silent
) -> dict[str, Any]:
    """{"changed": False, "healthy": no error was found, "findings": [{severity, area, what, fix}], "traits": what the
    program knows of a bucket's store, {name: {"value", "from": option, learned or tried}}}, node first."""
    progress(Event("doctor", "node"))
    about_node = node_facts(node)
    progress(Event("doctor", "host"))
    about_host = host_facts(
        node,
        about_node,
        snapshots_dir=options.snapshots_dir or "",
        state_dir=options.state_dir,
        spool_dir=options.spool_dir or "",
        min_free=options.min_free,
        service=service_of(options.timer),
    )
    progress(Event("doctor", "repository"))
    about_store, history = _store(options, open_store)
    peer_id = about_node.peer_id if about_node.peer_id is not None else about_host.noted_server
    findings = judge_node(about_node) + judge_cluster(about_node, options.cluster, _DEFAULT_CLUSTER)
    findings += [*judge_host(about_host), *judge_store(about_store)]
    findings += judge_snapshots(about_node, about_store.url)
    findings += judge_servers(options.node_name, history, peer_id)
    return {
        "changed": False,
        "healthy": not any(finding.severity == ERROR for finding in findings),
        "cluster": options.cluster,
        "node": options.node_name,
        "credentials": about_store.credentials.method if about_store.credentials else None,
        "traits": _traits(about_store),
        "findings": [finding.as_dict() for finding in findings],
    }


def _traits(facts: StoreFacts) -> dict[str, dict[str, str]]:
    known = {**facts.traits.as_dict(), **facts.chosen} if facts.traits is not None else {}
    return {name: {"value": value, "from": facts.origins[name]} for name, value in known.items()}


def _store(options: DoctorOptions, open_store: Callable[[], Store]) -> tuple[StoreFacts, tuple[EarlierServer, ...]]:
    """The repository, and the servers whose backups it holds under the node's name."""
    try:
        store = open_store()
    except StoreError as error:
        return StoreFacts("", "", unreachable=error.sentence(), unreachable_kind=error.kind), ()
    try:
        facts = try_out(store, options.cluster, options.node_name, forbidden=options.forbidden)
        return facts, () if facts.unreachable else servers_of(store, options.cluster, options.node_name)
    finally:
        store.close()
