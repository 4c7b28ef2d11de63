# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host that backs itself up, and what goes wrong around it: the store, the network, the disk, the power, the keys.

None of it needs a play: the host begins with the disk of one that the role has set up (or is set up here).
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import secrets
import subprocess
import time

import pytest
from ansible_collections.vectorops.qdrant.tests.hosts import credential_service, machines, server
from ansible_collections.vectorops.qdrant.tests.hosts.conftest import writer
from ansible_collections.vectorops.qdrant.tests.hosts.network_faults import cut, slow

SNAPSHOTS = "/var/lib/qdrant/snapshots"
STATE = "/var/lib/qdrant-backup"
DROP_IN = "/etc/systemd/system/qdrant-backup@.service.d"
KILLS = int(os.environ.get("HOSTS_KILLS", "4"))
AWAY_SECONDS = int(os.environ.get("HOSTS_AWAY", "20"))
BIG = 8  # of these points, each of a megabyte, is the larger collection


@pytest.fixture(scope="module")
def node_f(new_machine, provisioned, attach_role):
    machine = provisioned("node-f")
    attach_role(machine)
    machine.run("systemctl disable --quiet --now qdrant-backup.timer qdrant-backup-verify.timer")
    server.call(machine, "PUT", "/collections/letters", {"vectors": {"size": 4, "distance": "Cosine"}})
    for n in range(BIG):
        point = {"id": n, "vector": [1, n, 2, 3], "payload": {"text": secrets.token_hex(500_000)}}
        server.call(machine, "PUT", "/collections/letters/points?wait=true", {"points": [point]})
    run(machine)
    return machine


_numbers = iter(range(1, 1_000))


def start(machine):
    """Begin a backup under a new id; returns the id. Something is new, so archives are on their way for a while."""
    number = next(_numbers)
    point = {"id": 0, "vector": [1, number, 2, 3], "payload": {"text": f"new {number}"}}
    server.call(machine, "PUT", "/collections/letters/points?wait=true", {"points": [point]})
    backup_id = f"20310101T{number:06}Z"
    machine.run(f"systemctl start --no-block qdrant-backup@{backup_id}.service")
    return backup_id


def said(machine, backup_id):
    return machine.run(f"journalctl --sync; journalctl -o cat -u qdrant-backup@{backup_id}.service")


def ended(machine, backup_id, seconds=120.0):
    """How a run ended: systemd's word for it, the exit code, and what the run wrote."""
    unit = f"qdrant-backup@{backup_id}.service"
    machine.until(f"! systemctl is-active {unit} | grep -q activating", seconds)
    shown = machine.run(f"systemctl show --value -p Result -p ExecMainStatus {unit}").split()
    return (*sorted(shown, key=str.isdigit), said(machine, backup_id))


def run(machine, seconds=120.0):
    """A backup that must be good."""
    backup_id = start(machine)
    result = ended(machine, backup_id, seconds)
    assert result[:2] == ("success", "0"), result[2]
    return backup_id


def kept(store, machine):
    """Committed backups; each must be whole: every archive it names is there."""
    client, found = store.client(), []
    base = f"fleet/search/manifests/{machine.name}/"
    for item in client.list_objects_v2(Bucket=store.bucket, Prefix=base).get("Contents", []):
        manifest = client.get_object(Bucket=store.bucket, Key=item["Key"])["Body"].read()
        found.append(item["Key"].rpartition("/")[2][:-5])
        prefix = f"fleet/search/archives/{machine.name}/"
        keys = {one["Key"] for one in client.list_objects_v2(Bucket=store.bucket, Prefix=prefix)["Contents"]}
        named = [key for key in keys if key.rpartition("/")[2].encode() in manifest]
        assert len(named) >= 2, (item["Key"], sorted(keys))
    return found


