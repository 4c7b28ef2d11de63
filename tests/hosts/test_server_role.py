# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role qdrant_server, the playbook that sets whole hosts up, and a restore on a fresh one."""

from __future__ import annotations

import hashlib
import shutil
import tarfile

import pytest
from ansible_collections.vectorops.qdrant.tests.hosts import images, plays, server, wheels

READ_ONLY = "made-up-read-only-key-of-a-test-host-98765"

ASK = """
import urllib.request
address = "http://127.0.0.1:6333/collections"
urllib.request.urlopen(urllib.request.Request(address, headers={{"api-key": "{key}"}}))
"""


@pytest.fixture(scope="module")
def archive(folder):
    """The server's program in a tarball."""
    path = folder / "qdrant-x86_64-unknown-linux-gnu.tar.gz"
    with tarfile.open(path, "w:gz", compresslevel=1) as out:

        def executable(member):
            member.mode, member.name = 0o755, "qdrant"
            return member

        out.add(server.program(), filter=executable)
    return path


@pytest.fixture(scope="module")
def variables(store, archive):
    return {
        "qdrant_server_version": server.VERSION,
        "qdrant_server_archive": str(archive),
        "qdrant_server_sha256": hashlib.sha256(archive.read_bytes()).hexdigest(),
        "qdrant_server_api_key": server.KEY,
        "qdrant_server_read_only_api_key": READ_ONLY,
        **plays.QUIET,
        "qdrant_backup_bucket": store.bucket,
        "qdrant_backup_endpoint_url": store.url,
        "qdrant_backup_region": store.region,
        "qdrant_backup_prefix": "provisioned",
        "qdrant_backup_cluster": "search",
        "qdrant_backup_api_key": server.KEY,
        "qdrant_backup_wheels": str(wheels.packed()),
        "qdrant_backup_min_free": "1M",
    }


@pytest.fixture(scope="module")
def node_c(new_machine, attach_role):
    machine = new_machine("node-c", images.BARE).up()
    server.bring_double(machine)
    attach_role(machine)
    return machine


@pytest.fixture(scope="module")
def node_d(new_machine, attach_role):
    machine = new_machine("node-d", images.WITH_LIBRARIES).up()
    server.bring_double(machine)
    attach_role(machine)
    return machine


def manifests(store, node):
    found = store.client().list_objects_v2(Bucket=store.bucket, Prefix=f"provisioned/search/manifests/{node}/")
    return [item["Key"] for item in found.get("Contents", [])]


def test_provision_from_nothing_and_again(node_c, controller, variables, store):
    checked = controller.play([node_c], "vectorops.qdrant.provision", variables, "--check")
    assert server.KEY not in checked.text
    assert node_c.run("find /etc -name '*qdrant*'") == ""
    first = controller.play([node_c], "vectorops.qdrant.provision", variables, "--diff")
    assert server.KEY not in first.text and READ_ONLY not in first.text
    again = controller.play([node_c], "vectorops.qdrant.provision", variables, "--diff")
    assert again.changed() == 0, again.text
    server.fill(node_c)
    node_c.run("systemctl start qdrant-backup.service && systemctl start qdrant-backup-verify.service")
    assert len(manifests(store, "node-c")) == 1
    assert node_c.run("systemctl show --value -p User qdrant-backup.service").strip() == "qdrant"
    assert "/var/lib/qdrant/storage" in node_c.run("systemctl show -p InaccessiblePaths qdrant-backup.service")


def opens(machine, key):
    """Whether the server answers whoever shows this key."""
    return machine.code("python3 -", text=ASK.format(key=key)) == 0


def test_server_is_sound(node_c):
    assert node_c.run("systemd-analyze verify /etc/systemd/system/qdrant.service") == ""
    node_c.run("systemd-analyze security --offline=true --threshold=20 /etc/systemd/system/qdrant.service >/dev/null")
    for key, allowed in ((server.KEY, True), (READ_ONLY, True), ("another-key", False)):
        assert opens(node_c, key) is allowed, key
    found = node_c.run(f"grep -rlF -e {server.KEY} -e {READ_ONLY} /etc /opt /var/lib /var/log", check=False).split()
    assert sorted(found) == [
        "/etc/qdrant-backup/credentials/api_key",
        "/etc/qdrant/credentials/api_key",
        "/etc/qdrant/credentials/read_only_api_key",
    ]
    assert server.KEY not in node_c.run("journalctl --no-pager -o verbose; systemctl show qdrant.service; ps -eo args")


