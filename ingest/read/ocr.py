"""Text in images of pages, by rapidocr and the models it ships: no network; loaded when the first page needs it."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from ingest.clean import Draft
from ingest.read.placed import Box, PlacedLine, PlacedPage, Rule
from ingest.read.ruled import grids_of

if TYPE_CHECKING:
    from PIL.Image import Image

_THREADS = 2  # a reader is one of several; on two cores a third thread only takes turns
_FOUND_AT = 1280  # pixels of the longer side where lines are looked for; 1600 took twice as long and found the same
_LONGEST_SIDE = 3600  # pixels read from: A4 at 300 dpi
_STEEPEST = 8.0  # degrees of skew taken out; what is steeper is a page on its side
_DOUBTFUL_PAGE, _DOUBTFUL_LINE = 0.94, 0.80  # clean pages have .975 and more; at .965 one character in 20 was wrong
_LARGE = 0.036  # of the page's longer side: lines as high as this are read again, at so many pixels:
_READ_AT = 48
_FAINT = 20  # of 255: how much darker than its surroundings a rule is at least
_RINGS = frozenset("Oo0〇○。")
_HALF_RING = re.compile(r"[\u3400-\u9fff][cCoO]$")
_HAN = r"[\u3400-\u9fff\uff01-\uff5e\u3000-\u303f“”‘’—…]"
_WIDE_MARK = str.maketrans(",;:!?()", "，；：！？（）")


@dataclass(frozen=True, slots=True)
class _Seen:
    """A line as the engine saw it: the four corners from the upper left clockwise, in pixels, and a place for each character."""

    text: str
    confidence: float
    corners: tuple[tuple[float, float], ...]
    middles: tuple[float, ...]  # of its characters, as fractions of the line's length; () when unknown


@dataclass(frozen=True, slots=True)
class Recognised:
    """A page read from an image, with how sure the engine was of it and of each of its lines."""

    page: PlacedPage
    confidence: float  # of the page's characters on average, 0 to 1; 1 for an empty page
    doubtful: tuple[str, ...]  # lines below the limit for a line


def recognise(image: Image, number: int) -> Recognised:
    """Read the image of a page: its lines with skew taken out, and the rules drawn on it."""
    import numpy

    image = image.convert("RGB")
    scale = min(1.0, _LONGEST_SIDE / max(image.size))
    if scale < 1:
        image = image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))))
    pixels = _without_grain(_without_stamps(numpy.asarray(image)))
    seen = _with_stops(pixels, _with_large(pixels, _seen(pixels)))
    angle = _skew(seen)
    turned = _Turn(angle, image.width, image.height)
    rules = tuple(_rules(pixels, angle))
    walls = [rule for grid in grids_of(PlacedPage(number, *image.size, (), rules)) for rule in grid.walls]
    lines = [_placed(part, turned) for each in seen for part in _cut(each, walls, turned)]
    characters = sum(len(each.text) for each in seen)
    sure = sum(each.confidence * len(each.text) for each in seen) / characters if characters else 1.0
    doubtful = tuple(each.text for each in seen if each.confidence < _DOUBTFUL_LINE)
    page = PlacedPage(number, image.width, image.height, tuple(line for line in lines if line.text), rules)
    return Recognised(page, sure, doubtful)


def report(draft: Draft, pages: Sequence[Recognised], total: int) -> None:
    """Tell that pages were recognised, and which of them a reader should compare with the original."""
    if not pages:
        return
    which = "全文" if len(pages) == total else f"第{_ranges([each.page.number for each in pages])}页"
    draft.note("ocr", f"{which}没有文字层，文字由图像识别得出（共 {len(pages)} 页），引用前请对照页面图像。")
    for each in pages:
        place = f"第{each.page.number}页"
        if each.confidence < _DOUBTFUL_PAGE:
            draft.note("ocr_doubtful", f"{place}识别置信度低（{each.confidence:.2f}），请对照原件核对。")
        elif each.doubtful:
            first = each.doubtful[0][:12]
            draft.note(
                "ocr_doubtful", f"{place}有 {len(each.doubtful)} 行识别置信度低（如“{first}”），请对照原件核对。"
            )


def _ranges(numbers: Sequence[int]) -> str:
    """1, 2, 3, 5 → 1—3、5."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return "、".join(f"{a}" if a == b else f"{a}—{b}" for a, b in runs)


# ---------------------------------------------------------------- the engine


