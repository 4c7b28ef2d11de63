# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A bucket's settings to findings. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .._base.counted import counted
from .._repository.thaw import FROZEN_CLASSES
from .._repository.traits import BARE, NONE, StoreTraits
from .._repository.trial import Settings
from .values import ERROR, OK, WARNING, Finding

_AREA = "repository"
_FROZEN = frozenset(FROZEN_CLASSES)  # cannot be read before they are thawed
_SMALL = ("manifests/", "locks/", "proofs/", "pins/", "drills/")


def judge_settings(settings: Settings, base: str, url: str, traits: StoreTraits | None = None) -> list[Finding]:
    """base: the cluster's prefix in the bucket, with a slash at its end; traits: what was seen of the store."""
    bucket = url.partition("://")[2].partition("/")[0]
    found = [
        Finding(OK, _AREA, f"The bucket's {name} cannot be seen with these credentials, or the store has none.")
        for name in settings.unseen
    ]
    if settings.versioning in ("off", "Suspended") and traits is not None and traits.if_match in (BARE, NONE):
        # Of such stores, Ceph before 20 then keeps no conditions at all, and locks do not hold.
        found.append(Finding(OK, _AREA, "Versioning is off. Leave it off: on such stores locks may not hold with it."))
    elif settings.versioning == "Enabled" and traits is not None and not traits.locks:
        what = "Versioning is on, and the store does not keep conditional writes (Ceph before 20: only without it)."
        found.append(Finding(WARNING, _AREA, what, "Use a bucket without versioning, or upgrade the store."))
    elif settings.versioning in ("off", "Suspended"):
        what = f"Versioning is {settings.versioning.lower()}: what is deleted or overwritten is gone."
        fix = f"aws s3api put-bucket-versioning --bucket {bucket} --versioning-configuration Status=Enabled"
        found.append(Finding(WARNING, _AREA, what, fix))
    elif settings.versioning:
        found.append(Finding(OK, _AREA, "Versioning is on."))
    if settings.lock == "off":
        found.append(Finding(OK, _AREA, "Object Lock is off: who may delete, may delete backups."))
    elif settings.lock:
        found.append(Finding(OK, _AREA, f"Object Lock is on ({settings.lock})."))
    if settings.rules is not None:
        found += judge_rules(settings.rules, base, versioned=settings.versioning == "Enabled")
    return found


def judge_rules(rules: Iterable[dict[str, Any]], base: str, *, versioned: bool) -> list[Finding]:
    """Rules of the lifecycle, in S3's words."""
    active = [rule for rule in rules if rule.get("Status") == "Enabled" and not _by_tag(rule)]
    found: list[Finding] = []
    archives = _first_day(rule for rule in active if _touches(rule, base + "archives/"))
    for rule in active:
        found += _of_rule(rule, base, archives)
    if not any(rule.get("AbortIncompleteMultipartUpload") and _touches(rule, base + "archives/") for rule in active):
        what = "No rule of the lifecycle drops unfinished uploads: what dead runs leave is kept and paid for."
        fix = "Add a rule with AbortIncompleteMultipartUpload: DaysAfterInitiation 7."
        found.append(Finding(WARNING, _AREA, what, fix))
    if versioned and not any(
        rule.get("NoncurrentVersionExpiration") and _touches(rule, base + "archives/") for rule in active
    ):
        what = "No rule of the lifecycle deletes old versions: what retention deletes is kept and paid for."
        found.append(Finding(WARNING, _AREA, what, "Add a rule with NoncurrentVersionExpiration: NoncurrentDays 30."))
    return found


def _of_rule(rule: dict[str, Any], base: str, archives: int | None) -> list[Finding]:
    name = f"Rule {rule.get('ID') or '(unnamed)'} of the lifecycle"
    small = [kind.rstrip("/") for kind in _SMALL if _touches(rule, base + kind)]
    only_archives = f"Narrow the rule to the prefix {base}archives/"
    found = []
    days = _days(rule)
    if days is not None and "manifests" in small:
        early = archives is None or days < archives
        what = f"{name} deletes {', '.join(small)} after {counted(days, 'day')}: backups vanish from the catalogue."
        fix = only_archives if early else "If backups are to end then, retention should delete them whole."
        found.append(Finding(ERROR if early else WARNING, _AREA, what, fix))
    elif days is not None and small:
        what = f"{name} deletes {', '.join(small)} after {counted(days, 'day')}."
        found.append(Finding(WARNING, _AREA, what, only_archives))
    elif days is not None and _touches(rule, base + "archives/"):
        what = f"{name} deletes archives after {counted(days, 'day')}; their backups are then told to be lost."
        found.append(Finding(OK, _AREA, what))
    for move in rule.get("Transitions") or ():
        kind = str(move.get("StorageClass"))
        if small:
            severity = ERROR if kind in _FROZEN else WARNING
            what = f"{name} moves {', '.join(small)} to {kind}, which are small and are read by every run."
            found.append(Finding(severity, _AREA, what, only_archives))
        if kind in _FROZEN and _touches(rule, base + "archives/"):
            what = f"{name} moves archives to {kind}: they must be thawed for hours before a restore."
            found.append(Finding(WARNING, _AREA, what, "Choose GLACIER_IR, which can be read at once."))
    return found


def _touches(rule: dict[str, Any], prefix: str) -> bool:
    own = _prefix(rule)
    return prefix.startswith(own) or own.startswith(prefix)


def _prefix(rule: dict[str, Any]) -> str:
    chosen = rule.get("Filter") or {}
    return str(rule.get("Prefix") or chosen.get("Prefix") or (chosen.get("And") or {}).get("Prefix") or "")


def _by_tag(rule: dict[str, Any]) -> bool:
    """Our objects carry no tags."""
    chosen = rule.get("Filter") or {}
    return bool(chosen.get("Tag") or (chosen.get("And") or {}).get("Tags"))


def _days(rule: dict[str, Any]) -> int | None:
    days = (rule.get("Expiration") or {}).get("Days")
    return int(days) if days is not None else None


def _first_day(rules: Iterable[dict[str, Any]]) -> int | None:
    return min((days for days in map(_days, rules) if days is not None), default=None)
