# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""StoreErrors for errors of S3 stores and botocore: kind, message, and what to do next. Does not import botocore."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from .._base.clock import now, utc_text
from .._base.sentences import joined
from .errors import StoreError
from .s3_answers import headers_of, store_time

_KEYS = "Check access_key and secret_key, or the profile or role that botocore found."
_RIGHTS = "Allow it for these credentials: qdrant-backup policy --role writer prints the actions of each role."
_CLOCK = "Set this host's clock (NTP): signatures are valid for only 15 minutes."
_REGION = "Set region to the region of the bucket."
_RESEND = "The network or the store damages data: check both. Nothing was committed."
_STYLE = "Set addressing_style: virtual. This store does not support the bucket in the path of an address."
_UNKNOWN = "Check this code in the store's documentation, and this key in the store's log."
_SLOW = (
    "The request took longer than the 15 minutes for which its signature is valid. Use a faster connection to the "
    "store, or reduce other traffic."
)
_CLOCKS_AGREE = 300.0  # seconds: a signature is valid for 900
# The expected region in a refusal: AWS, Garage, and others that repeat the scope of the signature.
_WANTED_REGION = re.compile(
    r"\bexpect\w*:? [`'\"]?(?:[^`'\" ]*/\d{8}/|\d{8}/)?([a-z][a-z0-9-]*)(?:/s3/aws4_request)?[`'\"]?"
)
_LATER = "Run again later; nothing was committed."
ANSWERED_INSTEAD = "Check the proxy or gateway in front of the store: it may have answered instead of the store."
_GATEWAY = "Check the store, and the log of the proxy or gateway in front of it, then run again."
_SIZE = "A proxy in front of the store limits requests: allow at least 64 MiB (nginx: client_max_body_size 64m)."
_PAGE = "A proxy or firewall in front of the store answered with a web page: check its log and its rules."

