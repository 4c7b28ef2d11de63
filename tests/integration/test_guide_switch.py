# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands of the guide "Switch and roll back", in its order, as they stand there."""

from __future__ import annotations

import re
import shlex

from ansible_collections.vectorops.qdrant.tests.support.program import CLONE, ROOT, Program

GUIDE = ROOT / "docs" / "docsite" / "rst" / "guide_switch.rst"
ID = "20261122T010000Z"


def test_every_command_of_the_guide(rig, tmp_path):
    rig.fill(count=200)
    rig.fill("notes", count=20)
    alias = {"create_alias": {"collection_name": "articles", "alias_name": "live"}}
    rig.node.call("POST", "/collections/aliases", {"actions": [alias]})
    rig.run("back_up", backup_id=ID)
    rig.node.call("POST", "/collections/articles/points/delete?wait=true", {"points": list(range(1, 11))})
    rig.node.call("POST", "/collections/notes/points/delete?wait=true", {"points": [1]})
    rig.fill("notes", count=1)
    folder = tmp_path / "program"
    folder.mkdir()
    program = Program(rig, CLONE, folder)
    seen, snapshot = [], ""
    for line in re.findall(r"^   \$ (qdrant-backup .*|curl .*)$", GUIDE.read_text(encoding="utf-8"), flags=re.M):
        words = shlex.split(line)
        if words[0] == "curl":  # drops the old collection: only after this test's rollback it is not the old one
            seen.append("curl")
            continue
        words = [{"NAME": snapshot, "/var/lib/qdrant/snapshots": rig.node.snapshots_dir}.get(w, w) for w in words[1:]]
        out, dummy = program(*words)
        seen.append(out)
        found = re.search(r"kept in snapshot (\S+)\.", out)
        snapshot = found[1] if found else snapshot
    plan, switched, back_plan, back, dropped, gap, again = seen
    assert "move aliases live" in plan and "articles exists (190 points, 200 in the backup)" in plan
    told = f"live points to articles__{ID.lower()} now (200 points), before to articles (190 points)."
    assert told in switched and "articles is kept. To go back: qdrant-backup restore --roll-back=live" in switched
    assert "move aliases live" in back_plan and "live points to articles again (190 points)." in back
    assert dropped == "curl" and rig.count("live") == 190
    assert "notes was deleted. Its state is kept in snapshot notes-" in gap and rig.count("notes") == 20
    assert "notes points to notes__" in again
    program.no_secret_was_seen()
