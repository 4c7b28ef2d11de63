# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine advises can be typed at the program as it stands."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._program.wording import as_typed


@pytest.mark.parametrize(
    "said, typed",
    [
        ("ask for mode: replace by name", "ask for --mode replace by name"),
        ("restore to another name (name:), or", "restore to another name (--name), or"),
        ("accept it by name (accept_write_loss: true).", "accept it by name (--accept-write-loss)."),
        ("service.enable_snapshot_url_recovery: true", "service.enable_snapshot_url_recovery: true"),
        ("mode: fast", "mode: fast"),
        ("No such name: new_one is unknown", "No such name: new_one is unknown"),
        ("Could not read /etc/a.yml: true is no number", "Could not read /etc/a.yml: true is no number"),
    ],
)
def test_options_are_told_as_they_are_typed(said, typed):
    assert as_typed(said) == typed
