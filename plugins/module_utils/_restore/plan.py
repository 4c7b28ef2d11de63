# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a restore will do, and why it would refuse. Pure: facts and options in, a plan out; tested by tables."""

from __future__ import annotations

from collections.abc import Iterator

from .._base.plan import Plan, Refusal, Step, human_bytes
from .._qdrant.names import collection_name_problem
from .._qdrant.versions import restore_rule
from .match import differences, missing_indexes
from .together import is_back, joins, why_not_joined
from .values import LEFT_ALONE, RestoreFacts, RestoreOptions, Source, Target

WAL_BYTES = 64 << 20  # what Qdrant wants free for the write-ahead log of each shard; below it every write fails


def make_plan(facts: RestoreFacts, options: RestoreOptions) -> Plan:
    """The steps for every collection in order; every refusal at once, so that one look shows all that is in the way."""
    refusals = [*_node_refusals(facts, options)]
    warnings = list(facts.warnings)
    if facts.incomplete:
        warnings.append(f"The backup is not whole, and what it lacks does not come back: {facts.incomplete}.")
    steps: list[Step] = []
    warnings += [f"Nothing is done for {source.collection}: {why}." for source, why in already_back(facts, options)]
    pairs = to_do(facts, options)
    for source, target in pairs:
        refusals += _pair_refusals(source, target, facts, options)
        warnings += _pair_warnings(source, target, facts, options)
        steps += _pair_steps(source, target, facts, options)
    what = ", ".join(sorted({target.name for dummy, target in pairs})) or "nothing"
    return Plan("restore", f"{what} on {facts.node_url}", tuple(steps), tuple(refusals), tuple(warnings))


def to_do(facts: RestoreFacts, options: RestoreOptions) -> list[tuple[Source, Target]]:
    """The collections that something is done for."""
    done = [source for source, dummy in already_back(facts, options)]
    return [(source, target) for source, target in facts.pairs if source not in done]


def already_back(facts: RestoreFacts, options: RestoreOptions) -> list[tuple[Source, str]]:
    """Collections that a cluster's nodes have brought back together as far as this node goes, and why we think so.
    Who asks for a replacement gets one."""
    if not facts.cluster_enabled or options.mode != "new":
        return []
    found = [(source, is_back(source, target)) for source, target in facts.pairs]
    return [(source, why) for source, why in found if why]


def deliveries(source: Source, target: Target, facts: RestoreFacts, options: RestoreOptions) -> list[str]:
    """The ways to hand the archive to the node, best first; one way when the user chose it."""
    if source.kind == "snapshot":
        return ["node"]
    if options.delivery != "auto":
        return [options.delivery]
    ways = []
    if source.kind == "url" or (source.kind == "repository" and facts.can_presign):
        ways.append("url")
    if source.kind != "url":
        ways += ["file"] if facts.can_place_file else []
        ways += ["upload"] if ":" not in target.name else []
    return ways


def in_place(source: Source, target: Target, options: RestoreOptions) -> bool:
    """Whether an existing collection is overwritten."""
    return (options.mode == "replace" or joins(source, target)) and target.exists and not target.leftover(source)


def _node_refusals(facts: RestoreFacts, options: RestoreOptions) -> Iterator[Refusal]:
    if not facts.pairs and not facts.skipped:
        yield Refusal("nothing_chosen", "Nothing to restore was found.", "See what there is: qdrant-backup list, show.")
    if facts.recoveries_running:
        yield Refusal(
            "recover_running",
            "A recover is running on the node already; two at once leave a mixture of both.",
            "Wait until it has ended (metric snapshot_recovery_running is 0).",
        )
    if facts.incomplete and not options.allow_incomplete:
        yield Refusal(
            "incomplete_backup",
            f"The backup is not whole: {facts.incomplete}.",
            "Choose another backup, or take what there is by name (allow_incomplete: true).",
        )
    pairs = to_do(facts, options)
    names = [target.name for dummy, target in pairs]
    if len(set(names)) < len(names):
        yield Refusal("one_name", "Several collections would be restored to one name.", "Choose one collection.")
    need, free = sum(_space(source, target, options) for source, target in pairs), facts.free_bytes
    if free is not None and pairs and free - need < options.min_free:
        yield Refusal(
            "no_space",
            f"{human_bytes(free)} are free; the restore needs about {human_bytes(need)} and "
            f"{human_bytes(options.min_free)} must stay free (Qdrant refuses every write on a full disk).",
            "Free some space, or lower min_free.",
        )


def _space(source: Source, target: Target, options: RestoreOptions) -> int:
    """Bytes that the node's disk needs meanwhile: the archive unpacked, its largest segment, logs, the safety copy."""
    segment = source.bytes if source.largest_segment is None else source.largest_segment
    safety = source.bytes if in_place(source, target, options) or (target.begun and target.count) else 0
    return source.bytes + segment + WAL_BYTES * max(1, len(source.shards)) + safety


