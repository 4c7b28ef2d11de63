# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The words every error, plan and id is made of."""

from __future__ import annotations

import dataclasses
import datetime
import errno
import hashlib
import json
import os
import subprocess
import sys

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base import clock
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.address import node_key, plain_address
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.counted import counted, few, points, was
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import (
    EngineError,
    LockedError,
    RefusedError,
    UsageError,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.host import Host
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.intent import (
    LEFT_ALONE,
    RECOVER,
    UNPROVEN,
    UNREADABLE,
    Intent,
    of_a_restore,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.ownership import hand_over
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.plan import Plan, Refusal, Step, human_bytes
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.redaction import redact, register_secret
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.sentences import joined

PRESIGNED = "https://store.example/b/key?X-Amz-Signature=abcdef0123&X-Amz-Credential=AKIAEXAMPLE"


def test_a_number_has_its_noun():
    assert [counted(number, "step") for number in (0, 1, 2)] == ["0 steps", "1 step", "2 steps"]
    assert [counted(number, "query", "queries") for number in (1, 2)] == ["1 query", "2 queries"]
    assert [was(number) for number in (0, 1, 2)] == ["0 were", "1 was", "2 were"]


@pytest.mark.parametrize(
    ("names", "more", "text"),
    [
        ([], {}, ""),
        (["a", "b", "c"], {}, "a, b, c"),
        (["a", "b", "c", "d", "e"], {}, "a, b, c and 2 more"),
        (["a", "b"], {"most": 1}, "a and 1 more"),
        (["a", "b"], {"most": 1, "more": "more reasons"}, "a and 1 more reasons"),
    ],
)
def test_long_lists_of_names_are_cut(names, more, text):
    assert few(names, **more) == text


@pytest.mark.parametrize(
    ("texts", "text"),
    [
        ((), ""),
        (("One.", "", "Two."), "One. Two."),
        (("Run: qdrant-backup doctor", "Then wait."), "Run: qdrant-backup doctor; Then wait."),
        (("To go on: qdrant-backup run",), "To go on: qdrant-backup run"),
        (("Why?", "Look!", "See: x"), "Why? Look! See: x"),
    ],
)
def test_a_command_is_not_followed_by_a_full_stop(texts, text):
    assert joined(*texts) == text
    assert [points(number) for number in (None, 1, 2)] == ["number of points unknown", "1 point", "2 points"]
    assert Plan("restore", "a", (Step("recover", "a"),)).lines()[0] == "restore a: 1 step, 0 bytes"


def test_an_error_says_what_was_attempted_on_what_what_was_said_and_what_to_do():
    error = EngineError("create a snapshot of", "collection a", "no space\nleft.", "Free some space.")
    assert str(error) == "Could not create a snapshot of collection a: no space left. Free some space."
    assert error.as_dict()["said"] == "no space\nleft."
    assert RefusedError("restore", "a", "it exists").exit_code == 3
    assert str(RefusedError("restore", "a", "it exists")).endswith("Nothing was changed.")
    assert str(UsageError("mode is unknown", "Choose new.")) == "mode is unknown. Choose new."


@pytest.mark.parametrize(
    "text, gone",
    [
        (f"Failed to download {PRESIGNED} now", "abcdef0123"),
        ("http://user:hunter2pass@host:6333/x failed", "hunter2pass"),
        ("header api-key: topsecretvalue, next", "topsecretvalue"),
        ("X-Amz-Security-Token=tokentokentoken&x=1", "tokentokentoken"),
        ("the registered-secret-value-1 was here", "registered-secret-value-1"),
    ],
)
def test_no_secret_survives(text, gone):
    register_secret("registered-secret-value-1")
    assert gone not in redact(text)
    assert gone not in json.dumps(EngineError("fetch", text, text, text, key=text).as_dict())


def test_redaction_keeps_the_rest():
    assert redact(f"get {PRESIGNED} now") == "get https://store.example/b/key now"
    register_secret("abc")
    assert redact("abcd") == "abcd"
    command = 'curl -X DELETE http://n:6333/collections/a -H "api-key: $QDRANT_API_KEY"'
    assert redact(command) == command, "a command is copied"
    assert redact("api-key: $QDRANT_API_KEY2") == "api-key: ***"


@pytest.mark.parametrize(
    "slot, expected",
    [(0, "20261122T195907Z"), (3600, "20261122T190000Z"), (900, "20261122T194500Z"), (86400, "20261122T000000Z")],
)
def test_a_slot_floors_the_backup_id(slot, expected):
    moment = datetime.datetime(2026, 11, 22, 19, 59, 7, tzinfo=datetime.timezone.utc)
    assert clock.backup_id(moment, slot) == expected
    assert clock.is_backup_id(expected)


@pytest.mark.parametrize("text", ["", "20261122", "20261322T000000Z", "20261122T190000Z/../x", "latest"])
def test_not_a_backup_id(text):
    assert not clock.is_backup_id(text)


@pytest.mark.parametrize("text, seconds", [("90", 90), ("15m", 900), ("1h", 3600), ("7d", 604800), (2.5, 2.5)])
def test_durations(text, seconds):
    assert clock.seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "an hour", "-1h", "1y"])
