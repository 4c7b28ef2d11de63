# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The snapshots folder: names, side files, listing, deleting."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import string
import time
from typing import Any

from . import dialect
from .errors import ApiError, not_found, service_error
from .faults import Faults

Json = dict[str, Any]


def now_in_names() -> str:
    return time.strftime("%Y-%m-%d-%H-%M-%S", time.gmtime())


def sha256_of(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def description(path: str) -> Json:
    """How a snapshot is listed; the checksum only where the side file is there."""
    state = os.stat(path)
    shown: Json = {
        "name": os.path.basename(path),
        "creation_time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(state.st_mtime)),
        "size": state.st_size,
    }
    try:
        with open(path + ".checksum") as file:
            shown["checksum"] = file.read()
    except FileNotFoundError:
        pass
    return shown


def listed(folder: str) -> list[Json]:
    """All files that end in .snapshot, whatever they are."""
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return []
    paths = [os.path.join(folder, name) for name in names if name.endswith(".snapshot")]
    return [description(path) for path in paths if os.path.isfile(path)]


def existing(folder: str, name: str, *, reading: bool = False) -> str:
    """The path of a snapshot inside `folder`; names that climb out do not exist. With S3 the refusal shows the key, and
    the whole address where it is to be read."""
    if dialect.bucket() and not os.path.isfile(os.path.join(folder, os.path.basename(name))):
        key = os.path.join(folder, name).lstrip("/")
        if not reading:
            raise not_found(f'Snapshot Path {{ raw: "{key}" }} not found')
        raise not_found(
            f"Snapshot {key} does not exist: Error performing GET {dialect.bucket()}/{key} in 1.582244ms - Server "
            'returned non-2xx status code: 404 Not Found: <?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>'
        )
    root = os.path.realpath(folder)
    if not os.path.isdir(root):
        raise not_found(f"Snapshot directory: {folder} not found")
    path = os.path.realpath(os.path.join(root, name))
    if not path.startswith(root + os.sep) or not os.path.isfile(path):
        raise not_found(f"Snapshot {name} not found")
    return path


def existing_of_shard(folder: str, name: str) -> str:
    """The same for a shard's snapshot, whose refusal shows the whole path."""
    path = os.path.join(folder, name)
    if os.path.basename(path) != name or not os.path.isfile(path):
        raise not_found(f'Snapshot "{path}" not found')
    return path


def delete(path: str) -> None:
    os.remove(path)
    if os.path.exists(path + ".checksum"):
        os.remove(path + ".checksum")


def store(temporary: str, target: str, faults: Faults) -> Json:
    """Moves a finished archive to its place, with its checksum beside it."""
    os.makedirs(os.path.dirname(target), exist_ok=True)
    partial = os.path.splitext(target)[0] + ".tmp"
    partial_sum = target + ".tmp"
    try:
        with open(partial_sum, "w") as file:
            file.write(sha256_of(temporary))
        faults.step("snapshot:checksummed")
        shutil.move(temporary, partial)
        faults.step("snapshot:moved")
        os.replace(partial, target)
        faults.step("snapshot:stored")
        if not dialect.bucket():
            os.replace(partial_sum, target + ".checksum")
    finally:
        for path in (partial, partial_sum):
            if os.path.exists(path):
                os.remove(path)
    return description(target)


def too_long(name: str, folder: str) -> ApiError | None:
    """The refusal for a name whose temporary files the file system does not take."""
    for mark in ("arc", "temp"):
        path = os.path.join(folder, f"{name}-{mark}-")
        if len(os.fsencode(os.path.basename(path))) + 6 > 255:
            letters = "".join(random.choices(string.ascii_letters, k=6))
            return service_error(
                f"failed to create temporary snapshot directory {path}XXXX: "
                f'File name too long (os error 36) at path "{path}{letters}"'
            )
    return None
