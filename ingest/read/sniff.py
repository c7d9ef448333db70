"""What a file really is, by its content; the suffix only breaks ties between kinds of text."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import PurePath

from ingest.errors import ReadError
from ingest.read.decode import wide_encoding
from ingest.read.ole import open_container

TEXT = "text/plain"
MARKDOWN = "text/markdown"
HTML = "text/html"
CSV = "text/csv"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOC = "application/msword"
RTF = "application/rtf"
XLS = "application/vnd.ms-excel"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
EML = "message/rfc822"
PDF = "application/pdf"
PNG = "image/png"
JPEG = "image/jpeg"
TIFF = "image/tiff"
BMP = "image/bmp"
IMAGES = (PNG, JPEG, TIFF, BMP)

SUFFIXES = {
    ".txt": TEXT,
    ".text": TEXT,
    ".md": MARKDOWN,
    ".markdown": MARKDOWN,
    ".html": HTML,
    ".htm": HTML,
    ".csv": CSV,
    ".tsv": CSV,
    ".docx": DOCX,
    ".docm": DOCX,
    ".doc": DOC,
    ".dot": DOC,
    ".wps": DOC,
    ".rtf": RTF,
    ".xlsx": XLSX,
    ".xlsm": XLSX,
    ".xls": XLS,
    ".et": XLS,
    ".pptx": PPTX,
    ".pptm": PPTX,
    ".ppsx": PPTX,
    ".eml": EML,
    ".mht": EML,
    ".mhtml": EML,
    ".pdf": PDF,
    ".png": PNG,
    ".jpg": JPEG,
    ".jpeg": JPEG,
    ".tif": TIFF,
    ".tiff": TIFF,
    ".bmp": BMP,
}
"""The suffixes an ingest of a folder takes up."""

OFFICE = frozenset({DOCX, DOC, RTF, XLSX, XLS, PPTX})
"""Kinds whose suffix promises more than text: another content under it is worth a notice."""

_SAVE_AS_DOCX = "请用 Word 或 WPS 打开，另存为 .docx 后重试。"
_SAVE_AS_XLSX = "请用 Excel 或 WPS 打开，另存为 .xlsx 后重试。"
_TO_TEXT = "请先转换为带文字的 .docx 或 .txt 后重试。"
_UNPACK = "请先解压，再把里面的文件分别入库。"

# First bytes → what it is and what to do.
_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"GIF8", "图片（GIF）", "请另存为 .png 后重试。"),
    (b"RIFF", "音视频或图片", _TO_TEXT),
    (b"Rar!", "RAR 压缩包", _UNPACK),
    (b"7z\xbc\xaf", "7z 压缩包", _UNPACK),
    (b"\x1f\x8b", "gzip 压缩包", _UNPACK),
    (b"MZ", "可执行程序", "它不是文档，请核对文件。"),
    (b"\x7fELF", "可执行程序", "它不是文档，请核对文件。"),
    (b"SQLite format 3\x00", "数据库文件", "请从原来的软件导出为 .xlsx 或 .csv 后重试。"),
)
# First bytes of what is read as pages. A BMP's two letters may begin a text.
_PAGES = (
    (b"%PDF-", PDF),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
    (b"BM", BMP),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Entries of an OLE container → the kind, or what it is and what to do.
_OLE_KINDS = {"WordDocument": DOC, "Workbook": XLS, "Book": XLS}
_OLE_OTHERS = (
    ("PowerPoint Document", "旧版演示文稿（.ppt）", "请用 PowerPoint 或 WPS 打开，另存为 .pptx 后重试。"),
    ("MatOST", "Microsoft Works 文档", _SAVE_AS_DOCX),
    ("__properties_version1.0", "Outlook 邮件（.msg）", "请在 Outlook 中另存为 .eml 或 .txt 后重试。"),
)
_IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".heic"})
_MOST_UNPACKED = 512 * 1024 * 1024
_MOST_ENTRIES = 10_000
_HEADERS = re.compile(rb"(?:[A-Za-z][A-Za-z0-9-]{1,40}:[^\r\n]*\r?\n(?:[ \t]+[^\r\n]*\r?\n)*)+")
_HEADER = re.compile(rb"^([A-Za-z][A-Za-z0-9-]*):", re.MULTILINE)
_MESSAGE_HEADERS = frozenset(
    {b"from", b"to", b"subject", b"date", b"received", b"message-id", b"mime-version", b"content-type"}
)
_HTML = re.compile(rb"<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]", re.IGNORECASE)
_HTML_TAGS = re.compile(rb"</(?:p|div|span|table|td|li|h[1-6]|a)>", re.IGNORECASE)


def sniff(data: bytes, name: str) -> str:
    """The media type to read the bytes as; a ReadError says what cannot be read, what it is, and what to do."""
    if not data.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise ReadError("file_empty", name=name)
    suffix = PurePath(name).suffix.lower()
    if data.startswith(b"PK\x03\x04") or data.startswith(b"PK\x05\x06"):
        return _zipped(data, name, suffix)
    if data.startswith(_OLE):
        return _ole_kind(data, name)
    if data.startswith(b"{\\rtf"):
        return RTF
    for magic, media_type in _PAGES:
        if data.startswith(magic) and (len(magic) > 2 or _is_binary(data)):
            return media_type
    if b"%PDF-" in data[:1024]:  # after what a mail program or a scanner put before it
        return PDF
    _refuse_known(data, name, suffix)
    if SUFFIXES.get(suffix) in IMAGES or (SUFFIXES.get(suffix) == PDF and _is_binary(data)):
        raise ReadError("file_damaged", name=name, reason="开头不是这种文件应有的内容")
    if SUFFIXES.get(suffix) in OFFICE and _is_binary(data):
        raise ReadError("file_damaged", name=name, reason="开头不是 Office 文件应有的内容")
    head = data[:4096]
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in head
    flat = head.replace(b"\x00", b"") if wide else head
    if _is_binary(data):
        raise ReadError("file_binary", name=name)
    if _is_message(head, suffix):
        return EML
    if _HTML.search(flat):
        return HTML
    known = SUFFIXES.get(suffix)
    if known in (MARKDOWN, HTML, CSV):
        return known
    if known in (XLSX, XLS):
        return CSV  # systems export tables of values under this suffix
    return HTML if len(_HTML_TAGS.findall(flat)) >= 3 else TEXT


def _refuse_known(data: bytes, name: str, suffix: str) -> None:
    for magic, actual, advice in _MAGIC:
        if data.startswith(magic) and (len(magic) > 2 or _is_binary(data)):
            raise ReadError("file_unsupported", name=name, actual=actual, advice=advice)
    head = data[:2048]
    if b"<?mso-application" in head or b"<office:document" in head:
        raise ReadError(
            "file_unsupported",
            name=name,
            actual="XML 格式的 Office 文件",
            advice="请用 Word 或 WPS 打开，另存为 .docx 后重试。",
        )


def _ole_kind(data: bytes, name: str) -> str:
    """An OLE container's kind by its directory: a format before 2007, or an encrypted file of a later one."""
    entries = open_container(data, name).entries
    if "EncryptedPackage" in entries:
        raise ReadError("file_encrypted", name=name)
    for entry, kind in _OLE_KINDS.items():
        if entry in entries:
            return kind
    for entry, actual, advice in _OLE_OTHERS:
        if entry in entries:
            raise ReadError("file_unsupported", name=name, actual=actual, advice=advice)
    raise ReadError(
        "file_unsupported", name=name, actual="旧版 Office 文件", advice="请用原来的软件另存为 .docx 或 .xlsx 后重试。"
    )


