"""Does the cited text support a sentence? What it says exactly must stand there, and be said of the same thing.

Every check is a rule that names what is missing; together they decide without a model. What a sentence says exactly
(numbers, dates, names, posts, articles, negations) must occur in the cited spans or in what is known about them; the
rest of its words must be covered by them, and not better by evidence that it does not cite.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

from app.answer import naming, nouns, scope
from app.answer.actors import Act, acts, named_short, same_actor
from app.answer.exchanged import Mention, exchanged, mentions
from app.answer.parties import named, parties, same_party
from app.answer.polarity import CONDITION, bans, contradict, leaves_free, permits, shifted, unfounded
from app.answer.values import Day, Value, days, key_of, values, without_values
from app.wording import spoken_in
from ingest.segment import tagged_words

LEAST_COVERED = 0.3
LEAST_CLAUSE_COVERED = 0.15
BETTER_ELSEWHERE = 0.25
"""Shares of a sentence's pairs of characters: below the first two it is not said there; a source that covers so much
more is the one it should have cited."""
ALIKE = 0.3
"""Clauses that share so much speak of one thing, and may contradict."""
SWAPPED = 0.3
"""A value whose surroundings share so much more with those of another value of the unit is said of the wrong thing."""

SURELY = 0.5
"""Less shared surroundings say nothing of what a value or an act is said of."""


@dataclass(frozen=True, slots=True)
class Source:
    """A cited text, and what is known about it: title, edition, locator, lead-in, speaker, date.

    ``before`` is what its paragraph says before it: whom 他 means, and of what the cited text goes on to speak.
    """

    text: str
    about: str = ""
    before: str = ""


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
    there = [_taken_apart(source) for source in cited]
    checks: tuple[Callable[[], Iterable[Doubt]], ...] = (
        lambda: _values(said, there),
        lambda: _days(said, there),
        lambda: _names(said, there, names),
        lambda: _negations(said, there),
        lambda: _scope(said, there),
        lambda: _acts(said, there),
        lambda: _exchanged(said, there, names),
        lambda: _worded(said, there),
        lambda: _covered(said, there, [_taken_apart(source) for source in others]),
    )
    return tuple(doubt for check in checks for doubt in check())


# ---------------------------------------------------------------- what both sides hold

_CLAUSE = re.compile(r"[^,。;:!?\n]+")
_RUN = re.compile(r"[\u3400-\u9fffa-z0-9]+")
_IDLE = frozenset("的了在和与及或是为对于由被将把并其该本各这那所以而则等地得之也就都")
"""Characters that carry no claim of their own."""


_FORM = re.compile(
    r"不?(?:得|能|应)?(?:超过|少于|低于|多于|高于|超出)|以上|以下|以内|之内|以前|之前|不足|不满|至少|最少|最低|最多|至多|最长|最高|达到"
    r"|不得|不准|不许|不能|不可|不允许|禁止|严禁|应当|必须|可以|无须|无需|不必|根据|依照|按照|依据|规定|明确|一般|修订|印发|期限|情形|情况"
)
"""Bounds and modal words: they are compared by rules of their own, and people write them in many ways."""


def _pairs(text: str) -> frozenset[str]:
    """Pairs of neighbouring characters that carry meaning; numbers, bounds and modal words are none."""
    out: set[str] = set()
    for run in _RUN.findall(_FORM.sub("|", without_values(text))):
        kept = "".join(character for character in run if character not in _IDLE)
        out.update(kept[i : i + 2] for i in range(len(kept) - 1))
    return frozenset(out)


def _share(wanted: frozenset[str], held: frozenset[str]) -> float:
    return len(wanted & held) / len(wanted) if wanted else 1.0


@dataclass(frozen=True, slots=True)
class _Clause:
    text: str
    pairs: frozenset[str]


def _clauses(key: str) -> list[_Clause]:
    return [_Clause(match.group(), _pairs(match.group())) for match in _CLAUSE.finditer(key)]


class _Said:
    """A text taken apart, each part when it is first asked for."""

    def __init__(self, key: str) -> None:
        self.key = key

    @cached_property
    def pairs(self) -> frozenset[str]:
        return _pairs(self.key)

    @cached_property
    def clauses(self) -> list[_Clause]:
        return _clauses(self.key)

    @cached_property
    def values(self) -> list[Value]:
        return values(self.key)

    @cached_property
    def parties(self) -> list[Mention]:
        return _parties(self.key)

    @cached_property
    def numbers(self) -> dict[str, list[Mention]]:
        return _numbers(self.key)


class _There(_Said):
    """A source taken apart, with what is known about it."""

    def __init__(self, source: Source) -> None:
        super().__init__(key_of(source.text))
        self.about = key_of(source.about)
        self.whole = f"{self.about}\n{self.key}"
        self.named = f"{self.whole}\n{key_of(source.before)}"

    @cached_property
    def pairs(self) -> frozenset[str]:
        return _pairs(self.whole)

    def rules_of(self, clauses: Sequence[_Clause]) -> list[str]:
        """The sentences in which these clauses stand."""
        return [rule for rule in re.split("。", self.key) if any(clause.text in rule for clause in clauses)]

    @cached_property
    def rules(self) -> list[scope.Rule]:
        return scope.rules(self.key, _features)

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset(word for word, _ in tagged_words(self.named))

    @cached_property
    def clauses(self) -> list[_Clause]:
        """Its clauses, without titles: they assert nothing."""
        return [clause for clause in _clauses(self.whole) if "《" not in clause.text]


@lru_cache(maxsize=256)
def _taken_apart(source: Source) -> _There:
    """A source is compared with every sentence of an answer."""
    return _There(source)


# ---------------------------------------------------------------- numbers and dates


_TO = frozenset({"至", "到", "-", "~"})


def _values(said: _Said, there: Sequence[_There]) -> Iterable[Doubt]:
    own = [(one, value) for one in there for value in one.values]
    for first, last in pairwise(said.values):
        if first.unit == last.unit and first.amount > last.amount and said.key[first.end : last.start] in _TO:
            yield Doubt("number", f"“{said.key[first.start : last.end]}”的起止颠倒。")
    for value in said.values:
        shown = said.key[value.start : value.end]
        editions = _of_edition(value, said.key, there)
        found = [other for one, other in own if other.same == value.same and one in editions]
        if not found:
            known = {each.same for one in editions for each in (*one.values, *_addresses(one))}
            if not _may_be_absent(value, said.key, known, "\n".join(one.key for one in editions)):
                yield Doubt("number", f"依据中没有“{shown}”。")
        elif _is_turned(value, said.key, [(one, other) for one, other in own if other in found and one in editions]):
            yield Doubt("bound", f"依据中“{shown}”的界限（以上、以下、超过、不足、之前、之后）与此不同。")
        elif value.unit[0] not in "第每" and _is_of_another(value, said.key, own, {each.same for each in said.values}):
            yield Doubt("number", f"依据中“{shown}”说的是另一件事。")


_THE_REST = re.compile("(?<=[,;、])(?:超过|超出|低于|不足|不满|不到|未达到)的")
"""不超过30%的由甲批准，超过的由乙批准: both sides of one number."""
_NEAR = 30
_UNDONE = re.compile("^后?(?:仍|还|尚|依然)?(?:[未没]|不(?![得准能许可宜应]))")


def _is_turned(value: Value, key: str, found: Sequence[tuple[_There, Value]]) -> bool:
    """Whether the sources have a value, where the same is said of it, on the other side of its bound only.

    Not done within 30 days is not done after 30 days.
    """
    if not value.bound or not any(value.opposes(other) for _, other in found):
        return False
    beside = _beside(key, value)
    shares = [(_shares(beside, _beside(one.key, other)), other) for one, other in found]
    undone = value.bound == "after" and _UNDONE.match(key[value.end :])
    rest = any(_THE_REST.search(one.key[other.end : other.end + _NEAR]) for one, other in found)
    return not (undone or rest) and all(
        value.opposes(other)
        for side in range(2)
        for share, other in shares
        if share[side] >= max(each[side] for each, _ in shares) - 0.1
    )


def _beside(key: str, value: Value) -> tuple[frozenset[str], frozenset[str]]:
    """What is said before a value and after it, up to the next of its unit."""
    before, after = _around(key, value)
    return _features(before), _features(after)


def _features(text: str) -> frozenset[str]:
    return _pairs(text) | {f"={value.amount:g}{value.unit}" for value in values(text)}


def _shares(
    said: tuple[frozenset[str], frozenset[str]], held: tuple[frozenset[str], frozenset[str]]
) -> tuple[float, float]:
    """How much of both sides is there together, and of what follows alone."""
    return _share(said[0] | said[1], held[0] | held[1]), _share(said[1], held[1])


_POINTING = re.compile("(?:[这那]|上述|前述|以上|如下|以下)$")
_IN_A_YEAR = re.compile("全年|年度|当年|年内|上年|下年")


def _may_be_absent(value: Value, key: str, known: AbstractSet[tuple[float, str]], whole: str) -> bool:
    """Whether no cited text need hold a value: it is part of an address, counts what is listed, or is no count."""
    if value.unit.startswith("每"):
        return not any(unit.startswith("每") for _, unit in known)
    period = key[value.start + 1 : value.end].removeprefix("个")
    every = value.amount in (1, 12) and _is_each(period, known, whole)  # 一年一次 is 每年一次, 一天 is 单日
    every |= (
        value.unit == "月" and key[value.start - 1 : value.start] == "前" and f"{value.amount:g}月" in whole
    )  # 前5个月
    every |= _POINTING.search(key[: value.start]) is not None
    every |= value.same == (12, "月") and (_IN_A_YEAR.search(whole) is not None or key[value.start - 1] in "上前下同")
    return value.same in known or value.loose or every or _counts_itself(value, key) or _is_length(value, whole)


def _is_each(period: str, known: AbstractSet[tuple[float, str]], whole: str) -> bool:
    """Whether 每 or 单 stands before a period in the sources."""
    forms = ("天", "日") if period in ("天", "日") else (period,)
    return any((1, f"每{form}") in known or f"单{form}" in whole for form in forms)


_YEAR = re.compile(r"(?:19|20)\d{2}(?=年)")


def _of_edition(value: Value, key: str, there: Sequence[_There]) -> Sequence[_There]:
    """The sources a value must stand in: those of the edition named last before it, else all."""
    for year in reversed(_YEAR.findall(key[: value.start])):
        own = [one for one in there if f"({year}年" in one.about]
        if own:
            return own
    return there


def _addresses(one: _There) -> list[Value]:
    """The values of what is known of a source; 前款 within 第二款 is 第一款."""
    found = values(one.about)
    if "前款" in one.key:
        found += [Value(v.amount - 1, v.unit, v.start, v.end) for v in found if v.unit == "第款" and v.amount > 1]
    return found


def _counts_itself(value: Value, key: str) -> bool:
    """Whether a small number counts what the sentence itself lists: 两个库：甲库…，乙库…; 2023、2024两年."""
    if value.unit == "月" and key[value.end - 1] == "年":
        return len(set(re.findall(r"20\d{2}", key))) * 12 == value.amount
    if value.bound:
        return False
    before = re.split(r"[,。;:]", key[: value.start])[-1]
    after = re.match(r"[^,。;:]{0,6}:(?P<list>[^。;:]+)", key[value.end :])
    listed = [before] if "、" in before else [after["list"]] if after and value.unit == "个" else []
    return any(len(re.split(r"[,、和及]", each)) == value.amount for each in listed)


def _is_length(value: Value, whole: str) -> bool:
    """Whether a small number counts what a source lists: 三家单位 of 甲51个、乙44个、丙32个."""
    listed = re.split(r"[,。;:\n]", whole) if value.unit == "个" and value.amount > 1 and not value.bound else []
    return any(each.count("、") == value.amount - 1 for each in listed)


def _is_of_another(
    value: Value, key: str, own: Sequence[tuple[_There, Value]], said: AbstractSet[tuple[float, str]]
) -> bool:
    """Whether what the sentence says of a value, the sources say of another of the unit, which it does not name."""
    around = _pairs(",".join(_around(key, value)))
    if len(around) < 2:
        return False
    same = other = 0.0
    for one, found in own:
        if found.unit == value.unit:
            share = _share(around, _pairs(",".join(_around(one.key, found))))
            if found.same == value.same:
                same = max(same, share)
            elif found.same in said:
                return False
            else:
                other = max(other, share)
    return other > SURELY and other - same >= SWAPPED


def _around(key: str, value: Value) -> tuple[str, str]:
    """What a value is said of: the words since the last value of its unit, and those that follow it, to the next."""
    before = re.split(r"[。;\n]", key[: value.start])[-1]
    held = [each.end for each in values(before) if each.unit == value.unit]
    if held:
        before = before[held[-1] :]
    after = re.split(r"[。;、\n]", key[value.end :])[0].replace("的,", "的")
    after = re.split(",", after)[0]
    return before[-14:], after[:16]


def _days(said: _Said, there: Sequence[_There]) -> Iterable[Doubt]:
    held = [day for one in there for day in days(one.whole)]
    for day in days(said.key):
        same = [other for other in held if _is_same_day(day, other, held)]
        if not same:
            yield Doubt("date", f"依据中没有“{_written(day)}”这个日期。")
        elif day.side and all(other.side and other.side != day.side for other in same):
            yield Doubt("bound", f"依据中“{_written(day)}”是之前还是之后，与此不同。")


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


_TITLE = re.compile(r"《[^》]*》(?:\([^)]*\))?")
_ISSUER = re.compile(r"《[^《》]*?公司(?:党委)?")


def _names(said: _Said, there: Sequence[_There], names: Iterable[str]) -> Iterable[Doubt]:
    whole = "\n".join(one.named for one in there)
    for name in naming.missing_names(said.key, whole, names):
        yield Doubt("name", f"依据中没有提到“{name}”。")
    for post in naming.missing_posts(said.key, whole):
        yield Doubt("name", f"依据中没有“{post}”。")
    for body in naming.missing_bodies(_TITLE.sub("", said.key), _ISSUER.sub("《", whole)):
        yield Doubt("name", f"依据中没有提到“{body}”。")
    for title in naming.missing_titles(said.key, whole):
        yield Doubt("title", f"依据不是《{title}》，也没有提到它。")
    for year in naming.missing_editions(said.key, whole):
        yield Doubt("edition", f"依据不是{year}年的版本。")


# ---------------------------------------------------------------- negation, duty, and who does what


def _negations(said: _Said, there: Sequence[_There]) -> Iterable[Doubt]:
    whole = "\n".join(one.whole for one in there)
    for word in unfounded(said.key, whole):
        yield Doubt("negation", f"依据中没有“{word}”的说法。")
    for words in shifted(said.key, whole):
        yield Doubt("duty", f"依据中“{words}”的应当、可以与此不同。")
    held = [clause for one in there for clause in one.clauses]
    for clause in said.clauses:
        near = [] if CONDITION.match(clause.text) or "《" in clause.text else _alike(clause, held)
        if not near and permits(clause.text) and bans(_nearest(clause, held)):
            yield Doubt("negation", f"“{clause.text}”在依据中是不许的。")
        found = [contradict(clause.text, other.text) for other in near]
        if near and permits(clause.text) and not any(leaves_free(rule) for one in there for rule in one.rules_of(near)):
            yield Doubt("duty", f"依据“{near[0].text}”没有说可以。")
        if near and all(found):
            yield Doubt(found[0], f"“{clause.text}”与依据“{near[0].text}”的肯定、否定或者应当、可以不一致。")


def _alike(clause: _Clause, held: Sequence[_Clause]) -> list[_Clause]:
    """The clauses that speak of the same thing: the nearest, and those that are as near."""
    if not clause.pairs:
        return []
    near = sorted(((_closeness(clause.pairs, other.pairs), other) for other in held), key=lambda pair: -pair[0])
    return [other for share, other in near if share >= ALIKE and share >= near[0][0] - 0.1]


def _nearest(clause: _Clause, held: Sequence[_Clause]) -> str:
    """The clause that shares most with another, if only a little; "" when none shares anything."""
    share, text = max(((_closeness(clause.pairs, other.pairs), other.text) for other in held), default=(0.0, ""))
    return text if share > 0 else ""


def _closeness(pairs: frozenset[str], held: frozenset[str]) -> float:
    return len(pairs & held) / (len(pairs) * len(held)) ** 0.5 if pairs and held else 0.0


def _scope(said: _Said, there: Sequence[_There]) -> Iterable[Doubt]:
    held = "\n".join(one.whole for one in there)
    for words in scope.turned(_worded_only(said.key), _worded_only(held)):
        yield Doubt("bound", f"依据中没有“{words}”，方向与此相反。")
    for words in scope.overstated(said.key, held):
        yield Doubt("scope", f"依据没有说“{words}”。")
    rules = [rule for one in there for rule in one.rules]
    for words in scope.unlimited(said.key, rules, _features):
        yield Doubt("limit", f"依据有“{words}”的限制，这句话没有说。")


def _worded_only(key: str) -> str:
    """A key without its numbers, so that 届满前15日 and 届满15日前 are one."""
    return without_values(key).replace("|", "")


def _worded(said: _Said, there: Sequence[_There]) -> Iterable[Doubt]:
    held = "\n".join(one.named for one in there)
    words = frozenset().union(*(one.words for one in there))
    for word in dict.fromkeys(nouns.strange(_FORM.sub("|", without_values(_TITLE.sub("", said.key))), held, words)):
        yield Doubt("word", f"依据中没有“{word}”。")


def _exchanged(said: _Said, there: Sequence[_There], names: Iterable[str]) -> Iterable[Doubt]:
    known = tuple(name for name in names if name in said.key)
    held = [each for one in there for each in one.parties]
    # 班组 and 班组长 are neither one party nor two that could change places.
    pairs = [(a, b) for a, b in exchanged(said.parties, held, same_party) if a not in b and b not in a]
    if len(known) > 1:
        held = [each for one in there for each in mentions(one.key, named(one.key, known), _pairs)]
        pairs += exchanged(mentions(said.key, named(said.key, known), _pairs), held, str.__eq__)
    for unit, own in said.numbers.items():
        if len(own) > 1:
            held = [each for one in there for each in one.numbers.get(unit, ())]
            pairs += ((f"{a}{unit}", f"{b}{unit}") for a, b in exchanged(own, held, str.__eq__, once=True))
    for a, b in pairs:
        yield Doubt("exchanged", f"“{a}”与“{b}”在依据中的位置相反。")


def _parties(key: str) -> list[Mention]:
    plain = named_short(_TITLE.sub("", key))
    return mentions(plain, parties(plain), _pairs)


def _numbers(key: str) -> dict[str, list[Mention]]:
    """The numbers of a key by unit; of addresses and frequencies it is not asked what they are said of."""
    by_unit: dict[str, list[tuple[int, int, str]]] = {}
    for value in values(key):
        if value.unit[0] not in "第每":
            unit = "年" if key[value.end - 1] == "年" else value.unit
            by_unit.setdefault(unit, []).append((value.start, value.end, f"{value.amount:g}"))
    return {unit: mentions(key, spans, _pairs) for unit, spans in by_unit.items()}


def _acts(said: _Said, there: Sequence[_There]) -> Iterable[Doubt]:
    held = [act for one in there for act in acts(one.key)]
    for act in acts(_TITLE.sub("", said.key)):
        same = [other for other in held if other.verb == act.verb]
        if act.actors and not _by_same(act, same):
            yield Doubt("actor", f"依据中“{act.verb}”的不是“{'、'.join(sorted(act.actors))}”。")


def _by_same(act: Act, held: Sequence[Act]) -> bool:
    """Whether one of those who do it here does it there, where the same is said of it; so too where nobody is named."""
    around = _pairs(act.around)
    shares = [(_share(around, _pairs(other.around)), other) for other in held]
    named = [(share, other) for share, other in shares if other.actors]
    open_ = max((share for share, other in shares if not other.actors), default=-1.0)
    if not named or open_ > max(share for share, _ in named):
        return True
    same = max((share for share, other in named if _agree(act, other)), default=-1.0)
    different = max((share for share, other in named if not _agree(act, other)), default=-1.0)
    return same >= 0 and not (different > SURELY and different - same >= SWAPPED)


def _agree(act: Act, other: Act) -> bool:
    return any(same_actor(one, each) for one in act.actors for each in other.actors)


# ---------------------------------------------------------------- the rest of the words


LEAST_PAIRS = 6
"""A clause of fewer pairs of characters says too little to be looked for by itself."""
_SPEAKING = re.compile(
    r"^[\u4e00-\u9fff]{2,10}(?:提出|指出|强调|要求|表示|认为|介绍|说|说明|汇报|通报|反馈|承诺|建议|表态)$"
)


def _covered(said: _Said, there: Sequence[_There], elsewhere: Sequence[_There]) -> Iterable[Doubt]:
    held = frozenset().union(*(one.pairs for one in there)) | _in_other_words(said.key, there)
    share = _share(said.pairs, held)
    if share < LEAST_COVERED:
        yield Doubt("not_said", "依据没有说到这句话的主要内容。")
        return
    best = max((_share(said.pairs, one.pairs) for one in elsewhere), default=0.0)
    if best - share >= BETTER_ELSEWHERE:
        yield Doubt("wrong_source", "这句话另有依据，引用的不是它。")
        return
    for clause in said.clauses:
        if len(clause.pairs) < LEAST_PAIRS or _SPEAKING.search(clause.text):
            continue
        own = _share(clause.pairs, held)
        other = max((_share(clause.pairs, one.pairs) for one in elsewhere), default=0.0)
        if own < LEAST_CLAUSE_COVERED or other - own >= 2 * BETTER_ELSEWHERE:
            yield Doubt("not_said", f"依据没有说到“{clause.text}”。")


def _in_other_words(key: str, there: Sequence[_There]) -> frozenset[str]:
    """The pairs of characters of the words for which the sources have another."""
    whole = "\n".join(one.whole for one in there)
    said = [(word, nouns.in_other_words(word)) for word, _ in tagged_words(key)]
    said += [(spoken.words, spoken.written) for spoken in spoken_in(key)]
    return frozenset().union(*(_pairs(word) for word, others in said if any(other in whole for other in others)))
