#!/usr/bin/env bash
# Shows what Landfall makes of a set of events: builds, replays, prints the summary and where the views are.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: scripts/demo.sh [--as-of TIME] [--out DIR] [PATH...]
       scripts/demo.sh --live [arguments of landfall demo]

Builds the release binary, replays events and prints the summary and where the CSV files of the views are.

  PATH         your events: JSON-lines files (plain, .gz, .zst) or folders of them;
               without one, the events of 2,000 invented shipments over 40 days
  --as-of TIME the clock, for example 2026-03-20 (default: the newest event; for the invented ones 2026-03-16)
  --out DIR    where the views go (default: a new temporary folder)

  --live       serve live views of an invented business instead: web page on 127.0.0.1:8080, SQL on 127.0.0.1:5433

Needs: cargo, a C compiler, make, cmake, the headers of OpenSSL (libssl-dev).
TEXT
}

as_of=""
out=""
live=""
paths=()
if [ "${1:-}" = --live ]; then
  live=yes
  shift
fi
if [ -n "$live" ]; then set -- -- "$@"; fi
while [ -z "$live" ] && [ $# -gt 0 ]; do
  case "$1" in
    --help | -h) usage; exit 0 ;;
    --as-of | --out)
      [ $# -ge 2 ] || { echo "demo: $1 needs a value" >&2; exit 2; }
      if [ "$1" = --as-of ]; then as_of=$2; else out=$2; fi
      shift ;;
    -?*) echo "demo: unknown option $1; see --help" >&2; exit 2 ;;
    *) paths+=("$1") ;;
  esac
  shift
done

files=()
for path in ${paths[@]+"${paths[@]}"}; do
  if [ -d "$path" ]; then
    while IFS= read -r -d '' file; do files+=("$file"); done < <(
      find "$path" -type f \( -name '*.jsonl' -o -name '*.jsonl.gz' -o -name '*.jsonl.zst' \) -print0 | sort -z)
  else
    files+=("$path")
  fi
done
if [ ${#paths[@]} -gt 0 ] && [ ${#files[@]} -eq 0 ]; then
  echo "demo: no .jsonl, .jsonl.gz or .jsonl.zst file in ${paths[*]}" >&2
  exit 1
fi

manifest="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/Cargo.toml"
# The features of the whole workspace, as the tests use, so that nothing is compiled twice.
cargo build --release --quiet --manifest-path "$manifest" --workspace --bin landfall
target=$(cargo metadata --no-deps --format-version 1 --manifest-path "$manifest" |
  sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
landfall="$target/release/landfall"
if [ -n "$live" ]; then
  shift # the marker before the arguments
  exec "$landfall" demo --http 127.0.0.1:8080 --sql 127.0.0.1:5433 "$@"
fi

events=""
trap 'rm -rf "$events"' EXIT
if [ ${#files[@]} -eq 0 ]; then
  events=$(mktemp -d)
  "$landfall" generate --shipments 2000 --shipments-per-day 50 --seed 1 >"$events/events.jsonl"
  files=("$events/events.jsonl")
  as_of=${as_of:-2026-03-16}
fi

clock=(--clock events)
if [ -n "$as_of" ]; then clock=(--as-of "$as_of"); fi
out=${out:-$(mktemp -d)/views}

# Exit code 3 only means that some records have data errors: the summary lists them.
code=0
"$landfall" replay "${files[@]}" "${clock[@]}" --out "$out" || code=$?
[ "$code" -eq 0 ] || [ "$code" -eq 3 ] || exit "$code"

echo
echo "The views, one CSV file each (lines without the header):"
for file in "$out"/*.csv; do
  printf '  %8d lines  %s\n' "$(($(wc -l <"$file") - 1))" "$file"
done
