# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restore: restore collections from the repository, a snapshot on the node, a file or a URL, and prove them."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from .._base.clock import now, utc_text
from .._base.errors import UsageError
from .._base.progress import Progress
from .._base.version import VERSION
from .._options import ENGINE, HOST, NODE, POINTS, REPORT, REPOSITORY, RESTORE, build
from .._report.files import check_files, write_files
from .._report.of_restore import About, restore_page
from .._restore.operation import restore
from .._restore.values import RestoreOptions
from .common import EXCLUSIVE_REPOSITORY, cluster, given, has_repository, hide_secrets, names, open_node, repository

if TYPE_CHECKING:
    from .._repository.store import Store

OPTIONS = (NODE, HOST, REPOSITORY, RESTORE, POINTS, ENGINE, (REPORT,))
EXCLUSIVE = [
    *EXCLUSIVE_REPOSITORY,
    ("snapshot", "src", "snapshot_url", "roll_back", "points"),
    ("backup_id", "before"),
    ("points", "report"),
    ("nodes", "points"),
    ("nodes", "snapshot", "src", "snapshot_url"),
]
REQUIRED_ONE_OF = [("bucket", "path", "snapshot", "src", "snapshot_url", "roll_back")]


def run(params: dict[str, Any], check: bool, progress: Progress) -> dict[str, Any]:
    """See ``_restore.report.RestoreReport`` for the report; "reports" are the files that were written. With ``points``,
    the report is that of ``_points.put_back``."""
    for word in ("points", "roll_back"):
        if params.get(word) and params.get("exclude"):
            raise UsageError(f"exclude goes with a restore of collections, and {word} is set", "Leave exclude out.")
    if params.get("points"):
        from . import put_back  # only here: it loads the embedded engine

        return put_back.run(params, check, progress)
    for option in POINTS:
        if params.get(option.name) and params[option.name] != option.default:
            raise UsageError(f"{option.name} needs points", "Set points to missing or changed.")
    # A filter that found nothing is not the same as no filter, which restores everything.
    for word, everything in (("collections", "all collections of the backup"), ("nodes", "one node alone")):
        if params.get(word) in ([], {}):
            raise UsageError(f"{word} is empty", f"Set {word}, or leave it out to restore {everything}.")
    files = names(params, "report")
    check_files(files)
    if params.get("nodes"):
        return _cluster(params, check, progress, files)
    single = any(params.get(word) for word in ("snapshot", "src", "snapshot_url", "roll_back"))
    options = build(RestoreOptions, params, cluster=cluster(params), given=_given(params))
    store = repository(params)() if has_repository(params) and not single else None
    node = open_node(params)
    if options.mode == "repair":
        raise UsageError(
            "mode: repair needs all nodes of the cluster",
            "Name each (--node-url NAME=URL, module: nodes), or restore the whole collection with another mode.",
        )
    report = restore(options, node, store, check=check, progress=progress).as_dict()
    return _written(report, node.url, store, files if not check else ())


def _cluster(params: dict[str, Any], check: bool, progress: Progress, files: tuple[str, ...]) -> dict[str, Any]:
    """All nodes of a cluster at once. They have one API key and one authority for their certificates."""
    from .._fleet.operation import restore_cluster
    from .._qdrant.options import NodeOptions

    hide_secrets(params)
    store = repository(params)() if not params.get("roll_back") else None
    options = build(
        RestoreOptions, params, cluster=cluster(params), node_name=None, snapshots_dir=None, given=_given(params)
    )
    nodes = {str(name): build(NodeOptions, params, url=str(url)) for name, url in params["nodes"].items()}
    report = restore_cluster(options, nodes, store, check=check, progress=progress).as_dict()
    where = ", ".join(f"{name} {about.url}" for name, about in nodes.items())
    return _written(report, where, store, files if not check else ())


def _given(params: dict[str, Any]) -> dict[str, Any]:
    return given(params, (NODE, HOST, REPOSITORY, RESTORE))


def _written(report: dict[str, Any], where: str, store: Store | None, files: tuple[str, ...]) -> dict[str, Any]:
    """The report with the files that it was written to. where: the node or the nodes."""
    if not files:
        return {**report, "reports": []}
    about = About(utc_text(now()), where, store.url if store else "", f"restore on {socket.gethostname()}", VERSION)
    return {**report, "reports": write_files(files, restore_page(report, about), report)}
