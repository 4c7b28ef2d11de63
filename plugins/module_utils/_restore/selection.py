# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which collections of a backup are restored, and which are excluded. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from .._base.choose import Selection, chosen, select
from .._base.counted import few
from .._base.errors import UsageError
from .._repository.fields import texts
from .values import RestoreOptions

if TYPE_CHECKING:
    from .._repository.manifest import Manifest

_SHOWN = 10  # names in one message


def names_of(manifest: Manifest) -> list[str]:
    """Every collection that a manifest names: what it holds, what other nodes hold, and what it lacks."""
    lacking = [*(one.name for one in manifest.failed), *manifest.not_selected]
    elsewhere = [*manifest.shards_elsewhere, *texts(manifest.extra.get("elsewhere"))]
    return [*manifest.names, *elsewhere, *lacking, *manifest.gone.get("collections", ())]


def selection(options: RestoreOptions, manifests: Iterable[Manifest], backup_id: str, sure: bool = True) -> Selection:
    """What is restored of a backup. sure: whether all of its manifests are known.

    UsageError if ``exclude`` matches no collection that would be restored without it: it may be misspelt."""
    known = [name for manifest in manifests for name in names_of(manifest)]
    found, unmatched = select(options.collections, options.exclude, known)
    if unmatched and sure:
        held = sorted(set(chosen(options.collections, known)))
        raise UsageError(
            f"exclude: {unmatched[0]} matches no collection that would be restored from backup {backup_id}: "
            f"{few(held, _SHOWN) or 'there is none'}",
            "Name one of these, or leave exclude out.",
        )
    return found


def require_some(found: Selection, held: Sequence[str], backup_id: str) -> None:
    """UsageError if all that would be restored of a backup is excluded. held: names of its collections."""
    if found.excluded and chosen(found.patterns, held) and not found.of(held):
        raise UsageError(
            f"exclude leaves nothing to restore of backup {backup_id}: {few(sorted(found.excluded), _SHOWN)} "
            f"{'is' if len(found.excluded) == 1 else 'are'} excluded",
            "Exclude fewer collections.",
        )
