"""The container of Office files before 2007 and of encrypted ones: a directory of streams, read without trusting it."""

from __future__ import annotations

import io
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
            meta = self.file.get_metadata()
            found = {"core_title": meta.title, "core_author": meta.author}
            texts = {key: _decoded(value, meta.codepage) for key, value in found.items()}
        except Exception:  # properties are remarks: a file is read without them
            return {}
        return {key: text for key, text in texts.items() if text}


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


def _decoded(value: object, codepage: int | None) -> str:
    """A property's text; the code page is a signed 16-bit number, 65001 (UTF-8) comes as -535."""
    if isinstance(value, bytes):
        page = (codepage or 1252) & 0xFFFF
        encoding = {65001: "utf-8", 1200: "utf-16-le", 936: "gb18030"}.get(page, f"cp{page}")
        value = value.decode(encoding, "replace")
    return str(value or "").partition("\x00")[0].strip()  # olefile reads wide strings beyond their end
