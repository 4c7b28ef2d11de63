# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program as a process of its own, from the clone and as the one file that the module writes: the round trip, exit
codes, signals, secrets; and the module itself."""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
import re
import shlex
import signal
import time

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.host import Host
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.version import VERSION
from ansible_collections.vectorops.qdrant.plugins.module_utils._program import bundle
from ansible_collections.vectorops.qdrant.tests.support.ansible import Ansible, has_ansible, target_python
from ansible_collections.vectorops.qdrant.tests.support.program import CLONE, ROOT, Program
from ansible_collections.vectorops.qdrant.tests.support.proxy import FaultProxy
from ansible_collections.vectorops.qdrant.tests.support.qdrant import free_port, start_qdrant
from ansible_collections.vectorops.qdrant.tests.support.rig import Rig, prefix_of

pytestmark = pytest.mark.integration
API_KEY = "made-up-api-key-of-the-program-5f0c1d7b"
_SECONDS = 120


@pytest.fixture(scope="module")
def keyed_node(tmp_path_factory):
    """A node that asks for an API key."""
    with start_qdrant(str(tmp_path_factory.mktemp("keyed")), api_key=API_KEY) as server:
        yield server


@pytest.fixture
def rig(keyed_node, s3_server, tmp_path, request):
    if keyed_node.is_double:
        keyed_node.faults([])
    keyed_node.wipe()
    return Rig(keyed_node, s3_server, tmp_path, prefix_of(request))


@pytest.fixture(scope="module")
def one_file(tmp_path_factory):
    """The one file, as the module writes it."""
    folder = tmp_path_factory.mktemp("bin")
    if not has_ansible():
        pytest.skip("there is no ansible-playbook here")
    task = {"vectorops.qdrant.qdrant_program": {"path": str(folder / "qdrant-backup"), "interpreter": target_python()}}
    run = Ansible(tmp_path_factory.mktemp("ansible"), ()).run(plays(task), {})
    assert run.code == 0, run.output
    return folder / "qdrant-backup"


@pytest.fixture
def make(rig, tmp_path):
    """Makes a Program of a command, and searches all that it wrote at the end."""
    made = []

    def program(command):
        folder = tmp_path / "etc"
        folder.mkdir()
        made.append(Program(rig, command, folder))
        return made[-1]

    yield program
    for one in made:
        assert one.seen
        one.no_secret_was_seen()


@pytest.fixture
def program(make):
    """The program, from the clone."""
    return make(CLONE)


@pytest.fixture(params=["clone", pytest.param("one file", marks=pytest.mark.oldest_controller)])
def either(request, make):
    """The program in both forms."""
    return make(CLONE if request.param == "clone" else [str(request.getfixturevalue("one_file"))])


def plays(*tasks, **options):
    named = [{"name": f"task {number}", **task, **options} for number, task in enumerate(tasks)]
    return [{"hosts": "node-a", "gather_facts": False, "tasks": named}]


def test_the_round_trip(either, rig):
    program = either
    rig.fill("articles", 200)
    rig.fill("notes", 30)
    before = rig.contents()
    plan, dummy = program("run", "--check")
    assert "back up" in plan and "articles" in plan and rig.keys() == []
    out, dummy = program("run")
    assert "is committed: 2 collections" in out and "articles" in out and "200" in out
    (backup,) = program.json("list")["backups"]
    assert backup["node"] == "node-a" and len(backup["collections"]) == 2
    assert backup["backup_id"] in program("list")[0]
    shown, dummy = program("show")
    assert backup["backup_id"] in shown and "articles" in shown and "grade 0" in shown
    assert program.json("show", backup["backup_id"])["backups"][0]["backup_id"] == backup["backup_id"]
    verified, dummy = program("verify", "articles")
    assert "1 archive re-read and hashed" in verified and "all good" in verified
    program("verify")
    assert "grade 1" in program("show", "latest")[0]
    program("run", "--backup-id", "20991122T190000Z")
    assert [one["backup_id"] for one in program.json("show")["backups"]] == ["20991122T190000Z"]
    rig.drop()
    plan, dummy = program("restore", "articles", "--dry-run")
    assert "recover" in plan and rig.collections() == ["notes"]
    restored = program.json("restore", "articles")
    assert restored["ok"] and restored["collections"][0]["proven"]
    assert rig.contents() == before
    assert program("restore", "notes", "--name", "notes_again", "-q")[0] == "" and rig.count("notes_again") == 30
    out, dummy = program("restore", "notes", "--name", "notes_third")
    assert "notes_third" in out and "queries agree" in out


def test_a_folder_as_repository(program, rig, tmp_path):
    """The command line's folder wins over the configuration's bucket."""
    rig.fill("articles", 40)
    folder = str(tmp_path / "repository")
    os.mkdir(folder)
    program("run", "--path", folder)
    assert rig.keys() == [] and program.json("list")["backups"] == []
    rig.drop()
    program("restore", "--path", folder)
    assert rig.count() == 40


def test_a_configuration_in_yaml(program, rig):
    rig.fill("articles", 20)
    text = "".join(f"{name}: {json.dumps(value)}  # a comment\n" for name, value in program.settings.items())
    (program.folder / "config.yml").write_text("---\n" + text, encoding="utf-8")
    assert program.json("run")["committed"]


def state_of(program, rig):
    """All that a plan must not change."""
    files = [str(path) for path in (rig.directory / "state").rglob("*")]
    snapshots = rig.node.call("GET", "/collections/articles/snapshots")["result"]
    return rig.keys(), rig.collections(), rig.count(), sorted(files), snapshots


def test_a_plan_changes_nothing(program, rig):
    rig.fill("articles", 20)
    before = state_of(program, rig)
    assert program.json("run", "--check")["changed"]
    assert state_of(program, rig) == before
    program("run")
    before = state_of(program, rig)
    assert program.json("restore", "--check", "--name", "again")["changed"]
    assert program.json("restore", "--check", "--mode", "replace")["plan"]["steps"]
    assert program.json("verify", "--check")["changed"]
    out, dummy = program("restore", "--check", "--mode", "replace")
    assert "! recover" in out and "cannot be undone" in out
    assert state_of(program, rig) == before


def test_exit_code_1_when_a_party_cannot_be_reached(either):
    program = either
    document = program.json("run", "--url", f"http://127.0.0.1:{free_port()}", code=1)
    assert document["ok"] is False and "127.0.0.1" in document["error"]["message"]
    program("list", "--endpoint-url", f"http://127.0.0.1:{free_port()}", code=1)
    dummy, err = program("list", "--bucket", "no-such-bucket", code=1)
    assert err.startswith("error: Could not ") and err.count("\n") == 1


def test_exit_code_1_when_an_archive_is_not_good(program, rig):
    rig.fill("articles", 50)
    program("run")
    rig.damage(rig.keys("/archives/")[0])
    out, err = program("verify", code=1)
    assert "NOT GOOD" in out and "1 not good" in out and "Restore from another backup" in err
    assert program.json("verify", code=1)["ok"] is False
    assert "not good: articles" in program("list")[0]


def test_exit_code_1_when_the_newest_backup_cannot_be_used(program, rig):
    """A check reads only the exit code and the JSON."""
    rig.fill("articles", 50)
    for backup_id in ("20260101T000000Z", "20260102T000000Z"):
        program("run", "--backup-id", backup_id)
    assert program.json("status")["problems"] == []
    (archive,) = rig.keys("/archives/node-a/20260102T000000Z/")
    rig.delete_object(archive)
    assert [one["code"] for one in program.json("status", code=1)["problems"]] == ["lost"]
    out, dummy = program("status", code=1)
    assert out.startswith(
        "Node node-a of cluster search: NOT GOOD\n  problem: Backup 20260102T000000Z has lost archives"
    )
    assert "1 archive lost" in program("list")[0] and f"lost: its archive {archive} is" in program("show")[0]
    (manifest,) = rig.keys("/manifests/node-a/20260102T000000Z")
    rig.damage(manifest, 40)
    document = program.json("status", code=1)
    assert not document["healthy"] and [one["code"] for one in document["problems"]] == ["unreadable_manifest"]
    out, dummy = program("status", code=1)
    assert f"cannot be used: its manifest {manifest} in" in out
    lines = program("list")[0].splitlines()
    assert lines[1].startswith("20260102T000000Z  node-a") and lines[1].endswith("  manifest NOT READ")
    assert lines[2].startswith("20260101T000000Z  node-a")
    program("run", "--backup-id", "20260103T000000Z")
    assert program("status")[0].startswith("Node node-a of cluster search: good\n")


def test_exit_code_2_for_wrong_usage(either):
    program = either
    assert program.json("run", "--api-key", API_KEY, code=2)["error"]["error"] == "UsageError"
    program("restore", "--mode", "force", code=2)
    program.configure(buckte="x")
    assert "Did you mean bucket?" in program("list", code=2)[1]
    program.configure(bucket=None)
    assert "--bucket or --path" in program("list", code=2)[1]
    program.configure(secret_key=program.rig.s3.secret_key)
    assert "secret_key_file" in program("list", code=2)[1]


def test_exit_code_3_for_a_refusal(either, rig):
    rig.fill("articles", 20)
    either("run")
    dummy, err = either("restore", code=3)
    assert err.startswith("error: Refused to restore") and "Nothing was changed." in err
    assert "--mode replace" in err and "(--name)" in err and "mode: replace" not in err
    document = either.json("restore", "--check", code=3)
    assert document["error"]["refusals"][0]["code"] == "name_taken" and rig.count() == 20


def test_a_command_in_a_refusal_is_of_the_node_that_was_asked_for(either, rig):
    """Nodes have backups of one id: without the node, the command would restore the archive of this one."""
    backup_id = "20261101T000000Z"
    rig.fill("articles", 30)
    either("run", "--backup-id", backup_id)
    rig.fill("articles", 20, first=100)
    either("run", "--backup-id", backup_id, "--node", "node-b")
    theirs = rig.contents("articles")
    said = either("restore", "--node", "node-b", "articles", code=3)[1]
    command = re.search(r"qdrant-backup (restore .*?--name [a-z_]+)", said)[1]
    either(*shlex.split(command))
    assert rig.contents("articles_restored") == theirs
    assert rig.count("articles_restored") == 50


def test_the_command_that_overwrites_a_taken_name_is_of_that_name(either, rig):
    rig.fill("articles", 30)
    either("run")
    rig.fill("articles", 5, first=100)
    rig.fill("copy", 20)
    said = either("restore", "articles", "--name", "copy", code=3)[1]
    commands = re.findall(r"qdrant-backup (restore [^;]*)", said)
    assert not [command for command in commands if "--mode switch" in command], "clients of articles do not use copy"
    (command,) = [command for command in commands if "--mode replace" in command]
    either(*shlex.split(command))
    assert rig.count("copy") == 30 and rig.count("articles") == 35


def test_exit_code_4_while_another_run_is_at_work(either, rig):
    rig.fill("articles", 20)
    either("run")
    with Host(str(rig.directory / "state"), rig.node.url).lock("a test"):
        for words in (["run"], ["restore", "--name", "again"]):
            document = either.json(*words, code=4)
            assert document["error"]["error"] == "LockedError" and "a test" in document["error"]["message"]
    assert rig.collections() == ["articles"]


def test_secrets_of_systemd_are_taken(program, rig):
    rig.fill("articles", 20)
    program.configure(access_key_file=None, secret_key_file=None, api_key_file=None)
    program("run", code=1)
    for name in ("access_key", "secret_key", "api_key"):
        os.rename(program.folder / name, program.folder / f"qdrant-backup.{name}")
    assert program.json("run", environment={"CREDENTIALS_DIRECTORY": str(program.folder)})["committed"]


def test_a_secret_that_others_can_read_is_warned_of(program):
    (program.folder / "secret_key").chmod(0o644)
    out, err = program("list")
    assert out == "No backups.\n" and err.startswith("warning: ") and "chmod 0600" in err


def processes_of(number):
    """A process and all that came of it."""
    found = [number]
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            parent = int(re.search(r"^PPid:\s+(\d+)", (folder / "status").read_text(), re.M)[1])
        except (OSError, TypeError):
            continue
        if parent == number:
            found += processes_of(int(folder.name))
    return found


def test_nothing_of_a_process_shows_a_secret(program, rig):
    rig.fill("articles", 100)
    looks = 0
    for words in (("run", "-v"), ("verify", "-v"), ("restore", "-v", "--name", "again")):
        process = program.start(*words)
        while process.poll() is None:
            for number in processes_of(process.pid):
                for name in ("cmdline", "environ"):
                    try:
                        program.seen.append(
                            pathlib.Path(f"/proc/{number}/{name}").read_bytes().decode(errors="replace")
                        )
                        looks += 1
                    except OSError:
                        continue
            time.sleep(0.01)
        code, dummy, err = program.finish(process)
        assert code == 0 and re.search("articles|again", err), "each step is told with -v"
    assert looks > 20


def only_warnings(err):
    """Neither progress nor complaints."""
    return all(line.startswith("warning: ") for line in err.splitlines())


def test_progress_is_for_terminals_alone(program, rig):
    rig.fill("articles", 20)
    assert only_warnings(program("run")[1])


def test_a_reader_who_goes_away_is_no_failure(program, rig):
    rig.fill("articles", 20)
    process = program.start("run")
    process.stdout.close()
    err = process.stderr.read()
    program.seen.append(err)
    assert process.wait(_SECONDS) == 0 and only_warnings(err)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_a_report_that_cannot_be_written_is_a_failure(program):
    with open("/dev/full", "w", encoding="utf-8") as full:
        process = program.start("config", "--json", stdout=full)
    code, dummy, err = program.finish(process)
    assert code == 1 and "the report could not be written: No space left on device" in err


def interrupted(program, proxy, number, pattern, *words):
    """The program ended by a signal once the store has seen a request; (exit code, output, errors, seconds)."""
    process = program.start(*words, "--endpoint-url", proxy.url)
    until = time.monotonic() + 60
    while not any(re.search(pattern, line) for line in proxy.requests):
        assert time.monotonic() < until and process.poll() is None, program.finish(process)
        time.sleep(0.02)
    began = time.monotonic()
    process.send_signal(number)
    return (*program.finish(process), time.monotonic() - began)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_in_the_middle_of_an_upload(program, rig, number, code):
    rig.fill("articles", 100)
    program("run", "--backup-id", "20261122T190000Z")
    kept = rig.keys()
    rig.fill("articles", 50, first=1001)
    with FaultProxy(rig.s3.port) as proxy:
        proxy.slow(latency=3.0, match="(PUT|POST) .*/archives/")
        found, out, err, seconds = interrupted(program, proxy, number, "(PUT|POST) .*/archives/", "run", "--json")
    assert found == code and seconds < 20, f"exit {found} after {seconds:.1f} s\n{out}\n{err}"
    assert json.loads(out)["error"]["signal"] == signal.Signals(number).name
    assert "Nothing was committed; earlier backups are unchanged." in err and err.count("\n") == 1
    assert rig.keys("/manifests/") == [key for key in kept if "/manifests/" in key]
    assert program.json("run")["committed"], "no lock is left"
    assert len(program.json("list")["backups"]) == 2


def test_a_signal_before_anything_began(program, rig):
    rig.fill("articles", 20)
    with FaultProxy(rig.s3.port) as proxy:
        proxy.slow(latency=3.0)
        found, dummy, err, dummy = interrupted(program, proxy, signal.SIGTERM, "", "list")
    assert found == 143 and "Nothing was changed." in err


GUIDE = ROOT / "docs" / "docsite" / "rst" / "guide_program.rst"


def test_every_example_of_the_guide(program, rig):
    """The commands in their order, and the configuration; but for the places of one's own, as they are printed."""
    text = GUIDE.read_text(encoding="utf-8")
    commands = re.findall(r"^   \$ qdrant-backup (.*)$", text, re.M)
    assert len(commands) > 10
    rig.fill("articles", 50)
    for command in commands:
        out, dummy = program(*command.split())
        assert json.loads(out) if "--json" in command else out, f"{command} says nothing"
    assert rig.collections() == ["articles", "articles_before"]
    block = re.search(r":name: program-configuration\n\n((?:   .*\n)+)", text)[1]
    path = program.folder / "guide.yml"
    path.write_text(block.replace("/etc/qdrant-backup", str(program.folder)), encoding="utf-8")
    shown = {item["name"]: item for item in program.json("config", "-c", str(path))["settings"]}
    written = re.findall(r"^   (\w+):", block, re.M)
    assert {item["origin"] for name, item in shown.items() if name in written} == {str(path)}
    assert shown["api_key"]["value"] == "(hidden)" and shown["expected_nodes"]["value"][2] == "node-c"