# The store's code: (kind, next). The codes are those of AWS, SeaweedFS, MinIO and Ceph.
_CODES: dict[str, tuple[str, str]] = {
    "NoSuchBucket": (
        "no_bucket",
        "Check bucket and endpoint_url. If the store needs the bucket in the host name, set addressing_style: virtual.",
    ),
    "InvalidBucketName": ("no_bucket", "Check bucket."),
    "NoSuchKey": ("not_found", ""),
    "NoSuchUpload": ("not_found", ""),
    "PreconditionFailed": ("exists", ""),
    "ConditionalRequestConflict": ("throttled", _LATER),
    "OperationAborted": ("throttled", _LATER),
    "AccessDenied": ("forbidden", _RIGHTS),
    "AllAccessDisabled": ("forbidden", _RIGHTS),
    "InvalidAccessKeyId": ("forbidden", "The store does not know this access key. " + _KEYS),
    "SignatureDoesNotMatch": ("forbidden", "The secret key is not the one of this access key. " + _KEYS),
    "InvalidObjectState": ("frozen", "It is in an archive storage class: restore it first (aws s3api restore-object)."),
    "ExpiredToken": ("expired", "Get new temporary credentials."),
    "ExpiredTokenException": ("expired", "Get new temporary credentials."),
    "InvalidToken": ("expired", "Get new temporary credentials, and set session_token with them."),
    "TokenRefreshRequired": ("expired", "Get new temporary credentials."),
    "RequestExpired": ("expired", _CLOCK),
    "RequestTimeTooSkewed": ("skew", _CLOCK),
    "PermanentRedirect": ("region", _REGION),
    "TemporaryRedirect": ("region", _REGION),
    "AuthorizationHeaderMalformed": ("region", _REGION),
    "IllegalLocationConstraintException": ("region", _REGION),
    "InvalidLocationConstraint": ("region", _REGION),
    "InvalidRegion": ("region", _REGION),
    "SecondLevelDomainForbidden": ("unsupported", _STYLE),
    "PathStyleRequestNotAllowed": ("unsupported", _STYLE),
    "BadDigest": ("bad_digest", _RESEND),
    "InvalidDigest": ("bad_digest", _RESEND),
    "XAmzContentSHA256Mismatch": ("bad_digest", _RESEND),
    "XAmzContentChecksumMismatch": ("bad_digest", _RESEND),
    "ChecksumMismatch": ("bad_digest", _RESEND),
    "IncompleteBody": ("unreachable", _LATER),
    "RequestTimeout": ("stalled", _LATER),
    "SlowDown": ("throttled", _LATER),
    "SlowDownRead": ("throttled", _LATER),
    "SlowDownWrite": ("throttled", _LATER),
    "Throttling": ("throttled", _LATER),
    "ThrottlingException": ("throttled", _LATER),
    "TooManyRequests": ("throttled", _LATER),
    "RequestLimitExceeded": ("throttled", _LATER),
    "ServiceUnavailable": ("throttled", _LATER),
    "NotImplemented": ("unsupported", ""),
    "MethodNotAllowed": ("unsupported", ""),
    "KeyTooLongError": ("unsupported", "Shorten prefix or the names."),
    "EntityTooLarge": ("unsupported", ""),
    "InvalidStorageClass": ("unsupported", "Set storage_class to one that this store supports, or remove it."),
    "QuotaExceeded": ("full", "Free space in the store or raise its quota; nothing was committed."),
    "XMinioStorageFull": ("full", "Free space in the store; nothing was committed."),
    "InsufficientCapacity": ("full", "Free space in the store; nothing was committed."),
}
CONFLICTS = ("ConditionalRequestConflict", "OperationAborted")  # another write of the key was in progress
GATEWAYS = (*range(520, 528), 530)  # of Cloudflare: it did not reach the store
UNKNOWN_KEYS = ("InvalidAccessKeyId", "SignatureDoesNotMatch")  # no question of rights
# Refusals whose code is too general, by words of the message: the code that other stores have for them. The last three
# are Garage's.
_MEANT = (
    ("AccessDenied", "expired", "ExpiredToken"),
    ("AccessDenied", "invalid signature", "SignatureDoesNotMatch"),
    ("AccessDenied", "no such key:", "InvalidAccessKeyId"),
    ("InvalidRequest", "date is too old", "RequestTimeTooSkewed"),
)
_STATUS: dict[int, tuple[str, str]] = {
    301: ("region", _REGION),
    307: ("region", _REGION),
    401: ("forbidden", _KEYS),
    403: ("forbidden", _RIGHTS),
    404: ("not_found", "Check endpoint_url: this answer is not from an S3 server."),
    405: ("unsupported", ""),
    409: ("exists", ""),
    412: ("exists", ""),
    413: ("unsupported", _SIZE),
    429: ("throttled", _LATER),
    500: ("other", _GATEWAY),
    501: ("unsupported", ""),
    502: ("unreachable", _GATEWAY),
    503: ("throttled", _LATER),
    504: ("unreachable", _GATEWAY),
    507: ("full", "Free space in the store; nothing was committed."),
    **dict.fromkeys(GATEWAYS, ("unreachable", _GATEWAY)),
}
REDIRECTS = (301, 302, 303, 307, 308)
_TAKEN = "Stored objects are never overwritten: check this key, or use another name or id."
_CHANGED = "Another writer changed it: check this key, then run again."
_ENDPOINT = "Check endpoint_url and the network between this host and the store."
# Library errors if the first bytes of an answer are not TLS.
_PLAIN_HTTP = ("wrong version number", "wrong_version_number", "record layer failure", "http request")
# botocore's errors, by the name of the class or of a base class.
_CLASSES: dict[str, tuple[str, str]] = {
    "NoCredentialsError": (
        "no_credentials",
        "Assign a role to this host, or set profile, or set access_key and secret_key.",
    ),
    "PartialCredentialsError": ("no_credentials", "Set both access_key and secret_key."),
    "CredentialRetrievalError": ("no_credentials", "Check the role or the program that profile names."),
    "MetadataRetrievalError": ("no_credentials", "Check the instance's role and that 169.254.169.254 can be reached."),
    "ProfileNotFound": ("no_credentials", "Check profile, and that it is in ~/.aws of the user that runs this."),
    "ConfigParseError": ("no_credentials", "Fix the AWS configuration file."),
    "ConfigNotFound": ("no_credentials", "Check AWS_CONFIG_FILE."),
    "NoRegionError": ("region", _REGION),
    "SSLError": (
        "tls",
        "Set aws_ca_bundle to the authority that signed the store's certificate, and check the name in endpoint_url.",
    ),
    "ConnectTimeoutError": ("unreachable", _ENDPOINT),
    "ReadTimeoutError": (
        "stalled",
        "The store accepted the request but did not answer: check the store, or raise s3_timeout.",
    ),
    "EndpointConnectionError": ("unreachable", _ENDPOINT),
    "ProxyConnectionError": ("unreachable", "Check the proxy in the environment (HTTPS_PROXY, NO_PROXY)."),
    "ConnectionClosedError": ("unreachable", _ENDPOINT),
    "ResponseStreamingError": ("unreachable", _ENDPOINT),
    "IncompleteReadError": ("unreachable", _ENDPOINT),
    "ResponseParserError": ("protocol", "Check endpoint_url: the server there is not an S3 server."),
    "ParamValidationError": ("other", "Check bucket and the other options of the repository."),
    "InvalidEndpointURLError": ("other", "Check endpoint_url."),
    "HTTPClientError": ("unreachable", _ENDPOINT),
    "IncompleteRead": ("unreachable", _ENDPOINT),
    "ProtocolError": ("unreachable", _ENDPOINT),
    "TimeoutError": ("stalled", "The store stopped answering: check the store, or raise s3_timeout."),
    "timeout": ("stalled", "The store stopped answering: check the store, or raise s3_timeout."),
}


