"""A spreadsheet of questions and the sources they should be answered from → a gold file, for an office's own library."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path

from app.main import opened
from app.model import Filters, Query
from app.retrieve import places
from app.settings import Settings
from app.understand import understand
from evals.dataset import GoldError, Question, Target
from evals.gold_run import called
from evals.judge import locate
from ingest.catalogue import DocumentRecord, Snapshot
from ingest.document import LOCAL, EditionState

COLUMNS: Mapping[str, Sequence[str]] = {
    "id": ("编号", "序号", "题号", "id"),
    "question": ("问题", "提问", "题目", "问句", "question"),
    "source": ("应引来源", "依据文件", "来源", "依据", "文件", "制度名称", "source"),
    "place": ("条款", "位置", "条文", "条款号", "place"),
    "quote": ("原文", "引文", "依据原文", "原文内容", "quote"),
    "as_of": ("日期", "提问日期", "截至日期", "时点", "as_of"),
    "refuse": ("应拒答", "拒答", "无依据", "refuse"),
}
"""What a column holds, by the headings people give it."""
YES, NO = ("是", "√", "✓", "1", "true", "yes", "y", "应拒答", "拒答"), ("", "否", "×", "0", "false", "no", "n")
_HEADING_ROWS = 10
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:\s+00:00(?::00)?)?$")


class SheetError(Exception):
    """A spreadsheet that cannot be used: every problem with file, row and column."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))


@dataclass(frozen=True, slots=True)
class Row:
    """A row with its number and the cells of the columns that are known, by what they hold."""

    number: int
    cells: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.cells.get(name, "")


@dataclass
class Sheet:
    """The rows below the headings, the headings as they are written, and the problems found so far."""

    name: str
    rows: Sequence[Row]
    headings: Mapping[str, str]
    problems: list[str] = field(default_factory=list)

    def wrong(self, row: Row, column: str, words: str) -> None:
        """Note a problem."""
        self.problems.append(f"{self.name} 第{row.number}行 {self.headings.get(column, COLUMNS[column][0])}: {words}")


Find = Callable[[str, str, str, date | None], Target]
"""(source, place, quotation, day) → the target; ValueError says what is not there."""


# ---------------------------------------------------------------- reading


def read_sheet(path: Path) -> Sheet:
    """The first sheet of a workbook, or a file of separated values; SheetError when it cannot be read."""
    grid = list(_workbook(path) if path.suffix.lower() in (".xlsx", ".xlsm") else _separated(path))
    for at, (_, cells) in enumerate(grid[:_HEADING_ROWS]):
        columns = _columns(cells)
        if "question" in columns:
            rows = [
                Row(number, {name: below[place] for name, place in columns.items() if place < len(below)})
                for number, below in grid[at + 1 :]
            ]
            return Sheet(
                path.name, [row for row in rows if any(row.cells.values())], {n: cells[c] for n, c in columns.items()}
            )
    known = "；".join("、".join(names) for names in COLUMNS.values())
    raise SheetError([f"{path.name}: 前 {_HEADING_ROWS} 行里没有“问题”一列。认识的列名：{known}"])


def _columns(cells: Sequence[str]) -> dict[str, int]:
    plain = [re.sub(r"[\s*（(].*$|\s", "", cell).lower() for cell in cells]
    return {
        name: next(plain.index(word) for word in words if word in plain)
        for name, words in COLUMNS.items()
        if any(word in plain for word in words)
    }


def _workbook(path: Path) -> Iterator[tuple[int, list[str]]]:
    import openpyxl

    from ingest.read.xlsx import cell_text

    try:
        book = openpyxl.load_workbook(path, data_only=True)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise SheetError([f"{path}: 打不开这个表格（{error}）"]) from error
    for number, row in enumerate(book.worksheets[0].iter_rows(), 1):
        yield number, [cell_text(cell).strip() for cell in row]


def _separated(path: Path) -> Iterator[tuple[int, list[str]]]:
    from ingest.errors import YoujuError
    from ingest.read.decode import decode

    try:
        text = decode(path.read_bytes(), path.name).text
        reader = csv.reader(
            io.StringIO(text, newline=""), delimiter="\t" if text.count("\t") > text.count(",") else ","
        )
        start = 1
        for cells in reader:
            yield start, [cell.strip() for cell in cells]
            start = reader.line_num + 1
    except (OSError, csv.Error, YoujuError) as error:
        raise SheetError([f"{path}: 读不出来（{error}）"]) from error


# ---------------------------------------------------------------- questions


def questions_of(sheet: Sheet, find: Find) -> list[Question]:
    """The questions; a row with a source but no question adds one more needed place to the question above.

    SheetError tells every problem of the sheet.
    """
    out: list[Question] = []
    for row in sheet.rows:
        if not row["question"] and not out:
            sheet.wrong(row, "question", "是空的")
            continue
        question = _question(sheet, row) if row["question"] else out.pop()
        out.append(replace(question, needs=(*question.needs, *_needs(sheet, row, question, find))))
    for question in out:
        if question.kind != "none" and not question.needs and not sheet.problems:
            sheet.problems.append(f"{sheet.name}: “{question.text}”没有应引来源，也没有标明应拒答")
    if len({question.id for question in out}) < len(out):
        sheet.problems.append(f"{sheet.name}: {sheet.headings.get('id', '编号')}有重复")
    if not out:
        sheet.problems.append(f"{sheet.name}: 没有问题")
    if sheet.problems:
        raise SheetError(sheet.problems)
    return out