@cache
def _engine() -> Any:
    import cv2
    from rapidocr import RapidOCR

    cv2.setNumThreads(1)
    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.use_cls": False,  # lines upside down do not occur on a page that is not
            "Global.max_side_len": _LONGEST_SIDE,  # lines are found on a small image and read from the full one
            "Global.text_score": 0.0,  # what is doubtful is reported, not left out
            "Global.return_word_box": True,
            "Global.return_single_char_box": True,
            "Det.limit_type": "max",
            "Det.limit_side_len": _FOUND_AT,
            "EngineConfig.onnxruntime.intra_op_num_threads": min(_THREADS, os.cpu_count() or 1),
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )


def _seen(pixels: Any) -> list[_Seen]:
    """What the engine reads in an RGB image."""
    result = _engine()(pixels[:, :, ::-1], use_det=True, use_cls=False, use_rec=True)
    if result.boxes is None or result.txts is None:
        return []
    out = []
    words = result.word_results if len(result.word_results) == len(result.txts) else [()] * len(result.txts)
    for corners, text, score, characters in zip(result.boxes, result.txts, result.scores, words, strict=True):
        quad = tuple((float(x), float(y)) for x, y in corners)
        out.append(_Seen(text, float(score), quad, _middles(text, quad, characters)))
    return out


