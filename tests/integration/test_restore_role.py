# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook ``restore`` on two hosts: the program, the node and the store are real; systemd-run is a stand-in that
passes environment and credentials on, and replaces variables in words, as systemd does."""

from __future__ import annotations

import json
import os
import shlex
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vectorops.qdrant.tests.support import ansible
from ansible_collections.vectorops.qdrant.tests.support.program import ROOT

pytestmark = [pytest.mark.integration, pytest.mark.skipif(not ansible.has_ansible(), reason="needs ansible-playbook")]

SYSTEMD_RUN = """\
#!{python}
import os, re, sys, tempfile
words = sys.argv[1:]
environment, folder = dict(os.environ), tempfile.mkdtemp(dir={folder!r})
while words[0].startswith("--"):
    name, dummy, value = words.pop(0)[2:].partition("=")
    kind, dummy, value = value.partition("=")
    if name == "property" and kind == "Environment":
        key, dummy, text = value.strip('"').partition("=")
        environment[key] = text
    if name == "property" and kind == "LoadCredential":
        key, dummy, path = value.partition(":")
        with open(path) as source, open(os.path.join(folder, key), "x") as target:
            target.write(source.read())
environment["CREDENTIALS_DIRECTORY"] = folder
# As the service manager does: a word that is a variable becomes its words, here none; two dollar signs become one.
words = [word for word in words if not re.match(r"[$]\\w+$", word)]
words = [re.sub(r"[$][$]|[$][{{]\\w+[}}]", lambda found: "$" * (found[0] == "$$"), word) for word in words]
with open({log!r}, "a") as log:
    log.write(" ".join(words) + "\\n")
