# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module through real playbooks: check mode, a second run, diffs, what is returned, group defaults, failures.

Each run prints at -vvv, and everything printed is searched for secrets and tracebacks (tests/support/ansible.py).
"""

from __future__ import annotations

import pathlib
import subprocess

import pytest
import yaml
from ansible_collections.vectorops.qdrant.plugins.module_utils import _options
from ansible_collections.vectorops.qdrant.plugins.module_utils._ansible import ROLE_INTERPRETERS
from ansible_collections.vectorops.qdrant.tests.gates import source
from ansible_collections.vectorops.qdrant.tests.support.ansible import Ansible, target_python
from ansible_collections.vectorops.qdrant.tests.support.marks import needs_own_server
from ansible_collections.vectorops.qdrant.tests.support.qdrant import free_port, start_qdrant
from ansible_collections.vectorops.qdrant.tests.support.rig import Rig

pytestmark = [pytest.mark.integration]
PLAYBOOKS = pathlib.Path(__file__).parent / "playbooks"
FULL_KEY = "made-up-full-api-key-for-tests-5f0c1d7b"
READ_ONLY_KEY = "made-up-read-only-api-key-for-tests-93ab"
TOKEN = "made-up-session-token-for-tests-0a1b2c3d4e"
FOREIGN = {"changed", "failed", "msg", "warnings", "diff", "invocation", "deprecations", "exception", "item"}
TYPES = {"str": str, "bool": bool, "int": int, "float": (int, float), "list": list, "dict": dict}
REPORTS = "qdrant_backup_status_info"  # tells of an unreachable repository in its report, and does not fail
HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


@pytest.fixture(scope="module")
def keyed_node(tmp_path_factory):
    """A node that asks for an API key."""
    with start_qdrant(
        str(tmp_path_factory.mktemp("keyed")), api_key=FULL_KEY, read_only_api_key=READ_ONLY_KEY
    ) as server:
        yield server


@pytest.fixture
def keyed(keyed_node, s3_server, tmp_path, request):
    """The keyed node and the store, joined; two collections and an alias on it."""
    keyed_node.wipe()
    rig = Rig(keyed_node, s3_server, tmp_path, request.node.name.replace("_", "-"))
    rig.fill("articles", 120)
    rig.fill("notes", 30)
    actions = [{"create_alias": {"collection_name": "articles", "alias_name": "live"}}]
    keyed_node.call("POST", "/collections/aliases", {"actions": actions})
    return rig


@pytest.fixture
def ansible(tmp_path, s3_server):
    return Ansible(tmp_path / "ansible", (FULL_KEY, READ_ONLY_KEY, TOKEN, s3_server.access_key, s3_server.secret_key))


def variables(rig, **more):
    node = {"url": rig.node.url, "api_key": rig.node.api_key}
    repository = {
        "bucket": rig.s3.bucket,
        "prefix": rig.prefix,
        "endpoint_url": rig.s3.url,
        "region": rig.s3.region,
        "access_key": rig.s3.access_key,
        "secret_key": rig.s3.secret_key,
        "cluster": "search",
        "node": "node-a",
    }
    return {"test_node": node, "test_repository": repository, "test_state_dir": str(rig.directory / "state"), **more}


def undocumented(module, values):
    """What a good result lacks, has beyond RETURN, or has in another type than RETURN says."""
    texts = source.string_constants(source.MODULES / f"{module}.py")
    return list(_compare(module, yaml.safe_load(texts["RETURN"]), values, FOREIGN))


def _compare(where, documented, values, foreign):
    own = {name for name in values if name not in foreign and not name.startswith(("_ansible", "ansible_"))}
    yield from (f"{where}: {name} is returned, not documented" for name in sorted(own - set(documented)))
    for name, about in documented.items():
        value = values.get(name)
        if name not in values or value is None:
            if about.get("returned") == "always":
                yield f"{where}: {name} is always returned, and is not there"
            continue
        if not isinstance(value, TYPES[about["type"]]):
            yield f"{where}: {name} is a {type(value).__name__}, documented as {about['type']}"
            continue
        for entry in (value if about["type"] == "list" else [value]) if about.get("contains") else []:
            yield from _compare(f"{where}.{name}", about["contains"], entry, set())


def assert_documented(run):
    """Every good result of our modules is what its RETURN says."""
    problems = []
    for result in run.results:
        module = result.action.rpartition(".")[2]
        if result.action.startswith("vectorops.qdrant.") and result.state == "ok":
            for values in result.values.get("results") or [result.values]:
                problems += undocumented(module, values)
    assert not problems, "\n".join(sorted(set(problems)))


def steps(result):
    return [step["action"] for step in result["plan"]["steps"]]


@pytest.mark.oldest_controller
def test_lost_and_brought_back_by_one_playbook(keyed, ansible):
    before = keyed.contents("articles")
    run = ansible.run(PLAYBOOKS / "round_trip.yml", variables(keyed))
    assert run.code == 0, run.output[-4000:]
    assert_documented(run)
    planned = run["Plan the backup"]
    assert planned["changed"] and not planned["committed"] and planned["plan"]["steps"]
    assert run["Look at an empty repository"]["backups"] == [], "a planned backup stored something"
    made = run["Back up"]
    assert made["changed"] and made["ok"] and made["committed"]
    assert {item["name"]: item["points"] for item in made["collections"]} == {"articles": 120, "notes": 30}
    again = run["Back up again"]
    assert not again["changed"] and again["manifest_key"] == made["manifest_key"] and again["sent_bytes"] == 0
    (seen,) = run["Look at the backup"]["backups"]
    assert seen["complete"] and seen["aliases"] == {"live": "articles"} and seen["grade"] == 0
    assert run["Plan the verification"]["changed"] and run["Plan the verification"]["backups"] == []
    assert not run["Verify without a trace"]["changed"] and run["Verify without a trace"]["backups"][0]["grade"] == 1
    assert run["Verify"]["changed"] and run["Verify"]["backups"][0]["proof_key"]
    refused = run["Restore where the collections still are"]
    first, *reasons = refused["msg"].splitlines()
    assert refused.state == "failed" and first.startswith("Refused to restore articles, notes") and "2 reasons" in first
    assert [reason.partition(" exists")[0] for reason in reasons] == ["  - Collection articles", "  - Collection notes"]
    assert {refusal["code"] for refusal in refused["refusals"]} == {"name_taken"}
    status = run["See how all is, after the refusal"]
    assert status["healthy"] and status["intents"] == [] and status["last_good"]["backup_id"] == made["backup_id"]
    assert run["Plan the restore"]["changed"] and "recover" in steps(run["Plan the restore"])
    restored = [item["collections"][0] for item in run["Restore one after another"].items]
    assert [(item["name"], item["points"], item["proven"]) for item in restored] == [
        ("articles", 120, True),
        ("notes", 30, True),
    ]
    assert restored[0]["aliases"] == ["live"] and restored[1]["aliases"] == []
    replaced = run["Replace one"]["collections"][0]
    assert replaced["mode"] == "replace" and replaced["proven"] and replaced["safety_snapshot"]
    (from_elsewhere,) = run["Look from another host"]["backups"]
    assert from_elsewhere["grade"] == 3, "restores leave proofs behind"
    assert run["Look at the other node's backups"]["backups"] == []
    assert keyed.contents("articles") == before and keyed.count("live") == 120


def test_single_snapshots_and_plain_sync(keyed, ansible):
    pulled = str(keyed.directory / "pulled")
    run = ansible.run(
        PLAYBOOKS / "snapshots.yml",
        variables(keyed, test_snapshots_dir=keyed.node.snapshots_dir, test_pulled=pulled),
    )
    assert run.code == 0, run.output[-4000:]
    assert_documented(run)
    planned = run["Plan a snapshot"]
    assert planned["changed"] and planned["diff"]["after"]["snapshots"] == ["(a new snapshot)"]
    assert run["List none"]["snapshots"] == []
    first, second = run["Take one"], run["Take none, there is a young one"]
    name = first["snapshot"]["name"]
    assert first["changed"] and first["diff"] == {"before": {"snapshots": []}, "after": {"snapshots": [name]}}
    assert not second["changed"] and second["snapshot"]["name"] == name
    assert second["diff"]["before"] == second["diff"]["after"]
    assert "diff" not in run["Take one of each collection"].items[0]
    listed = [snapshot["name"] for snapshot in run["List"]["snapshots"]]
    assert len(listed) == 2 and listed[1] == name
    planned, pushed, again = (run[task] for task in ("Plan a push", "Push", "Push again"))
    assert planned["changed"] and planned["backups"] == [] and planned["sent_bytes"] == 0
    assert pushed["changed"] and len(pushed["backups"]) == 2 and pushed["sent_bytes"] > 0
    assert planned["diff"] == pushed["diff"] and len(pushed["diff"]["after"]["archives"]) == 3
    assert not again["changed"] and again["diff"]["before"] == again["diff"]["after"]
    planned, fetched, again = (run[task] for task in ("Plan a pull", "Pull", "Pull again"))
    assert planned["changed"] and not run["Look for what a planned pull must not make"]["stat"]["exists"]
    assert fetched["changed"] and [file["fetched"] for file in fetched["files"]] == [True, True]
    assert fetched["diff"]["before"] == {"files": []} and len(fetched["diff"]["after"]["files"]) == 2
    assert not again["changed"] and again["diff"]["before"] == again["diff"]["after"]
    full = run["Take a full one"]
    assert full["snapshot"]["name"].startswith("full-snapshot-") and len(full["orphans_removed"]) == 2
    planned, gone, again = (run[task] for task in ("Plan to delete one", "Delete it", "Delete it again"))
    assert planned["changed"] and gone["changed"] and planned["deleted"] == gone["deleted"] == [name]
    assert planned["diff"] == gone["diff"] and not again["changed"]
    assert name not in again["snapshots"]


# What an option of a group is given as a default of the group: a value that no module has by itself.
DISTINCT = {
    "url": "http://127.0.0.1:{port}",
    "api_key": FULL_KEY,
    "access_key": "MADEUPACCESSKEYFORTESTS",
    "secret_key": "made-up-secret-key-from-a-group-default",
    "session_token": TOKEN,
    "sse": "aws:kms",
    "path": None,  # excludes bucket
    "endpoint_url": "http://127.0.0.1:{port}",
    "timeout": 2.5,
    "s3_timeout": 3.5,
    "validate_certs": False,
    "s3_validate_certs": False,
}


def group_defaults(group):
    """Every option of the group, each with a value of its own."""
    port = free_port()
    values = {option.name: DISTINCT.get(option.name, f"made-up-{option.name}") for option in group}
    values = {name: "/" + value if name.endswith(("_dir", "_path", "_cert", "_bundle", "client_key")) else value
              for name, value in values.items()}  # fmt: skip
    return {name: value.format(port=port) if isinstance(value, str) else value for name, value in values.items()
            if value is not None}  # fmt: skip


def members_play(name, given, tmp_path):
    """A play in which every member of a group runs with the group's defaults and as little else as possible."""
    tasks = []
    for member in source.action_groups()[name]:
        documented = source.documentation(source.MODULES / f"{member}.py")["options"]
        options = {"collection": "articles"} if "collection" in documented else {}
        if name == "qdrant" and "path" in documented:
            options["path"] = str(tmp_path / "repository")
        options.update({"state_dir": str(tmp_path / "state")} if "state_dir" in documented else {})
        tasks.append({"name": f"{name} {member}", f"vectorops.qdrant.{member}": options, "ignore_errors": True})
    play = {"name": "Defaults", "hosts": "node-a", "gather_facts": False, "tasks": tasks}
    return {**play, "module_defaults": {f"group/vectorops.qdrant.{name}": given}}