def _with_large(pixels: Any, seen: list[_Seen]) -> list[_Seen]:
    """The lines with very large ones (red heads) read again on a smaller image: the engine misses characters of them."""
    import cv2

    high = [each.corners[3][1] - each.corners[0][1] for each in seen]
    large = [height for height in high if height > _LARGE * max(pixels.shape[:2])]
    if not large:
        return seen
    usual = sorted(large)[len(large) // 2]
    again = [each for each, height in zip(seen, high, strict=True) if height > 0.6 * usual]
    top = max(0, int(min(each.corners[0][1] for each in again) - usual / 2))
    bottom = int(max(each.corners[3][1] for each in again) + usual / 2)
    scale = _READ_AT / usual
    band = cv2.resize(pixels[top:bottom], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    kept = [each for each in seen if each not in again]
    found = []
    for each in _seen(band):
        corners = tuple((x / scale, y / scale + top) for x, y in each.corners)
        if not any(_stand_together(corners, other.corners) for other in kept):
            found.append(_Seen(each.text, each.confidence, corners, each.middles))
    return kept + found if found else seen


def _with_stops(pixels: Any, seen: Sequence[_Seen]) -> list[_Seen]:
    """The lines with the 。 at their end: the engine overlooks the small ring under a stamp, or finds it as an O."""
    rings = [each for each in seen if each.text in _RINGS]
    out = []
    for line in seen:
        if line in rings:
            continue
        text, mark = line.text, ""
        ring = next((each for each in rings if _is_stop(each, line)), None)
        if ring is not None:
            rings.remove(ring)
            mark = "。"
        elif _ends_early(line):
            mark = _last_mark(pixels, line, text)
        elif _HALF_RING.search(text):
            mark = _last_mark(pixels, line, text[:-1])
            text = text[:-1] if mark else text
        middles = (*line.middles[: len(text)], 1.0) if mark and line.middles else line.middles
        out.append(_Seen(text + mark, line.confidence, line.corners, middles))
    return [*out, *rings]


def _is_stop(ring: _Seen, line: _Seen) -> bool:
    """Whether a ring is small, low, and close behind the line."""
    (_, (right, top), (_, bottom), _), high = line.corners, line.corners[2][1] - line.corners[1][1]
    (left, upper), _, _, (_, lower) = ring.corners
    low = 0.1 * high < (upper + lower) / 2 - (top + bottom) / 2 < 0.6 * high
    return low and lower - upper < 0.75 * high and -0.3 * high < left - right < high


def _ends_early(line: _Seen) -> bool:
    """Whether the line's box goes on behind its last character, which is no mark, as if another one stood there."""
    if len(line.middles) < 4 or len(line.middles) != len(line.text) or not line.text[-1].isalpha():
        return False
    return 1 - line.middles[-1] > 0.85 * (line.middles[-1] - line.middles[-2])


def _last_mark(pixels: Any, line: _Seen, before: str) -> str:
    """The mark behind ``before`` at the line's end, read with more of the page around it; "" where there is none."""
    left, right = line.corners[1][0] * 0.5 + line.corners[0][0] * 0.5, line.corners[1][0]
    top, bottom = sorted((line.corners[1][1], line.corners[2][1]))
    around = (bottom - top) * 0.25
    rows = slice(max(0, int(top - around)), int(bottom + around))
    crop = pixels[rows, max(0, int(left)) : int(right + around), ::-1]
    result = _engine()(crop, use_det=False, use_cls=False, use_rec=True)  # the engine remembers what it was told last
    text = result.txts[0] if result.txts else ""
    return text[-1] if text[-1:] in tuple("。；：，、！？") and text[-4:-1] == before[-3:] else ""


def _stand_together(one: Sequence[tuple[float, float]], other: Sequence[tuple[float, float]]) -> bool:
    """Whether the middle of one line lies in the other."""
    x, y = (one[0][0] + one[2][0]) / 2, (one[0][1] + one[2][1]) / 2
    return other[0][0] <= x <= other[2][0] and other[0][1] <= y <= other[2][1]


def _middles(text: str, quad: Sequence[tuple[float, float]], characters: Sequence[Any]) -> tuple[float, ...]:
    """The place of each character along the line; () unless the engine gives one for each."""
    if "".join(each[0] for each in characters) != text.replace(" ", ""):
        return ()
    (x0, y0), (x1, y1) = quad[0], quad[1]
    length = math.hypot(x1 - x0, y1 - y0) or 1.0
    places = []
    for _, _, box in characters:
        x, y = sum(point[0] for point in box) / len(box), sum(point[1] for point in box) / len(box)
        places.append(((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length / length)
    out, index = [], 0
    for character in text:
        out.append(places[min(index, len(places) - 1)] if places else 0.5)
        index += character != " "
    return tuple(out)


# ---------------------------------------------------------------- from pixels to a straight page


@dataclass(frozen=True, slots=True)
class _Turn:
    """Turns points about the page's centre so that skewed lines run straight."""

    angle: float  # degrees by which lines fall to the right
    width: int
    height: int

    def straight(self, x: float, y: float) -> tuple[float, float]:
        radians = math.radians(-self.angle)
        dx, dy = x - self.width / 2, y - self.height / 2
        return (
            self.width / 2 + dx * math.cos(radians) - dy * math.sin(radians),
            self.height / 2 + dx * math.sin(radians) + dy * math.cos(radians),
        )


def _skew(seen: Sequence[_Seen]) -> float:
    """The angle of most of the text, by the upper edges of its longer lines."""
    angles = []
    for each in seen:
        (x0, y0), (x1, y1) = each.corners[0], each.corners[1]
        if x1 - x0 > 4 * abs(each.corners[3][1] - y0):
            angles.append((math.degrees(math.atan2(y1 - y0, x1 - x0)), x1 - x0))
    angles.sort()
    half, passed = sum(length for _, length in angles) / 2, 0.0
    for angle, length in angles:
        passed += length
        if passed >= half:
            return angle if abs(angle) <= _STEEPEST else 0.0
    return 0.0


def _placed(seen: _Seen, turn: _Turn) -> PlacedLine:
    points = [turn.straight(x, y) for x, y in seen.corners]
    xs, ys = [x for x, _ in seen.corners], [y for _, y in seen.corners]
    box: Box = (min(xs) / turn.width, min(ys) / turn.height, max(xs) / turn.width, max(ys) / turn.height)
    return PlacedLine(
        _marks(seen.text),
        (points[0][0] + points[3][0]) / 2,
        (points[0][1] + points[1][1]) / 2,
        (points[1][0] + points[2][0]) / 2,
        (points[2][1] + points[3][1]) / 2,
        box,
    )


def _cut(seen: _Seen, walls: Sequence[Rule], turn: _Turn) -> list[_Seen]:
    """A line that was read across the rules between cells, as one line a cell."""
    if len(seen.middles) != len(seen.text):
        return [seen]
    (x0, y0), (x1, _) = turn.straight(*seen.corners[0]), turn.straight(*seen.corners[1])
    bottom = turn.straight(*seen.corners[3])[1]
    middle, length = (y0 + bottom) / 2, max(1.0, x1 - x0)
    places = sorted((wall.at - x0) / length for wall in walls if wall.start < middle < wall.end)
    # A rule at the very end only touches the line's box.
    places = [place for place in places if 0.6 < place * len(seen.text) < len(seen.text) - 0.6]
    out, start, begun = [], 0.0, 0
    for place in [*places, 1.0]:
        stop = sum(1 for middle in seen.middles if middle < place) if place < 1 else len(seen.text)
        text = seen.text[begun:stop].strip()
        if text:
            out.append(_part(seen, text, seen.middles[begun:stop], start, place))
        start, begun = place, stop
    return out


def _part(seen: _Seen, text: str, middles: tuple[float, ...], start: float, end: float) -> _Seen:
    """The part of a line between two places along it."""
    a, b, c, d = seen.corners
    corners = (_between(a, b, start), _between(a, b, end), _between(d, c, end), _between(d, c, start))
    return _Seen(text, seen.confidence, corners, middles)


def _between(a: tuple[float, float], b: tuple[float, float], place: float) -> tuple[float, float]:
    return a[0] + (b[0] - a[0]) * place, a[1] + (b[1] - a[1]) * place


def _marks(text: str) -> str:
    """Marks beside Chinese characters in their wide form: the models mix the two, the originals do not."""
    text = re.sub(
        rf"(?<={_HAN})\s*([,;:!?()])|([,;:!?()])\s*(?={_HAN})", lambda m: m[0].strip().translate(_WIDE_MARK), text
    )
    return re.sub(r"[\[〔](\d{4})[\]〕](?=\s*第?\s*\d+\s*号)", r"〔\1〕", text).strip()


# ---------------------------------------------------------------- stamps and rules


def _without_stamps(pixels: Any) -> Any:
    """The image without red stamps: seen through a red filter their ink is paper, and black text under it stays.

    Red heads (the issuer's name over the whole width) are no stamps and stay: a stamp is as high as it is wide.
    """
    import cv2
    import numpy

    red, green, blue = (pixels[:, :, channel].astype(numpy.int16) for channel in range(3))
    mask = ((red - numpy.maximum(green, blue)) > 40).astype(numpy.uint8)
    if mask.mean() < 0.0005:
        return pixels
    width = mask.shape[1]
    reach = max(3, width // 100)
    joined = cv2.dilate(mask, numpy.ones((reach, reach), numpy.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined)
    out = pixels.copy()
    for left, top, wide, high, _ in stats[1:]:
        if 0.09 * width < wide < 0.45 * width and 0.6 < high / wide < 1.6:
            area = (slice(top, top + high), slice(left, left + wide))
            ink, through = mask[area] > 0, numpy.ascontiguousarray(pixels[area][:, :, 0])
            # The paper's brightness at each place, as scans are unevenly lit: strokes are thinner than the window.
            paper = numpy.maximum(1.0, cv2.medianBlur(through, 4 * reach + 1))
            level = max(0.1, float(numpy.median((through / paper)[ink])))  # of the ink through the filter
            share = numpy.clip(through / paper / level, 0, 1)
            share[share > 0.75] = 1  # the edges of the ink, which would still be read as faint characters
            near = cv2.dilate(mask[area], numpy.ones((9, 9), numpy.uint8)) > 0
            out[area][near] = numpy.repeat((share * paper).astype(numpy.uint8)[:, :, None], 3, axis=2)[near]
    return out


def _without_grain(pixels: Any) -> Any:
    """The image without the grain of poor copies, by which one line is found many times: a slight blur takes it out.

    On a page with grain of a standard deviation of 70 it lowered the share of wrong characters from .45 to 0.
    """
    import cv2
    import numpy

    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    grain = float(numpy.median(cv2.absdiff(grey, cv2.medianBlur(grey, 3))))  # 0 on clean paper
    return cv2.GaussianBlur(pixels, (0, 0), 1.2) if grain >= 2 else pixels


def _rules(pixels: Any, angle: float) -> list[Rule]:
    """The horizontal and vertical lines of tables, found on the straightened image."""
    import cv2
    import numpy

    height, width = pixels.shape[:2]
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    if abs(angle) > 0.05:
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
        grey = cv2.warpAffine(grey, matrix, (width, height), borderValue=255)
    found = []
    for vertical in (False, True):
        along = width // 100
        long = width // 28 + along  # longer than the strokes of a title's characters, smeared
        # Averaged along the line, grain and letters fade and the line stays; it must then be darker than beside it.
        smooth = cv2.blur(grey, (1, along) if vertical else (along, 1))
        beside = cv2.blur(smooth, (width // 40, 1) if vertical else (1, width // 40))
        ink = (smooth.astype(numpy.int16) + _FAINT < beside).astype(numpy.uint8)
        kept = cv2.morphologyEx(ink, cv2.MORPH_OPEN, numpy.ones((long, 1) if vertical else (1, long), numpy.uint8))
        _, _, stats, _ = cv2.connectedComponentsWithStats(kept)
        for left, top, wide, high, _ in stats[1:]:
            thick, length = (wide, high) if vertical else (high, wide)
            if thick <= max(6, width // 120):
                at = left + wide / 2 if vertical else top + high / 2
                start = top if vertical else left
                found.append(Rule(vertical, float(at), float(start), float(start + length)))
    return found
