#!/usr/bin/env bash
# Asks the SQL server with psycopg and with PostgreSQL's JDBC driver, over generated events.
set -euo pipefail

if [[ ${1:-} == --help ]]; then
    echo "Usage: scripts/sql_clients.sh"
    echo "Serves generated views and asks them with psycopg and the PostgreSQL JDBC driver. Needs Python 3, Java 11 and Maven."
    echo "Both clients are kept in \$LANDFALL_CACHE (default ~/.cache/landfall); JDBC_VERSION chooses the driver."
    exit 0
fi

cd "$(dirname "$0")/.."
cache=${LANDFALL_CACHE:-$HOME/.cache/landfall}/sql-clients
jdbc_version=${JDBC_VERSION:-42.7.14}
mkdir -p "$cache"
[[ -x $cache/python/bin/python ]] || python3 -m venv "$cache/python"
"$cache/python/bin/python" -c 'import psycopg' 2>/dev/null || "$cache/python/bin/pip" install -q 'psycopg[binary]'
driver=$cache/postgresql-$jdbc_version.jar
if [[ ! -s $driver ]]; then
    mvn -q -B dependency:copy "-Dartifact=org.postgresql:postgresql:$jdbc_version" "-DoutputDirectory=$cache"
fi

# With the features of the whole workspace, so that the query engine is not compiled a second time.
cargo build --quiet --release --locked --workspace --example serve_sql
server=${CARGO_TARGET_DIR:-target}/release/examples/serve_sql
coproc SERVER { "$server"; }
trap 'exec {SERVER[1]}>&-' EXIT
read -r -t 120 -u "${SERVER[0]}" address

"$cache/python/bin/python" tests/sql/psycopg_client.py "postgresql://analyst@$address/landfall"
java -cp "$driver" tests/sql/JdbcClient.java "jdbc:postgresql://$address/landfall"
