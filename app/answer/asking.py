"""What a question asks: the terms an answer must be about, and the kind of thing it must contain."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from enum import StrEnum

from app.answer.facts import Fact, asked_for, post_asked
from app.dates import plain_years
from app.model import Query
from app.parts import pieces
from app.references import PLACE_WORDS
from app.understand import EDITION_YEAR, PREDECESSOR
from app.wording import Spoken, distinct, lexicon, spoken_in
from ingest.document import chinese_number
from ingest.segment import search_key, tagged_words, terms
from ingest.structure.numerals import parse_number
from ingest.structure.speakers import is_name

Frequencies = Callable[[Sequence[str]], Mapping[str, int]]
Grams = tuple[tuple[str, float], ...]

OTHER_WORD = 0.85
"""What a term met by another word for it counts beside one met as it stands."""


class Want(StrEnum):
    """A kind of thing the answer must contain."""

    PERSON = "person"
    BODY = "body"  # an organisation or a post
    NUMBER = "number"
    DURATION = "duration"
    MONEY = "money"
    TIME = "time"
    PLACE = "place"
    LIST = "list"
    REASON = "reason"


@dataclass(frozen=True, slots=True)
class Term:
    """A content word. ``required``: an answer that is not about it answers another question.

    ``others``: other words for it, each with what meeting it counts.
    """

    text: str
    weight: float
    others: tuple[tuple[str, float], ...] = ()
    required: bool = True
    name: bool = False

    @property
    def unknown(self) -> bool:
        """Whether no text has it: the weight of a word of one text is 1."""
        return self.weight > 1.0


@dataclass(frozen=True, slots=True)
class Written:
    """What a text may have for a spoken form of the question: the pairs of each choice, by rarity."""

    choices: tuple[Grams, ...]

    @property
    def weight(self) -> float:
        """What it counts beside the question's own pairs: as much as one pair of the rarest choice."""
        return max(sum(rarity for _, rarity in choice) / len(choice) for choice in self.choices)

    def met(self, text: str) -> float:
        """The share of the choice that a text has most of."""
        return max(
            sum(rarity for pair, rarity in choice if pair in text) / sum(rarity for _, rarity in choice)
            for choice in self.choices
        )


@dataclass(frozen=True, slots=True)
class Ask:
    """One question of a text: its words, terms and wants; ``counted`` is the noun or measure a number is asked of."""

    text: str
    terms: tuple[Term, ...]
    wants: frozenset[Want]
    counted: str = ""
    number: int = 0  # 哪两种方式: two
    stated: str = ""  # 哪两种方式: what the answer counts itself, as a pattern of 两种, 2种
    role: str = ""  # 巡察组组长是谁: the role whose holder is asked
    post: str = ""  # 总经理讲了什么: the post whose holder's words are asked
    fact: Fact | None = None  # 会议在哪里召开: what is asked of a document itself
    pairs: Grams = ()  # of characters, in what asks nothing, with their rarity
    letters: Grams = ()
    written: tuple[Written, ...] = ()

    @property
    def subjects(self) -> tuple[Term, ...]:
        """What an answer must be about, names apart."""
        return tuple(term for term in self.terms if term.required and not term.name)

    @property
    def weight(self) -> float:
        """The sum of the terms' weights."""
        return sum(term.weight for term in self.terms) or 1.0


# ---------------------------------------------------------------- wants