def _pair_refusals(source: Source, target: Target, facts: RestoreFacts, options: RestoreOptions) -> Iterator[Refusal]:
    name, again = target.name, "restore to another name (name:)"
    if source.problems:
        more = f" (and {len(source.problems) - 1} more)" if len(source.problems) > 1 else ""
        yield Refusal(
            "bad_archive",
            f"The archive of {source.collection} is not whole: {source.problems[0]}{more}.",
            "Choose another backup.",
        )
    if source.suspect and options.backup_id == "latest":
        yield Refusal(
            "suspect_backup",
            f"The newest backup of {source.collection}, {source.backup_id}, is suspect: {_plain(source.suspect)}.",
            f"Choose an older one (backup_id), or name {source.backup_id} where it is meant after all.",
        )
    if source.qdrant_version:
        broken = restore_rule(source.qdrant_version, facts.version)
        if broken:
            yield Refusal(
                "version",
                broken[0].upper() + broken[1:] + ".",
                "Restore on a server of the same minor version, or the next one.",
            )
    if target.alias_of:
        yield Refusal(
            "alias_in_the_way",
            f"{name} is an alias of collection {target.alias_of}; a restore through it would overwrite that one.",
            f"Name the collection itself, or {again}.",
        )
    elif target.exists and options.mode == "new" and not target.leftover(source) and not joins(source, target):
        yield _name_taken(source, target, facts)
    elif not target.exists:
        unfit = collection_name_problem(name)
        if unfit:
            yield Refusal(
                "bad_name", f"{name!r} cannot be a collection's name: {unfit}.", f"Choose one that can: {again}."
            )
    yield from _shard_refusals(source, target, facts, options)
    if in_place(source, target, options) and not target.alias_of:
        yield from _replace_refusals(source, target, options)
    if options.alias or options.restore_aliases:
        yield from _alias_refusals(source, target, facts, options)
    if not deliveries(source, target, facts, options):
        yield Refusal(
            "no_delivery", f"There is no way to hand the archive to {facts.node_url}.", "Choose delivery yourself."
        )


def _name_taken(source: Source, target: Target, facts: RestoreFacts) -> Refusal:
    said = f"Collection {target.name} exists ({target.count} points) and would be overwritten."
    replace = "mode: replace by name (a safety snapshot is taken; reads fail for moments, writes since are lost)"
    other = "Either restore to another name (name:) and move an alias to it when it is proven"
    if not facts.cluster_enabled:
        advice = f"{other}, or drop the collection yourself first, or ask for {replace}."
    elif source.elsewhere:
        said += f" It is not one that this node's part is missing in: {why_not_joined(source, target)}."
        advice = f"{other}, or ask for {replace}. Do not drop it to bring one node back: it is dropped on every node."
    else:
        advice = f"{other}, or ask for {replace}. If you drop it, it is dropped on every node of the cluster."
    return Refusal("name_taken", said + _told_intent(source, target), advice)


def _told_intent(source: Source, target: Target) -> str:
    if target.intent is None:
        return ""
    if target.intent.step == LEFT_ALONE:
        return f" It was there when a restore failed at {target.intent.started_at}, and may be somebody else's."
    if not target.begun:
        return f" {target.intent.warning()}"
    return (
        f" A restore into this name, free then, began at {target.intent.started_at} and did not end, but this is not "
        f"what it left: {target.strange(source)}."
    )


def _shard_refusals(source: Source, target: Target, facts: RestoreFacts, options: RestoreOptions) -> Iterator[Refusal]:
    absent = sorted(source.elsewhere)
    if absent and not facts.cluster_enabled:
        yield Refusal(
            "missing_shards",
            f"The archive of {source.collection} holds {len(source.shards)} of {len(source.known_shards)} shards "
            f"(missing: {', '.join(map(str, absent))}), and a node without cluster mode cannot take a part.",
            "Restore every node's archive into a cluster.",
        )
    if source.custom_sharding and not facts.cluster_enabled:
        yield Refusal(
            "custom_sharding",
            f"{source.collection} uses custom sharding; a node without cluster mode says true and restores no point.",
            "Restore it on a node that runs with cluster mode enabled (one node is enough).",
        )
    elif source.custom_sharding and not in_place(source, target, options):
        yield from _shard_key_refusals(source)


def _shard_key_refusals(source: Source) -> Iterator[Refusal]:
    """Keys are created before the restore, and a server gives shards the ids 1, 2, 3, ... in that order."""
    ids = [shard for dummy, shards in source.shard_keys for shard in shards]
    if not ids:
        yield Refusal(
            "no_shard_keys",
            f"The shard keys of {source.collection} are not known.",
            "Create the collection and its keys first, and restore with mode: replace.",
        )
    elif ids != list(range(1, len(ids) + 1)):
        yield Refusal(
            "shard_ids",
            f"The shards of {source.collection} have the ids {', '.join(map(str, ids))} (keys were deleted once), and "
            "a new collection would number them anew.",
            "Create the collection and its keys so that the ids are these, and restore with mode: replace.",
        )


