"""False statements made of true ones, one change each: what the checker must catch.

Every change is made so that the result is really false: what is put in its place stands nowhere in the cited text or
in what is known of it. Nothing here uses the checker's own reading of numbers, dates or names. The kinds kept out of
development are in ``evals/corruptions_kept_out.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from app.answer.support import Source
from evals.statements import Basis, Grounded, pairs_of


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence as a model might have written it, with the sources it cites and those shown beside them."""

    id: str
    split: str
    kind: str
    text: str
    cited: tuple[Source, ...]
    others: tuple[Source, ...]
    true: bool = False


Change = tuple[str, str]  # what stands in the statement, what is put in its place


def original(one: Grounded) -> Case:
    """The true statement itself."""
    statement = one.statement
    return Case(statement.id, statement.split, "true", statement.text, one.cited, one.others, true=True)


def changed(
    text: str,
    changes: Iterable[Change],
    falsifies: Callable[[re.Match[str], str], bool] = lambda match, new: True,
    *,
    after: str = "",
) -> list[str]:
    """The text once for each change, made where it first applies; ``after`` begins every pattern.

    ``falsifies`` is given the match and what is put in its place.
    """
    found = ((re.search(f"{after}{old}", text), new) for old, new in changes)
    return [
        text[: match.start()] + new + text[match.end() :] for match, new in found if match and falsifies(match, new)
    ]


def replaced(one: Grounded, kind: str, texts: Sequence[str]) -> Iterator[Case]:
    """Cases that differ from the true one in their words."""
    for n, text in enumerate(texts, 1):
        yield replace(original(one), id=f"{one.statement.id}:{kind}:{n}", kind=kind, text=text, true=False)


def held_by(one: Grounded) -> str:
    """All that the cited sources say, and what is known of them."""
    return "\n".join(f"{source.about}\n{source.text}" for source in one.cited)


# ---------------------------------------------------------------- numbers

_DIGITS = "零一二三四五六七八九十"
_NUMBER = re.compile(
    r"(?<![第\d.〔（(年月\-一二三四五六七八九十百千第])(?P<number>\d+(?:\.\d+)?|[二两三四五六七八九十]+|一(?=年内|个月|次))"
    r"(?P<after>(?=(?:万|亿)?(?:个|日|天|年(?!\d|修|印|的|版|第)|人|元|件|%|次|小时|家|份|项|名|轮(?!巡)|平方米|种|分(?!之|管|厂|公)|笔|张|两国|月以)))"
)
_FRACTION = re.compile(r"(?P<below>[二三四五])分之(?P<above>[一二三四])")


def chinese(number: int) -> str:
    """A number below a hundred in Chinese digits."""
    tens, ones = divmod(number, 10)
    head = "" if not tens else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return head + (_DIGITS[ones] if ones or not tens else "")


def amount(written: str) -> float:
    """The value of a number in either script, below a hundred where it is Chinese."""
    if written[0].isdigit():
        return float(written)
    head, ten, tail = written.replace("两", "二").partition("十")
    if not ten:
        return float(_DIGITS.index(head))
    return 10.0 * (_DIGITS.index(head) if head else 1) + (_DIGITS.index(tail) if tail else 0)


def _numbers_in(text: str) -> set[float]:
    found = {float(number) for number in re.findall(r"\d+(?:\.\d+)?", text)}
    for run in re.findall(r"[一二两三四五六七八九十百千]+", text):
        parts = re.findall(
            r"[一二两三四五六七八九]?千|[一二两三四五六七八九]?百|[二三四五六七八九]?十|[一二两三四五六七八九]", run
        )
        total = 0.0
        for part in parts:
            scale = {"千": 1000, "百": 100, "十": 10}.get(part[-1], 0)
            digit = amount(part[0]) if part[0] not in "千百十" else 1.0
            total += digit * scale if scale else digit
        found |= {total, *(amount(part) for part in parts if len(part) == 1 and part not in "千百")}
    return found


def _other_amount(value: float, taken: set[float]) -> float | None:
    """A near amount that nothing says; thousands and 万 are compared without their scale."""
    for other in (value + 1, value - 1, value * 2, value + 2, value + 5, value * 3):
        scaled = {other, other * 10, other * 100, other * 1000, other / 10, other / 100, other / 1000}
        if other > 0 and not scaled & taken:
            return other
    return None


def _written_like(value: float, number: str) -> str:
    if number[0].isdigit() or value >= 100:
        return f"{value:g}" if value % 1 else str(int(value))
    return chinese(int(value))


def numbers(one: Grounded, basis: Basis) -> Iterator[Case]:
    """One number changed to one that the cited sources do not hold."""
    taken = _numbers_in(held_by(one))
    text = one.statement.text
    out = []
    for match in _NUMBER.finditer(text):
        other = _other_amount(amount(match["number"]), taken)
        if other is not None:
            out.append(text[: match.start()] + _written_like(other, match["number"]) + text[match.end() :])
    for match in _FRACTION.finditer(text):
        other_fraction = "三分之二" if match.group() != "三分之二" else "二分之一"
        if other_fraction not in held_by(one):
            out.append(text[: match.start()] + other_fraction + text[match.end() :])
    return replaced(one, "number", out[:3])


