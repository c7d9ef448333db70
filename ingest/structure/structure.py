"""Document → Structured: which kind of text it is, its addressable parts, passages, findings and metadata."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace

from ingest.document import Document, DocumentKind, Notice, Structured
from ingest.read.reader import READER_VERSION
from ingest.structure import ledger as ledgers
from ingest.structure import meeting, prose, regulation
from ingest.structure.lines import Line, lines_of
from ingest.structure.metadata import Title, find_title, regulation_metadata
from ingest.structure.passages import Draft, numbered
from ingest.structure.repeals import defined_names, repeals
from ingest.structure.titles import is_regulation_title, split_edition

STRUCTURE_VERSION = "2"
"""Goes into version ids and the index manifest: another value makes new versions of all documents."""


def version_id_of(document: Document) -> str:
    """The id of this content as read and structured by this version: 16 hexadecimal digits."""
    return hashlib.sha256(f"{document.digest}{READER_VERSION}{STRUCTURE_VERSION}".encode()).hexdigest()[:16]


def structure(document: Document) -> Structured:
    """Everything the library stores of a document. Raises ReadError for a ledger without its key column."""
    lines = lines_of(document)
    title = find_title(document, lines)
    kind = document.metadata.kind or _kind(document, lines, title)
    if kind is DocumentKind.LEDGER:
        done = _ledger(document, title)
    elif kind is DocumentKind.REGULATION:
        done = _regulation(document, lines, title)
    elif kind in (DocumentKind.MEETING, DocumentKind.SPEECH):
        done = _meeting(document, title, kind)
    else:
        done = _prose(document, title)
    return replace(done, metadata=done.metadata.infer(kind=kind), notices=(*document.notices, *done.notices))


# ---------------------------------------------------------------- which kind

_SPEECH = re.compile(r"讲话|致辞|发言(?:稿|材料)?$|报告词|党课")
_MEETING = re.compile(
    r"纪要|会议|会$|座谈|动员|部署会|推进会|工作会|例会|专题会|汇报会|反馈会|通报会|见面会|研讨会|交流会|大会|召开|反馈巡察情况|巡察反馈|意见反馈"
)


def _kind(document: Document, lines: Sequence[Line], title: Title) -> DocumentKind:
    """The kind as columns, articles and title tell it."""
    tables = ledgers.tables(document)
    name = f"{title.words or ''} {document.name}"
    if any(table.is_ledger for table in tables):
        return DocumentKind.LEDGER
    if tables and (re.search(r"台账|问题清单", name) or any(table.looks_like_one for table in tables)):
        rows = sum(len(table.rows) for table in tables)
        if rows * 2 >= len(document.blocks):
            return DocumentKind.LEDGER
    words = split_edition(title.words or "")[0]
    if is_regulation_title(words) and not words.endswith(("函", "令", "清单", "要点", "流程")):
        return DocumentKind.REGULATION
    if _SPEECH.search(words):
        return DocumentKind.SPEECH
    if regulation.outline(document, title.lines).articles >= 2:
        return DocumentKind.REGULATION
    if _MEETING.search(words) or (not words and _MEETING.search(document.name)):
        return DocumentKind.MEETING
    if any(re.match(r"(?:会议)?(?:时间|地点|主持人?|出席|参会)[：:]", line.bare) for line in lines[:8]):
        return DocumentKind.MEETING
    return DocumentKind.OTHER


# ---------------------------------------------------------------- one function a kind


def _regulation(document: Document, lines: Sequence[Line], title: Title) -> Structured:
    found = regulation.outline(document, title.lines)
    first = next((part.span.start for part in found.parts if part.mark), None)
    metadata = regulation_metadata(document, lines, title, first)
    words = f"《{split_edition(metadata.title)[0]}》" if metadata.title else document.name
    context = words + (f"（{metadata.edition}）" if metadata.edition else "")
    if first is None:
        texts = prose.texts(document, title.lines)
        clauses, drafts = tuple(prose.clauses(texts)), prose.drafts(document.text, texts, context)
        notices: tuple[Notice, ...] = ()
    else:
        clauses, notices = found.clauses, found.notices
        drafts = regulation.drafts(document.text, found.parts, context)
    done = _structured(document, DocumentKind.REGULATION, drafts)
    repealed = repeals(document, lines, metadata.title, metadata.effective_from, metadata.published)
    return replace(done, metadata=metadata, clauses=clauses, notices=notices, repeals=tuple(repealed))


def _meeting(document: Document, title: Title, kind: DocumentKind) -> Structured:
    talks = meeting.talks(document, kind, title)
    metadata = meeting.meeting_metadata(document, title, talks, kind)
    day = metadata.date
    context = f"{metadata.title or document.name}{f' {day.year}年{day.month}月{day.day}日' if day else ''}"
    done = _structured(document, kind, meeting.drafts(document.text, talks, context))
    return replace(done, metadata=metadata, clauses=tuple(meeting.clauses(talks)))


def _prose(document: Document, title: Title) -> Structured:
    texts = prose.texts(document, title.lines)
    context = title.words or document.name
    done = _structured(document, DocumentKind.OTHER, prose.drafts(document.text, texts, context))
    metadata = document.metadata.infer(title=title.words)
    return replace(done, metadata=metadata, clauses=tuple(prose.clauses(texts)))


def _ledger(document: Document, title: Title) -> Structured:
    words = title.words or re.sub(r"\.\w+$", "", document.name)
    found = ledgers.ledger(document, words)
    other = frozenset(range(len(document.blocks))) - found.blocks
    texts = prose.texts(document, title.lines, other)
    drafts = sorted([*found.drafts, *prose.drafts(document.text, texts, words)], key=lambda d: d.span)
    clauses = sorted([*found.clauses, *prose.clauses(texts)], key=lambda c: (c.span.start, -c.span.end))
    done = _structured(document, DocumentKind.LEDGER, drafts)
    ids = {passage.span: passage.id for passage in done.passages}
    findings = tuple(replace(finding, id=ids[finding.span]) for finding in found.findings)
    metadata = document.metadata.infer(title=words)
    return replace(done, metadata=metadata, clauses=tuple(clauses), findings=findings, notices=found.notices)


def _structured(document: Document, kind: DocumentKind, drafts: Sequence[Draft]) -> Structured:
    version = version_id_of(document)
    return Structured(
        document=document,
        version_id=version,
        kind=kind,
        metadata=document.metadata,
        clauses=(),
        passages=numbered(version, drafts),
        defines=defined_names(document.text),
    )
