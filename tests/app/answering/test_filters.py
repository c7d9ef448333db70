"""Conditions the caller sets: nothing in the library has the value, or the question names another one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.model import Answer, AnswerStatus, Filters

Ask = Callable[..., Answer]


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        (Filters(units=("不存在厂",)), "单位“不存在厂”"),
        (Filters(rounds=("第九轮",)), "轮次“第九轮”"),
        (Filters(categories=("天气",)), "问题类别“天气”"),
        (Filters(states=("做梦",)), "整改状态“做梦”"),
    ],
)
@pytest.mark.parametrize("question", ["发现问题多少个？", "提级巡察适用于哪些情形？"])
def test_a_filter_value_nothing_has_is_a_refusal_and_never_zero(
    question: str, filters: Filters, words: str, ask: Ask
) -> None:
    answer = ask(question, filters=filters)
    assert answer.status is AnswerStatus.REFUSED
    assert answer.reason is not None
    assert answer.reason.code == "ledger_not_covering"
    assert words in answer.reason.message
    assert "0 个" not in answer.text


def test_a_filter_and_the_question_must_both_hold(ask: Ask) -> None:
    whole = ask("2024年第一轮发现问题多少个？")
    part = ask("2024年第一轮发现问题多少个？", filters=Filters(units=("动力厂",)))
    counts = [c.query.count for a in (whole, part) for c in a.citations if c.query is not None]
    assert len(counts) == 2
    assert 0 < counts[1] < counts[0]
