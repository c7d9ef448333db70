"""A follow-up → a question that stands alone: what it leaves out is filled in from the turns before.

Works without a model for the forms people use most: 那提级的呢？, 第二款是什么意思？, 换成2019年的规定, 它由谁批准？; one
that is configured is asked for the rest. What is filled in comes from the conversation and the library alone; a
question that leaves nothing out stays as it is.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from app.dates import plain_years
from app.llm import LanguageModel, Prompt, prompt_text
from app.references import mentions
from app.tools.ledger import Vocabulary
from app.understand import EDITION_YEAR, PREDECESSOR, people
from ingest.catalogue import Snapshot
from ingest.document import Caller, Locator
from ingest.errors import EngineError
from ingest.segment import search_key, tagged_words

Frequencies = Callable[[Sequence[str]], Mapping[str, int]]

MOST_TURNS = 6
"""Turns looked back on: what was said before them is no longer meant by 它."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One question of a conversation, as it stood alone, and the text of its answer."""

    question: str
    answer: str


def standalone(
    question: str, turns: Sequence[Turn], snapshot: Snapshot, caller: Caller, frequencies: Frequencies
) -> str:
    """The question with what it leaves out; the question itself when it leaves nothing out or nothing came before."""
    words = question.strip()
    if not turns:
        return words
    before = _Before(turns[-MOST_TURNS:], snapshot, caller, frequencies)
    pointed = _pointed_at(words, before)
    for rule in (_another_edition, _part_of_a_clause, _another_thing):
        if (found := rule(pointed, before)) is not None:
            return found
    if pointed != words:
        return pointed
    return _without_topic(words, before) or words


def unfolded(
    pairs: Sequence[tuple[str, str]], snapshot: Snapshot, caller: Caller, frequencies: Frequencies
) -> list[Turn]:
    """The turns of a conversation given as (question, answer) texts: each question made to stand alone in its place."""
    turns: list[Turn] = []
    for question, answer in pairs[-2 * MOST_TURNS :]:
        turns.append(Turn(standalone(question, turns, snapshot, caller, frequencies), answer))
    return turns


class _Before:
    """What the turns before spoke of."""

    def __init__(self, turns: Sequence[Turn], snapshot: Snapshot, caller: Caller, frequencies: Frequencies) -> None:
        self.last = turns[-1].question.strip().rstrip("?？。！!")
        self.frequencies = frequencies
        self._texts = [text for turn in reversed(turns) for text in (turn.question, turn.answer)]
        self._snapshot = snapshot
        self._caller = caller
        self._vocabulary = Vocabulary.of(snapshot, caller)

    def place(self) -> tuple[str, Locator | None] | None:
        """The work spoken of last, by its full title, and the place in it."""
        for text in self._texts:
            for mention in mentions(plain_years(search_key(text)), self._snapshot, self._caller):
                reference = mention.reference
                for work in self._snapshot.works(self._caller):
                    if reference.work_ids[:1] == (work.id,):
                        return work.title, reference.locator
        return None

    def named(self, kind: str, text: str | None = None) -> str | None:
        """The unit, round, category, state or person named last (or in ``text``), as the library writes it."""
        values: dict[str, Sequence[str]] = {
            "unit": self._vocabulary.units,
            "round": self._vocabulary.rounds,
            "category": self._vocabulary.categories,
            "state": self._vocabulary.states,
            "person": people(self._snapshot, self._caller),
        }
        for each in [text] if text is not None else self._texts:
            key = search_key(each)
            found = [(key.rfind(search_key(value)), len(value), value) for value in values[kind] if value]
            at, _, value = max(found, default=(-1, 0, ""))
            if at >= 0:
                return value
        return None


KINDS = ("unit", "round", "category", "state", "person")

# ---------------------------------------------------------------- 换成2019年的规定

_SWITCH = re.compile(
    r"^(?:那么?|如果|要是)?(?:换成|改成|改为|换作|按照?|依照?|要是|放在)?(?:的话)?"
    r"(?P<when>(?:19|20)\d{2}年(?:\d{1,2}月(?:\d{1,2}[日号])?)?(?:的?(?:版本?|修订版?|修订前|修订后))?|修订前|修改前|旧版本?|老版本?|上一版本?|现行|最新|现在|目前)"
    r"(?:的|时|那时|当时)*(?:规定|办法|制度|版本?|条例|情况|要求)?(?:又|是|呢|吗|怎么|如何|规定|说|的|样)*[?？。]*$"
)


