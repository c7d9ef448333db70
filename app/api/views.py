"""The wire forms of the library: documents, findings, counts, ingest reports, and how each is made from the catalogue.

Used by the routes and by the command line alike, so that both say the same; nothing here needs the web framework.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from app.api.problem import LABELS, ProblemModel
from app.api.schema import Day, Name, Names, Wire
from app.version import version
from ingest.catalogue import DocumentRecord, Listing, Snapshot, SourceNote, VersionRecord
from ingest.cleanings import cleanings
from ingest.corrections import FIELDS, REQUIRED, Correction, Wanted
from ingest.document import (
    Amendment,
    Block,
    BlockKind,
    Caller,
    ClauseLevel,
    DocumentKind,
    Edit,
    Edition,
    EditionState,
    Finding,
    Metadata,
    Notice,
)
from ingest.errors import InputError, NotFoundError
from ingest.roster import Amending, Header
from ingest.structure.official import MARKS

# ---------------------------------------------------------------- documents


class NoticeModel(Wire):
    """读取或分析文件时的提醒。"""

    code: str
    message: str


class EditionModel(Wire):
    """制度的一个版本；`state` 是今天的状态，由日期推算，不是存储的字段。"""

    id: str
    work_id: str
    label: str | None
    published: date | None
    effective_from: date | None
    effective_to: date | None
    state: EditionState


class LinkModel(Wire):
    """资料库中的另一份文档。"""

    id: str
    title: str


class AmendmentModel(Wire):
    """一份修改决定与它所修改的制度：`document` 是另一方，资料库里没有时为空。"""

    work: str = Field(description="被修改的制度")
    places: list[str] = Field(description="被修改的条款")
    date: Day | None = Field(description="修改决定的日期")
    document: LinkModel | None


class CountsModel(Wire):
    """条、片段和台账行的数目。"""

    articles: int
    passages: int
    rows: int


class SameTextModel(Wire):
    """同一文字的另一份：`share` 是两份共有的部分，按较短的一份计；只经由第三份归为一组的为 0。"""

    id: str
    title: str
    share: float


class CleaningModel(Wire):
    """一类清理：处数，和第一处清理前后的文字。"""

    rule: str
    words: str
    count: int
    original: str
    text: str


class DocumentModel(Wire):
    """资料库中的一份文档。"""

    id: str
    document_version: str = Field(description="当前（或所要求的）版本的 id")
    version_state: str = Field(description="current 当前版本，replaced 已有更新的版本，removed 已从资料库移除")
    title: str
    kind: DocumentKind
    name: str = Field(description="原件的文件名")
    media_type: str
    size: int
    digest: str = Field(description="原件的 sha256")
    added_at: datetime
    date: Day | None
    issuer: str | None
    number: str | None = Field(description="文号")
    unit: str | None
    speakers: list[str]
    addressee: str | None = Field(description="公文的主送机关")
    attachments: list[str] = Field(description="公文所列的附件")
    facts: dict[str, str] = Field(description="公文的其他要素：密级、紧急程度、签发人、抄送等")
    part_of: LinkModel | None = Field(description="随之印发的通知；制度附在通知后面时有")
    parts: list[LinkModel] = Field(description="通知后面所附的制度")
    amends: list[AmendmentModel] = Field(description="它修改了哪些制度的哪些条款")
    amended_by: list[AmendmentModel] = Field(description="哪些文件修改了它")
    same_text: list[SameTextModel] = Field(description="内容相同的其他文档，检索和引用只用其中最好的一份")
    preferred: bool = Field(description="同文的几份中，检索和引用所用的是不是这一份")
    inferred: list[str] = Field(description="从正文推断出（而非明确给出）的字段")
    corrected: list[str] = Field(default=[], description="由人更正过的字段")
    edition: EditionModel | None
    counts: CountsModel
    sources: list[str] = Field(description="入库时的路径或来源")
    notices: list[NoticeModel]


class SourceModel(Wire):
    """段块在原件中的位置；格式里没有的为 null。"""

    page: int | None = None
    box: tuple[float, float, float, float] | None = None
    further: list[tuple[int, tuple[float, float, float, float]]] | None = Field(
        default=None, description="接着写在别处（下一栏、下一页）的部分：页码和位置"
    )
    sheet: str | None = None
    row: int | None = None
    byte_start: int | None = None
    byte_end: int | None = None


class CellModel(Wire):
    """台账一行中的一列：列名和值在正文中的位置。"""

    name: str
    start: int
    end: int


class BlockModel(Wire):
    """段块：标题、段落、条目或台账行，及其在正文中的位置。"""

    kind: BlockKind
    start: int
    end: int
    level: int | None
    source: SourceModel
    cells: list[CellModel]


class EditModel(Wire):
    """清理过的一处：正文 [start, end) 处原来的字符和所用的规则。"""

    start: int
    end: int
    original: str
    rule: str


class MetadataModel(Wire):
    """一份文档可以更正的字段，现在的值；没有或不明的为 null。"""

    title: str
    kind: DocumentKind
    date: Day | None
    issuer: str | None
    number: str | None
    unit: str | None
    work: str | None = Field(description="所属制度（各版本共有的名称）")
    edition: str | None = Field(description="版本，如 2024年修订")
    published: Day | None
    effective_from: Day | None
    effective_to: Day | None = Field(description="最后有效的一天")
    declared_status: str | None = Field(description="来源标明的状态")
    readers: list[str] = Field(description="可见的组；空为人人可见")


class CorrectionModel(Wire):
    """一处更正：谁在什么时候把哪个字段改成了什么；null 为“没有”。"""

    field: str
    value: str | list[str] | None
    by: str
    at: datetime


class VersionModel(Wire):
    """文档有过的一个版本。"""

    id: str
    state: str = Field(description="current、replaced 或 removed")


class DocumentTextModel(DocumentModel):
    """一份文档的正文，段块和清理记录；所有位置按 Unicode 码位计。"""

    metadata: MetadataModel
    corrections: list[CorrectionModel] = Field(description="更正（只给管理员看）")
    versions: list[VersionModel] = Field(description="有过的版本，先后为序")
    text: str
    blocks: list[BlockModel]
    cleaned: list[CleaningModel] = Field(description="清理了什么，按类别")
    edits: list[EditModel]


class DocumentsModel(Wire):
    """文档目录的一页。"""

    total: int
    limit: int
    offset: int
    documents: list[DocumentModel]


class CorrectionRequest(Wire):
    """要更正的字段：写明的改成新值，null 改成“没有”，`undo` 里的撤销更正、恢复读出的值。"""

    title: Name | None = None
    kind: DocumentKind | None = None
    date: Day | None = None
    issuer: Name | None = None
    number: Name | None = None
    unit: Name | None = None
    work: Name | None = None
    edition: Name | None = None
    published: Day | None = None
    effective_from: Day | None = None
    effective_to: Day | None = None
    declared_status: Name | None = None
    readers: Names | None = None
    undo: list[Literal[FIELDS]] = Field(default=[], description="撤销这些字段的更正")  # type: ignore[valid-type]

    def wanted(self, by: str) -> Wanted:
        """The corrections asked for; InputError when there are none, or a field cannot be without a value."""
        values = {
            name: tuple(value) if isinstance(value := getattr(self, name), list) else value
            for name in self.model_fields_set - {"undo"}
        }
        if not values and not self.undo:
            raise InputError("correction_empty")
        for name in sorted(REQUIRED & values.keys()):
            if values[name] is None:
                raise InputError("correction_required", field=LABELS[name])
        return Wanted({name: value or None for name, value in values.items()}, tuple(self.undo), by)


class PurgedModel(Wire):
    """彻底删除了几个版本。"""

    document_id: str
    versions: int


def documents_page(
    snapshot: Snapshot, caller: Caller, today: Day, listing: Listing, *, limit: int, offset: int
) -> DocumentsModel:
    """A page of the documents the caller may see, in order of arrival."""
    listed = snapshot.listed(caller, listing, today)
    records = snapshot.records(listed[offset : offset + limit], caller)
    return DocumentsModel(
        total=len(listed),
        limit=limit,
        offset=offset,
        documents=[_document(snapshot, caller, today, record) for record in records],
    )


def document_view(snapshot: Snapshot, caller: Caller, today: Day, document_id: str) -> DocumentModel:
    """A document without its text."""
    record, _ = found_version(snapshot, caller, document_id)
    return _document(snapshot, caller, today, record)


def document_text(
    snapshot: Snapshot, caller: Caller, today: Day, document_id: str, version_id: str | None = None
) -> DocumentTextModel:
    """A document with the text of its last version, or of the one asked for; also when removed, as answers cite it."""
    record, version = found_version(snapshot, caller, document_id, version_id)
    known = _document(snapshot, caller, today, record).model_dump()
    return DocumentTextModel(
        **known | (_of_version(snapshot, caller, today, version) if version.id != record.version_id else {}),
        metadata=_metadata(version, caller),
        corrections=[_correction(each) for each in snapshot.corrections(document_id)] if caller.reads_all else [],
        versions=[VersionModel(id=each, state=state) for each, state in snapshot.versions_of(document_id, caller)],
        text=version.text,
        blocks=[_block(block) for block in version.blocks],
        cleaned=[CleaningModel(**asdict(each)) for each in cleanings(version.text, version.edits)],
        edits=[_edit(edit) for edit in version.edits],
    )


def found_version(
    snapshot: Snapshot, caller: Caller, document_id: str, version_id: str | None = None
) -> tuple[DocumentRecord, VersionRecord]:
    """A document and one of its versions (the last one by default); NotFoundError names which is missing."""
    record = snapshot.document(document_id, caller)
    if record is None:
        raise NotFoundError("document_not_found", id=document_id)
    version = snapshot.version(version_id or record.version_id, caller)
    if version is None or version.document_id != document_id:
        raise NotFoundError("version_not_found", id=document_id, version=version_id or record.version_id)
    return record, version


def _document(snapshot: Snapshot, caller: Caller, today: Day, record: DocumentRecord) -> DocumentModel:
    return DocumentModel(
        id=record.id,
        document_version=record.version_id,
        version_state=record.state,
        title=record.title,
        kind=record.kind,
        name=record.name,
        media_type=record.media_type,
        size=record.size,
        digest=record.original,
        added_at=datetime.fromisoformat(record.added_at),
        **_known(record.metadata),
        **_relations(snapshot, caller, record),
        **_copies(snapshot, caller, record.version_id),
        edition=_edition(snapshot.edition_of(record.version_id, caller), today),
        counts=CountsModel(articles=record.articles, passages=record.passages, rows=record.rows),
        sources=[_source(source) for source in record.sources],
        notices=notices_view(record.notices),
    )


def _copies(snapshot: Snapshot, caller: Caller, version_id: str) -> dict[str, Any]:
    """The other copies of a text, and whether this is the one that is used."""
    view = snapshot.roster.view(caller)
    others = view.same_text(version_id)
    chosen = view.distinct([version_id, *(other.version_id for other, _ in others)]) if others else {version_id}
    return {
        "same_text": [SameTextModel(id=o.document_id, title=o.title, share=round(share, 3)) for o, share in others],
        "preferred": version_id in chosen,
    }


def _of_version(snapshot: Snapshot, caller: Caller, today: Day, version: VersionRecord) -> dict[str, Any]:
    """What an earlier version says of itself, in place of the last one's."""
    passages = len(snapshot.passages_of(version.id))
    articles = sum(1 for clause in snapshot.clauses(version.id) if clause.level is ClauseLevel.ARTICLE)
    return {
        "document_version": version.id,
        "version_state": version.state,
        "title": version.title,
        "kind": version.kind,
        "name": version.name,
        "media_type": version.media_type,
        "size": version.size,
        "digest": version.original,
        "added_at": version.added_at,
        **_known(version.metadata),
        "edition": _edition(snapshot.edition_of(version.id, caller), today),
        "counts": {
            "articles": articles,
            "passages": passages,
            "rows": passages if version.kind is DocumentKind.LEDGER else 0,
        },
        "notices": notices_view(version.notices),
    }


