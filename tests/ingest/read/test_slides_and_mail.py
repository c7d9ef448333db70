"""Presentations and messages: slide by slide in reading order, subject and text as sent."""

import base64
import io
from email.message import EmailMessage
from typing import Any

import pytest

from ingest.document import BlockKind
from ingest.read.reader import read_bytes


def slides(build: Any) -> bytes:
    from pptx import Presentation

    presentation: Any = Presentation()
    build(presentation)
    out = io.BytesIO()
    presentation.save(out)
    return out.getvalue()


def test_slides_are_read_title_frames_table_notes() -> None:
    def build(presentation: Any) -> None:
        from pptx.util import Inches

        first = presentation.slides.add_slide(presentation.slide_layouts[0])
        first.shapes.title.text, first.placeholders[1].text = "巡察整改推进会汇报", "党委巡察办"
        second = presentation.slides.add_slide(presentation.slide_layouts[5])
        for left, top, words in ((5, 2, "右上"), (1, 2.05, "左上"), (1, 5, "左下")):
            box = second.shapes.add_textbox(Inches(left), Inches(top), Inches(2), Inches(1))
            box.text_frame.text = words
        second.shapes.title.text = "总体情况"
        table = second.shapes.add_table(3, 3, Inches(1), Inches(6), Inches(6), Inches(1)).table
        for r, row in enumerate((("单位", "问题类别", "数量"), ("炼钢厂", "招标采购", "3"), ("", "选人用人", "2"))):
            for c, words in enumerate(row):
                table.cell(r, c).text = words
        table.cell(1, 0).merge(table.cell(2, 0))
        second.notes_slide.notes_text_frame.text = "整改期限为三个月。"

    document = read_bytes(slides(build), "汇报.pptx")
    assert document.text.split("\n\n") == [
        "巡察整改推进会汇报\n党委巡察办\n总体情况\n左上\n右上\n左下",
        "单位：炼钢厂\n问题类别：招标采购\n数量：3",
        "单位：炼钢厂\n问题类别：选人用人\n数量：2",
        "整改期限为三个月。",
    ]
    headings = [block for block in document.blocks if block.kind is BlockKind.HEADING]
    assert [(block.level, block.source.page) for block in headings] == [(1, 1), (2, 2)]
    assert document.blocks[-1].source.page == 2


def test_a_hidden_slide_is_left_out_and_told() -> None:
    def build(presentation: Any) -> None:
        for words in ("甲", "乙"):
            presentation.slides.add_slide(presentation.slide_layouts[5]).shapes.title.text = words
        presentation.slides[1]._element.set("show", "0")

    document = read_bytes(slides(build), "汇报.pptx")
    assert document.text == "甲"
    assert [notice.code for notice in document.notices] == ["hidden_slide"]


def test_a_message_in_html_keeps_its_table() -> None:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = "关于整改的通知", "a@example.com", "b@example.com"
    message.set_content("各单位：见表。")
    table = "<table><tr><th>单位</th><th>问题</th></tr><tr><td>炼铁厂</td><td>招标程序不规范</td></tr></table>"
    message.add_alternative(f"<p>各单位：</p>{table}", subtype="html")
    document = read_bytes(message.as_bytes(), "通知.eml")
    assert document.text == "关于整改的通知\n各单位：\n\n单位：炼铁厂\n问题：招标程序不规范"
    assert document.metadata.title == "关于整改的通知"
    assert document.metadata.extra["发件人"] == "a@example.com"


@pytest.mark.parametrize("charset", ["gb2312", "GBK"])
def test_a_message_of_an_old_chinese_program_is_read(charset: str) -> None:
    """Its subject in raw GBK bytes, its addressee in characters that the charset declared does not have."""
    name = base64.b64encode("朱镕".encode("gb18030"))
    raw = b"Subject: " + "关于整改工作的通知".encode("gbk") + b"\r\nMIME-Version: 1.0\r\n"
    raw += f"To: =?{charset}?B?".encode() + name + b"?= <a@example.com>\r\n"
    raw += f"Content-Type: text/plain; charset={charset}\r\n\r\n".encode()
    document = read_bytes(raw + "请各单位认真整改，按期报送。".encode("gbk"), "邮件.txt")
    assert document.media_type == "message/rfc822"
    assert document.text == "关于整改工作的通知\n请各单位认真整改，按期报送。"
    assert document.metadata.extra["收件人"].startswith("朱镕")


def test_a_saved_web_page_is_read_as_its_page() -> None:
    parts = (
        "From: <Saved by a browser>\nSubject: 巡察办法\nMIME-Version: 1.0\n"
        'Content-Type: multipart/related; type="text/html"; boundary="==x"\n\n'
        "--==x\nContent-Type: text/html\nContent-Transfer-Encoding: base64\n\n"
        + base64.b64encode("<html><body><p>第一条　五年覆盖一次。</p></body></html>".encode()).decode()
        + "\n--==x\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\nAAAA\n--==x--\n"
    )
    document = read_bytes(parts.encode(), "办法.mht")
    assert document.text == "巡察办法\n第一条　五年覆盖一次。"
    assert "发件人" not in document.metadata.extra


def test_a_text_that_quotes_a_mail_stays_a_text() -> None:
    document = read_bytes("From: 张三\nTo: 李四\nSubject: 整改\n\n请按期整改。\n".encode(), "摘录.txt")
    assert document.media_type == "text/plain"
