# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role qdrant_server writes, read by a real Qdrant: three nodes that form a cluster whichever starts first,
TLS on every way in, clients with certificates, keys and tokens; and a backup and a restore through the program.

The stand-in reads no configuration files, so this needs QDRANT_BIN.
"""

from __future__ import annotations

import base64
import contextlib
import hmac
import json
import os
import pathlib
import ssl
import subprocess
import threading
import time
import urllib.error
import urllib.request

import pytest
import yaml
from ansible_collections.vectorops.qdrant.tests.integration.test_program import CLONE, ROOT
from ansible_collections.vectorops.qdrant.tests.integration.test_server_settings import PINNED, play
from ansible_collections.vectorops.qdrant.tests.support import points, qdrant
from ansible_collections.vectorops.qdrant.tests.support.certificates import make_certificate

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not os.environ.get("QDRANT_BIN"), reason="needs a real server: QDRANT_BIN=/path/to/qdrant"),
]
KEY, READ_ONLY = "made-up-key-of-a-cluster-of-tests-97531", "made-up-read-only-key-of-a-cluster-86420"
SECONDS = 60.0
SCRIPT = ROOT / "roles" / "qdrant_server" / "files" / "hand-keys-over"


class Peer(threading.Thread):
    """A node under a supervisor that does what the role's unit does: Restart=on-failure."""

    def __init__(self, folder: pathlib.Path, credentials: pathlib.Path, shown: dict) -> None:
        super().__init__(daemon=True)
        self.folder, self.url, self.starts, self.codes = folder, shown["__qdrant_server_url"], 0, []
        place, settings = "/run/credentials/qdrant.service", shown["__qdrant_server_settings"]
        folder.mkdir()
        (folder / "config.yaml").write_text(yaml.safe_dump(settings).replace(place, str(credentials)))
        handed = {**os.environ, "CREDENTIALS_DIRECTORY": str(credentials)}
        subprocess.run(["sh", str(SCRIPT), "api_key", "tls_cert"], cwd=folder, env=handed, check=True)
        program = os.path.abspath(os.environ["QDRANT_BIN"])
        self.command = [program, "--config-path", str(folder / "config.yaml"), *shown["__qdrant_server_arguments"]]
        self.process: subprocess.Popen[bytes] | None = None
        self.wanted = threading.Event()

    def run(self) -> None:
        while not self.wanted.is_set() and self.starts < 60:
            self.starts += 1
            with open(self.folder / "log", "ab") as log:
                self.process = subprocess.Popen(
                    self.command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log
                )
            self.codes.append(self.process.wait())
            if self.codes[-1] == 0:
                return
            self.wanted.wait(1)

    def stop(self) -> None:
        self.wanted.set()
        if self.process is not None:
            self.process.terminate()
        self.join(20)
        if self.is_alive() and self.process is not None:
            self.process.kill()