def _another_edition(words: str, before: _Before) -> str | None:
    found = _SWITCH.match(plain_years(search_key(words)))
    if found is None:
        return None
    last = plain_years(before.last)
    for pattern in (
        EDITION_YEAR,
        PREDECESSOR,
        re.compile(r"^按[^，,]{2,12}[，,]|(?:19|20)\d{2}年(?:时|的)?(?:规定)?(?!第)"),
    ):
        last = pattern.sub("", last).strip("，, ")
    when = found["when"]
    if "前" in when and "目前" not in when:
        return f"{when}，{last}？"
    return f"按{when}，{last}？" if when.endswith(("版", "本", "订", "后")) else f"按{when}的规定，{last}？"


# ---------------------------------------------------------------- 第二款是什么意思？

_NUMBER = r"[0-9一二三四五六七八九十百零]{1,6}"
_PART = re.compile(
    rf"^(?:那么?|还有|请问)?[，,]?\s?(?P<part>第?{_NUMBER}款(?:第?[（(]?{_NUMBER}[)）]?项)?|第?[（(]?{_NUMBER}[)）]?项)"
)
_ARTICLE = re.compile(rf"^(?:那么?|还有|请问)?[，,]?\s?(?=第{_NUMBER}[条章])")


def _part_of_a_clause(words: str, before: _Before) -> str | None:
    part, article = _PART.match(words), _ARTICLE.match(words)
    place = before.place() if part or article else None
    if place is None:
        return None
    title, locator = place
    if article is not None:
        return f"《{title}》{words[article.end() :]}"
    if part is None or locator is None or locator.article is None:
        return None
    article_only = Locator(article=locator.article, article_suffix=locator.article_suffix)
    if part["part"].endswith("款") or "款" in part["part"] or locator.paragraph is None:
        return f"《{title}》{article_only}{part['part']}{words[part.end() :]}"
    paragraph = Locator(article=locator.article, article_suffix=locator.article_suffix, paragraph=locator.paragraph)
    return f"《{title}》{paragraph}{part['part']}{words[part.end() :]}"


# ---------------------------------------------------------------- 那提级的呢？

_INSTEAD = re.compile(
    r"^(?:那么?|如果是?|要是|换成|换作|改成|还有)*(?P<other>[^，,?？。]{1,24}?)(?:的话|的)?(?:又)?(?:呢|怎么样|如何)[?？。]*$"
)
_SUBJECT_ENDS = re.compile(
    r"由谁|由哪|由什么|是谁|是什么|是多|是否|应当|应该|需要|适用|包括|分为|有哪|有什么|有多|有几|多少|多长|多久|多大|几|怎么|如何|怎样|什么|哪|何时|能不能|可不可以|可以|要|不得|的期限|的条件|的程序"
)


def _another_thing(words: str, before: _Before) -> str | None:
    found = _INSTEAD.match(words)
    if found is None or re.search(r"什么|哪|谁|多少|几个", found["other"]):
        return None
    other = found["other"].strip()
    return f"{_with_values(other, before) or _with_modifier(other, before) or _with_subject(other, before)}？"


_YEAR_OR_ROUND = re.compile(r"(?:19|20)\d{2}年(?:第[一二三四]轮)?|第[一二三四]轮")


def _with_values(other: str, before: _Before) -> str | None:
    """线材厂 for 炼钢二厂, 2024年第二轮 for 2024年第一轮: each in the place of its like, else before the question."""
    out, front, left = before.last, "", other
    for kind in KINDS:
        new, old = before.named(kind, left), before.named(kind, out)
        if new is None or new not in left:
            continue
        left = left.replace(new, "")
        if old is not None and old in out:
            out = out.replace(old, new)
        else:
            front += new
    for match in list(_YEAR_OR_ROUND.finditer(left)):
        new = match.group()
        pattern = (
            r"(?:19|20)\d{2}年" if new.endswith("年") else r"第[一二三四]轮" if new.startswith("第") else _YEAR_OR_ROUND
        )
        swapped = re.sub(pattern, new, out, count=1)
        left = left.replace(new, "")
        front, out = (front, swapped) if swapped != out else (front + new, out)
    return f"{front}{out}" if left != other and len(left.strip("的类，,在和与")) == 0 else None


def _with_modifier(other: str, before: _Before) -> str | None:
    """提级 for 常规 in 常规巡察: the neighbour of a word with which the library writes it most."""
    words = [word for word, _ in tagged_words(before.last)]
    if "".join(words) != search_key(before.last):
        return None  # folding changed the text: positions would not hold
    pairs = [(i, other + words[i + 1]) for i in range(len(words) - 1) if len(words[i]) > 1 and len(words[i + 1]) > 1]
    known = before.frequencies([pair for _, each in pairs for pair in _bigrams(each, len(other))])
    counted = [(min((known.get(p, 0) for p in _bigrams(each, len(other))), default=0), -i) for i, each in pairs]
    if not counted or max(counted)[0] == 0:
        return None
    at = -max(counted)[1]
    return "".join([*words[:at], other, *words[at + 1 :]])


