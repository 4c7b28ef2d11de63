# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What no file and no commit message may hold: paths of one machine, package hosts, talk about its making."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from ansible_collections.vectorops.qdrant.tests.gates import source

# This file names what it forbids.
EXEMPT = {Path(__file__).resolve()}
FORBIDDEN = {
    "a path of one machine": (
        r"(?<![\w.}$/-])/(work|root/\.\w+|home/(?!qdrant\b)[a-z]\w*|Users/\w+|opt/wheels"
        r"|tmp/(brief|venv|venv39|coll|qd|g)|mnt/(data|disks?|nfs|efs|shared)|data/(home|users|workspace)|workspaces?"
        r"|build/qdrant)(/|\b)"
    ),
    "a package host or its settings": (
        r"(--?-?(extra-)?index-url[ =]|--trusted-host|--find-links|\bartifactory\b|\bnexus\.|\bdevpi\b"
        r"|https?://[\w.-]*\b(pypi|pkgs?|packages|mirrors?|registry|proxy)[\w-]*\.(?!org\b|python\.org|pythonhosted|debian|ubuntu)"
        r"[\w.-]*(internal|corp|local|lan|intra)\b|https?://[^/\s:@]+:[^/\s@{$]+@[\w.-]+/(simple|pypi))"
    ),
    "talk about tools that write text": (
        r"\b(claude|anthropic|openai|chatgpt|gpt-\d|copilot|language model|LLM)\b"
        r"|\b(AI[- ](assistant|agent|generated)|as an AI)\b"
    ),
    "talk about how the work is organised": (
        r"\b((this|my|your|previous|next|another) (session|helper|brief|prompt)|helper sessions?\b"
        r"|sub-?agents?|the brief\b|the lead\b)"
    ),
    "a number of an issue": r"\b(issue|ticket)s? ?#?\d+\b",
    "a letter of an issue": r"\b([Ii]ssue|[Tt]icket)s? [A-H]\b",
    "a note to oneself": r"\b(TODO|FIXME|XXX|HACK)\b",
    "a key that looks real": (
        r"\b(AKIA|ASIA)[A-Z0-9]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----\n[A-Za-z0-9+/]{60}"
        r"|\bgh[pousr]_[A-Za-z0-9]{20}|\bgithub_pat_\w{20}|\bglpat-[\w-]{16}|\bxox[abprs]-[\w-]{10}"
        r"|\bpypi-Ag[\w-]{30}|\bhf_[A-Za-z0-9]{30}|\bsk-[A-Za-z0-9]{32}"
    ),
}
HEADER = (
    "Copyright (c) 2026, VectorOps contributors",
    "GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)",
    "SPDX-License" + "-Identifier: GPL-3.0-or-later",  # in two, or licence checkers read the comma as well
)
HEADED = {".py", ".yml", ".yaml", ".sh", ".toml", ".md", ".rst", ".j2", ".in", ".cfg"}
HEADED_NAMES = {"Makefile", "run", ".gitignore", ".yamllint", ".ansible-lint"}
# Their licence stands in REUSE.toml.
UNHEADED = (
    "changelogs/fragments/",
    "changelogs/changelog.yaml",
    "CHANGELOG.",
    "tests/data/",
    "tests/contract/data/",
    "LICENSES/",
)
LARGEST = 4_000_000  # the largest of the recorded snapshots is 3 MB


def text_of(path: Path) -> str | None:
    """A file's text; None for binary data."""
    data = path.read_bytes()
    try:
        return None if b"\0" in data else data.decode()
    except UnicodeDecodeError:
        return None


def forbidden(text: str) -> list[str]:
    """What is forbidden in a text, each with its line."""
    found = []
    for why, pattern in FORBIDDEN.items():
        for match in re.finditer(pattern, text, flags=re.I if why.startswith(("talk", "a number")) else 0):
            found.append(f"{text.count(chr(10), 0, match.start()) + 1}: {why}: {match.group(0)!r}")
    return found


def header_problem(name: str, text: str) -> str | None:
    path = Path(name)
    if path.suffix not in HEADED and path.name not in HEADED_NAMES:
        return None
    if name.startswith(UNHEADED) or path.name.startswith("LicenseRef-"):
        return None
    lines = [line.strip().lstrip("#").strip() for line in text.splitlines()[:7]]
    start = next((number for number, line in enumerate(lines) if line == HEADER[0]), None)
    if start is None or tuple(lines[start : start + 3]) != HEADER:
        return f"{name}: does not start with the three lines of the licence header"
    return None


def test_no_forbidden_text() -> None:
    files = source.repository_files()
    assert len(files) > 20
    problems = []
    for path in files:
        text = text_of(path) if path not in EXEMPT else None
        problems += [f"{path.relative_to(source.ROOT)}:{problem}" for problem in forbidden(text or "")]
    assert not problems, "\n" + "\n".join(problems)


def test_no_forbidden_commit_message() -> None:
    command = ["git", "-C", str(source.ROOT), "log", "-n", "500", "--format=%h %B"]
    log = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert log.strip()
    assert not forbidden(log), "\n" + "\n".join(forbidden(log))


def test_headers() -> None:
    problems = []
    for path in source.repository_files():
        text = text_of(path)
        if text is not None and path.stat().st_size:
            problem = header_problem(str(path.relative_to(source.ROOT)), text)
            problems += [problem] if problem else []
    assert not problems, "\n" + "\n".join(problems)


def test_no_large_file() -> None:
    large = [str(path.relative_to(source.ROOT)) for path in source.repository_files() if path.stat().st_size > LARGEST]
    assert not large


@pytest.mark.parametrize(
    "text",
    [
        "see /work/shared/x",
        "cd /root/.pyenv/bin",
        "/home/alice/project",
        "pip --index-url http://x",
        "written by Claude",
        "fixes issue #3",
        "as the brief says",
        "in this session",
        "# TODO later",
        "AKIA" + "ABCDEFGHIJKLMNOP",
        "as issue A wants",
        "Needs ticket B.",
        "a helper session did it",
        "asked another helper",
        "see /mnt/data/x",
        "in /build/qdrant/target",
        "https://pypi.corp.internal/simple",
        "http://user:secret@mirror.example/simple/",
        "ghp_" + "a" * 36,
        "github_pat_" + "A" * 22,
    ],
)
def test_gate_sees_forbidden_text(text: str) -> None:
    assert forbidden(text)


@pytest.mark.parametrize(
    "text",
    [
        "requests.Session()",
        "session_token: the session token of temporary credentials",
        "a worker works in network/work",
        "{{ dir }}/work/x",
        "report an issue on GitHub",
        "HOME=$tmp/home/x",
    ],
)
def test_gate_lets_plain_text_pass(text: str) -> None:
    assert forbidden(text) == []


def test_gate_sees_a_missing_header() -> None:
    good = "#!/usr/bin/env bash\n" + "\n".join(f"# {line}" for line in HEADER)
    assert header_problem("a.sh", good) is None
    assert header_problem("a.py", "import os\n")
    assert header_problem("Makefile", good.replace("2026", "2025"))
    assert header_problem("data.json", "{}") is None
