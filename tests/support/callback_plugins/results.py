# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: results
short_description: Writes every result of a play to a file, for tests
description:
  - One JSON document a line, with the task's name, the host, how it ended and the whole result as Ansible has it.
type: notification
options:
  path:
    description: The file, which is added to.
    type: path
    required: true
    env:
      - name: TEST_RESULTS_PATH
"""

import json

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    """Tests read what a module returned, not what a screen would show of it."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "results"
    CALLBACK_NEEDS_ENABLED = True

    def _note(self, state, result):
        about = {
            "task": result._task.get_name(),
            "action": result._task.action,
            "host": result._host.get_name(),
            "state": state,
            "result": result._result,
        }
        with open(self.get_option("path"), "a", encoding="utf-8") as handle:
            handle.write(json.dumps(about, default=str) + "\n")

    def v2_runner_on_ok(self, result):
        self._note("ok", result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._note("failed", result)

    def v2_runner_on_unreachable(self, result):
        self._note("unreachable", result)

    def v2_runner_on_skipped(self, result):
        self._note("skipped", result)
