# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a drill warns of before it begins."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._drill.facts import Picked
from ansible_collections.vectorops.qdrant.plugins.module_utils._drill.plan import warnings_of
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.catalogue import BackupEntry
from ansible_collections.vectorops.qdrant.tests.unit.repository.make_manifest import ID, manifest


@pytest.mark.parametrize(
    ("gone", "told"),
    [
        (
            {"collections": ["articles", "notes"]},
            [f"Backup {ID} was made after these collections were gone: articles, notes"],
        ),
        ({"aliases": ["live"]}, []),
        ({}, []),
    ],
)
def test_the_collections_that_were_gone_are_named(gone, told):
    made = dataclasses.replace(manifest(), extra={"suspect": {"why": "gone", "gone": gone}})
    assert list(warnings_of([Picked(BackupEntry("node-a", ID, ""), made)])) == told
