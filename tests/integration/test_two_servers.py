# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two servers that back up under one node name: cloned images, equal host names; and hosts that were only rebuilt."""

from __future__ import annotations

import dataclasses
import json
import os
import shlex
from typing import Any

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import RefusedError
from ansible_collections.vectorops.qdrant.plugins.module_utils._program.texts import lines_of
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.errors import ManifestError
from ansible_collections.vectorops.qdrant.tests.support.marks import needs_own_server
from ansible_collections.vectorops.qdrant.tests.support.qdrant import start_qdrant
from ansible_collections.vectorops.qdrant.tests.support.rig import Rig, prefix_of

pytestmark = [pytest.mark.integration, needs_own_server]


def at(number: int) -> str:
    return f"202611{number:02d}T000000Z"


@dataclasses.dataclass
class Host:
    """One host: a node, a state directory, and the repository that both hosts use under the name node-a."""

    rig: Rig
    repository: dict[str, Any]

    def run(self, verb: str, **changes: Any) -> dict[str, Any]:
        return self.rig.run(verb, **{**self.repository, **changes})

    def back_up(self, number: int, **changes: Any) -> dict[str, Any]:
        return self.run("back_up", backup_id=at(number), **changes)

    @property
    def peer(self) -> int:
        names = self.rig.collections()
        return int(self.rig.node.call("GET", f"/collections/{names[0]}/cluster")["result"]["peer_id"])

    def codes(self) -> list[str]:
        return [problem["code"] for problem in self.run("status")["problems"]]

    def findings(self, severity: str) -> list[str]:
        found = self.run("doctor")["findings"]
        return [one["what"] for one in found if one["severity"] == severity and "peer" in one["what"]]

    def metric(self) -> str:
        lines = self.run("metrics")["metrics"].splitlines()
        return next(line.rpartition(" ")[2] for line in lines if line.startswith("qdrant_backup_two_servers{"))

    def listed(self, verb: str = "list", **changes: Any) -> str:
        return "\n".join(lines_of(verb, self.run("list_backups", **changes), False))


@pytest.fixture(scope="module")
def second_server(tmp_path_factory):
    """The other host's node."""
    with start_qdrant(str(tmp_path_factory.mktemp("second"))) as server:
        yield server


@pytest.fixture(params=["folder", "s3"])
def hosts(request, qdrant, second_server, s3_server, tmp_path):
    """Two hosts with 100 and 110 points in a collection of one name."""
    second_server.wipe()
    made = []
    for name, node, count in (("one", qdrant, 100), ("two", second_server, 110)):
        (tmp_path / name).mkdir()
        rig = Rig(node, s3_server, tmp_path / name, prefix_of(request))
        path = {"bucket": None, "path": str(tmp_path / "repository"), "prefix": ""}
        made.append(Host(rig, path if request.param == "folder" else {}))
        rig.fill("articles", count)
    return made


def test_one_change_is_a_rebuilt_host(hosts):
    one, two = hosts
    one.back_up(1)
    assert one.findings("ok") == [f"The newest backup of node-a is of this server (peer {one.peer})."]
    report = two.back_up(2)
    assert report["ok"] and any(f"peer {one.peer} ({at(1)})" in text for text in report["warnings"])
    backups = two.run("list_backups")["backups"]
    assert [backup["peer_id"] for backup in backups] == [two.peer, one.peer]
    assert backups[0]["server_before"] == {"peer_id": one.peer, "last_backup_id": at(1), "accepted": False}
    assert "another server" in two.listed() and f"server peer {two.peer}; the backup before it" in two.listed("show")
    status = two.run("status")
    assert status["healthy"] and any("expected for a rebuilt host" in text for text in status["warnings"])
    assert two.findings("error") == [] and two.metric() == "0"
    assert of_servers(two.back_up(3)) == []
    assert two.run("status")["healthy"] and not any("another server" in text for text in two.run("status")["warnings"])
    assert two.run("list_backups")["backups"][0]["server_before"] is None


