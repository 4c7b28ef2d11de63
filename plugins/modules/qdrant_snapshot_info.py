#!/usr/bin/python
# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: qdrant_snapshot_info
short_description: List the snapshots on a Qdrant node
version_added: 0.1.0
author:
  - VectorOps contributors (@vectorops)
description:
  - Lists the snapshots of a collection, a shard or everything, as the node reports them.
  - For a deleted collection the node lists no snapshots, although their files stay in the snapshots folder.
extends_documentation_fragment:
  - vectorops.qdrant._attributes
  - vectorops.qdrant._attributes.qdrant
  - vectorops.qdrant._node
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
  action_group:
    support: full
    membership:
      - vectorops.qdrant.qdrant
options:
  kind:
    description:
      - What the snapshots hold. V(collection) is one collection as this node has it, V(shard) one shard of it, V(full) everything on the node.
      - A full snapshot can be restored only when a server starts; prefer collections.
    type: str
    choices: [collection, shard, full]
    default: collection
  collection:
    description:
      - The collection, for O(kind=collection) and O(kind=shard).
    type: str
  shard_id:
    description:
      - The shard, for O(kind=shard).
    type: int
seealso:
  - module: vectorops.qdrant.qdrant_snapshot
  - module: vectorops.qdrant.qdrant_backup_info
"""

EXAMPLES = r"""
- name: List the snapshots of a collection
  vectorops.qdrant.qdrant_snapshot_info:
    collection: articles
  register: found

- name: Show the newest snapshot
  ansible.builtin.debug:
    msg: "{{ found.snapshots | first }}"
"""

RETURN = r"""
snapshots:
  description: The snapshots, newest first.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: File name.
      type: str
      returned: always
    size:
      description: Size in bytes.
      type: int
      returned: always
    creation_time:
      description: Time of creation (UTC).
      type: str
      returned: if the server returns it
    checksum:
      description: SHA-256 of the archive.
      type: str
      returned: if the server returns it
"""

from ansible_collections.vectorops.qdrant.plugins.module_utils._ansible import run_module
from ansible_collections.vectorops.qdrant.plugins.module_utils._verbs import snapshot_info


def main() -> None:
    run_module(snapshot_info)


if __name__ == "__main__":
    main()
