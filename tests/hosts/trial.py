# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether this machine can boot hosts at all: one is booted, asked, cut off and booted again. run.py runs it inside."""

from __future__ import annotations

import os
import sys

from . import images, machines, surroundings


def main() -> int:
    folder = surroundings.RUNS / os.environ["HOSTS_RUN"]
    machine = None
    try:
        machine = machines.Machine("trial", 10, images.image(images.BARE), folder, images.CACHE / "id").up()
        machine.until("systemctl is-active multi-user.target", 30)
        machine.power_cut()
        machine.up()
        machine.run("systemctl --version")
    except Exception as error:  # whatever it is: this machine cannot do it
        sys.stdout.write(f"test-hosts: a trial host: {type(error).__name__}: {error}\n")
        return 1
    finally:
        if machine is not None:
            machine.gone()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
