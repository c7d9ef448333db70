"""Chosen spans → evidence, statements and the answer's text, every statement with its citation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from app.model import Citation, CitationKind, Evidence, FindingsQuery, Statement
from ingest.catalogue import Snapshot
from ingest.document import Caller, DocumentKind, Edition, Locator, Span


def evidence(
    version_id: str,
    span: Span,
    locator: Locator,
    *,
    snapshot: Snapshot,
    caller: Caller,
    on: date,
    passage_id: str | None = None,
    score: float = 0.0,
) -> Evidence:
    """A span of a version as evidence, with its title and the edition's state on the question's date."""
    header = snapshot.header(version_id)
    if header is None:
        raise KeyError(version_id)
    edition = snapshot.edition_of(version_id, caller)
    return Evidence(
        document_id=header.document_id,
        version_id=version_id,
        passage_id=passage_id,
        kind=header.kind,
        title=title_of(header.title, header.kind, edition),
        locator=locator,
        span=span,
        quote=span.of(snapshot.text(version_id)),
        score=score,
        work_id=edition.work_id if edition else None,
        edition_id=edition.id if edition else None,
        state=edition.state(on) if edition else None,
        page=snapshot.page(version_id, span.start),
        issuer=header.issuer,
        number=header.number,
    )


def title_of(title: str, kind: DocumentKind, edition: Edition | None) -> str:
    """《…》（2024年修订） of a regulation, the plain title of anything else."""
    if edition is None or kind is not DocumentKind.REGULATION:
        return title
    return edition_words(edition)


def edition_words(edition: Edition) -> str:
    """《…》（2024年修订）, the label once where the title prints it too."""
    label = edition.label if edition.label and edition.label not in edition.title else None
    return f"《{edition.title}》" + (f"（{label}）" if label else "")


@dataclass(slots=True)
class Composer:
    """The answer's text as it grows: statements in order, sources as headings, markers after the quotations."""

    text: str = ""
    statements: list[Statement] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    _heading: str = ""

    def quote(self, found: Evidence, lead_in: str = "") -> None:
        """One verbatim statement under the heading of its source; a 项's lead-in stands in the heading."""
        heading = found.locator_text + (f"（{lead_in.rstrip('：:')}）" if lead_in else "")
        n = self._number(found)
        self._line(f"{heading}：" if heading != self._heading else "")
        self._heading = heading
        self._marked(found.quote, (n,), verbatim=True)

    def compute(self, words: str, query: FindingsQuery) -> None:
        """One computed statement with the query behind it."""
        n = self._computed(Citation(0, CitationKind.QUERY, query=query))
        self._line("")
        self._heading = ""
        self._marked(words, (n,), verbatim=False)

    def say(self, words: str, found: Sequence[Evidence]) -> None:
        """One written sentence with the citations of what supports it; sentences share a line."""
        numbers = tuple(dict.fromkeys(self._number(each) for each in found))
        self._marked(words, numbers, verbatim=False)
        self._heading = ""

    def add(self, text: str, statements: Sequence[Statement], citations: Sequence[Citation]) -> None:
        """What was composed apart, below this, its citations numbered on."""
        numbers = {one.n: self._number(one.evidence) if one.evidence else self._computed(one) for one in citations}
        if not self.text.endswith("\n"):
            self._line("")
        position = 0
        for one in statements:
            self.text += text[position : one.start]
            again = tuple(numbers[n] for n in one.citations)
            self._marked(one.text, again, verbatim=one.verbatim)
            position = one.end + len(_marks(one.citations))
        self.text += text[position:]
        self._heading = ""

    def heading(self, words: str) -> None:
        """A line between groups of statements."""
        self._line(words)
        self._heading = ""

    def _number(self, found: Evidence) -> int:
        for citation in self.citations:
            other = citation.evidence
            if other is not None and (other.version_id, other.span) == (found.version_id, found.span):
                return citation.n
        self.citations.append(Citation(len(self.citations) + 1, CitationKind.SPAN, evidence=found))
        return len(self.citations)

    def _computed(self, citation: Citation) -> int:
        self.citations.append(replace(citation, n=len(self.citations) + 1))
        return len(self.citations)

    def _line(self, words: str) -> None:
        if self.text:
            self.text += "\n"
        if words:
            self.text += words + "\n"

    def _marked(self, words: str, numbers: tuple[int, ...], *, verbatim: bool) -> None:
        start = len(self.text)
        self.text += words
        self.statements.append(Statement(words, start, len(self.text), verbatim, numbers))
        self.text += _marks(numbers)


def _marks(numbers: Sequence[int]) -> str:
    return "".join(f"[{n}]" for n in numbers)
