"""A file becomes a Document: what it really is, who reads it, what its sidecar adds."""

from __future__ import annotations

import hashlib
import importlib
import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

from ingest.clean import Draft
from ingest.document import Document, Metadata
from ingest.errors import NotFoundError, ReadError, reason_of
from ingest.progress import Tell, silent
from ingest.read import sniff
from ingest.read.frontmatter import combined, sidecar_metadata

MAX_BYTES = 64 * 1024 * 1024
"""The largest file read by default; 64 MiB of text are some 3,000 regulations."""

_MAX_SCAN = 256 * 1024 * 1024  # of what holds pages as images: 100 in colour at 300 dpi are some 150 MB

Read = Callable[[bytes, str, Draft], Metadata]

READERS: Mapping[str, str] = {
    sniff.TEXT: "ingest.read.text:read_text",
    sniff.MARKDOWN: "ingest.read.markdown:read_markdown",
    sniff.HTML: "ingest.read.html:read_html",
    sniff.DOCX: "ingest.read.docx:read_docx",
    sniff.DOC: "ingest.read.doc:read_doc",
    sniff.RTF: "ingest.read.rtf:read_rtf",
    sniff.XLSX: "ingest.read.xlsx:read_xlsx",
    sniff.XLS: "ingest.read.xls:read_xls",
    sniff.CSV: "ingest.read.csv:read_csv",
    sniff.PPTX: "ingest.read.pptx:read_pptx",
    sniff.EML: "ingest.read.eml:read_eml",
    sniff.PDF: "ingest.read.pdf:read_pdf",
    **dict.fromkeys(sniff.IMAGES, "ingest.read.image:read_image"),
}
"""Media type → the function that reads it, imported when first needed: opening a library reads nothing."""

PAGED = frozenset({sniff.PDF, *sniff.IMAGES})
"""The kinds whose pages can be shown as images."""

PAGE_WIDTH = 1240  # pixels of a page shown: A4 at 150 dpi, some 200 KB as PNG

_SIDECAR_SUFFIXES = (".yaml", ".yml")
_MAX_SIDECAR = 1024 * 1024


def most_bytes(name: str) -> int:
    """The largest file of this name that is read, in bytes."""
    return _most_bytes(sniff.SUFFIXES.get(Path(name).suffix.lower(), sniff.TEXT))


def _most_bytes(media_type: str) -> int:
    return _MAX_SCAN if media_type in (sniff.PDF, sniff.TIFF) else MAX_BYTES


def read(path: Path, *, sidecar: Path | None = None, max_bytes: int | None = None) -> Document:
    """Read one file, with its sidecar (found beside it when not given). ReadError says why it cannot be read."""
    data = _bytes_of(path, max_bytes or most_bytes(path.name))
    beside = sidecar or sidecar_of(path)
    return read_bytes(data, path.name, _bytes_of(beside, _MAX_SIDECAR) if beside else None, max_bytes=max_bytes)


def read_bytes(
    data: bytes, name: str, sidecar: bytes | None = None, *, max_bytes: int | None = None, tell: Tell = silent
) -> Document:
    """Read a file's content. ``name`` is shown to people, and its suffix breaks ties between kinds of text."""
    _check_size(len(data), name, max_bytes or most_bytes(name))
    media_type = sniff.sniff(data, name)
    _check_size(len(data), name, max_bytes or _most_bytes(media_type))  # the suffix may have been another's
    draft = Draft(tell)
    expected = sniff.SUFFIXES.get(Path(name).suffix.lower())
    if expected in sniff.OFFICE and media_type != expected:
        draft.note("mislabelled", f"文件后缀是 {Path(name).suffix}，实际内容是{_SHOWN[media_type]}，已按实际内容读取。")
    metadata = _reader(media_type)(data, name, draft)
    if sidecar is not None:
        metadata = combined(metadata, sidecar_metadata(sidecar, draft))
    built = draft.finish()
    if not built.blocks:
        raise ReadError("file_empty", name=name)
    digest = hashlib.sha256(data).hexdigest() + (hashlib.sha256(sidecar).hexdigest() if sidecar is not None else "")
    return Document(name, media_type, digest, built.text, built.blocks, built.edits, metadata, built.notices)


def draw_page(data: bytes, name: str, media_type: str, number: int) -> bytes | None:
    """A page as PNG; None when the file has no such page, or its kind has no pages."""
    if media_type not in PAGED:
        return None
    module = importlib.import_module("ingest.read.pdf" if media_type == sniff.PDF else "ingest.read.image")
    image = module.page_image(data, name, number, PAGE_WIDTH)
    if image is None:
        return None
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _reader(media_type: str) -> Read:
    module, _, function = READERS[media_type].partition(":")
    return cast(Read, getattr(importlib.import_module(module), function))


def sidecar_of(path: Path) -> Path | None:
    """The metadata file beside a document: 办法.docx.yaml, or 办法.yaml when only one document has that name."""
    for suffix in _SIDECAR_SUFFIXES:
        exact = path.with_name(path.name + suffix)
        if exact.is_file():
            return exact
    for suffix in _SIDECAR_SUFFIXES:
        shared = path.with_suffix(suffix)
        if shared != path and shared.is_file():
            twins = [each for each in path.parent.glob("*") if each.stem == path.stem and is_document(each)]
            if len(twins) == 1:
                return shared
    return None


def is_document(path: Path) -> bool:
    """Whether an ingest of a folder takes the file up: a known suffix, no hidden or temporary file, no README."""
    about_the_folder = path.stem.upper().partition(".")[0] == "README"
    return is_supported_type(path) and not path.name.startswith((".", "~$")) and not about_the_folder


def is_supported_type(path: Path) -> bool:
    """Whether the suffix is one that is read."""
    return path.suffix.lower() in sniff.SUFFIXES


def _bytes_of(path: Path, max_bytes: int) -> bytes:
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise ReadError("file_unreadable", name=path.name, reason="这是一个文件夹")
        _check_size(size, path.name, max_bytes)
        return path.read_bytes()
    except FileNotFoundError:
        raise NotFoundError("file_not_found", path=str(path)) from None
    except OSError as error:
        raise ReadError("file_unreadable", name=path.name, reason=reason_of(error)) from None


def _check_size(size: int, name: str, most: int) -> None:
    if size > most:
        raise ReadError("file_too_large", name=name, size=_size(size), limit=_size(most))


def _size(count: int) -> str:
    """A size for people."""
    return f"{count / 2**20:.0f} MB" if count >= 2**20 else f"{max(1, count // 1024)} KB"


_SHOWN = {
    sniff.TEXT: "纯文本",
    sniff.MARKDOWN: "Markdown 文本",
    sniff.HTML: "网页",
    sniff.CSV: "CSV 表格",
    sniff.DOCX: "Word 文档",
    sniff.DOC: "旧版 Word 文档（.doc）",
    sniff.RTF: "RTF 文档",
    sniff.XLSX: "Excel 表格",
    sniff.XLS: "旧版 Excel 表格（.xls）",
    sniff.PPTX: "演示文稿",
    sniff.EML: "邮件",
    sniff.PDF: "PDF 文件",
    **dict.fromkeys(sniff.IMAGES, "图片"),
}
