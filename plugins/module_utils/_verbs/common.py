# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What several verbs need: the node and the repository that the options describe."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any, Callable

from .._base.errors import UsageError
from .._base.redaction import register_secret
from .._options import NODE, REPOSITORY, RESTORE, bytes_of

if TYPE_CHECKING:
    from .._qdrant.client import Node
    from .._repository.catalogue import Catalogue
    from .._repository.store import Store

EXCLUSIVE_REPOSITORY = [("bucket", "path")]


def hide_secrets(params: dict[str, Any]) -> None:
    """Register every secret among the options before anything can quote it."""
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
    """Whose backups are meant, None for every node's. Where nobody said, a module means every node, and the program
    (``own_first``) this host where it has any: the credentials of a host read no other's."""
    if params.get("own_first") and params.get("node") is None:
        own = node_name(params)
        return own if catalogue.backups(own) else None
    return params.get("node") or None


def size(params: dict[str, Any], name: str) -> int:
    """An option that is a number of bytes; UsageError when it is none."""
    example = "Write bytes, or a number with K, M, G or T, for example 1G."
    try:
        found = bytes_of(params[name])
    except ValueError:
        raise UsageError(f"{name}: {params[name]!r} is not a size", example) from None
    if found < 0:
        raise UsageError(f"{name} is {params[name]}", example)
    return found


def seconds(params: dict[str, Any], name: str, default: float) -> float:
    """An option that is a number of seconds; the default where it is not given."""
    return default if params.get(name) is None else float(params[name])


def names(params: dict[str, Any], option: str = "collections") -> tuple[str, ...]:
    """An option that is a list of names, as a tuple."""
    return tuple(str(item) for item in params.get(option) or ())


def open_node(params: dict[str, Any]) -> Node:
    """The client of the node that the options describe. Nothing is asked yet."""
    from .._qdrant.client import Node, NodeOptions

    hide_secrets(params)
    url = str(params["url"])
    if "://" not in url:
        raise UsageError(f"url: {url!r} has no scheme", "Write it like http://127.0.0.1:6333.")
    return Node(
        NodeOptions(
            url=url,
            api_key=params.get("api_key"),
            ca_path=params.get("ca_path"),
            validate_certs=bool(params.get("validate_certs", True)),
            client_cert=params.get("client_cert"),
            client_key=params.get("client_key"),
            timeout=seconds(params, "timeout", 30.0),
        )
    )


def has_repository(params: dict[str, Any]) -> bool:
    """Whether the options name a repository."""
    return bool(params.get("bucket") or params.get("path"))


def repository(params: dict[str, Any]) -> Callable[[], Store]:
    """A function that opens the repository which the options describe (opening imports the S3 library: it is slow)."""
    hide_secrets(params)
    if not has_repository(params):
        raise UsageError("There is no repository", "Name a bucket (S3) or a path (a folder).")
    if params.get("bucket") and params.get("path"):
        raise UsageError("bucket and path exclude each other", "Name one repository.")

    def opened() -> Store:
        from .._repository.options import RepositoryOptions, open_store

        return open_store(
            RepositoryOptions(
                bucket=params.get("bucket"),
                path=params.get("path"),
                prefix=str(params.get("prefix") or ""),
                cluster=cluster(params),
                node=node_name(params),
                endpoint_url=params.get("endpoint_url"),
                region=params.get("region"),
                profile=params.get("profile"),
                access_key=params.get("access_key"),
                secret_key=params.get("secret_key"),
                session_token=params.get("session_token"),
                aws_ca_bundle=params.get("aws_ca_bundle"),
                s3_validate_certs=bool(params.get("s3_validate_certs", True)),
                sse=params.get("sse"),
                kms_key_id=params.get("kms_key_id"),
                storage_class=params.get("storage_class"),
                timeout=seconds(params, "s3_timeout", 60.0),
            )
        )

    return opened


def cluster(params: dict[str, Any]) -> str:
    """The cluster's name in the repository."""
    name: str | None = params.get("cluster")
    if not name:
        raise UsageError("cluster must not be empty", "Name the cluster as in the repository.")
    return str(name)
