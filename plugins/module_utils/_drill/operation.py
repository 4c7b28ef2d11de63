# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drills: facts, plan, apply, report. One drill at a time on each node; what a killed one left is removed first."""

from __future__ import annotations

import contextlib
import dataclasses
import socket
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Callable

from .._base.address import node_key
from .._base.choose import chosen
from .._base.clock import now, parse_utc, utc_text
from .._base.errors import EngineError, UsageError
from .._base.host import Host
from .._base.plan import Plan
from .._base.progress import Event, Progress, silent
from .._base.sentences import closed
from .._base.version import VERSION
from .._engine import library, scratch
from .._proof.archive_counts import archive_counts
from .._proof.by_engine import EngineOptions
from .._proof.grades import GradeResult, proof_document
from .._qdrant.throwaway import LOCK, remove_leftovers
from .._repository.drills import add_drill
from .._repository.errors import StoreError
from .._repository.parts import SHARD
from . import by_engine, by_node
from .facts import Picked, pick
from .options import DrillOptions, check_options
from .plan import make_plan
from .target import target_facts
from .values import ENGINE, Drilled, DrilledBackup, DrillReport, Objective
from .verdict import rpo, rto
from .whole import Whole

if TYPE_CHECKING:
    from .._qdrant.client import Node
    from .._repository.catalogue import Catalogue


