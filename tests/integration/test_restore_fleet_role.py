# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook ``restore`` on the hosts of one cluster: the first of them restores all nodes. And the module."""

from __future__ import annotations

import json
import types
from typing import Any

import pytest
from ansible_collections.vectorops.qdrant.tests.integration.test_modules import assert_documented
from ansible_collections.vectorops.qdrant.tests.integration.test_restore_role import Fleet
from ansible_collections.vectorops.qdrant.tests.support import ansible
from ansible_collections.vectorops.qdrant.tests.support.cluster_rig import ID, NAME, ClusterRig
from ansible_collections.vectorops.qdrant.tests.support.clusters import start_cluster, until
from ansible_collections.vectorops.qdrant.tests.support.program import ROOT
from ansible_collections.vectorops.qdrant.tests.support.qdrant import quick_folder

pytestmark = [
    pytest.mark.integration,
    pytest.mark.cluster,
    pytest.mark.skipif(not ansible.has_ansible(), reason="needs ansible-playbook"),
]


class OneNode:
    """What ``Fleet`` wants to know of a rig."""

    def __init__(self, rig: ClusterRig) -> None:
        self.rig, self.s3 = rig, types.SimpleNamespace(secret_key="no secret of this test")

    def known(self) -> dict[str, Any]:
        known = self.rig.known(0)
        return {name: value for name, value in known.items() if name not in ("expected_nodes",)}

    def secrets(self) -> dict[str, str]:
        return {}


@pytest.fixture
def fleet(cluster_rig: ClusterRig, tmp_path: Any) -> Fleet:
    cluster_rig.fill(replication_factor=2)
    cluster_rig.back_up(cluster_capture="shard")
    folder = tmp_path / "fleet"
    folder.mkdir()
    found = Fleet(OneNode(cluster_rig), folder)
    for number, name in enumerate(cluster_rig.nodes):
        if name not in found.hosts:
            found._host(name)
        found.hosts[name] |= {"qdrant_backup_cluster": "search", "qdrant_restore_url": cluster_rig.cluster.urls[number]}
        found.hosts[name].pop("qdrant_restore_node")
    return found


def test_one_host_restores_the_cluster_and_the_others_do_nothing(fleet: Fleet, cluster_rig: ClusterRig) -> None:
    cluster = cluster_rig.cluster
    before = cluster.contents(0, NAME)
    cluster.call(0, "DELETE", f"/collections/{NAME}")
    until(lambda: not any(cluster.names(number) for number in cluster.living()), "it is gone everywhere")
    code, said = fleet.play("--check", backup_id=ID)
    assert code == 0 and f"recover shard 0 of {NAME} on each of its 2 nodes" in said, said
    code, said = fleet.play(backup_id=ID)
    assert code == 0 and "node-a restores all nodes of its cluster at once, this one too." in said, said
    assert len(fleet.commands()) == 2 and all("--node-url=node-b=http://" in line for line in fleet.commands())
    assert all(cluster.contents(number, NAME) == before for number in cluster.living())
    (report,) = fleet.reports()
    assert report["host"] == "node-a" and len(report["collections"][0]["shards"]) == 6
    # The addresses that the role qdrant_server knows are enough.
    for host in fleet.hosts.values():
        host |= {"qdrant_server_url": host.pop("qdrant_restore_url"), "qdrant_server_cluster": True}
    code, said = fleet.play("-l", "node-b", backup_id=ID, mode="missing")
    assert code == 0 and "exists and was left alone (agrees with the backup)" in said, said


def test_replacing_needs_the_names_of_all_hosts_of_the_cluster(fleet: Fleet) -> None:
    code, said = fleet.play("-l", "node-a", backup_id=ID, mode="replace", confirm="node-a")
    assert code != 0 and "does not name node-b, node-c" in said and fleet.commands() == [], said
    assert "-e qdrant_restore_confirm=node-a,node-b,node-c" in said, said
    code, said = fleet.play(backup_id=ID, mode="replace", confirm="node-a,node-b,node-c")
    assert code == 0 and len(fleet.commands()) == 1, said


