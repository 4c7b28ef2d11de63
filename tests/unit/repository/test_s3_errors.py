# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors that the library raises without a class of its own."""

from __future__ import annotations

import datetime

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.s3_errors import from_outside, store_error


def test_a_service_that_hands_out_expired_credentials():
    credentials = pytest.importorskip("botocore.credentials")
    past = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=5)
    old = {"access_key": "a", "secret_key": "made-up", "token": "made-up", "expiry_time": past.isoformat()}
    source = credentials.RefreshableCredentials.create_from_metadata(old, lambda: old, "tests")
    with pytest.raises(RuntimeError) as caught:
        source.get_frozen_credentials()
    assert from_outside(caught.value)
    error = store_error(caught.value, "list", "bucket")
    assert error.kind == "expired" and "still expired" in error.sentence()


def test_any_other_error_is_not_of_the_store():
    assert not from_outside(RuntimeError("a mistake of our own"))
