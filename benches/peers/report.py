"""Makes `report.md`, its plots and `machine.json` of the runs in a folder: `report.py RESULTS`. Medians, with the least and the most."""

import json
import os
import platform
import re
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import plots
from engines import CACHE, ENGINES, HERE, KAFKA_STREAMS
from plots import counted, right

# Bars of backfill: (workers, engine, least ratio of events per second).
BARS = [
    (1, "pathway", 5.0),
    (1, "flink-heap", 6.0),
    (2, "flink-heap", 12.0),
    (1, "dbsp", 1.3),
    (2, "dbsp", 2.0),
    (2, "duckdb", 0.4),
]
OURS = "landfall-questions"


def band(values: list[float], digits: int = 0) -> str:
    def text(value: float) -> str:
        return f"{value:,.{digits}f}"

    middle = text(statistics.median(values))
    return middle if len(values) == 1 else f"{middle} ({text(min(values))}–{text(max(values))})"


def per_million(run: dict) -> float:
    return run["cpu_seconds"] / run["events"] * 1e6


def rate(run: dict) -> float:
    return run["events"] / run["seconds"]


def lines_of_code(sources: list[str]) -> str:
    """Lines that are neither blank nor only a comment."""
    total = 0
    for source in sources:
        path = HERE / source
        for file in [path] if path.is_file() else sorted(path.rglob("*.*")):
            lines = file.read_text(encoding="utf-8").splitlines()
            total += sum(1 for line in lines if not re.match(r"\s*($|//|--|#|/?\*)", line))
    return str(total) if total else "–"


def grouped(runs: list[dict]) -> dict[tuple[int, int, str], list[dict]]:
    groups: dict[tuple[int, int, str], list[dict]] = {}
    for run in runs:
        groups.setdefault((run["events"], run["workers"], run["engine"]), []).append(run)
    return groups


def table(runs: list[dict]) -> list[str]:
    code = {engine.name: lines_of_code(engine.sources) for engine in ENGINES}
    code["kafka-streams"] = lines_of_code(KAFKA_STREAMS)
    lines = []
    for events, workers in sorted({(run["events"], run["workers"]) for run in runs}):
        lines += [
            f"### {counted(events, 'event')}, {counted(workers, 'worker')}",
            "",
            "| engine | runs | CPU s per million events | events/s by the clock | peak MiB | load | steal s | lines of code |",
            "|---|---|---|---|---|---|---|---|",
        ]
        groups = {engine: group for (e, w, engine), group in grouped(runs).items() if (e, w) == (events, workers)}
        order = {engine: statistics.median(map(per_million, group)) for engine, group in groups.items() if right(group)}
        for engine in sorted(groups, key=lambda name: order.get(name, float("inf"))):
            good = right(groups[engine])
            if not good:
                lines.append(f"| {engine} | 0 | {groups[engine][-1]['outcome']} | | | | | {code.get(engine, '–')} |")
                continue
            lines.append(
                f"| {engine} | {len(good)} | {band([per_million(run) for run in good], 1)} "
                f"| {band([rate(run) for run in good])} | {band([run['peak_mib'] for run in good])} "
                f"| {loads(good)} | {steal(good)} | {code.get(engine, '–')} |"
            )
        lines.append("")
    return lines


def measured(runs: list[dict], by: list[str], title: Callable[[dict], str], columns: dict[str, Callable[[list[dict]], str]]) -> list[str]:
    """A table for each combination of `by`, in it a line for each engine."""
    lines = []
    for key in sorted({tuple(run[field] for field in by) for run in runs}):
        chosen = [run for run in runs if tuple(run[field] for field in by) == key]
        lines += [f"### {title(chosen[0])}", "", f"| engine | runs | {' | '.join(columns)} |", "|---" * (len(columns) + 2) + "|"]
        for engine in sorted({run["engine"] for run in chosen}):
            group = [run for run in chosen if run["engine"] == engine]
            if good := right(group):
                lines.append(f"| {engine} | {len(good)} | {' | '.join(column(good) for column in columns.values())} |")
            if len(good) < len(group):
                why = sorted({run["outcome"] for run in group if run not in good})
                lines.append(f"| {engine} | {len(group) - len(good)} failed | {'; '.join(why)} |" + " |" * (len(columns) - 1))
        lines.append("")
    return lines


def field(name: str, digits: int = 0) -> Callable[[list[dict]], str]:
    return lambda group: band([run[name] for run in group], digits)


def loads(group: list[dict]) -> str:
    values = [load for run in group for load in (run["load_before"], run["load_after"])]
    return f"{min(values):.0f}–{max(values):.0f}"


def steal(group: list[dict]) -> str:
    return f"{max(run['steal_seconds'] for run in group):.1f}"


def latencies(runs: list[dict]) -> list[str]:
    columns = {"p50 ms": field("p50_ms"), "p90 ms": field("p90_ms"), "p99 ms": field("p99_ms"), "most ms": field("max_ms")}
    columns |= {"offered events/s": field("offered_per_second"), "CPU cores": field("cpu_cores", 2), "peak MiB": field("peak_mib")}
    return measured(
        runs,
        ["rate", "seconds", "events", "workers"],
        lambda run: f"{run['rate']:,.0f} events/s for {run['seconds']:,.0f} s after {counted(run['events'], 'event')}, {counted(run['workers'], 'worker')}",
        columns | {"load": loads, "steal s": steal},
    )


