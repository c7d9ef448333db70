"""A real server over a small real library, and real Chromium."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import ConsoleMessage, Page, expect

from app.api.log import audit_to_log
from app.api.parts import Parts
from app.api.work import Jobs
from app.main import create_app, listening, opened, server_config, url_of
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
# One of each format: docx, Markdown, text (converted to traditional, so cleaned), HTML (a scraped page), a ledger.
SOURCES = (
    "regulations/巡察工作办法（2021年修订）.docx",
    "regulations/巡察工作办法（2024年修订）.md",
    "meetings/岱川集團2024年第一輪巡察動員.txt",
    "meetings/2023-12-12_物资采购中心巡察反馈会.html",
    "findings/专项检查问题清单（2022年）.csv",
)

expect.set_options(timeout=15_000)  # the first question also loads the vector store; a page shows it all in a second

Stop = Callable[[], None]


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    if CHROMIUM is None:
        pytest.skip("没有安装 Chromium")
    return {"executable_path": CHROMIUM, "args": ARGUMENTS}


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, object]:
    return {"viewport": {"width": 1360, "height": 860}, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}


@contextmanager
def serving(directory: Path, sources: tuple[str, ...]) -> Iterator[tuple[str, Stop]]:
    """The URL of a running service over a new library of these sources, and what stops it early."""
    with listening("127.0.0.1", 0) as door, opened(Settings(library=directory, port=0)) as it:
        if sources:
            report = ingest_paths(it.library, [ROOT / "corpus" / name for name in sources])
            assert [file.error for file in report.files] == [None] * len(sources)
        jobs = Jobs(it.clock.now)
        parts = Parts(it.settings, it.clock, it.library, it.records, it.assistant, jobs, "token", audit_to_log)
        web = uvicorn.Server(server_config(create_app(parts)))
        thread = threading.Thread(target=web.run, kwargs={"sockets": [door]})
        thread.start()

        def stop() -> None:
            web.should_exit = True
            thread.join()
            door.close()

        try:
            yield url_of(door), stop
        finally:
            stop()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of the service most tests share."""
    with serving(tmp_path_factory.mktemp("library"), SOURCES) as (url, _):
        yield url


@pytest.fixture
def empty_server(tmp_path: Path) -> Iterator[tuple[str, Stop]]:
    """A service of its own over an empty library, and what stops it."""
    with serving(tmp_path / "library", ()) as found:
        yield found


@pytest.fixture
def quiet(page: Page) -> Iterator[Page]:
    """A page that may not complain: no script error, and nothing the Content-Security-Policy refused."""
    complaints: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        # Chromium itself notes every request that failed; the page shows those to the API in words.
        own = "/api/" in message.location.get("url", "") or "ERR_CONNECTION_REFUSED" in message.text
        if message.type in ("error", "warning") and not own:
            complaints.append(message.text)

    page.on("console", heard)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    assert complaints == []


@pytest.fixture
def home(quiet: Page, server: str) -> Page:
    """The page, opened."""
    quiet.goto(server)
    expect(quiet.locator("#library-line")).to_contain_text("份文档")
    return quiet