@dataclasses.dataclass(frozen=True)
class Ended:
    """A drill, or in check mode its plan. key: of the record, "" if there is none; failed: entries for the door."""

    plan: Plan
    report: DrillReport | None = None
    key: str = ""
    failed: tuple[dict[str, Any], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """{"changed", "ok", "plan", "failed", "warnings", "drill_key", "drill": the record or None}."""
        report = self.report
        return {
            "changed": report is not None and bool(self.key),
            "ok": report is None or (report.passed and not self.failed),
            "plan": self.plan.as_dict(),
            "failed": list(self.failed),
            "warnings": list(report.warnings if report is not None else self.plan.warnings),
            "drill_key": self.key or None,
            "drill": report.as_dict() if report is not None else None,
        }


def drill(
    options: DrillOptions,
    engine: EngineOptions,
    open_catalogue: Callable[[], Catalogue],
    node_url: str,
    node: Node | None,
    *,
    check: bool = False,
    progress: Progress = silent,
) -> Ended:
    """Drill one backup or several, judge them, and record the drill and its proofs.

    node_url: names the node for the lock; node: the live target, None for the embedded engine. Raises UsageError,
    MissingLibraryError (no embedded engine), RefusedError (the target has no room, an alias, ...), LockedError (a drill
    runs), StoreError if the repository cannot be read. What fails later is in the report.
    """
    check_options(options)
    began = time.monotonic()
    catalogue = open_catalogue()
    if check:
        picked, where = pick(catalogue, options, began), _where(options, engine, node)
        return Ended(_planned(picked, options, engine, node, where))
    with contextlib.ExitStack() as stack:
        urls = dict.fromkeys([node_url, *([node.url] if node is not None else [])])
        keys = {node_key(url): url for url in urls}
        for key in sorted(keys):  # in one order, so that two drills never wait for each other
            stack.enter_context(Host(options.state_dir, keys[key]).lock("drill", LOCK))
        host = Host(options.state_dir, node.url if node is not None else node_url)
        left = remove_leftovers(host, node) if node is not None else []
        picked, where = pick(catalogue, options, began), _where(options, engine, node)
        planned = _planned(picked, options, engine, node, where)
        run = _Run(options, engine, catalogue, host, node, began, progress)
        backups = tuple(run.backup(one) for one in picked)
        report = DrillReport(
            cluster=catalogue.cluster,
            node=picked[0].entry.node,
            at=utc_text(now()),
            by=f"drill on {socket.gethostname()}",
            tool_version=VERSION,
            target=options.target,
            where=where,
            repository=catalogue.store.url,
            asked=options.backup_id,
            patterns=options.collections,
            backups=backups,
            warnings=(*left, *planned.warnings, *run.warnings),
            cleaned=not run.left,
        )
        key, why = _record(catalogue, report, options, progress)
    failed = [_entry(backup, *reason) for backup in backups for reason in backup.reasons()]
    failed += [{"name": "cleanup", "message": text} for text in run.left]
    failed += [{"name": "record", "message": why}] if why else []
    return Ended(planned, report, key, tuple(failed))


def _where(options: DrillOptions, engine: EngineOptions, node: Node | None) -> str:
    """The target, as the report names it."""
    if options.target == ENGINE:
        scratch.free_bytes(engine.folder)  # EngineError if the folder cannot be used
        return f"{library.LIBRARY} {library.require()}"
    if node is None:
        raise UsageError(f"target {options.target} needs a node", "Set url.")
    return node.url


def _planned(
    picked: Sequence[Picked], options: DrillOptions, engine: EngineOptions, node: Node | None, where: str
) -> Plan:
    target = target_facts(node, options) if node is not None else None
    planned = make_plan(picked, options, engine, target, where)
    planned.refuse_or_go()
    return planned


def _entry(backup: DrilledBackup, name: str, phase: str, why: str) -> dict[str, Any]:
    about = f"{backup.backup_id} of {backup.node}"
    if phase in ("rpo", "rto"):
        message = f"Backup {about}: {why}."
    elif name == "backup":
        message = f"Backup {about} could not be drilled: {why}"
    else:
        message = f"{name} in backup {about} did not pass the drill in phase {phase}: {closed(why)}"
    return {"name": name, "backup_id": backup.backup_id, "phase": phase, "message": message}


def _record(catalogue: Catalogue, report: DrillReport, options: DrillOptions, progress: Progress) -> tuple[str, str]:
    """(the key, why it was not recorded)."""
    if not options.record:
        return "", ""
    progress(Event("record drill", report.node))
    try:
        return add_drill(catalogue, report.node, report.as_dict(), passed=report.passed), ""
    except StoreError as error:
        return "", f"The drill was not recorded: {error.sentence()}"


class _Run:
    """One drill at work. left: throw-away collections that could not be deleted, as sentences."""

    def __init__(
        self,
        options: DrillOptions,
        engine: EngineOptions,
        catalogue: Catalogue,
        host: Host,
        node: Node | None,
        began: float,
        progress: Progress,
    ) -> None:
        self._options, self._engine, self._catalogue = options, engine, catalogue
        self._host, self._node, self._began, self._progress = host, node, began, progress
        self.warnings: list[str] = []
        self.left: list[str] = []

    def backup(self, one: Picked) -> DrilledBackup:
        """Drill one backup."""
        nothing = Objective()
        base = DrilledBackup(one.entry.backup_id, one.entry.node, nothing, nothing, find=one.find)
        manifest = one.manifest
        if manifest is None:
            return dataclasses.replace(
                base,
                failure=one.failure,
                rpo=Objective(self._options.rpo, None, "the manifest cannot be read"),
                rto=rto(self._options.rto, self._options.target, 0.0, (), 0),
            )
        drilled, results = self._collections(one)
        proof_key = self._proof(one, results)
        whole = sum(item.archive.bytes for item in manifest.collections)
        find = one.find.seconds
        absent = [pair for pair in one.absent if chosen(self._options.collections, [pair[0]])]
        moment = parse_utc(manifest.started_at)
        return dataclasses.replace(
            base,
            started_at=manifest.started_at,
            finished_at=manifest.finished_at,
            qdrant_version=manifest.node.qdrant_version or "",
            bytes=whole,
            seconds=find + sum(collection.seconds for collection in drilled),
            rpo=rpo(self._options.rpo, moment, one.following, now()),
            rto=rto(self._options.rto, self._options.target, find, drilled, whole),
            collections=tuple(drilled),
            left_out=len(manifest.collections) - len(drilled),
            absent=tuple(absent),
            failure="" if drilled or absent else "it holds none of the chosen collections",
            proof_key=proof_key,
        )

    def _collections(self, one: Picked) -> tuple[list[Drilled], list[tuple[Drilled, GradeResult]]]:
        manifest = one.manifest
        drilled: list[Drilled] = []
        results: list[tuple[Drilled, GradeResult]] = []
        if manifest is None:
            return drilled, results
        try:
            counts = archive_counts(self._catalogue, one.entry.node, one.entry.backup_id)
        except StoreError as error:
            counts = {}
            self.warnings.append(f"Earlier proofs could not be read: {error.sentence()}")
        for item in one.items:
            self._progress(Event("drill", f"{item.part} of {one.entry.backup_id}"))
            if self._node is None:
                found, result = by_engine.drill_collection(
                    self._catalogue.store,
                    item,
                    manifest,
                    counts.get(item.part),
                    self._engine,
                    self._began,
                    self._progress,
                )
            else:
                scene = by_node.Scene(
                    self._node,
                    self._catalogue.store,
                    self._host,
                    self._options.of_target,
                    one.entry.backup_id,
                    one.entry.node,
                    self._began,
                    self._progress,
                    whole=one.whole is not None,
                )
                found, result, left = by_node.drill_collection(scene, item)
                self.left += [left] if left else []
            drilled.append(found)
            self.warnings += [f"{item.part} in backup {one.entry.backup_id}: {text}" for text in found.warnings]
            results += [(found, result)] if result is not None and result.read else []
        return drilled, results

    def _proof(self, one: Picked, results: Sequence[tuple[Drilled, GradeResult]]) -> str:
        """Record the proof beside the backup; a failure is a warning. Unread archives are neither good nor bad."""
        manifest = one.manifest
        if not self._options.record or not results or manifest is None:
            return ""
        if one.whole is not None:
            return self._proofs_of_whole(one.entry.backup_id, one.whole, results)
        shards = {item.part for item in manifest.collections if item.kind == SHARD}
        counts = {
            found.name: found.points
            for found, result in results
            if result.ok and found.points is not None and found.expected is None
            # Of a part of a collection, only the count of one shard tells something later.
            if not found.missing_shards or found.name in shards
        }
        parts = [item.part for item in manifest.collections]
        proven = [result for dummy, result in results]
        return self._add_proof(one.entry.node, one.entry.backup_id, proven, parts, counts)

    def _proofs_of_whole(self, backup_id: str, whole: Whole, results: Sequence[tuple[Drilled, GradeResult]]) -> str:
        """One beside the part of each node: its archives were part of what was proven. Which of them is wrong after a
        failure is not known. Returns the first key."""
        by_node: dict[str, list[GradeResult]] = {}
        for found, result in results:
            for node, part in whole.archives[found.name] if result.ok else ():
                by_node.setdefault(node, []).append(dataclasses.replace(result, name=part))
        keys = [self._add_proof(node, backup_id, own, whole.parts[node], {}) for node, own in by_node.items()]
        return next(filter(None, keys), "")

    def _add_proof(
        self,
        node: str,
        backup_id: str,
        proven: Sequence[GradeResult],
        parts: Sequence[str],
        counts: Mapping[str, int | None],
    ) -> str:
        """parts: all that the node stored."""
        document = proof_document(
            self._catalogue.cluster,
            node,
            backup_id,
            proven,
            at=now(),
            by=f"drill on {socket.gethostname()}",
            tool_version=VERSION,
            facts={"counts": dict(counts)} if counts else None,
        )
        unread = sorted(set(parts) - {result.name for result in proven})
        if unread:
            document["grade"], document["unread"] = 0, unread  # the backup as a whole is not proven
        self._progress(Event("record proof", backup_id))
        try:
            return self._catalogue.add_proof(node, backup_id, document)
        except EngineError as error:
            self.warnings.append(f"The proof of backup {backup_id} was not recorded: {error.sentence()}")
            return ""
