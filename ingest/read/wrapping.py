"""Which lines belong together: text set in lines of a fixed width, against one paragraph a line."""

from __future__ import annotations

import re
from collections.abc import Sequence

_NUMBER = "[一二三四五六七八九十百零〇两\\d]"
STARTS = re.compile(
    rf"第{_NUMBER}+[编章节][\s　]|第{_NUMBER}+[编章节]$|第{_NUMBER}+条(?:之{_NUMBER}+)?[\s　]"
    rf"|{_NUMBER}+、|[（(]{_NUMBER}+[）)]|\d+[.．)）]\s?\D|[①-⑳⑴-⒇]|[一二三四五六七八九十]+[是要][要：:，,]?"
    r"|附件|附[：:录]|[-•●■◆○▪*]\s|[\u4e00-\u9fff]{2,6}[：:]"
)
"""How a paragraph of its own begins: an article, a numbered point, an annex, 时间：…"""

SURE_STARTS = re.compile(
    rf"第{_NUMBER}+[编章节][\s　]|第{_NUMBER}+[编章节]$|第{_NUMBER}+条(?:之{_NUMBER}+)?[\s　]"
    rf"|{_NUMBER}+、|[（(]{_NUMBER}+[）)](?!项)|\d+[.．]\s?\D|[（(]\d{4}年|附件|附[：:录]|[-•●■◆○▪*]\s"
)
"""The same without what may as well stand at the beginning of a line in mid-sentence: 下列工作：, 二是."""

_BEHIND_TITLE = re.compile(r"\s*(?:[（(]|\d{4}年)")
_LABELLED = re.compile(r"\s*[\u4e00-\u9fff]{2,6}[：:]")

_ENDS = "。！？；：.!?;:…"
_CLOSING = "”’」』）)】》"
_SLACK = 6  # columns: two wide characters and a closing mark kept off the next line's beginning
_HANGING = 8  # columns of punctuation kept on a line beyond its width
_NARROW, _BROAD = 30, 200  # columns between which a fixed width is believable


def columns(line: str) -> int:
    """The width of a line where a Chinese character takes two columns."""
    return sum(2 if ord(c) >= 0x1100 else 1 for c in line)


def wrapped_paragraphs(lines: Sequence[str]) -> list[list[int]]:
    """Group a plain text's lines (by index, blank ones left out) into paragraphs.

    Lines are joined only when the whole text shows a fixed width: at least three lines that end near the
    greatest width without ending a sentence.
    """
    widths = [columns(line.rstrip()) for line in lines]
    greatest = _set_width(widths)
    full = [greatest - _SLACK <= width for width in widths]
    running = sum(1 for line, is_full in zip(lines, full, strict=True) if is_full and not ends_sentence(line))
    if not _NARROW <= greatest <= _BROAD or running < 3 or running * 10 < sum(1 for width in widths if width):
        return [[index] for index, line in enumerate(lines) if line.strip()]
    indented = [line[:1] in " \t　" for line in lines]
    by_indent = any(indented) and not all(i for i, line in zip(indented, lines, strict=True) if line.strip())
    groups: list[list[int]] = []
    for index, line in enumerate(lines):
        if not line.strip():
            continue
        joined = (
            index > 0
            and full[index - 1]
            and bool(lines[index - 1].strip())
            and not (by_indent and indented[index])
            and not _begins(line, lines[index - 1], lines[groups[-1][0]], by_indent=by_indent, titled=len(groups) == 1)
        )
        if joined:
            groups[-1].append(index)
        else:
            groups.append([index])
    return groups


def _set_width(widths: Sequence[int]) -> int:
    """The width lines are set to: the middle one of the longest, some of which hold hanging punctuation."""
    least = max(widths, default=0) - _HANGING
    longest = sorted(width for width in widths if width >= least)
    return longest[len(longest) // 2] if longest else 0


def _begins(line: str, before: str, first: str, *, by_indent: bool, titled: bool) -> bool:
    """Whether a line behind a full one begins a paragraph: ``first`` is the first line of the paragraph before.

    Where paragraphs are indented the indent tells, except behind a sentence's end. Labels (时间：) come in a row;
    behind a title (``titled``) or a label a date or bracket begins anew.
    """
    sure = SURE_STARTS.match(line.lstrip()) is not None
    if by_indent:
        return sure and (ends_sentence(before) or first[:1] not in " \t　")
    labels = _LABELLED.match(first) is not None
    if (labels or titled) and _BEHIND_TITLE.match(line):
        return True
    return sure or ends_sentence(before) or (labels and STARTS.match(line.lstrip()) is not None)


def joined_lines(lines: Sequence[str]) -> list[list[int]]:
    """Group the lines of one marked-up paragraph: markup says they run on, but writers often mean one each."""
    greatest = max((columns(line) for line in lines), default=0)
    groups: list[list[int]] = []
    for index, line in enumerate(lines):
        if not line.strip():
            continue
        before = lines[index - 1] if index else ""
        runs_on = columns(before) >= max(_NARROW, greatest * 0.6) and not ends_sentence(before)
        if groups and (runs_on or _opens(before)) and not STARTS.match(line.lstrip()):
            groups[-1].append(index)
        else:
            groups.append([index])
    return groups


def ends_sentence(line: str) -> bool:
    """Whether the line ends as a sentence or clause of its own does."""
    return line.rstrip().rstrip(_CLOSING)[-1:] in _ENDS and bool(line.strip())


def _opens(line: str) -> bool:
    """Whether a bracket or quotation mark is still open at the line's end."""
    return any(line.count(a) > line.count(b) for a, b in ("（）", "“”", "《》", "〔〕"))
