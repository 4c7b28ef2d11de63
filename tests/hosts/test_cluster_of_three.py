# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide's block with TLS and a cluster, on three hosts: one node after the other.

Each test takes a minute or more: ``make test-hosts-slow``.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import time

import pytest
from ansible_collections.vectorops.qdrant.tests.hosts import server
from ansible_collections.vectorops.qdrant.tests.hosts.three import NAMES, PROVISION, SERVER, bring_up, lines

pytestmark = pytest.mark.slow
REAL = pytest.mark.skipif(not os.environ.get("QDRANT_BIN"), reason="the stand-in knows no clusters: set QDRANT_BIN")
ASK = f"""
import json, ssl, sys, urllib.request
method, url, body = sys.argv[1:4]
context = ssl.create_default_context(cafile="/etc/ssl/qdrant/ca.pem")
headers = {{"api-key": "{server.KEY}", "Content-Type": "application/json"}}
request = urllib.request.Request(url, data=body.encode() or None, headers=headers, method=method)
sys.stdout.write(urllib.request.urlopen(request, context=context, timeout=30).read().decode())
"""


@pytest.fixture(scope="module")
def three(new_machine, attach_role, controller, store, folder):
    made = bring_up("ijk", "cluster-of-three", new_machine, attach_role, controller, store, folder)
    for machine in made.machines.values():
        machine.run("cat >/root/ask.py", text=ASK)
    return made


CURVE = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]


def openssl(place, *words):
    subprocess.run(["openssl", *words], cwd=place, check=True, stdin=subprocess.DEVNULL, capture_output=True)


def certify(place, name, machine):
    """A new certificate of the authority in a folder, on its host."""
    (place / "extensions").write_text(f"subjectAltName=DNS:{name}\nbasicConstraints=CA:FALSE\n")
    openssl(place, "req", *CURVE, "-subj", f"/CN={name}", "-keyout", "node.key", "-out", "node.csr")
    signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "extensions"]
    openssl(place, "x509", "-req", "-in", "node.csr", *signed, "-out", "node.pem")
    for file in ("ca.pem", "node.pem", "node.key"):
        machine.run(f"cat >/etc/ssl/qdrant/{file}", text=(place / file).read_text())
    machine.run("chmod 0600 /etc/ssl/qdrant/node.key")


@pytest.fixture(scope="module")
def block(three, folder):
    """The guide's block about TLS and a cluster, with certificates where it has them."""
    import yaml

    place = folder / "authority"
    place.mkdir()
    files = ["-keyout", "ca.key", "-out", "ca.pem"]
    openssl(place, "req", "-x509", *CURVE, "-days", "2", "-subj", "/CN=tests only", *files)
    for name, machine in three.machines.items():
        machine.run("mkdir /etc/ssl/qdrant")
        certify(place, name, machine)
    return yaml.safe_load(lines("docs/docsite/rst/guide_provision.rst", "qdrant_server_host:"))


def test_a_certificate_for_another_name_fails_at_once(three, block):
    begun = time.monotonic()
    out = three.play(PROVISION, "-l", "node-a", more={**block, "qdrant_server_url": ""}, check=False)
    said = " ".join(out.text.split())
    assert out.code != 0 and "its certificate is not valid for https://127.0.0.1:6333" in said, out.text
    assert "Set qdrant_server_url" in said
    assert time.monotonic() - begun < 280, "installed, and not the 300 s that it waits for a slow start"


STARTS, SETTLES = "Enable and start the unit", "Wait until the cluster is complete again"


def turns(outcome):
    """What the nodes of a cluster went through, in order: (task, host)."""
    found, task = [], ""
    for line in outcome.text.splitlines():
        heading = re.match(r"TASK \[(?:.* : )?(.*)\] \*", line)
        task = heading[1] if heading else task
        done = re.match(r"(?:ok|changed|fatal): \[(\S+?)\]", line)
        # Not what is looked at on all nodes at the same time before the first turn.
        if done and (task == SETTLES or (task == STARTS and line.startswith("changed"))):
            found.append((task, done[1]))
    return found


def started(three):
    """When each node's Qdrant started."""
    shown = "systemctl show --value -p ExecMainStartTimestampMonotonic qdrant"
    return {name: int(machine.run(shown)) for name, machine in three.machines.items()}


def test_the_guides_block_one_node_after_the_other(three, block):
    # The test before this one started node-a already, which then has nothing to change.
    new = [name for name in NAMES if three.machines[name].code("systemctl is-active --quiet qdrant")]
    assert {"node-b", "node-c"} <= {*new}
    out = three.play(PROVISION, more=block)
    assert turns(out) == [(task, name) for name in new for task in (STARTS, SETTLES)], out.text
    for name, machine in three.machines.items():
        assert server.VERSION in machine.run(f"python3 /root/ask.py GET https://{name}:6333/ ''")
    before = started(three)
    again = three.play(PROVISION, more=block)
    assert again.changed() == 0 and turns(again) == [] and started(three) == before, again.text


