"""One process owns a library directory, and others can find out who."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.errors import BusyError
from ingest.lock import LOCK_NAME, DirectoryLock, ServerNote, owner

NOW = datetime(2025, 6, 1, tzinfo=UTC)
ROOT = Path(__file__).parents[2]
HOLDER = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from ingest.lock import DirectoryLock, ServerNote
lock = DirectoryLock(Path(sys.argv[1]), ServerNote.of_this_process(datetime.now(UTC), url=sys.argv[2] or None))
print("held", flush=True)
time.sleep(60)
"""


def note(**more: str) -> ServerNote:
    return ServerNote.of_this_process(NOW, **more)


def hold(directory: Path, url: str = "") -> "subprocess.Popen[str]":
    """Another process that holds the lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(directory), url], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def end(process: "subprocess.Popen[str]", number: int = signal.SIGKILL) -> None:
    process.send_signal(number)
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def test_a_directory_nobody_holds_has_no_owner(tmp_path: Path) -> None:
    assert owner(tmp_path) is None
    DirectoryLock(tmp_path, note()).close()
    assert owner(tmp_path) is None


def test_the_second_owner_is_told_who_is_the_first(tmp_path: Path) -> None:
    process = hold(tmp_path)
    try:
        with pytest.raises(BusyError, match=f"进程号 {process.pid}"):
            DirectoryLock(tmp_path, note(), pause=lambda _: None)
        assert (found := owner(tmp_path)) is not None
        assert found.pid == process.pid
        assert found.url is None
    finally:
        end(process)


def test_a_server_is_named_by_its_address(tmp_path: Path) -> None:
    process = hold(tmp_path, "http://127.0.0.1:8000")
    try:
        with pytest.raises(BusyError, match=r"http://127\.0\.0\.1:8000"):
            DirectoryLock(tmp_path, note(), pause=lambda _: None)
    finally:
        end(process)


def test_what_a_killed_owner_left_is_harmless(tmp_path: Path) -> None:
    end(hold(tmp_path, "http://127.0.0.1:8000"))
    assert b"8000" in (tmp_path / LOCK_NAME).read_bytes()
    assert owner(tmp_path) is None
    lock = DirectoryLock(tmp_path, note())
    assert (found := owner(tmp_path)) is not None
    assert found.pid == os.getpid()
    lock.close()


def test_a_server_announces_its_address_once_it_has_one(tmp_path: Path) -> None:
    lock = DirectoryLock(tmp_path, note(url="http://127.0.0.1:8000", token="很长的旧口令" * 20))
    lock.announce(note(url="http://127.0.0.1:81", token="口令"))
    assert (found := owner(tmp_path)) is not None
    assert (found.url, found.token) == ("http://127.0.0.1:81", "口令")
    lock.close()


def test_asking_for_the_owner_disturbs_nobody(tmp_path: Path) -> None:
    for _ in range(20):
        owner(tmp_path)
        lock = DirectoryLock(tmp_path, note())
        assert owner(tmp_path) is not None
        lock.close()


@pytest.mark.skipif(sys.platform == "win32", reason="file modes are POSIX")
def test_the_token_is_for_the_owner_of_the_file_only(tmp_path: Path) -> None:
    lock = DirectoryLock(tmp_path, note(token="口令"))
    assert (tmp_path / LOCK_NAME).stat().st_mode & 0o077 == 0
    lock.close()
