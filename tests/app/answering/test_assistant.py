"""Questions to a small library: what is cited, what is refused, and the promises every answer keeps."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date

import pytest

from app.answer.completing import CATCH_ALL
from app.assistant import Assistant
from app.model import Answer, AnswerStatus, CitationKind, Delta, Done, Filters, Sources
from ingest.catalogue import Snapshot
from ingest.document import LOCAL, Caller, EditionState
from ingest.errors import ConflictError, InputError

Ask = Callable[..., Answer]

ANSWERED = (
    "提级巡察适用于哪些情形？",
    "2022年5月时，提级巡察适用于哪些情形？",
    "《巡察工作办法》第二条",
    "2021年修订的《巡察工作办法》第二条",
    "集中整改期限是多久？",
    "动员部署会由谁主持？",
    "周明远强调了什么？",
    "2024年第一轮发现问题多少个？涉及哪些单位？",
    "2024年第一轮动力厂发现了哪些问题？",
)


def places(answer: Answer) -> list[str]:
    return [str(c.evidence.locator) for c in answer.citations if c.evidence is not None]


def quotes(answer: Answer) -> str:
    return "\n".join(c.evidence.quote for c in answer.citations if c.evidence is not None)


# ---------------------------------------------------------------- right answers


@pytest.mark.parametrize("question", ["提级巡察适用于哪些情形？", "提级巡察的情形怎么写的"])
def test_a_list_question_gets_the_whole_paragraph_with_all_its_items(ask: Ask, question: str) -> None:
    answer = ask(question)
    assert answer.status is AnswerStatus.ANSWERED
    assert places(answer) == ["第二条第二款"]
    assert "（一）信访举报五件以上的；" in answer.text
    assert "（三）集团党委认为有必要的。" in answer.text
    (evidence,) = answer.evidence
    assert evidence.title == "《青山集团巡察工作办法》（2024年修订）"
    assert evidence.state is EditionState.IN_FORCE


def test_the_same_question_of_an_earlier_day_cites_the_edition_in_force_then(ask: Ask) -> None:
    for answer in (
        ask("2022年5月时，提级巡察适用于哪些情形？"),
        ask("提级巡察适用于哪些情形？", as_of=date(2022, 5, 31)),
    ):
        assert "十件以上" in answer.text
        assert {e.title for e in answer.evidence} == {"《青山集团巡察工作办法》（2021年修订）"}
        assert answer.as_of == date(2022, 5, 31)


def test_a_look_up_gives_the_whole_article(ask: Ask, snapshot: Snapshot) -> None:
    answer = ask("《巡察工作办法》第二条")
    (evidence,) = answer.evidence
    assert evidence.quote.startswith("第二条")
    assert evidence.quote.endswith("除外。")
    assert "第二条之一" not in evidence.quote


@pytest.mark.parametrize("question", ["巡察工作办法第2条之1", "《巡察工作办法》第二条之一是怎么规定的"])
def test_an_inserted_article_is_looked_up(question: str, ask: Ask) -> None:
    assert "未经印证不得写入巡察报告" in ask(question).text


def test_a_superseded_edition_is_cited_when_asked_for_and_said_to_be_superseded(ask: Ask) -> None:
    answer = ask("2021年修订的《巡察工作办法》第二条")
    assert {e.state for e in answer.evidence} == {EditionState.AMENDED}
    assert "edition_superseded" in [note.code for note in answer.notes]


def test_an_item_is_quoted_with_its_lead_in(ask: Ask) -> None:
    answer = ask("《巡察工作办法》第二条第二款第（一）项")
    assert places(answer) == ["第二条第二款第（一）项"]
    assert "有下列情形之一的，可以开展提级巡察" in answer.text


@pytest.mark.parametrize(
    ("item", "nothing_alone"),
    [
        ("(六)集团党委认为需要提级巡察的其他情形。", True),
        ("(七)其他应当报告的重大事项;", True),
        ("(二)与其他单位合并的,应当公告;", False),
        ("(三)隐瞒不报的。", False),
    ],
)
def test_a_last_item_for_all_others_says_nothing_alone(item: str, nothing_alone: bool) -> None:
    assert (CATCH_ALL.search(item) is not None) is nothing_alone


def test_an_exception_stays_with_its_rule(ask: Ask) -> None:
    assert "除外" in quotes(ask("情况紧急时提级巡察可以由谁批准先行启动？"))


def test_a_duration_is_found(ask: Ask) -> None:
    assert "集中整改期限为三个月" in quotes(ask("集中整改期限是多久？"))


def test_what_a_meeting_says_is_found_by_sentence(ask: Ask) -> None:
    assert "沈立群主持会议" in quotes(ask("动员部署会由谁主持？"))
    assert "炼钢二厂、线材厂、动力厂3家单位" in quotes(ask("哪三家单位作了表态发言？"))


def test_a_speaker_question_gives_that_speakers_points(ask: Ask) -> None:
    found = quotes(ask("周明远强调了什么？"))
    assert "聚焦责任看担当" in found
    assert "聚焦整改看成效" in found
    assert "三日内" not in found


def test_a_count_is_a_computed_statement_with_its_query(ask: Ask) -> None:
    answer = ask("2024年第一轮发现问题多少个？涉及哪些单位？")
    (statement,) = answer.statements
    assert not statement.verbatim
    (citation,) = answer.citations
    assert citation.kind is CitationKind.QUERY
    assert citation.query is not None
    assert citation.query.count == 3


def test_a_list_of_findings_quotes_the_rows(ask: Ask) -> None:
    answer = ask("2024年第一轮动力厂发现了哪些问题？")
    kinds = [citation.kind for citation in answer.citations]
    assert kinds == [CitationKind.QUERY, CitationKind.SPAN, CitationKind.SPAN]
    assert "资产账实不符" in answer.text
    assert places(answer) == ["编号 2024-1-002", "编号 2024-1-003"]


def test_editions_are_shown_side_by_side(ask: Ask) -> None:
    answer = ask("巡察工作办法修订前后，集中整改期限有什么不同？")
    assert "期限为两个月" in answer.text
    assert "期限为三个月" in answer.text


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("question", "code", "words"),
    [
        ("《差旅费管理办法》第三条", "not_in_library", "《差旅费管理办法》"),
        ("《巡察工作办法》第九十条", "no_such_article", "第一条至第三条"),
        ("《巡察工作办法》第二条第九款", "no_such_article", "第二条第九款"),
        ("《违规责任追究办法》第二条", "not_yet_in_force", "2028-01-01"),
        ("2015年版的《巡察工作办法》第二条", "no_such_edition", "2021年修订"),
        ("第二条怎么规定的？", "work_not_named", "哪个制度"),
        ("2022年第一轮发现多少个问题？", "ledger_not_covering", "2022年第一轮"),
        ("宝武集团的提级巡察适用于哪些情形？", "not_in_library", "宝武"),
        ("沈立群在2023年的动员部署会上提了什么要求？", "not_addressed", "2023年"),
        ("提级巡察的经费标准是多少？", "not_addressed", ""),
        ("动员部署会在哪里召开？", "not_addressed", ""),
        ("职工食堂几点开饭？", "not_in_library", ""),
    ],
)
def test_a_refusal_says_why(question: str, code: str, words: str, ask: Ask) -> None:
    answer = ask(question)
    assert answer.status is AnswerStatus.REFUSED
    assert answer.reason is not None
    assert answer.reason.code == code
    assert words in answer.reason.message
    assert not (answer.statements)
    assert not (answer.citations)
    assert not (answer.evidence)


def test_a_work_that_was_superseded_on_the_day_is_no_basis(ask: Ask) -> None:
    answer = ask("《巡察工作办法》第一条", as_of=date(2020, 1, 1))
    assert answer.reason is not None
    assert answer.reason.code == "not_yet_in_force"


def test_an_open_question_only_a_text_not_yet_in_force_answers_names_it(ask: Ask) -> None:
    answer = ask("损失多少万元以上属于较大损失？")
    assert answer.reason is not None
    assert answer.reason.code == "not_yet_in_force"
    assert "违规责任追究办法" in answer.reason.message


def test_the_nearest_material_goes_with_a_refusal(ask: Ask) -> None:
    assert ask("提级巡察的经费标准是多少？").related


def test_a_part_without_basis_makes_a_partial_answer(ask: Ask) -> None:
    answer = ask("集中整改期限是多久？巡察组组长的车补是多少钱？")
    assert answer.status is AnswerStatus.PARTIAL
    assert "三个月" in answer.text
    assert answer.reason is not None


# ---------------------------------------------------------------- promises


@pytest.mark.parametrize("question", ANSWERED)
def test_statements_are_where_the_answer_says_and_verbatim_ones_are_verbatim(
    question: str, ask: Ask, snapshot: Snapshot
) -> None:
    answer = ask(question)
    assert answer.status is AnswerStatus.ANSWERED
    by_number = {citation.n: citation for citation in answer.citations}
    for statement in answer.statements:
        assert answer.text[statement.start : statement.end] == statement.text
        assert statement.citations
        for n in statement.citations:
            evidence = by_number[n].evidence
            if statement.verbatim:
                assert evidence is not None
                assert statement.text == evidence.quote == evidence.span.of(snapshot.text(evidence.version_id))
            else:
                assert by_number[n].query is not None
    assert {n for s in answer.statements for n in s.citations} == set(by_number)


@pytest.mark.parametrize("question", ANSWERED)
def test_the_same_question_gets_the_same_evidence(question: str, ask: Ask) -> None:
    first, second = ask(question), ask(question)
    assert first.evidence == second.evidence
    assert first.text == second.text
    assert first.id != second.id


def test_what_a_caller_may_not_read_is_as_if_absent(ask: Ask) -> None:
    outsider, insider = Caller("甲"), Caller("乙", frozenset({"纪委"}))
    question = "会议决定对幸福里项目怎么办？"
    assert "另行核查" in ask(question, caller=insider).text
    refused = ask(question, caller=outsider)
    assert refused.status is AnswerStatus.REFUSED
    assert all("幸福里" not in one.quote for one in refused.related)


def test_filters_limit_what_is_cited(ask: Ask, snapshot: Snapshot) -> None:
    (meeting,) = [d.id for d in snapshot.documents(Caller("甲")) if "动员" in d.title]
    answer = ask("提级巡察适用于哪些情形？", filters=Filters(documents=(meeting,)))
    assert all(one.document_id == meeting for one in (*answer.evidence, *answer.related))


def test_sources_come_first_then_text_then_the_answer(assistant: Assistant) -> None:
    events = list(assistant.ask("提级巡察适用于哪些情形？", caller=LOCAL))
    assert isinstance(events[0], Sources)
    assert events[0].evidence
    assert isinstance(events[-1], Done)
    assert "".join(e.text for e in events[1:-1] if isinstance(e, Delta)) == events[-1].answer.text


def test_search_gives_the_passages_best_first(assistant: Assistant) -> None:
    found = assistant.search("提级巡察适用于哪些情形", caller=LOCAL, k=3)
    assert len(found.hits) == 3
    assert "下列情形" in found.hits[0].quote
    assert all(one.state is not EditionState.AMENDED for one in found.hits)


def test_a_cancelled_question_stops(assistant: Assistant) -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(ConflictError):
        list(assistant.ask("提级巡察适用于哪些情形？", caller=LOCAL, cancel=cancel))


@pytest.mark.parametrize(("question", "code"), [("  \n", "question_empty"), ("巡" * 20_000, "question_too_long")])
def test_a_question_of_no_use_is_an_input_error(question: str, code: str, assistant: Assistant) -> None:
    with pytest.raises(InputError) as caught:
        assistant.ask(question, caller=LOCAL)
    assert caught.value.code == code


@pytest.mark.parametrize("question", ["？？？", "123", "《》", "第条第款", "a" * 1900, "😀", "是什么？", "的的的"])
def test_odd_questions_get_an_answer_or_a_refusal(question: str, ask: Ask) -> None:
    assert ask(question).status in AnswerStatus


def test_a_text_not_in_force_is_shown_beside_the_refusal_with_its_state(ask: Ask) -> None:
    coming = ask("违规责任追究办法第二条怎么规定")
    assert coming.status is AnswerStatus.REFUSED
    assert [(one.quote, one.state) for one in coming.related] == [
        ("第二条 损失五百万元以上的，为较大损失。", EditionState.NOT_YET)
    ]
    assert not coming.evidence


def test_an_article_number_no_work_has_is_refused(ask: Ask) -> None:
    assert ask("巡察工作办法第0条").status is AnswerStatus.REFUSED


@pytest.mark.parametrize(
    "question",
    [
        "哪五家单位在动员部署会上作了表态发言？",
        "动员部署会明确了哪四种方式？",
        "王伟在动员部署会上讲了什么？",
        "总会计师在动员部署会上强调了什么？",
        "11月5日的动员部署会由谁主持？",
        "动员部署会说整改完成率是多少？",
        "2024年第一轮重要问题有几个？",
        "上一轮巡察发现多少个问题？",
        "2024年第一轮第三巡察组发现几个问题？",
    ],
)
def test_a_question_that_presumes_what_the_text_does_not_say_is_refused(question: str, ask: Ask) -> None:
    assert ask(question).status is AnswerStatus.REFUSED


def test_a_number_in_the_question_picks_the_sentence_that_counts_so_many(ask: Ask) -> None:
    answer = ask("哪3家单位在动员部署会上作了表态发言？")
    assert "炼钢二厂、线材厂、动力厂3家单位" in answer.text


def test_a_count_joined_with_a_question_about_a_rule_is_answered_from_both(ask: Ask) -> None:
    answer = ask("2024年第一轮发现多少个问题？集中整改期限是多长？")
    kinds = [citation.kind for citation in answer.citations]
    assert kinds == [CitationKind.QUERY, CitationKind.SPAN]
    assert "三个月" in answer.text
