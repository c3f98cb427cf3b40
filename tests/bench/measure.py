"""Measurements in alternating rounds, and the tables that they end in."""

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

LEAST_ROUNDS = 3
MOST_ROUNDS = 25

Figures = dict[str, float]  # what one call of one side gives, by the name of the figure


@dataclass(frozen=True)
class Table:
    """One figure of several sides: values in the order of measurement, by the name of the side."""

    title: str
    unit: str
    sides: dict[str, list[float]]
    base: str  # the side that the others are compared with; "" for counts, which do not vary
    note: str = ""

    def text(self) -> str:
        """Lines for people: median, least, most and the median as a multiple of the base's; or just the counts."""
        heads, rows = self._compared() if self.base in self.sides else self._counted()
        width = max(map(len, self.sides), default=0)
        lines = [f"{self.title} ({self.unit})", f"  {'':{width}}{_columns(heads)}"]
        lines += [f"  {side:{width}}{_columns(columns)}" for side, columns in rows.items()]
        return "\n".join([*lines, *([f"  {self.note}"] if self.note else [])])

    def _compared(self) -> tuple[list[str], dict[str, list[str]]]:
        base = statistics.median(self.sides[self.base])
        rows = {}
        for side, values in self.sides.items():
            median = statistics.median(values)
            rows[side] = [*map(_number, (median, min(values), max(values))), f"{median / base:.2f}"]
        return ["median", "min", "max", "x base"], rows

    def _counted(self) -> tuple[list[str], dict[str, list[str]]]:
        return ["counted"], {side: [f"{values[0]:,}"] for side, values in self.sides.items()}

    def to_dict(self) -> dict[str, object]:
        """The same for programs, with every value."""
        return {"title": self.title, "unit": self.unit, "base": self.base, "note": self.note, "sides": self.sides}


def alternate(sides: dict[str, Callable[[], Figures]], seconds: float) -> dict[str, list[Figures]]:
    """Call every side once a round, A B C A B C, until the time is up; the first round warms up and does not count."""
    for measure in sides.values():
        measure()
    found: dict[str, list[Figures]] = {side: [] for side in sides}
    end = time.perf_counter() + seconds
    for count in range(MOST_ROUNDS):
        if count >= LEAST_ROUNDS and time.perf_counter() > end:
            break
        for side, measure in sides.items():
            found[side].append(measure())
    return found


def figure(name: str, rounds: dict[str, list[Figures]]) -> dict[str, list[float]]:
    """One figure of all sides that have it."""
    return {side: [each[name] for each in found] for side, found in rounds.items() if name in found[0]}


def percentile(values: Iterable[float], part: float) -> float:
    """The value below which this part of them lies, 0.5 for the median."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def _number(value: float) -> str:
    digits = 0 if value >= 1000 else 1 if value >= 100 else 2
    return f"{value:,.{digits}f}"


def _columns(texts: list[str]) -> str:
    return "".join(f"{text:>13}" for text in texts)
