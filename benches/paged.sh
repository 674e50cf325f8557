#!/usr/bin/env bash
# The engine with less memory than its state: what of it nobody needs is in a swap file. Needs root, and cgroups of memory.
set -euo pipefail

if [[ ${1:-} == --help || $# -lt 2 ]]; then
    echo "Usage: benches/paged.sh SHIPMENTS MEMORY_MIB [TICK_EVENTS] [FOLDER OF THE SWAP FILE]"
    echo "Runs the benchmark of the engine (--measure events) in a group that may have so much memory, with a swap file of 16 kB for"
    echo "each shipment on the disk of the folder (default: /var/tmp). Takes both away afterwards. Its last column counts only what is in memory."
    [[ ${1:-} == --help ]] && exit 0 || exit 2
fi

shipments=$1 memory_mib=$2 tick_events=${3:-20000} folder=${4:-/var/tmp}
cd "$(dirname "$0")/.."
program=$(cargo build --release --locked --workspace --bench engine --message-format json 2>/dev/null |
    sed -n 's/.*"executable":"\([^"]*\/engine-[^"]*\)".*/\1/p' | tail -1)
[[ -x $program ]] || { echo "benches/paged.sh: the benchmark cannot be built: cargo build --release --workspace --bench engine" >&2; exit 1; }

swap=$(mktemp "$folder/landfall-swap.XXXXXX")
group=$(if [[ -d /sys/fs/cgroup/memory ]]; then echo /sys/fs/cgroup/memory; else echo /sys/fs/cgroup; fi)/landfall-paged-$$
cleanup() {
    swapoff "$swap" 2>/dev/null || true
    rm -f "$swap"
    rmdir "$group" 2>/dev/null || true
}
trap cleanup EXIT
fallocate -l $((shipments * 16384)) "$swap"
chmod 600 "$swap"
mkswap "$swap" >/dev/null
swapon "$swap"
mkdir "$group"
limit=$((memory_mib << 20))
if [[ -e $group/memory.limit_in_bytes ]]; then echo $limit >"$group/memory.limit_in_bytes"; else echo $limit >"$group/memory.max"; fi

before=$(awk '/^pswpin/ {print $2}' /proc/vmstat) begun=$SECONDS
bash -c 'echo $$ >"$1"/cgroup.procs && shift && exec "$@"' _ "$group" "$program" --measure events "$shipments" 1 "$tick_events"
after=$(awk '/^pswpin/ {print $2}' /proc/vmstat)
echo "$((SECONDS - begun)) s; $(((after - before) >> 8)) MiB were read back from the disk"
