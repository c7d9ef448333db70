from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.document import BlockKind, Document
from ingest.errors import ReadError
from ingest.read.reader import read, read_bytes
from tests.ingest.read.files.make import regulation

REGULATION = Path(__file__).parent / "files" / "regulation.rtf"
FONTS = rb"{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset134 \'cb\'ce\'cc\'e5;}{\f2\fcharset2 Symbol;}}"


def texts(document: Document) -> list[str]:
    return [block.span.of(document.text) for block in document.blocks]


def rtf(body: bytes, head: bytes = rb"\ansi\ansicpg936\deff0") -> Document:
    return read_bytes(rb"{\rtf1" + head + FONTS + body + b"}", "办法.rtf")


def escaped(text: str, encoding: str = "gb18030") -> bytes:
    return b"".join(b"\\'%02x" % byte for byte in text.encode(encoding))


def units(text: str) -> bytes:
    data = text.encode("utf-16-le")
    numbers = [int.from_bytes(data[at : at + 2], "little", signed=True) for at in range(0, len(data), 2)]
    return b"".join(b"\\u%d?" % number for number in numbers)


def test_a_rich_text_file_reads_as_its_docx_does(tmp_path: Path) -> None:
    regulation(tmp_path / "办法.docx")
    new, old = read(tmp_path / "办法.docx"), read(REGULATION)
    assert texts(old) == texts(new)
    assert [(block.kind, block.level) for block in old.blocks] == [(block.kind, block.level) for block in new.blocks]
    assert [edit.original for edit in old.edits if edit.rule == "hidden"] == ["隐藏的字\n"]


def test_characters_of_the_files_code_page_of_a_font_and_of_unicode() -> None:
    assert texts(rtf(escaped("第一条　为了“规范”巡察。") + rb"\par")) == ["第一条　为了“规范”巡察。"]
    western = rb"\ansi\ansicpg1252\deff0"
    assert texts(rtf(rb"{\f1 " + escaped("巡察工作") + rb"} caf\'e9\par", western)) == ["巡察工作 café"]
    assert texts(rtf(rb"\uc1 " + units("巡察𠮷办") + rb"{\uc2\u24037\'b9\'a4}\uc0\u20316 x\par")) == ["巡察𠮷办工作x"]


def test_a_second_byte_that_is_a_backslash_or_a_brace_stays_with_the_first() -> None:
    assert escaped("乗")[-2:] == b"5c"
    body = b"".join(b"\\'81\\" + bytes((second,)) for second in b"\\{}")
    assert texts(rtf(body + rb"\par")) == [bytes((0x81, 0x5C, 0x81, 0x7B, 0x81, 0x7D)).decode("gbk")]


def test_what_a_reader_does_not_see_is_left_out() -> None:
    body = (
        rb"{\info{\title " + escaped("标题") + rb"}{\author x}}{\header\pard " + escaped("页眉") + rb"\par}"
        rb"a{\deleted b}{\v c}{\*\unknown d}{\field{\*\fldinst HYPERLINK e}{\fldrslt f}}{\pict 00ff}"
        rb"{\object{\*\objdata 00}{\result g}}{\upr{h}{\*\ud{i}}}\bin3 }}}j\~k\_l\line m\page n\par"
    )
    document = rtf(body)
    assert texts(document) == ["afij k-l", "mn"]
    assert [edit.original for edit in document.edits if edit.rule == "hidden"] == ["c\n"]
    assert document.metadata.extra == {"core_title": "标题", "core_author": "x"}


def test_displayed_numbers_stay_and_bullets_go() -> None:
    number = rb"{\listtext\pard\plain " + escaped("第一条") + rb"\tab}"
    bullet = rb"{\listtext\pard\plain\f2 \'b7\tab}"
    document = rtf(rb"\pard " + number + escaped("总则。") + rb"\par\pard " + bullet + escaped("要点") + rb"\par")
    assert [(block.kind, block.span.of(document.text)) for block in document.blocks] == [
        (BlockKind.ITEM, "第一条　总则。"),
        (BlockKind.ITEM, "要点"),
    ]


def test_merged_cells_and_a_table_in_a_table() -> None:
    def row(definition: bytes, *cells: str) -> bytes:
        return rb"\trowd" + definition + rb"\pard\intbl " + b"".join(escaped(c) + rb"\cell " for c in cells) + rb"\row"

    columns = rb"\cellx1000\clvmgf\cellx2000\cellx3000"
    body = row(rb"\trhdr\cellx1000\cellx2000\cellx3000", "事项", "依据", "备注")
    body += row(columns, "甲", "办法", "一") + row(columns.replace(b"clvmgf", b"clvmrg"), "乙", "", "二")
    body += row(rb"\clmgf\cellx1000\clmrg\cellx2000\cellx3000", "丙", "", "三")
    body += rb"\pard\intbl\itap2 " + escaped("内") + rb"\nestcell " + escaped("里") + rb"\nestcell"
    body += rb"{\*\nesttableprops\trowd\cellx1\cellx2\nestrow}{\nonesttables\par}"
    body += row(rb"\cellx1000\cellx2000\cellx3000", "丁", "规则", "四")
    assert texts(rtf(body + rb"\pard " + escaped("表后") + rb"\par")) == [
        "事项：甲\n依据：办法\n备注：一",
        "事项：乙\n依据：办法\n备注：二",
        "事项：丙\n依据：丙\n备注：三",
        "事项：内　里\n丁\n依据：规则\n备注：四",
        "表后",
    ]


def test_a_file_cut_short_is_read_as_far_as_it_goes_and_says_so() -> None:
    document = read_bytes(rb"{\rtf1\ansicpg936 " + escaped("第一条　完整。") + rb"\par {\b " + escaped("第二"), "a.rtf")
    assert texts(document) == ["第一条　完整。", "第二"]
    assert [notice.code for notice in document.notices] == ["file_incomplete"]


def test_a_rich_text_file_named_doc_is_noticed() -> None:
    document = read_bytes(REGULATION.read_bytes(), "办法.doc")
    assert document.media_type == "application/rtf"
    assert [notice.code for notice in document.notices] == ["mislabelled"]


@pytest.mark.parametrize("size", [50_000])
def test_control_words_without_end_do_not_hang(size: int) -> None:
    for part in (b"\\", b"\\'", b"\\u1", b"\\bin-5 ", b"\\cell", b"\\trowd\\row", b"{}", b"{\\footnote}"):
        data = rb"{\rtf1 x" + part * (size // len(part))
        assert read_bytes(data, "a.rtf").blocks


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30_000), st.binary(min_size=1, max_size=6)), min_size=1, max_size=4))
def test_a_rich_text_file_changed_anywhere_is_an_error_or_a_document(changes: list[tuple[int, bytes]]) -> None:
    data = bytearray(REGULATION.read_bytes())
    for at, new in changes:
        data[at : at + len(new)] = new
    try:
        assert read_bytes(bytes(data), "办法.rtf").blocks
    except ReadError as error:
        assert "办法.rtf" in str(error)  # noqa: PT017
