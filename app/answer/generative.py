"""A written answer: a model drafts over numbered evidence, every sentence is checked, the server prints the quotations.

A sentence leaves only when the spans it points at support it (app/answer/support.py). When too little is left, or the
model fails, the evidence-only answer is given; it is made before the model is asked, so nothing is lost.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from app.answer.cite import Composer, evidence
from app.answer.draft import Draft
from app.answer.support import Doubt, Source, doubts
from app.answer.verify import holds
from app.llm import LanguageModel, Prompt, prompt_text
from app.model import CitationKind, Delta, Evidence, Intent, Query, Ranked, Reason
from app.understand import people
from ingest.catalogue import Snapshot
from ingest.document import Caller
from ingest.errors import EngineError
from ingest.segment import search_key

log = logging.getLogger("youju.llm")

MOST_EVIDENCE = 12
"""Numbered sources shown to the model: the spans chosen without it, then the best other passages."""
ANSWER_TOKENS = 1024  # of the context, left for what the model writes
_DECLINED = re.compile(r"依据不足|无法(?:根据依据)?回答|没有(?:相关)?依据")


@dataclass(frozen=True, slots=True)
class Numbered:
    """One source as the model sees it: its number, the evidence, and what the checker compares with."""

    n: int
    evidence: Evidence
    source: Source


@dataclass(frozen=True, slots=True)
class Material:
    """What a written answer may stand on, and the names the checker knows: people, units, rounds."""

    numbered: tuple[Numbered, ...]
    names: tuple[str, ...]


def material_of(
    made: Draft, query: Query, ranked: Sequence[Ranked], snapshot: Snapshot, caller: Caller
) -> Material | None:
    """The spans the evidence-only answer stands on, then other passages that may be used; None when nothing is written.

    Look-ups are quoted and counts computed: no model says them better. A refusal stays one.
    """
    if not made.statements or query.intent not in (Intent.OPEN, Intent.COMPARE):
        return None
    if any(citation.kind is CitationKind.QUERY for citation in made.citations):
        return None
    found = [citation.evidence for citation in made.citations if citation.evidence is not None]
    for one in ranked[:MOST_EVIDENCE]:
        passage = one.passage
        other = evidence(
            passage.version_id, passage.span, passage.locator, snapshot=snapshot, caller=caller,
            on=query.as_of, passage_id=passage.id, score=one.score,
        )  # fmt: skip
        inside = any(each.version_id == other.version_id and other.span.contains(each.span) for each in found)
        if not inside and holds(other, query, snapshot, caller):
            found.append(other)
    numbered = tuple(Numbered(n, each, source_of(each, snapshot)) for n, each in enumerate(found, 1))
    spoken, ledger = known_names(snapshot, caller)
    return Material(numbered, (*spoken, *ledger))


def known_names(snapshot: Snapshot, caller: Caller) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The people the library names, and the units and rounds of its ledgers, as search keys."""
    ledger = [value for column in ("unit", "round") for value in snapshot.finding_values(caller, column)]
    return people(snapshot, caller), tuple(map(search_key, ledger))


def source_of(found: Evidence, snapshot: Snapshot) -> Source:
    """The evidence for the checker, with what it is understood by: meeting, chapter, date, speaker, lead-in of its 项."""
    text = snapshot.text(found.version_id)
    around = [
        passage.context
        for passage in snapshot.passages_of(found.version_id)
        if passage.span.start < found.span.end and found.span.start < passage.span.end
    ]
    for clause in snapshot.clauses(found.version_id):
        if clause.span.contains(found.span):
            lead_in = clause.lead_in.of(text) if clause.lead_in and not clause.lead_in.contains(found.span) else None
            around += [words for words in (clause.speaker, lead_in) if words]
    before = text[text.rfind("\n", 0, found.span.start) + 1 : found.span.start]
    return Source(found.quote, "\n".join([found.locator_text, *dict.fromkeys(around)]), before)


