"""What came between the characters of words: spaces of a bad extraction, stray letters, the number of a watermark.

Words tell it. What an author sets stands between words; what was thrown in at random cuts a word in two in two
places of five.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from ingest.residue import simplify
from ingest.segment import dictionary_words

_HAN = r"\u3400-\u9fff〇"
_WIDE = rf"{_HAN}，。、；：！？“”‘’（）《》〔〕【】"
_PLACE = re.compile(
    rf"(?<=[{_WIDE}])(?:(?P<space>[ \t\u00a0]{{1,2}})|(?P<letter>[a-z])"
    rf"|(?P<number>(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9][A-Za-z0-9_-]{{4,30}}))(?=[{_WIDE}])"
)
# Spaces that are set: behind the number of an article or a point, and inside a name of two characters.
_SET = re.compile(
    rf"^\s*(?:第[^\s]{{1,12}}?[编章节条款项]|[（(]?[一二三四五六七八九十]+[）)]|附件\S{{0,4}})(?P<number>[ \t\u00a0]+)"
    rf"|(?<![{_HAN} \t\u00a0])[{_HAN}](?P<name>[ \u00a0]{{1,2}})[{_HAN}](?![{_HAN} \t\u00a0])"
)
_SENTENCE = re.compile("[，。；]")
_SHORTEST = 20  # characters of a piece in which spaces are judged: titles and names are spaced on purpose
_LONGEST_WORD = 3  # longer ones are names of several words: 国务院 办公厅
_LEAST_CUT = 3  # words cut in two, below which it may be an accident
_SHARE_CUT = 0.25  # of the places: .37 of random ones, below .1 of those that are set
_MOST_PIECES = 400  # judged of one text


def intruding(pieces: Iterable[str]) -> frozenset[str]:
    """What intrudes in a text: "space", "letter", or the very letters and figures of a watermark."""
    places: Counter[str] = Counter()
    cut: Counter[str] = Counter()
    judged = 0
    for text in pieces:
        found = list(_found(text))
        if not found:
            continue
        judged += 1
        if judged > _MOST_PIECES:
            break
        places.update(kind for _, _, kind in found)
        cut.update(_cutting(text, found))
    return frozenset(kind for kind, count in cut.items() if count >= _LEAST_CUT and count >= places[kind] * _SHARE_CUT)


def intruders(text: str, kinds: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Where in the text what intrudes stands."""
    return ((start, end) for start, end, kind in _found(text) if kind in kinds)


def _found(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and kind of each place."""
    if _PLACE.search(text) is None:
        return
    spaced = len(text) >= _SHORTEST and _SENTENCE.search(text) is not None
    kept = (
        {at for match in _SET.finditer(text) for at in (match.start("number"), match.start("name"))} if spaced else ()
    )
    for match in _PLACE.finditer(text):
        kind = match.lastgroup or ""
        if kind == "number":
            yield *match.span(), match[0]
        elif kind == "letter" or (spaced and match.start() not in kept):
            yield *match.span(), kind


def _cutting(text: str, found: list[tuple[int, int, str]]) -> Iterator[str]:
    """The kinds of the places that cut a word of the dictionary in two."""
    at, whole = 0, ""
    cuts: dict[int, str] = {}
    for start, end, kind in found:
        whole += text[at:start]
        cuts[len(whole)] = kind
        at = end
    whole += text[at:]
    simplified = simplify(whole)
    position = 0
    for word in dictionary_words(simplified if len(simplified) == len(whole) else whole):
        if len(word) <= _LONGEST_WORD:
            yield from (cuts[inner] for inner in range(position + 1, position + len(word)) if inner in cuts)
        position += len(word)
