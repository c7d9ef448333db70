"""Questions on national law, each asked of a library with the laws that answer it and of one without them.

STARD's lay questions (Su et al. 2024, "STARD: A Chinese Statute Retrieval Dataset with Real Queries Issued by
Non-professionals") over the laws that answer a sample of them and as many that answer none. What remains when a
question's laws are withheld may still speak to it: an interpretation repeats its code. So "unanswerable" is nearly right.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evals.beir import Dataset
from evals.embedded import Progress, cache_directory, embedded, texts_key
from evals.judge import same_words
from evals.retrievers import Collection, Entry
from ingest.embed import Embedder, Matrix, Vector

QUESTIONS = 100
LONGEST = 300
"""Articles of a law that answers nothing and is taken in all the same: a code would outweigh all others."""

_NUMBER = re.compile(r"^第[零〇一二三四五六七八九十百千两]+条(?:之[一二三四五六七八九十]+)?[\u3000 ]*")


@dataclass(frozen=True, slots=True)
class Withheld:
    """A question, the files of the laws that answer it, and the articles that do."""

    question: str
    laws: tuple[str, ...]
    articles: tuple[str, ...]


class Known:
    """An embedder that has the vectors of a collection's texts already, and encodes what is in none of them.

    A passage is known by its article's words: the title before them is the dataset's, not the library's.
    """

    def __init__(self, collection: Collection) -> None:
        self._real: Embedder = collection.embedder
        self._vectors = collection.vectors
        self._rows = {same_words(entry.text): row for row, entry in enumerate(collection.entries)}
        self.id, self.question_id = self._real.id, self._real.question_id
        self.dimension = self._real.dimension

    def encode_passages(self, texts: Sequence[str]) -> Matrix:
        """One row a text."""
        rows = [self._rows.get(_article(text)) for text in texts]
        unknown = [text for text, row in zip(texts, rows, strict=True) if row is None]
        made = iter(self._real.encode_passages(unknown))
        found = [next(made) if row is None else self._vectors[row] for row in rows]
        return np.asarray(found, np.float32).reshape(len(texts), self.dimension)

    def encode_question(self, text: str) -> Vector:
        """The question's vector."""
        return self._real.encode_question(text)


def _article(text: str) -> str:
    """The words of an article without its context and number."""
    return same_words(_NUMBER.sub("", text.partition("\n")[2] or text))


def sample(dataset: Dataset) -> list[Withheld]:
    """Questions spread evenly over the dataset, all of whose answers are there."""
    entries = {entry.id: entry for entry in dataset.entries}
    whole = [asked for asked in dataset.questions if asked.grades.keys() <= entries.keys()]
    out = []
    for asked in whole[:: max(1, len(whole) // QUESTIONS)][:QUESTIONS]:
        answering = [entries[name] for name, grade in asked.grades.items() if grade > 0]
        laws = tuple(dict.fromkeys(_file(entry.work) for entry in answering))
        out.append(Withheld(asked.text, laws, tuple(entry.text for entry in answering)))
    return out


def _file(law: str) -> str:
    return re.sub(r"[^0-9A-Za-z〇\u4e00-\u9fff]", "", law) + ".md"


def laws_of(dataset: Dataset, wanted: Sequence[Withheld]) -> dict[str, list[Entry]]:
    """File name → articles, of the laws that answer and as many others, spread evenly over the dataset."""
    laws: dict[str, list[Entry]] = defaultdict(list)
    for entry in dataset.entries:
        laws[_file(entry.work)].append(entry)
    needed = sorted({law for one in wanted for law in one.laws})
    others = sorted(law for law, articles in laws.items() if law not in needed and len(articles) <= LONGEST)
    chosen = [*needed, *others[:: max(1, len(others) // max(1, len(needed)))][: len(needed)]]
    return {law: laws[law] for law in chosen}


def vectors_of(
    dataset: Dataset, laws: Mapping[str, Sequence[Entry]], embedder: Embedder, progress: Progress
) -> Collection:
    """The laws' articles with their vectors: those of the whole dataset where it was embedded before."""
    whole = cache_directory() / texts_key([entry.embedded for entry in dataset.entries], embedder) / "vectors.npy"
    entries = dataset.entries if whole.is_file() else [entry for articles in laws.values() for entry in articles]
    return embedded(entries, embedder, cache_directory(), progress)


def text_of(articles: Sequence[Entry]) -> str:
    """A law as a file."""
    lines = [f"---\ntitle: {articles[0].work}\ndoc_type: regulation\n---", f"# {articles[0].work}"]
    for entry in articles:
        number = entry.title[len(entry.work) :].strip()
        lines.append("\n\n".join(f"{number}　{entry.text}".split("\n")))
    return "\n\n".join(lines) + "\n"
