from __future__ import annotations

import random
import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.clean import original_text
from ingest.document import BlockKind, Document, DocumentKind
from ingest.errors import ReadError
from ingest.read.decode import decode
from ingest.read.reader import read_bytes

RULES = """岱川钢铁集团有限公司巡察工作办法
第一章　总则
第一条　为了规范巡察工作，制定本办法。
第二条　巡察工作坚持问题导向。
"""


def texts(document: Document) -> list[str]:
    return [block.span.of(document.text) for block in document.blocks]


def kinds(document: Document) -> list[tuple[BlockKind, str]]:
    return [(block.kind, block.span.of(document.text)) for block in document.blocks]


def codes(document: Document) -> list[str]:
    return [notice.code for notice in document.notices]


# ---------------------------------------------------------------- encodings


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", b"\xef\xbb\xbf"),
        ("gbk", b""),
        ("gb18030", b""),
        ("utf-16-le", b"\xff\xfe"),
        ("utf-16-be", b"\xfe\xff"),
        ("utf-16-le", b""),
        ("utf-16-be", b""),
    ],
)
def test_every_usual_encoding_gives_the_same_text(encoding: str, mark: bytes) -> None:
    document = read_bytes(mark + RULES.encode(encoding), "办法.txt")
    assert document.text == RULES.strip()
    assert document.notices == ()


def test_big5_is_told_from_gbk_by_its_everyday_characters() -> None:
    text = "本條例所稱「公司」，是指根據本條例成立的公司。\n董事須就該年度的帳目向股東作出報告。"
    assert read_bytes(text.encode("big5"), "條例.txt").text == text


@pytest.mark.parametrize("text", ["联通", "办法", "巡察", "第一条　为了", "整改完成率100%"])
def test_a_few_characters_of_gbk_are_enough(text: str) -> None:
    assert decode(text.encode("gbk"), "短.txt").text == text


def test_lines_know_their_bytes() -> None:
    for encoding in ("utf-8", "gbk", "utf-16-le"):
        data = RULES.replace("\n", "\r\n").encode(encoding)
        document = read_bytes(data, "办法.txt")
        for block in document.blocks:
            assert block.source.byte_start is not None
            raw = data[block.source.byte_start : block.source.byte_end].decode(encoding)
            assert raw == block.span.of(document.text)


def test_lines_of_another_encoding_are_read_line_by_line_and_noticed() -> None:
    lines = RULES.splitlines()
    data = b"\n".join([*(line.encode() for line in lines[:3]), lines[3].encode("gbk")])
    document = read_bytes(data, "办法.txt")
    assert texts(document) == lines
    assert codes(document) == ["mixed_encoding"]
    assert "UTF-8 3 行" in document.notices[0].message


def test_a_few_broken_bytes_are_noticed_with_their_place() -> None:
    data = RULES.encode()
    place = data.index("制定".encode())
    document = read_bytes(data[:place] + b"\xff\xfe" + data[place:], "办法.txt")
    assert "�制定本办法" in document.text
    assert codes(document) == ["undecodable_bytes"]
    assert str(place) in document.notices[0].message


def test_a_file_cut_in_the_middle_of_a_character_is_still_read() -> None:
    document = read_bytes(RULES.strip().encode()[:-1], "办法.txt")
    assert texts(document)[:3] == RULES.splitlines()[:3]
    assert codes(document) == ["undecodable_bytes"]


def test_bytes_that_are_no_text_are_refused() -> None:
    noise = bytes(random.Random(7).choices(range(0x80, 0xFF), k=4000))
    with pytest.raises(ReadError) as error:
        read_bytes(noise, "噪声.txt")
    assert error.value.code == "file_undecodable"


# ---------------------------------------------------------------- plain text


def test_a_line_is_a_paragraph() -> None:
    assert texts(read_bytes(RULES.encode(), "办法.txt")) == RULES.splitlines()


