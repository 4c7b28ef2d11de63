# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The note of a restore that has begun and is not known to have succeeded."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Sequence

from .command import option, with_names

UNREADABLE = "(unreadable)"  # the collection of an intent that cannot be read: it may be any
# Steps: the node was asked to recover; the restore did not touch a collection that it may not have created; the
# collection was recovered completely but the proof failed; it is restored and proven, but the run has not ended: its
# proof may not be in the repository, and aliases may be missing. (ALIASES: the same, in notes of earlier versions.)
RECOVER, LEFT_ALONE, UNPROVEN, PROVEN, ALIASES = "recover", "left alone", "not proven", "proven", "aliases"
USUAL_URL = "http://127.0.0.1:6333"  # the program's default
_BEGUN, _NOTE = "A restore of collection", "The note of a restore"
_URL_VARIABLE = "QDRANT_BACKUP_SNAPSHOT_URL=URL"  # a URL may be a secret: it is neither recorded nor typed


@dataclasses.dataclass(frozen=True)
class Intent:
    """A destructive restore that has begun and is not known to have succeeded. While the note exists, the collection
    may be a mixture of two states, and no query to the server can detect this."""

    url: str  #: the node
    collection: str
    mode: str  #: new, switch, replace or repair
    step: str  #: RECOVER, LEFT_ALONE, UNPROVEN or PROVEN
    started_at: str  #: UTC
    backup_id: str = ""  #: the backup that was restored
    safety_snapshot: str = ""  #: holds the state before a replacement
    source: str = ""
    sha256: str = ""  #: of the archive, "" if unknown
    origin: str = ""  #: the collection's name in the backup, "" if the archive is in no backup
    location: str = ""  #: of a snapshot or a file
    whose: str = ""  #: name of the node whose backup it is, "" if it was not given
    proof: str = ""  #: JSON: the proof, until it is in the repository
    aliases: str = ""  #: names of aliases that the run was to set at its end, separated by commas
    options: str = ""  #: further options of the command
    shards: str = ""  #: of a cluster's restore, those in doubt: "0@node-a, 1@node-b"

    def of(self, sha256: str, backup_id: str) -> bool:
        """Whether that restore used this archive."""
        return self.sha256 == sha256 if self.sha256 and sha256 else self.backup_id == backup_id

    def doubt(self) -> str:
        """What is in doubt, as a sentence for the manifest of a backup: without commands, which are right only while
        the note is there."""
        if self.collection == UNREADABLE:
            return (
                f"{_NOTE} {self.step} cannot be read ({self.mode}): a restore on this host may not have ended, and "
                "contents may be mixed."
            )
        if self.step == LEFT_ALONE:
            return (
                f"{self.what()}: a collection with this name was created since then, by the restore or by another "
                "client."
            )
        if self.step == UNPROVEN:
            return f"{self.what()}: it was recovered completely, but is not what was backed up."
        which = f" Shards in doubt: {self.shards}." if self.shards else ""
        return f"{self.what()}: its contents may be mixed.{which}"

    def warning(self) -> str:
        """The message that status, doctor and backups show."""
        right = f"If you have checked or recreated the data: {self.settle()}"
        if self.collection == UNREADABLE:
            return f"{self.doubt()} {right}"
        if self.step == LEFT_ALONE:
            return f"{self.doubt()} Check it, then restore to another name, or drop it first. {right}"
        if self.step == UNPROVEN:
            return f"{self.doubt()} {self.choices()}"
        kept = f" The safety snapshot {self.safety_snapshot} holds the state before." if self.safety_snapshot else ""
        return f"{self.doubt()}{kept} Restore the whole collection again, from a backup made before that time. {right}"

    def what(self) -> str:
        """The known facts, as the beginning of a sentence."""
        return f"{_BEGUN} {self.collection} ({self.mode}, {self.step}) began at {self.started_at} and did not end"

    def concerns(self, collection: str) -> bool:
        """Whether the contents of this collection may be mixed. A note that cannot be read concerns every
        collection."""
        return self.collection in (collection, UNREADABLE)

    def remedy(self) -> str:
        """The command that ends the intent, or shows more about it."""
        if self.collection == UNREADABLE:
            return "sudo qdrant-backup status"
        if self.step == UNPROVEN:
            return self.back() or self.settle()
        return self.again()

    def choices(self) -> str:
        """What to do with a collection that was recovered completely but is not what was backed up, as sentences."""
        keep = f"To keep the restored data: {self.settle()}"
        return f"{keep}; to go back to the previous state: {self.back()}" if self.safety_snapshot else keep

    def nodes(self) -> dict[str, str]:
        """Names and addresses of the nodes of a cluster's restore, each of which has this note; none if it was of one
        node."""
        words = shlex.split(self.options)
        pairs = [pair.partition("=") for word, pair in zip(words, words[1:]) if word == "--node-url"]
        return {name: url for name, dummy, url in pairs}

    def settle(self) -> str:
        """The command that confirms the current data."""
        return _line(("settle", *self._place()), self.collection, self._url())

    def back(self) -> str:
        """The command that restores the previous state; "" if there is no safety snapshot."""
        if not self.safety_snapshot:
            return ""
        words = (*option("--snapshot", self.safety_snapshot), "--mode", "replace")
        return _line(("restore", *words, *self._place()), self.collection, self._url())

    def again(self) -> str:
        """The command that restores the same archive once more."""
        origin = self.origin or self.collection
        words, variable = list(self._archive()), self.source == "url"
        if self.step == LEFT_ALONE:
            words += ["--name", "ANOTHER_NAME"]
        else:
            # For a new name the same command again: it recognises the partial collection of the first run and drops it.
            words += option("--name", self.collection) if origin != self.collection else ()
        words += ["--mode", self.mode] if self.mode in ("replace", "switch", "repair") else []
        words += shlex.split(self.options)
        whose = option("--node", self.whose) if self.whose and self.source == "repository" else ()
        url = () if "--node-url" in words else self._url()  # of a cluster's restore: all nodes are named
        return (f"{_URL_VARIABLE} " if variable else "") + _line(("restore", *words), origin, (*whose, *url))

    def _archive(self) -> tuple[str, ...]:
        """The options that name the archive: without them, the command would use the newest backup."""
        if self.source == "snapshot" and self.location:
            return option("--snapshot", self.location)
        if self.source == "file" and self.location:
            return option("--src", self.location)
        return ("--backup-id", self.backup_id) if self.backup_id else ()

    def _place(self) -> tuple[str, ...]:
        """Where this note lies, if the command had to be told."""
        words = shlex.split(self.options)
        pairs = zip(words, words[1:])
        return tuple(word for pair in pairs if pair[0] in ("--config", "--state-dir") for word in pair)

    def _url(self) -> tuple[str, ...]:
        return ("--url", self.url) if self.url and self.url != USUAL_URL else ()


def of_a_restore(suspect: str) -> bool:
    """Whether the reason why a collection of a backup is suspect is a restore that had not ended. For manifests of
    earlier versions, which have only the sentence."""
    return suspect.startswith((_BEGUN, _NOTE))


def _line(words: Sequence[str], collection: str, more: Sequence[str]) -> str:
    """A command."""
    return shlex.join(["qdrant-backup", *words, *with_names([collection], more)])
