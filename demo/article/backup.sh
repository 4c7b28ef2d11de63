#!/usr/bin/env bash
# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The procedure that people write down for backing Qdrant up by hand: a snapshot by curl, then aws s3 sync.
#   QDRANT_URL, SNAPSHOTS (the node's folder), TARGET (s3://bucket/prefix), ENDPOINT; arguments: collections
set -euo pipefail

for collection in "$@"; do
  curl --silent --show-error --fail -X POST "$QDRANT_URL/collections/$collection/snapshots?wait=true" > /dev/null
done
for collection in "$@"; do
  aws --endpoint-url "$ENDPOINT" s3 sync --only-show-errors "$SNAPSHOTS/$collection" "$TARGET/$collection"
done
