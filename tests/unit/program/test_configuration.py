# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configuration files, environment and credentials: what is taken, what is refused by which name, what wins."""

from __future__ import annotations

import json
import os
import sys

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import MissingLibraryError, UsageError
from ansible_collections.vectorops.qdrant.plugins.module_utils._options import NODE, REPOSITORY, RESTORE, Option
from ansible_collections.vectorops.qdrant.plugins.module_utils._program.commands import (
    COMMANDS,
    ONE_OFF,
    STANDING_COLLECTIONS,
    known,
    standing,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._program.configuration import read_configuration
from ansible_collections.vectorops.qdrant.plugins.module_utils._program.credentials import kept_credentials
from ansible_collections.vectorops.qdrant.plugins.module_utils._program.settings import (
    Layer,
    environment_layer,
    require_one,
    settle,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._program.values import from_text, from_value

OPTIONS = {option.name: option for group in (NODE, REPOSITORY) for option in group}


def write(folder, text, name="config.yml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def wrong(folder, text, name="config.yml"):
    """The sentence for a wrong file; it names the file."""
    path = write(folder, text, name)
    with pytest.raises(UsageError) as caught:
        read_configuration(path)
    assert path in str(caught.value)
    return str(caught.value)


def test_every_type(tmp_path):
    text = """
# a comment
url: http://127.0.0.1:6333
bucket: my-backups
prefix:            # no value: as if it were not there
validate_certs: false
timeout: 5
keep_local: 0
min_free: 1073741824
expected_nodes: [node-a, node-b]
collections: articles
api_key_file: /etc/qdrant-backup/api_key
"""
    assert read_configuration(write(tmp_path, text)) == {
        "url": "http://127.0.0.1:6333",
        "bucket": "my-backups",
        "validate_certs": False,
        "timeout": 5.0,
        "keep_local": 0,
        "min_free": "1073741824",
        "expected_nodes": ["node-a", "node-b"],
        "collections": ["articles"],
        "api_key_file": "/etc/qdrant-backup/api_key",
    }


def test_empty_and_absent_files(tmp_path):
    assert read_configuration(write(tmp_path, "# nothing\n")) == {}
    assert read_configuration(str(tmp_path / "absent.yml"), optional=True) == {}
    with pytest.raises(UsageError, match=r"absent\.yml does not exist"):
        read_configuration(str(tmp_path / "absent.yml"))
    with pytest.raises(UsageError, match="cannot be read"):
        read_configuration(str(tmp_path))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("buckt: x", ["buckt", "unknown setting", "bucket"]),
        ("api_key_fil: x", ["api_key_fil", "api_key_file"]),
        ("timeout: soon", ["timeout", "a number", "'soon'"]),
        ("keep_local: '24'", ["keep_local", "a whole number"]),
        ("min_free: lots", ["min_free", "'lots' is not a size"]),
        ("min_free: -1G", ["min_free", "'-1G' is not a size"]),
        ("max_age: soon", ["max_age", "'soon' is not a duration"]),
        ("slot: banana", ["slot", "'banana' is not a duration"]),
        ("url: qdrant:6333", ["url", "is not a valid address", "http://"]),
        ("endpoint_url: s3.example.org", ["endpoint_url", "is not a valid address"]),
        ("keep_local: true", ["keep_local", "a whole number"]),
        ("keep_local: 1.5", ["keep_local", "a whole number"]),
        ("timeout: .nan", ["timeout", "a number"]),
        ("validate_certs: maybe", ["validate_certs", "true or false"]),
        ("node: on", ["node", "text", "quotes"]),
        ("node: [a]", ["node", "text"]),
        ("expected_nodes: [1, 2]", ["expected_nodes", "a list of texts"]),
        ("sse: AES512", ["sse", "AES256", "aws:kms"]),
        ("mode: replace", ["mode", "--mode", "a single run"]),
        ("snapshot_url: http://x/y?token=made-up-presigned", ["--snapshot-url-file"]),
        ("api_key_file: 7", ["api_key_file", "a path"]),
        ("bucket: a\nbucket: b", ["bucket", "duplicate key"]),
        ("- a\n- b", ["keys and values"]),
        ("just words", ["keys and values"]),
        ("a: [b", ["line", "not YAML"]),
        ('url: "http://x\n', ["not YAML"]),
    ],
)
def test_what_is_wrong_is_named(tmp_path, text, words):
    said = wrong(tmp_path, text)
    assert [word for word in words if word not in said] == [], said
    assert "made-up-presigned" not in said


@pytest.mark.parametrize("name", [option.name for option in OPTIONS.values() if option.secret])
def test_secrets_are_refused_in_the_file(tmp_path, name):
    said = wrong(tmp_path, f"{name}: made-up-secret-in-a-file-0123")
    assert f"{name}_file" in said and "systemd" in said and "made-up-secret" not in said


def test_json_needs_no_library(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "yaml", None)
    assert read_configuration(write(tmp_path, json.dumps({"bucket": "b"}), "c.json")) == {"bucket": "b"}
    assert "line 1 is not JSON" in wrong(tmp_path, "{bucket}", "c.json")
    assert "duplicate key" in wrong(tmp_path, '{"bucket": "a", "bucket": "b"}', "c.json")
    with pytest.raises(MissingLibraryError, match="PyYAML"):
        read_configuration(write(tmp_path, "bucket: b"))


def test_one_off_options_are_options():
    assert set(known()) >= ONE_OFF
    assert not ONE_OFF & set(standing())


def test_every_option_of_every_verb_is_either_standing_or_one_off():
    for command in COMMANDS.values():
        assert set(command.options(command.load())) <= set(standing()) | ONE_OFF


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("int", "7", 7),
        ("float", "1e3", 1000.0),
        ("bool", "Yes", True),
        ("bool", "0", False),
        ("list", "a, b,,c", ["a", "b", "c"]),
        ("str", "", ""),
    ],
)
def test_values_from_text(kind, text, value):
    assert from_text(Option("x", kind, ""), text, "--x") == value


