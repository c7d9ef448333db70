"""The term index: passage ids by BM25 over our own terms (tantivy). Derived data: texts live in the catalogue."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

from ingest.errors import EngineError, reason_of
from ingest.vectors import Hit, best

TITLE_BOOST = 0.5
"""What a term in the title or context weighs beside one in the text: the context is the same for all passages of a
chapter, so it tells documents apart, not passages."""

MAX_QUERY_TERMS = 256
"""The rarest terms of a question that are looked up. A question of 200 characters has fewer; of a pasted text of
20,000 characters the rarest 256 carry nearly all of the BM25 weight, and cost milliseconds instead of seconds."""

MOST_POSTINGS, MOST_OF_A_READING = 600_000, 100_000
"""How many occurrences of a question's terms, and of another wording's, are scored: the rarest terms', as far as these
suffice. Up to 100,000 passages that is all of them; among 480,000 passages the first twenty stay .998 of what they are
with all terms, for half of the time (95th percentile 15 ms instead of 36)."""
FEWEST_TERMS, FEWEST_OF_A_READING = 8, 1
"""The rarest terms that are looked up however often they occur."""
SPARE = 32
"""Hits looked for beyond those wanted, so that equal ones at the end seldom need a second search."""

_HEAP = 15_000_000  # bytes of the writer's buffer: tantivy's minimum, enough for thousands of passages


@dataclass(frozen=True, slots=True)
class LexicalItem:
    """A passage's terms (with repetitions) and the partition it belongs to."""

    passage_id: str
    partition: str
    text_terms: Sequence[str]
    title_terms: Sequence[str]


@dataclass(frozen=True, slots=True)
class Reading:
    """Other words a text may have for some of the question's: of the ``choices``, each by its terms, the best counts."""

    choices: tuple[tuple[str, ...], ...]
    weight: float