def test_restarts_what_an_earlier_run_left_running(node_c, controller, variables):
    before = node_c.run("systemctl show -p MainPID qdrant")
    node_c.run("touch /opt/qdrant/bin/qdrant")  # put there by a run that ended before it came to the service
    node_c.run("chmod 0777 /var/lib/qdrant/temp")
    outcome = controller.role([node_c], "qdrant_server", variables)
    assert outcome.changed() == 2 and node_c.run("systemctl show -p MainPID qdrant") != before, outcome.text
    assert node_c.run("stat -c %a /var/lib/qdrant/temp").strip() == "750"


def test_a_key_that_is_not_given_any_more_opens_nothing(node_c, controller, variables):
    without = {name: value for name, value in variables.items() if name != "qdrant_server_read_only_api_key"}
    controller.role([node_c], "qdrant_server", without)
    assert node_c.run("ls /etc/qdrant/credentials").split() == ["api_key"]
    assert opens(node_c, server.KEY) and not opens(node_c, READ_ONLY)


def test_refuses_two_file_systems(node_c, controller, variables):
    node_c.run("mount -t tmpfs -o mode=0750,uid=qdrant tests /var/lib/qdrant/snapshots")
    outcome = controller.role([node_c], "qdrant_server", variables, check=False)
    node_c.run("umount /var/lib/qdrant/snapshots")
    assert outcome.code != 0 and outcome.changed() == 0
    assert "are on different file systems" in " ".join(outcome.text.split()), outcome.text


def test_survives_a_power_cut(node_c):
    node_c.power_cut()
    node_c.up()
    node_c.until("exec 3<>/dev/tcp/127.0.0.1/6333")
    assert server.count(node_c) == 50


def drop_in(machine, folder, text):
    """A drop-in of somebody else; where it was put, which takes it away again."""
    path = f"/etc/systemd/system/{folder}/tests.conf"
    machine.run(
        f"mkdir -p {path.rpartition('/')[0]}; cat >{path}; systemctl daemon-reload", text=f"[Service]\n{text}\n"
    )
    return path


def said(outcome):
    return " ".join(outcome.text.split())


def test_does_not_start_without_its_key(node_c, controller, variables):
    # What images of LXC have, for every service of the host.
    path = drop_in(node_c, "service.d", "LoadCredential=")
    assert node_c.code("systemctl restart qdrant") != 0
    assert node_c.code("exec 3<>/dev/tcp/127.0.0.1/6333") != 0, "nobody is served without a key"
    outcome = controller.role([node_c], "qdrant_server", variables, check=False)
    assert outcome.code != 0 and "systemd did not hand over the credential api_key" in said(outcome), outcome.text
    node_c.run(f"rm {path}; systemctl daemon-reload")
    controller.role([node_c], "qdrant_server", variables)
    assert opens(node_c, server.KEY) and not opens(node_c, "another-key")


def test_notices_a_server_that_asks_for_no_key(node_c, controller, variables):
    path = drop_in(node_c, "qdrant.service.d", "ExecStartPre=")
    node_c.run("systemctl restart qdrant")
    node_c.until("exec 3<>/dev/tcp/127.0.0.1/6333")
    assert opens(node_c, "another-key")
    outcome = controller.role([node_c], "qdrant_server", variables, check=False)
    assert outcome.code != 0 and "does not ask for its key: GET http://127.0.0.1:6333/collections" in said(outcome)
    node_c.run(f"rm {path}; systemctl daemon-reload; systemctl restart qdrant")
    node_c.until("exec 3<>/dev/tcp/127.0.0.1/6333")
    assert controller.role([node_c], "qdrant_server", variables).changed() == 0


@pytest.mark.nightly
def test_provision_fails_on_the_errors_of_doctor(node_c, controller, variables, attach_role):
    attach_role(node_c, "Nothing")
    outcome = controller.play([node_c], "vectorops.qdrant.provision", variables, check=False)
    attach_role(node_c)
    assert outcome.code != 0 and "qdrant-backup doctor found errors on this host" in said(outcome), outcome.text
    assert "Forbidden: writing" in said(outcome), outcome.text
    node_c.run("qdrant-backup doctor")


WRONG = [
    ({"qdrant_server_versoin": "1"}, "no variable qdrant_server_versoin"),
    ({"qdrant_server_version": "1.17.1"}, "do not downgrade"),
    ({"qdrant_server_version": server.later(2)}, "one minor version at a time"),
    ({"qdrant_server_settings": {"service": {"api_key": "made-up"}}}, "would be written to the configuration"),
]


def test_refusals(node_c, controller, variables):
    before = node_c.run("sha256sum /opt/qdrant/bin/qdrant")
    outcome = controller.refused(node_c, "qdrant_server", variables, [given for given, dummy in WRONG], {})
    for number, (given, sentence) in enumerate(WRONG):
        said = outcome.refusal(f"node-c-{number}")
        assert sentence in said, (given, outcome.text)
    assert node_c.run("sha256sum /opt/qdrant/bin/qdrant") == before


