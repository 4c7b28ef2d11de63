# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The advice for a missing library, also where the distribution forbids pip (PEP 668)."""

from __future__ import annotations

import sys
import sysconfig

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import MissingLibraryError


@pytest.fixture
def distribution(monkeypatch, tmp_path):
    """This interpreter, as if it were the distribution's own."""
    (tmp_path / "EXTERNALLY-MANAGED").touch()
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path))
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)


@pytest.mark.parametrize(("library", "package"), [("requests", "python3-requests"), ("PyYAML", "python3-yaml")])
def test_a_python_of_the_distribution_gets_its_packages(distribution, library, package):
    said = MissingLibraryError(library, "talk to Qdrant").sentence()
    assert f"apt install {package}" in said and f"{sys.executable} -m pip" not in said
    assert f"python3 -m venv FOLDER && FOLDER/bin/pip install {library}" in said


def test_a_virtual_environment_gets_pip(distribution, monkeypatch):
    monkeypatch.setattr(sys, "prefix", "/srv/venv")
    assert f"{sys.executable} -m pip install requests" in MissingLibraryError("requests", "talk to Qdrant").sentence()
