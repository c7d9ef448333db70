"""PDFs written by hand: Chinese text at given places, rules, headers; no font is needed to read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 595, 842


@dataclass(frozen=True)
class Words:
    """A line of text: from the left and from the top of the page, in points."""

    x: float
    y: float
    text: str
    size: float = 12.0


@dataclass(frozen=True)
class Stroke:
    """A straight line between two points, from the left and from the top."""

    x0: float
    y0: float
    x1: float
    y1: float


Mark = Words | Stroke


def pdf(pages: Sequence[Sequence[Mark]], *, size: tuple[float, float] = (WIDTH, HEIGHT), trailer: str = "") -> bytes:
    """A PDF of these pages, in a standard font that the file names and does not carry."""
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{' '.join(f'{6 + 2 * i} 0 R' for i in range(len(pages)))}] >>",
        "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [4 0 R] >>",
        "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /FontDescriptor 5 0 R /DW 1000"
        " /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> >>",
        "<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0"
        " /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>",
    ]
    for index, marks in enumerate(pages):
        content = "\n".join(_drawn(mark, size[1]) for mark in marks)
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {size[0]} {size[1]}] /Contents {7 + 2 * index} 0 R"
            " /Resources << /Font << /F1 3 0 R >> >> >>"
        )
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
    out, places = "%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R {trailer} >>\nstartxref\n{out.rindex('xref')}\n%%EOF\n"
    return out.encode("latin-1")


def _drawn(mark: Mark, height: float) -> str:
    if isinstance(mark, Stroke):
        return f"{mark.x0} {height - mark.y0} m {mark.x1} {height - mark.y1} l S"
    code = mark.text.encode("utf-16-be").hex()
    return f"BT /F1 {mark.size} Tf {mark.x} {height - mark.y - 0.88 * mark.size:.2f} Td <{code}> Tj ET"


def lines(
    text: str, *, x: float = 90, y: float = 100, measure: int = 34, indent: int = 2, size: float = 12
) -> list[Words]:
    """Paragraphs (one a line of ``text``) set ``measure`` characters wide, the first line of each indented."""
    out: list[Words] = []
    for paragraph in text.split("\n"):
        room, at = measure - indent, x + indent * size
        while paragraph:
            out.append(Words(at, y, paragraph[:room], size))
            paragraph, room, at, y = paragraph[room:], measure, x, y + 1.7 * size
    return out
