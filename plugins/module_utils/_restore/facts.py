# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the node, the disk and the source everything that the plan needs. Changes nothing."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from .._base.address import LOOPBACK, plain_address
from .._base.clock import now, utc_text
from .._base.errors import UsageError
from .._base.host import free_bytes, seen_folder
from .._options import check_choices
from .._qdrant.client import Node
from .._qdrant.versions import has_quotas
from .._repository.catalogue import LATEST
from .match import PLACEMENT
from .servers import peer_of
from .source import Found, from_file, from_repository, from_snapshot, from_url
from .target_facts import targets_of
from .values import RestoreFacts, RestoreOptions

if TYPE_CHECKING:
    from .._repository.catalogue import Catalogue

T = TypeVar("T")

PLACES = ("/etc/qdrant/config.yaml",)  # where the package and the role qdrant_server have it
_PORT = 6333


def gather(options: RestoreOptions, node: Node, catalogue: Catalogue | None) -> RestoreFacts:
    """All facts of one restore. UsageError where the options contradict each other."""
    check_options(options, catalogue is not None)
    version, cluster = node.version(), node.cluster()
    aliases, existing = node.aliases(), set(node.collections())
    found = _sources(options, node, catalogue)
    check_one(options, len(found.sources))
    targets = targets_of(found.sources, node, options, aliases, existing, cluster.enabled)
    servers = found.servers
    if servers is not None:
        servers = dataclasses.replace(servers, here=peer_of(node, cluster.peer_id, existing, options))
    return RestoreFacts(
        collections=frozenset(existing),
        node_url=node.url,
        keyed=bool(node.options.api_key),
        version=version,
        cluster_enabled=cluster.enabled,
        aliases=aliases,
        recoveries_running=node.recoveries_running(),
        pairs=tuple(zip(found.sources, targets)),
        **_free(options),
        can_presign=catalogue is not None and catalogue.store.kind == "s3",
        can_place_file=options.snapshots_dir is not None and os.access(options.snapshots_dir, os.W_OK),
        incomplete=found.incomplete,
        incomplete_of=found.incomplete_of,
        warnings=found.warnings,
        left_out=found.left_out,
        excluded=found.excluded,
        servers=servers,
        storage=node.snapshot_storage(),
        quotas=found.quotas,
        quotas_now=node.quotas(version) if found.quotas or options.restore_quotas else None,
        has_quotas=has_quotas(version),
        vector_defaults=vector_defaults(node.url),
        measured=found.measured,
        lost=found.lost,
        now=utc_text(now()),
    )


def _free(options: RestoreOptions) -> dict[str, Any]:
    """Free bytes of the node's disks."""
    snapshots, storage = seen_folder(options.snapshots_dir), seen_folder(options.storage_folder)
    return {
        "free_bytes": free_bytes(snapshots),
        "storage_free_bytes": free_bytes(storage),
        "one_disk": not (snapshots and storage) or os.stat(snapshots).st_dev == os.stat(storage).st_dev,
    }


def needed(repository: T | None) -> T:
    """The repository; UsageError without one."""
    if repository is None:
        raise UsageError("No repository is set", "Set bucket or path.")
    return repository


