"""Answers, reports and lists as a person at a terminal reads them. Text from documents never drives the terminal."""

from __future__ import annotations

import re
import sys
import time
import unicodedata
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TextIO

from app.arguments import FIELD_NAMES

if TYPE_CHECKING:
    from app.api.schema import (
        AnswerModel,
        BecauseModel,
        ConditionModel,
        ConversationsModel,
        ConversationTextModel,
        EvidenceModel,
        QueryCitationModel,
        SearchModel,
        SpanCitationModel,
    )
    from app.api.views import (
        AmendmentModel,
        BackupModel,
        DocumentModel,
        DocumentsModel,
        DocumentTextModel,
        FileReportModel,
        ProgressModel,
        RebuiltModel,
        ReportModel,
        RestoredModel,
    )

QUOTE_SHOWN = 160  # characters of a quotation in a list; the whole is in the document
SOURCE_WORDS = {
    "exact": "按条款查到",
    "dense": "向量",
    "terms": "词项",
    "sentence": "最近一句",
    "named": "题意加减",
    "authority": "效力",
    "cross": "重排",
}
BONUSES = frozenset({"named", "authority"})
DRAW_SECONDS = 0.2  # a log that catches the bar should not drown in it
KIND_WORDS = {"regulation": "制度", "meeting": "会议", "speech": "讲话", "ledger": "台账", "other": "其他"}
OUTCOME_WORDS = {
    "added": "新入库",
    "replaced": "已更新",
    "unchanged": "没有变化",
    "duplicate": "内容已在库中，记为另一来源",
    "removed": "已移除",
    "failed": "没有成功",
    "skipped": "已跳过",
    "cancelled": "未处理（已取消）",
}


