#!/usr/bin/env bash
# DBSP from crates.io as Cargo.lock pins it, and the program. $1 is the cache.
set -euo pipefail
cd "$(dirname "$0")"
CARGO_TARGET_DIR=$1/dbsp/target cargo build --release --locked
