"""Measures the time from an event to the answer it changes while events come at a fixed rate: `latency.py EVENTS RESULTS …`.

All but the last events are in the topic when an engine starts; it reads those first, until it rests. Then the last ones are
offered at the rate, and a probe every 20 ms besides. Once the warm-up is over every probe counts: from when it was due, so that
an offer that falls behind does not flatter the engine, to when its answer was seen. Writes `latency.jsonl`.
"""

import itertools
import sys
import time
from argparse import Namespace

from confluent_kafka import Producer

import broker
import probes
from measure import append, arguments, count_of, turns
from services import CATCH_UP_SECONDS_MAX, FIRST, SERVICES, Failed, Service, disturbance, service, surroundings

PROBE_SECONDS = 0.02
# An answer that is not there so long after the last event does not come late but not at all.
PATIENCE_SECONDS = 60


def offer(target: Service, client: Producer, events: list[bytes], first_probe: int, seconds: float) -> dict[int, float]:
    """Offers the events evenly over the seconds, and probes in between; gives when each probe was due."""
    due: dict[int, float] = {}
    begin, sent = time.monotonic(), 0
    while sent < len(events) or len(due) * PROBE_SECONDS < seconds:
        now = time.monotonic() - begin
        for line in events[sent : int(now / seconds * len(events)) + 1]:
            client.produce(target.topic, line.rstrip(b"\n"))
            sent += 1
        while (at := len(due) * PROBE_SECONDS) <= min(now, seconds):
            probes.send(client, target.topic, first_probe + len(due))
            due[first_probe + len(due)] = begin + at
        client.poll(0)
        time.sleep(0.001)
    return due


def percentile(ascending: list[float], percent: int) -> float:
    """The nearest rank."""
    return ascending[max(0, -(-len(ascending) * percent // 100) - 1)]


def waits(target: Service, due: dict[int, float]) -> dict:
    """How long the probes waited for their answers."""
    end = time.monotonic() + PATIENCE_SECONDS
    while missing := sum(number not in target.watch.seen for number in due):
        target.check()
        if time.monotonic() > end:
            raise Failed(f"{missing} of {len(due)} probes not answered {PATIENCE_SECONDS} s after the last event")
        time.sleep(0.1)
    ascending = sorted(1000 * (target.watch.seen[number] - at) for number, at in due.items())
    percentiles = {f"p{percent}_ms": round(percentile(ascending, percent), 1) for percent in (50, 90, 99)}
    return {"probes": len(due)} | percentiles | {"max_ms": round(ascending[-1], 1)}


def under_load(target: Service, tail: list[bytes], options: Namespace) -> dict:
    """Starts the engine, lets it catch up and warm up, and measures."""
    target.start()
    target.follow()
    target.ask(FIRST)
    target.await_probes(FIRST, CATCH_UP_SECONDS_MAX)
    target.await_quiet(CATCH_UP_SECONDS_MAX)
    client, warm = broker.producer(target.brokers), int(options.rate * options.warm_up)
    warmed = offer(target, client, tail[:warm], FIRST.stop, options.warm_up)
    target.check()
    before, begin, used = surroundings(), time.monotonic(), target.cpu_seconds()
    due = offer(target, client, tail[warm:], FIRST.stop + len(warmed), options.seconds)
    seconds, used = time.monotonic() - begin, target.cpu_seconds() - used
    client.flush(broker.SECONDS_MAX)
    return {
        "offered_per_second": round((len(tail) - warm) / seconds),
        "cpu_cores": round(used / seconds, 3),
        **disturbance(before),
        **waits(target, due),
        "peak_mib": target.peak_mib(),
        "outcome": "done",
    }


def main() -> None:
    options = arguments(" ".join(SERVICES), rate=2000, seconds=30, warm_up=10)
    count, offered = count_of(options.events), int(options.rate * (options.seconds + options.warm_up))
    if offered > count // 2:
        sys.exit(
            f"{options.events} has {count} events, and {offered} are to be offered after at least as many were read before: "
            "raise --shipments, or lower --rate or --seconds"
        )
    with broker.broker() as brokers:
        for repetition, workers, name in turns(options):
            figures = {"engine": name, "workers": workers, "events": count - offered, "repetition": repetition}
            figures |= {"rate": options.rate, "seconds": options.seconds}
            with options.events.open("rb") as file:
                head, tail = itertools.islice(file, count - offered), itertools.islice(file, offered)
                with service(name, workers, brokers, head) as target:
                    try:
                        figures |= under_load(target, list(tail), options)
                    except Failed as failure:
                        figures["outcome"] = str(failure)
            append(figures, options.results / "latency.jsonl")


if __name__ == "__main__":
    main()
