"""A small whole file of every format, made in code: what the fuzz tests damage."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Mapping
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from tests.ingest.read.printed import Mark, Stroke, Words
from tests.ingest.read.printed import pdf as printed

FILES = Path(__file__).parent / "files"

ARTICLES = (
    "岱川集团巡察工作办法（2024年修订）",
    "第一章　总则",
    "第一条　为了规范巡察工作，根据《巡察工作条例》，制定本办法。",
    "第二条　巡察组履行下列职责：\n（一）了解情况；\n（二）反映问题；\n1．及时报告；\n2．定期汇总。",
    "第三条　本办法自2024年7月1日起施行。",
)
HEADER = ("编号", "轮次", "被巡察单位", "问题描述", "整改期限", "整改状态")
ROWS = tuple(
    (f"2024-1-{n:03}", "2024年第一轮", "炼铁厂", f"问题{n}，招标程序不规范。", "2024-08-31", "已完成")
    for n in (1, 2, 3)
)
TABLE = (
    "<table><tr><th>单位</th><th colspan='2'>问题</th></tr>"
    "<tr><td rowspan='2'>炼铁厂</td><td>甲</td><td>乙</td></tr><tr><td>丙</td><td>丁</td></tr></table>"
)


def text() -> bytes:
    return "\n".join(ARTICLES).encode("gb18030")


def markdown() -> bytes:
    table = "| 单位 | 问题 |\n|---|---|\n| 炼铁厂 | 招标程序不规范 |\n"
    front = "---\ntitle: 办法\nkind: regulation\neffective_from: 2024-07-01\n---\n\n"
    return (front + "# " + "\n\n".join(ARTICLES) + f"\n\n> 引用\n\n- 一\n  - 二\n\n{table}\n\n{TABLE}\n").encode()


def html() -> bytes:
    body = "".join(f"<p>{words}</p>" for words in ARTICLES)
    return (
        "<!DOCTYPE html><html><head><meta charset='utf-8'><title>办法_政务网</title></head><body><div class='nav'>"
        f"<a href='/'>首页</a></div><div id='content'><h1>{ARTICLES[0]}</h1>{body}<ol><li>甲</li></ol>{TABLE}</div>"
        "</body></html>"
    ).encode()


def csv() -> bytes:
    return "\n".join(",".join(f'"{cell}"' for cell in row) for row in (HEADER, *ROWS)).encode("gb18030")


def tsv() -> bytes:
    return "\n".join("\t".join(row) for row in (HEADER, *ROWS)).encode("utf-16")


def docx() -> bytes:
    import docx

    document: Any = docx.Document()
    document.add_heading(ARTICLES[0], 0)
    for words in ARTICLES[1:]:
        document.add_paragraph(words)
    document.add_paragraph("列表", style="List Number")
    table = document.add_table(3, 3)
    for r, row in enumerate((("单位", "问题", "状态"), ("炼铁厂", "甲", "已完成"), ("", "乙", "整改中"))):
        for c, words in enumerate(row):
            table.cell(r, c).text = words
    table.cell(1, 0).merge(table.cell(2, 0))
    return _saved(document)


def xlsx() -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    sheet: Any = book.active
    for row in (("问题台账",), HEADER, *ROWS, ("合计", None, None, "=COUNTA(D3:D5)")):
        sheet.append(row)
    sheet.merge_cells("A1:F1")
    sheet.merge_cells("C3:C5")
    book.create_sheet("说明").append(["一个问题一行。"])
    return _saved(book)


def pptx() -> bytes:
    from pptx import Presentation
    from pptx.util import Inches

    deck: Any = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "巡察整改推进会"
    slide.shapes.add_textbox(Inches(1), Inches(2), Inches(2), Inches(1)).text_frame.text = "整改期限为三个月。"
    table = slide.shapes.add_table(2, 2, Inches(1), Inches(3), Inches(6), Inches(1)).table
    for place, words in enumerate(("单位", "问题", "炼铁厂", "甲")):
        table.cell(place // 2, place % 2).text = words
    slide.notes_slide.notes_text_frame.text = "会后报送。"
    return _saved(deck)


def eml() -> bytes:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = "关于报送整改材料的通知", "a@example.com", "b@example.com"
    message.set_content("各单位：\n请于6月底前报送。")
    message.add_alternative(f"<p>各单位：</p>{TABLE}", subtype="html")
    message.add_attachment(text(), maintype="text", subtype="plain", filename="办法.txt")
    return message.as_bytes()


def mht() -> bytes:
    head = "From: <Saved by a browser>\nSubject: 办法\nMIME-Version: 1.0\n"
    kind = 'Content-Type: multipart/related; type="text/html"; boundary="==x"\n\n--==x\nContent-Type: text/html\n'
    page = base64.encodebytes(html()).decode()
    return f"{head}{kind}Content-Transfer-Encoding: base64\n\n{page}\n--==x--\n".encode()


def pdf() -> bytes:
    """A small page, as one whose text is destroyed will be recognised."""
    marks: list[Mark] = [Words(20, 20 + 14 * index, words[:20], 8) for index, words in enumerate(ARTICLES)]
    marks += [Stroke(20, y, 220, y) for y in (100, 120)] + [Stroke(x, 100, x, 120) for x in (20, 120, 220)]
    return printed([[*marks, Words(24, 106, "单位", 8), Words(124, 106, "问题", 8)], marks[:3]], size=(260, 140))


def picture(kind: str, pages: int = 1) -> bytes:
    """A picture of a date, as small as can be read."""
    page = Image.new("RGB", (220, 48), "white")
    ImageDraw.Draw(page).text((12, 6), "2024-06-18", font=ImageFont.load_default(32), fill="black")
    return _saved(page, kind, **({"save_all": True, "append_images": [page] * (pages - 1)} if pages > 1 else {}))


def zipped(parts: Mapping[str, bytes]) -> bytes:
    """A ZIP container of these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


def _saved(document: Any, *kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    document.save(out, *kind, **options)
    return out.getvalue()


SEEDS = {
    "办法.txt": text,
    "办法.md": markdown,
    "办法.html": html,
    "台账.csv": csv,
    "台账.tsv": tsv,
    "办法.docx": docx,
    "台账.xlsx": xlsx,
    "汇报.pptx": pptx,
    "通知.eml": eml,
    "办法.mht": mht,
    "办法.pdf": pdf,
    "扫描.png": partial(picture, "PNG"),
    "扫描.jpg": partial(picture, "JPEG"),
    "扫描.tif": partial(picture, "TIFF", 2),
    **{path.name: path.read_bytes for path in sorted(FILES.glob("*")) if path.suffix in (".xls", ".doc", ".rtf")},
}
"""Name → the file. A format is added here, or as a file of our own in ``files/``."""

SLOW = frozenset({"办法.pdf", "扫描.png", "扫描.jpg", "扫描.tif"})
"""Those of which an image may be recognised, which takes as long as a hundred texts."""
