# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventories of the guides, as they are copied: read by Ansible, checked by the roles, taken by the program."""

from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess
import sys
import textwrap

import pytest
import yaml
from ansible_collections.vectorops.qdrant.tests.support import ansible

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not ansible.has_ansible(), reason="needs ansible-playbook"),
]
ROOT = pathlib.Path(__file__).parents[2]
GUIDES = sorted((ROOT / "docs" / "docsite" / "rst").glob("*.rst"))
ROLES = sorted(path.parent.parent.name for path in ROOT.glob("roles/*/meta/argument_specs.yml"))
CHECKED = ("qdrant_server", "qdrant_backup", "qdrant_bucket")
BLOCK = re.compile(r"^\.\. code-block:: yaml\n((?:   :\w+:.*\n)*)\n((?:(?:   .*)?\n)+)", re.M)


def blocks(path: pathlib.Path) -> list[str]:
    return [textwrap.dedent(body) for dummy, body in BLOCK.findall(path.read_text())]


def inventories() -> list[tuple[str, str]]:
    """(name, text) of every example that has hosts in the group that the playbooks take."""
    return [
        (f"{path.stem}-{number}", text)
        for path in GUIDES
        for number, text in enumerate(blocks(path))
        if text.startswith("qdrant:\n")
    ]


def options(role: str, entry: str = "") -> dict[str, dict]:
    specs = yaml.safe_load((ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text())["argument_specs"]
    return {name: about for key in ([entry] if entry else specs) for name, about in specs[key]["options"].items()}


def test_there_are_examples_for_every_kind_of_store():
    text = " ".join(found for dummy, found in inventories())
    assert len(inventories()) >= 8
    assert all(word in text for word in ("minio", "rgw", "s3.example.org:8333", "qdrant_server_cluster", "wheels"))


def test_variables_in_guides_exist():
    known = {name for role in ROLES for name in options(role)}
    prefixes = tuple(f"{role}_" for role in ROLES)
    for path in GUIDES:
        named = {name for text in blocks(path) for name in re.findall(r"^[ -]*(qdrant_[a-z_0-9]+):", text, flags=re.M)}
        assert {name for name in named if name.startswith(prefixes)} <= known, path


@pytest.fixture(scope="module")
def play(tmp_path_factory):
    """A play that does what the roles do before they look at a host, and writes the program's configuration."""
    folder = tmp_path_factory.mktemp("examples")
    backup = ROOT / "roles" / "qdrant_backup"
    tasks = []
    for role in CHECKED:
        when = {"qdrant_server": "qdrant_server_version is defined", "qdrant_bucket": "qdrant_backup_bucket is defined"}
        described = {
            name: {k: v for k, v in one.items() if k != "description"} for name, one in options(role, "main").items()
        }
        (folder / f"{role}.json").write_text(json.dumps(described))
        tasks += [
            {
                "ansible.builtin.validate_argument_spec": {
                    "argument_spec": f"{{{{ lookup('ansible.builtin.file', '{folder}/{role}.json') | from_json }}}}"
                },
                "when": when.get(role, True),
            },
            {
                "ansible.builtin.include_role": {
                    "name": f"vectorops.qdrant.{role}",
                    "tasks_from": "check",
                    "public": True,
                },
                "when": when.get(role, True),
            },
        ]
    tasks += [
        {"ansible.builtin.include_vars": str(backup / "vars" / "settings.yml")},
        {
            "ansible.builtin.template": {
                "src": str(backup / "templates" / "config.yml.j2"),
                "dest": "{{ configurations }}/{{ inventory_hostname }}.yml",
                "mode": "0600",
            }
        },
    ]
    path = folder / "play.yml"
    path.write_text(yaml.safe_dump([{"hosts": "qdrant", "connection": "local", "gather_facts": False, "tasks": tasks}]))
    return path


def run(folder: pathlib.Path, play: pathlib.Path, text: str) -> subprocess.CompletedProcess[str]:
    folder.mkdir(exist_ok=True)
    (folder / "hosts.yml").write_text(text.replace("<its sha256>", "0" * 64))
    given = {name: f"made-up-{name}-of-an-example" for name in re.findall(r"\bvault_\w+", text)}
    given["configurations"] = str(folder)
    (folder / "vault.json").write_text(json.dumps(given))
    where = ("-i", "hosts.yml", "-e", "@vault.json", "-e", "ansible_connection=local")
    return ansible.play_here(folder, *where, "-e", f"ansible_python_interpreter={sys.executable}", str(play))


@pytest.mark.parametrize(("name", "text"), [pytest.param(*one, id=one[0]) for one in inventories()])
def test_an_example_is_taken_by_the_roles_and_the_program(tmp_path, play, name, text):
    done = run(tmp_path, play, text)
    assert done.returncode == 0, done.stdout + done.stderr
    hosts = yaml.safe_load(text)["qdrant"]["hosts"]
    for host in hosts:
        asked = subprocess.run(
            [
                sys.executable,
                "-m",
                "plugins.module_utils._program",
                "config",
                "--json",
                "--config",
                f"{tmp_path}/{host}.yml",
            ],
            cwd=ROOT,
            env={key: value for key, value in os.environ.items() if not key.startswith("QDRANT_BACKUP_")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert asked.returncode == 0, asked.stderr
        settings = {one["name"]: one["value"] for one in json.loads(asked.stdout)["settings"]}
        variables = yaml.safe_load(text)["qdrant"]["vars"]
        assert settings["bucket"] == variables.get("qdrant_backup_bucket")
        assert settings["endpoint_url"] == variables.get("qdrant_backup_endpoint_url")


def test_a_misspelt_variable_in_an_example_is_found(tmp_path, play):
    name, text = inventories()[0]
    done = run(tmp_path, play, text.replace("qdrant_backup_bucket:", "qdrant_backup_buckt:"))
    assert done.returncode and "qdrant_backup_buckt" in done.stdout, name


@pytest.mark.skipif(not ansible.has_collection("amazon.aws"), reason="amazon.aws is not here: tools/galaxy.py")
def test_the_dynamic_inventory_uses_options_that_the_plugin_has():
    found = [text for path in GUIDES for text in blocks(path) if text.startswith("plugin:")]
    assert len(found) == 1
    example = yaml.safe_load(found[0])
    done = subprocess.run(
        [str(pathlib.Path(sys.executable).parent / "ansible-doc"), "-t", "inventory", "--json", example["plugin"]],
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": ansible.all_collections_path()},
        capture_output=True,
        text=True,
        check=False,
    )
    known = json.loads(done.stdout)[example["plugin"]]["doc"]["options"]
    assert set(example) - {"plugin"} <= set(known), set(example) - set(known)