def test_bad_durations(text):
    with pytest.raises(UsageError):
        clock.seconds_of(text)


def test_a_plan_refuses_with_every_reason_and_itself():
    plan = Plan("restore", "a", (Step("recover", "a", 5),), (Refusal("x", "First."), Refusal("y", "Second.", "Do.")))
    with pytest.raises(RefusedError) as caught:
        plan.refuse_or_go()
    lines = str(caught.value).splitlines()
    assert lines == ["Refused to restore a, for 2 reasons. Nothing was changed.", "  - First.", "  - Second. Do."]
    assert caught.value.details["plan"]["steps"][0]["action"] == "recover"
    assert Plan("restore", "a").refuse_or_go() is None
    assert any(line.startswith("  refused: Second. Do.") for line in plan.lines())


@pytest.mark.parametrize("count, text", [(0, "0 bytes"), (1536, "1.5 KiB"), (5 << 30, "5.0 GiB"), (3 << 40, "3.0 TiB")])
def test_human_bytes(count, text):
    assert human_bytes(count) == text


def test_one_run_at_a_time_and_the_lock_ends_with_the_process(tmp_path):
    host = Host(str(tmp_path), "http://127.0.0.1:6333")
    with host.lock("back up"):
        same = Host(str(tmp_path), "http://127.0.0.1:6333/")
        with pytest.raises(LockedError, match="back up"), same.lock("restore"):
            pass
        with Host(str(tmp_path), "http://127.0.0.1:7333").lock("restore"):
            pass
    with host.lock("restore"):
        pass


def test_a_killed_process_leaves_no_lock(tmp_path):
    code = (
        "import os,signal\n"
        "from ansible_collections.vectorops.qdrant.plugins.module_utils._base.host import Host\n"
        f"with Host({str(tmp_path)!r}, 'http://127.0.0.1:1').lock('back up'):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", code], env=env, check=False).returncode == -9
    with Host(str(tmp_path), "http://127.0.0.1:1").lock("restore"):
        pass


def test_intents_outlive_the_process_and_are_closed_by_name(tmp_path):
    tmp_path = tmp_path / "new" / "state"
    host = Host(str(tmp_path), "http://127.0.0.1:6333")
    host.open_intent(Intent(host.node_url, "ärticles/%", "replace", "recover", "2026-11-22T19:00:00Z", "id", "safe"))
    other = Host(str(tmp_path), "http://127.0.0.1:7333")
    assert other.intents() == []
    (found,) = Host(str(tmp_path), "http://127.0.0.1:6333").intents()
    assert found.collection == "ärticles/%" and "may be mixed" in found.warning() and "safe" in found.warning()
    assert all(os.stat(folder).st_mode & 0o077 == 0 for folder, dummy, dummy in os.walk(tmp_path.parent))
    host.close_intent("ärticles/%")
    host.close_intent("ärticles/%")
    assert host.intents() == []


SAME = [
    "http://127.0.0.1:6333",
    "http://127.0.0.1:6333/",
    " http://LOCALHOST:6333",
    "http://localhost.:6333",
    "http://node.localhost:6333",
    "http://[::1]:6333",
    "http://0.0.0.0:6333",
    "http://db1:6333",
    "http://DB1.example.org:6333",
]
OTHERS = [
    "https://127.0.0.1:6333",
    "http://127.0.0.1:6334",
    "http://127.0.0.1",
    "http://127.0.0.2:6333",
    "http://10.0.0.5:6333",
    "http://db2:6333",
    "http://db1x:6333",
    "http://127.0.0.1:6333/path",
    "http://[fd00::1]:6333",
    "no address",
    "http://127.0.0.1:x",
]


def test_one_node_has_one_key_however_it_is_spelt(monkeypatch):
    monkeypatch.setattr("socket.gethostname", lambda: "db1.example.org")
    assert {plain_address(url) for url in SAME} == {"http://127.0.0.1:6333"}
    assert len({node_key(url) for url in [*SAME, *OTHERS]}) == 1 + len(OTHERS)
    assert node_key("http://a") == node_key("http://A:80/") and node_key("https://a:443") == node_key("https://a")
    # The key that earlier versions made of the default address.
    assert node_key("http://127.0.0.1:6333") == hashlib.sha256(b"http://127.0.0.1:6333").hexdigest()[:16]


