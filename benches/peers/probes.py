"""Probes: events whose answers are unmistakable, and who watches for them.

A probe is an invoice of the issuer PROBE for a shipment that nobody knows: its line is in `unmatched_charges` (Landfall:
`unmatched_freight_charges`) under the probe's number, and in no other question's answer.
"""

import json
import re
import threading
import time
from collections.abc import Callable
from typing import IO

from confluent_kafka import Producer

import broker


def probe(number: int) -> bytes:
    return json.dumps({
        "event_id": f"probe-{number}",
        "type": "invoice",
        "source": "carrier:PROBE",
        "occurred_at": "2026-01-15T00:00:00Z",
        "data": {
            "issuer": "PROBE",
            "invoice_no": str(number),
            "kind": "invoice",
            "currency": "EUR",
            "issued_on": "2026-01-15",
            "refs": [{"type": "tracking", "value": f"PROBE{number}"}],
            "lines": [{"line_no": 1, "code": "FRT", "amount": "1.00"}],
        },
    }, separators=(",", ":")).encode()


def send(client: Producer, topic: str, number: int) -> None:
    """Probes go round the partitions, so that as many as there are partitions prove all of them read."""
    client.produce(topic, probe(number), partition=number % broker.PARTITIONS)


class Watch:
    """When each probe's answer was first seen, by the monotonic clock."""

    def __init__(self) -> None:
        self.seen: dict[int, float] = {}
        # Why it sees no more.
        self.failure = ""
        self.ended = threading.Event()
        self.threads: list[threading.Thread] = []

    def found(self, pattern: re.Pattern[bytes], text: bytes) -> None:
        now = time.monotonic()
        for number in pattern.findall(text):
            self.seen.setdefault(int(number), now)

    def follow_topic(self, brokers: str, topic: str, key: bytes | None, pattern: re.Pattern[bytes]) -> None:
        """Looks in the keys of a topic's records; where `key` is given, in the values of the records with that key."""

        def follow() -> None:
            client = broker.reader(brokers)
            # The engine makes its topic.
            while not self.ended.is_set() and not broker.assign(client, topic):
                self.ended.wait(0.1)
            while not self.ended.is_set():
                message = client.poll(0.2)
                if message is None or message.error():
                    continue
                if key is None and message.value() is not None:
                    self.found(pattern, message.key())
                elif key == message.key():
                    self.found(pattern, message.value())
            client.close()

        self.begin(follow)

    def follow_output(self, output: IO[bytes], pattern: re.Pattern[bytes]) -> None:
        """Looks in the lines that a process prints, to its end."""

        def follow() -> None:
            for line in output:
                self.found(pattern, line)

        self.begin(follow)

    def begin(self, follow: Callable[[], None]) -> None:
        def guarded() -> None:
            # Whoever waits for a probe tells of it.
            try:
                follow()
            except Exception as error:
                self.failure = f"its answers could not be read: {error}"

        self.threads.append(threading.Thread(target=guarded, daemon=True))
        self.threads[-1].start()

    def close(self) -> None:
        """Returns when nobody watches any more, and so nobody needs the broker."""
        self.ended.set()
        for thread in self.threads:
            thread.join()
