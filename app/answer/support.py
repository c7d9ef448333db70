"""Does the cited text support a sentence? What it says exactly must stand there, and be said of the same thing.

Every check is a rule that names what is missing; together they decide without a model. What a sentence says exactly
(numbers, dates, names, posts, articles, negations) must occur in the cited spans or in what is known about them;
the rest of its words must be covered by them, and not better by evidence that it does not cite.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from app.answer.values import Day, Value, days, key_of, values
from ingest.segment import tagged_words

LEAST_COVERED = 0.45
LEAST_CLAUSE_COVERED = 0.25
BETTER_ELSEWHERE = 0.25
"""Shares of a sentence's pairs of characters: below the first two it is not said there; a source that covers so much
more is the one it should have cited."""
SWAPPED = 0.3
"""A value whose clause shares so much more with what another value of the unit is said of, is said of the wrong thing."""


@dataclass(frozen=True, slots=True)
class Source:
    """A cited text, and what is known about it: title, edition, locator, speaker, date."""

    text: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a sentence is not supported: a stable code and a Chinese sentence for the log and the operator."""

    code: str
    message: str


def doubts(
    sentence: str, cited: Sequence[Source], others: Sequence[Source] = (), names: Iterable[str] = ()
) -> tuple[Doubt, ...]:
    """What in a sentence the cited sources do not support; none when they do. ``names`` are those the library knows."""
    if not cited:
        return (Doubt("not_cited", "没有引用依据。"),)
    said = _Said(key_of(sentence))
    there = [_There(source) for source in cited]
    elsewhere = [_There(source) for source in others]
    checks: tuple[Callable[[], Iterable[Doubt]], ...] = (
        lambda: _values(said, there),
        lambda: _days(said, there),
        lambda: _names(said, there, names),
        lambda: _titles(said, there),
        lambda: _negations(said, there),
        lambda: _covered(said, there, elsewhere),
    )
    return tuple(doubt for check in checks for doubt in check())


# ---------------------------------------------------------------- what both sides hold

_CLAUSE = re.compile(r"[^,，。;；:：!！?？\n]+")
_HAN = re.compile(r"[\u3400-\u9fffa-z0-9]+")
_IDLE = frozenset("的了在和与及或是为对于由被将把并其该本各这那所以而则等地得之也就都")
"""Characters that carry no claim of their own."""


def _pairs(text: str) -> set[str]:
    """Pairs of neighbouring characters that carry meaning."""
    out: set[str] = set()
    for run in _HAN.findall(text):
        kept = "".join(character for character in run if character not in _IDLE)
        out |= {kept[i : i + 2] for i in range(len(kept) - 1)}
    return out


def _share(wanted: set[str], held: set[str]) -> float:
    return len(wanted & held) / len(wanted) if wanted else 1.0


