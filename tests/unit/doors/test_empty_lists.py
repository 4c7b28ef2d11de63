# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A list that is given and empty is often a filter that found nothing. It never selects everything."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils import _options
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import UsageError
from ansible_collections.vectorops.qdrant.plugins.module_utils._verbs import restore


def run(**given: Any) -> None:
    restore.run({**_options.defaults(*restore.OPTIONS), "path": "/nowhere", **given}, False, lambda event: None)


@pytest.mark.parametrize("mode", ["new", "missing", "replace", "switch", "repair"])
@pytest.mark.parametrize(("name", "value"), [("collections", []), ("nodes", {})])
def test_a_restore_refuses_it(mode: str, name: str, value: Any) -> None:
    with pytest.raises(UsageError, match=f"{name} is empty"):
        run(mode=mode, **{name: value})


def test_without_a_list_the_check_goes_on() -> None:
    with pytest.raises(UsageError, match="repair needs all nodes"):
        run(mode="repair")
