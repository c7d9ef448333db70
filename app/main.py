"""What runs: engines are chosen here, the service is put together and served.

The web framework is imported where it is used: the command line opens a library through `opened` without it.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import importlib
import mimetypes
import secrets
import signal
import socket
import sqlite3
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.answer.generative import Writer
from app.assistant import Assistant
from app.llm import model_of
from app.records import Records
from app.rerank import reranker
from app.settings import Clock, Settings
from app.version import version
from ingest.embed import Embedder, open_embedder
from ingest.errors import BusyError, EngineError, InputError, YoujuError, reason_of
from ingest.library import Library
from ingest.lock import ServerNote

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI

    from app.api.parts import Parts

WEB = Path(__file__).parent / "web"
GOODBYE_SECONDS = 5  # what answers under way are given when the server is asked to stop
BACKLOG = 128
HEADERS_LIMIT = 256 << 10  # bytes: the rows behind a computed statement may be named one by one in an address

Say = Callable[[str], None]


# ---------------------------------------------------------------- one open library


@dataclass(frozen=True, slots=True)
class Opened:
    """A library this process owns, and the assistant over it."""

    settings: Settings
    clock: Clock
    library: Library
    records: Records
    assistant: Assistant


@contextmanager
def opened(
    settings: Settings,
    *,
    server: ServerNote | None = None,
    create: bool = True,
    check: bool = True,
    say: Say = lambda _: None,
) -> Iterator[Opened]:
    """Own a library for a while. ``say`` is told, in Chinese, what takes long (preparing the model).

    ``check=False`` opens a library whose index was made by something else, to look at it or rebuild it.
    """
    clock = settings.clock
    # A setting that is missing is told before opening.
    ranking = reranker(settings.reranker, settings.cross_encoder, lambda: library.embedder)
    try:
        library = Library.open(
            settings.library,
            embedder=embedder_of(settings, say),
            now=clock.now,
            create=create,
            server=server,
            check=check,
            embedder_name=settings.embedder,
        )
    except OSError as error:  # a file in its place, no permission, a full disk
        raise unusable(settings, error) from error
    except sqlite3.DatabaseError as error:
        raise database_failed(settings, error) from error
    try:
        records = records_of(library.directory)
        try:
            assistant = Assistant(library, records, clock, writer_of(settings), ranking, settings.authority)
            yield Opened(settings, clock, library, records, assistant)
        except sqlite3.DatabaseError as error:  # met where it is read: opening does not read all of it
            raise database_failed(settings, error) from error
        finally:
            records.close()
    finally:
        library.close()


def writer_of(settings: Settings) -> Writer | None:
    """Who writes answers; None without a model, and answers are then composed of verbatim evidence."""
    model = model_of(settings)
    if model is None:
        return None
    return Writer(model, settings.llm_context, keep_marked=settings.unsupported == "mark", judge=settings.llm_judge)


def unusable(settings: Settings, error: Exception) -> InputError:
    """The system does not let the library's directory be used."""
    return InputError("library_unusable", path=str(settings.library), reason=reason_of(error))


def database_failed(settings: Settings, error: sqlite3.DatabaseError) -> YoujuError:
    """What SQLite could not do: a full or read-only disk is nothing a backup mends."""
    if isinstance(error, sqlite3.OperationalError):
        return unusable(settings, error)
    return EngineError("catalogue_damaged", path=str(settings.library), reason=str(error))


def records_of(directory: Path) -> Records:
    """The answers kept beside the catalogue."""
    path = directory / "records.db"
    try:
        return Records(path)
    except sqlite3.OperationalError as error:
        raise InputError("library_unusable", path=str(directory), reason=reason_of(error)) from error
    except sqlite3.DatabaseError as error:
        raise EngineError("records_damaged", path=str(path), reason=str(error)) from error


def embedder_of(settings: Settings, say: Say) -> Callable[[], Embedder]:
    """Opens the embedder of the settings, once, when it is first needed: a list of documents needs none."""

    @functools.cache
    def embedder() -> Embedder:
        return open_embedder(settings.embedder, models=settings.models, threads=settings.threads, announce=say)

    return embedder


# ---------------------------------------------------------------- the application


