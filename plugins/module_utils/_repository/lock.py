# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who works on a node: one small document, taken, taken over and given back by conditional overwrite, never deleted.

``{"holder": "host run pid", "token": "...", "taken_at": "2026-11-22T19:00:00Z", "until": "2026-11-22T20:00:00Z"}``

The host's own flock ends with its process; this one is for runs from elsewhere, and ends with its time.
"""

from __future__ import annotations

import datetime
import json
import os
import threading
from typing import Any

from .._base.clock import now, parse_utc, utc_text
from .._base.errors import LockedError, UsageError
from . import layout
from .errors import StoreError
from .store import ObjectInfo, Store


class Lock:
    """``with Lock(store, cluster, node, "host-a run 4711", 3600):``. LockedError says who holds it and until when."""

    def __init__(
        self, store: Store, cluster: str, node: str, holder: str, seconds: float, *, dead_mark: str = ""
    ) -> None:
        """dead_mark: a holder that carries this text is known to be dead (see ``Host.mark``): taken over."""
        self._dead_mark = dead_mark
        self._store, self._node, self._holder, self._seconds = store, node, holder, seconds
        self.key = layout.lock_key(cluster, node)
        self._token = os.urandom(8).hex()
        self._taken_at = ""
        self._etag: str | None = None
        self._mutex = threading.Lock()

    def __enter__(self) -> Lock:
        self.take()
        return self

    def __exit__(self, *exc: object) -> None:
        self.give_back()

    def take(self) -> None:
        """Take it: where nobody had it, where it was given back, or where its time is over."""
        self._taken_at = utc_text(now())
        try:
            self._note(self._store.put(self.key, self._document(), if_absent=True))
            return
        except StoreError as error:
            if error.kind != "exists":
                raise
        held = self._store.get(self.key)
        self._refuse_if_held(_read(held.data))
        try:
            self._note(self._store.put(self.key, self._document(), if_match=held.etag))
        except StoreError as error:
            if error.kind not in ("changed", "exists", "not_found"):
                raise
            self._refuse_if_held(_read(self._store.get(self.key).data))
            raise self._refused({}) from None  # somebody took it and gave it back meanwhile: busy is true enough

    def renew(self) -> None:
        """Hold it for another ``seconds`` from now. LockedError when it was lost: stop, somebody else works there."""
        with self._mutex:
            if self._etag is None:
                raise self._refused({})
            try:
                self._note(self._store.put(self.key, self._document(), if_match=self._etag))
            except StoreError as error:
                if error.kind not in ("changed", "exists", "not_found"):
                    raise
                self._etag = None
                raise self._refused(_read(self._store.get(self.key).data)) from None

    def give_back(self) -> None:
        """Say that it is free. A lost lock stays with whoever has it; one that cannot be reached runs out by itself."""
        with self._mutex:
            if self._etag is None:
                return
            try:
                self._store.put(self.key, self._document(now() - datetime.timedelta(seconds=1)), if_match=self._etag)
            except StoreError:
                pass
            finally:
                self._etag = None

    def _document(self, until: datetime.datetime | None = None) -> bytes:
        until = until or now() + datetime.timedelta(seconds=self._seconds)
        facts = {
            "holder": self._holder,
            "token": self._token,
            "taken_at": self._taken_at,
            "until": utc_text(until),
            "written": os.urandom(4).hex(),  # two renewals within one second are two documents
        }
        return (json.dumps(facts, sort_keys=True) + "\n").encode("utf-8")

    def _note(self, info: ObjectInfo) -> None:
        self._etag = info.etag

    def _refuse_if_held(self, facts: dict[str, Any]) -> None:
        try:
            free = parse_utc(str(facts.get("until"))) < now()
        except UsageError:
            free = True  # not a lock of ours: a document that says nothing must not block for ever
        if self._dead_mark and self._dead_mark in str(facts.get("holder")):
            free = True
        if not free:
            raise self._refused(facts)

    def _refused(self, facts: dict[str, Any]) -> LockedError:
        holder, until = facts.get("holder"), facts.get("until")
        said = f"{holder} works on it until {until} at the latest" if holder else "somebody else took it meanwhile"
        return LockedError(
            "take the lock of",
            f"node {self._node} in {self._store.url}",
            said,
            "Wait for that run to end; a run that died gives the lock up at that time.",
            holder=holder,
            until=until,
        )


def _read(data: bytes) -> dict[str, Any]:
    try:
        facts = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        return {}
    return facts if isinstance(facts, dict) else {}
