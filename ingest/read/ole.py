"""The container of Office files before 2007 and of encrypted ones: a directory of streams, read without trusting it."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from typing import Any

from ingest.errors import ReadError

MACROS = ("macros_ignored", "文件带有宏：只读取了文字，宏没有运行。")
"""The notice of a file with macros, old or new."""


@dataclass(frozen=True, slots=True)
class Container:
    """One OLE file: the names of its top-level entries, and its streams."""

    name: str
    entries: frozenset[str]
    file: Any

    def stream(self, entry: str) -> bytes | None:
        """A top-level stream's content; None when there is none."""
        if entry not in self.entries or self.file.get_type(entry) != _STREAM:
            return None
        try:
            return bytes(self.file.openstream(entry).read())
        except Exception as error:  # olefile lets struct's and its own errors through
            raise ReadError("file_damaged", name=self.name, reason=f"内部的 {entry} 读不出来") from error

    def properties(self) -> dict[str, str]:
        """Title and author the file carries, under the names the other Office readers use; {} when unreadable."""
        try:
            found = _summary(self.stream("\x05SummaryInformation") or b"")
        except (ReadError, struct.error, LookupError):  # properties are remarks: a file is read without them
            return {}
        return {key: found[number] for number, key in _NAMED.items() if found.get(number)}


_NAMED = {2: "core_title", 4: "core_author"}
_CODE_PAGE, _NARROW_TEXT, _WIDE_TEXT = 1, 30, 31
_MOST_PROPERTIES = 100
_STREAM = 2  # olefile.STGTY_STREAM


def open_container(data: bytes, name: str) -> Container:
    """Open an OLE file."""
    import olefile

    try:
        file = olefile.OleFileIO(io.BytesIO(data))
        entries = frozenset(path[0] for path in file.listdir(streams=True, storages=True))
    except Exception as error:  # olefile lets struct's and index errors through
        raise ReadError("file_damaged", name=name, reason="文件不完整，多半是下载或复制时中断") from error
    return Container(name, entries, file)


def _summary(data: bytes) -> dict[int, str]:
    """The texts of a property set by number ([MS-OLEPS]); olefile's reading loops on a count of four billion."""
    if len(data) < 48:
        return {}
    section = struct.unpack_from("<I", data, 44)[0]
    count = min(struct.unpack_from("<I", data, section + 4)[0], _MOST_PROPERTIES)
    places = [struct.unpack_from("<II", data, section + 8 + each * 8) for each in range(count)]
    encoding = "cp1252"
    texts: dict[int, str] = {}
    for number, offset in places:
        kind, size = struct.unpack_from("<II", data, section + offset)
        value = data[section + offset + 8 :]
        if number == _CODE_PAGE:
            page = size & 0xFFFF
            encoding = {65001: "utf-8", 1200: "utf-16-le", 936: "gb18030"}.get(page, f"cp{page}")
        elif kind == _NARROW_TEXT:
            texts[number] = value[:size].decode(encoding, "replace").partition("\0")[0].strip()
        elif kind == _WIDE_TEXT:
            texts[number] = value[: size * 2].decode("utf-16-le", "replace").partition("\0")[0].strip()
    return texts