def swaps(one: Grounded, basis: Basis) -> Iterator[Case]:
    """Two different numbers of one unit exchanged: both stand in the source, each said of the other's thing."""
    text = one.statement.text
    matches = list(_NUMBER.finditer(text))
    for first, second in pairwise(matches):
        unit = text[first.end() : first.end() + 2] == text[second.end() : second.end() + 2]
        if (
            unit
            and amount(first["number"]) != amount(second["number"])
            and "或" not in text[first.end() : second.start()]
        ):
            between = text[first.end() : second.start()]
            if not re.search(r"[至到]", between) or "由" in text or "从" in text:
                swapped = f"{text[: first.start()]}{second['number']}{between}{first['number']}{text[second.end() :]}"
                return replaced(one, "swap", [swapped])
    return iter(())


# ---------------------------------------------------------------- dates

_DATE = re.compile(r"(?:(?P<year>20\d{2})年)?(?P<month>\d{1,2})月(?:(?P<day>\d{1,2})日|(?P<end>底))")
_YEAR = re.compile(r"(?P<year>20\d{2})年(?!修订|印发|的办法|的公务|的版)")


def dates(one: Grounded, basis: Basis) -> Iterator[Case]:
    """The month, the day or the year of a date changed; the new date stands nowhere in the sources."""
    held = re.sub(r"\s", "", held_by(one))
    text = one.statement.text
    out = []
    for match in _DATE.finditer(text):
        month, day = int(match["month"]), int(match["day"] or 0)
        for new_month, new_day in ((month % 12 + 1, day), (month, (day + 8) % 28 + 1 if day else 0)):
            written = f"{new_month}月" + (f"{new_day}日" if match["day"] else "底")
            if (new_month, new_day) != (month, day) and written not in held:
                year = f"{match['year']}年" if match["year"] else ""
                out.append(text[: match.start()] + year + written + text[match.end() :])
    for match in _YEAR.finditer(text):
        other = next((year for year in (2024, 2022, 2020, 2017) if str(year) not in held), None)
        if other is not None:
            out.append(f"{text[: match.start()]}{other}{text[match.start() + 4 :]}")
    return replaced(one, "date", out[:3])


# ---------------------------------------------------------------- names

BODIES = (
    "组织部", "审计部", "法务合规部", "安全环保部", "纪委", "领导小组", "集团党委", "巡察办", "董事会", "总经理办公会",
    "采购委员会", "财务部门", "集团办公室", "物资采购中心", "工程建设公司",
)  # fmt: skip
POSTS = ("副组长", "组长", "党委书记", "纪委书记", "总经理", "董事长", "巡察办主任", "党群工作室主任", "联络员")


def names(one: Grounded, basis: Basis) -> Iterator[Case]:
    """A person, a unit, an organ or a post exchanged for one that the sources do not name."""
    held, text = held_by(one), one.statement.text
    out: list[str] = []
    for group in (basis.people, basis.units, BODIES, POSTS):
        found = [name for name in group if name in text]
        found = [name for name in found if not any(name != other and name in other for other in found)]
        free = [name for name in group if name not in held and name not in text]
        for name in found[:2]:
            if free:
                out.append(text.replace(name, free[len(text) % len(free)]))
    return replaced(one, "name", out[:3])


# ---------------------------------------------------------------- negation and duty

_FLIPS: tuple[Change, ...] = (
    (r"(?:一律)?(?:禁止|不得|不能|不准|不许|不允许)(?!超过|少于|低于|高于)", "可以"),
    (r"可以(?![参不])|可(?=[在由再直先])", "不得"),
    (r"必须|应当|须(?!知)|应(?=[在立重主评])", "不得"),
    (r"必须|应当|须(?!知)|应(?=[在立重主评])", "无须"),
    (r"(?<![主重不])要(?=[在由把到对召制报写存有如接])", "不要"),
    (r"没有(?=[按记归集参])|未经?(?=[按批审列])", "已"),
    (r"不(?=影响|停止|计入|算入|干预|履行执|承担责任|计票|同意)", ""),
    (r"(?<=[，、])(?:也)?是(?=[12]0|由)|属于", "不属于"),
    (r"(?:要求|强调|表示|指出|承诺)(?=[^。]{4})", "反对"),
    (r"已经?完成|完成了|已完成整改", "没有完成"),
    (r"参照", "不参照"),
    (r"(?<=书记|中心|小组|党委)(?:主持|负责|批准)", "不批准"),
)
"""Inserted, removed and turned: each replaces its first match only."""


def negations(one: Grounded, basis: Basis) -> Iterator[Case]:
    """A negation put in or taken out, a duty turned into a ban or lifted, a ban into a permission."""
    text = one.statement.text
    out = changed(text, _FLIPS, lambda match, new: new != "反对" or "不" not in text[match.end() : match.end() + 8])
    return replaced(one, "negation", out[:2])


