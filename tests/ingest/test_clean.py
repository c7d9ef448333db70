from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.characters import EDGES
from ingest.clean import Built, Cleaned, Draft, clean, original_of, original_text
from ingest.document import BlockKind, Span
from ingest.residue import survey


def built(*paragraphs: str) -> Built:
    draft = Draft()
    for paragraph in paragraphs:
        draft.paragraph(paragraph)
    return draft.finish()


CONVERTED = (
    "太鋼黨委召開深化整改專題會",
    "太鋼集團總經(jīng)理、黨委副書記李華出席會議并講話。各基層單位主要負責(zé)人參加。",
    "在運轉(zhuǎn)機制上,充分發(fā)揮“前端大監(jiān)督”“后方大平臺”作用,統(tǒng)籌業(yè)務(wù)部門。",
)
GENUINE = (
    "本條例所稱「公司」，是指根據本條例成立及註冊的公司。",
    "董事須於週年大會之後，就該年度的帳目向股東作出報告，並將副本送交處長。",
    "任何人違反第（一）款，即屬犯罪，一經定罪，可處罰款。",
)


def test_readings_and_converted_script_are_restored_with_the_original_kept() -> None:
    result = built(*CONVERTED)
    assert result.text.split("\n")[0] == "太钢党委召开深化整改专题会"
    assert "总经理、党委副书记李华出席会议并讲话" in result.text
    assert "主要负责人" in result.text
    assert "发挥“前端大监督”“后方大平台”作用,统筹业务部门" in result.text
    start = result.text.index("总经理")
    assert original_of(result.text, result.edits, Span(start, start + 3)) == "總經(jīng)理"
    assert original_of(result.text, result.edits, Span(start + 1, start + 2)) == "經(jīng)"
    assert original_text(result.text, result.edits) == "\n".join(CONVERTED)


def test_one_reading_after_a_traditional_character_is_enough() -> None:
    assert built("總經(jīng)理出席會議。", "各單位按要求落實。").text == "总经理出席会议。\n各单位按要求落实。"
    assert built("总经(jīng)理出席会议。").text == "总经理出席会议。"


def test_genuine_traditional_text_stays_as_it_is() -> None:
    assert built(*GENUINE).text == "\n".join(GENUINE)
    assert built(*GENUINE).edits == ()


def test_converted_text_without_readings_shows_by_its_leftovers() -> None:
    text = "巡察組要善于發現問題，敢于動真碰硬，會后及時匯報并跟蹤整改，推動黨委落實“兩個責任”，壓實紀委監督責任。"
    assert (
        built(text).text
        == "巡察组要善于发现问题，敢于动真碰硬，会后及时汇报并跟踪整改，推动党委落实“两个责任”，压实纪委监督责任。"
    )


def test_curly_quotes_with_mainland_terms_show_a_converter_too() -> None:
    text = "集團黨委巡察組向被巡察單位反饋了“三重一大”決策方面的問題，要求黨組織書記貫徹落實整改責任，辦好後半篇文章。"
    assert built(text).text.startswith("集团党委巡察组向被巡察单位反馈了“三重一大”决策方面的问题")


def test_a_traditional_name_in_simplified_text_is_no_residue() -> None:
    text = "太鋼集团的周鍾麟同志在会上发言，介绍了钢管公司的做法。"
    assert built(text).text == text


@pytest.mark.parametrize(
    ("converted", "simplified"),
    [
        ("乾坤", "乾坤"),
        ("乾燥", "干燥"),
        ("由於", "由于"),
        ("著作", "著作"),
        ("沿著", "沿着"),
        ("顯著", "显著"),
        ("瞭解", "了解"),
        ("瞭望", "瞭望"),
        ("覆蓋", "覆盖"),
        ("恢復", "恢复"),
        ("皇后", "皇后"),
        ("前後", "前后"),
        ("徵收", "征收"),
        ("憑藉", "凭借"),
    ],
)
def test_words_of_several_readings_are_restored_by_phrase(converted: str, simplified: str) -> None:
    result = built(*CONVERTED, f"發現的問題是{converted}方面的責任")
    assert result.text.split("\n")[-1] == f"发现的问题是{simplified}方面的责任"


