"""The lexicon from spoken to written words: the form of its file, and how its forms are found in a question."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.wording import ARROW, GAP, LEXICON, MOST_FORMS, distinct, lexicon, read, spoken_in
from ingest.segment import dictionary_words, search_key

LINES = [line for line in LEXICON.read_text(encoding="utf-8").splitlines() if line.strip() and line[0] != "#"]
GROUPS = [line.split(ARROW) for line in LINES if ARROW in line]

OPPOSITES = [
    ("不超过", "不少于"),
    ("至多", "至少"),
    ("以上", "以下"),
    ("最高", "最低"),
    ("可以", "应当"),
    ("批准", "备案"),
    ("从轻", "从重"),
    ("减轻", "加重"),
    ("提拔", "降职"),
    ("公开", "保密"),
    ("延期", "提前"),
    ("同意", "拒绝"),
    ("事前", "事后"),
    ("上级", "下级"),
    ("收受", "上交"),
    ("有效", "无效"),
    ("实名", "匿名"),
]

forms = st.sampled_from(sorted(lexicon().written)).map(lambda form: form.replace(GAP, "了个"))
questions = st.lists(forms | st.text("厂长把这批料的事情向组织说明，？", max_size=4), max_size=6).map("".join)


def test_each_spoken_form_stands_on_one_line_only() -> None:
    told = Counter(form for spoken, _ in GROUPS for form in spoken.split())
    assert [form for form, times in told.items() if times > 1] == []


def test_no_form_is_a_single_character_and_none_begins_or_ends_with_a_gap() -> None:
    assert [f for spoken, _ in GROUPS for f in spoken.split() if len(f.replace(GAP, "")) < 2 or f.strip(GAP) != f] == []
    assert [word for _, written in GROUPS for word in written.split() if len(word) < 2 or GAP in word] == []


def test_each_form_has_one_to_six_written_forms_beside_itself() -> None:
    assert [form for form, written in lexicon().written.items() if not 1 <= len(written) <= 6] == []
    assert [written for _, written in GROUPS if len(set(written.split())) < len(written.split())] == []


@pytest.mark.parametrize("pair", OPPOSITES)
def test_no_form_is_written_as_its_opposite_nor_as_both_of_two_opposites(pair: tuple[str, str]) -> None:
    one, other = pair
    for form, written in lexicon().written.items():
        assert not {one, other} <= set(written), form
        assert not (form == one and other in written), form
        assert not (form == other and one in written), form


def test_words_that_mean_the_same_are_told_both_ways() -> None:
    same = read("出席 到会\n说情 打…招呼 → 请托\n").same
    assert same == {"出席": ("到会",), "到会": ("出席",)}


@pytest.mark.parametrize(
    ("question", "words", "written"),
    [
        ("叫他来都不来怎么办", "叫他来都不来", "无正当理由"),
        ("领导给打了个招呼", "打了个招呼", "请托"),
        ("这笔钱该由哪位拍板", "拍板", "审定"),
        ("能不能先斩后奏", "先斩后奏", "未经批准"),
        ("抽去的人被拉去顶几天班", "顶几天班", "安排其从事其他工作"),
        ("报告能往后拖吗", "往后拖", "延期"),
    ],
)
def test_a_spoken_form_is_found_though_it_is_several_words(question: str, words: str, written: str) -> None:
    found = {one.words: one.written for one in spoken_in(search_key(question))}
    assert written in found[words]


def test_a_form_inside_a_word_is_not_found() -> None:
    assert "开会" in lexicon().written
    assert spoken_in("召开会议") == []


@given(questions)
def test_forms_found_are_whole_words_in_order_and_none_lies_over_another(question: str) -> None:
    key = search_key(question)
    edges, at = {0}, 0
    for word in dictionary_words(key):
        at += len(word)
        edges.add(at)
    reached = 0
    for one in spoken_in(key):
        assert key[one.start : one.end] == one.words
        assert {one.start, one.end} <= edges
        assert one.start >= reached
        reached = one.end


@given(questions)
def test_the_longest_form_at_a_place_is_the_one_found(question: str) -> None:
    key = search_key(question)
    edges = {0}
    for word in dictionary_words(key):
        edges.add(max(edges) + len(word))
    for one in spoken_in(key):
        longer = {key[one.start : end] for end in edges if end > one.end}
        assert not longer & lexicon().written.keys()


def test_each_form_counts_once_and_a_pasted_text_has_no_more_than_are_made_use_of() -> None:
    twice = distinct(spoken_in("领导拍板,书记拍板"))
    assert [one.words for one in twice if one.words == "拍板"] == ["拍板"]
    pasted = ",".join(form for form in sorted(lexicon().written) if GAP not in form)
    assert len(distinct(spoken_in(pasted))) == MOST_FORMS


@given(questions)
def test_the_same_text_gives_the_same_forms(question: str) -> None:
    key = search_key(question)
    assert spoken_in(key) == spoken_in(key)
