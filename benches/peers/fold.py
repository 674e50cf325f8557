"""Adds up a changelog that an engine printed: `fold.py CHANGES OUT` writes the answers as they stand at its end.

A line is `ANSWER> +I[a, b]` as Flink's print connector writes it (`ANSWER:2> ` from the second worker on).
"""

import re
import sys
from collections import Counter
from pathlib import Path

from check import ANSWERS

LINE = re.compile(r"(\w+)(?::\d+)?> ([+-])[IUD]\[(.*)\]")


def fold(changes: Path, out: Path) -> None:
    rows = {answer: Counter() for answer in ANSWERS}
    with changes.open(encoding="utf-8") as file:
        for line in file:
            answer, sign, row = LINE.fullmatch(line.rstrip("\n")).groups()
            rows[answer][row.replace(", ", ",")] += 1 if sign == "+" else -1
    write(rows, out)


def write(rows: dict[str, Counter], out: Path) -> None:
    """Writes the rows that are left; each is there once."""
    for answer, counts in rows.items():
        if any(count not in (0, 1) for count in counts.values()):
            raise ValueError(f"{answer}: a row is there other than once")
        text = "".join(f"{row}\n" for row, count in counts.items() if count)
        (out / f"{answer}.csv").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    fold(Path(sys.argv[1]), Path(sys.argv[2]))
