"""Are two things of a sentence exchanged? Parties, numbers of a unit: each must be said of what the sources say it of.

No grammar is read. A mention is compared by its surroundings: the word before it that gives its role (由, 报, 经, 向),
what follows it, the condition it stands under. Where two mentions of a sentence would fit the sources better in one
another's place, they are exchanged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from app.answer.values import values

EXCHANGED = 0.25
"""How much better two mentions must fit in one another's place."""

_ROLE = re.compile(r"(?:由|报|经|向|对|被|商|会同|给|请|受|让|为|任|把|将|与|和|以|在)(?:其|本|该|各)?$")
_IS = re.compile(r"(?:的|也?[是为由任、和与及至到~-]|[担兼]任|[、,]|(?:以)?及|或者?)")
"""What joins two names that are one, or that are named together."""
_END = re.compile(r"[。;\n]")
_CLAUSE = re.compile(r"[,。;:\n]")
_LEFT, _RIGHT = 16, 10


@dataclass(frozen=True, slots=True)
class Mention:
    """A name or a number where it stands, with what surrounds it, weighted; ``joined``: what follows makes it the next."""

    name: str
    place: Mapping[str, float]
    joined: bool = False


Pairs = Callable[[str], frozenset[str]]
Same = Callable[[str, str], bool]


def mentions(key: str, spans: Sequence[tuple[int, int, str]], pairs: Pairs) -> list[Mention]:
    """The things at these places of a key, each with its surroundings up to the next of them."""
    out = []
    for i, (start, end, name) in enumerate(spans):
        after_last = spans[i - 1][1] if i else 0
        before_next = spans[i + 1][0] if i + 1 < len(spans) else len(key)
        left = _END.split(key[max(0, start - _LEFT, after_last) : start])[-1]
        right = _CLAUSE.split(key[end : min(before_next, end + _RIGHT)])[0]
        joined = _IS.fullmatch(key[end:before_next]) is not None
        out.append(Mention(name, _place(left, right, pairs), joined))
    return out


def _place(left: str, right: str, pairs: Pairs) -> dict[str, float]:
    place = dict.fromkeys(pairs(left), 1.0)
    for pair in pairs(right):
        place[pair] = place.get(pair, 0.0) + 1.0
    role = _ROLE.search(left)
    if role:
        place[f"role:{role.group()[0]}"] = 1.0
    place.update(dict.fromkeys((f">{pair}" for pair in pairs(right[:5])), 1.0))
    place.update(
        dict.fromkeys((f"={value.amount:g}{value.unit}" for part in (left, right) for value in values(part)), 1.0)
    )
    return place


def likeness(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """How alike two surroundings are, from 0 to 1."""
    common = sum(min(weight, other[feature]) for feature, weight in one.items() if feature in other)
    size = (sum(one.values()) * sum(other.values())) ** 0.5
    return common / size if size else 0.0


def exchanged(
    said: Sequence[Mention], held: Sequence[Mention], same: Same, *, once: bool = False
) -> Iterator[tuple[str, str]]:
    """Pairs of names that would fit the sources better in one another's place.

    A name is looked at wherever the sentence has it; with ``once``, each mention is one of its own.
    """
    for one, other in combinations(said, 2):
        if same(one.name, other.name) or one.joined:
            continue
        ones, others = ([one], [other]) if once else (_all(one, said, same), _all(other, said, same))
        if _gain(ones, other.name, held, same) + _gain(others, one.name, held, same) >= EXCHANGED:
            yield one.name, other.name


def _all(mention: Mention, said: Sequence[Mention], same: Same) -> list[Mention]:
    return [each for each in said if same(mention.name, each.name)]


def _gain(places: Sequence[Mention], other: str, held: Sequence[Mention], same: Same) -> float:
    """How much better another name would fit in these places, on average; below 0 where the sources lack it."""
    return sum(_fit(each, other, held, same) - _fit(each, each.name, held, same) for each in places) / len(places)


def _fit(place: Mention, name: str, held: Sequence[Mention], same: Same) -> float:
    return max((likeness(place.place, each.place) for each in held if same(name, each.name)), default=-1.0)
