# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Snapshots: create, list, download, delete, recover, upload; of collections, shards and everything."""

from __future__ import annotations

import os
import re
import shutil
import uuid
from typing import Any

from . import archive, names, sources, uploads
from . import snapshot_files as files
from .body import Body
from .collection import Collection
from .errors import ApiError, bad_input, bad_json
from .node import Node
from .recover import recover_collection, recover_shard
from .router import Router, waited
from .web import Answer, Request

router = Router()
_PRIORITIES = ("no_sync", "snapshot", "replica")
_ALLOWED = "expected one of " + ", ".join(f"`{one}`" for one in _PRIORITIES)


def _download(path: str) -> Answer:
    return Answer(content_type="application/octet-stream", file=path)


# --- what all restores check of their request


def _location(body: Body) -> str:
    found = body.need("location")
    if not isinstance(found, str):
        body.wrong_type(found, "a string representing an URL")
    return str(found)


def _priority(body: Body) -> str:
    given = body.get("priority")
    if given is not None and given not in _PRIORITIES:
        raise bad_json(f"unknown variant `{given}`, {_ALLOWED} at {body.place_of(given)}")
    return given or "snapshot"


def _checked_checksum(given: str | None, where: str) -> str | None:
    if given is not None and not re.fullmatch(r"[0-9a-fA-F]{64}", given):
        raise ApiError(
            422,
            f"Validation error in {where}: [checksum: Validation error: invalid_sha256_hash "
            f'[{{"length": Number({len(given)}), "value": String("{given}")}}]]',
        )
    return given


def _upload_options(request: Request) -> tuple[str, str | None]:
    """The priority and the checksum."""
    given = request.query.get("priority")
    if given is not None and given not in _PRIORITIES:
        raise ApiError(400, f"Deserialize error in query parameters: unknown variant `{given}`, {_ALLOWED}")
    return given or "snapshot", _checked_checksum(request.query.get("checksum"), "query parameters")


def _checked_upload(path: str, checksum: str | None) -> None:
    if checksum is not None:
        got = files.sha256_of(path)
        if got != checksum.lower():
            raise ApiError(400, f"Checksum mismatch: expected {checksum}, actual {got}")


# --- collections


@router.add("GET /collections/*/snapshots")
def listed(node: Node, request: Request) -> Any:
    return files.listed(node.kept_of(node.resolve(request.values[0])))


@router.add("POST /collections/*/snapshots", changes=True)
def create(node: Node, request: Request) -> Any:
    wait = request.wait
    collection = node.collection(request.values[0])
    return waited(node, wait, lambda: archive.snapshot_collection(node, collection))


@router.add("GET /collections/*/snapshots/*", plain=True)
def download(node: Node, request: Request) -> Answer:
    name, snapshot = request.values
    return _download(files.existing(node.kept_of(node.resolve(name)), snapshot, reading=True))


@router.add("DELETE /collections/*/snapshots/*", changes=True)
def delete(node: Node, request: Request) -> Any:
    name, snapshot = request.values
    path = files.existing(node.kept_of(node.resolve(name)), snapshot)
    files.delete(path)
    return True


@router.add("PUT /collections/*/snapshots/recover", changes=True)
def recover(node: Node, request: Request) -> Any:
    name = names.loose(request.values[0])
    body = request.json()
    location = _location(body)
    priority = _priority(body)
    place = body.place_of(location)
    if not re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:", location):
        raise bad_json(f'relative URL without a base: "{location}" at {place}')
    checksum = _checked_checksum(body.get("checksum"), "JSON body")

    def work() -> bool:
        found = sources.from_location(location, node.snapshots, node.settings.url_recovery)
        recover_collection(node, name, found, checksum, priority)
        return True

    return waited(node, request.wait, work)


@router.add("POST /collections/*/snapshots/upload", changes=True)
def upload(node: Node, request: Request) -> Any:
    name = names.strict(request.values[0])
    upload = uploads.receive(request, node.uploads)
    try:
        priority, checksum = _upload_options(request)
    except ApiError:
        os.remove(upload.path)
        raise

    def work() -> bool:
        try:
            _checked_upload(upload.path, checksum)
            folder = node.snapshots_of(name)
            os.makedirs(folder, exist_ok=True)
            target = os.path.join(folder, os.path.basename(upload.filename or "") or str(uuid.uuid4()))
            shutil.move(upload.path, target)
        finally:
            if os.path.exists(upload.path):
                os.remove(upload.path)
        node.faults.step("upload:stored")
        recover_collection(node, name, sources.FileArchive(target), None, priority)
        return True

    return waited(node, request.wait, work)


# --- everything


@router.add("GET /snapshots")
def full_listed(node: Node, _request: Request) -> Any:
    return files.listed(node.kept)


