# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every variable of the role qdrant_backup given as text (``-e name=text``), in the option's type."""

from __future__ import annotations

import pathlib
import sys
from typing import Any

import pytest
import yaml
from ansible_collections.vectorops.qdrant.plugins.module_utils._program.commands import standing
from ansible_collections.vectorops.qdrant.plugins.module_utils._program.configuration import read_configuration
from ansible_collections.vectorops.qdrant.tests.gates.test_backup_settings import ELSEWHERE, variable
from ansible_collections.vectorops.qdrant.tests.support import ansible

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not ansible.has_ansible(), reason="needs ansible-playbook"),
]
ROLE = pathlib.Path(__file__).parents[2] / "roles" / "qdrant_backup"
OF_TYPE: dict[str, tuple[str, Any]] = {
    "bool": ("false", False),
    "int": ("5", 5),
    "float": ("0.5", 0.5),
    "list": ("a*, b", ["a*", "b"]),
    "str": ("word", "word"),
    "path": ("/some/where", "/some/where"),
}
OF_NAME = {
    "min_free": "2G",
    "max_age": "26h",
    "max_drill_age": "8d",
    "keep_within": "14d",
    "engine_memory": "2G",
    "engine_timeout": "30m",
    "orphan_grace": "2d",
    "url": "http://127.0.0.1:7333",
    "endpoint_url": "https://s3.example.org",
    "path": "/mnt/nas/backups",
}
# The role's own, and what stands in the unit for it.
OWN = {
    "qdrant_backup_wait_for_access": ("7", "--wait-for-access 7\n"),
    "qdrant_backup_allowed_addresses": ("10.0.0.0/8,192.0.2.1", " 10.0.0.0/8 192.0.2.1\n"),
    "qdrant_backup_environment": (
        "AWS_ROLE_ARN=arn:x,AWS_EC2_METADATA_DISABLED=true",
        'Environment="AWS_ROLE_ARN=arn:x"\n',
    ),
    "qdrant_backup_storage_dir": ("/some/where", "InaccessiblePaths=-/some/where\n"),  # a setting as well
    "qdrant_backup_timeout": ("90", "TimeoutStartSec=90\n"),
    "qdrant_backup_slot": ("900", "run --slot 900 "),
}


def given(repository: str) -> dict[str, tuple[str, Any]]:
    """Setting: (text, value). A bucket and a path exclude each other."""
    found = {}
    for name, option in standing().items():
        if option.secret or name in ELSEWHERE or name in {"bucket", "path"} - {repository}:
            continue
        text, value = OF_TYPE[option.type]
        if name in OF_NAME or option.choices:
            text = value = OF_NAME.get(name) or option.choices[-1]
        found[name] = (text, value)
    return found