def from_outside(error: BaseException) -> bool:
    """Whether the library or the network raised this; other errors do not concern the store."""
    if isinstance(error, (ConnectionError, TimeoutError)) or _stale(error):
        return True
    return type(error).__module__.partition(".")[0] in ("botocore", "urllib3", "http", "socket", "ssl")


def _stale(error: BaseException) -> bool:
    """Whether the source of the credentials returned expired ones: botocore has no class for this."""
    return isinstance(error, RuntimeError) and "refreshed credentials are still expired" in str(error)


def stopped_taking(error: BaseException | None) -> bool:
    """Whether the connection ended because the other side accepted no more bytes: a time-out, wrapped by the
    libraries."""
    for dummy in range(10):
        # The caller was handling a StoreError: it is not a part of this one.
        if error is None or isinstance(error, StoreError) or type(error).__name__ == "ConnectTimeoutError":
            return False
        if isinstance(error, TimeoutError) or "timed out" in str(error):
            return True
        error = (getattr(error, "kwargs", None) or {}).get("error") or error.__cause__ or error.__context__
    return False


def store_error(error: BaseException, attempted: str, on: str, *, if_match: bool = False) -> StoreError:
    """The StoreError for an error of botocore. if_match: a refused condition means "changed", not "exists"."""
    response = getattr(error, "response", None)
    if isinstance(response, dict) and "Error" in response:
        return _answered(response, attempted, on, if_match)
    kind, next_step = _class_of(error)
    if kind == "unreachable" and stopped_taking(error):
        kind, next_step = _CLASSES["TimeoutError"]
    said = " ".join(str(error).split()) or type(error).__name__
    if kind == "tls" and any(words in said.lower() for words in _PLAIN_HTTP):
        next_step = "The store seems to use plain HTTP: set endpoint_url to a URL with http://."
    return StoreError(attempted, on, said, next_step, kind=kind, code=type(error).__name__)


def lacking_field(attempted: str, on: str, field: str) -> StoreError:
    """For successful answers without a field that the next request needs."""
    return StoreError(
        attempted, on, f"the store's answer lacks {field}", _CLASSES["ResponseParserError"][1], kind="protocol"
    )