@contextlib.contextmanager
def changed(machine, *lines):
    """Lines more in the on-demand unit."""
    text = "".join(f"{line}\n" for line in ("[Service]", *lines))
    machine.run(f"mkdir -p {DROP_IN}; cat > {DROP_IN}/tests.conf; systemctl daemon-reload", text=text)
    try:
        yield
    finally:
        machine.run(f"rm -r {DROP_IN}; systemctl daemon-reload; systemctl reset-failed")


def test_a_host_cannot_touch_the_keys_of_another(node_f, store):
    """The engine's own policy of a writer, tried with the host's credentials."""
    found = json.loads(node_f.credentials.read_text())
    from botocore.exceptions import ClientError
    from botocore.session import Session

    client = Session().create_client(
        "s3",
        endpoint_url=store.url,
        region_name=store.region,
        aws_access_key_id=found["AccessKeyId"],
        aws_secret_access_key=found["SecretAccessKey"],
        aws_session_token=found["Token"],
    )
    own, other = (f"fleet/search/archives/{name}/tests" for name in ("node-f", "node-a"))
    client.put_object(Bucket=store.bucket, Key=own, Body=b"x")
    for call, key in (("put_object", other), ("get_object", other), ("delete_object", own), ("delete_object", other)):
        with pytest.raises(ClientError) as caught:
            getattr(client, call)(Bucket=store.bucket, Key=key)
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403, (call, key)
    store.client().delete_object(Bucket=store.bucket, Key=own)


def test_credentials_change_in_the_middle_of_a_run(node_f, store, attach_role):
    """The first keys are about to expire, and are taken away while archives are on their way."""
    access, secret = store.make_user("short", writer("node-f"))
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 60))
    first = {"AccessKeyId": access, "SecretAccessKey": secret, "Token": "", "Expiration": soon}
    node_f.credentials.write_text(json.dumps(first))
    with slow(node_f, "16mbit"):
        backup_id = start(node_f)
        time.sleep(4)
        assert not [one for one in kept(store, node_f) if one == backup_id]
        attach_role(node_f)
        store.client("iam").delete_access_key(UserName="short", AccessKeyId=access)
        result = ended(node_f, backup_id)
    assert result[:2] == ("success", "0"), result[2]
    assert backup_id in kept(store, node_f)


def test_network_is_cut_in_the_middle_of_an_upload(node_f, store):
    before = kept(store, node_f)
    with slow(node_f, "16mbit"), cut(node_f, store, "quota over 2500000 bytes reject with tcp reset"):
        backup_id = start(node_f)
        time.sleep(8)
        assert kept(store, node_f) == before
    result = ended(node_f, backup_id)
    assert result[:2] == ("success", "0"), result[2]
    assert sorted(kept(store, node_f)) == sorted([*before, backup_id])


def test_store_is_away_for_a_while(node_f, store):
    with cut(node_f, store, "drop"):
        backup_id = start(node_f)
        time.sleep(AWAY_SECONDS)
        assert backup_id not in kept(store, node_f)
    result = ended(node_f, backup_id)
    assert result[:2] == ("success", "0"), result[2]
    assert backup_id in kept(store, node_f)


def test_store_stays_away(node_f, store):
    """Patience has an end: one sentence, and the next run goes on."""
    program = "/usr/local/bin/qdrant-backup run --backup-id %i --wait-for-access 3"
    with changed(node_f, "ExecStart=", f"ExecStart={program}"), cut(node_f, store, "reject with tcp reset"):
        backup_id = start(node_f)
        result = ended(node_f, backup_id)
    assert result[0] == "exit-code" and result[1] == "1"
    assert "Traceback" not in result[2] and store.url.partition("//")[2] in result[2], result[2]
    run(node_f)


