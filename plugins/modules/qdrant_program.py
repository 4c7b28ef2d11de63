#!/usr/bin/python
# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: qdrant_program
short_description: Install the program qdrant-backup on a host
version_added: 0.1.0
author:
  - VectorOps contributors (@vectorops)
description:
  - Writes the program C(qdrant-backup) to the host. It is a single file and does what the modules do, without Ansible.
  - The same release of the collection writes the same bytes on every host, independent of its Python. A second run changes nothing.
  - The file is replaced atomically; a run of the program that is in progress is not affected.
  - A file that is not this program is neither overwritten nor removed.
extends_documentation_fragment:
  - vectorops.qdrant._attributes
  - ansible.builtin.files
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details:
      - Shows version and hash, not the bytes.
  idempotent:
    support: full
  action_group:
    support: none
    membership: []
options:
  path:
    description:
      - Path of the program. The folder must exist.
    type: path
    default: /usr/local/bin/qdrant-backup
  interpreter:
    description:
      - Absolute path of the Python that runs the program. It is written to the program's first line.
      - This Python needs requests, boto3 for a repository in S3, and PyYAML for a configuration file in YAML. The module itself does not need them.
    type: path
    default: /usr/bin/python3
  state:
    description:
      - Whether the program must exist.
    type: str
    choices: [present, absent]
    default: present
  mode:
    description:
      - The permissions of the program; default is V(0755).
notes:
  - Works with Python 3.9 and later on the target. The module itself needs no library.
seealso:
  - module: vectorops.qdrant.qdrant_backup
  - module: vectorops.qdrant.qdrant_restore
  - ref: ansible_collections.vectorops.qdrant.docsite.guide_program
    description: The program and its configuration.
"""

EXAMPLES = r"""
- name: Install the program
  vectorops.qdrant.qdrant_program:

- name: Use the Python of a virtual environment that has the libraries
  vectorops.qdrant.qdrant_program:
    interpreter: /opt/qdrant-backup/venv/bin/python
    owner: root
    group: root
    mode: "0755"

- name: Remove the program
  vectorops.qdrant.qdrant_program:
    state: absent
"""

RETURN = r"""
path:
  description: Where the program is, or was.
  returned: always
  type: str
version:
  description: Version of the installed program, or of the removed one.
  returned: if there is one
  type: str
sha256:
  description: SHA-256 of the program.
  returned: if there is one
  type: str
"""

import os
import tempfile

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import EngineError
from ansible_collections.vectorops.qdrant.plugins.module_utils._options import PROGRAM, argument_spec
from ansible_collections.vectorops.qdrant.plugins.module_utils._program.install import Change, plan


def main() -> None:
    module = AnsibleModule(argument_spec(PROGRAM), add_file_common_args=True, supports_check_mode=True)
    try:
        change = plan(module.params["path"], module.params["interpreter"], module.params["state"])
    except EngineError as error:
        module.fail_json(msg=error.sentence())
    if change.changed and not module.check_mode:
        carry_out(module, change)
    report = change.report()
    if change.data is not None:
        if module.params["mode"] is None:
            module.params["mode"] = "0755"
        wanted = module.load_file_common_arguments(module.params, path=change.path)
        report["changed"] = module.set_fs_attributes_if_different(wanted, change.changed)
    if not module._diff:
        del report["diff"]
    module.exit_json(**report)


def carry_out(module: AnsibleModule, change: Change) -> None:
    """Write the file beside its place and move it there, or remove it."""
    try:
        if change.data is None:
            os.unlink(change.path)
            return
        handle, temporary = tempfile.mkstemp(dir=module.tmpdir)
        with os.fdopen(handle, "wb") as file:
            file.write(change.data)
        module.atomic_move(temporary, change.path, unsafe_writes=module.params["unsafe_writes"])
    except OSError as error:
        module.fail_json(msg=f"Could not change {change.path}: {error.strerror or error}.")


if __name__ == "__main__":
    main()
