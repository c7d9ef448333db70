"""Word files against an independent reader: every article of LibreOffice's text, and every paragraph, is in ours.

There are no real .rtf and .doc of every feature: the .docx files, converted, must read as they do themselves.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import lxml.html

from evals.ingestion.measure import Figure, shared_data
from ingest.clean import original_of, original_text
from ingest.document import ClauseLevel, Structured
from ingest.errors import YoujuError
from ingest.read.reader import read
from ingest.structure.structure import structure

_TARGET = 0.995
_SECONDS = 600  # for LibreOffice to convert all files; some 7 for 68
_NUMBER = "[一二三四五六七八九十百千零〇○\\d]+"
_ARTICLE = re.compile(rf"第({_NUMBER})条(?:之({_NUMBER}))?(?![\d一二三四五六七八九十、，。；和至的之款项])")
_HEADING = re.compile(rf"第{_NUMBER}[编章节](?=\s|$)|附[件则录表]?\s*\d*[：:]?$|附[件录表]?[一二三四五\d]*[：:]")
_ENDS_AS_TEXT = re.compile(r"[。；：！？.;:!?，,、][”’」』）)】》]*$")
_ITEM = re.compile(r"[（(]|\d")


@dataclass(frozen=True, slots=True)
class Article:
    """An article: its number as printed, and its text without white space."""

    number: str
    text: str


@dataclass
class FileResult:
    """How one file compares; texts are without white space."""

    file: str
    there: int = 0
    equal: int = 0
    equal_when_edits_are_undone: int = 0
    lost: list[str] = field(default_factory=list)  # articles there and not found
    extra: list[str] = field(default_factory=list)  # found and not there
    different: list[dict[str, str]] = field(default_factory=list)
    lost_paragraphs: list[str] = field(default_factory=list)
    error: str = ""
    converted: dict[str, bool] = field(default_factory=dict)  # by old format: whether its blocks are those of the .docx


def measure(out: Path) -> Sequence[Figure]:
    """Read all Word files of the real data and compare; details go to ``out``/files.jsonl."""
    data = shared_data()
    sources = (
        sorted(path for path in (data / "documents").rglob("*") if path.suffix in (".doc", ".docx")) if data else []
    )
    if not sources:
        return [Figure("条文与参照相同", None, _TARGET, remark="没有真实的 Word 文件（YOUJU_SHARED_DATA）")]
    out.mkdir(parents=True, exist_ok=True)
    reason = _convert(sources, out)
    if reason:
        return [Figure("条文与参照相同", None, _TARGET, remark=reason)]
    results = [_compare(path, out) for path in sources]
    with (out / "files.jsonl").open("w", encoding="utf-8") as lines:
        for result in results:
            lines.write(json.dumps(asdict(result), ensure_ascii=False) + "\n")
    return list(_figures(results))


def _figures(results: Sequence[FileResult]) -> Iterator[Figure]:
    there = sum(result.there for result in results)
    equal = sum(result.equal + result.equal_when_edits_are_undone for result in results)
    undone = sum(result.equal_when_edits_are_undone for result in results)
    complete = [not (result.lost or result.extra or result.error) for result in results]
    shown = [f"{result.file}（{result.error}）" for result in results if result.error]
    yield Figure("条目齐全的文件", sum(complete) / len(results), 1.0, n=len(results), remark="；".join(shown))
    remark = f"其中 {undone} 条还原清洗后相同" if undone else ""
    yield Figure("条文与参照相同", equal / there if there else None, _TARGET, n=there, remark=remark)
    yield Figure("缺失的条", float(sum(len(result.lost) for result in results)), 0, at_least=False, n=there)
    for kind in ("doc", "rtf"):
        same = [result.converted[kind] for result in results if kind in result.converted]
        value = sum(same) / len(same) if same else None
        yield Figure(f"由 .docx 转成 .{kind} 后各段相同的文件", value, 1.0, n=len(same))
    paragraphs = sum(len(result.lost_paragraphs) for result in results)
    yield Figure("缺失的段落", float(paragraphs), 0, at_least=False)


# ---------------------------------------------------------------- the reference

_FILTERS = {
    "txt": "txt:Text (encoded):UTF8",
    "html": "html:HTML (StarWriter)",
    "doc": "doc:MS Word 97",
    "rtf": "rtf:Rich Text Format",
}
_WANTED = ((".doc", "txt"), (".doc", "html"), *((".docx", kind) for kind in _FILTERS))


def _reference_of(path: Path, out: Path, kind: str) -> Path:
    """Where LibreOffice's version of a file is kept; a .doc and a .docx may share a name."""
    return out / path.suffix[1:] / f"{path.stem}.{kind}"


