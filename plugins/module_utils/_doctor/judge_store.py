# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of a repository to findings. Pure."""

from __future__ import annotations

import re

from .._repository.trial import FAILED, FORBIDDEN, IGNORED, WORKS, Credentials, StoreFacts, Trial
from .judge_bucket import judge_settings
from .values import ERROR, OK, WARNING, Finding

_AREA = "repository"
_SKEW_SEEN, _SKEW_REFUSED = 60.0, 840.0
_RIGHTS = "qdrant-backup policy --role writer prints what must be allowed."
_LOOPBACK = re.compile(r"^http://(127\.|localhost|\[::1\])")
# Trial: (what was tried, severity where it does not work, what follows, what to do).
TRIALS: dict[str, tuple[str, str, str, str]] = {
    "write": ("writing", ERROR, "No backup can be stored.", ""),
    "read": ("reading what was written", ERROR, "No backup can be verified or restored.", ""),
    "list": ("listing", ERROR, "No backup can be found.", ""),
    "list_pages": ("listing in pages of 2", OK, "Long listings go on from their last key.", ""),
    "if_absent": ("If-None-Match on a write to a taken key", OK, "", ""),
    "if_match": ("If-Match with the right etag", OK, "", ""),
    "if_match_wrong": ("If-Match with a wrong etag", OK, "", ""),
    "digest": (
        "Content-MD5 of a write",
        WARNING,
        "Small documents that are damaged on the way are found by reading them only.",
        "Verify now, and by a timer: qdrant-backup verify",
    ),
    "multipart": ("uploads by parts", ERROR, "Archives over 16 MiB cannot be stored.", ""),
    "multipart_checksum": ("uploads by parts with CRC32", OK, "MD5 is sent instead.", ""),
    "part_digest": ("CRC32 of a part", OK, "MD5 is sent instead, or archives are read back.", ""),
    "multipart_if_absent": ("If-None-Match at the end of an upload by parts", OK, "The key is looked at before.", ""),
    "abort": ("dropping unfinished uploads", WARNING, "What dead runs leave is kept and paid for.", ""),
    "list_uploads": ("finding unfinished uploads", WARNING, "What dead runs leave is kept and paid for.", ""),
    "copy": ("copying inside the store", OK, "Unchanged archives are sent again.", ""),
    "copy_of_parts": ("copying what was uploaded by parts", OK, "Unchanged archives over 16 MiB are sent again.", ""),
    "copy_if_absent": ("If-None-Match on a copy", OK, "The key is looked at before.", ""),
    "part_copy": ("copying by parts", OK, "Archives up to 5 GiB are copied in one call, larger ones sent again.", ""),
    "range": ("reading ranges", WARNING, "Large archives cannot be read in parallel or resumed.", ""),
    "presigned": (
        "reading by a presigned URL",
        WARNING,
        "Qdrant cannot fetch archives from the store by itself.",
        "Restore with --delivery upload, or fix the connection between this host and the store.",
    ),
}
_NO_LOCKS = "Let one host alone write backups of this node; conditional_writes: require refuses such a store."


def judge_store(facts: StoreFacts) -> list[Finding]:
    """What is right and wrong about a repository."""
    found = _credentials(facts.credentials) + _connection(facts)
    if facts.unreachable:
        fix = "Give this host a role, or set profile." if facts.unreachable_kind == "no_credentials" else ""
        return [*found, Finding(ERROR, _AREA, facts.unreachable, fix)]
    for name, about in TRIALS.items():
        if name in facts.trials:
            found.append(_of(facts.trials[name], *about))
    found += _locks(facts) + _encryption(facts) + _traits(facts)
    found += _scratch(facts.trials.get("clean_up"), facts)
    if facts.settings is not None:
        found += judge_settings(facts.settings, facts.base, facts.url, facts.traits)
    for name, trial in facts.forbidden.items():
        found.append(_forbidden(name, trial, facts.url))
    return found


def _credentials(known: Credentials | None) -> list[Finding]:
    if known is None:
        return []
    if known.role:
        return [Finding(OK, _AREA, f"Credentials come from a role ({known.method}) and are renewed by themselves.")]
    what = f"Credentials are static keys ({known.method})."
    fix = "Where the store has roles, give this host one, and take the keys away."
    return [Finding(WARNING, _AREA, what, fix)]


