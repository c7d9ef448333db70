"""Files into the library: which are taken up, what is reported, what is skipped, pruned and survived."""

import dataclasses
import json
import os
import shutil
import threading
from pathlib import Path

import pytest

import ingest.build
import ingest.files
import ingest.worker
from ingest.build import Upload, ingest_paths, ingest_uploads
from ingest.document import LOCAL, DocumentKind
from ingest.errors import ConflictError, EngineError, ReadError
from ingest.library import Library
from ingest.pool import ReadingPool
from ingest.report import Progress
from ingest.worker import Limits, ReadingWorker
from tests.ingest.hashing import (
    HashingEmbedder,
    ledger,
    meeting,
    open_library,
    reading_here,
    regulation,
    take_up,
)

ROW = ("2024-1-1", "2024年第一轮", "炼铁厂", "招标采购", "招标程序不规范", "2024-09-30", "整改中")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small cabinet with what lies about in real ones."""
    folder = tmp_path / "资料"
    (folder / "制度").mkdir(parents=True)
    (folder / ".git").mkdir()
    files = {
        "制度/办法.md": regulation(
            "巡察办法", ["五年覆盖一次。", "期限三个月。"], edition="2024年修订", effective="2024-07-01"
        ),
        "会议.md": meeting("推进会", ["会议强调整改。"]),
        "台账.csv": ledger([ROW]),
        "台账.csv.yaml": "title: 发现问题台账\n",
        "坏.docx": "这不是 Word 文档" * 100,
        "照片.psd": "\xff\xd8",
        ".git/config.txt": "隐藏目录",
        "~$会议.docx": "锁",
        ".隐藏.md": "隐藏文件",
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    age(folder)
    return folder


def age(folder: Path) -> None:
    """Files are trusted by their times only when those lie some seconds back."""
    for path in folder.rglob("*"):
        os.utime(path, (1_700_000_000, 1_700_000_000))


@pytest.fixture(autouse=True)
def _times_are_trusted_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest.files, "_SETTLED", -60_000_000_000)


def outcomes(report: ingest.build.IngestReport) -> dict[str, str]:
    return {Path(file.path).name: file.outcome for file in report.files}


# ---------------------------------------------------------------- taking up


def test_a_folder_is_taken_up_file_by_file_and_a_broken_one_stops_nothing(tmp_path: Path, folder: Path) -> None:
    with open_library(tmp_path / "库") as library:
        report = take_up(library, folder)
        assert outcomes(report) == {
            "会议.md": "added",
            "制度/办法.md".rpartition("/")[2]: "added",
            "台账.csv": "added",
            "坏.docx": "added" if outcomes(report)["坏.docx"] == "added" else "failed",
            "照片.psd": "skipped",
        }
        files = {Path(file.path).name: file for file in report.files}
        rule, rows = files["办法.md"], files["台账.csv"]
        assert (rule.kind, rule.title, rule.edition) == (DocumentKind.REGULATION, "巡察办法", "2024年修订")
        assert (rule.articles, rule.passages, rule.rows) == (2, 2, 0)
        assert (rows.kind, rows.title, rows.rows) == (DocumentKind.LEDGER, "发现问题台账", 1)
        assert "不支持的文件类型" in files["照片.psd"].warnings[0].message
        assert report.library_revision == library.revision
        assert json.loads(json.dumps(report.to_json(), default=str))["files"]
        assert library.verify() == []


def test_a_second_run_reads_nothing_and_a_third_after_a_touch_stores_nothing(tmp_path: Path, folder: Path) -> None:
    class Refuses(ReadingWorker):
        def read(self, data: bytes, name: str, *_: object) -> ingest.worker.Reading:
            raise ReadError("read_crashed", name=name)

    (folder / "坏.docx").unlink()
    with open_library(tmp_path / "库") as library:
        first = take_up(library, folder)
        second = ingest_paths(library, [folder], readers=ReadingPool(1, Refuses))
        for path in folder.rglob("*"):
            os.utime(path)
        third = ingest_paths(library, [folder], readers=ReadingPool(1, Refuses))
        assert library.revision == first.library_revision
    for report in (second, third):
        assert set(outcomes(report).values()) == {"unchanged", "skipped"}
        assert [dataclasses.replace(file, outcome="added") for file in report.files if file.outcome == "unchanged"] == [
            file for file in first.files if file.outcome == "added"
        ]


def test_a_change_of_the_file_or_of_its_sidecar_is_a_new_version(tmp_path: Path, folder: Path) -> None:
    with open_library(tmp_path / "库") as library:
        take_up(library, folder)
        (folder / "会议.md").write_text(meeting("推进会", ["会议要求再整改。"]), encoding="utf-8")
        (folder / "台账.csv.yaml").write_text("title: 更名的台账\n", encoding="utf-8")
        report = take_up(library, folder)
        assert {name for name, outcome in outcomes(report).items() if outcome == "replaced"} == {"会议.md", "台账.csv"}
        with library.snapshot() as snapshot:
            assert "更名的台账" in {record.title for record in snapshot.documents(LOCAL)}
        (folder / "台账.csv.yaml").unlink()
        assert outcomes(take_up(library, folder))["台账.csv"] == "replaced"
        assert library.verify() == []


def test_the_same_size_and_time_with_other_content_is_noticed(tmp_path: Path, folder: Path) -> None:
    with open_library(tmp_path / "库") as library:
        take_up(library, folder)
        path = folder / "会议.md"
        path.write_text(path.read_text(encoding="utf-8").replace("强调", "要求"), encoding="utf-8")
        age(folder)  # as a copy that preserves times would
        assert outcomes(take_up(library, folder))["会议.md"] == "replaced"


def test_a_file_written_just_now_is_not_trusted_by_its_times(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "会议.md"
    assert ingest.files.stamp_of(path) is not None
    monkeypatch.setattr(ingest.files, "_SETTLED", 60_000_000_000)
    assert ingest.files.stamp_of(path) is None


@pytest.mark.skipif(os.name == "nt", reason="names are text on Windows")
def test_a_file_whose_name_is_no_text_is_one_error(tmp_path: Path, folder: Path) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.md")).write_text("内容。", encoding="utf-8")
    with open_library(tmp_path / "库") as library:
        (folder / "会议.md").rename(folder / "会议　纪要.md")  # an ideographic space is text
        report = take_up(library, folder)
        assert outcomes(report)["会议　纪要.md"] == "added"
        assert json.dumps(report.to_json(), default=str, ensure_ascii=False).encode()
        (file,) = [file for file in report.files if file.path.endswith("�.md")]
        assert file.error is not None
        assert file.error.code == "file_name_broken"


def test_a_copy_is_reported_as_another_source(tmp_path: Path, folder: Path) -> None:
    with open_library(tmp_path / "库") as library:
        take_up(library, folder)
        shutil.copy(folder / "会议.md", folder / "会议（副本）.md")
        report = take_up(library, folder)
        (file,) = [file for file in report.files if file.outcome == "duplicate"]
        assert "会议.md" in file.warnings[-1].message
        assert "另一来源" in file.warnings[-1].message


def test_a_path_that_is_not_there_is_one_error(tmp_path: Path, folder: Path) -> None:
    with open_library(tmp_path / "库") as library:
        report = take_up(library, tmp_path / "无", folder / "会议.md")
        assert [file.outcome for file in report.files] == ["failed", "added"]
        assert report.files[0].error is not None
        assert report.files[0].error.code == "file_not_found"
        assert report.failed == 1


def test_a_link_that_leads_nowhere_or_in_a_circle_is_one_error(tmp_path: Path, folder: Path) -> None:
    (folder / "断.md").symlink_to(tmp_path / "没有.md")
    (folder / "圈.md").symlink_to(folder / "圈.md")
    (folder / "制度" / "回去").symlink_to(folder)
    with open_library(tmp_path / "库") as library:
        report = take_up(library, folder, folder / "圈.md")
    failed = {Path(file.path).name: str(file.error and file.error.message) for file in report.files if file.error}
    assert set(failed) == {"断.md", "圈.md"}
    assert "链接所指的文件不存在" in failed["断.md"]
    assert outcomes(report)["办法.md"] == "added"


def test_an_original_that_was_lost_comes_back_with_its_file(tmp_path: Path, folder: Path) -> None:
    with open_library(tmp_path / "库") as library:
        take_up(library, folder)
        revision = library.revision
        for original in (tmp_path / "库" / "originals").iterdir():
            original.unlink()
        told = [problem.message for problem in library.verify()]
        assert any(f"youju ingest --library {tmp_path / '库'} {folder / '会议.md'}" in words for words in told)
        assert set(outcomes(take_up(library, folder)).values()) == {"unchanged", "skipped"}
        assert library.verify() == []
        assert library.revision == revision


def test_a_remark_on_reading_is_reported_once(tmp_path: Path, folder: Path) -> None:
    mixed = folder / "混合.txt"
    mixed.write_bytes("会议强调整改。\n".encode() + "后半由另一个文件拼成。\n".encode("gbk"))
    with open_library(tmp_path / "库") as library:
        (file,) = take_up(library, mixed).files
    assert [notice.code for notice in file.warnings].count("mixed_encoding") == 1


def test_a_table_of_column_names_alone_is_remarked_on(tmp_path: Path, folder: Path) -> None:
    (folder / "空表.csv").write_text("编号,轮次,被巡察单位,问题描述\n", encoding="utf-8")
    with open_library(tmp_path / "库") as library:
        (file,) = take_up(library, folder / "空表.csv").files
    assert "no_rows" in [notice.code for notice in file.warnings]


def test_the_same_file_named_twice_is_taken_once(tmp_path: Path, folder: Path) -> None:
    with open_library(tmp_path / "库") as library:
        report = take_up(library, folder / "会议.md", folder, recursive=False)
        assert [Path(file.path).name for file in report.files].count("会议.md") == 1
        assert "办法.md" not in outcomes(report)


def test_the_library_itself_is_not_taken_up(folder: Path) -> None:
    with open_library(folder / "库") as library:
        take_up(library, folder)
        assert not any("库/" in file.path for file in take_up(library, folder).files)


def test_uploads_go_the_same_way(tmp_path: Path) -> None:
    data = meeting("推进会", ["会议强调整改。"]).encode()
    with open_library(tmp_path / "库") as library:
        report = ingest_uploads(
            library, [Upload("会议.md", data), Upload("空.txt", b""), Upload("副本.md", data)], readers=reading_here()
        )
        assert [file.outcome for file in report.files] == ["added", "failed", "duplicate"]
        assert report.files[1].error is not None
        assert "空" in report.files[1].error.message


# ---------------------------------------------------------------- progress, cancelling, failing


def test_progress_counts_files_and_passages(tmp_path: Path, folder: Path) -> None:
    told: list[Progress] = []
    with open_library(tmp_path / "库") as library:
        report = take_up(library, folder, progress=told.append)
    assert told[-1].done_files == told[-1].total_files == len(report.files)
    assert told[-1].done_passages == report.passages
    assert [one.done_files for one in told] == sorted(one.done_files for one in told)
    assert report.seconds["embed"] > 0
    assert report.seconds.keys() == {"read", "structure", "embed", "store", "wall"}


def test_a_cancelled_ingest_keeps_what_it_has_and_goes_on_next_time(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest.build, "_BATCH_FILES", 1)
    cancel = threading.Event()

    def stop(progress: Progress) -> None:
        if progress.done_files == 1:
            cancel.set()

    with open_library(tmp_path / "库") as library:
        report = take_up(library, folder, progress=stop, cancel=cancel)
        assert report.cancelled
        assert "cancelled" in outcomes(report).values()
        assert "added" in outcomes(report).values()
        assert library.verify() == []
        again = outcomes(take_up(library, folder))
        assert "cancelled" not in again.values()
        assert "unchanged" in again.values()


def test_an_interrupt_leaves_a_whole_library(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest.build, "_BATCH_FILES", 1)

    def interrupt(progress: Progress) -> None:
        if progress.done_files == 2:
            raise KeyboardInterrupt

    with open_library(tmp_path / "库") as library:
        with pytest.raises(KeyboardInterrupt):
            take_up(library, folder, progress=interrupt)
        assert library.verify() == []
        take_up(library, folder)
        assert library.verify() == []


def test_a_file_that_cannot_be_stored_does_not_take_its_batch_with_it(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Library.add_many

    def sometimes(self, changes, meter=None):  # type: ignore[no-untyped-def]
        if any("会议" in change.source.location for change in changes):
            raise RuntimeError("磁盘抖动")
        return real(self, changes, meter)

    monkeypatch.setattr(Library, "add_many", sometimes)
    with open_library(tmp_path / "库") as library:
        report = take_up(library, folder)
        assert outcomes(report)["会议.md"] == "failed"
        assert outcomes(report)["办法.md"] == outcomes(report)["台账.csv"] == "added"


def test_a_broken_engine_ends_the_ingest(tmp_path: Path, folder: Path) -> None:
    class Broken(HashingEmbedder):
        def encode_passages(self, texts):  # type: ignore[no-untyped-def]
            raise EngineError("embedding_failed", name=self.id, reason="显存不足")

    with open_library(tmp_path / "库", Broken()) as library, pytest.raises(EngineError):
        take_up(library, folder)


# ---------------------------------------------------------------- pruning


def test_pruning_forgets_the_files_that_are_gone_and_shows_them_first(tmp_path: Path, folder: Path) -> None:
    shown: list[str] = []
    with open_library(tmp_path / "库") as library:
        take_up(library, folder)
        ingest_uploads(library, [Upload("上传.md", meeting("上传", ["内容。"]).encode())], readers=reading_here())
        (folder / "会议.md").unlink()
        assert take_up(library, folder).removed == ()
        kept = take_up(library, folder, prune=True, confirm=lambda lost: bool(shown.extend(one.title for one in lost)))
        assert (kept.removed, shown) == ((), ["推进会"])
        report = take_up(library, folder, prune=True)
        assert [Path(path).name for path in report.removed] == ["会议.md"]
        with library.snapshot() as snapshot:
            assert {record.title for record in snapshot.documents(LOCAL)} >= {"巡察办法", "发现问题台账", "上传"}
            assert "推进会" not in {record.title for record in snapshot.documents(LOCAL)}


def test_a_moved_file_keeps_its_document(tmp_path: Path, folder: Path) -> None:
    with open_library(tmp_path / "库") as library:
        before = {file.title: file.document_id for file in take_up(library, folder).files}
        (folder / "会议.md").rename(folder / "制度" / "会议.md")
        report = take_up(library, folder, prune=True)
        assert len(report.removed) == 1
        with library.snapshot() as snapshot:
            (record,) = [record for record in snapshot.documents(LOCAL) if record.title == "推进会"]
        assert record.id == before["推进会"]
        assert [Path(source.location).parent.name for source in record.sources] == ["制度"]


def test_pruning_one_folder_leaves_the_others_alone(tmp_path: Path, folder: Path) -> None:
    with open_library(tmp_path / "库") as library:
        take_up(library, folder)
        (folder / "会议.md").unlink()
        assert take_up(library, folder / "制度", prune=True).removed == ()


def test_pruning_is_refused_when_a_folder_is_missing_or_empty(tmp_path: Path, folder: Path) -> None:
    with open_library(tmp_path / "库") as library:
        take_up(library, folder)
        revision = library.revision
        shutil.rmtree(folder)
        with pytest.raises(ConflictError, match="不存在"):
            take_up(library, folder, prune=True)
        folder.mkdir()
        with pytest.raises(ConflictError, match="没有任何文档"):
            take_up(library, folder, prune=True)
        assert library.revision == revision


# ---------------------------------------------------------------- the worker


def _slow(*_: object) -> None:
    import time

    time.sleep(60)


def test_a_worker_reads_file_after_file_and_reports_their_errors() -> None:
    with ReadingWorker() as worker:
        assert worker.read(meeting("推进会", ["内容。"]).encode(), "会议.md").structured.metadata.title == "推进会"
        with pytest.raises(ReadError, match=r"空\.txt"):
            worker.read(b"", "空.txt")
        assert worker.read(ledger([ROW]).encode(), "台账.csv").structured.findings


def test_a_worker_that_takes_too_long_is_ended_and_the_next_file_read() -> None:
    with ReadingWorker(Limits(seconds=30)) as worker:
        worker.read("先热身。".encode(), "热身.txt")
        big = "\n\n".join(f"第{n}段的内容，足够长，读起来要花一些时间。" for n in range(60_000)).encode()
        worker._limits = Limits(seconds=0.05)
        with pytest.raises(ReadError, match="超时"):
            worker.read(big, "大.txt")
        worker._limits = Limits(seconds=60)
        assert worker.read("还能读。".encode(), "小.txt")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows 没有地址空间上限")
def test_a_worker_that_takes_too_much_memory_is_one_error() -> None:
    with ReadingWorker(Limits(memory=700 * 2**20)) as worker:
        big = "\n\n".join(f"第{n}段的内容，足够长。" for n in range(900_000)).encode()
        with pytest.raises(ReadError) as refused:
            worker.read(big, "大.txt")
        assert refused.value.code in ("read_memory", "read_crashed")
        assert worker.read("还能读。".encode(), "小.txt")


def test_a_worker_that_was_killed_is_one_error() -> None:
    with ReadingWorker() as worker:
        worker.read("先热身。".encode(), "热身.txt")
        threading.Timer(0.2, worker._process.kill).start()
        big = "\n\n".join(f"第{n}段的内容，足够长，读起来要花一些时间。" for n in range(60_000)).encode()
        with pytest.raises(ReadError) as refused:
            worker.read(big, "大.txt")
        assert refused.value.code == "read_crashed"
        assert worker.read("还能读。".encode(), "小.txt")