def test_a_group_default_reaches_every_member(ansible, tmp_path):
    groups = {"qdrant": _options.NODE, "repository": _options.REPOSITORY}
    given = {name: group_defaults(group) for name, group in groups.items()}
    run = ansible.run([members_play(name, given[name], tmp_path) for name in groups], {})
    for name, group in groups.items():
        hidden, members = set(_options.secrets(group)), source.action_groups()[name]
        assert len(members) > 3
        for member in members:
            arguments = run[f"{name} {member}"]["invocation"]["module_args"]
            found = {option: arguments[option] for option in given[name]}
            assert found == {option: HIDDEN if option in hidden else value for option, value in given[name].items()}


def tasks_of_every_module(tmp_path):
    """One task for each module that needs the node or the repository."""
    values = {"state_dir": str(tmp_path / "state"), "min_free": "1M", "collection": "articles", "keep_last": 1}
    values["collections"] = ["articles"]
    tasks = []
    for module in sorted({member for group in source.action_groups().values() for member in group}):
        documented = source.documentation(source.MODULES / f"{module}.py")["options"]
        options = {name: value for name, value in values.items() if name in documented}
        tasks.append({"name": module, f"vectorops.qdrant.{module}": options, "ignore_errors": True})
    return tasks


def play_of(tasks):
    defaults = {
        "group/vectorops.qdrant.qdrant": "{{ test_node }}",
        "group/vectorops.qdrant.repository": "{{ test_repository }}",
    }
    return [{"name": "Play", "hosts": "node-a", "gather_facts": False, "module_defaults": defaults, "tasks": tasks}]


