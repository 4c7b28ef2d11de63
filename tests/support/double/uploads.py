# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Uploads: the file of a multipart form, spooled to disk."""

from __future__ import annotations

import mmap
import os
import re
import tempfile
from dataclasses import dataclass

from .errors import ApiError
from .web import Request


@dataclass
class Upload:
    """An uploaded file at `path`; the caller removes or moves it."""

    path: str
    filename: str | None


def receive(request: Request, folder: str, field: str = "snapshot") -> Upload:
    """Reads the form and keeps its `field`; refuses as the real server does."""
    kind = request.headers.get("Content-Type")
    if kind is None:
        raise ApiError(400, "Could not find Content-Type header", plain=True)
    found = re.search(r'boundary="?([^";,]+)', kind)
    if not kind.lower().startswith("multipart/") or not found:
        raise ApiError(400, "Could not parse Content-Type header", plain=True)
    handle, whole = tempfile.mkstemp(prefix="upload-", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            while part := request.body.read(1 << 20):
                file.write(part)
        upload = _part(whole, b"--" + found.group(1).encode(), field, folder)
    finally:
        os.remove(whole)
    if upload is None:
        raise ApiError(400, f"Required field is missing: {field}", plain=True)
    return upload


def _part(whole: str, boundary: bytes, field: str, folder: str) -> Upload | None:
    if not os.path.getsize(whole):
        return None
    with open(whole, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as form:
        at = form.find(boundary)
        while at >= 0:
            head_end = form.find(b"\r\n\r\n", at)
            end = form.find(b"\r\n" + boundary, head_end)
            if head_end < 0 or end < 0:
                return None
            head = form[at:head_end].decode("utf-8", "replace")
            name = re.search(r'[; ]name="([^"]*)"', head)
            filename = re.search(r'filename="([^"]*)"', head)
            if name and name.group(1) == field:
                handle, path = tempfile.mkstemp(prefix="upload-", dir=folder)
                with os.fdopen(handle, "wb") as out:
                    for start in range(head_end + 4, end, 1 << 20):
                        out.write(form[start : min(start + (1 << 20), end)])
                return Upload(path, filename.group(1) if filename else None)
            at = end + 2
    return None
