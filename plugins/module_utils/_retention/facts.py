# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the repository, and for the backups that would go also the node and the locks of their objects."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterable, Mapping, Sequence

from .._base.clock import now
from .._base.host import Host
from .._qdrant.client import Node
from .._qdrant.errors import QdrantError
from .._qdrant.scope import Scope
from .._repository import layout
from .._repository.ahead import in_order
from .._repository.errors import OF_ONE_DOCUMENT, StoreError
from .._repository.parts import SHARD
from .._repository.proofs import grades_of
from .._repository.store import ObjectInfo
from .._repository.survey import Proofs, Survey
from .._repository.unreadable import Unreadable
from .local import (
    CommittedSnapshot,
    LocalSnapshot,
    committed_snapshot,
    gone,
    is_committed,
    local_snapshot,
    scope_of,
)
from .options import PruneOptions
from .timelines import timelines
from .unreadable import blocking
from .values import Facts, LocalCopy, Part, PrunePlan, Removal, Stored, Which


def gather(
    survey: Survey, options: PruneOptions, nodes: frozenset[str], busy: Mapping[str, str], local_node: str | None
) -> Facts:
    """The facts of the repository. nodes: those that are pruned. StoreError if the repository cannot be read; a
    manifest that cannot be read is a fact."""
    catalogue = survey.catalogue
    parts, unreadable = _parts(survey)
    # A name in a key may be cut; the full one is in the manifest.
    own = {layout.segment(name) for name in nodes}
    nodes |= {part.node for part in parts if part.entry.segment in own}
    found = Facts(now(), nodes, parts, unreadable, busy=busy, local_node=local_node)
    if blocking(found, options):
        return found
    shared = {name for names in timelines(parts) if names & nodes for name in names} | nodes
    segments = {layout.segment(name) for name in shared}
    # After the manifests: an archive is stored before its manifest, so none seems lost.
    stored, proofs = _stored(survey, None if options.all_nodes else segments)
    of_interest = [part for part in parts if part.node in shared]
    kept = {part.which for part in of_interest}
    verdicts = survey.verdicts({which: found for which, found in proofs.items() if which in kept})
    return dataclasses.replace(
        found,
        stored=stored,
        elsewhere=_elsewhere(survey, of_interest, stored),
        grades={which: grades_of(documents) for which, documents in verdicts.items()},
        pins=frozenset(catalogue.pinned()),
        deletion=survey.store.deletion(layout.archives_prefix(catalogue.cluster)),
    )


def _parts(survey: Survey) -> tuple[tuple[Part, ...], tuple[Unreadable, ...]]:
    parts, unreadable = [], []
    for entry, found in survey.summaries(survey.catalogue.backups()):
        if not isinstance(found, StoreError):
            parts.append(Part(entry, found))
        elif found.kind == "not_found":
            continue  # deleted since the listing
        elif found.kind in ("forbidden", *OF_ONE_DOCUMENT):
            unreadable.append(Unreadable(entry, found))
        else:
            raise found
    return tuple(parts), tuple(unreadable)


def _stored(survey: Survey, segments: set[str] | None) -> tuple[dict[Which, Stored], Proofs]:
    """The archives and proofs of these nodes (None: of all), by node and backup id."""
    archives: dict[Which, dict[str, tuple[int, str]]] = {}
    proofs: dict[Which, dict[str, tuple[int, str]]] = {}
    documents: Proofs = {}
    newest: dict[Which, datetime.datetime | None] = {}
    for info in _listed(survey, "archives", segments):
        parsed = layout.parse_archive_key(info.key)
        if parsed:
            _note(archives, newest, (parsed.node, parsed.backup_id), info)
    for info in _listed(survey, "proofs", segments):
        proof = layout.parse_proof_key(info.key)
        if proof:
            which = (proof.node, proof.backup_id)
            _note(proofs, newest, which, info)
            documents.setdefault(which, []).append((proof, info))
    found = {which: Stored(archives.get(which, {}), proofs.get(which, {}), newest[which]) for which in newest}
    return found, documents


def _listed(survey: Survey, kind: str, segments: set[str] | None) -> Iterable[ObjectInfo]:
    base = layout.segment(survey.catalogue.cluster) + f"/{kind}/"
    for prefix in [base] if segments is None else [f"{base}{segment}/" for segment in sorted(segments)]:
        yield from survey.store.list(prefix)


