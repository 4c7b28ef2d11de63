# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Three hosts, and playbooks run on them with the blocks of YAML that a user copies from our documents.

The hosts have other names of their own than the inventory gives them, as on EC2.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import pathlib
import re
import tarfile
import textwrap
from collections.abc import Callable
from typing import Any

from ansible_collections.vectorops.qdrant.tests.hosts import images, machines, plays, server, wheels
from ansible_collections.vectorops.qdrant.tests.support import s3

NAMES = ("node-a", "node-b", "node-c")
PROVISION = "vectorops.qdrant.provision"
SERVER = ("--tags", "qdrant_server")  # without the backup role, where only the server changes


def lines(path: str, begin: str) -> str:
    """The block of YAML in a document that begins so."""
    text = (images.ROOT / path).read_text(encoding="utf-8")
    found = re.findall(r"^```yaml\n((?s:.*?))^```|^\.\. code-block:: yaml\n\n((?:(?:   .*)?\n)+)", text, flags=re.M)
    blocks = [textwrap.dedent(markdown or rst) for markdown, rst in found]
    (block,) = [one for one in blocks if one.startswith(begin)]
    return block.rstrip("\n") + "\n"


@dataclasses.dataclass(frozen=True)
class Three:
    """Three bare hosts, by the inventory's names, which have the ten lines of the README.

    The backups lie below the prefix, and none of another file's hosts do: those have the same names.
    """

    machines: dict[str, machines.Machine]
    controller: plays.Controller
    store: s3.RunningS3
    prefix: str
    folder: pathlib.Path
    around: dict[str, Any]

    def play(self, playbook: str, *words: str, more: dict[str, Any] | None = None, check: bool = True) -> plays.Outcome:
        """Runs a playbook with the lines of the README, and what hosts need that cannot download."""
        variables = self.folder / "more.json"
        variables.write_text(json.dumps({**self.around, **(more or {})}))
        files = ("-i", str(self.folder / "hosts.yml"), "-i", str(self.folder / "where.json"), "-e", f"@{variables}")
        return self.controller.play([], playbook, {}, *files, *words, check=check)

    def kept(self) -> dict[str, list[str]]:
        """Backup ids by the node's name."""
        below = f"{self.prefix}/search/manifests/"
        listing = self.store.client().list_objects_v2(Bucket=self.store.bucket, Prefix=below)
        found: dict[str, list[str]] = {name: [] for name in NAMES}
        for item in listing.get("Contents", []):
            found.setdefault(item["Key"].split("/")[3], []).append(item["Key"].split("/")[4])
        return found


def bring_up(
    letters: str,
    prefix: str,
    new_machine: Callable[..., machines.Machine],
    attach_role: Callable[..., None],
    controller: plays.Controller,
    store: s3.RunningS3,
    folder: pathlib.Path,
) -> Three:
    """Boots bare hosts with the letters for their own names and the server's program at hand; nothing is installed."""
    made = dict(zip(NAMES, [new_machine(f"node-{letter}", images.BARE) for letter in letters], strict=True))
    known = "".join(f"{machine.address} {name}\n" for name, machine in made.items())
    for name, machine in made.items():
        machine.up()
        server.bring_double(machine)
        attach_role(machine, name)
        machine.run("cat >>/etc/hosts", text=known)
    own = folder / prefix
    own.mkdir()
    archive = own / "qdrant.tar.gz"
    with tarfile.open(archive, "w:gz", compresslevel=1) as out:
        out.add(server.program(), arcname="qdrant")
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    version = rf"\g<1>{server.VERSION}"
    readme = re.sub(r"(qdrant_server_version: )\S+", version, lines("README.md", "qdrant:\n"))
    (own / "hosts.yml").write_text(readme)
    reached = json.loads(controller.inventory(list(made.values()), {}, {}).read_text())["qdrant"]["hosts"]
    where = {name: reached[machine.name] for name, machine in made.items()}
    (own / "where.json").write_text(json.dumps({"qdrant": {"hosts": where}}))
    around = {
        "vault_qdrant_api_key": server.KEY,
        "qdrant_server_archive": str(archive),
        "qdrant_server_sha256": digest,
        **plays.QUIET,
        "qdrant_backup_bucket": store.bucket,
        "qdrant_backup_endpoint_url": store.url,
        "qdrant_backup_region": store.region,
        "qdrant_backup_prefix": prefix,
        "qdrant_backup_cluster": "search",
        "qdrant_backup_wheels": str(wheels.packed()),
        "qdrant_backup_min_free": "1M",
    }
    return Three(made, controller, store, prefix, own, around)
