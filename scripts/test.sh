#!/usr/bin/env bash
# Runs all tests of the workspace, optimised: the conformance and property tests compare whole dumps at every tick.
set -euo pipefail

if [[ ${1:-} == --help ]]; then
    echo "Usage: scripts/test.sh [cargo test arguments]"
    echo "Runs all tests. Conformance sets are read from ../shared/conformance; without them those tests say so."
    echo "Tests beside Kafka start a broker (scripts/kafka.sh; needs Java 17, Maven, openssl), or use LANDFALL_TEST_KAFKA=host:port."
    echo "Tests of a state in a bucket start a store (scripts/s3.sh; needs python3-venv, curl), or use LANDFALL_TEST_S3=host:port."
    echo "One puts the clock back (it needs cc), one fills a disk of its own (unshare, of util-linux)."
    exit 0
fi

cd "$(dirname "$0")/.."
if [[ -z ${LANDFALL_TEST_KAFKA:-} ]]; then
    # A port of its own, so that a broker somebody works with is left alone.
    export LANDFALL_KAFKA_PORT=${LANDFALL_KAFKA_PORT:-29092}
    trap 'scripts/kafka.sh reset; scripts/s3.sh stop' EXIT
else
    trap 'scripts/s3.sh stop' EXIT
fi
cargo test --workspace --release --locked "$@"
