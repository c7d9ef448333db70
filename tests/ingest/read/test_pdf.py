"""PDFs with text: reading order, paragraphs over lines and pages, furniture, tables, places; and files that are none."""

from __future__ import annotations

import pytest

from ingest.clean import original_text
from ingest.document import BlockKind, ClauseLevel, Document
from ingest.errors import ReadError
from ingest.read.reader import draw_page, read_bytes
from ingest.structure.structure import structure
from tests.ingest.read.printed import HEIGHT, Mark, Stroke, Words, lines, pdf

AIM = (
    "第一条　为了规范巡察工作，根据有关规定，结合集团实际，制定本办法。本办法适用于集团党委对所属单位党组织开展的巡察。"
)
LEAD = "第二条　巡察工作坚持中国共产党的领导，由集团党委统一组织，以发现问题、形成震慑、推动改革、促进发展为目标，做到应巡尽巡。"
TERM = "第三条　集团党委在一届任期内，应当对所属单位党组织巡察一遍。"
LOCKED = "/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O (01234567890123456789012345678901) /U (01234567890123456789012345678901) >> /ID [(a) (a)]"


def read(*pages: list[Mark]) -> Document:
    return read_bytes(pdf(pages), "办法.pdf")


def page(text: str, number: int, *, y: float = 100) -> list[Mark]:
    """A page of running text with a header and its number."""
    return [Words(200, 40, "岱川集团制度汇编", 9), *lines(text, y=y), Words(280, 790, f"— {number} —", 10)]


def texts(document: Document) -> list[str]:
    return [block.span.of(document.text) for block in document.blocks]


def test_lines_become_paragraphs_and_a_paragraph_goes_on_overleaf() -> None:
    first, rest = LEAD[:32], LEAD[32:]  # the page ends with a full line
    document = read(page(f"{AIM}\n{first}", 1), [*lines(rest, indent=0), *lines(TERM, y=160), *page("", 2)])
    assert texts(document) == [AIM, LEAD, TERM]
    place = document.blocks[1].source
    assert place.page == 1
    assert place.further is not None
    assert [number for number, _ in place.further] == [2]
    assert [
        clause.locator.article for clause in structure(document).clauses if clause.level is ClauseLevel.ARTICLE
    ] == [
        1,
        2,
        3,
    ]


def test_headers_and_page_numbers_are_left_out_and_kept_as_edits() -> None:
    document = read(*(page(text, number) for number, text in enumerate((AIM, LEAD, TERM), 1)))
    assert texts(document) == [AIM, LEAD, TERM]
    dropped = [edit.original.strip() for edit in document.edits if edit.rule == "margin"]
    assert sorted(dropped) == sorted(["岱川集团制度汇编"] * 3 + [f"—　{n}　—" for n in (1, 2, 3)])
    assert original_text(document.text, document.edits).count("岱川集团制度汇编") == 3


def test_a_box_tells_where_the_paragraph_stands() -> None:
    left, top, right, bottom = read([*lines(AIM)]).blocks[0].source.box or (0, 0, 0, 0)
    assert left == pytest.approx(90 / 595, abs=0.005)
    assert top == pytest.approx(100 / HEIGHT, abs=0.005)
    assert right == pytest.approx((90 + 34 * 12) / 595, abs=0.005)
    assert bottom == pytest.approx((100 + 2 * 20.4 - 8.4) / HEIGHT, abs=0.01)


def test_two_columns_are_read_one_after_the_other_and_a_paragraph_goes_on_in_the_second() -> None:
    left, right = AIM + LEAD[:10], LEAD[10:] + TERM
    marks: list[Mark] = [Words(190, 60, "岱川集团巡察工作办法", 20)]
    marks += lines(left * 3 + "。\n" + AIM, x=60, measure=18, indent=0)
    marks += lines(right * 3, x=310, measure=18, indent=0)
    expected = "岱川集团巡察工作办法" + left * 3 + "。" + AIM + right * 3
    assert "".join(read(marks).text.split()) == "".join(expected.split())


