# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a HEAD says of whether an object can be read at once."""

from __future__ import annotations

import shlex

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.s3_answers import info_of
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.s3_options import S3Options
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.thaw import thaw_command

THAWED = 'ongoing-request="false", expiry-date="Fri, 27 Nov 2026 00:00:00 GMT"'
ROWS = {
    "no class": ({}, ""),
    "standard": ({"StorageClass": "STANDARD_IA"}, ""),
    "cold and quick": ({"StorageClass": "GLACIER_IR"}, ""),
    "frozen": (
        {"StorageClass": "GLACIER"},
        "restore it first (aws s3api restore-object), which takes 3-5 hours (Standard), or 5-12 hours (Bulk)",
    ),
    "deeply frozen": ({"StorageClass": "DEEP_ARCHIVE"}, "storage class DEEP_ARCHIVE"),
    "being thawed": ({"StorageClass": "GLACIER", "Restore": 'ongoing-request="true"'}, "is being restored"),
    "thawed": ({"StorageClass": "GLACIER", "Restore": THAWED}, ""),
    "intelligent and awake": ({"StorageClass": "INTELLIGENT_TIERING"}, ""),
    "intelligent and asleep": (
        {"StorageClass": "INTELLIGENT_TIERING", "ArchiveStatus": "DEEP_ARCHIVE_ACCESS"},
        "tier DEEP_ARCHIVE_ACCESS of storage class INTELLIGENT_TIERING: restore it first",
    ),
    "intelligent and waking": (
        {
            "StorageClass": "INTELLIGENT_TIERING",
            "ArchiveStatus": "ARCHIVE_ACCESS",
            "Restore": 'ongoing-request="true"',
        },
        "is being restored from tier ARCHIVE_ACCESS",
    ),
}


@pytest.mark.parametrize(("headers", "why"), ROWS.values(), ids=ROWS)
def test_whether_it_can_be_read(headers, why):
    info = info_of("a", {"ContentLength": 5, "ETag": '"e"', **headers})
    assert info.readable == (why == "") and why in info.frozen


@pytest.mark.parametrize(
    ("options", "tiering", "words"),
    [
        (
            {},
            False,
            'aws s3api restore-object --bucket b --key "p/a b" --restore-request '
            '\'{"GlacierJobParameters": {"Tier": "Standard"}, "Days": 7}\'',
        ),
        (
            {"endpoint_url": "https://s3.example.org", "region": "eu-1", "profile": "ops"},
            True,
            'aws s3api restore-object --bucket b --key "p/a b" --restore-request '
            '\'{"GlacierJobParameters": {"Tier": "Standard"}}\' --endpoint-url https://s3.example.org --region eu-1 '
            "--profile ops",
        ),
    ],
)
def test_the_command_that_makes_it_readable(options, tiering, words):
    assert shlex.split(thaw_command(S3Options(bucket="b", **options), "p/a b", tiering)) == shlex.split(words)
