# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removes secrets from every text that leaves the engine.

Two kinds are removed: registered secrets (``register_secret``), and secrets that are recognised by their form:
query strings of URLs (a presigned URL is a password), user names and passwords inside URLs, authorisation headers.
"""

from __future__ import annotations

import re
from typing import Any

HIDDEN = "***"
_URL_QUERY = re.compile(r"(?i)\b(https?://[^\s\"'<>?#]+)\?[^\s\"'<>)]*")
_URL_USER = re.compile(r"(?i)\b(https?://)[^\s/@\"']+@")
KEY_VARIABLE = "$QDRANT_API_KEY"  # stands for the key in commands, and is shown: they are copied
_HEADER = re.compile(
    r"(?i)\b(authorization|api-key|x-amz-security-token)(\"?\s*[:=]\s*\"?)"
    rf"(?!{re.escape(KEY_VARIABLE)}(?!\w))(bearer\s+)?[^\s\",;]+"
)
_SIGNED = re.compile(r"(?i)\b(X-Amz-(?:Signature|Credential|Security-Token))=[^\s&\"'<>]+")
_SHORTEST_SECRET = 4  # a shorter one would also remove ordinary words

_secrets: set[str] = set()


def register_secret(value: str | None) -> None:
    """Register a secret (API key, secret access key, token), so that ``redact`` removes it. Empty values are
    ignored."""
    if value and len(value) >= _SHORTEST_SECRET:
        _secrets.add(value)


def redact(text: str) -> str:
    """The text without secrets: registered values become ``***``, URLs lose their query strings and passwords."""
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    if ":" not in text and "=" not in text:  # most values of a report: names, digests
        return text
    text = _URL_USER.sub(r"\1", text)
    text = _URL_QUERY.sub(r"\1", text)
    text = _SIGNED.sub(r"\1=" + HIDDEN, text)
    return _HEADER.sub(r"\1\2" + HIDDEN, text)


def redact_value(value: Any) -> Any:
    """The same for a JSON-able value, through lists and dictionaries (values and keys)."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {redact_value(key): redact_value(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [redact_value(item) for item in value]
    return value
