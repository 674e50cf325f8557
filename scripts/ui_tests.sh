#!/usr/bin/env bash
# Tests the web page in Chromium against `landfall demo`.
set -euo pipefail

if [[ ${1:-} == --help ]]; then
    echo "Usage: scripts/ui_tests.sh"
    echo "Builds landfall, starts its demo and runs tests/ui in Chromium. Needs cargo, Node 18 or newer, npm and Chromium"
    echo "(CHROMIUM, default /usr/bin/chromium). Playwright and axe-core come from the npm registry, once."
    exit 0
fi

cd "$(dirname "$0")/.."
# With the features of the whole workspace, so that the query engine is not compiled a second time.
cargo build --quiet --release --locked --workspace --bin landfall
exec tests/ui/run.sh
