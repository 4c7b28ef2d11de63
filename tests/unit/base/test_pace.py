# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions that are work for a server stay a small part of its time."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base import pace as room
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.pace import Pace


@pytest.mark.parametrize(
    ("took", "longest", "pause"),
    [(0.0, 10.0, 1.0), (0.04, 10.0, 1.0), (0.25, 10.0, 5.0), (3.0, 10.0, 10.0), (3.0, 0.0, 1.0)],
)
@pytest.mark.parametrize("fails", [False, True])
def test_the_pause_grows_with_the_answer(
    monkeypatch: pytest.MonkeyPatch, took: float, longest: float, pause: float, fails: bool
) -> None:
    clock = [100.0]
    monkeypatch.setattr(room.time, "monotonic", lambda: clock[0])
    pace = Pace(1.0, longest)
    assert pace.pause == 1.0
    try:
        with pace.measured():
            clock[0] += took
            if fails:
                raise OSError
    except OSError:
        pass
    assert pace.pause == pytest.approx(pause)