def assert_one_sentence_each(run, tasks=None):
    """Every module, or each of these, failed in words."""
    assert run.code == 0
    for result in run.results:
        if tasks is not None and result.task not in tasks:
            continue
        assert result.state == "failed", result
        said = result["msg"]
        assert "\n" not in said and len(said) < 1000 and said.startswith(("Could not ", "Refused to ")), said
        assert "Internal error" not in said
        assert result["next"] and result["error"], result
        assert not result["changed"]


@needs_own_server
@pytest.mark.oldest_controller
def test_failures_are_sentences(keyed, ansible):
    good = variables(keyed)
    wrong = {
        "test_node": {**good["test_node"], "api_key": READ_ONLY_KEY[::-1]},
        "test_repository": {**good["test_repository"], "secret_key": TOKEN, "session_token": None},
    }
    run = ansible.run(play_of(tasks_of_every_module(keyed.directory)), {**good, **wrong})
    status = run[REPORTS]
    assert status.state == "ok" and not status["healthy"] and "secret key" in str(status["problems"])
    run.results.remove(status)
    assert_one_sentence_each(run)
    said = {result.task: result["msg"] for result in run.results}
    assert "api_key" in said["qdrant_snapshot"] and "secret key" in said["qdrant_backup_info"]
    assert keyed.keys() == [] and keyed.node.call("GET", "/collections/articles/snapshots")["result"] == []


