"""A question that asks several things, or one thing of several sources → its parts, each a question of its own.

Conservative: what is not surely several questions stays one. A part has what it shares with the others (工程投资超概算,
the subject, the work) written into its words, so that it is understood, retrieved for and answered alone.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from app.side_by_side import AND, each_of
from ingest.segment import tagged_words

MOST = 4
"""Parts; what falls into more is a list, and one question."""


class Source(StrEnum):
    """The kind of text a part asks, in the order in which sources that speak to one thing are told."""

    RULE = "rule"
    TALK = "talk"
    FACT = "fact"  # what was found or done


@dataclass(frozen=True, slots=True)
class Part:
    """A part: its own words in the question, the same as a question that stands alone, what of it is another's."""

    words: str
    text: str
    source: Source | None = None
    shared: str = ""


@dataclass(frozen=True, slots=True)
class Named:
    """What a question names, by its place in the key: the works, and the people who speak."""

    works: Sequence[tuple[int, int]] = ()
    people: Sequence[str] = ()


def split(key: str, named: Named) -> tuple[Part, ...]:
    """The parts of a question, given as its search key; none when it is one question."""
    found = _of_works(key, named)
    if found is None:
        found = _of_clauses(key, named)
    return tuple(found) if 1 < len(found) <= MOST else ()


# ---------------------------------------------------------------- what asks, and of which source

INTERROGATIVE = re.compile(
    r"(?<![没无])什么|哪|谁|多少|(?<![十没好])几(?![千万百亿])|(?<!没)多久|多长|怎么|怎样|如何|为什么|为何|何时|何地|何人|是否|能否|吗|多大|多高|啥|有没有|([\u4e00-\u9fff])不(?:可以)?\1"
)
MEETING_WORDS = re.compile(
    r"会议|会上|动员会|部署会|推进会|专题会|座谈会|反馈会|汇报会|通报会|例会|党委会|培训班|宣贯|大会|纪要|讲话|发言|表态|主持|出席|参会|与会|强调|指出"
)
_VAGUE = re.compile(r"几[个份次家种位句]")  # 拆成几份签 asks nothing where another clause asks
_SAYS = r"规定|写|说|讲|谈|要求|表述|表态|汇报|通报|提|定|看|解释|回答|明确|交代|部署|强调|指出|承诺"
_RULE = r"办法|规定|制度|条例|规则|细则|准则|章程|条文|规程|规矩"
_WRITTEN = re.compile(rf"(?<!违反)(?:{_RULE})")
_TOLD = re.compile(rf"{MEETING_WORDS.pattern}|通报(?!批评)|简报|办公会|报告里|通知里")
_FACT = re.compile(
    r"台账|查出|查实|(?:巡察|检查)发现|发现了?(?:什么|哪些|多少|几)|实际|这次|这回|那次|那回|去年|今年|前年|[上下]半年|(?:19|20)\d{2}年"
    r"|^[\u4e00-\u9fff]{1,10}(?:公司|厂|项目部?|码头|车间|工地|采场)"
)
_BARE = re.compile(
    rf"^(?P<of>.*?)"
    rf"(?:(?:怎么|如何|怎样|咋)(?:{_SAYS})(?:的|了)?(?:呢)?|(?:{_SAYS})(?:的|了)?(?:是)?(?:什么|啥|哪些)|(?:规定|写|说|讲)的?|是(?:什么|啥|怎样的))$"
)
_SOURCE_WORDS = re.compile(rf"{_RULE}|{_SAYS}|上|里|\d+[年月日]|[a-z\d]+")
_ADVERBS = re.compile(r"(?:又|都|也|还|各|(?<![规细准])则|分别|具体|到底|是|的|,|\s)+$")
_SOURCE_END = re.compile(rf"(?:{_RULE}|文件|条款)(?:上|里|中|里面|原文|条文)*$|》(?:里|中|上)?$")


def written(words: str) -> bool:
    """Whether the words ask what a rule says."""
    return _WRITTEN.search(words) is not None


def tellers(words: str, named: Named) -> frozenset[str]:
    """The people, meetings and reports the words name."""
    return frozenset([*(name for name in named.people if name in words), *_TOLD.findall(words)])


def bare(clause: str, named: Named) -> bool:
    """Whether a clause only names a source and asks what it says (办法怎么写, 周明远又怎么讲): of what, others say."""
    match = _BARE.match(clause)
    if match is None:
        return False
    of = _ADVERBS.sub("", match["of"])
    return not of or bool(tellers(of, named)) or _SOURCE_END.search(of) is not None


