# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""antsibull-docs, whose arguments follow, with temporary folders whose names do not end in an underscore.

It writes the name of its folder into the pages that it checks, and there ``name_`` is a link to a target that does not
exist: one run in 37 failed.
"""

from __future__ import annotations

import sys
import tempfile

from antsibull_docs.cli.antsibull_docs import main

tempfile._RandomNameSequence.characters = "abcdefghijklmnopqrstuvwxyz0123456789"  # type: ignore[attr-defined]
sys.exit(main())
