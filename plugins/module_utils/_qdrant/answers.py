# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judging answers: which kind of error a status and body are, and what the reader should do next. Pure."""

from __future__ import annotations

import json
import re
from typing import Any

from .._base.redaction import redact
from .errors import QdrantError

_LONGEST_SAID = 1000
_NOT_QDRANT = (
    "This is not an answer of Qdrant: check url (host, port, path) and that no load balancer or proxy stands between."
)
_HINTS = (
    (
        "manage access is required",
        "Use the node's full api_key (service.api_key): a read-only key may list and download only.",
    ),
    ("access is required", "Use a key whose access covers this call: restoring needs the node's full api_key."),
    (
        "recovery from remote urls is disabled",
        "Deliver the archive as a file or by upload, or set service.enable_snapshot_url_recovery.",
    ),
    ("must be inside the snapshots directory", "Put the archive below the server's storage.snapshots_path."),
    (
        "no space left",
        "Free disk space on the node: archive, unpacked copy and write-ahead log need room at the same time.",
    ),
    ("wal buffer size exceeds", "Free disk space on the node: below about 64 MB it refuses every write."),
    ("file name too long", "Qdrant cannot snapshot a collection whose name has more than about 197 bytes."),
    ("checksum mismatch", "These are not the bytes whose checksum was noted. The node changed nothing."),
    ("dirty shard", "A recover of this collection was interrupted: recover it again whole."),
    ("sent an http request to an https server", "Write https:// in url."),
    ("plain http request was sent to https port", "Write https:// in url."),
    ("distributed mode disabled", "Only a node in cluster mode has shard keys; this one runs alone."),
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
    return QdrantError(
        attempted, on, said or f"HTTP {status} without a text", hint(kind, said), kind=kind, status=status
    )


def said_by(body: str, content_type: str) -> str | None:
    """The node's own words in an answer (maybe empty), None where this is not the way Qdrant talks.

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
    """The kind of error of an HTTP status in Qdrant's own words."""
    named = {
        401: "unauthorized",
        403: "forbidden",
        404: "not_found",
        408: "server_error",
        409: "conflict",
        429: "rate_limited",
    }
    if status in named:
        return named[status]
    if 400 <= status < 500:
        return "bad_request"
    return "server_error" if status >= 500 else "protocol"


def hint(kind: str, said: str) -> str:
    """What to do next, where the words or the kind tell."""
    low = said.lower()
    for words, text in _HINTS:
        if words in low:
            return text
    if kind == "unauthorized":
        missing = "must provide" in low
        return "The node asks for a key: give api_key." if missing else "The node does not know this api_key: check it."
    if kind == "forbidden":
        return "The key, or the node's configuration, does not allow this call."
    if kind == "not_found":
        return "Look at what the node has, and check the name."
    if kind == "rate_limited":
        return "Strict mode limits the calls a minute (read_rate_limit, write_rate_limit): try again later."
    if kind == "server_error":
        return "The node's own log says more."
    return ""


def wrong_shape(attempted: str, on: str, status: int, why: str) -> QdrantError:
    """The error for a 200 whose body is not what Qdrant gives."""
    return QdrantError(attempted, on, why, _NOT_QDRANT, kind="protocol", status=status)


def redirect_error(attempted: str, on: str, status: int, location: str) -> QdrantError:
    """The error for a redirect: never followed, because the key would travel along."""
    said = f"HTTP {status}, a redirect to {location or 'nowhere'}"
    return QdrantError(attempted, on, said, "Give the node's own address as url.", kind="protocol", status=status)


def result_of(body: str) -> Any:
    """The ``result`` of a successful answer; ValueError with a sentence where the body is no such answer."""
    try:
        answer = json.loads(body)
    except ValueError:
        raise ValueError(f"the answer is not JSON: {_opening(body)}") from None
    if not isinstance(answer, dict) or answer.get("status") != "ok" or "result" not in answer:
        raise ValueError(f"the answer is not a result: {_opening(body)}")
    return answer["result"]


def _opening(body: str) -> str:
    # Redacted before it is cut: half a secret would not be recognised.
    text = " ".join(re.sub(r"<[^>]*>", " ", redact(body)).split())
    return text[:120] or "an empty body"
