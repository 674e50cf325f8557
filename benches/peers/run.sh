#!/usr/bin/env bash
# Compares Landfall with other engines on the same events and questions: README.md.
set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: benches/peers/run.sh [--shipments N] [--repeat R] [--workers LIST] [--only NAME…] [--out FOLDER] [--skip-install] [--kafka]

  --shipments N    shipments to generate, 15 events each (default 20000)
  --repeat R       runs of every engine, interleaved (default 3)
  --workers LIST   numbers of workers (default 1,2)
  --only NAME…     these engines only: duckdb landfall-questions landfall-views pathway flink-heap flink-rocksdb;
                   with --kafka: landfall-views flink-heap kafka-streams
  --out FOLDER     where results go (default benches/runs/<today>)
  --skip-install   engines are installed and built already
  --kafka          from a Kafka topic in place of a file

Environment:
  LANDFALL_CACHE                where engines are installed (default ~/.cache/landfall)
  LANDFALL, LANDFALL_QUESTIONS  binaries to use in place of building them
TEXT
}

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${LANDFALL_CACHE:-$HOME/.cache/landfall}/peers
shipments=20000 repeat=3 workers=1,2 install=yes only=() measure=measure.py
out=$here/../runs/$(date +%F)
while (($#)); do
    case $1 in
    --shipments) shipments=$2 && shift 2 ;;
    --repeat) repeat=$2 && shift 2 ;;
    --workers) workers=$2 && shift 2 ;;
    --out) out=$2 && shift 2 ;;
    --skip-install) install=no && shift ;;
    --kafka) measure=kafka.py && shift ;;
    --only)
        shift
        while (($#)) && [[ $1 != --* ]]; do only+=("$1") && shift; done
        ;;
    -h | --help) usage && exit ;;
    *)
        usage >&2
        exit 2
        ;;
    esac
done
# A folder's engines: flink-heap and flink-rocksdb are one folder.
wanted() {
    ((${#only[@]} == 0)) || [[ " ${only[*]}" == *" $1"* ]]
}

mkdir -p "$cache" "$out"
target=${CARGO_TARGET_DIR:-$root/target}/release
export LANDFALL=${LANDFALL:-$target/landfall} LANDFALL_QUESTIONS=${LANDFALL_QUESTIONS:-$target/landfall-questions}
if [[ $install == yes ]]; then
    [[ $LANDFALL != "$target/landfall" ]] || (cd "$root" && cargo build --release --workspace --bin landfall)
    [[ $LANDFALL_QUESTIONS != "$target/landfall-questions" ]] || (cd "$root" && cargo build --release --workspace --bin landfall-questions)
    # DuckDB always: all answers are compared with its.
    for peer in duckdb pathway flink kafka-streams; do
        if [[ $peer == duckdb ]] || wanted "$peer"; then
            echo "installing $peer" >&2
            "$here/$peer/install.sh" "$cache"
        fi
    done
fi
events=$cache/events-$shipments.jsonl
# Nothing waits for its time and no two records contradict each other: what the questions leave out (README.md).
[[ -f $events ]] || "$LANDFALL" generate --shipments "$shipments" --seed 7 --future-dated-pct 0 --conflicting-pct 0 --out "$events"
python3 "$here/$measure" "$events" "$out" --repeat "$repeat" --workers "$workers" --only "${only[@]}"
python3 "$here/report.py" "$out"
