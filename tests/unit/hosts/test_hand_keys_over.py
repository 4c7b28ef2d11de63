# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs before Qdrant starts: keys for its configuration, or a refusal."""

from __future__ import annotations

import os
import pathlib
import subprocess

import pytest
import yaml

SCRIPT = pathlib.Path(__file__).parents[3] / "roles" / "qdrant_server" / "files" / "hand-keys-over"


def hand_over(
    folder: pathlib.Path, credentials: dict[str, str] | None, *asked: str
) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "CREDENTIALS_DIRECTORY"}
    if credentials is not None:
        (folder / "credentials").mkdir()
        environment["CREDENTIALS_DIRECTORY"] = str(folder / "credentials")
    for name, text in (credentials or {}).items():
        (folder / "credentials" / name).write_text(text)
    return subprocess.run(
        ["sh", str(SCRIPT), *asked],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_keys_reach_the_configuration(tmp_path: pathlib.Path) -> None:
    keys = {"api_key": "it's a key\n", "read_only_api_key": "another"}
    done = hand_over(tmp_path, keys, "api_key", "read_only_api_key")
    assert done.returncode == 0, done.stderr
    local = tmp_path / "config" / "local.yaml"
    assert yaml.safe_load(local.read_text())["service"] == {"api_key": "it's a key", "read_only_api_key": "another"}
    assert local.stat().st_mode & 0o777 == 0o600


def test_without_a_key_that_was_asked_for_nothing_is_needed(tmp_path: pathlib.Path) -> None:
    assert hand_over(tmp_path, None).returncode == 0
    assert yaml.safe_load((tmp_path / "config" / "local.yaml").read_text()) == {"service": None}


@pytest.mark.parametrize(
    "credentials",
    [None, {}, {"read_only_api_key": "k"}, {"api_key": ""}, {"api_key": " \n\t"}],
)
def test_a_key_that_did_not_come_stops_the_start(tmp_path: pathlib.Path, credentials: dict[str, str] | None) -> None:
    done = hand_over(tmp_path, credentials, "read_only_api_key", "api_key")
    assert done.returncode == 1 and "systemd did not hand over the credential" in done.stderr
    assert not (tmp_path / "config").exists()
