"""Whether two texts answer one question differently: another number, date or name, a ban against a permission."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from app.answer.asking import Ask
from app.answer.matching import VALUES
from app.answer.polarity import contradict
from app.answer.scoring import closeness
from app.answer.values import Value, key_of, values, without_values
from ingest.segment import tagged_words
from ingest.structure.numerals import ANY, parse_number

ALIKE = 0.6
"""The share of common pairs of characters from which two sentences tell the same thing."""
_ABOUT, _SAME = 0.5, 0.4
"""Where the wording is freer: how close both must be to the question, and to each other without their numbers."""
_LETTER = re.compile(r"[0-9a-z\u4e00-\u9fff]")
_TELLING = ("nr", "ns", "nt", "nz", "eng", "m", "t")
"""Parts of speech of names, numbers and times."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What one text says and what the other says instead."""

    one: str
    other: str


def alike(one: str, other: str) -> float:
    """The share of the pairs of characters of two texts that both have."""
    first, second = ({text[i : i + 2] for i in range(len(text) - 1)} for text in (one, other))
    return len(first & second) / (len(first | second) or 1)


def difference(ask: Ask, one: str, other: str) -> Difference | None:
    """How two keys answer a question differently; None where they agree, or speak of different things."""
    first, second = ("".join(_LETTER.findall(text)) for text in (one, other))
    about = [[term.text in text for term in ask.subjects] for text in (one, other)]
    if first in second or second in first or about[0] != about[1]:
        return None
    if alike(first, second) >= ALIKE:
        return next(_instead(one, other), None)
    return _other_value(ask, one, other)


def _instead(one: str, other: str) -> Iterator[Difference]:
    """Of two texts of nearly the same words, the names and numbers that stand for one another, or what only one denies."""
    first, second = tagged_words(one), tagged_words(other)
    matcher = SequenceMatcher(None, [word for word, _ in first], [word for word, _ in second], autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        sides = first[a:b], second[c:d]
        if kind == "replace" and all(any(tag.startswith(_TELLING) for _, tag in side) for side in sides):
            here, there = ("".join(word for word, _ in side) for side in sides)
            if not _figures(here) or _figures(here) != _figures(there):  # 三个 and 3个
                yield Difference(here, there)
    if contradict(one, other):
        yield Difference(one, other)


def _figures(words: str) -> list[float | None]:
    """The numbers of some words, as far as they are all of them."""
    runs = re.findall(rf"[{ANY}.]+", words)
    return [float(run) if run.replace(".", "", 1).isdigit() else parse_number(run) for run in runs]


def _other_value(ask: Ask, one: str, other: str) -> Difference | None:
    """A value of the same unit and bound, another amount, in two texts that are about the question and each other."""
    if not any(want in ask.wants for want in VALUES):
        return None
    if min(closeness(ask, one), closeness(ask, other)) < _ABOUT or alike(*map(without_values, (one, other))) < _SAME:
        return None
    here, there = values(key_of(one)), values(key_of(other))
    for value in here:
        rivals = [each for each in there if each.unit == value.unit]
        if (
            len(rivals) == 1
            and len([each for each in here if each.unit == value.unit]) == 1
            and _apart(value, rivals[0])
        ):
            return Difference(*(key_of(text)[v.start : v.end] for text, v in ((one, value), (other, rivals[0]))))
    return None


def _apart(value: Value, other: Value) -> bool:
    return value.amount != other.amount and value.bound == other.bound and not value.loose and not other.loose
