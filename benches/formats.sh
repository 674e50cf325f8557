#!/usr/bin/env bash
# Speed of every format on one thread, as a table: benches/formats.sh [FOLDER OF SAMPLES]
#
# Samples of partners are those that the tests read (../shared/data unless named); where they are not there, their rows are left
# out. The others are made here. What counts is the processor time of the thread.
set -euo pipefail
cd "$(dirname "$0")/.."
data=${1:-../shared/data}
bin=${CARGO_TARGET_DIR:-target}/release
cargo build --release --locked --workspace --bin landfall --example format_speed
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT

"$bin/landfall" generate --shipments 2000 2>/dev/null | grep '"type":"milestone"' >"$made/milestones.jsonl"
{
    echo "No,Pro,Status,Time"
    for number in $(seq 10000); do echo "M$number,PRO$((number / 4)),delivered,2026-03-01T10:15:00Z"; done
} >"$made/milestones.csv"
{
    printf "UNB+UNOC:3+SENDER:ZZZ+RECEIVER:ZZZ+260301:1015+7'"
    for number in $(seq 100); do
        printf "UNH+%s+INVOIC:D:00B:UN'BGM+380+I%s+9'DTM+137:20260301:102'NAD+SU+CARRIER::92'CUX+2:EUR:4'" "$number" "$number"
        for line in 1 2 3; do printf "LIN+%s++FRT'MOA+203:100'RFF+BM:B%s'" "$line" "$number"; done
        printf "UNS+S'MOA+77:300'UNT+18+%s'" "$number"
    done
    printf "UNZ+100+7'"
} >"$made/invoic.edi"
for _ in $(seq 200); do head -n 2 docs/partners/examples/warehouse/samples/receipts.jsonl; done >"$made/receipts.jsonl"
[[ ! -e $data/fx/eurofxref-hist.csv.gz ]] || gunzip -c "$data/fx/eurofxref-hist.csv.gz" >"$made/eurofxref-hist.csv"

echo "| format | file | bytes | MB/s | messages/s | events/s |"
echo "|---|---|---|---|---|---|"
row() {
    [[ -e $2 ]] || return 0
    "$bin/examples/format_speed" "$@" | sed -E "s#^([a-z0-9]+): ([0-9.]+) MB/s, ([0-9]+) messages/s, ([0-9]+) events/s \(file of ([0-9]+) bytes.*#| \1 | $(basename "$2") | \5 | \2 | \3 | \4 |#"
}
row json "$made/milestones.jsonl"
row x12 "$data/x12/ups_210_omniparser.edi"
row x12 "$data/x12/canadapost_214_omniparser.edi"
row x12 "$data/x12/apimeister_310.edi"
row x12 "$data/x12/apimeister_315.edi"
row x12 "$data/x12/apimeister_850.edi"
row x12 "$data/x12/apimeister_856.edi"
row edifact "$data/edifact/apimeister_iftsta_01.edi"
row edifact "$made/invoic.edi"
row dcsa docs/partners/examples/ocean-line/samples/booking-to-arrival.json
row wco "$data/customs/TT_IM129a/Step1_IM129a.xml"
row wco "$data/customs/TT_IM008a/02_DMSTAX.xml"
row csv "$made/milestones.csv"
row ecb "$made/eurofxref-hist.csv"
row jq "$made/receipts.jsonl" docs/partners/examples/warehouse/receipts.jq