def test_two_runs_at_once_leave_one_whole_backup(node_f, store):
    before = kept(store, node_f)
    with slow(node_f, "16mbit"):
        first = start(node_f)
        node_f.until(f'test -n "$(ls {STATE}/locks 2>/dev/null)" && pgrep -f {first}')
        time.sleep(1)
        second = start(node_f)
        results = {one: ended(node_f, one) for one in (first, second)}
    assert results[first][:2] == ("success", "0"), results[first][2]
    assert results[second][:2] == ("exit-code", "4"), results[second][2]
    assert "is at work on this node" in results[second][2]
    assert sorted(kept(store, node_f)) == sorted([*before, first])


def test_guard_keeps_the_disk_from_filling_up(node_f, store, controller, variables):
    """A refusal is one clear sentence, also where the playbook asked for the backup."""
    before = kept(store, node_f)
    with changed(node_f, "Environment=QDRANT_BACKUP_MIN_FREE=100000G"):
        result = ended(node_f, start(node_f))
        outcome = controller.play([node_f], "vectorops.qdrant.backup_now", variables, check=False)
    assert result[:2] == ("exit-code", "3"), result
    assert "must stay free" in result[2]
    assert outcome.code == 2
    sentences = [line for line in outcome.text.splitlines() if line.startswith("fatal:") and "was not made:" in line]
    assert len(sentences) == 1 and "must stay free" in sentences[0], outcome.text
    assert kept(store, node_f) == before


def test_disk_is_full_while_a_snapshot_is_made(node_f, store):
    """Bytes are free, so the guard lets it pass; files are not, so the server meets a full disk."""
    before = kept(store, node_f)
    listing = node_f.run(f"find {SNAPSHOTS} | sort")
    node_f.run(f"mount -t tmpfs -o size=500m,nr_inodes=2,mode=0750,uid=$(id -u qdrant) tmpfs {SNAPSHOTS}")
    try:
        result = ended(node_f, start(node_f))
        assert server.count(node_f) == 50
    finally:
        node_f.run(f"umount {SNAPSHOTS}")
    assert result[:2] == ("exit-code", "1"), result
    assert "Traceback" not in result[2]
    assert kept(store, node_f) == before
    assert node_f.run(f"find {SNAPSHOTS} | sort") == listing
    run(node_f)


@pytest.mark.parametrize("number", range(KILLS))
def test_host_is_killed_at_a_random_moment(node_f, store, number):
    before = kept(store, node_f)
    start(node_f)
    moment = random.uniform(0.1, 1.8)
    time.sleep(moment)
    node_f.power_cut()
    node_f.up()
    node_f.until("exec 3<>/dev/tcp/127.0.0.1/6333")
    backup_id = run(node_f)
    found = kept(store, node_f)
    assert set(before) < set(found) and backup_id in found, moment
    node_f.run("systemctl start qdrant-backup-verify.service || { journalctl -n 30 --no-pager; false; }")
    assert server.count(node_f) == 50