class _Said:
    """A sentence taken apart."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.pairs = _pairs(key)
        self.clauses = [match.group() for match in _CLAUSE.finditer(key)]
        self.values = values(key)
        self.days = days(key)


class _There:
    """A source taken apart."""

    def __init__(self, source: Source) -> None:
        self.key = key_of(source.text)
        self.about = key_of(source.about)
        self.whole = f"{self.about}\n{self.key}"
        self.pairs = _pairs(self.whole)
        self.clauses = [match.group() for match in _CLAUSE.finditer(self.key)]
        self.values = values(self.key)
        self.days = days(self.whole)


# ---------------------------------------------------------------- numbers


def _values(said: _Said, there: Sequence[_There]) -> Iterable[Doubt]:
    about = {value.same for one in there for value in values(one.about)}
    for value in said.values:
        found = [(one, other) for one in there for other in one.values if other.same == value.same]
        shown = said.key[value.start : value.end]
        if not found:
            if value.same not in about:
                yield Doubt("number", f"依据中没有“{shown}”。")
            continue
        bounds = {other.bound for _, other in found}
        if value.bound and "" not in bounds and not _agrees(value.bound, bounds):
            yield Doubt("bound", f"依据中“{shown}”的界限（以上、以下、超过、不足）与此不同。")
        elif _is_of_another(value, said, there):
            yield Doubt("number", f"依据中“{shown}”说的是另一件事。")


def _agrees(bound: str, bounds: set[str]) -> bool:
    upper, lower = {"most", "less"}, {"least", "more"}
    return any(bound == other or ({bound, other} <= upper and "less" not in {bound, other}) for other in bounds) or (
        bound in lower and bounds <= lower and "more" not in bounds | {bound}
    )


def _is_of_another(value: Value, said: _Said, there: Sequence[_There]) -> bool:
    """Whether what the sentence says of a value, the sources say of another value of the unit: numbers swapped."""
    around = _pairs(_around(said.key, value))
    if len(around) < 2:
        return False
    same = other = 0.0
    for one in there:
        for found in one.values:
            if found.unit != value.unit:
                continue
            share = _share(around, _pairs(_around(one.key, found)))
            if found.same == value.same:
                same = max(same, share)
            else:
                other = max(other, share)
    return other - same >= SWAPPED


def _around(key: str, value: Value) -> str:
    """The clause a value stands in, without any value."""
    for match in _CLAUSE.finditer(key):
        if match.start() <= value.start < match.end():
            clause = match.group()
            return clause[: value.start - match.start()] + "，" + clause[value.end - match.start() :]
    return ""


def _days(said: _Said, there: Sequence[_There]) -> Iterable[Doubt]:
    held = [day for one in there for day in one.days]
    for day in said.days:
        if not any(_is_same_day(day, other, held) for other in held):
            yield Doubt("date", f"依据中没有“{_written(day)}”这个日期。")


def _is_same_day(day: Day, other: Day, held: Sequence[Day]) -> bool:
    """2024年7月1日 is in 2024年7月1日, and in 7月1日 of a text about 2024."""
    if day.within(other):
        return True
    if not other.year and Day(0, day.month, day.day).within(other):
        return any(each.year == day.year for each in held)
    return False


def _written(day: Day) -> str:
    return "".join(f"{part}{unit}" for part, unit in zip(day.parts, "年月日", strict=True) if part)


# ---------------------------------------------------------------- names

_POST = re.compile(
    r"(?:副|常务副|第一)?(?:党委书记|纪委书记|总经理|总工程师|总会计师|董事长|联络员|负责人|书记|主任|部长|组长|厂长|院长|主席|处长|科长|局长|经理|总监)"
)
_BODY = re.compile(
    r"[\u4e00-\u9fff]{0,6}(?:党委会|党委|党组|党支部|纪委|监委|巡察办|巡察组|领导小组|办公室|董事会|监事会|组织部|人事部|财务部|宣传部|审计部|法务部|采购部)"
)
_NAME_TAGS = frozenset({"nr", "nrt", "nrfg", "ns", "nt"})


def _names(said: _Said, there: Sequence[_There], names: Iterable[str]) -> Iterable[Doubt]:
    whole = "\n".join(one.whole for one in there)
    told: set[str] = set()
    known = [name for name in names if len(name) > 1 and name in said.key]
    tagged = [word for word, tag in tagged_words(said.key) if tag in _NAME_TAGS and len(word) > 1]
    posts = [match.group() for match in _POST.finditer(said.key)]
    for name in (*known, *tagged):
        if name not in whole and not any(name in other for other in told):
            told.add(name)
            yield Doubt("name", f"依据中没有提到“{name}”。")
    for post in posts:
        if not _holds_post(post, whole):
            yield Doubt("name", f"依据中没有“{post}”。")
    for match in _BODY.finditer(said.key):
        body = match.group()
        core = re.sub(
            r"^.*?(?=党委会|党委|党组|党支部|纪委|监委|巡察办|巡察组|领导小组|办公室|董事会|监事会|.{2}部$)", "", body
        )
        if core not in whole and not _abbreviated(core, whole):
            yield Doubt("name", f"依据中没有提到“{core}”。")


def _holds_post(post: str, whole: str) -> bool:
    """Whether the post stands there, and not only its deputy's."""
    if post.startswith(("副", "常务", "第一")):
        return post in whole
    return re.search(rf"(?<!副){post}", whole) is not None


_ABBREVIATIONS = {"巡察办": "巡察工作领导小组办公室", "党委会": "党委", "领导小组": "小组", "纪委": "纪律检查委员会"}


def _abbreviated(body: str, whole: str) -> bool:
    full = _ABBREVIATIONS.get(body)
    return full is not None and full in whole


