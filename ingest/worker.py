"""Reading in a process of its own: a file that hangs a parser or fills the memory costs one error, not the program."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Generic, Self, TypeVar, cast

from ingest.document import Structured
from ingest.errors import ReadError, YoujuError
from ingest.progress import Tell, silent

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may cost. ``memory`` is address space, of which the bare process takes 0.5 GiB.

    ``seconds`` may pass without progress: a reader that tells its pages takes as long as its pages do.
    """

    seconds: float = 120.0
    memory: int = 4 * 2**30


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file became, and the seconds its reading and structuring took."""

    structured: Structured
    read_seconds: float
    structure_seconds: float


@dataclass(frozen=True, slots=True)
class Task(Generic[T]):
    """What a process is to do: call a function of this module with ``tell`` and these arguments."""

    function: Callable[..., T]
    arguments: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Pages:
    """Sent while a file is read: how many of its pages are done."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Done:
    """Sent at the end: what came of it."""

    value: object


class ReadingWorker:
    """One process that reads file after file; started when first needed, and again after it had to be killed."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._process: Any = None
        self._pipe: Connection | None = None

    def read(self, data: bytes, name: str, sidecar: bytes | None = None, tell: Tell = silent) -> Reading:
        """Read and structure a file's content. ReadError says why it cannot be, also for time, memory and crashes."""
        return self._ask(Task(read_and_structure, (data, name, sidecar)), name, tell)

    def page_image(self, data: bytes, name: str, media_type: str, number: int) -> bytes | None:
        """A page of a PDF or picture as PNG; None when it has no such page, or its kind has no pages."""
        return self._ask(Task(page_image, (data, name, media_type, number)), name, silent)

    def _ask(self, task: Task[T], name: str, tell: Tell) -> T:
        pipe = self._started()
        try:
            pipe.send(task)
            while True:
                if not pipe.poll(self._limits.seconds):
                    raise ReadError("read_timeout", name=name, seconds=round(self._limits.seconds))
                answer = pipe.recv()
                if not isinstance(answer, Pages):
                    break
                tell(answer.done, answer.total)
        except (EOFError, OSError) as error:
            self.close()
            raise ReadError("read_crashed", name=name) from error
        except BaseException:
            self.close()  # an interrupted exchange must not answer the next question
            raise
        if isinstance(answer, Done):
            return cast(T, answer.value)
        if isinstance(answer, YoujuError):
            raise answer
        self.close()  # after running out of memory, or an error nobody foresaw, start afresh
        if answer is None:
            raise ReadError("read_memory", name=name, gigabytes=f"{self._limits.memory / 2**30:.1f}")
        raise ReadError("read_unexpected", name=name, reason=str(answer))

    def _started(self) -> Connection:
        if self._pipe is None or not self._process.is_alive():
            self.close()
            context = multiprocessing.get_context("spawn")
            ours, theirs = context.Pipe()
            process = context.Process(
                target=serve, args=(theirs, self._limits.memory), name="youju-reader", daemon=True
            )
            process.start()
            self._process = process
            theirs.close()  # or the end of the child would go unnoticed
            self._pipe = ours
        return self._pipe

    def kill(self) -> None:
        """End the reading under way, from another thread than the one that waits for it."""
        process = self._process
        if process is not None:
            with contextlib.suppress(ValueError):  # closed meanwhile
                process.kill()

    def close(self) -> None:
        """End the process, whatever it is doing."""
        if self._pipe is not None:
            self._pipe.close()
            self._process.kill()
            self._process.join()
            self._process.close()
            self._pipe = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def serve(pipe: Connection, memory: int) -> None:
    """The worker's life: read what is sent until nobody sends any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent to handle
    _limit_memory(memory)
    with contextlib.suppress(EOFError, ConnectionError):
        while True:
            pipe.send(_answer(pipe.recv(), lambda done, total: pipe.send(Pages(done, total))))


def _answer(task: Task[object], tell: Tell) -> Done | YoujuError | str | None:
    """The result, the error the reader raised, None when memory ran out, or what went wrong otherwise."""
    try:
        return Done(task.function(*task.arguments, tell=tell))
    except YoujuError as error:
        return error
    except MemoryError:
        return None
    except RecursionError:
        return "文件的结构嵌套过深"
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:500]


def read_and_structure(data: bytes, name: str, sidecar: bytes | None = None, tell: Tell = silent) -> Reading:
    """Read and structure a file's content in this process."""
    from ingest.read.reader import read_bytes
    from ingest.structure.structure import structure

    start = time.perf_counter()
    document = read_bytes(data, name, sidecar, tell=tell)
    middle = time.perf_counter()
    structured = structure(document)
    return Reading(structured, middle - start, time.perf_counter() - middle)


def page_image(data: bytes, name: str, media_type: str, number: int, tell: Tell = silent) -> bytes | None:
    """Draw a page in this process."""
    from ingest.read.reader import draw_page

    return draw_page(data, name, media_type, number)


def _limit_memory(memory: int) -> None:
    """Bound the address space where the system can (not on Windows; macOS ignores it)."""
    if sys.platform == "win32":  # pragma: no cover
        return
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (memory if hard == resource.RLIM_INFINITY else min(memory, hard), hard))
