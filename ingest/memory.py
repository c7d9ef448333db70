"""Memory no longer used, given back to the system."""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from typing import Any


def give_back() -> None:
    """Return what is free to the system where the allocator knows how to (glibc); elsewhere nothing happens.

    Left alone, glibc keeps what the threads of an ingest free in as many arenas, in pieces: the process grows with
    every batch though nothing is held (see decision 15 for the figures).
    """
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Any:
    return getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
