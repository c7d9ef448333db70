import contextlib
import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.dataset import GoldError, Target, load

GOOD = {
    "id": "d-1",
    "kind": "content",
    "question": "由谁批准？",
    "needs": [[{"document": "办法.md", "quote": "党委批准"}]],
}


def gold(folder: Path, *rows: object) -> Path:
    path = folder / "dev.jsonl"
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_line_is_a_question_with_its_places(tmp_path: Path) -> None:
    place = {
        "document": "办法.md",
        "article": 12,
        "article_suffix": 1,
        "paragraph": 2,
        "item": 3,
        "quote": "（三）其他",
    }
    row = GOOD | {"as_of": "2023-05-01", "needs": [[place], [place, {"document": "讲话.txt", "quote": "其他"}]]}
    (question,) = load(gold(tmp_path, row, "", "  "))
    assert question.as_of == date(2023, 5, 1)
    assert question.needs[0] == (Target("办法.md", "（三）其他", 12, 1, 2, 3),)
    assert len(question.needs[1]) == 2
    assert question.answerable


def test_a_question_is_asked_at_the_end_of_the_corpus_unless_it_says_otherwise(tmp_path: Path) -> None:
    (question,) = load(gold(tmp_path, GOOD))
    assert question.as_of is None


def test_a_count_of_none_is_a_basis_and_a_question_without_one_is_not(tmp_path: Path) -> None:
    count = {"id": "d-1", "kind": "count", "question": "几个？", "count": 0}
    none = {"id": "d-2", "kind": "none", "question": "谁说的？", "needs": [], "near_miss": True, "note": "没有这个人"}
    assert [question.answerable for question in load(gold(tmp_path, count, none))] == [True, False]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("{", "不是一行 JSON"),
        ("[]", "应为 JSON 对象"),
        ("NaN", "应为 JSON 对象"),
        ({k: v for k, v in GOOD.items() if k != "id"}, "id 应为不空的文字"),
        (GOOD | {"question": " "}, "question 应为不空的文字"),
        (GOOD | {"kind": "open"}, "kind 应为"),
        (GOOD | {"as_of": "2024-02-30"}, "day is out of range"),
        (GOOD | {"as_of": 20240201}, "as_of 应为不空的文字"),
        (GOOD | {"needs": {}}, "needs 应为列表"),
        (GOOD | {"needs": [[]]}, "应为不空的列表"),
        (GOOD | {"needs": [["办法.md"]]}, "应为 JSON 对象"),
        (GOOD | {"needs": [[{"document": "办法.md"}]]}, "quote 应为不空的文字"),
        (GOOD | {"needs": [[{"document": "办法.md", "quote": "x", "article": "十二"}]]}, "article 应为不小于 1 的整数"),
        (GOOD | {"needs": [[{"document": "办法.md", "quote": "x", "artikel": 12}]]}, "不认识的字段 ['artikel']"),
        (GOOD | {"count": True}, "count 应为"),
        (GOOD | {"count": -1}, "count 应为"),
        (GOOD | {"values": ["炼铁厂", 3]}, "values 的每一项"),
        (GOOD | {"near_miss": "yes"}, "near_miss 应为"),
        (GOOD | {"near_miss": True}, "near_miss 只用于"),
        (GOOD | {"answer": "党委"}, "不认识的字段 ['answer']"),
        (GOOD | {"needs": []}, "kind 为 none"),
        (GOOD | {"kind": "none"}, "kind 为 none"),
        (GOOD, "id “d-1” 重复"),
    ],
)
def test_a_malformed_line_is_named_by_file_and_line(tmp_path: Path, row: object, words: str) -> None:
    with pytest.raises(GoldError) as caught:
        load(gold(tmp_path, GOOD, "", row))
    assert str(caught.value).startswith("dev.jsonl 第3行: ")
    assert words in str(caught.value)


def test_a_file_that_is_missing_or_in_another_encoding_is_named(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match=r"没有\.jsonl"):
        load(tmp_path / "没有.jsonl")
    (tmp_path / "dev.jsonl").write_bytes("问题".encode("gbk"))
    with pytest.raises(GoldError, match=r"dev\.jsonl: 不是 UTF-8"):
        load(tmp_path / "dev.jsonl")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*GOOD, "count", "quote"]), inner),
    max_leaves=6,
)


@given(field=st.sampled_from([*GOOD, "as_of", "count", "values", "near_miss", "note"]), value=VALUES)
def test_whatever_a_field_holds_the_line_is_a_question_or_a_gold_error(
    tmp_path_factory: pytest.TempPathFactory, field: str, value: object
) -> None:
    path = gold(tmp_path_factory.getbasetemp(), json.dumps(GOOD | {field: value}))
    with contextlib.suppress(GoldError):
        assert len(load(path)) == 1