def _convert(sources: Sequence[Path], out: Path) -> str:
    """Have LibreOffice convert what it has not yet; says why it could not."""
    for suffix, kind in _WANTED:
        missing = [path for path in sources if path.suffix == suffix and not _reference_of(path, out, kind).exists()]
        if not missing:
            continue
        program = shutil.which("soffice")
        if program is None:
            return "没有 LibreOffice（soffice），无从对照"
        profile = (out / "profile").resolve().as_uri()
        command = [program, f"-env:UserInstallation={profile}", "--headless", "--convert-to", _FILTERS[kind]]
        subprocess.run(
            [*command, "--outdir", str(out / suffix[1:]), *map(str, missing)],
            timeout=_SECONDS,
            check=False,
            capture_output=True,
        )
        lacking = [path.name for path in missing if not _reference_of(path, out, kind).exists()]
        if lacking:
            return f"LibreOffice 没有转换 {len(lacking)} 个文件，如 {lacking[0]}"
    return ""


def _cells(path: Path, out: Path) -> frozenset[str]:
    """The paragraphs in cells of tables, which the text cannot tell from the others."""
    root = lxml.html.fromstring(_reference_of(path, out, "html").read_bytes())
    cells = (cell for name in ("td", "th") for cell in root.iter(name))
    return frozenset(_bare("".join(map(str, p.itertext()))) for cell in cells for p in cell.iter("p"))


def _reference_articles(text: str, cells: frozenset[str]) -> list[Article]:
    """The articles of a text of one paragraph a line: from the line that begins with one as far as its text goes.

    It goes on to the next article, a heading or an annex: to a line that does not end as a sentence or clause does and
    is no item.
    """
    articles: list[Article] = []
    number, lines = "", [""]
    for line in [*map(str.strip, text.splitlines()), "第一章"]:
        match = _ARTICLE.match(line) if _bare(line) not in cells else None
        ends = match or _HEADING.match(line) or (line and not _ENDS_AS_TEXT.search(line) and not _ITEM.match(line))
        if ends and number:
            articles.append(Article(number, _bare("".join(lines))))
            number = ""
        if match:
            number, lines = _bare(match[0]), []
        lines.append(line)
    return articles


def _bare(text: str) -> str:
    """A text without any white space or what is not seen."""
    return re.sub(r"[\s\u200b-\u200f\u2028-\u202e\u2060\ufeff\xad]+", "", text)


# ---------------------------------------------------------------- ours against it


def _compare(path: Path, out: Path) -> FileResult:
    result = FileResult(path.name)
    reference = _reference_of(path, out, "txt").read_text(encoding="utf-8-sig")
    there = _reference_articles(reference, _cells(path, out))
    result.there = len(there)
    try:
        ours = structure(read(path))
    except YoujuError as error:
        result.error = str(error)
        result.lost = [article.number for article in there]
        return result
    found = list(_our_articles(ours))
    counted = Counter(article.number for article, _ in found)
    wanted = Counter(article.number for article in there)
    result.lost = sorted((wanted - counted).elements())
    result.extra = sorted((counted - wanted).elements())
    _compare_articles(result, there, found)
    if path.suffix == ".docx":
        result.converted = {kind: _is_read_alike(ours, _reference_of(path, out, kind)) for kind in ("doc", "rtf")}
    whole = _bare(original_text(ours.document.text, ours.document.edits)) + _bare(ours.document.text)
    result.lost_paragraphs = [line for line in map(_bare, reference.splitlines()) if line not in whole]
    return result


def _is_read_alike(ours: Structured, converted: Path) -> bool:
    """Whether another reader makes the same blocks of the file in an old format, as LibreOffice writes it."""
    try:
        other = read(converted)
    except YoujuError:
        return False
    return [(block.kind, block.span.of(other.text)) for block in other.blocks] == [
        (block.kind, block.span.of(ours.document.text)) for block in ours.document.blocks
    ]


def _our_articles(ours: Structured) -> Iterator[tuple[Article, str]]:
    """The articles found, each with its text before cleaning."""
    document = ours.document
    for clause in ours.clauses:
        if clause.level is ClauseLevel.ARTICLE:
            text = clause.span.of(document.text)
            match = _ARTICLE.match(text)
            number = _bare(match[0]) if match else str(clause.locator)
            yield Article(number, _bare(text)), _bare(original_of(document.text, document.edits, clause.span))


def _compare_articles(result: FileResult, there: Sequence[Article], found: Sequence[tuple[Article, str]]) -> None:
    """Count the articles whose text is equal; each of ours is used once, in order."""
    rest = list(found)
    for article in there:
        at = next((index for index, (ours, _) in enumerate(rest) if ours.number == article.number), None)
        if at is None:
            continue
        ours, original = rest.pop(at)
        if ours.text == article.text:
            result.equal += 1
        elif original == article.text:
            result.equal_when_edits_are_undone += 1
        else:
            result.different.append({"article": article.number, "reference": article.text, "ours": ours.text})
