"""The nine invariants of the design, each through the whole line: files, a real library, the packaged model, answers.

For each: the tests here, and where the finer ones are.

| invariant | here | elsewhere under tests/ |
|---|---|---|
| 1 spans are the text; the original's characters can be shown | every_span, every_block, the_characters | ingest/structure/test_structure.py, test_regulation_property.py, ingest/test_clean.py, ingest/read/: properties; app/api/test_ask.py |
| 2 verbatim is verbatim; what does not hold is not cited | a_verbatim_statement, the_gate, evidence_the_gate_drops | app/answering/test_assistant.py |
| 3 the edition in force on the day; unknown is not in force | on_every_day, an_unknown_end, a_superseded_text | ingest/test_catalogue.py, ingest/test_library.py, test_real_data.py |
| 4 counts from the ledger; uncovered is refused | every_count, what_no_ledger_covers | ingest/test_catalogue.py, app/answering/test_findings.py |
| 5 never half-updated | an_answer_reads | ingest/test_crash.py (kill -9 at every step), ingest/test_library.py, app/api/test_ask.py |
| 6 the index knows what made it; the command mends it | another_models_index | ingest/test_library.py, ingest/test_crash.py (rebuild), app/test_cli.py |
| 7 what one may not read is as if absent | as_if_absent, no_word, in_no_list, a_stored_answer | ingest/test_catalogue.py, app/api/test_security.py |
| 8 the same question, the same evidence | the_same_question | ingest/test_vectors.py, ingest/test_lexical.py (ties), app/api/test_ask.py (twenty at once) |
| 9 no network | no_process_reaches | ingest/test_embed.py, app/test_cli.py and app/api/test_ask.py (no torch) |
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from app.answer.cite import evidence
from app.answer.verify import holds
from app.api.answers import answer as stored_answer
from app.api.schema import wire
from app.cli import main
from app.main import Opened, opened, parts_of
from app.model import Answer, AnswerStatus, CitationKind, Evidence, Filters, Intent, Query
from app.settings import Settings
from ingest.build import ingest_paths
from ingest.clean import original_of
from ingest.document import LOCAL, Caller, DocumentKind, EditionState
from ingest.errors import NotFoundError
from ingest.library import Library
from tests.ingest.hashing import HashingEmbedder, take_up

ROOT = Path(__file__).resolve().parents[1]
TODAY = date(2025, 6, 1)
OUTSIDER = Caller("乙", frozenset({"巡察办"}))
INSIDER = Caller("甲", frozenset({"纪委"}))


# ---------------------------------------------------------------- the files


def rule(title: str, articles: list[str], **front: str) -> str:
    lines = "\n".join(f"{name}: {value}" for name, value in {"title": title, "kind": "regulation", **front}.items())
    numbers = "一二三四五六七八九十"
    return f"---\n{lines}\n---\n" + "\n\n".join(f"第{numbers[n]}条　{words}" for n, words in enumerate(articles)) + "\n"


def inspection(period: str, approver: str, **front: str) -> str:
    return rule(
        "岱川集团巡察工作办法",
        [
            "为了规范巡察工作，制定本办法。",
            "有下列情形之一的，可以开展提级巡察：\n\n（一）问题线索集中的；\n\n（二）整改不力的；\n\n（三）集团党委认为有必要的。"
            f"\n\n提级巡察由{approver}批准。但情况紧急的，可以先行开展、后补手续。",
            f"被巡察单位应当在收到反馈意见之日起{period}内完成集中整改。",
        ],
        **front,
    )


def rows_of(place: str, count: int, first: int = 0) -> list[dict[str, str]]:
    units, categories, states = ("炼钢二厂", "动力厂", "线材厂"), ("招标采购", "财务资产"), ("已完成", "整改中")
    return [
        {
            "编号": f"{place}-{n:03}",
            "轮次": {"2023-2": "2023年第二轮", "2024-1": "2024年第一轮"}[place],
            "被巡察单位": units[(n + first) % len(units)],
            "问题类别": categories[n % len(categories)],
            "问题描述": f"第{n}号事项未按规定履行程序",
            "整改期限": "2025-03-31",
            "整改状态": states[n // 3 % len(states)],
        }
        for n in range(1, count + 1)
    ]


# More rows of one condition than any passage search returns.
ROWS = [*rows_of("2023-2", 31), *(row for row in rows_of("2024-1", 35, 1) if row["被巡察单位"] != "线材厂")]


def table(rows: list[dict[str, str]]) -> str:
    return "\n".join(",".join(row) for row in ([*rows[0]], *(row.values() for row in rows))) + "\n"


OPEN_FILES = {
    "巡察工作办法2018.md": inspection("一个月", "巡察办", edition="2018年印发", effective_from="2018-05-01"),
    "巡察工作办法2021.md": inspection("二个月", "领导小组", edition="2021年修订", effective_from="2021-03-15"),
    "巡察工作办法2024.md": inspection("三个月", "集团党委", edition="2024年修订", effective_from="2024-07-01"),
    # Superseded by its own word, and by a text the library does not have: nobody knows when it ended.
    "采购管理办法2019.md": rule(
        "岱川集团采购管理办法",
        ["采购金额在五十万元以上的，应当公开招标。"],
        edition="2019年印发",
        effective_from="2019-01-01",
        status="已修改",
    ),
    "接待管理规定.md": rule(
        "岱川集团公务接待管理规定",
        ["公务接待实行工作餐制度，不得饮酒。"],
        edition="2016年印发",
        effective_from="2016-01-01",
        effective_to="2022-12-31",
    ),
    "档案管理办法.md": rule("岱川集团档案管理办法", ["巡察档案由巡察办保管十年。"], effective_from="2020-01-01"),
    # A page that went through a converter: its words are restored, the original is kept.
    "整改推進會.txt": (
        "岱川集團召開整改推進會\n2024年9月20日,岱川集團總經(jīng)理、黨委副書記周明遠出席會議并講話。"
        "黨委副書記羅德昌主持會議。公司各職能業(yè)務(wù)部門主要負責(zé)人參加會議。\n"
        "周明遠強調(diào),一是要壓實責(zé)任,整改方案應(yīng)當(dāng)在十五日內(nèi)報送。二是要舉一反三,防止同類問題再次發(fā)生。\n"
    ),
    "台账.csv": table(ROWS),
}

HIDDEN = "readers: [纪委]\n"
SECRET_FILES = {
    "线索处置办法.md": rule(
        "岱川集团线索处置办法", ["线索由纪委统一受理。"], readers="[纪委]", effective_from="2020-01-01"
    ),
    # It would be the edition in force, and repeal another work, for those who may read it.
    "巡察工作办法2025.md": inspection(
        "六个月", "董事会", edition="2025年修订", effective_from="2025-05-01", readers="[纪委]"
    ),
    "废止通知.md": "---\ntitle: 关于废止岱川集团档案管理办法的通知\nkind: regulation\nissued: 2025-01-02\nreaders: [纪委]\n---\n"
    "经研究，决定自2025年1月10日起废止《岱川集团档案管理办法》。\n",
    "专题会.md": "---\ntitle: 关于特钢四厂线索的专题会议纪要\nkind: meeting\ndate: 2024-05-06\nreaders: [纪委]\n---\n"
    "钱三省指出，特钢四厂设备处虚列检修费的线索由专案组核查。\n\n会议决定对《岱川集团线索处置办法》（以下简称《处置法》）进行培训。\n",
    "涉密台账.csv": table(
        [
            {**row, "被巡察单位": unit, "轮次": turn, "编号": f"S-{n}"}
            for n, (row, unit, turn) in enumerate(
                zip(
                    ROWS,
                    ["特钢四厂", "动力厂", "特钢四厂"],
                    ["2025年第二轮", "2024年第一轮", "2024年第一轮"],
                    strict=False,
                )
            )
        ]
    ),
    "涉密台账.csv.yaml": HIDDEN,
}
SECRET_WORDS = (
    "线索处置",
    "特钢四厂",
    "钱三省",
    "专案组",
    "董事会",
    "六个月",
    "2025年第二轮",
    "处置法",
    "废止通知",
    "S-",
)


def written(folder: Path, files: dict[str, str]) -> Path:
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What everybody may read."""
    return written(tmp_path_factory.mktemp("资料") / "公开", OPEN_FILES)


