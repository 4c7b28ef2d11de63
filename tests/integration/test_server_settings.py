# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role qdrant_server makes of its variables, and which it refuses, before it looks at a host."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import pytest
from ansible_collections.vectorops.qdrant.tests.support import ansible

KEY = "made-up-key-of-a-server-13579"
PINNED = {
    "qdrant_server_version": "1.18.3",
    "qdrant_server_archive": "/srv/qdrant.tar.gz",
    "qdrant_server_sha256": "A" * 64,
}
TLS = {"qdrant_server_tls_cert_file": "/tls/cert.pem", "qdrant_server_tls_key_file": "/tls/key.pem"}
CLIENT = {"qdrant_server_client_cert": "/tls/me.pem", "qdrant_server_client_key": "/tls/me.key"}
CLUSTER = {
    "qdrant_server_cluster": True,
    "qdrant_server_host": "0.0.0.0",
    "qdrant_server_uri": "http://node-b.example.org:6335",
    "qdrant_server_bootstrap": "http://node-a.example.org:6335/",
}

REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"qdrant_server_jtw": True}, "There is no variable qdrant_server_jtw"),
    ({"qdrant_server_version": ""}, "qdrant_server_version: missing. Set it"),
    ({"qdrant_server_version": None}, "qdrant_server_version: missing. Set it"),
    ({"qdrant_server_version": "latest"}, "must be a full version such as 1.19.0"),
    ({"qdrant_server_version": "1.18"}, "must be a full version such as 1.19.0"),
    ({"qdrant_server_sha256": "abc"}, "the 64 hex digits"),
    ({"qdrant_server_settings": {"cluster": {"p2p": {"port": 1}}}}, "set qdrant_server_p2p_port instead"),
    ({"qdrant_server_settings": {"service": {"enable_tls": True}}}, "must not hold service.enable_tls"),
    (
        {"qdrant_server_settings": {"service": {"alt_api_key": "x"}}},
        "service.alt_api_key: qdrant_server_settings must not hold keys",
    ),
    (
        {"qdrant_server_settings": {"storage": {"snapshots_config": {"s3_config": {"secret_key": "x"}}}}},
        "storage.snapshots_config.s3_config.secret_key: qdrant_server_settings must not hold keys",
    ),
    ({"qdrant_server_api_key": KEY, "qdrant_server_api_key_file": "/k"}, "mutually exclusive"),
    ({"qdrant_server_api_key": ""}, "qdrant_server_api_key: empty or blank"),
    ({"qdrant_server_api_key": None}, "qdrant_server_api_key: empty or blank"),
    ({"qdrant_server_api_key": " \t\n"}, "qdrant_server_api_key: empty or blank"),
    ({"qdrant_server_api_key_file": ""}, "qdrant_server_api_key_file: empty or blank"),
    ({"qdrant_server_jwt": True, "qdrant_server_api_key": "{{ missing | default('') }}"}, "empty or blank"),
    (
        {"qdrant_server_api_key": KEY, "qdrant_server_read_only_api_key": " "},
        "qdrant_server_read_only_api_key: empty or blank",
    ),
    ({"qdrant_server_tls_cert_file": "/tls/cert.pem"}, "set both or none"),
    ({"qdrant_server_tls_key_file": "/tls/key.pem"}, "set both or none"),
    ({**TLS, **CLIENT, "qdrant_server_tls_verify_clients": True}, "and qdrant_server_tls_ca_file"),
    (
        {**TLS, "qdrant_server_tls_ca_file": "/ca", "qdrant_server_tls_verify_clients": True},
        "also need a client certificate",
    ),
    ({"qdrant_server_jwt": True}, "tokens are signed with that key"),
    ({"qdrant_server_uri": "http://node-a:6335"}, "need qdrant_server_cluster: true"),
    ({**CLUSTER, "qdrant_server_uri": ""}, "qdrant_server_cluster needs qdrant_server_uri"),
    ({**CLUSTER, "qdrant_server_bootstrap": "node-a"}, "not a valid address"),
    ({**CLUSTER, "qdrant_server_uri": "https://node-b:6335"}, "begin with https:// if qdrant_server_p2p_tls"),
    ({**CLUSTER, "qdrant_server_p2p_tls": True, **TLS, "qdrant_server_tls_ca_file": "/ca"}, "begin with https://"),
    ({**CLUSTER, "qdrant_server_host": "127.0.0.1"}, "The other nodes of the cluster cannot reach 127.0.0.1"),
]
EVERYTHING = {
    **TLS,
    **CLIENT,
    "qdrant_server_tls_ca_file": "/tls/ca.pem",
    "qdrant_server_tls_verify_clients": True,
    "qdrant_server_p2p_tls": True,
    "qdrant_server_api_key": KEY,
    "qdrant_server_jwt": True,
    "qdrant_server_url_recovery": "no",
    "qdrant_server_cluster": "yes",
    "qdrant_server_host": "::",
    "qdrant_server_p2p_port": "7335",
    "qdrant_server_uri": "https://node-b.example.org:7335",
    "qdrant_server_bootstrap": "https://node-a.example.org:7335",
    "qdrant_server_settings": {
        "service": {"max_request_size_mb": 64},
        "cluster": {"consensus": {"tick_period_ms": 50}},
    },
}
pytestmark = [pytest.mark.integration, pytest.mark.oldest_controller]
RELEASES = "https://github.com/qdrant/qdrant/releases/download"
X86, ARM = "qdrant-x86_64-unknown-linux-musl.tar.gz", "qdrant-aarch64-unknown-linux-musl.tar.gz"
# Architecture, variables; then the address or path that is installed, or why nothing is.
CHOSEN: list[tuple[str, dict[str, Any], str, str]] = [
    ("x86_64", {}, f"{RELEASES}/v1.19.0/{X86}", ""),
    ("aarch64", {"qdrant_server_archive": "", "qdrant_server_sha256": ""}, f"{RELEASES}/v1.19.0/{ARM}", ""),
    ("aarch64", {"qdrant_server_mirror": "https://mirror/q/"}, f"https://mirror/q/v1.19.0/{ARM}", ""),
    ("x86_64", {"qdrant_server_archive": f"/srv/{X86}"}, f"/srv/{X86}", ""),
    ("x86_64", {"qdrant_server_archive": f"https://a/{X86}?token=1"}, f"https://a/{X86}?token=1", ""),
    ("armv7l", {"qdrant_server_archive": "/srv/own", "qdrant_server_sha256": "a" * 64}, "/srv/own", ""),
    ("armv7l", {}, "", "This host is armv7l, and Qdrant releases programs for x86_64 and aarch64 only"),
    (
        "x86_64",
        {"qdrant_server_version": "1.99.0"},
        "",
        f"checksum of {RELEASES}/v1.99.0/{X86}. Nothing was changed. Set qdrant_server_sha256 to what this command "
        "prints, and compare it with the digest on the release's page: "
        f"curl -fsSL {RELEASES}/v1.99.0/{X86} | sha256sum",
    ),
    ("x86_64", {"qdrant_server_archive": "/srv/own.tar.gz"}, "", "sha256sum /srv/own.tar.gz"),
    ("x86_64", {"qdrant_server_archive": "/srv/qdrant_1.19.0-1_amd64.deb"}, "", "does not know the checksum"),
]
SHOWN = ["__qdrant_server_settings", "__qdrant_server_arguments", "__qdrant_server_url", "__qdrant_server_for_backup"]
ROLE = pathlib.Path(__file__).parents[2] / "roles" / "qdrant_server"


