# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What S3 stores and botocore say, in our words: kind, sentence, and what to do next. Imports nothing of botocore."""

from __future__ import annotations

from typing import Any

from .errors import StoreError

_KEYS = "Check access_key and secret_key, or the profile or role that botocore found."
_RIGHTS = "Let these credentials do it: the documentation lists the actions of each role."
_CLOCK = "Set this host's clock (NTP): signatures are valid for 15 minutes only."
_REGION = "Set region to the region of the bucket."
_RESEND = "The network or the store damages data: check both; nothing was committed."
_LATER = "Run again later; nothing was committed."

# The store's word: (kind, next). The first column is AWS' list and what SeaweedFS, MinIO and Ceph say instead.
_CODES: dict[str, tuple[str, str]] = {
    "NoSuchBucket": ("no_bucket", "Check bucket and endpoint_url; the bucket is not made by this."),
    "InvalidBucketName": ("no_bucket", "Check bucket."),
    "NoSuchKey": ("not_found", ""),
    "NoSuchUpload": ("not_found", ""),
    "PreconditionFailed": ("exists", ""),
    "ConditionalRequestConflict": ("exists", ""),
    "AccessDenied": ("forbidden", _RIGHTS),
    "AllAccessDisabled": ("forbidden", _RIGHTS),
    "InvalidAccessKeyId": ("forbidden", "The store does not know this access key. " + _KEYS),
    "SignatureDoesNotMatch": ("forbidden", "The secret key is not the one of this access key. " + _KEYS),
    "InvalidObjectState": ("frozen", "It is in an archive storage class: thaw it first (restore-object)."),
    "ExpiredToken": ("expired", "Get new temporary credentials."),
    "ExpiredTokenException": ("expired", "Get new temporary credentials."),
    "InvalidToken": ("expired", "Get new temporary credentials, and give session_token with them."),
    "TokenRefreshRequired": ("expired", "Get new temporary credentials."),
    "RequestExpired": ("expired", _CLOCK),
    "RequestTimeTooSkewed": ("skew", _CLOCK),
    "PermanentRedirect": ("region", _REGION),
    "TemporaryRedirect": ("region", _REGION),
    "AuthorizationHeaderMalformed": ("region", _REGION),
    "IllegalLocationConstraintException": ("region", _REGION),
    "InvalidLocationConstraint": ("region", _REGION),
    "InvalidRegion": ("region", _REGION),
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
    "InvalidStorageClass": ("unsupported", "Set storage_class to one that this store knows, or leave it out."),
    "QuotaExceeded": ("full", "Make room in the store or raise its quota; nothing was committed."),
    "XMinioStorageFull": ("full", "Make room in the store; nothing was committed."),
    "InsufficientCapacity": ("full", "Make room in the store; nothing was committed."),
}
_STATUS: dict[int, tuple[str, str]] = {
    301: ("region", _REGION),
    307: ("region", _REGION),
    401: ("forbidden", _KEYS),
    403: ("forbidden", _RIGHTS),
    404: ("not_found", "Check endpoint_url: S3 says what is not there, and this did not."),
    405: ("unsupported", ""),
    409: ("exists", ""),
    412: ("exists", ""),
    413: ("unsupported", ""),
    429: ("throttled", _LATER),
    501: ("unsupported", ""),
    503: ("throttled", _LATER),
    507: ("full", "Make room in the store; nothing was committed."),
}
_TAKEN = "What is stored is never overwritten: look at what is there, or use another name or id."
_CHANGED = "Somebody else wrote it meanwhile: look at what is there, then run again."
_ENDPOINT = "Check endpoint_url and the network between this host and the store."
# What the libraries say where the first bytes of an answer are no TLS.
_PLAIN_HTTP = ("wrong version number", "wrong_version_number", "record layer failure", "http request")
# botocore's own errors, by the name of the class or of one that it derives from.
_CLASSES: dict[str, tuple[str, str]] = {
    "NoCredentialsError": ("no_credentials", "Give this host a role, or set profile, or access_key and secret_key."),
    "PartialCredentialsError": ("no_credentials", "Give access_key and secret_key both."),
    "CredentialRetrievalError": ("no_credentials", "Check the role or the program that profile names."),
    "MetadataRetrievalError": ("no_credentials", "Check the instance's role and that 169.254.169.254 can be reached."),
    "ProfileNotFound": ("no_credentials", "Check profile, and that the user who runs this has it in ~/.aws."),
    "ConfigParseError": ("no_credentials", "Mend the AWS configuration file."),
    "ConfigNotFound": ("no_credentials", "Check AWS_CONFIG_FILE."),
    "NoRegionError": ("region", _REGION),
    "SSLError": (
        "tls",
        "Set aws_ca_bundle to the authority that signed the store's certificate, and check the name in endpoint_url.",
    ),
    "ConnectTimeoutError": ("unreachable", _ENDPOINT),
    "ReadTimeoutError": (
        "stalled",
        "The store accepted the request and did not answer: check it, or raise s3_timeout.",
    ),
    "EndpointConnectionError": ("unreachable", _ENDPOINT),
    "ProxyConnectionError": ("unreachable", "Check the proxy in the environment (HTTPS_PROXY, NO_PROXY)."),
    "ConnectionClosedError": ("unreachable", _ENDPOINT),
    "ResponseStreamingError": ("unreachable", _ENDPOINT),
    "IncompleteReadError": ("unreachable", _ENDPOINT),
    "ResponseParserError": ("protocol", "Check endpoint_url: what answers there is not S3."),
    "ParamValidationError": ("other", "Check bucket and the other options of the repository."),
    "InvalidEndpointURLError": ("other", "Check endpoint_url."),
    "HTTPClientError": ("unreachable", _ENDPOINT),
    "IncompleteRead": ("unreachable", _ENDPOINT),
    "ProtocolError": ("unreachable", _ENDPOINT),
    "TimeoutError": ("stalled", "The store stopped answering: check it, or raise s3_timeout."),
    "timeout": ("stalled", "The store stopped answering: check it, or raise s3_timeout."),
}


