"""Draws horizontal bars as SVG: a bar is the median of its values, a line over it goes from the least to the most.

On white, so that it can be read where the page around it is dark.
"""

import math
import statistics
from dataclasses import dataclass
from html import escape

WIDTH = 900
TEXT = 16
# Mean width of a letter in units of the text's size, on the safe side.
LETTER = 0.56
BAR = 24
GAP = 16
TOP = 84
COLOURS = ["#2b6cb0", "#dd8a1f", "#4a9a5b"]
INK = "#1a1a1a"
GRID = "#d5d5d5"


@dataclass(frozen=True)
class Bar:
    # Which series it belongs to: 0 for the first.
    series: int
    values: list[float]


@dataclass(frozen=True)
class Chart:
    title: str
    # What the axis counts, with its unit.
    axis: str
    # Names of the series.
    series: list[str]
    # Label and bars of each group, from the top.
    groups: list[tuple[str, list[Bar]]]


def number(value: float) -> str:
    """Three figures, and all of those before the point."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:,.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"


def ticks(most: float) -> list[float]:
    """Round numbers from 0 to at least the most."""
    if most <= 0:
        return [0.0, 1.0]
    rough = most / 5
    unit = 10 ** math.floor(math.log10(rough))
    step = next(unit * factor for factor in (1, 2, 5, 10) if unit * factor >= rough * 0.999)
    return [step * place for place in range(math.ceil(most / step - 1e-9) + 1)]


def text(x: float, y: float, words: str, anchor: str = "start", size: int = TEXT, weight: str = "normal") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" font-weight="{weight}">{escape(words)}</text>'


def legend(names: list[str]) -> list[str]:
    """A square and a name for each series; a single one needs none."""
    parts, x = [], 20.0
    for place, name in enumerate(names if len(names) > 1 else []):
        parts += [f'<rect x="{x:.1f}" y="48" width="14" height="14" fill="{COLOURS[place]}"/>', text(x + 20, 61, name)]
        x += 48 + len(name) * TEXT * LETTER
    return parts


def bar(one: Bar, left: float, y: float, scale: float) -> list[str]:
    middle, least, most = statistics.median(one.values), min(one.values), max(one.values)
    centre = y + BAR / 2 - 2
    parts = [f'<rect x="{left:.1f}" y="{y:.1f}" width="{middle * scale:.1f}" height="{BAR - 4}" fill="{COLOURS[one.series]}"/>']
    if most > least:
        begin, end = left + least * scale, left + most * scale
        ends = "".join(f"M{x:.1f} {centre - 5:.1f}v10" for x in (begin, end))
        parts.append(f'<path d="M{begin:.1f} {centre:.1f}H{end:.1f}{ends}" stroke="{INK}" stroke-width="2" fill="none"/>')
    # Its halo keeps lines of the grid away from it.
    halo = f'<g paint-order="stroke" stroke="#ffffff" stroke-width="5">{text(left + most * scale + 8, centre + 6, number(middle))}</g>'
    return [*parts, halo]


def axis(chart: Chart, places: list[float], left: float, bottom: float, scale: float) -> list[str]:
    parts = []
    for place in places:
        x = left + place * scale
        parts.append(f'<path d="M{x:.1f} {TOP}V{bottom:.1f}" stroke="{GRID}"/>')
        parts.append(text(x, bottom + 22, number(place), "middle", 14))
    return [*parts, text((left + left + places[-1] * scale) / 2, bottom + 48, chart.axis, "middle")]


def draw(chart: Chart) -> str:
    """The chart as a file."""
    left = 30 + max(len(label) for label, _ in chart.groups) * TEXT * LETTER
    places = ticks(max(max(one.values) for _, bars in chart.groups for one in bars))
    scale = (WIDTH - left - 90) / places[-1]
    bottom = TOP + sum(len(bars) * BAR + GAP for _, bars in chart.groups)
    parts, y = axis(chart, places, left, bottom, scale), TOP + GAP / 2
    for label, bars in chart.groups:
        parts.append(text(left - 10, y + len(bars) * BAR / 2 + 4, label, "end"))
        for one in bars:
            parts += bar(one, left, y, scale)
            y += BAR
        y += GAP
    parts.append(f'<path d="M{left:.1f} {TOP}V{bottom:.1f}" stroke="{INK}"/>')
    head = [text(20, 32, chart.title, size=20, weight="bold"), *legend(chart.series)]
    size = f'width="{WIDTH}" height="{bottom + 64:.0f}" viewBox="0 0 {WIDTH} {bottom + 64:.0f}"'
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="Helvetica, Arial, sans-serif" fill="{INK}">'
    return "\n".join([opening, '<rect width="100%" height="100%" fill="#ffffff"/>', *head, *parts, "</svg>"]) + "\n"
