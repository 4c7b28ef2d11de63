# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors of a Qdrant node, by kind, so that callers decide on words and not on texts."""

from __future__ import annotations

from typing import Any

from .._base.errors import EngineError

KINDS = (
    "unreachable",  # no connection: name, port, route
    "tls",  # no secure connection: certificate, wrong scheme
    "unauthorized",  # 401: no key or a wrong one
    "forbidden",  # 403: the key may not do this, or the server's configuration forbids it
    "not_found",  # 404
    "conflict",  # 409
    "bad_request",  # 400, 413, 422
    "rate_limited",  # 429: strict mode lets so many calls a minute through
    "server_error",  # 5xx, in Qdrant's own words
    "no_answer",  # the connection was lost or silent after the request was sent: what the node did is not known
    "protocol",  # an answer that Qdrant does not give
)


class QdrantError(EngineError):
    """A call to a node did not succeed.

    kind: one of ``KINDS``; status: the HTTP status, None where no answer came; answered: whether the node itself said
    what became of the call. Where ``answered`` is False a call that changes things may still be at work on the node.
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
        **details: Any,
    ) -> None:
        self.kind = kind
        self.status = status
        self.answered = (status is not None and kind != "no_answer") if answered is None else answered
        super().__init__(attempted, on, said, next, kind=kind, status=status, answered=self.answered, **details)
