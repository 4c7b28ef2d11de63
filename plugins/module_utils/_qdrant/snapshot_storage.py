# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a node keeps its snapshots: files in its snapshots folder, or objects in a bucket of its own. Pure.

Nothing of a node's configuration is in its API. But a node with ``snapshots_storage: s3`` that is asked for a snapshot
that does not exist tells which address it asked (measured on 1.18.3 and 1.19.0).
"""

from __future__ import annotations

import dataclasses
import re
import urllib.parse

_ASKED = re.compile(r"Error performing [A-Z]+ (https?://[^\s?]+)")


@dataclasses.dataclass(frozen=True)
class SnapshotStorage:
    """endpoint, bucket: of the store in which the node keeps its snapshots, "" where it keeps files (or it is not
    known)."""

    endpoint: str = ""
    bucket: str = ""

    @property
    def in_s3(self) -> bool:
        return bool(self.bucket)

    def place(self) -> str:
        """In words."""
        return f"bucket {self.bucket} at {self.endpoint}" if self.in_s3 else "the snapshots folder"


FILES = SnapshotStorage()


def storage_of(said: str) -> SnapshotStorage:
    """The storage, from a node's answer about a snapshot that does not exist."""
    found = _ASKED.search(said)
    if found is None:
        return FILES
    url = urllib.parse.urlsplit(found[1])
    bucket = urllib.parse.unquote(url.path.lstrip("/").split("/", 1)[0])
    return SnapshotStorage(f"{url.scheme}://{url.netloc}", bucket)
