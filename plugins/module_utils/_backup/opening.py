# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens the repository: locks the node and reads its committed backups.

Runs in parallel with the node's work.
"""

from __future__ import annotations

import contextlib
import datetime
import threading
from collections.abc import Iterable, Iterator
from typing import Callable, Union

from .._base.clock import now, parse_utc
from .._repository import layout
from .._repository.catalogue import BackupEntry, Catalogue
from .._repository.errors import OF_ONE_DOCUMENT, StoreError
from .._repository.keeper import Keeper, NoKeeper, node_lock
from .._repository.listed import listed_below, stored, why_lost
from .._repository.lock import is_held
from .._repository.manifest import ArchiveEntry, CollectionEntry, EarlierServer, Manifest
from .._repository.parts import SHARD, collection_of
from .._repository.proofs import grades_of, verdicts_of
from .._repository.servers import history_of
from .._repository.store import ObjectInfo, Store
from .options import COLLECTION, BackupOptions
from .unused import Stored
from .values import ClusterBackup, Previous, Prior, RepositoryFacts
from .watch import Watch

StoreSource = Union[Store, Callable[[], Store]]
_OTHERS_SECONDS = 86400.0  # younger uploads may be another run's, if locks may fail
LOOK_BACK = 5  # manifests to read for a collection that is not in the newest one
LOOK_BACK_FOR_SHARDS = 12  # the nodes that have a shard store it in turn


class Repository:
    """An open repository. facts: about this node; keeper: the lock, None in check mode; committed: an existing manifest
    with this backup's id."""

    def __init__(self, options: BackupOptions, store: Store, owned: bool) -> None:
        self.options = options
        self.store = store
        self._owned = owned  # opened by this run, so closed by it
        self.catalogue = Catalogue(store, options.cluster)
        self.manifest_key = layout.manifest_key(options.cluster, options.node, options.backup_id)
        self.keeper: Keeper | NoKeeper | None = None
        self._held = contextlib.ExitStack()
        self.committed: Manifest | None = None
        self.filling = False
        self.warnings: list[str] = []
        self.stored = Stored()
        self._manifests: list[Manifest] = []
        self._older: list[BackupEntry] = []
        self._ids: list[str] = []
        self._previous: Previous | None = None
        self._servers: tuple[EarlierServer, ...] = ()
        self._one = threading.Lock()  # many threads ask
        self._by_name: dict[str, dict[str, CollectionEntry]] = {}
        self._priors: dict[str, Prior | None] = {}
        self._archives: dict[str, dict[str, ObjectInfo]] = {}
        self._own: dict[str, ObjectInfo] = {}  # this backup's archives, as listed
        self._verdicts: dict[str, dict[str, bool]] = {}

    def lock(self, mark: str) -> None:
        """Take the node's lock; LockedError if another run holds it. mark: of this host, whose own lock is held."""
        lock = node_lock(self.store, self.options.cluster, self.options.node, "a backup", mark)
        self.keeper = self._held.enter_context(lock)
        self.warnings += self.keeper.warnings

    def look(self) -> None:
        """The committed backup with this id, or the contents of the newest backup of this node."""
        self._older = self.catalogue.backups(self.options.node)
        # From the listing: S3 answers a HEAD of a missing key with 403 if only some prefixes may be listed.
        same = [entry for entry in self._older if entry.key == self.manifest_key]
        self.committed = self.catalogue.manifest(same[0]) if same else None
        self._ids = [entry.backup_id for entry in self._older]
        if self._older and not self.committed:
            for dummy in range(LOOK_BACK):
                if not self._read_next() or not self._manifests[-1].extra.get("pushed"):
                    break
            if self._manifests:
                self._previous = previous_of(*self._manifests)
        self._servers = history_of([self.committed] if self.committed else self._newest_first())

    def _newest_first(self) -> Iterator[Manifest]:
        """The manifests that were read, then the next ones on demand."""
        for turn in range(LOOK_BACK):
            if turn >= len(self._manifests) and not self._read_next():
                return
            yield self._manifests[turn]

    def facts(self, parts: Iterable[str]) -> RepositoryFacts:
        """The known entries of these archives (``part_name``); reads older manifests only for those that are not in the
        newest."""
        with self._one:
            return self._facts([] if self.committed else list(parts))

    def _facts(self, wanted: list[str]) -> RepositoryFacts:
        priors: dict[str, Prior] = {}
        shards = any(collection_of(part) != part for part in wanted)
        for turn in range(LOOK_BACK_FOR_SHARDS if shards else LOOK_BACK):
            if turn >= len(self._manifests) and (len(priors) == len(wanted) or not self._read_next()):
                break
            manifest = self._manifests[turn]
            entries = self._entries(manifest)
            for name in wanted:
                entry = entries.get(name)
                if name not in priors and entry is not None and entry.kind in ("collection", SHARD):
                    priors[name] = Prior(manifest.backup_id, entry)
        if self.committed is not None:
            held = (*self.committed.names, *self.committed.shards_elsewhere)
            failed = tuple((failed.name, failed.error) for failed in self.committed.failed)
            return RepositoryFacts(True, held, failed, servers=self._servers, of_cluster=self._of_cluster())
        return RepositoryFacts(previous=self._previous, priors=priors, servers=self._servers)

    def _of_cluster(self) -> ClusterBackup | None:
        """What all nodes have stored under this id, if its shards are stored once each."""
        own = self.committed
        if own is None or own.extra.get("cluster_capture") != SHARD or self.options.cluster_capture == COLLECTION:
            return None
        if self.catalogue.of_cluster() is None:
            self._unseen("the other nodes", "they may not be listed")
            return None
        captured: dict[str, set[int]] = {}
        peers: set[int] = set()
        there = self.catalogue.nodes_of(own.backup_id)
        for entry_of, manifest in self.catalogue.manifests(there):
            if isinstance(manifest, StoreError):
                self._unseen(f"node {entry_of.node}", manifest.said or manifest.kind)
                return None
            peers.update([manifest.node.peer_id] if manifest.node.peer_id is not None else [])
            for entry in manifest.collections:
                captured.setdefault(entry.name, set()).update(entry.shards.captured)
        segments = {entry.segment for entry in there}
        absent = [name for name in own.expected_nodes if layout.segment(name) not in segments]
        at_work = tuple(name for name in absent if is_held(self.store, self.options.cluster, name))
        age = (now() - parse_utc(own.backup_id)).total_seconds()
        held = {name: frozenset(shards) for name, shards in captured.items()}
        return ClusterBackup(held, frozenset(peers), at_work, age)

    def _unseen(self, whose: str, why: str) -> None:
        self.warnings.append(
            f"Shards that no node has stored were not looked for: the manifest of {whose} cannot be read ({why}). To "
            "see them: qdrant-backup list --completeness, with credentials that may read all nodes' backups."
        )

    def fill(self) -> None:
        """From now on, archives are stored for a later part of the committed manifest."""
        self.filling = True

    def _entries(self, manifest: Manifest) -> dict[str, CollectionEntry]:
        """Of a manifest that was read, by the name of the archive."""
        if manifest.backup_id not in self._by_name:
            self._by_name[manifest.backup_id] = {entry.part: entry for entry in reversed(manifest.collections)}
        return self._by_name[manifest.backup_id]

    def prior(self, name: str) -> Prior | None:
        """The newest committed entry of one archive (``part_name``)."""
        with self._one:
            if name not in self._priors:
                self._priors[name] = self._facts([] if self.committed else [name]).priors.get(name)
            return self._priors[name]

    def newest(self, name: str) -> Prior | None:
        """The newest entry of a collection or of one of its shards in the manifests that were read."""
        with self._one:
            for manifest in self._manifests:
                for entry in manifest.entries(name):
                    return Prior(manifest.backup_id, entry)
        return None

    def stored_before(self, prior: Prior, archive: ArchiveEntry) -> ObjectInfo | None:
        """The stored archive of an earlier backup; one listing covers all archives of a backup."""
        prefix = layout.archives_prefix(self.options.cluster, self.options.node, prior.backup_id)
        listed: dict[str, ObjectInfo] = {}
        if archive.key.startswith(prefix):
            with self._one:
                if prefix not in self._archives:
                    self._archives[prefix] = listed_below(self.store, prefix)
                listed = self._archives[prefix]
        noted = archive.extra.get("etag")
        return stored(self.store, listed, archive, also=lambda info: info.readable and info.etag == noted)

    def verdicts(self, backup_id: str) -> dict[str, bool]:
        """Whether each archive (``part_name``) that was proven in a backup is good: no failure is left."""
        with self._one:
            if backup_id not in self._verdicts:
                grades = grades_of(map(verdicts_of, self.catalogue.proofs(self.options.node, backup_id)))
                self._verdicts[backup_id] = {name: state["failed"] is None for name, state in grades.items()}
            return self._verdicts[backup_id]

    def drop_leftovers(self) -> None:
        """Abort uploads of killed runs: while this run holds the lock, unfinished uploads below the node's prefix are
        dead.

        If the lock may fail, recent ones are kept.
        """
        try:
            prefix = layout.archives_prefix(self.options.cluster, self.options.node)
            firm = self.keeper is None or self.keeper.firm
            dropped = self.store.abort_uploads(prefix, 0 if firm else _OTHERS_SECONDS)
        except StoreError as error:
            self.warnings.append(f"Unfinished uploads of earlier runs could not be listed: {error.sentence()}")
            return
        if dropped:
            self.warnings.append(f"{dropped} unfinished uploads of earlier runs were aborted.")

    def orphans(self) -> list[str]:
        """Keys of archives of killed runs, whose ids were never committed. Checks two days only.

        The listing also shows the archives of this run, see ``lost``.
        """
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
                    self._own[info.key] = info
        return found

    def lost(self, archive: ArchiveEntry) -> str:
        """Why an archive of this backup is not in the store as it was stored, "" if it is. After ``orphans``."""
        info = stored(self.store, self._own, archive)
        why = why_lost(archive.key, archive.bytes, info.bytes if info is not None else None)
        return f"{why}, although the store confirmed it" if info is None else why

    def close(self) -> None:
        """Release the lock."""
        self._held.close()
        self.keeper = None
        if self._owned:
            self.store.close()

    def _read_next(self) -> bool:
        """Read one more manifest, newest first; an unreadable one is skipped with a warning."""
        while self._older:
            entry = self._older.pop(0)
            try:
                self._manifests.append(self.catalogue.manifest(entry))
                return True
            except StoreError as error:
                if error.kind not in OF_ONE_DOCUMENT:
                    raise
                self.warnings.append(f"An earlier manifest was skipped: {error.sentence()}")
        return False


def open_repository(
    options: BackupOptions, source: StoreSource, watch: Watch, mark: str = "", check: bool = False
) -> Repository:
    """Open, lock (not in check mode) and read. StoreError, LockedError; the lock is released on any error."""
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
    """The facts of the newest backup for the shrink guard; a push has only its archives, so earlier backups are added
    (newest first)."""
    newest = manifests[0]
    names: dict[str, None] = {}
    aliases: dict[str, str] = {}
    for manifest in manifests:
        carried = manifest.carried
        # A failed name may be misspelt, so it does not count as backed up. Names that were backed up are kept.
        names.update(dict.fromkeys([*manifest.names, *manifest.shards_elsewhere, *carried.collections]))
        aliases = {**carried.aliases, **manifest.aliases, **aliases}
        if not manifest.extra.get("pushed"):
            break
    return Previous(newest.backup_id, tuple(names), aliases, newest.gone)


def _days(backup_id: str) -> list[str]:
    """The day of a backup id and the day before, as prefixes of ids."""
    day = datetime.datetime.strptime(backup_id[:8], "%Y%m%d").replace(tzinfo=datetime.timezone.utc)
    return [(day - datetime.timedelta(days=back)).strftime("%Y%m%d") for back in (1, 0)]
