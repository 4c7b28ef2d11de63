# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The door from Ansible: reports and errors out, a missing library elsewhere, no traceback whatever happens."""

from __future__ import annotations

import json
import types

import pytest

testing = pytest.importorskip("ansible.module_utils.testing", reason="ansible-core is not installed here")

from ansible_collections.vectorops.qdrant.plugins.module_utils import _ansible as door
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import (
    EngineError,
    LockedError,
    MissingLibraryError,
    RefusedError,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.redaction import register_secret
from ansible_collections.vectorops.qdrant.plugins.module_utils._options import Option

SECRET = "made-up-secret-for-the-door-7c1e"
OPTIONS = ((Option("word", "str", "A word."), Option("token", "str", "A secret.", secret=True)),)


class Respawned(Exception):
    """respawn_module ends the process; here it raises."""


@pytest.fixture
def opened(monkeypatch, capsys):
    """``opened(run, **arguments)``: the JSON that a module whose verb is ``run`` prints, and its exit code."""

    def open_door(run, arguments=None, **special):
        verb = types.SimpleNamespace(OPTIONS=OPTIONS, run=run)
        given = {**(arguments or {}), **{f"_ansible_{name}": value for name, value in special.items()}}
        with testing.patch_module_args(given), pytest.raises(SystemExit) as ended:
            door.run_module(verb)
        return json.loads(capsys.readouterr().out), ended.value.code

    monkeypatch.setattr(door, "ROLE_INTERPRETERS", ())
    return open_door


def raising(error):
    def run(params, check, progress):
        raise error

    return run


def returning(**report):
    return lambda params, check, progress: dict(report)


def warned(out):
    """Texts of the warnings; they are plain in older versions of Ansible, objects in newer ones."""
    return json.dumps(out.get("warnings", []))


def test_a_report_is_returned_as_it_is(opened):
    out, code = opened(returning(changed=True, ok=True, found=[1]))
    assert code == 0 and out["changed"] and out["found"] == [1]


def test_check_mode_and_options_reach_the_verb(opened):
    seen = []
    opened(lambda params, check, progress: seen.append((params, check)) or {"changed": False}, {"word": "a"})
    opened(lambda params, check, progress: seen.append((params, check)) or {"changed": False}, check_mode=True)
    assert seen == [({"word": "a", "token": None}, False), ({"word": None, "token": None}, True)]


def test_a_diff_is_shown_where_it_is_asked_for(opened):
    run = returning(changed=True, diff={"before": {"n": 1}, "after": {"n": 2}})
    assert opened(run, diff=True)[0]["diff"] == {"before": {"n": 1}, "after": {"n": 2}}
    assert "diff" not in opened(run)[0]


def test_warnings_are_said_and_not_returned(opened):
    out, dummy = opened(returning(changed=False, warnings=["Look at this."]))
    assert "Look at this." in warned(out)


@pytest.mark.parametrize(
    ("failed", "said"),
    [
        ([{"name": "a", "error": "Could not a."}], "Could not a."),
        ([{"message": "Could not b.", "error": "QdrantError"}], "Could not b."),
        ([{"error": "Could not a."}, {}, {}], "Could not a. (2 more in failures)"),
        ([], "The operation did not succeed; see the report."),
    ],
)
def test_a_report_that_is_not_good_fails_with_the_first_reason(opened, failed, said):
    out, code = opened(returning(changed=True, ok=False, failed=failed, committed=True))
    assert code == 1 and out["failed"] is True and out["msg"] == said
    assert out["failures"] == failed and out["changed"] and out["committed"]


@pytest.mark.parametrize(
    "error",
    [
        EngineError("open", "the door", "it is locked", "Knock."),
        RefusedError("open", "the door", "it is night", "Come back.", refusals=[{"code": "night"}]),
        LockedError("open", "the door", "somebody else is in it", "Wait."),
    ],
)
def test_an_error_is_one_sentence_with_its_parts(opened, error):
    out, code = opened(raising(error))
    assert code == 1 and out["failed"] is True and out["msg"] == error.sentence()
    assert (out["error"], out["on"], out["next"]) == (type(error).__name__, "the door", error.next)
    assert "exit_code" not in out and out.get("refusals") == error.details.get("refusals")


def test_what_an_error_tells_of_failed_collections_is_kept(opened):
    failed = [{"name": "a", "error": "Could not a."}]
    out, dummy = opened(raising(EngineError("back up", "node", "nothing", "Look.", failed=failed)))
    assert out["failed"] is True and out["failures"] == failed


def test_a_defect_shows_no_traceback_and_no_secret(opened):
    register_secret(SECRET)
    out, code = opened(raising(KeyError(f"no {SECRET}")), {"token": SECRET})
    text = json.dumps(out)
    assert code == 1 and out["msg"].startswith("Internal error (KeyError)") and "report it" in out["msg"]
    assert SECRET not in text and "Traceback" not in text


class TestMissingLibrary:
    error = MissingLibraryError("requests", "talk to Qdrant")

    @pytest.fixture
    def respawned(self, monkeypatch, tmp_path):
        """The interpreters that the module asked to be run with; the role's are two files here."""
        asked = []

        def respawn(interpreter):
            asked.append(interpreter)
            raise Respawned

        paths = [tmp_path / "first", tmp_path / "second"]
        monkeypatch.setattr(door, "ROLE_INTERPRETERS", tuple(map(str, paths)))
        monkeypatch.setattr(door, "respawn_module", respawn)
        return types.SimpleNamespace(asked=asked, paths=paths)

    def enter(self):
        with testing.patch_module_args({}), pytest.raises(Respawned):
            door.run_module(types.SimpleNamespace(OPTIONS=OPTIONS, run=raising(self.error)))

    def test_the_first_interpreter_that_is_there_is_taken(self, respawned):
        for path in reversed(respawned.paths):
            path.touch(mode=0o755)
            self.enter()
        assert respawned.asked == [str(path) for path in reversed(respawned.paths)]

    def test_one_that_cannot_be_run_is_not_taken(self, opened, respawned, monkeypatch):
        monkeypatch.setattr(door, "ROLE_INTERPRETERS", tuple(map(str, respawned.paths)))
        respawned.paths[0].symlink_to("gone")
        respawned.paths[1].touch(mode=0o644)
        out, dummy = opened(raising(self.error))
        assert respawned.asked == [] and out["library"] == "requests" and "pip install requests" in out["msg"]

    def test_it_is_tried_once(self, opened, respawned, monkeypatch):
        monkeypatch.setattr(door, "ROLE_INTERPRETERS", tuple(map(str, respawned.paths)))
        respawned.paths[0].touch(mode=0o755)
        monkeypatch.setattr(door, "has_respawned", lambda: True)
        out, code = opened(raising(self.error))
        assert code == 1 and respawned.asked == [] and out["error"] == "MissingLibraryError"