def _known(metadata: Metadata) -> dict[str, Any]:
    return {
        "date": metadata.date or metadata.published,
        "issuer": metadata.issuer,
        "number": metadata.number,
        "unit": metadata.unit,
        "speakers": list(metadata.speakers),
        "addressee": metadata.addressee,
        "attachments": list(metadata.attachments),
        "facts": {name: metadata.extra[name] for name in MARKS if name in metadata.extra},
        "inferred": sorted(metadata.inferred),
        "corrected": sorted(metadata.corrected),
    }


def _metadata(version: VersionRecord, caller: Caller) -> MetadataModel:
    known = version.metadata
    return MetadataModel(
        title=version.title,
        kind=version.kind,
        date=known.date,
        issuer=known.issuer,
        number=known.number,
        unit=known.unit,
        work=known.work,
        edition=known.edition,
        published=known.published,
        effective_from=known.effective_from,
        effective_to=known.effective_to,
        declared_status=known.declared_status,
        readers=list(known.readers) if caller.reads_all else [],
    )


def _correction(correction: Correction) -> CorrectionModel:
    value = correction.value
    plain = list(value) if isinstance(value, tuple) else None if value is None else str(value)
    return CorrectionModel(
        field=correction.field, value=plain, by=correction.by, at=datetime.fromisoformat(correction.at)
    )


