#!/usr/bin/env bash
# DBSP as Cargo.toml and Cargo.lock pin it, and the program. $1 is the cache. The first build takes about ten minutes
# of processor time.
set -euo pipefail
cd "$(dirname "$0")"
cargo build --release --quiet --locked --target-dir "$1/dbsp"
