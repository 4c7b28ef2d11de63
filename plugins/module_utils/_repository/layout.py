# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of format 1: which key holds what. Pure; no I/O.

::

    <cluster>/archives/<node>/<backup id>/<collection>/<snapshot file>
    <cluster>/manifests/<node>/<backup id>.json
    <cluster>/proofs/<node>/<backup id>/<utc>-grade<N>.json
    <cluster>/locks/<node>.json      <cluster>/pins/<backup id>.json      <cluster>/drills/<utc>-<name>.json
    <cluster>/doctor/<node>/...      scratch objects of ``doctor``, which nothing else reads

Kind and node come before the id because lifecycle rules and access policies work by prefix, and because a catalogue is
then one listing of ``manifests/``.
"""

from __future__ import annotations

import hashlib
from urllib.parse import quote, unquote

from .._base.clock import is_backup_id
from .._base.errors import UsageError

LONGEST_SEGMENT = 200  # bytes; stores that keep keys as file names stop at 255
_HASH_DIGITS = 16


def segment(name: str) -> str:
    """One segment of a key: unsafe characters percent-encoded; over 200 bytes cut, ending in 16 hex digits."""
    if not name:
        raise UsageError("an empty name cannot be stored", "Give the cluster, the node and every collection a name.")
    encoded = quote(name, safe="", errors="surrogatepass").replace("~", "%7E")
    if not encoded.strip("."):
        encoded = encoded.replace(".", "%2E")  # "." and ".." mean something else to folders and URLs
    if len(encoded) <= LONGEST_SEGMENT:
        return encoded
    kept = encoded[: LONGEST_SEGMENT - _HASH_DIGITS - 1]
    if "%" in kept[-2:]:
        kept = kept[: kept.rindex("%")]  # never half an escape
    return kept + "-" + hashlib.sha256(encoded.encode("ascii")).hexdigest()[:_HASH_DIGITS]


def name_of(encoded: str) -> str:
    """The name behind a segment, where it was not cut (the true name is in the manifest)."""
    return unquote(encoded, errors="replace")


def archives_prefix(cluster: str, node: str | None = None, backup_id: str | None = None) -> str:
    """Where archives lie: of a cluster, one of its nodes, one backup of it."""
    return _prefix(cluster, "archives", node, backup_id)


def archive_key(cluster: str, node: str, backup_id: str, collection: str, file: str) -> str:
    """The key of one archive."""
    return archives_prefix(cluster, node, backup_id) + segment(collection) + "/" + segment(file)


def manifests_prefix(cluster: str, node: str | None = None) -> str:
    """Where manifests lie: of a cluster or of one of its nodes."""
    return _prefix(cluster, "manifests", node)


def manifest_key(cluster: str, node: str, backup_id: str) -> str:
    """The key whose existence commits a backup."""
    return manifests_prefix(cluster, node) + segment(backup_id) + ".json"


def parse_manifest_key(key: str) -> tuple[str, str] | None:
    """(node's segment, backup id) of a manifest's key; None for any other key."""
    parts = key.split("/")
    if len(parts) != 4 or parts[1] != "manifests" or not parts[2] or not parts[3].endswith(".json"):
        return None
    backup_id = parts[3][: -len(".json")]
    return (parts[2], backup_id) if is_backup_id(backup_id) else None


def proofs_prefix(cluster: str, node: str | None = None, backup_id: str | None = None) -> str:
    """Where proofs lie: of a cluster, one of its nodes, one backup of it."""
    return _prefix(cluster, "proofs", node, backup_id)


def proof_key(cluster: str, node: str, backup_id: str, utc: str, grade: int) -> str:
    """The key of one proof; ``utc`` in the form of a backup id."""
    return proofs_prefix(cluster, node, backup_id) + f"{segment(utc)}-grade{int(grade)}.json"


def parse_proof_key(key: str) -> tuple[str, str, str, int] | None:
    """(node's segment, backup id, utc, grade) of a proof's key; None for any other key."""
    parts = key.split("/")
    if len(parts) != 5 or parts[1] != "proofs" or not parts[4].endswith(".json"):
        return None
    utc, mark, grade = parts[4][: -len(".json")].partition("-grade")
    if not mark or not grade.isdigit() or not is_backup_id(utc) or not is_backup_id(parts[3]):
        return None
    return parts[2], parts[3], utc, int(grade)


def lock_key(cluster: str, node: str) -> str:
    """Who works on this node until when."""
    return segment(cluster) + "/locks/" + segment(node) + ".json"


def pins_prefix(cluster: str) -> str:
    """Where pins lie."""
    return _prefix(cluster, "pins")


def pin_key(cluster: str, backup_id: str) -> str:
    """A backup that retention must leave alone."""
    return pins_prefix(cluster) + segment(backup_id) + ".json"


def drills_prefix(cluster: str) -> str:
    """Where drill reports lie."""
    return _prefix(cluster, "drills")


def drill_key(cluster: str, utc: str, name: str) -> str:
    """The report of one drill; ``utc`` in the form of a backup id."""
    return drills_prefix(cluster) + segment(utc) + "-" + segment(name) + ".json"


def doctor_prefix(cluster: str, node: str) -> str:
    """Where doctor tries the store out."""
    return _prefix(cluster, "doctor", node)


def _prefix(cluster: str, kind: str, *more: str | None) -> str:
    parts = [segment(cluster), kind]
    for part in more:
        if part is None:
            break
        parts.append(segment(part))
    return "/".join(parts) + "/"
