"""The original files, each under its sha256: what was read can always be shown and read again."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable
from pathlib import Path


class Originals:
    """A directory of files named by their content."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True)

    def keep(self, contents: Iterable[bytes]) -> None:
        """Store contents so that they survive a power cut; each appears whole or not at all."""
        fresh = False
        for content in contents:
            path = self.path(hashlib.sha256(content).hexdigest())
            if path.exists():
                continue
            partial = path.with_name(path.name + ".part")
            with partial.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
            fresh = True
        if fresh:
            sync_directory(self._directory)

    def path(self, digest: str) -> Path:
        """Where the content with this sha256 lies."""
        return self._directory / digest

    def read(self, digest: str) -> bytes | None:
        """The content; None when it is missing or no longer what its name says."""
        try:
            content = self.path(digest).read_bytes()
        except OSError:
            return None
        return content if hashlib.sha256(content).hexdigest() == digest else None

    def holds(self, *digests: str | None) -> bool:
        """Whether these contents lie here, as far as names tell; None is no content."""
        return all(digest is None or self.path(digest).is_file() for digest in digests)

    def any(self) -> bool:
        """Whether anything was ever stored here."""
        return next(self._directory.iterdir(), None) is not None

    def keep_only(self, digests: Iterable[str]) -> None:
        """Delete what no version refers to any more."""
        wanted = set(digests)
        for path in self._directory.iterdir():
            if path.name not in wanted:
                path.unlink()


def sync_directory(directory: Path) -> None:
    """Make names created in a directory durable (Windows does it by itself)."""
    if sys.platform == "win32":  # pragma: no cover
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
