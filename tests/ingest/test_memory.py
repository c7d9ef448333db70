"""Memory that is free goes back to the system, where the system's allocator can give it."""

import platform
from pathlib import Path

import pytest

from ingest.memory import give_back

GLIBC = platform.libc_ver()[0] == "glibc"


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif(not GLIBC, reason="只有 glibc 能归还")
def test_what_was_freed_in_pieces_is_given_back() -> None:
    pieces = [b"x" * (2000 + number % 7) for number in range(40_000)]
    kept = pieces[::50]  # the heap cannot shrink from its end
    del pieces
    before = resident()
    give_back()
    assert before - resident() > 40_000_000
    assert len(kept) == 800


def test_elsewhere_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    import ingest.memory

    monkeypatch.setattr(ingest.memory.sys, "platform", "darwin")
    ingest.memory._trim.cache_clear()
    try:
        give_back()
    finally:
        ingest.memory._trim.cache_clear()
