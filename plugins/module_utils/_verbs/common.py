# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Code that several verbs share: the node and the repository in the options."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Callable

from .._base.errors import UsageError
from .._base.redaction import register_secret
from .._options import NODE, REPOSITORY, RESTORE, Option, build

if TYPE_CHECKING:
    from .._points.options import PointsOptions
    from .._qdrant.client import Node
    from .._repository.catalogue import Catalogue
    from .._repository.store import Store
    from .._repository.survey import Survey

EXCLUSIVE_REPOSITORY = [("bucket", "path")]


def hide_secrets(params: dict[str, Any]) -> None:
    """Register every secret option, so that no message can contain it."""
    for group in (NODE, REPOSITORY):
        for option in group:
            if option.secret:
                register_secret(params.get(option.name))
    for option in RESTORE:
        if option.secret and params.get(option.name):
            register_secret(str(params[option.name]).partition("?")[2])


def node_name(params: dict[str, Any]) -> str:
    """The node's name in the repository: the option, else this host's short name."""
    return str(params.get("node") or socket.gethostname().split(".")[0])


def whose(params: dict[str, Any], catalogue: Catalogue) -> str | None:
    """The node whose backups are used, None for every node. Without the option, a module uses every node, and the
    program (``own_first``) this host if it has backups, because its credentials cannot read others."""
    if params.get("own_first") and params.get("node") is None:
        own = node_name(params)
        return own if catalogue.backups(own) else None
    return params.get("node") or None


def one_collection(params: dict[str, Any], verb: str) -> str:
    """The collection in the options. UsageError unless it is exactly one, and no glob."""
    given = names(params)
    if len(given) != 1 or any(letter in given[0] for letter in "*?"):
        raise UsageError(
            f"This needs the name of one collection, and got {', '.join(given) or 'none'}",
            f"Name one collection, for example: qdrant-backup {verb} articles",
        )
    return given[0]


def points_of(params: dict[str, Any], verb: str) -> tuple[PointsOptions, Catalogue]:
    """The options of a verb about points of one collection, and the repository of their backup."""
    from .._points.options import PointsOptions, require_no_empty_selection
    from .._repository.catalogue import Catalogue

    require_no_empty_selection(params)
    collection = one_collection(params, verb)
    catalogue = Catalogue(repository(params)(), cluster(params))
    whose = params.get("node") or catalogue.own_node()
    return build(PointsOptions, params, collection=collection, cluster=cluster(params), node_name=whose), catalogue


def names(params: dict[str, Any], option: str = "collections") -> tuple[str, ...]:
    """An option that is a list of names, as a tuple."""
    return tuple(str(item) for item in params.get(option) or ())


def open_node(params: dict[str, Any]) -> Node:
    """The client of the node in the options. It sends no request yet."""
    from .._qdrant.client import Node, NodeOptions

    hide_secrets(params)
    url = str(params["url"])
    if "://" not in url:
        raise UsageError(f"url: {url!r} has no scheme", "Use an address, for example http://127.0.0.1:6333")
    return Node(build(NodeOptions, params))


def given(params: dict[str, Any], groups: Sequence[Sequence[Option]]) -> dict[str, Any]:
    """The options that the same command needs again: those that were typed, or that a module was given. The value of a
    secret is in neither."""
    if "typed" in params:
        return dict(params["typed"])
    options = {option.name: option for group in groups for option in group}
    return {
        name: params[name]
        for name, option in options.items()
        if not option.secret and params.get(name) not in (None, "", [], {}, option.default)
    }


def has_repository(params: dict[str, Any]) -> bool:
    """Whether the options name a repository."""
    return bool(params.get("bucket") or params.get("path"))


def repository(params: dict[str, Any]) -> Callable[[], Store]:
    """A function that opens the repository in the options (opening is slow, because it imports boto3). UsageError at
    once if the options name none."""
    from .._repository.options import RepositoryOptions, check, open_store

    hide_secrets(params)
    cluster(params)
    options = build(RepositoryOptions, params, state_dir=params.get("state_dir") or None)
    check(options)
    return lambda: open_store(options)


def survey(params: dict[str, Any]) -> Survey:
    """The repository of the options, open for reports; with the cache below ``state_dir`` if that folder exists."""
    from .._base.cache import DocumentCache
    from .._repository.catalogue import Catalogue
    from .._repository.survey import Survey

    catalogue = Catalogue(repository(params)(), cluster(params))
    state_dir = params.get("state_dir")
    where = f"{params.get('endpoint_url') or ''} {catalogue.store.url}"
    return Survey(catalogue, DocumentCache(str(state_dir), where) if state_dir else None)


def cluster(params: dict[str, Any]) -> str:
    """The cluster's name in the repository."""
    name: str | None = params.get("cluster")
    if not name:
        raise UsageError("cluster must not be empty", "Set cluster to its name in the repository.")
    return str(name)
