# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The embedded engine as a library: whether it is here, and whose archives it opens."""

from __future__ import annotations

import importlib.metadata
import re

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import MissingLibraryError, UsageError
from ansible_collections.vectorops.qdrant.plugins.module_utils._engine import library


def test_an_old_python_is_named_with_what_to_do(monkeypatch):
    monkeypatch.setattr(library.sys, "version_info", (3, 9, 18))
    with pytest.raises(UsageError, match=r"needs Python 3\.10 or later; this is Python 3\.9.*set grade to 1"):
        library.require()


def test_a_missing_library_is_named_with_the_command(monkeypatch):
    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(library.sys, "version_info", (3, 13, 0))
    monkeypatch.setattr(library.importlib.metadata, "version", missing)
    with pytest.raises(MissingLibraryError, match="-m pip install qdrant-edge-py"):
        library.require()


@pytest.mark.parametrize(
    ("engine", "server", "said"),
    [
        ("0.9.0", "1.18.3", ""),
        ("0.9.0", "1.19.0", ""),
        ("0.9.4", "1.19.2-dev", ""),
        ("0.12.0", "1.19.0", ""),
        ("0.9.0", "1.20.0", "made by Qdrant 1.20.0.*Qdrant 1.19 and earlier"),
        ("0.9.0", "2.0.0", "made by Qdrant 2.0.0"),
        ("0.8.0", "1.18.0", "no known Qdrant version"),
        ("odd", "1.18.0", "no known Qdrant version"),
        ("0.9.0", None, "does not record"),
        ("0.9.0", "", "does not record"),
    ],
)
def test_a_failed_load_says_something_only_if_the_engine_is_not_older(engine, server, said):
    found = library.older_than(engine, server)
    assert bool(found) == bool(said)
    if said:
        assert re.search(said, found)
