# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the servers of a node's backups: from one manifest, or a few if the newest has no history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Callable

from .catalogue import BackupEntry
from .errors import OF_ONE_DOCUMENT, StoreError
from .manifest import EarlierServer
from .servers import LOOK_BACK, HasOrigin, history_of

Read = Callable[[BackupEntry], HasOrigin]


def read_history(read: Read, entries: Sequence[BackupEntry]) -> tuple[EarlierServer, ...]:
    """The servers of the backups of one node (``entries``, newest first). Unreadable manifests are skipped; StoreError
    if the repository cannot be read.

    read: gives the manifest of an entry (``Catalogue.manifest``) or its summary (``Survey.summary``).
    """
    return history_of(_readable(read, entries[:LOOK_BACK]))


def _readable(read: Read, entries: Sequence[BackupEntry]) -> Iterator[HasOrigin]:
    for entry in entries:
        try:
            yield read(entry)
        except StoreError as error:
            if error.kind not in OF_ONE_DOCUMENT:
                raise
