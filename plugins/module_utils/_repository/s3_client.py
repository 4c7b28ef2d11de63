# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The botocore client: the only file that imports the library (boto3 adds a resource layer that nobody needs here)."""

from __future__ import annotations

import threading
import warnings
from typing import Any

from .._base.errors import MissingLibraryError
from .._base.version import VERSION
from .options import RepositoryOptions
from .s3_errors import stopped_taking

_IMPORT_ERROR: str | None = None
try:
    import botocore.config as _config
    import botocore.session as _session
except ImportError as _error:
    _IMPORT_ERROR = str(_error)

ATTEMPTS = 5
_REFUSED_ATTEMPTS = 3
_STALLED_ATTEMPTS = 2
_LONGEST_CONNECT = 15.0
_TOOL = "vectorops.qdrant"


class CallState(threading.local):
    """What the calls of this thread carry beside their parameters."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.unsigned_body = False


def make_client(options: RepositoryOptions, state: CallState, *, timeout: float, attempts: int = ATTEMPTS) -> Any:
    """An S3 client that retries overload and cuts, never silence. Raises MissingLibraryError and botocore's errors."""
    if _IMPORT_ERROR is not None:
        raise MissingLibraryError("boto3", "use an S3 repository", _IMPORT_ERROR)
    session = _session.Session(profile=options.profile or None)
    region = options.region or None
    if region is None and options.endpoint_url:
        region = session.get_config_variable("region") or "us-east-1"
    if not options.s3_validate_certs:
        warnings.filterwarnings("ignore", message="Unverified HTTPS request")
    client = session.create_client(
        "s3",
        region_name=region,
        endpoint_url=options.endpoint_url or None,
        verify=(options.aws_ca_bundle or None) if options.s3_validate_certs else False,
        aws_access_key_id=options.access_key or None,
        aws_secret_access_key=options.secret_key or None,
        aws_session_token=options.session_token or None,
        config=_make_config(options, timeout, attempts),
    )
    events = client.meta.events
    events.register_first("needs-retry.s3", _stop_retrying)
    events.register("before-call.s3", lambda params, **kw: params["headers"].update(state.headers))
    events.register("before-sign.s3", lambda request, **kw: _unsign(request) if state.unsigned_body else None)
    return client


def credential_method(options: RepositoryOptions) -> str | None:
    """Where the credentials come from, in botocore's words (iam-role, env, shared-credentials-file, container-role and
    so on), ``options`` where they were given to us; None where there are none."""
    if _IMPORT_ERROR is not None:
        raise MissingLibraryError("boto3", "use an S3 repository", _IMPORT_ERROR)
    if options.access_key:
        return "options"
    found = _session.Session(profile=options.profile or None).get_credentials()
    return str(found.method) if found is not None else None


def _make_config(options: RepositoryOptions, timeout: float, attempts: int) -> Any:
    known: dict[str, Any] = {
        "signature_version": "s3v4",
        "s3": {"addressing_style": "path"} if options.endpoint_url else {},
        "retries": {"mode": "standard", "total_max_attempts": attempts},
        # For botocore this is the limit of a single send as well, and a stalled one is tried twice.
        "connect_timeout": min(timeout, max(_LONGEST_CONNECT, timeout / _STALLED_ATTEMPTS)),
        "read_timeout": timeout,
        "max_pool_connections": 8,
        "tcp_keepalive": True,
        "user_agent_extra": f"{_TOOL}/{VERSION}",
    }
    # Since 1.36 botocore adds checksums that older stores refuse. We send our own, with every upload.
    newer = {"request_checksum_calculation": "when_required", "response_checksum_validation": "when_required"}
    try:
        return _config.Config(**known, **newer)
    except TypeError:
        return _config.Config(**known)


def _stop_retrying(caught_exception: Exception | None = None, attempts: int = 1, **kwargs: Any) -> None:
    """Silence is not overload: five deadlines help nobody. Nor does a certificate get better by asking again."""
    names = {base.__name__ for base in type(caught_exception).__mro__} if caught_exception else set()
    hopeless = bool(names & {"ReadTimeoutError", "ConnectTimeoutError", "SSLError"})
    refused = "EndpointConnectionError" in names and attempts >= _REFUSED_ATTEMPTS
    stalled = attempts >= _STALLED_ATTEMPTS and stopped_taking(caught_exception)
    if caught_exception and (hopeless or refused or stalled):
        raise caught_exception


def _unsign(request: Any) -> None:
    """Sign the headers, the checksum of the body among them, and not the body: half the processor time, here and there.

    The archive's sha256 is in the manifest, whose body is signed.
    """
    config = request.context.get("client_config")
    if config is not None:
        request.context["client_config"] = config.merge(
            _config.Config(s3={**(config.s3 or {}), "payload_signing_enabled": False})
        )