def _relations(snapshot: Snapshot, caller: Caller, record: DocumentRecord) -> dict[str, Any]:
    """The documents it belongs with: notice and annexes, what it amends, what amends it."""
    whole = snapshot.document(record.part_of, caller) if record.part_of else None
    view = snapshot.roster.view(caller)
    header = view.headers.get(record.version_id)
    edition = view.editions.get(record.version_id)
    return {
        "part_of": LinkModel(id=whole.id, title=whole.title) if whole else None,
        "parts": [LinkModel(id=part.id, title=part.title) for part in snapshot.parts_of(record.id, caller)],
        "amends": [_amends(snapshot, caller, header, amendment) for amendment in header.amends] if header else [],
        "amended_by": [_amended_by(one) for one in view.amending.get(edition.work_id, ())] if edition else [],
    }


def _amends(snapshot: Snapshot, caller: Caller, header: Header, amendment: Amendment) -> AmendmentModel:
    """What a document amends, with the work's newest text in the library."""
    view = snapshot.roster.view(caller)
    texts = [edition for work in view.resolve(amendment.work) for edition in view.of_work(work.id)]
    amended = view.headers[texts[-1].version_id] if texts else None
    link = LinkModel(id=amended.document_id, title=amended.title) if amended else None
    return AmendmentModel(work=amendment.work, places=list(amendment.places), date=header.day, document=link)