_WANTS: Sequence[tuple[Want, str]] = (
    (Want.PERSON, r"谁|哪位|何人|哪个人|哪几位|姓名|姓什么|叫什么"),
    (
        Want.BODY,
        r"(?:哪个|哪些|哪家|什么|哪几个|哪一个|哪一级)(?:部门|单位|机构|组织|厂|公司|组|委员会|会议|职务|岗位|级别)|由哪|哪[一二三四五六七八九十\d]+[家个](?:单位|公司|部门)|归(?:谁|哪)",
    ),
    (
        Want.DURATION,
        r"多久|多长(?:时间)?|(?:几|多少)(?:个)?(?:天|日|月|年|小时|工作日|周|星期)|期限(?:是|为|有)?(?:多|几|怎么|如何|是什么)|时限|期限是|期限$|周期(?:是|为)?",
    ),
    (
        Want.MONEY,
        r"多少钱|什么(?:比例|标准|价|额度)|多少(?:万|亿)?元|几(?:万|十万|百万)?元|(?:金额|限额|额度|费用|经费|餐费|住宿费|标准|上限|预算|罚款|税额|税率|比例)[^,，]{0,8}(?:是|为|有)?(?:多少|几|多高|多大|是什么|怎么)|(?:标准|限额|上限|额度)$",
    ),
    (
        Want.TIME,
        r"什么时候|何时|哪一?天|哪一?年|哪个月|几月|几号|(?<!哪)几点(?!要求|意见|建议|内容|希望|措施)|哪一?日|什么时间|时间(?:是|在|定在)?(?=什么|何|哪|多|几|[?？]|$)|日期(?:是|为)?",
    ),
    (
        Want.PLACE,
        r"(?<!从)哪里|(?<!从)哪儿|何地|(?<!如)何处(?![置理分罚])|什么地方|什么地点|在哪(?!些|个|几|一|种|方|天|年|月|日|次|轮)|地点(?:是|在)",
    ),
    (Want.NUMBER, r"多少|(?<!哪)几(?=[个家名人条项次种类份轮位所届件起倍分批场%])|占比|比例(?:是|为)|(?<!哪)几个"),
    (Want.REASON, r"为什么|为了什么|为何|什么原因|原因(?:是|有)|怎么会"),
    (
        Want.LIST,
        r"哪些|哪几|哪[一二三四五六七八九十\d]+[个家种项类条]|包括什么|什么(?:情形|情况|条件|内容|职责|原则|要求|措施|程序|材料|事项|行为|问题|方式|步骤|责任|权利|义务)|分别|(?:情形|条件|内容|职责|原则|程序|材料|事项|步骤|责任)(?:是?怎么|如何|怎样)(?:规定|写|讲|说|定)|(?:有|是)什么|几种|几类|几项|几个方面|主要(?:内容|任务|职责)|(?:职责|任务|原则|条件|程序|流程|内容)(?:是|有)|要求了?什么|提(?:出)?了?什么"
        r"|(?:讲|说|谈|强调|指出|要求|提出|表示|部署)了?(?:些)?(?:什么|哪些|啥)(?:内容|话|意见|要求)?[?？]?$",
    ),
)
_COUNTED = re.compile(
    r"(?:多少|几)(?P<measure>[个家名人条项次种类份轮位所届件起倍分批场%]|工作日)?(?P<noun>[\u4e00-\u9fff]{1,4})?"
)


def wants(part: str) -> frozenset[Want]:
    """The kinds of thing this part asks for."""
    found = {want for want, pattern in _WANTS if re.search(pattern, part)}
    if re.search(r"职务|身份", part):
        found.discard(Want.LIST)
    if found & {Want.DURATION, Want.MONEY, Want.TIME}:
        found.discard(Want.NUMBER)
    return frozenset(found)


# ---------------------------------------------------------------- terms