_TITLE = re.compile(r"《([^《》]+)》")
_EDITION = re.compile(r"((?:19|20)\d{2})年?(?:修订|修正|修改|印发|发布|版)")


def _titles(said: _Said, there: Sequence[_There]) -> Iterable[Doubt]:
    whole = "\n".join(one.whole for one in there)
    for title in _TITLE.findall(said.key):
        if title not in whole:
            yield Doubt("title", f"依据不是《{title}》，也没有提到它。")
    for year in _EDITION.findall(said.key):
        if not any(year in _EDITION.findall(one.about) + _EDITION.findall(one.key) for one in there):
            yield Doubt("edition", f"依据不是{year}年的版本。")


# ---------------------------------------------------------------- negation and duty

_NEGATOR = re.compile(
    r"不得|不准|不许|不能|不应当?|不可以?|不再|不予|不必|不需要?|无需|无须|禁止|严禁|没有|未经|尚未|并未|不|未|无|非"
)
_NEUTRAL = re.compile(
    r"不(?:得|能|应)?(?:超过|少于|低于|多于|高于|大于|小于)|不足|不满|未满|不同|不仅|不断|不但|不论|不管|不限于|不少|不久|不良|不力|不当|不到位|不合格"
    r"|不正当|不规范|不作为|不可抗力|无论|无关|未来|非法|并非不|不得不|除非|非公有|不担当|不严|不实|不全|不清|不明|不及时|不符|不法|不定期"
)
_MUST = re.compile(r"应当|必须|务必|不得不|应(?![用对急有])|须(?!知)|需要?")
_MAY = re.compile(r"可以|可(?![能靠行见])|有权|允许")


def _negations(said: _Said, there: Sequence[_There]) -> Iterable[Doubt]:
    for clause in said.clauses:
        pairs = _pairs(clause)
        if len(pairs) < 2:
            continue
        near = max(
            (each for one in there for each in one.clauses), key=lambda each: _closeness(pairs, each), default=""
        )
        if _closeness(pairs, near) < 0.4:
            continue
        if _flips(clause, near):
            yield Doubt("negation", f"“{clause}”与依据“{near}”的肯定、否定不一致。")
        elif _duty(clause) and _duty(near) and _duty(clause) != _duty(near):
            yield Doubt("duty", f"“{clause}”与依据“{near}”一个说应当，一个说可以。")


def _closeness(pairs: set[str], clause: str) -> float:
    held = _pairs(clause)
    return len(pairs & held) / max(1, min(len(pairs), len(held)) or 1) if held else 0.0


def _flips(clause: str, near: str) -> bool:
    """Whether an odd number of negations that concern what both clauses speak of stands on one side alone."""
    return (_negated(clause, near) + _negated(near, clause)) % 2 == 1


def _negated(clause: str, other: str) -> int:
    plain = _NEUTRAL.sub(lambda match: "，" * len(match.group()), clause)
    held = _pairs(other)
    count = 0
    for match in _NEGATOR.finditer(plain):
        after = plain[match.end() : match.end() + 6]
        count += bool(_pairs(after) & held) or not _HAN.match(after)
    return count


def _duty(clause: str) -> str:
    must, may = _MUST.search(clause), _MAY.search(clause)
    return "" if bool(must) == bool(may) else "must" if must else "may"


# ---------------------------------------------------------------- the rest of the words


def _covered(said: _Said, there: Sequence[_There], elsewhere: Sequence[_There]) -> Iterable[Doubt]:
    held = set().union(*(one.pairs for one in there))
    share = _share(said.pairs, held)
    if share < LEAST_COVERED:
        yield Doubt("not_said", "依据没有说到这句话的主要内容。")
        return
    best = max((_share(said.pairs, one.pairs) for one in elsewhere), default=0.0)
    if best - share >= BETTER_ELSEWHERE:
        yield Doubt("wrong_source", "这句话另有依据，引用的不是它。")
        return
    for clause in said.clauses:
        pairs = _pairs(clause)
        if len(pairs) < 4:
            continue
        own = _share(pairs, held)
        other = max((_share(pairs, one.pairs) for one in elsewhere), default=0.0)
        if own < LEAST_CLAUSE_COVERED or other - own >= 2 * BETTER_ELSEWHERE:
            yield Doubt("not_said", f"依据没有说到“{clause}”。")
