# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of modules that the single-file program needs and that are not found by following imports.

Ansible copies every imported module to a host, even if the import never runs. These imports make it copy the whole
engine for ``qdrant_program``, which then writes the same bytes as from a clone. Add a new room or verb here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .._repository import actions  # noqa: F401 (imported to be copied, not called)
    from .._verbs import (  # noqa: F401
        back_up,
        doctor,
        drill,
        list_backups,
        metrics,
        pin,
        policy,
        prune,
        report,
        restore,
        snapshot,
        snapshot_info,
        status,
        sync,
        unpin,
        verify,
    )
    from . import __main__  # noqa: F401

# The entry point from Ansible, which needs Ansible's code, and what only the controller asks about a fleet.
NOT_CARRIED = ("_ansible", "_status/fleet")
