# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one list of what the one file holds beside what it finds by itself.

Ansible carries to a host what it sees imported, also where the import never runs. These lines make it carry the whole
engine for ``qdrant_program``, which then writes the same bytes there as from a clone. A new room or verb is added here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .._repository import actions  # noqa: F401 (what stands here is carried, not called)
    from .._verbs import (  # noqa: F401
        back_up,
        doctor,
        list_backups,
        metrics,
        policy,
        restore,
        snapshot,
        snapshot_info,
        status,
        sync,
        verify,
    )
    from . import __main__  # noqa: F401

NOT_CARRIED = ("_ansible",)  # the door from Ansible: it needs Ansible's own code beside it
