"""Real input, taken up as it is: laws in several editions, official files, a scraped report. Skipped where absent."""

import json
import os
import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from app.assistant import Assistant
from app.main import Opened, opened
from app.model import Answer, AnswerStatus
from app.settings import Settings
from ingest.build import ingest_paths
from ingest.clean import original_of
from ingest.document import LOCAL, ClauseLevel, DocumentKind, EditionState, Structured, chinese_number
from ingest.read.reader import is_document, read
from ingest.structure.structure import structure

REPOSITORY = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("YOUJU_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))
LAWS, OFFICIAL, SEEDS = DATA / "laws_versions", DATA / "documents", DATA.parent / "seeds"

needs_laws = pytest.mark.skipif(not LAWS.is_dir(), reason=f"no real laws at {LAWS}")
needs_official = pytest.mark.skipif(not OFFICIAL.is_dir(), reason=f"no official files at {OFFICIAL}")
needs_seeds = pytest.mark.skipif(not SEEDS.is_dir(), reason=f"no scraped report at {SEEDS}")

# Two of the shortest laws, each with two editions and an article whose text changed.
ASKED = {"档案法": 10, "反不正当竞争法": 9}


def manifest() -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads((LAWS / "manifest.json").read_text(encoding="utf-8"))
    return entries


def editions(law: str) -> list[dict[str, Any]]:
    """The last two editions of a law, the earlier one first (the end of one without its successor would be unknown)."""
    found = [entry for entry in manifest() if entry["law"] == law]
    return sorted(found, key=lambda entry: str(entry["effective"]))[-2:]


@cache
def structured(path: Path) -> Structured:
    return structure(read(path))


def check_spans(one: Structured) -> None:
    """Passages and clauses lie in the text, in order, and hold words."""
    text = one.document.text
    assert one.passages
    for span in [passage.span for passage in one.passages] + [clause.span for clause in one.clauses]:
        assert 0 <= span.start < span.end <= len(text)
        assert span.of(text).strip()
    assert [passage.span for passage in one.passages] == sorted(passage.span for passage in one.passages)


# ---------------------------------------------------------------- laws


@needs_laws
def test_every_edition_of_every_law_has_the_articles_of_the_manifest() -> None:
    entries = manifest()
    assert len({entry["law"] for entry in entries}) == 11
    for entry in entries:
        one = structured(LAWS / entry["file"])
        check_spans(one)
        articles = [clause for clause in one.clauses if clause.level is ClauseLevel.ARTICLE]
        assert len(articles) == entry["articles"], entry["file"]
        assert one.kind is DocumentKind.REGULATION
        assert one.metadata.effective_from == date.fromisoformat(entry["effective"]), entry["file"]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """Two editions each of two laws, and the scraped report, in a library with the packaged model."""
    paths = [LAWS / entry["file"] for law in ASKED for entry in editions(law)] if LAWS.is_dir() else []
    paths += [SEEDS] if SEEDS.is_dir() else []
    with opened(Settings(library=tmp_path_factory.mktemp("real") / "库")) as it:
        report = ingest_paths(it.library, paths)
        assert [file.error for file in report.files if file.error] == []
        yield it


def asked(it: Opened, question: str, on: date | None = None) -> Answer:
    assistant: Assistant = it.assistant
    return assistant.answer(question, caller=LOCAL, as_of=on)


def article_of(path: Path, number: int) -> str:
    """The article as it stands in the file: from its number to the next one, by lines."""
    lines = [line.strip(" -").replace("**", "") for line in path.read_text(encoding="utf-8").splitlines()]
    start = next(n for n, line in enumerate(lines) if re.match(rf"第{chinese_number(number)}条\s", line))
    after = re.compile(rf"第{chinese_number(number + 1)}条\s|#")
    end = next(n for n, line in enumerate(lines) if n > start and after.match(line))
    return "".join("".join(lines[start:end]).split())


@needs_laws
@pytest.mark.parametrize(("law", "number"), ASKED.items())
def test_an_article_looked_up_before_and_after_an_amendment_is_that_of_its_day(
    library: Opened, law: str, number: int
) -> None:
    for place, entry in enumerate(editions(law)):
        begins = date.fromisoformat(entry["effective"])
        days = [begins, begins + timedelta(days=30)]
        if place == 0:
            days.append(date.fromisoformat(editions(law)[1]["effective"]) - timedelta(days=1))
        for day in days:
            answer = asked(library, f"《{law}》第{chinese_number(number)}条的内容是什么？", day)
            (citation,) = answer.citations
            assert citation.evidence is not None
            assert citation.evidence.state is EditionState.IN_FORCE, (law, day)
            assert citation.evidence.locator.article == number
            assert "".join(citation.evidence.quote.split()) == article_of(LAWS / entry["file"], number), (law, day)


@needs_laws
def test_an_article_is_found_by_its_number_in_either_script_and_by_the_full_title(library: Opened) -> None:
    day = date(2022, 1, 1)
    answers = [
        asked(library, question, day)
        for question in ("《中华人民共和国档案法》第十条", "档案法第10条怎么规定", "《档案法》第 10 条全文")
    ]
    assert len({answer.text for answer in answers}) == 1
    assert answers[0].status is AnswerStatus.ANSWERED


@needs_laws
def test_an_article_a_law_does_not_have_is_refused(library: Opened) -> None:
    answer = asked(library, "《档案法》第九十九条", date(2022, 1, 1))
    assert answer.status is AnswerStatus.REFUSED
    assert not answer.citations


# ---------------------------------------------------------------- official files


@needs_official
@pytest.mark.parametrize("folder", ["docx", "md"])
def test_official_files_are_read_and_structured(folder: str) -> None:
    paths = [path for path in sorted((OFFICIAL / folder).iterdir()) if is_document(path)]
    assert len(paths) > 40
    for path in paths:
        check_spans(structured(path))


# ---------------------------------------------------------------- the scraped report


@needs_seeds
def test_the_scraped_report_is_clean_and_shows_the_characters_it_came_with() -> None:
    (path,) = SEEDS.glob("*.txt")
    one = structured(path)
    check_spans(one)
    text, edits = one.document.text, one.document.edits
    assert not re.search(r"[(（][a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ]+[)）]", text)
    assert not re.search("[黨總經發責題會與務]", text)
    start = text.index("总经理")
    span = next(passage.span for passage in one.passages if passage.span.start <= start < passage.span.end)
    assert "總經(jīng)理" in original_of(text, edits, span)
    for passage in one.passages:
        original = original_of(text, edits, passage.span)
        assert "".join(original.split()) in "".join(path.read_text(encoding="utf-8").split())


@needs_seeds
@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("深化整改专题会由谁主持？", ["汪震主持会议"]),
        ("哪六家单位作了经验交流分享？", ["运行中心工序支持室", "装备部", "太钢鑫海6家单位"]),
        ("巡前培训要解决什么问题，怎么解决？", ["菜单式供给", "针对性不强、积极性不高、作用性不大"]),
        ("2024年第二轮巡察继续采用哪两种巡察方式？", ["常规巡", "提级巡"]),
    ],
)
def test_questions_on_the_report_are_answered_from_its_words(library: Opened, question: str, words: list[str]) -> None:
    answer = asked(library, question)
    quoted = "\n".join(citation.evidence.quote for citation in answer.citations if citation.evidence)
    assert [word for word in words if word not in quoted] == []


@needs_seeds
@pytest.mark.parametrize("question", ["2024年第二轮巡察组组长是谁？", "2024年第一轮巡察发现了多少个问题？"])
def test_what_the_report_does_not_say_is_refused(library: Opened, question: str) -> None:
    answer = asked(library, question)
    assert answer.status is AnswerStatus.REFUSED
    assert not answer.statements


@needs_seeds
@pytest.mark.parametrize("name", ["太钢", "太鋼"])
def test_a_name_finds_the_report_in_either_script(library: Opened, name: str) -> None:
    found = library.assistant.search(f"{name}深化整改", caller=LOCAL, k=3)
    assert found.hits[0].title == "太钢党委召开深化整改专题会"