def is_about_request(error: StoreError) -> bool:
    """Whether the store refused the form of the request: another form may work."""
    if error.status == 413:  # its size
        return False
    refused = error.kind == "other" and error.status is not None and 400 <= error.status < 500
    return refused or (error.kind == "unsupported" and bool(error.status))


def advise(error: StoreError, more: str) -> None:
    """Add a sentence to ``next``."""
    if more and more not in error.next:
        error.next = joined(more, error.next)
        error.args = (error.sentence(),)


def not_stored(attempted: str, on: str) -> StoreError:
    """For answers that report a write after which the key does not exist."""
    said = "the answer reports success, but nothing is stored"
    return StoreError(attempted, on, said, ANSWERED_INSTEAD, kind="protocol")


def not_s3(attempted: str, on: str) -> StoreError:
    """For answers with a successful status but other content."""
    said = "the answer is not from an S3 server"
    return StoreError(attempted, on, said, _CLASSES["ResponseParserError"][1], kind="protocol")


def _answered(response: dict[str, Any], attempted: str, on: str, if_match: bool) -> StoreError:
    facts, meta = response.get("Error") or {}, response.get("ResponseMetadata") or {}
    code, status = str(facts.get("Code") or ""), meta.get("HTTPStatusCode")
    status = status if isinstance(status, int) else None
    message = str(facts.get("Message") or "").strip()
    meant = _meant(code, message)
    kind, next_step = _CODES.get(meant) or _STATUS.get(status or 0) or ("other", _UNKNOWN)
    if status in (401, 403, 405) and headers_of(response).get("content-type", "").startswith("text/html"):
        next_step = _PAGE
    if code in ("InvalidArgument", "InvalidRequest") and "region" in message.lower():
        kind, next_step = "region", _REGION
    if kind == "exists":
        kind, next_step = ("changed", _CHANGED) if if_match else (kind, _TAKEN)
    region = _wanted_region(response, message) if kind == "region" else ""
    if region:
        next_step = f"Set region to {region}."
    target = _origin(headers_of(response).get("location", ""))
    if status in REDIRECTS and target and not region:  # a redirect of S3 names the region
        kind, next_step = "unreachable", f"If the S3 server is at {target}, set endpoint_url: {target}"
        message = f"{message} (redirects to {target})".strip()
    theirs = store_time(response) if kind == "skew" else None
    if theirs is not None:
        skew = (now() - theirs).total_seconds()
        if abs(skew) < _CLOCKS_AGREE:
            kind, next_step = "slow", _SLOW
        else:
            side = "ahead of" if skew > 0 else "behind"
            next_step = f"This host's clock is {abs(skew):.0f} s {side} the store's ({utc_text(theirs)}). {_CLOCK}"
    words = [f"HTTP {status}" if code.isdigit() or not code else code, message]
    said = (
        ": ".join(word for word in words if word and word != code) if code.isdigit() else ": ".join(filter(None, words))
    )
    more = {"region": region} if region else {}
    return StoreError(attempted, on, said, next_step, kind=kind, status=status, code=meant, **more)


def _meant(code: str, message: str) -> str:
    """The code of AWS for this refusal."""
    words = message.lower()
    return next((meant for general, told, meant in _MEANT if code == general and told in words), code)


def _origin(url: str) -> str:
    """Scheme, host and port of an address, "" if it has none. The rest may hold a secret."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.scheme and parts.netloc else ""


def _wanted_region(response: dict[str, Any], message: str) -> str:
    """The region in a refusal, "" if there is none."""
    told = (response.get("Error") or {}).get("Region") or headers_of(response).get("x-amz-bucket-region")
    found = _WANTED_REGION.search(message)
    return str(told or (found[1] if found else ""))


def _class_of(error: BaseException) -> tuple[str, str]:
    if _stale(error):
        return _CODES["ExpiredToken"]
    for base in type(error).__mro__:
        if base.__name__ in _CLASSES:
            return _CLASSES[base.__name__]
    return "other", ""
