# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads secrets from files and systemd credentials, never from a command line, the environment or a setting."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping

from .._base.errors import UsageError
from .._base.redaction import register_secret

KEPT = "credentials"  # the folder beside the configuration
_LONGEST = 65536  # a longer file is not a key


def refusal(name: str, where: str) -> UsageError:
    """The error for a secret where other users can read it. ``where``: a phrase such as "the command line"."""
    flag = f"--{name}-file".replace("_", "-")
    return UsageError(
        f"{name} is not accepted from {where}, where other users can read it",
        f"Write it to a separate file (mode 0600) and set {flag} FILE on the command line or {name}_file in the "
        f"configuration, or pass it as the systemd credential qdrant-backup.{name}.",
    )


def read_secret(path: str, where: str) -> tuple[str, list[str]]:
    """The secret in a file, without its line end, and warnings. The secret is registered for redaction."""
    try:
        with open(path, encoding="utf-8") as handle:
            mode = os.fstat(handle.fileno()).st_mode
            text = handle.read(_LONGEST + 1)
    except OSError as error:
        raise UsageError(f"{where}: {path} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{where}: {path} is not text") from None
    secret = text.strip()
    if not secret or len(text) > _LONGEST or "\n" in secret:
        raise UsageError(f"{where}: {path} must hold only the secret, on one line")
    register_secret(secret.partition("?")[2] if "://" in secret else secret)  # in a URL, the query string is the secret
    if stat.S_ISREG(mode) and mode & (stat.S_IROTH | stat.S_IWOTH):
        return secret, [f"{path} can be read or written by every user of this host: chmod 0600 {path}"]
    return secret, []


def systemd_credential(name: str, environ: Mapping[str, str]) -> str | None:
    """The path of a credential that systemd passed to this service, or None."""
    folder = environ.get("CREDENTIALS_DIRECTORY")
    for file in (f"qdrant-backup.{name}", name) if folder else ():
        path = os.path.join(str(folder), file)
        if os.path.exists(path):
            return path
    return None


def kept_credentials(folder: str, names: Iterable[str], environ: Mapping[str, str]) -> dict[str, str]:
    """Name -> path of the secrets in ``folder``, which only root can read and which systemd passes to services.

    A run by hand reads them there; a service uses only the credentials from systemd. UsageError if this user cannot
    read the folder: without the keys, the node or the store would refuse with a misleading message.
    """
    if environ.get("CREDENTIALS_DIRECTORY") or not os.path.isdir(folder):
        return {}
    if not os.access(folder, os.R_OK | os.X_OK):
        raise UsageError(f"Only root can read the keys of this host in {folder}", "Run the command with sudo.")
    paths = {name: os.path.join(folder, name) for name in names}
    return {name: path for name, path in paths.items() if os.path.lexists(path)}
