"""The nouns of the library: what a file becomes. Frozen dataclasses, standard library only.

All offsets are Unicode code points into a version's canonical text: ``text[span.start:span.end]``
is the quoted text, always, by construction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import TypeAlias


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of code points ``[start, end)`` in a canonical text."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The characters of ``text`` this span names."""
        return text[self.start : self.end]

    def contains(self, other: Span) -> bool:
        """Whether ``other`` lies wholly inside this span."""
        return self.start <= other.start and other.end <= self.end

    def meets(self, other: Span) -> bool:
        """Whether they have a character in common."""
        return self.start < other.end and other.start < self.end


# ---------------------------------------------------------------- reading


class BlockKind(StrEnum):
    """What a block is in its source."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    ROW = "row"


@dataclass(frozen=True, slots=True)
class Source:
    """Where in the original file a block stands; whatever the format knows, the rest None."""

    page: int | None = None  # from 1
    box: tuple[float, float, float, float] | None = None  # left, top, right, bottom as fractions of the page
    further: tuple[tuple[int, tuple[float, float, float, float]], ...] | None = None  # (page, box) where it goes on
    sheet: str | None = None
    row: int | None = None  # from 1, as the spreadsheet shows it
    byte_start: int | None = None
    byte_end: int | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, paragraph, list item or table row: its span in the canonical text and its source."""

    kind: BlockKind
    span: Span
    source: Source = Source()
    level: int | None = None  # headings: 1 is the document title
    cells: tuple[tuple[str, Span], ...] = ()  # rows: (column name, span of the value)


@dataclass(frozen=True, slots=True)
class Edit:
    """One cleaning step: what the canonical characters ``span`` replaced, and the rule that did it."""

    span: Span
    original: str
    rule: str  # e.g. "pinyin", "traditional", "kangxi", "private_use", "line_wrap", "furniture"


@dataclass(frozen=True, slots=True)
class Notice:
    """A warning about one file, with a stable code and a Chinese sentence."""

    code: str
    message: str


class DocumentKind(StrEnum):
    """The kinds of text in an inspection office's cabinet."""

    REGULATION = "regulation"  # 制度文件
    MEETING = "meeting"  # 会议纪要、会议报道
    SPEECH = "speech"  # 讲话
    LEDGER = "ledger"  # 台账
    OTHER = "other"


