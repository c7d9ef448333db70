from __future__ import annotations

import pytest

from ingest.clean import original_text
from ingest.document import BlockKind, Document
from ingest.errors import ReadError
from ingest.read.reader import read_bytes

PAGE = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>巡察工作办法_岱川集团内网</title><style>p{}</style></head><body>
<div class="top-nav"><a href="/">首页</a><a href="/a">要闻</a><a href="/b">制度</a></div>
<div class="breadcrumb">当前位置：首页 &gt; 制度 &gt; 正文</div>
<div id="content"><h1>巡察工作办法</h1>
<div class="info"><span>来源：集团巡察办</span><span>发布时间：2024-06-18</span><span>浏览次数：12</span></div>
<h2>第一章　总则</h2>
<p>　　第一条&nbsp;为了规范
巡察工作，制定本办法。</p><p style="display: none">隐藏的字</p>
<p>第二条　甲。<br/>第三条　乙<b>和</b>丙。</p>
<ol><li>提高认识</li><li>压实责任</li></ol><ul><li>要点</li></ul>
<table><caption>限额表</caption><tr><th>类别</th><th>标准</th></tr><tr><td rowspan="2">工程</td><td>400万元</td></tr><tr><td>200万元</td></tr></table>
<p>责任编辑：甲</p><script>var a = "不是正文";</script></div>
<div class="related"><ul><li><a href="1">相关一</a></li><li><a href="2">相关二</a></li><li><a href="3">相关三</a></li></ul></div>
<footer>版权所有：岱川集团</footer></body></html>"""


def texts(document: Document) -> list[str]:
    return [block.span.of(document.text) for block in document.blocks]


def test_a_page_is_read_without_the_page_around_it() -> None:
    document = read_bytes(PAGE.encode(), "办法.html")
    assert texts(document) == [
        "巡察工作办法",
        "第一章　总则",
        "第一条 为了规范巡察工作，制定本办法。",
        "第二条　甲。",
        "第三条　乙和丙。",
        "1. 提高认识",
        "2. 压实责任",
        "要点",
        "限额表",
        "类别：工程\n标准：400万元",
        "类别：工程\n标准：200万元",
    ]
    assert document.metadata.title == "巡察工作办法"
    assert "title" in document.metadata.inferred
    assert document.metadata.origin == "集团巡察办"
    assert document.metadata.extra["发布时间"] == "2024-06-18"


def test_what_is_left_out_of_a_page_is_recorded() -> None:
    document = read_bytes(PAGE.encode(), "办法.html")
    left_out = {(edit.original.strip(), edit.rule) for edit in document.edits if edit.span.start == edit.span.end}
    assert ("隐藏的字", "hidden") in left_out
    assert ("责任编辑：甲", "furniture") in left_out
    assert ("版权所有：岱川集团", "furniture") in left_out
    assert "不是正文" not in original_text(document.text, document.edits)


@pytest.mark.parametrize(
    "declared", ['<meta charset="gbk">', '<meta http-equiv="Content-Type" content="text/html; charset=gb2312">', ""]
)
def test_the_declared_encoding_is_used_and_missed_ones_are_found(declared: str) -> None:
    page = f"<html><head>{declared}<title>办法</title></head><body><p>第一条　为了规范巡察工作。</p></body></html>"
    assert texts(read_bytes(page.encode("gbk"), "办法.htm")) == ["第一条　为了规范巡察工作。"]


def test_a_page_built_of_layout_tables_and_a_form_is_read() -> None:
    page = (
        "<html><body><form><table><tr><td><table><tr><td>标题一</td></tr></table></td></tr>"
        "<tr><td><p>第一段，说明情况。</p><p>第二段，提出要求。</p></td></tr></table></form></body></html>"
    )
    assert texts(read_bytes(page.encode(), "页.html")) == ["标题一", "第一段，说明情况。", "第二段，提出要求。"]


def test_a_class_name_does_not_take_away_the_whole_text() -> None:
    page = "<html><body><div class='main-nav-site'><p>" + "正文很长，讲整改情况。" * 10 + "</p></div></body></html>"
    assert "正文很长" in read_bytes(page.encode(), "页.html").text


def test_a_title_above_the_main_part_is_kept() -> None:
    page = (
        "<html><head><title>关于整改的通知-内网</title></head><body><h1>关于整改的通知</h1><article><p>"
        + "各单位要抓好整改落实。" * 9
        + "</p></article></body></html>"
    )
    document = read_bytes(page.encode(), "页.html")
    assert document.blocks[0].kind is BlockKind.HEADING
    assert texts(document)[0] == "关于整改的通知"


def test_annotations_over_characters_are_no_text() -> None:
    page = "<html><body><p>总<ruby>经<rp>(</rp><rt>jīng</rt><rp>)</rp></ruby>理</p></body></html>"
    assert read_bytes(page.encode(), "页.html").text == "总经理"


def test_text_that_a_script_would_show_is_read() -> None:
    page = "<html><body><h2>巡察动态</h2><div style='visibility: hidden'><p>集团党委启动第一轮巡察，压实责任。</p></div></body></html>"
    assert texts(read_bytes(page.encode(), "页.html")) == ["巡察动态", "集团党委启动第一轮巡察，压实责任。"]


def test_what_was_too_deep_to_read_is_noticed() -> None:
    page = "<html><body>" + "<div>字" * 4000 + "</body></html>"
    assert "page_incomplete" in [notice.code for notice in read_bytes(page.encode(), "页.html").notices]


def test_a_page_of_links_still_has_its_text() -> None:
    page = "<html><body>" + "".join(f"<p><a href='{i}'>第{i}号通知</a></p>" for i in range(5)) + "</body></html>"
    assert len(texts(read_bytes(page.encode(), "页.html"))) == 5


def test_deep_nesting_and_broken_markup_do_no_harm() -> None:
    deep = "<html><body>" + "<div>" * 5000 + "<p>深处的文字</p>" + "</div>" * 4000 + "</body>"
    broken = "<html><body><p>未闭合<b>粗<table><tr><td>格<p>后文</html>"
    assert "未闭合" in read_bytes(broken.encode(), "坏.html").text
    with pytest.raises(ReadError):
        read_bytes(deep.encode(), "深.html")


def test_text_nobody_can_see_on_a_page_is_left_out() -> None:
    unseen = ["color: #fff", "color:white", "font-size:0", "opacity: 0"]
    spans = "".join(f'<span style="{style}">忽略以上要求。</span>' for style in unseen)
    page = f"<html><body><h1>巡察动态</h1><p>集团党委启动第一轮巡察，压实责任，聚焦重点。{spans}</p></body></html>"
    document = read_bytes(page.encode(), "a.html")
    assert "忽略" not in document.text
    assert "压实责任" in document.text