def _unsaid(clause: str) -> str:
    """The source a bare clause names, without what asks: the rule that is asked is told by the other words."""
    match = _BARE.match(clause)
    return _ADVERBS.sub("", match["of"]) if match else clause


# ---------------------------------------------------------------- clauses


def pieces(key: str) -> list[str]:
    """The questions a text holds: 发现问题多少个？涉及哪些单位？ are two. What asks nothing belongs to its neighbour."""
    out: list[str] = []
    for sentence in re.split(r"[?？!！。;；\n]", key):
        for part in _split_on_commas(sentence) if sentence.strip() else ():
            if (out and not INTERROGATIVE.search(out[-1])) or (out and not INTERROGATIVE.search(part)):
                out[-1] = f"{out[-1]},{part}"
            else:
                out.append(part)
    return out or [key]


def _split_on_commas(piece: str) -> list[str]:
    """Split at ，、 and 和 where both sides ask something."""
    out = [piece]
    for mark in (r"[,，]", r"、", r"(?:以及|并且|和|与)(?=分别|如何|怎么|怎样|由谁|谁|多少|什么|哪)"):
        finer: list[str] = []
        for part in out:
            sides = re.split(mark, part)
            asking = [bool(INTERROGATIVE.search(side)) for side in sides]
            finer += sides if len(sides) > 1 and all(asking) else _joined(sides, asking) if mark == r"[,，]" else [part]
        out = finer
    return [part for part in out if part.strip()]


def _joined(sides: Sequence[str], asking: Sequence[bool]) -> list[str]:
    """Clauses that ask nothing go with the next one that does (with the last one at the end)."""
    out: list[str] = []
    pending = ""
    for side, asks in zip(sides, asking, strict=True):
        pending = f"{pending},{side}" if pending else side
        if asks:
            out.append(pending)
            pending = ""
    if pending and out:
        out[-1] += f",{pending}"
    return out or [",".join(sides)]


def _telling(found: Sequence[str]) -> list[str]:
    """The pieces, those that only want a yes joined to what they want it of."""
    out: list[str] = []
    for piece in found:
        if out and _CONFIRMS.fullmatch(piece.strip(" ,")):
            out[-1] = f"{out[-1]},{piece}"
        else:
            out.append(piece)
    return out


_CONFIRMS = re.compile(
    r"(?:这样|那样?|这)?(?:做|算|是)?(?:([\u4e00-\u9fff])不(?:可以)?\1|可以|能|行|对|好|是|合适|允许|合规|违规|真的)*(?:违规|合规|可以|允许|真的)?吗?"
)
"""行不行, 可以吗, 对不对: what is asked was said before."""


@dataclass(frozen=True, slots=True)
class _Clause:
    """A clause that asks, with what stands before it and asks nothing."""

    lead: str
    ask: str
    words: str  # what it is called by
    bare: bool
    source: Source | None
    each: bool  # one of several things of which the same is asked

    @property
    def text(self) -> str:
        return f"{self.lead},{self.ask}" if self.lead else self.ask


def _clause(lead: str, ask: str, named: Named, words: str = "") -> _Clause:
    source = None if words else _source(ask, named) or (Source.TALK if tellers(lead, named) else None)
    return _Clause(lead, ask, words or (f"{lead},{ask}" if lead else ask), bare(ask, named), source, bool(words))


def _clauses(key: str, named: Named) -> Iterator[_Clause]:
    for piece in _sure(_telling(pieces(key))):
        sides = [side.strip() for side in piece.split(",")]
        first = next((n for n, side in enumerate(sides) if _asks(side)), len(sides) - 1)
        lead, ask = ",".join(sides[:first]), ",".join(sides[first:])
        if halves := _two_sources(ask, named):
            before, left, right = halves
            lead = ",".join(words for words in (lead, before) if words)
            yield _clause(lead, left, named)
            yield _clause(lead, right, named)
        elif each := each_of(lead, ask):
            for one in each:
                yield _clause(one.lead, one.ask, named, one.words)
        else:
            yield _clause(lead, ask, named)


def _asks(words: str) -> bool:
    """Whether words surely ask."""
    return INTERROGATIVE.search(_VAGUE.sub("", words)) is not None


