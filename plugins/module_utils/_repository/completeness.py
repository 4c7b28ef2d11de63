# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a backup is whole, told from its manifests and the archives that are stored. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

from .manifest import Manifest


@dataclasses.dataclass(frozen=True)
class Completeness:
    """missing_shards: (collection, shard id) that no node captured; lost: archives named and not stored; unused:
    archives stored below the id and named by no manifest, which cost their storage and nothing else."""

    expected: tuple[str, ...]
    present: tuple[str, ...]
    missing_nodes: tuple[str, ...]
    missing_shards: tuple[tuple[str, int], ...]
    lost: tuple[str, ...]
    failed: tuple[str, ...]
    text: str
    unused: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Everything that the cluster had can be brought back from here."""
        return not (self.missing_nodes or self.missing_shards or self.lost or self.failed)

    def as_dict(self) -> dict[str, Any]:
        """JSON-able form for reports."""
        out = dataclasses.asdict(self)
        out["missing_shards"] = [{"collection": name, "shard": shard} for name, shard in self.missing_shards]
        return {
            **{key: list(value) if isinstance(value, tuple) else value for key, value in out.items()},
            "whole": self.whole,
        }


def complete(manifests: Sequence[Manifest], stored: set[tuple[str, int]]) -> Completeness:
    """manifests: of one backup id, one a node; stored: (key, bytes) of the archives that are there."""
    present = sorted({manifest.node.name for manifest in manifests})
    expected = sorted({name for manifest in manifests for name in manifest.expected_nodes} | set(present))
    missing_nodes = [name for name in expected if name not in present]
    missing_shards = sorted(_missing_shards(manifests))
    lost = sorted(
        entry.archive.key
        for manifest in manifests
        for entry in manifest.collections
        if (entry.archive.key, entry.archive.bytes) not in stored
    )
    failed = sorted(f"{entry.name} on {manifest.node.name}" for manifest in manifests for entry in manifest.failed)
    text = _text(len(present), len(expected), missing_nodes, missing_shards, lost, failed)
    named = {entry.archive.key for manifest in manifests for entry in manifest.collections}
    unused = sorted({key for key, dummy in stored} - named)
    if unused:
        text += f"; in no manifest: {', '.join(unused)} (of collections that failed later, or copies not needed)"
    return Completeness(
        expected=tuple(expected),
        present=tuple(present),
        missing_nodes=tuple(missing_nodes),
        missing_shards=tuple(missing_shards),
        lost=tuple(lost),
        failed=tuple(failed),
        text=text,
        unused=tuple(unused),
    )


def _missing_shards(manifests: Iterable[Manifest]) -> set[tuple[str, int]]:
    known: set[tuple[str, int]] = set()
    captured: set[tuple[str, int]] = set()
    for manifest in manifests:
        for entry in manifest.collections:
            known.update((entry.name, int(shard)) for shard in entry.shards.known)
            captured.update((entry.name, shard) for shard in entry.shards.captured)
    return known - captured


def _text(
    present: int, expected: int, nodes: list[str], shards: list[tuple[str, int]], lost: list[str], failed: list[str]
) -> str:
    what = [f"{name} missing" for name in nodes]
    what += [f"shard {shard} of {name} nowhere" for name, shard in shards]
    what += [f"{name} failed" for name in failed]
    text = f"{'incomplete' if what else 'complete'} {present}/{expected}" + (": " + ", ".join(what) if what else "")
    if lost:
        text += f"; lost: {', '.join(lost)} (deleted by hand or by the bucket's lifecycle, or not of the noted size)"
    return text
