# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two runs of tests beside each other never share a node: who finds its port taken takes another one."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.vectorops.qdrant.tests.support import qdrant as support

pytestmark = pytest.mark.contract


def test_a_port_that_somebody_took_meanwhile(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with support.start_qdrant(str(folder / "first"), force_double=True) as first:
        taken = int(first.url.rpartition(":")[2])
        ports = [taken, support.free_port()]
        monkeypatch.setattr(support, "free_port", lambda: ports.pop(0) if len(ports) > 1 else ports[0])
        with support.start_qdrant(str(folder / "second"), force_double=True) as second:
            assert second.url != first.url
            second.call("PUT", "/collections/mine", {"vectors": {"size": 4, "distance": "Dot"}})
            assert first.call("GET", "/collections")["result"]["collections"] == []


def test_a_port_that_was_asked_for_is_not_exchanged(folder: Path) -> None:
    with support.start_qdrant(str(folder / "first"), force_double=True) as first:
        port = int(first.url.rpartition(":")[2])
        with pytest.raises(support.NotStartedError):
            support.start_qdrant(str(folder / "second"), port=port, force_double=True)
        assert first.call("GET", "/collections")["result"]["collections"] == []
