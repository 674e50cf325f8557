"""Plots of the runs in a folder, as SVG beside `report.md`; each function gives the lines that show them there."""

import statistics
from collections.abc import Callable
from pathlib import Path

import svg
from svg import Bar, Chart

Run = dict
MEASURES: list[tuple[str, str, str, Callable[[Run], float]]] = [
    ("rate", "Events per second by the clock", "events/s (more is better)", lambda run: run["events"] / run["seconds"]),
    ("cpu", "Processor time", "CPU seconds per million events (less is better)", lambda run: run["cpu_seconds"] / run["events"] * 1e6),
    ("memory", "Peak resident memory", "MiB (less is better)", lambda run: run["peak_mib"]),
]


def right(runs: list[Run]) -> list[Run]:
    return [run for run in runs if run["outcome"] in ("right", "done")]


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def write(folder: Path, name: str, chart: Chart) -> list[str]:
    """Nothing where there is nothing to draw."""
    if not chart.groups:
        return []
    (folder / f"{name}.svg").write_text(svg.draw(chart), encoding="utf-8")
    return [f"![{chart.title}]({name}.svg)", ""]


def backfill(folder: Path, source: str, runs: list[Run]) -> list[str]:
    """Rate, processor time and memory by engine and workers, for each number of events."""
    lines = []
    for events in sorted({run["events"] for run in right(runs)}):
        chosen = [run for run in right(runs) if run["events"] == events]
        workers = sorted({run["workers"] for run in chosen})
        for name, title, axis, value in MEASURES:
            groups = []
            for engine in sorted({run["engine"] for run in chosen}):
                of = {one: [value(run) for run in chosen if (run["engine"], run["workers"]) == (engine, one)] for one in workers}
                groups.append((engine, [Bar(place, of[one]) for place, one in enumerate(workers) if of[one]]))
            # The best on top.
            groups.sort(key=lambda group: statistics.median(group[1][0].values), reverse=name == "rate")
            series = [counted(one, "worker") for one in workers]
            chart = Chart(f"{title}: {counted(events, 'event')} from a {source}", axis, series, groups)
            lines += write(folder, f"{source}-{name}-{events}", chart)
    return lines


def by_engine(runs: list[Run], fields: list[str]) -> list[tuple[str, list[Bar]]]:
    """A group for each engine and number of workers, a bar in it for each field."""
    groups = []
    for engine, workers in sorted({(run["engine"], run["workers"]) for run in runs}):
        chosen = [run for run in runs if (run["engine"], run["workers"]) == (engine, workers)]
        bars = [Bar(place, [run[field] for run in chosen]) for place, field in enumerate(fields)]
        groups.append((f"{engine}, {counted(workers, 'worker')}", bars))
    return groups


def latency(folder: Path, runs: list[Run]) -> list[str]:
    lines = []
    for rate in sorted({run["rate"] for run in right(runs)}):
        groups = by_engine([run for run in right(runs) if run["rate"] == rate], ["p50_ms", "p99_ms"])
        chart = Chart(f"From an event to the changed answer, at {rate:,.0f} events/s", "ms (less is better)", ["p50", "p99"], groups)
        lines += write(folder, f"latency-{rate:.0f}", chart)
    return lines


def restart(folder: Path, runs: list[Run]) -> list[str]:
    lines = []
    for events in sorted({run["events"] for run in right(runs)}):
        groups = by_engine([run for run in right(runs) if run["events"] == events], ["seconds", "first_seconds"])
        series = ["started again after kill -9", "first start, from nothing"]
        chart = Chart(f"From a start to the newest answer: {counted(events, 'event')}", "s (less is better)", series, groups)
        lines += write(folder, f"restart-{events}", chart)
    return lines
