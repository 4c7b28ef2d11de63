# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries a restore plan out, one collection after another, and stops at the first that fails.

The rule that everything here serves: a recover whose answer was not 200 is never judged by looking. The collection may
be a silent mixture of old and restored shards. It is waited out, and then recovered again whole, or (where it was ours)
removed.
"""

from __future__ import annotations

import functools
import time
from typing import TYPE_CHECKING, Any, Callable

from .._base.clock import now, utc_text
from .._base.errors import EngineError, LockedError
from .._base.host import Host
from .._base.intent import LEFT_ALONE, RECOVER, Intent
from .._base.progress import Event, Progress
from .._proof.compared import Compared
from .._qdrant.client import Node
from .._qdrant.errors import QdrantError
from .._qdrant.scope import Scope
from .choose import deliveries, in_place
from .damage import damage, is_suspected, record_damage
from .deliver import WAYS, Handover, remove_dead_copies
from .errors import NotAskedError, RestoreError, hopeless, worth_repeating
from .look import look_at
from .match import creation_body, missing_indexes, update_body
from .naming import create_aliases, mark_part
from .prove import prove, record
from .ready import Agreement, wait_until_ready
from .tried import sentence_of
from .untouched import untouched
from .values import RestoreFacts, RestoreOptions, Source, Target, shard_keys_of

if TYPE_CHECKING:
    from .._repository.catalogue import Catalogue
    from .._repository.store import Store

TRIES = 3  # of one delivery: Qdrant itself makes one GET and never repeats it


class Restorer:
    """One restore under way: the parties, the facts, and what was done so far."""

    def __init__(
        self,
        facts: RestoreFacts,
        options: RestoreOptions,
        node: Node,
        store: Store | None,
        progress: Progress,
        confirm: Callable[[], None] = lambda: None,
    ) -> None:
        """confirm: raises LockedError where the repository's lock is not ours any more."""
        self.facts, self.options, self.node, self.store, self.progress = facts, options, node, store, progress
        self.host, self._confirm = Host(options.state_dir, node.url), confirm
        self._ours = False  # whether what has the target's name now, if anything, came from this restore
        self.touched = False  # whether anything on the node was changed
        self._asked = False  # whether this try asked the node to recover: before that nothing can be mixed
        self._doubt = False  # whether any try got an answer that does not say that the collection is as it was

    def restore(self, source: Source, target: Target) -> dict[str, Any]:
        """Bring one collection back and prove it. Returns its report; raises when it is not back and proven."""
        report: dict[str, Any] = {
            "collection": source.collection,
            "name": target.name,
            "backup_id": source.backup_id,
            "mode": "replace" if in_place(source, target, self.options) else "new",
            "bytes": source.bytes,
            "sha256": source.sha256,
            "tried": [],
            "warnings": [],
            "seconds": {},
        }
        with self._timed(report, "prepare"):
            self._prepare(source, target, report)
        with self._timed(report, "recover"):
            self._recover(source, target, report)
        if report["mode"] == "replace":
            self._complete_indexes(source, target, report)
        with self._timed(report, "ready"):
            report["warnings"] += wait_until_ready(self.node, target.name, self.options.ready_seconds, self.progress)
        with self._timed(report, "prove"):
            self._prove(source, target, report)
        self.host.close_intent(target.name)
        mark_part(self.node, source, target, report)
        report["aliases"] = create_aliases(self.node, source, target, self.options, report)
        self._record(source, target, report)
        return report

    def _record(self, source: Source, target: Target, report: dict[str, Any]) -> None:
        """Keep the proof; a repository that we may only read is no reason to call a good restore bad."""
        if source.kind != "repository" or self.store is None or not self.options.record:
            return
        try:
            report["proof_key"] = record(self._catalogue(self.store), source, report, counted=not target.moving)
        except EngineError as error:
            report["warnings"].append(f"The proof was not recorded: {error.said or error}.")

    def _timed(self, report: dict[str, Any], step: str) -> _Timer:
        return _Timer(report["seconds"], step)

    def _prepare(self, source: Source, target: Target, report: dict[str, Any]) -> None:
        """Before anything is destroyed: the archive's bytes, a way back, and a note that survives a power cut."""
        if report["mode"] == "replace":
            self._verify_archive(source)
            report["safety_snapshot"] = self._safety_snapshot(target, report)
        elif target.leftover(source):
            self._remove_leftover(target, report)
        self.host.open_intent(self._intent(source, target, report))

    def _intent(self, source: Source, target: Target, report: dict[str, Any], step: str = RECOVER) -> Intent:
        return Intent(
            url=self.node.url,
            collection=target.name,
            mode=report["mode"],
            step=step,
            started_at=utc_text(now()),
            backup_id=source.backup_id,
            safety_snapshot=report.get("safety_snapshot") or "",
            source=source.kind,
            sha256=source.sha256,
            origin=source.collection,
        )

    def _remove_leftover(self, target: Target, report: dict[str, Any]) -> None:
        """Delete what a restore of ours left, kept as a snapshot where it holds points: whoever lost patience may have
        filled it anew."""
        self._sure(target)
        if target.count:
            report["safety_snapshot"] = self._safety_snapshot(target, report)
        self.touched = True
        self.node.delete_collection(target.name)

    def _verify_archive(self, source: Source) -> None:
        """Re-read an archive of the repository whole. The other kinds were read when their facts were gathered."""
        if source.kind != "repository" or self.store is None:
            return
        wrong = damage(self.store, source, self.progress)
        if wrong:
            noted = self._note_damage(source, wrong)
            raise RestoreError(
                "verify",
                f"{source.location} in {self.store.url}",
                wrong,
                f"Nothing was changed. {noted} Choose another backup (qdrant-backup list).",
            )

    def _note_damage(self, source: Source, wrong: str) -> str:
        if self.store is None or not self.options.record:
            return ""
        return record_damage(self._catalogue(self.store), source, wrong)

    def _catalogue(self, store: Store) -> Catalogue:
        from .._repository.catalogue import Catalogue

        return Catalogue(store, self.options.cluster)

    def _examined(self, source: Source, report: dict[str, Any]) -> str:
        """A sentence about the archive where a node or we could not make anything of its bytes: the store's or the
        way's fault."""
        said = "; ".join(tried["said"] for tried in report["tried"])
        if source.kind != "repository" or self.store is None or not is_suspected(said):
            return ""
        try:
            wrong = damage(self.store, source, self.progress)
        except EngineError:
            return "Whether the archive in the store is damaged could not be seen."
        if not wrong:
            return "The archive in the store is as it was written: what arrived was damaged on the way."
        noted = self._note_damage(source, wrong)
        return f"The archive in the store is damaged. {noted} Choose another backup (qdrant-backup list)."

    def _safety_snapshot(self, target: Target, report: dict[str, Any]) -> str | None:
        """The snapshot of the state before. After a replacement that did not end this is the one it took: what is there
        now may be mixed, and is kept beside it."""
        before = target.intent.safety_snapshot if target.intent is not None and target.intent.mode == "replace" else ""
        self.progress(Event("safety snapshot", target.name))
        try:
            taken = self.node.create_snapshot(Scope.collection(target.name)).name
            self.touched = True
            if before:
                report["warnings"].append(f"Snapshot {taken} of {target.name} holds what the restore before left.")
            return before or taken
        except QdrantError as error:
            if before or target.count is None or (target.intent is not None and target.intent.mode == "replace"):
                return before or None  # what is there is damaged already: that is why it is being replaced
            raise RestoreError(
                "take a safety snapshot of",
                f"collection {target.name} on {self.node.url}",
                error.said,
                "Nothing was changed. Make room, or restore to another name.",
            ) from error

    def _sure(self, target: Target) -> None:
        """The repository's lock may have been lost meanwhile: then another run works on this node."""
        try:
            self._confirm()
        except LockedError as error:
            raise NotAskedError(
                "restore",
                f"collection {target.name} on {self.node.url}",
                f"the repository's lock was lost: {error.said}",
                "It was not touched. Wait for that run to end, then restore again.",
            ) from error

    def _last_look(self, target: Target, mode: str) -> None:
        """At the last moment before the node is asked: minutes may lie between the plan and this, and a recover
        overwrites without a word whatever has the name by now, through an alias too."""
        self._sure(target)
        held = self.node.aliases().get(target.name, "")
        taken = mode == "new" and not self._ours and target.name in self.node.collections()
        if held or taken:
            raise NotAskedError(
                "restore",
                f"collection {target.name} on {self.node.url}",
                f"it is an alias of {held} by now" if held else "a collection of this name was made meanwhile",
                "It was not touched. Restore to another name (name:).",
            )
        self._ours = self._ours or mode == "new"
        self._asked = self.touched = True

    def _create_with_keys(self, source: Source, target: Target) -> None:
        """A recover alone would make no shards for a custom-sharded collection, answer true, and restore no point."""
        self._last_look(target, "new")
        self.touched = True
        self.node.create_collection(target.name, creation_body(source.config or {}))
        more = update_body(source.config or {})
        if more:
            self.node.update_collection(target.name, more)
        for key, ids in source.shard_keys:
            self.node.create_shard_key(target.name, key, shards_number=len(ids))
        made = shard_keys_of(self.node.shards(target.name))
        if made != source.shard_keys:
            raise RestoreError(
                "create the shard keys of",
                f"collection {target.name} on {self.node.url}",
                f"the node gave them the shards {made}, the archive has {source.shard_keys}",
                "Create the collection and its keys so that the ids are these, and restore with mode: replace.",
            )
        self._create_indexes(target, missing_indexes(source.payload_schema, {}))

    def _create_indexes(self, target: Target, indexes: dict[str, Any]) -> None:
        for field, index in indexes.items():
            self.progress(Event("create index", f"{target.name}: {field}"))
            self.node.create_index(target.name, field, index)

    def _complete_indexes(self, source: Source, target: Target, report: dict[str, Any]) -> None:
        """After a replacement: let the collection know of the archive's indexes, which a recover does only for one that
        it makes itself. Until then they are in the segments that came back, and shown, but in no new one. Where nobody
        knows which it had, all are made: one that is there stays as it is."""
        missing = missing_indexes(source.payload_schema, target.payload_schema)
        try:
            self._create_indexes(target, missing)
        except QdrantError as error:
            report["warnings"].append(f"An index that {target.name} lacks could not be made: {error.sentence()}")

    def _recover(self, source: Source, target: Target, report: dict[str, Any]) -> None:
        look = functools.partial(self._last_look, target, report["mode"])
        work = Handover(source, target.name, self.node, self.store, self.options, self.progress, look)
        self._ours = self._asked = self._doubt = False
        last: EngineError | None = None
        for way in deliveries(source, target, self.facts, self.options):
            for attempt in range(TRIES):
                self._asked = False
                try:
                    if source.custom_sharding and report["mode"] == "new":
                        self._create_with_keys(source, target)
                    WAYS[way](work)
                    report["delivery"] = way
                    remove_dead_copies(work)
                    return
                except NotAskedError:
                    if report["mode"] == "new" or not self._doubt:
                        self.host.close_intent(target.name)
                    raise
                except EngineError as error:
                    report["tried"].append({"delivery": way, "said": error.said or str(error)})
                    self._after_failure(source, target, report, error)
                    if hopeless(error):
                        raise self._failed(target, report, error, archive=self._examined(source, report)) from error
                    last = error
                    if not worth_repeating(error):
                        break
                    time.sleep(min(2.0**attempt, 5.0))
        # What the node said is no advice for all deliveries; what this host or the store said is.
        told = None if isinstance(last, QdrantError) else last
        raise self._failed(target, report, told, archive=self._examined(source, report))

    def _after_failure(self, source: Source, target: Target, report: dict[str, Any], error: EngineError) -> None:
        """Wait the recover out; then remove what it left where the name was free before."""
        self._doubt = self._doubt or (self._asked and not untouched(error))
        answered = not isinstance(error, QdrantError) or error.answered
        try:
            self.node.wait_recovered(target.name, self.options.silence_seconds, settle=0.0 if answered else 2.0)
        except QdrantError as waited:
            report["tried"].append({"delivery": "wait", "said": waited.said})
            hint = "The node may still be recovering: restart it, then restore again."
            raise self._failed(target, report, error, hint, over=False) from waited
        if report["mode"] == "new" and self._ours:
            self._clear(source, target, report, error)
        self._ours = False

    def _clear(self, source: Source, target: Target, report: dict[str, Any], error: EngineError) -> None:
        """Remove what the failed recover left under the name. The node reads an archive before it makes the collection:
        meanwhile somebody else may have made one, and filled it. That one stays, and so does the note, which says that
        nobody knows what is there."""
        there = target.name in self.node.collections()
        intent = self._intent(source, target, report)
        now_there = look_at(target.name, self.node, self.options, self.node.aliases(), there, intent)
        strange = now_there.strange(source) if there else ""
        if now_there.count and not (source.quiet and source.points is not None):
            strange = strange or f"it holds {now_there.count} points, and how many are in the archive is not known"
        if strange:
            self.host.open_intent(self._intent(source, target, report, LEFT_ALONE))
            said = f"collection {target.name} is there by now, and may be somebody else's: {strange}"
            report["tried"].append({"delivery": "clean-up", "said": said})
            hint = "It was left alone. Restore to another name (name:), or look at it and drop it yourself first."
            raise self._failed(target, report, error, hint, over=False)
        if not there:
            return
        try:
            self._remove_leftover(now_there, report)
        except EngineError as kept:
            report["tried"].append({"delivery": "clean-up", "said": f"what it left is still there: {kept.said}"})
            hint = "Mend that, then restore again: what was left is removed first."
            raise self._failed(target, report, error, hint, over=False) from kept

    def _failed(
        self,
        target: Target,
        report: dict[str, Any],
        error: EngineError | None,
        next: str = "",
        over: bool = True,
        archive: str = "",
    ) -> RestoreError:
        """The error for the report. An intent stays open where contents may be mixed, or a recover may be at work.
        archive: what is known of the archive since."""
        said = sentence_of(report["tried"]) or "no delivery is possible"
        if report["mode"] == "replace" and over and not self._doubt:
            self.host.close_intent(target.name)
            next = f"{target.name} is as it was. {next or (error.next if error is not None else '')}".strip()
        elif report["mode"] == "replace":
            kept = report.get("safety_snapshot")
            next = next or (
                f"The contents of {target.name} may be mixed. Restore it again"
                + (f", or bring the state before back from snapshot {kept}." if kept else ".")
            )
        else:
            next = next or (error.next if error is not None else "") or "Nothing was left behind; try again."
            if over:
                self.host.close_intent(target.name)
        next = f"{next} {archive}".strip()
        return RestoreError(
            "restore", f"collection {target.name} on {self.node.url}", said, next, tried=report["tried"]
        )

    def _prove(self, source: Source, target: Target, report: dict[str, Any]) -> None:
        self.progress(Event("prove", target.name))
        restored = {mark.peer for mark in target.marks if mark.backup_id == source.backup_id}
        restored |= {source.peer_id} if source.peer_id is not None else set()
        again = Agreement(self.node, target.name, self.options.ready_seconds, self.progress)
        failures = prove(self.node, source, target, report, restored, again)
        if target.moving:  # accepted by name: what the writers did since is no fault of the archive
            told = f" ({'; '.join(failures)})" if failures else ""
            report["warnings"].append(
                f"{target.name} is being written to: of what came back "
                f"{'nothing is' if source.unchecked else 'only the bytes of the archive are'} proven{told}."
            )
            report["compared"] = Compared(hash=not source.unchecked).as_dict()
            report["grade"], report["proven"], failures = int(not source.unchecked), False, []
        if failures:
            if report["mode"] == "new":
                self.host.close_intent(target.name)  # it was recovered whole: wrong, perhaps, but no mixture
            raise RestoreError(
                "prove",
                f"collection {target.name} on {self.node.url}",
                "; ".join(failures),
                "It was restored but is not what was backed up: do not use it before you know why.",
                tried=report["tried"],
                proof=report.get("proof"),
            )


class _Timer:
    """Notes how long a step took, also when it failed."""

    def __init__(self, seconds: dict[str, float], step: str) -> None:
        self.seconds, self.step = seconds, step

    def __enter__(self) -> None:
        self.began = time.monotonic()

    def __exit__(self, *dummy: object) -> None:
        self.seconds[self.step] = round(time.monotonic() - self.began, 3)
