# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which answers say that a collection is as it was; the texts are the server's own."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import EngineError
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.errors import QdrantError
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.untouched import untouched

CLOSED = [
    (400, "bad_request", "Wrong input: Snapshot checksum mismatch: expected 00, got 11"),
    (400, "bad_request", "Wrong input: Failed to download tar from http://s3/b/a.snapshot: status - 403 Forbidden"),
    (400, "bad_request", "Wrong input: Failed to download tar from http://s3/b/a.snapshot: status - 503 Slow Down"),
    (400, "bad_request", 'Bad request: Snapshot file "/q/snapshots/a" does not exist'),
    (
        400,
        "bad_request",
        "Wrong input: Snapshot is not compatible with existing collection: Collection shard number: 3 Snapshot shard"
        " number: 1",
    ),
    (401, "unauthorized", "Must provide an API key or an Authorization bearer token"),
    (403, "forbidden", "Forbidden: Global manage access is required"),
    (403, "forbidden", "Snapshot recovery from remote URLs is disabled in the configuration"),
    (None, "unreachable", "connection refused"),
]
OPEN = [
    (400, "bad_request", "Wrong input: something else"),
    (500, "server_error", "Service internal error: Failed to unpack tar archive: it ended"),
    (500, "server_error", "Snapshot checksum mismatch"),
    (500, "server_error", "No space left on device"),
    (404, "not_found", "Collection gone"),
    (None, "no_answer", "nothing has arrived for 120 s"),
    (502, "protocol", "HTTP 502 with text/html"),
]


@pytest.mark.parametrize(
    ("status", "kind", "said", "certain"), [(*row, True) for row in CLOSED] + [(*row, False) for row in OPEN]
)
def test_what_an_answer_says(status, kind, said, certain):
    assert untouched(QdrantError("recover", "articles", said, kind=kind, status=status)) == certain


def test_an_answer_of_somebody_between_says_nothing():
    assert not untouched(QdrantError("recover", "a", "no", kind="protocol", status=403, answered=False))
    assert not untouched(EngineError("read", "a file"))
