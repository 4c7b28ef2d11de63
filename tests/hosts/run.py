# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything about booted hosts: ``make test-hosts``. Needs root on Debian; installs what it lacks.

Where it cannot run, every test is skipped with the reason, and that is no failure unless HOSTS_REQUIRED is set.
"""

from __future__ import annotations

import concurrent.futures
import os
import pathlib
import platform
import shutil
import subprocess
import sys

from . import images, surroundings, wheels

NEEDED = {
    "mmdebstrap": "mmdebstrap",
    "systemd-nspawn": "systemd-container",
    "zstd": "zstd",
    "ip": "iproute2",
    "nft": "nftables",
    "ssh": "openssh-client",
    "unshare": "util-linux",
    "pkill": "procps",
    "openssl": "openssl",
}
CANNOT = "booted hosts cannot be had here"


def obstacle() -> str:
    """Why hosts cannot be booted here, in a sentence; empty where they can, and then all that is downloaded is there.

    What cannot be had is found out by trying, to the point of a host that boots without any role: what fails after that
    is a failure.
    """
    if platform.system() != "Linux" or not pathlib.Path("/etc/debian_version").exists():
        return "booted hosts need Debian"
    if platform.machine() != "x86_64":
        return "booted hosts need an x86_64 machine"
    if os.geteuid() != 0:
        return "booted hosts need root: sudo make test-hosts"
    try:
        install()
        subprocess.run([*surroundings.OUTER, "true"], check=True, capture_output=True, timeout=60)
        prepare()
        trial = surroundings.run_inside([sys.executable, "-m", f"{__package__}.trial"])
    except subprocess.CalledProcessError as error:
        lines = (error.stderr or b"").decode(errors="replace").strip().splitlines()
        return f"{CANNOT}: {error.cmd[0]}: {lines[-1] if lines else f'ended with {error.returncode}'}"
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{CANNOT}: {error}"
    return f"{CANNOT}: a trial host did not boot; what it said stands above" if trial else ""


def install() -> None:
    """The programs that are missing, from the distribution."""
    missing = sorted({package for program, package in NEEDED.items() if not shutil.which(program)})
    if missing:
        apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"]
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        # An update that fails in part may have brought the list that is needed.
        for words, check in ((["update"], False), (["install", "-y", "--no-install-recommends", *missing], True)):
            subprocess.run(
                [*apt, *words], check=check, env=quiet, stdin=subprocess.DEVNULL, capture_output=True, timeout=600
            )


def prepare() -> None:
    """What is downloaded, at the same time; and a key for ssh."""
    with concurrent.futures.ThreadPoolExecutor() as pool:
        work = [pool.submit(images.image, kind) for kind in images.chosen()]
        work += [pool.submit(wheels.pinned), pool.submit(wheels.of_double)]
        for one in work:
            one.result()
    key = images.CACHE / "id"
    if not key.exists():
        keygen = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "tests", "-f", str(key)]
        subprocess.run(keygen, check=True, capture_output=True, timeout=60)


def main(arguments: list[str]) -> int:
    os.chdir(images.ROOT)
    try:
        images.chosen()
    except ValueError as error:
        sys.stderr.write(f"test-hosts: {error}\n")
        return 2
    some = any(argument.startswith("tests/hosts") for argument in arguments)
    tests = [sys.executable, "-m", "pytest", *arguments, *([] if some else ["tests/hosts"])]
    why = obstacle()
    if why and os.environ.get("HOSTS_REQUIRED"):
        sys.stderr.write(f"test-hosts: {why}\n")
        return 1
    if why:
        sys.stdout.write(f"test-hosts: skipped: {why}\n")
        return subprocess.run(tests, env={**os.environ, "HOSTS_SKIP": why}, check=False).returncode
    return surroundings.run_inside(tests)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
