"""Compares answers byte for byte: `check.py EXPECTED ANSWERS` sorts the four files of both folders.

Exit code 1 and the first differences if they differ.
"""

import sys
from pathlib import Path

ANSWERS = ("unmatched_charges", "off_charges", "late_milestones", "landed_cost_variance")


def rows(folder: Path, answer: str) -> list[bytes]:
    return sorted((folder / f"{answer}.csv").read_bytes().splitlines(keepends=True))


def differences(expected: Path, answers: Path) -> list[str]:
    """What differs, in words; nothing if all is equal."""
    found = []
    for answer in ANSWERS:
        left, right = rows(expected, answer), rows(answers, answer)
        if left == right:
            continue
        missing, extra = sorted(set(left) - set(right)), sorted(set(right) - set(left))
        found.append(f"{answer}: {len(left)} rows expected, {len(right)} found; {len(missing)} missing, {len(extra)} too many")
        found += [f"  - {row.decode().rstrip()}" for row in missing[:3]]
        found += [f"  + {row.decode().rstrip()}" for row in extra[:3]]
    return found


if __name__ == "__main__":
    report = differences(Path(sys.argv[1]), Path(sys.argv[2]))
    print("\n".join(report) or "equal")
    sys.exit(bool(report))
