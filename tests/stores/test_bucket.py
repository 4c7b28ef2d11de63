# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook bucket on stores that lack much of what AWS has, with the variables that the guide gives for them."""

from __future__ import annotations

import os

import pytest
from ansible_collections.vectorops.qdrant.tests.support.ansible import Ansible, all_collections_path, has_collection

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(
        not has_collection("community.aws"), reason="amazon.aws and community.aws are not here: tools/galaxy.py"
    ),
]
# What the guide's inventories set beside names and keys; for the others, what the play tells to leave alone.
VARIABLES = {
    "ceph": {"qdrant_bucket_store": "ceph"},
    "garage": {},
    "swift": {"qdrant_bucket_policy": "none", "qdrant_bucket_lifecycle": "none", "qdrant_bucket_versioning": "none"},
}


def test_the_playbook_ends_well_and_nobody_is_locked_out(rig, store, tmp_path):
    if store.name not in VARIABLES:
        pytest.skip("tests/integration/test_bucket_role.py runs it on this store, or it has no settings at all")
    name = "b" + os.urandom(6).hex()
    given = {
        "qdrant_bucket_name": name,
        "qdrant_bucket_endpoint_url": store.url,
        "qdrant_bucket_region": store.region,
        "qdrant_bucket_access_key": store.access_key,
        "qdrant_bucket_secret_key": store.secret_key,
        "qdrant_bucket_iam": False,
        "qdrant_backup_cluster": "search",
        "qdrant_backup_prefix": rig.prefix,
        **VARIABLES[store.name],
    }
    (tmp_path / "ansible").mkdir()
    ansible = Ansible(tmp_path / "ansible", (store.secret_key,))
    environment = {"ANSIBLE_COLLECTIONS_PATH": all_collections_path()}
    run = ansible.run("vectorops.qdrant.bucket", given, environment=environment)
    assert run.code == 0, run.output[-3000:]
    rig.fill("articles", 50)
    assert rig.run("back_up", bucket=name)["ok"]
    rig.drop()
    assert rig.run("restore", bucket=name)["ok"] and rig.count() == 50