def play(tmp_path: pathlib.Path, cases: list[dict[str, Any]]) -> ansible.PlaybookRun:
    """A task for each case: what it comes to, or why it was refused."""
    if not ansible.has_ansible():
        pytest.skip("needs ansible-playbook")
    unit = f"{{{{ lookup('ansible.builtin.template', '{ROLE}/templates/qdrant.service.j2') }}}}"
    tasks = []
    for number, case in enumerate(cases):
        variables = {**PINNED, **case}
        include = {"name": "vectorops.qdrant.qdrant_server", "tasks_from": "check", "public": True}
        shown = {name: f"{{{{ {name} }}}}" for name in SHOWN} | {"unit": unit}
        tasks.append(
            {
                "vars": variables,
                "block": [
                    {"ansible.builtin.include_role": include},
                    {"name": f"case {number}", "ansible.builtin.debug": {"msg": shown}},
                ],
                "rescue": [
                    {
                        "name": f"case {number}",
                        "ansible.builtin.debug": {"msg": "{{ ansible_failed_result | to_json }}"},
                    }
                ],
            }
        )
    plays = [{"hosts": "node-a", "gather_facts": False, "tasks": tasks}]
    return ansible.Ansible(tmp_path, ()).run(plays, {})


def test_refusals(tmp_path: pathlib.Path) -> None:
    run = play(tmp_path, [case for case, _sentence in REFUSED])
    for number, (case, sentence) in enumerate(REFUSED):
        said = run[f"case {number}"]["msg"]
        assert isinstance(said, str), (case, said)
        assert sentence in " ".join(said.split()), (case, said)


