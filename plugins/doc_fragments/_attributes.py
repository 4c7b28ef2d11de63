# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attributes and requirements that modules share. Private to the collection."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in check mode. It then returns what it would do, and changes nothing.
  diff_mode:
    description: Returns what it changed, or would change, when run in diff mode.
  idempotent:
    description: A second run with the same options changes nothing, if nothing else changed.
  action_group:
    description: Groups of modules whose options can be set together with C(module_defaults).
"""

    QDRANT = r"""
options: {}
requirements:
  - requests (on the target, only where an archive behind a URL is read)
"""

    REPOSITORY = r"""
options: {}
requirements:
  - boto3 or botocore (on the target, for a repository in S3)
notes:
  - Run this module on the Qdrant host itself, or on the host that a folder repository is mounted on.
  - Credentials are found by boto3's own search, including the instance role. Set keys only if there is no role.
"""
