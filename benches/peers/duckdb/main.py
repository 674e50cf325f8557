"""The three questions in DuckDB: `main.py EVENTS.jsonl OUT WORKERS` runs questions.sql once over the whole file."""

import os
import sys
from pathlib import Path

import duckdb

# The rest of what an engine may take is what the process needs besides.
MEMORY_GIB = int(os.environ.get("LANDFALL_PEERS_GIB", "6")) - 2


def main(events: str, out: str, workers: str) -> None:
    connection = duckdb.connect(config={"threads": workers, "memory_limit": f"{MEMORY_GIB}GiB"})
    connection.execute("SET VARIABLE events = $1", [events])
    connection.execute("SET VARIABLE out = $1", [out])
    connection.execute(Path(__file__).with_name("questions.sql").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main(*sys.argv[1:4])
