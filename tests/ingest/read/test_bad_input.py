from __future__ import annotations

import io
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import pytest

from ingest.errors import NotFoundError, ReadError
from ingest.read.reader import is_document, most_bytes, read, read_bytes, sidecar_of
from tests.ingest.read.compound import compound
from tests.ingest.read.seeds import SEEDS

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 500


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "."), content)
    return out.getvalue()


def word() -> bytes:
    out = io.BytesIO()
    document = docx.Document()
    document.add_paragraph("第一条　为了规范巡察工作，制定本办法。" * 50)
    document.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "name", "code", "says"),
    [
        (b"", "空.txt", "file_empty", "空.txt"),
        (b"\xef\xbb\xbf \r\n\x00", "空.txt", "file_empty", "空的"),
        ("\u200b\u3000\n".encode(), "空.txt", "file_empty", "空的"),
        (b"---\ntitle: \xe7\x94\xb2\n---\n", "空.md", "file_empty", "空的"),
        (b"<html><body><script>1</script></body></html>", "空.html", "file_empty", "空的"),
        (b"%PDF-1.7\n", "a.docx", "file_damaged", "PDF"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 99, "a.docx", "file_damaged", "图片"),
        (b"GIF89a" + b"\x00" * 99, "a.gif", "file_unsupported", ".png"),
        (b"{\\rtf1 {\\*\\generator abc}}", "a.rtf", "file_empty", "空的"),
        (b"{\\rtf1 " + b"{" * 2000, "a.rtf", "file_damaged", "层次"),
        (b"Rar!\x1a\x07\x00" + b"\x01" * 99, "a.rar", "file_unsupported", "解压"),
        (compound({"EncryptedPackage": b"x"}), "a.docx", "file_encrypted", "取消密码"),
        (compound({"PowerPoint Document": b"x"}), "a.ppt", "file_unsupported", "另存为 .pptx"),
        (compound({"某个流": b"WordDocument"}), "a.doc", "file_unsupported", "旧版 Office"),
        (compound({"Workbook": b"x"}), "a.xls", "file_damaged", "另存"),
        (OLE + b"x" * 600, "a.doc", "file_damaged", "不完整"),
        (zipped(a__png=b"x", b__jpg=b"y"), "a.docx", "file_mislabelled", "2 张图片"),
        (zipped(a__txt=b"x"), "a.zip", "file_unsupported", "解压"),
        (zipped(**{"ppt/presentation.xml": b"x"}), "a.pptx", "file_damaged", "不完整"),
        (zipped(**{"OFD.xml": b"x"}), "a.ofd", "file_unsupported", "OFD"),
        (word()[:2000], "a.docx", "file_damaged", "不完整"),
        (zipped(**{"word/document.xml": b"<w:document"}), "a.docx", "file_damaged", "不完整"),
        (zipped(**{"word/document.xml": b"<document/>"}), "a.docx", "file_damaged", "正文"),
        (zipped(**{"xl/workbook.xml": b"<workbook/>"}), "a.xlsx", "file_damaged", "另存"),
        (bytes(range(256)) * 20, "a.txt", "file_binary", "二进制"),
        (bytes(range(256)) * 20, "a.xlsx", "file_damaged", "Office"),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n", "a.mht", "file_empty", "没有可用文字"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_what_it_is_and_what_to_do(data: bytes, name: str, code: str, says: str) -> None:
    with pytest.raises(ReadError) as error:
        read_bytes(data, name)
    assert error.value.code == code
    assert says in str(error.value)
    assert name in str(error.value)
    assert str(pickle.loads(pickle.dumps(error.value))) == str(error.value)


def test_a_word_file_cut_or_changed_anywhere_is_an_error_or_a_document() -> None:
    whole = word()
    for at in range(0, len(whole), max(1, len(whole) // 60)):
        for data in (whole[:at], whole[:at] + b"\xff" * 8 + whole[at + 8 :]):
            try:
                assert read_bytes(data, "a.docx").blocks
            except ReadError as error:
                assert "a.docx" in str(error)  # noqa: PT017


def test_a_zip_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    many = zipped(**{"word/document.xml": b"x", **{f"f{i}": b"" for i in range(10_001)}})
    monkeypatch.setattr("ingest.read.sniff._MOST_UNPACKED", 1024 * 1024)
    large = zipped(**{"word/document.xml": b" " * (2 * 1024 * 1024)})
    for bomb in (many, large):
        with pytest.raises(ReadError) as error:
            read_bytes(bomb, "炸弹.docx")
        assert error.value.code == "archive_bomb"


def test_a_file_over_the_limit_says_the_limit() -> None:
    with pytest.raises(ReadError) as error:
        read_bytes("字".encode() * 1_000_000, "大.txt", max_bytes=1024 * 1024)
    assert error.value.code == "file_too_large"
    assert "上限 1 MB" in str(error.value)


def test_what_holds_pages_may_be_larger_and_its_suffix_alone_does_not_make_it_so() -> None:
    assert most_bytes("扫描.PDF") == most_bytes("扫描.tif") > most_bytes("办法.docx") == most_bytes("办法")
    with pytest.raises(ReadError) as error:
        read_bytes(b"x" * (most_bytes("办法.txt") + 1), "假.pdf")
    assert error.value.code == "file_too_large"


def test_a_path_that_does_not_exist_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"没有\.txt"):
        read(tmp_path / "没有.txt")
    with pytest.raises(ReadError, match="文件夹"):
        read(tmp_path)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "密.txt"
    path.write_text("字")
    path.chmod(0)
    with pytest.raises(ReadError, match="权限"):
        read(path)


def test_content_decides_and_a_wrong_suffix_is_noticed() -> None:
    document = read_bytes("第一条　为了规范。".encode(), "办法.docx")
    assert document.media_type == "text/plain"
    assert [notice.code for notice in document.notices] == ["mislabelled"]
    assert read_bytes(word(), "办法.txt").media_type.endswith("wordprocessingml.document")
    assert read_bytes(b"<html><body><table><tr><td>\xe7\x94\xb2</td></tr></table></body></html>", "a.xls").text == "甲"


def test_a_sidecar_is_found_beside_its_document(tmp_path: Path) -> None:
    document = tmp_path / "办法.docx"
    document.write_bytes(word())
    assert sidecar_of(document) is None
    (tmp_path / "办法.yaml").write_text("title: 短名", encoding="utf-8")
    assert read(document).metadata.title == "短名"
    (tmp_path / "办法.docx.yaml").write_text("title: 全名", encoding="utf-8")
    assert read(document).metadata.title == "全名"


def test_a_shared_sidecar_name_belongs_to_nobody(tmp_path: Path) -> None:
    for suffix in (".txt", ".md"):
        (tmp_path / f"办法{suffix}").write_text("正文", encoding="utf-8")
    (tmp_path / "办法.yaml").write_text("title: 甲", encoding="utf-8")
    assert sidecar_of(tmp_path / "办法.txt") is None


def test_which_files_a_folder_offers() -> None:
    names = ["a.docx", "A.XLSX", "b.md", ".c.txt", "~$a.docx", "d.pdf", "e.yaml", "f.png", "g.gif", "README.md"]
    assert [name for name in names if is_document(Path(name))] == ["a.docx", "A.XLSX", "b.md", "d.pdf", "f.png"]


# ---------------------------------------------------------------- files built to harm

BOMB = (
    '<!DOCTYPE x [<!ENTITY a "啊啊啊啊啊啊啊啊啊啊"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
)
OFFICE = {"docx": "办法.docx", "xlsx": "台账.xlsx", "pptx": "汇报.pptx"}
MAIN = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "pptx": "ppt/presentation.xml"}


def changed(data: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    return zipped(**(parts | {part: change(parts.get(part, b""))}))


@pytest.mark.parametrize("kind", MAIN)
def test_entities_in_an_office_file_are_refused(kind: str) -> None:
    def declared(xml: bytes) -> bytes:
        start = xml.find(b"?>") + 2
        return xml[:start] + BOMB.encode() + xml[start:].replace(b"</", b"&c;&f;</", 1)

    with pytest.raises(ReadError) as error:
        read_bytes(changed(SEEDS[OFFICE[kind]](), MAIN[kind], declared), f"a.{kind}")
    assert error.value.code == "file_damaged"
    assert "文档类型声明" in str(error.value)


def test_a_page_with_entities_is_read_without_them() -> None:
    document = read_bytes(f"{BOMB}<html><body><p>第一条　甲。&c;&f;</p></body></html>".encode(), "a.html")
    assert "第一条" in document.text
    assert "啊" not in document.text
    assert "root:" not in document.text


@pytest.mark.parametrize("target", ["file:///etc/passwd", "http://127.0.0.1:9/x", "../../../../etc/passwd"])
@pytest.mark.parametrize(
    ("kind", "part"), [("docx", "word/_rels/document.xml.rels"), ("pptx", "ppt/_rels/presentation.xml.rels")]
)
def test_what_an_office_file_refers_to_outside_itself_is_not_opened(
    target: str, kind: str, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> object:
        raise AssertionError("a reader opened something")

    seed = SEEDS[OFFICE[kind]]()
    link = f'<Relationship Id="x1" Type="t/attachedTemplate" Target="{target}" TargetMode="External"/></Relationships>'
    data = changed(seed, part, lambda xml: xml.replace(b"</Relationships>", link.encode()))
    whole = read_bytes(seed, f"a.{kind}").text
    monkeypatch.setattr("socket.socket.connect", refused)
    monkeypatch.setattr("builtins.open", refused)
    assert read_bytes(data, f"a.{kind}").text == whole


@pytest.mark.parametrize("kind", OFFICE)
def test_macros_are_not_run_and_do_not_keep_a_file_from_being_read(kind: str) -> None:
    part = f"{MAIN[kind].partition('/')[0]}/vbaProject.bin"
    data = changed(SEEDS[OFFICE[kind]](), part, lambda _: b"\xd0\xcf\x11\xe0 Sub AutoOpen()")
    document = read_bytes(data, f"a.{kind}")
    assert document.text == read_bytes(SEEDS[OFFICE[kind]](), f"a.{kind}").text
    assert "macros_ignored" in [notice.code for notice in document.notices]


@pytest.mark.parametrize("kind", OFFICE)
def test_a_part_that_unpacks_to_far_more_than_it_says_is_refused(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.read.sniff._MOST_UNPACKED", 4 * 1024 * 1024)
    data = changed(SEEDS[OFFICE[kind]](), "x/filler.xml", lambda _: b" " * (8 * 1024 * 1024))
    with pytest.raises(ReadError) as error:
        read_bytes(data, f"a.{kind}")
    assert error.value.code == "archive_bomb"
