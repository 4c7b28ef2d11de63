# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an error means for the next try: what it has changed, what can help. The texts are the server's own."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.effects import urls_switched_off
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.errors import QdrantError

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


# A sentence of the server, inside a name of ours.
TRICKS = [
    (500, "server_error", 'Service internal error: cannot read "/q/Snapshot checksum mismatch: expected 00, got 11"'),
    (500, "server_error", "Service internal error: cannot read `/q/a: No space left on device`"),
    (400, "bad_request", "Wrong input: bad scheme of http://s3/b/snapshot checksum mismatch: expected 0, got 1"),
    (400, "bad_request", "Wrong input: no such place: http://s3/failed to download tar from http://s3/a: status - 403"),
    (500, "server_error", "Service internal error: bad name /q/failed to unpack/a.snapshot"),
]


def error(status, kind, said):
    return QdrantError("recover", "articles", said, kind=kind, status=status)


@pytest.mark.parametrize(
    ("status", "kind", "said", "certain"), [(*row, True) for row in CLOSED] + [(*row, False) for row in OPEN + TRICKS]
)
def test_what_an_answer_says(status, kind, said, certain):
    assert (error(status, kind, said).effect == "none") == certain


def test_an_answer_of_somebody_between_says_nothing():
    assert QdrantError("recover", "a", "no", kind="protocol", status=403, answered=False).effect == "unknown"


# The query of a presigned URL is cut from what is said, with the colon behind it.
DOWNLOAD = "Wrong input: Failed to download tar from http://s3/b/a.snapshot?X-Amz-Signature=x: status - {}"


@pytest.mark.parametrize(
    ("retry", "status", "kind", "said"),
    [
        ("never", 400, "bad_request", "Wrong input: Snapshot checksum mismatch: expected 00, got 11"),
        ("never", 400, "bad_request", "Checksum mismatch: expected 00, actual 11"),
        ("never", 400, "bad_request", CLOSED[4][2]),
        ("never", 403, "forbidden", "Forbidden: Global manage access is required"),
        ("never", 500, "server_error", "Service internal error: No space left on device: WAL buffer size exceeds"),
        (
            "never",
            500,
            "server_error",
            "Service internal error: File IO error: failed to unpack: No space left on device",
        ),
        (
            "never",
            500,
            "server_error",
            "Service internal error: Can't restore snapshot in local mode with missing data",
        ),
        ("never", 401, "unauthorized", "Must provide an API key"),
        ("never", None, "unreachable", "connection refused"),
        ("same", None, "no_answer", "nothing has arrived for 120 s"),
        ("same", 400, "bad_request", DOWNLOAD.format("503 Slow Down")),
        ("never", 507, "quota_exceeded", "Insufficient storage: disk usage 99% is at the limit"),
        ("same", 400, "bad_request", DOWNLOAD.format("429 Too Many Requests")),
        ("same", 500, "server_error", "Service internal error: Failed to unpack tar archive: it ended"),
        ("same", 500, "server_error", "Service internal error: File IO error: failed to unpack `/q/a.tar`"),
        ("same", 500, "server_error", "Http request error: error sending request for url (http://s3/a)"),
        ("same", 500, "server_error", "Service internal error: Http request error: error decoding response body"),
        ("other way", 400, "bad_request", DOWNLOAD.format("403 Forbidden")),
        ("other way", 403, "forbidden", "Forbidden: Snapshot recovery from remote URLs is disabled"),
        ("other way", 502, "protocol", "HTTP 502 with text/html"),
        *(("other way", *row) for row in TRICKS),
    ],
)
def test_which_other_try_can_help(retry, status, kind, said):
    assert error(status, kind, said).retry == retry


def test_whose_fault_the_bytes_are_is_told_by_the_node_and_not_by_a_name():
    assert error(*CLOSED[0]).blames_archive
    assert error(500, "server_error", "Service internal error: Failed to unpack tar archive: it ended").blames_archive
    assert not any(error(*row).blames_archive for row in TRICKS)


def test_urls_that_are_switched_off():
    assert urls_switched_off("Forbidden: Snapshot recovery from remote URLs is disabled in the configuration")
    assert not urls_switched_off("Forbidden: collection `disabled` is not yours")
