from datetime import date

from ingest.document import ClauseLevel
from ingest.structure.structure import structure


def spoken(done):
    """Words of the address → speaker."""
    return {str(c.locator): c.speaker for c in done.clauses}


def test_points_in_one_paragraph_belong_to_who_speaks_them(make_document):
    done = structure(
        make_document(
            """
            集团召开巡察动员会
            3月8日，集团召开2024年第一轮巡察动员会。党委书记周明远出席会议。
            就做好工作，周明远强调，要统一思想。一是要提高站位。习近平总书记多次强调，整改要到底。二是要压实责任，第三人也一样。三是要严守纪律。
            """
        )
    )
    text = done.document.text
    points = [c for c in done.clauses if c.level is ClauseLevel.ITEM]
    assert done.kind == "meeting"
    assert [str(c.locator) for c in points] == ["第2段“一是”", "第2段“二是”", "第2段“三是”"]
    assert {c.speaker for c in points} == {"周明远"}
    assert points[0].span.of(text) == "一是要提高站位。习近平总书记多次强调，整改要到底。"
    assert points[1].lead_in.of(text) == "就做好工作，周明远强调，要统一思想。"
    assert spoken(done)["第1段"] is None
    assert (done.metadata.date, done.metadata.speakers) == (date(2024, 3, 8), ("周明远",))


def test_a_speaker_holds_while_the_numbering_goes_on(make_document):
    done = structure(
        make_document(
            """
            巡察整改推进会纪要
            韩松岩强调，整改要做到三点：
            （一）主动认领。
            （二）立行立改。
            会议由郑启航主持。
            （三）这是纪要的第三项。
            """
        )
    )
    assert [spoken(done)[f"第{n}段"] for n in (1, 2, 3, 4)] == ["韩松岩", "韩松岩", "韩松岩", None]
    assert spoken(done)["第2段“（一）”"] == "韩松岩"


def test_another_speaker_in_the_same_paragraph_takes_over(make_document):
    done = structure(
        make_document("座谈会纪要\n会议指出，成绩来之不易。韩松岩指出，问题不少。杜若琳表示，将抓好落实。")
    )
    text = done.document.text
    inner = [(c.speaker, c.span.of(text)) for c in done.clauses[1:]]
    assert inner == [
        ("会议", "会议指出，成绩来之不易。"),
        ("韩松岩", "韩松岩指出，问题不少。"),
        ("杜若琳", "杜若琳表示，将抓好落实。"),
    ]
    assert done.clauses[0].speaker is None
    assert done.metadata.speakers == ("韩松岩", "杜若琳")


def test_numbered_minutes_give_each_item_its_own_speaker(make_document):
    done = structure(
        make_document(
            "领导小组会议纪要\n时间：2024年5月31日\n地点：三楼会议室\n出席：韩松岩、杜若琳\n1. 韩松岩指出，审批要集体决定。\n2. 会议同意本轮报告。\n3. 杜若琳建议，同步建库。"
        )
    )
    assert spoken(done)["第4段“1.”"] == "韩松岩"
    assert spoken(done)["第5段“2.”"] is None
    assert spoken(done)["第6段“3.”"] == "杜若琳"
    assert (done.metadata.date, done.metadata.extra["place"]) == (date(2024, 5, 31), "三楼会议室")
    assert spoken(done)["第3段"] is None


def test_a_speech_is_its_speakers_throughout(make_document):
    done = structure(
        make_document(
            "罗德昌同志在整改工作会议上的讲话\n（2019年10月22日）\n同志们：\n会前，高继峰强调，要严格状态管理。\n一要认账，二要整改。\n谢谢大家！"
        )
    )
    assert done.kind == "speech"
    assert set(spoken(done).values()) == {"罗德昌"}
    assert done.metadata.date == date(2019, 10, 22)
    assert "第4段“二要”" in spoken(done)


def test_the_byline_names_the_speaker(make_document):
    done = structure(
        make_document("# 在动员部署会上的讲话\n党委书记、董事长 周明远\n（2024年3月11日）\n同志们，今天开会。")
    )
    assert done.metadata.speakers == ("周明远",)