_QUESTION_WORDS = re.compile(
    r"请(?:您|你|再)?(?:核实|核对|核查|确认)(?:一下)?|(?:^|,)(?:想|需要|要)?(?:核实|核对|核一下|确认|了解)(?:一下)?(?=[:,])|(?:是否|是不是)?属实|真的假的|是真的|是这样|这样理解"
    r"|没错吧|对不对|对吗|(?:^|,)(?:我?听说|听人[讲说]|据说|有人[说讲反映]+|都[传说])"
    r"|请问一下|请问|想知道|想问一下|想问|麻烦|帮我|帮忙|告诉我|告诉|查一下|查询|查找|介绍一下|介绍|说明一下|说说|谈谈|讲讲|解释一下|列出|列举"
    r"|在?什么情况下|什么时候|什么时间|什么地方|什么人|什么样的?|是什么|为什么|干什么|做什么|什么|哪些|哪几[个家种项条类位]|哪[一二三四五六七八九十\d]+[个家种项条类位]|哪个|哪家|哪位|哪一?[个种条款项年天月轮级次日]|哪里|哪儿|哪"
    r"|谁|多少钱|多少|几[个家名人条项次种类份轮位天日月年所届件起倍]|几|多久|多长时间|多长|多大|多高|怎么样|怎么办|怎么做|怎么|怎样|如何|为何|何时|何地|何人|何种"
    r"|是否|能否|可否|能不能|可不可以|可以不可以|要不要|需不需要|有没有|是不是|行不行|会不会|算不算|可以吗|吗|呢|么|吧|啊|分别|各自|具体|到底|究竟|一般|通常|目前|现在|现行|今后|当时|时候|的话|一下|第一时间"
    r"|根据|按照|依照|依据|关于|对于|至于|针对|围绕|就|本办法|有关规定|相关规定|规定|条款|(?<![提])要求了?|提出了?|指出了?|强调了?|讲了?|说了?|谈到|怎么看|会议上|会上|一共|总共|最后|原话|当场|意思|这件事|那件事|到底"
)
_ADVERBS = frozenset(
    """
不 未 没 没有 无 非 必须 应当 应 应该 可以 可 能 能够 会 要 需要 需 得 不能 不得
""".split()  # noqa: SIM905 - a list of words reads better as text
)
_GENERIC = frozenset(
    """
是 有 要 能 会 可 可以 应 应当 应该 需要 需 必须 进行 开展 做 作 作出 给予 情况 内容 事项 方面 事情 时 时候 属于
涉及 包括 包含 主要 相关 有关 通过 使用 提出 指出 强调 要求 说 讲 谈 工作 问题 规定 标准 人 人员 单位 部门 机构 期限
时间 数量 金额 办法 制度 得 算 叫 多 大 次 年 月 日 天 个 家 方式 情形 条件 原则 措施 程序 范围 职责 责任 任务
后果 流程 步骤 模式 含义 意思 定义 对象 原因 目的 地点 名单 人数 比例 占 集团 公司 党委 新 本 该 各 每 其 同 这 那 一个
一次 一名 一般 发生 存在 出现 产生 构成 组成 得到 采取 采用 实行 实施 执行 遵守 遵循 符合 满足 具备 有效 一定 领域
次数 天数 上限 下限 幅度 总数 总额 篇幅 名称 标题 当中 其中 还有 之后 之前 以后 以前 起来 出来 出去 回来 回去 进来 不到 直接
类型 种类 重点 环节 特点 职务 做法 举措 会议
""".split()  # noqa: SIM905 - a list of words reads better as text
)
_COMPOUNDS = re.compile(
    r"巡察组组长|巡察组|副组长|组长|领导小组|巡察办|回头看|三重一大|第[一二三四五六七八九十\d]+巡察组"
)
_KEPT = re.compile(r"^(?:n|v|a|j|l|i|b|s|t|z|m|eng|x?$|q$|d$|k$|f$|g)")
_NUMBER = re.compile(
    r"^[\d.]+$|^[一二三四五六七八九十百千万亿零〇两\d.]+(?:元|万元|亿元|个|年|月|天|日|人|名|家|次|%|周岁|岁)?$"
)


