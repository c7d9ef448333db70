"""The true statements can be read, and every corruption of one is another sentence or another citation."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import pytest

from app.answer.support import Source
from evals import corruptions, corruptions_kept_out, corruptions_turned
from evals.checker import cases, check, scores
from evals.dataset import GoldError, Target
from evals.statements import Basis, Grounded, Statement, load

ABOUT = "《青山集团巡察工作办法》（2024年修订）第{}条"


def grounded(number: int, text: str, source: str, about: str) -> Grounded:
    statement = Statement(f"d-{number:03}", "dev", "number", text, (Target("办法.md", source),))
    beside = (Source("党员应当按时足额交纳党费，按月公示。", ABOUT.format("三十")),)
    return Grounded(statement, (Source(source, about),), beside, beside, beside)


BASIS = Basis(
    (
        grounded(
            1,
            "热轧厂须在2024年9月28日前完成整改，组织部和审计部7日内复核，逾期3个月的由周明远约谈。",
            "热轧厂应当在2024年9月28日前完成整改，组织部、审计部在七日内复核；逾期三个月的，由周明远约谈。",
            ABOUT.format("十二"),
        ),
        grounded(
            2,
            "2024年修订后，档案至少保存30年，经巡察办同意可由领导小组调阅。",
            "档案保存不少于三十年；领导小组经巡察办同意，可以调阅。",
            ABOUT.format("四十"),
        ),
    ),
    ("周明远", "沈立群"),
    ("热轧厂", "炼铁厂"),
    ("周明远", "沈立群", "热轧厂", "炼铁厂"),
)


def test_the_statements_are_split_by_document() -> None:
    statements = load()
    first = {split: {s.cited[0].document for s in statements if s.split == split} for split in ("dev", "test")}
    assert len(statements) >= 130
    assert len({s.id for s in statements}) == len(statements)
    # The rows of one ledger are split by round.
    assert {document for document in first["dev"] & first["test"] if not document.startswith("findings/")} == set()


def test_a_line_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "statements.jsonl"
    path.write_text('{"id": "d-001", "split": "dev"}\n', encoding="utf-8")
    with pytest.raises(GoldError, match=r"statements\.jsonl 第1行"):
        load(path)


def test_every_corruption_changes_one_thing_and_none_is_true() -> None:
    true = BASIS.grounded[0].statement.text
    made = list(chain.from_iterable(kind(BASIS.grounded[0], BASIS) for kind in corruptions.KINDS))
    assert {case.kind for case in made} >= {"number", "date", "name", "negation", "article", "edition", "merged"}
    assert not any(case.true for case in made)
    assert all(case.text != true or case.cited != BASIS.grounded[0].cited for case in made)
    assert len({case.id for case in made}) == len(made)


def test_what_stands_in_the_source_is_turned() -> None:
    turned = [case.text for one in BASIS.grounded for kind in corruptions_turned.KINDS for case in kind(one, BASIS)]
    assert any("最多保存30年" in text for text in turned)
    assert any("经领导小组同意可由巡察办调阅" in text for text in turned)
    assert any("必须由领导小组调阅" in text for text in turned)


def test_the_kinds_kept_out_begin_periods_elsewhere_and_say_the_contrary() -> None:
    one = grounded(
        3, "收到决定之日起15天内可以书面申诉。", "自收到决定之日起十五日内，可以书面申诉。", ABOUT.format("二十")
    )
    kept = [case for kind in corruptions_kept_out.KINDS for case in kind(one, BASIS)]
    assert [case.kind for case in kept] == ["start", "contrary"]
    assert "收到决定" not in kept[0].text
    assert "口头申诉" in kept[1].text
    assert not any(case.true for case in kept)


def test_right_decisions_are_scored_by_kind_and_together() -> None:
    table = scores(check(case, BASIS) for _, case in cases(BASIS))
    assert set(table["passed"].values()) == {1.0}
    assert table["passed"].keys() == table["true"].keys() | table["addressed"].keys()
    assert sum(table["caught"].values()) / len(table["caught"]) > 0.85
