"""``sentences``: the first passages in the order of their nearest sentences as well, encoded when they are asked for.

The vector of an article of ten 款 is a mean in which the one that answers is lost; so is a sentence in a long talk.
Encoding the first 40 passages' sentences takes a second or two the first time; what was encoded is kept in memory.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from app.model import Query, Ranked
from app.statutes import national
from ingest.catalogue import Snapshot
from ingest.embed import Embedder, Vector
from ingest.roster import Recent

READ = 40
"""Passages whose sentences are read: what answers is nearly always among them."""
NEAR, LONG = 6.4, 0.09
"""What nearness and the logarithm of the length in characters count beside the score, fitted by a softmax over 40
passages on questions of practice libraries; on libraries left out recall@5 .850 → .907, the first right .60 → .69."""
KEPT = 20_000  # vectors of sentences, 30 MB
SHORT = 8  # characters: less is no sentence of its own

_END = re.compile(r"(?<=[。；！？\n])")


class Sentences:
    """What the vectors of sentences are asked of: one embedder, and those encoded before."""

    def __init__(self, embedder: Callable[[], Embedder]) -> None:
        self._embedder = embedder  # a rebuild may put another in its place
        self._kept: Recent[tuple[str, str], Vector] = Recent(KEPT)

    def nearest(self, question: str, texts: Sequence[str]) -> list[float]:
        """For each text, how near its nearest sentence lies to the question."""
        embedder = self._embedder()
        parts = [sentences(text) for text in texts]
        vectors = self._vectors(list(dict.fromkeys(one for of in parts for one in of)), embedder)
        asked = embedder.encode_question(question)
        return [max(float(vectors[one] @ asked) for one in of) for of in parts]

    def _vectors(self, wanted: Sequence[str], embedder: Embedder) -> Mapping[str, Vector]:
        known = {text: vector for text in wanted if (vector := self._kept.get((embedder.id, text))) is not None}
        missing = [text for text in wanted if text not in known]
        if not missing:
            return known
        made = zip(missing, embedder.encode_passages(missing), strict=True)
        return known | {text: self._kept.put((embedder.id, text), row) for text, row in made}


def sentences(text: str) -> list[str]:
    """The sentences, 款 and 项 of a text; one that is very short goes with what stands before it."""
    out: list[str] = []
    for piece in filter(None, map(str.strip, _END.split(text))):
        if out and (len(piece) < SHORT or len(out[-1]) < SHORT):
            out[-1] += piece
        else:
            out.append(piece)
    return out or [text]


def by_sentences(query: Query, ranked: Sequence[Ranked], snapshot: Snapshot, reader: Sentences) -> list[Ranked]:
    """The first passages in a new order: their scores, how near their nearest sentences lie, and how long they are.

    They exchange the scores they have: answers are chosen by how the scores of passages compare.
    """
    places = [place for place, one in enumerate(ranked[:READ]) if not _statute(one, snapshot)]
    first = [ranked[place] for place in places]
    texts = [one.passage.span.of(snapshot.text(one.passage.version_id)) for one in first]
    near = reader.nearest(query.standalone, texts)
    found = [
        (read(one.score, nearest, text), nearest, one) for one, nearest, text in zip(first, near, texts, strict=True)
    ]
    found.sort(key=lambda item: (-item[0], item[2].passage.id))
    out = list(ranked)
    for place, (_, nearest, one) in zip(places, found, strict=True):
        out[place] = replace(one, score=ranked[place].score, scores={**one.scores, "sentence": nearest})
    return out


def read(score: float, nearest: float, text: str) -> float:
    """A passage's score once its sentences have been read."""
    return score + NEAR * nearest + LONG * math.log(max(1, len(text)))


def _statute(one: Ranked, snapshot: Snapshot) -> bool:
    """National statutes have an order of their own: their sentences added .005 nDCG@10 to it on STARD, no more."""
    header = snapshot.header(one.passage.version_id)
    return header is not None and national(header.work or header.title) is not None