def asks(query: Query, frequencies: Frequencies, total: int) -> list[Ask]:
    """The questions of a query, each with the terms it has of its own, or of the one before it when it has none."""
    key = plain_years(search_key(query.standalone))
    out: list[Ask] = []
    for part in pieces(_unplaced(key, query)):
        post = post_asked(part)
        about = part.replace(post, " ") if post else part  # who holds it says it, not a sentence with the word
        found = _terms(about, query, frequencies, total)
        own = [term for term in found if term.required]
        if out and (len(own) < 1 or (len(own) < 2 and len(part) < 12)):
            known = {term.text for term in found}
            found = [*found, *(term for term in out[0].terms if term.text not in known)]
        counted = _COUNTED.search(part)
        words = (counted["measure"] or "") + "|" + (counted["noun"] or "") if counted else ""
        number, stated = _stated(part)
        pairs, letters = _grams(about, frequencies, total)
        written = _written(about, frequencies, total)
        if out and found[-len(out[0].terms) :] == list(out[0].terms):  # it goes on with the first part's words
            pairs, letters = (
                _joined_grams(own_grams, first)
                for own_grams, first in ((pairs, out[0].pairs), (letters, out[0].letters))
            )
            written = (*written, *out[0].written)
        out.append(
            Ask(
                part, tuple(found), wants(part), words, number, stated, _role(part),
                post=post, fact=asked_for(part), pairs=pairs, letters=letters, written=written,
            )
        )  # fmt: skip
    return out


_HAN_OR_WORD = re.compile(r"[\u4e00-\u9fff]+|[a-z0-9]+")


def _grams(part: str, frequencies: Frequencies, total: int) -> tuple[Grams, Grams]:
    """The pairs of characters and the characters of what is asked about, by rarity; unknown ones tell nothing."""
    runs = _HAN_OR_WORD.findall(_QUESTION_WORDS.sub(" ", part))
    pairs = {pair for run in runs for pair in _pairs_of(run)}
    letters = {letter for run in runs for letter in run if "\u4e00" <= letter <= "\u9fff"}
    rarity = _rarities(pairs | letters, frequencies, total)
    return _with(rarity, pairs), _with(rarity, letters)


def _rarities(grams: Set[str], frequencies: Frequencies, total: int) -> Mapping[str, float]:
    """How much each gram tells; one that no text has tells nothing."""
    counts = frequencies(sorted(grams)) if grams and total > 1 else {}
    scale = math.log(total + 1)
    return {gram: math.log((total + 1) / (count + 0.5)) / scale if count else 0.0 for gram, count in counts.items()}


def _with(rarity: Mapping[str, float], grams: Iterable[str]) -> Grams:
    return tuple((gram, rarity.get(gram, 0.0)) for gram in sorted(grams))


def _spoken(part: str) -> list[Spoken]:
    """The spoken forms in what is asked about."""
    return distinct(spoken for piece in _QUESTION_WORDS.sub(" ", part).split() for spoken in spoken_in(piece))


def _written(part: str, frequencies: Frequencies, total: int) -> tuple[Written, ...]:
    """For each spoken form the choices whose pairs all stand in some text."""
    spoken = _spoken(part)
    choices = {word: _pairs_of(word) for one in spoken for word in one.written}
    rarity = _rarities({pair for pairs in choices.values() for pair in pairs}, frequencies, total)
    told = [[_with(rarity, choices[word]) for word in one.written] for one in spoken]
    known = [tuple(pairs for pairs in each if pairs and all(weight > 0 for _, weight in pairs)) for each in told]
    return tuple(Written(each) for each in known if each)


def _pairs_of(run: str) -> Set[str]:
    return {run[i : i + 2] for i in range(len(run) - 1)}


def _joined_grams(own: Grams, first: Grams) -> Grams:
    known = {gram for gram, _ in own}
    return (*own, *((gram, weight) for gram, weight in first if gram not in known))


_STATED = re.compile(r"哪(?P<number>[一二两三四五六七八九十]{1,3}|\d{1,2})(?P<measure>[个家种项类条点位名大句方])")
_ROLE = re.compile(
    r"(?P<before>[\u4e00-\u9fff]{2,14}?)的?(?:是谁(?=[啊呀呢吗,，。?？]|$)|叫什么|姓什么|是哪位|由谁担任|由谁出任|谁来当|是谁担任)"
    r"|(?:谁是|谁担任|谁当)(?P<after>[\u4e00-\u9fff]{2,14})"
)


