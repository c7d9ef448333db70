"""Bytes → lines of text, whatever encoding a Chinese office wrote them in."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ingest.document import Notice
from ingest.errors import ReadError
from ingest.mojibake import mended, plausibility

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SHOWN = {"utf-8": "UTF-8", "gb18030": "GBK/GB18030", "big5hkscs": "Big5", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}
# U+0085 beside Latin letters is a byte of UTF-8 that was read as Latin-1, and no line's end.
_NEWLINE = re.compile(r"\r\n|[\n\r\v\f\u2028\u2029]|(?<![\x80-\xff])\u0085(?![\x80-\xff])")
_ESCAPED = re.compile(r"[\ud800-\udfff]")
_SAMPLE = 200_000  # bytes judged for plausibility
_ROWS = 500  # lines judged for a wrong reading
_LOST_SHARE = 0.05  # more undecodable bytes than this and the text is not worth having
_PLAUSIBLE = 0.75
_IMPLAUSIBLE = 0.5


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its break, and where its bytes are, if that is known."""

    text: str
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a file, by lines."""

    lines: tuple[Line, ...]
    encoding: str
    notices: tuple[Notice, ...] = field(default=())

    @property
    def text(self) -> str:
        """All lines, joined by line feeds."""
        return "\n".join(line.text for line in self.lines)


def decode(data: bytes, name: str, hint: str | None = None) -> Decoded:
    """Decode by byte order mark, then ``hint`` (what the file says of itself), then plausibility as Chinese.

    A file of several encodings is decoded line by line; a few bytes that nothing decodes become � and a notice
    that names their positions; many are an error.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _marked(data, len(bom), encoding, name)
    if wide := wide_encoding(data):
        return _marked(data, 0, wide, name)
    if _is(data, "utf-8"):
        return _mended(Decoded(tuple(_lines(data, "utf-8")), "utf-8"), data)
    known = _known(hint) if hint else None
    if known and _is(data, known) and plausibility(data[:_SAMPLE].decode(known, errors="ignore")) >= _PLAUSIBLE:
        return Decoded(tuple(_lines(data, known)), known)
    whole = _whole_encoding(data)
    if whole is not None:
        return _mended(Decoded(tuple(_lines(data, whole)), whole), data)
    return _line_by_line(data, name)


