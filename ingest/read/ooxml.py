"""The parts of an Office file: opened safely, without entities, network or surprises in size."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass

from lxml import etree

from ingest.errors import ReadError

_MARKS = tuple(
    mark.encode(encoding) for mark in ("<!DOCTYPE", "<!ENTITY") for encoding in ("ascii", "utf-16-le", "utf-16-be")
)


@dataclass(frozen=True, slots=True)
class Parts:
    """The named parts of one Office file."""

    name: str
    archive: zipfile.ZipFile

    def bytes_of(self, part: str) -> bytes | None:
        """A part's content; None when there is none."""
        try:
            return self.archive.read(part)
        except KeyError:
            return None
        except Exception as error:  # zipfile lets zlib's and lzma's errors through
            raise ReadError("file_damaged", name=self.name, reason=f"内部的 {part} 无法解压") from error

    def xml(self, part: str) -> etree._Element | None:
        """A part's root element; None when there is none."""
        content = self.bytes_of(part)
        if content is None:
            return None
        refuse_doctype(content, self.name)
        try:
            return etree.fromstring(
                content, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
            )
        except etree.XMLSyntaxError as error:
            raise ReadError("file_damaged", name=self.name, reason=f"内部的 {part} 不完整") from error


def open_parts(data: bytes, name: str) -> Parts:
    """Open an Office file's container."""
    try:
        return Parts(name, zipfile.ZipFile(io.BytesIO(data)))
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise ReadError("file_damaged", name=name, reason="文件不完整，多半是下载或复制时中断") from error


def refuse_doctype(content: bytes, name: str) -> None:
    """Office files never declare a document type; one that does is built to attack the reader."""
    if any(mark in content for mark in _MARKS):
        raise ReadError("file_damaged", name=name, reason="内部的 XML 带有不允许的文档类型声明")


def local(element: etree._Element) -> str:
    """An element's name without its namespace: transitional and strict files read alike."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: etree._Element | None, name: str) -> str | None:
    """An attribute by its local name."""
    if element is None:
        return None
    return next((str(value) for key, value in element.attrib.items() if str(key).rpartition("}")[2] == name), None)


def child(element: etree._Element | None, name: str) -> etree._Element | None:
    """The first child of that local name."""
    if element is None:
        return None
    return next((each for each in element if local(each) == name), None)


def below(element: etree._Element | None, *names: str) -> etree._Element | None:
    """The element at the end of a path of local names."""
    for name in names:
        element = child(element, name)
    return element
