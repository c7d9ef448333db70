"""Pictures of pages: recognised with places and skew, stamps seen through; and pictures that are none."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from evals.ingestion import typesetting
from evals.ingestion.typesetting import Text
from ingest.document import ClauseLevel
from ingest.errors import ReadError
from ingest.read.reader import draw_page, read_bytes
from ingest.structure.structure import structure

RULES = Text(
    "岱川钢铁集团",
    "岱钢党发〔2024〕18号",
    "巡察工作办法",
    (
        "第一条　为了规范巡察工作，根据有关规定，结合集团实际，制定本办法。",
        "第二条　下列事项应当报集团党委批准：",
        "（一）年度巡察计划；",
        "（二）提级巡察的单位名单。",
    ),
)
needs_font = pytest.mark.skipif(typesetting.font_file() is None, reason="没有中文字体")


def saved(*pages: Image.Image, kind: str = "PNG", **more: object) -> bytes:
    out = io.BytesIO()
    pages[0].save(out, kind, **(more if len(pages) == 1 else {"save_all": True, "append_images": pages[1:]}))
    return out.getvalue()


def upper(page: Image.Image) -> Image.Image:
    """The upper part of a page: what is to be recognised costs time by its area."""
    return page.crop((0, 150, page.width, 1050))


@needs_font
def test_a_stamped_and_skewed_scan_comes_out_as_articles_with_their_places() -> None:
    page = typesetting.stamped(RULES)[0]
    done = structure(read_bytes(saved(upper(page)), "扫描.png"))
    document = done.document
    assert "".join(document.text.split()).startswith(
        "巡察工作办法第一条为了规范巡察工作，根据有关规定，结合集团实际，制定本办法。"
    )
    assert [clause.locator.item for clause in done.clauses if clause.level is ClauseLevel.ITEM] == [1, 2]
    for block in document.blocks:
        assert block.source.page == 1
        left, top, right, bottom = block.source.box or (0, 0, 0, 0)
        assert 0 <= left < right <= 1
        assert 0 <= top < bottom <= 1
    assert [notice.code for notice in document.notices] == ["ocr"]


@needs_font
def test_pages_of_a_tiff_and_scanned_pages_of_a_pdf_are_told_one_by_one() -> None:
    page = upper(typesetting.red_head(RULES)[0]).convert("L")
    told: list[tuple[int, int]] = []
    read_bytes(saved(page, page, kind="TIFF"), "扫描.tif", tell=lambda done, total: told.append((done, total)))
    assert told == [(1, 2), (2, 2)]
    document = read_bytes(typesetting.as_pdf([page.convert("RGB")]), "扫描.pdf")
    assert document.text.startswith("岱川钢铁集团文件\n岱钢党发〔2024〕18号\n巡察工作办法")
    assert "没有文字层" in document.notices[0].message


@needs_font
def test_a_page_nobody_can_read_is_reported() -> None:
    page = upper(typesetting.red_head(RULES)[0])
    tiny = page.resize((page.width // 10, page.height // 10)).resize(page.size)
    document = read_bytes(saved(tiny), "模糊.png")
    assert any(notice.code == "ocr_doubtful" and "对照原件核对" in notice.message for notice in document.notices)


def bomb() -> bytes:
    """A PNG of 25 KB that would be 200 million pixels."""
    return saved(Image.new("1", (20_000, 10_000)))


@pytest.mark.parametrize(
    ("data", "name", "code", "says"),
    [
        (bomb(), "炸弹.png", "archive_bomb", "像素"),
        (saved(Image.effect_noise((400, 400), 50))[:9000], "半张.png", "file_damaged", "不完整"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 99, "坏.png", "file_damaged", "完整的图片"),
        (b"\xff\xd8\xff" + b"\x00" * 99, "坏.jpg", "file_damaged", "完整的图片"),
        (b"II*\x00" + b"\x00" * 99, "坏.tif", "file_damaged", "完整的图片"),
        (b"<html></html>", "假.jpg", "file_damaged", "不是这种文件"),
        (saved(Image.new("L", (8, 8))), "点.png", "file_empty", "空的"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_what_is_no_readable_picture_says_why(data: bytes, name: str, code: str, says: str) -> None:
    with pytest.raises(ReadError) as refused:
        read_bytes(data, name)
    assert refused.value.code == code
    assert says in str(refused.value)


def test_a_picture_is_drawn_no_larger_than_it_is() -> None:
    small = draw_page(saved(Image.new("RGB", (300, 200))), "图.png", "image/png", 1)
    large = draw_page(saved(Image.new("RGB", (5000, 200))), "图.png", "image/png", 1)
    assert small is not None
    assert large is not None
    assert Image.open(io.BytesIO(small)).size == (300, 200)
    assert Image.open(io.BytesIO(large)).width == 1240