def _stated(part: str) -> tuple[int, str]:
    match = _STATED.search(part)
    number = parse_number(match["number"]) if match else None
    if match is None or number is None:
        return 0, ""
    written = {str(number), chinese_number(number), "两" if number == 2 else str(number)}
    return number, f"(?:{'|'.join(sorted(written))})(?:大)?{match['measure']}"


def _role(part: str) -> str:
    match = _ROLE.search(part)
    return (match["before"] or match["after"] or "") if match else ""


def _unplaced(key: str, query: Query) -> str:
    """The key without the words that were understood as place, edition or day."""
    for reference in query.references:
        if reference.work_text and reference.work_ids:
            key = key.replace(f"《{reference.work_text}》", " ").replace(reference.work_text, " ")
    key = PREDECESSOR.sub(" ", EDITION_YEAR.sub(" ", key)) if query.editions_asked else key
    if any(reference.locator is not None for reference in query.references):
        key = PLACE_WORDS.sub(" ", key)
    if any(note.code == "as_of_from_question" for note in query.notes) and not query.spoken:
        key = re.sub(
            r"(?:截至|截止)?(?:19|20)\d{2}年?(?:\d{1,2}月)?(?:\d{1,2}[日号])?(?:以前|之前|以后|之后|当时|的时候|时候|时|前|后|底|初|末)?",
            " ",
            key,
        )
        key = re.sub(r"大前年|前年|去年|今年|上个?月|昨天", " ", key)
    return key


def _terms(part: str, query: Query, frequencies: Frequencies, total: int) -> list[Term]:
    names = [name for name in query.constraints.get("speakers", ()) if name in part]
    rounds = [name for name in query.constraints.get("rounds", ()) if name in part]
    for name in (*names, *rounds):
        part = part.replace(name, " ")
    compounds = _COMPOUNDS.findall(part)
    for word in compounds:
        part = part.replace(word, " ")
    words: list[tuple[str, bool]] = [(word, True) for word in compounds]
    for piece in _QUESTION_WORDS.sub(" ", part).split():
        words += _content(piece)
    written = _written_for({word for word, _ in words}, part)
    # The round is looked for in the whole document: a sentence of a report on it need not name it again.
    out = [Term(name, 1.0, name=True) for name in names]
    out += [Term(name, 0.3, required=False, name=True) for name in rounds]
    distinct = list(dict.fromkeys(word for word, _ in words))
    weights = _weights([*distinct, *{other for others in written.values() for other in others}], frequencies, total)
    strength = dict(reversed(words))
    for word in distinct:
        required = strength[word] and word not in _GENERIC and not _NUMBER.match(word)
        weight = weights[word] * (1.0 if required else 0.3)
        others = dict.fromkeys(lexicon().same.get(word, ()), OTHER_WORD)
        # 决定 for 拍板: a word of every second text tells less than the question's own did.
        others |= {
            other: OTHER_WORD * min(1.0, weights[other] / weights[word])
            for other in written.get(word, ())
            if other not in others
        }
        out.append(Term(word, weight, tuple(others.items()), required))
    return _of_its_own(out, query)


def _of_its_own(found: list[Term], query: Query) -> list[Term]:
    """The terms of a part: what it shares with another part is not required of its answer, where it has its own."""
    own = search_key(query.text)
    if not query.shared or not any(term.required and term.text in own for term in found):
        return found
    return [term if term.text in own else replace(term, weight=0.3 * term.weight, required=False) for term in found]


def _written_for(words: Set[str], part: str) -> Mapping[str, tuple[str, ...]]:
    """Word → what is written for the spoken forms it is part of."""
    out: dict[str, dict[str, None]] = {}
    for spoken in _spoken(part):
        for word, _ in tagged_words(spoken.words):
            if word in words:
                out.setdefault(word, {}).update(dict.fromkeys(spoken.written))
    return {word: tuple(others) for word, others in out.items()}


