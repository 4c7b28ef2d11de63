# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an archive comes from: a file of the snapshots folder, a URL, an upload."""

from __future__ import annotations

import hashlib
import http.client
import os
import urllib.parse
from typing import Protocol

from .dialect import VERSION
from .errors import ApiError, bad_input, bad_request, forbidden, service_error
from .snapshot_files import sha256_of
from .tar_read import Source, TarError, unpack

_SILENCE = 60.0


class Archive(Protocol):
    def unpack_into(self, folder: str, checksum: str | None) -> None:
        """Unpacks into `folder`; raises ApiError, TarError or OSError."""


def mismatch(wanted: str, got: str) -> ApiError:
    return bad_input(f"Snapshot checksum mismatch: expected {wanted}, got {got}")


class FileArchive:
    """A file on this node; its checksum is known before anything is unpacked."""

    def __init__(self, path: str) -> None:
        self._path = path

    def unpack_into(self, folder: str, checksum: str | None) -> None:
        if checksum is not None:
            got = sha256_of(self._path)
            if got != checksum.lower():
                raise mismatch(checksum, got)
        with open(self._path, "rb") as file:
            unpack(file, folder)


class _Hashed:
    def __init__(self, source: Source) -> None:
        self._source = source
        self.sha256 = hashlib.sha256()

    def read(self, size: int, /) -> bytes:
        part = self._source.read(size)
        self.sha256.update(part)
        return part


class UrlArchive:
    """A URL, fetched once and unpacked while it arrives. No retry; the store's own words are lost."""

    def __init__(self, url: str) -> None:
        self._url = url

    def _get(self) -> http.client.HTTPResponse:
        url = self._url
        for dummy in range(10):
            parts = urllib.parse.urlsplit(url)
            kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            try:
                connection = kind(parts.hostname or "", parts.port)
                connection.connect()
                socket = connection.sock
                connection.request("GET", path, headers={"Accept": "*/*", "User-Agent": f"Qdrant/{VERSION}"})
                answer = connection.getresponse()  # waits as long as the store says nothing
            except (OSError, http.client.HTTPException):
                raise service_error(f"Http request error: error sending request for url ({self._url})") from None
            socket.settimeout(_SILENCE)
            if answer.status in (301, 302, 303, 307, 308) and answer.headers.get("Location"):
                url = urllib.parse.urljoin(url, answer.headers["Location"])
                continue
            if 200 <= answer.status < 300:
                return answer
            said = f"{answer.status} {http.client.responses.get(answer.status, '')}"
            raise bad_input(f"Failed to download tar from {self._url}: status - {said}")
        raise service_error(f"Http request error: error following redirect for url ({self._url})")

    def unpack_into(self, folder: str, checksum: str | None) -> None:
        source = _Hashed(self._get())
        try:
            unpack(source, folder)
            while source.read(1 << 20):
                pass
        except (TarError, OSError, http.client.HTTPException) as error:
            raise service_error(f"Failed to unpack tar archive: {error}") from error
        got = source.sha256.hexdigest()
        if checksum is not None and got != checksum.lower():
            raise mismatch(checksum, got)


def _inside(path: str, folder: str) -> FileArchive:
    if not os.path.exists(path):
        raise bad_request(f'Snapshot file "{path}" does not exist')
    if not os.path.realpath(path).startswith(os.path.realpath(folder) + os.sep):
        raise forbidden(f'Snapshot file path must be inside the snapshots directory "{os.path.realpath(folder)}"')
    return FileArchive(os.path.realpath(path))


def from_location(location: str, folder: str, url_recovery: bool) -> Archive:
    """The archive at a URL; a file must lie in `folder`."""
    parts = urllib.parse.urlsplit(location)
    if parts.scheme in ("http", "https"):
        if not url_recovery:
            raise forbidden("Snapshot recovery from remote URLs is disabled in the configuration")
        return UrlArchive(location)
    if parts.scheme == "file":
        return _inside(urllib.parse.unquote(parts.path), folder)
    raise bad_request(f"URL {location} with scheme {parts.scheme} is not supported")