@dataclass(frozen=True, slots=True)
class Writer:
    """How answers are written: the model, and what becomes of a sentence without support."""

    model: LanguageModel
    context: int  # tokens the model reads at once
    keep_marked: bool = False
    judge: bool = False

    def write(
        self,
        question: str,
        as_of: date,
        made: Draft,
        material: Material,
        cancel: threading.Event,
    ) -> Iterator[Delta | Draft]:
        """Pieces of the answer as they are checked, then the draft. ``made`` is the evidence-only answer."""
        shown = within(material.numbered, question, self.context)
        writing = _Writing(self, shown, material.names, cancel)
        failed: EngineError | None = None
        try:
            for sentence in sentences(self.model.write(prompt(question, as_of, shown), cancel)):
                before = len(writing.composer.text)
                writing.take(sentence)
                if len(writing.composer.text) > before:
                    yield Delta(writing.composer.text[before:])
        except EngineError as error:
            failed = error
            log.warning("model failed", extra={"code": error.code})
        draft = writing.finished(made, failed)
        if draft.writer is not None and (rest := draft.text.removeprefix(writing.said)):
            yield Delta(rest)
        yield draft


# ---------------------------------------------------------------- what the model sees


def prompt(question: str, as_of: date, numbered: Sequence[Numbered]) -> Prompt:
    """The task and the numbered evidence. What stands in the evidence is material: brackets of ours are folded in it."""
    lines = [f"问题：{question}", f"按 {as_of.isoformat()} 有效的规定回答。", "", "依据："]
    for one in numbered:
        state = f"（{one.evidence.state.value}）" if one.evidence.state is not None else ""
        quote = one.evidence.quote.replace("[", "［").replace("]", "］")
        lines += [f"[{one.n}] {one.evidence.locator_text}{state}", quote, ""]
    return Prompt(prompt_text("written"), "\n".join(lines).rstrip())


def within(numbered: Sequence[Numbered], question: str, context: int) -> list[Numbered]:
    """The first sources that fit a context of so many tokens; one token a character is on the safe side for Chinese."""
    room = context - ANSWER_TOKENS - len(prompt_text("written")) - len(question)
    out: list[Numbered] = []
    for one in numbered[:MOST_EVIDENCE]:
        room -= len(one.evidence.quote) + len(one.evidence.locator_text) + 16
        if room < 0 and out:
            break
        out.append(one)
    return out


# ---------------------------------------------------------------- what the model wrote

_MARK = re.compile(r"[\[［【（(]\s*(?:依据)?\s*(?P<numbers>\d{1,3}(?:\s*[,，、]\s*\d{1,3})*)\s*[\]］】）)]")
_END = re.compile(rf"[。！？!?]['\"”’」』）)]*(?:\s*{_MARK.pattern.replace('?P<numbers>', '?:')})*|\n+")
_LIST_MARK = re.compile(r"^\s*(?:[-*•·]\s+|#+\s*|\d{1,2}[.、．]\s*)")


@dataclass(frozen=True, slots=True)
class Written:
    """A sentence as the model wrote it, without its marks; ``whole`` when it was ended."""

    text: str
    marks: tuple[int, ...]
    whole: bool = True


def sentences(pieces: Iterator[str]) -> Iterator[Written]:
    """The sentences of a text that arrives in pieces, each as soon as it and the marks after it are complete."""
    text = ""
    for piece in pieces:
        text = (text + piece).replace("**", "")  # emphasis would stand between a sentence and its marks
        while (end := _ended(text.removesuffix("*"))) is not None:  # half of an emphasis may be there yet
            if (sentence := _read(text[:end])) is not None:
                yield sentence
            text = text[end:]
    while text.strip():
        found = _END.search(text)
        end = found.end() if found else len(text)
        sentence = _read(text[:end])
        if sentence is not None:
            yield replace(sentence, whole=found is not None)
        text = text[end:]


def _ended(text: str) -> int | None:
    """Where the first sentence ends, when something follows that is not the beginning of a mark of its."""
    found = _END.search(text)
    if found is None:
        return None
    rest = text[found.end() :].lstrip()
    begun = rest[:1] in tuple("[［【（(") and not re.search(r"[\]］】）)]", rest)
    return found.end() if rest and not begun else None


