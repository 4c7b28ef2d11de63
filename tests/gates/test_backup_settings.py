# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role qdrant_backup offers every setting of the program, as the options table has it."""

from __future__ import annotations

import re
from typing import Any

import yaml
from ansible_collections.vectorops.qdrant.plugins.module_utils._options import Option
from ansible_collections.vectorops.qdrant.plugins.module_utils._program.commands import standing
from ansible_collections.vectorops.qdrant.tests.gates import source

ROLE = source.ROLES / "qdrant_backup"
# The role's own timeout ends a hung run.
KEEP = ("last", "hourly", "daily", "weekly", "monthly", "yearly", "within")
RENAMED = {
    "timeout": "node_timeout",
    # For the timer that prunes, and for a prune by hand.
    **{f"keep_{word}": f"prune_keep_{word}" for word in KEEP},
    "orphan_grace": "prune_orphan_grace",
    "prices": "prune_prices",
}
# Given on the command line of the scheduled unit: a run by hand has no slot.
ELSEWHERE = {"slot"}


def plain(text: str) -> str:
    """Help without Ansible's markup."""
    return re.sub(r"\b[OVC]\(([^)]*)\)", lambda found: found[1].replace("=", ": "), text)


# The role knows more than the program: the host's name in the inventory.
ROLE_DEFAULTS = {"node": "{{ inventory_hostname }}"}


def variable(name: str) -> str:
    return "qdrant_backup_" + RENAMED.get(name, name)


def problems_of(options: dict[str, Option], specs: dict[str, Any], settings: list[dict[str, str]]) -> list[str]:
    """What the role's argument spec and its list of settings say otherwise than the table."""
    problems = []
    for name, option in options.items():
        if name in ELSEWHERE:
            continue
        spec = specs.get(variable(name))
        if spec is None:
            problems.append(f"{variable(name)}: the role lacks it")
        elif option.secret:
            if not spec.get("no_log") or f"{variable(name)}_file" not in specs:
                problems.append(f"{variable(name)}: a secret needs no_log and a variable {variable(name)}_file")
        else:
            wanted = (
                option.type,
                ROLE_DEFAULTS.get(name, option.default),
                list(option.choices) or None,
                option.elements,
            )
            found = tuple(spec.get(key) for key in ("type", "default", "choices", "elements"))
            if wanted != found or type(wanted[1]) is not type(found[1]):
                problems.append(f"{variable(name)}: {wanted} in the table, {found} in the role")
    wanted_settings = [
        {"name": name, "variable": variable(name), "type": option.type, "help": plain(option.help)}
        for name, option in options.items()
        if not option.secret and name not in ELSEWHERE
    ]
    problems += [f"vars/settings.yml lacks {one}" for one in wanted_settings if one not in settings]
    problems += [f"vars/settings.yml has {one}" for one in settings if one not in wanted_settings]
    return problems


def role() -> tuple[dict[str, Any], list[dict[str, str]]]:
    specs = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text())["argument_specs"]["main"]["options"]
    settings = yaml.safe_load((ROLE / "vars" / "settings.yml").read_text())["__qdrant_backup_settings"]
    return specs, settings


def test_settings() -> None:
    assert len(standing()) > 20
    problems = problems_of(standing(), *role())
    assert not problems, "\n" + "\n".join(problems)


def test_gate_sees_what_differs() -> None:
    specs, settings = role()
    assert problems_of({**standing(), "new": Option("new", "str", "New.")}, specs, settings)
    assert problems_of({**standing(), "new": Option("new", "str", "New.", secret=True)}, specs, settings)
    for name, key, value in (("url", "default", "x"), ("keep_local", "type", "str"), ("probe", "choices", ["a"])):
        assert problems_of(standing(), {**specs, variable(name): {**specs[variable(name)], key: value}}, settings)
    assert problems_of(standing(), {**specs, "qdrant_backup_api_key": {"type": "str"}}, settings)
    assert problems_of(standing(), specs, settings[1:])
    assert problems_of(standing(), specs, [*settings, {"name": "old", "variable": "x", "help": "x"}])
