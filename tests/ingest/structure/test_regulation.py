from ingest.document import ClauseLevel, Structured
from ingest.structure.structure import structure


def found(done: Structured, *levels: ClauseLevel) -> dict[str, str]:
    """Words of the address → text, for the clauses of the given levels (all when none is given)."""
    return {str(c.locator): c.span.of(done.document.text) for c in done.clauses if not levels or c.level in levels}


def articles(done: Structured) -> list[str]:
    return list(found(done, ClauseLevel.ARTICLE))


def test_an_article_has_its_paragraphs_items_and_subitems(make_document):
    done = structure(
        make_document(
            """
            巡察工作办法
            第一章　总　则
            第一条　为了规范巡察工作，制定本办法。
            第二条　提级巡察是指由集团党委直接开展的巡察。
            有下列情形之一的，可以提级巡察：
            （一）问题反映集中的：
            1.信访举报较多；
            2.审计发现问题较多。
            （二）整改不力的。
            提级巡察由党委决定。
            第三条　巡察遵循下列原则：
            （一）依规依纪；
            （二）实事求是。
            """
        )
    )
    assert found(done)["第一条"] == "第一条　为了规范巡察工作，制定本办法。"
    assert "第一条第一款" not in found(done)
    assert found(done)["第二条第一款"] == "提级巡察是指由集团党委直接开展的巡察。"
    assert found(done)["第二条第二款第（一）项第2目"] == "2.审计发现问题较多。"
    assert found(done)["第二条第二款第（一）项"].startswith("（一）问题反映集中的：\n1.")
    assert found(done)["第二条第二款"].endswith("（二）整改不力的。")
    assert found(done)["第二条第三款"] == "提级巡察由党委决定。"
    assert found(done)["第三条第（二）项"] == "（二）实事求是。"
    clause = next(c for c in done.clauses if str(c.locator) == "第二条第二款第（二）项")
    assert clause.lead_in.of(done.document.text) == "有下列情形之一的，可以提级巡察："
    assert clause.locator.chapter == "第一章 总则"


def test_references_at_the_start_of_a_paragraph_are_not_articles(make_document):
    done = structure(
        make_document(
            """
            第一条　为了规范工作，制定本办法。
            第二条规定的情形，由党委决定。
            第三条、第四条规定的期限，自次日起计算。
            第二条　本办法适用于所属单位。
            第一条和本条另有规定的除外。
            第三条　期限为三十日。
            第四条　第二人民医院、第三项目部参照执行。
            """
        )
    )
    assert articles(done) == ["第一条", "第二条", "第三条", "第四条"]
    assert found(done)["第一条第三款"].startswith("第三条、第四条规定")
    assert done.notices == ()


def test_numbers_are_read_in_either_script_and_any_width(make_document):
    done = structure(
        make_document(
            "第1条 甲。\n第２条　乙。\n第 三 条　丙。\n第四条\n丁。\n第四条之一　戊。\n第四条之二　己。\n第五条：庚。"
        )
    )
    assert articles(done) == ["第一条", "第二条", "第三条", "第四条", "第四条之一", "第四条之二", "第五条"]
    assert found(done)["第四条"] == "第四条\n丁。"


def test_numbers_over_a_hundred_may_be_written_with_zero_or_without(make_document):
    done = structure(make_document("第一百零六条　甲。\n第一百〇七条　乙。\n第一○八条　丙。\n第109条　丁。"))
    assert articles(done) == ["第一百零六条", "第一百零七条", "第一百零八条", "第一百零九条"]
    assert [n.code for n in done.notices] == ["article_gap"]


def test_headings_run_into_the_text_are_found(make_document):
    done = structure(
        make_document(
            "第一章 总则第一条 为了规范工作，制定本办法。第二条 本办法适用于各单位。\n第二章 职责第三条 党委负责。",
            kind="regulation",
        )
    )
    assert articles(done) == ["第一条", "第二条", "第三条"]
    assert found(done)["第一条"] == "第一条 为了规范工作，制定本办法。"
    assert [c.locator.chapter for c in done.clauses] == ["第一章 总则", "第一章 总则", "第二章 职责"]


def test_articles_without_a_space_are_found_by_sequence(make_document):
    done = structure(
        make_document("第一条为了规范工作。\n第二条规定的除外。\n第二条内部审计机构负责。\n第三条等级分为三类。")
    )
    assert articles(done) == ["第一条", "第二条", "第三条"]
    assert found(done)["第二条"] == "第二条内部审计机构负责。"


def test_items_run_into_one_paragraph_are_split(make_document):
    done = structure(
        make_document(
            "第一条　适用于下列情形：（一）甲；（二）乙，第五条第（三）项规定的除外；（三）丙：1.丁；2.戊1.5万元。\n第二条　完。"
        )
    )
    assert found(done, ClauseLevel.ITEM) == {
        "第一条第（一）项": "（一）甲；",
        "第一条第（二）项": "（二）乙，第五条第（三）项规定的除外；",
        "第一条第（三）项": "（三）丙：1.丁；2.戊1.5万元。",
    }
    assert list(found(done, ClauseLevel.SUBITEM).values()) == ["1.丁；", "2.戊1.5万元。"]


def test_enclosed_enumerators_and_arabic_lists_are_items(make_document):
    done = structure(
        make_document("第一条　包括：\n㈠甲；\n㈡乙。\n第二条　包括：\n1.丙；\n（1）子；\n（2）丑；\n2.丁。")
    )
    assert found(done)["第一条第（二）项"] == "㈡乙。"
    assert found(done)["第二条第（一）项"] == "1.丙；\n（1）子；\n（2）丑；"
    assert found(done)["第二条第（一）项第2目"] == "（2）丑；"