def _amended_by(amending: Amending) -> AmendmentModel:
    header, amendment = amending.header, amending.amendment
    link = LinkModel(id=header.document_id, title=header.title)
    return AmendmentModel(work=amendment.work, places=list(amendment.places), date=header.day, document=link)


def _edition(edition: Edition | None, today: Day) -> EditionModel | None:
    if edition is None:
        return None
    return EditionModel(
        id=edition.id,
        work_id=edition.work_id,
        label=edition.label,
        published=edition.published,
        effective_from=edition.effective_from,
        effective_to=edition.effective_to,
        state=edition.state(today),
    )


def _source(source: SourceNote) -> str:
    return f"上传：{source.location}" if source.kind == "upload" else source.location


def notices_view(notices: Sequence[Notice]) -> list[NoticeModel]:
    """Notices on the wire."""
    return [NoticeModel(code=notice.code, message=notice.message) for notice in notices]


def _block(block: Block) -> BlockModel:
    place = block.source
    return BlockModel(
        kind=block.kind,
        start=block.span.start,
        end=block.span.end,
        level=block.level,
        source=SourceModel(
            page=place.page,
            box=place.box,
            further=list(place.further) if place.further else None,
            sheet=place.sheet,
            row=place.row,
            byte_start=place.byte_start,
            byte_end=place.byte_end,
        ),
        cells=[CellModel(name=name, start=span.start, end=span.end) for name, span in block.cells],
    )


def _edit(edit: Edit) -> EditModel:
    return EditModel(start=edit.span.start, end=edit.span.end, original=edit.original, rule=edit.rule)


# ---------------------------------------------------------------- findings


class FindingModel(Wire):
    """台账的一行；`fields` 是表中的所有列。"""

    id: str
    document_id: str
    document_version: str
    number: str | None
    round: str | None
    unit: str | None
    category: str | None
    description: str
    basis: str | None
    responsible: str | None
    deadline: date | None
    state: str | None
    fields: dict[str, str]
    start: int
    end: int


class FindingsModel(Wire):
    """台账查询的一页。"""

    total: int
    limit: int
    offset: int
    findings: list[FindingModel]


def findings_page(snapshot: Snapshot, found: Sequence[Finding], limit: int, offset: int) -> FindingsModel:
    """A page of rows."""
    return FindingsModel(
        total=len(found),
        limit=limit,
        offset=offset,
        findings=[_finding(snapshot, finding) for finding in found[offset : offset + limit]],
    )


def _finding(snapshot: Snapshot, finding: Finding) -> FindingModel:
    version_id = finding.id.rpartition(":")[0]
    header = snapshot.header(version_id)
    return FindingModel(
        id=finding.id,
        document_id=header.document_id if header else "",
        document_version=version_id,
        number=finding.number,
        round=finding.round,
        unit=finding.unit,
        category=finding.category,
        description=finding.description,
        basis=finding.basis,
        responsible=finding.responsible,
        deadline=finding.deadline,
        state=finding.state,
        fields=dict(finding.fields),
        start=finding.span.start,
        end=finding.span.end,
    )


# ---------------------------------------------------------------- the library


class LibraryCountsModel(Wire):
    """资料库的规模。"""

    documents: int
    works: int
    editions: int
    passages: int
    findings: int
    by_kind: dict[str, int]


