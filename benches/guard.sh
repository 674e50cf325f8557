#!/usr/bin/env bash
# Compares the instructions of a small fixed workload with the stored figure, and fails when they are more than 5 % apart.
# Unlike times, instructions are the same on a busy machine. Needs valgrind.
set -euo pipefail

if [[ ${1:-} == --help ]]; then
    echo "Usage: benches/guard.sh [--update]"
    echo "Counts the instructions of benches/examples/fixed_workload.rs and compares them with benches/instructions.txt."
    echo "--update stores the new figure: do so when a change is meant to cost more or less, and say so in the commit."
    exit 0
fi

cd "$(dirname "$0")/.."
stored=benches/instructions.txt
target=${CARGO_TARGET_DIR:-target}
program=$target/release/examples/fixed_workload
# With the features of the whole workspace, as scripts/test.sh builds it: nothing is compiled twice.
cargo build --quiet --workspace --release --locked --example fixed_workload
command -v valgrind >/dev/null || { echo "benches/guard.sh: valgrind is missing; install the package valgrind" >&2; exit 1; }

report=$(mktemp)
trap 'rm -f "$report"' EXIT
if ! valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" >"$report" 2>&1; then
    cat "$report" >&2
    exit 1
fi
now=$(sed -n 's/.*Collected : *\([0-9]*\).*/\1/p' "$report")
[[ -n $now ]] || { echo "benches/guard.sh: callgrind said nothing of instructions:" >&2; cat "$report" >&2; exit 1; }

if [[ ${1:-} == --update ]]; then
    echo "$now" >"$stored"
    echo "benches/guard.sh: stored $now instructions"
    exit 0
fi
before=$(<"$stored")
change=$(((now - before) * 1000 / before))
sign=+ size=$change
((change >= 0)) || { sign=- size=$((-change)); }
printf 'benches/guard.sh: %d instructions, %s%d.%d %% of the stored %d\n' "$now" "$sign" "$((size / 10))" "$((size % 10))" "$before"
if ((change > 50)); then
    echo "The engine does more work than before. Find out why (docs/performance.md), or store the new figure: benches/guard.sh --update" >&2
    exit 1
fi
if ((change < -50)); then
    echo "The engine does less work than before: store the new figure, benches/guard.sh --update, so that it stays so" >&2
    exit 1
fi
