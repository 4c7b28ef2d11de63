# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: fleet_report
short_description: Judge the reports of all hosts
version_added: 0.2.0
author:
  - VectorOps contributors (@vectorops)
description:
  - Internal to the roles and playbooks of this collection. It may change in any release.
options:
  _input:
    description: One entry for each host, with C(host), C(state), C(said) and C(report).
    type: list
    elements: dict
    required: true
  operation:
    description: What the hosts were asked for.
    type: str
    required: true
    choices: [status, verify]
"""

EXAMPLES = r"""
- name: Judge the fleet
  ansible.builtin.debug:
    msg: "{{ [{'host': 'node-a', 'state': 'unreachable'}] | vectorops.qdrant.fleet_report('status') }}"
"""

RETURN = r"""
_value:
  description: The report with C(ok), C(summary), C(attention) and C(hosts), and its C(table), a list of lines.
  type: dict
"""

from typing import Any, Callable

from ansible_collections.vectorops.qdrant.plugins.module_utils._program.columns import table
from ansible_collections.vectorops.qdrant.plugins.module_utils._status import fleet

_JUDGES = {"status": fleet.status, "verify": fleet.verification}


def fleet_report(rows: list[dict[str, Any]], operation: str) -> dict[str, Any]:
    judged = _JUDGES[operation](rows)
    return {**judged.document(), "table": table(judged.head, judged.table)}


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"fleet_report": fleet_report}
