"""The engines as services: they read a topic without end, and keep what they need to go on after a kill."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import broker
import engines
import probes
from engines import LANDFALL, MEMORY_MAX_GIB
from measure import MEMORY_MAX_KIB, resident_kib, steal_jiffies
from probes import Watch

# Probes that ask whether all that was in a topic is read; others follow them.
FIRST = range(broker.PARTITIONS)
CATCH_UP_SECONDS_MAX = 1800

CONFIGURATION = """
clock: wall
engine: {{workers: {workers}, tick_interval_ms: {tick_interval_ms}}}
state: {{url: "file://{folder}/state"}}
sources:
  - name: events
    format: json
    kafka: {{brokers: "{brokers}", topics: ["{topic}"]}}
sinks:
  - name: views
    kafka: {{brokers: "{brokers}", prefix: "{run}-", views: all}}
http: {{listen: "127.0.0.1:{port}"}}
"""


class Failed(Exception):
    """What became of an engine that cannot be measured further."""


class Service:
    """One engine over one topic. Its folder is its own, and so is what begins with `run` in the broker."""

    name = ""
    # What it goes on from when it is started again.
    keeps = ""
    # Where what it prints goes.
    output = subprocess.DEVNULL

    def __init__(self, brokers: str, topic: str, run: str, workers: int, folder: Path) -> None:
        self.brokers, self.topic, self.run, self.workers = brokers, topic, run, workers
        self.folder = folder
        self.watch = Watch()
        self.processes: list[subprocess.Popen[bytes]] = []

    def command(self) -> list[str]:
        raise NotImplementedError

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.processes.append(subprocess.Popen(self.command(), stdout=self.output, stderr=log))

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """Of the last start."""
        return self.processes[-1]

    def follow(self) -> None:
        """Watches for answers of probes, over all starts."""

    def check(self) -> None:
        """Raises `Failed` if it ended, takes too much memory, or is watched no more."""
        if self.process.poll() is not None:
            print((self.folder / "log").read_text(errors="replace")[-2000:], file=sys.stderr)
            raise Failed(f"exit code {self.process.returncode}")
        if resident_kib(self.process.pid) > MEMORY_MAX_KIB:
            raise Failed(f"more than {MEMORY_MAX_GIB} GiB")
        if self.watch.failure:
            raise Failed(self.watch.failure)

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_mib(self) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) // 1024

    def await_probes(self, numbers: range, seconds_max: float) -> None:
        """Returns once each of them is answered."""
        end = time.monotonic() + seconds_max
        while missing := sum(number not in self.watch.seen for number in numbers):
            self.check()
            if time.monotonic() > end:
                raise Failed(f"{missing} of {len(numbers)} probes not answered within {seconds_max:.0f} s")
            time.sleep(0.02)

    def ask(self, numbers: range) -> None:
        """Sends probes."""
        client = broker.producer(self.brokers)
        for number in numbers:
            probes.send(client, self.topic, number)
        client.flush(broker.SECONDS_MAX)

    def await_quiet(self, seconds_max: float) -> None:
        """Returns once it has used less than a quarter of a core for two seconds: nothing is left to do."""
        end = time.monotonic() + seconds_max
        while True:
            begin, used = time.monotonic(), self.cpu_seconds()
            time.sleep(2)
            self.check()
            if self.cpu_seconds() - used < (time.monotonic() - begin) / 4:
                return
            if time.monotonic() > end:
                raise Failed(f"not at rest {seconds_max:.0f} s after its last answer")

    def kill(self) -> None:
        """As by `kill -9`: it can put nothing in order."""
        for process in self.processes:
            process.kill()
            process.wait()

    def close(self) -> None:
        self.kill()
        self.watch.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Landfall(Service):
    name = "landfall-views"
    keeps = "checkpoints and tick log"
    tick_interval_ms = 100

    def command(self) -> list[str]:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        text = CONFIGURATION.format(tick_interval_ms=self.tick_interval_ms, **vars(self))
        (self.folder / "landfall.yaml").write_text(text, encoding="utf-8")
        return [LANDFALL, "run", "--config", str(self.folder / "landfall.yaml")]

    def follow(self) -> None:
        # The key of a row.
        pattern = re.compile(rb'"issuer":"PROBE","invoice_no":"(\d+)"')
        self.watch.follow_topic(self.brokers, f"{self.run}-unmatched_freight_charges", None, pattern)

    def get(self, path: str) -> str:
        """The text there; empty when nobody answers, or with an error."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.read().decode() or "empty"
        except OSError:
            return ""


class LandfallQuick(Landfall):
    """As hurried as the others are configured to be, where latency is what matters."""

    name = "landfall-views-20ms"
    tick_interval_ms = 20


class KafkaStreams(Service):
    name = "kafka-streams"
    keeps = "RocksDB and changelog topics"

    def command(self) -> list[str]:
        return [*engines.kafka_streams(self.brokers, self.topic, self.run, self.workers, self.folder / "state"), "live"]

    def follow(self) -> None:
        # A change that a message holds: a line of its value.
        pattern = re.compile(rb"^\+PROBE,(\d+),", re.MULTILINE)
        self.watch.follow_topic(self.brokers, f"{self.run}-answers", b"unmatched_charges", pattern)


class KafkaStreamsExactlyOnce(KafkaStreams):
    """With the promise that Landfall makes, and its own interval between commits, which is Landfall's between ticks, too."""

    name = "kafka-streams-exactly-once"
    commit_interval_ms = 100

    def command(self) -> list[str]:
        return [*super().command(), str(self.commit_interval_ms)]


class KafkaStreamsExactlyOnceQuick(KafkaStreamsExactlyOnce):
    name = "kafka-streams-exactly-once-20ms"
    commit_interval_ms = 20


class Flink(Service):
    name = "flink-heap"
    keeps = "nothing: begins anew"
    output = subprocess.PIPE

    def command(self) -> list[str]:
        return [*engines.flink("hashmap")(f"kafka://{self.brokers}/{self.topic}", self.folder, self.workers), "live"]

    def start(self) -> None:
        super().start()
        self.watch.follow_output(self.process.stdout, re.compile(rb"^unmatched_charges(?::\d+)?> \+[IU]\[PROBE, (\d+), "))


MEASURED = (Landfall, LandfallQuick, KafkaStreams, KafkaStreamsExactlyOnce, KafkaStreamsExactlyOnceQuick, Flink)
SERVICES = {service.name: service for service in MEASURED}


@contextmanager
def service(name: str, workers: int, brokers: str, lines: Iterable[bytes]) -> Iterator[Service]:
    """An engine that is not yet started, over a topic of its own that holds these events. Nothing of it is left afterwards."""
    run = broker.new_name()
    broker.load(brokers, f"{run}-events", lines)
    made = SERVICES[name](brokers, f"{run}-events", run, workers, Path(tempfile.mkdtemp(prefix="landfall-peers-")))
    try:
        yield made
    finally:
        made.close()
        broker.remove(brokers, run)


def surroundings() -> dict:
    """What else the machine does, as of now."""
    return {"load": os.getloadavg()[0], "steal": steal_jiffies() / os.sysconf("SC_CLK_TCK")}


def disturbance(before: dict) -> dict:
    """What else the machine did since."""
    after = surroundings()
    return {
        "load_before": before["load"],
        "load_after": after["load"],
        "steal_seconds": round(after["steal"] - before["steal"], 2),
    }