def test_a_line_between_two_items_goes_on_with_the_first(make_document):
    done = structure(make_document("第一条　包括：\n（一）甲；\n甲的说明。\n（二）乙。\n第二条　完。"))
    assert found(done)["第一条第（一）项"] == "（一）甲；\n甲的说明。"
    assert "第一条第二款" not in found(done)


def test_the_table_of_contents_is_not_the_text(make_document):
    done = structure(
        make_document(
            """
            # 采购办法
            目　录
            第一章 总则........1
            第一节 目的........1
            第二章 附则........9
            第一章 总则
            第一节 目的
            第一条　甲。
            第二章 附则
            第二条　乙。
            """
        )
    )
    text = done.document.text
    assert [p.span.of(text) for p in done.passages] == ["第一条　甲。", "第二条　乙。"]
    assert done.clauses[0].locator.section == "第一节 目的"
    assert done.clauses[1].locator.section is None


def test_a_title_on_the_line_after_its_chapter_belongs_to_it(make_document):
    done = structure(make_document("第一章\n总　则\n第一条　甲。\n第二条　乙。\n附　则\n第三条　丙。"))
    assert [c.locator.chapter for c in done.clauses] == ["第一章 总则", "第一章 总则", "附则"]


def test_books_and_chapters_are_both_named(make_document):
    done = structure(
        make_document("第一编 总则\n第一章 任务\n第一条　甲。\n第二章 管辖\n第二条　乙。\n第二编 分则\n第三条　丙。")
    )
    assert [c.locator.chapter for c in done.clauses] == [
        "第一编 总则 第一章 任务",
        "第一编 总则 第二章 管辖",
        "第二编 分则",
    ]


def test_an_annex_has_addresses_of_its_own(make_document):
    done = structure(
        make_document(
            """
            招标办法
            第一条　甲。
            第二条　标准见附件1。
            附件：1.限额表
            集团公司
            2024年6月18日
            附件1
            限额表
            工程二百万元以上应当招标。
            附件2　评标细则
            第一条　子。
            第二条　丑。
            """
        )
    )
    assert articles(done) == ["第一条", "第二条", "附件2《评标细则》第一条", "附件2《评标细则》第二条"]
    assert found(done)["附件1《限额表》第1段"] == "工程二百万元以上应当招标。"
    assert found(done)["第二条"] == "第二条　标准见附件1。"
    assert done.notices == ()


def test_a_second_numbering_without_an_annex_heading_takes_its_title(make_document):
    done = structure(
        make_document(
            "第一条　甲。\n第二条　乙。\n评标专家管理细则\n第一条　子。\n第二条　丑。", title="办法", kind="regulation"
        )
    )
    assert articles(done)[2:] == ["《评标专家管理细则》第一条", "《评标专家管理细则》第二条"]


def test_gaps_and_headings_out_of_order_are_reported_not_guessed(make_document):
    done = structure(make_document("第一条　甲。\n第二条　乙。\n第九条　丙。\n第三条　丁。\n第五条　戊。"))
    assert articles(done) == ["第一条", "第二条", "第三条", "第五条"]
    assert [n.code for n in done.notices] == ["article_gap", "article_gap"]
    assert "第三条之后是第五条" in done.notices[0].message
    assert "第九条" in done.notices[1].message
    assert "第九条　丙。" in found(done)["第二条第二款"]


def test_text_before_the_first_article_becomes_paragraphs(make_document):
    done = structure(
        make_document("# 巡察办法\n（2024年6月18日印发）\n为了落实要求，制定本办法。\n第一条　甲。\n第二条　乙。")
    )
    assert found(done)["第1段"] == "（2024年6月18日印发）"
    assert found(done)["第2段"] == "为了落实要求，制定本办法。"
    assert "巡察办法" not in [p.span.of(done.document.text) for p in done.passages]


def test_the_signature_is_no_paragraph_of_the_last_article(make_document):
    done = structure(make_document("第一条　甲。\n第二条　乙。\n岱川钢铁集团有限公司\n2024年6月18日"))
    assert found(done)["第二条"] == "第二条　乙。"
    assert found(done)["第4段"] == "2024年6月18日"


def test_a_passage_is_an_article_and_a_long_one_is_split_with_its_lead_in(make_document):
    items = "\n".join(f"（{n}）{'应当报告的重大事项' * 12}；" for n in "一二三四五六")
    done = structure(
        make_document(
            f"巡察工作办法（2024年修订）\n第二章 方式\n第一条　短。\n第二条　下列事项应当报告：\n{items}\n未报告的，依规处理。\n第三条　完。"
        )
    )
    text = done.document.text
    assert str(done.passages[0].locator) == "第一条"
    assert done.passages[0].context == "《巡察工作办法》（2024年修订） 第二章 方式"
    parts = [p for p in done.passages if p.locator.article == 2]
    assert len(parts) > 1
    assert all(p.span.end - p.span.start <= 550 for p in parts)
    assert all(p.context.endswith("下列事项应当报告：") for p in parts[1:-1])
    assert parts[0].span.of(text).startswith("第二条　下列事项")
    assert str(parts[-1].locator) == "第二条第二款"


def test_a_notice_without_articles_is_no_regulation_but_paragraphs(make_document):
    done = structure(
        make_document("关于开展巡察的通知\n各单位：\n一、统一思想。\n二、按时报送。\n岱钢集团\n2024年3月1日")
    )
    assert done.kind == "other"
    assert found(done)["第2段"] == "一、统一思想。"
    assert len(done.passages) == 1