def test_a_server_that_comes_back_is_refused_until_it_is_accepted(hosts):
    one, two = hosts
    one.back_up(1)
    one.back_up(2)
    two.back_up(3)
    before = one.rig.node.call("GET", "/collections/articles/snapshots")["result"]
    with pytest.raises(RefusedError) as caught:
        one.back_up(4)
    said = caught.value.sentence()
    assert caught.value.exit_code == 3 and [item["code"] for item in caught.value.details["refusals"]] == [
        "two_servers"
    ]
    assert f"peer {one.peer} ({at(1)} to {at(2)})" in said and f"peer {two.peer} ({at(3)})" in said
    assert "accept_new_server: true" in said and "--accept-new-server" in said
    assert one.rig.node.call("GET", "/collections/articles/snapshots")["result"] == before, "nothing was changed"
    with pytest.raises(RefusedError):
        one.back_up(4, check=True)
    assert [backup["backup_id"] for backup in one.run("list_backups")["backups"]] == [at(3), at(2), at(1)]
    assert one.codes() == ["two_servers"] and one.metric() == "1", "although status does not ask the node"
    assert len(one.findings("error")) == 1 and not one.run("doctor")["healthy"]
    assert two.codes() == [] and two.back_up(5)["ok"], "the server of the newest backup goes on"
    assert one.back_up(6, accept_new_server=True)["ok"]
    assert one.codes() == [] and one.metric() == "0" and one.findings("error") == []
    assert one.back_up(7)["ok"]
    with pytest.raises(RefusedError):
        two.back_up(8)


def test_a_restore_never_takes_the_other_servers_backup_silently(hosts):
    one, two = hosts
    one.back_up(1)
    two.back_up(2)
    ours, theirs = one.peer, two.peer
    one.rig.drop()
    for check in (True, False):
        with pytest.raises(RefusedError) as caught:
            one.run("restore", check=check)
        (refusal,) = caught.value.details["refusals"]
        assert refusal["code"] == "another_server"
        assert f"of peer {theirs}: {at(2)}" in refusal["message"] and f"of peer {ours}: {at(1)}" in refusal["message"]
    assert one.rig.collections() == []
    command = shlex.split(refusal["next"].rpartition(": ")[2])
    assert command[:4] == ["qdrant-backup", "restore", "--backup-id", at(1)]
    assert command[command.index("--node") + 1] == "node-a" and "--url" in command
    report = one.run("restore", backup_id=at(1))
    assert report["collections"][0]["points"] == 100 and one.rig.count() == 100
    report = one.run("restore", backup_id=at(2), name="theirs")
    assert one.rig.count("theirs") == 110
    assert any(f"Backup {at(2)} is of another server (peer {theirs})" in text for text in report["warnings"])
    with pytest.raises(RefusedError, match="different servers"):
        one.run("restore", name="again")
    with pytest.raises(RefusedError, match="different servers"):
        two.run("restore", name="again", before="2026-11-01T12:00:00Z")
    assert two.run("restore", name="again")["ok"] and two.rig.count("again") == 110


def test_points_never_come_out_of_the_other_servers_backup_silently(hosts):
    one, two = hosts
    one.back_up(1)
    two.back_up(2)
    before = one.rig.contents()
    selected = {"collections": ["articles"]}
    for verb, more in (("restore", {"points": "missing"}), ("restore", {"points": "changed"}), ("diff", {})):
        for check in (True, False):
            with pytest.raises(RefusedError, match="different servers") as caught:
                one.run(verb, check=check, **selected, **more)
        (refusal,) = caught.value.details["refusals"]
        assert refusal["code"] == "another_server"
        words = [word for pair in more.items() for word in (f"--{pair[0]}", pair[1])]
        command = shlex.split(refusal["next"].rpartition(": ")[2])
        assert command == ["qdrant-backup", verb, "articles", "--backup-id", at(1), *words]
    assert one.rig.contents() == before
    assert one.run("diff", backup_id=at(1), **selected)["identical"]
    assert of_servers(two.run("diff", **selected)) == [], "its own"
    warned = f"Backup {at(2)} is of another server (peer {two.peer})"
    assert any(warned in text for text in one.run("diff", backup_id=at(2), **selected)["warnings"])
    report = one.run("restore", backup_id=at(2), points="missing", **selected)
    assert any(warned in text for text in report["warnings"])
    assert report["put_back"] == 10 and one.rig.count() == 110


def test_a_rebuilt_host_restores_its_old_self_without_a_question(hosts, tmp_path):
    one, two = hosts
    one.back_up(1)
    one.back_up(2)
    two.rig.drop()
    report = two.run("restore")
    assert report["ok"] and of_servers(report) == [] and two.rig.count() == 100
    two.rig.drop()
    two.rig.fill("notes", 10)
    report = two.run("restore")
    assert report["ok"] and of_servers(report) == [] and two.rig.count() == 100
    assert two.back_up(3)["ok"]
    two.rig.drop()
    assert two.run("restore", collections=["articles"])["ok"], "its own newest backup by now"


