# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Create the environments of tests and gates below .cache/ when they are first needed.

    env.py make NAME...          create them in parallel, print the interpreter of each
    env.py run NAME -- CMD...    create NAME and run CMD in it
    env.py pythons               list the real interpreters found here, newest first

The name of an environment's folder contains a hash of its pins and of its interpreter: a change creates a new one, and
an interrupted build is repeated. A lock allows several runs to use the same environment. The script uses only the
standard library, and does not change pip's own settings (PIP_*, pip.conf, certificates).
"""

from __future__ import annotations

import concurrent.futures
import configparser
import contextlib
import fcntl
import hashlib
import html
import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"
COLLECTIONS = CACHE / "collections"
# The collections that this one depends on, created by galaxy.py: of the newest ansible-core, and of the oldest.
GALAXY = CACHE / "galaxy"
GALAXY_OLDEST = CACHE / "galaxy-oldest"
REQUIREMENTS = ROOT / "tools" / "requirements"

# Name -> the Pythons it may be made with, best first.
NEWEST = ("3.13", "3.12", "3.14", "3.11")
ENVIRONMENTS = {
    "controller": NEWEST,
    "controller-oldest": ("3.10", "3.11", "3.12"),  # ansible-core 2.16 runs on no other
    "controller-middle": ("3.11", "3.12", "3.13"),
    "engine-oldest": ("3.9", "3.10", "3.11", "3.12", "3.13", "3.14"),
    "lint": NEWEST,
    "aws": NEWEST,
}

PIP_WHEEL = "pip-26.3-py3-none-any.whl"


class Python(NamedTuple):
    """A real interpreter (no pyenv shim): path and (major, minor)."""

    path: str
    version: tuple[int, int]

    def __str__(self) -> str:
        return f"{self.version[0]}.{self.version[1]} ({self.path})"


class SetupError(Exception):
    """An environment cannot be created; the message says what to do."""


def say(message: str) -> None:
    sys.stderr.write(f"env: {message}\n")
    sys.stderr.flush()


def search_path() -> list[Path]:
    """Folders that may hold interpreters: pyenv's versions first, then PATH without shims."""
    roots = [Path(os.environ[name]) for name in ("PYENV_ROOT",) if os.environ.get(name)]
    if os.environ.get("HOME"):
        roots.append(Path(os.environ["HOME"]) / ".pyenv")
    found = [folder for root in roots for folder in sorted(root.glob("versions/*/bin"))]
    path = [Path(part) for part in os.environ.get("PATH", "").split(os.pathsep) if part and "shims" not in part]
    return [*found, *path, Path("/usr/local/bin"), Path("/usr/bin")]


def find_pythons() -> list[Python]:
    """One interpreter for each minor version from 3.9 on, newest first."""
    found: dict[tuple[int, int], Python] = {}
    code = (
        "import sys, ssl, venv; sys.stdout.write('%d.%d %d' % (*sys.version_info[:2], sys.prefix == sys.base_prefix))"
    )
    for folder in search_path():
        for path in sorted(folder.glob("python3.*")):
            match = re.fullmatch(r"python3\.(\d+)", path.name)
            if not match or int(match.group(1)) < 9 or (3, int(match.group(1))) in found:
                continue
            try:
                done = subprocess.run([str(path), "-c", code], capture_output=True, text=True, timeout=60, check=False)
            except (OSError, subprocess.TimeoutExpired):
                continue
            version = (3, int(match.group(1)))
            if done.returncode == 0 and done.stdout == f"3.{version[1]} 1":
                found[version] = Python(str(path), version)
    return sorted(found.values(), key=lambda python: python.version, reverse=True)


def choose(name: str, pythons: list[Python]) -> Python:
    """The best interpreter for an environment; warns if the oldest one is missing."""
    wanted = ENVIRONMENTS[name]
    have = {f"{python.version[0]}.{python.version[1]}": python for python in pythons}
    for version in wanted:
        if version in have:
            if name.endswith("oldest") and version != wanted[0]:
                say(f"WARNING: no Python {wanted[0]} found: {name} uses {have[version]}: the oldest is NOT tested here")
            return have[version]
    listing = ", ".join(map(str, pythons)) or "none"
    raise SetupError(
        f"{name} needs one of Python {', '.join(wanted)}; found: {listing}. Install one of them (or set PYENV_ROOT)."
    )


