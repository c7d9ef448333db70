"""Probes made by rule: every article in force is asked for by its reference forms and by its own words turned lay.

They measure no person's question. They show holes of structure: an article that cannot be looked up, a short title that
leads nowhere, a text that is not in the index.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from app.assistant import Assistant
from evals.ingestion.measure import Figure
from evals.runs import Folder, Line, Run
from ingest.catalogue import Snapshot
from ingest.document import LOCAL, Clause, ClauseLevel, EditionState, Span, Work, chinese_number
from ingest.library import Library

FULL, ARABIC, ALIAS, WORDS = "全称第N条", "阿拉伯数字", "简称别名", "原文改写"
TARGETS = {FULL: 0.99, ARABIC: 0.99, ALIAS: 0.99, WORDS: 0.95}
"""Of references the share found first, of words the share found among five."""
DEPTH = 5

_LAY = (
    (r"^.{0,12}?第[一二三四五六七八九十百零]+条(?:之[一二三四五六七八九十]+)?[\s　]*", ""),
    (r"有下列情形之一的", "遇到哪些情况"),
    (r"应当", "要"),
    (r"不得", "不能"),
    (r"可以", "能"),
    (r"或者", "或"),
    (r"予以", ""),
    (r"工作日", "天"),
)
_SENTENCE = re.compile(r"[^。；：\n]+")
_SHORTEST, _LONGEST = 15, 60


@dataclass(frozen=True, slots=True)
class Probe:
    """A question made of an article, and where the article stands."""

    id: str
    kind: str
    text: str
    version_id: str
    span: Span


def probes(snapshot: Snapshot, day: date) -> Iterator[Probe]:
    """The probes of every article of the editions in force on a day."""
    for work in snapshot.works(LOCAL):
        names = [name for name in work.aliases if len(snapshot.resolve_work(name)) == 1]
        for edition in snapshot.editions(work.id):
            if edition.state(on=day) is not EditionState.IN_FORCE:
                continue
            text = snapshot.text(edition.version_id)
            for clause in snapshot.clauses(edition.version_id):
                if clause.level is ClauseLevel.ARTICLE and not clause.locator.annex:
                    yield from _of(work, names, edition.version_id, clause, clause.span.of(text))


def _of(work: Work, names: Sequence[str], version_id: str, clause: Clause, text: str) -> Iterator[Probe]:
    number, suffix = clause.locator.article or 0, clause.locator.article_suffix
    written = f"第{chinese_number(number)}条" + (f"之{chinese_number(suffix)}" if suffix else "")
    digits = f"第{number}条" + (f"之{suffix}" if suffix else "")
    forms = [(FULL, f"《{work.title}》{written}"), (ARABIC, f"{work.title}{digits}")]
    forms += [(ALIAS, f"{name}{written}") for name in names]
    if lay := in_lay_words(text):
        forms.append((WORDS, lay))
    for place, (kind, question) in enumerate(forms):
        yield Probe(f"{work.title}{written}#{place}", kind, question, version_id, clause.span)


def in_lay_words(article: str) -> str:
    """The first telling sentence of an article with the words of regulations turned into those of people, as a question."""
    words = article
    for pattern, lay in _LAY:
        words = re.sub(pattern, lay, words)
    # A sentence of a few words ("本办法自印发之日起施行") is the same in every regulation, and one that refers to
    # another regulation asks for that one.
    sentences = (found.strip() for found in _SENTENCE.findall(words))
    chosen = next((one for one in sentences if len(one) >= _SHORTEST and "《" not in one), None)
    return f"{chosen[:_LONGEST]}吗？" if chosen else ""


def probe_run(assistant: Assistant, library: Library, day: date, folder: Folder) -> Run:
    """Ask every probe of the library."""
    with library.snapshot() as snapshot:
        asked = {probe.id: probe for probe in probes(snapshot, day)}

    def ask(name: str) -> Line:
        probe = asked[name]
        began = time.perf_counter()
        hits = assistant.search(probe.text, caller=LOCAL, k=DEPTH).hits
        ms = (time.perf_counter() - began) * 1000
        right = [hit.version_id == probe.version_id and _meets(hit.span, probe.span) for hit in hits]
        scores = {"hit@1": float(any(right[:1])), f"hit@{DEPTH}": float(any(right))}
        found = tuple(f"{'✓' if yes else '✗'} {hit.locator_text}" for yes, hit in zip(right, hits, strict=True))
        remarks = () if any(right) else ("没有检索到这一条",)
        return Line(name, probe.text, probe.kind, scores, round(ms, 3), (name.partition("#")[0],), found, remarks)

    versions = sorted({probe.version_id for probe in asked.values()})
    return folder.record("probes", "default", {"versions": versions}, list(asked), ask)


def _meets(hit: Span, article: Span) -> bool:
    return hit.start < article.end and article.start < hit.end


def figures(run: Run) -> list[Figure]:
    """The share of each kind that is found where it should be."""
    out = []
    for kind, target in TARGETS.items():
        metric = f"hit@{DEPTH}" if kind == WORDS else "hit@1"
        values = [line.scores[metric] for line in run.lines if line.kind == kind]
        value = sum(values) / len(values) if values else None
        remark = "" if values else "没有这样的探针"
        out.append(Figure(f"{kind} {metric}", value, target, n=len(values), remark=remark))
    return out
