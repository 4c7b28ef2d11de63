# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults on demand: rules that requests meet, and steps at which the process dies, waits or fails.

The rules come through `POST /__double__/faults`; README.md lists their keys and the named steps.
"""

from __future__ import annotations

import io
import os
import re
import signal
import threading
import time
from typing import Any

from .errors import DISK_FULL, WAL_FULL, ApiError, io_error, service_error

Rule = dict[str, Any]
_REQUEST_KEYS = {
    "method", "path_regex", "times", "skip", "delay_s", "status", "body", "content_type", "drop", "drop_after",
    "cut_after", "bytes_per_s", "enospc",
}  # fmt: skip
_STEP_KEYS = {"kill_at", "at", "times", "skip", "delay_s", "status", "body", "enospc"}


class Faults:
    """The rules in force and the steps passed so far."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[Rule] = []
        self._passed: list[str] = []
        self._here = threading.local()

    def set(self, rules: list[Rule]) -> None:
        """Puts `rules` in force instead of those before; forgets the steps passed."""
        for rule in rules:
            known = _STEP_KEYS if "kill_at" in rule or "at" in rule else _REQUEST_KEYS
            unknown = set(rule) - known
            if unknown:
                raise ApiError(400, f"unknown keys in a fault rule: {', '.join(sorted(unknown))}")
        with self._lock:
            self._rules = [dict(rule) for rule in rules]
            self._passed = []

    def passed(self) -> list[str]:
        """The named steps passed since the rules were set, in order."""
        with self._lock:
            return list(self._passed)

    def rules(self) -> list[Rule]:
        with self._lock:
            return [dict(rule) for rule in self._rules]

    def _spend(self, rule: Rule) -> bool:
        """Whether the rule still applies this time (`skip` matches pass by, then `times` are met)."""
        if rule.get("skip", 0) > 0:
            rule["skip"] -= 1
            return False
        if "times" in rule:
            if rule["times"] <= 0:
                return False
            rule["times"] -= 1
        return True

    def for_request(self, method: str, path: str) -> Rule | None:
        """The rule that this request meets; a full disk lasts until the request ends."""
        self._here.disk_full = False
        with self._lock:
            for rule in self._rules:
                if "kill_at" in rule or "at" in rule:
                    continue
                if rule.get("method", method) != method or not re.search(rule.get("path_regex", ""), path):
                    continue
                if self._spend(rule):
                    self._here.disk_full = bool(rule.get("enospc"))
                    return dict(rule)
        return None

    def step(self, name: str) -> None:
        """A named step is reached: die, wait or fail here if a rule says so."""
        with self._lock:
            self._passed.append(name)
            met = [
                dict(rule)
                for rule in self._rules
                if name in (rule.get("kill_at"), rule.get("at")) and self._spend(rule)
            ]
        for rule in met:
            time.sleep(rule.get("delay_s", 0))
            if "kill_at" in rule:
                os.kill(os.getpid(), signal.SIGKILL)
            if rule.get("enospc"):
                raise service_error(WAL_FULL if name.startswith("recover:created") else DISK_FULL)
            if "status" in rule:
                raise ApiError(rule["status"], str(rule.get("body", "Service internal error: injected")))

    def inherit(self) -> bool:
        """Whether this thread's disk is full, to be handed to a thread that goes on with the request."""
        return bool(getattr(self._here, "disk_full", False))

    def carry(self, full: bool) -> None:
        self._here.disk_full = full

    def need_space(self, what: str) -> None:
        """Fails as the real server does on a full disk; `what` is write, create, archive or unpack."""
        if not self.inherit():
            return
        if what in ("write", "create"):
            raise service_error(WAL_FULL)
        raise io_error(DISK_FULL if what == "archive" else f"failed to unpack: {DISK_FULL}")


class Throttle(io.BufferedIOBase):
    """A connection's outgoing side that is cut after some bytes, or slow."""

    def __init__(self, out: Any, cut_after: int | None, bytes_per_s: float | None) -> None:
        self._out = out
        self._left = cut_after
        self._rate = bytes_per_s

    def write(self, data: Any, /) -> int:
        size = len(data)
        if self._left is not None:
            if size > self._left:
                self._out.write(data[: self._left])
                self._out.flush()
                raise ConnectionError("cut by a fault rule")
            self._left -= size
        if not self._rate:
            self._out.write(data)
            return size
        step = max(1, int(self._rate / 20))
        for start in range(0, size, step):
            self._out.write(data[start : start + step])
            self._out.flush()
            time.sleep(step / self._rate)
        return size

    def flush(self) -> None:
        self._out.flush()