def check_options(options: RestoreOptions, has_store: bool) -> None:
    """Whether the options make sense together; UsageError says which do not."""
    check_choices(options)
    given = [word for word in ("snapshot", "src", "snapshot_url") if getattr(options, word)]
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} are mutually exclusive", "Name one source.")
    if not given and not has_store:
        raise UsageError(
            "There is nothing to restore from", "Name a repository (bucket or path), snapshot, src or snapshot_url."
        )
    if given and options.exclude:
        raise UsageError(f"exclude goes with a backup, and {given[0]} is one archive", "Leave exclude out.")
    for word, chosen in (("backup_id", options.backup_id != LATEST), ("before", bool(options.before))):
        if given and chosen:
            raise UsageError(f"{word} goes with a backup, and {given[0]} is one archive", f"Leave {word} out.")
    if not given and options.checksum:
        raise UsageError(
            "checksum is of one archive, and a backup has a checksum of each of its archives",
            "Leave checksum out, or name the archive (snapshot, src or snapshot_url).",
        )
    if given and options.restore_quotas:
        raise UsageError(
            f"{given[0]} holds no quotas, so restore_quotas cannot set any", "Restore from a backup, or leave it out."
        )
    if options.delivery == "file" and not options.snapshots_dir and not options.snapshot:
        raise UsageError(
            "delivery: file needs snapshots_dir, this host's view of the node's snapshots folder",
            "Give it, or choose another delivery.",
        )
    if options.mode != "switch" and (options.accept_gap or not options.keep_old):
        word = "accept_gap: true" if options.accept_gap else "keep_old: false"
        raise UsageError(f"{word} goes with mode: switch, mode is {options.mode}", "Set mode: switch, or leave it out.")
    _check_values(options)


def check_one(options: RestoreOptions, chosen: int) -> None:
    """UsageError for a name or an alias of several collections. chosen: how many are restored."""
    for word, given in (("name", options.name), ("alias", options.alias)):
        if given and chosen > 1:
            raise UsageError(
                f"{word}: {given} goes with one collection, {chosen} are chosen", "Name one in collections."
            )


def _check_values(options: RestoreOptions) -> None:
    if options.parallel < 1:
        raise UsageError(f"parallel is {options.parallel}", "Give 1 or more.")
    if options.min_free < 0:
        raise UsageError(f"min_free is {options.min_free}", "Give a number of bytes, 0 or more.")
    for word, seconds in (("ready_timeout", options.ready_timeout), ("silence_timeout", options.silence_timeout)):
        if seconds <= 0:
            raise UsageError(f"{word} is {seconds:g}", "Give more than 0 seconds.")
    if options.checksum and not re.fullmatch("[0-9a-fA-F]{64}", options.checksum):
        raise UsageError(f"checksum {options.checksum!r} is not a SHA-256", "Give its 64 hexadecimal digits.")
    if options.snapshot_url and not re.match("https?://[^/]", options.snapshot_url):
        raise UsageError("snapshot_url is not a URL that a node can read", "Use https://HOST/... or http://HOST/...")


def _sources(options: RestoreOptions, node: Node, catalogue: Catalogue | None) -> Found:
    if options.snapshot:
        return Found((from_snapshot(options.snapshot, node, options),))
    if options.src:
        return Found((from_file(options.src, options),))
    if options.snapshot_url:
        return Found((from_url(options.snapshot_url, options, node),))
    return from_repository(needed(catalogue), options)


def vector_defaults(url: str, places: Sequence[str] = PLACES) -> dict[str, Any]:
    """{"on_disk": True} or {"memory": "cold"}: ``storage.collection.vectors`` of the node at ``url``, from its
    configuration on this host: its API does not show it. The environment of the server may overrule the file, so a plan
    warns of what is found here, and refuses nothing.

    Empty if nothing is set, the node is on another host, another node's configuration is there, or it cannot be read.
    """
    address = urlsplit(plain_address(url))
    if address.hostname != LOOPBACK:
        return {}
    for place in places:
        settings = _settings(place)
        if _part(settings, "service").get("http_port", _PORT) == address.port:
            vectors = _part(_part(_part(settings, "storage"), "collection"), "vectors")
            return {key: vectors[key] for key in PLACEMENT if vectors.get(key) is not None}
    return {}


def _settings(path: str) -> Any:
    """None where it cannot be read: no library, no right, no file, no YAML. Only a warning depends on it."""
    try:
        import yaml
    except ImportError:
        return None
    try:
        with open(path, encoding="utf-8") as file:
            return yaml.safe_load(file)
    except (OSError, ValueError, yaml.YAMLError):
        return None


def _part(settings: Any, key: str) -> dict[str, Any]:
    found = settings.get(key) if isinstance(settings, dict) else None
    return found if isinstance(found, dict) else {}
