"""What a measure of ingestion gives: figures with their targets, or the reason why it could not be taken."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

ROOT = Path(__file__).resolve().parents[2]

MEASURES: dict[str, str] = {
    "articles": "articles",
    "crash": "crash",
    "dirt": "dirt",
    "dirt_retrieval": "dirt_retrieval",
    "duplicates": "duplicates",
    "ledgers": "ledgers",
    "official": "official",
    "speed": "speed",
    "pages": "pages",
}
"""Name → module of this package that has ``measure(out: Path) -> Sequence[Figure]``, imported when it is run."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: ``value`` against ``target``; ``at_least`` tells which side of the target is good.

    ``value`` is None when it was not measured, and ``remark`` then says why: that is never a pass.
    """

    name: str
    value: float | None
    target: float | None = None
    at_least: bool = True
    n: int | None = None  # how many things the figure is over
    remark: str = ""

    @property
    def missed(self) -> bool:
        """Whether the figure was measured and is on the wrong side of its target."""
        if self.value is None or self.target is None:
            return False
        return self.value < self.target if self.at_least else self.value > self.target


def shared_data() -> Path | None:
    """The folder of real data, ``YOUJU_SHARED_DATA`` or ``../shared/data``; None where it is absent."""
    named = os.environ.get("YOUJU_SHARED_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    return folder if folder.is_dir() else None


def run(names: Sequence[str], out: Path) -> bool:
    """Take the measures of these names (all when none is given) and print their figures; whether all targets are met."""
    figures = [figure for name in names or MEASURES for figure in taken(name, out)]
    return not any(figure.missed for figure in figures)


def taken(name: str, out: Path) -> Sequence[Figure]:
    """Take one measure and print its figures."""
    module = importlib.import_module(f"evals.ingestion.{MEASURES[name]}")
    print(f"\n{name}")
    figures: list[Figure] = []
    for figure in cast(Callable[[Path], Sequence[Figure]], module.measure)(out / name):
        print(figure_line(figure))
        figures.append(figure)
    return figures


def figure_line(figure: Figure) -> str:
    """A figure as a line of the terminal."""
    value = "–" if figure.value is None else f"{figure.value:.4g}"
    target = "" if figure.target is None else f"{'≥' if figure.at_least else '≤'} {figure.target:g}"
    count = "" if figure.n is None else f"n={figure.n}"
    verdict = "未达到" if figure.missed else "未测" if figure.value is None else ""
    return f"  {figure.name:<44}{value:>10}  {target:<10}{count:<10}{verdict} {figure.remark}".rstrip()
