# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One table of every option. Argument specs of modules, the program's command line, its configuration file and the
engine's own options (``field``, ``build``) are made from it, and a gate compares the documentation with it."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypeVar

from ._base.clock import seconds_of
from ._base.command import option as words_of_one
from ._base.errors import UsageError

BYTES, SECONDS = "bytes", "seconds"


@dataclasses.dataclass(frozen=True)
class Option:
    """One option.

    type: as in Ansible's argument specs; secret: never shown and never taken from a command line; unit: how the engine
    reads a text, BYTES (``1G``) or SECONDS (``15m``); aliases: other names of it.
    """

    name: str
    type: str
    help: str
    default: Any = None
    choices: tuple[str, ...] = ()
    secret: bool = False
    elements: str | None = None
    unit: str = ""
    aliases: tuple[str, ...] = ()

    def spec(self) -> dict[str, Any]:
        """The entry of an Ansible argument spec."""
        out: dict[str, Any] = {"type": self.type, "no_log": self.secret}
        if self.default is not None:
            out["default"] = self.default
        if self.choices:
            out["choices"] = list(self.choices)
        if self.elements:
            out["elements"] = self.elements
        if self.aliases:
            out["aliases"] = list(self.aliases)
        return out


NODE = (
    Option("url", "str", "Address of the Qdrant node's REST API; never a load balancer.", "http://127.0.0.1:6333"),
    Option("api_key", "str", "API key of the node; taking snapshots and restoring need the full key.", secret=True),
    Option("ca_path", "path", "CA certificates (PEM) to check the node's certificate."),
    Option("validate_certs", "bool", "Whether the node's certificate is checked.", True),
    Option("client_cert", "path", "Client certificate (PEM) shown to the node."),
    Option("client_key", "path", "Private key (PEM) of the client certificate, not encrypted."),
    Option("timeout", "float", "Seconds to wait for a connection, and for an ordinary answer.", 30.0),
    Option("snapshots_dir", "path", "The node's snapshots folder as this host sees it; without it, the API is used."),
    Option(
        "server_snapshots_path", "path", "The same folder as the server sees it, if the two paths differ (containers)."
    ),
)

STATE_DIR = Option(
    "state_dir",
    "path",
    "Folder for locks, for the intents of restores, and for the cache of manifests.",
    "/var/lib/qdrant-backup",
)

MIN_FREE = Option(
    "min_free", "str", "Bytes that must stay free on the node's disk (suffixes K, M, G).", "1G", unit=BYTES
)

HOST = (
    STATE_DIR,
    Option("spool_dir", "path", "Folder for temporary copies of archives, if they cannot be read or written in place."),
    MIN_FREE,
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
    Option(
        "access_key", "str", "Access key; default is boto3's credential search, including the host's role.", secret=True
    ),
    Option("secret_key", "str", "Secret key that belongs to the access key.", secret=True),
    Option("session_token", "str", "Session token of temporary credentials.", secret=True),
    Option("aws_ca_bundle", "path", "CA certificates (PEM) to check the store's certificate."),
    Option("s3_validate_certs", "bool", "Whether the store's certificate is checked.", True),
    Option("sse", "str", "Server-side encryption to request.", choices=("AES256", "aws:kms")),
    Option("kms_key_id", "str", "KMS key for O(sse=aws:kms)."),
    Option("storage_class", "str", "Storage class of archives; manifests always stay in the standard class."),
    Option(
        "conditional_writes",
        "str",
        "Whether writes carry If-None-Match and If-Match: V(auto) if the store supports them, V(require) refuses a"
        " store that does not, V(off) never sends them.",
        "auto",
        ("auto", "require", "off"),
    ),
    Option(
        "addressing_style",
        "str",
        "Where the bucket is in an address: in the V(path), or in the host name (V(virtual)).",
        "auto",
        ("auto", "path", "virtual"),
    ),
    Option(
        "checksums",
        "str",
        "Checksum to send with uploads; with V(none), archives are read back.",
        "auto",
        ("auto", "crc32", "md5", "none"),
    ),
    Option("s3_timeout", "float", "Seconds of silence after which a transfer counts as stalled.", 60.0),
)

