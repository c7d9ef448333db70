"""The version of 有据 that runs."""

from __future__ import annotations

from importlib import metadata


def version() -> str:
    """The installed version; 0+unknown when run from a folder that was never installed."""
    try:
        return metadata.version("youju")
    except metadata.PackageNotFoundError:
        return "0+unknown"
