"""Pages: characters and articles of recognised scans, and text PDFs against the text they were made from."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from PIL.Image import Image

from evals.corpus import CORPUS
from evals.ingestion import printing, typesetting
from evals.ingestion.measure import Figure
from evals.ingestion.typesetting import Text
from ingest.document import ClauseLevel, Structured
from ingest.read.reader import read_bytes
from ingest.structure.structure import structure

_LAYOUTS: dict[str, Callable[[Text], list[Image]]] = {
    "red head": typesetting.red_head,
    "table": typesetting.table,
    "stamped": typesetting.stamped,
}
_PAGES = 10  # of each layout
_PRINTED = 3  # texts in each layout of a printed page, of so many characters: two pages in two columns
_PRINTED_LEAST = 1800
_ARTICLE = re.compile(r"第([一二三四五六七八九十百]+)条")


def measure(out: Path) -> Sequence[Figure]:
    """Render, recognise, compare; then print, read, compare. Every result is written down as soon as it is there."""
    if typesetting.font_file() is None:
        return [Figure("pages", None, remark="没有中文字体（fontconfig 找不到 lang=zh-cn）")]
    out.mkdir(parents=True, exist_ok=True)
    figures: list[Figure] = []
    with (out / "pages.jsonl").open("w", encoding="utf-8") as lines:

        def kept(results: Iterable[_Result]) -> Iterator[_Result]:
            for result in results:
                lines.write(json.dumps(result.row(), ensure_ascii=False) + "\n")
                lines.flush()
                yield result

        figures += _figures("clean", list(kept(_scanned(worn=False))), 0.01)
        figures += _figures("worn", list(kept(_scanned(worn=True))), 0.03)
        figures += _printed_figures(list(kept(_printed())))
    return figures


@dataclass(frozen=True, slots=True)
class _Sample:
    """A text set in a layout: what its pages say, without page numbers and running headers."""

    layout: str
    text: Text

    @property
    def expected(self) -> str:
        head = self.text.issuer + "文件" + self.text.number if self.layout == "red head" else ""
        header = "".join(typesetting.TABLE_HEADER) if self.layout == "table" else ""
        return normal(head + self.text.title + header + "".join(self.text.paragraphs))


@dataclass(frozen=True, slots=True)
class _Result:
    sample: _Sample
    state: str
    pages: int
    errors: int
    articles: int
    recovered: int
    headers: int  # running headers left in the text
    found: str

    def row(self) -> dict[str, object]:
        return {
            "layout": self.sample.layout,
            "title": self.sample.text.title,
            "state": self.state,
            "pages": self.pages,
            "characters": len(self.sample.expected),
            "errors": self.errors,
            "articles": self.articles,
            "recovered": self.recovered,
            "headers": self.headers,
            "expected": self.sample.expected,
            "found": self.found,
        }


def _scanned(*, worn: bool) -> Iterator[_Result]:
    """Texts of each layout until it has its number of pages, recognised."""
    for layout, draw in _LAYOUTS.items():
        left = _PAGES
        for text in texts():
            if left <= 0:
                break
            pages = draw(text)
            left -= len(pages)
            if worn:
                pages = [typesetting.worn(page, index) for index, page in enumerate(pages)]
            yield _read(_Sample(layout, text), "worn" if worn else "clean", typesetting.as_pdf(pages), len(pages))


def _printed() -> Iterator[_Result]:
    """Some texts in each layout of a printed page, with their text layer; nothing without a browser."""
    if browser := printing.browser():
        for layout, page in printing.LAYOUTS.items():
            for text in islice(texts(_PRINTED_LEAST), _PRINTED):
                yield _read(_Sample(layout, text), "printed", printing.printed(browser, page(text)))


def texts(least: int = 900) -> Iterator[Text]:
    """The regulations of the corpus, each from its first article on, whole articles of at least so many characters."""
    for path in sorted((CORPUS / "regulations").glob("*.md")):
        words = path.read_text(encoding="utf-8").partition("---\n")[2]
        front, _, body = words.partition("---\n")
        title = next(line for line in front.splitlines() if line.startswith("title:")).partition(":")[2].strip()
        number = next(iter(re.findall(r"number: (\S+)", front)), "岱钢党发〔2024〕1号")
        paragraphs = [line.strip() for line in body.splitlines() if line.strip() and not line.startswith("#")]
        part: list[str] = []
        for paragraph in paragraphs:
            if _ARTICLE.match(paragraph) and sum(map(len, part)) > least:
                yield Text("中共岱川钢铁集团有限公司委员会", number, title, tuple(part))
                break
            if part or _ARTICLE.match(paragraph):
                part.append(paragraph)


def _read(sample: _Sample, state: str, pdf: bytes, pages: int = 0) -> _Result:
    done = structure(read_bytes(pdf, f"{sample.text.title}.pdf"))
    found = normal(done.document.text)
    expected = articles_of(sample.text.paragraphs)
    recovered = sum(1 for number, parts in expected.items() if _is_recovered(done, number, parts))
    wrong, headers = distance(sample.expected, found), found.count(printing.HEADER)
    return _Result(sample, state, pages, wrong, len(expected), recovered, headers, found)


def articles_of(paragraphs: Sequence[str]) -> dict[str, list[str]]:
    """The paragraphs of each article, by its words: 第十二条."""
    out: dict[str, list[str]] = {}
    words = ""
    for paragraph in paragraphs:
        if found := _ARTICLE.match(paragraph):
            words = found[0]
            out[words] = []
        out[words].append(paragraph)
    return out


def _is_recovered(done: Structured, words: str, paragraphs: Sequence[str]) -> bool:
    """Whether the article is there once, with its text (one character in twenty may be wrong) and its 款 and 项."""
    own = [each for each in done.clauses if str(each.locator).startswith(words)]
    whole = [each for each in own if each.level is ClauseLevel.ARTICLE]
    if len(whole) != 1:
        return False
    expected = normal("".join(paragraphs))
    if distance(expected, normal(whole[0].span.of(done.document.text))) * 20 > len(expected):
        return False
    items = sum(1 for each in paragraphs if re.match(r"（[一二三四五六七八九十]+）", each))
    return items == sum(1 for each in own if each.level is ClauseLevel.ITEM)


def _figures(state: str, results: Sequence[_Result], most: float) -> Iterator[Figure]:
    for layout in (*dict.fromkeys(each.sample.layout for each in results), "all"):
        these = [each for each in results if layout in (each.sample.layout, "all")]
        characters = sum(len(each.sample.expected) for each in these)
        articles = sum(each.articles for each in these)
        wrong = sum(each.errors for each in these) / characters
        recovered = sum(each.recovered for each in these) / articles
        yield Figure(f"{state}, {layout}: wrong characters", wrong, most, at_least=False, n=characters)
        yield Figure(f"{state}, {layout}: articles recovered", recovered, 0.95, n=articles)


def _printed_figures(results: Sequence[_Result]) -> Iterator[Figure]:
    if not results:
        yield Figure("printed", None, remark="没有 Chromium")
        return
    yield from _figures("printed", results, 0.0)
    left = sum(each.headers for each in results)
    yield Figure("printed: running headers left", left, 0, at_least=False, n=len(results))


# ---------------------------------------------------------------- comparing


def normal(text: str) -> str:
    """A text without white space and without the difference between wide and narrow forms."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def distance(expected: str, found: str) -> int:
    """The Levenshtein distance, bit by bit in long integers (Hyyrö, A Bit-Vector Algorithm …, 2003)."""
    if not expected:
        return len(found)
    masks: dict[str, int] = {}
    for index, character in enumerate(expected):
        masks[character] = masks.get(character, 0) | 1 << index
    every, last = (1 << len(expected)) - 1, 1 << (len(expected) - 1)
    up, down, score = every, 0, len(expected)
    for character in found:
        same = masks.get(character, 0)
        here = (((same & up) + up) ^ up) | same | down
        more, less = down | (every & ~(here | up)), here & up
        score += bool(more & last) - bool(less & last)
        more, less = (more << 1 | 1) & every, less << 1 & every
        up, down = less | (every & ~(here | more)), more & here
    return score