os.chdir({root!r})
os.execvpe(sys.executable, [sys.executable, "-m", "plugins.module_utils._program", *words[1:]], environment)
"""


class Fleet:
    """Two hosts on this machine, which back up one node under two names."""

    def __init__(self, rig: Any, folder: Path) -> None:
        self.rig, self.folder = rig, folder
        self.log = folder / "commands"
        self.hosts: dict[str, Any] = {}
        tools = folder / "bin"
        tools.mkdir()
        program = tools / "systemd-run"
        program.write_text(
            SYSTEMD_RUN.format(python=sys.executable, folder=str(folder), log=str(self.log), root=str(ROOT))
        )
        program.chmod(0o755)
        for name in ("node-a", "node-b"):
            self._host(name)
        self.path = f"{tools}:{os.environ['PATH']}"

    def _host(self, name: str) -> None:
        home = self.folder / name
        home.mkdir()
        known = {**self.rig.known(), "node": name, "state_dir": str(home / "state")}
        (home / "config.yml").write_text(json.dumps(known))
        lines = ["[Service]", "ExecStart=/opt/qdrant-backup/bin/qdrant-backup run", "User=root"]
        lines.append(f'Environment="QDRANT_BACKUP_CONFIG={home}/config.yml"')
        for key, value in self.rig.secrets().items():
            if value:
                (home / key).write_text(value)
                lines.append(f"LoadCredential=qdrant-backup.{key}:{home}/{key}")
        (home / "unit").write_text("\n".join(lines) + "\n")
        self.hosts[name] = {
            "ansible_connection": "local",
            "ansible_python_interpreter": sys.executable,
            "ansible_become": False,
            "unit_of_this_host": str(home / "unit"),
            "qdrant_restore_node": "node-a",
        }

    def play(self, *words: str, playbook: str = "vectorops.qdrant.restore", **variables: Any) -> tuple[int, str]:
        """Exit code and output, in one line."""
        given = {f"qdrant_restore_{name}": value for name, value in variables.items()}
        given.setdefault("qdrant_restore_report_dir", "reports")
        places = {
            "__qdrant_backup_unit": "{{ unit_of_this_host }}",
            "__qdrant_restore_folder": str(self.folder / "keys"),
        }
        inventory = {"qdrant": {"hosts": self.hosts}}
        (self.folder / "hosts.json").write_text(json.dumps(inventory))
        (self.folder / "given.json").write_text(json.dumps({**given, **places}))
        before, os.environ["PATH"] = os.environ["PATH"], self.path
        pwd, os.environ["PWD"] = os.environ.get("PWD", ""), str(self.folder)
        try:
            done: subprocess.CompletedProcess[str] = ansible.play_here(
                self.folder, "-i", "hosts.json", "-e", "@given.json", playbook, *words
            )
        finally:
            os.environ["PATH"], os.environ["PWD"] = before, pwd
        assert self.rig.s3.secret_key not in done.stdout + done.stderr
        return done.returncode, " ".join((done.stdout + done.stderr).split())

    def reports(self) -> list[dict[str, Any]]:
        return [json.loads(path.read_text()) for path in sorted((self.folder / "reports").glob("*.json"))]

    def commands(self) -> list[str]:
        """What was run on the hosts, by every play."""
        return self.log.read_text().splitlines() if self.log.exists() else []


@pytest.fixture
def fleet(rig: Any, tmp_path: Path) -> Fleet:
    rig.fill("articles", 60)
    rig.fill("notes", 30)
    rig.run("back_up", node="node-a")
    folder = tmp_path / "fleet"
    folder.mkdir()
    return Fleet(rig, folder)


def test_missing_twice_on_two_hosts_without_a_limit(fleet: Fleet) -> None:
    fleet.rig.drop("articles")
    code, said = fleet.play("--check", "--diff", mode="missing")
    assert code == 0 and "- collection articles: does not exist" in said, said
    assert "+ collection articles: 60 points, from backup" in said and " collection notes: 30 points" in said
    assert "changed=0" in said and fleet.rig.collections() == ["notes"] and fleet.reports() == []
    code, said = fleet.play(mode="missing")
    assert code == 0 and fleet.rig.count() == 60, said
    assert "articles: restored as articles, 60 points" in said and "notes exists and was left alone (agrees" in said
    first, second = fleet.reports()
    assert (first["host"], first["changed"], second["host"], second["changed"]) == ("node-a", True, "node-b", False)
    assert first["seconds"]["total"] >= first["seconds"]["restore"] > 0
    assert {"prepare", "recover", "ready", "prove"} <= set(first["collections"][0]["seconds"])
    code, said = fleet.play(mode="missing")
    assert code == 0 and said.count("changed=0") == 2, said


def test_everything_but_what_is_lost(fleet: Fleet) -> None:
    for name in ("articles", "notes"):
        fleet.rig.drop(name)
    fleet.rig.delete_object(next(key for key in fleet.rig.keys("/notes/") if key.endswith(".snapshot")))
    code, said = fleet.play("-l", "node-a")
    assert code != 0 and "To restore the other collection (exclude:): qdrant-backup restore" in said, said
    assert "--exclude notes" in said and fleet.rig.collections() == []
    code, said = fleet.play("-l", "node-a", "--check", exclude="note?")
    assert code == 0 and "recover articles" in said and "notes: excluded, not restored" in said, said
    code, said = fleet.play("-l", "node-a", exclude=["notes"])
    assert code == 0 and "warning: 1 collection is excluded and not restored: notes." in said, said
    assert "notes: excluded, not restored" in said and fleet.rig.collections() == ["articles"]
    assert fleet.reports()[-1]["excluded"] == ["notes"] and fleet.commands()[-1].endswith("--exclude=notes --")
    code, said = fleet.play("-l", "node-a", exclude="typo")
    assert code != 0 and "exclude: typo matches no collection" in said, said


def test_replace_without_the_names_of_all_hosts_does_nothing_on_any(fleet: Fleet) -> None:
    fleet.rig.node.call("POST", "/collections/articles/points/delete?wait=true", {"points": [1, 2]})
    for confirm, meant in (([], "node-a"), (["node-a"], "node-a"), (True, "node-a"), ("node-b", "node-b")):
        code, said = fleet.play(mode="replace", confirm=confirm)
        assert code != 0 and "Nothing was done on any host" in said, said
        assert f"To overwrite collections on {meant} only, add to the end of your command: {added(said)}" in said, said
        assert added(said) == f"-l {meant} -e qdrant_restore_confirm={meant}", said
    assert fleet.commands() == [] and fleet.rig.count() == 58
    code, said = fleet.play("--check", mode="replace")
    assert code == 0 and "! recover articles" in said and fleet.rig.count() == 58, said
    code, said = fleet.play("-l", "node-a", mode="replace", confirm="node-a", collections="articles")
    assert code == 0 and fleet.rig.count() == 60, said


def added(said: str) -> str:
    """What a refusal advises to add to the command."""
    return said.rpartition("add to the end of your command: ")[2].partition('"')[0]


def test_the_advised_words_restore_only_what_was_asked(fleet: Fleet) -> None:
    """A whole command needs every variable of the refused run: without one it replaces more, or another backup."""
    rig = fleet.rig
    (first,) = {key.split("/manifests/node-a/")[1][:16] for key in rig.keys("/manifests/node-a/")}
    for name in ("articles", "notes"):
        rig.node.call("POST", f"/collections/{name}/points/delete?wait=true", {"points": [1, 2]})
    rig.run("back_up", node="node-a", backup_id="20990101T000000Z")
    given = {"mode": "replace", "collections": ["articles", "notes"], "exclude": "note?", "backup_id": first}
    given["accept_write_loss"] = True
    code, said = fleet.play(**given)
    assert code != 0 and fleet.commands() == [] and "ansible-playbook" not in said, said
    code, said = fleet.play("-l", "all", "-e", "qdrant_restore_confirm=node-b", *shlex.split(added(said)), **given)
    assert code == 0 and len(fleet.commands()) == 1, said
    assert (rig.count(), rig.count("notes")) == (60, 28)


def test_an_empty_list_does_not_replace_everything(fleet: Fleet) -> None:
    usual = {**fleet.hosts["node-a"], "qdrant_restore_collections": []}
    fleet.hosts = {f"h-{mode}": {**usual, "qdrant_restore_mode": mode} for mode in ("replace", "switch")}
    confirm = ["h-replace", "h-switch"]
    code, said = fleet.play("-e", "qdrant_serial=100%", confirm=confirm)
    assert code != 0 and fleet.commands() == [], said
    for mode in ("replace", "switch"):
        assert f"qdrant_restore_collections is an empty list, and qdrant_restore_mode={mode} would restore all" in said
    fleet.rig.drop("articles")
    code, said = fleet.play("-l", "h-switch", "-e", "qdrant_restore_mode=missing")
    assert code == 0 and fleet.rig.count() == 60, said


def test_a_collection_that_is_named_like_a_variable(fleet: Fleet) -> None:
    """Replaced by systemd, the word would be gone, and without a collection all are restored."""
    rig = fleet.rig
    for name in ("$old", "a$$b"):
        rig.fill(name, 20)
    rig.run("back_up", node="node-a", backup_id="20990101T000000Z")
    for name in ("$old", "a$$b", "articles"):
        rig.drop(name)
    code, said = fleet.play("-l", "node-a", collections=["$old", "a$$b"])
    assert code == 0 and rig.collections() == ["$old", "a$$b", "notes"], said


def test_a_switch_and_its_roll_back(fleet: Fleet) -> None:
    alias = {"create_alias": {"collection_name": "articles", "alias_name": "live"}}
    fleet.rig.node.call("POST", "/collections/aliases", {"actions": [alias]})
    given = {"mode": "switch", "collections": "articles"}
    code, said = fleet.play("-l", "node-a", **given, keep_old=False)
    assert code != 0 and "deletes collections" in said and "To delete collections on node-a only" in said, said
    code, said = fleet.play("-l", "node-a", **given)
    assert code == 0 and "live: pointed to articles (60 points), points to articles__" in said, said
    (new,) = [name for name in fleet.rig.collections() if name.startswith("articles__")]
    fleet.rig.fill(new, first=2001, count=1)
    assert fleet.rig.count("live") == 61
    code, said = fleet.play("-l", "node-a", roll_back="live")
    assert code == 0 and f"live: moved back from {new} to articles" in said and fleet.rig.count("live") == 60, said
    code, said = fleet.play("-l", "node-a", roll_back="live")
    assert code == 0 and "changed=0" in said, said


def test_point_in_time_side_by_side_with_an_alias(fleet: Fleet) -> None:
    fleet.rig.fill("articles", first=1001, count=5)
    given = {"collections": "articles", "restore_as": "articles_before", "alias": "before"}
    given["before"] = "2100-01-01T00:00:00Z"
    code, said = fleet.play("-l", "node-a", **given)
    assert code == 0 and fleet.rig.count("before") == 60 and fleet.rig.count() == 65, said
    code, said = fleet.play("-l", "node-a", **{**given, "before": "2001-01-01T00:00:00Z"})
    assert code != 0 and "2001" in said, said
    code, said = fleet.play("-l", "node-a", name="a", **given)
    assert code != 0 and "are the same option" in said, said


def test_from_another_bucket_with_other_keys(fleet: Fleet, tmp_path: Path) -> None:
    """Production to staging, or a replica: the host's own settings are of a repository without this backup."""
    rig = fleet.rig
    for name in fleet.hosts:
        config = fleet.folder / name / "config.yml"
        config.write_text(json.dumps({**json.loads(config.read_text()), "prefix": "another", "cluster": "staging"}))
        (fleet.folder / name / "secret_key").write_text("wrong")
    rig.drop("articles")
    keys = {"access_key": rig.s3.access_key, "secret_key": rig.s3.secret_key}
    source = {"prefix": rig.prefix, "cluster": "search", "bucket": rig.s3.bucket, "endpoint_url": rig.s3.url}
    code, said = fleet.play("-l", "node-b", mode="missing", record=False, delivery="upload", **source)
    assert code != 0, said
    code, said = fleet.play("-l", "node-b", mode="missing", record=False, delivery="upload", **source, **keys)
    assert code == 0 and rig.count() == 60, said
    assert not (fleet.folder / "keys").exists() and rig.s3.secret_key not in " ".join(fleet.commands())
    (item,) = fleet.reports()[-1]["collections"]
    assert item["delivery"] == "upload" and "proof_key" not in item


