# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deliveries that failed are told once each."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.state import Attempt, sentence_of

UNPACK = (
    "Service internal error: failed to unpack `/qdrant/storage/tmp/articles-1.snapshot-{}.download/0/segments/a.tar`"
)


@pytest.mark.parametrize(
    ("attempts", "sentence"),
    [
        ([], ""),
        ([("url", "HTTP 403")], "url: HTTP 403"),
        ([("url", "cut."), ("url", "cut"), ("upload", "full")], "url (2 times): cut; upload: full"),
        (
            [("url", UNPACK.format(name)) for name in ("aB3", "xY9", "Qq0")],
            "url (3 times): Service internal error: failed to unpack `.../a.tar`",
        ),
        (
            [("url", "Failed to download tar from http://s3:8333/b/search/a.snapshot status - 503")],
            "url: Failed to download tar from http://s3:8333/b/search/a.snapshot status - 503",
        ),
        ([("url", "503"), ("url", "cut"), ("url", "503")], "url: 503; url: cut; url: 503"),
        ([("file", "its sha256 is 00, the backup says 11")], "file: its sha256 is 00, the backup says 11"),
    ],
)
def test_what_is_said_of_them(attempts, sentence):
    assert sentence_of(Attempt(way, said) for way, said in attempts) == sentence
