"""Files that hold files: members become documents of their own, and what is dangerous is refused alone."""

import io
import stat
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest

import ingest.archives
import ingest.build
import ingest.files
from ingest.build import Upload, ingest_paths, ingest_uploads
from ingest.document import LOCAL
from ingest.files import gone
from tests.ingest.hashing import open_library, reading_here, regulation, take_up

RULE = regulation("巡察办法", ["五年覆盖一次。", "期限三个月。"]).encode()
ROWS = "编号,被巡察单位,问题描述,整改状态\n1,炼铁厂,招标程序不规范,整改中\n".encode("gb18030")


@pytest.fixture(autouse=True)
def _times_are_trusted_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest.files, "_SETTLED", -60_000_000_000)


class _Windows(zipfile.ZipInfo):
    """An entry whose name is packed as Windows does in China: in GBK, without the UTF-8 flag."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802
        return self.filename.encode("gbk"), 0


def zipped(files: dict[str, bytes], entry: type[zipfile.ZipInfo] = zipfile.ZipInfo) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(entry(name), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def mail(subject: str, text: str, files: dict[str, bytes]) -> bytes:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "巡察办 <a@example.com>", "b@example.com"
    message.set_content(text)
    for name, data in files.items():
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def shown(report: ingest.build.IngestReport) -> dict[str, str]:
    return {file.path.partition("资料/")[2] or file.path: file.outcome for file in report.files}


def test_every_member_is_a_document_with_its_place_in_the_archive(tmp_path: Path) -> None:
    folder = tmp_path / "资料"
    folder.mkdir()
    files = {
        "内部/办法.md": RULE,
        "台账.csv": ROWS,
        "照片.psd": b"8BPS",
        "__MACOSX/._办法.md": b"x",
        "内部/.DS_Store": b"x",
    }
    (folder / "a.zip").write_bytes(zipped(files))
    with open_library(tmp_path / "库") as library:
        report = take_up(library, folder)
        assert shown(report) == {
            "a.zip!/内部/办法.md": "added",
            "a.zip!/台账.csv": "added",
            "a.zip!/照片.psd": "skipped",
        }
        with library.snapshot() as snapshot:
            names = {record.name: record.sources[0].location for record in snapshot.documents(LOCAL)}
        assert names["办法.md"] == f"{folder}/a.zip!/内部/办法.md"
        again = take_up(library, folder)
        assert set(shown(again).values()) == {"unchanged", "skipped"}


def test_names_packed_on_chinese_windows_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped({"制度/巡察办法.txt": RULE}, _Windows))
    with open_library(tmp_path / "库") as library:
        report = take_up(library, tmp_path / "a.zip")
        assert report.files[0].path.endswith("a.zip!/制度/巡察办法.txt")
        assert report.files[0].outcome == "added"


def test_a_sidecar_in_the_archive_belongs_to_its_neighbour(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped({"x.txt": RULE, "x.txt.yaml": "title: 正式标题".encode()}))
    with open_library(tmp_path / "库") as library:
        report = take_up(library, tmp_path / "a.zip")
        assert [file.title for file in report.files] == ["正式标题"]


def test_an_archive_in_an_archive_is_opened_and_one_deeper_is_not(tmp_path: Path) -> None:
    third = zipped({"深.txt": RULE})
    second = zipped({"二.md": RULE, "三.zip": third})
    (tmp_path / "一.zip").write_bytes(zipped({"二.zip": second}))
    with open_library(tmp_path / "库") as library:
        report = take_up(library, tmp_path / "一.zip")
    found = {file.path.partition("一.zip!/")[2]: file for file in report.files}
    assert found["二.zip!/二.md"].outcome == "added"
    assert found["二.zip!/三.zip"].outcome == "failed"
    assert "先解压" in (found["二.zip!/三.zip"].error.message if found["二.zip!/三.zip"].error else "")


def test_a_message_is_a_document_and_its_attachments_are_too(tmp_path: Path) -> None:
    inner = mail("转发：台账", "见附件。", {"台账.csv": ROWS})
    data = mail("关于报送整改材料的通知", "各单位：\n请于6月底前报送。", {"办法.md": RULE, "转.eml": inner})
    (tmp_path / "通知.eml").write_bytes(data)
    with open_library(tmp_path / "库") as library:
        report = take_up(library, tmp_path / "通知.eml")
        assert [file.path.rpartition("通知.eml")[2] for file in report.files] == [
            "",
            "!/办法.md",
            "!/转.eml",
            "!/转.eml!/台账.csv",
        ]
        assert report.files[0].title == "关于报送整改材料的通知"
        assert {file.outcome for file in report.files} == {"added"}


def test_what_is_dangerous_is_refused_alone_with_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest.archives, "_RATIO_FROM", 100_000)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        link = zipfile.ZipInfo("链接.txt")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("../../外面.txt", RULE)
        archive.writestr("/绝对.txt", RULE)
        archive.writestr("C:\\盘.txt", RULE)
        archive.writestr("炸弹.txt", b"0" * 2_000_000)
        archive.writestr("锁.txt", RULE)
        archive.writestr("好.txt", RULE)
    data = bytearray(out.getvalue())
    at = data.rfind("锁.txt".encode()) - 46
    data[at + 8] |= 1
    (tmp_path / "a.zip").write_bytes(data)
    with open_library(tmp_path / "库") as library:
        report = take_up(library, tmp_path / "a.zip")
    found = {file.path.partition("a.zip!/")[2]: file for file in report.files}
    told = {name: (file.error.code if file.error else file.outcome) for name, file in found.items()}
    assert told == {
        "链接.txt": "archive_member_unsafe",
        "../../外面.txt": "archive_member_unsafe",
        "/绝对.txt": "archive_member_unsafe",
        "C:/盘.txt": "archive_member_unsafe",
        "炸弹.txt": "archive_bomb",
        "锁.txt": "file_encrypted",
        "好.txt": "added",
    }
    assert report.failed == 6


def test_all_members_together_may_not_unpack_to_more_than_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest.archives, "_MOST_UNPACKED", len(RULE) * 2)
    (tmp_path / "a.zip").write_bytes(zipped({f"{n}.txt": RULE + bytes([48 + n]) for n in range(3)}))
    with open_library(tmp_path / "库") as library:
        report = take_up(library, tmp_path / "a.zip")
    assert [file.outcome for file in report.files] == ["added", "failed", "failed"]


def test_an_archive_that_is_none_says_so(tmp_path: Path) -> None:
    (tmp_path / "断.zip").write_bytes(zipped({"a.txt": RULE})[:60])
    (tmp_path / "空.zip").write_bytes(zipped({}))
    with open_library(tmp_path / "库") as library:
        report = take_up(library, tmp_path / "断.zip", tmp_path / "空.zip")
    assert [file.error.code for file in report.files if file.error] == ["file_damaged", "file_unsupported"]


def test_a_member_that_left_its_archive_is_gone_like_a_file(tmp_path: Path) -> None:
    folder = tmp_path / "资料"
    folder.mkdir()
    (folder / "a.zip").write_bytes(zipped({"留.txt": RULE, "走.csv": ROWS, "改.txt": RULE + b"1"}))
    with open_library(tmp_path / "库") as library:
        take_up(library, folder)
        (folder / "a.zip").write_bytes(zipped({"留.txt": RULE, "改.txt": RULE + "第三条　新增。\n".encode()}))
        assert [Path(each.path).name for each in gone(library, [folder])] == ["走.csv"]
        report = ingest_paths(library, [folder], prune=True, readers=reading_here())
        assert shown(report) == {"a.zip!/改.txt": "replaced", "a.zip!/留.txt": "unchanged"}
        assert [Path(path).name for path in report.removed] == ["走.csv"]
        (folder / "a.zip").write_bytes(b"PK\x03\x04 damaged")
        assert gone(library, [folder]) == []
        (folder / "a.zip").unlink()
        assert len(gone(library, [folder])) == 2


def test_an_uploaded_archive_is_opened_and_replaces_no_document(tmp_path: Path) -> None:
    with open_library(tmp_path / "库") as library:
        data = zipped({"办法.md": RULE, "台账.csv": ROWS})
        report = ingest_uploads(library, [Upload("a.zip", data)], readers=reading_here())
        assert shown(report) == {"a.zip!/办法.md": "added", "a.zip!/台账.csv": "added"}
        document = report.files[0].document_id
        refused = ingest_uploads(library, [Upload("b.zip", data, replaces=document)], readers=reading_here())
        assert {file.error.code for file in refused.files if file.error} == {"archive_replaces"}
        assert library.verify() == []
