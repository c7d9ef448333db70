"""The conditions a question was understood to set, each with its own words, so that a person can take one back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from app import dates
from app.dates import plain_years
from app.model import Condition, Intent, Query, Reason
from app.tools.ledger import Vocabulary
from app.tools.reading import ledger_question
from ingest.catalogue import Snapshot
from ingest.document import Caller
from ingest.segment import search_key


def conditions(query: Query, snapshot: Snapshot, caller: Caller) -> tuple[Condition, ...]:
    """What limits or steers this question, as drawn from its words; what the caller set himself is not repeated."""
    found = [*_edition(query), *_works(query, snapshot, caller), *_people(query), *_ledger(query, snapshot, caller)]
    return tuple(dict.fromkeys(found))


def without(question: str, ignored: Sequence[str]) -> str:
    """The question without the words of conditions taken back."""
    for words in ignored:
        if words not in question:
            question = search_key(question)
        question = question.replace(words if words in question else search_key(words), "")
    return question.strip(" 　，,、的在时") if ignored else question


def _edition(query: Query) -> Iterator[Condition]:
    """The day and the edition the question names."""
    if any(note.code == "as_of_from_question" for note in query.notes):
        key = plain_years(search_key(query.standalone))
        named = [one for one in dates.dates(key, query.as_of) if one.as_of == query.as_of]
        yield _condition("date", f"按 {query.as_of.isoformat()} 有效的版本", named[-1].text if named else "", query)
    if query.editions_asked:
        for words in query.editions_asked.split("、"):
            yield _condition("edition", words, words, query)


def _works(query: Query, snapshot: Snapshot, caller: Caller) -> Iterator[Condition]:
    """The works and notices it is limited to."""
    view = snapshot.roster.view(caller)
    for reference in query.references:
        titles = [f"《{view.works[work].title}》" for work in reference.work_ids if work in view.works]
        if query.spoken and not query.versions:
            continue
        if titles:
            yield _condition("work", "、".join(titles), reference.work_text or "", query)
        elif reference.documents:
            yield _condition("document", reference.work_text or "", reference.work_text or "", query)


def _people(query: Query) -> Iterator[Condition]:
    for name in query.constraints.get("speakers", ()):
        yield _condition("person", name, name, query)
    if query.intent not in (Intent.COUNT, Intent.LIST):
        for name in query.constraints.get("rounds", ()):
            yield _condition("round", name, name, query)
    if query.spoken and "speakers" not in query.constraints:
        yield Condition("kind", "会议、讲话", "", removable=False)


def _ledger(query: Query, snapshot: Snapshot, caller: Caller) -> Iterator[Condition]:
    """What a question about findings asks the ledger for."""
    if query.intent not in (Intent.COUNT, Intent.LIST):
        return
    asked = ledger_question(search_key(query.standalone), Vocabulary.of(snapshot, caller), query.as_of)
    if asked is None:
        return
    named = asked.conditions
    columns = {"round": named.rounds, "unit": named.units, "category": named.categories, "state": named.states}
    for kind, values in columns.items():
        for value in values:
            yield _condition(kind, value, value, query)


def _condition(kind: str, value: str, words: str, query: Query) -> Condition:
    """Removable where its words stand in the question: taking them out takes it back."""
    stands = bool(words) and search_key(words) in plain_years(search_key(query.standalone))
    return Condition(kind, value, words if stands else "", stands)


def widened(query: Query) -> Query:
    """The question without the works and notices it named, which would leave it nothing to find; with a note of it."""
    names = "、".join(dict.fromkeys(f"《{each.work_text}》" for each in query.references if each.work_text))
    day = query.as_of.isoformat()
    note = Reason("condition_dropped", f"{names}在 {day} 没有可用的版本，以下查找已不限于它。")
    return replace(query, everywhere=True, notes=(*query.notes, note))