def _note(
    found: dict[Which, dict[str, tuple[int, str]]],
    newest: dict[Which, datetime.datetime | None],
    which: Which,
    info: ObjectInfo,
) -> None:
    found.setdefault(which, {})[info.key] = (info.bytes, info.storage_class)
    known, when = newest.get(which, info.last_modified), info.last_modified
    newest[which] = max(known, when) if known is not None and when is not None else None


def _elsewhere(survey: Survey, parts: Sequence[Part], stored: Mapping[Which, Stored]) -> dict[str, int]:
    """Archives that the listing does not show, or with another size: some stores list late or wrongly, and a manifest
    may name another place."""
    keys = []
    for part in parts:
        listed = stored.get(part.which, Stored()).archives
        keys += [held.archive for held in part.summary.collections if listed.get(held.archive, (-1,))[0] != held.bytes]
    found = zip(keys, in_order(survey.store.head, keys))
    return {key: info.bytes for key, info in found if info is not None}


def of_candidates(facts: Facts, draft: PrunePlan, survey: Survey, node: Node | None, state_dir: str) -> Facts:
    """The facts with the locks of the objects that would go, and the snapshots on the node."""
    locked = _locked(survey, draft.removals) if facts.deletion.locks else {}
    local = _local(facts, draft.removals, survey, node, state_dir) if node is not None else {}
    return dataclasses.replace(facts, locked=locked, local=local)


def _locked(survey: Survey, removals: Iterable[Removal]) -> dict[str, str]:
    keys = [
        (removal.backup_id, key)
        for removal in removals
        for part in removal.parts
        for key in [part.manifest, *part.manifest_parts, *part.archives]
        if key
    ]
    whys = in_order(lambda item: survey.store.lock_of(item[1]), keys)
    return {backup_id: why for (backup_id, dummy), why in zip(keys, whys) if why}


def _local(
    facts: Facts, removals: Iterable[Removal], survey: Survey, node: Node, state_dir: str
) -> dict[str, tuple[LocalCopy, ...]]:
    """By backup id. Snapshots that a backup that stays names, or that an unfinished restore needs, are left out."""
    going = {removal.backup_id for removal in removals if not removal.orphan}
    own = [part for part in facts.parts if part.node == facts.local_node]
    stay = {intent.safety_snapshot for intent in Host(state_dir, node.url).intents()}
    stay |= {
        held.snapshot  # several backups name one, if a collection did not change (reuse_days)
        for part in own
        if part.entry.backup_id not in going
        for held in part.summary.collections
    }
    listed: dict[Scope, list[LocalSnapshot]] = {}
    found: dict[str, list[LocalCopy]] = {}
    there = set(node.collections()) if going else set()
    for part in own:
        if part.entry.backup_id not in going:
            continue
        for entry in survey.catalogue.manifest(part.entry).collections:
            if entry.name not in there or entry.kind not in ("collection", SHARD):
                continue
            scope = scope_of(entry)
            if scope not in listed:
                listed[scope] = _snapshots(node, scope)
            of_backup = _copies(scope, listed[scope], committed_snapshot(entry), stay)
            found.setdefault(part.entry.backup_id, []).extend(of_backup)
    return {backup_id: tuple(copies) for backup_id, copies in found.items() if copies}


def _copies(
    scope: Scope, snapshots: Iterable[LocalSnapshot], committed: CommittedSnapshot, stay: set[str]
) -> list[LocalCopy]:
    """The snapshots of one archive. Those of other backups may have the same bytes (an unchanged collection, seen on
    1.19.0): if the one that the manifest names is there, it is this one."""
    same = [one for one in snapshots if is_committed(one, [committed])]
    named = [one for one in same if one.name == committed.name]
    return [
        LocalCopy(str(scope.name), one.name, one.bytes, scope.shard_id) for one in named or same if one.name not in stay
    ]


def _snapshots(node: Node, scope: Scope) -> list[LocalSnapshot]:
    try:
        found = node.list_snapshots(scope)
    except QdrantError as error:
        if error.kind not in gone(scope):  # deleted since the collections were listed
            raise
        return []
    return [local_snapshot(one) for one in found]
