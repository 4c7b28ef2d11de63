# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a test needs of its node, where a server that runs already (QDRANT_URL) or a real one cannot give it."""

from __future__ import annotations

import pytest

from .qdrant import is_given, uses_double

needs_own_server = pytest.mark.skipif(
    is_given(), reason="needs a server of its own: that of QDRANT_URL is not stopped, and has its own keys and settings"
)
needs_hooks = pytest.mark.skipif(not uses_double(), reason="a real server cannot be led to a named step")
