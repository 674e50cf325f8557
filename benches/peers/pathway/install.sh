#!/usr/bin/env bash
# Pathway from PyPI, into an environment of its own. $1 is the cache.
set -euo pipefail
python3 -m venv "$1/pathway-venv"
"$1/pathway-venv/bin/pip" install --quiet --disable-pip-version-check pathway==0.33.0