Day: TypeAlias = date  # Metadata has a field named date, which hides the type inside the class


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is known about a document. None is unknown; names in ``inferred`` were read off the text.

    ``work`` is the title the regulation is known by as a lasting thing; ``aliases`` its short titles.
    ``readers`` are the groups that may see the document; empty means everyone.
    """

    title: str | None = None
    kind: DocumentKind | None = None
    issuer: str | None = None
    number: str | None = None  # 文号
    date: Day | None = None  # of a meeting or speech; of a regulation: published
    unit: str | None = None
    work: str | None = None
    aliases: tuple[str, ...] = ()
    edition: str | None = None  # label: "2024年修订", "试行"
    published: Day | None = None
    effective_from: Day | None = None
    effective_to: Day | None = None
    declared_status: str | None = None  # the source's own word, e.g. 现行有效, 已修改, 已废止
    speakers: tuple[str, ...] = ()
    addressee: str | None = None  # of an official document: 主送机关
    attachments: tuple[str, ...] = ()  # titles of its annexes, as it lists them
    readers: tuple[str, ...] = ()
    origin: str | None = None  # where the file was taken from (a URL, an archive)
    extra: Mapping[str, str] = field(default_factory=dict)  # under its Chinese name: 签发人, 密级, 抄送 …
    inferred: frozenset[str] = frozenset()
    corrected: frozenset[str] = frozenset()  # as people say it is: known also where it is None

    def infer(self, **values: object) -> Metadata:
        """Fill fields that are still unknown, marking them as inferred; known fields stay as they are."""
        unknown = {name: value for name, value in values.items() if not getattr(self, name)}
        fresh = {
            name: value for name, value in unknown.items() if value not in (None, ()) and name not in self.corrected
        }
        return replace(self, **fresh, inferred=self.inferred | frozenset(fresh))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Document:
    """What a reader makes of one file: canonical text, its blocks, and what cleaning did.

    ``digest`` is the sha256 (hex) of the original bytes, followed by the sidecar's when there is one.
    """

    name: str  # the file's name, as shown to people
    media_type: str
    digest: str
    text: str
    blocks: tuple[Block, ...]
    edits: tuple[Edit, ...] = ()
    metadata: Metadata = Metadata()
    notices: tuple[Notice, ...] = ()


# ---------------------------------------------------------------- structure


def chinese_number(value: int) -> str:
    """1 → 一, 12 → 十二, 107 → 一百零七; for 0 ≤ value < 10,000."""
    if value < 0 or value > 9999:
        raise ValueError(value)
    digits = "零一二三四五六七八九"
    if value < 10:
        return digits[value]
    out, pending_zero = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // unit % 10
        if digit:
            out += ("零" if pending_zero and out else "") + digits[digit] + name
            pending_zero = False
        else:
            pending_zero = True
    return out[1:] if out.startswith("一十") else out


@dataclass(frozen=True, slots=True)
class Locator:
    """The structured address of a span inside one document; ``str()`` gives the words.

    Regulations: ``article`` (and 第十二条之一 as ``article=12, article_suffix=1``), ``paragraph`` (款, only
    when the article has more than one), ``item`` （一）, ``subitem`` 1. An annex has its ``annex`` name.
    Others: ``block`` (第4段, from 1) with ``point`` for a numbered point (一是), or ``row`` (台账编号; 第17行 without one).
    """

    chapter: str | None = None  # as printed, spaces removed: 第二章 巡察方式
    section: str | None = None
    article: int | None = None
    article_suffix: int | None = None
    paragraph: int | None = None
    item: int | None = None
    subitem: int | None = None
    annex: str | None = None
    block: int | None = None
    point: str | None = None
    row: str | None = None

    def __str__(self) -> str:
        if self.row is not None:
            return self.row if self.row.startswith("第") else f"编号 {self.row}"
        if self.article is None:
            words = self.annex or ""
            words += f"第{self.block}段" if self.block is not None else ""
            return words + (f"“{self.point}”" if self.point else "") or self.section or self.chapter or "正文"
        words = (self.annex or "") + f"第{chinese_number(self.article)}条"
        words += f"之{chinese_number(self.article_suffix)}" if self.article_suffix else ""
        words += f"第{chinese_number(self.paragraph)}款" if self.paragraph else ""
        words += f"第（{chinese_number(self.item)}）项" if self.item else ""
        return words + (f"第{self.subitem}目" if self.subitem else "")


class ClauseLevel(StrEnum):
    """The levels of an addressable part."""

    ARTICLE = "article"
    PARAGRAPH = "paragraph"  # 款; in other kinds of text, a paragraph
    ITEM = "item"  # 项; in other kinds of text, a numbered point
    SUBITEM = "subitem"  # 目
    ROW = "row"


@dataclass(frozen=True, slots=True)
class Clause:
    """An addressable part of a text: an article, 款, 项, 目, numbered point, paragraph or row.

    An ARTICLE's span covers all of it. A 款 with items covers its items too, and ``lead_in`` is the part
    before the first item (a 项 is not understood without it). ``speaker`` is who said it, where known.
    """

    level: ClauseLevel
    locator: Locator
    span: Span
    lead_in: Span | None = None
    speaker: str | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit that is indexed and retrieved. Its id contains the document version.

    ``context`` is what the passage needs to be understood (title, chapter, speaker, date); it is embedded
    and indexed before the text, and never quoted.
    """

    id: str  # "<version id>:<ordinal>", ordinal from 0, in text order
    span: Span
    locator: Locator
    context: str

    @property
    def version_id(self) -> str:
        """The document version the passage belongs to."""
        return self.id.rpartition(":")[0]


@dataclass(frozen=True, slots=True)
class Finding:
    """One ledger row. ``fields`` are all columns as shown; the named ones are mapped from them."""

    id: str  # the id of the row's passage: "<version id>:<ordinal>", unique over all sheets
    number: str | None  # 编号
    round: str | None  # 2024年第一轮
    unit: str | None
    category: str | None
    description: str
    basis: str | None
    responsible: str | None
    deadline: date | None
    state: str | None  # rectification
    span: Span
    fields: Mapping[str, str] = field(default_factory=dict)


