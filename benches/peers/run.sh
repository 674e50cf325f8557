#!/usr/bin/env bash
# Compares Landfall with other engines on the same events and questions: README.md.
set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: benches/peers/run.sh [--shipments N] [--repeat R] [--workers LIST] [--only NAME…] [--out FOLDER] [--skip-install]
                            [--file] [--kafka] [--latency [--rate E] [--seconds S]] [--restart]

  --shipments N    shipments to generate, 15 events each (default 20000)
  --repeat R       runs of every engine, interleaved (default 3)
  --workers LIST   numbers of workers (default 1,2)
  --only NAME…     these engines only: duckdb landfall-questions landfall-views dbsp pathway flink-heap
                   flink-rocksdb;
                   from Kafka: landfall-views flink-heap kafka-streams; for --latency also landfall-views-20ms
                   kafka-streams-exactly-once kafka-streams-exactly-once-20ms
  --out FOLDER     where results go (default benches/runs/<today>)
  --skip-install   engines are installed and built already

What is measured; several may be asked for, one after the other:
  --file           a file of events, from its beginning to its end (the default)
  --kafka          a Kafka topic of events, from its beginning to its end
  --latency        from an event to the changed answer, while events come
  --rate E         so many a second (default 2000); at most half of all events may be offered
  --seconds S      for so long, after 10 s of warm-up (default 30)
  --restart        from a start after kill -9 to the newest answer

Environment:
  LANDFALL_PEERS_GIB            an engine that takes more memory is ended (default 6)
  LANDFALL_CACHE                where engines are installed (default ~/.cache/landfall)
  LANDFALL, LANDFALL_QUESTIONS  binaries to use in place of building them
  LANDFALL_KAFKA_PORT           where a broker is started for all but --file; nothing else may listen there (scripts/kafka.sh --help)
TEXT
}

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${LANDFALL_CACHE:-$HOME/.cache/landfall}/peers
shipments=20000 repeat=3 workers=1,2 setup=yes only=() measures=() offer=()
out=$here/../runs/$(date +%F)
while (($#)); do
    case $1 in
    --shipments) shipments=$2 && shift 2 ;;
    --repeat) repeat=$2 && shift 2 ;;
    --workers) workers=$2 && shift 2 ;;
    --out) out=$2 && shift 2 ;;
    --skip-install) setup=no && shift ;;
    --file) measures+=(measure) && shift ;;
    --kafka | --latency | --restart) measures+=("${1#--}") && shift ;;
    --rate | --seconds) offer+=("$1" "$2") && shift 2 ;;
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
((${#measures[@]})) || measures=(measure)
# A folder's engines: flink-heap and flink-rocksdb are one folder.
wanted() {
    ((${#only[@]} == 0)) || [[ " ${only[*]}" == *" $1"* ]]
}
install_peer() {
    echo "installing $1" >&2
    "$here/$1/install.sh" "$cache"
}
from_kafka() {
    [[ ${measures[*]} != measure ]]
}

mkdir -p "$cache" "$out"
target=${CARGO_TARGET_DIR:-$root/target}/release
export LANDFALL=${LANDFALL:-$target/landfall} LANDFALL_QUESTIONS=${LANDFALL_QUESTIONS:-$target/landfall-questions}
if [[ $setup == yes ]]; then
    [[ $LANDFALL != "$target/landfall" ]] || (cd "$root" && cargo build --release --workspace --bin landfall)
    [[ $LANDFALL_QUESTIONS != "$target/landfall-questions" ]] || (cd "$root" && cargo build --release --workspace --bin landfall-questions)
    # DuckDB always: all answers are compared with its.
    for peer in duckdb dbsp pathway flink kafka-streams; do
        if [[ $peer == duckdb ]] || wanted "$peer"; then
            install_peer "$peer"
        fi
    done
    if from_kafka; then
        install_peer kafka-client
    fi
fi
events=$cache/events-$shipments.jsonl
# Nothing waits for its time and no two records contradict each other: what the questions leave out (README.md).
[[ -f $events ]] || "$LANDFALL" generate --shipments "$shipments" --seed 7 --future-dated-pct 0 --conflicting-pct 0 --out "$events"
for measure in "${measures[@]}"; do
    python=python3 more=()
    [[ $measure == measure ]] || python=$cache/kafka-client-venv/bin/python
    [[ $measure != latency ]] || more=("${offer[@]}")
    "$python" "$here/$measure.py" "$events" "$out" --repeat "$repeat" --workers "$workers" "${more[@]}" --only "${only[@]}"
done
python3 "$here/report.py" "$out"