@pytest.mark.parametrize(
    "text",
    [
        "考核指标(KPI)完成情况",
        "具体要求如下：(一)提高认识；(二)压实责任",
        "会议(2024)第3号，覆盖无线网络(Wi-Fi)改造项目(ERP)",
        "附件(a)与附件（b）一并印发，标准(ab)执行",
        "安徽亳(bó)州分公司",
        "品牌名称为沁源（Qìnyuán）",
        "拼音 (jīng) 前有空格时不动",
        "多音字表：重(zhòng)与重(chóng)、行(xíng)与行(háng)、乐(lè)与乐(yuè)",
        "生僻字：垚(yáo)、犇(bēn)、骉(biāo)",
        "会(kuài)计与审计",
        "拼音练习：妈(mā)、麻(má)、马(mǎ)、骂(mà)",
        "挫(cuò)折、麻(má)痹、堵(dǔ)点",
    ],
)
def test_real_brackets_are_never_removed(text: str) -> None:
    assert built(text).text == text
    assert "(KPI)" in built(*CONVERTED, "指标(KPI)與(一)條").text


def test_readings_with_combining_tone_marks_and_wide_brackets_are_found() -> None:
    text = "總經（ji\u0304ng）理負責（zé）業（yè）務（wù）"
    assert built(text).text == "总经理负责业务"


@pytest.mark.parametrize(
    ("raw", "seen", "rule"),
    [
        ("⼒量", "力量", "kangxi"),
        ("⻓远", "长远", "kangxi"),
        ("\uf9b4导", "領导", "compatibility"),
        ("\uf0b7要点", "•要点", "private_use"),
        ("巡\u200b察", "巡察", "invisible"),
        ("第一条\u00a0总则", "第一条 总则", "space"),
        ("最 高 人 民 检 察 院", "最高人民检察院", "spacing"),
        ("第九届检察委员会\n第一百次会议", "第九届检察委员会第一百次会议", "line_wrap"),
        ("first\n  second", "first second", "line_wrap"),
    ],
)
def test_each_rule_records_what_it_replaced(raw: str, seen: str, rule: str) -> None:
    cleaned = clean(raw)
    assert cleaned.text == seen
    assert {edit.rule for edit in cleaned.edits} == {rule}
    assert original_text(cleaned.text, cleaned.edits) == raw


@pytest.mark.parametrize(
    ("raw", "seen", "rule"),
    [
        ("二○二四年三月", "二〇二四年三月", "zero"),
        ("三○一医院与二O二四年", "三〇一医院与二〇二四年", "zero"),
        ("第 一 章　总　则", "第一章　总则", "spacing"),
        ("第 十 二 条　为了规范", "第十二条　为了规范", "spacing"),
        ("巡察&nbsp;工作", "巡察\u00a0工作", "entity"),
        ("太钢集团党委。".encode().decode("latin-1"), "太钢集团党委。", "mojibake"),
        ("太钢集团党委。".encode().decode("latin-1").encode().decode("latin-1"), "太钢集团党委。", "mojibake"),
        ("太钢集团党委书记".encode("gb18030").decode("latin-1"), "太钢集团党委书记", "mojibake"),
        ("太钢集团党委书记".encode().decode("gb18030"), "太钢集团党委书记", "mojibake"),
    ],
)
def test_damage_of_one_line_is_undone_and_recorded(raw: str, seen: str, rule: str) -> None:
    cleaned = clean(raw)
    assert cleaned.text.replace("\u00a0", " ") == seen.replace("\u00a0", " ")
    assert rule in {edit.rule for edit in cleaned.edits}
    assert original_text(cleaned.text, cleaned.edits) == raw


@pytest.mark.parametrize(
    "text", ["××××人民法院", "25°±3×4·2", "猕猴与鬃毛", "Les règles générales à l’été", "○一、提高认识", "尺寸3○5"]
)
def test_signs_and_rare_characters_are_no_damage(text: str) -> None:
    assert clean(text) == Cleaned(text)