COLLECTIONS = Option("collections", "list", "Collections by name or glob; default is all.", elements="str")
BACKUP_ID = Option("backup_id", "str", "A backup id, or V(latest).", "latest")
BEFORE = Option("before", "str", "The newest backup from this time or before (UTC).")

RECORD = Option("record", "bool", "Whether the proof is written to the repository.", True)

PARALLEL = Option(
    "parallel", "int", "How many small collections to process at once; large ones are processed one after another.", 4
)

CHOICE = (COLLECTIONS, BACKUP_ID, BEFORE)

EXPECTED_NODES = Option("expected_nodes", "list", "Names of the nodes that belong to the cluster.", elements="str")

BACKUP = (
    COLLECTIONS,
    Option(
        "backup_id", "str", "The backup's id; default is now, floored to O(slot). Give all nodes of a cluster the same."
    ),
    Option("slot", "str", "Length of a slot: scheduled runs inside one slot share its backup id.", "0", unit=SECONDS),
    EXPECTED_NODES,
    Option(
        "cluster_capture",
        "str",
        "V(shard) stores each shard of a cluster once, V(collection) the part of each node; V(auto) is V(shard) if"
        " O(expected_nodes) names all nodes and they share the id.",
        "auto",
        ("auto", "shard", "collection"),
    ),
    Option(
        "keep_local", "int", "Snapshots to keep on the node for each collection; 0 deletes all that are committed.", 24
    ),
    Option(
        "shrink_points",
        "float",
        "Share of points that may disappear between two backups; above it, the backup is suspect.",
        0.2,
    ),
    Option(
        "shrink_bytes",
        "float",
        "Share of bytes that may disappear between two backups; above it, the backup is suspect.",
        0.5,
    ),
    Option("accept_shrink", "bool", "Whether to accept a fall in points or bytes this time.", False),
    Option(
        "accept_new_server",
        "bool",
        "Whether this server takes over O(node) from now on, although another server backed up under this name.",
        False,
    ),
    Option("probe", "str", "How much to record for the proof of a restore.", "sample", ("sample", "full", "none")),
    Option("probe_query_limit", "int", "Points times dimensions above which no exact queries are recorded.", 50000000),
    Option(
        "reuse_days",
        "int",
        "For how many days the archive of an unchanged collection is used again, without a new snapshot; 0 always takes"
        " a snapshot.",
        0,
    ),
    PARALLEL,
)

SWITCH = (
    Option(
        "keep_old",
        "bool",
        "Whether O(mode=switch) keeps the collection that clients used before; otherwise it is deleted at the end,"
        " after a safety snapshot.",
        True,
    ),
    Option(
        "accept_gap",
        "bool",
        "Whether O(mode=switch) may delete a collection that clients use by its own name, and create an alias with that"
        " name: for some 60 ms they get 404.",
        False,
    ),
    Option("roll_back", "str", "Alias that the last O(mode=switch) on this host moved: move it back, restore nothing."),
)

STORAGE_DIR = Option("storage_dir", "path", "The node's storage folder as this host sees it, to check its free space.")

FILTER = Option("filter", "json", "Only points that match this filter (Qdrant's JSON) in the backup.")
SELECTION = (
    FILTER,
    Option("ids", "list", "Only points with these ids.", elements="str"),
    Option("ids_file", "path", "Only points whose ids are in this file, one a line."),
    Option(
        "live_snapshot",
        "bool",
        "Whether the live side is read from a fresh snapshot of the node instead of its API: faster for large"
        " collections, needs all shards on this node.",
        False,
    ),
    Option(
        "open_with",
        "str",
        "What opens the backup: V(engine), Qdrant's embedded engine; V(node), a throw-away collection on the node,"
        " which is deleted afterwards; V(auto), the engine where it is installed, else the node.",
        "auto",
        ("auto", "engine", "node"),
    ),
)

