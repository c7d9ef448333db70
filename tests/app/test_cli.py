from __future__ import annotations

import errno
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from app.api.problem import AccessError
from app.api.schema import AnswerModel
from app.arguments import EXIT_CODES, ExtraCommand
from app.cli import exit_code, main
from app.doctor import examine
from app.settings import Secret, Settings
from ingest.errors import (
    BusyError,
    ConflictError,
    EngineError,
    IndexMismatchError,
    InputError,
    NotFoundError,
    ReadError,
    YoujuError,
)
from ingest.lock import DirectoryLock, ServerNote, owner
from tests.app.endpoint import KEY, endpoint

ROOT = Path(__file__).parents[2]
Serve = Callable[..., AbstractContextManager]  # type: ignore[type-arg]
Youju = Callable[..., "Ran"]


class Ran:
    """What a command did."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> dict:  # type: ignore[type-arg]
        return json.loads(self.out)  # type: ignore[no-any-return]


@pytest.fixture
def youju(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Youju:
    """The command, on a library of its own, in a folder without settings."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("YOUJU_LIBRARY", str(tmp_path / "库"))
    monkeypatch.setenv("YOUJU_BUSY_SECONDS", "60")  # a server in this process may be slow on a busy machine

    def run(*arguments: str) -> Ran:
        capsys.readouterr()
        try:
            code = main(arguments)
        except SystemExit as left:
            code = int(left.code or 0)
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return run


