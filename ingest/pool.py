"""Several files read at once, each in a process of its own; what comes of them comes in the order it was asked for."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Generic, Self, TypeVar

from ingest.worker import ReadingWorker

T = TypeVar("T")

_AHEAD_FILES = 8  # read before they are asked for, beside those being read
_AHEAD_BYTES = 64 * 2**20  # of files loaded and not yet asked for: one more is let in when they are fewer


class ReadingPool:
    """Reading processes, as many as the machine has cores; each is started when all others are at work."""

    def __init__(self, processes: int | None = None, worker: Callable[[], ReadingWorker] = ReadingWorker) -> None:
        self.processes = processes or os.cpu_count() or 1
        self._workers = [worker() for _ in range(self.processes)]
        self._idle: queue.LifoQueue[ReadingWorker] = queue.LifoQueue()  # the one that ran last runs already
        for each in reversed(self._workers):
            self._idle.put(each)

    @contextmanager
    def worker(self) -> Iterator[ReadingWorker]:
        """A worker nobody else uses meanwhile."""
        worker = self._idle.get()
        try:
            yield worker
        finally:
            self._idle.put(worker)

    def kill(self) -> None:
        """End what is being read, from another thread than those that wait for it."""
        for worker in self._workers:
            worker.kill()

    def close(self) -> None:
        """End the processes; nothing may be being read."""
        for worker in self._workers:
            worker.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Task(Generic[T]):
    """Something to be read, ``size`` bytes of it held in memory meanwhile."""

    def __init__(self, size: int, read: Callable[[ReadingWorker], T]) -> None:
        self.size = size
        self.read = read


@contextmanager
def in_order(tasks: Iterator[Task[T] | T], pool: ReadingPool) -> Iterator[Iterator[T]]:
    """The results of the tasks (what is no task is its own result) while the taker works on earlier ones.

    Tasks are made by one thread and done by as many as the pool has processes; few enough are begun before they
    are taken that memory does not grow with their number. When the taker fails or is interrupted, what is being
    read is ended.
    """
    ahead = _Ahead[T](_AHEAD_FILES + pool.processes, _AHEAD_BYTES)

    def done(task: Task[T]) -> T:
        with pool.worker() as worker:
            return task.read(worker)

    def make() -> None:
        with ThreadPoolExecutor(pool.processes, thread_name_prefix="youju-reading") as threads:
            try:
                for task in tasks:
                    if not ahead.put(task, threads, done):
                        break
                ahead.end(None)
            except BaseException as error:
                ahead.end(error)
            threads.shutdown(wait=False, cancel_futures=ahead.stopped)

    thread = threading.Thread(target=make, name="youju-finding", daemon=True)
    thread.start()
    try:
        yield ahead.taken()
    except BaseException:
        ahead.stop()
        while thread.is_alive():  # a process may be starting just now: it is ended on the next round
            pool.kill()
            thread.join(0.1)
        raise
    finally:
        ahead.stop()
        thread.join()


class _Ahead(Generic[T]):
    """The results not yet taken, in order, within bounds of number and bytes."""

    def __init__(self, most: int, most_bytes: int) -> None:
        self.stopped = False
        self._most, self._most_bytes = most, most_bytes
        self._results: list[tuple[int, Future[T] | BaseException | None]] = []
        self._bytes = 0
        self._changed = threading.Condition()

    def put(self, task: Task[T] | T, threads: ThreadPoolExecutor, done: Callable[[Task[T]], T]) -> bool:
        """Begin a task as soon as there is room; False when nobody wants results any more."""
        size = task.size if isinstance(task, Task) else 0
        with self._changed:
            self._changed.wait_for(lambda: self.stopped or self._has_room())
            if self.stopped:
                return False
            future: Future[T] = Future()
            if isinstance(task, Task):
                future = threads.submit(done, task)
            else:
                future.set_result(task)
            self._bytes += size
            self._results.append((size, future))
            self._changed.notify_all()
            return True

    def _has_room(self) -> bool:
        return len(self._results) < self._most and self._bytes < self._most_bytes

    def end(self, error: BaseException | None) -> None:
        """There are no more tasks, or making them failed."""
        with self._changed:
            self._results.append((0, error))
            self._changed.notify_all()

    def stop(self) -> None:
        """Nobody takes any more."""
        with self._changed:
            self.stopped = True
            for _, result in self._results:
                if isinstance(result, Future):
                    result.cancel()
            self._changed.notify_all()

    def taken(self) -> Iterator[T]:
        """The results in order, each waited for."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._results))
                size, result = self._results.pop(0)
                self._bytes -= size
                self._changed.notify_all()
            if result is None:
                return
            if isinstance(result, BaseException):
                raise result
            yield result.result()
