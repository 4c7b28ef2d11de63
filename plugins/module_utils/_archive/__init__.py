# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a ``.snapshot`` archive without a server: members, embedded config, checksums, content digest, structure.

``inspect`` reads one in a single pass with flat memory; ``facts`` holds what it says.
"""
