#!/usr/bin/env bash
# Runs all tests of the workspace, optimised: the conformance and property tests compare whole dumps at every tick.
set -euo pipefail

if [[ ${1:-} == --help ]]; then
    echo "Usage: scripts/test.sh [cargo test arguments]"
    echo "Runs all tests. Conformance sets are read from ../shared/conformance; without them those tests say so."
    exit 0
fi

cd "$(dirname "$0")/.."
exec cargo test --workspace --release --locked "$@"
