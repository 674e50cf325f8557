#!/usr/bin/env bash
# DuckDB from PyPI, into an environment of its own. $1 is the cache.
set -euo pipefail
python3 -m venv "$1/duckdb-venv"
"$1/duckdb-venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.0
