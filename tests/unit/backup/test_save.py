# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Storing one archive: copied or sent, by what its content says; and the commit. On a folder, without a node."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import hashlib
import types
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._archive.facts import ArchiveFacts
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.commit import build, commit
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.errors import CollectionFailed
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.inspection import Inspection
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.opening import Repository, previous_of
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.operation import _orphans
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.plan import make_plan
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.reuse import Copied, copy_in_advance
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.save import Job, Saved, save
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.unused import sentences
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.values import Previous, RepositoryFacts
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.watch import Watch
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import LockedError
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.progress import silent
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.stages import Stages
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.scope import Scope
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.values import Snapshot
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.catalogue import Catalogue
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.folder import FolderStore
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.manifest import CollectionEntry, Manifest
from ansible_collections.vectorops.qdrant.tests.unit.backup.make import BEFORE, archive, entry, node_facts, options

OLD, NEW = b"old bytes of 20 byte", b"new bytes of 20 byte"
LONGER = NEW + b" and some more zeros"


def repository(tmp_path: Path, *entries: CollectionEntry) -> Repository:
    """A folder with one committed backup."""
    store = FolderStore(str(tmp_path / "repository"))
    for one in entries:
        store.put(one.archive.key, OLD)
    if entries:
        earlier = options(backup_id=BEFORE)
        facts = node_facts(*(one.name for one in entries))
        manifest = build(earlier, facts, make_plan(earlier, facts), "2026-11-22T18:00:00Z", entries, (), ())
        Catalogue(store, "c").commit(manifest)
    opened = Repository(options(), store, False)
    opened.look()
    return opened


def old_entry(**more: Any) -> CollectionEntry:
    made = entry("a", size=len(OLD), **more)
    return dataclasses.replace(
        made, archive=dataclasses.replace(made.archive, sha256=hashlib.sha256(OLD).hexdigest(), content_digest="d" * 64)
    )


class Answers(concurrent.futures.Executor):
    """Inspects by answering at once. asked: for each inspection, whether the file's hash was wanted."""

    def __init__(self, facts: ArchiveFacts) -> None:
        self.asked: list[bool] = []
        self._facts = facts

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> concurrent.futures.Future[Any]:
        self.asked.append(kwargs["hash_file"])
        future: concurrent.futures.Future[Any] = concurrent.futures.Future()
        future.set_result(self._facts if kwargs["hash_file"] else dataclasses.replace(self._facts, sha256=""))
        return future


def job(
    tmp_path: Path,
    data: bytes = NEW,
    *,
    digest: str = "d" * 64,
    content_only: bool = False,
    copied: Copied | None = None,
    **facts: Any,
) -> tuple[Job, Answers]:
    path = tmp_path / "a-11-2026-11-22-19-00-00.snapshot"
    path.write_bytes(data)
    sha256 = hashlib.sha256(data).hexdigest()
    given = {"bytes": len(data), "sha256": sha256, "content_digest": digest, **facts}
    answers = Answers(archive(**given))
    inspection = Inspection(answers, str(path), content_only=content_only)
    copying: concurrent.futures.Future[Copied | None] = concurrent.futures.Future()
    copying.set_result(copied)
    made = Snapshot(path.name, len(data), None, sha256)
    return Job("a", Scope.collection("a"), str(path), made, inspection, Stages(), copying), answers


def saved(tmp_path: Path, made: tuple[Job, Answers], opened: Repository) -> Saved:
    return save(made[0], opened, Watch(silent))


def test_the_same_content_is_copied_and_nothing_sent(tmp_path: Path) -> None:
    opened = repository(tmp_path, old_entry())
    found = saved(tmp_path, job(tmp_path), opened)
    assert found.sent == 0
    assert found.archive.copied_from == old_entry().archive.key
    assert found.archive.sha256 == hashlib.sha256(OLD).hexdigest()
    assert opened.store.get(found.archive.key).data == OLD


