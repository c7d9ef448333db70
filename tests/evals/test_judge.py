from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from app.model import Evidence
from evals.dataset import Target
from evals.judge import Place, holds, locate, overlap, same_address, same_quote, same_words, supports
from ingest.document import DocumentKind, Locator, Span

TEXT = "第三条　提级巡察是指由集团党委\n巡察组直接开展的巡察。\n由 党委批准。"
TEXTS = {"办法.md": ("v1", TEXT)}
TARGET = Target("办法.md", "由集团党委巡察组直接开展的巡察", article=3, paragraph=1)


def evidence(locator: Locator, span: Span, version: str = "v1") -> Evidence:
    quote = span.of(TEXT)
    return Evidence("d", version, None, DocumentKind.REGULATION, "《办法》", locator, span, quote, 0.0)


def test_a_transcription_is_found_whatever_white_space_stands_between() -> None:
    place = locate(TARGET, TEXTS)
    assert place is not None
    assert place.version_id == "v1"
    assert place.span.of(TEXT) == "由集团党委\n巡察组直接开展的巡察"
    spaced = locate(replace(TARGET, quote="由集团 党委巡察组\n直接"), TEXTS)
    assert spaced is not None
    assert spaced.span.of(TEXT) == "由集团党委\n巡察组直接"


def test_what_is_not_in_the_document_is_not_found() -> None:
    assert locate(replace(TARGET, quote="由集团纪委"), TEXTS) is None
    assert locate(replace(TARGET, quote="  "), TEXTS) is None
    assert locate(replace(TARGET, document="别的.md"), TEXTS) is None


@given(st.text(st.sampled_from("党委 巡察\n　。\t"), max_size=40), st.data())
def test_any_part_of_a_text_is_found_where_its_words_stand(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    part = text[start : data.draw(st.integers(start, len(text)))]
    place = locate(Target("文", part), {"文": ("v", text)})
    if not part.strip():
        assert place is None
    else:
        assert place is not None
        found = place.span.of(text)
        assert same_words(found) == same_words(part)
        assert found == found.strip()


def test_a_quotation_is_compared_where_both_stand() -> None:
    place = locate(TARGET, TEXTS)
    assert place is not None
    shown = evidence(Locator(), Span(place.span.start + 3, len(TEXT)))
    assert same_quote(shown, place)
    assert same_quote(evidence(Locator(), Span(0, place.span.end - 2)), place)
    assert not same_quote(replace(shown, quote=shown.quote.replace("直接", "间接")), place)


def test_overlap_is_the_common_part_of_the_longer() -> None:
    assert overlap(Span(0, 10), Span(5, 15)) == 5 / 10
    assert overlap(Span(0, 10), Span(0, 40)) == 10 / 40
    assert overlap(Span(0, 10), Span(10, 20)) == 0
    assert overlap(Span(3, 3), Span(3, 3)) == 0


SPANS = st.tuples(st.integers(0, 50), st.integers(0, 50)).map(lambda pair: Span(min(pair), max(pair)))


@given(SPANS, SPANS)
def test_overlap_is_a_symmetric_share_and_whole_only_of_itself(one: Span, other: Span) -> None:
    assert overlap(one, other) == overlap(other, one)
    assert 0 <= overlap(one, other) <= 1
    assert (overlap(one, other) == 1) == (one == other and one.start < one.end)


def test_an_address_is_the_same_when_every_number_is() -> None:
    target = Target("办法.md", "x", article=12, article_suffix=1, paragraph=2, item=3)
    same = Locator(chapter="第二章", article=12, article_suffix=1, paragraph=2, item=3)
    assert same_address(same, target)
    assert same_address(replace(same, subitem=1), target)  # a 目 lies in its 项
    for other in (
        replace(same, article=13),
        replace(same, article_suffix=None),
        replace(same, paragraph=1),
        replace(same, paragraph=None),
        replace(same, item=None),
        replace(same, annex="附件1"),
    ):
        assert not same_address(other, target)
    assert not same_address(Locator(block=4), Target("纪要.docx", "x"))


def test_a_citation_is_right_by_its_address_or_by_half_of_its_words() -> None:
    place = Place(TARGET, "v1", Span(4, 24))
    elsewhere = Span(28, 34)
    assert supports(evidence(Locator(article=3, paragraph=1), elsewhere), place)
    assert not supports(evidence(Locator(article=3, paragraph=2), elsewhere), place)
    assert supports(evidence(Locator(article=3), Span(4, 14)), place)
    assert not supports(evidence(Locator(article=3), Span(4, 13)), place)
    assert not supports(evidence(Locator(article=3, paragraph=1), place.span, "v2"), place)


def test_a_passage_holds_a_place_when_it_has_half_of_it() -> None:
    place = Place(TARGET, "v1", Span(10, 20))
    assert holds("v1", Span(0, 100), place)
    assert holds("v1", Span(15, 30), place)
    assert not holds("v1", Span(16, 30), place)
    assert not holds("v2", Span(0, 100), place)
