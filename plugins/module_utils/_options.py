# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One table of every option: argument specs of modules, the program's command line and its configuration file are made
from it, and a gate compares the documentation with it. Values only, no behaviour."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any


@dataclasses.dataclass(frozen=True)
class Option:
    """One option. type: as in Ansible's argument specs; secret: never shown and never taken from a command line."""

    name: str
    type: str
    help: str
    default: Any = None
    choices: tuple[str, ...] = ()
    secret: bool = False
    elements: str | None = None

    def spec(self) -> dict[str, Any]:
        """The entry of an Ansible argument spec."""
        out: dict[str, Any] = {"type": self.type, "no_log": self.secret}
        if self.default is not None:
            out["default"] = self.default
        if self.choices:
            out["choices"] = list(self.choices)
        if self.elements:
            out["elements"] = self.elements
        return out


NODE = (
    Option("url", "str", "Address of the Qdrant node's REST API; never a load balancer.", "http://127.0.0.1:6333"),
    Option("api_key", "str", "API key of the node; taking snapshots and restoring need the full key.", secret=True),
    Option("ca_path", "path", "CA certificates (PEM) that the node's certificate is checked with."),
    Option("validate_certs", "bool", "Whether the node's certificate is checked.", True),
    Option("client_cert", "path", "Client certificate (PEM) shown to the node."),
    Option("client_key", "path", "Private key (PEM) of the client certificate."),
    Option("timeout", "float", "Seconds to wait for a connection, and for an ordinary answer.", 30.0),
    Option("snapshots_dir", "path", "The node's snapshots folder as this host sees it; without it, the API is used."),
    Option(
        "server_snapshots_path", "path", "The same folder as the server sees it, where the two differ (containers)."
    ),
)

STATE_DIR = Option("state_dir", "path", "Folder for locks and for the intents of restores.", "/var/lib/qdrant-backup")

HOST = (
    STATE_DIR,
    Option("spool_dir", "path", "Folder for archives on their way, where they cannot be read or placed directly."),
    Option("min_free", "str", "Bytes that must stay free on the node's disk (suffixes K, M, G).", "1G"),
)

REPOSITORY = (
    Option("bucket", "str", "S3 bucket of the repository."),
    Option("path", "path", "Folder of the repository, instead of a bucket."),
    Option("prefix", "str", "Prefix of every key in the bucket.", ""),
    Option("cluster", "str", "Name of the cluster in the repository; one node is a cluster of one.", "qdrant"),
    Option("node", "str", "Name of the node in the repository; default is this host's name."),
    Option("endpoint_url", "str", "Address of an S3-compatible store; default is AWS."),
    Option("region", "str", "Region of the bucket."),
    Option("profile", "str", "Named profile of the AWS configuration."),
    Option("access_key", "str", "Access key; default is botocore's own chain, the host's role included.", secret=True),
    Option("secret_key", "str", "Secret key that belongs to the access key.", secret=True),
    Option("session_token", "str", "Session token of temporary credentials.", secret=True),
    Option("aws_ca_bundle", "path", "CA certificates (PEM) that the store's certificate is checked with."),
    Option("s3_validate_certs", "bool", "Whether the store's certificate is checked.", True),
    Option("sse", "str", "Server-side encryption asked for.", choices=("AES256", "aws:kms")),
    Option("kms_key_id", "str", "KMS key for O(sse=aws:kms)."),
    Option("storage_class", "str", "Storage class of archives; manifests always stay in the standard class."),
    Option("s3_timeout", "float", "Seconds of silence after which a transfer counts as stalled.", 60.0),
)

COLLECTIONS = Option("collections", "list", "Collections by name or glob; default is all.", elements="str")
BACKUP_ID = Option("backup_id", "str", "A backup id, or V(latest).", "latest")
BEFORE = Option("before", "str", "The newest backup from this time or before (UTC).")

RECORD = Option("record", "bool", "Whether the proof is written to the repository.", True)

CHOICE = (COLLECTIONS, BACKUP_ID, BEFORE)

EXPECTED_NODES = Option("expected_nodes", "list", "Names of the nodes that belong to the cluster.", elements="str")

BACKUP = (
    COLLECTIONS,
    Option(
        "backup_id", "str", "The backup's id; default is now, floored to O(slot). Give all nodes of a cluster the same."
    ),
    Option("slot", "str", "Length of a slot: scheduled runs inside one slot share its backup id.", "0"),
    EXPECTED_NODES,
    Option("keep_local", "int", "Snapshots kept on the node for each collection; 0 keeps none that is committed.", 24),
    Option(
        "shrink_points", "float", "Share of points that may be gone since the last backup before it is suspect.", 0.2
    ),
    Option("shrink_bytes", "float", "Share of bytes that may be gone since the last backup before it is suspect.", 0.5),
    Option("accept_shrink", "bool", "Whether a fall in points or bytes is meant this time.", False),
    Option("probe", "str", "How much is noted to be proven later.", "sample", ("sample", "full", "none")),
    Option("probe_query_limit", "int", "Points times dimensions above which no exact queries are noted.", 50000000),
)

