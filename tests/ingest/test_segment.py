from hypothesis import given
from hypothesis import strategies as st

from ingest.segment import search_key, terms


def test_traditional_and_full_width_text_has_the_key_of_the_plain_one() -> None:
    assert search_key("發現問題臺賬２０２４年ＡＢｃ") == search_key("发现问题台账2024年abc")


def test_compatibility_characters_and_zero_width_ones_do_not_hide_a_match() -> None:
    assert search_key("巡察⼯作\u200b⼒量") == "巡察工作力量"


def test_a_lone_surrogate_does_no_harm() -> None:
    assert search_key("巡察\ud800") == "巡察?"


def test_characters_and_pairs_are_terms() -> None:
    assert terms("不得") == ["不", "得", "不得"]


def test_dictionary_words_of_three_characters_and_more_are_terms_once() -> None:
    found = terms("中国共产党纪律处分条例")
    assert found.count("中国共产党") == 1
    assert found.count("共产党") == 1


def test_the_words_that_carry_a_regulation_are_kept() -> None:
    assert {"第", "规定", "应当", "不得", "必须"} <= set(terms("必须按第一项规定，应当报告，不得拖延"))


def test_pairs_do_not_reach_over_punctuation() -> None:
    assert "察整" not in terms("巡察，整改")


def test_an_article_has_one_term_however_its_number_is_written() -> None:
    ways = ["第十二条", "第12条", "第 12 条", "第１２条", "第十二條"]
    assert all("第12条" in terms(way) for way in ways)


def test_numbers_with_hundreds_and_inserted_articles_are_read() -> None:
    assert "第232条之1" in terms("第二百三十二条之一")
    assert "第107条" in terms("第一百零七条")
    assert "第20条" in terms("第二十条")
    assert "第102条" in terms("第一〇二条")


def test_a_round_is_found_in_both_numerals() -> None:
    assert "第1轮" in terms("2024年第一轮巡察")
    assert "第1轮" in terms("2024年第1轮巡察")


def test_a_year_in_chinese_digits_meets_the_arabic_one() -> None:
    assert "2024" in terms("二〇二四年")
    assert "2024" in terms("2024年")


def test_a_hyphenated_number_is_a_term_beside_its_parts() -> None:
    assert {"2024-1-017", "2024", "1", "017"} <= set(terms("编号2024-1-017"))


def test_a_repeated_term_is_repeated() -> None:
    assert terms("巡察巡察").count("巡察") == 2


def test_punctuation_alone_has_no_terms() -> None:
    assert terms("，。？ \n") == []


@given(st.text())
def test_terms_never_fail_and_hold_no_white_space(text: str) -> None:
    found = terms(text)
    assert found == terms(text)
    assert all(term and not any(character.isspace() for character in term) for term in found)


@given(st.text(alphabet="巡察工作办法第十二条款ABcd１２発臺\n ，"))
def test_terms_of_a_text_are_those_of_its_key(text: str) -> None:
    assert terms(text) == terms(search_key(text))
