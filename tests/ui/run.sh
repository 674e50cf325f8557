#!/usr/bin/env bash
# Runs the browser tests: against LANDFALL_URL, or against `landfall demo` of the binary LANDFALL (default: the release build).
# What asks for a token is tested against the mock, over a dump of generated events.
set -euo pipefail
cd "$(dirname "$0")"
[ -d node_modules ] || npm ci --no-audit --no-fund
landfall=${LANDFALL:-${CARGO_TARGET_DIR:-../../target}/release/landfall}
work=$(mktemp -d)
started=()
finish() {
  for process in ${started[@]+"${started[@]}"}; do kill "$process" 2>/dev/null || true; done
  wait
  rm -rf "$work"
}
trap finish EXIT

# Starts a demo, whose business goes on at so many events a second, and waits until it has read its backlog.
demo() {
  local log=$work/$1.log
  shift
  "$landfall" demo --http 127.0.0.1:0 --shipments 400 "$@" >"$log" 2>&1 &
  started+=($!)
  for _ in $(seq 600); do
    if grep -q '  ready:' "$log"; then
      url=$(sed -n 's/^Landfall demo: //p' "$log")
      return
    fi
    kill -0 "${started[-1]}" 2>/dev/null || break
    sleep 0.1
  done
  echo "landfall demo did not start:" >&2
  cat "$log" >&2
  exit 1
}

if [ -z "${LANDFALL_URL:-}" ] && [ -z "${LANDFALL_DUMPS:-}" ]; then
  "$landfall" generate --shipments 200 --bad-pct 1 --late-pct 10 --out "$work/events.jsonl"
  # Exit code 3 says that some records have data errors, which is what is wanted.
  "$landfall" replay "$work/events.jsonl" --clock events --out "$work/dumps" >/dev/null || [ $? -eq 3 ]
  # One business stands still, so that figures on the page can be held against answers; the other goes on.
  demo still --rate 0
  export LANDFALL_DUMPS=$work/dumps LANDFALL_EVENTS=$work/events.jsonl LANDFALL_URL=$url
  demo motion --rate 20
  export LANDFALL_MOTION_URL=$url
fi
node --test --test-concurrency=2 ./*.test.mjs
