# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``-e name=text`` gives texts, ``group_vars`` gives numbers: a role makes the same of both."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml
from ansible_collections.vectorops.qdrant.plugins.filter.typed import typed
from ansible_collections.vectorops.qdrant.tests.support import ansible

pytestmark = [
    pytest.mark.integration,
    pytest.mark.oldest_controller,
    pytest.mark.skipif(not ansible.has_ansible(), reason="needs ansible-playbook"),
]
_ROLES = Path(__file__).parents[2] / "roles"
_TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}

# The values that a variable of each type is given; None leaves it out of the table.
_SPECIAL: dict[str, Any] = {
    "qdrant_server_settings": {"service": {"max_request_size_mb": 64}},
    "qdrant_server_version": "1.18.3",
    "qdrant_server_sha256": "a" * 64,
    "qdrant_server_uri": "http://node-a:6335",
    "qdrant_server_bootstrap": "http://node-b:6335",
    "qdrant_server_host": "0.0.0.0",
    "qdrant_bucket_iam_roles": [{"name": "r", "policy": "restorer"}],
    "qdrant_bucket_iam_trust": _TRUST,
    "qdrant_rollout_waves": [1, "50%"],
    "qdrant_rollout_backup_id": "20320101T000000Z",
    "qdrant_bucket_name": "backups",
}
_BY_TYPE: dict[str, Any] = {
    "str": "text",
    "path": "/some/path",
    "int": 7,
    "float": 7.5,
    "bool": True,
    "list": ["articles", "b*"],
}
# What the roles make of their variables, without a look at a host.
_SHOWN = {
    "qdrant_server": [
        "__qdrant_server_settings",
        "__qdrant_server_arguments",
        "__qdrant_server_url",
        "__qdrant_server_for_backup",
        "__qdrant_server_wrong",
        "__qdrant_server_named",
    ],
    "qdrant_restore": ["__qdrant_restore_words"],
    "qdrant_rollout": ["__qdrant_rollout_waves", "__qdrant_rollout_words"],
    "qdrant_bucket": [
        "__qdrant_bucket_this_host",
        "__qdrant_bucket_all_roles",
        "__qdrant_bucket_wrong",
        "__qdrant_bucket_trusted",
        "__qdrant_bucket_days",
        "__qdrant_bucket_late",
        "__qdrant_bucket_retention",
        "__qdrant_bucket_rules",
        "__qdrant_bucket_makes_roles",
    ],
}
# What earlier tasks found, on the hosts and on localhost.
_FACTS = {
    "__qdrant_restore_configuration": {"content": ""},
    "__qdrant_restore_host": {"stdout": "node-a"},
    "__qdrant_rollout": {"backup_id": "20320101T000000Z"},
    "__qdrant_rollout_number": 0,
    "__qdrant_bucket_found": {},
}


def _values(role: str) -> dict[str, Any]:
    specs = yaml.safe_load((_ROLES / role / "meta" / "argument_specs.yml").read_text())["argument_specs"]
    return {
        name: _SPECIAL.get(name, option["choices"][-1] if "choices" in option else _BY_TYPE.get(option["type"]))
        for name, option in specs["main"]["options"].items()
    }


def _text(value: Any) -> str:
    """As somebody writes it behind -e name=."""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ",".join(value)
    return value if isinstance(value, str) else json.dumps(value)


def _show(folder: Path, role: str, *words: str) -> Any:
    files = [str(_ROLES / role / place / "main.yml") for place in ("defaults", "vars")]
    tasks: list[dict[str, Any]] = [{"ansible.builtin.include_vars": file} for file in files]
    if role == "qdrant_bucket":
        tasks += [
            {"ansible.builtin.set_fact": {"__qdrant_bucket_own": "{{ __qdrant_bucket_this_host }}"}},
            {"ansible.builtin.set_fact": {"__qdrant_bucket_place": "{{ __qdrant_bucket_places | first }}"}},
        ]
    shown = {name: f"{{{{ {name} }}}}" for name in _SHOWN[role]}
    tasks.append({"name": "Show", "ansible.builtin.debug": {"msg": shown}, "run_once": True})
    facts = [{"ansible.builtin.set_fact": _FACTS}]
    play = [
        {"hosts": "localhost:qdrant", "gather_facts": False, "tasks": facts},
        {"hosts": "qdrant", "gather_facts": False, "tasks": tasks},
    ]
    run = ansible.Ansible(folder, ()).run(play, {}, *words)
    assert run.code == 0, run.output[-3000:]
    return run["Show"]["msg"]


@pytest.mark.parametrize("role", sorted(_SHOWN))
def test_a_text_is_as_good_as_a_value(role: str, tmp_path: Path) -> None:
    values = _values(role)
    assert None not in values.values(), values
    (tmp_path / "values.json").write_text(json.dumps(values))
    given = _show(tmp_path / "values", role, "-e", f"@{tmp_path}/values.json")
    words = [word for name, value in values.items() for word in ("-e", f"{name}='{_text(value)}'")]
    texts = _show(tmp_path / "texts", role, *words)
    assert texts == given


@pytest.mark.parametrize(
    ("value", "waves"),
    [
        ([1, "25%", "100%"], [1, 2, 5]),
        ([1], [1] * 8),
        (3, [3, 3, 2]),
        ("50%", [4, 4]),
        ("1,100%", [1, 7]),
        ('["25%", 9]', [2, 6]),
        (["1%"], [1] * 8),
    ],
)
def test_waves_of_numbers_and_of_shares(value: Any, waves: list[int]) -> None:
    source = yaml.safe_load((_ROLES / "qdrant_rollout" / "vars" / "main.yml").read_text())
    hosts = [f"host-{number}" for number in range(8)]
    shown = (
        jinja2.Environment()
        .from_string(source["__qdrant_rollout_waves"])
        .render(ansible_play_hosts_all=hosts, __qdrant_rollout_sizes=typed(value, "list"))
    )
    found = ast.literal_eval(shown)
    assert [len(wave) for wave in found] == waves
    assert [host for wave in found for host in wave] == hosts