def grid(rows: list[list[str]], x: list[float], *, y: float = 100, height: float = 30) -> list[Mark]:
    """A ruled table."""
    bottom = y + height * len(rows)
    marks: list[Mark] = [Stroke(edge, y, edge, bottom) for edge in x]
    marks += [Stroke(x[0], y + height * index, x[-1], y + height * index) for index in range(len(rows) + 1)]
    for index, row in enumerate(rows):
        marks += [Words(x[column] + 4, y + height * index + 8, text, 10) for column, text in enumerate(row)]
    return marks


def test_a_ruled_table_is_rows_under_its_column_names_also_overleaf() -> None:
    x = [60.0, 140.0, 300.0, 520.0]
    first = grid([["序号", "单位", "问题"], ["1", "炼钢二厂", "未按规定招标"]], x)
    second = grid([["序号", "单位", "问题"], ["2", "动力厂", "超标准接待"]], x)
    document = read(first, second)
    assert texts(document) == ["序号：1\n单位：炼钢二厂\n问题：未按规定招标", "序号：2\n单位：动力厂\n问题：超标准接待"]
    assert [block.kind for block in document.blocks] == [BlockKind.ROW] * 2
    assert [block.source.page for block in document.blocks] == [1, 2]


def test_a_table_that_sets_out_articles_is_read_as_articles() -> None:
    rows = [["条款", "内容"], ["第一条", "为了规范巡察工作，制定本办法。"], ["第二条", "本办法自发布之日起施行。"]]
    document = read(grid(rows, [60.0, 140.0, 520.0]))
    assert texts(document)[1:] == ["第一条　为了规范巡察工作，制定本办法。", "第二条　本办法自发布之日起施行。"]


def test_cells_without_rules_stay_on_their_line() -> None:
    rows = [
        [Words(60, y, name, 12), Words(300, y, value, 12)]
        for y, name, value in ((100, "甲厂", "一项"), (130, "乙厂", "两项"))
    ]
    assert texts(read([mark for row in rows for mark in row])) == ["甲厂　一项", "乙厂　两项"]


@pytest.mark.parametrize(
    ("data", "code", "says"),
    [
        (pdf([[Words(90, 100, AIM)]], trailer=LOCKED), "file_encrypted", "密码"),
        (b"%PDF-1.7\n", "file_damaged", "不是完整的 PDF"),
        (pdf([]), "file_damaged", "PDF"),
        (pdf([[Words(90, 100, AIM)]], size=(10_000_000, 800)), "file_damaged", "尺寸"),
        (pdf([[]]), "file_empty", "空的"),
    ],
    ids=["encrypted", "only a head", "no pages", "a page of kilometres", "a blank page"],
)  # fmt: skip
def test_what_cannot_be_read_says_why(data: bytes, code: str, says: str) -> None:
    with pytest.raises(ReadError) as refused:
        read_bytes(data, "办法.pdf")
    assert refused.value.code == code
    assert says in str(refused.value)


def test_a_file_cut_or_changed_anywhere_is_an_error_or_a_document() -> None:
    whole = pdf([page(AIM, 1), page(LEAD, 2)])
    for at in range(0, len(whole), max(1, len(whole) // 40)):
        for data in (whole[:at], whole[:at] + b"\xff" * 8 + whole[at + 8 :]):
            try:
                read_bytes(data, "办法.pdf")
            except ReadError as error:
                assert "办法.pdf" in str(error)  # noqa: PT017


def test_a_page_can_be_drawn_and_a_missing_one_cannot() -> None:
    data = pdf([page(AIM, 1)])
    image = draw_page(data, "办法.pdf", "application/pdf", 1)
    assert image is not None
    assert image.startswith(b"\x89PNG")
    assert draw_page(data, "办法.pdf", "application/pdf", 2) is None
    assert draw_page(data, "办法.txt", "text/plain", 1) is None