POINTS = (
    Option(
        "points",
        "str",
        "Put points of the backup back into the live collection, and nothing else: V(missing) adds those that it lacks,"
        " V(changed) overwrites those that differ.",
        choices=("missing", "changed"),
    ),
    *SELECTION,
    Option("points_rate", "int", "The most points that are put back in a second; V(0) for any number.", 0),
)

DIFF = (
    *CHOICE,
    Option("name", "str", "The live collection; default is the name in the backup."),
    *SELECTION,
    STORAGE_DIR,
)

QUERY = (
    *CHOICE,
    Option("query", "json", "The body of Qdrant's query request (JSON)."),
)

EXCLUDE = Option(
    "exclude", "list", "Collections, by name or glob, that are not restored, for example damaged ones.", elements="str"
)

RESTORE = (
    *CHOICE,
    EXCLUDE,
    Option("name", "str", "Name to restore to; default is the collection's own.", aliases=("restore_as",)),
    Option(
        "mode",
        "str",
        "V(new) needs a free name; V(missing) restores the collections that do not exist and leaves the others alone;"
        " V(replace) overwrites an existing collection; V(switch) restores beside it, proves, and moves its aliases;"
        " V(repair) restores only the shards of a cluster that no healthy replica holds.",
        "new",
        ("new", "missing", "replace", "switch", "repair"),
    ),
    Option(
        "nodes",
        "dict",
        "Restore a whole cluster at once: the address of the REST API of every node, by name.",
    ),
    *SWITCH,
    Option("alias", "str", "Alias to create for the restored collection; an existing alias is not repointed."),
    Option(
        "restore_aliases",
        "bool",
        "Whether to create the aliases recorded in the backup; existing ones are not repointed.",
        False,
    ),
    Option(
        "restore_quotas",
        "bool",
        "Whether to set the quotas recorded in the backup: limits of memory and disk of the whole cluster.",
        False,
    ),
    Option("delivery", "str", "How the node gets the archive.", "auto", ("auto", "url", "file", "upload")),
    Option("snapshot", "str", "Restore this snapshot of the node instead of a backup."),
    Option("src", "path", "Restore this archive on the target host instead of a backup."),
    Option("snapshot_url", "str", "Restore the archive behind this URL instead of a backup.", secret=True),
    Option("checksum", "str", "SHA-256 of the archive named by O(snapshot), O(src) or O(snapshot_url)."),
    Option(
        "priority",
        "str",
        "Whether the snapshot's or the replicas' data takes precedence in a cluster.",
        "snapshot",
        ("snapshot", "replica", "no_sync"),
    ),
    Option(
        "accept_write_loss",
        "bool",
        "Whether O(mode=replace) and O(mode=switch) may lose writes that the collection received since the backup.",
        False,
    ),
    Option(
        "allow_incomplete", "bool", "Whether to restore a backup in which shards of the cluster are missing.", False
    ),
    Option(
        "rpo",
        "str",
        "How old the backup may be that is restored (for example 26h); an older one is a warning.",
        unit=SECONDS,
    ),
    STORAGE_DIR,
    Option("ready_timeout", "float", "Seconds to wait until the restored collection is ready.", 600.0),
    Option(
        "wait_for",
        "str",
        "V(data) waits until the data is complete, V(green) also for the optimizer.",
        "data",
        ("data", "green"),
    ),
    PARALLEL,
    Option(
        "silence_timeout",
        "float",
        "Seconds without progress, beyond the transfer time, after which a recover counts as failed.",
        120.0,
    ),
    RECORD,
)

INFO = (
    COLLECTIONS,
    Option("backup_id", "str", "Show only this backup; an id, or V(latest)."),
    Option("before", "str", "Show the newest backup from this time or before (UTC)."),
    Option("limit", "int", "How many of the newest backups to show; V(0) shows all."),
    Option("completeness", "bool", "Whether to check that the store holds every archive that the backups name.", False),
)

