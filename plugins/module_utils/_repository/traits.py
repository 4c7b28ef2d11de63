# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The detected traits of a store. Pure: values and messages; ``traits_file`` stores them on the host."""

from __future__ import annotations

import dataclasses
from typing import Any

KEPT, IGNORED, REFUSED = "kept", "ignored", "refused"
QUOTED, BARE, NONE = "quoted", "bare", "none"
YES, NO, SINGLE = "yes", "no", "single"


@dataclasses.dataclass(frozen=True)
class StoreTraits:
    """One word for each trait, "" if unknown."""

    conditional_put: str = ""  # If-None-Match on PutObject: kept, ignored, refused
    conditional_complete: str = ""  # the same on CompleteMultipartUpload
    if_match: str = ""  # form of the etag: quoted, bare; none: If-Match never holds, or is ignored
    part_checksums: str = ""  # checksum that the store checks: crc32, md5; none: bytes are read back
    checksum_echo: str = ""  # whether its answer contains the computed checksum: yes, no
    complete_checksums: str = ""  # whether the completion of an upload may contain the checksums of its parts: yes, no
    copy: str = ""  # yes, no; single: no multipart objects
    copy_conditional: str = ""  # If-None-Match on CopyObject: kept, ignored, refused
    upload_part_copy: str = ""  # yes, no
    listing: str = ""  # how a listing continues: token, start_after
    addressing_style: str = ""  # path, virtual
    region: str = ""  # of the bucket

    @property
    def locks(self) -> bool:
        """Whether two writers are mutually exclusive, as far as known."""
        return self.conditional_put not in (IGNORED, REFUSED) and self.if_match != NONE

    def as_dict(self) -> dict[str, str]:
        """The known traits, for reports and for the file."""
        return {name: value for name, value in dataclasses.asdict(self).items() if value}


VALUES: dict[str, tuple[str, ...]] = {
    "conditional_put": (KEPT, IGNORED, REFUSED),
    "conditional_complete": (KEPT, IGNORED, REFUSED),
    "if_match": (QUOTED, BARE, NONE),
    "part_checksums": ("crc32", "md5", NONE),
    "checksum_echo": (YES, NO),
    "complete_checksums": (YES, NO),
    "copy": (YES, NO, SINGLE),
    "copy_conditional": (KEPT, IGNORED, REFUSED),
    "upload_part_copy": (YES, NO),
    "listing": ("token", "start_after"),
    "addressing_style": ("path", "virtual"),
}


def from_dict(data: Any) -> StoreTraits:
    """The traits in a document; unknown fields are ignored."""
    known = {field.name for field in dataclasses.fields(StoreTraits)}
    found = {name: value for name, value in data.items() if name in known} if isinstance(data, dict) else {}
    return StoreTraits(
        **{
            name: value
            for name, value in found.items()
            if isinstance(value, str) and (name not in VALUES or value in VALUES[name])
        }
    )


_VERBS = {IGNORED: "ignores", REFUSED: "refuses"}


def lacking(traits: StoreTraits) -> str:
    """Which conditions a store does not support, as the end of a sentence that begins with its name; "" if it is not
    known to lack any."""
    found = []
    if traits.conditional_put in _VERBS:
        found.append(f"{_VERBS[traits.conditional_put]} If-None-Match")
    else:
        if traits.conditional_complete in _VERBS:
            found.append(f"{_VERBS[traits.conditional_complete]} If-None-Match when a multipart upload is completed")
        if traits.copy_conditional in _VERBS:
            found.append(f"{_VERBS[traits.copy_conditional]} If-None-Match when an object is copied")
    if traits.if_match == NONE:
        found.append("does not support If-Match")
    return " and ".join(found)


def weaker_promise(url: str, traits: StoreTraits, conditional_writes: str) -> str:
    """The warning of a run whose lock is only read back; "" if the store supports conditional writes."""
    if conditional_writes == "off":
        why = f"conditional_writes is off for {url}"
    elif traits.locks:
        return ""
    else:
        why = f"{url} does not support conditional writes (it {lacking(traits)})"
    return (
        f"{why}: the lock of the node is written and read back. Two runs that start at the same moment can both "
        "take it. Let only one host write backups of this node, or use a store that supports If-None-Match and "
        "If-Match."
    )
