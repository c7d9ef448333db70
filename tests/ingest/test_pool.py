"""Files read at once: in order, within bounds, and ended when nobody wants them."""

import threading
import time
from collections.abc import Iterator

import pytest

import ingest.pool
from ingest.pool import ReadingPool, Task, in_order
from ingest.worker import ReadingWorker
from tests.ingest.hashing import HereWorker, meeting


def slow_first(number: int) -> Task[int]:
    """The earlier, the slower."""

    def read(worker: ReadingWorker) -> int:
        time.sleep(0.02 * (4 - number % 5))
        return number

    return Task(10, read)


@pytest.mark.parametrize("processes", [1, 3])
def test_results_come_in_the_order_of_the_tasks(processes: int) -> None:
    mixed = (slow_first(n) if n % 3 else n for n in range(30))
    with ReadingPool(processes, HereWorker) as pool, in_order(mixed, pool) as results:
        assert list(results) == list(range(30))


def test_no_more_is_begun_than_memory_is_meant_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest.pool, "_AHEAD_BYTES", 100)
    begun: list[int] = []

    def tasks() -> Iterator[Task[int]]:
        for number in range(40):
            begun.append(number)
            yield Task(60, lambda _, number=number: number)  # type: ignore[misc]

    with ReadingPool(2, HereWorker) as pool, in_order(tasks(), pool) as results:
        for taken, number in enumerate(results):
            assert number == taken
            time.sleep(0.002)
            assert len(begun) <= taken + 1 + 3  # two that fit, and one that waits


def test_what_goes_wrong_in_finding_or_reading_is_raised_in_its_turn() -> None:
    def fails(worker: ReadingWorker) -> int:
        raise ValueError("读不了")

    def tasks() -> Iterator[Task[int] | int]:
        yield 1
        yield Task(1, fails)

    def broken() -> Iterator[Task[int] | int]:
        yield 1
        raise OSError("找不到")

    for made, kind in ((tasks(), ValueError), (broken(), OSError)):
        taken: list[int] = []
        with ReadingPool(2, HereWorker) as pool, pytest.raises(kind), in_order(made, pool) as results:
            taken.extend(results)
        assert taken == [1]


def test_an_interrupted_taker_ends_what_is_being_read() -> None:
    ended = threading.Event()

    class Sleeps(HereWorker):
        def kill(self) -> None:
            ended.set()

    def interrupted() -> None:
        task = Task(1, lambda _: ended.wait(30))
        with ReadingPool(1, Sleeps) as pool, in_order(iter([True, task]), pool) as results:
            next(results)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert ended.is_set()


def test_processes_are_started_only_as_they_are_needed() -> None:
    with ReadingPool(3) as pool:
        read = [
            Task(1, lambda worker, n=n: worker.read(meeting(f"第{n}次会议", ["内容。"]).encode(), "会议.md"))
            for n in (1, 2)
        ]  # type: ignore[misc]
        for task in read:  # one after the other
            with in_order(iter([task]), pool) as results:
                assert next(results).structured.metadata.title
        assert sum(worker._process is not None for worker in pool._workers) == 1
