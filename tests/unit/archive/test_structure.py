# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Broken, foreign and hostile archives, one by one: each ends as a problem, none as an exception."""

from __future__ import annotations

import gzip
import json
import tarfile

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._archive import inspect as room
from ansible_collections.vectorops.qdrant.plugins.module_utils._archive import reader, structure
from ansible_collections.vectorops.qdrant.tests.unit.archive import build
from ansible_collections.vectorops.qdrant.tests.unit.archive.build import entry, facts, pack, raw_entry, sparse_entry

WHOLE = build.collection()


def problems(data):
    return " ".join(facts(data).problems)


def with_entry(extra):
    """A whole archive with one more member in front."""
    return extra + pack(WHOLE)


def changed(**members):
    """A whole archive with members replaced."""
    return pack({**WHOLE, **members})


def test_the_small_archive_is_whole():
    found = facts(pack(WHOLE))
    assert found.problems == ()
    assert found.kind == "collection"
    assert found.shards[0].segments == 1
    assert found.version == "0.4.2"
    assert found.largest_segment == found.segments_bytes == len(build.segment())


@pytest.mark.parametrize(
    "data, sentence",
    [
        (b"", "the file is empty"),
        (gzip.compress(pack(WHOLE)), "compressed with gzip"),
        (b"\x28\xb5\x2f\xfd" + bytes(600), "compressed with zstd"),
        (b"PK\x03\x04" + bytes(600), "a zip file"),
        (b"<!DOCTYPE html><html>502 Bad Gateway</html>", "HTML or XML"),
        (b"\n <?xml version='1.0'?><Error><Code>NoSuchKey</Code></Error>" + b" " * 600, "HTML or XML"),
        (b'{"status":{"error":"Not found"}}', "looks like JSON"),
        (b"short", "only 5 bytes"),
        (pack(WHOLE)[:300], "only 300 bytes"),
        (b"\xff" * 5000, "not a tar archive"),
        (b"\0" * 512 + b"x" * 512, "begins with zeros"),
    ],
)
def test_foreign_files(data, sentence):
    found = facts(data)
    assert found.kind == "unknown"
    assert len(found.problems) == 1
    assert found.problems[0].startswith("This is not a Qdrant snapshot: ")
    assert sentence in found.problems[0]
    assert found.bytes == len(data)


@pytest.mark.parametrize("data", [bytes(1024), bytes(10240), pack({"readme.txt": b"hello", "etc/passwd": b"root"})])
def test_tar_archives_of_something_else(data):
    found = facts(data)
    assert found.kind == "unknown"
    assert found.problems == ("Nothing in it is part of a Qdrant snapshot.",)


@pytest.mark.parametrize(
    "extra, sentence",
    [
        (entry("../escape"), "leads out of the archive"),
        (entry("0/../../escape"), "leads out of the archive"),
        (entry("/etc/cron.d/evil", b"x"), "absolute"),
        (entry("0/" + "d/" * 80 + "../../x", b"x"), "leads out of the archive"),
        (raw_entry(b"0/wal/two\nlines", b"x"), "control characters"),
        (raw_entry(b"./", b"x"), "name is empty"),
        (entry("0/wal/link", kind=tarfile.SYMTYPE, link="/etc/shadow"), "a symbolic link"),
        (entry("0/wal/link", kind=tarfile.LNKTYPE, link="config.json"), "a hard link"),
        (entry("0/wal/dev", kind=tarfile.CHRTYPE), "a character device"),
        (entry("0/wal/dev", kind=tarfile.BLKTYPE), "a block device"),
        (entry("0/wal/pipe", kind=tarfile.FIFOTYPE), "a FIFO"),
        (entry("0/wal/file", kind=tarfile.CONTTYPE), "a contiguous file"),
        (raw_entry(b"0/wal/odd", b"", b"\xc8"), "unknown type"),
        (raw_entry(b"pax", b"19 path=../escaped\n", b"x"), "a pax header"),
        (entry("0/wal/open-1", b"another log"), "a duplicate"),
        (entry("./0//wal/open-1", b"another log"), "a duplicate"),
        (entry("0/segments/segment-0.tar", build.segment()), "a duplicate"),
        (sparse_entry("0/wal/a", 8192, [(4096, b"x" * 4096), (0, b"y" * 4096)]), "goes backwards"),
        (sparse_entry("0/wal/a", 8192, [(0, b"x" * 4096), (2048, b"y" * 4096)]), "goes backwards"),
        (sparse_entry("0/wal/a", 100, [(0, b"x" * 512)]), "beyond its size"),
        (sparse_entry("0/wal/a", 9000, [(0, b"x" * 512)], stored=0) + b"", "does not match"),
    ],
)
def test_entries_that_must_not_be_there(extra, sentence):
    text = problems(with_entry(extra))
    assert sentence in text
    assert "\n" not in text
    assert text.isprintable()