# Of an archive that is opened in the embedded engine.
ENGINE = (
    Option(
        "scratch_dir", "path", "Folder where archives are unpacked to be opened without a server; default is /var/tmp."
    ),
    Option(
        "engine_memory",
        "str",
        "Memory that opening one archive may take (suffixes K, M, G); mapped files do not count.",
        "2G",
        unit=BYTES,
    ),
    Option(
        "engine_timeout",
        "str",
        "Time that opening one archive may take; a second is added for each 20 MiB.",
        "15m",
        unit=SECONDS,
    ),
)

VERIFY = (
    *CHOICE,
    Option("all_backups", "bool", "Whether every backup is verified instead of one.", False),
    Option(
        "grade",
        "int",
        "How far to prove: 1 hashes the archives, 2 also loads and counts them, 3 also compares the probes. 2 and 3"
        " need the Python library qdrant-edge-py.",
        1,
    ),
    Option(
        "verify_budget",
        "str",
        "The most that one run reads: bytes (50G) or time (2h). The least proven archives come first, and of these the"
        " newest.",
    ),
    *ENGINE,
    MIN_FREE,
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
    Option("state", "str", "Whether a snapshot must exist.", "present", ("present", "absent")),
    Option("snapshot", "str", "Name of a snapshot, for O(state=absent)."),
    Option("keep", "int", "How many snapshots of this kind to keep; older ones are deleted."),
    Option("max_age", "str", "Create no snapshot if one is younger than this (for example 1h).", unit=SECONDS),
    STATE_DIR,
)

TIMER = Option("timer", "str", "Name of the systemd timer that starts the backups.", "qdrant-backup.timer")

STATUS = (
    Option(
        "max_age",
        "str",
        "The last good backup must not be older than this (for example 26h); default is no limit.",
        unit=SECONDS,
    ),
    Option(
        "collections",
        "list",
        "Collections, by name or glob, that must not be older than O(max_age); default is all.",
        elements="str",
    ),
    Option(
        "max_drill_age",
        "str",
        "Maximum age of the last drill that passed (for example 8d); default is no limit.",
        unit=SECONDS,
    ),
    EXPECTED_NODES,
    TIMER,
)

METRICS = (
    EXPECTED_NODES,
    Option("output", "path", "File for Prometheus' textfile collector; default is standard output."),
)

DOCTOR = (
    Option("forbidden", "bool", "Whether to try also what a writer must not be allowed to do, on unused keys.", False),
)

SETTLE = (Option("collections", "list", "Names of collections that you have checked or recreated.", elements="str"),)

POLICY = (
    Option(
        "role",
        "str",
        "Role of the policy. V(writer) backs up, V(pruner) deletes, V(restorer) and V(drill) restore.",
        choices=("writer", "pruner", "restorer", "drill"),
    ),
    Option("bucket_policy", "bool", "Whether to generate the bucket policy instead of a role's policy.", False),
    Option("partition", "str", "The partition of AWS.", "aws", ("aws", "aws-cn", "aws-us-gov")),
)

KEEP = (
    Option("keep_last", "int", "How many of the newest good backups of each collection to keep."),
    Option("keep_hourly", "int", "For how many hours with backups to keep the newest one of each hour (UTC)."),
    Option("keep_daily", "int", "For how many days with backups to keep the newest one of each day (UTC)."),
    Option("keep_weekly", "int", "For how many weeks with backups to keep the newest one of each ISO week (UTC)."),
    Option("keep_monthly", "int", "For how many months with backups to keep the newest one of each month (UTC)."),
    Option("keep_yearly", "int", "For how many years with backups to keep the newest one of each year (UTC)."),
    Option(
        "keep_within",
        "str",
        "Keep every backup that is younger than this, counted back from the newest good one (for example 14d).",
        unit=SECONDS,
    ),
)

