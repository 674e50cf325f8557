"""Reads a topic that holds all events already, from its beginning to its end: `kafka.py EVENTS.jsonl RESULTS …`, as measure.py.

Landfall keeps every view, writes their changes to Kafka in transactions, and keeps checkpoints and a tick log. Kafka Streams
keeps its state in RocksDB with changelog topics. Flink keeps its state on the heap and no checkpoints, and prints its changes.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections import Counter
from pathlib import Path

import check
import fold
from engines import CACHE, ENGINES, HERE, JAVA_HEAP, LANDFALL, Engine
from measure import arguments, count_of, right_answers, run, steal_jiffies

PARTITIONS = 2
# Nothing was written for so long: everything is written.
SETTLED_SECONDS = 1.5
LIBRARIES = f"{CACHE}/kafka-streams/libs/*"
QUIET = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"

CONFIGURATION = """
clock: wall
engine: {{workers: {workers}}}
state: {{url: "file://{folder}/state"}}
sources:
  - name: events
    format: json
    kafka: {{brokers: "{brokers}", topics: ["{topic}"]}}
sinks:
  - name: views
    kafka: {{brokers: "{brokers}", prefix: "{run}.", views: all}}
http: {{listen: "127.0.0.1:{port}"}}
"""


def tool(name: str, *arguments: str, **options) -> subprocess.CompletedProcess:
    """One of Kafka's own tools."""
    command = ["java", QUIET, "-cp", LIBRARIES, f"org.apache.kafka.tools.{name}", *arguments]
    return subprocess.run(command, check=True, **options)


def load(brokers: str, topic: str, events: Path) -> None:
    tool("TopicCommand", "--bootstrap-server", brokers, "--create", "--topic", topic, "--partitions", str(PARTITIONS))
    with events.open("rb") as file:
        tool("ConsoleProducer", "--bootstrap-server", brokers, "--topic", topic, stdin=file, stdout=subprocess.DEVNULL)


def metric(text: str, name: str) -> float:
    """The sum over all labels."""
    values = re.findall(rf"^{name}(?:{{[^}}]*}})? ([-+.\deE]+)$", text, re.MULTILINE)
    return sum(map(float, values))


def get(url: str) -> str:
    """The text there; empty when nobody answers, or with an error."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.read().decode() or "empty"
    except OSError:
        return ""


def landfall(brokers: str, topic: str, count: int, workers: int, folder: Path) -> dict:
    """Starts the service and stops the clock when every record is in, every tick written, and it says it is ready."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    name = f"run-{uuid.uuid4().hex[:8]}"
    folder.mkdir(parents=True)
    values = {"workers": workers, "folder": folder, "brokers": brokers, "topic": topic, "run": name, "port": port}
    (folder / "landfall.yaml").write_text(CONFIGURATION.format(**values), encoding="utf-8")
    figures = {"engine": "landfall-views", "workers": workers, "load_before": os.getloadavg()[0]}
    steal, begin = steal_jiffies(), time.monotonic()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([LANDFALL, "run", "--config", folder / "landfall.yaml"], stdout=log, stderr=log)
    written, still, seconds = -1.0, 0.0, 0.0
    try:
        while process.poll() is None and still < SETTLED_SECONDS:
            time.sleep(0.1)
            text = get(f"http://127.0.0.1:{port}/metrics")
            caught_up = (
                get(f"http://127.0.0.1:{port}/health/ready")
                and metric(text, "landfall_records_total") >= count
                and metric(text, "landfall_lag_records") == 0
            )
            now = time.monotonic() - begin
            if not caught_up or metric(text, "landfall_sink_rows_total") != written:
                written, seconds = metric(text, "landfall_sink_rows_total"), now
            still = now - seconds
        fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        status = Path(f"/proc/{process.pid}/status").read_text()
        return figures | {
            "seconds": round(seconds, 3),
            "cpu_seconds": (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"),
            "peak_mib": int(re.search(r"VmHWM:\s+(\d+)", status)[1]) // 1024,
            "load_after": os.getloadavg()[0],
            "steal_seconds": (steal_jiffies() - steal) / os.sysconf("SC_CLK_TCK"),
            "outcome": "done" if process.poll() is None else f"exit code {process.returncode}",
        }
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def kafka_streams(brokers: str, topic: str) -> tuple[Engine, str]:
    """Everything it makes is named by the run, so that no run finds what another left."""
    name = f"run-{uuid.uuid4().hex[:8]}"
    folder = CACHE / "kafka-streams"
    classes = f"{folder}/classes:{folder}/libs/*"

    def command(_events: Path, out: Path, workers: int) -> list[str]:
        java = ["java", JAVA_HEAP, QUIET, "-cp", classes, "peers.Questions"]
        return [*java, brokers, topic, name, str(workers), str(out / "state")]

    return Engine("kafka-streams", ["kafka-streams/src"], command, answers="none"), name


def differences(brokers: str, name: str, expected: Path, out: Path) -> list[str]:
    """Adds up the changes in the topic of answers and compares."""
    text = tool(
        "consumer.ConsoleConsumer",
        *("--bootstrap-server", brokers, "--topic", f"{name}-answers", "--from-beginning", "--timeout-ms", "10000"),
        *("--formatter-property", "print.key=true"),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ).stdout.decode()
    rows, answer = {answer: Counter() for answer in check.ANSWERS}, ""
    for line in text.splitlines():
        # A message is its key, a tab, and a line for each change.
        head, tab, rest = line.partition("\t")
        if tab:
            answer, line = head, rest
        rows[answer][line[1:]] += 1 if line[0] == "+" else -1
    fold.write(rows, out)
    return check.differences(expected, out)


def main() -> None:
    options = arguments("landfall-views flink-heap kafka-streams")
    events = options.events.resolve()
    count = count_of(events)
    script = HERE.parents[1] / "scripts/kafka.sh"
    brokers = subprocess.run([script, "start"], check=True, stdout=subprocess.PIPE, text=True).stdout.split()[-1]
    topic = f"peers-{uuid.uuid4().hex[:8]}"
    load(brokers, topic, events)
    try:
        with tempfile.TemporaryDirectory(prefix="landfall-peers-") as scratch:
            folder = Path(scratch)
            expected = right_answers(events, folder)
            for repetition in range(options.repeat):
                for workers in map(int, options.workers.split(",")):
                    for name in options.only:
                        figures = once(name, brokers, topic, count, workers, expected, folder)
                        figures |= {"events": count, "repetition": repetition, "source": "kafka"}
                        print(json.dumps(figures), flush=True)
                        with (options.results / "kafka.jsonl").open("a", encoding="utf-8") as file:
                            file.write(json.dumps(figures) + "\n")
    finally:
        subprocess.run([script, "reset"], check=True)


def once(name: str, brokers: str, topic: str, count: int, workers: int, expected: Path, folder: Path) -> dict:
    if name == "landfall-views":
        return landfall(brokers, topic, count, workers, folder / uuid.uuid4().hex[:8])
    if name == "kafka-streams":
        engine, run_name = kafka_streams(brokers, topic)
        figures = run(engine, Path(), workers, None, folder)
        if figures["outcome"] == "done":
            found = differences(brokers, run_name, expected, folder / f"{name}-{workers}")
            print("\n".join(found), end="", file=sys.stderr)
            figures["outcome"] = "wrong answers" if found else "right"
        return figures
    engine = next(engine for engine in ENGINES if engine.name == name)
    return run(engine, f"kafka://{brokers}/{topic}", workers, expected, folder)


if __name__ == "__main__":
    main()
