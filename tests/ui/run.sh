#!/bin/sh
# Runs the browser tests against LANDFALL_URL; without it against the mock, over events made by the binary LANDFALL
# (default: the release build), or over LANDFALL_DUMPS and LANDFALL_EVENTS when those are set.
set -eu
cd "$(dirname "$0")"
[ -d node_modules ] || npm ci
if [ -z "${LANDFALL_URL:-}" ] && [ -z "${LANDFALL_DUMPS:-}" ]; then
  landfall=${LANDFALL:-../../target/release/landfall}
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  "$landfall" generate --shipments 300 --bad-pct 1 --late-pct 10 --out "$work/events.jsonl"
  # Exit code 3 says that some records have data errors, which is what is wanted.
  "$landfall" replay "$work/events.jsonl" --clock events --out "$work/dumps" > /dev/null || [ $? -eq 3 ]
  LANDFALL_DUMPS=$work/dumps LANDFALL_EVENTS=$work/events.jsonl
  export LANDFALL_DUMPS LANDFALL_EVENTS
fi
node --test --test-concurrency=1 ./*.test.mjs
