# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The note of a restore that has begun and is not known to have ended well."""

from __future__ import annotations

import dataclasses
import shlex

UNREADABLE = "(unreadable)"  # the collection of an intent that cannot be read: it may be any
# Steps: the node is asked to recover; what has the name since a failure was not known to be ours.
RECOVER, LEFT_ALONE = "recover", "left alone"


@dataclasses.dataclass(frozen=True)
class Intent:
    """A destructive restore that has begun and is not known to have ended well. While it exists, the collection's
    contents may be a mixture of two states, and no look at the server can tell.

    mode: new, switch or replace; step: what was about to be done (RECOVER), or what was done with a collection that was
    not known to be ours (LEFT_ALONE); backup_id and safety_snapshot: where the data can be had from; url: the node;
    sha256: of the archive, "" where it was not known; origin: the collection's name in the backup, "" where it is none.
    """

    url: str
    collection: str
    mode: str
    step: str
    started_at: str
    backup_id: str = ""
    safety_snapshot: str = ""
    source: str = ""
    sha256: str = ""
    origin: str = ""

    def of(self, sha256: str, backup_id: str) -> bool:
        """Whether the restore was of this archive."""
        return self.sha256 == sha256 if self.sha256 and sha256 else self.backup_id == backup_id

    def warning(self) -> str:
        """The sentence that status, doctor and backups show."""
        right = (
            f" Where what is there is known to be right (looked through, or made anew): qdrant-backup settle"
            f" {shlex.quote(self.collection)}."
        )
        if self.collection == UNREADABLE:
            return (
                f"It cannot be told whether a restore on this host is half done: {self.step} cannot be read "
                f"({self.mode}). Contents may be mixed.{right}"
            )
        if self.step == LEFT_ALONE:
            return (
                f"{self.what()}: what has its name now was made meanwhile, and is somebody's or the restore's. Look at "
                f"it, and restore to another name, or drop it yourself first.{right}"
            )
        kept = f" The safety snapshot {self.safety_snapshot} holds the state before." if self.safety_snapshot else ""
        return (
            f"{self.what()}: its contents may be mixed.{kept} Restore it again whole, from a backup made before that "
            f"time.{right}"
        )

    def what(self) -> str:
        """What is known of it, as the beginning of a sentence."""
        return (
            f"A restore of collection {self.collection} ({self.mode}, {self.step}) began at {self.started_at} and did "
            "not end"
        )

    def concerns(self, collection: str) -> bool:
        """Whether the contents of this collection may be mixed. Of what cannot be read nobody knows, so all may be."""
        return self.collection in (collection, UNREADABLE)

    def remedy(self) -> str:
        """The command that mends it, or tells more."""
        if self.collection == UNREADABLE:
            return "sudo qdrant-backup status"
        origin = self.origin or self.collection
        words = ["qdrant-backup", "restore"]
        if self.step == LEFT_ALONE:
            words += ["--name", "ANOTHER_NAME"]
        else:
            words += ["--name", self.collection] if origin != self.collection else []
            # Into a free name the same once more: what the first one left is seen for what it is, and removed.
            words += ["--mode", "replace"] if self.mode == "replace" else []
        return shlex.join([*words, origin])