class LibraryModel(Wire):
    """资料库的版次、规模，和索引是用什么建成的。"""

    revision: int
    counts: LibraryCountsModel
    index: dict[str, str]
    version: str = Field(description="有据的版本")


def library_view(snapshot: Snapshot, caller: Caller) -> LibraryModel:
    """The library as the caller sees it."""
    counts = snapshot.counts(caller)
    return LibraryModel(
        revision=snapshot.revision,
        counts=LibraryCountsModel(
            documents=counts["documents"],
            works=counts["works"],
            editions=counts["editions"],
            passages=counts["passages"],
            findings=counts["findings"],
            by_kind={kind.value: counts[kind.value] for kind in DocumentKind},
        ),
        index=dict(snapshot.manifest()),
        version=version(),
    )


class HealthModel(Wire):
    """服务是否正常。"""

    status: Literal["ok"]
    version: str


class ProblemsModel(Wire):
    """检查资料库发现的问题；没有问题时为空。"""

    problems: list[NoticeModel]


# ---------------------------------------------------------------- ingest reports and jobs


class FileErrorModel(Wire):
    """一个文件没有入库的原因。"""

    code: str
    message: str


class FileReportModel(Wire):
    """一个文件的入库结果。"""

    path: str
    outcome: str = Field(description="added、replaced、unchanged、duplicate、skipped、failed 或 cancelled")
    document_id: str | None
    kind: DocumentKind | None
    title: str | None
    edition: str | None
    articles: int
    passages: int
    rows: int
    inferred: list[str]
    corrected: list[str] = Field(default=[], description="由人更正过的字段")
    date: Day | None = Field(default=None, description="会议、讲话的日期；制度的公布日期")
    warnings: list[NoticeModel]
    error: FileErrorModel | None


class ReportModel(Wire):
    """一次入库的报告：逐个文件，和移除了的文件。"""

    files: list[FileReportModel]
    removed: list[str]
    cancelled: bool
    failed: int
    passages: int = Field(description="这次入库的片段数")
    seconds: dict[str, float] = Field(description="各阶段用时（秒），wall 为总计")
    library_revision: int


class IngestRequest(Wire):
    """让服务读取它所在机器上的路径（只供本机的 youju 命令使用）。"""

    paths: list[str] = Field(min_length=1)
    prune: bool = Field(default=False, description="移除这些路径下已不存在的文件")


class RebuildRequest(Wire):
    """重建索引；`embedder` 为空时沿用现在的模型。"""

    embedder: str | None = None


class BackupRequest(Wire):
    """把资料库备份到服务所在机器上的一个新文件（只供本机的 youju 命令使用）。"""

    path: str = Field(min_length=1)


class BackupModel(Wire):
    """备份的结果。"""

    path: str
    bytes: int
    documents: int
    originals: int
    missing: list[str] = Field(description="资料库里已缺失、因而没有备份的原件（sha256）")
    library_revision: int


class RestoredModel(Wire):
    """恢复的结果。"""

    directory: str
    documents: int
    passages: int
    originals: int
    library_revision: int
    created: datetime = Field(description="备份的时间")
    problems: list[NoticeModel] = Field(description="恢复出的资料库里的问题")
    aside: str | None = Field(description="原来的资料库改名后的目录")


class ProgressModel(Wire):
    """任务的进度；还不知道总数时为 0。"""

    done_files: int = 0
    total_files: int = 0
    done_passages: int = 0
    total_passages: int = 0
    current: str | None = Field(default=None, description="正在处理的文件")
    done_pages: int = Field(default=0, description="正在处理的文件已读的页数（PDF、图片）")
    total_pages: int = 0
    passages_per_second: float = 0.0
    seconds_left: float | None = None


class GoneModel(Wire):
    """按 prune 将会移除的文件：这些路径下曾经入库、现在已不存在的。"""

    paths: list[str]


class RebuiltModel(Wire):
    """重建索引的结果。"""

    embedder: str
    documents: int
    passages: int
    reread: int = Field(description="由原件重新读取的文档数")
    problems: list[NoticeModel] = Field(description="没能重新读取、沿用原来文本的文档")
    seconds: float
    library_revision: int


class JobModel(ProgressModel):
    """一个任务：state 为 queued、running、done、failed 或 cancelled。"""

    id: str
    kind: Literal["upload", "ingest", "rebuild", "backup"]
    name: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    created_at: datetime
    report: ReportModel | None = Field(description="上传或入库任务的报告")
    rebuilt: RebuiltModel | None = Field(description="重建索引任务的结果")
    backup: BackupModel | None = Field(default=None, description="备份任务的结果")
    error: ProblemModel | None