@router.add("POST /snapshots", changes=True)
def full_create(node: Node, request: Request) -> Any:
    return waited(node, request.wait, lambda: archive.snapshot_everything(node))


@router.add("GET /snapshots/*", plain=True)
def full_download(node: Node, request: Request) -> Answer:
    return _download(files.existing(node.kept, request.values[0], reading=True))


@router.add("DELETE /snapshots/*", changes=True)
def full_delete(node: Node, request: Request) -> Any:
    files.delete(files.existing(node.kept, request.values[0]))
    return True


# --- shards


def _shard(node: Node, request: Request) -> tuple[Collection, int]:
    """A shard of a collection, whether it is on this node or not."""
    name, given = request.values[:2]
    if not given.isdigit():
        raise ApiError(400, f'Deserialize error in path parameters: can not parse "{given}" to a u32')
    collection = node.collection(name)
    collection.replicas(int(given))
    return collection, int(given)


def _shard_here(node: Node, request: Request) -> tuple[Collection, int]:
    """The same, on this node."""
    collection, shard_id = _shard(node, request)
    if collection.replicas(shard_id).local is None:
        raise bad_input(f"Shard {shard_id} is not a local shard")
    return collection, shard_id


@router.add("GET /collections/*/shards/*/snapshots")
def shard_listed(node: Node, request: Request) -> Any:
    collection, shard_id = _shard_here(node, request)
    return files.listed(archive.shard_snapshots_folder(node, collection, shard_id))


@router.add("POST /collections/*/shards/*/snapshots", changes=True)
def shard_create(node: Node, request: Request) -> Any:
    collection, shard_id = _shard(node, request)
    return waited(node, request.wait, lambda: archive.snapshot_shard(node, collection, shard_id))


@router.add("GET /collections/*/shards/*/snapshots/*", plain=True)
def shard_download(node: Node, request: Request) -> Answer:
    collection, shard_id = _shard_here(node, request)
    path = os.path.join(archive.shard_snapshots_folder(node, collection, shard_id), request.values[2])
    if os.path.basename(path) != request.values[2] or not os.path.isfile(path):
        return Answer(404, None, b"File not found: No such file or directory (os error 2)")
    return _download(path)


@router.add("DELETE /collections/*/shards/*/snapshots/*", changes=True)
def shard_delete(node: Node, request: Request) -> Any:
    collection, shard_id = _shard_here(node, request)
    folder = archive.shard_snapshots_folder(node, collection, shard_id)
    files.delete(files.existing_of_shard(folder, request.values[2]))
    return True


@router.add("GET /collections/*/shards/*/snapshot", changes=True, plain=True)
def shard_streamed(node: Node, request: Request) -> Answer:
    collection, shard_id = _shard(node, request)
    collection.shard(shard_id).check_still()
    name = f"{collection.name}-shard-{shard_id}-{files.now_in_names()}.snapshot"
    return Answer(
        content_type="application/octet-stream",
        stream=lambda sink: archive.stream_shard(collection.replicas(shard_id), sink),
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@router.add("PUT /collections/*/shards/*/snapshots/recover", changes=True)
def shard_recover(node: Node, request: Request) -> Any:
    body = request.json()
    location = _location(body)
    priority = _priority(body)
    checksum = _checked_checksum(body.get("checksum"), "JSON body")
    collection, shard_id = _shard(node, request)

    def work() -> bool:
        folder = archive.shard_snapshots_folder(node, collection, shard_id)
        found: sources.Archive
        if not re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:", location):
            found = sources.FileArchive(files.existing_of_shard(folder, location))
        elif location.startswith("file:"):
            raise bad_input(f"Invalid snapshot URL {location}: URLs with file scheme are not supported")
        else:
            found = sources.from_location(location, node.snapshots, node.settings.url_recovery)
        recover_shard(node, collection, shard_id, found, checksum, priority)
        return True

    return waited(node, request.wait, work)


@router.add("POST /collections/*/shards/*/snapshots/upload", changes=True)
def shard_upload(node: Node, request: Request) -> Any:
    priority, checksum = _upload_options(request)
    upload = uploads.receive(request, node.uploads)

    def work() -> None:
        try:
            _checked_upload(upload.path, checksum)
            collection, shard_id = _shard(node, request)
            recover_shard(node, collection, shard_id, sources.FileArchive(upload.path), None, priority)
        finally:
            os.remove(upload.path)

    return waited(node, request.wait, work)


@router.add("GET /collections/*/shards/*/snapshot/partial/manifest", changes=True)
def partial_manifest(node: Node, request: Request) -> Any:
    collection, shard_id = _shard(node, request)
    shard = collection.shard(shard_id)
    if shard.broken:
        return {}
    with shard.reading("manifest") as engine:
        return engine.snapshot_manifest()
