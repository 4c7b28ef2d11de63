# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The meaning of a node's error: whether the call has changed anything, and whether a retry can help. Pure.

Only this package matches the server's messages. A name, a path or a URL in a message may contain any text: patterns
match from the beginning of the message, and names are removed before.
"""

from __future__ import annotations

import re

# effect: whether the call has changed anything on the node.
NONE, UNKNOWN, DONE = "none", "unknown", "done"
# retry: which retry can help.
SAME, OTHER_WAY, NEVER = "same", "other way", "never"

_NEVER_SENT = ("unreachable", "tls")
_NOT_ALLOWED = (401, 403)  # the key, URLs switched off, a file outside the snapshots folder
_NAMED = re.compile(r"\"[^\"]*\"|`[^`]*`|\bhttps?://[^\s)\"`]+?(?=[:,.;]?(?:\s|\)|$))")
_NAME = "<name>"
# The kind of error at the beginning of the server's message.
_OPENING = re.compile(
    r"(?:(?:wrong input|bad request|service internal error|forbidden|not found|file io error|http request error): )*"
)
_SHA256 = r"\S{0,80}"
_CHECKSUM = re.compile(rf"(?:snapshot )?checksum mismatch: expected {_SHA256}, (?:got|actual) {_SHA256}$")
_MISFIT = re.compile(r"snapshot is not compatible with existing collection: collection (?:vectors|shard number)\b")
_STATUS = re.compile(rf"failed to download tar from {_NAME}:? status - (?P<status>\d{{3}})\b")
_NO_FILE = re.compile(rf"snapshot file {_NAME} does not exist$")
_LOCAL_MODE = re.compile(r"can't restore snapshot in local mode\b")
_UNPACK = re.compile(r"failed to unpack\b")
# Errors of a busy store or a lost connection to it: the next GET may succeed.
_CUT = re.compile(r"(?:error sending request|error decoding response|.*\btimed out$)")
_DIRTY = re.compile(r"(?:.*[:,] )?dirty shard - ")
_FULL_DISK = re.compile(r"(?:.*: )?no space left on device\b")
_MANAGE = re.compile(r"global manage access is required$")
_URLS_OFF = re.compile(r"snapshot recovery from remote urls is disabled\b")
_PASSING_STATUS = re.compile(r"429|5\d\d")


def effect_of(kind: str, status: int | None, answered: bool, said: str) -> str:
    """NONE: the node is certainly unchanged. UNKNOWN: unknown. Callers that saw the success report DONE.

    A recover fetches, hashes and unpacks the archive beside the collection, and compares its shape; only then shards
    change. Other errors are UNKNOWN.
    """
    if kind in _NEVER_SENT:
        return NONE
    if not answered:
        return UNKNOWN
    if status in _NOT_ALLOWED:
        return NONE
    words = _words(said)
    before = any(pattern.match(words) for pattern in (_CHECKSUM, _MISFIT, _STATUS, _NO_FILE))
    return NONE if status == 400 and before else UNKNOWN


def retry_of(kind: str, said: str) -> str:
    """SAME: the same call may succeed the next time. OTHER_WAY: only with another delivery of the archive. NEVER: the
    archive, the key or the disk is the problem."""
    if kind in ("unauthorized", "unreachable", "tls", "quota_exceeded"):
        return NEVER
    words = _words(said)
    if any(pattern.match(words) for pattern in (_CHECKSUM, _MISFIT, _LOCAL_MODE, _FULL_DISK, _MANAGE)):
        return NEVER
    if kind == "no_answer" or _UNPACK.match(words) or _CUT.match(words):
        return SAME
    status = _STATUS.match(words)
    return SAME if status and _PASSING_STATUS.fullmatch(status["status"]) else OTHER_WAY


def blames_archive(said: str) -> bool:
    """Whether the node reports that the bytes are not an archive, or do not match the checksum."""
    words = _words(said)
    return bool(_CHECKSUM.match(words) or _UNPACK.match(words))


def is_dirty(said: str) -> bool:
    """Whether the node reports a shard whose recover was interrupted inside its swap."""
    return bool(_DIRTY.match(_words(said)))


def urls_switched_off(said: str) -> bool:
    """Whether the server's configuration forbids recovery from URLs."""
    return bool(_URLS_OFF.match(_words(said)))


def _words(said: str) -> str:
    """The server's message in lower case, without the kind of error and without names."""
    text = _NAMED.sub(_NAME, " ".join(said.split()).lower())
    return text[_OPENING.match(text).end() :]  # type: ignore[union-attr]  # it matches the empty text
