# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many points one batch may have where strict mode limits requests."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._points.writing import most_of
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.values import Collection


@pytest.mark.parametrize(
    ("limits", "most"),
    [
        ({"upsert_max_batchsize": 7}, 7),
        ({"write_rate_limit": 60, "upsert_max_batchsize": 100}, 60),
        ({"read_rate_limit": 90}, 30),
        ({"read_rate_limit": 1}, 1),
        ({"max_query_limit": 5}, None),
        ({"enabled": False, "write_rate_limit": 60}, None),
    ],
)
def test_a_batch_is_no_larger_than_strict_mode_ever_allows(limits, most):
    """A request of more points than a rate limit has in a minute is refused whenever it comes."""
    config = {"params": {}, "strict_mode_config": {"enabled": True, **limits}}
    assert most_of(Collection("it", "", "", config, {}, 0, 0, None, [])) == most
