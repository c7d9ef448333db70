from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.document import ClauseLevel, DocumentKind
from ingest.structure.structure import structure

FIRST = "第一条　甲。\n第二条　本办法自2024年8月1日起施行。"
SECOND = "第一条　丙。\n第二条　丁。\n第三条　本规则自印发之日起施行。"
HEAD = "海港发〔2024〕9号\n关于印发《印章管理办法》《值班工作规则（试行）》的通知\n各单位：\n现将两项制度印发给你们，请遵照执行。"
LIST = "附件：1.印章管理办法\n2.值班工作规则（试行）\n3.用印审批单"
SIGNED = "海棠港务集团有限公司\n2024年6月30日"
LABELLED = f"附件1\n印章管理办法\n{FIRST}\n附件2：值班工作规则（试行）\n{SECOND}\n附件3\n用印审批单\n申请人："
FOOT = "抄送：纪委。\n海棠港务集团有限公司办公室　2024年7月1日印发"


def articles(one):
    text = one.document.text
    return [clause.span.of(text) for clause in one.clauses if clause.level is ClauseLevel.ARTICLE]


def test_each_regulation_of_a_notice_is_a_text_of_its_own(make_document):
    notice = structure(make_document("\n".join([HEAD, LIST, SIGNED, LABELLED, FOOT])))
    stamps, duty = notice.parts
    assert notice.kind is DocumentKind.OTHER
    assert [one.kind for one in notice.parts] == [DocumentKind.REGULATION] * 2
    assert [one.metadata.title for one in notice.parts] == ["印章管理办法", "值班工作规则（试行）"]
    assert articles(stamps) == FIRST.split("\n")
    assert articles(duty) == SECOND.split("\n")  # neither the form of annex 3 nor the printing line is in the last
    assert (stamps.metadata.published, stamps.metadata.effective_from) == (date(2024, 6, 30), date(2024, 8, 1))
    assert (duty.metadata.published, duty.metadata.effective_from) == (date(2024, 6, 30), date(2024, 6, 30))
    assert (duty.metadata.edition, duty.metadata.work) == ("试行", "值班工作规则")
    assert {one.metadata.number for one in notice.parts} == {"海港发〔2024〕9号"}
    assert {one.metadata.issuer for one in notice.parts} == {"海棠港务集团有限公司"}
    assert [one.code for one in notice.notices] == ["annexed"]


def test_the_notice_keeps_its_own_words_and_only_those_as_passages(make_document):
    notice = structure(make_document("\n".join([HEAD, LIST, SIGNED, LABELLED, FOOT])))
    text = notice.document.text
    held = "\n".join(passage.span.of(text) for passage in notice.passages)
    assert [one for one in (FIRST, SECOND) if one not in text] == []
    assert [one for one in ("现将两项制度印发给你们", "申请人：", "抄送：纪委。") if one not in held] == []
    assert "第一条" not in held
    body = next(clause for clause in notice.clauses if "印发给你们" in clause.span.of(text))
    assert str(body.locator) == "第3段"


@pytest.mark.parametrize(
    "lines",
    [
        [HEAD, SIGNED, "印章管理办法", FIRST, "值班工作规则（试行）", SECOND],
        [HEAD, LIST, "附件1：印章管理办法", FIRST, "附件2：值班工作规则（试行）", SECOND],
        [HEAD, SIGNED, "附件", "海棠港务集团有限公司\n印章管理办法", FIRST, "《值班工作规则（试行）》", SECOND],
    ],
    ids=["no label", "no signature", "title over two lines"],
)
def test_regulations_are_found_in_every_arrangement(make_document, lines):
    notice = structure(make_document("\n".join(lines)))
    assert [articles(one) for one in notice.parts] == [FIRST.split("\n"), SECOND.split("\n")]


def test_a_regulation_printed_without_its_title_has_the_one_the_notice_issues(make_document):
    notice = structure(make_document(f"关于印发《印章管理办法》的通知\n各单位：\n现予印发。\n{FIRST}"))
    assert [one.metadata.title for one in notice.parts] == ["印章管理办法"]


def test_what_takes_effect_by_the_notice_alone_takes_its_date_from_there(make_document):
    text = f"关于印发《印章管理办法》的通知\n各单位：\n现予印发，自2024年9月1日起施行。\n{SIGNED}\n印章管理办法\n第一条　甲。\n第二条　乙。"
    (part,) = structure(make_document(text)).parts
    assert part.metadata.effective_from == date(2024, 9, 1)


def test_a_forwarded_regulation_has_not_the_number_of_the_body_that_forwards_it(make_document):
    text = f"海港发〔2024〕9号\n关于转发《印章管理办法》的通知\n各单位：\n现予转发。\n{SIGNED}\n印章管理办法\n{FIRST}"
    (part,) = structure(make_document(text)).parts
    assert (part.metadata.number, part.metadata.issuer, part.metadata.published) == (None, None, None)


def test_an_order_promulgates_a_regulation(make_document):
    text = f"海棠港务集团有限公司令\n第7号\n《印章管理办法》已经董事会审议通过，现予公布。\n董事长：沈岳\n2024年6月30日\n印章管理办法\n{FIRST}"
    order = structure(make_document(text))
    assert (order.metadata.number, order.metadata.issuer) == ("第7号", "海棠港务集团有限公司")
    assert [articles(one) for one in order.parts] == [FIRST.split("\n")]


def test_a_file_declared_to_be_a_regulation_stays_whole(make_document):
    text = f"关于印发《印章管理办法》的通知\n各单位：\n现予印发。\n印章管理办法\n{FIRST}"
    one = structure(make_document(text, kind="regulation"))
    assert one.parts == ()
    assert len(articles(one)) == 2


@pytest.mark.parametrize("title", ["关于学习《印章管理办法》的通知", "关于修改《印章管理办法》的决定"])
def test_a_notice_that_only_speaks_of_a_regulation_carries_none(make_document, title):
    text = f"{title}\n各单位：\n《印章管理办法》第一条、第二条请认真学习。\n{SIGNED}"
    assert structure(make_document(text)).parts == ()


@given(
    st.lists(
        st.sampled_from(["印章管理办法", "值班工作规则", "车辆管理规定", "档案管理办法"]),
        min_size=1,
        max_size=4,
        unique=True,
    ),
    st.integers(2, 5),
    st.booleans(),
)
def test_the_spans_of_a_part_are_those_of_its_own_text(make_document, titles, count, labelled):
    named = "".join(f"《{title}》" for title in titles)
    lines = [f"关于印发{named}的通知", "各单位：", "现予印发。", SIGNED]
    for number, title in enumerate(titles, 1):
        lines += [f"附件{number}"] if labelled else []
        lines += [title, *(f"第{'一二三四五'[n]}条　{title}第{n}点。" for n in range(count))]
    notice = structure(make_document("\n".join(lines)))
    assert [one.metadata.title for one in notice.parts] == titles
    for one in notice.parts:
        text = one.document.text
        assert text in notice.document.text
        assert len(articles(one)) == count
        for span in (
            [c.span for c in one.clauses] + [p.span for p in one.passages] + [b.span for b in one.document.blocks]
        ):
            assert 0 <= span.start < span.end <= len(text)
        assert one.passages[0].id.startswith(one.version_id)
    assert len({one.version_id for one in (notice, *notice.parts)}) == len(titles) + 1
