# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of restores, and what an error of any room means for the next try."""

from __future__ import annotations

import errno

from .._base.errors import EngineError
from .._base.sentences import joined
from .._qdrant.effects import NEVER, OTHER_WAY, UNKNOWN
from .._qdrant.errors import QdrantError

CHOOSE = "Choose another backup (qdrant-backup list)"
CHOOSE_OF_ALL = "Choose another backup (qdrant-backup list --all-nodes)"


class RestoreError(EngineError):
    """A collection could not be brought back, or could not be proven."""


class NotAskedError(RestoreError):
    """The last check found a reason not to ask the node: the name or the lock was taken. Nothing was changed."""


class NotReadyError(EngineError):
    """A restored collection whose data is not complete in time. where: the collection and its nodes; missing: what is
    not as it should be."""

    def __init__(self, where: str, missing: str, seconds: float, next: str) -> None:
        self.seconds = round(seconds)
        super().__init__("wait for", where, missing, next)

    def sentence(self) -> str:
        said = " ".join(self.said.split()).rstrip(".")
        text = f"{self.on[:1].upper()}{self.on[1:]} is not ready after {self.seconds} s: {said}."
        return joined(text, self.next)


class NoRoomError(EngineError):
    """This host's disk is full: no other way needs less room here."""


def spool_error(folder: str, error: OSError) -> EngineError:
    """An archive that could not be written to a folder of this host."""
    kind = NoRoomError if error.errno == errno.ENOSPC else EngineError
    return kind(
        "spool the archive in",
        folder,
        f"{folder}: {error.strerror or error}",
        "Make room there, or set spool_dir to a folder that can be written.",
    )


def retry_of(error: EngineError) -> str:
    """Which other try can help: the same, another way, or none."""
    if isinstance(error, QdrantError):
        return error.retry
    return NEVER if is_damage(error) or isinstance(error, NoRoomError) else OTHER_WAY


def effect_of(error: EngineError) -> str:
    """What the node changed, which was asked before this came."""
    return error.effect if isinstance(error, QdrantError) else UNKNOWN


def is_damage(error: EngineError) -> bool:
    """Whether the bytes that arrived, at the node or here, are not those that were backed up."""
    return error.blames_archive if isinstance(error, QdrantError) else bool(error.details.get("damaged"))
