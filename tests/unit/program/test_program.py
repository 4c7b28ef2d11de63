# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program as a whole, on verbs made up for it: exit codes, output, signals, redaction."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import types

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base import errors
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.plan import Plan, Step
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.progress import Event
from ansible_collections.vectorops.qdrant.plugins.module_utils._options import BACKUP, HOST, NODE, REPOSITORY
from ansible_collections.vectorops.qdrant.plugins.module_utils._program import bars, commands, texts
from ansible_collections.vectorops.qdrant.plugins.module_utils._program.main import main

SECRET = "made-up-api-key-of-the-program-tests"
PLAN = Plan("back up", "node-a", (Step("snapshot", "articles"), Step("upload", "articles", 2048)))
ITEM = {
    "name": "articles",
    "archive_bytes": 2048,
    "sent_bytes": 2048,
    "copied_from": None,
    "taken_in": None,
    "points": 7,
    "suspect": None,
    "seconds": {"snapshot": 0.5, "upload": 0.25},
}
REPORT = {
    "changed": True,
    "ok": True,
    "backup_id": "20261122T190000Z",
    "node": "node-a",
    "collections": [ITEM],
    "failed": [],
    "rotated": [],
    "shards_elsewhere": [],
    "warnings": [],
    "sent_bytes": 2048,
    "seconds": 1.25,
    "plan": PLAN.as_dict(),
}


@pytest.fixture
def run(monkeypatch, tmp_path, capsys):
    """``run(work, *words)``: (exit code, standard output, standard error) of a `run` whose verb is ``work``."""
    key = tmp_path / "key"
    key.write_text(SECRET, encoding="utf-8")
    key.chmod(0o600)
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"path": "/repository", "api_key_file": str(key)}), encoding="utf-8")

    def call(work, *words, environ=None):
        verb = types.SimpleNamespace(
            OPTIONS=(NODE, HOST, REPOSITORY, BACKUP),
            EXCLUSIVE=[("bucket", "path")],
            REQUIRED_ONE_OF=[("bucket", "path")],
            run=work,
        )
        command = commands.Command("run", "Back up.", lambda: verb, "collections")
        monkeypatch.setitem(commands.COMMANDS, "run", command)
        given = ["-c", str(config)] if environ is None else []
        code = main(["run", *given, *words], environ or {})
        shown = capsys.readouterr()
        assert "Traceback" not in shown.out + shown.err
        assert SECRET not in shown.out + shown.err
        return code, shown.out, shown.err

    return call


def raising(error):
    def work(params, check, progress):
        raise error

    return work


def test_the_verb_gets_every_option(run):
    got = {}

    def work(params, check, progress):
        got.update(params, check=check)
        return REPORT

    assert run(work, "a*", "--timeout", "5", "--check")[0] == 0
    assert got["collections"] == ["a*"] and got["timeout"] == 5.0 and got["check"] is True
    assert got["path"] == "/repository" and got["api_key"] == SECRET and got["bucket"] is None
    assert set(got) == {o.name for group in (NODE, HOST, REPOSITORY, BACKUP) for o in group} | {"check", "typed"}


@pytest.mark.parametrize("words", [[], ["--config"]])
def test_commands_in_messages_name_the_configuration_that_the_environment_chose(run, tmp_path, words):
    """A unit of an instance runs with it. The shell that the command is pasted into has the default one."""
    got = {}

    def work(params, check, progress):
        got.update(params)
        return REPORT

    other = tmp_path / "other.json"
    other.write_text(json.dumps({"path": "/repository"}), encoding="utf-8")
    chosen = {"QDRANT_BACKUP_CONFIG": str(other)}
    assert run(work, *words, *([str(other)] if words else []), environ=chosen)[0] == 0
    assert got["typed"] == {"config": str(other)}


def test_commands_in_messages_do_not_name_the_default_configuration(run, monkeypatch, tmp_path):
    got = {}
    monkeypatch.setattr("ansible_collections.vectorops.qdrant.plugins.module_utils._program.main.DEFAULT_PATH", "/d")
    monkeypatch.setattr(
        "ansible_collections.vectorops.qdrant.plugins.module_utils._program.main.read_configuration",
        lambda path, optional: {"path": "/repository"},
    )
    run(lambda params, check, progress: got.update(params) or REPORT, environ={"QDRANT_BACKUP_CONFIG": "/d"})
    assert got["typed"] == {}


def test_a_good_report(run):
    code, out, err = run(lambda *a: REPORT)
    assert code == 0 and err == ""
    assert "Backup 20261122T190000Z of node-a is committed: 1 collection, 2.0 KiB" in out
    assert out.splitlines()[2].split() == ["articles", "7", "2.0", "KiB", "2.0", "KiB", "0.8", "s", "good"]


def test_json_is_one_document_and_nothing_else(run):
    report = {**REPORT, "warnings": ["look out"], "said": SECRET}
    code, out, err = run(lambda *a: report, "--json")
    assert code == 0 and json.loads(out) == {**report, "said": "***"} and err == "warning: look out\n"


