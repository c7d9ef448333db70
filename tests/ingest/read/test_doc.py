from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.document import BlockKind, Document
from ingest.errors import ReadError
from ingest.read.reader import read, read_bytes
from tests.ingest.read.files.make import regulation
from tests.ingest.read.word_binary import DELETED, HIDDEN, IN_CELL, Piece, row_end, word_binary

REGULATION = Path(__file__).parent / "files" / "regulation.doc"
DEL_BY_PIECE, HIDDEN_BY_PIECE = 0x41 << 1 | 1 << 8, 0x5C << 1 | 1 << 8


def texts(document: Document) -> list[str]:
    return [block.span.of(document.text) for block in document.blocks]


def test_a_binary_file_reads_as_its_docx_does(tmp_path: Path) -> None:
    regulation(tmp_path / "办法.docx")
    new, old = read(tmp_path / "办法.docx"), read(REGULATION)
    assert texts(old) == texts(new)
    assert [(block.kind, block.level) for block in old.blocks] == [(block.kind, block.level) for block in new.blocks]
    assert [edit.original for edit in old.edits if edit.rule == "hidden"] == ["隐藏的字\n"]
    assert "第二条　巡察组由加上的字域的结果组成，㐂𠮷除外：" in texts(old)
    assert texts(old)[-1] == "[1] 脚注里的字。"


def test_the_suffixes_of_wps_are_read_and_a_wrong_one_is_noticed() -> None:
    data = REGULATION.read_bytes()
    assert read_bytes(data, "办法.wps").notices == ()
    assert [notice.code for notice in read_bytes(data, "办法.docx").notices] == ["mislabelled"]


def test_pieces_of_one_and_two_bytes_a_character_join() -> None:
    data = word_binary(
        [Piece("第一条　本办法所称“"), Piece("ERP–€", narrow=True), Piece("”是指系统𠮷。\r"), Piece("完\r")]
    )
    assert texts(read_bytes(data, "办法.doc")) == ["第一条　本办法所称“ERP–€”是指系统𠮷。", "完"]


def test_what_a_reader_does_not_see_is_left_out() -> None:
    pieces = [
        Piece("甲"),
        Piece("乙", character=DELETED),
        Piece("丙", character=HIDDEN),
        Piece("丁", extra=DEL_BY_PIECE),
        Piece("戊", extra=HIDDEN_BY_PIECE),
        Piece("\x13 HYPERLINK “网址” \x14看\x13 PAGE \x15见\x15己\x01\x1f\x1e\r"),
    ]
    document = read_bytes(word_binary(pieces), "办法.doc")
    assert texts(document) == ["甲看见己-"]
    assert [edit.original for edit in document.edits] == ["丙\n", "戊\n"]


def test_a_deleted_paragraph_mark_lets_the_text_run_on() -> None:
    document = read_bytes(word_binary([Piece("前半"), Piece("\r", character=DELETED), Piece("后半。\r")]), "a.doc")
    assert texts(document) == ["前半后半。"]


def test_a_field_that_never_ends_hides_nothing() -> None:
    assert texts(read_bytes(word_binary([Piece("甲\x13乙\r丙\x15丁\r戊\x13己\r")]), "a.doc")) == ["甲丁", "戊己"]


def test_rows_with_cells_of_different_width_share_their_columns() -> None:
    cell, end = IN_CELL, row_end
    pieces = [
        Piece("表前\r"),
        Piece("采购类别\x07限额标准\x07采购方式\x07", paragraph=cell),
        Piece("\x07", paragraph=end(0, 1000, 2000, 3000)),
        Piece("工程\r含货物\x07四百万元，公开招标\x07", paragraph=cell),
        Piece("\x07", paragraph=end(0, 1010, 2990)),
        Piece("服务\x07一百万元\x07", paragraph=cell),
    ]
    document = read_bytes(word_binary([*pieces, Piece("询价\x07", paragraph=cell)]), "a.doc")
    assert [block.kind for block in document.blocks][1:] == [BlockKind.ROW] * 2
    assert texts(document) == [
        "表前",
        "采购类别：工程\n含货物\n限额标准：四百万元，公开招标\n采购方式：四百万元，公开招标",
        "采购类别：服务\n限额标准：一百万元\n采购方式：询价",
    ]


@pytest.mark.parametrize(
    ("data", "code", "says"),
    [
        (word_binary([Piece("甲\r")], flags=0x0100), "file_encrypted", "密码"),
        (word_binary([Piece("甲\r")], version=0x68), "file_unsupported", "Word 95"),
        (word_binary([]), "file_damaged", "正文"),
        (word_binary([Piece("\r\r")]), "file_empty", "空的"),
    ],
)
def test_what_cannot_be_read_says_why(data: bytes, code: str, says: str) -> None:
    with pytest.raises(ReadError, match=says) as error:
        read_bytes(data, "办法.doc")
    assert error.value.code == code


def is_read_or_refused(data: bytes) -> None:
    try:
        assert read_bytes(data, "办法.doc").blocks
    except ReadError as error:
        assert "办法.doc" in str(error)  # noqa: PT017


def test_a_binary_file_cut_anywhere_is_an_error_or_a_document() -> None:
    whole = REGULATION.read_bytes()
    for at in range(0, len(whole), 509):
        is_read_or_refused(whole[:at])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 23_000), st.binary(min_size=1, max_size=6)), min_size=1, max_size=4))
def test_a_binary_file_changed_anywhere_is_an_error_or_a_document(changes: list[tuple[int, bytes]]) -> None:
    data = bytearray(REGULATION.read_bytes())
    for at, new in changes:
        data[at : at + len(new)] = new
    is_read_or_refused(bytes(data))


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 1023), st.integers(0, 0xFFFFFFFF))
def test_a_header_that_lies_is_an_error_or_a_document(at: int, value: int) -> None:
    data = bytearray(REGULATION.read_bytes())
    header = data.index(b"\xec\xa5")
    struct.pack_into("<I", data, header + at, value)
    is_read_or_refused(bytes(data))
