# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks like the server's program from outside (``--config-path FILE``, ``--version``) and runs the test double, which
lies with its libraries in /opt/double."""

from __future__ import annotations

import os
import sys

PLACE = "/opt/double"
VERSION = "1.18.3"


def main(words: list[str]) -> None:
    if words == ["--version"]:
        sys.stdout.write(f"qdrant {VERSION}\n")
        return
    sys.path.insert(0, f"{PLACE}/lib")
    import yaml

    with open(words[words.index("--config-path") + 1], encoding="utf-8") as handle:
        settings = yaml.safe_load(handle)
    if os.path.exists("config/local.yaml"):  # in the working directory, as the real one
        with open("config/local.yaml", encoding="utf-8") as handle:
            settings["service"].update(yaml.safe_load(handle)["service"] or {})
    service, storage = settings["service"], settings["storage"]
    folder = os.path.dirname(storage["storage_path"])
    if storage["snapshots_path"] != os.path.join(folder, "snapshots"):
        raise SystemExit("the double keeps storage and snapshots in one folder")
    command = ["/usr/bin/python3", f"{PLACE}/double", "--dir", folder, "--host", service["host"]]
    command += ["--port", str(service["http_port"])]
    command += ["--url-recovery", "on" if service.get("enable_snapshot_url_recovery", True) else "off"]
    command += ["--jwt", "on" if service.get("jwt_rbac") else "off"]
    if service.get("enable_tls"):
        command += ["--tls-cert", settings["tls"]["cert"], "--tls-key", settings["tls"]["key"]]
        if service.get("verify_https_client_certificate"):
            command += ["--clients-ca", settings["tls"]["ca_cert"]]
    environment = {**os.environ, "PYTHONPATH": f"{PLACE}/lib", "PYTHONDONTWRITEBYTECODE": "1"}
    environment["DOUBLE_VERSION"] = VERSION
    for variable, key in (("DOUBLE_API_KEY", "api_key"), ("DOUBLE_READ_ONLY_API_KEY", "read_only_api_key")):
        value = os.environ.get(f"QDRANT__SERVICE__{key.upper()}") or service.get(key)
        if value:
            environment[variable] = value
    os.execve(command[0], command, environment)


if __name__ == "__main__":
    main(sys.argv[1:])
