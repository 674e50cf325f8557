"""Measures how long an engine takes to go on after `kill -9`: `restart.py EVENTS RESULTS …`.

The engine reads all events, rests, and is left alone for as long as it takes to keep what it keeps. It is killed, a probe is sent to
each partition, and it is started again on the state it left. The time ends when all probes are answered: then it is caught
up. The first start, from nothing, is timed the same way. Writes `restart.jsonl`.
"""

import time
from argparse import Namespace

import broker
from measure import append, arguments, count_of, turns
from services import CATCH_UP_SECONDS_MAX, FIRST, Failed, Service, disturbance, service, surroundings

# A checkpoint of Landfall every ten seconds, a commit of Kafka Streams every second.
KEEPING_SECONDS = 25


def until_answered(target: Service, numbers: range) -> float:
    """Starts the engine; seconds until the probes, which wait in the topic, are answered."""
    begin = time.monotonic()
    target.start()
    target.await_probes(numbers, CATCH_UP_SECONDS_MAX)
    return round(time.monotonic() - begin, 3)


def killed(target: Service) -> dict:
    target.ask(FIRST)
    target.follow()
    first = until_answered(target, FIRST)
    target.await_quiet(CATCH_UP_SECONDS_MAX)
    time.sleep(KEEPING_SECONDS)
    target.check()
    target.kill()
    numbers = range(FIRST.stop, FIRST.stop + len(FIRST))
    target.ask(numbers)
    before = surroundings()
    seconds = until_answered(target, numbers)
    return {
        "first_seconds": first,
        "seconds": seconds,
        "cpu_seconds": round(target.cpu_seconds(), 2),
        "peak_mib": target.peak_mib(),
        **disturbance(before),
        "outcome": "done",
    }


def main() -> None:
    options: Namespace = arguments("landfall-views flink-heap kafka-streams")
    count = count_of(options.events)
    with broker.broker() as brokers:
        for repetition, workers, name in turns(options):
            figures = {"engine": name, "workers": workers, "events": count, "repetition": repetition}
            with options.events.open("rb") as lines, service(name, workers, brokers, lines) as target:
                figures["keeps"] = target.keeps
                try:
                    figures |= killed(target)
                except Failed as failure:
                    figures["outcome"] = str(failure)
            append(figures, options.results / "restart.jsonl")


if __name__ == "__main__":
    main()