@pytest.mark.parametrize("word", ["--json", "--quiet"])
def test_lines_that_are_not_printed_are_not_made(run, monkeypatch, word):
    made = []
    monkeypatch.setattr(texts, "lines_of", lambda *a: made.append(a) or ["a line"])
    assert run(lambda *a: REPORT, word)[0] == 0 and made == []
    assert run(lambda *a: REPORT)[1] == "a line\n" and len(made) == 1


def test_quiet(run):
    assert run(lambda *a: {**REPORT, "warnings": ["look out"]}, "--quiet") == (0, "", "warning: look out\n")


def test_warnings_of_a_collection_are_told_once(run):
    items = [{**REPORT["collections"][0], "warnings": ["its probe has no queries", "look out"]}]
    code, dummy, err = run(lambda *a: {**REPORT, "collections": items, "warnings": ["look out"]})
    assert code == 0
    assert err == "warning: look out\nwarning: Collection articles: its probe has no queries\n"


def test_a_report_that_is_not_good(run):
    report = {**REPORT, "ok": False, "failed": [{"name": "notes", "error": "It is gone."}]}
    code, out, err = run(lambda *a: report)
    assert code == 1 and "committed" in out and err == "error: notes: It is gone.\n"
    code, out, err = run(lambda *a: {**report, "failed": [{"name": "n", "message": "Whole sentence."}]}, "--json")
    assert code == 1 and json.loads(out)["ok"] is False and err == "error: Whole sentence.\n"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.EngineError("reach", "the node", "refused"), 1),
        (errors.MissingLibraryError("boto3", "use S3"), 1),
        (errors.UsageError("That is wrong"), 2),
        (errors.RefusedError("restore", "articles", "the name is taken"), 3),
        (errors.LockedError("back up", "node-a", "another run is at work"), 4),
        (ValueError(f"a defect with {SECRET}"), 1),
    ],
)
def test_exit_codes(run, error, code):
    found, out, err = run(raising(error))
    assert found == code and out == "" and err.startswith("error: ") and err.count("\n") == 1
    found, out, err = run(raising(error), "--json")
    document = json.loads(out)
    assert found == code and document["ok"] is False and document["error"]["exit_code"] == code
    assert document["error"]["message"] in err


def test_wrong_usage_in_json_as_well(run):
    code, out, err = run(lambda *a: REPORT, "--nope", "--json")
    assert code == 2 and json.loads(out)["error"]["error"] == "UsageError" and "--nope" in err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
@pytest.mark.parametrize("committed", [False, True])
def test_a_signal_ends_the_run_in_order(run, number, code, committed):
    cleaned = []

    def work(params, check, progress):
        if committed:
            progress(Event("committed", "x"))
        try:
            os.kill(os.getpid(), number)
            signal.pause()
        finally:
            cleaned.append(True)

    before = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]
    found, out, err = run(work, "--json")
    assert found == code and cleaned == [True] and json.loads(out)["error"]["exit_code"] == code
    assert ("had been committed" in err) == committed and ("Nothing was committed" in err) != committed
    assert [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)] == before


def test_a_reader_who_has_gone_is_no_failure(run, monkeypatch):
    class Gone:
        def write(self, text):
            raise BrokenPipeError

        def fileno(self):
            raise OSError

    monkeypatch.setattr("sys.stdout", Gone())
    assert main(["version"], {}) == 0


def test_version(capsys):
    assert main(["version", "--json"], {}) == 0
    assert json.loads(capsys.readouterr().out)["program"] == "qdrant-backup"


def test_config_tells_origins_and_no_secret(tmp_path, capsys):
    key = tmp_path / "secret_key"
    key.write_text(SECRET, encoding="utf-8")
    config = tmp_path / "c.json"
    config.write_text(json.dumps({"bucket": "b", "secret_key_file": str(key)}), encoding="utf-8")
    environ = {"QDRANT_BACKUP_CONFIG": str(config), "QDRANT_BACKUP_REGION": "eu-central-1"}
    assert main(["config", "--json", "--prefix", "p"], environ) == 0
    shown = capsys.readouterr().out
    found = {item["name"]: (item["value"], item["origin"]) for item in json.loads(shown)["settings"]}
    assert found["bucket"] == ("b", str(config)) and found["region"] == ("eu-central-1", "environment")
    assert found["prefix"] == ("p", "command line") and found["timeout"] == (30.0, "default")
    assert found["secret_key"] == ("(hidden)", str(config)) and SECRET not in shown


def test_the_plan_is_printed_as_the_engine_prints_it(run):
    code, out, dummy = run(lambda *a: REPORT, "--check")
    assert code == 0 and out.splitlines() == PLAN.lines()


def test_the_plan_marks_what_cannot_be_undone():
    plan = Plan("restore", "node-a", (Step("recover", "articles", 5, destructive=True),))
    lines = texts.lines_of("restore", {"plan": plan.as_dict()}, True)
    assert lines[1] == "  ! recover articles (5 bytes)" and "cannot be undone" in lines[2]
    assert "nothing to do" in texts.lines_of("restore", {"plan": Plan("restore", "x").as_dict()}, True)[1]


