# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of the repository. ``kind`` is a stable word for programs; the sentence is for people."""

from __future__ import annotations

from typing import Any

from .._base.errors import EngineError

KINDS = (
    "unreachable",  # no connection, or it broke and did not come back
    "tls",  # the certificate is not trusted, or the other side speaks no TLS
    "no_credentials",  # botocore's chain found none
    "expired",  # the session's token or the signature is too old
    "forbidden",  # 403, unknown access key, wrong secret
    "frozen",  # in a storage class that must be thawed before it can be read
    "no_bucket",
    "not_found",
    "exists",  # If-None-Match refused: the key is taken
    "changed",  # If-Match refused: somebody else wrote meanwhile
    "bad_digest",  # what arrived at the store is not what was sent, several times over
    "throttled",  # 429, 503 after all retries
    "stalled",  # the store accepts and does not answer: our own deadline
    "region",
    "skew",  # the clocks of this host and the store differ too much
    "full",  # no space left
    "unsupported",  # the store does not know what was asked
    "protocol",  # the answer makes no sense, or a document is not what format 1 says
    "other",
)


class StoreError(EngineError):
    """The repository did not do what was asked. kind: one of KINDS; status: HTTP status; code: the store's own word."""

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


class ManifestError(StoreError):
    """A manifest is not what format 1 says; ``said`` names the path of the wrong field."""

    def __init__(self, attempted: str, on: str = "", said: str = "", next: str = "") -> None:
        super().__init__(attempted, on, said, next, kind="protocol")