@pytest.mark.parametrize("more", [{}, {"qdrant_server_version": server.later(1)}], ids=["same", "later"])
def test_an_archive_with_another_checksum_is_not_installed(node_c, controller, variables, more):
    before = node_c.run("sha256sum /opt/qdrant/bin/qdrant")
    wrong = {**variables, **more, "qdrant_server_sha256": "0" * 64}
    outcome = controller.role([node_c], "qdrant_server", wrong, check=False)
    assert outcome.code != 0 and "Nothing was installed" in " ".join(outcome.text.split()), outcome.text
    assert node_c.run("sha256sum /opt/qdrant/bin/qdrant") == before


def tarball(folder, name, member):
    """The server's program in a tarball, under another name; and the variables that ask for it."""
    path = folder / f"{name}.tar.gz"
    with tarfile.open(path, "w:gz", compresslevel=1) as out:
        out.add(server.program(), arcname=member)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return {"qdrant_server_archive": str(path), "qdrant_server_sha256": digest}


def test_refuses_an_archive_without_the_program(node_c, controller, variables, folder):
    given = {**variables, **tarball(folder, "of-something-else", "bin/server")}
    outcome = controller.role([node_c], "qdrant_server", given, check=False)
    assert outcome.code != 0 and "does not hold qdrant. Nothing was installed" in " ".join(outcome.text.split())


def test_refuses_a_package_where_nothing_unpacks_it(node_c, controller, variables):
    node_c.run("mv /usr/bin/dpkg-deb /root/")
    given = {**variables, "qdrant_server_archive": f"/srv/packages/qdrant_{server.VERSION}-1_amd64.deb"}
    outcome = controller.role([node_c], "qdrant_server", given, check=False)
    node_c.run("mv /root/dpkg-deb /usr/bin/")
    assert outcome.code != 0 and "no dpkg-deb to unpack it" in " ".join(outcome.text.split()), outcome.text
    assert "Set qdrant_server_archive to the tar.gz" in " ".join(outcome.text.split()) and outcome.changed() == 0


def test_refuses_data_that_a_newer_version_wrote(node_c, controller, variables):
    assert node_c.run("cat /var/lib/qdrant/storage/written-by") == f"{server.VERSION}\n"
    newer = server.later(1, 1)
    node_c.run(f"echo {newer} >/var/lib/qdrant/storage/written-by; mv /opt/qdrant/bin/qdrant /root/")
    outcome = controller.role([node_c], "qdrant_server", variables, check=False)
    node_c.run(f"echo {server.VERSION} >/var/lib/qdrant/storage/written-by; mv /root/qdrant /opt/qdrant/bin/")
    assert outcome.code != 0 and outcome.changed() == 0
    told = f"written by Qdrant {newer}, but qdrant_server_version is {server.VERSION}"
    assert told in " ".join(outcome.text.split()), outcome.text


def test_leaves_another_qdrant_alone(node_d, controller, variables):
    node_d.run("printf '[Service]\\nExecStart=/bin/true\\n' > /etc/systemd/system/qdrant.service")
    outcome = controller.role([node_d], "qdrant_server", variables, check=False)
    assert outcome.code != 0 and "which this role did not install. Nothing was changed" in " ".join(
        outcome.text.split()
    )
    assert "/bin/true" in node_d.run("cat /etc/systemd/system/qdrant.service")
    node_d.run("rm /etc/systemd/system/qdrant.service")


def test_restore_on_a_fresh_host(node_c, node_d, controller, variables, folder):
    another = tarball(folder, "of-a-folder", "./qdrant")
    controller.play([node_d], "vectorops.qdrant.provision", {**variables, **another})
    assert node_d.run("cat /opt/qdrant/sha256").strip() == another["qdrant_server_sha256"]
    wanted = {**variables, "qdrant_restore_node": "node-c"}
    plan = controller.play([node_d], "vectorops.qdrant.restore", wanted, "--check")
    assert "articles" in plan.text and plan.changed() == 0
    assert server.call(node_d, "GET", "/collections")["collections"] == []
    controller.play([node_d], "vectorops.qdrant.restore", wanted)
    assert server.count(node_d) == 50
    again = controller.play([node_d], "vectorops.qdrant.restore", wanted, check=False)
    assert again.code != 0 and "replace" in again.text, again.text


def key_file(variables):
    """The same host with its key in a file."""
    without = {name: value for name, value in variables.items() if not name.startswith("qdrant_server_api_key")}
    return {**without, "qdrant_server_api_key_file": "/etc/ssl/key-of-qdrant"}


def test_a_file_with_an_empty_key_is_refused(node_d, controller, variables):
    for text in ("", " \n\t\n"):
        node_d.run("cat >/etc/ssl/key-of-qdrant", text=text)
        outcome = controller.role([node_d], "qdrant_server", key_file(variables), check=False)
        assert outcome.code != 0 and outcome.changed() == 0, outcome.text
        assert "qdrant_server_api_key_file: the file on this host is empty or blank" in said(outcome), outcome.text