def test_tables_stay_in_line():
    assert texts.table(("A", "B"), [("long name", None), ("x", 5)]) == ["A          B", "long name  -", "x          5"]


def test_steps_are_told_once_and_never_fail_the_work(capsys, monkeypatch):
    told = bars.Bars(shown=True, plain=True)
    for done in (0, 5, 10):
        told(Event("upload", "key?X-Amz-Signature=abcdef", done, 10))
    told(Event("inspect", done=3))
    assert capsys.readouterr().err == "upload key?X-Amz-Signature=***\n"
    monkeypatch.setattr("sys.stderr", None)
    told(Event("prove", "articles"))
    assert told.steps == {"upload", "inspect", "prove"}


def test_bars_count_to_the_end(monkeypatch, capsys):
    library = pytest.importorskip("tqdm")
    made = []

    class Bar(library.tqdm):
        def __init__(self, *args, **more):
            super().__init__(*args, **more)
            made.append(self)

    monkeypatch.setattr(library, "tqdm", Bar)
    told = bars.Bars(shown=True, plain=False)
    told(Event("upload", "articles", 0, 10))
    for done in (0, 5, 5, 10, 10):
        told(Event("upload", "search/archives/node-a/20261122T190000Z/articles/a-1.snapshot", done, 10))
    told(Event("commit", "x"))
    told.close()
    assert [shown.n for shown in made] == [10]
    assert "commit x" in capsys.readouterr().err


ON_A_TERMINAL = """
import sys, time
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.progress import Event
from ansible_collections.vectorops.qdrant.plugins.module_utils._program.bars import Bars
told = Bars.of(False, False)
told(Event("recover", "articles", None, None, "given up after 20 min"))
told(Event("recover", "articles", 3 << 20, None, "given up when nothing arrives for 120 s"))
told(Event("upload", "articles", 4, 10))  # the next delivery, which breaks off
told(Event("recover", "articles", None, None, "given up after 20 min"))
told(Event("wait until ready", "articles", text="a replica is not active"))
told(Event("prove", "articles"))
told.close()
print("the report")
"""


@pytest.mark.parametrize("columns", [0, 40, 120])
def test_on_a_terminal_no_bar_stands_still_below_the_report(columns):
    pytest.importorskip("tqdm")
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24 if columns else 0, columns, 0, 0))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "TERM": "xterm"}
    command = [sys.executable, "-c", ON_A_TERMINAL]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as child:
        os.close(theirs)
        shown = b""
        while True:
            try:
                more = os.read(ours, 4096)
            except OSError:  # how the end of a terminal is told on Linux
                break
            if not more:
                break
            shown += more
        assert child.wait() == 0
    os.close(ours)
    assert b" s, 3.0 MiB so far" in shown
    assert (b"(given up when nothing arrives for 120 s)" in shown) == (columns != 40)
    lines = [line.rpartition("\r")[2].strip() for line in shown.decode().replace("\r\n", "\n").split("\n")]
    lines = [line for line in lines if line and line != "\x1b[A"]
    assert lines[-1] == "the report" and lines[-2] == "prove articles"
    ended = [re.sub(r"\d+ s$", "N s", line) for line in lines]
    assert [line for line in ended if line.startswith("recover")] == ["recover articles: N s"] * 2
    assert [line for line in ended if line.startswith("wait")] == ["wait until ready articles: N s"]
    assert not [line for line in lines if "0%" in line and "40%" not in line]


def test_without_the_library_there_are_lines(monkeypatch, capsys):
    monkeypatch.setitem(__import__("sys").modules, "tqdm", None)
    told = bars.Bars(shown=True, plain=False)
    told(Event("upload", "articles", 0, 10))
    told(Event("upload", "articles", 10, 10))
    assert capsys.readouterr().err == "upload articles\n"


def test_keys_beside_the_configuration(run, tmp_path, monkeypatch):
    """By hand, root has the keys of the services, and everybody else is told to be root."""
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"path": "/repository"}), encoding="utf-8")
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "api_key").write_text(SECRET, encoding="utf-8")
    seen = []
    run(lambda params, *dummies: seen.append(params["api_key"]) or REPORT)
    assert seen == [SECRET]
    monkeypatch.setattr(os, "access", lambda *dummy: False)
    code, dummy, errors_said = run(lambda *dummies: REPORT)
    assert (
        code == 2 and errors_said.strip().endswith("Run the command with sudo.") and "Only root can read" in errors_said
    )
    assert main(["config", "--config", str(config)], {}) == 0


def test_shards_are_named(run):
    item = {**REPORT["collections"][0], "kind": "shard", "shards": [3]}
    code, out, dummy = run(lambda *a: {**REPORT, "collections": [item, {**item, "shards": [4]}]})
    assert code == 0 and "1 collection," in out and f"{item['name']}, shard 3" in out
    code, out, dummy = run(lambda *a: {**REPORT, "collections": [], "shards_elsewhere": ["articles", "logs"]})
    assert code == 0 and "Other nodes store the shards of articles, logs in this backup" in out
