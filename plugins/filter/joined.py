# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: joined
short_description: Join messages to one text, with commands that can be copied
version_added: 0.3.0
author:
  - VectorOps contributors (@vectorops)
description:
  - Internal to the roles and playbooks of this collection. It may change in any release.
  - A message that ends with a command has no full stop. If another message follows, a semicolon separates them.
options:
  _input:
    description: The messages.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Show why the backup is not complete
  ansible.builtin.debug:
    msg: "{{ result.failures | map(attribute='message') | vectorops.qdrant.joined }}"
"""

RETURN = r"""
_value:
  description: The text.
  type: str
"""

from collections.abc import Iterable
from typing import Any, Callable

from ansible_collections.vectorops.qdrant.plugins.module_utils._base.sentences import joined as join


def joined(messages: Iterable[Any]) -> str:
    return join(*map(str, messages))


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"joined": joined}