def _replace_refusals(source: Source, target: Target, options: RestoreOptions) -> Iterator[Refusal]:
    if source.config is not None and target.config is not None:
        for sentence in differences(source.config, target.config):
            yield Refusal("config_differs", f"{target.name} does not fit: {sentence}.", "Restore to another name.")
    if source.custom_sharding and target.shard_keys is not None and source.shard_keys != target.shard_keys:
        yield Refusal(
            "shard_keys_differ",
            f"The shards of {target.name} belong to other keys ({_keys(target)}) than those of the archive "
            f"({_keys(source)}); a restore puts one key's points under another's.",
            "Restore to another name.",
        )
    if target.moving and not options.accept_write_loss:
        yield Refusal(
            "live_writes",
            f"{target.name} is being written to right now; writes since the backup, and during the restore, are lost.",
            "Stop the writers, or accept it by name (accept_write_loss: true).",
        )


def _keys(holder: Source | Target) -> str:
    shown = [f"{key}: {'+'.join(map(str, ids))}" for key, ids in (holder.shard_keys or ())[:6]]
    return ", ".join(shown + (["..."] if len(holder.shard_keys or ()) > 6 else [])) or "none"


def _alias_refusals(source: Source, target: Target, facts: RestoreFacts, options: RestoreOptions) -> Iterator[Refusal]:
    for alias in wanted_aliases(source, options):
        if alias in facts.collections or alias == target.name:
            yield Refusal(
                "alias_taken",
                f"Alias {alias} cannot be made: a collection has that name.",
                "Choose another name for the alias.",
            )
        held = facts.aliases.get(alias, "")
        if held and held != target.name:
            yield Refusal(
                "alias_taken",
                f"Alias {alias} points to {held}; setting it would move it without a word.",
                "Move it yourself when the restored collection is proven.",
            )


def wanted_aliases(source: Source, options: RestoreOptions) -> list[str]:
    """The aliases that the restored collection is to get: recorded ones on request, and the one named."""
    names = set(source.aliases) if options.restore_aliases else set()
    return sorted(names | ({options.alias} if options.alias else set()))


def _plain(text: str) -> str:
    """A text that goes on in the middle of a sentence."""
    return text.rstrip(". ")


def _pair_warnings(source: Source, target: Target, facts: RestoreFacts, options: RestoreOptions) -> Iterator[str]:
    absent = len(source.elsewhere)
    if absent:
        yield (
            f"The archive of {source.collection} holds {len(source.shards)} of {len(source.known_shards)} shards: "
            f"restore the other nodes' archives on their nodes too{_same_id(source)}; until then it is green and "
            "points are missing."
        )
    if joins(source, target) and options.mode == "new":
        yield (
            f"Other nodes have brought their parts of {source.collection} back: this node's part is put into "
            f"{target.name}, and a safety snapshot is kept."
        )
    if source.suspect:
        yield f"The backup of {source.collection} is marked suspect: {_plain(source.suspect)}."
    if source.probe is None:
        counted = source.points is not None or source.archive_count is not None
        provable = "hash and count" if counted else "hash"
        yield f"No probes were noted for {source.collection}: only its {provable} can be proven."
    if source.unchecked:
        yield f"Nobody noted a sha256 of the archive of {source.collection}: give it (checksum), or nothing is proven."
    if not source.qdrant_version:
        yield f"The server that made the archive of {source.collection} is not known: its version is not checked."
    if target.intent is not None:
        yield target.intent.warning()
    if in_place(source, target, options) and source.custom_sharding and target.shard_keys is None:
        yield f"{target.name} does not tell its shard keys: whether they are those of the archive is not checked."
    if in_place(source, target, options):
        yield f"While {target.name} is replaced reads fail for moments, and writes made since the backup are lost."
    lacked = missing_indexes(source.payload_schema, target.payload_schema) if target.payload_schema is not None else {}
    if in_place(source, target, options) and lacked:
        yield f"{target.name} lacks payload indexes that the archive has, and gets them: {', '.join(lacked)}."
    away = [alias for alias in source.aliases if facts.aliases.get(alias) != target.name]
    if away and not options.restore_aliases:
        names = ", ".join(away)
        yield f"Aliases of {source.collection} were recorded and do not come back by themselves: {names}."


def _same_id(source: Source) -> str:
    return f", from the same backup ({source.backup_id})" if source.backup_id else ""


def _pair_steps(source: Source, target: Target, facts: RestoreFacts, options: RestoreOptions) -> Iterator[Step]:
    replace, name = in_place(source, target, options), target.name
    ways = deliveries(source, target, facts, options)
    if replace:
        yield Step("verify archive", source.location, source.bytes)
        yield Step("safety snapshot", name)
    elif target.leftover(source):
        if target.count:
            yield Step("safety snapshot", name)
        yield Step("delete leftover", name, destructive=True)
    yield Step("write intent", name)
    if not replace and source.custom_sharding:
        yield Step("create", name, detail={"shard_keys": [key for key, dummy in source.shard_keys]})
    yield Step("recover", name, source.bytes, destructive=replace, detail={"from": source.location, "delivery": ways})
    yield Step("wait until ready", name)
    yield Step("prove", name, detail={"points": source.points, "quiet": source.quiet})
    yield Step("close intent", name)
    for alias in wanted_aliases(source, options):
        if facts.aliases.get(alias) != name:
            yield Step("create alias", alias, detail={"collection": name})
