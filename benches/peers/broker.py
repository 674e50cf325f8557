"""The broker of a measurement, and the topics in it. Everything a run makes there is named by the run and removed with it."""

import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from confluent_kafka import Consumer, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from engines import HERE

SCRIPT = HERE.parents[1] / "scripts/kafka.sh"
PARTITIONS = 2
SECONDS_MAX = 60


@contextmanager
def broker() -> Iterator[str]:
    """Starts a broker, gives its address, and removes it with its data. One that runs already is somebody's: it is left alone."""
    address = subprocess.run([SCRIPT, "address"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    host, port = address.split(":")
    with socket.socket() as probe:
        if probe.connect_ex((host, int(port))) == 0:
            sys.exit(f"something listens at {address} already: stop it, or name another port in LANDFALL_KAFKA_PORT")
    # Whoever is asked to end removes the broker first, and the engine.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        if subprocess.run([SCRIPT, "start"], stdout=subprocess.DEVNULL).returncode:
            sys.exit(f"no broker could be started at {address}")
        yield address
    finally:
        subprocess.run([SCRIPT, "reset"], check=True)


def new_name() -> str:
    """Of a run: whatever begins with it in the broker is of that run."""
    return f"run-{uuid.uuid4().hex[:8]}"


def client_settings(brokers: str) -> dict[str, str | int]:
    """Of every client: warnings and worse are told."""
    return {"bootstrap.servers": brokers, "log_level": 4}


def admin(brokers: str) -> AdminClient:
    return AdminClient(client_settings(brokers))


def create(brokers: str, topic: str) -> None:
    client = admin(brokers)
    client.create_topics([NewTopic(topic, PARTITIONS, 1)])[topic].result(SECONDS_MAX)


def topics(brokers: str) -> list[str]:
    return list(admin(brokers).list_topics(timeout=SECONDS_MAX).topics)


def remove(brokers: str, run: str) -> None:
    """Removes all topics of a run."""
    client = admin(brokers)
    if found := [topic for topic in topics(brokers) if topic.startswith(run)]:
        for done in client.delete_topics(found).values():
            done.result(SECONDS_MAX)


def producer(brokers: str) -> Producer:
    return Producer({**client_settings(brokers), "partitioner": "random"})


def load(brokers: str, topic: str, lines: Iterable[bytes]) -> None:
    """Makes a topic that holds these records."""
    create(brokers, topic)
    client = producer(brokers)
    for line in lines:
        while True:
            try:
                client.produce(topic, line.rstrip(b"\n"))
                break
            except BufferError:
                client.poll(0.1)
    if left := client.flush(SECONDS_MAX):
        sys.exit(f"{left} records could not be written to {topic}: see the broker's log")


def reader(brokers: str) -> Consumer:
    """Reads what `assign` gives it; of transactions what is committed."""
    return Consumer({
        **client_settings(brokers),
        "group.id": "peers",
        "enable.auto.commit": False,
        "isolation.level": "read_committed",
    })


def assign(client: Consumer, topic: str) -> bool:
    """Has a reader begin at the topic's beginning; no, where there is no such topic yet."""
    found = client.list_topics(timeout=SECONDS_MAX).topics.get(topic)
    if found is None:
        return False
    client.assign([TopicPartition(topic, partition, 0) for partition in found.partitions])
    return True


def records(brokers: str, topic: str) -> Iterator[Message]:
    """All that a topic holds, each partition in order. Nothing of it may have been written in transactions."""
    client = reader(brokers)
    if not assign(client, topic):
        raise LookupError(f"there is no topic {topic}")
    left = {
        place.partition: end
        for place in client.assignment()
        for begin, end in [client.get_watermark_offsets(place, timeout=SECONDS_MAX)]
        if end > begin
    }
    try:
        while left:
            message = client.poll(SECONDS_MAX)
            if message is None or message.error():
                raise ConnectionError(f"{topic} could not be read to its end: {message and message.error()}")
            yield message
            if message.offset() + 1 >= left.get(message.partition(), 0):
                left.pop(message.partition(), None)
    finally:
        client.close()
