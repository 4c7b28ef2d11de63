# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""1,200 backups, more than one page of a listing: how often the store is asked, and whether what it says is right."""

from __future__ import annotations

import collections
import dataclasses
import json
import os
import re
import shlex
import subprocess
import sys

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.cache import DocumentCache
from ansible_collections.vectorops.qdrant.plugins.module_utils._options import defaults
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository import layout
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.catalogue import Catalogue
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.folder import FolderStore
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.inventory import inventory
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.manifest import ServersEntry
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.options import RepositoryOptions, open_store
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.survey import Survey
from ansible_collections.vectorops.qdrant.plugins.module_utils._verbs import list_backups, status
from ansible_collections.vectorops.qdrant.tests.gates.source import ROOT
from ansible_collections.vectorops.qdrant.tests.support.counting import CountingStore
from ansible_collections.vectorops.qdrant.tests.support.many_backups import fill, ids
from ansible_collections.vectorops.qdrant.tests.support.proxy import FaultProxy
from ansible_collections.vectorops.qdrant.tests.unit.repository.make_manifest import manifest

COUNT = 1200
IDS = ids(COUNT)
LOST = IDS[-3]
LOST_KEY = layout.archive_key("prod", "node-a", LOST, "articles", "articles-1-2026-11-22-19-00-01.snapshot")
OLD_LOST_KEY = LOST_KEY.replace(LOST, IDS[5])


def harm(store):
    """Two archives are lost, one of them from a backup that is not among the newest; one backup was found damaged."""
    store.delete([LOST_KEY, OLD_LOST_KEY])
    bad = {"name": "articles", "ok": False, "grade": 0, "detail": "its sha256 differs"}
    document = {"grade": 0, "at": "2027-01-02T00:00:00Z", "collections": [bad]}
    key = layout.proof_key("prod", "node-a", IDS[-2], "20270102T000000Z", 0)
    store.put(key, json.dumps(document).encode())


@pytest.fixture(scope="module")
def bucket(s3_server):
    store = open_store(
        RepositoryOptions(
            bucket=s3_server.bucket,
            prefix="many",
            endpoint_url=s3_server.url,
            region=s3_server.region,
            access_key=s3_server.access_key,
            secret_key=s3_server.secret_key,
        )
    )
    found = manifest()
    node = dataclasses.replace(found.node, servers=ServersEntry(IDS[0]))  # as a run records them
    fill(store, dataclasses.replace(found, node=node), IDS)
    harm(store)
    return s3_server


@pytest.fixture
def proxy(bucket):
    with FaultProxy(bucket.port) as found:
        yield found


def params(verb, server, proxy, tmp_path, **changes):
    known = {
        "bucket": server.bucket,
        "prefix": "many",
        "endpoint_url": proxy.url,
        "region": server.region,
        "access_key": server.access_key,
        "secret_key": server.secret_key,
        "cluster": "prod",
        "node": "node-a",
        "state_dir": str(tmp_path),
    }
    return {**defaults(*verb.OPTIONS), **known, **changes}


def requests(proxy):
    """What was asked, by operation and kind of key."""
    found = collections.Counter()
    for line in proxy.requests:
        kind = re.search(r"prod(?:/|%2F)(\w+)", line)[1]
        found[f"{'list' if 'list-type=2' in line else line.split()[0].lower()} {kind}"] += 1
    proxy.requests.clear()
    return dict(found)


def check(report, newest):
    """What the report says of a repository that was harmed."""
    assert [backup["backup_id"] for backup in report["backups"]] == IDS[::-1][:newest]
    assert report["total"] == COUNT and report["older"] == COUNT - newest
    bad = {backup["backup_id"] for backup in report["backups"] if not backup.get("complete", True)}
    assert bad == ({LOST, IDS[5]} & {*IDS[::-1][:newest]} if "complete" in report["backups"][0] else set())
    for backup in report["backups"]:
        (item,) = backup["collections"]
        assert (item["grade"], bool(item["proof_failed"])) == (1, backup["backup_id"] == IDS[-2])


def test_the_newest_fifty(bucket, proxy, tmp_path):
    options = params(list_backups, bucket, proxy, tmp_path, own_first=True)
    check(list_backups.run(options, False, None), 50)
    listed = {"list manifests": 2, "list proofs": 3, "list archives": 1, "list drills": 1}
    assert requests(proxy) == {**listed, "get manifests": 50, "get proofs": 51}
    check(list_backups.run(options, False, None), 50)
    assert requests(proxy) == listed


def test_the_completeness_of_the_newest(bucket, proxy, tmp_path):
    options = params(list_backups, bucket, proxy, tmp_path, own_first=True, completeness=True)
    report = list_backups.run(options, False, None)
    check(report, 50)
    assert report["backups"][2]["completeness"]["lost"] == [LOST_KEY]
    wanted = {"list manifests": 2, "list proofs": 3, "list archives": 3, "list drills": 1}
    assert requests(proxy) == {**wanted, "get manifests": 50, "get proofs": 51}
    list_backups.run(options, False, None)
    assert requests(proxy) == wanted