@pytest.fixture(scope="module")
def it(files: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """A library of what everybody may read."""
    with opened(Settings(library=tmp_path_factory.mktemp("公开库") / "库")) as opened_library:
        report = ingest_paths(opened_library.library, [files])
        assert [file.error for file in report.files if file.error] == []
        yield opened_library


@pytest.fixture(scope="module")
def full(files: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """A library of the same and of what only 纪委 may read."""
    secret = written(tmp_path_factory.mktemp("资料") / "涉密", SECRET_FILES)
    with opened(Settings(library=tmp_path_factory.mktemp("全库") / "库")) as opened_library:
        report = ingest_paths(opened_library.library, [files, secret])
        assert [file.error for file in report.files if file.error] == []
        yield opened_library


QUESTIONS = (
    "《岱川集团巡察工作办法》第二条",
    "巡察工作办法第三条规定了什么",
    "提级巡察适用于哪些情形？",
    "提级巡察由谁批准？",
    "集中整改应当在多长时间内完成？",
    "修订前的巡察工作办法规定集中整改期限是多久？",
    "采购金额多少以上应当公开招标？",
    "公务接待可以饮酒吗？",
    "巡察档案由谁保管多少年？",
    "整改推进会由谁主持？",
    "周明远在整改推进会上强调了什么？",
    "2024年第一轮发现问题多少个？涉及哪些单位？",
    "动力厂2023年第二轮招标采购方面的问题有哪些？",
    "食堂几点开饭？",
)


def asked(it: Opened, question: str, caller: Caller = LOCAL, on: date = TODAY) -> Answer:
    return it.assistant.answer(question, caller=caller, as_of=on)


def shown(answer: Answer) -> list[Evidence]:
    """Every piece of evidence an answer shows anywhere."""
    cited = [citation.evidence for citation in answer.citations if citation.evidence is not None]
    return [*cited, *answer.evidence, *answer.related]


# ---------------------------------------------------------------- 1


def test_every_span_an_answer_or_a_search_shows_is_the_text_of_its_version(it: Opened) -> None:
    seen = 0
    with it.library.snapshot() as snapshot:
        for question in QUESTIONS:
            answer = asked(it, question)
            found = it.assistant.search(question, caller=LOCAL, as_of=TODAY)
            for one in [*shown(answer), *found.hits]:
                version = snapshot.version(one.version_id, LOCAL)
                assert version is not None
                assert version.text[one.span.start : one.span.end] == one.quote
                assert one.quote.strip()
                seen += 1
            model = wire(answer)
            for statement in model.statements:
                assert model.text[statement.start : statement.end] == statement.text
            for citation in model.citations:
                if citation.kind == "span":
                    text = snapshot.text(str(citation.document_version))
                    assert text[citation.start : citation.end] == citation.quote
    assert seen > 100


def test_every_block_passage_clause_and_row_of_every_document_lies_in_its_text(full: Opened) -> None:
    with full.library.snapshot() as snapshot:
        for record in snapshot.documents(LOCAL):
            version = snapshot.version(record.version_id, LOCAL)
            assert version is not None
            ends = 0
            for block in version.blocks:
                assert ends <= block.span.start < block.span.end <= len(version.text)
                ends = block.span.end
            for passage in snapshot.passages_of(record.version_id):
                assert 0 <= passage.span.start < passage.span.end <= len(version.text)
            for clause in snapshot.clauses(record.version_id):
                assert 0 <= clause.span.start < clause.span.end <= len(version.text)
        for row in snapshot.findings(LOCAL):
            text = snapshot.text(row.id.rpartition(":")[0])
            assert row.description in row.span.of(text)


def test_the_characters_of_the_original_can_be_shown_for_a_quotation_that_was_cleaned(it: Opened) -> None:
    answer = asked(it, "整改推进会由谁主持？")
    (one,) = [one for one in answer.evidence if "罗德昌" in one.quote]
    raw = OPEN_FILES["整改推進會.txt"]
    with it.library.snapshot() as snapshot:
        version = snapshot.version(one.version_id, LOCAL)
        assert version is not None
        original = original_of(version.text, version.edits, one.span)
        assert "羅德昌主持會議" in original
        assert original in raw
        opening = next(p for p in snapshot.passages_of(one.version_id) if "总经理" in p.span.of(version.text))
        assert "總經(jīng)理" in original_of(version.text, version.edits, opening.span)


# ---------------------------------------------------------------- 2


def test_a_verbatim_statement_is_exactly_the_words_of_its_citation(it: Opened) -> None:
    verbatim = 0
    for question in QUESTIONS:
        answer = asked(it, question)
        by_number = {citation.n: citation for citation in answer.citations}
        for statement in answer.statements:
            assert statement.citations
            assert set(statement.citations) <= set(by_number)
            if statement.verbatim:
                verbatim += 1
                assert {by_number[n].kind for n in statement.citations} == {CitationKind.SPAN}
                assert statement.text in [e.quote for n in statement.citations if (e := by_number[n].evidence)]
            else:
                assert {by_number[n].kind for n in statement.citations} == {CitationKind.QUERY}
        used = {n for statement in answer.statements for n in statement.citations}
        assert used == set(by_number)
    assert verbatim > 10


def query_on(day: date, **more: Any) -> Query:
    return Query(text="问", standalone="问", as_of=day, as_of_given=True, intent=Intent.OPEN, **more)


def test_the_gate_lets_only_exact_words_of_readable_usable_texts_through(full: Opened) -> None:
    day = date(2024, 8, 1)
    answer = asked(full, "提级巡察由谁批准？", OUTSIDER, day)
    good = answer.evidence[0]
    with full.library.snapshot() as snapshot:
        assert holds(good, query_on(day), snapshot, OUTSIDER)
        for changed in (
            replace(good, quote=good.quote.replace("集团党委", "集团纪委")),
            replace(good, quote=good.quote + "。"),
            replace(good, quote=""),
            replace(good, span=type(good.span)(good.span.start + 1, good.span.end + 1)),
            replace(good, span=type(good.span)(good.span.start, good.span.end - 1)),
            replace(good, version_id="0" * 16),
        ):
            assert not holds(changed, query_on(day), snapshot, OUTSIDER)
        # The same words, on a day when another edition is in force; unless that edition was asked for.
        assert not holds(good, query_on(date(2023, 1, 1)), snapshot, OUTSIDER)
        named = query_on(date(2023, 1, 1), versions=(good.version_id,))
        assert holds(good, named, snapshot, OUTSIDER)
        assert holds(good, query_on(date(2023, 1, 1), filters=Filters(all_editions=True)), snapshot, OUTSIDER)
        hidden = asked(full, "《岱川集团线索处置办法》第一条", INSIDER).evidence[0]
        assert holds(hidden, query_on(TODAY), snapshot, INSIDER)
        assert not holds(hidden, query_on(TODAY), snapshot, OUTSIDER)


def test_evidence_the_gate_drops_is_not_in_the_answer(it: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    def altered(*values: Any, **more: Any) -> Evidence:
        found = evidence(*values, **more)
        return replace(found, quote=found.quote.replace("集团党委批准", "集团纪委批准"))

    monkeypatch.setattr("app.answer.draft.evidence", altered)
    answer = asked(it, "提级巡察由谁批准？")
    assert "集团纪委批准" not in answer.text
    assert not any("集团纪委批准" in citation.evidence.quote for citation in answer.citations if citation.evidence)


# ---------------------------------------------------------------- 3

DAY = timedelta(days=1)
IN_FORCE = {  # by the period each edition gives for rectification, or a word of its own
    "一个月": (date(2018, 5, 1), date(2021, 3, 14)),
    "二个月": (date(2021, 3, 15), date(2024, 6, 30)),
    "三个月": (date(2024, 7, 1), date.max),
    "饮酒": (date(2016, 1, 1), date(2022, 12, 31)),
    "十年": (date(2020, 1, 1), date.max),
}
BOUNDARIES = sorted({day for first, last in IN_FORCE.values() for day in (first, last) if day != date.max})
DAYS = sorted({day + shift for day in BOUNDARIES for shift in (-DAY, 0 * DAY, DAY)} | {date(2015, 1, 1), TODAY})
ON_RULES = (
    "巡察工作办法第三条",
    "集中整改应当在多长时间内完成？",
    "公务接待可以饮酒吗？",
    "巡察档案由谁保管多少年？",
)


def test_on_every_day_what_is_cited_by_default_is_the_text_in_force(it: Opened) -> None:
    cited = 0
    for day, question in product(DAYS, ON_RULES):
        answer = asked(it, question, on=day)
        for one in shown(answer):
            if one.kind is not DocumentKind.REGULATION:
                continue
            words = [word for word in IN_FORCE if word in one.quote]
            for word in words:
                first, last = IN_FORCE[word]
                assert (one.state is EditionState.IN_FORCE) == (first <= day <= last), (day, one.locator_text)
        for citation in answer.citations:
            if citation.evidence is not None and citation.evidence.kind is DocumentKind.REGULATION:
                assert citation.evidence.state is EditionState.IN_FORCE, (day, question)
                cited += 1
    assert cited > len(DAYS)


@pytest.mark.parametrize("day", [date(2019, 6, 1), date(2023, 1, 1), TODAY])
@pytest.mark.parametrize("question", ["《岱川集团采购管理办法》第一条", "采购金额多少以上应当公开招标？"])
def test_an_unknown_end_is_never_shown_as_in_force(it: Opened, day: date, question: str) -> None:
    answer = asked(it, question, on=day)
    assert EditionState.IN_FORCE.value not in answer.text
    for one in shown(answer):
        if "五十万元" in one.quote:
            assert one.state is EditionState.UNKNOWN
    assert not any("五十万元" in one.quote for one in answer.evidence)
    with it.library.snapshot() as snapshot:
        (edition,) = [each for each in snapshot.editions() if "采购" in each.title]
        assert edition.state(day) is EditionState.UNKNOWN


def test_a_superseded_text_is_cited_only_when_asked_for_and_says_that_it_is(it: Opened) -> None:
    answer = asked(it, "《岱川集团巡察工作办法》2021年修订第三条")
    (one,) = answer.evidence
    assert "二个月" in one.quote
    assert one.state is EditionState.AMENDED
    assert "2021年修订" in one.title
    assert [note.code for note in answer.notes] == ["edition_superseded"]
    (by_day,) = asked(it, "《岱川集团巡察工作办法》第三条", on=date(2022, 1, 1)).evidence
    assert by_day.span == one.span
    assert by_day.state is EditionState.IN_FORCE


# ---------------------------------------------------------------- 4

KINDS_OF_ROWS = ("轮次", "被巡察单位", "问题类别")


def test_every_count_is_the_number_of_rows_that_meet_its_conditions(it: Opened) -> None:
    for turn, unit, category in product(
        ("2023年第二轮", "2024年第一轮"), (None, "炼钢二厂", "动力厂"), (None, "招标采购", "财务资产")
    ):
        wanted = dict(zip(KINDS_OF_ROWS, (turn, unit, category), strict=True))
        rows = [row for row in ROWS if all(row[name] == value for name, value in wanted.items() if value)]
        assert rows
        question = f"{turn}{unit or ''}{category + '类' if category else ''}发现问题多少个？"
        answer = asked(it, question)
        (citation,) = answer.citations
        assert citation.query is not None, question
        assert citation.query.count == len(rows), question
        assert len(set(citation.query.finding_ids)) == len(rows)
        assert re.search(rf"(?<!\d){len(rows)} 个", answer.text), answer.text
        with it.library.snapshot() as snapshot:
            numbers = {row.number for row in snapshot.findings(LOCAL, ids=citation.query.finding_ids)}
        assert numbers == {row["编号"] for row in rows}


@pytest.mark.parametrize(
    "question",
    [
        "2022年第一轮发现问题多少个？",
        "2025年第一轮巡察了哪些单位？",
        "焦化厂发现问题多少个？",
        "线材厂2024年第一轮发现了多少个问题？",
        "2024年第一轮安全环保类问题有多少个？",
    ],
)
def test_what_no_ledger_covers_is_refused_and_never_nought(it: Opened, question: str) -> None:
    answer = asked(it, question)
    assert answer.status is AnswerStatus.REFUSED, answer.text
    assert answer.reason is not None
    assert not answer.citations
    assert not re.search(r"(?<!\d)0 ?[个条家]|[零没]有?个问题", answer.text)


# ---------------------------------------------------------------- 5


def test_an_answer_reads_the_library_as_it_stood_when_it_was_asked(files: Path, tmp_path: Path) -> None:
    with opened(Settings(library=tmp_path / "库")) as it:
        ingest_paths(it.library, [files / "巡察工作办法2021.md"])
        events = it.assistant.ask("《岱川集团巡察工作办法》第三条", caller=LOCAL, as_of=TODAY)
        before = it.library.revision
        next(events)  # the sources, from its snapshot
        ingest_paths(it.library, [files / "巡察工作办法2024.md"])
        answer = list(events)[-1].answer  # type: ignore[union-attr]
        assert answer.library_revision == before
        assert "二个月" in answer.text
        assert "三个月" in asked(it, "《岱川集团巡察工作办法》第三条").text
        assert it.library.verify() == []


# ---------------------------------------------------------------- 6


def test_another_models_index_is_refused_with_a_command_and_the_command_mends_it(
    files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = tmp_path / "别的库"
    with Library.open(
        directory, embedder=HashingEmbedder("别的模型", 32), now=lambda: datetime(2025, 6, 1, tzinfo=UTC)
    ) as library:
        take_up(library, files)
        digest = library.content_digest()
    monkeypatch.chdir(tmp_path)
    ask = ["ask", "提级巡察由谁批准？", "--library", str(directory), "--as-of", "2025-06-01"]
    assert main(ask) == 3
    said = capsys.readouterr().err
    assert "别的模型/32" in said
    command = re.search(r"youju (rebuild \S.*?) (?:换用|重新|重建)", said)
    assert command is not None, said
    assert main(shlex.split(command[1])) == 0
    capsys.readouterr()
    assert main(ask) == 0
    assert "集团党委批准" in capsys.readouterr().out
    with opened(Settings(library=directory)) as it:
        assert it.library.verify() == []
        assert it.library.content_digest() == digest
        assert it.library.manifest()["embedder"] == it.library.embedder.id


# ---------------------------------------------------------------- 7

UNIT_IN_NO_OPEN_TEXT = "特钢四厂的检修费有什么问题？"
PRYING = (
    "《岱川集团线索处置办法》第一条",
    "线索处置办法规定线索由谁受理？",
    "《处置法》第一条",
    "特钢四厂发现问题多少个？",
    UNIT_IN_NO_OPEN_TEXT,
    "2025年第二轮发现问题多少个？",
    "2025年第二轮巡察了哪些单位？",
    "钱三省在专题会上指出了什么？",
    "专案组由谁组成？",
    "2024年5月6日的专题会议研究了什么？",
    "动力厂2024年第一轮发现问题多少个？",
    "2025年修订的巡察工作办法第三条",
    "岱川集团档案管理办法什么时候废止的？",
)


def essence(answer: Answer) -> dict[str, Any]:
    """What an answer tells, without what numbers it (id, revision), and without what depends on scores: which passages
    besides are related, for how rare a term is counts every document."""
    return {
        "status": answer.status,
        "reason": answer.reason,
        "text": answer.text,
        "statements": answer.statements,
        "evidence": [(e.title, str(e.locator), e.quote, e.state) for e in answer.evidence],
        "queries": [c.query and (c.query.conditions, c.query.count) for c in answer.citations],
        "notes": answer.notes,
    }


@pytest.mark.parametrize("question", [*QUESTIONS, *PRYING])
def test_what_a_caller_may_not_read_is_as_if_absent_in_every_answer(it: Opened, full: Opened, question: str) -> None:
    assert essence(asked(full, question, OUTSIDER)) == essence(asked(it, question, OUTSIDER))


@pytest.mark.parametrize("question", [*QUESTIONS, *PRYING])
def test_no_word_a_caller_may_not_read_reaches_him(full: Opened, question: str) -> None:
    answer = wire(asked(full, question, OUTSIDER)).model_dump(mode="json")
    answer.pop("question"), answer.pop("standalone_question")
    words = [word for word in SECRET_WORDS if word not in question]
    told = json.dumps(answer, ensure_ascii=False)
    assert [word for word in words if word in told] == []
    for hit in full.assistant.search(question, caller=OUTSIDER, as_of=TODAY, k=50).hits:
        assert not any(word in hit.quote + hit.title for word in SECRET_WORDS), hit.title


def test_what_a_caller_may_not_read_is_in_no_list_and_no_count(it: Opened, full: Opened) -> None:
    with full.library.snapshot() as mine, it.library.snapshot() as theirs:
        assert mine.counts(OUTSIDER) == theirs.counts(LOCAL)
        assert [w.title for w in mine.works(OUTSIDER)] == [w.title for w in theirs.works(LOCAL)]
        for column in ("round", "unit", "category", "state"):
            assert mine.finding_values(OUTSIDER, column) == theirs.finding_values(LOCAL, column)
        assert len(mine.findings(OUTSIDER)) == len(ROWS)
        assert {d.title for d in mine.documents(OUTSIDER)} == {d.title for d in theirs.documents(LOCAL)}
        assert mine.counts(INSIDER)["documents"] == len(OPEN_FILES) + len(SECRET_FILES) - 1  # a sidecar is none
        facts = [(e.title, e.label, e.effective_to, e.successor_from) for e in theirs.editions(caller=LOCAL)]
        assert [(e.title, e.label, e.effective_to, e.successor_from) for e in mine.editions(caller=OUTSIDER)] == facts


def test_a_stored_answer_is_opened_only_by_who_may_read_all_it_shows(full: Opened) -> None:
    parts = parts_of(full, "token")
    try:
        for question in ("《岱川集团线索处置办法》第一条", "特钢四厂发现问题多少个？"):
            given = asked(full, question, INSIDER)
            assert stored_answer(given.id, parts, INSIDER).id == given.id
            with pytest.raises(NotFoundError):
                stored_answer(given.id, parts, OUTSIDER)
        everybodys = asked(full, "《岱川集团巡察工作办法》2021年修订第三条", OUTSIDER)
        assert stored_answer(everybodys.id, parts, OUTSIDER).text == everybodys.text
    finally:
        parts.jobs.close()


def test_who_may_read_it_is_answered_from_it(full: Opened) -> None:
    assert "纪委统一受理" in asked(full, "《岱川集团线索处置办法》第一条", INSIDER).text
    assert "六个月" in asked(full, "《岱川集团巡察工作办法》第三条", INSIDER).text
    (citation,) = asked(full, "特钢四厂发现问题多少个？", INSIDER).citations
    assert citation.query is not None
    assert citation.query.count == 2


# ---------------------------------------------------------------- 8


def trace(answer: Answer) -> tuple[Any, ...]:
    return (
        answer.status,
        answer.reason,
        answer.text,
        [(c.n, c.evidence and (c.evidence.version_id, c.evidence.span), c.query) for c in answer.citations],
        [(e.version_id, e.passage_id, e.span, e.score) for e in (*answer.evidence, *answer.related)],
    )


def test_the_same_question_has_the_same_evidence_in_the_same_order_again_and_after_reopening(
    files: Path, tmp_path: Path
) -> None:
    settings = Settings(library=tmp_path / "库")

    def all_of(it: Opened) -> list[tuple[Any, ...]]:
        hits = [
            [(hit.passage_id, hit.score) for hit in it.assistant.search(q, caller=LOCAL, as_of=TODAY, k=20)]
            for q in QUESTIONS
        ]
        return [trace(asked(it, question)) for question in QUESTIONS] + [(found,) for found in hits]

    with opened(settings) as it:
        ingest_paths(it.library, [files])
        first = all_of(it)
        assert all_of(it) == first
        with ThreadPoolExecutor(4) as pool:
            many = list(pool.map(lambda question: trace(asked(it, question)), QUESTIONS * 2))
        assert many == first[: len(QUESTIONS)] * 2
    with opened(settings) as it:
        assert all_of(it) == first
        ingest_paths(it.library, [files])  # nothing new: neither the revision nor the answers move
        assert all_of(it) == first


# ---------------------------------------------------------------- 9

WATCH = """
import os, socket, sys

def note(what):
    with open(os.environ["NETWORK_LOG"], "a") as log:
        log.write(what + "\\n")

real_connect, real_lookup = socket.socket.connect, socket.getaddrinfo

def connect(self, address):
    if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
        note(f"connect {address}")
        raise OSError("没有网络")
    return real_connect(self, address)

def lookup(host, *more, **options):
    if host not in (None, "127.0.0.1", "::1", "localhost"):
        note(f"lookup {host}")
        raise socket.gaierror("没有网络")
    return real_lookup(host, *more, **options)

socket.socket.connect = connect
socket.socket.connect_ex = lambda self, address: connect(self, address) or 0
socket.getaddrinfo = lookup
note(f"started {os.getpid()}")
"""


def test_no_process_reaches_for_the_network_and_none_loads_torch(files: Path, tmp_path: Path) -> None:
    watch = tmp_path / "watch"
    watch.mkdir()
    (watch / "sitecustomize.py").write_text(WATCH, encoding="utf-8")  # every Python process runs it, readers too
    log = tmp_path / "network.log"
    script = f"""
import sys
from app.cli import main
if __name__ == "__main__":
    library = ["--library", {str(tmp_path / "库")!r}]
    assert main(["ingest", {str(files)!r}, *library]) == 0
    for question in ("提级巡察由谁批准？", "2024年第一轮发现问题多少个？", "食堂几点开饭？"):
        assert main(["ask", question, *library]) == 0
    assert main(["search", "提级巡察", *library]) == 0
    assert main(["doctor", *library]) == 0
    print("重的：", sorted({{"torch", "sentence_transformers", "transformers"}} & set(sys.modules)))
"""
    (tmp_path / "script.py").write_text(script, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": f"{watch}{os.pathsep}{ROOT}", "NETWORK_LOG": str(log)}
    done = subprocess.run(
        [sys.executable, str(tmp_path / "script.py")], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("重的： []\n")
    lines = log.read_text().splitlines()
    assert len({line for line in lines if line.startswith("started")}) >= 2  # the command, and the reading worker
    assert [line for line in lines if not line.startswith("started")] == []
