# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of what the run keeps on the host, shared by modules. Private to the collection."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  state_dir:
    description:
      - Folder for locks, for the intents of restores, and for the cache of manifests.
    type: path
    default: /var/lib/qdrant-backup
  spool_dir:
    description:
      - Folder for temporary copies of archives, if they cannot be read or written in place. They are removed afterwards.
    type: path
  min_free:
    description:
      - Bytes that must stay free on the node's disk (suffixes K, M, G). Below about 64 MB Qdrant refuses every write.
      - Checked if O(snapshots_dir) is set.
    type: str
    default: "1G"
"""