def test_one_host_switches_the_cluster_and_moves_the_alias_back(fleet: Fleet, cluster_rig: ClusterRig) -> None:
    cluster, new = cluster_rig.cluster, f"{NAME}__{ID.lower()}"
    before = cluster.contents(0, NAME)

    def held() -> set[str]:
        found = [one for number in cluster.living() for one in cluster.call(number, "GET", "/aliases")["aliases"]]
        return {one["collection_name"] for one in found if one["alias_name"] == "live"}

    code, said = fleet.play(backup_id=ID, mode="switch", keep_old=False)
    assert code != 0 and "does not name node-a, node-b, node-c" in said and fleet.commands() == [], said
    code, said = fleet.play(backup_id=ID, mode="switch")
    assert code == 0 and f"live: pointed to {NAME} (600 points), points to {new} now" in said, said
    assert len(fleet.commands()) == 1 and held() == {new}
    assert all(cluster.contents(number, "live") == before for number in cluster.living())
    code, said = fleet.play("-l", "node-a", roll_back="live")
    assert code == 0 and f"live: moved back from {new} to {NAME}" in said, said
    until(lambda: held() == {NAME}, "the alias on every node")


def test_the_module_is_run_once_for_all_nodes(cluster_rig: ClusterRig, tmp_path: Any) -> None:
    cluster_rig.fill(replication_factor=2)
    cluster_rig.back_up(cluster_capture="shard")
    cluster = cluster_rig.cluster
    before = cluster.contents(0, NAME)
    cluster.call(0, "DELETE", f"/collections/{NAME}")
    until(lambda: not any(cluster.names(number) for number in cluster.living()), "it is gone everywhere")
    module = {
        "nodes": dict(zip(cluster_rig.nodes, cluster.urls)),
        "path": str(cluster_rig.repository),
        "cluster": "search",
        "restore_aliases": True,
        "state_dir": str(tmp_path / "state"),
    }
    task = {"name": "restore", "vectorops.qdrant.qdrant_restore": module, "run_once": True}
    play = [{"hosts": "node-a", "gather_facts": False, "tasks": [task]}]
    run = ansible.Ansible(tmp_path, ()).run(play, {})
    assert run.code == 0, run.output
    assert_documented(run)
    assert all(cluster.contents(number, NAME) == before for number in cluster.living())


SYSTEMCTL = """\
#!/bin/sh
echo "$@" >> {log}
case "$1" in show) printf 'LoadState=loaded\\nActiveState=active\\nUnitFileState=enabled\\n';; esac
"""
REBUILD = """\
- hosts: qdrant
  gather_facts: false
  serial: 1
  tasks:
    - name: As the playbook rebuild does after provision
      ansible.builtin.include_tasks:
        file: {tasks}
"""


def test_rebuild_restores_what_was_only_on_the_lost_host(tmp_path: Any) -> None:
    """The machine comes back empty: as a new peer, after the old one was removed."""
    with quick_folder() as place, start_cluster(place, 3) as cluster:
        rig = ClusterRig(cluster, tmp_path)
        names = rig.nodes
        rig.fill(replication_factor=1)
        rig.back_up(cluster_capture="shard")
        before = cluster.contents(0, NAME)
        lost = next(number for number in (2, 1) if cluster.held(number, NAME))
        peer = cluster.peer_id(lost)
        cluster.kill(lost)
        cluster.call(0, "DELETE", f"/cluster/peer/{peer}?force=true")
        until(lambda: all(len(cluster.call(n, "GET", "/cluster")["peers"]) == 2 for n in cluster.living()), "two peers")
        new = cluster.add()
        urls = {**dict(zip(names, cluster.urls)), names[lost]: cluster.urls[new]}
        folder = tmp_path / "fleet"
        folder.mkdir()
        fleet = Fleet(OneNode(rig), folder)
        timer = folder / "bin" / "systemctl"
        timer.write_text(SYSTEMCTL.format(log=folder / "timer"))
        timer.chmod(0o755)
        for name in names:
            if name not in fleet.hosts:
                fleet._host(name)
            config = json.loads((folder / name / "config.yml").read_text())
            (folder / name / "config.yml").write_text(json.dumps({**config, "url": urls[name], "node": name}))
            fleet.hosts[name] |= {"qdrant_backup_cluster": "search", "qdrant_restore_url": urls[name]}
            fleet.hosts[name].pop("qdrant_restore_node")
        (folder / "rebuild.yml").write_text(REBUILD.format(tasks=ROOT / "playbooks" / "tasks" / "rebuild.yml"))
        code, said = fleet.play("-l", names[lost], playbook="rebuild.yml")
        assert code == 0 and "exists and was left alone" in said, said
        assert f"{NAME}: restored as {NAME}" in said, said
        assert [line.split()[0] for line in (folder / "timer").read_text().splitlines() if "show" not in line] == [
            "stop"
        ]
        until(lambda: cluster.settled(NAME), "all replicas active")
        assert all(cluster.contents(number, NAME) == before for number in cluster.living())
        words = [line for line in fleet.commands() if " restore" in line]
        assert [("repair" in line, "missing" in line) for line in words] == [(True, False), (False, True)], words