def test_headings_hand_the_floor_over(make_document):
    done = structure(
        make_document(
            "# 动员部署会讲话\n## 一、周明远同志的讲话\n我讲三点。\n## 二、韩松岩（纪委书记）\n我提要求。\n## 三、表态发言\n贺长青（第一巡察组组长）：坚决完成任务。"
        )
    )
    assert [spoken(done)[f"第{n}段"] for n in (1, 2, 3)] == ["周明远", "韩松岩", "贺长青"]


def test_a_short_numbered_line_is_a_heading_and_no_paragraph(make_document):
    done = structure(
        make_document(
            "整改推进会纪要\n会议通报进展。\n一、整改进展\n郑启航通报：已完成41个。\n二、工作要求\n韩松岩要求，抓紧整改。"
        )
    )
    assert spoken(done) == {"第1段": None, "第2段": "郑启航", "第3段": "韩松岩"}
    assert done.clauses[1].locator.section == "一、整改进展"


def test_words_that_look_like_names_are_not_speakers(make_document):
    done = structure(
        make_document(
            "工作会纪要\n有关文件要求，严格执行。安全表示重要。时间：下午。党委明确要求，按期完成。方案指出，分三步走。董事长：请假。"
        )
    )
    assert done.metadata.speakers == ()


def test_an_office_may_speak(make_document):
    done = structure(
        make_document(
            "反馈会纪要\n房地产公司党委书记：照单全收。\n物资采购中心党委书记表示，坚决整改。\n炼铁厂汇报，整改已经完成。"
        )
    )
    assert list(spoken(done).values()) == ["房地产公司党委书记", "物资采购中心党委书记", "炼铁厂"]
    assert done.metadata.speakers == ()


def test_passages_carry_title_date_and_speaker(make_document):
    points = "".join(f"{n}是要{'把整改责任落到实处' * 14}。" for n in "一二三四")
    done = structure(
        make_document(f"巡察推进会纪要\n（2024年9月20日）\n韩松岩强调，{'要做好整改，' * 10}要做好。{points}")
    )
    text = done.document.text
    assert [str(p.locator) for p in done.passages] == [
        "第1段",
        "第2段",
        "第2段“一是”",
        "第2段“二是”",
        "第2段“三是”",
        "第2段“四是”",
    ]
    assert done.passages[2].context.startswith("巡察推进会纪要 2024年9月20日 韩松岩 韩松岩强调，要做好整改，")
    assert done.passages[2].span.of(text).startswith("一是要")


def test_words_of_a_report_are_those_of_who_said_them_and_an_addressee_says_nothing(make_document):
    done = structure(
        make_document(
            """
            关于码头整改进展情况的报告
            集团党委：
            组长郦明川主持整改领导小组会议。
            郦明川不同意延期。他说，年底前必须改完。
            他还要求，每周报一次数。
            """
        )
    )
    assert done.kind == "other"
    assert [spoken(done)[f"第{n}段"] for n in (1, 2, 3, 4)] == [None, None, "郦明川", "郦明川"]


def test_points_under_a_heading_are_led_in_by_it(make_document):
    done = structure(make_document("关于开展自查的通知\n## 二、自查重点\n1. 账目是否公开；\n2. 仓库是否盘点。"))
    points = [c for c in done.clauses if c.level is ClauseLevel.ITEM]
    assert [point.lead_in.of(done.document.text) for point in points] == ["二、自查重点", "二、自查重点"]


def test_kinds_of_fault_and_bare_numbers_are_points(make_document):
    done = structure(make_document("质量会讲话\n第一种是赶。自检变成签字。第二种是混。料堆在一起。"))
    assert [c.locator.point for c in done.clauses if c.level is ClauseLevel.ITEM] == ["第一种是", "第二种是"]
    done = structure(make_document("专题会纪要\n归纳了两条。一，月底返修。二，设备封存。"))
    assert [c.locator.point for c in done.clauses if c.level is ClauseLevel.ITEM] == ["一", "二"]


def test_feedback_of_an_inspection_is_no_regulation(make_document):
    assert structure(make_document("第一巡察组关于巡察南礁公司党委的反馈意见\n账目不清。")).kind == "other"
