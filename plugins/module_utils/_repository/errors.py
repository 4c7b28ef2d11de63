# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of the repository. ``kind`` is a stable word for programs, the sentence is for operators."""

from __future__ import annotations

from typing import Any

from .._base.errors import EXIT_REFUSED, EngineError

KINDS = (
    "unreachable",  # no connection, or a lost one that could not be restored
    "tls",  # the certificate is not trusted, or the store does not speak TLS
    "no_credentials",  # botocore found none
    "expired",  # the session's token or the signature is too old
    "forbidden",  # 403, unknown access key, wrong secret
    "frozen",  # in an archive storage class: restore the object before it can be read
    "no_bucket",
    "not_found",
    "exists",  # If-None-Match refused: the key exists
    "changed",  # If-Match refused: another client wrote the object
    "bad_digest",  # the store received other bytes than were sent, several times
    "throttled",  # 429, 503 after all retries
    "stalled",  # the store accepts requests but does not answer before the deadline
    "region",
    "skew",  # the clocks of this host and the store differ too much
    "slow",  # the clocks agree, but the request took longer than its signature is valid
    "full",  # no space left
    "unsupported",  # the store does not support the request
    "protocol",  # an invalid answer, or a document that does not match format 1
    "other",
)

# Kinds that concern one document, and reports go on without it: it is damaged or of a later format, deleted since the
# listing, or in an archive class. All others concern the store.
OF_ONE_DOCUMENT = ("protocol", "not_found", "frozen")


class StoreError(EngineError):
    """An operation of the repository failed. kind: one of KINDS; status: HTTP status; code: the store's error code."""

    def __init__(
        self,
        attempted: str,
        on: str = "",
        said: str = "",
        next: str = "",
        *,
        kind: str = "other",
        status: int | None = None,
        code: str = "",
        **details: Any,
    ) -> None:
        if kind not in KINDS:
            raise ValueError(f"unknown kind of StoreError: {kind}")
        super().__init__(attempted, on, said, next, kind=kind, **details)
        self.kind = kind
        self.status = status
        self.code = code


class ConditionsMissingError(StoreError):
    """The options require conditional writes, but the store does not support them."""

    exit_code = EXIT_REFUSED

    def __init__(self, on: str, said: str) -> None:
        super().__init__(
            "write with conditions to",
            on,
            said,
            "conditional_writes is require: use a store that supports If-None-Match and If-Match, or set "
            "conditional_writes: auto to accept a lock that is only read back.",
            kind="unsupported",
        )


class ManifestError(StoreError):
    """A manifest does not match format 1; ``said`` names the path of the wrong field."""

    def __init__(self, attempted: str, on: str = "", said: str = "", next: str = "") -> None:
        super().__init__(attempted, on, said, next, kind="protocol")


class NewerFormatError(ManifestError):
    """A newer version of this collection wrote the manifest, in a format that this version does not know."""