def test_configuration(tmp_path: pathlib.Path) -> None:
    first = {**CLUSTER, "qdrant_server_bootstrap": CLUSTER["qdrant_server_uri"] + "/"}
    run = play(tmp_path, [{}, EVERYTHING, CLUSTER, first])
    plain, everything, second, begins = (run[f"case {number}"]["msg"] for number in range(4))
    assert plain["__qdrant_server_settings"].keys() == {"log_level", "telemetry_disabled", "service", "storage"}
    assert plain["__qdrant_server_url"] == "http://127.0.0.1:6333" and plain["__qdrant_server_arguments"] == []
    assert not plain["__qdrant_server_for_backup"]["qdrant_backup_api_key_file"]
    settings = everything["__qdrant_server_settings"]
    assert settings["service"] == {
        "host": "::",
        "http_port": 6333,
        "grpc_port": 6334,
        "enable_snapshot_url_recovery": False,
        "enable_tls": True,
        "verify_https_client_certificate": True,
        "jwt_rbac": True,
        "max_request_size_mb": 64,
    }
    place = "/run/credentials/qdrant.service"
    assert settings["tls"] == {"cert": f"{place}/tls_cert", "key": f"{place}/tls_key", "ca_cert": f"{place}/tls_ca"}
    assert settings["cluster"] == {
        "enabled": True,
        "p2p": {"port": 7335, "enable_tls": True},
        "consensus": {"tick_period_ms": 50},
    }
    assert everything["__qdrant_server_for_backup"] == {
        "qdrant_backup_url": "https://[::1]:6333",
        "qdrant_backup_ca_path": "/tls/ca.pem",
        "qdrant_backup_client_cert": "/tls/me.pem",
        "qdrant_backup_client_key": "/tls/me.key",
        "qdrant_backup_api_key_file": "/etc/qdrant/credentials/api_key",
    }
    unit = everything["unit"].splitlines()
    started = "--uri https://node-b.example.org:7335 --bootstrap https://node-a.example.org:7335"
    assert f"ExecStart=/opt/qdrant/bin/qdrant --config-path /etc/qdrant/config.yaml {started}" in unit
    for line in ("tls_cert:/tls/cert.pem", "tls_key:/tls/key.pem", "api_key:/etc/qdrant/credentials/api_key"):
        assert f"LoadCredential={line}" in unit
    assert "ExecStartPre=/opt/qdrant/bin/hand-keys-over tls_cert tls_key tls_ca api_key" in unit
    assert "ExecStartPre=/opt/qdrant/bin/hand-keys-over" in plain["unit"].splitlines()
    assert KEY not in json.dumps(everything)
    assert "--bootstrap" in second["__qdrant_server_arguments"]
    assert begins["__qdrant_server_arguments"] == ["--uri", CLUSTER["qdrant_server_uri"]]


def test_release(tmp_path: pathlib.Path) -> None:
    """Version and architecture choose a release. A file without a checksum is refused before it is downloaded."""
    if not ansible.has_ansible():
        pytest.skip("needs ansible-playbook")
    include = {"name": "vectorops.qdrant.qdrant_server", "tasks_from": "release", "public": True}
    tasks = []
    for number, (machine, case, _address, _refusal) in enumerate(CHOSEN):
        read = {"__qdrant_server_noted": {"stdout_lines": [f"machine:{machine}", "/opt/qdrant/sha256:abc"]}}
        shown = "{{ ansible_failed_result.msg | default('') }}"
        tasks.append(
            {
                "vars": {"qdrant_server_version": "1.19.0", **read, **case},
                "block": [
                    {"ansible.builtin.include_role": include},
                    {"name": f"case {number}", "ansible.builtin.debug": {"msg": "{{ __qdrant_server_archive }}"}},
                ],
                "rescue": [{"name": f"case {number}", "ansible.builtin.debug": {"msg": shown}}],
            }
        )
    run = ansible.Ansible(tmp_path, ()).run([{"hosts": "node-a", "gather_facts": False, "tasks": tasks}], {})
    for number, (_machine, case, address, refusal) in enumerate(CHOSEN):
        said = " ".join(run[f"case {number}"]["msg"].split())
        assert said == address if address else refusal in said, (case, said)