@pytest.mark.parametrize("digest", ["d" * 64, "e" * 64], ids=["the same", "other"])
def test_a_copy_in_advance_is_used_by_content_not_by_size(tmp_path: Path, digest: str) -> None:
    """Holes in files come and go, and the size of an archive with them."""
    same = digest == "d" * 64
    opened = repository(tmp_path, old_entry(extra={"fingerprint": "x"}))
    made = copy_in_advance("a", "x", opened, Watch(silent))
    found = saved(tmp_path, job(tmp_path, LONGER, digest=digest, copied=made), opened)
    assert found.sent == (0 if same else len(LONGER))
    assert (found.archive.bytes, found.facts.bytes) == (len(OLD) if same else len(LONGER), len(LONGER))
    assert opened.store.get(found.archive.key).data == (OLD if same else LONGER)


def test_a_copy_that_was_refused_is_not_the_end_of_comparing(tmp_path: Path) -> None:
    """What kept the copy back (a failed proof) is told, and the archive is sent."""
    found = saved(tmp_path, job(tmp_path, LONGER, copied=Copied(None, ("why",))), repository(tmp_path, old_entry()))
    assert (found.sent, found.warnings) == (len(LONGER), ("why",))


def test_of_what_is_copied_only_the_content_is_hashed(tmp_path: Path) -> None:
    made = job(tmp_path, content_only=True)
    found = saved(tmp_path, made, repository(tmp_path, old_entry()))
    assert found.sent == 0
    assert made[1].asked == [False]


def test_what_was_not_the_same_after_all_is_hashed_whole_and_sent(tmp_path: Path) -> None:
    made = job(tmp_path, digest="e" * 64, content_only=True)
    found = saved(tmp_path, made, repository(tmp_path, old_entry()))
    assert found.sent == len(NEW)
    assert found.archive.sha256 == hashlib.sha256(NEW).hexdigest()
    assert made[1].asked == [False, True]


@pytest.mark.parametrize("content_only", [False, True])
def test_a_file_that_is_not_what_the_node_hashed_is_never_sent(tmp_path: Path, content_only: bool) -> None:
    made = job(tmp_path, digest="e" * 64, content_only=content_only, sha256="b" * 64)
    with pytest.raises(CollectionFailed, match="the node recorded"):
        saved(tmp_path, made, repository(tmp_path, old_entry()))


def test_other_content_of_the_same_size_is_sent(tmp_path: Path) -> None:
    opened = repository(tmp_path, old_entry())
    found = saved(tmp_path, job(tmp_path, digest="e" * 64), opened)
    assert found.sent == len(NEW)
    assert found.archive.copied_from is None
    assert opened.store.get(found.archive.key).data == NEW


def test_a_prior_without_a_digest_is_never_taken_for_the_same(tmp_path: Path) -> None:
    without = old_entry()
    without = dataclasses.replace(without, archive=dataclasses.replace(without.archive, content_digest=None))
    assert saved(tmp_path, job(tmp_path), repository(tmp_path, without)).sent == len(NEW)


def test_what_nobody_wants_any_more_is_not_sent(tmp_path: Path) -> None:
    opened = repository(tmp_path)
    made = job(tmp_path)
    made[0].given_up.set()
    with pytest.raises(CollectionFailed, match="failed before its archive was stored"):
        saved(tmp_path, made, opened)
    assert list(opened.store.list("c/archives/")) == []