# ---------------------------------------------------------------- articles and editions

_ADDRESS = re.compile(r"^《(?P<title>[^》]+)》(?:（(?P<edition>\d{4}年[^）]*)）)?(?P<address>第[^\s]+条\S*)")
_ISSUER = re.compile("^.*?有限公司(?:党委|纪律检查委员会)?")
_ARTICLE = re.compile(r"第(?P<number>[\d一二三四五六七八九十]+)(?P<unit>[条款项])")


def _address(one: Grounded) -> re.Match[str] | None:
    return _ADDRESS.search(one.cited[0].about.split("\n")[0]) if len(one.cited) == 1 else None


def addressed(one: Grounded, basis: Basis) -> Iterator[Case]:
    """The true statement after its true address, in one of the forms that people write: true as well."""
    found = _address(one)
    if found is None or "第" in one.statement.text or "《" in one.statement.text:
        return
    title = _ISSUER.sub("", found["title"])
    edition = f"（{found['edition']}）" if found["edition"] else ""
    text = f"根据《{title}》{edition}{found['address']}，{one.statement.text}"
    yield replace(original(one), id=f"{one.statement.id}:addressed", kind="addressed", text=text)


def articles(one: Grounded, basis: Basis) -> Iterator[Case]:
    """Another article, 款 or 项 than the one cited."""
    held = held_by(one)
    texts = [one.statement.text, *(case.text for case in addressed(one, basis))]
    out = []
    for text in texts:
        for match in list(_ARTICLE.finditer(text))[-2:]:
            value = int(amount(match["number"])) if not match["number"].isdigit() else int(match["number"])
            for other in (value + 1, value + 3, value + 10):
                written = f"第{other if match['number'].isdigit() else chinese(other)}{match['unit']}"
                bare = {f"第{chinese(other)}{match['unit']}", f"第{other}{match['unit']}", f"第（{chinese(other)}）项"}
                if not any(form in held for form in bare):
                    out.append(text[: match.start()] + written + text[match.end() :])
                    break
    return replaced(one, "article", out[:2])


def editions(one: Grounded, basis: Basis) -> Iterator[Case]:
    """The year of another edition than the one cited."""
    held = held_by(one)
    texts = [one.statement.text, *(case.text for case in addressed(one, basis))]
    out = []
    for text in texts:
        for match in re.finditer(r"(20\d{2})(?=年(?:修订|印发|的办法|的公务))", text):
            year = next((str(y) for y in (2019, 2021, 2023, 2020, 2022, 2017) if str(y) not in held + text), None)
            if year is not None:
                out.append(text[: match.start()] + year + text[match.end() :])
    return replaced(one, "edition", out[:2])


# ---------------------------------------------------------------- citations


def merged(one: Grounded, basis: Basis) -> Iterator[Case]:
    """Two true statements of one kind in one sentence, of which only the first is cited."""
    same = [other for other in basis.grounded if other.statement.split == one.statement.split]
    at = same.index(one)
    # The other statement is a neighbour's, with its source shown, or one from farther off, without.
    step = 1 if at % 2 else 7
    other = same[(at + step) % len(same)]
    if other.cited[0] not in one.cited and not _supported(other.statement.text, one.cited):
        text = one.statement.text.rstrip("。") + "，" + other.statement.text
        shown = (*other.cited, *one.others) if step == 1 else one.others
        yield replace(
            original(one),
            id=f"{one.statement.id}:merged",
            kind="merged",
            text=text,
            others=shown,
            true=False,
        )


def _supported(text: str, sources: Sequence[Source]) -> bool:
    """Whether another text may say the same after all: most of the words, and every number."""
    held = "\n".join(f"{source.about}\n{source.text}" for source in sources)
    wanted = pairs_of(text)
    numbers_met = {amount(match["number"]) for match in _NUMBER.finditer(text)} <= _numbers_in(held)
    return len(wanted & pairs_of(held)) / len(wanted) >= 0.3 and numbers_met


def _cited_wrongly(one: Grounded, kind: str, candidates: Sequence[Source]) -> Iterator[Case]:
    wrong = next((source for source in candidates if not _supported(one.statement.text, [source])), None)
    if wrong is not None:
        # The right source is shown too: the model took the wrong number of its list.
        shown = tuple(each for each in (*one.cited, *one.others) if each != wrong)
        case = replace(original(one), kind=kind, cited=(wrong,), others=shown, true=False)
        yield replace(case, id=f"{one.statement.id}:{kind}")


def same_document(one: Grounded, basis: Basis) -> Iterator[Case]:
    """The right words with another passage of the document."""
    return _cited_wrongly(one, "same_document", one.same_document)


def similar_document(one: Grounded, basis: Basis) -> Iterator[Case]:
    """The right words with a passage of another document, of another edition first."""
    return _cited_wrongly(one, "similar_document", one.similar_documents)


Kind = Callable[[Grounded, Basis], Iterator[Case]]
KINDS: tuple[Kind, ...] = (
    numbers, swaps, dates, names, negations, articles, editions, merged, same_document, similar_document,
)  # fmt: skip
