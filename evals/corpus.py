"""The libraries the evals ask, ``corpus/`` and those of practice, each ingested into a directory of its own."""

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
PRACTICE = Path(__file__).resolve().parent / "practice"
"""Each folder in it: ``documents`` and ``questions.jsonl``."""
KEPT_OUT = frozenset({"h", "i"})
"""Practice libraries on which nothing is fitted and whose failures nobody reads: what is reported."""


class CorpusClock(Clock):
    """A clock that stands on the corpus's last day."""

    def today(self) -> date:
        """Always the same day."""
        return TODAY


class CorpusError(Exception):
    """A file of the corpus could not be read: nothing measured on the rest would be true."""


class _StaleError(Exception):
    """The library holds what is not in its folder: it was made by another checkout."""


def practice() -> dict[str, Path]:
    """The folders of practice by name."""
    return {path.parent.name: path.parent for path in sorted(PRACTICE.glob("*/questions.jsonl"))}


def learned_from() -> dict[str, Path]:
    """The folders of practice that weights may be fitted on."""
    return {name: folder for name, folder in practice().items() if name not in KEPT_OUT}


@contextmanager
def open_assistant(directory: Path, folder: Path | None = None) -> Iterator[tuple[Assistant, Library]]:
    """The library of a folder (none: ``corpus/``) in ``directory``, made or brought up to date first."""
    folder = folder or CORPUS
    with ExitStack() as stack:
        try:
            it = _up_to_date(stack, directory, folder)
        except (IndexMismatchError, _StaleError):
            # Made by an older program or another checkout: it holds nothing that is not in some such folder.
            stack.close()
            shutil.rmtree(directory)
            it = _up_to_date(stack, directory, folder)
        yield Assistant(it.library, it.records, CorpusClock()), it.library


@contextmanager
def open_practice(out: Path, name: str) -> Iterator[tuple[Assistant, Library]]:
    """A practice library, in a directory of its own below ``out``."""
    with open_assistant(out / f"practice-{name}-library", practice()[name] / "documents") as opened_there:
        yield opened_there


def _up_to_date(stack: ExitStack, directory: Path, folder: Path) -> Opened:
    it = stack.enter_context(opened(Settings(library=directory), say=print))
    _ = it.library.embedder  # what does not fit the index is told here, not at the first question
    ingest_folder(it.library, folder)
    with it.library.snapshot() as snapshot:
        sources = [source for record in snapshot.documents(LOCAL) for source in record.sources]
    if not all(Path(source.location).is_relative_to(folder) for source in sources):
        raise _StaleError
    return it


def ingest_folder(library: Library, folder: Path) -> None:
    """Bring the library to what the folder holds now; raises CorpusError when a file cannot be read."""
    report = ingest_paths(library, [folder], prune=True)
    failed = [f"{file.path}: {file.error.message}" for file in report.files if file.error is not None]
    if failed:
        raise CorpusError(f"{folder.name}/ 里有读不了的文件：\n" + "\n".join(failed))
