"""Runs the engines over one file of events, interleaved and repeated; checks every answer; writes `runs.jsonl`.

`measure.py EVENTS.jsonl RESULTS --repeat R --workers 1,2 --only NAME…`
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import check
import fold
from engines import ENGINES, MEMORY_MAX_GIB, Engine

MEMORY_MAX_KIB = MEMORY_MAX_GIB << 20
SECONDS_MAX = 3600


def steal_jiffies() -> int:
    return int(Path("/proc/stat").read_text().split("\n", 1)[0].split()[8])


def resident_kib(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    except FileNotFoundError:
        pass
    return 0


def watch(process: subprocess.Popen) -> tuple[int, object, str]:
    """Waits for the end; ends what takes more memory or time than there is."""
    begin, stopped = time.monotonic(), ""
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status), usage, stopped
        if not stopped and resident_kib(process.pid) > MEMORY_MAX_KIB:
            stopped = f"more than {MEMORY_MAX_GIB} GiB"
        if not stopped and time.monotonic() - begin > SECONDS_MAX:
            stopped = f"more than {SECONDS_MAX} s"
        if stopped:
            process.send_signal(signal.SIGKILL)
        time.sleep(0.05)


def run(engine: Engine, events: Path | str, workers: int, expected: Path | None, folder: Path) -> dict:
    """One run: what it took, and whether its answers are right."""
    out = folder / f"{engine.name}-{workers}"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    figures = {"engine": engine.name, "workers": workers, "load_before": os.getloadavg()[0]}
    steal, begin = steal_jiffies(), time.monotonic()
    with (out / "stdout").open("wb") as stdout, (out / "stderr").open("wb") as stderr:
        process = subprocess.Popen(
            engine.command(events, out, workers),
            stdout=stdout,
            stderr=stderr,
            env=os.environ | engine.environment(workers),
        )
        try:
            code, usage, stopped = watch(process)
        except BaseException:
            process.kill()
            raise
    figures |= {
        "seconds": round(time.monotonic() - begin, 3),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 3),
        "peak_mib": usage.ru_maxrss // 1024,
        "load_after": os.getloadavg()[0],
        "steal_seconds": (steal_jiffies() - steal) / os.sysconf("SC_CLK_TCK"),
    }
    if stopped or code not in engine.exit_codes:
        said = (out / "stderr").read_text(encoding="utf-8", errors="replace").splitlines()
        print("\n".join([f"{engine.name} said at last:", *said[-20:]]), file=sys.stderr)
        return figures | {"outcome": stopped or f"exit code {code}"}
    if engine.answers == "changelog":
        fold.fold(out / "stdout", out)
    if engine.answers == "none" or expected is None:
        return figures | {"outcome": "done"}
    found = check.differences(expected, out)
    if found:
        print("\n".join(found), file=sys.stderr)
    return figures | {"outcome": "wrong answers" if found else "right"}


def arguments(only: str, **numbers: float) -> argparse.Namespace:
    """What all measurements are told; `only` are the engines if none are named, `numbers` further options with their defaults."""
    parser = argparse.ArgumentParser()
    parser.add_argument("events", type=Path)
    parser.add_argument("results", type=Path)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--workers", default="1,2")
    parser.add_argument("--only", nargs="*")
    for name, default in numbers.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=float, default=default)
    options = parser.parse_args()
    known = only.split()
    # Several measurements may be asked for at once, and each knows some engines.
    options.only = [name for name in known if not options.only or name in options.only]
    options.events = options.events.resolve()
    options.results.mkdir(parents=True, exist_ok=True)
    return options


def turns(options: argparse.Namespace) -> Iterator[tuple[int, int, str]]:
    """Repetition, workers, engine: engines take turns, so that what disturbs the machine disturbs all."""
    for repetition in range(options.repeat):
        for workers in map(int, options.workers.split(",")):
            for name in options.only:
                yield repetition, workers, name


def append(figures: dict, results: Path) -> None:
    """Tells of a run and keeps it."""
    print(json.dumps(figures), flush=True)
    with results.open("a", encoding="utf-8") as file:
        file.write(json.dumps(figures) + "\n")


def count_of(events: Path) -> int:
    """How many lines the file has."""
    with events.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


def right_answers(events: Path, folder: Path) -> Path:
    """DuckDB's answers, which all others are compared with."""
    yardstick = run(ENGINES[0], events, 2, None, folder)
    if yardstick["outcome"] != "done":
        sys.exit(f"{ENGINES[0].name}, which all answers are compared with: {yardstick['outcome']}")
    return (folder / f"{ENGINES[0].name}-2").rename(folder / "expected")


def main() -> None:
    options = arguments(" ".join(engine.name for engine in ENGINES))
    engines = {engine.name: engine for engine in ENGINES}
    count = count_of(options.events)
    with tempfile.TemporaryDirectory(prefix="landfall-peers-") as scratch:
        folder = Path(scratch)
        expected = right_answers(options.events, folder)
        # A run that was wrong or too large is not repeated.
        failed = set()
        for repetition, workers, name in turns(options):
            if (name, workers) in failed:
                continue
            figures = run(engines[name], options.events, workers, expected, folder)
            figures |= {"events": count, "repetition": repetition, "bytes": options.events.stat().st_size}
            if figures["outcome"] not in ("done", "right"):
                failed.add((name, workers))
            append(figures, options.results / "runs.jsonl")


if __name__ == "__main__":
    main()
