#!/usr/bin/env bash
# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Its way back: look for the newest archive, copy it into the snapshots folder, recover it from there, count.
#   QDRANT_URL, SNAPSHOTS (the node's folder), TARGET (s3://bucket/prefix), ENDPOINT; arguments: collections
# Prints a line "<collection> <points>" for each.
set -euo pipefail

json=(-H 'Content-Type: application/json')
for collection in "$@"; do
  newest=$(aws --endpoint-url "$ENDPOINT" s3 ls "$TARGET/$collection/" | awk '/\.snapshot$/ {print $4}' | sort | tail -n 1)
  mkdir -p "$SNAPSHOTS/$collection"
  aws --endpoint-url "$ENDPOINT" s3 cp --only-show-errors "$TARGET/$collection/$newest" "$SNAPSHOTS/$collection/$newest"
  curl --silent --show-error --fail -X PUT "${json[@]}" -d "{\"location\": \"file://$SNAPSHOTS/$collection/$newest\"}" \
    "$QDRANT_URL/collections/$collection/snapshots/recover?wait=true" > /dev/null
  counted=$(curl --silent --show-error --fail -X POST "${json[@]}" -d '{"exact": true}' \
    "$QDRANT_URL/collections/$collection/points/count")
  counted=${counted##*\"count\":}
  echo "$collection ${counted%%\}*}"
done
