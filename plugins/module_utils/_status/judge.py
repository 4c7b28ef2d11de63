# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of ``status``: facts in, state and problems out. Pure functions."""

from __future__ import annotations

import dataclasses
import datetime
import shlex
from collections.abc import Iterator, Sequence
from typing import Any

from .._base.choose import chosen, unmatched
from .._base.clock import human_age, is_ahead, parse_utc, utc_text
from .._base.command import with_names
from .._base.counted import few
from .._base.intent import UNPROVEN, Intent
from .._base.sentences import joined
from .._repository import servers
from .._repository.layout import manifest_key, name_of, segment
from .._repository.servers import Verdict
from .._repository.unreadable import Unreadable
from .values import TRUSTED_AFTER, StatusFacts, good_backup, good_collection, names_of

_IF_EXPECTED = "If this is expected: qdrant-backup run --accept-shrink"
_ALIASES_GONE = "aliases gone: "  # and no collections, which the sentence would begin with
_AFTER_IT = "When that restore has ended, make a new backup: qdrant-backup run"
_SHORT = ("backup_id", "finished_at", "qdrant_version", "bytes", "grade")


def judge(
    facts: StatusFacts,
    max_age: float | None = None,
    max_drill_age: float | None = None,
    selected: Sequence[str] = (),
) -> dict[str, Any]:
    """The report of ``status``. healthy: no problem was found. A problem needs attention, a warning can wait. selected:
    names and globs of the collections that must not be older than max_age, none for all."""
    last = facts.backups[0] if facts.backups else None
    good = next((backup for backup in facts.backups if good_backup(backup)), None)
    problems = _of_unreadable(facts, last, good) + _of_repository(facts, last, good, max_age)
    problems += _of_future(facts, last, good) + _of_left_out(facts, max_age, selected)
    problems += _of_last(facts, last, good) + _of_lost(facts, good) + _of_servers(facts) + _of_intents(facts)
    problems += _of_drills(facts, max_drill_age)
    missing = missing_nodes(facts)
    return {
        "changed": False,
        "healthy": not problems,
        "cluster": facts.cluster,
        "node": facts.node,
        "repository": facts.where or None,
        "checked_at": utc_text(facts.moment),
        "backups": facts.count,
        "archives_checked": bool(facts.backups) and not facts.not_checked,
        "last_good": _short(good, facts.moment),
        "last": _short(last, facts.moment),
        "collections": collections(facts),
        "proven_at": facts.proven_at or None,
        "last_drill": last_drill(facts),
        "missing_nodes": missing,
        "unreadable": [
            {"backup_id": one.entry.backup_id, "manifest": one.entry.key, "message": one.error.sentence()}
            for one in facts.unreadable
        ],
        "intents": [dataclasses.asdict(intent) for intent in facts.intents],
        "timer": _timer(facts),
        "problems": problems,
        "warnings": _warnings(facts, last, missing) + _unknown(facts, max_age, selected),
    }


def collections(facts: StatusFacts) -> list[dict[str, Any]]:
    """Each collection that the newest backup knows: its newest good archive, and its state in the newest backup.
    lost: whether its newest archive is, in whichever backup."""
    if not facts.backups:
        return []
    newest = facts.backups[0]
    in_newest = {item["name"]: item for item in newest["collections"]}
    failed = {item["name"]: item["error"] for item in newest["failed"]}
    out = []
    for name in sorted(names_of(facts.backups)):
        held = list(_held(facts, name))
        nothing: tuple[dict[str, Any] | None, dict[str, Any]] = (None, {})
        backup, item = next(((backup, item) for backup, item in held if good_collection(item)), nothing)
        now = in_newest.get(name, {})
        out.append(
            {
                "name": name,
                "backup_id": backup["backup_id"] if backup else None,
                "finished_at": backup["finished_at"] if backup else None,
                "age": age_of(backup["finished_at"], facts.moment) if backup else None,
                "points": item.get("points"),
                "bytes": item.get("bytes"),
                "grade": item.get("grade"),
                "proven_at": item.get("proven_at"),
                "in_newest": name in in_newest,
                "lost": held[0][1]["lost"] if held else None,
                "suspect": now.get("suspect"),
                "proof_failed": now.get("proof_failed"),
                "failed": failed.get(name),
            }
        )
    return out


