# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which version made the snapshots that a node lists."""

from __future__ import annotations

import datetime

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._sync.local import LocalArchive
from ansible_collections.vectorops.qdrant.plugins.module_utils._sync.seen import NO_NODE, NodeSeen

STARTED = datetime.datetime(2026, 11, 22, 19, 0, 0, tzinfo=datetime.timezone.utc)
BEFORE, THEN, AFTER = "20261122T185959Z", "20261122T190000Z", "20261122T190001Z"


@pytest.mark.parametrize(
    ("since", "taken", "version"),
    [
        (STARTED, [AFTER], "1.18.3"),
        (STARTED, [THEN], None),  # by the server that ended in this second, perhaps
        (STARTED, [AFTER, BEFORE], None),  # the server was upgraded in between, perhaps
        (None, [AFTER], None),
    ],
)
def test_the_version_is_noted_only_where_this_server_made_all_of_them(since, taken, version):
    archives = [LocalArchive("articles", "a.snapshot", 1, moment) for moment in taken]
    assert NodeSeen("1.18.3", since=since).version_of(archives) == version
    assert NO_NODE.version_of(archives) is None


def test_only_aliases_of_collections_that_are_stored_are_noted():
    seen = NodeSeen("1.18.3", aliases={"current": "articles", "old": "gone"})
    assert seen.aliases_of(["articles", "notes"]) == {"current": "articles"}
