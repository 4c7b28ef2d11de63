# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The repository's side before the first archive: open it, lock the node, see what is committed.

Runs beside the node's work.
"""

from __future__ import annotations

import datetime
import os
import socket
import threading
from collections.abc import Iterable
from typing import Callable, Union

from .._repository import layout
from .._repository.catalogue import BackupEntry, Catalogue
from .._repository.errors import StoreError
from .._repository.keeper import Keeper
from .._repository.lock import Lock
from .._repository.manifest import Manifest
from .._repository.store import Store
from . import shrink
from .options import BackupOptions
from .unused import Stored
from .values import Previous, Prior, RepositoryFacts
from .watch import Watch

StoreSource = Union[Store, Callable[[], Store]]
_LOCK_SECONDS = 900.0  # how long the repository's lock lasts without renewal
LOOK_BACK = 5  # manifests read for a collection that the newest one does not hold


class Repository:
    """An open repository. facts: what it knows of this node; keeper: the lock, None in check mode; committed: the
    manifest that is there already under this backup's id."""

    def __init__(self, options: BackupOptions, store: Store, owned: bool) -> None:
        self.options = options
        self.store = store
        self._owned = owned  # opened by this run, so closed by it
        self.catalogue = Catalogue(store, options.cluster)
        self.manifest_key = layout.manifest_key(options.cluster, options.node, options.backup_id)
        self.keeper: Keeper | None = None
        self.committed: Manifest | None = None
        self.warnings: list[str] = []
        self.stored = Stored()
        self._manifests: list[Manifest] = []
        self._older: list[BackupEntry] = []
        self._ids: list[str] = []
        self._previous: Previous | None = None
        self._one = threading.Lock()  # the plan and the uploads ask from two threads

    def lock(self, mark: str) -> None:
        """Take the node's lock; LockedError where another run has it. mark: of this host, whose own lock is held."""
        holder = f"a backup on {socket.gethostname()}, process {os.getpid()} {mark}".rstrip()
        lock = Lock(self.store, self.options.cluster, self.options.node, holder, _LOCK_SECONDS, dead_mark=mark)
        self.keeper = Keeper(lock, _LOCK_SECONDS)

    def look(self) -> None:
        """What was committed under this id, or what the newest backup of this node holds."""
        self._older = self.catalogue.backups(self.options.node)
        # Told from the listing: S3 answers a HEAD of an absent key with 403 where only some prefixes may be listed.
        same = [entry for entry in self._older if entry.key == self.manifest_key]
        self.committed = self.catalogue.manifest(same[0]) if same else None
        self._ids = [entry.backup_id for entry in self._older]
        if self._older and not self.committed:
            for dummy in range(LOOK_BACK):
                if not self._read_next() or not self._manifests[-1].extra.get("pushed"):
                    break
            if self._manifests:
                self._previous = previous_of(*self._manifests)

    def facts(self, names: Iterable[str]) -> RepositoryFacts:
        """What is known of these collections; reads older manifests only for those that the newest does not hold."""
        with self._one:
            return self._facts([] if self.committed else list(names))

    def _facts(self, wanted: list[str]) -> RepositoryFacts:
        priors: dict[str, Prior] = {}
        for turn in range(LOOK_BACK):
            if turn >= len(self._manifests) and (len(priors) == len(wanted) or not self._read_next()):
                break
            manifest = self._manifests[turn]
            for name in wanted:
                entry = manifest.collection(name)
                if name not in priors and entry is not None and entry.kind == "collection":
                    priors[name] = Prior(manifest.backup_id, entry)
        if self.committed is not None:
            held = tuple(entry.name for entry in self.committed.collections)
            failed = tuple((failed.name, failed.error) for failed in self.committed.failed)
            return RepositoryFacts(True, held, failed)
        return RepositoryFacts(previous=self._previous, priors=priors)

    def prior(self, name: str) -> Prior | None:
        """The newest committed entry of one collection."""
        return self.facts([name]).priors.get(name)

    def drop_leftovers(self) -> None:
        """Abort uploads of killed runs: with the lock held, what is under way below the node's prefix is dead."""
        try:
            prefix = layout.archives_prefix(self.options.cluster, self.options.node)
            dropped = self.store.abort_uploads(prefix, 0)
        except StoreError as error:
            self.warnings.append(f"Uploads left by an earlier run could not be looked for: {error.sentence()}")
            return
        if dropped:
            self.warnings.append(f"{dropped} unfinished uploads of an earlier run were dropped.")

    def orphans(self) -> list[str]:
        """Keys of archives that a killed run left under an id that was never committed. Looks at two days only."""
        found: list[str] = []
        committed = {*self._ids, self.options.backup_id}
        base = layout.archives_prefix(self.options.cluster, self.options.node)
        for day in _days(self.options.backup_id):
            for info in self.store.list(base + day):
                owner = info.key[len(base) :].split("/", 1)[0]
                if owner not in committed:
                    found.append(info.key)
                elif owner == self.options.backup_id:
                    self.stored.note(info.key)
        return found

    def close(self) -> None:
        """Give the lock back."""
        if self.keeper is not None:
            self.keeper.close()
            self.keeper = None
        if self._owned:
            self.store.close()

    def _read_next(self) -> bool:
        """Read one more manifest, newest first; one that cannot be read is skipped with a warning."""
        while self._older:
            entry = self._older.pop(0)
            try:
                self._manifests.append(self.catalogue.manifest(entry))
                return True
            except StoreError as error:
                if error.kind not in ("protocol", "not_found"):
                    raise
                self.warnings.append(f"An earlier manifest was skipped: {error.sentence()}")
        return False


def open_repository(
    options: BackupOptions, source: StoreSource, watch: Watch, mark: str = "", check: bool = False
) -> Repository:
    """Open, lock (not in check mode) and look. StoreError, LockedError; the lock is given back on any error."""
    repository = Repository(options, source(), True) if callable(source) else Repository(options, source, False)
    try:
        if not check:
            watch.tell("lock", options.node)
            repository.lock(mark)
        repository.look()
        if not check and not repository.committed:
            repository.drop_leftovers()
    except BaseException:
        repository.close()
        raise
    return repository


def previous_of(*manifests: Manifest) -> Previous:
    """What the shrink guard needs of the newest backup; of a push, which knows only its archives, together with those
    before it (newest first)."""
    newest = manifests[0]
    suspect = newest.extra.get("suspect")
    gone = suspect.get("gone") if isinstance(suspect, dict) else None
    names: dict[str, None] = {}
    aliases: dict[str, str] = {}
    for manifest in manifests:
        carried = shrink.carried_by(manifest.extra)
        # A name that failed is none that was ever held: it may just have been misspelt. What was held is carried on.
        names.update(dict.fromkeys([*(entry.name for entry in manifest.collections), *carried.collections]))
        aliases = {**carried.aliases, **manifest.aliases, **aliases}
        if not manifest.extra.get("pushed"):
            break
    known = gone if isinstance(gone, dict) else {}
    return Previous(newest.backup_id, tuple(names), aliases, known, newest.node.peer_id)


def _days(backup_id: str) -> list[str]:
    """The day of a backup id and the day before, as the beginnings of ids."""
    day = datetime.datetime.strptime(backup_id[:8], "%Y%m%d").replace(tzinfo=datetime.timezone.utc)
    return [(day - datetime.timedelta(days=back)).strftime("%Y%m%d") for back in (1, 0)]
