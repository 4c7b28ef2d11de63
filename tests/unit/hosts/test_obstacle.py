# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where hosts cannot be booted, the reason is said and nothing fails; where they can, nothing stands in the way."""

from __future__ import annotations

import subprocess

import pytest
from ansible_collections.vectorops.qdrant.tests.hosts import run


@pytest.fixture
def machine(monkeypatch):
    """One that has everything: a test takes something away."""
    monkeypatch.setattr(run.platform, "system", lambda: "Linux")
    monkeypatch.setattr(run.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(run.pathlib.Path, "exists", lambda path: True)
    monkeypatch.setattr(run.os, "geteuid", lambda: 0)
    monkeypatch.setattr(run.shutil, "which", lambda program: "/usr/bin/" + program)
    monkeypatch.setattr(run.subprocess, "run", lambda *words, **more: None)
    monkeypatch.setattr(run, "prepare", lambda: None)
    monkeypatch.setattr(run.surroundings, "run_inside", lambda command: 0)
    return monkeypatch


def failing(error):
    def call(*words, **more):
        raise error

    return call


def refused(name, said):
    return failing(subprocess.CalledProcessError(1, [name, "--some", "options"], b"", said))


def test_nothing_is_in_the_way(machine):
    assert run.obstacle() == ""


@pytest.mark.parametrize(
    ("where", "what", "becomes", "sentence"),
    [
        (run.platform, "system", lambda: "Darwin", "need Debian"),
        (run.platform, "machine", lambda: "aarch64", "x86_64"),
        (run.os, "geteuid", lambda: 1000, "need root"),
        (run.subprocess, "run", refused("unshare", b"unshare failed: Operation not permitted\n"), "not permitted"),
        (run, "install", refused("apt-get", b"E: Unable to locate package mmdebstrap\n"), "Unable to locate"),
        (run, "install", failing(FileNotFoundError(2, "No such file", "apt-get")), "apt-get"),
        (run, "prepare", refused("mmdebstrap", b"E: apt-get update failed\n"), "mmdebstrap: E: apt-get update failed"),
        (run, "prepare", refused("pip", b""), "ended with 1"),
        (run, "prepare", failing(subprocess.TimeoutExpired(["pip"], 600)), "timed out"),
        (run.surroundings, "run_inside", lambda command: 1, "did not boot"),
        (run.surroundings, "run_inside", failing(PermissionError(13, "Permission denied")), "Permission denied"),
    ],
)
def test_each_obstacle_is_a_sentence(machine, where, what, becomes, sentence):
    machine.setattr(where, what, becomes)
    assert sentence in run.obstacle()


def test_only_who_requires_hosts_fails_without_them(machine, capsys):
    called = []
    machine.setattr(run, "obstacle", lambda: "no hosts here")
    machine.setattr(run.os, "chdir", lambda path: None)
    done = subprocess.CompletedProcess([], 0)
    machine.setattr(run.subprocess, "run", lambda words, env, check: called.append(env["HOSTS_SKIP"]) or done)
    assert run.main([]) == 0 and called == ["no hosts here"]
    machine.setenv("HOSTS_REQUIRED", "1")
    assert run.main([]) == 1 and len(called) == 1
    assert "no hosts here" in capsys.readouterr().err