def test_a_long_name_with_a_nul_inside():
    name = b"0/wal/" + b"a" * 120 + b"\0/../../etc/passwd"
    assert "control characters" in problems(with_entry(raw_entry(b"././@LongLink", name + b"\0", b"L") + entry("x")))


def test_long_names_are_read():
    name = "0/wal/" + "deep/" * 60 + "open"
    found = facts(with_entry(entry(name, b"log")))
    assert found.problems == ()
    assert found.content_digest == build.digest_by_tarfile(with_entry(entry(name, b"log")))


@pytest.mark.parametrize(
    "extra, sentence",
    [
        (raw_entry(b"././@LongLink", b"a" * 5000, b"L"), "a name of 5000 bytes"),
        (raw_entry(b"././@LongLink", b"", b"L", b"77777777777\0"), "a name of 8589934591 bytes"),
        (raw_entry(b"././@LongLink", b"name\0", b"L") * 2, "another long name follows"),
        (raw_entry(b"0/wal/a", b"", b"0", b"\x80" + b"\x7f" * 11), "which is too large"),
        (raw_entry(b"0/wal/a", b"", b"0", b"\xff" * 12), "negative or too large"),
        (raw_entry(b"0/wal/a", b"", b"0", b"12abc\0\0\0\0\0\0\0"), "cannot be read"),
        (raw_entry(b"0/wal/a", b"", b"0", None, [(257, b"xstar")]), "not a tar header"),
        (b"\0" * 512 + entry("x"), "single zero block"),
        (b"x" * 512, "not a tar header"),
    ],
)
def test_structure_that_breaks_off(extra, sentence):
    data = build.without_end(pack(WHOLE)) + extra + pack({"more": b"x"})
    found = facts(data)
    assert sentence in " ".join(found.problems)
    assert "The archive is damaged near byte" in found.problems[0]
    assert (found.kind, found.bytes) == ("collection", len(data))


def test_a_size_beyond_the_file():
    data = build.without_end(pack(WHOLE)) + raw_entry(b"0/wal/huge", b"x", b"0", b"77777777777\0") + build.END
    assert "The archive is truncated: it ends inside 0/wal/huge" in problems(data)


def test_a_long_name_at_the_end():
    data = build.without_end(pack(WHOLE)) + raw_entry(b"././@LongLink", b"name\0", b"L") + build.END
    assert "no entry follows a long name" in problems(data)


def test_a_wrong_header_checksum():
    data = bytearray(pack(WHOLE))
    at = data.index(b"0/wal/open-1")
    data[at + 110] ^= 1
    assert "checksum is wrong" in problems(bytes(data))


def test_what_follows_the_end():
    assert problems(pack(WHOLE) + bytes(8192)) == ""
    assert "There are bytes after the end of the archive." in problems(pack(WHOLE) + b"garbage")
    assert "There are bytes after the end of the archive." in problems(pack(WHOLE) + pack(WHOLE))


@pytest.mark.parametrize(
    "inner, sentence",
    [
        (b"", "holds no file"),
        (b"not a tar" * 100, "is damaged: the header is not a tar header"),
        (build.segment()[:-700], "is truncated"),
        (build.segment() + build.END + b"tail", "There are bytes after"),
        (build.segment(extra=entry("../../../etc/passwd", b"x")), "leads out of the archive"),
        (build.segment(extra=entry("snapshot/files/x", kind=tarfile.SYMTYPE, link="/")), "a symbolic link"),
        (build.segment(extra=entry("snapshot/files/segment.json", b"x")), "a duplicate"),
        (
            build.segment(extra=entry("snapshot/files/more.tar", build.segment())),
            "archive inside a segment's archive",
        ),
        (entry("snapshot/files/version.info", b"0.6.0"), "segment.json of segment"),
        (entry("snapshot/files/segment.json", b"{}"), "version.info of segment"),
    ],
)
def test_segment_archives(inner, sentence):
    text = problems(changed(**{"0/segments/segment-0.tar": inner}))
    assert text
    assert sentence in text
    assert "0/segments/segment-0.tar" in text or "segment segment-0" in text


def test_an_archive_twice_and_files_of_two_kinds():
    other = entry("snapshot/files/other", b"x")
    assert "0/segments/segment-0.tar must not be in an archive: it is a duplicate" in problems(
        with_entry(entry("0/segments/segment-0.tar", other))
    )
    assert "outside the shards' folders" in problems(with_entry(entry("replica_state.json", b"{}")))


