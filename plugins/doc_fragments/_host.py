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
      - Folder for locks and for the intents of restores.
    type: path
    default: /var/lib/qdrant-backup
  spool_dir:
    description:
      - Folder for archives on their way, where they cannot be read or placed directly. They are removed afterwards.
    type: path
  min_free:
    description:
      - Bytes that must stay free on the node's disk (suffixes K, M, G). Below about 64 MB Qdrant refuses every write.
      - Checked where O(snapshots_dir) is given.
    type: str
    default: "1G"
"""
