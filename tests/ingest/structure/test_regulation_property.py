"""Random regulations, written out from a tree: the structure must find exactly that tree."""

from dataclasses import dataclass, field, replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.document import ClauseLevel, DocumentKind, Locator, chinese_number
from ingest.structure.structure import structure

CLEAN = [
    "巡察工作坚持党的领导。",
    "对发现的问题，应当在三十日内报告；情况紧急的，立即报告。",
    "本条所称单位，是指集团所属单位，但参股企业除外。",
    "依照本办法第五条第（一）项、第（二）项和《条例》第一条　的规定办理。",
    "金额在1.5万元以上、2.5万元以下的，从其规定。",
    "有（一）般问题的，约谈提醒。",
]
NASTY = [
    *CLEAN,
    "第{n}条规定的情形，由党委决定。",
    "第{n}条、第{m}条规定的期限，自次日起计算。",
    "第{n}条第二款所列人员，参照执行。",
    "第{n}条和第{m}条另有规定的除外。",
    "第{n}条之一的规定，同样适用。",
    "第二款规定的事项，每年研究一次。",
    "（见第{n}条）不适用前款。",
]


@dataclass
class Style:
    article: str  # how numbers are printed
    gap: str  # between the number and the text
    run_in: bool  # items in one line
    contents: bool


@dataclass
class Node:
    text: str
    children: list["Node"] = field(default_factory=list)


@st.composite
def sentence(draw, pool):
    return draw(st.sampled_from(pool)).format(
        n=chinese_number(draw(st.integers(1, 30))), m=chinese_number(draw(st.integers(1, 30)))
    )


@st.composite
def paragraph(draw, first: bool):
    if draw(st.integers(0, 3)):
        return Node(draw(sentence(CLEAN if first else NASTY)))
    items = []
    for _ in range(draw(st.integers(2, 5))):
        item = Node(f"{draw(sentence(CLEAN)).rstrip('。')}；")
        if draw(st.integers(0, 4)) == 0:
            item = Node(
                "下列事项：", [Node(f"{draw(sentence(CLEAN)).rstrip('。')}；") for _ in range(draw(st.integers(2, 3)))]
            )
        items.append(item)
    return Node("有下列情形之一的，应当报告：", items)


@st.composite
def regulation(draw):
    style = Style(
        draw(st.sampled_from(["chinese", "arabic", "wide"])),
        draw(st.sampled_from(["　", "　　", " "])),
        draw(st.booleans()),
        draw(st.booleans()),
    )
    chapters = []
    for _ in range(draw(st.integers(1, 4))):
        found = []
        for _ in range(draw(st.integers(1, 4))):
            suffixes = draw(st.sampled_from([0, 0, 0, 1, 2]))
            article = [draw(paragraph(True)), *[draw(paragraph(False)) for _ in range(draw(st.integers(0, 2)))]]
            found.append((article, [[draw(paragraph(True))] for _ in range(suffixes)]))
        chapters.append(found)
    return style, chapters


def number(style: Style, value: int) -> str:
    if style.article == "chinese":
        return chinese_number(value)
    return (
        str(value)
        if style.article == "arabic"
        else str(value).translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    )


def written(style: Style, chapters) -> tuple[str, list[tuple[ClauseLevel, Locator, str]]]:
    """The regulation's lines, and the clauses it consists of."""
    lines: list[str] = []
    expected: list[tuple[ClauseLevel, Locator, str]] = []
    names = [f"第{chinese_number(n)}章{style.gap}工作职责{n}" for n in range(1, len(chapters) + 1)]
    if style.contents:
        lines += ["目　录", *names]
    article = 0
    for name, found in zip(names, chapters, strict=True):
        lines.append(name)
        chapter = " ".join(name.split())
        for main, suffixed in found:
            article += 1
            for suffix, body in enumerate([main, *suffixed]):
                locator = Locator(chapter=chapter, article=article, article_suffix=suffix or None)
                head = f"第{number(style, article)}条" + (f"之{chinese_number(suffix)}" if suffix else "") + style.gap
                texts, clauses = zip(
                    *[
                        clauses_of(style, p, replace(locator, paragraph=n if len(body) > 1 else None))
                        for n, p in enumerate(body, 1)
                    ],
                    strict=True,
                )
                whole = head + "\n".join(texts)
                lines += whole.split("\n")
                expected.append((ClauseLevel.ARTICLE, locator, whole))
                for own, text in zip(clauses, texts, strict=True):
                    if len(body) > 1:
                        expected.append((ClauseLevel.PARAGRAPH, own[0][1], text))
                    expected += own[1:]
    return "\n".join(lines), expected


def clauses_of(style: Style, node: Node, locator: Locator):
    glue = "" if style.run_in else "\n"
    out = [(ClauseLevel.PARAGRAPH, locator, node.text)]
    text = node.text
    for n, item in enumerate(node.children, 1):
        at = replace(locator, item=n)
        subs = [f"{k}.{child.text}" for k, child in enumerate(item.children, 1)]
        whole = glue.join([f"（{chinese_number(n)}）{item.text}", *subs])
        out.append((ClauseLevel.ITEM, at, whole))
        out += [(ClauseLevel.SUBITEM, replace(at, subitem=k), sub) for k, sub in enumerate(subs, 1)]
        text += glue + whole
    return text, out


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(regulation())
def test_a_regulation_written_from_a_tree_gives_exactly_that_tree(make_document, drawn):
    text, expected = written(*drawn)
    done = structure(make_document(text, kind=DocumentKind.REGULATION, title="某办法"))
    canonical = done.document.text
    assert [(c.level, c.locator, c.span.of(canonical)) for c in done.clauses] == expected
    assert not done.notices


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(regulation())
def test_passages_cover_the_articles_and_clauses_cover_the_passages(make_document, drawn):
    text, _ = written(*drawn)
    done = structure(make_document(text, kind=DocumentKind.REGULATION, title="某办法"))
    canonical = done.document.text
    in_clauses = {i for c in done.clauses for i in range(c.span.start, c.span.end)}
    in_passages = {i for p in done.passages for i in range(p.span.start, p.span.end)}
    text_of_articles = {
        i for c in done.clauses if c.level is ClauseLevel.ARTICLE for i in range(c.span.start, c.span.end)
    }
    blank = {i for i, c in enumerate(canonical) if c.isspace()}
    assert in_passages - blank <= in_clauses
    assert text_of_articles - blank <= in_passages
    assert [p.id for p in done.passages] == [f"{done.version_id}:{n}" for n in range(len(done.passages))]
    assert [p.span for p in done.passages] == sorted(p.span for p in done.passages)