class LexicalIndex:
    """BM25 over a boolean OR of terms, in partitions. An id lies in one partition; adding it again replaces it.

    The collection statistics are those of the whole index, over all partitions and callers.
    """

    def __init__(self, directory: Path) -> None:
        import tantivy

        self._directory = directory
        self._lock = threading.Lock()
        with self._engine():
            directory.mkdir(parents=True, exist_ok=True)
            builder = tantivy.SchemaBuilder()
            builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
            # The rest is stored too, so that moving a passage needs nobody's help.
            builder.add_text_field("partition", stored=True, tokenizer_name="raw", index_option="basic")
            builder.add_text_field("text", stored=True, tokenizer_name="whitespace", index_option="freq")
            builder.add_text_field("title", stored=True, tokenizer_name="whitespace", index_option="freq")
            self._schema = builder.build()
            self._index = tantivy.Index(self._schema, path=str(directory))
            self._searcher = self._index.searcher()

    @contextmanager
    def _engine(self) -> Iterator[None]:
        """Tantivy's exceptions become one that says where and what to do."""
        try:
            yield
        except (ValueError, OSError) as error:
            raise EngineError("terms_failed", path=str(self._directory), reason=reason_of(error)) from error

    @contextmanager
    def _writing(self) -> Iterator[Any]:
        """A writer for one change: committed, merged and visible at the end, dropped when something fails.

        Waiting for the merges costs a little and makes the scores, which count deleted passages until a merge,
        depend on the changes alone and not on when a background thread ran.
        """
        with self._lock, self._engine():
            writer = self._index.writer(_HEAP, 1)
            try:
                yield writer
            except BaseException:
                writer.rollback()
                raise
            writer.commit()
            writer.wait_merging_threads()
            self._index.reload()
            self._searcher = self._index.searcher()

    def add(self, items: Sequence[LexicalItem]) -> None:
        """Index the items durably; on return they are found and survive a killed process."""
        unique = {item.passage_id: item for item in items}
        if not unique:
            return
        with self._writing() as writer:
            for item in unique.values():
                writer.delete_documents_by_term("id", item.passage_id)
                writer.add_document(
                    _document(item.passage_id, item.partition, " ".join(item.text_terms), " ".join(item.title_terms))
                )

    def search(
        self, terms: Sequence[str], k: int, partitions: Sequence[str], readings: Sequence[Reading] = ()
    ) -> list[Hit]:
        """The ``k`` best passages that hold any of the terms, best first, ties by id; no terms, no hits."""
        if k <= 0 or not partitions:
            return []
        with self._engine():
            searcher = self._searcher
            query = self._query(searcher, terms, partitions, readings)
            return self._best(searcher, query, k) if query is not None else []

    def _query(
        self, searcher: Any, terms: Sequence[str], partitions: Sequence[str], readings: Sequence[Reading]
    ) -> Any:
        from tantivy import Occur, Query

        wanted = self._wanted(searcher, terms, readings)
        if wanted is None:
            return None
        stored = {name for name, _ in searcher.terms_with_prefix("partition", "")}
        if stored <= set(partitions):
            return wanted  # without the filter tantivy can skip blocks that cannot reach the top
        scope = Query.const_score_query(Query.term_set_query(self._schema, "partition", list(partitions)), 0.0)
        return Query.boolean_query([(Occur.Must, scope), (Occur.Must, wanted)])

    def _wanted(self, searcher: Any, terms: Sequence[str], readings: Sequence[Reading] = ()) -> Any:
        """The OR of the terms and readings in text and title; None when the index has none of them."""
        from tantivy import Occur, Query

        parts = self._parts(self._rarest(searcher, terms, MOST_POSTINGS, FEWEST_TERMS))
        for reading in readings:
            choices = [
                self._parts(self._rarest(searcher, choice, MOST_OF_A_READING, FEWEST_OF_A_READING))
                for choice in reading.choices
            ]
            best_of = Query.disjunction_max_query([Query.boolean_query(choice) for choice in choices if choice])
            parts.append((Occur.Should, Query.boost_query(best_of, reading.weight)))
        return Query.boolean_query(parts) if parts else None

    def _parts(self, terms: Sequence[str]) -> list[tuple[Any, Any]]:
        """Each term in the text, and for less in the title."""
        from tantivy import Occur, Query

        parts = []
        for term in terms:
            parts.append((Occur.Should, Query.term_query(self._schema, "text", term, "freq")))
            title = Query.term_query(self._schema, "title", term, "freq")
            parts.append((Occur.Should, Query.boost_query(title, TITLE_BOOST)))
        return parts

    def _rarest(self, searcher: Any, terms: Sequence[str], most: int, fewest: int) -> list[str]:
        """The terms the index has, rarest first, until they occur more than ``most`` times; ``fewest`` at least."""
        counted = [
            (searcher.doc_freq("text", term) + searcher.doc_freq("title", term), term) for term in sorted(set(terms))
        ]
        known = sorted(one for one in counted if one[0] > 0)[:MAX_QUERY_TERMS]
        sums = accumulate(count for count, _ in known)
        return [
            term for n, (total, (_, term)) in enumerate(zip(sums, known, strict=True)) if total <= most or n < fewest
        ]

    def _best(self, searcher: Any, query: Any, k: int) -> list[Hit]:
        """Widen until the last hit scores below the k-th: which of equal passages come first is decided by id."""
        limit = k + SPARE
        while True:
            found = searcher.search(query, limit, count=False).hits
            if len(found) < limit or found[-1][0] < found[k - 1][0]:
                break
            limit *= 2
        last = found[min(k, len(found)) - 1][0] if found else 0.0
        return best([Hit(searcher.doc(address)["id"][0], float(score)) for score, address in found if score >= last], k)

    def scores(self, terms: Sequence[str], passage_ids: Sequence[str]) -> dict[str, float]:
        """The score ``search`` gives each of these passages, wherever it stands; those that hold no term are left out."""
        from tantivy import Occur, Query

        if not passage_ids:
            return {}
        with self._engine():
            searcher = self._searcher
            wanted = self._wanted(searcher, terms)
            if wanted is None:
                return {}
            among = Query.const_score_query(Query.term_set_query(self._schema, "id", list(passage_ids)), 0.0)
            query = Query.boolean_query([(Occur.Must, among), (Occur.Must, wanted)])
            found = searcher.search(query, len(passage_ids), count=False).hits
            return {searcher.doc(address)["id"][0]: float(score) for score, address in found}

    def frequencies(self, terms: Sequence[str]) -> dict[str, int]:
        """In how many passages' texts each term occurs; deleted passages count until a merge."""
        searcher = self._searcher
        return {term: int(searcher.doc_freq("text", term)) for term in terms}

    def delete(self, passage_ids: Sequence[str]) -> None:
        """Forget these ids; unknown ones are ignored."""
        if not passage_ids:
            return
        with self._writing() as writer:
            for passage_id in passage_ids:
                writer.delete_documents_by_term("id", passage_id)

    def move(self, passage_ids: Sequence[str], partition: str) -> None:
        """Put these ids into another partition, in one commit; unknown ones are ignored."""
        from tantivy import Query

        if not passage_ids:
            return
        with self._writing() as writer:
            searcher = self._searcher
            for passage_id in dict.fromkeys(passage_ids):
                hits = searcher.search(Query.term_query(self._schema, "id", passage_id, "basic"), 1).hits
                for _, address in hits:
                    stored = searcher.doc(address)
                    writer.delete_documents_by_term("id", passage_id)
                    writer.add_document(_document(passage_id, partition, stored["text"][0], stored["title"][0]))

    def count(self) -> int:
        """How many passages are indexed."""
        return int(self._searcher.num_docs)

    def ids(self) -> set[str]:
        """All indexed ids."""
        from tantivy import Query

        with self._engine():
            searcher = self._searcher
            if not searcher.num_docs:
                return set()
            # With a filter only living documents count; without one, deleted ids linger until a merge.
            return {name for name, _ in searcher.terms_with_prefix("id", "", Query.all_query())}

    def placed(self) -> dict[str, str]:
        """The partition of every indexed id."""
        from tantivy import Query

        with self._engine():
            searcher = self._searcher
            return {
                passage_id: partition
                for partition, _ in searcher.terms_with_prefix("partition", "")
                for passage_id, _ in searcher.terms_with_prefix(
                    "id", "", Query.term_query(self._schema, "partition", partition, "basic")
                )
            }

    def words(self, passage_id: str) -> tuple[str, str] | None:
        """The terms of a passage's text and of its context as they are indexed; None for an unknown id."""
        from tantivy import Query

        with self._engine():
            searcher = self._searcher
            hits = searcher.search(Query.term_query(self._schema, "id", passage_id, "basic"), 1).hits
            stored = searcher.doc(hits[0][1]) if hits else None
            return (stored["text"][0], stored["title"][0]) if stored is not None else None

    def close(self) -> None:
        """Nothing is held between changes."""


def _document(passage_id: str, partition: str, text: str, title: str) -> Any:
    from tantivy import Document

    return Document(id=passage_id, partition=partition, text=text, title=title)
