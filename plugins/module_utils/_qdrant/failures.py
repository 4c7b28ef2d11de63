# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Classifies failed connections: the kind, and whether the request may have reached the node.

Pure: uses the names and messages of exceptions of ``connections``, requests, urllib3, http.client, socket and ssl,
without imports.
"""

from __future__ import annotations

from .errors import QdrantError

LOOK_FIRST = "The result of the call is unknown: check the node before you repeat it."
_NEVER_SENT = (
    "NotConnectedError",
    "NewConnectionError",
    "ConnectTimeoutError",
    "ConnectTimeout",
    "NameResolutionError",
    "LocationValueError",
    "gaierror",
    "ConnectionRefusedError",
)
_TIMED_OUT = ("ReadTimeout", "ReadTimeoutError", "timeout", "TimeoutError")
_TLS_CUT = ("eof occurred", "unexpected eof", "unexpected_eof", "bad length", "decryption failed")


def connection_error(
    attempted: str, on: str, error: BaseException, url: str, timeout: tuple[float, float | None], changes: bool
) -> QdrantError:
    """The error for an exception instead of an answer. timeout: to connect, to read.

    changes: whether the call would have changed something on the node.
    """
    chain = _chain(error)
    names = {type(link).__name__ for link in chain}
    text = " ".join(str(link) for link in chain)
    low = text.lower()
    if _is_tls(names, low, url):
        return QdrantError(attempted, on, _tls_said(low, chain), _tls_hint(low, url), kind="tls")
    if names.intersection(_NEVER_SENT):
        said, next_step = _unreachable(names, low, chain, timeout[0])
        return QdrantError(attempted, on, said, next_step, kind="unreachable")
    if names.intersection(_TIMED_OUT):
        said = f"the node did not answer within {timeout[1]:g} seconds" if timeout[1] else "the connection timed out"
    else:
        said = "the connection was lost before the answer (" + _innermost(chain) + ")"
    next_step = LOOK_FIRST if changes else "Check that the node runs, and try again."
    if url.startswith("http://") and names.intersection(
        ("RemoteDisconnected", "BadStatusLine", "ConnectionResetError")
    ):
        next_step += " If the node expects TLS, set url to an address with https://."
    return QdrantError(attempted, on, said, next_step, kind="no_answer")


def may_be_tried_again(error: BaseException, url: str) -> bool:
    """Whether to retry a call that changes nothing: only refused and lost connections."""
    chain = _chain(error)
    names = {type(link).__name__ for link in chain}
    if _is_tls(names, " ".join(str(link) for link in chain).lower(), url):
        return False
    return not names.intersection(
        (*_TIMED_OUT, "ConnectTimeout", "ConnectTimeoutError", "gaierror", "NameResolutionError")
    )


def _is_tls(names: set[str], low: str, url: str) -> bool:
    if "SSLError" in names or "SSLCertVerificationError" in names or "CertificateError" in names:
        # A lost TLS connection is also an SSLError, and the request may have been sent.
        return not any(words in low for words in _TLS_CUT)
    # A TLS server answers plain HTTP with a TLS alert (bytes 15 03 ..).
    return (
        url.startswith("http://") and "BadStatusLine" in names and "\\x15\\x03" in low.replace("\x15\x03", "\\x15\\x03")
    )


def _tls_said(low: str, chain: list[BaseException]) -> str:
    if "\\x15\\x03" in low or "\x15\x03" in low:
        return "the node answers with TLS, not plain HTTP"
    return _innermost(chain)


def _tls_hint(low: str, url: str) -> str:
    if url.startswith("http://"):
        return "Set url to an address with https://."
    if any(
        words in low
        for words in ("wrong version number", "wrong_version_number", "record layer failure", "http request")
    ):
        return "The node seems to use plain HTTP: set url to an address with http://, or enable service.enable_tls."
    if "hostname mismatch" in low or "doesn't match" in low or "not valid for" in low:
        return "The certificate is for another name: use the certificate's name in url."
    if "expired" in low:
        return "The node's certificate has expired: renew it."
    if "certificate verify failed" in low or "certificate_verify_failed" in low:
        return "Set ca_path to the certificate of the authority that signed the node's certificate."
    if "alert" in low:
        return "The node refused the connection: it may require a client certificate (client_cert, client_key)."
    return "Check ca_path, client_cert and client_key."


def _unreachable(names: set[str], low: str, chain: list[BaseException], seconds: float) -> tuple[str, str]:
    if "NameResolutionError" in names or "gaierror" in names or "failed to resolve" in low or "getaddrinfo" in low:
        return "the host name is unknown (" + _innermost(chain) + ")", "Check the host in url."
    if "refused" in low:
        return "connection refused", "Check that Qdrant runs and listens on this address (host, port, service.host)."
    if "ConnectTimeout" in names or "ConnectTimeoutError" in names or "timed out" in low:
        return f"no connection within {seconds:g} seconds", "Check host and port in url, and firewalls in between."
    return _innermost(chain), "Check host and port in url."


def _innermost(chain: list[BaseException]) -> str:
    """The message of the innermost cause that has one, without Python's wrapping."""
    for link in reversed(chain):
        text = str(getattr(link, "strerror", None) or link).strip()
        if text:
            return text.split(" (_ssl.c")[0]
    return type(chain[-1]).__name__


def _chain(error: BaseException) -> list[BaseException]:
    """An exception and all that it wraps (arguments, reason, cause), each once, outermost first. Not its context: that
    is whatever error the caller was handling, for example of another call that was never sent."""
    chain: list[BaseException] = []
    todo: list[object] = [error]
    while todo and len(chain) < 20:
        link = todo.pop(0)
        if not isinstance(link, BaseException) or link in chain:
            continue
        chain.append(link)
        todo += [*link.args, getattr(link, "reason", None), link.__cause__]
    return chain