def _held(facts: StatusFacts, name: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """The backups that hold a collection, newest first, each with its part of it."""
    for backup in (*facts.backups, *facts.older):
        for item in backup["collections"]:
            if item["name"] == name:
                yield backup, item


def missing_nodes(facts: StatusFacts) -> list[str] | None:
    """Expected nodes without the newest backup, TRUSTED_AFTER seconds after it; None if they may not be listed."""
    if facts.nodes is None:
        return None
    for backup in facts.backups:
        expected = {*facts.expected_nodes, *backup.get("expected_nodes", ()), facts.node}
        present = facts.nodes.get(backup["backup_id"], frozenset())
        missing = sorted(name for name in expected if segment(name) not in present)
        if not missing or age_of(backup["finished_at"], facts.moment) >= TRUSTED_AFTER:
            return missing
    return []


def age_of(text: str, moment: datetime.datetime) -> int:
    """Whole seconds since a time; 0 if this host's clock is behind it."""
    return max(0, int((moment - parse_utc(text)).total_seconds()))


def _of_repository(
    facts: StatusFacts, last: dict[str, Any] | None, good: dict[str, Any] | None, max_age: float | None
) -> list[dict[str, str]]:
    whose = f"node {facts.node} in cluster {facts.cluster}"
    if facts.unreachable:
        return [_problem("unreachable", facts.unreachable, "Find the cause: qdrant-backup doctor")]
    if last is None:
        said = f"{whose[0].upper()}{whose[1:]} has no backup that can be read in {facts.where}"
        return [
            _problem("no_backup", said, "Check bucket, prefix, cluster and node, then make a backup: qdrant-backup run")
        ]
    if good is None:
        several = len(facts.backups) > 1
        said = f"None of the newest {len(facts.backups)} backups" if several else "The only backup"
        said = f"{said}{' that can be read' if facts.unreadable else ''} of {whose} is {'' if several else 'not '}good."
        return [
            _problem("no_good_backup", said, "Check them (qdrant-backup list), then make a new one: qdrant-backup run")
        ]
    age = age_of(good["finished_at"], facts.moment)
    if max_age is not None and age > max_age:
        said = f"The last good backup of {whose} is {human_age(age)} old; {human_age(int(max_age))} is the limit."
        return [
            _problem(
                "too_old", said, "Read the log (journalctl -u qdrant-backup), then make a backup: qdrant-backup run"
            )
        ]
    return []


def _of_future(facts: StatusFacts, last: dict[str, Any] | None, good: dict[str, Any] | None) -> list[dict[str, str]]:
    """The newest backup or the newest good one, if it is in the future: by its id, it hides each one that is made until
    then; by its end, its age stays 0 until then."""
    clock = f"and it is {utc_text(facts.moment)} on this host"
    for backup in (last, good):
        if backup is None:
            continue
        which = f"Backup {backup['backup_id']} of node {facts.node} in cluster {facts.cluster} is in the future"
        if is_ahead(backup["backup_id"], facts.moment):
            key = manifest_key(facts.cluster, facts.node, backup["backup_id"])
            said = f"{which}: see its id, {clock}. Until then, latest and status select it instead of later backups."
            following = (
                "Check this host's clock, and where the id comes from (backup_id). If the clock is right, delete the "
                f"manifest of this backup, {key} in {facts.where}, then make a backup: qdrant-backup run"
            )
            return [_problem("in_the_future", said, following)]
        if is_ahead(backup["finished_at"], facts.moment):
            said = f"{which}: it ended at {backup['finished_at']}, {clock}. Its age is not known."
            following = "Check this host's clock. If it is right, make a backup: qdrant-backup run"
            return [_problem("in_the_future", said, following)]
    return []


def _of_left_out(facts: StatusFacts, max_age: float | None, selected: Sequence[str]) -> list[dict[str, str]]:
    """Collections that the newest backup was not asked for, and whose own newest good backup is too old. Those that it
    holds, or that failed in it, are problems of their own if they are not good."""
    if max_age is None or not facts.backups:
        return []
    last = facts.backups[0]
    told = {item["name"] for item in (*last["collections"], *last["failed"])}
    wanted = set(chosen(selected, names_of(facts.backups) - told))
    found = []
    for item in collections(facts):
        name, age = item["name"], item["age"]
        if name not in wanted or (age is not None and age <= max_age):
            continue
        own = "no good backup of it was found" if age is None else f"its last good one, {item['backup_id']}, is "
        own += "" if age is None else f"{human_age(age)} old"
        said = (
            f"Collection {name} is not in the newest backup ({last['backup_id']}), which was not asked for "
            f"it, and {own}; {human_age(int(max_age))} is the limit."
        )
        following = (
            "If it is left out on purpose, select what is backed up (collections, qdrant_backup_collections). If it no "
            "longer exists, back up all collections once: qdrant-backup run --accept-shrink '*'; else back it up: "
            f"{shlex.join(['qdrant-backup', 'run', *with_names([name], ())])}"
        )
        found.append(_problem("collection_too_old", said, following))
    return found


def _unknown(facts: StatusFacts, max_age: float | None, selected: Sequence[str]) -> list[str]:
    """The selected names and globs that are unknown to the newest backup: no age is judged for them."""
    if max_age is None or not facts.backups:
        return []
    return [
        f"No collection that the newest backup ({facts.backups[0]['backup_id']}) knows matches {name}, so no age was "
        "judged for it. Check collections."
        for name in unmatched(selected, names_of(facts.backups))
    ]


def _of_unreadable(
    facts: StatusFacts, last: dict[str, Any] | None, good: dict[str, Any] | None
) -> list[dict[str, str]]:
    """One problem for all manifests that cannot be read, about the newest of them."""
    if not facts.unreadable:
        return []
    first, whose = facts.unreadable[0], f"of node {facts.node} in cluster {facts.cluster}"
    which = f", the newest {whose}," if _is_hidden(facts, last) else f" {whose}"
    said = f"Backup {first.entry.backup_id}{which} cannot be used: its {first.fact}."
    others = [one.entry.backup_id for one in facts.unreadable[1:]]
    if others:
        said += f" The same goes for {few(others)}."
    following = _readable_again(first)
    whole = good or last
    if whole is None:
        return [_problem("unreadable_manifest", said, following)]
    kind = "good backup" if good else "backup"
    readable = (
        f"The newest {kind} that can be read is {whole['backup_id']}: "
        f"qdrant-backup restore --backup-id {whole['backup_id']}"
    )
    return [_problem("unreadable_manifest", said, joined(following, readable))]


def _readable_again(backup: Unreadable) -> str:
    """What makes its manifest readable, or replaces it."""
    if backup.newer:
        return "A newer version of this collection wrote it: update the one on this host."
    if backup.error.kind == "frozen":
        return backup.error.next
    return (
        "If the bucket keeps versions, restore the first version of this object. Otherwise make a new backup and check "
        "it: qdrant-backup run && qdrant-backup verify"
    )


def _is_hidden(facts: StatusFacts, last: dict[str, Any] | None) -> bool:
    """Whether there is a newer backup than ``last``, whose manifest cannot be read."""
    newest = facts.unreadable[0].entry.backup_id if facts.unreadable else ""
    return newest > (last["backup_id"] if last is not None else "")


def _of_lost(facts: StatusFacts, good: dict[str, Any] | None) -> list[dict[str, str]]:
    """One problem for each backup that holds the newest archive of a collection, and has lost it."""
    lost: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(names_of(facts.backups)) if facts.backups else ():
        for backup, item in _held(facts, name):
            if item["lost"]:
                lost.setdefault(backup["backup_id"], []).append((name, item["lost"]))
            break  # the newest one that holds it
    found = []
    for backup_id, items in sorted(lost.items(), reverse=True):
        told = few([f"{name} ({why})" for name, why in items], more="more collections")
        said = f"Backup {backup_id} has lost archives, the newest ones of {told}."
        following = (
            "Run qdrant-backup run for a new backup. qdrant-backup doctor shows lifecycle rules that delete archives; "
            "if the bucket keeps versions, it still has them."
        )
        if good is not None and good["backup_id"] != backup_id:
            whole = (
                f"The newest backup with all of its archives is {good['backup_id']}: "
                f"qdrant-backup restore --backup-id {good['backup_id']}"
            )
            following = joined(following, whole)
        found.append(_problem("lost", said, following))
    return found


def _of_last(facts: StatusFacts, last: dict[str, Any] | None, good: dict[str, Any] | None) -> list[dict[str, str]]:
    if last is None:
        return []
    hidden = " that can be read" if _is_hidden(facts, last) else ""
    found, which = [], f"the newest backup{hidden} ({last['backup_id']})"
    if last["suspect"]:
        said = f"{which[0].upper()}{which[1:]} is suspect: {last['suspect']}"
        back = ""
        if good and last["suspect"].startswith(_ALIASES_GONE):
            back = f"To see what the aliases pointed to: qdrant-backup show {good['backup_id']}"
        elif good:
            restore = f"qdrant-backup restore --mode missing --backup-id {good['backup_id']}"
            back = f"To bring lost collections back: {restore}"
        found.append(_problem("suspect", said, f"{back}; i{_IF_EXPECTED[1:]}" if back else _IF_EXPECTED))
    for item in last["failed"]:
        said = f"Collection {item['name']} is not in {which}: {item['error']}"
        found.append(_problem("failed", said, "Fix the cause; the next run retries the collection."))
    for item in last["collections"]:
        if item["suspect"]:
            said = f"Collection {item['name']} is suspect in {which}: {item['suspect']}"
            found.append(_problem("suspect", said, _AFTER_IT if item["in_doubt"] else _IF_EXPECTED))
        if item["proof_failed"]:
            said = f"Collection {item['name']} in {which} was found damaged: {item['proof_failed']}"
            said_next = "Check the disks and the log of the store, and make a new backup: qdrant-backup run"
            found.append(_problem("damaged", said, said_next))
    return found


def two_servers(facts: StatusFacts) -> Verdict | None:
    """The verdict on the servers under the node's name, if two servers use it."""
    found = servers.judge(facts.servers, facts.noted_server)
    return found if found.state in servers.REFUSED else None


def _of_servers(facts: StatusFacts) -> list[dict[str, str]]:
    found = two_servers(facts)
    if found is None:
        return []
    following = (
        "Give each server its own node name (option node). If only this server is in use: "
        "qdrant-backup run --accept-new-server"
    )
    return [_problem("two_servers", servers.conflict(facts.node, found), following)]


def last_drill(facts: StatusFacts) -> dict[str, Any] | None:
    """{"at", "age", "passed", "passed_at": when one passed last, or None}; None if there was no drill."""
    if not facts.drills:
        return None
    at, passed = facts.drills[0]
    good = next((moment for moment, good in facts.drills if good), None)
    return {
        "at": utc_text(at),
        "age": age_of(utc_text(at), facts.moment),
        "passed": passed,
        "passed_at": utc_text(good) if good else None,
    }


def _of_drills(facts: StatusFacts, max_drill_age: float | None) -> list[dict[str, str]]:
    """A drill that failed, and the age of the last one that passed. Nothing is judged if drills may not be listed."""
    if facts.unreachable or facts.drills is None:
        return []
    last, found = last_drill(facts), []
    whose = f"node {facts.node} in cluster {facts.cluster}"
    if last is not None and not last["passed"]:
        said = f"The last drill of {whose}, at {last['at']}, failed."
        found.append(
            _problem(
                "drill_failed",
                said,
                "Read it (qdrant-backup report), fix the cause, then drill again: qdrant-backup drill",
            )
        )
    if max_drill_age is None:
        return found
    limit = human_age(int(max_drill_age))
    if last is None or last["passed_at"] is None:
        found.append(_problem("no_drill", f"No drill of {whose} has passed.", "Drill now: qdrant-backup drill"))
    elif age_of(last["passed_at"], facts.moment) > max_drill_age:
        age = human_age(age_of(last["passed_at"], facts.moment))
        said = f"The last drill of {whose} that passed is {age} old; {limit} is the limit."
        found.append(_problem("drill_too_old", said, "Check the timer of drills, and drill now: qdrant-backup drill"))
    return found


def _of_intents(facts: StatusFacts) -> list[dict[str, str]]:
    return [_problem("open_intent", intent.warning(), _mended(intent)) for intent in facts.intents]


def _mended(intent: Intent) -> str:
    """The command for an intent; two commands if the collection was recovered but is not what was backed up."""
    return intent.choices() if intent.step == UNPROVEN else f"Run {intent.remedy()}"


def _warnings(facts: StatusFacts, last: dict[str, Any] | None, missing: list[str] | None) -> list[str]:
    out = list(facts.not_checked)
    before = last["server_before"] if last is not None else None
    if last is not None and before and not before["accepted"]:
        out.append(
            f"The newest backup ({last['backup_id']}) is of another server (peer {last['peer_id']}) than the one "
            f"before it (peer {before['peer_id']}, {before['last_backup_id']}). This is expected for a rebuilt host. "
            "If both servers run, give each its own node name (option node)."
        )
    out += [f"Node {name_of(name)} does not have the newest backup." for name in missing or ()]
    if last is not None and not facts.proven_at:
        out.append("No backup of this node was ever proven: run qdrant-backup verify")
    if facts.timer is not None and not facts.timer.enabled:
        out.append(f"The timer is not enabled: run systemctl enable --now {facts.timer.name}")
    return out


def _problem(code: str, message: str, following: str) -> dict[str, str]:
    return {"code": code, "message": message, "next": following}


def _short(backup: dict[str, Any] | None, moment: datetime.datetime) -> dict[str, Any] | None:
    if backup is None:
        return None
    counted = [item["points"] for item in backup["collections"]]
    return {
        **{name: backup[name] for name in _SHORT},
        "age": age_of(backup["finished_at"], moment),
        "points": sum(count or 0 for count in counted),
        "collections": len(counted),
    }


def _timer(facts: StatusFacts) -> dict[str, Any] | None:
    if facts.timer is None:
        return None
    out: dict[str, Any] = {"enabled": facts.timer.enabled, "on_calendar": facts.timer.on_calendar or None}
    for name in ("last_elapse", "next_run"):
        moment = getattr(facts.timer, name)
        out[name] = utc_text(moment) if moment else None
    return out
