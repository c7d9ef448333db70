from datetime import date

import pytest

from ingest.structure.structure import structure

ARTICLES = "第一条　甲。\n第二条　本办法自2024年7月1日起施行。"


def metadata(make_document, text, **given):
    return structure(make_document(text, **given)).metadata


def test_an_edition_line_gives_label_date_and_number(make_document):
    found = metadata(
        make_document,
        f"岱川钢铁集团有限公司党委巡察工作办法\n（2018年4月20日印发　2021年3月15日修订　2024年6月18日岱钢党发〔2024〕12号修订）\n{ARTICLES}",
    )
    assert found.title == found.work == "岱川钢铁集团有限公司党委巡察工作办法"
    assert found.aliases == ("党委巡察工作办法", "巡察工作办法")
    assert (found.edition, found.published, found.effective_from) == ("2024年修订", date(2024, 6, 18), date(2024, 7, 1))
    assert (found.number, found.issuer) == ("岱钢党发〔2024〕12号", "岱川钢铁集团有限公司党委")
    assert {"title", "work", "edition", "published", "effective_from", "number", "kind"} <= found.inferred


def test_what_the_front_matter_says_is_kept_and_not_marked(make_document):
    found = metadata(
        make_document,
        f"办法\n（2018年4月20日印发）\n{ARTICLES}",
        title="巡察办法",
        edition="第三版",
        effective_from=date(2025, 1, 1),
    )
    assert (found.title, found.edition, found.effective_from) == ("巡察办法", "第三版", date(2025, 1, 1))
    assert not {"title", "edition", "effective_from"} & found.inferred


def test_a_text_issued_once_is_labelled_by_its_issue(make_document):
    assert metadata(make_document, f"采购办法\n（2019年5月20日印发）\n{ARTICLES}").edition == "2019年印发"


def test_an_effective_date_in_the_edition_line_counts(make_document):
    found = metadata(
        make_document,
        "采购办法\n（2019年5月20日岱钢发〔2019〕22号印发　自2019年6月1日起施行）\n第一条　甲。\n第二条　乙。",
    )
    assert (found.published, found.effective_from) == (date(2019, 5, 20), date(2019, 6, 1))


@pytest.mark.parametrize("words", ["自发布之日起施行", "自公布之日起实施", "自印发之日起执行"])
def test_effective_on_issue_is_the_day_of_issue(make_document, words):
    found = metadata(make_document, f"接待规定\n（2018年8月6日发布）\n第一条　甲。\n第二条　本规定{words}。")
    assert found.effective_from == date(2018, 8, 6)


def test_the_effective_date_of_the_first_edition_says_nothing_of_an_amended_one(make_document):
    found = metadata(
        make_document,
        "保密法\n（1988年9月5日通过　根据2010年4月29日决定修正）\n第一条　甲。\n第二条　本法自1989年5月1日起施行。",
    )
    assert found.published == date(2010, 4, 29)
    assert found.effective_from is None


def test_an_article_that_speaks_of_another_date_is_not_the_effective_date(make_document):
    found = metadata(
        make_document,
        "采购办法\n（2024年6月18日印发）\n第一条　第九条规定的标准自2026年1月1日起施行。\n第二条　本办法自2024年7月1日起施行。",
    )
    assert found.effective_from == date(2024, 7, 1)


def test_a_short_title_given_as_the_work_is_an_alias_of_the_full_one(make_document):
    with_front_matter = metadata(
        make_document, f"岱川集团党委巡察工作办法\n{ARTICLES}", work="巡察工作办法", aliases=("巡察办法",)
    )
    without = metadata(make_document, f"岱川集团党委巡察工作办法\n{ARTICLES}")
    assert with_front_matter.work == without.work == "岱川集团党委巡察工作办法"
    assert set(with_front_matter.aliases) == {"巡察工作办法", "巡察办法", "党委巡察工作办法"}


def test_a_title_over_two_lines_is_one_title(make_document):
    assert (
        metadata(make_document, f"岱川钢铁集团有限公司\n招标采购管理办法\n（2019年5月20日印发）\n{ARTICLES}").title
        == "岱川钢铁集团有限公司招标采购管理办法"
    )


def test_the_signature_gives_issuer_and_date(make_document):
    found = metadata(
        make_document, "关于开展巡察的通知\n岱钢发〔2023〕3号\n各单位：\n请执行。\n岱川钢铁集团有限公司\n2023年1月16日"
    )
    assert (found.issuer, found.published, found.number) == (
        "岱川钢铁集团有限公司",
        date(2023, 1, 16),
        "岱钢发〔2023〕3号",
    )


def test_a_repeal_notice_lists_what_it_repeals_and_not_what_it_cites(make_document):
    done = structure(
        make_document(
            """
            关于废止部分制度的通知
            根据《制度管理办法》，现决定：
            一、下列制度自2023年2月1日起废止：
            （一）《公务接待管理规定》（岱钢发〔2018〕28号）；
            （二）《会议费管理规定》。
            二、公务接待制度废止后，按照《履职待遇管理办法》第十五条执行。
            """
        )
    )
    assert done.repeals == (("公务接待管理规定", date(2023, 1, 31)), ("会议费管理规定", date(2023, 1, 31)))


def test_supplementary_provisions_repeal_another_work_but_not_their_own_earlier_edition(make_document):
    done = structure(
        make_document(
            "采购办法\n（2023年6月12日修订）\n第一条　甲。\n第二条　本办法自2023年7月1日起施行。2019年5月20日印发的《采购办法》和2017年印发的《询价规定》同时废止。"
        )
    )
    assert done.repeals == (("询价规定", date(2023, 6, 30)),)


def test_a_sentence_about_repealing_repeals_nothing(make_document):
    done = structure(
        make_document(
            "办法\n第一条　制度的修改、废止程序按照《制度管理办法》执行。\n第二条　《旧规定》不得废止。\n第三条　完。"
        )
    )
    assert done.repeals == ()


def test_short_names_for_titles_are_defined_and_others_are_not(make_document):
    done = structure(
        make_document(
            "工作规则\n第一条　根据《岱川集团党委巡察工作办法》（2021年修订，以下简称《办法》）和《中华人民共和国监察法》（以下简称监察法），党委巡察工作领导小组（以下简称“领导小组”）制定本规则。\n第二条　完。"
        )
    )
    assert done.defines == {"办法": "岱川集团党委巡察工作办法", "监察法": "中华人民共和国监察法"}
