# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Classifies answers: the kind of error of a status and body, and what to do next. Pure."""

from __future__ import annotations

import json
import re
from typing import Any

from .._base.redaction import redact
from .errors import QdrantError

_LONGEST_SAID = 1000
_NOT_QDRANT = (
    "This is not an answer of Qdrant: check url (host, port, path), and use no load balancer or proxy in between."
)
_HINTS = (
    (
        "manage access is required",
        "Use the node's full api_key (service.api_key): a read-only key may only list and download.",
    ),
    ("access is required", "Use a key with access to this call: a restore needs the node's full api_key."),
    (
        "recovery from remote urls is disabled",
        "Deliver the archive as a file or by upload, or set service.enable_snapshot_url_recovery.",
    ),
    ("must be inside the snapshots directory", "Put the archive below the server's storage.snapshots_path."),
    (
        "no space left",
        "Free disk space on the node: archive, unpacked copy and write-ahead log need space at the same time.",
    ),
    ("wal buffer size exceeds", "Free disk space on the node: below about 64 MB it refuses every write."),
    ("file name too long", "Qdrant cannot snapshot a collection whose name has more than about 197 bytes."),
    ("checksum mismatch", "The bytes do not match the recorded checksum. The node changed nothing."),
    ("dirty shard", "A recover of this collection was interrupted: repeat the whole recover."),
    ("sent an http request to an https server", "Set url to an address with https://."),
    ("plain http request was sent to https port", "Set url to an address with https://."),
    ("distributed mode disabled", "Only a node in cluster mode has shard keys; this node is not in cluster mode."),
    ("running in standalone mode", "Only a node in cluster mode has this call; this node is not in cluster mode."),
    (
        "insufficient storage",
        "The node's quota of memory or disk is exceeded, and it refuses writes: free some, or raise the quota. "
        "GET /quotas shows limits and usage, PUT /quotas changes the limits.",
    ),
    (
        "is not compatible with existing collection: collection vectors",
        "The node's own settings (storage.collection.vectors: on_disk or memory) give every new collection a value "
        "that the archive lacks, and Qdrant then refuses the archive. Remove them from the node's configuration, "
        "restart the node, restore, and set them again.",
    ),
)


# What a node says if it needs another one, in many words, for each read again.
_NO_PEER = re.compile(
    r"tonic status error: code: 'the service is currently unavailable'.*?(?:https?://)?((?:\[[^\]\s]+\]|[\w.-]+):\d+)",
    re.IGNORECASE | re.DOTALL,
)


def answer_error(attempted: str, on: str, status: int, content_type: str, body: str) -> QdrantError:
    """The error for an answer that is not a success."""
    said = said_by(body, content_type)
    # What a gateway says in place of the node tells nothing of what the node did. Qdrant knows no 502 and no 504, and
    # says 503 in JSON.
    gateway = status in (502, 504) or (status == 503 and "json" not in content_type)
    if said is None or gateway:
        return QdrantError(
            attempted,
            on,
            f"HTTP {status} with {content_type or 'no content type'}: {_opening(body)}",
            _NOT_QDRANT,
            kind="protocol",
            status=status,
            answered=not gateway,
        )
    kind = kind_of(status)
    away = _NO_PEER.search(said)
    if away is not None:
        return QdrantError(
            attempted,
            on,
            f"the node cannot reach another node of its cluster, {away[1]}",
            "Start that node, or check the network between the nodes.",
            kind=kind,
            status=status,
        )
    return QdrantError(
        attempted, on, said or f"HTTP {status} without a message", hint(kind, said), kind=kind, status=status
    )


def said_by(body: str, content_type: str) -> str | None:
    """The node's error message in an answer (may be empty), None if the answer is not from Qdrant.

    Qdrant's errors are JSON ``{"status": {"error": ...}}``, ``text/plain`` (streams, uploads), or text without any
    content type (401).
    """
    form = content_type.split(";", maxsplit=1)[0].strip().lower()
    if form == "application/json":
        try:
            answer = json.loads(body)
        except ValueError:
            return None
        status = answer.get("status") if isinstance(answer, dict) else None
        if isinstance(status, dict) and "error" in status:
            return redact(str(status["error"]))[:_LONGEST_SAID]
        return status if isinstance(status, str) and status != "ok" else None
    if form in ("text/plain", "") and not re.match(r"\s*<(!doctype|html|\?xml)", body, re.IGNORECASE):
        return redact(body.strip())[:_LONGEST_SAID]
    return None


def kind_of(status: int) -> str:
    """The kind of error of an HTTP status of Qdrant."""
    named = {
        401: "unauthorized",
        403: "forbidden",
        404: "not_found",
        408: "server_error",
        409: "conflict",
        429: "rate_limited",
        507: "quota_exceeded",
    }
    if status in named:
        return named[status]
    if 400 <= status < 500:
        return "bad_request"
    return "server_error" if status >= 500 else "protocol"


def hint(kind: str, said: str) -> str:
    """What to do next, from the message or the kind."""
    low = said.lower()
    for words, text in _HINTS:
        if words in low:
            return text
    if kind == "unauthorized":
        missing = "must provide" in low
        return (
            "The node requires a key: set api_key." if missing else "The node does not accept this api_key: check it."
        )
    if kind == "forbidden":
        return "The key or the node's configuration does not allow this call."
    if kind == "not_found":
        return "Check the name, and what exists on the node."
    if kind == "rate_limited":
        return "Strict mode limits the calls per minute (read_rate_limit, write_rate_limit): try again later."
    if kind == "server_error":
        return "Check the node's log."
    return ""


def wrong_shape(attempted: str, on: str, status: int, why: str) -> QdrantError:
    """The error for a 200 whose body is not from Qdrant."""
    return QdrantError(attempted, on, why, _NOT_QDRANT, kind="protocol", status=status)


def redirect_error(attempted: str, on: str, status: int, location: str) -> QdrantError:
    """The error for a redirect: never followed, because it would receive the key."""
    said = f"HTTP {status}, a redirect to {location or 'nowhere'}"
    return QdrantError(attempted, on, said, "Set url to the node's own address.", kind="protocol", status=status)


def result_of(body: str) -> Any:
    """The ``result`` of a successful answer; ValueError with a message if the body is not such an answer."""
    try:
        answer = json.loads(body)
    except ValueError:
        raise ValueError(f"the answer is not JSON: {_opening(body)}") from None
    if not isinstance(answer, dict) or answer.get("status") != "ok" or "result" not in answer:
        raise ValueError(f"the answer is not a result: {_opening(body)}")
    return answer["result"]


def _opening(body: str) -> str:
    # Redacted before it is cut: a part of a secret would not be recognized.
    text = " ".join(re.sub(r"<[^>]*>", " ", redact(body)).split())
    return text[:120] or "an empty body"
