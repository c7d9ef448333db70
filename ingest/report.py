"""What an ingest tells: its progress while it runs, and a report file by file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from ingest.catalogue import DocumentRecord
from ingest.document import Day, DocumentKind, Notice
from ingest.errors import YoujuError


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an ingest or rebuild is. ``total_passages`` is 0 while it is not known; pages are the current file's."""

    done_files: int
    total_files: int
    done_passages: int = 0
    total_passages: int = 0
    current: str | None = None
    done_pages: int = 0
    total_pages: int = 0
    passages_per_second: float = 0.0
    seconds_left: float | None = None


@dataclass(frozen=True, slots=True)
class FileError:
    """Why a file was not taken in."""

    code: str
    message: str

    @staticmethod
    def of(error: YoujuError) -> FileError:
        """The error's code and sentence."""
        return FileError(error.code, str(error))


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one file."""

    path: str
    outcome: str  # added, replaced, unchanged, duplicate, skipped, failed, cancelled
    document_id: str | None = None
    kind: DocumentKind | None = None
    title: str | None = None
    edition: str | None = None
    articles: int = 0
    passages: int = 0
    rows: int = 0
    inferred: tuple[str, ...] = ()
    corrected: tuple[str, ...] = ()  # as people say it is, over what was read
    date: Day | None = None
    warnings: tuple[Notice, ...] = ()
    error: FileError | None = None

    @staticmethod
    def of(path: str, outcome: str, record: DocumentRecord, *more: Notice) -> FileReport:
        """The report on a file the library has."""
        return FileReport(
            path,
            outcome,
            record.id,
            record.kind,
            record.title,
            record.metadata.edition,
            record.articles,
            record.passages,
            record.rows,
            tuple(sorted(record.metadata.inferred)),
            tuple(sorted(record.metadata.corrected)),
            record.metadata.date or record.metadata.published,
            (*record.notices, *more),
        )


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What an ingest did. ``seconds`` is per stage: read, structure, embed, store, and the whole as wall."""

    files: tuple[FileReport, ...]
    removed: tuple[str, ...]
    cancelled: bool
    library_revision: int
    passages: int  # stored by this ingest
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def failed(self) -> int:
        """How many files were not taken in for an error."""
        return sum(file.outcome == "failed" for file in self.files)

    def to_json(self) -> dict[str, object]:
        """The report as plain values."""
        return asdict(self) | {"failed": self.failed, "seconds": dict(self.seconds)}