def _connection(facts: StoreFacts) -> list[Finding]:
    found = []
    if facts.endpoint.startswith("http://") and not _LOOPBACK.match(facts.endpoint):
        what = f"{facts.endpoint} is not encrypted: archives can be read on their way."
        found.append(Finding(WARNING, _AREA, what, "Set endpoint_url to the https address."))
    if facts.skew is not None and abs(facts.skew) >= _SKEW_SEEN:
        side = "ahead of" if facts.skew > 0 else "behind"
        severity = ERROR if abs(facts.skew) >= _SKEW_REFUSED else WARNING
        what = f"This host's clock is {abs(facts.skew):.0f} s {side} the store's; requests are refused from 900 s on."
        found.append(Finding(severity, _AREA, what, "timedatectl set-ntp true"))
    elif facts.skew is not None:
        found.append(Finding(OK, _AREA, "This host's clock and the store's agree."))
    return found


def _of(trial: Trial, what: str, severity: str, follows: str, fix: str) -> Finding:
    """One word for what came of it, what was tried, the store's words, and what follows."""
    said = f": {trial.said}" if trial.said else ""
    if trial.outcome == WORKS:
        return Finding(OK, _AREA, f"Works: {what}{said}.")
    sentence = f"{trial.outcome[0].upper()}{trial.outcome[1:]}: {what}{said or '.'}"
    if trial.outcome == FORBIDDEN:  # about these credentials, not about the store
        severity = ERROR if severity == ERROR else WARNING
        return Finding(severity, _AREA, sentence, _RIGHTS)
    if trial.outcome == FAILED:
        severity, fix = (ERROR if severity == ERROR else WARNING), fix or trial.next
    return Finding(severity, _AREA, " ".join(filter(None, (sentence, follows))), fix if severity != OK else "")


def _locks(facts: StoreFacts) -> list[Finding]:
    """What the conditions come to: whether two runs are mutually exclusive."""
    if facts.weakness:
        return [Finding(WARNING, _AREA, facts.weakness, _NO_LOCKS)]
    names = ("if_absent", "if_match_wrong") if facts.kind == "s3" else ()
    if names and all(name in facts.trials and facts.trials[name].outcome == WORKS for name in names):
        return [Finding(OK, _AREA, "Two runs are mutually exclusive: the store keeps conditional writes.")]
    wrong = [name for name in ("if_absent", "if_match_wrong") if name in facts.trials]
    if facts.kind != "s3" and any(facts.trials[name].outcome != WORKS for name in wrong):
        return [
            Finding(ERROR, _AREA, "Two runs are not mutually exclusive in this folder.", "Use another file system.")
        ]
    return []


def _encryption(facts: StoreFacts) -> list[Finding]:
    """Whether the store does what the option sse asks for."""
    fix = "Encrypt the store's disks and remove sse."
    return [Finding(WARNING, _AREA, facts.unencrypted, fix)] if facts.unencrypted else []


def _traits(facts: StoreFacts) -> list[Finding]:
    """What the program does on this store, and where it knows that from."""
    if facts.traits is None:
        return []
    known = {**facts.traits.as_dict(), **facts.chosen}
    told = ", ".join(f"{name} {value} ({facts.origins[name]})" for name, value in known.items())
    return [Finding(OK, _AREA, f"What the program knows of this store: {told or 'nothing yet'}.")]


def _scratch(trial: Trial | None, facts: StoreFacts) -> list[Finding]:
    if trial is None or trial.outcome == WORKS:
        return []
    if trial.outcome == FORBIDDEN:
        what = f"Three small objects stay below {facts.url} (doctor/), as a writer may not delete."
        return [Finding(OK, _AREA, what)]
    return [Finding(WARNING, _AREA, f"Scratch objects below doctor/ could not be deleted: {trial.said}")]


def _forbidden(name: str, trial: Trial, url: str) -> Finding:
    if trial.outcome == WORKS:
        return Finding(OK, _AREA, f"Denied, as it must be: to {name}.")
    if trial.outcome == IGNORED:
        what = f"These credentials can {name}: a host that was broken into could destroy its backups."
        bucket = url.partition("://")[2].partition("/")[0]
        fix = "qdrant-backup policy --role writer"
        if name.startswith("overwrite"):
            apply = f"aws s3api put-bucket-policy --bucket {bucket} --policy file://p.json"
            fix = f"qdrant-backup policy --bucket-policy > p.json; {apply}"
        return Finding(ERROR, _AREA, what, fix)
    return Finding(WARNING, _AREA, f"Whether these credentials can {name} cannot be told: {trial.said}")
