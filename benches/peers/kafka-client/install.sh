#!/usr/bin/env bash
# The Kafka client that offers events and reads answers, from PyPI, into an environment of its own. $1 is the cache.
set -euo pipefail
python3 -m venv "$1/kafka-client-venv"
"$1/kafka-client-venv/bin/pip" install --quiet --disable-pip-version-check confluent-kafka==2.16.1
