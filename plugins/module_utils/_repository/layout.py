# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The keys of format 1. Pure; no I/O.

::

    <cluster>/archives/<node>/<backup id>/<collection>/<snapshot file>
    <cluster>/manifests/<node>/<backup id>.json
    <cluster>/manifests/<node>/<backup id>.part<N>.json    shards that were stored under the id later
    <cluster>/proofs/<node>/<backup id>/<utc>-grade<N>.json
    <cluster>/drills/<node>/<utc>-<verdict>.json
    <cluster>/locks/<node>.json      <cluster>/pins/<backup id>.json
    <cluster>/doctor/<node>/...      scratch objects of ``doctor``

Kind and node come before the id because lifecycle rules and access policies work by prefix, and because a catalogue is
then one listing of ``manifests/``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from typing import NamedTuple
from urllib.parse import quote, unquote

from .._base.clock import is_backup_id
from .._base.errors import UsageError

LONGEST_SEGMENT = 200  # bytes; stores that keep keys as file names stop at 255
_HASH_DIGITS = 16
_PASSED, _FAILED = "passed", "failed"
_PART = ".part"


class ManifestKey(NamedTuple):
    """The parts of a manifest's key. node: its segment, which may be cut (the full name is in the manifest)."""

    node: str
    backup_id: str


class ArchiveKey(NamedTuple):
    """The parts of an archive's key. node, collection: segments."""

    node: str
    backup_id: str
    collection: str


class DrillKey(NamedTuple):
    """The parts of a drill's key. node: its segment; utc: in the form of a backup id."""

    node: str
    utc: str
    passed: bool


class ProofKey(NamedTuple):
    """The parts of a proof's key. node: its segment; utc: in the form of a backup id."""

    node: str
    backup_id: str
    utc: str
    grade: int


def segment(name: str) -> str:
    """One segment of a key: unsafe characters are percent-encoded; over 200 bytes, it is cut and ends in 16 hex
    digits."""
    if not name:
        raise UsageError("a name is empty", "Set the names of the cluster, the node and every collection.")
    encoded = quote(name, safe="", errors="surrogatepass").replace("~", "%7E")
    if not encoded.strip("."):
        encoded = encoded.replace(".", "%2E")  # "." and ".." have another meaning in folders and URLs
    if len(encoded) <= LONGEST_SEGMENT:
        return encoded
    kept = encoded[: LONGEST_SEGMENT - _HASH_DIGITS - 1]
    if "%" in kept[-2:]:
        kept = kept[: kept.rindex("%")]  # never cut an escape
    return kept + "-" + hashlib.sha256(encoded.encode("ascii")).hexdigest()[:_HASH_DIGITS]


def name_of(encoded: str) -> str:
    """The name of a segment, if it was not cut (the full name is in the manifest)."""
    return unquote(encoded, errors="replace")


def archives_prefix(cluster: str, node: str | None = None, backup_id: str | None = None) -> str:
    """Prefix of archives: of a cluster, one of its nodes, one backup of it."""
    return _prefix(cluster, "archives", node, backup_id)


def archive_key(cluster: str, node: str, backup_id: str, collection: str, file: str) -> str:
    """The key of one archive."""
    return archives_prefix(cluster, node, backup_id) + segment(collection) + "/" + segment(file)


def parse_archive_key(key: str) -> ArchiveKey | None:
    """The parts of an archive's key; None for any other key."""
    parts = key.split("/")
    if len(parts) < 6 or parts[1] != "archives" or not parts[2] or not is_backup_id(parts[3]):
        return None
    return ArchiveKey(parts[2], parts[3], parts[4])


def manifests_prefix(cluster: str, node: str | None = None) -> str:
    """Prefix of manifests: of a cluster or of one of its nodes."""
    return _prefix(cluster, "manifests", node)


def manifest_key(cluster: str, node: str, backup_id: str) -> str:
    """The key whose existence commits a backup."""
    return manifests_prefix(cluster, node) + segment(backup_id) + ".json"


def parse_manifest_key(key: str) -> ManifestKey | None:
    """The parts of a manifest's key; None for any other key."""
    parts = key.split("/")
    if len(parts) != 4 or parts[1] != "manifests" or not parts[2] or not parts[3].endswith(".json"):
        return None
    backup_id = parts[3][: -len(".json")]
    return ManifestKey(parts[2], backup_id) if is_backup_id(backup_id) else None


def part_key(cluster: str, node: str, backup_id: str, number: int) -> str:
    """The key of a later part of a manifest; the first one has number 2. A reader that does not know parts ignores
    it."""
    return manifests_prefix(cluster, node) + f"{segment(backup_id)}{_PART}{int(number)}.json"