def test_readings_without_a_tone_or_without_brackets_are_undone_where_a_converter_wrote_them() -> None:
    assert built("总经(jing)理和业(ye)务、财(cai)务部门负责(ze)整改。").text == "总经理和业务、财务部门负责整改。"
    assert built("总经jīng理和业yè务、财cái务部门负责zé整改。").text == "总经理和业务、财务部门负责整改。"
    assert built("标准(an)与附件(ban)执行").edits == ()


def test_a_converted_part_of_a_simplified_text_is_restored() -> None:
    plain = ("集团各部门要抓好制度清理工作。", "制度清理由办公室负责，各部门配合。", "清理结果报集团办公室。")
    assert built("集團各部門要抓好制度清理，結果報集團辦公室。", *plain).text.startswith("集团各部门要抓好制度清理")
    quoted = built("先帝創業未半而中道崩殂，今天下三分，益州疲弊，此誠危急存亡之秋也。", *plain)
    assert quoted.text.startswith("先帝創業未半")


def test_what_was_overwritten_stays_and_is_reported_with_its_place() -> None:
    result = built("严查腐*败问题。", "王某与×××公司的合同。", "**重点**工作：3×4米，□是 □否。")
    assert result.text == "严查腐*败问题。\n王某与×××公司的合同。\n**重点**工作：3×4米，□是 □否。"
    (notice,) = result.notices
    assert notice.code == "censored_characters"
    assert notice.message.startswith("有 3 处")
    assert "第1行“严查腐*败问题。”" in notice.message


def test_a_paragraph_cut_by_a_page_runs_on_and_keeps_what_stood_between() -> None:
    pieces = ("各单位应当按照规定建立整改台账，明确责任人和", "—3—", "完成时限，逐项销号。")
    result = built(*pieces)
    assert result.text == "各单位应当按照规定建立整改台账，明确责任人和完成时限，逐项销号。"
    assert original_text(result.text, result.edits) == "\n".join(pieces)
    assert {edit.rule for edit in result.edits} == {"page"}


@settings(deadline=None)  # the first text loads the dictionaries
@given(st.lists(st.text(alphabet="经業(jīng)○二年 　×*…第一章—3\u200bå¤ª澶\n&nbsp;", max_size=30), max_size=8))
def test_every_edit_undone_gives_back_the_text(paragraphs: list[str]) -> None:
    result = built(*paragraphs)
    raw = "".join("".join(paragraphs).split())
    undone = "".join(original_text(result.text, result.edits).split())
    assert undone.strip(EDGES).replace("\u200b", "") == raw.strip(EDGES).replace("\u200b", "")


@pytest.mark.parametrize("text", ["参会：周明远 沈立群 韩松岩", "第一章　总则", "张 三", "第一条　为了规范"])
def test_spaces_that_mean_something_stay(text: str) -> None:
    assert clean(text).text == text


def test_two_rules_on_the_same_characters_make_one_edit() -> None:
    cleaned = clean("總\u200b經(jīng)\n理", survey(CONVERTED))
    assert cleaned.text == "总经理"
    assert original_text(cleaned.text, cleaned.edits) == "總\u200b經(jīng)\n理"


def test_what_is_dropped_stands_in_the_original_where_it_stood() -> None:
    draft = Draft()
    draft.drop("首页 > 正文", "furniture")
    draft.heading("关于整改的通知", 1)
    draft.drop("打印本页", "furniture")
    draft.paragraph("各单位：")
    draft.drop("责任编辑：甲", "furniture")
    result = draft.finish()
    assert result.text == "关于整改的通知\n各单位："
    assert original_text(result.text, result.edits) == "首页 > 正文\n关于整改的通知\n打印本页\n各单位：\n责任编辑：甲"
    assert original_of(result.text, result.edits, result.blocks[0].span) == "关于整改的通知"


def test_rows_keep_a_span_for_every_value() -> None:
    draft = Draft()
    draft.row([("编号", "2024-1-001"), ("单位", ""), ("问题描述", "⼒度不够\n整改不实")])
    draft.row([("", "甲"), ("", "乙")])
    result = draft.finish()
    first, second = result.blocks
    assert first.kind is BlockKind.ROW
    assert first.span.of(result.text) == "编号：2024-1-001\n问题描述：力度不够\n整改不实"
    assert [(name, span.of(result.text)) for name, span in first.cells] == [
        ("编号", "2024-1-001"),
        ("问题描述", "力度不够\n整改不实"),
    ]
    assert result.text[first.span.end : second.span.start] == "\n\n"
    assert second.span.of(result.text) == "甲　乙"
    assert second.cells == ()