def plain(text: str) -> str:
    """``text`` without control characters: a document must not be able to drive the terminal."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf") or c == "\u200d")


def shortened(text: str, length: int = QUOTE_SHOWN) -> str:
    """On one line, and cut with … when it is long."""
    line = re.sub(r"\s+", " ", plain(text)).strip()
    return line if len(line) <= length else line[: length - 1] + "…"


# ---------------------------------------------------------------- answers


def answer_lines(answer: AnswerModel) -> Iterable[str]:
    """The answer, its basis, and what is related when there is no answer."""
    if answer.standalone_question != answer.question.strip():
        yield f"理解为：{plain(answer.standalone_question)}"
    if answer.status == "refused":
        yield f"没有作答：{plain(answer.reason.message if answer.reason else answer.text)}"
    else:
        yield plain(answer.text)
    for note in (*answer.notes, *answer.changes):
        yield f"注意：{plain(note.message)}"
    if answer.citations:
        yield ""
        yield "依据"
        for citation in answer.citations:
            yield from _citation_lines(citation)
    if answer.related:
        yield ""
        yield "相关材料（不是答案）"
        for item in answer.related:
            yield f"  · {_where(item)}"
            yield f"    {shortened(item.quote)}"
    yield ""
    yield from _understood_lines(answer.understood)
    yield f"依据日期 {answer.as_of}，资料库第 {answer.library_revision} 版，回答编号 {answer.id}"
    if answer.conversation:
        yield f"接着问：youju ask --conversation {answer.conversation} 问题"


def conversations_lines(found: ConversationsModel) -> Iterable[str]:
    """The conversations, the last changed first."""
    if not found.conversations:
        yield "还没有对话。用 youju ask --conversation new 开始一个。"
    for one in found.conversations:
        yield f"{one.id}  {one.updated_at.astimezone():%Y-%m-%d %H:%M}  {one.turns} 问  {plain(one.title)}"


def conversation_lines(found: ConversationTextModel) -> Iterable[str]:
    """All questions of a conversation with their answers."""
    for answer in found.answers:
        yield f"问：{plain(answer.question)}"
        yield from answer_lines(answer)
        yield ""


def _citation_lines(citation: SpanCitationModel | QueryCitationModel) -> Iterable[str]:
    yield f"  [{citation.n}] {_where(citation)}"
    if citation.quote:
        yield f"      {shortened(citation.quote)}"


def _where(item: EvidenceModel | SpanCitationModel | QueryCitationModel) -> str:
    return plain(item.locator.text) + (f"（{item.state}）" if item.state else "") + _issued(item)


def _issued(item: EvidenceModel | SpanCitationModel | QueryCitationModel) -> str:
    """Who issued it and under which number, where that is known."""
    words = [getattr(item, name, None) for name in ("issuer", "number")]  # a ledger query has neither
    return "  " + "，".join(plain(each) for each in words if each) if any(words) else ""


def search_lines(found: SearchModel) -> Iterable[str]:
    """The passages found, best first; with the reasons where they were asked for."""
    yield from _understood_lines(found.understood)
    for note in found.notes:
        yield f"注意：{plain(note.message)}"
    if not found.hits:
        yield "没有找到相关的片段。"
    why = found.explanation
    for rank, hit in enumerate(found.hits, 1):
        yield f"{rank:>2}. {_where(hit)}"
        yield f"    {shortened(hit.quote)}"
        if why is not None:
            yield from _because_lines(why.hits[rank - 1], hit)
    if why is not None:
        yield ""
        yield f"可以采用 {why.documents} 份文档的 {why.passages} 个片段，其中 {why.candidates} 个参加了排序。"
        for left in why.left_out:
            yield f"没有采用：{plain(left.title)}（{plain(left.reason.message)}）"


def _understood_lines(found: Sequence[ConditionModel]) -> Iterable[str]:
    if found:
        yield "读出的条件：" + "；".join(
            plain(each.value) + (f"（去掉它：--ignore {each.text}）" if each.removable else "") for each in found
        )


def _because_lines(because: BecauseModel, hit: EvidenceModel) -> Iterable[str]:
    """Why a hit stands where it does."""
    scores = [
        f"{SOURCE_WORDS.get(source, source)} {score:+.3f}" if source in BONUSES
        else f"{SOURCE_WORDS.get(source, source)} {score:.3f}（第 {because.ranks[source]}）"
        for source, score in because.scores.items()
    ]  # fmt: skip
    yield f"    得分 {hit.score:.3f}：" + "，".join(scores)
    if because.terms:
        yield f"    相同的词：{plain('、'.join(because.terms))}"
    if because.wordings:
        said = "；".join(f"{one.spoken}＝{'、'.join(one.written)}" for one in because.wordings)
        yield f"    换了说法的词：{plain(said)}"
    if because.edition is not None:
        yield f"    版本：{plain(because.edition.message)}"


# ---------------------------------------------------------------- the library


def documents_lines(found: DocumentsModel) -> Iterable[str]:
    """The list of documents."""
    for document in found.documents:
        yield f"{document.id}  {_document_words(document)}{_marks(document)}"
    shown = f"，显示第 {found.offset + 1} 到 {found.offset + len(found.documents)} 份" if found.documents else ""
    yield f"共 {found.total} 份文档" + (shown if len(found.documents) < found.total else "")


def _marks(document: DocumentModel) -> str:
    notices = "  有提醒" if document.notices else ""
    copies = f"  同文另有 {len(document.same_text)} 份" if document.same_text else ""
    return notices + copies + ("，未采用" if copies and not document.preferred else "")


def _document_words(document: DocumentModel) -> str:
    edition = document.edition
    label = f"（{plain(edition.label)}）" if edition and edition.label else ""
    state = f"（{edition.state}）" if edition else ""
    counts = document.counts
    sizes = [f"{counts.articles} 条"] if counts.articles else []
    sizes += [f"{counts.rows} 行"] if counts.rows else [f"{counts.passages} 个片段"]
    return f"{KIND_WORDS.get(document.kind, document.kind)}  {plain(document.title)}{label}{state}  {'，'.join(sizes)}"


def document_lines(document: DocumentTextModel, *, text: bool = True) -> Iterable[str]:
    """A document: what is known about it and how, its versions, what reading it left to say, and its text."""
    yield f"{_document_words(document)}"
    yield from table(
        [("文档", document.id), ("文件", plain(document.name)), *_known_rows(document), *_kept_rows(document)]
    )
    for notice in document.notices:
        yield f"提醒：{plain(notice.message)}"
    if document.cleaned:
        yield "清理：" + "、".join(f"{each.words} {each.count} 处" for each in document.cleaned)
        for each in document.cleaned:
            yield f"    {each.words}：“{shortened(each.original)}”→“{shortened(each.text)}”"
    for other in document.same_text:
        used = "" if document.preferred else "（检索和引用用同文中更好的一份）"
        yield f"同文：《{plain(other.title)}》 {other.id}" + (f"，近似 {other.share:.0%}" if other.share else "") + used
    if text:
        yield ""
        yield plain(document.text)


def _known_rows(document: DocumentTextModel) -> Iterable[tuple[str, str]]:
    """The metadata, each with how it is known."""
    known = document.metadata.model_dump(mode="json")
    for name, words in FIELD_NAMES.items():
        value = known[name]
        shown = KIND_WORDS.get(value, value) if name == "kind" else "、".join(value) if name == "readers" else value
        if name in document.corrected:
            yield words, f"{plain(shown or '（没有）')}（已更正{_who(document, name)}）"
        elif shown:
            yield words, plain(shown) + ("（推断）" if name in document.inferred else "")
    if document.edition is not None:
        yield "今天的状态", document.edition.state
    if document.speakers:
        yield "讲话人", plain("、".join(document.speakers))
    yield from ((words, plain(value)) for words, value in _official(document).items() if value)


def _official(document: DocumentTextModel) -> dict[str, str | None]:
    """What an official document says besides, and the documents that belong with it."""
    whole = document.part_of
    return {
        "主送": document.addressee,
        "附件": "；".join(document.attachments),
        **document.facts,
        "随文": f"《{whole.title}》（{whole.id}）" if whole else None,
        "所附制度": "；".join(f"《{part.title}》（{part.id}）" for part in document.parts),
        "修改": "；".join(map(_amends_words, document.amends)),
        "被修改": "；".join(map(_amended_words, document.amended_by)),
    }


def _who(document: DocumentTextModel, name: str) -> str:
    for each in document.corrections:
        if each.field == name:
            return f"，{each.by} {each.at:%Y-%m-%d}"
    return ""


def _kept_rows(document: DocumentTextModel) -> Iterable[tuple[str, str]]:
    counts = document.counts
    numbers = [f"{counts.articles} 条" if counts.articles else "", f"{counts.rows} 行" if counts.rows else ""]
    yield "篇幅", "，".join([f"{len(document.blocks)} 个段块", *filter(None, numbers), f"{counts.passages} 个片段"])
    for source in document.sources:
        yield "来源", plain(source)
    words = {"current": "当前", "replaced": "已有更新的版本", "removed": "已从资料库移除"}
    for version in document.versions:
        here = "，正在显示" if version.id == document.document_version else ""
        yield "版本 id", f"{version.id}（{words.get(version.state, version.state)}{here}）"


def corrected_lines(document: DocumentModel) -> Iterable[str]:
    """What a document is after a correction."""
    fields = "、".join(FIELD_NAMES.get(name, name) for name in document.corrected)
    yield _document_words(document)
    yield f"更正过的字段：{fields}" if fields else "没有更正过的字段：都是读出的值。"


def _amends_words(one: AmendmentModel) -> str:
    return f"《{one.work}》{'、'.join(one.places)}" + (f"（{one.document.id}）" if one.document else "（不在资料库中）")


def _amended_words(one: AmendmentModel) -> str:
    title = one.document.title if one.document else ""
    return f"《{title}》" + (f"（{one.date}）" if one.date else "") + f"修改{'、'.join(one.places)}"


def report_lines(report: ReportModel) -> Iterable[str]:
    """What an ingest did, file by file; unchanged files only counted."""
    for file in report.files:
        if file.outcome != "unchanged":
            yield from _file_lines(file)
    yield from (f"已移除  {plain(path)}" for path in report.removed)
    counts: dict[str, int] = {}
    for file in report.files:
        counts[file.outcome] = counts.get(file.outcome, 0) + 1
    words = [f"{OUTCOME_WORDS.get(outcome, outcome)} {count}" for outcome, count in counts.items()]
    words += [f"移除 {len(report.removed)}"] if report.removed else []
    if not report.files:
        yield "没有找到可入库的文件。请检查路径；能入库的是 .docx、.doc、.wps、.rtf、.xlsx、.xls、.csv、.pdf、图片、.html、.md 和 .txt 等文件。"
    yield f"共 {len(report.files)} 个文件{'：' if words else ''}{'，'.join(words)}。资料库第 {report.library_revision} 版。"
    if report.cancelled:
        yield "已取消：其余文件没有处理，再次运行会接着做。"


def _file_lines(file: FileReportModel) -> Iterable[str]:
    words = [OUTCOME_WORDS.get(file.outcome, file.outcome), plain(file.path)]
    if file.error is not None:
        yield "  ".join(words)
        yield f"    错误：{plain(file.error.message)}"
        return
    if file.document_id is None:  # skipped, or not reached before the ingest was cancelled
        yield "  ".join(words)
        yield from (f"    提醒：{plain(warning.message)}" for warning in file.warnings)
        return
    facts = [KIND_WORDS.get(file.kind, file.kind) if file.kind else None, file.title, file.edition]
    facts += [str(file.date) if file.date else None, f"{file.articles} 条" if file.articles else None]
    facts += [f"{file.rows} 行" if file.rows else f"{file.passages} 个片段"]
    yield "  ".join([*words, plain(" · ".join(fact for fact in facts if fact))])
    for known, how in ((file.inferred, "由正文推断"), (file.corrected, "按更正")):
        if names := [FIELD_NAMES[name] for name in FIELD_NAMES if name in known]:
            yield f"    {how}：{'、'.join(names)}"
    for warning in file.warnings:
        yield f"    提醒：{plain(warning.message)}"


def rebuilt_lines(done: RebuiltModel) -> Iterable[str]:
    """What a rebuild did."""
    yield f"索引已重建：{done.documents} 份文档，{done.passages} 个片段，用时 {done.seconds:.1f} 秒。"
    if done.reread:
        yield f"其中 {done.reread} 份文档由原件重新读取。"
    for problem in done.problems:
        yield f"提醒：{plain(problem.message)}"
    yield f"向量模型 {done.embedder}；资料库第 {done.library_revision} 版。"


def backup_lines(done: BackupModel) -> Iterable[str]:
    """What a backup holds."""
    yield f"已备份到 {plain(done.path)}（{_size(done.bytes)}）：{done.documents} 份文档，{done.originals} 个原件。"
    yield f"资料库第 {done.library_revision} 版。恢复：youju restore {plain(done.path)} --library <空目录>"
    for digest in done.missing:
        yield f"提醒：原件 {digest} 在资料库里已缺失或损坏，没有备份。请运行 youju doctor 查看是哪份文档。"


def restored_lines(done: RestoredModel) -> Iterable[str]:
    """What was restored."""
    yield f"已恢复到 {plain(done.directory)}：{done.documents} 份文档，{done.passages} 个片段，{done.originals} 个原件。"
    yield f"资料库第 {done.library_revision} 版，备份于 {done.created:%Y-%m-%d %H:%M} UTC。"
    if done.aside:
        yield f"原来的资料库改名为 {plain(done.aside)}。"
    for problem in done.problems:
        yield f"提醒：{plain(problem.message)}"


def _size(count: int) -> str:
    return f"{count / 2**20:.1f} MB" if count >= 2**20 else f"{max(1, count >> 10)} KB"


# ---------------------------------------------------------------- progress


class Bar:
    """A progress bar on stderr with rate and time left; silent unless on a terminal or asked for."""

    def __init__(self, words: str, *, shown: bool, stream: TextIO | None = None) -> None:
        self._words, self._shown, self._stream = words, shown, stream or sys.stderr
        self._bar: Any = None
        self._drawn = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def advance(self, progress: ProgressModel) -> None:
        """Show how far it is: by passages where their number is known, by files otherwise."""
        if not self._shown:
            return
        by_passage = progress.total_passages > 0
        done = progress.done_passages if by_passage else progress.done_files
        total = progress.total_passages if by_passage else progress.total_files
        bar = self._open("片段" if by_passage else "文件", total)
        bar.total = total
        bar.n = min(done, total)
        if progress.total_pages > 1 and progress.current:
            name = progress.current.rpartition("/")[2]
            bar.set_postfix_str(f"{name} 第 {progress.done_pages}/{progress.total_pages} 页", refresh=False)
        elif progress.done_passages and not by_passage:
            bar.set_postfix_str(
                f"{progress.done_passages} 片段，{progress.passages_per_second:.1f} 片段/秒", refresh=False
            )
        if done >= total or time.monotonic() - self._drawn >= DRAW_SECONDS:
            self._drawn = time.monotonic()
            bar.refresh()

    def _open(self, unit: str, total: int) -> Any:
        from tqdm import tqdm

        if self._bar is None:
            layout = "{desc} {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} {unit} {rate_fmt} 剩余 {remaining}{postfix}"
            self._bar = tqdm(total=total, desc=self._words, unit=unit, bar_format=layout, file=self._stream)
        return self._bar


def table(rows: Sequence[tuple[str, str]]) -> Iterable[str]:
    """Two columns, the first padded by what a terminal shows (a Chinese character is two wide)."""
    width = max((_width(name) for name, _ in rows), default=0)
    for name, value in rows:
        yield f"{name}{' ' * (width - _width(name))}  {value}"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