RESTORE = (
    *CHOICE,
    Option("name", "str", "Name to restore to; default is the collection's own."),
    Option(
        "mode",
        "str",
        "V(new) needs a free name; V(replace) overwrites an existing collection.",
        "new",
        ("new", "replace"),
    ),
    Option("alias", "str", "Alias to create for the restored collection, where it is absent or already right."),
    Option("restore_aliases", "bool", "Whether the aliases recorded in the backup are created, likewise.", False),
    Option("delivery", "str", "How the node gets the archive.", "auto", ("auto", "url", "file", "upload")),
    Option("snapshot", "str", "Restore this snapshot of the node instead of a backup."),
    Option("src", "path", "Restore this archive on the target host instead of a backup."),
    Option("snapshot_url", "str", "Restore the archive behind this URL instead of a backup.", secret=True),
    Option("checksum", "str", "SHA-256 of the archive named by O(src) or O(snapshot_url)."),
    Option("priority", "str", "Which side wins in a cluster.", "snapshot", ("snapshot", "replica", "no_sync")),
    Option(
        "accept_write_loss",
        "bool",
        "Whether O(mode=replace) may overwrite a collection that is being written to.",
        False,
    ),
    Option("allow_incomplete", "bool", "Whether a backup may be restored that lacks shards of the cluster.", False),
    Option("storage_dir", "path", "The node's storage folder as this host sees it, to see its free space."),
    Option("ready_timeout", "float", "Seconds to wait until the restored collection is ready.", 600.0),
    Option(
        "silence_timeout",
        "float",
        "Seconds of silence, beyond the transfer itself, after which a recover is given up.",
        120.0,
    ),
    RECORD,
)

INFO = (
    COLLECTIONS,
    Option("backup_id", "str", "Show this backup alone; an id, or V(latest)."),
    Option("before", "str", "Show the newest backup from this time or before (UTC)."),
    Option("limit", "int", "How many of the newest backups to show; 0 shows all.", 0),
    Option("completeness", "bool", "Whether the store is asked for every archive that the backups name.", False),
)

VERIFY = (
    *CHOICE,
    Option("all_backups", "bool", "Whether every backup is verified instead of one.", False),
    RECORD,
)

SYNC = (
    Option(
        "direction",
        "str",
        "V(push) commits local snapshots as a backup, V(pull) fetches a backup's archives.",
        "push",
        ("push", "pull"),
    ),
    *CHOICE,
    Option("folder", "path", "Folder with snapshots (V(push)), or to fetch archives to (V(pull))."),
)

SNAPSHOT = (
    Option("kind", "str", "What the snapshot holds.", "collection", ("collection", "shard", "full")),
    Option("collection", "str", "The collection, for O(kind=collection) and O(kind=shard)."),
    Option("shard_id", "int", "The shard, for O(kind=shard)."),
)

SNAPSHOT_STATE = (
    *SNAPSHOT,
    Option("state", "str", "Whether a snapshot is to be there.", "present", ("present", "absent")),
    Option("snapshot", "str", "Name of a snapshot, for O(state=absent)."),
    Option("keep", "int", "How many snapshots of this kind to keep; older ones are deleted."),
    Option("max_age", "str", "A snapshot younger than this is good enough: none is created (for example 1h)."),
    STATE_DIR,
)

STATUS = (
    Option(
        "max_age", "str", "The last good backup must not be older than this (for example 26h); default is no limit."
    ),
    EXPECTED_NODES,
)

METRICS = (
    EXPECTED_NODES,
    Option("output", "path", "File for Prometheus' textfile collector; default is standard output."),
)

DOCTOR = (
    Option(
        "forbidden", "bool", "Whether what a writer must not be able to do is tried as well, on unused keys.", False
    ),
)

SETTLE = (
    Option(
        "collections", "list", "Collections whose contents are known to be right, each by its name.", elements="str"
    ),
)

POLICY = (
    Option(
        "role",
        "str",
        "Whom the policy is for: V(writer) backs up, V(pruner) deletes, V(restorer) and V(drill) bring back.",
        choices=("writer", "pruner", "restorer", "drill"),
    ),
    Option("bucket_policy", "bool", "Whether the policy of the bucket itself is made, instead of a role's.", False),
    Option("partition", "str", "The partition of AWS.", "aws", ("aws", "aws-cn", "aws-us-gov")),
)

PROGRAM = (
    Option("path", "path", "Where the program is put.", "/usr/local/bin/qdrant-backup"),
    Option("interpreter", "path", "Python that runs the program, with its libraries.", "/usr/bin/python3"),
    Option("state", "str", "Whether the program is to be there.", "present", ("present", "absent")),
)


def argument_spec(*groups: Iterable[Option]) -> dict[str, Any]:
    """The argument spec of a module that takes these groups; a later group wins over an earlier one of that name."""
    return {option.name: option.spec() for group in groups for option in group}


def defaults(*groups: Iterable[Option]) -> dict[str, Any]:
    """Name to default of every option in these groups."""
    return {option.name: option.default for group in groups for option in group}


def secrets(*groups: Iterable[Option]) -> list[str]:
    """Names of the options whose values must never be shown."""
    return [option.name for group in groups for option in group if option.secret]


_SIZES = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def bytes_of(text: str | int) -> int:
    """``1G``, ``512M``, ``1048576`` in bytes; ValueError with a sentence when it is no size."""
    word = str(text).strip().upper().rstrip("B").rstrip("I")
    number, unit = (word[:-1], word[-1]) if word and word[-1] in "KMGT" else (word, "")
    try:
        return int(float(number) * _SIZES[unit])
    except ValueError:
        raise ValueError(
            f"{text!r} is not a size: write bytes, or a number with K, M, G or T, for example 1G"
        ) from None
