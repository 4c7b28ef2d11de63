# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: drill_report
short_description: Render the record of a drill
version_added: 0.1.0
author:
  - VectorOps contributors (@vectorops)
description:
  - Internal to the roles and playbooks of this collection. It may change in any release.
options:
  _input:
    description: The record, as RV(vectorops.qdrant.qdrant_drill#module:drill).
    type: dict
    required: true
  format:
    description: Format of the text; V(xml) is JUnit.
    type: str
    required: true
    choices: [html, md, xml, json]
  trend:
    description: Drills before it and the drill itself, oldest first, each with C(at), C(passed), C(rpo) and C(rto).
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
- name: Write a page
  ansible.builtin.copy:
    content: "{{ result.drill | vectorops.qdrant.drill_report('html') }}"
    dest: drill.html
    mode: "0644"
  delegate_to: localhost
"""

RETURN = r"""
_value:
  description: The text.
  type: str
"""

from typing import Any, Callable

from ansible.errors import AnsibleFilterError
from ansible_collections.vectorops.qdrant.plugins.module_utils._drill.values import read_report
from ansible_collections.vectorops.qdrant.plugins.module_utils._report.files import rendered
from ansible_collections.vectorops.qdrant.plugins.module_utils._report.model import Past
from ansible_collections.vectorops.qdrant.plugins.module_utils._report.of_drill import drill_page
from ansible_collections.vectorops.qdrant.plugins.module_utils._report.trend import past_of


def drill_report(record: dict[str, Any], format: str, trend: list[dict[str, Any]] | None = None) -> str:
    report = read_report(record)
    if report is None:
        raise AnsibleFilterError("drill_report needs the record of a drill of format 1.")
    past = [
        Past(str(one["at"]), one["passed"] is True, one["rpo"], one["rto"])
        for one in trend or []
        if one["at"] < report.at
    ]
    return rendered(f".{format}", drill_page(report, [*past, past_of(report)]), report.as_dict())


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"drill_report": drill_report}
