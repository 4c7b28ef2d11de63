# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""make demo: back a Qdrant node up to S3, lose everything, bring it back from S3 alone, and prove that it is the same.

Everything runs on this machine and in one temporary folder; nothing is left behind, also after Ctrl-C. The commands
that do the work are the playbooks in playbooks/; beside them the usual way by hand, in article/.
"""

from __future__ import annotations

import signal
import sys

if __name__ == "__main__":  # nothing is there to clean up yet: an early Ctrl-C ends quietly
    signal.signal(signal.SIGINT, lambda signum, frame: sys.exit(130))

try:
    from chapters import tell
    from command import Commands, DemoError
    from interrupts import Interrupted, Interrupts
    from servers import Servers, choose_qdrant
    from terminal import Terminal
except ImportError as error:
    sys.exit(f"The demo needs its environment ({error}): run it by 'make demo'.")


def main() -> int:
    """0: everything proven; 1: a step failed, which one sentence says; 128 and the signal: interrupted."""
    interrupts, terminal = Interrupts(), Terminal()
    servers: Servers | None = None
    commands = Commands(interrupts)
    code = 0
    interrupts.install()
    try:
        which = choose_qdrant()
        with interrupts.held():
            servers = Servers()
        tell(terminal, servers, commands, which)
    except Interrupted as interrupted:
        terminal.heading("Interrupted: cleaning up.")
        code = interrupted.exit_code
    except DemoError as failed:
        terminal.heading(f"Failed: {failed}")
        code = 1
    except Exception as error:  # noqa: BLE001  the last door: never a traceback
        terminal.heading(f"Failed: {type(error).__name__}: {error}")
        code = 1
    finally:
        interrupts.ignore()
        commands.end()
        if servers is not None:
            servers.remove()
    return code


if __name__ == "__main__":
    sys.exit(main())
