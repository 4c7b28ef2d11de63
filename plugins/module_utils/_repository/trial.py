# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trials of a store and their results. Values and two small helpers; nothing here judges."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
from typing import Any, Callable

from .errors import StoreError
from .s3_errors import is_about_request
from .traits import StoreTraits

WORKS, IGNORED, REFUSED, FORBIDDEN, FAILED = "works", "ignored", "refused", "forbidden", "failed"
CONTENT = b"written by qdrant-backup doctor\n"
CONTENT_MD5 = base64.b64encode(hashlib.md5(CONTENT, usedforsecurity=False).digest()).decode()


@dataclasses.dataclass(frozen=True)
class Trial:
    """The result of one trial. outcome: works; ignored (the store did something else and reported success); refused
    (not supported); forbidden (these credentials may not); failed (other errors). said: the store's error, or how it
    works; next: what to do."""

    outcome: str
    said: str = ""
    next: str = ""


@dataclasses.dataclass(frozen=True)
class Credentials:
    """The credentials of requests. method: botocore's name of their source; role: whether they are of a role, and so
    expire and are renewed automatically."""

    method: str
    role: bool


@dataclasses.dataclass(frozen=True)
class Settings:
    """Settings of a bucket; None if they may not be read, or the store has none. versioning: Enabled, Suspended or
    off; rules: of the lifecycle, as in S3; lock: GOVERNANCE, COMPLIANCE, on (without a default) or off."""

    versioning: str | None = None
    rules: tuple[dict[str, Any], ...] | None = None
    lock: str | None = None
    unseen: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class StoreFacts:
    """trials: name to outcome. forbidden: the same for requests that a writer must not be able to do; works means
    denied. skew: seconds that this host's clock is ahead of the store's. traits: what the program knows of a bucket's
    store; chosen: what options decide; origins: where each came from (option, tried, learned). weakness: why locks may
    not hold; unencrypted: why objects may not be encrypted. unreachable: the error of the first call."""

    url: str
    kind: str
    trials: dict[str, Trial] = dataclasses.field(default_factory=dict)
    forbidden: dict[str, Trial] = dataclasses.field(default_factory=dict)
    credentials: Credentials | None = None
    settings: Settings | None = None
    skew: float | None = None
    base: str = ""
    endpoint: str = ""
    traits: StoreTraits | None = None
    origins: dict[str, str] = dataclasses.field(default_factory=dict)
    chosen: dict[str, str] = dataclasses.field(default_factory=dict)
    weakness: str = ""
    unencrypted: str = ""
    unreachable: str = ""
    unreachable_kind: str = ""


def attempt(work: Callable[[], Any]) -> Trial:
    """Works if ``work`` does not fail and does not return False; a text that it returns says how it works."""
    try:
        found = work()
    except StoreError as error:
        return not_good(error)
    if found is False:
        return Trial(FAILED, "the store's answer is not what was asked for")
    return Trial(WORKS, found if isinstance(found, str) else "")


def must_refuse(work: Callable[[], Any], *kinds: str) -> Trial:
    """Works if the store refuses with one of these kinds of error, ignored if it does not refuse."""
    try:
        work()
    except StoreError as error:
        return Trial(WORKS) if error.kind in kinds else not_good(error)
    return Trial(IGNORED)


def not_good(error: StoreError) -> Trial:
    """The outcome for this error."""
    said = error.said or error.sentence()
    if error.kind == "forbidden":
        return Trial(FORBIDDEN, said, error.next)
    refused = error.kind == "unsupported" or is_about_request(error)
    return Trial(REFUSED if refused else FAILED, said, error.next)
