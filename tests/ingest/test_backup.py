"""A library in one file, and back: whole, or not at all."""

import json
import random
import sqlite3
import threading
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.backup import LIST, back_up, restore
from ingest.document import LOCAL
from ingest.errors import BusyError, ConflictError, InputError, NotFoundError, YoujuError
from ingest.library import Library
from tests.ingest.hashing import HereWorker, add, ledger, meeting, open_library, regulation

ROW = ("2024-1-1", "2024年第一轮", "炼铁厂", "招标采购", "招标程序不规范", "2024-09-30", "整改中")


def now() -> datetime:
    return datetime(2025, 6, 1, tzinfo=UTC)


def stock(library: Library) -> None:
    add(library, regulation("巡察办法", ["五年一次。"], effective="2018-05-01"), "旧.md")
    new = add(library, regulation("巡察办法", ["三年一次。", "期限三个月。"], effective="2024-07-01"), "新.md")
    add(library, meeting("推进会", ["会议强调整改。"]), "会议.md")
    add(library, meeting("推进会", ["会议要求整改。"]), "会议.md")  # a replaced version with an original of its own
    library.remove(add(library, meeting("废弃", ["不用了。"]), "废弃.md").document_id)
    add(library, ledger([ROW]), "台账.csv")
    from ingest.corrections import Wanted

    library.correct(new.document_id, Wanted({"number": "岱钢〔2024〕1号"}), HereWorker())


@pytest.fixture
def made(tmp_path: Path) -> tuple[Path, str]:
    """A backup, and the digest of what it holds."""
    with open_library(tmp_path / "库") as library:
        stock(library)
        connection = sqlite3.connect(tmp_path / "库" / "records.db")
        connection.execute("CREATE TABLE answers (id TEXT)")
        connection.execute("INSERT INTO answers VALUES ('a1')")
        connection.commit()
        connection.close()
        report = back_up(library, tmp_path / "备份.youju")
        assert (report.documents, report.missing) == (4, ())
        assert report.bytes == (tmp_path / "备份.youju").stat().st_size
        return tmp_path / "备份.youju", library.content_digest()


def left_behind(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"库", "备份.youju", "坏.youju"}


def test_what_is_restored_is_what_was_there(made: tuple[Path, str], tmp_path: Path) -> None:
    backup, digest = made
    report = restore(backup, tmp_path / "新" / "库", now)
    assert (report.documents, report.problems, report.aside) == (4, (), None)
    with open_library(tmp_path / "新" / "库") as library:
        assert library.content_digest() == digest
        assert library.verify() == []
        with library.snapshot() as snapshot:
            for record in snapshot.documents(LOCAL):
                assert library.originals.read(record.original) is not None
        add(library, meeting("之后的会", ["照常入库。"]), "之后.md")
        assert library.verify() == []
    assert sqlite3.connect(tmp_path / "新" / "库" / "records.db").execute("SELECT id FROM answers").fetchall() == [
        ("a1",)
    ]


def test_a_backup_made_while_files_come_in_is_one_state_of_the_library(tmp_path: Path) -> None:
    with open_library(tmp_path / "库") as library:
        stock(library)
        stop = threading.Event()

        def busy() -> None:
            for number in range(200):
                if stop.is_set():
                    return
                add(library, meeting(f"第{number}次会议", [f"议定第{number}件事。"]), f"{number}.md")

        writer = threading.Thread(target=busy)
        writer.start()
        try:
            reports = [back_up(library, tmp_path / f"{n}.youju") for n in range(3)]
        finally:
            stop.set()
            writer.join()
    for number, report in enumerate(reports):
        restored = restore(tmp_path / f"{number}.youju", tmp_path / f"库{number}", now)
        assert restored.problems == ()
        assert (restored.documents, restored.library_revision) == (report.documents, report.library_revision)


def test_nothing_is_overwritten(made: tuple[Path, str], tmp_path: Path) -> None:
    backup, digest = made
    with open_library(tmp_path / "库") as library:
        with pytest.raises(InputError, match="已经存在"):
            back_up(library, backup)
        with pytest.raises(BusyError):
            restore(backup, tmp_path / "库", now, aside=True)
    with pytest.raises(ConflictError, match="--aside"):
        restore(backup, tmp_path / "库", now)
    (tmp_path / "库" / "别的.txt").write_text("留着", encoding="utf-8")
    report = restore(backup, tmp_path / "库", now, aside=True)
    assert report.aside is not None
    assert (Path(report.aside) / "别的.txt").read_text(encoding="utf-8") == "留着"
    with open_library(tmp_path / "库") as library:
        assert library.content_digest() == digest