def _question(sheet: Sheet, row: Row) -> Question:
    refuse = row["refuse"].lower() in YES
    if not refuse and row["refuse"].lower() not in NO:
        sheet.wrong(row, "refuse", f"应写是或否，不是“{row['refuse']}”")
    if refuse and (row["source"] or row["quote"]):
        sheet.wrong(row, "refuse", "应拒答的问题不能有应引来源")
    kind = "none" if refuse else "content"
    return Question(row["id"] or f"q-{row.number}", kind, row["question"], _day(sheet, row))


def _day(sheet: Sheet, row: Row) -> date | None:
    if not row["as_of"]:
        return None
    if found := _DAY.match(row["as_of"]):
        try:
            return date(*map(int, found.groups()))
        except ValueError:
            pass
    sheet.wrong(row, "as_of", f"“{row['as_of']}”不是有效的日期，应写成 2024-07-01 这样")
    return None


def _needs(sheet: Sheet, row: Row, question: Question, find: Find) -> tuple[tuple[Target, ...], ...]:
    if question.kind == "none":
        return ()
    if not row["source"]:
        sheet.wrong(row, "source", "是空的；库里没有依据的问题请在“应拒答”写“是”")
        return ()
    if not row["place"] and not row["quote"]:
        sheet.wrong(row, "quote", "要写条款（如 第十二条第二款）或者原文")
        return ()
    try:
        return ((find(row["source"], row["place"], row["quote"], question.as_of),),)
    except ValueError as error:
        sheet.wrong(row, "place" if row["place"] else "quote", str(error))
        return ()


# ---------------------------------------------------------------- places


def as_written(source: str, place: str, quote: str, day: date | None) -> Target:
    """Without a library a place is found by its words alone."""
    if not quote:
        raise ValueError(f"只写了“{place}”：要么写出原文，要么用 --library 指明资料库，由它取出条文")
    return Target(source.strip("《》"), quote)


def in_library(snapshot: Snapshot, today: date) -> Find:
    """Looks places up in a library: the clause in force on the day, or the words where they stand."""
    records = snapshot.documents(LOCAL)

    def find(source: str, place: str, quote: str, day: date | None) -> Target:
        name = source.strip().strip("《》")
        if place:
            return _clause(snapshot, records, name, place, _read(snapshot, f"《{name}》{place}", today, day))
        return _quoted(snapshot, _named(snapshot, records, name, today, day), name, quote)

    return find


def _read(snapshot: Snapshot, words: str, today: date, day: date | None) -> Query:
    return understand(words, snapshot, today=today, as_of=day, filters=Filters(), caller=LOCAL)


def _clause(snapshot: Snapshot, records: Sequence[DocumentRecord], name: str, place: str, query: Query) -> Target:
    found = places(query, snapshot, LOCAL)
    if not found:
        raise ValueError(f"资料库里没有找到《{name}》{place}（按 {query.as_of} 有效的版本）")
    at = found[0]
    record = next(one for one in records if one.version_id == at.version_id)
    locator = at.clause.locator
    quote = at.clause.span.of(snapshot.text(at.version_id))
    return Target(_called(record), quote, locator.article, locator.article_suffix, locator.paragraph, locator.item)


def _named(
    snapshot: Snapshot, records: Sequence[DocumentRecord], name: str, today: date, day: date | None
) -> list[DocumentRecord]:
    """The documents of this title or file name; of a work those in force on the day come first."""
    editions = {
        version.version_id: version.state(on=day or today)
        for work in snapshot.resolve_work(name)
        for version in snapshot.editions(work.id)
    }
    files = [{Path(source.location).name for source in record.sources} for record in records]
    found = [
        record
        for record, names in zip(records, files, strict=True)
        if record.version_id in editions
        or name == record.title
        or any(name in (file, Path(file).stem) for file in names)
    ]
    return sorted(found, key=lambda record: str(editions.get(record.version_id, "")) != EditionState.IN_FORCE)


def _quoted(snapshot: Snapshot, records: Sequence[DocumentRecord], name: str, quote: str) -> Target:
    if not records:
        raise ValueError(f"资料库里没有“{name}”")
    for record in records:
        target = Target(_called(record), quote)
        if locate(target, {target.document: (record.version_id, snapshot.text(record.version_id))}):
            return target
    raise ValueError(f"在“{name}”里没有找到这段原文：{quote[:30]}")


def _called(record: DocumentRecord) -> str:
    return called(record.sources[0].location)


# ---------------------------------------------------------------- writing


def gold_text(questions: Sequence[Question]) -> str:
    """The lines of a gold file."""
    return "".join(json.dumps(_as_row(question), ensure_ascii=False) + "\n" for question in questions)


def _as_row(question: Question) -> dict[str, object]:
    row: dict[str, object] = {"id": question.id, "kind": question.kind, "question": question.text}
    if question.as_of:
        row["as_of"] = question.as_of.isoformat()
    needs = [[{k: v for k, v in asdict(target).items() if v is not None} for target in need] for need in question.needs]
    return row | {"needs": needs}


def import_sheet(sheet: Path, out: Path, settings: Settings | None) -> Path:
    """Make a gold file in ``out`` from a spreadsheet; with ``settings`` its places are looked up in their library.

    SheetError tells everything that is wrong with the sheet, GoldError when the file cannot be written.
    """
    read = read_sheet(sheet)
    if settings is None:
        questions = questions_of(read, as_written)
    else:
        with opened(settings, create=False, say=print) as it, it.library.snapshot() as snapshot:
            questions = questions_of(read, in_library(snapshot, settings.clock.today()))
    path = out / f"{sheet.stem}.jsonl"
    try:
        out.mkdir(parents=True, exist_ok=True)
        path.write_text(gold_text(questions), encoding="utf-8")
    except OSError as error:
        raise GoldError(f"{path}: 写不了（{error.strerror}）") from error
    refused = sum(question.kind == "none" for question in questions)
    print(f"{len(questions)} 题（其中应拒答 {refused} 题）已写入 {path}")
    return path
