"""Document → Structured: which kind of text it is, its addressable parts, passages, findings and metadata."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from ingest.document import Document, DocumentKind, Metadata, Notice, Structured
from ingest.structure import ledger as ledgers
from ingest.structure import meeting, prose, regulation
from ingest.structure.amendments import amended_clauses, amendments, is_amending
from ingest.structure.annexed import Annexed, annexed, cut_out, lines_inside
from ingest.structure.lines import Line, lines_of
from ingest.structure.metadata import Title, effective_date, find_title, has_edition_line, regulation_metadata
from ingest.structure.official import Official, official
from ingest.structure.passages import Draft, numbered
from ingest.structure.repeals import defined_names, repeals
from ingest.structure.titles import is_regulation_title, normal_title, split_edition
from ingest.versions import READER_VERSION, STRUCTURE_VERSION


def version_id_of(document: Document) -> str:
    """The id of this content as read and structured by this version: 16 hexadecimal digits."""
    return hashlib.sha256(f"{document.digest}{READER_VERSION}{STRUCTURE_VERSION}".encode()).hexdigest()[:16]


def structure(document: Document) -> Structured:
    """Everything the library stores of a document. Raises ReadError for a ledger without its key column."""
    lines = lines_of(document)
    title = find_title(document, lines)
    fixed = official(lines, title.lines)
    declared = document.metadata.kind
    inside = annexed(lines, title, fixed) if declared in (None, DocumentKind.OTHER) else []
    carrying = DocumentKind.REGULATION if is_amending(title.words or "") else DocumentKind.OTHER
    kind = declared or (carrying if inside else _kind(document, lines, title))
    if kind is DocumentKind.LEDGER:
        done = _ledger(document, title)
    elif kind is DocumentKind.REGULATION:
        done = _regulation(document, lines, title, fixed, inside)
    elif kind in (DocumentKind.MEETING, DocumentKind.SPEECH):
        done = _meeting(document, title, kind, fixed)
    else:
        done = _prose(document, lines, title, fixed, inside)
    done = replace(done, metadata=done.metadata.infer(kind=kind), notices=(*document.notices, *done.notices))
    return _with_parts(done, lines, title, inside) if inside else done


# ---------------------------------------------------------------- which kind

_SPEECH = re.compile(r"讲话|致辞|发言(?:稿|材料)?$|报告词|党课")
_MEETING = re.compile(
    r"纪要|会议|会$|座谈|动员|部署会|推进会|工作会|例会|专题会|汇报会|反馈会|通报会|见面会|研讨会|交流会|大会|召开|反馈巡察情况|巡察反馈|意见反馈"
)

_NOTICE = re.compile(
    r"(?:通知|通报|决定|决议|批复|函|公告|通告|令|答复|请示|(?:反馈|巡察|审查|审核|审计|评审|验收|考察|考核|鉴定|处理|整改|修改)意见)$"
)
"""What is addressed to somebody; of 意见 those that judge one case, not 实施意见 or 若干意见."""


def _is_law(words: str, lines: Sequence[Line], title: Title) -> bool:
    """Whether a decision or reply has the force of law: adopted or promulgated as its edition line tells."""
    return not words.endswith(("通知", "通报", "函", "意见")) and has_edition_line(lines, title)


def _kind(document: Document, lines: Sequence[Line], title: Title) -> DocumentKind:
    """The kind as columns, articles and title tell it."""
    tables = ledgers.tables(document)
    name = f"{title.words or ''} {document.name}"
    mostly = sum(len(table.rows) for table in tables) * 2 >= len(document.blocks)
    ledgers_there = any(table.is_ledger for table in tables)
    if ledgers_there and (mostly or any(row.source.row for table in tables for row in table.rows)):
        return DocumentKind.LEDGER
    if tables and mostly and (re.search(r"台账|问题清单", name) or any(table.looks_like_one for table in tables)):
        return DocumentKind.LEDGER
    words = split_edition(title.words or "")[0]
    if is_amending(words) or re.search(r"废止.*(?:决定|通知|公告)$", words):
        return DocumentKind.REGULATION
    if _NOTICE.search(words) and regulation.outline(document, title.lines).articles < 2:
        return DocumentKind.REGULATION if _is_law(words, lines, title) else DocumentKind.OTHER
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
    return DocumentKind.LEDGER if ledgers_there else DocumentKind.OTHER


# ---------------------------------------------------------------- one function a kind


def _regulation(
    document: Document, lines: Sequence[Line], title: Title, fixed: Official, inside: Sequence[Annexed]
) -> Structured:
    amending = is_amending(title.words or "")
    elsewhere = frozenset(lines_inside(inside))  # an amending document may print the amended text behind it
    lines = [line for index, line in enumerate(lines) if index not in elsewhere]
    found = regulation.outline(document, title.lines)
    first = None if amending else next((part.span.start for part in found.parts if part.mark), None)
    metadata = regulation_metadata(document, lines, title, first, fixed)
    words = f"《{split_edition(metadata.title)[0]}》" if metadata.title else document.name
    context = words + (f"（{metadata.edition}）" if metadata.edition else "")
    notices: tuple[Notice, ...] = ()
    if amending:
        texts = prose.texts(document, title.lines | elsewhere, headed=False)
        clauses, drafts = amended_clauses(document.text, texts), prose.drafts(document.text, texts, context)
    elif first is None:
        texts = prose.texts(document, title.lines)
        clauses, drafts = tuple(meeting.clauses(texts)), prose.drafts(document.text, texts, context)
    else:
        clauses, notices = found.clauses, found.notices
        drafts = regulation.drafts(document.text, found.parts, context)
    done = _structured(document, DocumentKind.REGULATION, drafts)
    repealed = repeals(document, lines, metadata.title, metadata.effective_from, metadata.published)
    amends = amendments(lines, title.words or "") if amending else ()
    return replace(done, metadata=metadata, clauses=clauses, notices=notices, repeals=tuple(repealed), amends=amends)


def _meeting(document: Document, title: Title, kind: DocumentKind, fixed: Official) -> Structured:
    talks = meeting.talks(document, kind, title)
    metadata = meeting.meeting_metadata(document, title, talks, kind)
    if fixed.number:
        metadata = replace(fixed, day=None).into(metadata)
    day = metadata.date
    context = f"{metadata.title or document.name}{f' {day.year}年{day.month}月{day.day}日' if day else ''}"
    done = _structured(document, kind, meeting.drafts(document.text, talks, context))
    return replace(done, metadata=metadata, clauses=tuple(meeting.clauses(talks)))


def _prose(
    document: Document, lines: Sequence[Line], title: Title, fixed: Official, inside: Sequence[Annexed] = ()
) -> Structured:
    """Other texts; of a notice that carries regulations, what is its own."""
    elsewhere = frozenset(lines_inside(inside))
    texts = prose.texts(document, title.lines | elsewhere, spoken=True)
    words = title.words
    metadata = document.metadata
    repealed: list[tuple[str, date]] = []
    if fixed.certain or inside:
        own = [line for index, line in enumerate(lines) if index not in elsewhere]
        metadata = fixed.into(metadata)
        if words and metadata.number and words.endswith(("令", "公告")) and metadata.number.startswith("第"):
            words += metadata.number
        repealed = repeals(document, own, words, effective_date(own, metadata.published), metadata.published)
    done = _structured(document, DocumentKind.OTHER, prose.drafts(document.text, texts, words or document.name))
    metadata = metadata.infer(title=words)
    return replace(done, metadata=metadata, clauses=tuple(meeting.clauses(texts)), repeals=tuple(repealed))


def _with_parts(notice: Structured, lines: Sequence[Line], title: Title, inside: Sequence[Annexed]) -> Structured:
    """A notice with the regulations it carries: issued with it, under its number, on its day."""
    known = notice.metadata
    elsewhere = frozenset(lines_inside(inside))
    own = [line for index, line in enumerate(lines) if index not in elsewhere]
    begins = effective_date(own, known.published)
    seed = Metadata(
        readers=known.readers, origin=known.origin, unit=known.unit, corrected=known.corrected & {"readers"}
    )
    if "转发" not in (title.words or ""):  # what is forwarded was issued by another body, under its own number
        seed = seed.infer(published=known.published, number=known.number, issuer=known.issuer)
    parts: list[Structured] = []
    for position, annex in enumerate(inside):
        key = normal_title(annex.title)
        key += str(position) if key in {part.part for part in parts} else ""
        parts.append(_part(notice.document, annex, key, seed, begins))
    days = {part.metadata.effective_from for part in parts}
    with_them = begins or (days.pop() if len(days) == 1 else None)  # 同时废止: when what is issued takes effect
    repealed = repeals(notice.document, own, title.words, with_them, known.published)
    titles = "、".join(f"《{annex.title}》" for annex in inside)
    notices = (*notice.notices, Notice("annexed", f"文件中附有{titles}，已各自作为制度入库。"))
    return replace(notice, parts=tuple(parts), repeals=tuple(repealed), notices=notices)


def _part(document: Document, annex: Annexed, key: str, seed: Metadata, begins: date | None) -> Structured:
    """A regulation in a notice. What its own text does not tell, its label and its beginning, it has from the notice."""
    seed = seed.infer(kind=DocumentKind.REGULATION, title=annex.title)
    done = structure(cut_out(document, annex.span, key, seed))
    issued = f"{seed.published.year}年印发" if seed.published else None
    label = issued if (done.metadata.edition or "通过").endswith("通过") else None
    completed = seed.infer(edition=label, effective_from=None if done.metadata.effective_from else begins)
    if completed != seed:
        done = structure(cut_out(document, annex.span, key, completed))
    return replace(done, part=key)


def _ledger(document: Document, title: Title) -> Structured:
    words = title.words or re.sub(r"\.\w+$", "", document.name)
    found = ledgers.ledger(document, words)
    other = frozenset(range(len(document.blocks))) - found.blocks
    texts = prose.texts(document, title.lines, other)
    drafts = sorted([*found.drafts, *prose.drafts(document.text, texts, words)], key=lambda d: d.span)
    clauses = sorted([*found.clauses, *meeting.clauses(texts)], key=lambda c: (c.span.start, -c.span.end))
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
