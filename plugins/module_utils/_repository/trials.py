# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests what backups need of a store, on scratch keys, and reads the bucket's settings.

The keys are below ``<cluster>/doctor/<node>/`` and always the same, so a writer that may not delete leaves at most
three small objects there. Nothing here judges: ``_doctor`` does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from . import layout
from .errors import StoreError
from .store import Store
from .trial import CONTENT, FORBIDDEN, REFUSED, WORKS, StoreFacts, Trial, attempt, must_refuse, not_good

if TYPE_CHECKING:
    from .s3 import S3Store

SCRATCHES = ("probe", "multipart", "copy")


def try_out(store: Store, cluster: str, node: str, *, forbidden: bool = False) -> StoreFacts:
    """The facts of a store. forbidden: also test requests that a writer must not be able to do, on keys that never
    exist. The traits of a bucket's store are learned: later runs use them."""
    facts: dict[str, Any] = {"url": store.url, "kind": store.kind}
    scratch = layout.doctor_prefix(cluster, node)
    try:
        if store.kind == "s3":
            facts.update(_of_bucket(cast("S3Store", store), cluster, node, scratch, forbidden))
        else:
            facts["trials"] = common(store, scratch)
            if facts["trials"]["write"].outcome == WORKS:
                facts["trials"].update(_conditions(store, scratch))
        scratches = [scratch + name for name in SCRATCHES]
        facts["trials"]["clean_up"] = attempt(lambda: store.delete(scratches))
    except StoreError as error:
        facts.update(unreachable=error.sentence(), unreachable_kind=error.kind)
    return StoreFacts(**facts)


def _of_bucket(store: S3Store, cluster: str, node: str, scratch: str, forbidden: bool) -> dict[str, Any]:
    from . import s3_settings, s3_trials, s3_trials_writes

    session = store.session
    before = session.traits
    facts = s3_trials.about(session, cluster)
    trials = common(store, scratch)
    if trials["write"].outcome == WORKS:
        trials.update(s3_trials_writes.conditions(session, scratch))
        s3_trials_writes.learn(session, trials)  # copies spell etags as this store wants them
        trials.update(s3_trials.transfers(session, scratch))
        trials.update(s3_trials_writes.copies(session, scratch))
        trials.update(s3_trials.reads(store, scratch))
        s3_trials_writes.learn(session, trials)
    facts["trials"] = trials
    facts["settings"] = s3_settings.settings(session, scratch)
    if forbidden:
        facts["forbidden"] = s3_trials.forbidden(session, cluster, node)
    facts["traits"], facts["weakness"] = session.traits, session.weakness()
    facts["unencrypted"] = session.unencrypted()
    facts["origins"], facts["chosen"] = session.origins(before), session.chosen()
    return facts


def common(store: Store, scratch: str) -> dict[str, Trial]:
    """Write, read, list. The first write raises if the store cannot be reached."""
    key = scratch + SCRATCHES[0]
    try:
        store.put(key, CONTENT)
    except StoreError as error:
        found = not_good(error)
        if found.outcome not in (FORBIDDEN, REFUSED):
            raise
        return {"write": found}
    return {
        "write": Trial(WORKS),
        "read": attempt(lambda: store.get(key).data == CONTENT),
        "list": attempt(lambda: key in [info.key for info in store.list(scratch)]),
    }


def _conditions(store: Store, scratch: str) -> dict[str, Trial]:
    """Those of a folder: the same two promises."""
    key = scratch + SCRATCHES[0]
    return {
        "if_absent": must_refuse(lambda: store.put(key, CONTENT, if_absent=True), "exists"),
        "if_match_wrong": must_refuse(lambda: store.put(key, CONTENT, if_match="0" * 32), "changed"),
    }