def test_a_cut_inside_a_segment_is_one_of_the_whole_archive():
    data = pack(WHOLE)
    text = problems(data[: data.index(b"snapshot/files/segment.json") + 700])
    assert text.startswith(
        "The archive is truncated: it ends inside 0/segments/segment-0.tar/snapshot/files/segment.json"
    )
    assert "segment-0.tar is truncated" not in text


def test_a_segment_archive_may_have_an_end_marker():
    assert problems(changed(**{"0/segments/segment-0.tar": build.segment() + build.END})) == ""


def test_a_segment_archive_with_holes():
    files = dict(WHOLE)
    del files["0/segments/segment-0.tar"]
    data = sparse_entry("0/segments/segment-0.tar", 8192, [(0, build.segment()[:4096])]) + pack(files)
    assert "stored with holes" in problems(data)


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_each_missing_member_is_told(name):
    found = facts(pack({key: value for key, value in WHOLE.items() if key != name}))
    if name == "0/wal/open-1":  # which files a log has depends on its history
        assert found.problems == ()
    else:
        assert found.problems


@pytest.mark.parametrize(
    "document, sentence",
    [
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b"\xff\xfe\xfa", "not valid JSON"),
        (b"[]", "not a collection's configuration"),
        (b"null", "not a collection's configuration"),
        (b'{"params": 5}', "not a collection's configuration"),
        (b'{"params": {}}', "does not say how many shards"),
        (b'{"params": {"shard_number": true}}', "does not say how many shards"),
        (b'{"params": {"shard_number": 1e400}}', "number that is too large"),
        (b'{"params": {"shard_number": NaN}}', "not valid JSON"),
        (b'{"params": {"shard_number": ' + b"9" * 5000 + b"}}", "number that is too large"),
        (b"[" * 200_000, "not valid JSON"),
        (b'{"params": {"shard_number": 999999999999999999999999999}}', "More than 5 of this kind are missing: shard."),
        (b'{"params": {"shard_number": 3}}', "The shard 2 is missing."),
    ],
)
def test_config(document, sentence):
    assert sentence in problems(changed(**{"config.json": document}))


@pytest.mark.parametrize(
    "name, document",
    [
        ("0/replica_state.json", b"[1, 2]"),
        ("0/replica_state.json", b'{"is_local": "yes", "peers": [], "this_peer_id": {}}'),
        ("0/replica_state.json", b"nonsense"),
        ("0/shard_config.json", b"nonsense"),
        ("shard_key_mapping.json", b"nonsense"),
        ("payload_index.json", b"nonsense"),
        ("version.info", b""),
        ("version.info", b"x" * 200),
    ],
)
def test_other_documents(name, document):
    assert name.split("/")[-1] in problems(changed(**{name: document}))


@pytest.mark.parametrize(
    "name, document",
    [
        ("shard_key_mapping.json", b'[1, {"key": null}, {"key": "a", "shard_ids": "b"}, {"key": [], "shard_ids": []}]'),
        ("payload_index.json", b'{"schema": [1]}'),
        ("payload_index.json", b'{"schema": {"a": null, "b": {"x": 1}}}'),
        ("0/replica_state.json", b'{"is_local": true, "this_peer_id": 7, "peers": {"x": 1, "7": {"Odd": 1}}}'),
    ],
)
def test_odd_documents_do_no_harm(name, document):
    facts(changed(**{name: document}))


def test_documents_too_large_or_with_holes(monkeypatch):
    assert "config.json is stored with holes" in problems(
        sparse_entry("config.json", 4096, [(0, b"{}")]) + pack({k: v for k, v in WHOLE.items() if k != "config.json"})
    )
    monkeypatch.setattr(room, "MAX_DOCUMENT", 50)
    assert "config.json has" in problems(pack(WHOLE))


def test_too_many_entries(monkeypatch):
    limits = reader.Limits
    monkeypatch.setattr(room, "Limits", lambda: limits(entries=5))
    assert "there are more than 5 entries" in problems(pack(WHOLE))
    monkeypatch.setattr(room, "Limits", lambda: limits(name_bytes=50))
    assert "names of the entries are too long in total" in problems(pack(WHOLE))


def test_problems_are_bounded():
    found = facts(b"".join(entry(f"/absolute/{number}") for number in range(500)) + pack(WHOLE))
    assert len(found.problems) == structure.MAX_PROBLEMS + 1
    assert found.problems[-1] == "There are 450 more problems."


def test_names_are_safe_to_print():
    text = problems(with_entry(raw_entry(b"/\x1b[31m\xff\xe2\x80\xae" + b"a" * 60, b"")))
    assert text.isprintable()
    assert "\x1b" not in text
    assert len(structure.shown("x" * 5000)) <= 200