def create_app(parts: Parts, *, ready: Callable[[], None] = lambda: None) -> FastAPI:
    """The service over these parts: the API under /api, the page at /. ``ready`` is called once it serves."""
    from fastapi import FastAPI

    from app.api import agents, answers, ask, completions, conversations, documents, findings, jobs, library
    from app.api.errors import install_handlers
    from app.api.openapi import describe
    from app.api.page import Page
    from app.api.security import Door, require_keys

    require_keys(parts.settings)

    tools = agents.Agents(parts)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with tools.running():
            ready()
            yield
        parts.jobs.close()

    # The framework's own documentation pages load scripts from elsewhere: there is none without a network.
    app = FastAPI(
        title="有据 Youju",
        version=version(),
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.parts = parts
    routers = [
        module.router for module in (ask, answers, completions, conversations, documents, findings, jobs, library)
    ]
    for router in routers:
        app.include_router(router)
    app.state.routes = [route for router in routers for route in router.routes]
    for suffix, media_type in ((".js", "text/javascript"), (".css", "text/css"), (".svg", "image/svg+xml")):
        mimetypes.add_type(media_type, suffix)  # some systems' tables are wrong, and nosniff takes them at their word
    app.router.routes += [tools.route, Page(WEB)]
    app.add_middleware(Door, settings=parts.settings)
    install_handlers(app)
    describe(app)
    return app


def parts_of(it: Opened, token: str) -> Parts:
    """What serves an open library; ``token`` lets this machine's command line in."""
    from app.api.log import audit_to_log
    from app.api.parts import Parts
    from app.api.work import Jobs

    jobs = Jobs(it.clock.now, it.settings.reading_processes)
    return Parts(it.settings, it.clock, it.library, it.records, it.assistant, jobs, token, audit_to_log)


def serve(settings: Settings, *, say: Say, ready: Say) -> None:
    """Serve one library until Ctrl-C or SIGTERM; ``ready`` is told the URL.

    The port is taken first: a server that cannot serve opens nothing.
    """
    import uvicorn

    from app.api.log import log_to
    from app.api.security import require_keys

    require_keys(settings)
    with listening(settings.host, settings.port) as door:
        url, token = url_of(door), secrets.token_urlsafe(32)
        note = ServerNote.of_this_process(settings.clock.now(), url=url, token=token)
        with opened(settings, server=note, say=say) as it:
            _warm(it.library, writes=it.settings.llm_url is not None)
            log_to(sys.stderr)
            app = create_app(parts_of(it, token), ready=lambda: ready(f"有据已启动：{url}（按 Ctrl-C 停止）"))
            _run(uvicorn.Server(server_config(app)), door)
    ready("有据已停止。")


def _warm(library: Library, *, writes: bool) -> None:
    """Load the model now, so that an index it does not fit ends the start; the vector store while the page loads."""
    vector = library.embedder.encode_question("有据")

    def store() -> None:
        with contextlib.suppress(Exception):  # what fails here fails again, and is told, when it is needed
            library.search_vectors(vector, 1, ("regulation-latest",))
            if writes:
                importlib.import_module("llama_index.llms.openai_like")  # seconds that no asker should wait for

    threading.Thread(target=store, name="youju-warming", daemon=True).start()


def server_config(app: FastAPI) -> uvicorn.Config:
    """How the web server runs the application: one process (it owns the library), our own log lines."""
    import uvicorn

    return uvicorn.Config(
        app,
        http="h11",  # always there, so that every installation behaves the same
        h11_max_incomplete_event_size=HEADERS_LIMIT,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GOODBYE_SECONDS,
    )


def _run(server: uvicorn.Server, door: socket.socket) -> None:
    """Run until a signal. The web server raises the signal again when it has ended: by then it has done its work."""
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        server.run(sockets=[door])
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)


# ---------------------------------------------------------------- the port


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that already listens: who finds the library's note while the model loads waits instead of failing."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise InputError("address_unusable", host=host, port=port, reason="没有这个地址") from error
    door = socket.socket(family, kind, protocol)
    try:
        if sys.platform != "win32":  # there it would let two servers share a port
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind(address)
            door.listen(BACKLOG)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise BusyError("port_in_use", port=port) from error
            raise InputError("address_unusable", host=host, port=port, reason=reason_of(error)) from error
        yield door
    finally:
        door.close()


def url_of(door: socket.socket) -> str:
    """The URL at which this machine reaches a listening socket."""
    host, port = door.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