def test_a_short_write_leaves_no_cut_record(tmp_path, monkeypatch):
    """A nearly full disk takes a part of what is written."""
    write = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: write(handle, bytes(data)[:7]))
    here = Host(str(tmp_path), "http://127.0.0.1:6333")
    here.write_record("switches", "articles", {"collection": "articles", "before": "articles__old"})
    assert here.records("switches") == [{"collection": "articles", "before": "articles__old"}]

    def full(handle, data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(EngineError, match="No space left"):
        here.write_record("switches", "articles", {"collection": "other"})
    assert here.records("switches") == [{"collection": "articles", "before": "articles__old"}]
    assert [name for dummy, dummy2, names in os.walk(tmp_path / "switches") for name in names if ".tmp" in name] == []


def test_a_cut_record_of_an_earlier_version_is_told(tmp_path):
    here = Host(str(tmp_path), "http://127.0.0.1:6333")
    here.write_record("switches", "articles", {"collection": "articles"})
    (path,) = (tmp_path / "switches").rglob("*.json")
    for cut in (b"", b'{"collection": "arti', b"[]", b"\xff"):
        path.write_bytes(cut)
        assert here.records("switches") == [] and here.damaged_records("switches") == [str(path)]


def test_lock_and_intents_do_not_hang_on_the_spelling(tmp_path):
    one, two = Host(str(tmp_path), "http://127.0.0.1:6333"), Host(str(tmp_path), "http://localhost:6333/")
    with one.lock("restore"), pytest.raises(LockedError), two.lock("back up"):
        pass
    assert one.mark() == two.mark()
    one.open_intent(Intent(one.node_url, "a", "replace", "recover", "2026-11-22T19:00:00Z"))
    assert [intent.collection for intent in two.intents()] == ["a"]
    two.close_intent("a")
    assert one.intents() == []


def test_intents_below_the_key_of_an_earlier_version_are_seen_and_closed(tmp_path):
    url, other = "http://localhost:6333", "http://localhost:7333"
    for number, address in enumerate((url, other)):
        folder = tmp_path / "intents" / hashlib.sha256(address.encode()).hexdigest()[:16]
        folder.mkdir(parents=True)
        intent = Intent(address, f"c{number}", "replace", "recover", f"2026-11-22T1{number}:00:00Z")
        (folder / "x.json").write_text(json.dumps(dataclasses.asdict(intent)))
    host = Host(str(tmp_path), "http://127.0.0.1:6333")
    assert [intent.collection for intent in host.intents()] == ["c0"]
    host.close_intent("c0")
    assert host.intents() == []
    assert [intent.collection for intent in Host(str(tmp_path), other).intents()] == ["c1"]


def test_an_unreadable_intent_is_not_forgotten(tmp_path):
    host = Host(str(tmp_path), "http://127.0.0.1:6333")
    host.open_intent(Intent(host.node_url, "a", "replace", "recover", "2026-11-22T19:00:00Z"))
    (path,) = [os.path.join(f, n) for f, dummy, names in os.walk(tmp_path) for n in names if n.endswith(".json")]
    with open(path, "w", encoding="utf-8") as handle:
        handle.write("{")
    assert [intent.collection for intent in host.intents()] == ["(unreadable)"]
    assert host.intents()[0].concerns("b")


def test_a_state_directory_that_cannot_be_made_is_one_sentence(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("x")
    host = Host(str(blocked / "state"), "http://127.0.0.1:1")
    with pytest.raises(EngineError, match="state_dir"), host.lock("back up"):
        pass


def test_the_lock_holds_on_a_full_disk(tmp_path, monkeypatch):
    def full(*dummy):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    host = Host(str(tmp_path), "http://127.0.0.1:6333")
    with host.lock("back up"), pytest.raises(LockedError), host.lock("restore"):
        pass


def test_notes_that_cannot_be_read_count_as_a_restore_that_did_not_end(tmp_path, monkeypatch):
    host = Host(str(tmp_path), "http://127.0.0.1:6333")
    assert host.intents() == []

    def forbidden(*dummy):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "listdir", forbidden)
    (found,) = host.intents()
    assert found.concerns("articles") and found.concerns("anything")
    assert str(tmp_path) in found.warning() and "Permission denied" in found.warning()
    assert found.remedy() == "sudo qdrant-backup status"


def test_an_intent_concerns_its_own_collection():
    intent = Intent("http://127.0.0.1:6333", "articles", "replace", "recover", "2026-11-22T19:00:00Z")
    assert intent.concerns("articles") and not intent.concerns("others")


@pytest.mark.parametrize(
    "changes, remedy",
    [
        ({}, "--mode replace articles"),
        ({"mode": "new"}, "articles"),
        ({"mode": "new", "collection": "a clone", "origin": "articles"}, "--name 'a clone' articles"),
        ({"collection": "a clone", "origin": "articles"}, "--name 'a clone' --mode replace articles"),
        ({"mode": "new", "step": LEFT_ALONE, "origin": "articles"}, "--name ANOTHER_NAME articles"),
        ({"mode": "new", "collection": "-x", "origin": "-a"}, "--name=-x -- -a"),
        ({"source": "snapshot", "location": "-a-1.snapshot"}, "--snapshot=-a-1.snapshot --mode replace articles"),
    ],
)
def test_the_remedy_is_a_command_that_will_not_be_refused(changes, remedy):
    """Of a name that was free the same command again; of what may be somebody else's never one that overwrites it."""
    begun = Intent("http://127.0.0.1:6333", "articles", "replace", RECOVER, "2026-11-22T19:00:00Z")
    intent = dataclasses.replace(begun, **changes)
    assert intent.remedy() == f"qdrant-backup restore {remedy}"
    assert ("by another client" in intent.warning()) == (intent.step == LEFT_ALONE)


def test_the_way_back_of_a_name_like_an_option_is_a_command():
    intent = Intent("http://127.0.0.1:6333", "-a", "replace", RECOVER, "2026-11-22T19:00:00Z", safety_snapshot="-a-1")
    assert intent.back() == "qdrant-backup restore --snapshot=-a-1 --mode replace -- -a"


def test_a_manifest_gets_the_doubt_without_commands():
    begun = Intent("http://127.0.0.1:6333", "articles", "replace", RECOVER, "2026-11-22T19:00:00Z", shards="0@a")
    for changes in ({}, {"step": UNPROVEN}, {"step": LEFT_ALONE}, {"collection": UNREADABLE}):
        intent = dataclasses.replace(begun, **changes)
        assert intent.warning().startswith(intent.doubt()) and "qdrant-backup" in intent.warning()
        assert "qdrant-backup" not in intent.doubt() and of_a_restore(intent.doubt())
    assert not of_a_restore("it shrank")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files that belong to another user")
def test_what_root_makes_in_the_state_directory_belongs_to_its_owner(tmp_path):
    state = tmp_path / "state"
    state.mkdir()
    os.chown(state, 4711, 4712)
    host = Host(str(state), "http://127.0.0.1:6333")
    (state / "locks").mkdir()  # by a run of root's, before it gave anything away
    with host.lock("restore"):
        host.mark()
        host.open_intent(Intent(host.node_url, "a", "replace", "recover", "2026-11-22T19:00:00Z"))
    found = [state / name for name in ("locks", "intents", "id")] + list(state.glob("*/*")) + list(state.glob("*/*/*"))
    assert len(found) == 6
    assert {(os.lstat(path).st_uid, os.lstat(path).st_gid) for path in found} == {(4711, 4712)}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root could give away what is not its to give")
def test_root_gives_nothing_away_that_lies_elsewhere(tmp_path):
    """The owner of a folder may put links there."""
    state, precious = tmp_path / "state", tmp_path / "precious"
    state.mkdir()
    precious.write_text("x")
    os.chown(state, 4711, 4712)
    (state / "link").symlink_to(precious)
    os.link(precious, state / "second")
    for name in ("link", "second", "absent"):
        hand_over(str(state / name))
    hand_over(str(precious))
    assert os.stat(precious).st_uid == 0
    (state / "locks").mkdir()
    host = Host(str(state), "http://127.0.0.1:6333")
    with host.lock("restore"):
        pass
    (lock,) = (state / "locks").iterdir()
    lock.unlink()
    lock.symlink_to(precious)
    with pytest.raises(EngineError, match="symbolic links"), host.lock("restore"):
        pass
    assert precious.read_text() == "x"


def test_the_server_that_was_seen_last_is_remembered_for_each_node(tmp_path):
    host, other = (Host(str(tmp_path / "state"), f"http://127.0.0.1:{port}") for port in (6333, 6433))
    assert host.noted_server() is None and not (tmp_path / "state").exists(), "asking makes nothing"
    host.note_server(9223372036854775807)
    other.note_server(2)
    assert host.noted_server() == 9223372036854775807 and other.noted_server() == 2
    host.note_server(3)
    assert Host(str(tmp_path / "state"), "http://127.0.0.1:6333/").noted_server() == 3
    (path,) = [path for path in (tmp_path / "state" / "servers").iterdir() if path.read_text() == "3"]
    path.write_text("x")
    assert host.noted_server() is None