def restarts(runs: list[dict]) -> list[str]:
    columns = {"goes on from": lambda group: group[0]["keeps"], "s after `kill -9`": field("seconds", 1)}
    columns |= {"s at the first start": field("first_seconds", 1), "CPU s": field("cpu_seconds", 1), "peak MiB": field("peak_mib")}
    return measured(
        runs,
        ["events", "workers"],
        lambda run: f"{counted(run['events'], 'event')}, {counted(run['workers'], 'worker')}",
        columns | {"load": loads, "steal s": steal},
    )


def verdict(ratios: list[float], bar: float) -> str:
    if min(ratios) >= bar:
        return "met"
    return "missed" if max(ratios) < bar else "met by some runs"


def bars(runs: list[dict]) -> list[str]:
    lines = []
    groups = grouped(runs)
    for events in sorted({run["events"] for run in runs}):
        for workers, other, bar in BARS:
            ours, theirs = (right(groups.get((events, workers, name), [])) for name in (OURS, other))
            if not ours or not theirs:
                continue
            cpu = [per_million(b) / per_million(a) for a in ours for b in theirs]
            clock = [rate(a) / rate(b) for a in ours for b in theirs]
            lines.append(
                f"| {events:,} | {workers} | {other} | ≥ {bar}× | {band(cpu, 2)}× | {band(clock, 2)}× | {verdict(cpu, bar)} |"
            )
    return lines


NOT_INSTALLED = "not installed"


def version(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return NOT_INSTALLED
    return (done.stdout or done.stderr).strip().splitlines()[0]


def machine() -> dict:
    cpus = Path("/proc/cpuinfo").read_text()
    jars = [path.name for folder in ("flink", "kafka-streams") for path in (CACHE / folder / "libs").glob("*.jar")]
    pinned = sorted(name for name in set(jars) if re.match(r"flink-(clients|connector-kafka|statebackend)|kafka-(clients|streams)", name))
    return {
        "cpu": re.search(r"model name\s*: (.*)", cpus)[1],
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": f"{platform.freedesktop_os_release()['PRETTY_NAME']}, Linux {platform.release()}",
        "rust": version("rustc", "--version"),
        "java": version("java", "-version"),
        "python": platform.python_version(),
        "duckdb": version(f"{CACHE}/duckdb-venv/bin/python", "-c", "import duckdb; print(duckdb.__version__)"),
        "dbsp": re.search(r'^dbsp = "=(.*)"', (HERE / "dbsp/Cargo.toml").read_text(), re.MULTILINE)[1],
        "pathway": version(f"{CACHE}/pathway-venv/bin/python", "-c", "from importlib.metadata import version as v; print(v('pathway'))"),
        "confluent-kafka": version(f"{CACHE}/kafka-client-venv/bin/python", "-c", "import confluent_kafka; print(confluent_kafka.__version__)"),
        "jars": pinned,
    }


def load(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def main(folder: Path) -> None:
    noted = folder / "machine.json"
    earlier = json.loads(noted.read_text()) if noted.exists() else {}
    # A report may be made anew where an engine is no longer installed: its runs were of the version that was.
    described = {name: earlier.get(name, now) if now in (NOT_INSTALLED, []) else now for name, now in machine().items()}
    noted.write_text(json.dumps(described, indent=2) + "\n", encoding="utf-8")
    lines = ["# Landfall beside other engines", "", "Made by `benches/peers/run.sh`; what is asked and how: [benches/peers](../../peers/README.md).", ""]
    lines += ["Median (least–most) of the runs whose answers were right. Load is the machine's load average before and after; where it is", "above the number of cores, other work shared the machine, and CPU seconds compare better than the clock. Bars of plots are", "medians, lines over them go from the least to the most.", ""]
    lines += [f"- {name}: {', '.join(value) if isinstance(value, list) else value}" for name, value in described.items()]
    if runs := load(folder / "runs.jsonl"):
        lines += ["", "## From a file", "", *plots.backfill(folder, "file", runs), *table(runs)]
        if ratios := bars(runs):
            head = ["| events | workers | against | bar | by CPU seconds | by the clock | |", "|---|---|---|---|---|---|---|"]
            lines += [f"## Bars: `{OURS}` against the others", "", *head, *ratios]
    if runs := load(folder / "kafka.jsonl"):
        lines += ["", "## From a Kafka topic to its end", "", *plots.backfill(folder, "topic", runs), *table(runs)]
    if runs := load(folder / "latency.jsonl"):
        lines += ["", "## From an event to the changed answer", "", *plots.latency(folder, runs), *latencies(runs)]
    if runs := load(folder / "restart.jsonl"):
        lines += ["", "## Going on after `kill -9`", "", *plots.restart(folder, runs), *restarts(runs)]
    if (folder / "reading.md").exists():
        lines += ["", (folder / "reading.md").read_text(encoding="utf-8").rstrip()]
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines))
    (folder / "report.md").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
