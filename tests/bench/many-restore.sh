#!/usr/bin/env bash
# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# demo/article/restore.sh for many collections: one listing, one copy of the newest archives, a recover of each by curl.
#   QDRANT_URL, SNAPSHOTS (the node's folder), TARGET (s3://bucket/prefix), ENDPOINT; arguments: collections
# Prints a line "<collection> <points>" for each.
set -euo pipefail

json=(-H 'Content-Type: application/json')
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
aws --endpoint-url "$ENDPOINT" s3 ls --recursive "$TARGET/" | awk '/\.snapshot$/ {print $4}' | sort > "$work/keys"
include=()
for collection in "$@"; do
  newest=$(grep "/$collection/" "$work/keys" | tail -n 1)
  newest=${newest##*/}
  include+=(--include "$collection/$newest")
  echo "$collection $newest" >> "$work/newest"
done
aws --endpoint-url "$ENDPOINT" s3 cp --recursive --only-show-errors --exclude '*' "${include[@]}" "$TARGET" "$SNAPSHOTS"
while read -r collection newest; do
  curl --silent --show-error --fail -X PUT "${json[@]}" -d "{\"location\": \"file://$SNAPSHOTS/$collection/$newest\"}" \
    "$QDRANT_URL/collections/$collection/snapshots/recover?wait=true" > /dev/null
  counted=$(curl --silent --show-error --fail -X POST "${json[@]}" -d '{"exact": true}' \
    "$QDRANT_URL/collections/$collection/points/count")
  counted=${counted##*\"count\":}
  echo "$collection ${counted%%\}*}"
done < "$work/newest"
