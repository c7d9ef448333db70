"""Which files an ingest is about: found on disk in a fixed order, and compared with what the library has of them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ingest.archives import MARK, Member, is_archive, unfold
from ingest.document import LOCAL
from ingest.errors import ConflictError, ReadError, reason_of
from ingest.library import Library
from ingest.read.reader import is_document, most_bytes, sidecar_of

_SETTLED = 2_000_000_000  # nanoseconds: a file written this recently may change again without a new time
_SIDECARS = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Found:
    """A file to be ingested, or the member of one; ``root`` is what was named that led to it."""

    path: Path
    root: Path
    supported: bool = True
    member: Member | None = None

    @property
    def location(self) -> str:
        """Where the library notes that the content came from."""
        return str(self.path) if self.member is None else self.member.location

    @property
    def name(self) -> str:
        """The file's own name."""
        return self.path.name if self.member is None else self.member.name


@dataclass(frozen=True, slots=True)
class Gone:
    """A file the library has a document of, which is no longer there."""

    path: str
    document_id: str
    title: str


def find(paths: Sequence[Path], *, recursive: bool, leave_out: Path) -> list[Found]:
    """The files named or under the folders named, each once, by path within a folder. Missing paths are left out.

    Hidden files, the lock files of office programs, and sidecars are passed over in folders.
    """
    out: dict[Path, Found] = {}
    for given in paths:
        root = _place(given)
        if root.is_dir():
            for path in _under(root, recursive, leave_out):
                supported = is_document(path) or is_archive(path.name)
                out.setdefault(_place(path), Found(_place(path), root, supported))
        elif root.exists():
            out.setdefault(root, Found(root, root))
    return list(out.values())


def opened(found: Found, more: Callable[[int], object] = lambda count: None) -> Iterator[Found]:
    """A file and what it holds, as :func:`ingest.archives.unfold` gives it."""
    if not found.supported:
        yield found
        return
    whole = Member(str(found.path), lambda: _limited(found.path), path=found.path)
    for each in unfold(whole, more):
        yield found if each is whole else replace(found, supported=each.supported, member=each)


def _limited(path: Path) -> bytes:
    size, most = path.stat().st_size, most_bytes(path.name)
    if size > most:
        raise ReadError("file_too_large", name=path.name, size=_megabytes(size), limit=_megabytes(most))
    return path.read_bytes()


def _place(path: Path) -> Path:
    """The file itself; a link that leads nowhere, or in a circle, stays what it is called."""
    return path.resolve() if path.exists() else path.absolute()


def _under(folder: Path, recursive: bool, leave_out: Path) -> Iterator[Path]:
    found: list[Path] = []
    for place, folders, names in os.walk(folder):
        here = Path(place)
        folders[:] = [name for name in folders if not name.startswith(".") and (here / name).resolve() != leave_out]
        found += [
            here / name for name in names if not name.startswith((".", "~$")) and Path(name).suffix not in _SIDECARS
        ]
        if not recursive:
            break
    return iter(sorted(found, key=lambda path: path.relative_to(folder).parts))


@dataclass(frozen=True, slots=True)
class Content:
    """A file's bytes and its sidecar's, with the stamp by which a later run knows that they are unchanged."""

    data: bytes
    sidecar: bytes | None
    stamp: str | None


def load(found: Found) -> Content:
    """Read a file and its sidecar. ReadError when it is too large or cannot be opened."""
    path = found.path
    try:
        if found.member is not None:
            return Content(found.member.read(), found.member.sidecar(), stamp_of(path))
        stamp = stamp_of(path)
        beside = sidecar_of(path)
        return Content(_limited(path), beside.read_bytes() if beside else None, stamp)
    except OSError as error:
        reason = "链接所指的文件不存在" if path.is_symlink() else reason_of(error)
        raise ReadError("file_unreadable", name=path.name, reason=reason) from None


def stamp_of(path: Path) -> str | None:
    """Sizes and times of a file and its sidecar: while they are the same, so is the content.

    None when something was written so recently that a further change might not show. The time of change (ctime)
    tells even what copies preserve.
    """
    beside = sidecar_of(path)
    parts, newest = [], 0
    for each in (path, beside):
        if each is not None:
            facts = each.stat()
            parts.append(f"{each.name}:{facts.st_size}:{facts.st_mtime_ns}:{facts.st_ctime_ns}:{facts.st_ino}")
            newest = max(newest, facts.st_mtime_ns, facts.st_ctime_ns)
    return "|".join(parts) if newest < time.time_ns() - _SETTLED else None


@dataclass(frozen=True, slots=True)
class Known:
    """What the library has of a file."""

    document_id: str
    stamp: str | None
    digests: tuple[str, str | None]  # sha256 of the file and of its sidecar


def known_files(library: Library) -> dict[str, Known]:
    """What the library has of files, by path; a file whose original was lost is not had, so that it is stored again."""
    with library.snapshot() as snapshot:
        return {
            source.location: Known(record.id, source.stamp, (record.original, record.sidecar))
            for record in snapshot.documents(LOCAL)
            if record.part_of is None
            for source in record.sources
            if source.kind == "path" and library.originals.holds(record.original, record.sidecar)
        }


# ---------------------------------------------------------------- what is gone


def require_whole(paths: Sequence[Path], found: Sequence[Found]) -> None:
    """ConflictError unless every path is there and holds files: an unmounted folder must not empty the library."""
    roots = {each.root for each in found if each.supported}
    for path in paths:
        if not path.exists():
            raise ConflictError("prune_path_missing", path=str(path))
        if path.resolve() not in roots:
            raise ConflictError("prune_path_empty", path=str(path))


def gone(library: Library, paths: Sequence[Path]) -> list[Gone]:
    """The files under these folders that the library has documents of, and that no longer exist."""
    folders = [path.resolve() for path in paths]
    is_there = _Presence()
    with library.snapshot() as snapshot:
        out = [
            Gone(source.location, record.id, record.title)
            for record in snapshot.documents(LOCAL)
            if record.part_of is None
            for source in record.sources
            if source.kind == "path"
            and any(Path(source.location).is_relative_to(folder) for folder in folders)
            and not is_there(source.location)
        ]
    return sorted(out, key=lambda each: each.path)


class _Presence:
    """Whether files and members of archives are there; an archive is looked into once."""

    def __init__(self) -> None:
        self._inside: dict[str, frozenset[str]] = {}

    def __call__(self, location: str) -> bool:
        archive, mark, _ = location.partition(MARK)
        if not mark or os.path.lexists(location) or not os.path.lexists(archive):
            return os.path.lexists(location)
        if archive not in self._inside:
            self._inside[archive] = frozenset(each.location for each in opened(Found(Path(archive), Path(archive))))
        unreadable = self._inside[archive] == {archive}  # not known to be gone: the archive may be damaged
        return unreadable or location in self._inside[archive]


def _megabytes(size: int) -> str:
    return f"{size / 2**20:.0f} MB"