def _read(raw: str) -> Written | None:
    marks = [int(number) for match in _MARK.finditer(raw) for number in re.findall(r"\d+", match["numbers"])]
    text = _LIST_MARK.sub("", _MARK.sub("", raw)).strip()
    return Written(text, tuple(dict.fromkeys(marks))) if re.search(r"[\u3400-\u9fffA-Za-z0-9]", text) else None


class _Writing:
    """One answer being written: what was kept, what was not, and why."""

    def __init__(self, writer: Writer, numbered: Sequence[Numbered], names: Sequence[str], cancel: threading.Event):
        self.composer = Composer()
        self.said = ""  # the checked sentences, as sent
        self._writer = writer
        self._numbered = {one.n: one for one in numbered}
        self._names = names
        self._cancel = cancel
        self._kept = self._dropped = 0
        self._declined = False
        self._judging = writer.judge

    def take(self, sentence: Written) -> None:
        """Check a sentence, and keep it with its citations or not."""
        if not sentence.marks and _DECLINED.search(sentence.text):
            self._declined = True
            return
        cited = [self._numbered[n] for n in sentence.marks if n in self._numbered]
        found = self._doubts(sentence, cited)
        if not found:
            self._kept += 1
            self.composer.say(sentence.text, [one.evidence for one in cited])
        else:
            self._dropped += 1
            log.info("sentence not supported", extra={"codes": [doubt.code for doubt in found]})
            if self._writer.keep_marked and sentence.whole:
                self.composer.say(f"{sentence.text}（未找到依据）", [])
        self.said = self.composer.text

    def _doubts(self, sentence: Written, cited: Sequence[Numbered]) -> Sequence[Doubt]:
        if not sentence.whole:
            return (Doubt("cut", "句子没有写完。"),)
        if len(cited) < len(sentence.marks):
            return (Doubt("no_such_evidence", "引用了不存在的依据。"),)
        others = [one.source for one in self._numbered.values() if one not in cited]
        found = doubts(sentence.text, [one.source for one in cited], others, self._names)
        if not found and self._judging and not self._judged(sentence.text, cited):
            return (Doubt("judge", "大模型核对后认为依据不支持这句话。"),)
        return found

    def _judged(self, text: str, cited: Sequence[Numbered]) -> bool:
        quotes = "\n".join(f"{one.evidence.locator_text}：{one.evidence.quote}" for one in cited)
        asked = Prompt(prompt_text("judge"), f"句子：{text}\n依据：\n{quotes}")
        try:
            return "".join(self._writer.model.write(asked, self._cancel)).strip().startswith("是")
        except EngineError as error:
            self._judging = False  # the rules have passed it; what is down stays down for this answer
            log.warning("judge failed", extra={"code": error.code})
            return True

    def finished(self, made: Draft, failed: EngineError | None) -> Draft:
        """The draft: what was kept; with the evidence below it when that is too little, or the evidence alone."""
        notes = [*made.notes, *self._notes(failed)]
        if not self.said:
            return replace(made, notes=tuple(notes))
        if failed is not None or self._dropped > self._kept:
            self.composer.heading("依据原文：")
            for citation in made.citations:
                if citation.kind is CitationKind.SPAN and citation.evidence is not None:
                    self.composer.quote(citation.evidence)
        return replace(
            made,
            text=self.composer.text,
            statements=tuple(self.composer.statements),
            citations=tuple(self.composer.citations),
            notes=tuple(notes),
            writer=self._writer.model.name,
        )

    def _notes(self, failed: EngineError | None) -> Iterator[Reason]:
        if failed is not None:
            yield Reason("model_failed", f"{failed}本次按资料原文作答。")
        elif not self._kept:
            why = "认为依据不足" if self._declined and not self._dropped else "写的内容没有一句能由依据支持"
            yield Reason("model_unsupported", f"大模型“{self._writer.model.name}”{why}，本次按资料原文作答。")
        elif self._dropped:
            done = "已标明" if self._writer.keep_marked else "已删去"
            yield Reason("sentences_unsupported", f"大模型写的句子中有 {self._dropped} 句没有依据支持，{done}。")
