#!/usr/bin/env bash
# An S3-compatible store for tests and for trying things out: moto on loopback, its objects in memory.
set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: scripts/s3.sh start|stop|address

  start    gets moto from PyPI (once, into a cache), starts it on loopback and makes the bucket `landfall`
  stop     stops it; its objects are gone
  address  prints its address

Environment:
  LANDFALL_S3_PORT   its port (default 19099)
  LANDFALL_S3_DATA   folder of its log and process id (default: landfall-s3-<port> in the temporary folder)
  LANDFALL_CACHE     where moto itself is kept (default: ~/.cache/landfall)

Any access key will do. In a configuration:

  state:
    url: s3://landfall/some/prefix
    options: {aws_endpoint: "http://127.0.0.1:19099", aws_allow_http: true, aws_region: us-east-1,
              aws_access_key_id: any, aws_secret_access_key: any}
TEXT
}

MOTO_VERSION=5.2.5
port=${LANDFALL_S3_PORT:-19099}
data=${LANDFALL_S3_DATA:-${TMPDIR:-/tmp}/landfall-s3-$port}
cache=${LANDFALL_CACHE:-$HOME/.cache/landfall}
venv=$cache/moto-$MOTO_VERSION

fetch() {
    [[ -f $venv/complete ]] && return
    rm -rf "$venv"
    mkdir -p "$cache"
    python3 -m venv "$venv"
    # What its S3 part needs; the extra `server` would bring every other service too.
    "$venv/bin/pip" install --quiet --disable-pip-version-check "moto[s3]==$MOTO_VERSION" flask flask-cors
    touch "$venv/complete"
}

running() { [[ -f $data/pid ]] && kill -0 "$(cat "$data/pid")" 2>/dev/null; }

start() {
    if running; then
        echo "127.0.0.1:$port"
        return
    fi
    fetch
    mkdir -p "$data"
    # A process group of its own, so that a Ctrl-C at the terminal does not end it.
    setsid nohup "$venv/bin/moto_server" -H 127.0.0.1 -p "$port" >"$data/server.log" 2>&1 &
    echo $! >"$data/pid"
    for _ in $(seq 600); do
        if curl --silent --fail --output /dev/null -X PUT "http://127.0.0.1:$port/landfall"; then
            echo "127.0.0.1:$port"
            return
        fi
        running || break
        sleep 0.1
    done
    echo "moto did not start; its log:" >&2
    tail -40 "$data/server.log" >&2
    exit 1
}

stop() {
    running || return 0
    kill "$(cat "$data/pid")"
    rm -f "$data/pid"
}

case ${1:---help} in
start) start ;;
stop) stop ;;
address) echo "127.0.0.1:$port" ;;
-h | --help) usage ;;
*)
    usage >&2
    exit 2
    ;;
esac
