# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The set-up of environments where things are not as on the machine it was written on."""

from __future__ import annotations

import hashlib
import http.server
import importlib.util
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ansible_collections.vectorops.qdrant.tests.gates import source

SHA = "0" * 64


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """tools/env.py, for a user with an empty home and no settings of pip."""
    for name in [name for name in os.environ if name.startswith(("PIP_", "XDG_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    spec = importlib.util.spec_from_file_location("env_under_test", source.ROOT / "tools" / "env.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_pip_settings(env: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def write(path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def found() -> str:
        return str(env.pip_setting("index-url", "default"))

    write(tmp_path / "own.conf", "")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "own.conf"))
    write(tmp_path / ".pip" / "pip.conf", "[global]\nindex-url = http://old/simple\n")
    assert found() == "http://old/simple"
    write(tmp_path / ".config" / "pip" / "pip.conf", "[global]\nindex-url = http://user/%40simple\n")
    assert found() == "http://user/%40simple"
    write(tmp_path / "own.conf", "[install]\nindex-url = http://chosen/simple\n")
    assert found() == "http://chosen/simple"
    monkeypatch.setenv("PIP_INDEX_URL", "http://environment/simple")
    assert found() == "http://environment/simple"
    monkeypatch.delenv("PIP_INDEX_URL")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    assert found() == "default"


@pytest.mark.parametrize("place", ["", "../../packages/ab/", "https://files.example.org/x/"])
def test_a_wheel_is_found_wherever_the_index_keeps_it(env: ModuleType, place: str) -> None:
    page = f'<a href="{place}not-pip-1.0-any.whl#sha256={SHA}"></a><a href="{place}pip-1.0-any.whl#sha256={SHA}">x</a>'
    assert env.wheel_link(page, "pip-1.0-any.whl") == (f"{place}pip-1.0-any.whl", SHA)
    assert env.wheel_link(page, "pip-1x0-any.whl") is None


def test_pip_comes_from_the_index_of_a_file(env: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The index is asked that pip.conf names, and what it gives is checked."""
    folder = tmp_path / "index" / "pip"
    folder.mkdir(parents=True)
    (folder / env.PIP_WHEEL).write_bytes(b"not what was promised")
    promised = hashlib.sha256(b"something else").hexdigest()
    (folder / "index.html").write_text(f'<a href="{env.PIP_WHEEL}#sha256={promised}">pip</a>')

    class Index(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *words: Any) -> None:
            super().__init__(*words, directory=str(tmp_path / "index"))

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Index) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        (tmp_path / "pip.conf").write_text(f"[global]\nindex-url = http://127.0.0.1:{server.server_port}/\n")
        monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
        assert not env.pip_from_index(sys.executable, tmp_path / "log")
        server.shutdown()
    assert f"{env.PIP_WHEEL} does not have the checksum" in (tmp_path / "log").read_text()


def test_a_missing_package_is_named(env: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(env, "install_pip", lambda *dummy: False)
    python = env.Python(sys.executable, (3, 11))
    (tmp_path / "made").mkdir()
    with pytest.raises(env.SetupError, match=r"install the package python3\.11-venv"):
        env.build("lint", python, tmp_path / "made" / "lint")


def test_ctrl_c_is_one_sentence(tmp_path: Path) -> None:
    """While an environment is being made: the interpreter that it would be made with never answers."""
    slow = tmp_path / "python3.13"
    slow.write_text("#!/bin/sh\ntouch begun\nexec sleep 60\n")
    slow.chmod(0o755)
    process = subprocess.Popen(
        [sys.executable, str(source.ROOT / "tools" / "env.py"), "pythons"],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "HOME": str(tmp_path)},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    end = time.monotonic() + 60
    while not (tmp_path / "begun").exists() and time.monotonic() < end:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert said == "env: interrupted; the next call makes the unfinished environment again\n"
