"""The library the evals ask: ``corpus/`` ingested into a directory of their own, with the product's Assistant over it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.assistant import Assistant
from app.main import opened
from app.settings import Settings
from ingest.build import ingest_paths
from ingest.errors import IndexMismatchError
from ingest.library import Library
from ingest.report import Progress

CORPUS = Path(__file__).parents[1] / "corpus"


class CorpusError(Exception):
    """A file of the corpus could not be read: nothing measured on the rest would be true."""


@contextmanager
def open_assistant(directory: Path) -> Iterator[tuple[Assistant, Library]]:
    """The corpus library in ``directory``, made or brought up to date first."""
    settings = Settings(library=directory)
    try:
        with opened(settings, say=print) as it:
            ingest_corpus(it.library)
            yield it.assistant, it.library
    except IndexMismatchError:
        # Made by an older program: the evals' library holds nothing that is not in corpus/.
        shutil.rmtree(directory)
        with opened(settings, say=print) as it:
            ingest_corpus(it.library)
            yield it.assistant, it.library


def ingest_corpus(library: Library) -> None:
    """Bring the library to what ``corpus/`` holds now; raises CorpusError when a file cannot be read."""
    report = ingest_paths(library, [CORPUS], prune=True, progress=_silent)
    failed = [f"{file.path}: {file.error.message}" for file in report.files if file.error is not None]
    if failed:
        raise CorpusError("\n".join(failed))


def _silent(_: Progress) -> None:
    """The evals print tables, not progress."""
