# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections to one node with ``urllib3``: a pool for all threads, and single connections for calls that change
something.

``requests`` on top of it needs more processor time than the rest of a call, and a backup of small collections is
thousands of calls. urllib3 itself uses no proxy, .netrc or certificate bundle of the environment.
"""

from __future__ import annotations

import os
import socket
import threading
from typing import TYPE_CHECKING, Any

from .options import NodeOptions

URLLIB3_ERROR: str | None = None
try:
    import urllib3
    import urllib3.util
    import urllib3.util.ssl_
except ImportError as error:
    URLLIB3_ERROR = str(error)
try:  # noqa: SIM105 (the gate on libraries wants this form)
    import certifi
except ImportError:  # then the authorities of the system are used
    pass

if TYPE_CHECKING:
    import ssl

    from urllib3 import HTTPConnectionPool

# Exceptions for a missing or incomplete answer.
CONNECTION_ERRORS: tuple[type[Exception], ...] = (ConnectionError, socket.timeout)
# Exceptions for an address or a certificate file that cannot be used. Some of urllib3's are of both kinds.
USAGE_ERRORS: tuple[type[Exception], ...] = ()
if URLLIB3_ERROR is None:
    CONNECTION_ERRORS += (urllib3.exceptions.HTTPError,)
    USAGE_ERRORS += (urllib3.exceptions.LocationValueError,)
_KEEPALIVE = (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 6))
_MOST_IDLE = 32  # connections to keep; more threads than these never ask at once


def socket_options() -> list[tuple[int, int, int]]:
    """Keepalive on every connection: a long recover sends no bytes, but a dead host must be detected."""
    options = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1), (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    options += [(socket.IPPROTO_TCP, getattr(socket, n), v) for n, v in _KEEPALIVE if hasattr(socket, n)]
    return options


class Connections:
    """``shared`` and ``alone`` are pools of urllib3. Both raise ValueError or OSError for an address or a certificate
    file that cannot be used."""

    def __init__(self, url: str, options: NodeOptions) -> None:
        self._url, self._options = url, options
        self._one = threading.Lock()
        self._context: ssl.SSLContext | None = None
        self._pool: HTTPConnectionPool | None = None

    @property
    def shared(self) -> HTTPConnectionPool:
        """The pool of all threads."""
        with self._one:
            if self._pool is None:
                self._pool = self._make(_MOST_IDLE)
            return self._pool

    def alone(self) -> HTTPConnectionPool:
        """A pool without any connection, which the caller closes: its first call uses a new connection."""
        with self._one:
            return self._make(1)

    def close(self) -> None:
        """Close the idle connections of the shared pool."""
        with self._one:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()

    def _make(self, most: int) -> HTTPConnectionPool:
        more: dict[str, Any] = {}
        if self._url.startswith("https:"):
            # One context for all connections: reading the authorities takes longer than a call.
            self._context = self._context or _tls(self._options)
            more = {"ssl_context": self._context, "cert_reqs": self._context.verify_mode}
        return urllib3.connectionpool.connection_from_url(
            self._url, maxsize=most, block=False, retries=False, socket_options=socket_options(), **more
        )


def _tls(options: NodeOptions) -> ssl.SSLContext:
    """Without ca_path: the authorities of ``certifi`` if it is installed, as with ``requests``, else the system's."""
    needed = "CERT_REQUIRED" if options.validate_certs else "CERT_NONE"
    context = urllib3.util.ssl_.create_urllib3_context(cert_reqs=urllib3.util.ssl_.resolve_cert_reqs(needed))
    if options.validate_certs:
        bundle = options.ca_path or ("certifi" in globals() and certifi.where())
        if bundle and os.path.isdir(bundle):
            context.load_verify_locations(capath=bundle)
        elif bundle:
            context.load_verify_locations(cafile=bundle)
        else:
            context.load_default_certs()
    else:
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    if options.client_cert:
        context.load_cert_chain(options.client_cert, options.client_key or None)
    return context
