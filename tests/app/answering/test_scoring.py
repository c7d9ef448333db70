"""The features a span is chosen by, and what stands beside an answer that another text contradicts."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from app.answer.asking import Ask, Want, asks
from app.answer.matching import met
from app.answer.meaning import behind
from app.answer.scoring import FORMS, closeness, densest
from app.answer.units import Units
from app.assistant import Assistant
from app.main import opened
from app.model import Answer, AnswerStatus, Intent, Query, Ranked
from app.settings import Clock, Settings
from app.statutes import shipped
from ingest.build import ingest_paths
from ingest.document import LOCAL
from ingest.embed import Matrix, Vector
from tests.ingest.hashing import add, open_library

DAY = date(2025, 12, 31)


def part(question: str) -> Ask:
    """The question read with every gram as rare as the other."""
    query = Query(question, question, DAY, as_of_given=False, intent=Intent.OPEN)
    return asks(query, lambda words: dict.fromkeys(words, 1), 100)[0]


@pytest.mark.parametrize(
    ("form", "question", "told", "untold"),
    [
        ("permitted", "复核期间能不能停一停？", "复核期间不停止整改。", "领导小组三十日内作出决定。"),
        ("forbidden", "哪些内容不能谈？", "上述内容不得列入沟通范围。", "沟通时间为五个工作日。"),
        ("consequence", "两次不来会怎么样？", "移出人才库，并通报。", "人才库不少于一百人。"),
        ("decided", "延期由谁批？", "经领导小组批准，可以延期一次。", "延期不超过三个月。"),
        ("doer", "这笔钱谁点头？", "单笔一百万元以上的，报总经理办公会审定。", "单笔不超过一百万元。"),
        ("at_least", "评委最少要几个人？", "评标委员会成员不少于五人。", "评标委员会成员从专家库抽取。"),
        ("exception", "万一赶不上能破例吗？", "确需延期的，经批准可以延期一次。", "应当按期完成。"),
    ],
)
def test_a_span_of_the_form_asked_for_speaks_for_itself(form: str, question: str, told: str, untold: str) -> None:
    assert FORMS[form].agrees(question, told) == 1
    assert FORMS[form].agrees(question, untold) == -1
    assert FORMS[form].agrees("巡察报告是什么？", told) == 0


def test_closeness_grows_with_the_words_shared() -> None:
    ask = part("集中整改期限是多长？")
    assert closeness(ask, "集中整改期限为三个月") > closeness(ask, "整改方案报巡察办审核") > closeness(ask, "天气")


def test_a_value_counts_in_the_clause_that_has_the_words() -> None:
    ask = part("投标保证金多少天退还？")
    beside = densest(ask, "投标保证金应当在五日内退还,档案另存", [Want.DURATION])
    apart = densest(ask, "投标保证金应当退还,由财务办理,档案保存十五年", [Want.DURATION])
    assert beside > apart


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Answer]]:
    """An assistant over two reports of one meeting that differ in a number."""
    folder = tmp_path_factory.mktemp("两份")
    for name, number in (("纪要", 12), ("简报", 15)):
        text = f"---\ntitle: 青山集团推进会{name}\nkind: meeting\ndate: 2025-06-10\n---\n6月10日，青山集团召开巡察整改推进会。\n\n会议通报，动力厂还有{number}个问题没有完成整改，要求九月底前全部销号。\n"
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    with opened(Settings(library=tmp_path_factory.mktemp("库") / "库")) as it:
        ingest_paths(it.library, [folder])
        assistant = Assistant(it.library, None, Clock())
        yield lambda question: assistant.answer(question, caller=LOCAL, as_of=DAY)


def test_sources_that_differ_stand_side_by_side(ask: Callable[[str], Answer]) -> None:
    answer = ask("推进会上通报动力厂还有多少个问题没有完成整改？")
    assert answer.status is AnswerStatus.ANSWERED
    assert "12个" in answer.text
    assert "15个" in answer.text
    assert len({citation.evidence.document_id for citation in answer.citations if citation.evidence}) == 2
    assert "sources_differ" in {note.code for note in answer.notes}


def test_a_detail_the_report_leaves_out_is_refused(ask: Callable[[str], Answer]) -> None:
    assert ask("推进会开了几个小时？").status is AnswerStatus.REFUSED
    assert ask("推进会上动力厂厂长叫什么名字？").status is AnswerStatus.REFUSED


def test_what_is_written_for_a_spoken_form_brings_a_text_closer() -> None:
    ask = part("先斩后奏的合同怎么处理？")
    assert closeness(ask, "未经批准签订的合同不予付款") > closeness(ask, "签订的合同及时归档")


def test_a_term_is_met_by_what_is_written_for_the_form_it_is_part_of() -> None:
    (term,) = [term for term in part("这笔钱该由哪位拍板？").terms if term.text == "拍板"]
    assert 0 < met(term, "由党委审定") < 1 == met(term, "由书记拍板")
    assert met(term, "报党委备案") == 0


class _Pointed:
    """An embedder of two directions: what has 饭补 lies in one, all else in the other."""

    id = shipped().embedder
    question_id = id
    dimension = 2

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def encode_passages(self, texts: Sequence[str]) -> Matrix:
        self.encoded += texts
        return np.array([[1.0, 0.0] if "伙食补助" in text else [0.0, 1.0] for text in texts], np.float32)

    def encode_question(self, text: str) -> Vector:
        return np.array([1.0, 0.0], np.float32)


def test_of_the_spans_of_a_passage_the_nearest_in_meaning_leads_and_each_is_encoded_once(tmp_path: Path) -> None:
    text = "海棠集团差旅费管理办法\n\n第一条　出差应当事前审批。\n\n伙食补助每人每天一百元。\n\n第二条　本办法自2024年1月1日起施行。"
    with open_library(tmp_path / "库") as library:
        add(library, text, "差旅.md")
        with library.snapshot() as snapshot:
            (record,) = snapshot.documents(LOCAL)
            header = snapshot.header(record.version_id)
            assert header is not None
            first, last = snapshot.passages_of(record.version_id)
            units, embedder = Units(), _Pointed()
            spans = [unit for passage in (first, last) for unit in units.of(passage, header, snapshot)]
            ranked = [Ranked(first, 1.0, {"dense": 0.5}), Ranked(last, 0.9, {"dense": 0.4})]
            far = behind("饭补多少", spans, ranked, snapshot, units, embedder)
            assert far == behind("饭补多少", spans, ranked, snapshot, units, embedder)
    assert [unit.key for unit, value in zip(spans, far, strict=True) if value == 0.0] == ["伙食补助每人每天一百元。"]
    assert len(embedder.encoded) == 2  # the passage of one span has its vector already
