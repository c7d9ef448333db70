"""Draws the pages of originals in a process of its own: what was uploaded may hang or crash what renders it."""

from __future__ import annotations

import threading
from pathlib import Path

from ingest.worker import Limits, ReadingWorker

_LIMITS = Limits(seconds=30, memory=3 * 2**30)  # a page takes some 0.3 s


class Painter:
    """One process, started when the first page is asked for; one page is drawn after the other."""

    def __init__(self) -> None:
        self._worker = ReadingWorker(_LIMITS)
        self._guard = threading.Lock()

    def draw(self, original: Path, name: str, media_type: str, number: int) -> bytes | None:
        """A page as PNG; None when there is no such page. ReadError when it cannot be drawn."""
        with self._guard:
            return self._worker.page_image(original.read_bytes(), name, media_type, number)

    def close(self) -> None:
        """End the process."""
        with self._guard:
            self._worker.close()
