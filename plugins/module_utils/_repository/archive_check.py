# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which archives of backups are lost: named by a manifest, but not in the store, or of another size.

One listing for the archives of several backups of a node. An archive that it does not show as it was stored is asked
for itself: listings of some stores are late, and a manifest may name an archive under another prefix.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from .._base.command import option
from . import layout
from .ahead import in_order
from .catalogue import BackupEntry
from .errors import StoreError
from .listed import why_lost
from .summary import Held, Summary
from .survey import Survey, Which


class ArchiveCheck:
    """The archives of backups, as the store lists them. refused: the nodes whose archives this identity may not
    list."""

    def __init__(self, survey: Survey) -> None:
        self._survey = survey
        self._sizes: dict[Which, dict[str, int]] = {}
        self.refused: dict[str, StoreError] = {}

    def look(self, entries: Sequence[BackupEntry]) -> None:
        """List the archives of these backups, where this was not done yet: one listing a node, or a few if the backups
        are a small part of all. After the manifests are listed: an archive is stored before its manifest."""
        wanted: dict[str, dict[str, str]] = {}
        for entry in entries:
            if (entry.segment, entry.backup_id) not in self._sizes:
                wanted.setdefault(entry.segment, {})[entry.backup_id] = entry.node
        for segment, ids in wanted.items():
            try:
                found = self._survey.archives(ids, [segment])
            except StoreError as error:
                if error.kind != "forbidden":
                    raise
                self.refused[next(iter(ids.values()))] = error
                continue
            for backup_id, archives in found.items():
                self._sizes[segment, backup_id] = dict(archives)

    def collections(self, entry: BackupEntry) -> set[str]:
        """The segments of the collections that a backup has listed archives of; none if they may not be listed.
        ``look`` was called with the entry."""
        keys = self._sizes.get((entry.segment, entry.backup_id), {})
        return {parsed.collection for parsed in map(layout.parse_archive_key, keys) if parsed}

    def lost(self, entry: BackupEntry, summary: Summary) -> dict[str, str] | None:
        """The keys of lost archives, each with the reason; None if the archives may not be listed. ``look`` was called
        with the entry."""
        sizes = self._sizes.get((entry.segment, entry.backup_id))
        if sizes is None:
            return None
        unlike = [held for held in summary.collections if sizes.get(held.archive) != held.bytes]
        found = zip(unlike, in_order(lambda held: self._size(held, entry, sizes), unlike))
        return {held.archive: why_lost(held.archive, held.bytes, size) for held, size in found if size != held.bytes}

    def _size(self, held: Held, entry: BackupEntry, sizes: dict[str, int]) -> int | None:
        """The size of an archive that the listing shows otherwise, or not; None if there is none."""
        try:
            info = self._survey.store.head(held.archive)
        except StoreError as error:
            if error.kind != "forbidden":
                raise
            # Without the right to list a key, S3 refuses a HEAD of one that does not exist.
            parsed = layout.parse_archive_key(held.archive)
            own = parsed is not None and (parsed.node, parsed.backup_id) == (entry.segment, entry.backup_id)
            return sizes.get(held.archive) if own else held.bytes
        return info.bytes if info is not None else None


def not_checked(refused: dict[str, StoreError]) -> list[str]:
    """What ``ArchiveCheck`` could not check, as sentences."""
    return [
        f"Whether the store still has the archives of node {node} was not checked: could not {error.attempted} "
        f"{error.on}: {(error.said or error.kind).rstrip('. ')}. Allow this user to list them (s3:ListBucket), or read "
        f"them: {shlex.join(['qdrant-backup', 'verify', *option('--node', node)])}"
        for node, error in sorted(refused.items())
    ]
