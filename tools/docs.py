# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the documentation site: antsibull-docs writes the sources, sphinx builds them, every warning is an error.

Links to other projects' sites are resolved with small inventories made here, so the build needs no network.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zlib
from pathlib import Path

import copy_tree

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / ".cache" / "docs"

# Labels of docs.ansible.com that the generated pages and the guides refer to.
LABELS = {
    "action_plugins": "plugins/action.html",
    "ansible_configuration_settings": "reference_appendices/config.html",
    "ansible_collections_using": "collections_guide/index.html",
    "collections": "collections_guide/index.html",
    "common_return_values": "reference_appendices/common_return_values.html",
    "module_defaults_groups": "user_guide/playbooks_module_defaults.html",
}


def inventory(path: Path) -> None:
    """A Sphinx inventory (version 2) with the labels above."""
    head = b"# Sphinx inventory version 2\n# Project: Ansible\n# Version: 0\n"
    head += b"# The remainder of this file is compressed using zlib.\n"
    lines = [f"{name} std:label -1 {target}#{name} {name}\n" for name, target in sorted(LABELS.items())]
    path.write_bytes(head + zlib.compress("".join(lines).encode()))


def main() -> int:
    tree = copy_tree.copy("docs")
    env = copy_tree.surroundings(tree)
    # Only in the copy: the site shows the changelog of the next release, and an invalid fragment is found here.
    subprocess.run(["antsibull-changelog", "release"], cwd=tree, env=env, check=True)
    shutil.rmtree(SITE, ignore_errors=True)
    SITE.mkdir(parents=True)
    init = [
        "antsibull-docs",
        "sphinx-init",
        "--use-current",
        "--squash-hierarchy",
        "--lenient",
        "--dest-dir",
        str(SITE),
        "vectorops.qdrant",
    ]
    subprocess.run(init, cwd=tree, env=env, check=True)
    inventory(SITE / "rst" / "ansible.inv")
    conf = SITE / "conf.py"
    mapping = 'intersphinx_mapping = {"ansible": ("https://docs.ansible.com/ansible/latest/", "ansible.inv")}'
    text, count = re.subn(r"^intersphinx_mapping = \{.*?^\}", mapping, conf.read_text(), flags=re.M | re.S)
    if count != 1:
        sys.stderr.write(
            f"docs: {conf} has {count} settings of intersphinx_mapping, not one: antsibull-docs has changed\n"
        )
        return 1
    conf.write_text(text)
    (SITE / "rst").chmod(0o755)  # antsibull-docs refuses a folder that others may write
    pages = [
        "antsibull-docs",
        "--config-file",
        str(SITE / "antsibull-docs.cfg"),
        "collection",
        "--fail-on-error",
    ]
    pages += ["--use-current", "--squash-hierarchy", "--dest-dir", str(SITE / "rst"), "vectorops.qdrant"]
    if subprocess.run(pages, cwd=tree, env=env, check=False).returncode:
        return 1
    # antsibull-docs copies the guides, but not their pictures.
    for guides in (SITE / "rst").rglob("docsite"):
        shutil.copytree(tree / "docs" / "docsite" / "rst" / "images", guides / "images")
    command = [sys.executable, "-m", "sphinx", "-M", "html", "rst", "build", "-c", ".", "-W", "--keep-going", "-q"]
    code = subprocess.run(command, cwd=SITE, env=env, check=False).returncode
    if not code:
        sys.stdout.write(f"docs: {SITE / 'build' / 'html' / 'index.html'}\n")
    return code


if __name__ == "__main__":
    raise SystemExit(main())
