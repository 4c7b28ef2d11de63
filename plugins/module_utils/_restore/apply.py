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
import re
import time
from typing import TYPE_CHECKING, Any

from .._archive.inspect import inspect
from .._base.clock import now, utc_text
from .._base.errors import EngineError
from .._base.host import Host, Intent
from .._base.progress import Event, Progress
from .._proof.compared import Compared
from .._qdrant.client import Node
from .._qdrant.errors import QdrantError
from .._qdrant.scope import Scope
from .deliver import WAYS, Handover, remove_dead_copies
from .match import creation_body
from .plan import deliveries, in_place, wanted_aliases
from .prove import prove, record
from .ready import wait_until_ready
from .tried import sentence_of
from .untouched import untouched
from .values import RestoreFacts, RestoreOptions, Source, Target, shard_keys_of

if TYPE_CHECKING:
    from .._repository.store import Store

TRIES = 3  # of one delivery: Qdrant itself makes one GET and never repeats it


# What the node says of a store that was busy or was cut off: the next GET may succeed.
_PASSING = re.compile(r"status - (429|5\d\d)|error sending request|failed to unpack|error decoding response|timed out")


class RestoreError(EngineError):
    """A collection could not be brought back, or could not be proven. ``tried`` in the details lists the deliveries."""


class NameTakenError(RestoreError):
    """A name that was free when the plan was made is not any more. Nothing was done to whoever took it."""


class Restorer:
    """One restore under way: the parties, the facts, and what was done so far."""

    def __init__(
        self, facts: RestoreFacts, options: RestoreOptions, node: Node, store: Store | None, progress: Progress
    ) -> None:
        self.facts, self.options, self.node, self.store, self.progress = facts, options, node, store, progress
        self.host = Host(options.state_dir, node.url)
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
        with self._timed(report, "ready"):
            report["warnings"] += wait_until_ready(self.node, target.name, self.options.ready_seconds, self.progress)
        with self._timed(report, "prove"):
            self._prove(source, target, report)
        self.host.close_intent(target.name)
        report["aliases"] = self._aliases(source, target)
        self._record(source, target, report)
        return report

    def _record(self, source: Source, target: Target, report: dict[str, Any]) -> None:
        """Keep the proof; a repository that we may only read is no reason to call a good restore bad."""
        if source.kind != "repository" or self.store is None or not self.options.record:
            return
        from .._repository.catalogue import Catalogue

        try:
            catalogue = Catalogue(self.store, self.options.cluster)
            report["proof_key"] = record(catalogue, source, report, counted=not target.moving)
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
            if target.count:  # ours, most likely; but whoever lost patience may have filled it anew
                report["safety_snapshot"] = self._safety_snapshot(target, report)
            self.touched = True
            self.node.delete_collection(target.name)
        self.host.open_intent(
            Intent(
                url=self.node.url,
                collection=target.name,
                mode=report["mode"],
                step="recover",
                started_at=utc_text(now()),
                backup_id=source.backup_id,
                safety_snapshot=report.get("safety_snapshot") or "",
                source=source.kind,
            )
        )

    def _verify_archive(self, source: Source) -> None:
        """Re-read an archive of the repository whole. The other kinds were read when their facts were gathered."""
        if source.kind != "repository" or self.store is None:
            return
        with self.store.open(source.location) as stream:
            facts = inspect(stream, progress=self.progress)
        if facts.sha256 != source.sha256 or facts.problems:
            said = "; ".join(facts.problems) or f"its sha256 is {facts.sha256}, the backup says {source.sha256}"
            raise RestoreError(
                "verify",
                f"{source.location} in {self.store.url}",
                said,
                "Nothing was changed. Choose another backup (qdrant-backup list).",
            )

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

    def _last_look(self, target: Target, mode: str) -> None:
        """At the last moment before the node is asked: minutes may lie between the plan and this, and a recover
        overwrites without a word whatever has the name by now, through an alias too."""
        held = self.node.aliases().get(target.name, "")
        taken = mode == "new" and not self._ours and target.name in self.node.collections()
        if held or taken:
            raise NameTakenError(
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
                except NameTakenError:
                    self.host.close_intent(target.name)
                    raise
                except EngineError as error:
                    report["tried"].append({"delivery": way, "said": error.said or str(error)})
                    self._after_failure(source, target, report, error)
                    if _hopeless(error):
                        raise self._failed(target, report, error) from error
                    last = error
                    if not _worth_repeating(error):
                        break
                    time.sleep(min(2.0**attempt, 5.0))
        # What the node said is no advice for all deliveries; what this host or the store said is.
        raise self._failed(target, report, None if isinstance(last, QdrantError) else last)

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
        if report["mode"] == "new" and self._ours and self.node.exists(target.name):
            self.node.delete_collection(target.name)
        self._ours = False

    def _failed(
        self, target: Target, report: dict[str, Any], error: EngineError | None, next: str = "", over: bool = True
    ) -> RestoreError:
        """The error for the report. An intent stays open where contents may be mixed, or a recover may be at work."""
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
            damaged = " The archive may be damaged: verify the backup first." if "unpack" in said.lower() else ""
            next = next or (error.next if error is not None else "") or f"Nothing was left behind; try again.{damaged}"
            if "checksum mismatch" in said.lower():
                next += " Choose another backup (qdrant-backup list)."
            if over:
                self.host.close_intent(target.name)
        return RestoreError(
            "restore", f"collection {target.name} on {self.node.url}", said, next, tried=report["tried"]
        )

    def _prove(self, source: Source, target: Target, report: dict[str, Any]) -> None:
        self.progress(Event("prove", target.name))
        failures = prove(self.node, source, target, report)
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

    def _aliases(self, source: Source, target: Target) -> list[str]:
        """Create the aliases asked for, only where absent or already right: an existing one is never moved."""
        names, current = wanted_aliases(source, self.options), self.node.aliases()
        for alias in names:
            held = current.get(alias)
            if held not in (None, target.name):
                raise RestoreError("create alias", alias, f"it points to {held} by now", "Move it yourself.")
        absent = [alias for alias in names if alias not in current]
        if absent:
            self.node.change_aliases(
                [{"create_alias": {"collection_name": target.name, "alias_name": alias}} for alias in absent]
            )
        return names


class _Timer:
    """Notes how long a step took, also when it failed."""

    def __init__(self, seconds: dict[str, float], step: str) -> None:
        self.seconds, self.step = seconds, step

    def __enter__(self) -> None:
        self.began = time.monotonic()

    def __exit__(self, *dummy: object) -> None:
        self.seconds[self.step] = round(time.monotonic() - self.began, 3)


def _hopeless(error: EngineError) -> bool:
    """No other delivery can help: the archive, the key or the disk is the trouble."""
    said = error.said.lower()
    if "checksum mismatch" in said or "not compatible with existing collection" in said or "sha256" in said:
        return True
    if "manage access is required" in said or "no space left" in said or "can't restore snapshot in local mode" in said:
        return True
    return isinstance(error, QdrantError) and error.kind in ("unauthorized", "unreachable", "tls")


def _worth_repeating(error: EngineError) -> bool:
    """The same delivery may succeed the next time: the store was busy, or the connection was cut."""
    if not isinstance(error, QdrantError):
        return False
    return error.kind == "no_answer" or _PASSING.search(error.said.lower()) is not None