@pytest.mark.oldest_controller
def test_the_module(tmp_path, monkeypatch):
    """Check mode, diff, the second time, another interpreter, a foreign file, removal; the bytes of the clone."""
    if not has_ansible():
        pytest.skip("there is no ansible-playbook here")
    ansible, path = Ansible(tmp_path / "ansible", ()), tmp_path / "qdrant-backup"
    module = "vectorops.qdrant.qdrant_program"
    put, remove = {module: {"path": str(path)}}, {module: {"path": str(path), "state": "absent"}}
    ours = hashlib.sha256(bundle.build("/usr/bin/python3")).hexdigest()

    run = ansible.run(plays(put, remove), {}, "--check", "--diff")
    assert [result["changed"] for result in run.of("qdrant_program")] == [True, False] and not path.exists()
    assert f"+sha256: {ours}" in run.output and f"+version: {VERSION}" in run.output

    run = ansible.run(plays(put, put), {}, "--diff", "-vvv")
    first, second = run.of("qdrant_program")
    assert first["changed"] and not second["changed"]
    for result in (first, second):
        assert (result["sha256"], result["version"], result["path"]) == (ours, VERSION, str(path))
    assert path.read_bytes() == bundle.build("/usr/bin/python3") and path.stat().st_mode & 0o777 == 0o755
    assert "PK\\x03" not in run.output and len(run.output) < 100_000, "a diff does not show the bytes"

    assert "invocation" in first.values and "invocation" not in second.values, "what is there is only asked for"

    def spoilt(how):
        how()
        run = ansible.run(plays(put, put), {}, "-vvv")
        assert [result["changed"] for result in run.of("qdrant_program")] == [True, False]
        assert path.read_bytes() == bundle.build("/usr/bin/python3") and path.stat().st_mode & 0o777 == 0o755

    spoilt(lambda: path.chmod(0o700))
    spoilt(lambda: path.write_bytes(path.read_bytes()[:-1]))
    (tmp_path / "elsewhere").write_bytes(path.read_bytes())
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere")
    (result,) = ansible.run(plays(put), {}, "-vvv").of("qdrant_program")
    assert "invocation" in result.values, "of a link, the module decides"
    (tmp_path / "elsewhere").unlink()
    path.unlink(missing_ok=True)

    other = {module: {"path": str(path), "interpreter": target_python(), "mode": "0750"}}
    run = ansible.run(plays(other, other, remove, remove), {})
    assert [result["changed"] for result in run.of("qdrant_program")] == [True, False, True, False]
    assert not path.exists() and [name for name in os.listdir(tmp_path) if name != "ansible"] == []

    path.write_text("#!/bin/sh\necho mine\n", encoding="utf-8")
    for task in (put, remove):
        run = ansible.run(plays(task), {})
        (result,) = run.of("qdrant_program")
        assert result.state == "failed" and "not this program" in result["msg"]
    assert path.read_text(encoding="utf-8").endswith("mine\n")