@pytest.mark.parametrize(
    ("kind", "text"), [("int", "1.5"), ("float", "nan"), ("float", "inf"), ("bool", "2"), ("int", "")]
)
def test_wrong_values_from_text(kind, text):
    with pytest.raises(UsageError, match="--x: expected"):
        from_text(Option("x", kind, ""), text, "--x")


def test_a_path_knows_home_and_variables(monkeypatch):
    monkeypatch.setenv("HOME", "/home/qdrant")
    monkeypatch.setenv("WHERE", "here")
    assert from_value(Option("x", "path", ""), "~/$WHERE", "x") == "/home/qdrant/here"


def test_the_environment():
    layer, warnings = environment_layer(
        {
            "QDRANT_BACKUP_BUCKET": "b",
            "QDRANT_BACKUP_TIMEOUT": "5",
            "QDRANT_BACKUP_EXPECTED_NODES": "a,b",
            "QDRANT_BACKUP_API_KEY_FILE": "/k",
            "QDRANT_BACKUP_CONFIG": "/c",
            "QDRANT_BACKUP_PATH": "",
            "QDRANT_BACKUP_MODE": "replace",
            "QDRANT_BACKUP_REGOIN": "x",
            "OTHER": "x",
        }
    )
    assert layer.values == {"bucket": "b", "timeout": 5.0, "expected_nodes": ["a", "b"], "api_key_file": "/k"}
    assert len(warnings) == 2
    assert "QDRANT_BACKUP_MODE" in warnings[0] and "QDRANT_BACKUP_REGOIN" in warnings[1] and "region" in warnings[1]
    with pytest.raises(UsageError, match="QDRANT_BACKUP_TIMEOUT: expected a number"):
        environment_layer({"QDRANT_BACKUP_TIMEOUT": "soon"})
    with pytest.raises(UsageError, match="api_key_file") as caught:
        environment_layer({"QDRANT_BACKUP_API_KEY": "made-up-secret-in-the-environment"})
    assert "made-up-secret" not in str(caught.value)


def layers(line=None, environment=None, file=None):
    return [Layer("line", line or {}), Layer("environment", environment or {}), Layer("file", file or {})]


def test_the_order_of_sources():
    found = settle(
        OPTIONS,
        layers({"bucket": "1"}, {"bucket": "2", "prefix": "2"}, {"bucket": "3", "prefix": "3", "cluster": "3"}),
        {},
    )
    names = ("bucket", "prefix", "cluster", "timeout")
    assert [found.values[name] for name in names] == ["1", "2", "3", 30.0]
    assert [found.origins[name] for name in names] == ["line", "environment", "file", "default"]


def test_a_higher_source_sets_its_rivals_aside():
    rivals = [("bucket", "path")]
    found = settle(OPTIONS, layers({"path": "/p"}, {}, {"bucket": "b"}), {}, rivals)
    assert found.values["path"] == "/p" and found.values["bucket"] is None
    found = settle(OPTIONS, layers({}, {"bucket": "b"}, {"path": "/p"}), {}, rivals)
    assert found.values["bucket"] == "b" and found.values["path"] is None
    with pytest.raises(UsageError, match="bucket and path are mutually exclusive"):
        settle(OPTIONS, layers({}, {}, {"bucket": "b", "path": "/p"}), {}, rivals)


def test_standing_collections_are_for_backups_alone():
    options = {"collections": known()["collections"]}
    file = {"collections": ["a*"]}
    assert settle(options, layers(file=file), {}).values["collections"] == ["a*"]
    assert settle(options, layers(file=file), {}, standing_collections=False).values["collections"] is None
    given = settle(options, layers({"collections": ["b"]}, file=file), {}, standing_collections=False)
    assert given.values["collections"] == ["b"]


def test_status_knows_what_is_backed_up():
    assert "status" in STANDING_COLLECTIONS and "restore" not in STANDING_COLLECTIONS
    assert "collections" in COMMANDS["status"].options(COMMANDS["status"].load())