def test_no_shard_data():
    config = {"params": {"shard_number": 2}}
    members = {**build.shard("0/", local=False), **build.shard("1/", local=False), **build.tail(config)}
    found = facts(pack(members))
    assert found.problems == ("It holds no shard data: every shard is on other nodes, or is missing.",)
    assert found.captured_shards == ()
    assert found.shards[1].peers == {8: "Active"}
    assert "no shard data" in problems(pack(build.tail()))
    assert "is on this node" in problems(pack({**build.shard(segments=0), **build.tail()}))


def test_custom_sharding():
    config = {"params": {"shard_number": 1, "sharding_method": "custom"}}
    keys = [{"key": "acme", "shard_ids": [3, 1]}, {"key": 5, "shard_ids": [2]}]
    members = {**build.shard("1/"), **build.shard("2/", local=False), **build.shard("3/"), **build.tail(config, keys)}
    found = facts(pack(members))
    assert found.problems == ()
    assert found.shard_keys == {"acme": (1, 3), 5: (2,)}
    assert found.captured_shards == (1, 3)
    members = {**build.shard("1/"), **build.tail(config, keys)}
    assert "The shard 2 is missing. The shard 3 is missing." in problems(pack(members))
    assert problems(pack(build.tail(config))) == ""
    old = {**build.shard("1/"), **build.tail(config), "shard_key_mapping.json": b'{"acme": [1]}'}
    assert facts(pack(old)).shard_keys == {"acme": (1,)}


def test_payload_schema_with_parameters():
    schema = {"a": "keyword", "b": {"type": "text", "tokenizer": "word"}}
    found = facts(pack({**build.shard(), **build.tail(schema=schema)}))
    assert found.payload_schema == {
        "a": {"data_type": "keyword"},
        "b": {"data_type": "text", "params": {"type": "text", "tokenizer": "word"}},
    }


def test_shard_kinds():
    shard = build.shard("")
    assert facts(pack(shard)).kind == "shard"
    assert facts(pack(shard)).problems == ()
    files = {"segments/u/files/segment.json": b"{}", "segments/u/files/version.info": b"0.6.0"}
    rest = {name: data for name, data in shard.items() if not name.endswith(".tar")}
    streamed = facts(pack({**files, **rest}))
    assert (streamed.kind, streamed.problems, streamed.segment_versions) == ("streamed_shard", (), ("0.6.0",))
    assert "version.info of segment" in problems(pack({"segments/u/files/segment.json": b"{}", **rest}))
    partial = facts(pack({"segments/u/files/segment_manifest.json": b"{}", **rest}))
    assert (partial.kind, partial.problems) == ("partial", ())
    empty = facts(pack(build.shard("", local=False)))
    assert (empty.kind, empty.problems) == ("shard", ("It holds no shard data, because it has no segment.",))
    assert "shard_config.json is missing" in problems(
        pack({k: v for k, v in shard.items() if k != "shard_config.json"})
    )


def test_rocksdb_segments_are_seen():
    inner = build.segment(extra=entry("snapshot/db_backup/meta/1", b"x"))
    found = facts(changed(**{"0/segments/segment-0.tar": inner}))
    assert (found.rocksdb, found.problems) == (True, ())


def full(members, mapping=None, aliases=None):
    mapping = {name.split("-")[0]: name for name in members} if mapping is None else mapping
    config = {"collections_mapping": mapping, "collections_aliases": aliases or {}}
    return pack({**members, "config.json": json.dumps(config).encode()})


def test_full_archives():
    whole = pack(WHOLE)
    found = facts(full({"a-1.snapshot": whole, "b-1.snapshot": whole}, aliases={"live": "a"}))
    assert (found.kind, found.problems, found.aliases) == ("full", (), {"live": "a"})
    assert found.members == {"a-1.snapshot": len(whole), "b-1.snapshot": len(whole)}
    assert found.collections == {"a": "a-1.snapshot", "b": "b-1.snapshot"}
    assert facts(full({})).problems == ()
    assert "collection archive c-1.snapshot is missing" in problems(full({}, {"c": "c-1.snapshot"}))
    assert "belongs to no collection" in problems(full({"a-1.snapshot": whole}, {}))
    assert "a-1.snapshot is truncated" in problems(full({"a-1.snapshot": whole[:-600]}))
    assert "a-1.snapshot: The file config.json is missing." in problems(
        full({"a-1.snapshot": pack({k: v for k, v in WHOLE.items() if k != "config.json"})})
    )
    assert "a-1.snapshot is not a collection archive" in problems(full({"a-1.snapshot": full({})}))
    assert "config.json with the list of collections is missing" in problems(pack({"a-1.snapshot": whole}))
    assert "a-1.snapshot is damaged" in problems(full({"a-1.snapshot": b"<html>" * 200}))