def test_what_was_stored_and_is_in_no_entry_is_known(tmp_path: Path) -> None:
    opened = repository(tmp_path, old_entry(extra={"fingerprint": "x"}))
    copied = copy_in_advance("a", "x", opened, Watch(silent))
    found = saved(tmp_path, job(tmp_path, digest="e" * 64, copied=copied), opened)
    assert copied is not None and copied.archive is not None
    used = dataclasses.replace(old_entry(), archive=found.archive)
    assert opened.stored.unused([used]) == [copied.archive.key]
    assert opened.stored.unused([]) == sorted([copied.archive.key, found.archive.key])
    assert sentences([]) == []
    (one,) = sentences([copied.archive.key])
    assert copied.archive.key in one and "It only costs storage." in one
    (two,) = sentences([copied.archive.key, "other"])
    assert two.startswith("2 archives were stored and are not") and "They only cost storage." in two


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ([], []),
        (
            ["a/b"],
            ["The repository has 1 archive that a killed run left (a/b). It is ignored, and only costs storage."],
        ),
        (
            ["a/b", "c"],
            [
                "The repository has 2 archives that killed runs left (for example a/b). "
                "They are ignored, and only cost storage."
            ],
        ),
    ],
)
def test_archives_of_killed_runs_are_told(keys: list[str], told: list[str]) -> None:
    assert _orphans(types.SimpleNamespace(orphans=lambda: keys)) == told  # type: ignore[arg-type]


def test_a_first_backup_is_sent(tmp_path: Path) -> None:
    assert saved(tmp_path, job(tmp_path), repository(tmp_path)).sent == len(NEW)


def test_one_who_stored_it_before_and_lost_the_answer_is_content(tmp_path: Path) -> None:
    opened = repository(tmp_path)
    first = saved(tmp_path, job(tmp_path), opened)
    assert saved(tmp_path, job(tmp_path), opened).archive.key == first.archive.key


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        pytest.param({"problems": ("shard 0 has no segments",)}, "shard 0 has no segments", id="problems"),
        pytest.param({"kind": "shard"}, "is not of a collection", id="another kind"),
        pytest.param({"sha256": "b" * 64}, "the node recorded", id="hash"),
    ],
)
@pytest.mark.parametrize("with_prior", [True, False])
def test_what_is_not_whole_is_a_failure(tmp_path: Path, facts: dict[str, Any], word: str, with_prior: bool) -> None:
    opened = repository(tmp_path, *([old_entry()] if with_prior else []))
    with pytest.raises(CollectionFailed, match=word):
        saved(tmp_path, job(tmp_path, **facts), opened)


@pytest.mark.parametrize(
    ("noted", "now", "copied"),
    [("x", "x", True), ("x", "y", False), ("", "", False), (None, "x", False)],
    ids=["as noted", "another", "nobody tells", "not noted"],
)
def test_a_copy_in_advance_only_where_the_segments_are_those_noted(
    tmp_path: Path, noted: Any, now: str, copied: bool
) -> None:
    opened = repository(tmp_path, old_entry(extra={"fingerprint": noted} if noted is not None else {}))
    found = copy_in_advance("a", now, opened, Watch(silent))
    assert (found is not None and found.archive is not None) is copied


def manifest(**more: Any) -> Manifest:
    given = options(**more)
    facts = node_facts("a")
    return build(given, facts, make_plan(given, facts), "2026-11-22T19:00:00Z", [old_entry()], (), ("a warning",))


def test_a_commit_is_made_once(tmp_path: Path) -> None:
    opened = repository(tmp_path)
    made = manifest()
    commit(opened, made)
    commit(opened, made)  # the answer was lost, the same bytes are there
    with pytest.raises(LockedError, match="another run committed it first"):
        commit(opened, dataclasses.replace(made, expected_nodes=("other",)))
    assert opened.catalogue.manifest(opened.catalogue.backups("node-a")[0]) == made


def test_what_is_gone_is_noted_and_read_again() -> None:
    facts = node_facts("a")
    plan = make_plan(options(), facts, RepositoryFacts(previous=Previous(BEFORE, ("a", "b"))))
    made = build(options(), facts, plan, "2026-11-22T19:00:00Z", [old_entry()], (("z", "why"),), ())
    again = previous_of(made)
    assert again.gone == {"collections": ["b"]}
    assert again.collections == ("a",), "one that failed and was never held is not missed"
    assert made.expected_nodes == ("node-a",)