def folder_of(name: str, python: Python) -> Path:
    pins = (REQUIREMENTS / f"{name}.txt").read_bytes()
    key = hashlib.sha256(b"\0".join([pins, str(python).encode(), str(CACHE).encode()])).hexdigest()[:12]
    return CACHE / "envs" / f"{name}-{key}"


def run_logged(command: list[str], log: Path, env: dict[str, str] | None = None) -> bool:
    """Run a set-up step with its output in a log; True if it succeeded."""
    with log.open("ab") as out:
        out.write(f"\n$ {' '.join(command)}\n".encode())
        out.flush()
        return (
            subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env, check=False).returncode
            == 0
        )


def install_pip(python: Python, target: Path, log: Path) -> bool:
    """Give the environment a pip: from ensurepip, else the interpreter's own pip, else Debian's package, else PyPI."""
    inside = str(target / "bin" / "python")
    if run_logged([inside, "-m", "ensurepip", "--default-pip"], log):
        return True
    if run_logged([python.path, "-m", "pip", "--python", inside, "install", "pip"], log):
        return True
    if os.geteuid() == 0 and shutil.which("apt-get") and install_debian_package(python, target.parent, log):
        return run_logged([inside, "-m", "ensurepip", "--default-pip"], log)
    return pip_from_index(inside, log)


def venv_package(python: Python) -> str:
    """The package that holds ensurepip on Debian and Ubuntu."""
    return f"python{python.version[0]}.{python.version[1]}-venv"


def install_debian_package(python: Python, folder: Path, log: Path) -> bool:
    """Install the package that holds ensurepip, one at a time."""
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
    with (folder / "apt.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        install = [*apt, "install", "-y", venv_package(python)]
        return run_logged([*apt, "update"], log, quiet) and run_logged(install, log, quiet)


def pip_setting(name: str, default: str) -> str:
    """The value of a pip setting: from the environment, else from the configuration file nearest to the user."""
    given = os.environ.get(f"PIP_{name.upper().replace('-', '_')}")
    if given:
        return given
    home = os.environ.get("HOME", "/nonexistent")
    config = os.environ.get("XDG_CONFIG_HOME") or f"{home}/.config"
    files = ["/etc/xdg/pip/pip.conf", "/etc/pip.conf", f"{home}/.pip/pip.conf", f"{config}/pip/pip.conf"]
    chosen = os.environ.get("PIP_CONFIG_FILE")
    parser = configparser.RawConfigParser()
    with contextlib.suppress(configparser.Error, OSError):  # pip itself reports the error
        parser.read([*files, chosen] if chosen and chosen != os.devnull else [] if chosen else files)
    found = [parser.get(part, name, fallback="") for part in ("install", "global")]
    return next(filter(None, found), default)


def wheel_link(page: str, wheel: str) -> tuple[str, str] | None:
    """The link of a wheel and its sha256, from a page of the index."""
    match = re.search(r'href="((?:[^"]*/)?' + re.escape(wheel) + r")#sha256=([0-9a-f]{64})", page)
    return (html.unescape(match.group(1)), match.group(2)) if match else None


def pip_from_index(inside: str, log: Path) -> bool:
    """The last resort if the caller is not root: download pip's wheel from the index and let it install itself."""
    index = pip_setting("index-url", "https://pypi.org/simple").rstrip("/")
    try:
        context = ssl.create_default_context(cafile=pip_setting("cert", "") or None)
        with urllib.request.urlopen(f"{index}/pip/", timeout=60, context=context) as answer:
            link = wheel_link(answer.read().decode(), PIP_WHEEL)
        if not link:
            raise SetupError(f"{index}/pip/ does not list {PIP_WHEEL}")
        url = urllib.parse.urljoin(f"{index}/pip/", link[0])
        with urllib.request.urlopen(url, timeout=300, context=context) as answer:
            data = answer.read()
        if hashlib.sha256(data).hexdigest() != link[1]:
            raise SetupError(f"{url} does not have the checksum in the index")
    except (OSError, ValueError, SetupError) as exc:
        with log.open("a") as out:
            out.write(f"pip from the index: {exc}\n")
        return False
    with tempfile.TemporaryDirectory() as folder:
        wheel = Path(folder) / PIP_WHEEL
        wheel.write_bytes(data)
        return run_logged([inside, f"{wheel}/pip", "install", "--no-index", str(wheel)], log)


def build(name: str, python: Python, target: Path) -> None:
    started = time.monotonic()
    say(f"making {name} with Python {python} ...")
    shutil.rmtree(target, ignore_errors=True)
    log = target.with_suffix(".log")
    log.unlink(missing_ok=True)
    bare = [python.path, "-m", "venv", "--without-pip", str(target)]
    pip = [str(target / "bin" / "python"), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    hint = ""
    steps_done = run_logged(bare, log)
    if steps_done and not install_pip(python, target, log):
        steps_done = False
        hint = f"It found no pip for it: on Debian and Ubuntu, install the package {venv_package(python)}. "
    if not (steps_done and run_logged([*pip, "--requirement", str(REQUIREMENTS / f"{name}.txt")], log)):
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-25:])
        raise SetupError(
            f"the environment {name} could not be made with Python {python}. {hint}The end of {log}:\n{tail}"
        )
    (target / ".complete").write_text(f"{python}\n")
    say(f"{name} is ready after {time.monotonic() - started:.0f} s")