def work_id(title: str) -> str:
    """The id of the work with this lasting title (already normalised): stable across editions."""
    return "w" + hashlib.sha256(title.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Work:
    """A regulation as a lasting thing, with its short titles and aliases."""

    id: str
    title: str
    aliases: tuple[str, ...] = ()


class EditionState(StrEnum):
    """Computed, never stored."""

    IN_FORCE = "现行有效"
    AMENDED = "已修改"
    REPEALED = "已废止"
    NOT_YET = "尚未生效"
    UNKNOWN = "版本不明"


@dataclass(frozen=True, slots=True)
class Edition:
    """One text of a work: facts only. ``successor_from`` is filled in when a work's editions are read together."""

    id: str
    work_id: str
    version_id: str
    title: str  # as printed on this edition
    label: str | None = None  # 2024年修订
    published: date | None = None
    effective_from: date | None = None
    effective_to: date | None = None  # the last day in force when the source tells it, e.g. by a repeal
    declared_status: str | None = None
    inferred: frozenset[str] = frozenset()
    successor_from: date | None = None

    def state(self, on: date) -> EditionState:
        """The state on a date. "已修改" or "已废止" without a known end means unknown, never in force."""
        if self.effective_from is None:
            if self.published is not None and on < self.published:
                return EditionState.NOT_YET
            if self.effective_to is not None and on > self.effective_to:
                return EditionState.REPEALED  # whenever it began, it has ended
            return EditionState.UNKNOWN
        if on < self.effective_from:
            return EditionState.NOT_YET
        if self.successor_from is not None and on >= self.successor_from:
            return EditionState.AMENDED
        if self.effective_to is not None:
            return EditionState.REPEALED if on > self.effective_to else EditionState.IN_FORCE
        if self.successor_from is None and self.declared_superseded:
            return EditionState.UNKNOWN
        return EditionState.IN_FORCE

    @property
    def declared_superseded(self) -> bool:
        """Whether the source itself says that this text is no longer the valid one."""
        status = self.declared_status or ""
        return any(word in status for word in ("已修改", "已修订", "废止", "失效"))

    def citable(self, on: date) -> bool:
        """Whether a default answer may stand on it: in force, or unknown with nothing that shows it superseded."""
        state = self.state(on)
        if state is EditionState.UNKNOWN:
            closed = self.successor_from is not None and on >= self.successor_from
            return not (closed or self.declared_superseded)
        return state is EditionState.IN_FORCE


def timeline(editions: tuple[Edition, ...]) -> tuple[Edition, ...]:
    """The editions of one work in order of effect, each closed by the next known effective date."""
    ordered = sorted(
        editions, key=lambda e: (e.effective_from or e.published or date.min, e.published or date.min, e.id)
    )
    out: list[Edition] = []
    for index, edition in enumerate(ordered):
        later = [
            other.effective_from
            for other in ordered[index + 1 :]
            if other.effective_from is not None and other.effective_from != edition.effective_from
        ]
        out.append(replace(edition, successor_from=min(later, default=None)))
    return tuple(out)


@dataclass(frozen=True, slots=True)
class Amendment:
    """What an amending document (关于修改《…》的决定, 修正案) says of a work: its title as written, and the places."""

    work: str
    places: tuple[str, ...] = ()  # 第八条, 第十二条第二款; in order, none when it names no place


@dataclass(frozen=True, slots=True)
class Structured:
    """A document with its structure: what the library stores for one version.

    ``metadata`` is the document's, completed by what the structure inferred. ``edition`` facts are in the
    metadata; ``clauses`` are in text order, outer before inner; ``repeals`` are (work title, last day in
    force) pairs this document declares (a repeal notice, or a 附则 that repeals another work).
    ``parts`` are the regulations that a notice carries as annexes: documents of their own, stored with it.
    """

    document: Document
    version_id: str
    kind: DocumentKind
    metadata: Metadata
    clauses: tuple[Clause, ...]
    passages: tuple[Passage, ...]
    findings: tuple[Finding, ...] = ()
    repeals: tuple[tuple[str, date], ...] = ()
    defines: Mapping[str, str] = field(default_factory=dict)  # 以下简称: alias → full title, within this document
    notices: tuple[Notice, ...] = ()
    amends: tuple[Amendment, ...] = ()
    parts: tuple[Structured, ...] = ()
    part: str | None = None  # of such a part: what it is called within its file, whatever version of it

    def with_version(self, version_id: str) -> Structured:
        """The same under another version id, which the ids of passages and findings begin with."""
        if self.version_id == version_id:
            return self

        def moved(old: str) -> str:
            return f"{version_id}:{old.rpartition(':')[2]}"

        return replace(
            self,
            version_id=version_id,
            passages=tuple(replace(passage, id=moved(passage.id)) for passage in self.passages),
            findings=tuple(replace(finding, id=moved(finding.id)) for finding in self.findings),
        )


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. ``reads_all`` is for the local operator, who reads everything."""

    id: str
    groups: frozenset[str] = frozenset()
    reads_all: bool = False

    def may_read(self, readers: tuple[str, ...]) -> bool:
        """Whether a document for these groups (none: everyone) is visible to this caller."""
        return self.reads_all or not readers or not self.groups.isdisjoint(readers)


LOCAL = Caller("local", reads_all=True)
