# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a HEAD says of whether an object can be read at once."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.s3_answers import info_of

THAWED = 'ongoing-request="false", expiry-date="Fri, 27 Nov 2026 00:00:00 GMT"'
ROWS = {
    "no class": ({}, ""),
    "standard": ({"StorageClass": "STANDARD_IA"}, ""),
    "cold and quick": ({"StorageClass": "GLACIER_IR"}, ""),
    "frozen": ({"StorageClass": "GLACIER"}, "must be thawed"),
    "deeply frozen": ({"StorageClass": "DEEP_ARCHIVE"}, "storage class DEEP_ARCHIVE"),
    "being thawed": ({"StorageClass": "GLACIER", "Restore": 'ongoing-request="true"'}, "is being thawed"),
    "thawed": ({"StorageClass": "GLACIER", "Restore": THAWED}, ""),
    "intelligent and awake": ({"StorageClass": "INTELLIGENT_TIERING"}, ""),
    "intelligent and asleep": (
        {"StorageClass": "INTELLIGENT_TIERING", "ArchiveStatus": "DEEP_ARCHIVE_ACCESS"},
        "tier DEEP_ARCHIVE_ACCESS of storage class INTELLIGENT_TIERING and must be thawed",
    ),
    "intelligent and waking": (
        {
            "StorageClass": "INTELLIGENT_TIERING",
            "ArchiveStatus": "ARCHIVE_ACCESS",
            "Restore": 'ongoing-request="true"',
        },
        "is being thawed from tier ARCHIVE_ACCESS",
    ),
}


@pytest.mark.parametrize(("headers", "why"), ROWS.values(), ids=ROWS)
def test_whether_it_can_be_read(headers, why):
    info = info_of("a", {"ContentLength": 5, "ETag": '"e"', **headers})
    assert info.readable == (why == "") and why in info.frozen
