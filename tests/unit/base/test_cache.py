# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the host keeps of documents: offered back only where nothing about it is wrong, and never in anybody's way."""

from __future__ import annotations

import os
import threading

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.cache import DocumentCache

KIND, KEY, ETAG = "summary of 1", "prod/manifests/node-a/20261122T190000Z.json", "abc"
VALUE = {"name": "ü", "numbers": [1, 2]}


@pytest.fixture
def cache(tmp_path):
    return DocumentCache(str(tmp_path), "s3://bucket/prefix")


def files(tmp_path):
    return sorted((tmp_path / "cache").glob("*"))


def test_what_is_kept_comes_back(cache, tmp_path):
    assert cache.get(KIND, KEY, ETAG) is None
    cache.put(KIND, KEY, ETAG, VALUE)
    assert cache.get(KIND, KEY, ETAG) == VALUE
    assert DocumentCache(str(tmp_path), "s3://bucket/prefix").get(KIND, KEY, ETAG) == VALUE
    (file,) = files(tmp_path)
    assert file.stat().st_mode & 0o777 == 0o600 and (tmp_path / "cache").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("other", [("other", KEY, ETAG), (KIND, KEY + "2", ETAG), (KIND, KEY, "abd"), (KIND, KEY, "")])
def test_another_document_is_another(cache, other):
    cache.put(KIND, KEY, ETAG, VALUE)
    assert cache.get(*other) is None


def test_another_store_is_another(cache, tmp_path):
    cache.put(KIND, KEY, ETAG, VALUE)
    assert DocumentCache(str(tmp_path), "s3://bucket/other").get(KIND, KEY, ETAG) is None


def test_without_an_etag_nothing_is_kept(cache, tmp_path):
    cache.put(KIND, KEY, "", VALUE)
    assert files(tmp_path) == [] if (tmp_path / "cache").exists() else True


@pytest.mark.parametrize("harm", ["flipped", "cut", "empty", "no json", "renamed", "folder", "link", "pipe"])
def test_what_is_damaged_is_not_believed_and_mended(cache, tmp_path, harm):
    cache.put(KIND, KEY, ETAG, VALUE)
    (file,) = files(tmp_path)
    data = file.read_bytes()
    if harm == "flipped":
        file.write_bytes(data.replace(b"[1,2]", b"[1,3]"))
    elif harm == "cut":
        file.write_bytes(data[:-3])
    elif harm in ("empty", "no json"):
        file.write_bytes(b"" if harm == "empty" else b"\xff\n{}")
    elif harm == "renamed":  # another document under this one's name
        cache.put(KIND, KEY, "other", {"name": "x"})
        os.replace(next(one for one in files(tmp_path) if one != file), file)
    else:
        file.unlink()
        if harm == "folder":
            file.mkdir()
        elif harm == "link":
            (tmp_path / "elsewhere").write_bytes(data)
            file.symlink_to(tmp_path / "elsewhere")
        else:
            os.mkfifo(file)
    assert cache.get(KIND, KEY, ETAG) is None
    cache.put(KIND, KEY, ETAG, VALUE)
    assert cache.get(KIND, KEY, ETAG) == (None if harm == "folder" else VALUE)
    assert not list(tmp_path.glob("cache/*.tmp"))


@pytest.mark.parametrize("how", ["absent", "file", "link", "others write"])
def test_a_folder_that_cannot_be_used_is_no_error(tmp_path, how):
    state = tmp_path / "state"
    if how != "absent":
        state.mkdir()
    if how == "file":
        (state / "cache").write_text("x")
    elif how == "link":
        (tmp_path / "elsewhere").mkdir()
        (state / "cache").symlink_to(tmp_path / "elsewhere")
    elif how == "others write":
        (state / "cache").mkdir()
        (state / "cache").chmod(0o777)
    cache = DocumentCache(str(state), "s3://bucket")
    cache.put(KIND, KEY, ETAG, VALUE)
    assert cache.get(KIND, KEY, ETAG) is None
    assert state.exists() == (how != "absent"), "a report makes no state directory"
    if how == "link":
        assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_may_not_be_written_is_no_error(tmp_path):
    tmp_path.chmod(0o500)
    cache = DocumentCache(str(tmp_path), "s3://bucket")
    cache.put(KIND, KEY, ETAG, VALUE)
    tmp_path.chmod(0o700)
    assert cache.get(KIND, KEY, ETAG) is None


def test_it_stays_small_and_keeps_the_newest(tmp_path):
    most = 256 * 1024
    cache = DocumentCache(str(tmp_path), "s3://bucket", most)
    for number in range(300):
        cache.put(KIND, KEY, str(number), {"text": "x" * 3000})
        for file in files(tmp_path):
            if file.stat().st_mtime > number + 1e6:
                os.utime(file, (number, number))  # each a second older than the next
    kept = [number for number in range(300) if cache.get(KIND, KEY, str(number))]
    assert sum(file.stat().st_blocks * 512 for file in files(tmp_path)) <= most * 9 // 8 + 4096
    assert kept and kept == list(range(300 - len(kept), 300))
    cache.put(KIND, KEY, "large", {"text": "x" * most})
    assert cache.get(KIND, KEY, "large") is None


def test_leftovers_of_killed_runs_go(cache, tmp_path):
    cache.put(KIND, KEY, ETAG, VALUE)
    old, young = tmp_path / "cache" / "a.json.1-2.tmp", tmp_path / "cache" / "b.json.1-2.tmp"
    for file in (old, young):
        file.write_bytes(b"half")
    os.utime(old, (1, 1))
    DocumentCache(str(tmp_path), "s3://bucket").put(KIND, KEY, "next", VALUE)
    assert not old.exists() and young.exists()


def test_many_at_once(tmp_path):
    caches = [DocumentCache(str(tmp_path), "s3://bucket", 64 * 1024) for dummy in range(4)]
    wrong = []

    def work(cache):
        for number in range(200):
            cache.put(KIND, KEY, str(number % 40), {"number": number % 40})
            found = cache.get(KIND, KEY, str(number % 40))
            if found not in (None, {"number": number % 40}):
                wrong.append(found)

    threads = [threading.Thread(target=work, args=(cache,)) for cache in caches for dummy in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == [] and not list(tmp_path.glob("cache/*.tmp"))
