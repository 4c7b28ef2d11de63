# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors of a Qdrant node, by kind, so that callers need not match messages."""

from __future__ import annotations

from typing import Any

from .._base.errors import EngineError
from . import effects

KINDS = (
    "unreachable",  # no connection: name, port, route
    "tls",  # no secure connection: certificate, wrong scheme
    "unauthorized",  # 401: no key or a wrong one
    "forbidden",  # 403: the key or the server's configuration does not allow it
    "not_found",  # 404
    "conflict",  # 409
    "bad_request",  # 400, 405, 413, 422
    "rate_limited",  # 429: strict mode limits the calls per minute
    "quota_exceeded",  # 507: the node's quota of memory or disk (Qdrant 1.19)
    "server_error",  # other 5xx, with a message of Qdrant
    "no_answer",  # the connection was lost or timed out after the request was sent: the result is unknown
    "protocol",  # an answer that is not from Qdrant
)


class QdrantError(EngineError):
    """A call to a node failed.

    kind: one of ``KINDS``; status: the HTTP status, None without an answer; answered: whether the node itself
    answered. If ``answered`` is False, a call that changes things may still run on the node. effect: what a recover
    with this error has changed (none, unknown, done); retry: which retry can help (same, other way, never);
    blames_archive: the node could not read the bytes as an archive; dirty: a shard's recover was interrupted, and only
    another recover heals it; abandoned: the caller gave the call up, and the node may still work on it.
    """

    def __init__(
        self,
        attempted: str,
        on: str = "",
        said: str = "",
        next: str = "",
        *,
        kind: str,
        status: int | None = None,
        answered: bool | None = None,
        effect: str | None = None,
        abandoned: bool = False,
        **details: Any,
    ) -> None:
        self.kind = kind
        self.status = status
        self.answered = (status is not None and kind != "no_answer") if answered is None else answered
        super().__init__(attempted, on, said, next, kind=kind, status=status, answered=self.answered, **details)
        self.effect = effect or effects.effect_of(kind, status, self.answered, self.said)
        self.retry = effects.retry_of(kind, self.said)
        self.blames_archive = effects.blames_archive(self.said)
        self.dirty = effects.is_dirty(self.said)
        self.abandoned = abandoned
