# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections to one node with Python's ``http.client``: those that all threads share, and new ones for calls that
change something.

``urllib3`` and ``requests`` on top of it need more processor time than the rest of a call, and a backup of small
collections is thousands of calls. ``http.client`` uses no proxy, .netrc or certificate bundle of the environment.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import select
import shlex
import socket
import ssl
import threading
import urllib.parse
from collections.abc import Mapping
from typing import Any

from .options import NodeOptions

try:  # noqa: SIM105 (the gate on libraries wants this form)
    import certifi
except ImportError:  # then the authorities of the system are used
    pass

# Exceptions for a missing or incomplete answer.
CONNECTION_ERRORS: tuple[type[Exception], ...] = (OSError, http.client.HTTPException)
_KEEPALIVE = (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 6))
_MOST_IDLE = 32  # connections to keep; more threads than these never ask at once
# The other side closed the connection: while a request was sent, or before the first byte of its answer.
_CLOSED: tuple[type[Exception], ...] = (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError)


class NotConnectedError(OSError):
    """No connection could be made: the request was never sent."""


class ConnectTimeoutError(NotConnectedError):
    """Not within the time that was given."""


class Answer:
    """The status and headers of an answer whose body is not read yet. ``read`` raises ``CONNECTION_ERRORS``."""

    def __init__(self, owner: Connections, connection: http.client.HTTPConnection, keep: bool) -> None:
        self._owner, self._keep = owner, keep
        self._connection: http.client.HTTPConnection | None = connection
        self._response = connection.getresponse()
        self.status = self._response.status
        self.headers = self._response.headers

    def read(self, size: int | None = None) -> bytes:
        """At most ``size`` bytes of the body, b"" at its end; all of it without a size."""
        return self._response.read(size)

    def close(self) -> None:
        """Give the connection back if the body was read to its end, else close it."""
        connection, self._connection = self._connection, None
        if connection is None:  # another request may use it already
            return
        keep = self._keep and self._response.isclosed() and not self._response.will_close
        self._response.close()
        if keep:
            self._owner.give_back(connection)
        else:
            connection.close()


class Connections:
    """Sends requests to one address."""

    def __init__(self, url: str, options: NodeOptions) -> None:
        parts = urllib.parse.urlsplit(url)
        self._host, self._port, self._secure = parts.hostname or "", parts.port, parts.scheme == "https"
        self._options = options
        self._one = threading.Lock()
        self._context: ssl.SSLContext | None = None
        self._idle: list[http.client.HTTPConnection] = []

    def request(
        self,
        method: str,
        target: str,
        patience: tuple[float, float | None],
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        *,
        alone: bool = False,
    ) -> Answer:
        """Send a request; the caller closes the answer. patience: seconds to connect, and without data; body: bytes or
        an iterable of them; alone: on a new connection that no other request uses, and once.

        ``CONNECTION_ERRORS`` if no answer comes (``NotConnectedError`` if nothing was sent); ValueError for an address
        or a certificate file that cannot be used.
        """
        idle = None if alone else self._idle_one()
        if idle is not None:
            # The node closes an idle connection when it likes, also while the request is on its way.
            with contextlib.suppress(*_CLOSED):
                return self._sent(idle, method, target, patience, body, headers, keep=True)
        return self._sent(self._connected(patience[0]), method, target, patience, body, headers, keep=not alone)

    def _sent(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        target: str,
        patience: tuple[float, float | None],
        body: Any,
        headers: Mapping[str, str] | None,
        *,
        keep: bool,
    ) -> Answer:
        try:
            _send(connection, method, target, patience, body, dict(headers or {}))
            return Answer(self, connection, keep)
        except http.client.InvalidURL as error:
            connection.close()
            raise ValueError(str(error)) from None
        except BaseException:
            connection.close()
            raise

    def give_back(self, connection: http.client.HTTPConnection) -> None:
        """Keep a connection for the next request."""
        with self._one:
            if len(self._idle) < _MOST_IDLE:
                self._idle.append(connection)
                return
        connection.close()

    def close(self) -> None:
        """Close the idle connections."""
        with self._one:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _idle_one(self) -> http.client.HTTPConnection | None:
        """A connection that the node has not closed."""
        while True:
            with self._one:
                if not self._idle:
                    return None
                connection = self._idle.pop()
            if not _has_data(connection.sock):
                return connection
            connection.close()

    def _connected(self, seconds: float) -> http.client.HTTPConnection:
        connection = self._new(seconds)
        try:
            connection.connect()
            _keep_alive(connection.sock)
        except ssl.SSLError:
            connection.close()
            raise
        except socket.timeout as error:
            connection.close()
            raise ConnectTimeoutError(str(error)) from error
        except OSError as error:
            connection.close()
            raise NotConnectedError(str(error)) from error
        except BaseException:
            connection.close()
            raise
        return connection

    def _new(self, seconds: float) -> http.client.HTTPConnection:
        if not self._secure:
            return http.client.HTTPConnection(self._host, self._port, timeout=seconds)
        with self._one:
            # One context for all connections: reading the authorities takes longer than a call.
            self._context = self._context or _tls(self._options)
        return http.client.HTTPSConnection(self._host, self._port, timeout=seconds, context=self._context)


def _send(
    connection: http.client.HTTPConnection,
    method: str,
    target: str,
    patience: tuple[float, float | None],
    body: Any,
    headers: dict[str, str],
) -> None:
    connection.sock.settimeout(patience[0])
    # A node that refuses a body answers before it has read all of it: the answer says why.
    with contextlib.suppress(*_CLOSED):
        connection.request(method, target, body=body, headers=headers)
    connection.sock.settimeout(patience[1])


def _has_data(connected: socket.socket) -> bool:
    """Whether an idle connection has something to read: its end, as no answer is due."""
    poll = select.poll()
    poll.register(connected, select.POLLIN)
    return bool(poll.poll(0))


def _keep_alive(connected: socket.socket) -> None:
    """On every connection: a long recover sends no bytes, but a dead host must be detected."""
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE:
        if hasattr(socket, name):
            connected.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _tls(options: NodeOptions) -> ssl.SSLContext:
    """Without ca_path: the authorities of ``certifi`` if it is installed, as with ``requests``, else the system's.
    ValueError if a file cannot be used."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        if options.validate_certs:
            # ca_path may have the node's own certificate, or that of an authority between.
            context.verify_flags |= getattr(ssl, "VERIFY_X509_PARTIAL_CHAIN", 0)
            _trust(context, options.ca_path or ("certifi" in globals() and certifi.where()) or "")
        else:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if options.client_cert:
            # Without a password, OpenSSL would ask for it on the terminal.
            key = options.client_key or options.client_cert
            context.load_cert_chain(options.client_cert, options.client_key or None, lambda: _no_password(key))
    except OSError as error:
        raise ValueError(str(error)) from None
    return context


def _no_password(key: str) -> str:
    raise ValueError(
        f"the private key in {key} is encrypted, and no option takes its passphrase: decrypt it into a file that "
        f"only this user can read ({shlex.join(['openssl', 'pkey', '-in', key, '-out', key + '.decrypted'])})"
    )


def _trust(context: ssl.SSLContext, bundle: str) -> None:
    if not bundle:
        context.load_default_certs()
    elif os.path.isdir(bundle):
        context.load_verify_locations(capath=bundle)
    else:
        context.load_verify_locations(cafile=bundle)
