# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pull: fetch the archives of a backup into a folder with Qdrant's layout, and check the checksum of each."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Sequence
from typing import Any

from .._archive.hashing import check_sha256, sha256_file
from .._base.choose import chosen as chosen_names
from .._base.choose import unmatched
from .._base.errors import EngineError, UsageError
from .._base.host import free_bytes
from .._base.ownership import own_like
from .._base.plan import Plan, Refusal, Step, human_bytes
from .._base.progress import Progress, silent
from .._options import HOST, NODE, REPOSITORY, SYNC, field
from .._qdrant.names import collection_name_problem
from .._repository import layout
from .._repository.catalogue import Catalogue
from .._repository.manifest import CollectionEntry
from .._repository.parts import SHARD


@dataclasses.dataclass(frozen=True)
class PullOptions:
    """Options of ``pull``: the backup, its node (None for this host, or the only node), collections, and the folder.
    min_free: bytes that stay free on the node's disk, if ``snapshots_dir`` shows which one it is."""

    folder: str
    node_name: str | None = field(REPOSITORY, "node")
    backup_id: str = field(SYNC, "backup_id")
    before: str | None = field(SYNC, "before")
    collections: tuple[str, ...] = field(SYNC, "collections")
    snapshots_dir: str | None = field(NODE, "snapshots_dir")
    min_free: int = field(HOST, "min_free")


def pull(
    options: PullOptions, catalogue: Catalogue, *, check: bool = False, progress: Progress = silent
) -> dict[str, Any]:
    """{"changed", "ok", "plan", "backup_id", "files": [{"collection", "path", "bytes", "sha256", "fetched"}], "diff"}.

    A file that is there with the right hash is left alone. EngineError for an archive whose bytes are not the backup's:
    then nothing of it is left in the folder.
    """
    node_name = options.node_name or catalogue.own_node()
    entry = catalogue.choose(options.backup_id, before=options.before, node=node_name)
    manifest = catalogue.manifest(entry)
    held = sorted({item.name for item in manifest.collections})
    names = chosen_names(options.collections, held)
    chosen = [item for item in manifest.collections if item.name in names]
    wrong = unmatched(options.collections, held)
    if wrong:
        raise UsageError(
            f"Backup {manifest.backup_id} does not hold {', '.join(wrong)}; it holds: {', '.join(held) or 'none'}",
            "Use one of these names, or omit collections.",
        )
    files = [_state(item, options.folder) for item in chosen]
    steps = [Step("fetch", file["path"], file["bytes"]) for file in files if file["fetched"]]
    subject = f"backup {manifest.backup_id} of {manifest.node.name} to {options.folder}"
    plan = Plan("pull", subject, tuple(steps), refusals=_no_room(steps, options))
    plan.refuse_or_go()
    if not check:
        for item, file in zip(chosen, files):
            if file["fetched"]:
                _fetch(item, file["path"], options.folder, catalogue, progress)
    there = sorted(file["path"] for file in files if not file["fetched"])
    return {
        "changed": bool(steps),
        "ok": True,
        "plan": plan.as_dict(),
        "backup_id": manifest.backup_id,
        "files": files,
        "diff": {"before": {"files": there}, "after": {"files": sorted(file["path"] for file in files)}},
    }


def _no_room(steps: Sequence[Step], options: PullOptions) -> tuple[Refusal, ...]:
    """A refusal if the archives to fetch do not fit on the folder's file system, or would fill the node's disk."""
    place = os.path.abspath(options.folder)
    while not os.path.isdir(place) and place != os.path.dirname(place):
        place = os.path.dirname(place)
    free, needed = free_bytes(place), sum(step.bytes for step in steps)
    stays = options.min_free if _same_disk(place, options.snapshots_dir) else 0
    if not steps or free is None or needed + stays <= free:
        return ()
    said = f"The archives need {human_bytes(needed)} in {options.folder}, but only {human_bytes(free)} are free there"
    said += f", and {human_bytes(stays)} must stay free on the node's disk (min_free)." if stays else "."
    following = f"Free some space, {'lower min_free, ' if stays else ''}choose another folder, or fewer collections."
    return (Refusal("no_space", said, following),)


def _same_disk(place: str, other: str | None) -> bool:
    try:
        return other is not None and os.stat(place).st_dev == os.stat(other).st_dev
    except OSError:
        return False


def _state(item: CollectionEntry, folder: str) -> dict[str, Any]:
    """The path of the archive, and whether to fetch it. A name in a manifest cannot lead out of the folder."""
    name = str(item.extra.get("file") or layout.name_of(item.archive.key.rpartition("/")[2]))
    if collection_name_problem(item.name) or "/" in name or "\0" in name or name in ("", ".", ".."):
        raise EngineError(
            "place the archive of", repr(item.name), f"{name!r} is not a valid file name", "Do not trust this manifest."
        )
    of_shard = ("shards", str(item.shards.captured[0])) if item.kind == SHARD else ()
    path = os.path.join(folder, item.name, *of_shard, name)
    same = (
        os.path.isfile(path)
        and os.path.getsize(path) == item.archive.bytes
        and sha256_file(path) == item.archive.sha256
    )
    return {
        "collection": item.name,
        "path": path,
        "bytes": item.archive.bytes,
        "sha256": item.archive.sha256,
        "fetched": not same,
    }


def _fetch(item: CollectionEntry, path: str, folder: str, catalogue: Catalogue, progress: Progress) -> None:
    parts = path + ".tmp"  # a name that Qdrant does not list
    made = not os.path.isdir(os.path.dirname(path))
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        catalogue.store.get_file(item.archive.key, parts, progress=progress)
        check_sha256(parts, item.archive.sha256, f"{item.archive.key} from {catalogue.store.url}")
        os.chmod(parts, 0o600)
        own_like(folder, parts, *([os.path.dirname(path)] if made else []))
        os.replace(parts, path)
    except OSError as error:
        raise EngineError(
            "write", path, error.strerror or str(error), "Check the folder's permissions and free space."
        ) from None
    finally:
        with contextlib.suppress(OSError):
            os.unlink(parts)