PRUNE = (
    *KEEP,
    Option("all_nodes", "bool", "Whether backups of all nodes of the cluster are pruned, not only of one node.", False),
    Option(
        "forget",
        "list",
        "Collections, by name or glob, that no longer exist and whose last backups may be deleted too.",
        elements="str",
    ),
    Option(
        "forget_servers",
        "list",
        "Peer ids of servers that no longer exist and whose last backups may be deleted too.",
        elements="str",
    ),
    Option(
        "skip_unreadable",
        "list",
        "Ids of backups that stay as they are although their manifest is damaged. Without it, such a manifest stops the"
        " prune.",
        elements="str",
    ),
    Option(
        "delete_unreadable",
        "list",
        "Ids of backups that are deleted, with all that is stored of them, because their manifest cannot be read.",
        elements="str",
    ),
    Option(
        "local_snapshots",
        "bool",
        "Whether a deleted backup's snapshots on the node at O(url) are deleted too.",
        True,
    ),
    Option(
        "orphan_grace",
        "str",
        "Archives and proofs without a manifest, and incomplete backups, are kept until they are older than this.",
        "1d",
        unit=SECONDS,
    ),
    Option(
        "prices",
        "list",
        "Price of one GiB for one month by storage class (for example STANDARD=0.023), to show costs.",
        elements="str",
    ),
)

PIN = (
    Option("backup_id", "str", "A backup id, or V(latest).", "latest"),
    Option("reason", "str", "Why the backup is pinned."),
)


def _of(group: tuple[Option, ...], *names: str) -> tuple[Option, ...]:
    return tuple(option for option in group if option.name in names)


REPORT = Option(
    "report",
    "list",
    "File to write the report to; its suffix is the format: .html, .md, .xml (JUnit) or .json.",
    elements="str",
)

DRILL = (
    COLLECTIONS,
    Option(
        "backup_id",
        "str",
        "Backup to drill: an id, V(latest), V(random) for any one of the node's, or V(all) of them.",
        "latest",
    ),
    Option(
        "target",
        "str",
        "Where the backup is restored: the embedded V(engine) on this host, a V(scratch) node, or a throw-away"
        " collection on the V(same) node.",
        "engine",
        ("engine", "scratch", "same"),
    ),
    Option("scratch_url", "str", "Address of the scratch node's REST API, for O(target=scratch)."),
    Option("scratch_api_key", "str", "API key of the scratch node.", secret=True),
    Option(
        "rpo",
        "str",
        "The most time that a disaster may lose (for example 2h): limit of the age of the newest backup, or of the gap"
        " after an older one.",
        unit=SECONDS,
    ),
    Option("rto", "str", "The most time that bringing the whole backup back may take (for example 30m).", unit=SECONDS),
    Option(
        "all_nodes",
        "bool",
        "Whether the parts of all nodes of the cluster are drilled, not only those of one node. A live target always"
        " gets whole collections.",
        False,
    ),
    Option("max_load", "float", "Load for each processor above which O(target=same) does not start.", 1.0),
    *_of(VERIFY, "scratch_dir", "engine_memory", "engine_timeout"),
    *_of(RESTORE, "storage_dir", "delivery", "ready_timeout", "silence_timeout"),
    REPORT,
    Option("record", "bool", "Whether the drill and its proof are written to the repository.", True),
)

SHOW_DRILL = (
    Option("drill", "str", "The drill to show: V(latest), or the time of one such as 20261122T190000Z.", "latest"),
    REPORT,
)

PROGRAM = (
    Option("path", "path", "Path of the program.", "/usr/local/bin/qdrant-backup"),
    Option("interpreter", "path", "Python that runs the program, with its libraries.", "/usr/bin/python3"),
    Option("state", "str", "Whether the program must exist.", "present", ("present", "absent")),
)


def argument_spec(*groups: Iterable[Option]) -> dict[str, Any]:
    """The argument spec of a module that takes these groups; a later group wins over an earlier one of that name."""
    return {option.name: option.spec() for group in groups for option in group}


_FLAGS = {"nodes": "--node-url"}  # given once for each entry


def flag(name: str) -> str:
    """The option's name on the command line."""
    return _FLAGS.get(name, "--" + name.replace("_", "-"))