def test_the_completeness_of_all(bucket, proxy, tmp_path):
    """Each document is read once, each page of a listing asked for once."""
    options = params(list_backups, bucket, proxy, tmp_path, completeness=True)
    check(list_backups.run(options, False, None), COUNT)
    wanted = {"list manifests": 2, "list proofs": 2, "list archives": 2, "list drills": 1}
    assert requests(proxy) == {**wanted, "get manifests": COUNT, "get proofs": COUNT + 1}
    check(list_backups.run(options, False, None), COUNT)
    assert requests(proxy) == wanted


def test_without_a_state_directory_all_is_read(bucket, proxy, tmp_path):
    options = params(list_backups, bucket, proxy, tmp_path / "absent", limit=3)
    for dummy in range(2):
        list_backups.run(options, False, None)
        assert requests(proxy)["get manifests"] == 3
    assert not (tmp_path / "absent").exists()


def test_the_status(bucket, proxy, tmp_path):
    report = status.run(params(status, bucket, proxy, tmp_path), False, None)
    assert report["backups"] == COUNT and report["last_good"]["backup_id"] == IDS[-1]
    assert report["proven_at"] == "2027-01-01T00:00:00Z"
    listed = {"list manifests": 2, "list proofs": 2, "list archives": 1, "list drills": 1}
    assert requests(proxy) == {**listed, "get manifests": 1, "get proofs": 1}
    status.run(params(status, bucket, proxy, tmp_path), False, None)
    assert requests(proxy) == listed


def started(server, *words):
    environment = {**os.environ, "AWS_ACCESS_KEY_ID": server.access_key, "AWS_SECRET_ACCESS_KEY": server.secret_key}
    command = [sys.executable, "-m", "plugins.module_utils._program", *words]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def program(server, proxy, tmp_path, *words):
    options = ["--bucket", server.bucket, "--prefix", "many", "--endpoint-url", proxy.url, "--region", server.region]
    options += ["--cluster", "prod", "--node", "node-a", "--state-dir", str(tmp_path)]
    (tmp_path / "empty.yml").write_text("{}")
    return started(server, *words, *options, "-c", str(tmp_path / "empty.yml"))


def test_the_program_says_how_many_more_there_are(bucket, proxy, tmp_path):
    lines = program(bucket, proxy, tmp_path, "list", "--completeness").splitlines()
    assert lines[0].startswith("BACKUP") and [line.split()[0] for line in lines[1:51]] == IDS[:-51:-1]
    assert max(map(len, lines[:51])) < 120
    assert (
        lines[3].endswith("  incomplete: 1 archive lost")
        and lines[2].endswith("  not good")
        and lines[1].endswith("complete, good")
    )
    assert f"{LOST} incomplete, 1 of 1 node:" in lines and any(LOST_KEY in line for line in lines[51:])
    assert f"{IDS[-2]} of node-a:" in lines and "  not good: articles" in lines
    said, dummy, again = lines[-1].partition("qdrant-backup ")
    assert said == "1150 older backups are not shown. To see all 1200: "
    found = started(bucket, *shlex.split(again)).splitlines()
    assert [line.split()[0] for line in found[1 : COUNT + 1]] == IDS[::-1] and "not shown" not in found[-1]
    assert any(OLD_LOST_KEY in line for line in found)
    document = json.loads(program(bucket, proxy, tmp_path, "list", "--limit", "2", "--json"))
    assert [backup["backup_id"] for backup in document["backups"]] == IDS[:-3:-1] and document["older"] == 1198


def test_show_lists_no_drills(bucket, proxy, tmp_path):
    """They are not printed."""
    shown = program(bucket, proxy, tmp_path, "show")
    assert shown.startswith(f"Backup {IDS[-1]} of node-a")
    listed = {"list manifests": 2, "list proofs": 1, "list archives": 1}
    assert requests(proxy) == {**listed, "get manifests": 1, "get proofs": 1}


@pytest.mark.parametrize("etags", [True, False])
def test_a_folder_that_may_only_be_read(tmp_path, etags):
    store = FolderStore(str(tmp_path / "repository"))
    fill(store, manifest(), IDS)
    harm(store)
    counting = CountingStore(store, etags, writable=False)
    listed = {"list manifests": 1, "list proofs": 1, "list archives": 1, "list drills": 1}
    read = {"get manifests": COUNT, "get proofs": COUNT + 1}
    (tmp_path / "state").mkdir()
    for known in (False, etags):
        cache = DocumentCache(str(tmp_path / "state"), store.url)
        check(inventory(Survey(Catalogue(counting, "prod"), cache), check=True), COUNT)
        assert counting.asked == (listed if known else {**listed, **read})
        counting.asked.clear()
    check(inventory(Survey(Catalogue(counting, "prod")), node="node-a", limit=50), 50)
    assert counting.asked["get manifests"] == 50 and counting.asked["list manifests"] == 1
