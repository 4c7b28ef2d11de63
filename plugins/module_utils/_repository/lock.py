# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock of a node: one small document, changed only by conditional overwrites, never deleted.

``{"holder": "host run pid", "token": "...", "taken_at": "2026-11-22T19:00:00Z", "until": "2026-11-22T20:00:00Z"}``

The host's own flock ends with its process. This lock is for runs on other hosts, and expires.
"""

from __future__ import annotations

import datetime
import json
import os
import threading
import time
from typing import Any

from .._base.clock import now, parse_utc, utc_text
from .._base.errors import EngineError, LockedError, UsageError
from . import layout
from .errors import StoreError
from .store import Store, StoredBytes, warnings_of

MOMENT = 1.0  # seconds until a lock is read back, if the store has no conditional writes
_LOST = ("changed", "exists", "not_found")  # kinds of errors of a write whose condition does not hold


class Lock:
    """``with Lock(store, cluster, node, "host-a run 4711", 3600):``. LockedError names the holder and the time of
    expiry."""

    def __init__(
        self, store: Store, cluster: str, node: str, holder: str, seconds: float, *, dead_mark: str = ""
    ) -> None:
        """dead_mark: a holder with this text is dead (see ``Host.mark``), and its lock is taken over."""
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
        """Take the lock if it is new, released or expired. Then check whether the store supports conditional writes; if
        not, read the lock back after a moment."""
        self._taken_at = utc_text(now())
        held = self._held()
        facts = _read(held.data) if held is not None else {}
        if not self._is_free(facts):
            raise self._refused(facts)
        try:
            if held is None:
                self._etag = self._store.put(self.key, self._document(), if_absent=True).etag
            else:
                self._etag = self._store.put(self.key, self._document(), if_match=held.etag).etag
            self._etag = self._store.try_conditions(self.key, self._document, self._etag)
            if self._store.weakness():
                time.sleep(MOMENT)
                self.check()
        except StoreError as error:
            if error.kind in _LOST:
                raise self._lost(error) from None
            self.give_back()
            raise
        except BaseException:
            self.give_back()
            raise

    @property
    def weakness(self) -> str:
        """Why the lock may fail, as a sentence; "" if the store supports conditional writes."""
        return self._store.weakness()

    @property
    def warnings(self) -> list[str]:
        """What an operator should know of the store that has the lock."""
        return warnings_of(self._store)

    def check(self) -> None:
        """LockedError if the store has another lock."""
        with self._mutex:
            found = _read(self._store.get(self.key).data) if self._etag is not None else {}
            if found.get("token") != self._token:
                self._etag = None
                raise self._refused(found)

    def renew(self) -> None:
        """Extend the lock by ``seconds`` from now. LockedError if it was lost: stop, another run holds it."""
        with self._mutex:
            if self._etag is None:
                raise self._refused({})
            try:
                self._etag = self._store.put(self.key, self._document(), if_match=self._etag).etag
            except StoreError as error:
                if error.kind not in _LOST:
                    raise
                raise self._lost(error) from None

    def give_back(self) -> None:
        """Release the lock. A lost lock is not changed. If the store cannot be reached, the lock expires."""
        with self._mutex:
            if self._etag is None:
                return
            try:
                self._store.put(self.key, self._document(now() - datetime.timedelta(seconds=1)), if_match=self._etag)
            except StoreError:
                pass
            finally:
                self._etag = None

    def _held(self) -> StoredBytes | None:
        """The lock's document. Stores answer "forbidden" for a missing key to users that may not list."""
        try:
            return self._store.get(self.key)
        except StoreError as error:
            if error.kind not in ("not_found", "forbidden"):
                raise
            return None

    def _document(self, until: datetime.datetime | None = None) -> bytes:
        until = until or now() + datetime.timedelta(seconds=self._seconds)
        facts = {
            "holder": self._holder,
            "token": self._token,
            "taken_at": self._taken_at,
            "until": utc_text(until),
            "written": os.urandom(4).hex(),  # two renewals within one second must differ
        }
        return (json.dumps(facts, sort_keys=True) + "\n").encode("utf-8")

    def _is_free(self, facts: dict[str, Any]) -> bool:
        try:
            over = parse_utc(str(facts.get("until"))) < now()
        except UsageError:
            over = True  # not a valid lock: such a document must not block forever
        return over or bool(self._dead_mark and self._dead_mark in str(facts.get("holder")))

    def _lost(self, error: StoreError) -> EngineError:
        """After a write that the lock of another run prevented, which may be released again. If no lock exists, the
        same error: the address may be wrong."""
        self._etag = None
        held = self._held()
        if held is None and error.kind == "not_found":
            return error
        facts = _read(held.data) if held is not None else {}
        return self._refused({} if self._is_free(facts) else facts)

    def _refused(self, facts: dict[str, Any]) -> LockedError:
        holder, until = facts.get("holder"), facts.get("until")
        said = f"{holder} works on it until {until} at the latest" if holder else "another run took it"
        return LockedError(
            "take the lock of",
            f"node {self._node} in {self._store.url}",
            said,
            "Wait until that run has ended; if it died, its lock expires at that time.",
            holder=holder,
            until=until,
        )


def is_held(store: Store, cluster: str, node: str) -> bool:
    """Whether a run works on a node now, as far as this identity may see it."""
    try:
        facts = _read(store.get(layout.lock_key(cluster, node)).data)
        return parse_utc(str(facts.get("until"))) >= now()
    except StoreError as error:
        if error.kind not in ("not_found", "forbidden"):
            raise
        return False
    except UsageError:
        return False


def _read(data: bytes) -> dict[str, Any]:
    try:
        facts = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        return {}
    return facts if isinstance(facts, dict) else {}
