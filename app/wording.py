"""Spoken words in a question → the written words a regulation has for them: the lexicon in ``wording.txt``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ingest.segment import dictionary_words, search_key

LEXICON = Path(__file__).with_name("wording.txt")
ARROW = " → "
GAP = "…"
MOST_FORMS = 24
"""The forms of one question that are made use of. One of 200 characters has fewer; of a pasted text the first tell."""

_FILLING = r"[\u4e00-\u9fff]{0,3}"  # 打了个招呼, 叫他来都不来: what a gap may hold


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Spoken form → its written forms; word → the words of the same meaning. All are search keys, gaps apart."""

    written: Mapping[str, tuple[str, ...]]
    same: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Spoken:
    """A spoken form found in a text: where it stands there, and what is written for it."""

    start: int
    end: int
    words: str
    written: tuple[str, ...]


def read(text: str) -> Lexicon:
    """A lexicon from its file's text; a form is not its own written form."""
    written: dict[str, tuple[str, ...]] = {}
    same: dict[str, dict[str, None]] = {}
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        left, arrow, right = line.partition(ARROW)
        words = [search_key(word) for word in (right if arrow else left).split()]
        if arrow:
            written |= {form: _others(words, form) for form in map(_form, left.split())}
        else:
            for word in words:
                same.setdefault(word, {}).update(dict.fromkeys(_others(words, word)))
    return Lexicon(written, {word: tuple(others) for word, others in same.items()})


def _form(written: str) -> str:
    return GAP.join(search_key(part) for part in written.split(GAP))  # a search key has three dots for a gap


def _others(words: Iterable[str], word: str) -> tuple[str, ...]:
    return tuple(other for other in words if other != word)


@cache
def lexicon() -> Lexicon:
    """The shipped lexicon."""
    return read(LEXICON.read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class _Form:
    """A spoken form, and what it is written as. Only one with a gap needs a pattern."""

    words: str
    written: tuple[str, ...]

    def end(self, key: str, start: int) -> int:
        """Where the form ends that begins here; 0 when it does not."""
        if GAP not in self.words:
            return start + len(self.words) if key.startswith(self.words, start) else 0
        match = _pattern(self.words).match(key, start)
        return match.end() if match else 0


@cache
def _pattern(form: str) -> re.Pattern[str]:
    return re.compile(_FILLING.join(map(re.escape, form.split(GAP))))


@cache
def _by_first() -> Mapping[str, list[_Form]]:
    """First character → the forms that begin with it: longest first, those with a gap after the others."""
    out: dict[str, list[_Form]] = {}
    for form, written in sorted(lexicon().written.items(), key=lambda one: (GAP in one[0], -len(one[0]), one[0])):
        out.setdefault(form[0], []).append(_Form(form, written))
    return out


def spoken_in(key: str) -> list[Spoken]:
    """The spoken forms of a search key from left to right: the longest at each place, whole words, none over another."""
    edges, at = {0}, 0
    for word in dictionary_words(key):
        at += len(word)
        edges.add(at)
    out: list[Spoken] = []
    start = 0
    while start < len(key):
        found = _longest(key, start, edges) if start in edges else None
        if found is not None:
            out.append(found)
        start = found.end if found else start + 1
    return out


def distinct(found: Iterable[Spoken]) -> list[Spoken]:
    """The first of each form, as many as are made use of."""
    first: dict[str, Spoken] = {}
    for one in found:
        first.setdefault(one.words, one)
    return list(first.values())[:MOST_FORMS]


def _longest(key: str, start: int, edges: set[int]) -> Spoken | None:
    best: Spoken | None = None
    for form in _by_first().get(key[start], ()):
        end = form.end(key, start)
        if end in edges and end > (best.end if best else start):
            best = Spoken(start, end, key[start:end], form.written)
    return best
