#!/usr/bin/env python3
"""Follow a view: print what every closed tick changes.

Subscribes to /api/v1/views/VIEW/changes, and subscribes again where it left off when the connection breaks or this
program is killed (with --state). Where the server no longer keeps that tick, it begins again with a snapshot and says so.
Needs nothing but Python's standard library.

Examples:
  scripts/watch.py late_milestones
  scripts/watch.py exceptions --filter severity:eq:critical --state /var/tmp/critical.tick
  scripts/watch.py landed_cost_variance --url https://landfall.example --token "$TOKEN" --json | alert
"""

import argparse
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

SILENCE_SECONDS_MAX = 30
RETRY_SECONDS = 2


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("view", help="the view to follow")
    parser.add_argument("--url", default="http://127.0.0.1:8080", help="the server [default: %(default)s]")
    parser.add_argument("--filter", action="append", default=[], metavar="COLUMN:OP:VALUE", help="only such rows")
    parser.add_argument("--token", default=os.environ.get("LANDFALL_TOKEN"), help="[default: $LANDFALL_TOKEN]")
    parser.add_argument("--state", metavar="FILE", help="keep the last tick here, and go on from it")
    parser.add_argument("--snapshot", action="store_true", help="print the rows of the snapshot too")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    parser.add_argument("--once", action="store_true", help="stop after the snapshot")
    return parser.parse_args()


def events(response):
    """The events of a stream, as (name, id, data)."""
    name, number, data = "message", None, []
    for line in response:
        line = line.decode("utf-8").rstrip("\r\n")
        if not line:
            if data:
                yield name, number, json.loads("\n".join(data))
            name, number, data = "message", None, []
        elif line.startswith("event:"):
            name = line[6:].strip()
        elif line.startswith("id:"):
            number = int(line[3:])
        elif line.startswith("data:"):
            data.append(line[5:].strip())


def show(args, kind, tick, row, before=None):
    if args.json:
        print(json.dumps({"tick": tick, "change": kind, "row": row, "before": before}), flush=True)
        return
    if before is None:
        cells = [f"{name}={value}" for name, value in row.items() if value is not None]
    else:
        cells = [f"{name}={value}" for name, value in row.items() if value is not None and name in list(row)[:2]]
        cells += [f"{name}: {before[name]} -> {row[name]}" for name in row if row[name] != before.get(name)]
    print(f"{tick} {kind:6} {'  '.join(cells)}", flush=True)


def follow(args, seen):
    """Reads one connection to its end; returns the last tick that was seen."""
    query = urllib.parse.urlencode([("filter", text) for text in args.filter])
    address = f"{args.url.rstrip('/')}/api/v1/views/{urllib.parse.quote(args.view)}/changes?{query}"
    headers = {"Accept": "text/event-stream"}
    if args.token:
        headers["Authorization"] = f"Bearer {args.token}"
    if seen is not None:
        headers["Last-Event-ID"] = str(seen)
    request = urllib.request.Request(address, headers=headers)
    with urllib.request.urlopen(request, timeout=SILENCE_SECONDS_MAX) as response:
        for name, number, data in events(response):
            if name == "snapshot" and args.snapshot:
                for row in data["rows"]:
                    show(args, "is", data["tick"], row)
            elif name == "tick":
                for row in data["deletes"]:
                    show(args, "gone", data["tick"], row)
                for update in data["updates"]:
                    show(args, "now", data["tick"], update["after"], update["before"])
                for row in data["inserts"]:
                    show(args, "new", data["tick"], row)
            elif name == "cut":
                print(f"cut off: {data['reason']}", file=sys.stderr)
            if number is not None:
                seen = keep(args, number)
            if args.once and name == "snapshot" and data["last"]:
                sys.exit(0)
    return seen


def keep(args, tick):
    if args.state:
        with open(args.state + ".new", "w", encoding="ascii") as file:
            file.write(str(tick))
        os.replace(args.state + ".new", args.state)
    args.seen = tick
    return tick


def main():
    args = arguments()
    args.seen = None
    if args.state and os.path.exists(args.state):
        with open(args.state, encoding="ascii") as file:
            args.seen = int(file.read())
    while True:
        try:
            follow(args, args.seen)
        except urllib.error.HTTPError as error:
            problem = json.load(error)
            print(f"{problem['title']}: {problem['detail']}", file=sys.stderr)
            if error.code == 410:
                args.seen = None
                continue
            if error.code < 500:
                return 1
        except (OSError, ValueError) as error:
            print(f"connection lost: {error}", file=sys.stderr)
        time.sleep(RETRY_SECONDS)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(0)