def make(name: str, pythons: list[Python]) -> Path:
    """Create an environment if it does not exist, and return its folder."""
    python = choose(name, pythons)
    target = folder_of(name, python)
    if not (target / ".complete").exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        with (target.parent / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (target / ".complete").exists():
                build(name, python, target)
    return target


def link_tree() -> None:
    """An importable tree: .cache/collections/ansible_collections/vectorops/qdrant is this repository."""
    link = COLLECTIONS / "ansible_collections" / "vectorops" / "qdrant"
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.exists():
        temporary = link.with_name(f".qdrant.{os.getpid()}")
        temporary.symlink_to(ROOT)
        temporary.replace(link)


def environment(target: Path, pythons: list[Python]) -> dict[str, str]:
    """The process environment inside: real interpreters instead of shims, this collection on the paths, UTF-8."""
    env = dict(os.environ)
    path = [part for part in env.get("PATH", os.defpath).split(os.pathsep) if part and "shims" not in part]
    env["PATH"] = os.pathsep.join([str(target / "bin"), *path])
    env["VIRTUAL_ENV"] = str(target)
    env.pop("PYTHONHOME", None)
    galaxy = GALAXY_OLDEST if target.name.startswith("controller-oldest-") else GALAXY
    for name in ("PYTHONPATH", "ANSIBLE_COLLECTIONS_PATH"):
        own = [str(COLLECTIONS), *([str(galaxy)] if name.startswith("ANSIBLE") and galaxy.is_dir() else [])]
        parts = [part for part in env.get(name, "").split(os.pathsep) if part and part not in own]
        env[name] = os.pathsep.join([*own, *parts])
    env["ANSIBLE_HOME"] = str(CACHE / "ansible")
    env["ANSIBLE_NOCOLOR"] = env.get("ANSIBLE_NOCOLOR", "1")
    env["LC_ALL"] = "C.UTF-8"
    return env


def main(arguments: list[str]) -> int:
    try:
        pythons = find_pythons()
        if arguments[:1] == ["pythons"]:
            sys.stdout.write("".join(f"{python}\n" for python in pythons))
            return 0
        if arguments[:1] == ["make"] and len(arguments) > 1 and set(arguments[1:]) <= set(ENVIRONMENTS):
            link_tree()
            with concurrent.futures.ThreadPoolExecutor() as pool:
                for target in pool.map(lambda name: make(name, pythons), arguments[1:]):
                    sys.stdout.write(f"{target / 'bin' / 'python'}\n")
            return 0
        if arguments[:1] == ["run"] and len(arguments) > 3 and arguments[1] in ENVIRONMENTS and arguments[2] == "--":
            link_tree()
            target = make(arguments[1], pythons)
            env = environment(target, pythons)
            command = arguments[3:]
            executable = shutil.which(command[0], path=env["PATH"])
            if executable is None:
                raise SetupError(f"{command[0]} is neither in {target / 'bin'} nor on PATH")
            sys.stdout.flush()
            # A shell's background job ignores SIGINT, and so would every process that a test starts to interrupt.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.execve(executable, command, env)
    except SetupError as exc:
        say(str(exc))
        return 1
    except KeyboardInterrupt:
        say("interrupted; the next call makes the unfinished environment again")
        return 130
    sys.stderr.write(f"{__doc__}\nNames: {', '.join(ENVIRONMENTS)}\n")
    return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
