# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a node keeps its snapshots; the texts are what Qdrant 1.18.3 answered."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.snapshot_storage import (
    FILES,
    SnapshotStorage,
    storage_of,
)

IN_S3 = (
    "Not found: Snapshot var/lib/qdrant/snapshots/none.snapshot does not exist: Error performing GET "
    "http://127.0.0.1:8333/snaps/var/lib/qdrant/snapshots/none.snapshot in 1.582244ms - Server returned non-2xx status "
    'code: 404 Not Found: <?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>'
)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (IN_S3, SnapshotStorage("http://127.0.0.1:8333", "snaps")),
        ("Not found: Snapshot none.snapshot not found", FILES),
        ("", FILES),
        (
            "Error performing GET https://s3.eu-central-1.amazonaws.com/b/k in 1ms - Server returned non-2xx status",
            SnapshotStorage("https://s3.eu-central-1.amazonaws.com", "b"),
        ),
    ],
)
def test_the_address_that_the_node_asked(said, found):
    assert storage_of(said) == found
    assert storage_of(said).in_s3 == bool(found.bucket)