@pytest.mark.nightly
def test_a_key_file_with_another_key_restarts_the_server(node_d, controller, variables):
    node_d.run("cat >/etc/ssl/key-of-qdrant", text=server.KEY + "\n")
    controller.role([node_d], "qdrant_server", key_file(variables))
    assert controller.role([node_d], "qdrant_server", key_file(variables)).changed() == 0
    # Copied with an old date, as tools do that renew files.
    node_d.run("cd /etc/ssl; cat >new; touch -d '2020-01-01' new; mv new key-of-qdrant", text="k2")
    checked = controller.role([node_d], "qdrant_server", key_file(variables), "--check")
    assert opens(node_d, server.KEY) and checked.code == 0
    outcome = controller.role([node_d], "qdrant_server", key_file(variables), "--diff")
    assert opens(node_d, "k2") and not opens(node_d, server.KEY) and outcome.changed() == 1, outcome.text
    assert controller.role([node_d], "qdrant_server", key_file(variables)).changed() == 0
    controller.role([node_d], "qdrant_server", variables)


def test_restore_overwrites_only_when_confirmed(node_d, controller, variables):
    wanted = {**variables, "qdrant_restore_node": "node-c", "qdrant_restore_mode": "replace"}
    server.call(node_d, "POST", "/collections/articles/points/delete?wait=true", {"points": [1, 2, 3]})
    refused = controller.play([node_d], "vectorops.qdrant.restore", wanted, check=False)
    assert refused.code != 0 and "qdrant_restore_confirm=node-d" in " ".join(refused.text.split())
    assert server.count(node_d) == 47
    controller.play([node_d], "vectorops.qdrant.restore", wanted, "-e", "qdrant_restore_confirm=node-d")
    assert server.count(node_d) == 50


def test_restore_needs_the_backup_role(node_d, controller, variables):
    wrong = controller.role([node_d], "qdrant_restore", {"qdrant_restore_colections": ["x"]}, check=False)
    assert "no variable qdrant_restore_colections" in " ".join(wrong.text.split())
    places = {"/etc/systemd/system/qdrant-backup.service": "/root/", "/etc/qdrant-backup": "/root/"}
    node_d.run("".join(f"mv {place} {aside};" for place, aside in places.items()))
    for words in ((), ("--check",)):
        bare = controller.role([node_d], "qdrant_restore", {}, *words, check=False)
        said = " ".join(bare.text.split())
        assert bare.code != 0 and "Run the role vectorops.qdrant.qdrant_backup on this host first" in said, bare.text
    node_d.run("mv /root/qdrant-backup.service /etc/systemd/system/; mv /root/qdrant-backup /etc/")


def reached_unbooted(machine):
    """The host's variables that let a play work in its root file system while nothing runs there."""
    inside = f"systemd-nspawn --quiet --pipe --register=no --keep-unit --directory={machine.root}"
    start = f"{inside} /bin/sh -c 'mkdir -p /run/sshd; exec /usr/sbin/sshd -i'"
    options = " ".join(machine.ssh()[3:-1]) + f' -oProxyCommand="{start}"'
    return {machine.name: {"ansible_ssh_common_args": options}}


@pytest.mark.slow
def test_image_build(new_machine, controller, variables):
    """A root file system without a running systemd, and still without its folders: files are put there and enabled, and
    they work once it boots."""
    machine = new_machine("node-e", images.BARE)
    server.bring_double(machine)
    systemd, aside = machine.root / "etc/systemd", machine.root / "root/systemd"
    shutil.move(systemd, aside)  # not renamed: it lies in the image
    host = reached_unbooted(machine)
    first = controller.play([machine], "vectorops.qdrant.provision", variables, host_variables=host)
    assert first.changed() > 10
    again = controller.play([machine], "vectorops.qdrant.provision", variables, host_variables=host)
    assert again.changed() == 0, again.text
    units = systemd / "system"
    for wants, unit in (("timers.target.wants", "qdrant-backup.timer"), ("multi-user.target.wants", "qdrant.service")):
        assert str((units / wants / unit).readlink()) == f"/etc/systemd/system/{unit}" and (units / unit).is_file()
        assert [oct(folder.stat().st_mode & 0o777) for folder in (units / wants, units)] == ["0o755", "0o755"]
    shutil.copytree(aside, systemd, symlinks=True, dirs_exist_ok=True)
    machine.up()
    machine.until("exec 3<>/dev/tcp/127.0.0.1/6333")
    assert "qdrant-backup.timer" in machine.run("systemctl list-timers --no-legend 'qdrant-backup*'")
