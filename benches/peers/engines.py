"""The engines of the comparison: how each is started. `install.sh` puts what they need into the cache."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("LANDFALL_CACHE", Path.home() / ".cache/landfall")) / "peers"
LANDFALL = os.environ.get("LANDFALL", str(HERE.parents[1] / "target/release/landfall"))
QUESTIONS = os.environ.get("LANDFALL_QUESTIONS", str(HERE.parents[1] / "target/release/landfall-questions"))
# An engine that takes more is ended.
MEMORY_MAX_GIB = int(os.environ.get("LANDFALL_PEERS_GIB", "6"))
# The rest is what a virtual machine needs besides its heap.
JAVA_HEAP = f"-Xmx{MEMORY_MAX_GIB - 2}g"

Command = Callable[[Path | str, Path, int], list[str]]


@dataclass(frozen=True)
class Engine:
    name: str
    # What makes it: counted as lines of code.
    sources: list[str]
    # Events (a file, or `kafka://HOST:PORT/TOPIC`), folder of answers, workers.
    command: Command
    environment: Callable[[int], dict[str, str]] = field(default=lambda workers: {})
    # "csv": it writes its answers; "changelog": it prints changes; "none": its views are others.
    answers: str = "csv"
    exit_codes: tuple[int, ...] = (0,)


def java(folder: str, *options: str) -> list[str]:
    """The program of a folder, to which its arguments are added."""
    classes = f"{CACHE}/{folder}/classes:{CACHE}/{folder}/libs/*"
    return ["java", JAVA_HEAP, "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", *options, "-cp", classes, "peers.Questions"]


def flink(state: str) -> Command:
    def command(events: Path | str, _out: Path, workers: int) -> list[str]:
        opened = (HERE / "flink/jvm.options").read_text(encoding="utf-8").split()
        return [*java("flink", *opened), str(events), str(workers), state]

    return command


def kafka_streams(brokers: str, topic: str, run: str, workers: int, state: Path) -> list[str]:
    """What it makes in the broker is named by the run, and goes on from there and from the folder."""
    return [*java("kafka-streams"), brokers, topic, run, str(workers), str(state)]


def python(name: str) -> str:
    return str(CACHE / f"{name}-venv/bin/python")


KAFKA_STREAMS = ["kafka-streams/src"]
FLINK = ["flink/src/main/java/peers", "flink/src/main/resources"]

# The first is what all answers are compared with.
ENGINES = [
    Engine(
        "duckdb",
        ["duckdb/questions.sql", "duckdb/main.py"],
        lambda events, out, workers: [python("duckdb"), f"{HERE}/duckdb/main.py", str(events), str(out), str(workers)],
    ),
    Engine(
        "landfall-questions",
        ["landfall/src"],
        lambda events, out, workers: [QUESTIONS, str(events), str(out), str(workers)],
    ),
    Engine(
        "landfall-views",
        [],
        lambda events, _out, workers: [LANDFALL, "replay", str(events), "--clock", "events", "--workers", str(workers)],
        answers="none",
        exit_codes=(0, 3),
    ),
    Engine(
        "dbsp",
        ["dbsp/src"],
        lambda events, out, workers: [str(CACHE / "dbsp/release/dbsp-questions"), str(events), str(out), str(workers)],
    ),
    Engine(
        "pathway",
        ["pathway/main.py"],
        lambda events, out, _workers: [python("pathway"), f"{HERE}/pathway/main.py", str(events), str(out)],
        environment=lambda workers: {"PATHWAY_THREADS": str(workers)},
    ),
    Engine("flink-heap", FLINK, flink("hashmap"), answers="changelog"),
    Engine("flink-rocksdb", FLINK, flink("rocksdb"), answers="changelog"),
]