def words_of(given: Mapping[str, Any], without: Collection[str] = ()) -> list[str]:
    """The words of a command with these options, except ``without``."""
    words = []
    for name, value in given.items():
        if name in without:
            continue
        if name == "node" and not value:
            words.append("--all-nodes")
        elif isinstance(value, bool):
            words.append(flag(name) if value else f"--no-{flag(name)[2:]}")
        else:
            value = [f"{key}={text}" for key, text in value.items()] if isinstance(value, dict) else value
            for one in value if isinstance(value, (list, tuple)) else [value]:
                words += words_of_one(flag(name), str(one))
    return words


def defaults(*groups: Iterable[Option]) -> dict[str, Any]:
    """Name to default of every option in these groups."""
    return {option.name: option.default for group in groups for option in group}


def secrets(*groups: Iterable[Option]) -> list[str]:
    """Names of the options whose values must never be shown."""
    return [option.name for group in groups for option in group if option.secret]


_Options = TypeVar("_Options")
_TABLE = "option"  # the metadata of a field that carries an option's value


def field(group: Iterable[Option], name: str) -> Any:
    """A dataclass field for an option's value. Its default is the option's, None if the option has none."""
    option = next(one for one in group if one.name == name)
    default = value_of(option, option.default)
    # pylint: disable-next=invalid-field-call  # used in the body of a dataclass, by way of this function
    return dataclasses.field(default=default, repr=not option.secret, metadata={_TABLE: option})


def build(cls: type[_Options], params: Mapping[str, Any], **given: Any) -> _Options:
    """The options of an operation, built from a module's or the program's values. An empty value counts as missing.

    cls: a dataclass whose fields are made by ``field``; given: fields that the verb decides itself.
    UsageError if a text is not a size or duration.
    """
    values = dict(given)
    for one in dataclasses.fields(cls):  # type: ignore[arg-type]
        option = one.metadata.get(_TABLE)
        chosen = value_of(option, params.get(option.name)) if option and one.name not in given else None
        if chosen is not None:
            values[one.name] = chosen
    return cls(**values)


def check_choices(options: Any) -> None:
    """UsageError for the first field whose value is none of its option's choices."""
    for one in dataclasses.fields(options):
        option, chosen = one.metadata.get(_TABLE), getattr(options, one.name)
        if option and option.choices and chosen is not None and chosen not in option.choices:
            raise UsageError(f"{option.name} {chosen!r} is unknown", f"Choose one of {', '.join(option.choices)}.")


def value_of(option: Option, given: Any) -> Any:
    """The value as the engine takes it: lists as tuples, sizes in bytes, durations in seconds.

    None if the value is missing or an empty text; a missing list is ``()``."""
    if option.type == "list":
        return tuple(str(item) for item in given or ())
    if given is None or given == "":
        return None
    if option.unit == BYTES:
        return _size(option.name, given)
    if option.unit == SECONDS:
        return seconds_of(given)
    return str(given) if option.type in ("str", "path") else given


def _size(name: str, given: Any) -> int:
    example = "Set a number of bytes, or a number with K, M, G or T, for example 1G."
    try:
        found = bytes_of(given)
    except ValueError:
        raise UsageError(f"{name}: {given!r} is not a size", example) from None
    if found < 0:
        raise UsageError(f"{name} is {given}", example)
    return found


_SIZES = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def bytes_of(text: str | int) -> int:
    """``1G``, ``512M``, ``1048576`` in bytes; ValueError if it is not a size."""
    word = str(text).strip().upper().rstrip("B").rstrip("I")
    number, unit = (word[:-1], word[-1]) if word and word[-1] in "KMGT" else (word, "")
    try:
        return int(float(number) * _SIZES[unit])
    except (ValueError, OverflowError):  # OverflowError: "inf", "1e999"
        raise ValueError(
            f"{text!r} is not a size: write bytes, or a number with K, M, G or T, for example 1G"
        ) from None
