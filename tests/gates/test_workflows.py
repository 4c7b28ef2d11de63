# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Workflows of GitHub name what exists here: targets, versions of ansible-core, images of hosts, versions of Qdrant."""

from __future__ import annotations

import re
from typing import Any

import yaml
from ansible_collections.vectorops.qdrant.tests.gates import source
from ansible_collections.vectorops.qdrant.tests.hosts import images

FOLDER = source.ROOT / ".github" / "workflows"
MAKEFILE = (source.ROOT / "Makefile").read_text(encoding="utf-8")
CORES = set(re.findall(r"^CONTROLLER_(\S+) :=", MAKEFILE, flags=re.M))


def jobs() -> dict[str, dict[str, Any]]:
    found = {}
    for path in sorted(FOLDER.glob("*.yml")):
        found.update(yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"])
    return found


def test_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", MAKEFILE, flags=re.M))
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.yml")))
    commands = re.findall(r"(?:run:.*\bmake|target:) ((?:[a-z][\w-]*|[A-Z_]+=\S+|)(?: [\w.=-]+)*)", text)
    named = {word for command in commands for word in command.split() if "=" not in word}
    assert {"lint", "test-unit", "test-integration-core", "test-hosts"} <= named <= targets


def test_every_supported_core_is_tested() -> None:
    matrix = jobs()["integration"]["strategy"]["matrix"]["include"]
    assert {row["core"] for row in matrix} == CORES
    hosts = jobs()["hosts"]["strategy"]["matrix"]
    assert {*hosts["core"], *(row["core"] for row in hosts["include"])} == CORES


def test_images_and_versions_exist() -> None:
    named = {name for name in jobs()["hosts"]["strategy"]["matrix"]["image"] if name}
    assert named <= set(images.SYSTEMS)
    known = yaml.safe_load((source.ROOT / "roles/qdrant_server/files/checksums.yml").read_text(encoding="utf-8"))
    assert set(jobs()["qdrant"]["strategy"]["matrix"]["version"]) <= set(known)
