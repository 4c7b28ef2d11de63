#!/usr/bin/env bash
# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# demo/article/backup.sh for many collections: a snapshot of each by curl, then one aws s3 sync of the whole folder.
#   QDRANT_URL, SNAPSHOTS (the node's folder), TARGET (s3://bucket/prefix), ENDPOINT; arguments: collections
set -euo pipefail

for collection in "$@"; do
  curl --silent --show-error --fail -X POST "$QDRANT_URL/collections/$collection/snapshots?wait=true" > /dev/null
done
aws --endpoint-url "$ENDPOINT" s3 sync --only-show-errors "$SNAPSHOTS" "$TARGET"
