"""Files that hold files: the members of archives and the attachments of messages, each a document of its own.

A member is named ``a.zip!/内部/名称.docx``. Nothing is ever unpacked to disk; a member that is dangerous, encrypted
or too large is refused alone, and the others go on.
"""

from __future__ import annotations

import io
import re
import stat
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath

from ingest.errors import ReadError, YoujuError
from ingest.read import eml
from ingest.read.reader import is_document, most_bytes

MARK = "!/"
"""Between an archive's path and a member's."""

_ZIP, _MESSAGE = ".zip", ".eml"
_MOST_MEMBERS = 2_000
_MOST_UNPACKED = 2 * 2**30  # bytes of all members together
_MOST_RATIO, _RATIO_FROM = 200, 8 * 2**20  # text packs 3 to 20 times smaller; small files may do better
_MOST_DEPTH = 2  # an archive in an archive, and no further
_SIDECARS = (".yaml", ".yml")
# Zip entries that are one Office file, not a collection of files.
_OFFICE = frozenset({"[Content_Types].xml", "mimetype", "OFD.xml", "word/document.xml", "xl/workbook.xml"})
_FLAG_ENCRYPTED, _FLAG_UTF8 = 0x1, 0x800


@dataclass(frozen=True, slots=True)
class Member:
    """A file inside another, or the outermost one. ``read`` and ``sidecar`` raise ReadError when it is refused."""

    location: str  # path/to/a.zip!/内部/名称.docx
    read: Callable[[], bytes]
    sidecar: Callable[[], bytes | None] = lambda: None
    supported: bool = True
    path: Path | None = None  # of the outermost file, when it is on disk

    @property
    def name(self) -> str:
        """The file's own name."""
        return re.split(r"[/\\]", self.location)[-1]


def is_archive(name: str) -> bool:
    """Whether the suffix is that of a file that only holds files."""
    return name.lower().endswith(_ZIP)


def unfold(whole: Member, more: Callable[[int], object] = lambda count: None, depth: int = 0) -> Iterator[Member]:
    """An archive's members instead of it; a message, followed by its attachments; any other file as it is.

    So is an archive that cannot be opened: its reading says why. ``more`` is told how many come that were not known.
    """
    held = _held(whole) if depth < _MOST_DEPTH else []
    instead = bool(held) and is_archive(whole.location)
    more(len(held) - instead)
    if not instead:
        yield whole
    for each in held:
        yield from unfold(replace(each, location=f"{whole.location}{MARK}{each.location}"), more, depth + 1)


def _held(whole: Member) -> list[Member]:
    try:
        if is_archive(whole.location):
            return list(_zipped(zipfile.ZipFile(whole.path or io.BytesIO(whole.read()))))
        if whole.location.lower().endswith(_MESSAGE):
            return list(_attached(whole.read(), whole.name))
    except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile, YoujuError):
        pass
    return []


# ---------------------------------------------------------------- zip


class _Unpacking:
    """One open archive, and how much it may still unpack to."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.left = _MOST_UNPACKED

    def read(self, entry: zipfile.ZipInfo, name: str) -> bytes:
        """A member's bytes; what it declares as its size is not believed."""
        if reason := _danger(entry, name):
            raise ReadError("archive_member_unsafe", name=name, reason=reason)
        if entry.flag_bits & _FLAG_ENCRYPTED:
            raise ReadError("file_encrypted", name=name)
        limit = min(most_bytes(name), self.left)
        if entry.file_size > limit:
            raise ReadError("archive_bomb", name=name, reason=f"解压后 {entry.file_size // 2**20} MB")
        if entry.file_size > _RATIO_FROM and entry.file_size > _MOST_RATIO * max(1, entry.compress_size):
            raise ReadError("archive_bomb", name=name, reason=f"压缩比超过 {_MOST_RATIO} 倍")
        try:
            with self.archive.open(entry) as stream:
                data = stream.read(limit + 1)
        except Exception as error:  # zipfile lets zlib's and lzma's errors through
            raise ReadError("file_damaged", name=name, reason="在压缩包内无法解压") from error
        if len(data) > limit:
            raise ReadError("archive_bomb", name=name, reason="解压后的大小超过它自己的说明")
        self.left -= len(data)
        return data


def _zipped(archive: zipfile.ZipFile) -> Iterator[Member]:
    """The members by path; hidden files and sidecars are passed over as in folders, the last of one name counts."""
    found = {_name(entry): entry for entry in archive.infolist() if not entry.is_dir()}
    if _OFFICE & found.keys() or len(found) > _MOST_MEMBERS:
        return
    unpacking = _Unpacking(archive)

    def reader(name: str) -> Callable[[], bytes]:
        return lambda: unpacking.read(found[name], name)

    def sidecar(name: str) -> Callable[[], bytes | None]:
        beside = next((f"{name}{suffix}" for suffix in _SIDECARS if f"{name}{suffix}" in found), None)
        return reader(beside) if beside else lambda: None

    for name in sorted(found, key=lambda each: PurePosixPath(each).parts):
        if _is_listed(name):
            yield Member(name, reader(name), sidecar(name), is_document(Path(name)) or is_archive(name))


def _is_listed(name: str) -> bool:
    hidden = any(part.startswith((".", "~$")) and part != ".." for part in PurePosixPath(name).parts)
    return not hidden and not name.startswith("__MACOSX/") and not name.lower().endswith(_SIDECARS)


def _name(entry: zipfile.ZipInfo) -> str:
    """A member's path: without the UTF-8 flag it is in the encoding of the system that packed it, GBK in China."""
    name = entry.orig_filename
    if not entry.flag_bits & _FLAG_UTF8:
        raw = name.encode("cp437", errors="replace")
        for encoding in ("utf-8", "gb18030"):
            try:
                name = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    return name.replace("\\", "/")


def _danger(entry: zipfile.ZipInfo, name: str) -> str | None:
    if name.startswith("/") or re.match(r"[A-Za-z]:", name):
        return "它写的是绝对路径"
    if ".." in PurePosixPath(name).parts:
        return "它的路径指向压缩包之外"
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        return "它是链接或设备文件，不是文档"
    return None


# ---------------------------------------------------------------- messages


def _attached(data: bytes, name: str) -> Iterator[Member]:
    """What is attached to a message; two attachments of one name are told apart by a number."""
    taken: set[str] = set()
    for called, part in eml.attachments(eml.open_message(data, name)):
        own = re.sub(r"[/\\\x00-\x1f]", "_", called)
        count = 2
        while own in taken:
            own, count = f"{Path(called).stem}（{count}）{Path(called).suffix}", count + 1
        taken.add(own)

        yield Member(own, partial(eml.content_of, part), supported=is_document(Path(own)) or is_archive(own))
