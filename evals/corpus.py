"""The library the evals ask: ``corpus/`` ingested into a directory of their own, with the product's Assistant over it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path

from app.assistant import Assistant
from app.main import Opened, opened
from app.settings import Clock, Settings
from evals.dataset import TODAY
from ingest.build import ingest_paths
from ingest.document import LOCAL
from ingest.errors import IndexMismatchError
from ingest.library import Library

CORPUS = Path(__file__).resolve().parents[1] / "corpus"


class CorpusClock(Clock):
    """A clock that stands on the corpus's last day."""

    def today(self) -> date:
        """Always the same day."""
        return TODAY


class CorpusError(Exception):
    """A file of the corpus could not be read: nothing measured on the rest would be true."""


class _StaleError(Exception):
    """The library holds what is not in ``corpus/``: it was made by another checkout."""


@contextmanager
def open_assistant(directory: Path) -> Iterator[tuple[Assistant, Library]]:
    """The corpus library in ``directory``, made or brought up to date first."""
    with ExitStack() as stack:
        try:
            it = _up_to_date(stack, directory)
        except (IndexMismatchError, _StaleError):
            # Made by an older program or another checkout: it holds nothing that is not in some corpus/.
            stack.close()
            shutil.rmtree(directory)
            it = _up_to_date(stack, directory)
        yield Assistant(it.library, it.records, CorpusClock()), it.library


def _up_to_date(stack: ExitStack, directory: Path) -> Opened:
    it = stack.enter_context(opened(Settings(library=directory), say=print))
    _ = it.library.embedder  # what does not fit the index is told here, not at the first question
    ingest_corpus(it.library)
    with it.library.snapshot() as snapshot:
        sources = [source for record in snapshot.documents(LOCAL) for source in record.sources]
    if not all(Path(source.location).is_relative_to(CORPUS) for source in sources):
        raise _StaleError
    return it


def ingest_corpus(library: Library) -> None:
    """Bring the library to what ``corpus/`` holds now; raises CorpusError when a file cannot be read."""
    report = ingest_paths(library, [CORPUS], prune=True)
    failed = [f"{file.path}: {file.error.message}" for file in report.files if file.error is not None]
    if failed:
        raise CorpusError("corpus/ 里有读不了的文件：\n" + "\n".join(failed))
