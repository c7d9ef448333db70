"""What single sentences tell about a passage."""

from hypothesis import given
from hypothesis import strategies as st

from app.sentences import SHORT, Sentences, sentences
from tests.ingest.hashing import HashingEmbedder

LONG = (
    "巡察组成员应当遵守纪律。近五年内在被巡察单位任职的，应当主动申请回避；有亲属关系的，也应当回避。费用由集团承担。"
)


def test_sentences_end_where_a_clause_or_a_line_ends() -> None:
    assert sentences("有下列情形之一的，应当回避：\n（一）近五年内任职的；\n（二）有亲属关系的。") == [
        "有下列情形之一的，应当回避：",
        "（一）近五年内任职的；",
        "（二）有亲属关系的。",
    ]


def test_what_is_short_goes_with_its_neighbour() -> None:
    assert sentences("二是靶心要准。要盯住“三重一大”和工程招标。") == ["二是靶心要准。要盯住“三重一大”和工程招标。"]


@given(st.text("巡察组。；\n 甲乙丙丁", min_size=1, max_size=60))
def test_no_character_but_white_space_is_lost(text: str) -> None:
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())
    assert all(len(one) >= SHORT for one in sentences(text)[:-1] if len(sentences(text)) > 2)


def test_a_sentence_in_a_long_text_is_nearer_than_the_text() -> None:
    reader = Sentences(HashingEmbedder)
    question = "近五年内在被巡察单位任职的"
    embedder = HashingEmbedder()
    whole = float(embedder.encode_passages([LONG])[0] @ embedder.encode_question(question))
    assert reader.nearest(question, [LONG])[0] > whole + 0.1


def test_a_sentence_is_encoded_once_an_embedder() -> None:
    embedder = HashingEmbedder()
    reader = Sentences(lambda: embedder)
    first = reader.nearest("回避", [LONG, LONG])
    counted = embedder.encoded
    assert reader.nearest("回避", [LONG, LONG]) == first
    assert embedder.encoded == counted == len(sentences(LONG))
    embedder = HashingEmbedder("another")
    reader.nearest("回避", [LONG])
    assert embedder.encoded == counted