def test_lost_and_unknown_characters_are_reported() -> None:
    codes = [notice.code for notice in built("未知\ue999字符", "丢失\ufffd字符").notices]
    assert codes == ["unknown_characters", "lost_characters"]


DIRT = st.sampled_from(
    [
        *"總經理責黨於后并「“”(（)）\u200b\u200d\u00a0 \u3000\t\n⼒⻓\uf9b4\uf0b7\ue999。，一A1",
        "經(jīng)",
        "責(zé)",
        "們(men)",
        "(KPI)",
        "業(yè)",
        "務(wù)",
        "\r\n",
    ]
)
RAW = st.lists(DIRT, max_size=30).map("".join)


@settings(max_examples=300, deadline=None)
@given(st.lists(RAW, max_size=6), st.booleans())
def test_every_change_can_be_undone_and_every_span_holds(raws: list[str], damaged: bool) -> None:
    if damaged:
        raws = [*CONVERTED, *raws]
    result = built(*raws)
    placed = [raw.strip(EDGES) for raw in raws if raw.strip(EDGES)]
    restored = original_text(result.text, result.edits)
    assert restored == "\n".join(placed)
    check(result)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.tuples(RAW, RAW), max_size=4), max_size=4))
def test_cells_lie_inside_their_rows(rows: list[list[tuple[str, str]]]) -> None:
    draft = Draft()
    for row in rows:
        draft.row(row)
    check(draft.finish())


@settings(max_examples=200, deadline=None)
@given(RAW, st.data())
def test_the_originals_of_adjacent_characters_are_those_of_the_whole(raw: str, data: st.DataObject) -> None:
    cleaned = clean(raw, survey(CONVERTED))
    start = data.draw(st.integers(0, len(cleaned.text)))
    end = data.draw(st.integers(start, len(cleaned.text)))
    shown = original_of(cleaned.text, cleaned.edits, Span(start, end))
    assert shown in raw
    if not cleaned.edits:
        assert shown == raw[start:end]


def check(result: Built) -> None:
    last = 0
    for block in result.blocks:
        assert last <= block.span.start < block.span.end <= len(result.text)
        last = block.span.end
        for _, span in block.cells:
            assert block.span.contains(span)
    ends = 0
    for edit in result.edits:
        assert ends <= edit.span.start <= edit.span.end <= len(result.text)
        ends = edit.span.end


def test_cleaning_is_linear_in_the_length_of_one_line() -> None:
    text = "太鋼集團總經(jīng)理、黨委副書記李華出席會議并講話。" * 5_000
    began = time.process_time()
    cleaned = clean(text, survey([text]))
    assert cleaned.text.startswith("太钢集团总经理、党委副书记")
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    "reading",
    ["(jing1)", "（Jīng）", " (jīng) ", "ㄐㄧㄥ", "(ㄐㄧㄥ)"],
)
def test_readings_are_written_in_many_ways(reading: str) -> None:
    raws = [f"總經{reading}理負(zé)責，業(yè)務(wù)由黨委統一領導。", "巡察組織會議，發現問題。"]
    result = built(*raws)
    assert result.text.split("\n")[0] == "总经理负责，业务由党委统一领导。"
    assert original_text(result.text, result.edits) == "\n".join(raws)


def test_words_beside_characters_are_no_readings_without_tones() -> None:
    for text in ("登录设备id和数据an，使用bug清单。", "总(zong)、发(fa)两个缩写。", "指标a1(an2)照旧。"):
        assert built(text).text == text


def test_a_line_put_together_from_both_scripts_is_restored() -> None:
    converted = "會議強調，各級黨組織要提高政治站位，落實整改責任，巡察組要發現問題。"
    assert built("太鋼集團黨委召開巡察工作動員部署会，集团党委书记出席。", converted).text.startswith(
        "太钢集团党委召开巡察工作动员部署会，集团党委书记出席。"
    )