def test_a_host_that_lost_everything_still_knows_which_server_it_is(hosts):
    one, two = hosts
    one.back_up(1)
    one.rig.drop()
    assert one.run("restore")["ok"]
    two.back_up(2)
    one.rig.drop()
    with pytest.raises(RefusedError, match="different servers"):
        one.run("restore")


def test_backups_that_are_mixed_already_are_found_without_a_record_in_them(hosts):
    """As versions without a record wrote them: each run went through."""
    one, two = hosts
    one.back_up(1)
    two.back_up(2)
    one.back_up(3, accept_new_server=True)
    for number in (1, 2, 3):
        forget(one, at(number))
    found = one.run("list_backups")["backups"]
    assert [backup["digest"] for backup in found] == [None] * 3
    assert one.listed("show").count("manifest without a digest") == 3
    assert "3 manifests without a digest" in "\n".join(lines_of("verify", one.run("verify", all_backups=True), False))
    for host in hosts:
        assert host.codes() == ["two_servers"] and host.metric() == "1" and len(host.findings("error")) == 1
        with pytest.raises(RefusedError, match="take turns"):
            host.back_up(4)
    with pytest.raises(RefusedError, match="different servers"):
        two.run("restore", name="again")
    fresh = dataclasses.replace(one, rig=dataclasses.replace(one.rig, directory=one.rig.directory / "fresh"))
    fresh.rig.drop()
    with pytest.raises(RefusedError, match="this server is not known"):
        fresh.run("restore")
    assert two.back_up(4, accept_new_server=True)["ok"] and two.codes() == []
    assert two.back_up(5)["ok"]


def test_the_other_servers_backup_of_the_same_slot_is_no_backup_of_this_one(hosts):
    one, two = hosts
    one.back_up(1)
    assert not one.back_up(1)["changed"]
    with pytest.raises(RefusedError, match="already committed by another server") as caught:
        two.back_up(1)
    assert f"peer {one.peer}" in str(caught.value) and "qdrant-backup run --slot 0" in str(caught.value)
    assert two.rig.node.call("GET", "/collections/articles/snapshots")["result"] == []


def test_an_empty_node_without_cluster_mode_shows_no_server(hosts):
    one, two = hosts
    one.back_up(1)
    two.rig.drop()
    assert two.back_up(2)["ok"], "nothing tells that it is another one"
    assert one.back_up(3)["ok"] and one.codes() == []


def test_a_manifest_that_was_changed_is_refused_everywhere(hosts):
    one = hosts[0]
    one.back_up(1)
    one.back_up(2)
    change(one, at(2), lambda document: document["collections"][0]["points"].update(before=101))
    with pytest.raises(ManifestError, match="before: is 101, probe"):
        one.run("restore", name="again")
    change(one, at(2), lambda document: document["collections"][0]["points"].update(before=100))
    assert one.run("restore", name="again")["ok"]
    change(one, at(2), lambda document: document.update(finished_at="2026-11-02T09:00:00Z"))
    with pytest.raises(ManifestError, match="digest: is"):
        one.run("restore", name="more")
    found = one.run("list_backups")
    assert [item["backup_id"] for item in found["unreadable"]] == [at(2)] and len(found["backups"]) == 1
    assert one.back_up(3)["ok"], "a damaged manifest stops no backup"
    assert one.run("restore", name="more", collections=["articles"])["ok"]


def of_servers(report: dict[str, Any]) -> list[str]:
    """Warnings that speak of servers."""
    return [text for text in report["warnings"] if "peer" in text]


def forget(host: Host, backup_id: str) -> None:
    """Make a manifest one of an earlier version."""

    def older(document: dict[str, Any]) -> None:
        del document["digest"], document["node"]["servers"]

    change(host, backup_id, older)


def change(host: Host, backup_id: str, how: Any) -> None:
    """Change a manifest where it lies."""
    key = f"search/manifests/node-a/{backup_id}.json"
    if host.repository:
        path = os.path.join(host.repository["path"], key)
        with open(path, encoding="utf-8") as handle:
            document = json.load(handle)
        how(document)
        os.chmod(path, 0o600)
        with open(path, "w", encoding="utf-8") as handle:
            json.dump(document, handle)
        return
    client, where = host.rig.s3.client(), {"Bucket": host.rig.s3.bucket, "Key": f"{host.rig.prefix}/{key}"}
    document = json.loads(client.get_object(**where)["Body"].read())
    how(document)
    client.put_object(**where, Body=json.dumps(document).encode())
