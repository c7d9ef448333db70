"""A real server over a small real library, and real Chromium."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from app.api.log import audit_to_log
from app.api.parts import Parts
from app.api.work import Jobs
from app.main import create_app, listening, opened, url_of
from app.settings import Settings
from ingest.build import ingest_paths

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
# Chromium as root in a container needs no-sandbox; the rest keeps it from looking for a network.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SOURCES = (
    "regulations/巡察工作办法（2021年修订）.docx",
    "regulations/巡察工作办法（2024年修订）.md",
    "meetings/岱川集團2024年第一輪巡察動員.txt",
    "findings/巡察发现问题台账（2023—2025年）.xlsx",
)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    if CHROMIUM is None:
        pytest.skip("没有安装 Chromium")
    return {"executable_path": CHROMIUM, "args": ARGUMENTS}


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, object]:
    return {"viewport": {"width": 1360, "height": 860}, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a running service."""
    settings = Settings(library=tmp_path_factory.mktemp("library"), port=0)
    with listening("127.0.0.1", 0) as door, opened(settings) as it:
        report = ingest_paths(it.library, [ROOT / "corpus" / name for name in SOURCES])
        assert [file.error for file in report.files] == [None] * len(SOURCES)
        jobs = Jobs(it.clock.now)
        parts = Parts(it.settings, it.clock, it.library, it.records, it.assistant, jobs, "token", audit_to_log)
        web = uvicorn.Server(uvicorn.Config(create_app(parts), log_level="warning", log_config=None))
        thread = threading.Thread(target=web.run, kwargs={"sockets": [door]})
        thread.start()
        yield url_of(door)
        web.should_exit = True
        thread.join()
