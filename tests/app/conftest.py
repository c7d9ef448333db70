"""A real server over a real library of a few tiny Chinese files, with the packaged model."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
import uvicorn

from app.api.parts import Parts
from app.main import create_app, listening, opened, parts_of, server_config, url_of
from app.settings import Settings
from ingest.build import ingest_paths
from ingest.document import Caller
from ingest.lock import ServerNote

REGULATION = """\
---
title: 岱川集团巡察工作办法
kind: regulation
number: 岱钢党发〔2024〕12号
published: 2024-06-18
effective_from: 2024-07-01
edition: 2024年修订
---
# 岱川集团巡察工作办法

## 第一章 总则

第一条 为了规范巡察工作，制定本办法。

第二条 巡察工作由集团党委统一领导。

## 第二章 方式

第三条 提级巡察是指由集团党委巡察组直接对三级单位开展的巡察。

有下列情形之一的，可以开展提级巡察：

（一）问题线索集中的；

（二）整改不力的；

（三）集团党委认为有必要的。

提级巡察由集团党委批准。
"""
SPEECH = """\
周明远在2024年第一轮巡察动员会上的讲话
2024年3月11日
一是要提高站位。巡察组要对照职责找问题。
二是要敢于碰硬。发现问题要一查到底。
"""
LEDGER = """\
编号,轮次,被巡察单位,问题类别,问题描述,定性依据,责任单位,整改期限,整改状态
2024-1-001,2024年第一轮,炼钢二厂,招标采购,未按规定公开招标,《采购办法》第三条,采购部,2024-08-31,已完成
2024-1-002,2024年第一轮,动力厂,财务资产,资产账实不符,《资产办法》第五条,财务部,2024-09-30,整改中
2024-1-003,2024年第一轮,动力厂,选人用人,干部考察不到位,《干部办法》第七条,组织部,2024-10-31,整改中
"""
SECRET = """\
---
title: 关于某单位问题线索的专题会议纪要
kind: meeting
date: 2024-05-06
readers: [纪委]
---
# 关于某单位问题线索的专题会议纪要

会议决定对动力厂的问题线索另行研究。
"""
TOKEN = "本机命令行的令牌".encode().hex()


@pytest.fixture(scope="session")
def small_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a regulation, a speech, a ledger, and minutes only 纪委 may read."""
    folder = tmp_path_factory.mktemp("资料")
    for name, text in (
        ("巡察工作办法.md", REGULATION),
        ("动员讲话.txt", SPEECH),
        ("问题台账.csv", LEDGER),
        ("专题会议纪要.md", SECRET),
    ):
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@dataclass(frozen=True, slots=True)
class Served:
    """A running server."""

    url: str
    parts: Parts
    audited: list[tuple[str, str, tuple[str, ...]]]

    def http(self, **headers: str) -> httpx.Client:
        """A plain HTTP client of it."""
        return httpx.Client(base_url=self.url, headers=headers, timeout=60, trust_env=False)


@contextmanager
def serving(settings: Settings, *files: Path) -> Iterator[Served]:
    """A server over the library of ``settings``, after taking in ``files``; over real sockets, on any free port."""
    audited: list[tuple[str, str, tuple[str, ...]]] = []

    def audit(caller: Caller, action: str, documents: object) -> None:
        assert isinstance(documents, list | tuple)
        audited.append((caller.id, action, tuple(documents)))

    with listening(settings.host if settings.loopback else "127.0.0.1", 0) as door:
        url = url_of(door)
        note = ServerNote.of_this_process(settings.clock.now(), url=url, token=TOKEN)
        with opened(settings, server=note) as it:
            if files:
                ingest_paths(it.library, files)
            parts = replace(parts_of(it, TOKEN), audit=audit)
            server = uvicorn.Server(server_config(create_app(parts)))
            thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
            thread.start()
            while not server.started:
                assert thread.is_alive()
                time.sleep(0.01)
            try:
                yield Served(url, parts, audited)
            finally:
                server.should_exit = True
                thread.join()


@pytest.fixture(scope="session")
def served(small_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The server most tests read from; tests that change the library use ``serve_library``."""
    with serving(Settings(library=tmp_path_factory.mktemp("库") / "资料库"), small_files) as it:
        yield it


@pytest.fixture
def serve_library(tmp_path: Path) -> Callable[..., AbstractContextManager[Served]]:
    """Serve a library of one's own."""

    def serve(*files: Path, **settings: object) -> AbstractContextManager[Served]:
        return serving(Settings(**{"library": tmp_path / "库", **settings}), *files)  # type: ignore[arg-type]

    return serve