def _sure(found: Sequence[str]) -> list[str]:
    """The pieces, those that may ask nothing before those that surely ask."""
    out: list[str] = []
    for piece in found:
        if out and not _asks(out[-1]):
            out[-1] = f"{out[-1]},{piece}"
        else:
            out.append(piece)
    return out


def _of_clauses(key: str, named: Named) -> list[Part]:
    topic, clauses = _shared(list(_clauses(key, named)), named)
    groups: list[list[_Clause]] = []
    for clause in clauses:
        if groups and _goes_on(clause, groups[-1][-1], named):
            groups[-1].append(clause)  # 谁批, 最多延多久: what it is about was said, and is found with that
        else:
            groups.append([clause])
    parts = [_part(group, topic if n or group[0].bare else "", clauses[0]) for n, group in enumerate(groups)]
    told = {part.source for part in parts}
    if Source.RULE not in told:  # without that contrast, only what surely names its source is limited to it
        parts = [part if _surely_told(part.words, named) else replace(part, source=None) for part in parts]
    if len(told) < 2:
        return [replace(part, source=None) for part in parts]
    same = None not in told and all(group[0].bare or clauses[0].lead for group in groups)
    return sorted(parts, key=lambda part: list(Source).index(part.source or Source.RULE)) if same else parts


_SURE = re.compile(rf"(?:{_TOLD.pattern})(?:上|里|中)|会上|这次|这回|那次|那回|实际|去年|(?:19|20)\d{{2}}年")


def _surely_told(words: str, named: Named) -> bool:
    return any(name in words for name in named.people) or _SURE.search(words) is not None


def _goes_on(clause: _Clause, before: _Clause, named: Named) -> bool:
    """Whether a clause asks more of what the one before it is about, and of the same source."""
    if clause.each or not _leans(clause, named):
        return False
    named_anew = tellers(clause.ask, named) - tellers(before.text, named)
    return not named_anew and clause.source in (None, before.source)


def _part(group: Sequence[_Clause], topic: str, first: _Clause) -> Part:
    """One part, with what it shares with the first clause written before it."""
    clause = group[0]
    words, text = (",".join(getattr(one, name) for one in group) for name in ("words", "text"))
    of_the_same = clause.source is not None and not clause.each and not _repeats(clause, first)
    shares = clause.bare or (first.lead and not clause.lead) or of_the_same or _ANAPHOR.search(clause.ask)
    if shares and topic and not text.startswith(topic):
        text = f"{topic},{_unsaid(text) if INTERROGATIVE.search(topic) and clause.source is Source.RULE else text}"
        return Part(words, text, clause.source, topic)
    return Part(words, text, clause.source)


def _repeats(clause: _Clause, first: _Clause) -> bool:
    """Whether a clause names what it is about with a word of the first one."""
    words = _SOURCE_WORDS.sub(" ", INTERROGATIVE.sub(" ", clause.text))
    return any(pair in first.text for pair in (words[i : i + 2] for i in range(len(words) - 1)) if " " not in pair)


def _shared(clauses: list[_Clause], named: Named) -> tuple[str, list[_Clause]]:
    """What the clauses are all about, and those of them that are questions of their own.

    A question followed by clauses that only name sources is what these are asked about: 专项巡察算不算全覆盖次数？办法怎么写、
    周明远怎么讲的？
    """
    first, rest = clauses[0], clauses[1:]
    if first.bare or not rest or not all(clause.bare and not clause.lead for clause in rest):
        return first.lead or _subject(first.ask), clauses
    if len(rest) > 1 and first.source is None:
        return first.text, rest
    if len(rest) == 1 and not _ALSO.search(rest[0].ask) and (first.source is None or tellers(first.text, named)):
        return "", [first]
    return first.lead or _subject(first.ask), clauses


_ALSO = re.compile(r"又|也|还|呢")


def _subject(ask: str) -> str:
    """What a question is about: the question without what asks, and without the source it is asked of."""
    words = _ASKING.sub("", _OF_SOURCE.sub("", ask))
    return words.strip(",的是") if len(words) > 1 else ask