def _is(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return False
    return True


def _known(hint: str) -> str | None:
    """Python's name for a declared encoding; GB 2312 and GBK are read as their superset."""
    try:
        name = codecs.lookup(hint.strip()).name
    except LookupError:
        return None
    return {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "iso8859-1": None, "ascii": None}.get(
        name, name
    )


def wide_encoding(data: bytes) -> str | None:
    """UTF-16 without a mark: zero bytes on one side (ASCII in it), or even length and plausible Chinese."""
    sample = data[: _SAMPLE // 2 * 2]
    if len(data) < 4 or len(data) % 2:
        return None
    if b"\x00" not in sample and (_is(data, "utf-8") or _is(data, "gb18030")):
        return None  # without any ASCII in it, UTF-16 is only what nothing else reads
    best = max(("utf-16-le", "utf-16-be"), key=lambda encoding: plausibility(sample.decode(encoding, errors="replace")))
    text = sample.decode(best, errors="replace")
    return best if plausibility(text) >= _PLAUSIBLE and text.count("\x00") * 100 < len(text) else None


def _marked(data: bytes, skip: int, encoding: str, name: str) -> Decoded:
    """Decode what a mark or zero bytes tell; broken units become � with a notice."""
    if _is(data[skip:], encoding):
        return Decoded(tuple(_lines(data, encoding, skip)), encoding)
    if encoding == "utf-8":
        return _line_by_line(data, name, skip)
    lines = tuple(_lines(data, encoding, skip))
    lost = sum(line.text.count("\ufffd") for line in lines)
    _refuse_if_lost(lost * 2, len(data), name)
    where = next(line.start for line in lines if "\ufffd" in line.text)
    message = f"有 {lost} 处字节不能按 {_SHOWN.get(encoding, encoding)} 解读，显示为 �（第一处在第 {where} 字节之后）。文件可能不完整。"
    return Decoded(lines, encoding, (Notice("undecodable_bytes", message),))


def _whole_encoding(data: bytes) -> str | None:
    """The one encoding that reads all of it as plausible Chinese."""
    sample = data[:_SAMPLE]
    scores = {
        encoding: plausibility(sample.decode(encoding, errors="ignore"))
        for encoding in ("gb18030", "big5hkscs")
        if _is(data, encoding)
    }
    best = max(scores, key=lambda encoding: scores[encoding], default=None)
    if best is None or scores[best] < _PLAUSIBLE:
        return None
    if best == "gb18030" and _has_utf8_lines(data):
        return None
    return best


def _has_utf8_lines(data: bytes) -> bool:
    """Whether lines that are not ASCII are valid UTF-8 too, with enough of it to be no accident (联通 in GBK is)."""
    return any(not line.isascii() and len(line) >= 12 and _reads_as_utf8(line) for line in data.split(b"\n"))


def _reads_as_utf8(line: bytes) -> bool:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return plausibility(text) >= plausibility(line.decode("gb18030", errors="replace"))


def _lines(data: bytes, encoding: str, skip: int = 0) -> Iterator[Line]:
    """Lines of one encoding, with byte offsets."""
    text = data[skip:].decode(encoding, errors="replace")
    exact = "\ufffd" not in text  # else encoding back would not give the same number of bytes
    at, position = 0, skip
    for match in [*_NEWLINE.finditer(text), None]:
        end = match.start() if match else len(text)
        piece = text[at:end]
        size = len(piece.encode(encoding)) if exact else 0
        yield Line(piece, position, position + size)
        if match:
            position += size + (len(match[0].encode(encoding)) if exact else 0)
            at = match.end()


def _line_by_line(data: bytes, name: str, skip: int = 0) -> Decoded:
    """Each line by itself: UTF-8, else GB18030, else what can be read of it."""
    lines: list[Line] = []
    used: dict[str, int] = {}
    lost: list[int] = []
    position = skip
    for raw in data[skip:].split(b"\n"):
        text, encoding = _one_line(raw)
        if encoding:
            used[encoding] = used.get(encoding, 0) + 1
        elif encoding is None:
            text, bad = _salvaged(raw, max(used, key=lambda each: used[each], default="utf-8"))
            if plausibility(text) < _IMPLAUSIBLE:
                bad = [offset for offset, byte in enumerate(raw) if byte > 0x7F]
            lost += [position + offset for offset in bad]
        for part in _NEWLINE.split(text.removesuffix("\r")):
            lines.append(Line(part, position, position + len(raw)))
        position += len(raw) + 1
    if lost and len(lost) > len(data) * _LOST_SHARE:
        if (guessed := _guessed(data)) is not None:
            return guessed
        _refuse_if_lost(len(lost), len(data), name)
    notices = []
    if len(used) > 1:
        shown = "、".join(f"{_SHOWN.get(each, each)} {count} 行" for each, count in sorted(used.items()))
        notices.append(Notice("mixed_encoding", f"文件混用了几种编码（{shown}），已逐行解读，请核对。"))
    if lost:
        where = "、".join(str(each) for each in lost[:5]) + ("等" if len(lost) > 5 else "")
        notices.append(
            Notice("undecodable_bytes", f"有 {len(lost)} 个字节无法解读，显示为 �（位置：第 {where} 字节）。")
        )
    return Decoded(tuple(lines), max(used, key=lambda each: used[each], default="utf-8"), tuple(notices))


def _one_line(raw: bytes) -> tuple[str, str | None]:
    """A line's text and encoding; "" for plain ASCII, None when neither encoding reads it."""
    if raw.isascii():
        return raw.decode("ascii"), ""
    if _reads_as_utf8(raw):
        return raw.decode("utf-8"), "utf-8"
    if _is(raw, "gb18030"):
        text = raw.decode("gb18030")
        if plausibility(text) >= _PLAUSIBLE:
            return text, "gb18030"
    return "", None


def _salvaged(raw: bytes, usual: str) -> tuple[str, list[int]]:
    """What can be read of a broken line in the better of two encodings, and the offsets of the bytes lost."""
    texts = {each: raw.decode(each, errors="surrogateescape") for each in dict.fromkeys((usual, "utf-8", "gb18030"))}
    best = min(texts, key=lambda each: len(_ESCAPED.findall(texts[each])))
    text, bad, at, position = texts[best], [], 0, 0
    for match in _ESCAPED.finditer(text):
        position += len(text[at : match.start()].encode(best))
        bad.append(position)
        position += 1
        at = match.end()
    return re.sub(r"[\ud800-\udfff]+", "\ufffd", text), bad


def _mended(decoded: Decoded, data: bytes) -> Decoded:
    """Undo a wrong reading that most of the file went through; single damaged lines are for cleaning to mend."""
    rows = data.decode(decoded.encoding).split("\n")
    foreign = [row for row in rows if not row.isascii()]
    damaged = [row for row in foreign[:_ROWS] if next(mended(row), None) is not None]
    if damaged and len(damaged) * 2 > len(foreign[:_ROWS]):
        message = "文件里的文字曾被用错误的编码打开并保存，成了乱码，已还原，请核对。"
        lines = tuple(Line(line) for row in rows for line in _NEWLINE.split(_meant(row.removesuffix("\r"))))
        return Decoded(lines, decoded.encoding, (Notice("mojibake", message),))
    if damaged or plausibility(decoded.text[: _SAMPLE // 4]) >= _IMPLAUSIBLE:
        return decoded
    message = "文字不像通顺的中文，可能是乱码（保存时用错了编码）。请核对，必要时用原来的软件另存为 UTF-8。"
    return Decoded(decoded.lines, decoded.encoding, (Notice("garbled", message),))


def _meant(row: str) -> str:
    """A line with its damaged runs undone."""
    out, at = "", 0
    for run in mended(row, sure=True):
        out += row[at : run.start] + run.meant
        at = run.end
    return out + row[at:]


def _guessed(data: bytes) -> Decoded | None:
    """The last help: a statistical guess, taken only when what it reads is plausible."""
    from charset_normalizer import from_bytes

    match = from_bytes(data[:_SAMPLE]).best()
    if match is None or not _is(data, match.encoding) or plausibility(str(match)) < _PLAUSIBLE:
        return None
    message = f"编码是按统计推测的（{match.encoding}），请核对文字是否正确。"
    return Decoded(tuple(_lines(data, match.encoding)), match.encoding, (Notice("guessed_encoding", message),))


def _refuse_if_lost(lost: int, size: int, name: str) -> None:
    if lost > max(1, size) * _LOST_SHARE:
        raise ReadError("file_undecodable", name=name)
