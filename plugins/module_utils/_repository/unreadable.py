# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backup whose manifest cannot be read, for reports and plans that go on without it."""

from __future__ import annotations

import dataclasses

from .catalogue import BackupEntry
from .errors import ManifestError, NewerFormatError, StoreError


@dataclasses.dataclass(frozen=True)
class Unreadable:
    """A backup whose manifest, or a later part of it, cannot be read."""

    entry: BackupEntry
    error: StoreError

    @property
    def newer(self) -> bool:
        """Whether a newer version of this collection wrote it, in a format that this version does not know."""
        return isinstance(self.error, NewerFormatError)

    @property
    def damaged(self) -> bool:
        """Whether the document itself is bad. Otherwise the store does not return it, or it is of a newer version."""
        return isinstance(self.error, ManifestError) and not self.newer

    @property
    def fact(self) -> str:
        """Which document cannot be read, and why, without advice: ``manifest KEY in URL cannot be read: ...``."""
        said = " ".join((self.error.said or self.error.kind).split()).rstrip(". ")
        return f"manifest {self.error.on} cannot be read: {said}"