_ASKING = re.compile(
    rf"(?:应当|应该|本来|该|要|得|是|由|在|最多|最少|一共|多大|能)*(?:{INTERROGATIVE.pattern})"
    r"(?:[个十]|天|日|月|年|小时|钱|时间|时候|样|人|些|条|次)*(?:以?内|之内)?|(?:又|也|都|平时|的)$"
)
_OF_SOURCE = re.compile(rf"(?:按照?|照|依照?)?(?:{_RULE})(?:上|里|中|说|要求)?(?:的?规定)?(?:最多|最少)?|平时")
_ANAPHOR = re.compile(
    r"它|[他她](?!人)|(?<![尤与])其(?![他余中实次])|[这那](?:[个种笔级类样些]|一[个种类])|此(?!外)|上述|前述"
)
_EMPTY = frozenset(
    """
是 有 要 能 可以 应当 应该 需要 必须 进行 情况 内容 事项 方面 时候 属于 包括 相关 有关 要求 工作 问题 规定 标准 人员 单位 部门
期限 时间 月份 开始 实际 数量 金额 办法 制度 情形 条件 程序 责任 分别 什么 怎么 如何 多少 哪些 多久 是否 能否 时候 处理 负责 批准 同意 最多 最少
""".split()  # noqa: SIM905 - a list of words reads better as text
)


def _leans(clause: _Clause, named: Named) -> bool:
    """Whether a clause says too little of what it is about to stand alone: fewer than two words, or none of a thing."""
    words = clause.text
    for name in named.people:
        words = words.replace(name, " ")
    tagged = [(word, tag) for word, tag in tagged_words(INTERROGATIVE.sub(" ", words)) if len(word) > 1]
    telling = {word for word, tag in tagged if word not in _EMPTY and tag.startswith(_CONTENT)}
    return len(telling) < 2 or not any(tag.startswith(_THINGS) for _, tag in tagged)


_CONTENT = ("n", "v", "a", "j", "l", "i", "b", "z", "eng")
_THINGS = ("n", "vn", "j", "l", "i", "eng")


def _source(words: str, named: Named) -> Source | None:
    """Which kind of text the words ask, where they ask one."""
    if tellers(words, named):
        return Source.TALK
    if written(words):
        return Source.RULE
    return Source.FACT if _FACT.search(words) else None


_TO_CUT = re.compile(r"以及|和|与|、|,")


def _two_sources(ask: str, named: Named) -> tuple[str, str, str] | None:
    """Of words that name what a rule says and what somebody said: what stands before both, and each."""
    for match in _TO_CUT.finditer(ask):
        left, right = ask[: match.start()], ask[match.end() :]
        told = {_tells(left, named), _tells(right, named)}
        if told == {Source.RULE, Source.TALK}:
            before, _, left = left.rpartition(",")
            return before, _asking(left), _asking(right)
    return None


def _asking(words: str) -> str:
    """把规定的情形…都给我 as 规定的情形有哪些."""
    if INTERROGATIVE.search(words):
        return words
    return _TO_GIVE.sub("", words) + "有哪些"


_TO_GIVE = re.compile(
    r"^(?:请|麻烦)?(?:把|将|列出|说明|写出|给出)|(?:都|分别|一起|一并)?(?:给我|列出来?|说清楚?|写出来?|说一下|告诉我)+$"
)


def _tells(words: str, named: Named) -> Source | None:
    """Whether words name what a rule says or what somebody said, and only one of them."""
    said = bool(tellers(words, named))
    return Source.TALK if said and not written(words) else Source.RULE if written(words) and not said else None


# ---------------------------------------------------------------- 《A》和《B》

_RELATED = re.compile(r"为准|冲突|抵触|矛盾|关系|优先|衔接|(?<!不)一致的")  # of two works together, not of each


def _of_works(key: str, named: Named) -> list[Part] | None:
    """A question put to works named side by side, as one for each; one part where it is about how they stand together."""
    works = sorted(set(named.works))
    between = [key[left[1] : right[0]] for left, right in itertools.pairwise(works)]
    if not between or not all(re.fullmatch(rf"\s*(?:{AND})\s*", words) for words in between) or tellers(key, named):
        return None
    if _RELATED.search(key):
        return [Part(key, key)]
    start, end = works[0][0], works[-1][1]
    texts = [key[slice(*work)] for work in works]
    return [Part(text, _put_to(f"{key[:start]}{text}{key[end:]}", text)) for text in texts]


def _put_to(question: str, work: str) -> str:
    """领导小组多久开一次会,《工作规则》各是怎么规定的 as what is asked of the work."""
    clauses = [clause for clause in re.split(r"[,?]", re.sub("分别|各自|各(?=[是为有怎如由])", "", question)) if clause]
    others = any(INTERROGATIVE.search(clause) for clause in clauses if work not in clause)
    return ",".join(_unsaid(clause) if others and work in clause else clause for clause in clauses)
