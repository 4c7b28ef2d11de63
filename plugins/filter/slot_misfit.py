# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: slot_misfit
short_description: Return why a schedule and a slot do not fit
version_added: 0.1.0
author:
  - VectorOps contributors (@vectorops)
description:
  - Internal to the roles and playbooks of this collection. It may change in any release.
  - Runs in one slot share their backup id. If the timer elapses twice in one slot, the second run does nothing.
    If a delayed run begins in the next slot, the nodes of a cluster get different ids.
options:
  _input:
    description: Output of C(systemd-analyze --iterations=N calendar) for the schedule.
    type: str
    required: true
  slot:
    description: The length of a slot, as O(vectorops.qdrant.qdrant_backup#role:main:qdrant_backup_slot).
    type: str
    required: true
  delay:
    description: Output of C(systemd-analyze timespan) for the longest delay of a run.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Refuse a slot that does not fit
  ansible.builtin.assert:
    that: elapses.stdout | vectorops.qdrant.slot_misfit('1h', delay.stdout) == ''
"""

RETURN = r"""
_value:
  description: The reason, or an empty string if the two fit.
  type: str
"""

import calendar
import re
import time
from typing import Any, Callable

from ansible_collections.vectorops.qdrant.plugins.module_utils._base.clock import seconds_of
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import UsageError

_UTC = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.\d+)? UTC")
_MICROSECONDS = re.compile(r"^\s*\S?s: (\d+)$", re.M)


def slot_misfit(elapses: str, slot: Any, delay: str) -> str:
    try:
        length = int(seconds_of(slot))
    except UsageError as error:
        return f"qdrant_backup_slot: {error.sentence()}"
    if length <= 1:  # each run has an id of its own
        return ""
    found = _MICROSECONDS.search(delay)
    late = int(found[1]) / 1e6 if found else 0.0
    moments = _moments(elapses)
    for first, second in zip(moments, moments[1:]):
        if first // length == second // length:
            return (
                f"qdrant_backup_slot: the elapses of qdrant_backup_on_calendar at {_text(first)} and {_text(second)} "
                f"lie in one slot of {slot}: the second run would find its backup committed and do nothing. Choose a "
                "slot that is not longer than the time between two runs, and a schedule that elapses at the start of "
                "a slot."
            )
    for moment in moments:
        if moment % length + late >= length:
            return (
                f"qdrant_backup_random_delay: a run that elapses at {_text(moment)} may begin in the next slot of "
                f"{slot}, and the nodes of a cluster would use different backup ids. Choose a shorter delay, or "
                "a schedule that elapses at the start of a slot."
            )
    return ""


def _moments(elapses: str) -> list[int]:
    """Seconds since 1970, in order. systemd prints each elapse in local time and, if that is not UTC, also in UTC."""
    lines = [line for line in elapses.splitlines() if " form: " not in line]
    return [calendar.timegm(time.strptime(text, "%Y-%m-%d %H:%M:%S")) for text in _UTC.findall("\n".join(lines))]


def _text(moment: int) -> str:
    return time.strftime("%H:%M UTC", time.gmtime(moment))


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"slot_misfit": slot_misfit}
