# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The node answers as the real server did when the scenarios were recorded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.vectorops.qdrant.tests.contract.replay import Exchange, Replay
from ansible_collections.vectorops.qdrant.tests.support.double.dialect import VERSION, VERSIONS
from ansible_collections.vectorops.qdrant.tests.support.qdrant import is_given, start_qdrant, uses_double

HERE = Path(__file__).parent
SCENARIOS = sorted((HERE / "scenarios").glob("*.json"))
KNOWN = {
    (entry["scenario"], entry["exchange"])
    for entry in yaml.safe_load((HERE / "known_differences.yml").read_text())["differences"]
}
KEYS = {"KEY": "a-long-made-up-key-for-the-contract", "READ": "a-long-made-up-key-that-only-reads"}

pytestmark = pytest.mark.contract


def different(exchange: Exchange) -> str:
    recorded, found = (json.dumps(side, sort_keys=True) for side in (exchange.recorded, exchange.found))
    return f"exchange {exchange.number}: {exchange.asked}\n  recorded {recorded}\n  found    {found}"


def _replays() -> list[Any]:
    """Each scenario with the server as it is; those that tell versions apart with each version of the double."""
    chosen = [pytest.param(path, "", id=path.stem) for path in SCENARIOS]
    apart = [path for path in SCENARIOS if '"answers"' in path.read_text()] if uses_double() else []
    others = [version for version in VERSIONS if version != VERSION]
    return chosen + [pytest.param(path, one, id=f"{path.stem}-{one}") for path in apart for one in others]


@pytest.mark.parametrize(("path", "version"), _replays())
def test_answers_as_recorded(path: Path, version: str, folder: Path) -> None:
    keyed, off = path.stem.startswith("10-"), path.stem.startswith("11-")
    if is_given() and (keyed or off):
        pytest.skip("needs a server with settings of its own: QDRANT_URL names one that has its own already")
    options = {"api_key": KEYS["KEY"], "read_only_api_key": KEYS["READ"]} if keyed else {}
    settings = {"DOUBLE_VERSION": version} if version else None
    with start_qdrant(str(folder / "node"), url_recovery=not off, settings=settings, **options) as node:
        names = {"URL": node.url, **KEYS}
        if "${SNAPSHOTS}" in path.read_text() or node.directory:
            names.update(SNAPSHOTS=node.snapshots_dir, STORAGE=node.storage_dir)
        exchanges = list(Replay(path, names, node.version).run())
    known = {number for name, number in KNOWN if name == path.name} if uses_double() else set()
    wrong = [different(one) for one in exchanges if not one.same and one.number not in known]
    gone = [one.number for one in exchanges if one.same and one.number in known]
    assert not wrong, "\n".join(wrong)
    assert not gone, f"listed as different, but the same by now: {gone}"


def test_all_exchanges_are_there() -> None:
    counted = sum(
        1 for path in SCENARIOS for step in json.loads(path.read_text())["steps"] if "http" in step or "file" in step
    )
    assert counted == 345
    assert len(KNOWN) <= 10