def test_a_renewed_certificate_is_loaded_on_one_node_after_the_other(three, block, folder):
    def serial(name):
        ask = f"import ssl; print(hash(ssl.get_server_certificate(('{name}', 6333))))"
        return three.machines[name].run(f'PYTHONHASHSEED=0 python3 -c "{ask}"')

    before, at = {name: serial(name) for name in NAMES}, started(three)
    for name in ("node-b", "node-c"):
        certify(folder / "authority", name, three.machines[name])
    out = three.play(PROVISION, *SERVER, more=block)
    assert turns(out) == [(task, name) for name in ("node-b", "node-c") for task in (STARTS, SETTLES)], out.text
    assert [name for name in NAMES if serial(name) != before[name]] == ["node-b", "node-c"]
    assert [name for name in NAMES if started(three)[name] != at[name]] == ["node-b", "node-c"]
    again = three.play(PROVISION, *SERVER, "-l", "node-b", more=block)
    assert again.changed() == 0, again.text


def test_no_other_node_of_a_cluster_is_changed_after_a_failure(three, block):
    """node-c is a cluster of its own here, and goes on."""
    folder, own = "/etc/systemd/system/qdrant.service.d", "https://node-c:6335"
    drop_in = "[Service]\nLoadCredential=\n"
    three.machines["node-a"].run(f"mkdir {folder}; cat >{folder}/tests.conf; systemctl daemon-reload", text=drop_in)
    two = {**block, "qdrant_server_log_level": "DEBUG"}
    two["qdrant_server_bootstrap"] = f"{{{{ '{own}' if inventory_hostname == 'node-c' else 'https://node-a:6335' }}}}"
    before = started(three)
    out = three.play(PROVISION, *SERVER, more=two, check=False)
    words = " ".join(out.text.split())
    assert out.code != 0 and "systemd did not hand over the credential" in words, out.text
    assert "node-a of the same cluster failed, and this node was left unchanged" in words, out.text
    shown = {name: machine.run("grep log_level /etc/qdrant/config.yaml") for name, machine in three.machines.items()}
    levels = {name: line.split()[1] for name, line in shown.items()}
    assert levels == {"node-a": "DEBUG", "node-b": "INFO", "node-c": "DEBUG"}
    assert started(three)["node-b"] == before["node-b"] and out.counts["node-c"]["failed"] == 0, out.text
    three.machines["node-a"].run(f"rm -r {folder}; systemctl daemon-reload")
    three.play(PROVISION, *SERVER, more=block)


def test_an_encrypted_node_backs_itself_up(three, block):
    before = three.kept()
    three.play("vectorops.qdrant.backup_now", more={**block, "qdrant_backup_now_id": "20320202T000000Z"})
    after = three.kept()
    assert {name: len(after[name]) - len(before[name]) for name in NAMES} == dict.fromkeys(NAMES, 1)


@REAL
def test_the_three_are_one_cluster(three, block):
    def ask(name, method, path, body=""):
        said = three.machines[name].run(f"python3 /root/ask.py {method} 'https://{name}:6333{path}' '{body}'")
        return json.loads(said)["result"]

    for name in NAMES:
        found = ask(name, "GET", "/cluster")
        assert len(found["peers"]) == 3 and found["status"] == "enabled", found
    ask("node-a", "PUT", "/collections/shared", '{"vectors": {"size": 4, "distance": "Cosine"}, "shard_number": 3}')
    points = [{"id": n, "vector": [n % 7 + 1, n % 5, n % 3, 1]} for n in range(1, 61)]
    ask("node-b", "PUT", "/collections/shared/points?wait=true", json.dumps({"points": points}))
    assert ask("node-c", "POST", "/collections/shared/points/count", '{"exact": true}')["count"] == 60
    assert ask("node-a", "GET", "/collections/shared/cluster")["shard_count"] == 3


@pytest.mark.skipif(bool(os.environ.get("QDRANT_BIN")), reason="only the stand-in comes in another version")
def test_an_upgrade_takes_one_host_after_the_other_with_a_backup_of_each(three, block):
    newer = server.program(server.later(1))
    version = {
        "qdrant_server_version": server.later(1),
        "qdrant_server_archive": str(newer),
        "qdrant_server_sha256": hashlib.sha256(newer.read_bytes()).hexdigest(),
    }
    before, upgraded = three.kept(), NAMES[:2]
    out = three.play(PROVISION, "-l", ",".join(upgraded), more={**block, **version})
    after = three.kept()
    more = {name: [key for key in after[name] if key not in before[name]] for name in NAMES}
    assert {name: len(found) for name, found in more.items()} == {**dict.fromkeys(upgraded, 1), NAMES[2]: 0}, out.text
    assert turns(out) == [(task, name) for name in upgraded for task in (STARTS, SETTLES)], out.text
    back = three.play(PROVISION, "-l", "node-a", more=block, check=False)
    assert back.code != 0 and "do not downgrade" in " ".join(back.text.split())
    three.machines["node-a"].run("rm /opt/qdrant/bin/qdrant")
    back = three.play(PROVISION, "-l", "node-a", more=block, check=False)
    assert f"written by Qdrant {server.later(1)}" in " ".join(back.text.split()), back.text
