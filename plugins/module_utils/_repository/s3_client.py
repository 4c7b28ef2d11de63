# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The botocore client. Only this file imports the library; the resource layer of boto3 is not needed."""

from __future__ import annotations

import contextlib
import datetime
import threading
import warnings
from typing import Any

from .._base.errors import MissingLibraryError
from .._base.version import VERSION
from .s3_errors import CONFLICTS, GATEWAYS, stopped_taking
from .s3_options import S3Options

_IMPORT_ERROR: str | None = None
try:
    import botocore.awsrequest as _awsrequest
    import botocore.config as _config
    import botocore.handlers as _handlers
    import botocore.httpsession as _httpsession
    import botocore.session as _session
    import botocore.utils as _utils
except ImportError as _error:
    _IMPORT_ERROR = str(_error)

ATTEMPTS = 5
_REFUSED_ATTEMPTS = 3
_STALLED_ATTEMPTS = 2
_LONGEST_CONNECT = 15.0
_PAUSE = 0.3  # seconds, longer with each attempt
_TOOL = "vectorops.qdrant"


class CallState(threading.local):
    """Additional headers of this thread's calls. signed_for: the region in the signature of its last request."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.unsigned_body = False
        self.signed_for = ""
        self.expects = True  # sends Expect: 100-continue with files


def make_client(
    options: S3Options,
    state: CallState,
    *,
    timeout: float,
    attempts: int = ATTEMPTS,
    region: str = "",
    style: str = "",
) -> Any:
    """An S3 client that retries after overload and lost connections, but not after a time-out. Raises
    MissingLibraryError and botocore's errors.

    region: of the bucket, "" for botocore's settings; style: path or virtual, "" for the default.
    """
    if _IMPORT_ERROR is not None:
        raise MissingLibraryError("boto3", "use an S3 repository", _IMPORT_ERROR)
    session = _session.Session(profile=options.profile or None)
    session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=_moment)
    if not region and options.endpoint_url:
        region = session.get_config_variable("region") or "us-east-1"
    if not options.s3_validate_certs:
        warnings.filterwarnings("ignore", message="Unverified HTTPS request")
    client = session.create_client(
        "s3",
        region_name=region or None,
        endpoint_url=options.endpoint_url or None,
        verify=(options.aws_ca_bundle or None) if options.s3_validate_certs else False,
        aws_access_key_id=options.access_key or None,
        aws_secret_access_key=options.secret_key or None,
        aws_session_token=options.session_token or None,
        config=_make_config(style or ("path" if options.endpoint_url else ""), timeout, attempts),
    )
    events = client.meta.events
    # Our keys are safe in XML. Some stores encode them twice, or say that they did and did not.
    events.unregister("before-parameter-build.s3.ListObjectsV2", _handlers.set_list_objects_encoding_type_url)
    events.register_first("needs-retry.s3", _stop_retrying)
    events.register_first("needs-retry.s3.HeadBucket", _follow_regions_only)
    events.register("needs-retry.s3", lambda **kw: _retry_also(attempts, **kw))
    events.register("before-call.s3", lambda params, **kw: _set_headers(params["headers"], state))
    events.register("before-sign.s3", lambda request, **kw: _before_sign(request, state))
    return client


def get_unsigned(options: S3Options, url: str) -> tuple[int, bytes]:
    """(status, body) of a GET without credentials, as the receiver of a presigned URL sends it. Raises botocore's
    errors, whose text may contain the URL."""
    verify = (options.aws_ca_bundle or True) if options.s3_validate_certs else False
    session = _httpsession.URLLib3Session(verify=verify, timeout=options.timeout)
    answer = session.send(_awsrequest.AWSRequest("GET", url).prepare())
    return int(answer.status_code), bytes(answer.content)


def credential_method(options: S3Options) -> str | None:
    """The source of the credentials as botocore names it (iam-role, env, shared-credentials-file, container-role),
    ``options`` if they are set in the options; None if there are none."""
    if _IMPORT_ERROR is not None:
        raise MissingLibraryError("boto3", "use an S3 repository", _IMPORT_ERROR)
    if options.access_key:
        return "options"
    found = _session.Session(profile=options.profile or None).get_credentials()
    return str(found.method) if found is not None else None


def _make_config(style: str, timeout: float, attempts: int) -> Any:
    known: dict[str, Any] = {
        "signature_version": "s3v4",
        "s3": {"addressing_style": style} if style else {},
        "retries": {"mode": "standard", "total_max_attempts": attempts},
        # botocore also uses this as the limit of a single send, and tries a stalled one twice.
        "connect_timeout": min(timeout, max(_LONGEST_CONNECT, timeout / _STALLED_ATTEMPTS)),
        "read_timeout": timeout,
        "max_pool_connections": 8,
        "tcp_keepalive": True,
        "user_agent_extra": f"{_TOOL}/{VERSION}",
    }
    # Since 1.36 botocore adds checksums that older stores refuse. Every upload has its own checksum.
    newer = {"request_checksum_calculation": "when_required", "response_checksum_validation": "when_required"}
    try:
        return _config.Config(**known, **newer)
    except TypeError:
        return _config.Config(**known)


def _moment(text: Any) -> datetime.datetime | None:
    """A time of a listing or an answer, None if it is not a time: nothing depends on one. botocore's own parser needs
    half of the time of a listing."""
    if isinstance(text, str) and text.endswith("Z"):
        with contextlib.suppress(ValueError):
            whole = datetime.datetime.fromisoformat(text[:-1].partition(".")[0])
            return whole.replace(tzinfo=datetime.timezone.utc)
    with contextlib.suppress(ValueError, TypeError):
        moment: datetime.datetime = _utils.parse_timestamp(text)
        return moment
    return None


def _stop_retrying(caught_exception: Exception | None = None, attempts: int = 1, **kwargs: Any) -> None:
    """A time-out or an untrusted certificate is not overload: do not retry."""
    names = {base.__name__ for base in type(caught_exception).__mro__} if caught_exception else set()
    hopeless = bool(names & {"ReadTimeoutError", "ConnectTimeoutError", "SSLError"})
    refused = "EndpointConnectionError" in names and attempts >= _REFUSED_ATTEMPTS
    stalled = attempts >= _STALLED_ATTEMPTS and stopped_taking(caught_exception)
    if caught_exception and (hopeless or refused or stalled):
        raise caught_exception


def _before_sign(request: Any, state: CallState) -> None:
    state.signed_for = str((request.context.get("signing") or {}).get("region") or "")
    if state.unsigned_body:
        _unsign(request)


def _follow_regions_only(response: Any = None, request_dict: Any = None, **kwargs: Any) -> None:
    """After a redirect that names no region, botocore asks for the bucket, is redirected again, and so on without an
    end: this stops it at the first such answer."""
    facts = response[1] if response is not None else {}
    headers = (facts.get("ResponseMetadata") or {}).get("HTTPHeaders") or {}
    if "x-amz-bucket-region" not in headers and not (facts.get("Error") or {}).get("Region"):
        ((request_dict or {}).get("context") or {}).setdefault("s3_redirect", {})["redirected"] = True


def _retry_also(most: int, response: Any = None, attempts: int = 1, **kwargs: Any) -> float | None:
    """Seconds until the next attempt, if the store was just working on another write of the key, or a proxy (of
    Cloudflare) did not reach the store. botocore retries neither."""
    if response is None or attempts >= most:
        return None
    code, status = (response[1].get("Error") or {}).get("Code"), response[0].status_code
    return _PAUSE * attempts if code in CONFLICTS or status in GATEWAYS else None


def _set_headers(headers: Any, state: CallState) -> None:
    headers.update(state.headers)
    if not state.expects:
        headers.pop("Expect", None)


def _unsign(request: Any) -> None:
    """Sign the headers, which contain the checksum of the body, but not the body: this halves the CPU time on both
    sides.

    The archive's sha256 is in the manifest, whose body is signed.
    """
    config = request.context.get("client_config")
    if config is not None:
        request.context["client_config"] = config.merge(
            _config.Config(s3={**(config.s3 or {}), "payload_signing_enabled": False})
        )