def test_a_failed_restore_leaves_a_report_too(fleet: Fleet) -> None:
    fleet.rig.drop("articles")
    fleet.rig.damage(next(key for key in fleet.rig.keys("/articles/") if key.endswith(".snapshot")))
    code, said = fleet.play(mode="missing")
    assert code != 0 and "The archive in the store is damaged" in said, said
    (report,) = fleet.reports()
    assert report["host"] == "node-a" and not report["ok"] and report["exit_code"] == 1
    assert len(fleet.commands()) == 1, "no other host is begun"


EMPTY: dict[str, tuple[Any, str]] = {
    "before": ("", "qdrant_restore_before is set, but empty. Nothing was done."),
    "name": (" ", "qdrant_restore_name is set, but empty. Nothing was done."),
    "backup_id": ("", "qdrant_restore_backup_id is set, but empty."),
    "collections": ("", "qdrant_restore_collections is set, but empty."),
    "bucket": (None, "qdrant_restore_bucket is set, but empty."),
    "confirm": ([""], "qdrant_restore_confirm is set, but empty."),
    "secret_key": ("", "qdrant_restore_secret_key is set, but empty."),
}


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("mode", "swap", "must be one of: new, missing, replace, switch"),
        ("befor", "2026-11-22T19:00:00Z", "qdrant_restore_befor (did you mean qdrant_restore_before?)"),
    ],
)
def test_unknown_words_are_refused(fleet: Fleet, name: str, value: str, sentence: str) -> None:
    code, said = fleet.play(**{name: value})
    assert code != 0 and sentence in said and fleet.commands() == [], said


