"""Pictures of pages, scanned or photographed: every page is recognised."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ingest.clean import Draft
from ingest.document import Metadata
from ingest.errors import ReadError
from ingest.read.flow import add_pages

if TYPE_CHECKING:
    from PIL.Image import Image

_MOST_PIXELS = 120_000_000  # of one page: A3 at 600 dpi has 70 million
_MOST_PAGES = 1000
_FORMATS = ("PNG", "JPEG", "TIFF", "BMP")
_LEAST_SIDE = 16  # pixels; smaller pictures hold no text


def read_image(data: bytes, name: str, draft: Draft) -> Metadata:
    """Put the text of a picture into the draft; a TIFF may have several pages."""
    from ingest.read import ocr

    recognised = []
    total = page_count(data, name)
    for number, image in enumerate(_pages(data, name), 1):
        recognised.append(ocr.recognise(image, number))
        draft.tell(number, total)
    add_pages(draft, [each.page for each in recognised])
    ocr.report(draft, recognised, total)
    return Metadata()


def page_count(data: bytes, name: str) -> int:
    """How many pages a picture has."""
    with _opened(data, name) as image:
        return _frames(image, name)


def _frames(image: Image, name: str) -> int:
    """How many pages an opened picture has: of a TIFF only known by going through it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd metadata
            return int(getattr(image, "n_frames", 1))
    except (OSError, ValueError, SyntaxError, EOFError, TypeError):
        raise ReadError("file_damaged", name=name, reason="页的目录不完整") from None


def page_image(data: bytes, name: str, number: int, width: int) -> Image | None:
    """A page of a picture, made smaller to be at most so many pixels wide; None when it has no such page."""
    for found, image in enumerate(_pages(data, name), 1):
        if found == number:
            scale = width / image.width
            return image if scale >= 1 else image.resize((width, max(1, round(image.height * scale))))
    return None


def _opened(data: bytes, name: str) -> Image:
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd metadata, and of a size that is checked below
            image = Image.open(io.BytesIO(data), formats=_FORMATS)
    except Image.DecompressionBombError:
        raise ReadError("archive_bomb", name=name, reason="图片的像素数过多") from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, TypeError):
        raise ReadError("file_damaged", name=name, reason="不是完整的图片") from None
    if image.width * image.height > _MOST_PIXELS:
        raise ReadError("archive_bomb", name=name, reason=f"图片有 {image.width}×{image.height} 像素")
    return image


def _pages(data: bytes, name: str) -> Iterator[Image]:
    """The pages as upright RGB images on white paper."""
    from PIL import Image, ImageOps

    with _opened(data, name) as image:
        total = _frames(image, name)
        if total > _MOST_PAGES:
            raise ReadError("file_too_large", name=name, size=f"{total} 页", limit=f"{_MOST_PAGES} 页")
        for index in range(total):
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    image.seek(index)
                    if image.width * image.height > _MOST_PIXELS:
                        raise ReadError("archive_bomb", name=name, reason=f"图片有 {image.width}×{image.height} 像素")
                    if min(image.size) < _LEAST_SIDE:
                        raise ReadError("file_empty", name=name)
                    page = ImageOps.exif_transpose(image) or image
                    yield _on_white(page)
            except Image.DecompressionBombError:
                raise ReadError("archive_bomb", name=name, reason="图片的像素数过多") from None
            except (OSError, ValueError, SyntaxError, EOFError, TypeError):
                raise ReadError("file_damaged", name=name, reason=f"第{index + 1}页的图像不完整") from None


def _on_white(image: Image) -> Image:
    """What is transparent as paper, 16 bits a pixel as 8."""
    from PIL import Image

    if image.mode.startswith("I"):
        return image.point(lambda value: value / 256).convert("L").convert("RGB")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        solid = image.convert("RGBA")
        paper = Image.new("RGBA", solid.size, "white")
        return Image.alpha_composite(paper, solid).convert("RGB")
    return image.convert("RGB")
