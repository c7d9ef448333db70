"""The operating-system lock that makes one process the owner of a library directory.

The lock dies with its process, so a stale note after kill -9 is harmless: only a held lock means an owner.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from ingest.errors import BusyError

LOCK_NAME = "lock"
_RETRIES, _PAUSE = 5, 0.05  # someone asking for the owner holds a shared lock for microseconds


@dataclass(frozen=True, slots=True)
class ServerNote:
    """What the owner writes into the lock file, so that other commands can find and use it."""

    pid: int
    started: str  # instant, UTC
    url: str | None = None
    token: str | None = None

    @staticmethod
    def of_this_process(now: datetime, *, url: str | None = None, token: str | None = None) -> ServerNote:
        """The note of the running process."""
        return ServerNote(os.getpid(), now.isoformat(), url, token)


if sys.platform == "win32":  # pragma: no cover
    import msvcrt

    _FAR = 1 << 30  # a locked byte cannot be read by others on Windows: lock one far behind the note

    def _try_lock(descriptor: int, *, shared: bool) -> bool:
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(descriptor: int, *, shared: bool) -> bool:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


class DirectoryLock:
    """A held lock. Closing it, or the end of the process however it comes, releases it."""

    def __init__(self, directory: Path, note: ServerNote, pause: Callable[[float], None] = time.sleep) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(directory / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
        for attempt in range(_RETRIES):
            if _try_lock(self._descriptor, shared=False):
                break
            if attempt < _RETRIES - 1:
                pause(_PAUSE)
        else:
            os.close(self._descriptor)
            raise _busy(directory, _read_note(directory))
        self.announce(note)

    def announce(self, note: ServerNote) -> None:
        """Replace the note: a server knows its URL only after it has opened its port."""
        content = json.dumps(asdict(note)).encode()
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, content)

    def close(self) -> None:
        """Clear the note and release the lock; the file stays, since removing it would let two owners in."""
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)


def owner(directory: Path) -> ServerNote | None:
    """Who owns the library directory now; None when nobody does (whatever an old note says)."""
    path = directory / LOCK_NAME
    if not path.exists():
        return None
    descriptor = os.open(path, os.O_RDWR if sys.platform == "win32" else os.O_RDONLY)  # the disk may be read-only
    try:
        if _try_lock(descriptor, shared=True):
            return None
    finally:
        os.close(descriptor)
    return _read_note(directory) or ServerNote(0, "")


def _read_note(directory: Path) -> ServerNote | None:
    """The note in the lock file; None while it is being written."""
    for _ in range(_RETRIES):
        try:
            return ServerNote(**json.loads((directory / LOCK_NAME).read_bytes()))
        except (ValueError, TypeError, OSError):
            time.sleep(_PAUSE / 5)
    return None


def _busy(directory: Path, note: ServerNote | None) -> BusyError:
    if note is None:
        return BusyError("library_busy", path=str(directory), pid="未知")
    if note.url:
        return BusyError("library_served", path=str(directory), pid=note.pid, url=note.url)
    return BusyError("library_busy", path=str(directory), pid=note.pid)
