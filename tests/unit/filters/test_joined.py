# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages of a program in the message of a role."""

from __future__ import annotations

from ansible_collections.vectorops.qdrant.plugins.filter.joined import FilterModule


def test_commands_can_be_copied() -> None:
    joined = FilterModule().filters()["joined"]
    assert joined([]) == ""
    assert joined(["To go on: qdrant-backup run"]) == "To go on: qdrant-backup run"
    assert joined(iter(["To go on: qdrant-backup run", "It failed."])) == "To go on: qdrant-backup run; It failed."