def test_lines_of_a_fixed_width_are_joined() -> None:
    wrapped = (
        "　　会议指出，要深入学习贯彻党的二十大精神，准确把握开展\n"
        "巡察工作面临的新形势新要求，切实扛起整改政治责任，扎实做\n"
        "好“后半篇文章”，确保高质量推动整改落实。\n"
        "　　会议强调，要深化巡察监督与其他监督有机贯通、高效融合，\n"
        "充分发挥巡察综合监督作用。\n"
        "　　一是要提高站位。\n"
    )
    document = read_bytes(wrapped.encode(), "纪要.txt")
    assert texts(document) == [
        "会议指出，要深入学习贯彻党的二十大精神，准确把握开展巡察工作面临的新形势新要求，切实扛起整改政治责任，扎实做好“后半篇文章”，确保高质量推动整改落实。",
        "会议强调，要深化巡察监督与其他监督有机贯通、高效融合，充分发挥巡察综合监督作用。",
        "一是要提高站位。",
    ]
    assert {edit.rule for edit in document.edits} == {"line_wrap"}


def test_headers_and_lists_of_short_lines_are_not_joined() -> None:
    text = "会议纪要\n时间：2024年3月1日\n地点：一号会议室\n主持人：周明远\n参加人员：沈立群 韩松岩\n炼铁厂\n炼钢一厂\n热轧厂"
    assert texts(read_bytes(text.encode(), "纪要.txt")) == text.split("\n")


def test_furniture_of_a_scraped_page_is_recorded_and_left_out() -> None:
    text = "首页 > 新闻 > 正文\n巡察工作会议召开\n来源：岱川日报　　发布时间：2024-10-30　　浏览：12次\n集团党委召开会议。\n打印本页　关闭窗口\n上一篇：无\n责任编辑：甲"
    document = read_bytes(text.encode(), "报道.txt")
    assert texts(document) == ["巡察工作会议召开", "集团党委召开会议。"]
    assert document.metadata.origin == "岱川日报"
    assert document.metadata.extra["发布时间"] == "2024-10-30"
    assert original_text(document.text, document.edits) == text


@pytest.mark.parametrize(
    "line",
    [
        "本文转载自集团日报微信公众号",
        "关注“清风岱川”微信公众号",
        "长按识别二维码关注我们",
        "— END —",
        "编辑：李明 审核：王强",
        "阅读 1203 点赞 32 在看 8",
        "声明：本文系转载，版权归原作者所有，如有侵权请联系删除。",
        "【打印】【关闭】",
        "打开APP阅读全文",
        "日期：2024-10-13 来源：党委宣传部 作者：张三 浏览：100",
    ],
)
def test_what_a_page_says_around_a_text_is_left_out(line: str) -> None:
    document = read_bytes(f"巡察工作会议召开\n集团党委召开会议。\n{line}".encode(), "报道.txt")
    assert texts(document) == ["巡察工作会议召开", "集团党委召开会议。"]


def test_whose_page_it_is_stands_at_its_foot() -> None:
    contact = "地址：岱川市钢城路1号　邮编：030000"
    said = read_bytes(f"各单位：\n请按时报送材料。\n{contact}".encode(), "通知.txt")
    assert texts(said)[-1] == contact
    page = read_bytes(f"各单位：\n请按时报送材料。\n版权所有：岱川钢铁集团\n{contact}".encode(), "通知.txt")
    assert texts(page)[-1] == "请按时报送材料。"


@pytest.mark.parametrize(
    "line",
    [
        "时间：2024年3月1日",
        "编辑部负责审核稿件。",
        "来源合法、手续完备。",
        "分享经验做法，推动整改。",
        "大",
        "（三）如有侵权行为的，应当承担责任；",
        "转发自评报告的单位应当备案。",
        "关注民生问题，搜索引擎不得收录内部资料。",
        "完",
        "供稿：党委巡察办",
    ],
)
def test_sentences_that_resemble_furniture_stay(line: str) -> None:
    assert line in read_bytes(f"巡察工作办法\n{line}\n".encode(), "办法.txt").text