def parse_part_key(key: str) -> ManifestKey | None:
    """The manifest that a key is a later part of; None for any other key."""
    stem, mark, number = key[: -len(".json")].rpartition(_PART)
    return parse_manifest_key(f"{stem}.json") if mark and key.endswith(".json") and number.isdigit() else None


def proofs_prefix(cluster: str, node: str | None = None, backup_id: str | None = None) -> str:
    """Prefix of proofs: of a cluster, one of its nodes, one backup of it."""
    return _prefix(cluster, "proofs", node, backup_id)


def proof_key(cluster: str, node: str, backup_id: str, utc: str, grade: int) -> str:
    """The key of one proof; ``utc`` in the form of a backup id."""
    return proofs_prefix(cluster, node, backup_id) + f"{segment(utc)}-grade{int(grade)}.json"


def parse_proof_key(key: str) -> ProofKey | None:
    """The parts of a proof's key; None for any other key."""
    parts = key.split("/")
    if len(parts) != 5 or parts[1] != "proofs" or not parts[4].endswith(".json"):
        return None
    utc, mark, grade = parts[4][: -len(".json")].partition("-grade")
    if not mark or not grade.isdigit() or not is_backup_id(utc) or not is_backup_id(parts[3]):
        return None
    return ProofKey(parts[2], parts[3], utc, int(grade))


def lock_key(cluster: str, node: str) -> str:
    """The key of a node's lock."""
    return segment(cluster) + "/locks/" + segment(node) + ".json"


def pins_prefix(cluster: str) -> str:
    """Prefix of pins."""
    return _prefix(cluster, "pins")


def pin_key(cluster: str, backup_id: str) -> str:
    """The key of a pin: a backup that retention must keep."""
    return pins_prefix(cluster) + segment(backup_id) + ".json"


def drills_prefix(cluster: str, node: str | None = None) -> str:
    """Prefix of records of drills: of a cluster or of one of its nodes."""
    return _prefix(cluster, "drills", node)


def drill_key(cluster: str, node: str, utc: str, passed: bool) -> str:
    """The key of the record of one drill; ``utc`` in the form of a backup id. The verdict is in the key, so that a
    listing is enough to judge drills."""
    return drills_prefix(cluster, node) + f"{segment(utc)}-{_PASSED if passed else _FAILED}.json"


def parse_drill_key(key: str) -> DrillKey | None:
    """The parts of a drill's key; None for any other key."""
    parts = key.split("/")
    if len(parts) != 4 or parts[1] != "drills" or not parts[2] or not parts[3].endswith(".json"):
        return None
    utc, dummy, verdict = parts[3][: -len(".json")].partition("-")
    return DrillKey(parts[2], utc, verdict == _PASSED) if is_backup_id(utc) and verdict in (_PASSED, _FAILED) else None


def doctor_prefix(cluster: str, node: str) -> str:
    """Where doctor tries the store out."""
    return _prefix(cluster, "doctor", node)


def prefixes_of(cluster: str, kind: str, node_segment: str, wanted: Collection[str], known: Iterable[str]) -> list[str]:
    """Prefixes below which ``archives`` or ``proofs`` of the wanted backup ids of a node are listed.

    known: every backup id of that node. As few prefixes as possible, none of which holds more unwanted than wanted
    ids: one request lists a thousand keys, so one long listing is cheaper than many short ones, but not if most of it
    is of no use.
    """
    base = "/".join((segment(cluster), kind, node_segment)) + "/"
    kept = set(wanted)
    return [base + part for part in _covering(sorted(kept), sorted(kept | set(known)), 0)]


def _covering(wanted: list[str], known: list[str], depth: int) -> list[str]:
    """Beginnings of ids: both lists share their first ``depth`` characters and are sorted."""
    if not wanted:
        return []
    if len(known) <= 2 * len(wanted) or depth >= len(wanted[0]):
        return [wanted[0][:depth]]
    out: list[str] = []
    for character in sorted({backup_id[depth] for backup_id in wanted}):
        some = [backup_id for backup_id in wanted if backup_id[depth] == character]
        out += _covering(some, [backup_id for backup_id in known if backup_id[depth] == character], depth + 1)
    return out


def _prefix(cluster: str, kind: str, *more: str | None) -> str:
    parts = [segment(cluster), kind]
    for part in more:
        if part is None:
            break
        parts.append(segment(part))
    return "/".join(parts) + "/"
