"""Who is named in a text, and when two names are of one party."""

from __future__ import annotations

import pytest

from app.answer.parties import parties, same_party


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("经领导小组审议后,报集团党委批准", ["领导小组", "集团党委"]),
        ("由车队负责人审批,其他的由集团办公室主任审批", ["车队负责人", "集团办公室主任"]),
        ("驾驶员应当在1小时内报告调度员", ["驾驶员", "调度员"]),
        ("由薪考委批,超过的报集团董事会批", ["薪考委", "集团董事会"]),
        ("全部资料在内部公示,本人可以查阅", []),
    ],
)
def test_organs_posts_and_people_are_parties(text: str, names: list[str]) -> None:
    assert [name for _, _, name in parties(text)] == names


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("党委", "集团党委", True),
        ("集团办公室主任", "办公室主任", True),
        ("副组长", "组长", False),
        ("集团总经理", "子公司总经理", False),
        ("保密委员会主任", "办公室主任", False),
    ],
)
def test_a_name_may_be_short_but_not_another(one: str, other: str, same: bool) -> None:
    assert same_party(one, other) == same