def _content(piece: str) -> list[tuple[str, bool]]:
    """The content words of a run without question words; single characters are weak."""
    out: list[tuple[str, bool]] = []
    for word, tag in tagged_words(piece):
        if not re.search(r"[\u4e00-\u9fffa-z0-9]", word) or word in _ADVERBS:
            continue
        if not _KEPT.match(tag) or (tag in ("m", "mq") and not re.search(r"[\d一二三四五六七八九十百千万]", word)):
            continue
        out.append(
            (word, len(word) > 1 and tag.startswith(("n", "vn", "an", "j", "l", "i", "eng", "z", "s", "b", "v", "a")))
        )
    return out


def strangers(key: str, frequencies: Frequencies) -> list[str]:
    """Organisations and speakers the question names and no text of the library does: 宝武集团, 河钢, 铸管厂."""
    organisations = [match for match in _ORGANISATION.finditer(key) if _is_proper(match.span("who"), key)]
    found = {match["who"]: match.group() for match in organisations}
    found |= {match.group(): match.group() for match in _STEEL.finditer(key)}
    people = [match["who"] for match in _SPEAKER.finditer(key) if is_name(match["who"])]
    found |= {who: who for who in people if not _POSTS.match(who[1:])}  # 贺书记 is a name and a post
    pieces = {who: _indexed(who) for who in found}
    counts = frequencies(sorted({piece for parts in pieces.values() for piece in parts})) if found else {}
    return [words for who, words in found.items() if not min((counts[piece] for piece in pieces[who]), default=0)]


def _is_proper(place: tuple[int, int], key: str) -> bool:
    """Whether a stretch is made of whole words that can be a name: 国船 of 外国船公司 and 落选 of 落选厂家 are none."""
    start, tags = 0, []
    for word, tag in tagged_words(key):
        if start >= place[1]:
            break
        if start >= place[0]:
            tags.append(tag)
        elif start + len(word) > place[0]:
            return False
        start += len(word)
    return start == place[1] and all(tag.startswith(("n", "j", "zg", "x")) for tag in tags)


_POSTS = re.compile(r"书记|总|主任|部长|经理|主席|董事?|工$|[处局厂院组校站队]长?$|副")
_ORGANISATION = re.compile(
    r"(?P<who>(?![\u4e00-\u9fff]?[我你他们的个家在是这那哪某本各全大小新老下属子分总外和与对向由到给被让跟把为该及等从想将里了来去过有要请问按])[\u4e00-\u9fff]{2})(?:钢铁)?(?:集团|公司|厂(?![里区长]))"
)
_SPEAKER = re.compile(
    r"(?:^|[,，。?？、\s])(?P<who>[\u4e00-\u9fff]{2,3}?)(?:同志)?(?:在[^,，。?？]{0,20})?"
    r"(?:讲|强调|指出|说|要求|提出|表示|谈|主持|作|宣布|通报)"
)
_STEEL = re.compile(r"[\u4e00-\u9fff](?<![炼轧不型特普优废用买卖出])钢(?![铁材坯水厂种渣管结铁一二三])")


def _weights(words: Sequence[str], frequencies: Frequencies, total: int) -> dict[str, float]:
    """How much a word tells: its inverse document frequency over that of a word of one passage, at least .15."""
    pieces = {word: _indexed(word) for word in words}
    counts = frequencies(sorted({piece for found in pieces.values() for piece in found}))
    out = {}
    for word, found in pieces.items():
        count = min((counts[piece] for piece in found), default=0)
        out[word] = max(0.15, math.log((total + 1) / (count + 0.5)) / math.log(total + 1)) if total > 1 else 1.0
    return out


def _indexed(word: str) -> list[str]:
    """The terms a word is found by: the word where it is one, else its pairs."""
    found = terms(word)
    return [word] if word in found and len(word) < 3 else [term for term in found if len(term) == 2] or found