class Cluster:
    """Three peers, the one that begins last, and the files that everybody needs."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        files = folder / "credentials"
        files.mkdir()
        make_certificate(files)
        for name, source in (("tls_cert", "server.pem"), ("tls_key", "server.key"), ("tls_ca", "ca.pem")):
            (files / name).write_bytes((files / source).read_bytes())
        (files / "api_key").write_text(KEY + "\n")
        (files / "read_only_api_key").write_text(READ_ONLY + "\n")
        self.files = files
        ports = [[qdrant.free_port() for dummy in range(3)] for dummy in range(3)]
        cases = [
            {
                "qdrant_server_api_key": KEY,
                "qdrant_server_read_only_api_key": READ_ONLY,
                "qdrant_server_jwt": True,
                "qdrant_server_tls_cert_file": str(files / "server.pem"),
                "qdrant_server_tls_key_file": str(files / "server.key"),
                "qdrant_server_tls_ca_file": str(files / "ca.pem"),
                "qdrant_server_tls_verify_clients": True,
                "qdrant_server_client_cert": str(files / "server.pem"),
                "qdrant_server_client_key": str(files / "server.key"),
                "qdrant_server_cluster": True,
                "qdrant_server_p2p_tls": True,
                "qdrant_server_p2p_port": p2p,
                "qdrant_server_http_port": http,
                "qdrant_server_grpc_port": grpc,
                "qdrant_server_data_dir": str(folder / f"data-{number}"),
                "qdrant_server_uri": f"https://127.0.0.1:{p2p}",
                "qdrant_server_bootstrap": f"https://127.0.0.1:{ports[0][2]}",
            }
            for number, (http, grpc, p2p) in enumerate(ports)
        ]
        run = play(folder / "ansible", [{**PINNED, **case} for case in cases])
        self.peers = [
            Peer(folder / f"node-{number}", files, run[f"case {number}"]["msg"]) for number in range(len(cases))
        ]

    def start(self) -> None:
        for peer in self.peers[1:]:
            peer.start()
        end = time.monotonic() + SECONDS
        while min(len(peer.codes) for peer in self.peers[1:]) == 0 and time.monotonic() < end:
            time.sleep(0.1)  # until both have given up once
        self.peers[0].start()

    def ask(self, number: int, path: str, body=None, *, key: str = KEY, token: str = "", shown: bool = True, method=""):
        """The answer, or the status of a refusal; 0 where the connection was refused."""
        context = ssl.create_default_context(cafile=str(self.files / "ca.pem"))
        if shown:
            context.load_cert_chain(str(self.files / "server.pem"), str(self.files / "server.key"))
        headers = {"Authorization": f"Bearer {token}"} if token else {"api-key": key}
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(
            self.peers[number].url + path,
            data=data,
            headers={**headers, "Content-Type": "application/json"},
            method=method or ("PUT" if body is not None else "GET"),
        )
        try:
            with urllib.request.urlopen(request, context=context, timeout=30) as answer:
                return json.load(answer)["result"]
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def until(self, right, what: str) -> None:
        end = time.monotonic() + SECONDS
        while not right():
            if time.monotonic() > end:
                words = [(peer.folder / "log").read_text(errors="replace")[-1500:] for peer in self.peers]
                raise AssertionError(f"after {SECONDS} s not yet: {what}\n" + "\n----\n".join(words))
            time.sleep(0.2)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    made = Cluster(tmp_path_factory.mktemp("cluster"))
    with contextlib.ExitStack() as stack:
        for peer in made.peers:
            stack.callback(lambda peer=peer: peer.stop() if peer.ident else None)
        made.start()
        made.until(
            lambda: all(
                isinstance(found := made.ask(number, "/cluster"), dict) and len(found["peers"]) == 3
                for number in range(3)
            ),
            "three peers, seen by each",
        )
        yield made


def token(key: str, access: str = "r") -> str:
    def part(value: bytes) -> bytes:
        return base64.urlsafe_b64encode(value).rstrip(b"=")

    signed = part(b'{"alg":"HS256","typ":"JWT"}') + b"." + part(json.dumps({"access": access}).encode())
    return (signed + b"." + part(hmac.digest(key.encode(), signed, "sha256"))).decode()


def test_the_others_wait_for_the_one_that_begins(cluster):
    assert cluster.peers[0].starts == 1
    for peer in cluster.peers[1:]:
        assert peer.codes and 0 not in peer.codes, "a node that found no cluster must fail, or systemd leaves it down"
    leaders = {cluster.ask(number, "/cluster")["raft_info"]["leader"] for number in range(3)}
    assert len(leaders) == 1 and None not in leaders


def test_keys_tokens_and_certificates(cluster):
    new = {"vectors": {"size": 4, "distance": "Cosine"}}
    assert isinstance(cluster.ask(0, "/collections", key=READ_ONLY), dict)
    assert cluster.ask(0, "/collections/x", new, key=READ_ONLY) == 403
    assert isinstance(cluster.ask(1, "/collections", token=token(KEY)), dict)
    assert cluster.ask(1, "/collections/x", new, token=token(KEY)) == 403
    assert cluster.ask(1, "/collections", token=token("another")) == 403
    for unknown in ("another", "a.b.c"):
        assert cluster.ask(2, "/collections", key=unknown) == 401
    assert cluster.ask(2, "/collections", shown=False) == 0
    for peer in cluster.peers:
        said = (peer.folder / "log").read_text() + (peer.folder / "config.yaml").read_text() + " ".join(peer.command)
        assert KEY not in said and READ_ONLY not in said


def test_backup_and_restore_of_a_node(cluster, tmp_path):
    name = "articles"
    cluster.ask(0, f"/collections/{name}", {"vectors": {"size": 8, "distance": "Cosine"}, "shard_number": 1})
    stored = cluster.ask(0, f"/collections/{name}/points?wait=true", {"points": points.points(60, 8)})
    assert stored["status"] == "completed"
    holder = next(n for n in range(3) if cluster.ask(n, f"/collections/{name}/cluster")["local_shards"])
    settings = {
        "url": cluster.peers[holder].url,
        "ca_path": str(cluster.files / "ca.pem"),
        "client_cert": str(cluster.files / "server.pem"),
        "client_key": str(cluster.files / "server.key"),
        "api_key_file": str(cluster.files / "api_key"),
        "path": str(tmp_path / "repository"),
        "cluster": "search",
        "node": "node-a",
        "state_dir": str(tmp_path / "state"),
        "spool_dir": str(tmp_path / "spool"),
        "snapshots_dir": str(cluster.folder / f"data-{holder}" / "snapshots"),
        "min_free": "1M",
    }
    (cluster.files / "api_key").chmod(0o600)
    (tmp_path / "config.yml").write_text(json.dumps(settings))

    def program(*words):
        done = subprocess.run(
            [*CLONE, *words, "--json"],
            cwd=ROOT,
            env={**os.environ, "QDRANT_BACKUP_CONFIG": str(tmp_path / "config.yml")},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert KEY not in done.stdout + done.stderr
        return json.loads(done.stdout)

    made = program("run")
    assert made["committed"] and not made["failed"]
    for delivery in ("upload", "file"):
        assert cluster.ask(0, f"/collections/{name}", method="DELETE") is True
        program("restore", name, "--delivery", delivery)
        count = cluster.ask(1, f"/collections/{name}/points/count", {"exact": True}, method="POST")
        assert count["count"] == 60
