# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The door from Ansible to the engine: options in, report out. The only file of the engine that imports ansible.

Engine errors become ``fail_json`` with one clear sentence, check mode becomes the plan, a missing library becomes a
second try in the backup role's virtual environment.
"""

from __future__ import annotations

import os
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.respawn import has_respawned, respawn_module

from ._base.errors import EngineError, MissingLibraryError
from ._base.progress import silent
from ._base.redaction import redact
from ._options import argument_spec

ROLE_INTERPRETERS = ("/opt/qdrant-backup/venv/bin/python", "/usr/lib/qdrant-backup/venv/bin/python")


def run_module(verb: Any, *, check_mode: bool = True, required_if: list[Any] | None = None) -> None:
    """Run one verb as an Ansible module: build the argument spec, call the engine, exit."""
    module = AnsibleModule(
        argument_spec=argument_spec(*verb.OPTIONS),
        mutually_exclusive=getattr(verb, "EXCLUSIVE", None),
        required_one_of=getattr(verb, "REQUIRED_ONE_OF", None),
        required_if=required_if,
        supports_check_mode=check_mode,
    )
    try:
        report = verb.run(module.params, module.check_mode, silent)
    except MissingLibraryError as error:
        _respawn()
        _fail(module, error)
    except EngineError as error:
        _fail(module, error)
    except Exception as error:  # noqa: BLE001 (the last door: a defect of ours must not show a user a traceback)
        module.fail_json(msg=redact(f"Internal error ({type(error).__name__}): {error}. Please report it."))
    for warning in report.pop("warnings", ()):
        module.warn(warning)
    report = _renamed(report)
    diff = report.pop("diff", None)
    if diff is not None and module._diff:
        report["diff"] = diff
    if not report.get("ok", True):
        module.fail_json(msg=_first_failure(report), **report)
    module.exit_json(**report)


def _first_failure(report: dict[str, Any]) -> str:
    """One sentence for a report that is not good."""
    for failed in report.get("failures", ()):
        text = failed.get("message") or failed.get("error") or "failed"
        others = len(report["failures"]) - 1
        return str(text) + (f" ({others} more in failures)" if others else "")
    return "The operation did not succeed; see the report."


def _fail(module: AnsibleModule, error: EngineError) -> None:
    details = {key: value for key, value in error.as_dict().items() if key not in ("message", "exit_code")}
    module.fail_json(msg=error.sentence(), **_renamed(details))


def _renamed(report: dict[str, Any]) -> dict[str, Any]:
    """Ansible keeps the word ``failed`` for a boolean of its own: a list of failures has to be called otherwise."""
    return {"failures" if key == "failed" else key: value for key, value in report.items()}


def _respawn() -> None:
    """Run the module again with the interpreter of the backup role's virtual environment, if there is one."""
    if has_respawned():
        return
    for interpreter in ROLE_INTERPRETERS:
        if os.access(interpreter, os.X_OK):
            respawn_module(interpreter)
