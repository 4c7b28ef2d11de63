# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the settings of a bucket."""

from __future__ import annotations

from typing import Any

from .errors import StoreError
from .s3_session import S3Session
from .trial import Settings


def settings(session: S3Session, scratch: str) -> Settings:
    """The bucket's settings, as far as the credentials may read them."""
    unseen: list[str] = []

    def ask(operation: str, name: str) -> dict[str, Any] | None:
        try:
            return session.call(operation, f"read the {name} of", scratch)
        except StoreError as error:
            if error.kind == "not_found":
                return {}
            unseen.append(name)
            return None

    versioning = ask("get_bucket_versioning", "versioning")
    lifecycle = ask("get_bucket_lifecycle_configuration", "lifecycle")
    lock = ask("get_object_lock_configuration", "object lock")
    return Settings(
        versioning=None if versioning is None else str(versioning.get("Status") or "off"),
        rules=None if lifecycle is None else tuple(lifecycle.get("Rules") or ()),
        lock=None if lock is None else _lock_of(lock),
        unseen=tuple(unseen),
    )


def _lock_of(answer: dict[str, Any]) -> str:
    facts = answer.get("ObjectLockConfiguration") or {}
    if facts.get("ObjectLockEnabled") != "Enabled":
        return "off"
    return str(((facts.get("Rule") or {}).get("DefaultRetention") or {}).get("Mode") or "on")