def test_empty_variables_are_refused_by_name(fleet: Fleet) -> None:
    usual = fleet.hosts["node-a"]
    fleet.hosts = {f"h-{name}": {**usual, f"qdrant_restore_{name}": value} for name, (value, dummy) in EMPTY.items()}
    code, said = fleet.play("-e", "qdrant_serial=100%")
    assert code != 0 and fleet.commands() == [], said
    for name, (_value, sentence) in EMPTY.items():
        told = said.split(f"fatal: [h-{name}]")[1].split("fatal: [")[0]
        assert sentence in told, told


def test_a_report_folder_that_cannot_be_written_is_a_warning(fleet: Fleet) -> None:
    code, said = fleet.play("-l", "node-a", mode="missing", report_dir="/proc/reports")
    assert code == 0 and "warning: the report could not be written to /proc/reports" in said, said


def test_rebuild_restores_a_backup_and_nothing_else(fleet: Fleet) -> None:
    """A time would be given to the program beside the id of the last good backup."""
    tasks = ROOT / "playbooks" / "tasks" / "rebuild.yml"
    play = {"hosts": "qdrant", "gather_facts": False, "tasks": [{"ansible.builtin.include_tasks": str(tasks)}]}
    (fleet.folder / "rebuild.yml").write_text(json.dumps([play]))
    for name, value in (("before", "2026-11-22T19:00:00Z"), ("roll_back", "live"), ("src", "/x")):
        code, said = fleet.play("-l", "node-a", playbook="rebuild.yml", **{name: value})
        assert code != 0 and f"Remove qdrant_restore_{name}, or use" in said and not fleet.commands(), said


@pytest.mark.parametrize("nothing", ["", None])
def test_an_empty_number_of_hosts_at_once_is_one(fleet: Fleet, nothing: Any) -> None:
    code, said = fleet.play("-e", json.dumps({"qdrant_serial": nothing}), mode="missing")
    assert code == 0 and said.count("PLAY [Restore collections]") == 2, said


def test_no_report_is_written_if_the_folder_is_empty(fleet: Fleet) -> None:
    """Also if it is null, as a name without a value in an inventory is."""
    for nothing in ("", None):
        code, said = fleet.play("-l", "node-a", mode="missing", report_dir=nothing)
        assert code == 0 and "report could not be written" not in said and not fleet.reports(), said


def test_nodes_of_one_cluster_take_turns(fleet: Fleet) -> None:
    fleet.rig.drop("articles")
    code, said = fleet.play("-e", "qdrant_serial=2", mode="missing")
    # Both play on one node here: the second one finds what the first one restored. Ansible decides which is first.
    assert code == 0 and sorted(report["changed"] for report in fleet.reports()) == [False, True], said


def test_reports_can_be_read_by_the_operator(fleet: Fleet) -> None:
    fleet.play("-l", "node-a", mode="missing")
    (path,) = (fleet.folder / "reports").glob("*.json")
    assert stat.S_IMODE(path.stat().st_mode) == 0o644 and path.name.startswith("node-a-2")