def test_five_megabytes_are_read_in_seconds() -> None:
    line = "第一条　为了规范巡察工作，发挥利剑作用，根据有关规定，结合集团实际，制定本办法，本办法自印发之日起施行。\n"
    data = (line * (5_000_000 // len(line.encode()))).encode()
    began = time.process_time()
    document = read_bytes(data, "大.txt")
    assert len(document.blocks) > 30_000
    assert time.process_time() - began < 15


def test_one_line_of_megabytes_is_read_in_seconds() -> None:
    data = ("会议指出（kpi）要抓好整改，" * 150_000).encode("gbk")
    began = time.process_time()
    assert len(read_bytes(data, "长.txt").blocks) == 1
    assert time.process_time() - began < 15


# ---------------------------------------------------------------- front matter and sidecars


def test_front_matter_in_either_language_becomes_metadata() -> None:
    english = "---\ntitle: 巡察工作办法\ndoc_type: regulation\nissuer: 集团党委\npublished: 2024-06-18\neffective: 2024/7/1\naliases: [巡察办法, 办法]\nfoo: 1\n---\n正文。"
    chinese = "---\n标题：巡察工作办法\n类型: 制度\n制定机关: 集团党委\n公布日期: 2024年6月18日\n施行日期: 2024.7.1\n简称: 巡察办法、办法\nfoo: 1\n---\n正文。"
    for text in (english, chinese):
        document = read_bytes(text.encode(), "办法.md")
        metadata = document.metadata
        assert document.text == "正文。"
        assert (metadata.title, metadata.kind, metadata.issuer) == ("巡察工作办法", DocumentKind.REGULATION, "集团党委")
        assert (metadata.published, metadata.effective_from) == (date(2024, 6, 18), date(2024, 7, 1))
        assert metadata.aliases == ("巡察办法", "办法")
        assert metadata.extra == {"foo": "1"}
        assert document.notices == ()


@pytest.mark.parametrize(
    "front",
    [
        "title: [未闭合",
        "a: b: c: d\n  - x",
        "\tkey: 1",
        "title: &a 甲\nwork: *a",
        "a: !!python/object/apply:os.system [ls]\n b",
    ],
)
def test_malformed_front_matter_is_text_with_a_notice(front: str) -> None:
    document = read_bytes(f"---\n{front}\n---\n正文。".encode(), "办法.md")
    assert texts(document)[-1] == "正文。"
    assert document.metadata.title is None


def test_a_wrong_date_or_kind_is_a_notice() -> None:
    text = "---\ntitle: 办法\npublished: 2024-02-30\n施行日期: 明年\nkind: 奇怪\n---\n正文。"
    document = read_bytes(text.encode(), "办法.md")
    assert codes(document) == ["date_malformed", "date_malformed", "kind_unknown"]
    assert document.metadata.published is None
    assert document.metadata.extra["published"] == "2024-02-30"


def test_a_sidecar_completes_and_overrules_front_matter() -> None:
    sidecar = "issuer: 集团公司\nreaders: [巡察办, 纪委]\n".encode()
    document = read_bytes("---\ntitle: 办法\nissuer: 某部\n---\n正文。".encode(), "办法.md", sidecar)
    assert (document.metadata.title, document.metadata.issuer) == ("办法", "集团公司")
    assert document.metadata.readers == ("巡察办", "纪委")
    assert len(document.digest) == 128


def test_a_broken_sidecar_is_a_notice() -> None:
    document = read_bytes("正文。".encode(), "办法.txt", b"\x00: [")
    assert codes(document) == ["sidecar_malformed"]


def test_a_rule_at_the_top_is_no_front_matter() -> None:
    assert texts(read_bytes("---\n第一段。\n---\n第二段。".encode(), "办法.md")) == ["第一段。", "第二段。"]


# ---------------------------------------------------------------- Markdown


def test_headings_paragraphs_lists_and_quotes() -> None:
    text = (
        "# 巡察工作办法\n\n> （2024年6月18日修订）\n\n## 第一章　总　则\n\n- **第一条**　　为了规范，制定本办法。\n\n  第二款。\n\n  - （一）甲；\n\n"
        "1. 提高认识\n2. 压实责任\n\n5) 从五开始\n"
    )
    assert kinds(read_bytes(text.encode(), "办法.md")) == [
        (BlockKind.HEADING, "巡察工作办法"),
        (BlockKind.PARAGRAPH, "（2024年6月18日修订）"),
        (BlockKind.HEADING, "第一章　总则"),
        (BlockKind.ITEM, "第一条　　为了规范，制定本办法。"),
        (BlockKind.PARAGRAPH, "第二款。"),
        (BlockKind.ITEM, "（一）甲；"),
        (BlockKind.ITEM, "1. 提高认识"),
        (BlockKind.ITEM, "2. 压实责任"),
        (BlockKind.ITEM, "5) 从五开始"),
    ]


def test_markup_that_common_mark_misreads_beside_chinese() -> None:
    text = "**“重点”**内容与**《办法》**一致。\n\n    第二条　缩进四格的段落。\n\n第三条　很长的一段。\n---\n第四条　末段。"
    assert texts(read_bytes(text.encode(), "办法.md")) == [
        "“重点”内容与《办法》一致。",
        "第二条　缩进四格的段落。",
        "第三条　很长的一段。",
        "第四条　末段。",
    ]


def test_lines_of_one_markdown_paragraph_are_joined_only_when_they_run_on() -> None:
    text = "第一条　甲。\n第二条　乙。\n时间：三月\n地点：会议室\n\n> （2019年5月8日由最高人民检察院第十三届检察委员会\n> 第十八次会议通过）"
    assert texts(read_bytes(text.encode(), "办法.md")) == [
        "第一条　甲。",
        "第二条　乙。",
        "时间：三月",
        "地点：会议室",
        "（2019年5月8日由最高人民检察院第十三届检察委员会第十八次会议通过）",
    ]


def test_a_pipe_table_has_named_cells() -> None:
    text = "| 采购类别 | 公开招标 |\n| --- | --- |\n| 工程 | 400万元<br>以上 |\n| 货物 | 200万元以上 |\n"
    document = read_bytes(text.encode(), "附件.md")
    assert texts(document) == ["采购类别：工程\n公开招标：400万元\n以上", "采购类别：货物\n公开招标：200万元以上"]
    assert [name for name, _ in document.blocks[0].cells] == ["采购类别", "公开招标"]


def test_links_images_code_and_html_leave_their_text() -> None:
    text = "见[《办法》](http://x/y)和`代码`，![图一](a.png)<br>换行<span>内</span>\n\n<!-- 注释 -->\n\n```\n原样\n```\n\n<table><tr><th>甲</th><th>乙</th></tr><tr><td>1</td><td>2</td></tr></table>"
    assert texts(read_bytes(text.encode(), "a.md")) == ["见《办法》和代码，图一", "换行内", "原样", "甲：1\n乙：2"]


def test_an_unclosed_comment_does_not_swallow_the_rest() -> None:
    assert "第二段" in read_bytes("<!-- 注释\n\n第二段。".encode(), "a.md").text


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "# 标题",
                "正文。",
                "- 条",
                "1. 项",
                "|a|b|",
                "|-|-|",
                "> 引",
                "",
                "    缩进",
                "```",
                "---",
                "<b>",
                "<!--",
                "**粗**",
                "經(jīng)",
                "\u200b",
            ]
        ),
        max_size=25,
    ),
    st.sampled_from(["a.md", "a.txt", "a.html", "a.csv"]),
    st.sampled_from(["utf-8", "gb18030", "utf-16-le"]),
)
def test_any_text_in_any_format_keeps_the_invariants(lines: list[str], name: str, encoding: str) -> None:
    try:
        document = read_bytes("\n".join(lines).encode(encoding, errors="ignore"), name)
    except ReadError:
        return
    last = 0
    for block in document.blocks:
        assert last <= block.span.start < block.span.end
        last = block.span.end
        assert all(block.span.contains(span) for _, span in block.cells)
    assert last == len(document.text)
    assert original_text(document.text, document.edits) is not None


def test_utf8_once_taken_for_latin1_is_read_again() -> None:
    text = "太钢集团党委召开巡察工作会议。\n会议强调，要扎实做好整改工作。"
    damaged = text.encode().decode("latin-1").encode()
    document = read_bytes(damaged, "乱码.txt")
    assert document.text == text
    assert codes(document) == ["mojibake"]
    assert read_bytes("Les règles générales à l’été".encode(), "a.txt").notices == ()


def test_text_that_cannot_be_mended_is_called_garbled() -> None:
    garbled = "太钢集团党委召开巡察工作会议，部署整改。".encode("gb18030").decode("cp1251", errors="replace")
    assert "garbled" in codes(read_bytes(garbled.encode(), "乱码.txt"))


def test_page_numbers_between_lines_are_left_out() -> None:
    assert texts(read_bytes("第一段。\n— 3 —\n第二段。\n第 4 页 共 9 页\n".encode(), "办法.txt")) == [
        "第一段。",
        "第二段。",
    ]
