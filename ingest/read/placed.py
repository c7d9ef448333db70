"""What stands where on a page: the nouns that a text layer and a recognised image have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from ingest.read.wrapping import columns

Box: TypeAlias = tuple[float, float, float, float]
"""Left, top, right, bottom."""


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """A run of text without a wide gap. Its edges are in the page's unit, downward, skew taken out.

    ``box`` is where the page shows it, as fractions of the page's width and height.
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float
    box: Box
    spread: bool = False  # made of runs far apart: a row of values or a form, no running text

    @property
    def height(self) -> float:
        """From top to bottom."""
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        """The height it stands at."""
        return (self.top + self.bottom) / 2

    @property
    def em(self) -> float:
        """The width of a Chinese character; of few characters only the height tells it."""
        wide = columns(self.text)
        return (self.right - self.left) * 2 / wide if wide >= 10 else self.height * 0.85


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line drawn on the page, horizontal or vertical: across from ``start`` to ``end`` at ``at``."""

    vertical: bool
    at: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class PlacedPage:
    """A page, its number from 1, its size in the unit of its lines."""

    number: int
    width: float
    height: float
    lines: tuple[PlacedLine, ...]
    rules: tuple[Rule, ...] = ()


def around(boxes: list[Box]) -> Box:
    """The smallest box that holds all of these."""
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)