@pytest.mark.oldest_controller
def test_bad_names_and_wrong_usage(keyed, ansible):
    host = {"state_dir": str(keyed.directory / "state"), "min_free": "1M"}
    both = {"path": "/srv/repository", "bucket": "my-backups"}
    good = [{"name": "one of two", "vectorops.qdrant.qdrant_backup": {"collections": ["articles", "none"], **host}}]
    good += [{"name": "none of one", "vectorops.qdrant.qdrant_backup": {"collections": ["none"], **host}}]
    wrong = [
        {"name": "both", "vectorops.qdrant.qdrant_backup_info": both},
        {"name": "neither", "vectorops.qdrant.qdrant_backup_info": {"cluster": "search"}},
        {"name": "nothing to delete", "vectorops.qdrant.qdrant_snapshot": {"collection": "a", "state": "absent"}},
        {"name": "two sources", "vectorops.qdrant.qdrant_restore": {"src": "/a", "snapshot": "b"}},
        {"name": "no such mode", "vectorops.qdrant.qdrant_restore": {"path": "/a", "mode": "swap"}},
    ]
    plays = [*play_of(good), *play_of(wrong)]
    del plays[1]["module_defaults"]
    for task in (*good, *wrong):
        task["ignore_errors"] = True
    run = ansible.run(plays, variables(keyed))
    result = run["one of two"]
    assert result.state == "failed" and result["committed"] and "none" in result["msg"]
    assert [item["name"] for item in result["failures"]] == ["none"]
    assert [item["name"] for item in result["collections"]] == ["articles"]
    result = run["none of one"]
    assert result.state == "failed" and [item["name"] for item in result["failures"]] == ["none"]
    assert len(keyed.keys("/manifests/")) == 1
    words = {"both": "bucket|path", "neither": "bucket, path", "nothing to delete": "snapshot"}
    words.update({"two sources": "snapshot|src|snapshot_url", "no such mode": "mode must be one of"})
    for task, word in words.items():
        assert run[task].state == "failed" and word in run[task]["msg"], run[task]["msg"]


@pytest.mark.oldest_controller
def test_without_its_libraries_a_module_says_what_to_install(keyed, ansible, tmp_path):
    if any(pathlib.Path(interpreter).exists() for interpreter in ROLE_INTERPRETERS):
        pytest.skip("this machine has the role's environment: modules would run there")
    bare = tmp_path / "bare"
    subprocess.run([target_python(), "-m", "venv", "--without-pip", str(bare)], check=True, timeout=60)
    python = str(bare / "bin" / "python")
    run = ansible.run(play_of(tasks_of_every_module(tmp_path)), variables(keyed), python=python)
    repository = source.action_groups()["repository"]
    assert_one_sentence_each(run, repository)
    for result in run.results:
        if result.task in repository:
            assert result["error"] == "MissingLibraryError" and result["library"] == "boto3", result
            assert f"{python} -m pip install boto3" in result["msg"]
        else:  # calls of a node need Python's own library only
            assert result.state == "ok" or result["error"] != "MissingLibraryError", result
