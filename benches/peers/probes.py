"""Probes: events whose answers are unmistakable, and who watches for them.

A probe is an invoice of the issuer PROBE for a shipment that nobody knows: its line is in `unmatched_charges` (Landfall:
`unmatched_freight_charges`) under the probe's number, and in no other question's answer.
"""

import json
import re
import threading
import time
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

    def found(self, pattern: re.Pattern[bytes], text: bytes) -> None:
        now = time.monotonic()
        for number in pattern.findall(text):
            self.seen.setdefault(int(number), now)

    def follow_topic(self, brokers: str, topic: str, key: bytes | None, pattern: re.Pattern[bytes]) -> None:
        """Looks in the keys of a topic's records; where `key` is given, in the values of the records with that key."""

        def follow() -> None:
            try:
                client = broker.reader(brokers, topic)
                while not self.ended.is_set():
                    message = client.poll(0.2)
                    if message is None or message.error():
                        continue
                    if key is None and message.value() is not None:
                        self.found(pattern, message.key())
                    elif key == message.key():
                        self.found(pattern, message.value())
                client.close()
            # Whoever waits for a probe tells of it.
            except Exception as error:
                self.failure = str(error)

        threading.Thread(target=follow, daemon=True).start()

    def follow_output(self, output: IO[bytes], pattern: re.Pattern[bytes]) -> None:
        """Looks in the lines that a process prints."""

        def follow() -> None:
            for line in output:
                self.found(pattern, line)

        threading.Thread(target=follow, daemon=True).start()
