# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tries out what backups need of a store, on scratch keys of its own, and looks at the bucket's settings.

Everything lies below ``<cluster>/doctor/<node>/``. The keys are always the same ones, so a writer who may not delete
leaves two small objects there and never more. Nothing here judges: ``_doctor`` does.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Callable

from . import layout
from .errors import StoreError
from .store import Store

if TYPE_CHECKING:
    from .s3 import S3Store

CONTENT = b"written by qdrant-backup doctor\n"
_PROBE = "probe"


@dataclasses.dataclass(frozen=True)
class Trial:
    """What came of one thing that was tried. outcome: good (as it must be), bad (it is not), forbidden, unsupported,
    failed (anything else); said: the store's words where it was not good."""

    outcome: str
    said: str = ""


@dataclasses.dataclass(frozen=True)
class Credentials:
    """What requests are signed with. method: botocore's word for where they come from; role: whether they are of a
    role, and so expire and are renewed by themselves."""

    method: str
    role: bool


@dataclasses.dataclass(frozen=True)
class Settings:
    """Settings of a bucket; None where they may not be seen, or the store has none. versioning: Enabled, Suspended or
    off; rules: of the lifecycle, as S3 words them; lock: GOVERNANCE, COMPLIANCE, on (without a default) or off."""

    versioning: str | None = None
    rules: tuple[dict[str, Any], ...] | None = None
    lock: str | None = None
    unseen: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class StoreFacts:
    """trials: name to outcome. forbidden: likewise for what a writer must not be able to do; good means refused.
    skew: seconds that this host's clock is ahead of the store's. unreachable: the sentence of the first call."""

    url: str
    kind: str
    trials: dict[str, Trial] = dataclasses.field(default_factory=dict)
    forbidden: dict[str, Trial] = dataclasses.field(default_factory=dict)
    credentials: Credentials | None = None
    settings: Settings | None = None
    skew: float | None = None
    base: str = ""
    endpoint: str = ""
    unreachable: str = ""
    unreachable_kind: str = ""


def try_out(store: Store, cluster: str, node: str, *, forbidden: bool = False) -> StoreFacts:
    """The facts of a store. forbidden: also try what a writer must not be able to do, on keys that never exist."""
    facts: dict[str, Any] = {"url": store.url, "kind": store.kind}
    scratch = layout.doctor_prefix(cluster, node)
    bucket: S3Store | None = store if store.kind == "s3" else None  # type: ignore[assignment]
    try:
        if bucket is not None:
            from . import s3_trials

            facts.update(s3_trials.about(bucket, cluster))
        facts["trials"] = _common(store, scratch)
        if bucket is not None:
            facts["trials"].update(s3_trials.transfers(bucket, scratch))
            facts["settings"] = s3_trials.settings(bucket, scratch)
            if forbidden:
                facts["forbidden"] = s3_trials.forbidden(bucket, cluster, node)
        facts["trials"]["clean_up"] = attempt(lambda: store.delete([scratch + _PROBE, scratch + "multipart"]))
    except StoreError as error:
        facts.update(unreachable=error.sentence(), unreachable_kind=error.kind)
    return StoreFacts(**facts)


def attempt(work: Callable[[], Any]) -> Trial:
    """Good where the work does not fail and does not answer False."""
    try:
        return Trial("bad", "the store's answer is not what was asked for") if work() is False else Trial("good")
    except StoreError as error:
        return _not_good(error)


def refused(work: Callable[[], Any], *kinds: str) -> Trial:
    """Good where the store refuses with one of these kinds of error, bad where it does what was asked."""
    try:
        work()
    except StoreError as error:
        return Trial("good") if error.kind in kinds else _not_good(error)
    return Trial("bad", "the store did it")


def _not_good(error: StoreError) -> Trial:
    outcome = error.kind if error.kind in ("forbidden", "unsupported") else "failed"
    return Trial(outcome, error.said or error.sentence())


def _common(store: Store, scratch: str) -> dict[str, Trial]:
    """What both kinds of store must do. The first write raises where the store cannot be reached at all."""
    key = scratch + _PROBE
    out: dict[str, Trial] = {}
    try:
        store.put(key, CONTENT)
        out["write"] = Trial("good")
    except StoreError as error:
        if error.kind not in ("forbidden", "unsupported"):
            raise
        out["write"] = _not_good(error)
        return out
    out["read"] = attempt(lambda: store.get(key).data == CONTENT)
    out["list"] = attempt(lambda: key in [info.key for info in store.list(scratch)])
    out["if_absent"] = refused(lambda: store.put(key, CONTENT, if_absent=True), "exists")
    out["if_match"] = refused(lambda: store.put(key, CONTENT, if_match="0" * 32), "changed")
    return out
