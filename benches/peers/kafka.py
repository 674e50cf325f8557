"""Reads a topic that holds all events already, from its beginning to its end: `kafka.py EVENTS RESULTS …`, as measure.py.

Landfall keeps every view, writes their changes to Kafka in transactions, and keeps checkpoints and a tick log. Kafka Streams
keeps its state in RocksDB with changelog topics. Flink keeps its state on the heap and no checkpoints, and prints its changes.
Writes `kafka.jsonl`.
"""

import re
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import broker
import check
import engines
import fold
from engines import ENGINES, KAFKA_STREAMS, Engine
from measure import append, arguments, count_of, right_answers, run, turns
from services import CATCH_UP_SECONDS_MAX, Failed, Landfall, disturbance, surroundings

# Nothing was written for so long: everything is written.
SETTLED_SECONDS = 1.5


def metric(text: str, name: str) -> float:
    """The sum over all labels."""
    values = re.findall(rf"^{name}(?:{{[^}}]*}})? ([-+.\deE]+)$", text, re.MULTILINE)
    return sum(map(float, values))


def settled(service: Landfall, count: int, begin: float) -> float:
    """Seconds from the beginning until every record was in, every tick written, and it said it was ready."""
    written, seconds, now = -1.0, 0.0, 0.0
    while now - seconds < SETTLED_SECONDS:
        time.sleep(0.1)
        service.check()
        text = service.get("/metrics")
        caught_up = (
            service.get("/health/ready")
            and metric(text, "landfall_records_total") >= count
            and metric(text, "landfall_lag_records") == 0
        )
        now = time.monotonic() - begin
        if now > CATCH_UP_SECONDS_MAX:
            raise Failed(f"more than {CATCH_UP_SECONDS_MAX} s")
        if not caught_up or metric(text, "landfall_sink_rows_total") != written:
            written, seconds = metric(text, "landfall_sink_rows_total"), now
    return seconds


def landfall(brokers: str, topic: str, count: int, workers: int, folder: Path) -> dict:
    """One run of the service."""
    name = broker.new_name()
    figures = {"engine": Landfall.name, "workers": workers}
    (folder / name).mkdir()
    service = Landfall(brokers, topic, name, workers, folder / name)
    before, begin = surroundings(), time.monotonic()
    try:
        service.start()
        figures["seconds"] = round(settled(service, count, begin), 3)
        figures |= {"cpu_seconds": service.cpu_seconds(), "peak_mib": service.peak_mib(), "outcome": "done"}
    except Failed as failure:
        figures["outcome"] = str(failure)
    finally:
        service.close()
        broker.remove(brokers, name)
    return figures | disturbance(before)


def kafka_streams(brokers: str, topic: str, workers: int, expected: Path, folder: Path) -> dict:
    """One run, whose answers are in a topic."""
    name = broker.new_name()

    def command(_events: Path | str, out: Path, workers: int) -> list[str]:
        return engines.kafka_streams(brokers, topic, name, workers, out / "state")

    figures = run(Engine("kafka-streams", KAFKA_STREAMS, command, answers="none"), topic, workers, None, folder)
    if figures["outcome"] == "done":
        found = differences(brokers, f"{name}-answers", expected, folder / f"kafka-streams-{workers}")
        print("\n".join(found), end="", file=sys.stderr)
        figures["outcome"] = "wrong answers" if found else "right"
    broker.remove(brokers, name)
    return figures


def differences(brokers: str, answers: str, expected: Path, out: Path) -> list[str]:
    """Adds up the changes in the topic of answers and compares."""
    rows: dict[str, Counter[str]] = {answer: Counter() for answer in check.ANSWERS}
    for message in broker.records(brokers, answers):
        # A message is an answer's name and a line for each change.
        for line in message.value().decode().splitlines():
            rows[message.key().decode()][line[1:]] += 1 if line[0] == "+" else -1
    fold.write(rows, out)
    return check.differences(expected, out)


def once(name: str, brokers: str, topic: str, count: int, workers: int, expected: Path, folder: Path) -> dict:
    if name == "landfall-views":
        return landfall(brokers, topic, count, workers, folder)
    if name == "kafka-streams":
        return kafka_streams(brokers, topic, workers, expected, folder)
    engine = next(engine for engine in ENGINES if engine.name == name)
    return run(engine, f"kafka://{brokers}/{topic}", workers, expected, folder)


def main() -> None:
    options = arguments("landfall-views flink-heap kafka-streams")
    count = count_of(options.events)
    with broker.broker() as brokers, tempfile.TemporaryDirectory(prefix="landfall-peers-") as scratch:
        topic, folder = f"{broker.new_name()}-events", Path(scratch)
        with options.events.open("rb") as lines:
            broker.load(brokers, topic, lines)
        expected = right_answers(options.events, folder)
        for repetition, workers, name in turns(options):
            figures = once(name, brokers, topic, count, workers, expected, folder)
            append(figures | {"events": count, "repetition": repetition, "source": "kafka"}, options.results / "kafka.jsonl")


if __name__ == "__main__":
    main()
