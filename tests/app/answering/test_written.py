"""Written answers against a scripted endpoint: whatever it does, no unsupported cited sentence leaves."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from app.answer.support import Source, doubts
from app.api.schema import wire
from app.assistant import Assistant
from app.llm import model_of
from app.main import writer_of
from app.model import Answer, AnswerStatus, Delta, Done
from app.records import Records
from app.settings import Secret, Settings
from ingest.document import LOCAL
from ingest.errors import ConflictError
from tests.app.answering.conftest import Fixed, Office
from tests.app.endpoint import KEY, Endpoint, Exchange, Script, endpoint, slow

QUESTION = "提级巡察由谁批准？"
TRUE = "提级巡察须经集团党委批准。"
BASIS = "提级巡察由集团党委批准"


@pytest.fixture
def written(office: Office, tmp_path: Path) -> Callable[..., tuple[Answer, str, Endpoint]]:
    """Ask with a scripted model: the answer, the text as it was streamed, and the endpoint."""

    def asked(
        script: Script, question: str = QUESTION, key: str = KEY, **settings: object
    ) -> tuple[Answer, str, Endpoint]:
        with endpoint(script) as it:
            wanted = Settings(
                library=tmp_path,
                llm_url=it.url,
                llm_key=Secret(key),
                llm_model="脚本",
                **settings,  # type: ignore[arg-type]
            )
            assistant = Assistant(office.library, None, Fixed(), writer_of(wanted))
            streamed = ""
            for event in assistant.ask(question, caller=LOCAL):
                if isinstance(event, Delta):
                    streamed += event.text
                elif isinstance(event, Done):
                    assert streamed == event.answer.text
                    _holds_together(event.answer)
                    return event.answer, streamed, it
        raise AssertionError("an ask ends with its answer")

    return asked


def _holds_together(answer: Answer) -> None:
    """Every statement stands where it says, and cites what supports it."""
    by_number = {citation.n: citation for citation in answer.citations}
    for statement in answer.statements:
        assert answer.text[statement.start : statement.end] == statement.text
        cited = [by_number[n].evidence for n in statement.citations]
        if statement.verbatim:
            assert cited[0] is not None
            assert statement.text == cited[0].quote
        elif sources := [Source(one.quote, one.locator_text) for one in cited if one is not None]:
            assert not doubts(statement.text, sources)


def codes(answer: Answer) -> set[str]:
    return {note.code for note in answer.notes}


def test_a_supported_sentence_is_written_with_the_span_it_points_at(
    written: Callable[..., tuple[Answer, str, Endpoint]],
) -> None:
    answer, _, it = written(lambda x: x.write(f"{TRUE}[{x.number_of(BASIS)}]"))

    assert answer.engine == "脚本"
    assert answer.status is AnswerStatus.ANSWERED
    assert answer.text == f"{TRUE}[1]"
    assert [s.verbatim for s in answer.statements] == [False]
    assert answer.citations[0].evidence is not None
    assert BASIS in answer.citations[0].evidence.quote  # the server's quotation, from the library
    assert "按 2025-12-31 有效的规定回答" in it.requests[0]["messages"][-1]["content"]


LIES = [
    "提级巡察由集团纪委批准。",
    "提级巡察不由集团党委批准。",
    "提级巡察由集团党委在三十日内批准。",
    "提级巡察由沈立群批准。",
    "根据《青山集团财务管理办法》，提级巡察由集团党委批准。",
    "集团食堂每周五供应红烧肉。",
]


@pytest.mark.parametrize("lie", LIES)
def test_a_lying_model_gets_no_sentence_through(written: Callable[..., tuple[Answer, str, Endpoint]], lie: str) -> None:
    answer, _, _ = written(lambda x: x.write(f"{lie}[{x.number_of(BASIS)}]"))

    assert answer.engine == "extractive"
    assert codes(answer) == {"model_unsupported"}
    assert BASIS in answer.text
    assert lie not in answer.text


def test_the_true_sentence_stays_and_the_lie_beside_it_goes(
    written: Callable[..., tuple[Answer, str, Endpoint]],
) -> None:
    def script(x: Exchange) -> None:
        n = x.number_of(BASIS)
        x.write(f"{TRUE}[{n}]{LIES[0]}[{n}]")

    answer, _, _ = written(script)

    assert answer.text == f"{TRUE}[1]"
    assert codes(answer) == {"sentences_unsupported"}


def test_an_unsupported_sentence_may_be_kept_and_marked(written: Callable[..., tuple[Answer, str, Endpoint]]) -> None:
    def script(x: Exchange) -> None:
        n = x.number_of(BASIS)
        x.write(f"{TRUE}[{n}]{LIES[0]}[{n}]")

    answer, _, _ = written(script, unsupported="mark")

    assert answer.text == f"{TRUE}[1]{LIES[0]}（未找到依据）"
    assert answer.statements[1].citations == ()


@pytest.mark.parametrize("marks", ["[99]", "", "（来源：网络）", "[0]", "【依据】"])
def test_marks_that_point_nowhere_are_no_citation(
    written: Callable[..., tuple[Answer, str, Endpoint]], marks: str
) -> None:
    answer, _, _ = written(lambda x: x.write(f"{TRUE}{marks}"))

    assert answer.engine == "extractive"
    assert codes(answer) == {"model_unsupported"}


@pytest.mark.parametrize("form", ["[{n}]", "【{n}】", "［{n}］", "[依据{n}]", " [ {n} ]", "[{n}, {n}]", "[{n}][{n}]"])
def test_marks_are_read_in_the_forms_models_write(
    written: Callable[..., tuple[Answer, str, Endpoint]], form: str
) -> None:
    answer, _, _ = written(lambda x: x.write(f"- **{TRUE}**" + form.replace("{n}", str(x.number_of(BASIS)))))

    assert answer.text == f"{TRUE}[1]"


def test_a_mark_before_the_full_stop_counts_too(written: Callable[..., tuple[Answer, str, Endpoint]]) -> None:
    answer, _, _ = written(lambda x: x.write(f"{TRUE[:-1]}[{x.number_of(BASIS)}]。"))
    assert answer.text == f"{TRUE}[1]"


def test_a_model_that_finds_the_evidence_wanting_leaves_the_evidence(
    written: Callable[..., tuple[Answer, str, Endpoint]],
) -> None:
    answer, _, _ = written(lambda x: x.write("依据不足"))

    assert BASIS in answer.text
    assert "认为依据不足" in next(note.message for note in answer.notes if note.code == "model_unsupported")


def _cut(x: Exchange) -> None:
    x.write(f"{TRUE}[{x.number_of(BASIS)}]集中整改期限为三", finish="length")


def _drops(x: Exchange) -> None:
    x.begin()
    x.send(f"{TRUE}[{x.number_of(BASIS)}]集中整改期限")
    x.raw(b'data: {"id": "c1", "obj')


def _garbage(x: Exchange) -> None:
    x.begin()
    x.raw(b"data: \xff\xfe\x00 not json\n\n")


def _page(x: Exchange) -> None:
    x.status(200, "<html>登录</html>")


FAILURES: list[tuple[str, Script, str]] = [
    ("cut off", _cut, "截断"),
    ("connection dropped", _drops, "截断"),
    ("invalid bytes", _garbage, "没有按约定应答"),
    ("server error", lambda x: x.status(500, "内部错误"), "HTTP 500"),
    ("busy", lambda x: x.status(429, retry_after="3600"), "3600秒"),
    ("context", lambda x: x.status(400, '{"error": {"code": "context_length_exceeded"}}'), "llm_context"),
    ("redirect", lambda x: x.status(302, Location="http://127.0.0.1:9/v1/chat/completions"), "llm_url"),
]


@pytest.mark.parametrize(("script", "told"), [case[1:] for case in FAILURES], ids=[case[0] for case in FAILURES])
def test_an_endpoint_that_fails_leaves_the_evidence_and_a_note(
    written: Callable[..., tuple[Answer, str, Endpoint]], script: Script, told: str
) -> None:
    answer, _, _ = written(script)

    assert BASIS in answer.text
    assert answer.status is AnswerStatus.ANSWERED
    (note,) = [note for note in answer.notes if note.code == "model_failed"]
    assert told in note.message
    assert note.message.endswith("本次按资料原文作答。")


@pytest.mark.parametrize("script", [lambda x: x.write(""), _page], ids=["empty", "a page instead of a stream"])
def test_an_endpoint_that_says_nothing_leaves_the_evidence(
    written: Callable[..., tuple[Answer, str, Endpoint]], script: Script
) -> None:
    answer, _, _ = written(script)
    assert BASIS in answer.text
    assert "model_failed" in codes(answer)


def test_a_wrong_key_is_told_and_never_shown(
    written: Callable[..., tuple[Answer, str, Endpoint]], caplog: pytest.LogCaptureFixture
) -> None:
    wrong = "sk-a-wrong-key-0123456789"
    with caplog.at_level(logging.DEBUG, logger="youju"):
        answer, _, _ = written(lambda x: x.write("从不到这里"), key=wrong)

    assert "llm_key" in next(note.message for note in answer.notes if note.code == "model_failed")
    assert wrong not in json.dumps(wire(answer).model_dump(mode="json"), ensure_ascii=False)
    assert wrong not in caplog.text
    assert wrong not in repr(Settings(llm_key=Secret(wrong)))


def test_nobody_at_the_address_is_told(office: Office, tmp_path: Path) -> None:
    with endpoint(lambda x: None) as it:
        pass  # the port is free again
    settings = Settings(library=tmp_path, llm_url=it.url)
    answer = Assistant(office.library, None, Fixed(), writer_of(settings)).answer(QUESTION, caller=LOCAL)
    assert "连不上" in next(note.message for note in answer.notes if note.code == "model_failed")


def test_an_endpoint_that_asks_for_a_moment_is_asked_again(
    written: Callable[..., tuple[Answer, str, Endpoint]],
) -> None:
    tries = iter(range(2))

    def script(x: Exchange) -> None:
        if next(tries) == 0:
            x.status(429, retry_after="1")
        else:
            x.write(f"{TRUE}[{x.number_of(BASIS)}]")

    answer, _, it = written(script)

    assert answer.text == f"{TRUE}[1]"
    assert len(it.requests) == 2


def test_a_slow_endpoint_is_given_up_and_what_it_wrote_is_kept(
    written: Callable[..., tuple[Answer, str, Endpoint]],
) -> None:
    answer, _, _ = written(lambda x: slow(x, f"{TRUE}[{x.number_of(BASIS)}]", 0.2), llm_seconds=1.0)

    assert answer.engine == "脚本"
    assert answer.text.startswith(f"{TRUE}[1]")
    assert "依据原文：" in answer.text  # too little to rely on: the evidence stands below
    assert "限定时间" in next(note.message for note in answer.notes if note.code == "model_failed")


def test_cancelling_an_ask_stops_the_endpoint(office: Office, tmp_path: Path) -> None:
    cancel = threading.Event()

    def script(x: Exchange) -> None:
        threading.Timer(0.3, cancel.set).start()  # once the endpoint is writing, however long it took to get there
        slow(x, "等待中，", 0.02)

    with endpoint(script) as it:
        settings = Settings(library=tmp_path, llm_url=it.url, llm_key=Secret(KEY))
        with pytest.raises(ConflictError):
            Assistant(office.library, None, Fixed(), writer_of(settings)).answer(QUESTION, caller=LOCAL, cancel=cancel)
        assert it.gone.wait(10), "the endpoint goes on writing for nobody"


def test_what_cannot_be_written_better_is_not_sent_to_a_model(
    written: Callable[..., tuple[Answer, str, Endpoint]],
) -> None:
    for question in ("《巡察工作办法》第三条", "2024年第一轮发现问题多少个？", "食堂几点开门？"):
        answer, _, it = written(lambda x: x.write("从不到这里"), question=question)
        assert not it.requests, question
        assert answer.engine == "extractive"


def test_only_as_much_evidence_is_sent_as_the_model_can_read(
    written: Callable[..., tuple[Answer, str, Endpoint]],
) -> None:
    _, _, wide = written(lambda x: x.write("依据不足"))
    _, _, narrow = written(lambda x: x.write("依据不足"), llm_context=1500)

    assert wide.requests[0]["messages"][-1]["content"].count("\n[") > 3
    assert len(narrow.requests[0]["messages"][-1]["content"]) < 600
    assert BASIS in narrow.requests[0]["messages"][-1]["content"]  # the most relevant comes first


def test_a_judge_may_say_no(written: Callable[..., tuple[Answer, str, Endpoint]]) -> None:
    def script(x: Exchange) -> None:
        x.write("否" if "句子：" in x.told else f"{TRUE}[{x.number_of(BASIS)}]")

    answer, _, it = written(script, llm_judge=True)

    assert answer.engine == "extractive"
    assert len(it.requests) == 2
    assert TRUE in it.requests[1]["messages"][-1]["content"]


def test_a_written_answer_is_kept_without_the_key(office: Office, tmp_path: Path) -> None:
    with endpoint(lambda x: x.write(f"{TRUE}[{x.number_of(BASIS)}]")) as it:
        settings = Settings(library=tmp_path, llm_url=it.url, llm_key=Secret(KEY))
        records = Records(tmp_path / "records.db")
        answer = Assistant(office.library, records, Fixed(), writer_of(settings)).answer(QUESTION, caller=LOCAL)
        kept = records.answer(answer.id)
        records.close()
    assert kept is not None
    assert kept["text"] == f"{TRUE}[1]"
    assert KEY not in json.dumps(kept)


def test_no_model_is_opened_without_a_setting() -> None:
    assert model_of(Settings()) is None