def test_a_lost_original_is_told_and_the_rest_is_saved(tmp_path: Path) -> None:
    with open_library(tmp_path / "库") as library:
        one = add(library, meeting("推进会", ["会议强调整改。"]))
        with library.snapshot() as snapshot:
            record = snapshot.document(one.document_id, LOCAL)
        assert record is not None
        library.originals.path(record.original).unlink()
        assert back_up(library, tmp_path / "备份.youju").missing == (record.original,)
    report = restore(tmp_path / "备份.youju", tmp_path / "新库", now)
    assert [problem.code for problem in report.problems] == ["original_missing"]
    assert str(tmp_path / "新库") in report.problems[0].message or "重新" in report.problems[0].message


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_member_compressed_in_another_way_is_no_backups(
    made: tuple[Path, str], tmp_path: Path, compression: int
) -> None:
    with zipfile.ZipFile(made[0]) as old, zipfile.ZipFile(tmp_path / "坏.youju", "w", compression) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    with pytest.raises(InputError, match="压缩方式"):
        restore(tmp_path / "坏.youju", tmp_path / "新库", now)
    assert left_behind(tmp_path) == set()


def test_an_archive_that_points_outside_itself_is_damaged(made: tuple[Path, str], tmp_path: Path) -> None:
    data = bytearray(made[0].read_bytes())
    place = data.rindex(b"PK\x05\x06") + 16  # where the list of members begins: further on than it does
    data[place + 3] ^= 0x40
    (tmp_path / "坏.youju").write_bytes(data)
    with pytest.raises(InputError) as refused:
        restore(tmp_path / "坏.youju", tmp_path / "新库", now)
    assert refused.value.code == "backup_damaged"
    assert left_behind(tmp_path) == set()


def test_what_an_archive_says_beside_its_contents_changes_nothing(made: tuple[Path, str], tmp_path: Path) -> None:
    """The bytes that may be altered unnoticed: times, systems, rights, remarks."""
    backup, digest = made
    with zipfile.ZipFile(backup) as old, zipfile.ZipFile(tmp_path / "坏.youju", "w") as new:
        new.comment = "别的".encode()
        for name in reversed(old.namelist()):
            member = zipfile.ZipInfo(name, (2099, 12, 31, 23, 59, 58))
            member.create_system, member.external_attr, member.comment = 0, 0o120777 << 16, b"x"
            new.writestr(member, old.read(name))
    assert restore(tmp_path / "坏.youju", tmp_path / "新库", now).problems == ()
    with open_library(tmp_path / "新库") as library:
        assert library.content_digest() == digest
    assert not any(path.is_symlink() for path in (tmp_path / "新库").rglob("*"))


@pytest.mark.parametrize("seed", range(12))
def test_a_truncated_or_altered_backup_is_refused_and_leaves_nothing(
    made: tuple[Path, str], tmp_path: Path, seed: int
) -> None:
    backup, digest = made
    chance = random.Random(seed)
    data = bytearray(backup.read_bytes())
    if seed % 3 == 0:
        data = data[: chance.randrange(len(data))]
    else:
        for _ in range(seed):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    (tmp_path / "坏.youju").write_bytes(data)
    try:
        restore(tmp_path / "坏.youju", tmp_path / "新库", now)
    except YoujuError as error:
        refused = error
    else:  # a byte that means nothing (a time, say): then nothing may be different
        with open_library(tmp_path / "新库") as library:
            assert library.content_digest() == digest
        return
    assert refused.code in ("backup_damaged", "backup_newer", "restore_no_room"), refused
    assert left_behind(tmp_path) == set()


def _with(backup: Path, target: Path, names: dict[str, bytes], **facts: object) -> None:
    """A copy of a backup with more members, listed properly, and other facts."""
    import hashlib

    with zipfile.ZipFile(backup) as old, zipfile.ZipFile(target, "w") as new:
        known = json.loads(old.read(LIST)) | facts
        for name in old.namelist():
            if name != LIST:
                new.writestr(name, old.read(name))
        for name, data in names.items():
            new.writestr(name, data)
            known["members"][name] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
        new.writestr(LIST, json.dumps(known))


@pytest.mark.parametrize(
    "name",
    [
        "../逃逸.txt",
        "/tmp/逃逸.txt",
        "originals/../../逃逸.txt",
        "originals/" + "a" * 63,
        "vectors/b1/x",
        "originals\\x",
    ],
)
def test_no_member_leads_out_of_the_library(made: tuple[Path, str], tmp_path: Path, name: str) -> None:
    _with(made[0], tmp_path / "坏.youju", {name: b"x"})
    with pytest.raises(InputError, match="不该有的文件"):
        restore(tmp_path / "坏.youju", tmp_path / "新库", now)
    assert left_behind(tmp_path) == set()


def test_an_original_under_anothers_name_and_a_newer_format_are_refused(made: tuple[Path, str], tmp_path: Path) -> None:
    _with(made[0], tmp_path / "坏.youju", {"originals/" + "a" * 64: b"x"})
    with pytest.raises(InputError, match="与名称不符"):
        restore(tmp_path / "坏.youju", tmp_path / "新库", now)
    _with(made[0], tmp_path / "坏.youju", {}, format=9)
    with pytest.raises(InputError, match="升级"):
        restore(tmp_path / "坏.youju", tmp_path / "新库", now)
    (tmp_path / "坏.youju").write_text("这不是备份", encoding="utf-8")
    with pytest.raises(InputError, match="不是有据的备份"):
        restore(tmp_path / "坏.youju", tmp_path / "新库", now)
    with pytest.raises(NotFoundError):
        restore(tmp_path / "没有.youju", tmp_path / "新库", now)
    assert left_behind(tmp_path) == set()
