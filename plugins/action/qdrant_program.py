# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the module qdrant_program only where there is something to do.

The module carries the whole engine to the host, which takes two seconds. Whether the program is already there is a
checksum of a few bytes.
"""

from __future__ import annotations

import hashlib
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.version import VERSION
from ansible_collections.vectorops.qdrant.plugins.module_utils._options import PROGRAM, defaults
from ansible_collections.vectorops.qdrant.plugins.module_utils._program.bundle import build
from ansible_collections.vectorops.qdrant.plugins.module_utils._program.install import Change, Installed

# With any other argument, or with one that the module refuses, the module decides.
_KNOWN = {"path", "interpreter", "state", "owner", "group", "mode"}


class ActionModule(ActionBase):
    """The result is the module's."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        del tmp
        variables = task_vars or {}
        report = self._unchanged(variables) or self._execute_module(task_vars=variables)
        return {**result, **report}

    def _unchanged(self, variables: dict[str, Any]) -> dict[str, Any] | None:
        """The report if the program is there as it should be, else None."""
        asked = {**defaults(PROGRAM), "mode": "0755", **self._task.args}
        given = {name: value for name, value in asked.items() if value is not None}
        if set(self._task.args) - _KNOWN or not all(isinstance(value, str) for value in given.values()):
            return None
        if given["state"] != "present" or not given["path"].startswith("/") or not given["interpreter"].startswith("/"):
            return None
        data = build(given["interpreter"])
        found = self._execute_remote_stat(given["path"], all_vars=variables, follow=False)  # type: ignore[no-untyped-call]
        there = {
            "sha1": found.get("checksum"),
            "mode": str(found.get("mode", "")).lstrip("0"),
            "owner": found.get("pw_name"),
            "group": found.get("gr_name"),
        }
        wanted = {
            "sha1": hashlib.sha1(data, usedforsecurity=False).hexdigest(),
            "mode": given["mode"].lstrip("0"),
            "owner": given.get("owner", there["owner"]),
            "group": given.get("group", there["group"]),
        }
        if not found.get("isreg") or there != wanted:
            return None
        installed = Installed(VERSION, hashlib.sha256(data).hexdigest())
        report = Change(given["path"], installed, installed, None).report()
        if not self._task.diff:
            del report["diff"]
        return report