def from_outside(error: BaseException) -> bool:
    """Whether the library or the network raised this; anything else is not about the store."""
    if isinstance(error, (ConnectionError, TimeoutError)) or _stale(error):
        return True
    return type(error).__module__.partition(".")[0] in ("botocore", "urllib3", "http", "socket", "ssl")


def _stale(error: BaseException) -> bool:
    """Whether the source of the credentials handed out old ones: botocore has no class of its own for that."""
    return isinstance(error, RuntimeError) and "refreshed credentials are still expired" in str(error)


def stopped_taking(error: BaseException | None) -> bool:
    """Whether the connection ended because the other side took no more bytes: a time-out, wrapped by the libraries."""
    for dummy in range(10):
        if error is None or type(error).__name__ == "ConnectTimeoutError":
            return False
        if isinstance(error, TimeoutError) or "timed out" in str(error):
            return True
        error = (getattr(error, "kwargs", None) or {}).get("error") or error.__cause__ or error.__context__
    return False


def store_error(error: BaseException, attempted: str, on: str, *, if_match: bool = False) -> StoreError:
    """The StoreError for what botocore raised. if_match: a refused condition means "changed", not "exists"."""
    response = getattr(error, "response", None)
    if isinstance(response, dict) and "Error" in response:
        return _answered(response, attempted, on, if_match)
    kind, next_step = _class_of(error)
    if kind == "unreachable" and stopped_taking(error):
        kind, next_step = _CLASSES["TimeoutError"]
    said = " ".join(str(error).split()) or type(error).__name__
    if kind == "tls" and any(words in said.lower() for words in _PLAIN_HTTP):
        next_step = "The store seems to speak plain HTTP: write http:// in endpoint_url."
    return StoreError(attempted, on, said, next_step, kind=kind, code=type(error).__name__)


def not_s3(attempted: str, on: str) -> StoreError:
    """For answers that have the status of success and not the content."""
    said = "the answer is not one of S3"
    return StoreError(attempted, on, said, _CLASSES["ResponseParserError"][1], kind="protocol")


def _answered(response: dict[str, Any], attempted: str, on: str, if_match: bool) -> StoreError:
    facts, meta = response.get("Error") or {}, response.get("ResponseMetadata") or {}
    code, status = str(facts.get("Code") or ""), meta.get("HTTPStatusCode")
    status = status if isinstance(status, int) else None
    kind, next_step = _CODES.get(code) or _STATUS.get(status or 0) or ("other", "Look into the store's own log.")
    message = str(facts.get("Message") or "").strip()
    if code == "AccessDenied" and "expired" in message.lower():
        kind, next_step = _CODES["ExpiredToken"]
    if code in ("InvalidArgument", "InvalidRequest") and "region" in message.lower():
        kind, next_step = "region", _REGION
    if kind == "exists":
        kind, next_step = ("changed", _CHANGED) if if_match else (kind, _TAKEN)
    if kind == "region" and facts.get("Region"):
        next_step = f"Set region to {facts['Region']}."
    words = [f"HTTP {status}" if code.isdigit() or not code else code, message]
    said = (
        ": ".join(word for word in words if word and word != code) if code.isdigit() else ": ".join(filter(None, words))
    )
    return StoreError(attempted, on, said, next_step, kind=kind, status=status, code=code)


def _class_of(error: BaseException) -> tuple[str, str]:
    if _stale(error):
        return _CODES["ExpiredToken"]
    for base in type(error).__mro__:
        if base.__name__ in _CLASSES:
            return _CLASSES[base.__name__]
    return "other", ""
