"""A library in one file, and back: catalogue, answers given and originals. The derived indexes are made anew.

The file is a zip archive whose last member lists the others with their digests. Leaving the indexes out keeps one
consistent state (they run behind the catalogue by design), and filling them again from the stored vectors takes
seconds: nothing is read or embedded.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import sqlite3
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from ingest.connections import FILE_NAME
from ingest.document import Notice
from ingest.embed import Embedder
from ingest.errors import ConflictError, EngineError, InputError, NotFoundError, reason_of
from ingest.library import Library, program
from ingest.lock import DirectoryLock, ServerNote
from ingest.originals import sync_directory
from ingest.rebuild import refill

FORMAT = 1
LIST = "backup.json"
DATABASES = (FILE_NAME, "records.db")
_NAME = re.compile(r"originals/[0-9a-f]{64}")
_COMPRESSED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # other ways have errors of their own
_PIECE = 1 << 20  # bytes read at once
_LIST_MOST = 256 << 20  # bytes: two million originals

Tell = Callable[[int, int], None]
"""Told how many of how many files are done."""


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What was written. ``missing`` are originals the library has lost: they are in no backup of it."""

    path: str
    bytes: int
    documents: int
    originals: int
    missing: tuple[str, ...]
    library_revision: int


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What was restored; ``problems`` are what the restored library itself finds wrong, ``aside`` where the old one is."""

    directory: str
    documents: int
    passages: int
    originals: int
    library_revision: int
    created: str
    problems: tuple[Notice, ...]
    aside: str | None = None


# ---------------------------------------------------------------- writing


def back_up(library: Library, target: Path, tell: Tell = lambda done, total: None) -> BackupReport:
    """Write the library into a new file, all of it or nothing. Questions go on meanwhile, changes wait.

    InputError when the file exists or cannot be written.
    """
    target = target.absolute()
    if target.exists():
        raise InputError("backup_exists", path=str(target))
    try:
        with _new_file(target) as file, library.writing, tempfile.TemporaryDirectory(dir=target.parent) as folder:
            return _written(library, target, file, Path(folder), tell)
    except OSError as error:
        raise InputError("file_unwritable", path=str(target), reason=reason_of(error)) from error


@contextmanager
def _new_file(target: Path) -> Iterator[IO[bytes]]:
    """A file that has its name only when it is whole and on disk."""
    partial = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        with partial.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.link(partial, target) if hasattr(os, "link") else partial.rename(target)  # never over another file
        sync_directory(target.parent)
    finally:
        partial.unlink(missing_ok=True)


def _written(library: Library, target: Path, file: IO[bytes], folder: Path, tell: Tell) -> BackupReport:
    members: dict[str, dict[str, object]] = {}
    missing: list[str] = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name in DATABASES:
            if (library.directory / name).exists():
                _copy_database(library.directory / name, folder / name)
                members[name] = _add(archive, name, folder / name)
        rows = library.catalogue.writer.execute("SELECT original, sidecar FROM versions").fetchall()
        digests = sorted({name for row in rows for name in row if name})
        for done, digest in enumerate(digests):
            tell(done, len(digests))
            if library.originals.read(digest) is None:
                missing.append(digest)
            else:
                members[f"originals/{digest}"] = _add(archive, f"originals/{digest}", library.originals.path(digest))
        with library.snapshot() as snapshot:
            revision, documents = snapshot.revision, snapshot.counts()["documents"]
        facts = {
            "format": FORMAT,
            "made_by": program(),
            "created": library.now().isoformat(),
            "revision": revision,
            "missing": missing,
            "members": members,
        }
        archive.writestr(LIST, json.dumps(facts, ensure_ascii=False))
    tell(len(digests), len(digests))
    return BackupReport(str(target), file.tell(), documents, len(digests) - len(missing), tuple(missing), revision)


def _copy_database(source: Path, target: Path) -> None:
    """One consistent state of a database others may be writing."""
    with (
        contextlib.closing(sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True)) as live,
        contextlib.closing(sqlite3.connect(target)) as copy,
    ):
        live.backup(copy)


def _add(archive: zipfile.ZipFile, name: str, path: Path) -> dict[str, object]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as source, archive.open(name, "w", force_zip64=True) as member:
        while piece := source.read(_PIECE):
            digest.update(piece)
            size += len(piece)
            member.write(piece)
    return {"sha256": digest.hexdigest(), "size": size}


# ---------------------------------------------------------------- reading


def restore(
    source: Path,
    directory: Path,
    now: Callable[[], datetime],
    *,
    aside: bool = False,
    tell: Tell = lambda done, total: None,
) -> RestoreReport:
    """Make a library of a backup, all of it or nothing: it comes to its place when it is whole, checked and indexed.

    ConflictError when the directory holds anything, unless ``aside`` moves that out of the way. InputError when the
    file is no backup, is damaged, or was made by a newer program.
    """
    directory = directory.absolute()
    if aside and directory.is_dir():
        DirectoryLock(directory, ServerNote.of_this_process(now())).close()  # BusyError while somebody uses it
    if not aside and directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise ConflictError("restore_target_used", path=str(directory))
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", suffix=".restoring", dir=directory.parent))
    except OSError as error:
        raise InputError("library_unusable", path=str(directory), reason=reason_of(error)) from error
    try:
        with _reading(source) as archive:
            facts = _facts(archive)
            _extract(archive, facts, staging, tell)
            report = _indexed(staging, directory, facts, now)
        return replace(report, aside=_put_in_place(staging, directory, now, aside))
    except OSError as error:
        raise InputError("library_unusable", path=str(directory), reason=reason_of(error)) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


@contextmanager
def _reading(source: Path) -> Iterator[zipfile.ZipFile]:
    """The archive; whatever reading it stumbles over means that the file is damaged."""
    if not source.is_file():
        raise NotFoundError("file_not_found", path=str(source))
    try:
        with _read_errors():
            archive = zipfile.ZipFile(source)
        with archive:
            yield archive
    except _UNREADABLE as error:
        raise InputError("backup_damaged", path=str(source), reason=_reason(error)) from error


class _DamagedError(Exception):
    """The archive is readable, and not what a backup is."""


@contextmanager
def _read_errors() -> Iterator[None]:
    """An archive that points outside itself fails as a file does: the place of the library is not to blame."""
    try:
        yield
    except OSError as error:
        raise _DamagedError(f"读不出内容：{reason_of(error)}") from error


# What zipfile and zlib raise over altered bytes; fuzzing met each of them.
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    _DamagedError,
)


def _reason(error: Exception) -> str:
    if isinstance(error, _DamagedError):
        return str(error)
    return "文件不完整，或不是有据的备份" if isinstance(error, zipfile.BadZipFile) else "内容已损坏"


def _facts(archive: zipfile.ZipFile) -> dict[str, Any]:
    """The list of members, which have to be exactly those that are there."""
    names = archive.namelist()
    if any(member.compress_type not in _COMPRESSED for member in archive.infolist()):
        raise _DamagedError("压缩方式不是备份所用的")
    if names.count(LIST) != 1 or archive.getinfo(LIST).file_size > _LIST_MOST:
        raise _DamagedError("不是有据的备份")
    with _read_errors():
        listed = archive.read(LIST)
    try:
        facts = json.loads(listed)
        members = {str(name): (str(m["sha256"]), int(m["size"])) for name, m in facts["members"].items()}
        known = {name: facts[name] for name in ("created", "revision", "missing")}
        found = int(facts["format"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _DamagedError("清单无法读取") from None
    if found > FORMAT:
        raise InputError("backup_newer", found=found, known=FORMAT)
    if sorted(names) != sorted([*members, LIST]) or FILE_NAME not in members:
        raise _DamagedError("内容与清单不符")
    if not all(name in DATABASES or _NAME.fullmatch(name) for name in members):
        raise _DamagedError("含有不该有的文件")  # no other name is ever made into a path
    return {**known, "members": members}


def _extract(archive: zipfile.ZipFile, facts: dict[str, Any], staging: Path, tell: Tell) -> None:
    members: dict[str, tuple[str, int]] = facts["members"]
    needed = sum(size for _, size in members.values())
    free = shutil.disk_usage(staging).free
    if needed > free:
        raise InputError("restore_no_room", needed=f"{needed >> 20} MB", free=f"{free >> 20} MB")
    (staging / "originals").mkdir()
    for done, (name, (digest, size)) in enumerate(members.items()):
        tell(done, len(members))
        if name.startswith("originals/") and not name.endswith(digest):
            raise _DamagedError(f"{name} 与名称不符")
        with _read_errors():
            opened = archive.open(name)
        with opened as member, (staging / name).open("xb") as file:
            if _copied(member, file, size) != digest:
                raise _DamagedError(f"{name} 的内容与清单不符")
            file.flush()
            os.fsync(file.fileno())
    tell(len(members), len(members))


def _copied(member: IO[bytes], file: IO[bytes], size: int) -> str:
    """Copy no more than ``size`` bytes (and one, which gives it away), whatever the archive says of itself."""
    digest, left = hashlib.sha256(), size + 1
    while left and (piece := _piece(member, left)):
        digest.update(piece)
        file.write(piece)
        left -= len(piece)
    return digest.hexdigest()


def _piece(member: IO[bytes], most: int) -> bytes:
    with _read_errors():
        return member.read(min(_PIECE, most))


def _indexed(staging: Path, directory: Path, facts: dict[str, Any], now: Callable[[], datetime]) -> RestoreReport:
    """Open what was extracted, fill its indexes, and look at all of it."""
    try:
        with Library.open(staging, embedder=_no_embedder, now=now, create=False, check=False) as library:
            refill(library)
            problems = [
                replace(problem, message=problem.message.replace(str(staging), str(directory)))
                for problem in library.verify()
            ]
            with library.snapshot() as snapshot:
                counts, revision = snapshot.counts(), snapshot.revision
    except (sqlite3.DatabaseError, EngineError) as error:
        raise _DamagedError("目录数据打不开") from error
    return RestoreReport(
        str(directory),
        counts["documents"],
        counts["passages"],
        len(facts["members"]) - sum(name in facts["members"] for name in DATABASES),
        revision,
        str(facts["created"]),
        tuple(problems),
    )


def _no_embedder() -> Embedder:
    raise AssertionError("vectors are restored, not computed")


def _put_in_place(staging: Path, directory: Path, now: Callable[[], datetime], aside: bool) -> str | None:
    """Give the library its place; what was there is moved beside it, and comes back if that fails."""
    moved = None
    if aside and directory.exists():
        with contextlib.closing(DirectoryLock(directory, ServerNote.of_this_process(now()))):
            moved = directory.with_name(f"{directory.name}.{now():%Y%m%d-%H%M%S}")
            directory.rename(moved)
    elif directory.exists():
        directory.rmdir()
    try:
        staging.rename(directory)
    except OSError:
        if moved is not None:
            moved.rename(directory)
        raise
    sync_directory(directory.parent)
    return str(moved) if moved is not None else None