def _zipped(data: bytes, name: str, suffix: str) -> str:
    """A ZIP container: an Office file, or something else; checked for bombs before anything is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise ReadError("file_damaged", name=name, reason="文件不完整，多半是下载或复制时中断") from None
    if len(entries) > _MOST_ENTRIES:
        raise ReadError("archive_bomb", name=name, reason=f"含 {len(entries)} 个条目")
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > _MOST_UNPACKED:
        raise ReadError("archive_bomb", name=name, reason=f"解压后约 {unpacked // 2**20} MB")
    names = {entry.filename for entry in entries}
    if any(entry.flag_bits & 1 for entry in entries):
        raise ReadError("file_encrypted", name=name)
    if "word/document.xml" in names or any(re.fullmatch(r"word/document\d*\.xml", each) for each in names):
        return DOCX
    if "xl/workbook.xml" in names:
        return XLSX
    if "ppt/presentation.xml" in names:
        return PPTX
    actual, advice = _archive(names)
    if suffix in SUFFIXES:
        raise ReadError("file_mislabelled", name=name, suffix=suffix, actual=actual, advice=advice)
    raise ReadError("file_unsupported", name=name, actual=actual, advice=advice)


def _archive(names: set[str]) -> tuple[str, str]:
    """What a ZIP container without Word or Excel content is, and what to do."""
    if "xl/workbook.bin" in names:
        return "二进制 Excel 表格（.xlsb）", _SAVE_AS_XLSX
    if "OFD.xml" in names:
        return "OFD 版式文件", _TO_TEXT
    if "mimetype" in names:
        return "OpenDocument 或电子书文件", "请另存为 .docx 或 .xlsx 后重试。"
    files = [each for each in names if not each.endswith("/")]
    pictures = [each for each in files if PurePath(each).suffix.lower() in _IMAGE_SUFFIXES]
    if files and len(pictures) == len(files):
        return f"装着 {len(files)} 张图片的压缩包（.zip）", "请取得带文字的原文件，或先对图片做文字识别。"
    if not files:
        return "空的压缩包（.zip）", "请核对文件。"
    return f"装着 {len(files)} 个文件的压缩包（.zip）", _UNPACK


def _is_message(head: bytes, suffix: str) -> bool:
    """Whether it begins with the header lines of a mail or of a saved page."""
    found = _HEADERS.match(head.lstrip())
    names = {each.lower() for each in _HEADER.findall(found[0])} if found else set()
    if SUFFIXES.get(suffix) == EML:
        return bool(names)
    return bool(names & {b"mime-version", b"message-id", b"received"}) and len(names & _MESSAGE_HEADERS) >= 3


def _is_binary(data: bytes) -> bool:
    """Whether the head holds bytes that no text has, and it is no UTF-16 either."""
    head = data[:4096]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    controls = sum(head.count(bytes((c,))) for c in (*range(1, 7), *range(14, 26), 28, 29, 30, 31))
    return (b"\x00" in head or controls * 50 > len(head)) and wide_encoding(data) is None