def test_web_identity_and_container_credentials(node_f, store, attach_role):
    """What the role's variable for the environment brings to the unit, and that a run lives by it alone."""
    attach_role(node_f)
    before = node_f.credentials.read_text()
    token = "made-up-token-of-a-workload-1357924680"
    machines.ip("addr", "add", f"{credential_service.ADDRESS}/32", "dev", "lo", space=node_f.name)
    node_f.run(f"install -o qdrant -m 0400 /dev/stdin {STATE}/token", text=token)
    place = f"http://{credential_service.ADDRESS}"
    web = {"AWS_ROLE_ARN": "arn:aws:iam::role/node-f", "AWS_WEB_IDENTITY_TOKEN_FILE": f"{STATE}/token"}
    web["AWS_ENDPOINT_URL_STS"] = place
    container = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{place}/container"}
    container["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = f"{STATE}/token"
    command = ["ip", "netns", "exec", node_f.name, *credential_service.command(node_f.folder / "other.json", token)]
    (node_f.folder / "other.json").write_text(before)
    node_f.credentials.unlink()
    service = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        for environment in (web, container):
            with changed(node_f, *(f"Environment={name}={value}" for name, value in environment.items())):
                assert run(node_f) in kept(store, node_f)
    finally:
        service.terminate()
        service.wait(20)
        node_f.credentials.write_text(before)


def test_static_keys_from_files_and_a_server_in_a_container(node_f, store, controller, variables):
    """The one way for a store without roles. The server's snapshots folder has two names here, as with a container."""
    access, secret = store.make_user("static", writer("node-f"))
    before = node_f.credentials.read_text()
    node_f.credentials.unlink()
    seen = "/srv/container"
    node_f.run(f"mkdir -p {seen}; mount --bind {SNAPSHOTS} {seen}")
    node_f.run("umask 077; mkdir -p /root/keys; cat > /root/keys/access", text=access)
    node_f.run("umask 077; cat > /root/keys/secret", text=secret)
    given = {
        **variables,
        "qdrant_backup_static_keys": True,
        "qdrant_backup_access_key_file": "/root/keys/access",
        "qdrant_backup_secret_key_file": "/root/keys/secret",
        "qdrant_backup_snapshots_dir": seen,
        "qdrant_backup_server_snapshots_path": SNAPSHOTS,
        "qdrant_backup_environment": {"AWS_EC2_METADATA_DISABLED": "true", "TESTS_PERCENT": "100% sure"},
    }
    controller.role([node_f], "qdrant_backup", given)
    backup_id = run(node_f)
    assert backup_id in kept(store, node_f)
    # By hand, root finds the keys where they are.
    assert backup_id in node_f.run("AWS_EC2_METADATA_DISABLED=true /usr/local/bin/qdrant-backup list")
    everything = node_f.run(
        "systemctl show 'qdrant-backup*'; systemctl show-environment; journalctl --no-pager -o verbose"
    )
    assert [line for line in everything.splitlines() if secret in line] == []
    assert "TESTS_PERCENT=100% sure" in node_f.run("systemctl show -p Environment qdrant-backup.service")
    places = node_f.run(f"grep -rlF -e '{secret}' / --exclude-dir=proc --exclude-dir=sys 2>/dev/null", check=False)
    assert places.split() == ["/root/keys/secret"]
    gather = {"name": "Gather facts", "ansible.builtin.setup": {}, "register": "all_facts"}
    tell = {"name": "Tell them", "ansible.builtin.debug": {"var": "all_facts"}}
    facts = controller.play([node_f], [gather, tell]).text
    assert "ansible_distribution" in facts
    assert secret not in facts and server.KEY not in facts
    node_f.credentials.write_text(before)


def test_absent_does_not_forget_a_restore_that_did_not_end(node_f, controller, variables):
    """Killed as soon as it has noted what it is about to do."""
    notes = f"{STATE}/intents/*/*.json"
    gone = {**variables, "qdrant_backup_state": "absent"}
    with changed(node_f, "ExecStart=", "ExecStart=/usr/local/bin/qdrant-backup restore --mode replace letters"):
        node_f.run("systemctl start --no-block qdrant-backup@restore.service")
        node_f.run(
            f"for i in $(seq 5000); do if ls {notes}; then break; fi; done >/dev/null 2>&1; "
            "systemctl kill -s KILL qdrant-backup@restore.service"
        )
        assert node_f.run(f"ls {notes}").split(), said(node_f, "restore")
        outcome = controller.role([node_f], "qdrant_backup", gone, check=False)
        assert outcome.code != 0 and outcome.changed() == 0
        assert "did not end" in " ".join(outcome.text.split()), outcome.text
        assert "letters" in node_f.run("/usr/local/bin/qdrant-backup status", check=False)
        assert node_f.run(f"systemctl cat qdrant-backup.timer; ls {notes}")
        node_f.run("systemctl start qdrant-backup@restore.service")
    assert node_f.run(f"ls {notes} 2>/dev/null", check=False) == ""
    assert server.count(node_f, "letters") == BIG