SENTENCE = "各级党组织要切实提高政治站位，进一步增强做好巡察工作的责任感和使命感，着力发现问题。"


def thrown_in(what: str, every: int) -> str:
    return "".join(c + (what if i % every == 3 and i < len(SENTENCE) - 1 else "") for i, c in enumerate(SENTENCE))


@pytest.mark.parametrize(("what", "every"), [(" ", 3), ("\t", 5), ("x", 4), ("WM20240117", 5), (" ", 1)])
def test_what_cuts_words_in_two_is_taken_out(what: str, every: int) -> None:
    raw = thrown_in(what, every)
    result = built(raw)
    assert result.text == SENTENCE
    assert original_text(result.text, result.edits) == raw


@pytest.mark.parametrize(
    "text",
    [
        "出席：张 三、高 峰、张 扬、方 向、李 明，列席：王 刚、文 化、高 洁，记录：韩 晓。",
        "第三条 本办法所称单位，是指各部门。",
        "A股、b类、x射线检查，n次抽样，第a项至第c项，型号WM20240117，均按标准执行。",
        "国务院 办公厅 中央 纪委 国家 监委 联合 通知 各 地区 各 部门，请 遵照 执行。",
    ],
)
def test_what_is_set_between_words_stays(text: str) -> None:
    assert built(text).text == text


def test_letters_struck_twice_are_one() -> None:
    doubled = "".join(c * 2 for c in "太钢集团召开2024年巡察会")
    assert built(doubled, "高高兴兴、快快乐乐。").text == "太钢集团召开2024年巡察会\n高高兴兴、快快乐乐。"
    assert built("哈哈哈哈哈哈哈哈哈哈哈哈哈哈").edits == ()


def test_a_paragraph_twice_running_is_one_with_the_other_kept() -> None:
    result = built(SENTENCE, SENTENCE, "完。")
    assert result.text == f"{SENTENCE}\n完。"
    assert original_text(result.text, result.edits) == f"{SENTENCE}\n{SENTENCE}\n完。"


def test_line_numbers_go_and_points_stay() -> None:
    lines = ["太钢集团召开巡察会", *[f"{n}是要抓好整改工作，压实各级责任。" for n in "一二三四"]]
    numbered = [f"{i} {line}" for i, line in enumerate(lines, 1)]
    result = built(*numbered)
    assert result.text == "\n".join(lines)
    assert original_text(result.text, result.edits) == "\n".join(numbered)
    points = [f"{i} 各单位应当抓好整改工作，压实各级责任。" for i in range(1, 7)]
    assert built(*points).text == "\n".join(points)
    assert built("整改清单", *points).text == "\n".join(["整改清单", *points])


@pytest.mark.parametrize(
    ("raw", "seen"),
    [
        ("巡察办︐纪委︑审计部︰各一份︒", "巡察办，纪委、审计部：各一份。"),
        ("岱钢党发︹2024︺12号", "岱钢党发︹2024︺12号"),
        ("①提高认识㈠压实责任⑴整改", "①提高认识㈠压实责任⑴整改"),
        ("&nbsp;&nbsp;第一条 本办法&amp;ldquo;适用&amp;rdquo;。", "第一条 本办法“适用”。"),
        (r"\u7b2c\u4e00\u6761 本办法", "第一条 本办法"),
        ("第一条<br/>本办法<span style='x'>适用</span>。", "第一条本办法适用。"),
        ("若a<b且c>d，则<成立>", "若a<b且c>d，则<成立>"),
        ("法\u00ad规", "法规"),
    ],
)
def test_small_dirt_of_other_kinds(raw: str, seen: str) -> None:
    cleaned = clean(raw)
    assert cleaned.text == seen
    assert original_text(cleaned.text, cleaned.edits) == raw


def test_the_last_byte_of_a_wrong_reading_is_no_edge() -> None:
    for word in ("党委", "会议纪要（院", "总体要求"):
        shown = f"巡察工作的{word}".encode().decode("latin-1")
        result = built("前言。", shown)
        assert result.text == f"前言。\n巡察工作的{word}"
        assert original_text(result.text, result.edits) == f"前言。\n{shown}"
