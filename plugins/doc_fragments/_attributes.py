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
    description: Can run in check mode and say what it would do, without changing anything.
  diff_mode:
    description: Returns what is different, or would be, when run in diff mode.
  idempotent:
    description: Run again with the same options while nothing else changed, it changes nothing.
  action_group:
    description: Groups of modules whose options can be set together with C(module_defaults).
"""

    QDRANT = r"""
options: {}
requirements:
  - requests (on the target)
"""

    REPOSITORY = r"""
options: {}
requirements:
  - boto3 or botocore (on the target, for a repository in S3)
notes:
  - Run this module on the Qdrant host itself, or on the host that a folder repository is mounted on.
  - Credentials are found by botocore's own chain, instance role included. Give keys only where there is no role.
"""