def test_something_is_required():
    require_one({"bucket": None, "path": "/p"}, [("bucket", "path")])
    with pytest.raises(UsageError, match="--bucket or --path"):
        require_one({"bucket": None, "path": ""}, [("bucket", "path")])


def secret_file(folder, text, mode=0o600, name="key"):
    path = write(folder, text, name)
    os.chmod(path, mode)
    return path


def test_secrets_come_from_files(tmp_path):
    path = secret_file(tmp_path, "made-up-api-key-of-a-file\n")
    found = settle(OPTIONS, layers(file={"api_key_file": path}), {})
    assert found.values["api_key"] == "made-up-api-key-of-a-file"
    assert found.origins["api_key"] == "file" and found.warnings == ()
    assert settle(OPTIONS, layers(), {}).values["api_key"] is None


def test_a_secret_that_others_can_read_is_warned_of(tmp_path):
    path = secret_file(tmp_path, "made-up-api-key-of-a-file\n", 0o644)
    (warning,) = settle(OPTIONS, layers(file={"api_key_file": path}), {}).warnings
    assert path in warning and "chmod" in warning


@pytest.mark.parametrize("text", ["", "\n", "made-up-line-one\nmade-up-line-two\n", "x" * 70000])
def test_a_file_that_holds_no_secret(tmp_path, text):
    path = secret_file(tmp_path, text)
    with pytest.raises(UsageError, match="api_key_file") as caught:
        settle(OPTIONS, layers({"api_key_file": path}), {})
    assert "made-up" not in str(caught.value) and path in str(caught.value)


def test_a_secret_file_that_is_not_there(tmp_path):
    with pytest.raises(UsageError, match="No such file"):
        settle(OPTIONS, layers({"api_key_file": str(tmp_path / "absent")}), {})


@pytest.mark.parametrize("name", ["qdrant-backup.secret_key", "secret_key"])
def test_credentials_of_systemd(tmp_path, name):
    secret_file(tmp_path, "made-up-secret-key-of-systemd", 0o400, name)
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    found = settle(OPTIONS, layers(), environ)
    assert found.values["secret_key"] == "made-up-secret-key-of-systemd"
    assert found.origins["secret_key"] == "systemd credential"
    named = secret_file(tmp_path, "made-up-secret-key-of-a-setting")
    assert settle(OPTIONS, layers(file={"secret_key_file": named}), environ).origins["secret_key"] == "file"


def test_a_run_by_hand_takes_the_keys_that_the_host_keeps(tmp_path):
    secret_file(tmp_path, "made-up-api-key-of-the-host\n", name="api_key")
    (tmp_path / "secret_key").symlink_to(tmp_path / "elsewhere")
    names = ("api_key", "secret_key", "access_key")
    kept = kept_credentials(str(tmp_path), names, {})
    assert kept == {name: str(tmp_path / name) for name in ("api_key", "secret_key")}
    # What lies elsewhere and is gone is said, not passed over.
    with pytest.raises(UsageError, match="secret_key"):
        settle(OPTIONS, layers(), {}, kept=kept)
    (tmp_path / "secret_key").unlink()
    kept = kept_credentials(str(tmp_path), names, {})
    found = settle(OPTIONS, layers(), {}, kept=kept)
    assert found.values["api_key"] == "made-up-api-key-of-the-host"
    assert found.origins["api_key"] == "this host's credentials"
    named = secret_file(tmp_path, "made-up-api-key-of-a-setting")
    assert settle(OPTIONS, layers(file={"api_key_file": named}), {}, kept=kept).origins["api_key"] == "file"
    assert kept_credentials(str(tmp_path / "absent"), names, {}) == {}


def test_a_service_takes_what_systemd_handed_to_it_alone(tmp_path):
    secret_file(tmp_path, "made-up-api-key-of-the-host\n", name="api_key")
    assert kept_credentials(str(tmp_path), ("api_key",), {"CREDENTIALS_DIRECTORY": "/run/credentials/x"}) == {}


def test_keys_that_are_for_root_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *dummy: False)
    with pytest.raises(UsageError, match=r"Only root can read .* Run the command with sudo\."):
        kept_credentials(str(tmp_path), ("api_key",), {})


@pytest.mark.parametrize(
    "given, found",
    [
        (["node-a=http://a:6333", "node-b"], "'node-b'"),
        (["=http://a:6333"], "'=http://a:6333'"),
        (["node-a=http://a:6333", "node-b=http://b:6333", "node-a=http://c:6333"], "'node-a' twice"),
    ],
)
def test_a_wrong_entry_of_a_list_is_shown_as_it_was_written(given, found):
    option = next(option for option in RESTORE if option.name == "nodes")
    with pytest.raises(UsageError) as caught:
        from_value(option, given, "--node-url")
    assert caught.value.said == f"--node-url: expected NAME=URL, each name once, found {found}"