def _bigrams(text: str, seam: int) -> list[str]:
    """The pairs of characters at and after the seam of two words."""
    key = search_key(text)
    return [key[i : i + 2] for i in range(max(0, seam - 1), min(len(key) - 1, seam + 1))]


def _with_subject(other: str, before: _Before) -> str:
    """整改评估 for 提级巡察 in 提级巡察由谁批准: the words before what is asked of them."""
    end = _SUBJECT_ENDS.search(before.last)
    if end is None or end.start() == 0 or end.start() > 20 or "《" in before.last[: end.start()]:
        return f"{other}，{before.last}"
    return other + before.last[end.start() :]


# ---------------------------------------------------------------- 它由谁批准？

_THIS_PLACE = re.compile(r"(?:这|该|上述|前述|上面)(?:一)?(?:条款?|款)(?!例)")
_THIS_WORK = re.compile(
    r"(?:这个|这部|该|上述|前述)(?:办法|规定|条例|制度|规则|细则|法)|这份制度|它的?(?=第|里|中|是|由|对|有|什么|何时|从|自)"
)
_THIS_UNIT = re.compile(r"(?:该|这个|这家|上述)(?:单位|公司|厂|企业)")
_THIS_ROUND = re.compile(r"(?:这|该|本)一?轮(?:次|巡察)?(?![0-9一二三四])")
_THIS_PERSON = re.compile(r"(?<![其])(?:他|她)(?![们人])|该同志|这位同志")


def _pointed_at(words: str, before: _Before) -> str:
    """What 该办法, 这一条, 该单位, 这一轮 and 他 stand for, put in their places."""
    out = words
    place = before.place() if _THIS_PLACE.search(out) or _THIS_WORK.search(out) else None
    if place is not None:
        title, locator = place
        if locator is not None:
            out = f"《{title}》{locator}".join(_THIS_PLACE.split(out, maxsplit=1))
        out = f"《{title}》".join(_THIS_WORK.split(out, maxsplit=1))
    for pattern, kind in ((_THIS_UNIT, "unit"), (_THIS_ROUND, "round"), (_THIS_PERSON, "person")):
        if pattern.search(out) and (value := before.named(kind)) is not None:
            out = f"{value}".join(pattern.split(out, maxsplit=1))
    return out


# ---------------------------------------------------------------- 由谁批准？

_NO_TOPIC = re.compile(
    r"^(?:那么?|那|还|又|另外|具体|一般)?[，,]?(?:由谁|由哪|谁|多久|多长|多少|几|什么时候|何时|为什么|怎么|如何|怎样|需要(?:多|什么|哪|谁|几|经)|有(?:什么|哪些|没有)(?:例外|条件|程序|要求|限制|期限)|期限|依据|例外|条件|程序|要不要|能不能|可以)"
)


def _without_topic(words: str, before: _Before) -> str | None:
    if _NO_TOPIC.match(words) is None or len(words) > 16:
        return None
    key = search_key(words)
    if any(value is not None for value in (before.named(kind, key) for kind in KINDS)):
        return None
    end = _SUBJECT_ENDS.search(before.last)
    topic = before.last[: end.start()].strip("，, ") if end is not None else ""
    rest = re.sub(r"^(?:那么?|另外|还|又)[，,]?", "", words)
    return f"{topic}{rest}" if 2 <= len(topic) <= 30 else None


# ---------------------------------------------------------------- the rest, with a model

_LEANS = re.compile(r"那|这|该|它|他|她|其|上述|前面|刚才|之前|还有|另外|呢[?？]?$|同样|一样|相反")
_LONGEST_REWRITTEN = 200
_JOINING = frozenset("的了和与及或是在对,.?、，。？“”《》 ")
_SHARED = 0.9
"""The least share of a rewritten question's characters that the conversation has: a model must add nothing."""


def leans(question: str) -> bool:
    """Whether a question may lean on the ones before it."""
    return _LEANS.search(question) is not None


def rewritten(model: LanguageModel, question: str, turns: Sequence[Turn], cancel: threading.Event) -> str:
    """The question as the model completes it from the turns; the question itself when the model fails or adds to it."""
    lines = [line for turn in turns[-MOST_TURNS:] for line in (f"问：{turn.question}", f"答：{turn.answer[:300]}")]
    prompt = Prompt(prompt_text("standalone"), "\n".join([*lines, f"追问：{question}"]))
    try:
        found = "".join(model.write(prompt, cancel)).strip().removeprefix("问：").strip('“”"')
    except EngineError:
        return question
    told = search_key("\n".join([*lines, question]))
    characters = set(search_key(found)) - _JOINING
    known = sum(character in told for character in characters) / max(1, len(characters))
    good = found and "\n" not in found and len(found) <= _LONGEST_REWRITTEN and known >= _SHARED
    return found if good else question
