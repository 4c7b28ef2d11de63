# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is the folder's own: temporary files, mounts that are not there, keys that climb out, full disks."""

from __future__ import annotations

import errno
import os

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository import folder as folder_module
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.errors import StoreError
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.folder import FolderStore


@pytest.fixture
def store(tmp_path):
    return FolderStore(str(tmp_path / "repository"))


@pytest.mark.parametrize("key", ["../x", "a/../../x", "/etc/passwd", "a//b", ".", "", "a/./b", "a/\0"])
def test_keys_stay_inside(store, key):
    with pytest.raises(StoreError, match="does not stay inside"):
        store.put(key, b"x")


def test_a_mount_that_is_not_there_is_not_written_under(tmp_path):
    store = FolderStore(str(tmp_path / "mnt" / "nas" / "backups"))
    for call in (lambda: store.put("k", b""), lambda: list(store.list(""))):
        with pytest.raises(StoreError) as caught:
            call()
        assert caught.value.kind == "not_found"
        assert "mounted" in caught.value.next
    assert not (tmp_path / "mnt").exists()


def left(store):
    return [
        os.path.join(where, name) for where, dummy, names in os.walk(store.root) for name in names if name != "lock"
    ]


@pytest.mark.parametrize(("number", "kind"), [(errno.ENOSPC, "full"), (errno.EROFS, "forbidden"), (errno.EIO, "other")])
def test_a_write_that_fails_leaves_nothing(store, monkeypatch, number, kind):
    def broken(handle):
        raise OSError(number, os.strerror(number))

    store.put("there", b"before")
    monkeypatch.setattr(folder_module, "fsync", broken)
    for key in ("new", "there"):
        with pytest.raises(StoreError) as caught:
            store.put(key, b"data")
        assert caught.value.kind == kind
        assert os.strerror(number) in str(caught.value)
    assert left(store) == [os.path.join(store.root, "there")]
    assert store.get("there").data == b"before"


def test_what_dead_runs_left_is_cleaned_up(store):
    store.put("a", b"1")
    dead = os.path.join(store.root, ".qdrant-backup-work", "1-abc.tmp")
    with open(dead, "wb"):
        pass
    assert [info.key for info in store.list("")] == ["a"]
    assert store.abort_uploads("", 3600) == 0
    assert store.abort_uploads("", 0) == 1
    assert not os.path.exists(dead)


def test_what_another_node_is_writing_is_not_cleaned_up(store, tmp_path):
    (tmp_path / "archive").write_bytes(bytes(3 << 20))
    removed = []
    other = FolderStore(store.root)
    store.put_file(
        "search/archives/node-b/a",
        str(tmp_path / "archive"),
        progress=lambda event: removed.append(other.abort_uploads("search/archives/node-a/", 0)),
    )
    assert removed == [0, 0, 0] and store.head("search/archives/node-b/a").bytes == 3 << 20
    assert left(store) == [os.path.join(store.root, "search/archives/node-b/a")]


def test_files_are_not_for_everybody(store):
    store.put("a/b/c", b"1")
    assert os.stat(os.path.join(store.root, "a", "b")).st_mode & 0o007 == 0


def test_two_writes_of_one_size_within_a_tick_have_two_etags(store):
    first = store.put("k", b"aaaa")
    second = store.put("k", b"bbbb")
    assert first.etag != second.etag
    with pytest.raises(StoreError) as caught:
        store.put("k", b"cccc", if_match=first.etag)
    assert caught.value.kind == "changed"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files that belong to another user")
def test_what_root_writes_belongs_to_the_owner_of_the_repository(tmp_path):
    """A backup by hand must not lock the scheduled one out."""
    (tmp_path / "repository").mkdir()
    os.chown(tmp_path / "repository", 4711, 4712)
    FolderStore(str(tmp_path / "repository"), "fleet").put("manifests/a/1.json", b"{}")
    found = [
        os.path.join(where, name) for where, dirs, files in os.walk(tmp_path / "repository") for name in dirs + files
    ]
    assert len(found) > 4
    assert {(os.lstat(path).st_uid, os.lstat(path).st_gid) for path in found} == {(4711, 4712)}
