# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role qdrant_server with TLS and tokens, and from version to version, which only the stand-in has."""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import http.server
import json
import shutil
import subprocess
import tarfile
import threading

import pytest
from ansible_collections.vectorops.qdrant.tests.hosts import images, plays, server, surroundings, wheels
from ansible_collections.vectorops.qdrant.tests.support import s3

READ_ONLY = "made-up-read-only-key-of-a-test-host-24680"
PREFIX = "50%-upgraded"  # units and systemd-run see a percent sign differently
ASK = """
import json, ssl, sys, urllib.request
path, key, header, certificate, body = (sys.argv[1:] + [""])[:5]
context = ssl.create_default_context(cafile="/root/tls/ca.pem")
if certificate == "shown":
    context.load_cert_chain("/root/tls/server.pem", "/root/tls/server.key")
headers = {header: ("Bearer " if header == "Authorization" else "") + key}
headers["Content-Type"] = "application/json"
address, method = "https://127.0.0.1:6333" + path, "PUT" if body else "GET"
request = urllib.request.Request(address, data=body.encode() or None, headers=headers, method=method)
sys.stdout.write(urllib.request.urlopen(request, context=context, timeout=30).read().decode())
"""

NEXT = server.later(1)


def program(folder, version, kind=""):
    """The variables for a version; a Debian package where that is the kind."""
    path = server.program(version)
    if kind == "deb":
        tree = folder / f"package-{version}"
        (tree / "usr/bin").mkdir(parents=True)
        (tree / "DEBIAN").mkdir()
        shutil.copy(path, tree / "usr/bin/qdrant")
        (tree / "usr/bin/qdrant").chmod(0o755)
        (tree / "DEBIAN/control").write_text(
            f"Package: qdrant\nVersion: {version}\nArchitecture: amd64\n"
            "Maintainer: Tests <a@example.org>\nDescription: x\n"
        )
        path = folder / f"qdrant_{version}-1_amd64.deb"
        subprocess.run(["dpkg-deb", "--build", "-Znone", str(tree), str(path)], check=True, capture_output=True)
    return {
        "qdrant_server_version": version,
        "qdrant_server_archive": str(path),
        "qdrant_server_sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }


@pytest.fixture(scope="module")
def web(folder):
    """Serves what lies in a folder, where every host reaches it."""
    place = folder / "web"
    place.mkdir()
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(place))
    with http.server.ThreadingHTTPServer((surroundings.BRIDGE_ADDRESS, 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield place, f"http://{surroundings.BRIDGE_ADDRESS}:{running.server_address[1]}"
        running.shutdown()


@pytest.fixture(scope="module")
def node_q(new_machine, attach_role, folder):
    machine = new_machine("node-q", images.BARE).up()
    server.bring_double(machine, always=True)
    attach_role(machine)
    (folder / "tls").mkdir()
    s3.make_certificate(folder / "tls")
    machine.run(
        "mkdir -m 0755 /etc/node-tls /root/tls && printf %s '" + server.KEY + "' >/root/key && chmod 0600 /root/key"
    )
    for name in ("ca.pem", "server.pem", "server.key"):
        for place in ("etc/node-tls", "root/tls"):
            shutil.copy(folder / "tls" / name, machine.root / place / name)
    machine.run("chmod 0600 /root/tls/server.key")  # the server's own: systemd hands it over
    machine.run(
        "useradd --system qdrant && chown qdrant /etc/node-tls/server.key && chmod 0400 /etc/node-tls/server.key"
    )
    machine.run("cat >/root/ask.py", text=ASK)
    return machine


@pytest.fixture(scope="module")
def variables(store):
    return {
        "qdrant_server_api_key_file": "/root/key",
        "qdrant_server_read_only_api_key": READ_ONLY,
        "qdrant_server_jwt": True,
        "qdrant_server_tls_cert_file": "/root/tls/server.pem",
        "qdrant_server_tls_key_file": "/root/tls/server.key",
        "qdrant_server_tls_ca_file": "/etc/node-tls/ca.pem",
        "qdrant_server_tls_verify_clients": True,
        "qdrant_server_client_cert": "/etc/node-tls/server.pem",
        "qdrant_server_client_key": "/etc/node-tls/server.key",
        "qdrant_server_ready_timeout": 20,
        **plays.QUIET,
        "qdrant_backup_bucket": store.bucket,
        "qdrant_backup_endpoint_url": store.url,
        "qdrant_backup_region": store.region,
        "qdrant_backup_environment": {"QDRANT_BACKUP_PREFIX": PREFIX},
        "qdrant_backup_cluster": "search",
        "qdrant_backup_collections": ["nothing-of-this-name-*"],
        "qdrant_backup_wheels": str(wheels.pinned()),
        "qdrant_backup_min_free": "1M",
        "qdrant_backup_wait_for_access": 3,
    }


def token(access, key=server.KEY):
    def part(value):
        return base64.urlsafe_b64encode(value).rstrip(b"=")

    signed = part(b'{"alg":"HS256","typ":"JWT"}') + b"." + part(json.dumps({"access": access}).encode())
    return (signed + b"." + part(hmac.digest(key.encode(), signed, "sha256"))).decode()


def manifests(store):
    found = store.client().list_objects_v2(Bucket=store.bucket, Prefix=f"{PREFIX}/search/manifests/node-q/")
    bodies = [store.client().get_object(Bucket=store.bucket, Key=item["Key"]) for item in found.get("Contents", [])]
    return [json.loads(body["Body"].read()) for body in bodies]


def version(node):
    return json.loads(node.run("python3 /root/ask.py / '' api-key shown"))["version"]


def test_a_release_by_its_version_alone(node_q, controller, variables, folder, web):
    """From a copy of Qdrant's releases: what is not the release of that name is not installed."""
    place, address = web
    file = place / "v1.19.0" / "qdrant-x86_64-unknown-linux-musl.tar.gz"
    file.parent.mkdir()
    with tarfile.open(file, "w:gz", compresslevel=1) as out:
        out.add(server.program("1.19.0"), arcname="qdrant")
    mirror = {**variables, "qdrant_server_mirror": f"{address}/", "qdrant_server_version": "1.19.0"}

    def refused(changes, sentence):
        outcome = controller.role([node_q], "qdrant_server", {**mirror, **changes}, check=False)
        assert outcome.code != 0 and sentence in " ".join(outcome.text.split()), outcome.text
        assert node_q.code("test -e /opt/qdrant -o -e /opt/qdrant.incoming") == 1

    refused({"qdrant_server_version": "1.99.0"}, f"curl -fsSL {address}/v1.99.0/{file.name} | sha256sum")
    refused({}, "belongs to the file of this name in the release of Qdrant 1.19.0")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    controller.role([node_q], "qdrant_server", {**mirror, "qdrant_server_sha256": digest})
    assert version(node_q) == "1.19.0"


def test_tls_keys_and_tokens(node_q, controller, variables, folder):
    controller.play([node_q], "vectorops.qdrant.provision", {**variables, **program(folder, NEXT, "deb")}, "--check")
    controller.play([node_q], "vectorops.qdrant.provision", {**variables, **program(folder, NEXT)})
    assert version(node_q) == NEXT
    for key, header, certificate, allowed in (
        (server.KEY, "api-key", "shown", True),
        (READ_ONLY, "api-key", "shown", True),
        ("another", "api-key", "shown", False),
        (token("r"), "Authorization", "shown", True),
        (token("r", "another key"), "Authorization", "shown", False),
        (server.KEY, "api-key", "hidden", False),
    ):
        asked = f"python3 /root/ask.py /collections {key} {header} {certificate}"
        assert (node_q.code(asked) == 0) is allowed, (header, certificate, node_q.run(asked, check=False))


def test_no_key_lies_about(node_q):
    private = (node_q.root / "root/tls/server.key").read_text().splitlines()[1]
    found = node_q.run(
        f"grep -rlF -e {server.KEY} -e {READ_ONLY} -e {private} /etc /opt /var/lib /var/log", check=False
    )
    assert sorted(found.split()) == ["/etc/node-tls/server.key", "/etc/qdrant/credentials/read_only_api_key"]
    said = node_q.run("journalctl --no-pager -o verbose; systemctl show qdrant.service; ps -eo args")
    for secret in (server.KEY, READ_ONLY, private):
        assert secret not in said


def test_refused_upgrade_changes_nothing(node_q, controller, attach_role, variables, folder, store, web):
    node_q.run("mv /etc/systemd/system/qdrant-backup.service /root/")
    before = node_q.run("sha256sum /opt/qdrant/bin/qdrant /etc/qdrant/config.yaml; systemctl show -p MainPID qdrant")
    place, address = web
    new = program(folder, server.later(2), "deb")
    shutil.copy(new["qdrant_server_archive"], place)
    url = {
        **variables,
        **new,
        "qdrant_server_archive": f"{address}/qdrant_{server.later(2)}-1_amd64.deb",
        "qdrant_server_log_level": "WARN",
    }

    def refused(changes, sentence):
        outcome = controller.role([node_q], "qdrant_server", {**url, **changes}, check=False)
        assert outcome.code != 0 and sentence in " ".join(outcome.text.split()), outcome.text
        assert node_q.run("ls -d /opt/*").split() == ["/opt/double", "/opt/qdrant", "/opt/qdrant-backup"]

    refused({"qdrant_server_sha256": "1" * 64}, "Nothing was installed")
    refused({}, "set qdrant_server_upgrade_without_backup: true")
    node_q.run("mv /root/qdrant-backup.service /etc/systemd/system/")
    attach_role(node_q, "Nothing")
    refused({}, f"Qdrant {NEXT} was not upgraded")
    attach_role(node_q)
    after = node_q.run("sha256sum /opt/qdrant/bin/qdrant /etc/qdrant/config.yaml; systemctl show -p MainPID qdrant")
    assert after == before and manifests(store) == []


def test_upgrade_makes_a_backup_first(node_q, controller, variables, folder, store, web):
    create = '{"vectors": {"size": 4, "distance": "Cosine"}}'
    node_q.run(f"python3 /root/ask.py /collections/articles {server.KEY} api-key shown '{create}'")
    new = program_of_web(web, server.later(2))
    outcome = controller.play([node_q], "vectorops.qdrant.provision", {**variables, **new})
    assert version(node_q) == server.later(2), outcome.text
    (made,) = manifests(store)
    assert made["node"]["qdrant_version"] == NEXT and not made["failed"]
    assert [collection["name"] for collection in made["collections"]] == ["articles"]  # whatever the timer is told
    again = controller.play([node_q], "vectorops.qdrant.provision", {**variables, **new})
    assert again.changed() == 0, again.text


def program_of_web(web, number):
    place, address = web
    path = place / f"qdrant_{number}-1_amd64.deb"
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    archive = f"{address}/{path.name}"
    return {"qdrant_server_version": number, "qdrant_server_archive": archive, "qdrant_server_sha256": digest}


def test_tells_the_way_back(node_q, controller, variables, folder, store):
    broken = folder / "broken"
    broken.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo qdrant {server.later(3)}\n')
    digest = hashlib.sha256(broken.read_bytes()).hexdigest()
    new = {
        "qdrant_server_version": server.later(3),
        "qdrant_server_archive": str(broken),
        "qdrant_server_sha256": digest,
    }
    outcome = controller.role(
        [node_q], "qdrant_server", {**variables, **new, "qdrant_server_ready_timeout": 3}, check=False
    )
    latest = max(manifest["backup_id"] for manifest in manifests(store))
    text = " ".join(outcome.text.split())
    assert outcome.code != 0 and f"the backup {latest} that was made before the upgrade" in text, text
    assert f"To go back to Qdrant {server.later(2)}: stop qdrant, move /var/lib/qdrant/storage aside" in text
    node_q.run("systemctl stop qdrant; mv /var/lib/qdrant/storage /root/; rm /opt/qdrant/bin/qdrant")
    controller.role([node_q], "qdrant_server", {**variables, **program(folder / "back", server.later(2))})
    assert version(node_q) == server.later(2)


def test_leaves_a_container_alone(new_machine, controller, variables, folder):
    machine = new_machine("node-r", images.WITH_LIBRARIES).up()
    machine.run("systemd-run --quiet python3 -m http.server 6333 --bind 127.0.0.1")
    machine.until("exec 3<>/dev/tcp/127.0.0.1/6333")
    plain = {key: value for key, value in variables.items() if "backup" in key}
    outcome = controller.role([machine], "qdrant_server", {**plain, **program(folder, NEXT)}, check=False)
    assert outcome.code != 0 and "perhaps a Qdrant in a container" in " ".join(outcome.text.split()), outcome.text
    assert machine.run("find /etc /opt /var/lib -name '*qdrant*'") == ""