def written(folder: pathlib.Path, texts: dict[str, str], unit: str = "qdrant-backup.service") -> pathlib.Path:
    """The folder with config.yml and the unit, written as the role writes them."""
    known = {
        "__qdrant_backup_user": "qdrant",
        "__qdrant_backup_lent": "",
        "item": f"{{{{ __qdrant_backup_units | selectattr('file', '==', '{unit}') | first }}}}",
    }
    tasks: list[dict[str, Any]] = [
        {
            "ansible.builtin.include_role": {
                "name": "vectorops.qdrant.qdrant_backup",
                "tasks_from": "check",
                "public": True,
            }
        },
        {"ansible.builtin.include_vars": str(ROLE / "vars" / "settings.yml")},
    ]
    for name in ("config.yml", "service"):
        template = {"src": str(ROLE / "templates" / f"{name}.j2"), "dest": str(folder / name), "mode": "0600"}
        tasks.append({"ansible.builtin.template": template, "vars": known})
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}
    (folder / "play.yml").write_text(yaml.safe_dump([play]))
    words = [word for name, text in texts.items() for word in ("-e", f"{name}='{text}'")]
    done = ansible.play_here(folder, *words, "-e", f"ansible_python_interpreter={sys.executable}", "play.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.mark.parametrize("repository", ["bucket", "path"])
def test_each_as_text(tmp_path, repository):
    settings = given(repository)
    texts = {variable(name): text for name, (text, dummy) in settings.items()}
    folder = written(tmp_path, {**texts, **{name: text for name, (text, dummy) in OWN.items()}})
    found = read_configuration(str(folder / "config.yml"))
    assert found == {name: value for name, (dummy, value) in settings.items()}
    assert {name: type(value) for name, value in found.items()} == {n: type(v) for n, (dummy, v) in settings.items()}
    unit = (folder / "service").read_text()
    assert [line for dummy, line in OWN.values() if line not in unit] == [], unit


def test_storage_is_out_of_sight_also_where_nobody_named_it(tmp_path):
    for number, (texts, line) in enumerate(
        [
            ({"qdrant_backup_snapshots_dir": "/srv/qdrant/snapshots/"}, "InaccessiblePaths=-/srv/qdrant/storage\n"),
            ({}, "InaccessiblePaths=-/var/lib/qdrant/storage\n"),
        ]
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        written(folder, {"qdrant_backup_bucket": "b", **texts})
        assert line in (folder / "service").read_text()


def test_what_lies_elsewhere_is_waited_for(tmp_path):
    texts = {
        "qdrant_backup_path": "/mnt/nas/backups",
        "qdrant_backup_spool_dir": "/srv/disk/spool",
        "qdrant_backup_snapshots_dir": "/srv/qdrant/snapshots",
    }
    unit = (written(tmp_path, texts) / "service").read_text()
    wanted = "/var/lib/qdrant-backup /mnt/nas/backups /srv/disk/spool /srv/qdrant/snapshots"
    assert f"RequiresMountsFor={wanted}\n" in unit.partition("[Service]")[0]


def test_percent_and_dollar_signs_are_literal(tmp_path):
    """A unit replaces %h, and the variables in the words of a command."""
    texts = {
        "qdrant_backup_path": "/mnt/100%h/backups",
        "qdrant_backup_state_dir": "/srv/%h",
        "qdrant_backup_storage_dir": "/srv/%i",
        "qdrant_backup_api_key_file": "/srv/%n",
        "qdrant_backup_program": "/opt/%u/qdrant-backup",
        "qdrant_backup_textfile_dir": "/var/lib/$metrics/50%",
        "qdrant_backup_prune_profile": "$old%h",
    }
    for number, (unit, words) in enumerate(
        [
            ("qdrant-backup-metrics.service", "metrics --output /var/lib/$$metrics/50%%/qdrant_backup.prom"),
            (PRUNE, "prune --apply --profile $$old%%h"),
        ]
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        written(folder, {**KEPT_IN_FOLDER, **texts}, unit)
        lines = (folder / "service").read_text().splitlines()
        assert [line for line in lines if line.startswith(f"ExecStart=/opt/%%u/qdrant-backup {words} ")], lines
        for line in ("ReadWritePaths=/srv/%%h", "ReadWritePaths=-/mnt/100%%h/backups", "InaccessiblePaths=-/srv/%%i"):
            assert line in lines, lines
        assert "LoadCredential=qdrant-backup.api_key:/srv/%%n" in lines
    assert "path: /mnt/100%h/backups" in (folder / "config.yml").read_text().replace('"', "")


PRUNE = "qdrant-backup-prune.service"
KEPT_IN_FOLDER = {"qdrant_backup_prune": "true", "qdrant_backup_prune_keep_last": "7"}
KEPT = {"qdrant_backup_bucket": "b", "qdrant_backup_prune": "true", "qdrant_backup_prune_keep_last": "7"}
KEYS = {
    "qdrant_backup_static_keys": "true",
    "qdrant_backup_access_key": "made-up-1",
    "qdrant_backup_secret_key": "made-up-2",
    "qdrant_backup_session_token": "made-up-3",
    "qdrant_backup_api_key_file": "/srv/api-key",
}
OF_PRUNE = {"qdrant_backup_prune_access_key": "made-up-4", "qdrant_backup_prune_secret_key_file": "/srv/pruner"}


def credentials(folder: pathlib.Path) -> list[str]:
    lines = (folder / "service").read_text().splitlines()
    return [line.partition("=")[2] for line in lines if line.startswith("LoadCredential=")]


def test_the_unit_that_prunes_has_keys_of_its_own(tmp_path):
    kept = "/etc/qdrant-backup/credentials"
    backup = [
        "qdrant-backup.api_key:/srv/api-key",
        f"qdrant-backup.access_key:{kept}/access_key",
        f"qdrant-backup.secret_key:{kept}/secret_key",
        f"qdrant-backup.session_token:{kept}/session_token",
    ]
    prune = [
        "qdrant-backup.api_key:/srv/api-key",
        f"qdrant-backup.access_key:{kept}/prune_access_key",
        "qdrant-backup.secret_key:/srv/pruner",
    ]
    for number, (unit, texts, found) in enumerate(
        [
            (PRUNE, {**KEPT, **KEYS}, backup),
            (PRUNE, {**KEPT, **KEYS, **OF_PRUNE}, prune),
            ("qdrant-backup.service", {**KEPT, **KEYS, **OF_PRUNE}, backup),
            (PRUNE, {**KEPT, "qdrant_backup_prune_profile": "pruner"}, []),
        ]
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert credentials(written(folder, texts, unit)) == found
        text = (folder / "service").read_text()
        assert ("SuccessExitStatus=4\n" in text) == (unit == PRUNE) and "made-up" not in text
        assert ("--profile pruner " in text) == (not found)
    assert "ExecStart=/usr/local/bin/qdrant-backup prune --apply --profile pruner --wait-for-access 300\n" in text
    assert read_configuration(str(folder / "config.yml"))["keep_last"] == 7


ENVIRONMENT = "qdrant_backup_environment"
REFUSED = [
    ({"qdrant_backup_prune": True}, "qdrant_backup_prune needs a rule"),
    ({"qdrant_backup_prune": True, "qdrant_backup_prune_keep_last": 0}, "qdrant_backup_prune needs a rule"),
    ({"qdrant_backup_prune_secret_key": "so-made-up"}, "Static access keys are not allowed"),
    # What every user of the host could read in the unit.
    ({ENVIRONMENT: {"AWS_SECRET_ACCESS_KEY": "made-up"}}, "AWS_SECRET_ACCESS_KEY holds a key"),
    ({ENVIRONMENT: "AWS_SESSION_TOKEN=made-up"}, "AWS_SESSION_TOKEN holds a key"),
    ({ENVIRONMENT: {"AWS_CONTAINER_AUTHORIZATION_TOKEN": "made-up"}}, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"),
    (
        {ENVIRONMENT: {"AWS_SHARED_CREDENTIALS_FILE": "/srv/keys"}},
        "AWS_SHARED_CREDENTIALS_FILE names a file with access keys",
    ),
    ({ENVIRONMENT: {"https_proxy": "http://user:so-made-up@proxy:3128"}}, "https_proxy holds a password"),
    # What absent would take away.
    *(
        ({"qdrant_backup_bucket": "", "qdrant_backup_path": path}, f"The repository {path} is inside {folder}")
        for path, folder in (
            ("/var/lib/qdrant-backup/mine", "/var/lib/qdrant-backup"),
            ("/etc/qdrant-backup", "/etc/qdrant-backup"),
            ("/opt/./qdrant-backup/x/../y", "/opt/qdrant-backup"),
        )
    ),
]
TAKEN: list[dict[str, Any]] = [
    {"qdrant_backup_prune": True, "qdrant_backup_prune_keep_within": "14d"},
    {ENVIRONMENT: {"https_proxy": "http://proxy:3128", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/run/token"}},
    {"qdrant_backup_bucket": "", "qdrant_backup_path": "/var/lib/qdrant-backup-of-others"},
]


# Of a loop, those of the items that failed.
MESSAGE = (
    "{{ [ansible_failed_result.msg] + ansible_failed_result.results | default([]) | selectattr('msg', 'defined')"
    " | map(attribute='msg') | list }}"
)


def test_what_is_refused_before_anything_is_looked_at(tmp_path):
    role = {"name": "vectorops.qdrant.qdrant_backup", "tasks_from": "check"}
    tasks = []
    for variables in [*(wrong for wrong, dummy in REFUSED), *TAKEN]:
        told = {"name": "Told", "ansible.builtin.debug": {"msg": f"TOLD {MESSAGE}"}}
        taken = {"name": "Taken", "ansible.builtin.debug": {"msg": "TOLD nothing"}}
        check = {"name": "Check", "ansible.builtin.include_role": role, "vars": variables}
        tasks.append({"name": "Try", "block": [check, taken], "rescue": [told]})
    given = {"qdrant_backup_bucket": "b"}
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "vars": given, "tasks": tasks}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]))
    done = ansible.play_here(tmp_path, "play.yml")
    told = [line.partition("TOLD ")[2] for line in done.stdout.splitlines() if '"msg": "TOLD ' in line]
    assert len(told) == len(REFUSED) + len(TAKEN), done.stdout + done.stderr
    for said, (wrong, sentence) in zip(told, REFUSED):
        assert sentence in said and "made-up" not in said, (wrong, said)
    assert all(said.startswith("nothing") for said in told[len(REFUSED) :]), told