def child(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "app.cli", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


# ---------------------------------------------------------------- help and bad input


def test_help_imports_nothing_heavy() -> None:
    heavy = ["llama_index", "chromadb", "torch", "onnxruntime", "fastapi", "numpy", "pydantic", "httpx", "tantivy"]
    code = (
        "import sys\nfrom app.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        f"print('重的：', [name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("用法：youju")
    assert done.stdout.endswith("重的： []\n")


def test_commands_of_other_packages_are_listed_and_run(youju: Youju, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[str] = []
    command = ExtraCommand("另一个命令", lambda words: given.extend(words) or 7)
    point = SimpleNamespace(name="extra", load=lambda: command)
    points = SimpleNamespace(select=lambda group: [point] if group == "youju.commands" else [])
    monkeypatch.setattr("importlib.metadata.distribution", lambda name: SimpleNamespace(entry_points=points))
    ran = youju("extra", "--out", "目录")
    assert (ran.code, given) == (7, ["--out", "目录"])
    assert "extra        另一个命令" in youju().out


def test_without_a_command_it_shows_its_help(youju: Youju) -> None:
    ran = youju()
    assert ran.code == 2
    assert "用法：youju" in ran.out


def test_the_version(youju: Youju) -> None:
    assert youju("--version").out.startswith("youju ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ask", ""), "“问题”（question）不能为空"),
        (("ask", "  \n"), "“问题”（question）不能为空"),
        (("ask", "问" * 20000), "最多 2000 个字"),
        (("ask", "好", "--as-of", "昨天"), "“昨天”不是有效的日期"),
        (("ask", "好"), "没有资料库"),
        (("search", "好"), "没有资料库"),
        (("documents", "list"), "没有资料库"),
        (("rebuild",), "没有资料库"),
        (("ask", "好", "--config", "没有.toml"), "找不到配置文件"),
        (("serve", "--host", "0.0.0.0"), "必须先配置访问密钥"),
        (("serve", "--host", "没有这台机器.invalid"), "必须先配置访问密钥"),
    ],
)
def test_bad_input_is_told_in_chinese_with_exit_2(youju: Youju, arguments: tuple[str, ...], words: str) -> None:
    ran = youju(*arguments)
    assert ran.code == 2
    assert words in ran.err
    assert "Traceback" not in ran.err
    assert ran.out == ""


def test_with_json_an_error_is_an_object_too(youju: Youju) -> None:
    ran = youju("ask", "好", "--json")
    assert ran.code == 2
    assert ran.json["error"]["code"] == "library_not_found"
    assert ran.json["error"]["message"] in ran.err


def test_an_unknown_setting_in_the_environment_is_told(youju: Youju, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YOUJU_LIBARY", "x")
    ran = youju("documents", "list")
    assert ran.code == 2
    assert "YOUJU_LIBARY" in ran.err


def test_a_library_that_is_a_file_is_told(youju: Youju, tmp_path: Path) -> None:
    (tmp_path / "库").write_text("不是目录", encoding="utf-8")
    (tmp_path / "甲.txt").write_text("会议强调，要抓好整改。", encoding="utf-8")
    ran = youju("ingest", "甲.txt")
    assert ran.code == 2
    assert "打不开资料库目录" in ran.err


def test_looking_for_a_library_makes_none(youju: Youju, tmp_path: Path) -> None:
    youju("documents", "list")
    assert not (tmp_path / "库").exists()


# ---------------------------------------------------------------- files in


def test_ingest_reports_file_by_file_and_skips_what_is_unchanged(youju: Youju, small_files: Path) -> None:
    first = youju("ingest", str(small_files))
    assert first.code == 0, first.err
    assert "新入库" in first.out
    assert "岱川集团巡察工作办法 · 2024年修订 · 2024-06-18 · 3 条" in first.out
    assert "3 行" in first.out
    assert first.err == ""  # no progress bar unless on a terminal or asked for
    again = youju("ingest", str(small_files), "--json")
    assert {file["outcome"] for file in again.json["files"]} == {"unchanged"}
    assert "文件" in youju("ingest", str(small_files), "--progress").err


def test_a_file_that_fails_gives_exit_1_and_the_rest_goes_on(youju: Youju, tmp_path: Path) -> None:
    (tmp_path / "空.txt").write_bytes(b"")
    (tmp_path / "好.txt").write_text("会议强调，要抓好整改。", encoding="utf-8")
    ran = youju("ingest", "空.txt", "没有.txt", "好.txt", "--json")
    assert ran.code == 1
    outcomes = {Path(file["path"]).name: file for file in ran.json["files"]}
    assert outcomes["好.txt"]["outcome"] == "added"
    assert outcomes["空.txt"]["error"]["code"] == "file_empty"
    assert outcomes["没有.txt"]["error"]["code"] == "file_not_found"


def test_pruning_lists_first_and_asks(youju: Youju, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "资料"
    folder.mkdir()
    for name in "甲乙":
        (folder / f"{name}.txt").write_text(f"会议{name}强调，要抓好整改。", encoding="utf-8")
    youju("ingest", "资料")
    (folder / "乙.txt").unlink()

    refused = youju("ingest", "资料", "--prune")  # no terminal to ask at
    assert refused.code == 2
    assert "乙.txt" in refused.err
    assert "--yes" in refused.err
    assert youju("documents", "list").out.count("甲.txt") + youju("documents", "list").out.count("共 2 份") >= 1

    done = youju("ingest", "资料", "--prune", "--yes")
    assert done.code == 0
    assert "已移除" in done.out
    assert "共 1 份" in youju("documents", "list").out

    (folder / "甲.txt").unlink()
    empty = youju("ingest", "资料", "--prune", "--yes")
    assert empty.code == 3
    assert "没有清理" in empty.err


def test_documents_are_listed_shown_and_removed(youju: Youju, small_files: Path) -> None:
    youju("ingest", str(small_files))
    listed = youju("documents", "list", "--kind", "制度", "--json").json["documents"]
    assert [item["title"] for item in listed] == ["岱川集团巡察工作办法"]
    shown = youju("documents", "show", listed[0]["id"])
    assert "提级巡察由集团党委批准。" in shown.out
    assert "岱钢党发〔2024〕12号" in shown.out
    assert youju("documents", "remove", listed[0]["id"]).code == 0
    assert "共 3 份文档" in youju("documents", "list").out
    gone = youju("documents", "remove", listed[0]["id"])
    assert gone.code == 2
    assert "没有这份文档" in gone.err


def test_metadata_is_corrected_shown_as_corrected_and_undone(youju: Youju, small_files: Path) -> None:
    youju("ingest", str(small_files))
    (found,) = youju("documents", "list", "--title", "巡察工作", "--state", "现行有效", "--json").json["documents"]
    ran = youju("documents", "set", found["id"], "--number", "岱钢党发〔2024〕13号", "--clear", "发文机关")
    assert "更正过的字段：发文机关、文号" in ran.out, ran.err
    shown = youju("documents", "show", found["id"], "--no-text").out
    assert "岱钢党发〔2024〕13号（已更正，local " in shown
    assert "提级巡察是指" not in shown
    ran = youju("documents", "set", found["id"], "--undo", "number", "--undo", "issuer")
    assert "没有更正过的字段" in ran.out
    assert youju("documents", "set", found["id"]).code == 2
    assert "“标题”不能清空" in youju("documents", "set", found["id"], "--clear", "title").err


def test_a_document_is_replaced_fetched_and_purged(youju: Youju, small_files: Path, tmp_path: Path) -> None:
    youju("ingest", str(small_files / "巡察工作办法.md"))
    (found,) = youju("documents", "list", "--json").json["documents"]
    newer = tmp_path / "新办法.md"
    newer.write_text(
        (small_files / "巡察工作办法.md").read_text(encoding="utf-8").replace("统一领导", "领导"), encoding="utf-8"
    )
    assert "已更新" in youju("documents", "replace", found["id"], str(newer)).out
    assert youju("documents", "original", found["id"], "-o", "取出.md").code == 0
    assert (tmp_path / "取出.md").read_bytes() == newer.read_bytes()
    assert youju("documents", "original", found["id"], "--version", found["document_version"]).code == 0
    assert (tmp_path / "巡察工作办法.md").read_bytes() == (small_files / "巡察工作办法.md").read_bytes()
    refused = youju("documents", "original", found["id"], "--version", found["document_version"])
    assert (refused.code, "已经存在" in refused.err) == (2, True)
    assert "--yes" in youju("documents", "purge", found["id"]).err
    assert "1 个旧版本" in youju("documents", "purge", found["id"], "--yes").out
    assert youju("documents", "original", found["id"], "--version", found["document_version"]).code == 2
    assert youju("documents", "replace", "d000", str(newer)).code == 2


def test_a_library_is_backed_up_through_its_server_and_restored(
    youju: Youju, small_files: Path, serve_library: Serve, tmp_path: Path
) -> None:
    with serve_library(small_files):
        ran = youju("backup", "备份.youju")
        assert "4 份文档" in ran.out, ran.err
        assert "已经存在" in youju("backup", "备份.youju").err
        assert "正由有据服务" in youju("restore", "备份.youju", "--aside").err
    assert "--aside" in youju("restore", "备份.youju").err
    ran = youju("restore", "备份.youju", "--library", str(tmp_path / "新库"))
    assert (ran.code, "4 份文档" in ran.out) == (0, True), ran.err
    assert "提级巡察" in youju("search", "提级巡察由谁批准", "--library", str(tmp_path / "新库")).out
    (tmp_path / "备份.youju").write_bytes((tmp_path / "备份.youju").read_bytes()[:-100])
    broken = youju("restore", "备份.youju", "--library", str(tmp_path / "另一个"))
    assert (broken.code, "文件不完整" in broken.err, (tmp_path / "另一个").exists()) == (2, True, False)


def test_rebuilding_makes_the_index_anew(youju: Youju, small_files: Path) -> None:
    youju("ingest", str(small_files))
    ran = youju("rebuild", "--json")
    assert ran.code == 0, ran.err
    assert ran.json["documents"] == 4
    assert "索引已重建" in youju("rebuild").out


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InputError("cancelled"), 2),
        (ReadError("cancelled"), 2),
        (NotFoundError("cancelled"), 2),
        (AccessError("cancelled"), 2),
        (ConflictError("cancelled"), 3),
        (IndexMismatchError("cancelled"), 3),
        (BusyError("cancelled"), 4),
        (EngineError("cancelled"), 5),
    ],
)
def test_every_kind_of_error_has_its_documented_exit_code(error: YoujuError, code: int) -> None:
    assert exit_code(error) == code
    assert f"\n  {code}  " in EXIT_CODES


# ---------------------------------------------------------------- asking

APPROVED = "提级巡察由谁批准？"


@pytest.fixture
def stocked(youju: Youju, small_files: Path) -> Youju:
    """The command, on a library with the small files."""
    assert youju("ingest", str(small_files)).code == 0
    return youju


def test_an_answer_is_printed_with_its_basis(stocked: Youju) -> None:
    ran = stocked("ask", APPROVED)
    assert ran.code == 0, ran.err
    text, _, basis = ran.out.partition("\n依据\n")
    assert "集团党委批准" in text
    assert "[1]" in text
    assert "  [1] 《岱川集团巡察工作办法》（2024年修订）第三条" in basis
    assert "（现行有效）" in basis
    assert "依据日期" in basis
    assert ran.err == ""


def test_with_json_it_is_the_object_of_the_contract(stocked: Youju) -> None:
    got = AnswerModel.model_validate(stocked("ask", APPROVED, "--json").json)
    assert got.status == "answered"
    assert got.citations[0].locator.article == 3


def test_a_refusal_is_a_success_that_says_why(stocked: Youju) -> None:
    ran = stocked("ask", "食堂的早餐几点供应？")
    assert ran.code == 0
    assert ran.out.startswith("没有作答：")
    assert "\n依据\n" not in ran.out


def test_conditions_are_passed_on(stocked: Youju) -> None:
    got = stocked("ask", "发现问题多少个？", "--unit", "动力厂", "--round", "2024年第一轮", "--json").json
    assert got["filters"]["units"] == ["动力厂"]
    assert got["citations"][0]["query"]["count"] == 2
    assert stocked("ask", APPROVED, "--as-of", "2024-06-30", "--json").json["status"] == "refused"


def test_search_lists_passages(stocked: Youju) -> None:
    ran = stocked("search", "提级巡察", "-k", "2", "--kind", "制度")
    assert ran.code == 0
    assert ran.out.startswith(" 1. 《岱川集团巡察工作办法》（2024年修订）第三条")
    assert len(stocked("search", "提级巡察", "-k", "2", "--json").json["hits"]) == 2


def test_asking_loads_neither_torch_nor_the_web_framework(stocked: Youju, tmp_path: Path) -> None:
    code = (
        f"import sys\nfrom app.cli import main\nassert main(['ask', '{APPROVED}', '--library', r'{tmp_path / '库'}']) == 0\n"
        "print('重的：', [name for name in ('torch', 'sentence_transformers', 'fastapi') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.endswith("重的： []\n"), done.stderr


def test_a_library_that_is_damaged_is_told_in_chinese(stocked: Youju, tmp_path: Path) -> None:
    (tmp_path / "库" / "records.db").write_bytes(b"this is no database" * 1000)
    ran = stocked("ask", APPROVED)
    assert ran.code == 5
    assert "回答记录" in ran.err
    (tmp_path / "库" / "catalogue.db").write_bytes(b"this is no database" * 1000)
    ran = stocked("ask", APPROVED)
    assert ran.code == 5
    assert "从备份恢复" in ran.err
    assert "Traceback" not in ran.err


def test_a_catalogue_damaged_further_in_is_told_as_that(stocked: Youju, tmp_path: Path) -> None:
    for path in (tmp_path / "库").glob("catalogue.db-*"):
        path.unlink()
    with (tmp_path / "库" / "catalogue.db").open("r+b") as file:
        file.seek(3 * 4096)
        file.write(b"\xff" * 9 * 4096)
    assert stocked("ask", APPROVED).code == 5
    ran = stocked("doctor")
    assert ran.code == 1
    assert "从备份恢复" in ran.out
    assert "程序内部出错" not in ran.out


def test_a_directory_the_system_refuses_is_told_with_its_reason(youju: Youju, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: Path) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("app.desk.owner", refused)
    ran = youju("documents", "list")
    assert ran.code == 2
    assert "所在的磁盘是只读的" in ran.err


def test_an_ingest_of_nothing_says_so(youju: Youju, tmp_path: Path) -> None:
    (tmp_path / "空").mkdir()
    ran = youju("ingest", str(tmp_path / "空"))
    assert ran.code == 0
    assert "没有找到可入库的文件" in ran.out


# ---------------------------------------------------------------- doctor


def test_the_doctor_says_what_is_missing_and_what_to_do(youju: Youju) -> None:
    ran = youju("doctor")
    assert ran.code == 1
    assert "还没有建立" in ran.out
    assert "youju ingest" in ran.out
    assert "chromadb" in ran.out


def test_the_doctor_finds_nothing_wrong_with_a_good_library(youju: Youju, small_files: Path) -> None:
    youju("ingest", str(small_files))
    ran = youju("doctor", "--json")
    assert ran.code == 0, ran.out
    assert ran.json["problems"] == []
    assert ran.json["facts"]["台账"] == "3 行"
    assert "multilingual-e5-small" in ran.json["facts"]["索引 embedder"]


def test_the_doctor_asks_the_language_model_whether_it_writes(tmp_path: Path) -> None:
    with endpoint(lambda x: x.write("好")) as it:
        settings = Settings(library=tmp_path, llm_url=it.url, llm_key=Secret(KEY), llm_model="脚本")
        assert not [problem for problem in examine(settings).problems if "大模型" in problem]
        wrong = examine(replace(settings, llm_key=Secret("wrong-key")))
    assert ("大模型", f"脚本（{it.url}）") in wrong.facts
    assert any("llm_key" in problem for problem in wrong.problems)
    assert not any("wrong-key" in problem for problem in wrong.problems)


@pytest.mark.parametrize("damage", ["catalogue.db", "records.db", "originals"])
def test_the_doctor_does_not_fail_over_what_is_broken(
    youju: Youju, small_files: Path, tmp_path: Path, damage: str
) -> None:
    youju("ingest", str(small_files))
    library = tmp_path / "库"
    if damage == "originals":
        next((library / "originals").iterdir()).write_bytes(b"broken")
    else:
        (library / damage).write_bytes(b"this is no database" * 1000)
        for rest in library.glob(f"{damage}-*"):
            rest.unlink()
    ran = youju("doctor")
    assert ran.code == 1
    assert "问题 1：" in ran.out
    assert "问题 2：" not in ran.out
    assert "Traceback" not in ran.out + ran.err


def test_the_doctor_tells_a_model_that_is_not_prepared(
    youju: Youju, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YOUJU_MODELS", str(tmp_path / "没有模型"))
    assert "youju models prepare" in youju("doctor").out


# ---------------------------------------------------------------- with a server running


def test_every_command_goes_through_the_server_that_owns_the_library(
    youju: Youju, serve_library: Serve, small_files: Path, tmp_path: Path
) -> None:
    with serve_library() as served:
        assert served.parts.library.directory == (tmp_path / "库").resolve()
        ran = youju("ingest", str(small_files), "--json")
        assert ran.code == 0, ran.err
        assert {file["outcome"] for file in ran.json["files"]} == {"added"}
        listed = youju("documents", "list", "--json").json
        assert listed["total"] == len(listed["documents"]) == 4
        assert youju("documents", "show", listed["documents"][0]["id"], "--json").json["text"]
        assert youju("documents", "show", "d000").code == 2
        doctor = youju("doctor")
        assert doctor.code == 0, doctor.out
        assert served.url in doctor.out
        assert "索引已重建" in youju("rebuild", "--progress").out
        assert youju("documents", "remove", listed["documents"][0]["id"]).code == 0
        assert served.parts.library.revision > 1


def test_the_answer_through_the_server_is_the_answer_without(stocked: Youju, serve_library: Serve) -> None:
    without = stocked("ask", APPROVED, "--json").json
    with serve_library():
        through = stocked("ask", APPROVED, "--json").json
        assert stocked("ask", APPROVED).out.startswith(through["text"])
        assert stocked("search", "提级巡察").code == 0
    assert through | {"id": ""} == without | {"id": ""}


def test_the_server_reads_paths_relative_to_the_shell(youju: Youju, serve_library: Serve, tmp_path: Path) -> None:
    (tmp_path / "甲.txt").write_text("会议强调，要抓好整改。", encoding="utf-8")
    with serve_library():
        assert youju("ingest", "甲.txt").code == 0


def test_an_owner_that_does_not_answer_is_given_up_on_with_what_to_do(
    youju: Youju, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YOUJU_BUSY_SECONDS", "0.3")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        note = ServerNote(4321, datetime.now(UTC).isoformat(), url, "令牌".encode().hex())
        lock = DirectoryLock(tmp_path / "库", note)
        try:
            ran = youju("ask", "由谁批准？")
        finally:
            lock.close()
    assert ran.code == 4
    assert "4321" in ran.err
    assert "0.3 秒" in ran.err


def test_an_owner_without_a_server_is_waited_for_a_little(
    youju: Youju, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YOUJU_BUSY_SECONDS", "0.3")
    lock = DirectoryLock(tmp_path / "库", ServerNote(4321, datetime.now(UTC).isoformat()))
    try:
        began = time.monotonic()
        ran = youju("documents", "list")
        assert time.monotonic() - began < 5
    finally:
        lock.close()
    assert ran.code == 4
    assert "4321" in ran.err


def test_ctrl_c_ends_an_ingest_after_the_file_under_way_and_the_next_run_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "资料"
    folder.mkdir()
    for number in range(12):
        lines = "\n".join(f"会议{number}强调，要抓好第{line}项整改，逐条逐项落实责任。" for line in range(24))
        (folder / f"{number:02}.txt").write_text(lines, encoding="utf-8")
    arguments = ("ingest", str(folder), "--library", str(tmp_path / "库"), "--json", "--progress")
    process = child(*arguments)
    assert process.stderr is not None
    seen = ""
    while "片段/秒" not in seen:  # some passages are embedded
        seen += process.stderr.read(1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "正在停止" in err
    assert "Traceback" not in err
    report = json.loads(out)
    assert report["cancelled"]
    assert any(file["outcome"] == "cancelled" for file in report["files"])

    out, err = child(*arguments).communicate(timeout=120)
    assert {file["outcome"] for file in json.loads(out)["files"]} <= {"added", "unchanged"}


# ---------------------------------------------------------------- serve


@pytest.fixture
def server(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    process = child("serve", "--port", "0", "--library", str(tmp_path / "库"))
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


def test_serve_prints_its_url_serves_and_ends_cleanly_on_sigterm(server: subprocess.Popen[str], tmp_path: Path) -> None:
    assert server.stdout is not None
    line = server.stdout.readline()
    assert line.startswith("有据已启动：http://127.0.0.1:")
    url = line.removeprefix("有据已启动：").partition("（")[0]
    note = owner(tmp_path / "库")
    assert note is not None
    assert (note.url, note.pid) == (url, server.pid)
    assert httpx.get(f"{url}/api/health", trust_env=False).status_code == 200
    assert "<html" in httpx.get(url, trust_env=False).text
    server.send_signal(signal.SIGTERM)
    out, err = server.communicate(timeout=20)
    assert server.returncode == 0, err
    assert "有据已停止" in out
    for log in err.splitlines():
        json.loads(log)
    assert owner(tmp_path / "库") is None


def test_serve_ends_cleanly_on_ctrl_c(server: subprocess.Popen[str]) -> None:
    assert server.stdout is not None
    server.stdout.readline()
    server.send_signal(signal.SIGINT)
    _, err = server.communicate(timeout=20)
    assert server.returncode == 0, err
    assert "Traceback" not in err


def test_a_port_in_use_is_told_before_anything_is_opened(youju: Youju, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = youju("serve", "--port", str(taken.getsockname()[1]))
    assert ran.code == 4
    assert "已被占用" in ran.err
    assert "--port" in ran.err
    assert not (tmp_path / "库").exists()


def test_serving_an_index_another_model_made_ends_with_what_to_run(
    youju: Youju, small_files: Path, tmp_path: Path
) -> None:
    youju("ingest", str(small_files))
    connection = sqlite3.connect(tmp_path / "库" / "catalogue.db")
    connection.execute("UPDATE manifest SET value = '另一个模型' WHERE name = 'embedder'")
    connection.commit()
    connection.close()
    for command in (("serve", "--port", "0"), ("ask", APPROVED)):
        ran = youju(*command)
        assert ran.code == 3, ran.err
        assert "youju rebuild --library" in ran.err
    assert "另一个模型" in youju("doctor").out
    assert youju("documents", "list").code == 0
    assert youju("rebuild").code == 0
    assert youju("ask", APPROVED).code == 0


def test_a_second_server_on_the_same_library_is_told_who_has_it(youju: Youju, serve_library: Serve) -> None:
    with serve_library() as served:
        ran = youju("serve", "--port", "0")
    assert ran.code == 4
    assert served.url in ran.err
