"""What 多少 and 几 ask to be counted in: money, a share, a period, so many 辆; and whether a text has a number of it.

A near miss often speaks of the very thing asked about and has numbers, but none of the kind asked for: 配备几辆车 and a
speed limit. What is asked for is read off the measure word or noun after 多少, or what stands before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.structure.numerals import CHINESE

_DIGITS = rf"(?:\d[\d,]*(?:\.\d+)?|[{CHINESE}百千半]+)"
_N = rf"{_DIGITS}(?:余|多|来|几)?[万亿千百]*(?:余|多)?"


@dataclass(frozen=True, slots=True)
class Measure:
    """A kind of number asked for: its name in a message, and the form of a text that has one."""

    words: str
    told: re.Pattern[str]


MONEY = Measure(
    "金额或标准",
    re.compile(
        rf"{_N}(?:元|块|[%％]|倍)|{_DIGITS}[万亿](?![人次名个家户项吨度])|百分之|全额|实报|据实|免费|减半|不予报销|不得(?:超过|收取)"
    ),
)
SHARE = Measure(
    "比例", re.compile(rf"{_N}(?:[%％]|个?百分点|成|折|个点|倍)|百分之|{_DIGITS}分之|半数|一半|过半|减半|全部|全额")
)
PERIOD = Measure(
    "期限",
    re.compile(
        rf"{_N}个?(?:工作日|自然日|日|天|周|星期|月|年|小时|分钟|季度|学时)|每(?:半?年|半?月|季度|周|日|天)|当[日天月年]|[长定]期|永久|任期|随时|立即|及时|即时"
    ),
)
DAY = Measure(
    "时间",
    re.compile(
        rf"{_N}(?:年|月|日|号|时|点)|[年月季]度?[底初末]|[上下]午|[当次]日|当天|届满|期满|之日|\d{{1,2}}[:：]\d\d"
    ),
)
CONTACT = Measure("号码或网址", re.compile(r"\d{4,}|@|www"))
ANY = Measure("所问的数量", re.compile(_N))

_ALIKE = (
    "人 名 位 个人 人次", "次 回 趟 遍 轮 场", "岁 周岁", "级 档 等 挡", "辆 台 部", "页 张 份", "公里 千米", "米 公尺", "升",
    "个 家 项 条 种 类 件 起 处 方面 款 份 户 名 人 位 点 所 座 轮 批", "吨", "度 ℃", "字", "平方米 平米", "届", "期 批", "票",
    "套", "艘 条", "分贝", "千瓦", "所 座 栋", "枚 颗", "本 册", "支", "门", "学时 课时", "篇", "班",
)  # fmt: skip
"""Measure words that count the same things."""
_MEASURES = {word: tuple(group.split()) for group in reversed(_ALIKE) for word in group.split()}
_MEASURE = "|".join(sorted(_MEASURES, key=lambda word: (-len(word), word)))

_MONEY_NOUN = r"(?:费|金|款|钱|薪|奖励?|补[贴助]?|津贴|工资|[价租税]|投资|预算|报酬|损失|额度?|限额|成本)"
_PAID = rf"(?:{_MONEY_NOUN}|花[了费]?|罚|赔偿?|扣|报销|支付|[给发领拿](?:到|给)?)"
_ASKED = re.compile(
    r"(?P<how>多少|(?<![哪好十的里那这没])(?<![没不][\u4e00-\u9fff])(?<!另外|不过)几(?![乎何率经])(?<!才几))"
    r"(?P<each>个?)(?P<rest>[\u4e00-\u9fff%％]{0,4})"
)
"""没几个, 那几条 and 才几十万 ask for no number."""
_OF_MONEY = re.compile(rf"(?:[十百千]?[万亿]?(?:元|块|钱))|[\u4e00-\u9fff]{{0,3}}{_MONEY_NOUN}")
_OF_SHARE = re.compile(r"成|折|倍|[%％]|百分点")
_OF_POINTS = re.compile(r"个?点(?!钟)")
_RISEN = re.compile(r"[涨降升跌高低增减差][了到得]?$|提成[^,，]{0,4}$|率[^,，]{0,4}$")
_HOUR = re.compile(r"[天日早晚午夜][上间]?$|时间[^,，]{0,4}$|[定等到从]$")
_OPENS = re.compile(r"点[开上下就能到前]")
_OF_PERIOD = re.compile(r"工作日|自然日|[月年天日周]|星期|礼拜|小时|钟头|分钟|季度|学时")
_OF_DAY = re.compile(r"[月日号](?:[?？份前之以]|$)|点(?:[?？钟开上下就能到前]|$)")
_LONG = re.compile(r"多久|多长时间|多长(?=[?？]|$)|[期时]限(?:是|为|有)?(?:多|几|怎么|如何|是什么|[?？]|$)")
_WHEN = re.compile(r"(?:什么|啥)时(?:候|间)|何时|几时|哪一?[天年]|哪个月")
_REACHED = re.compile(
    r"(?:电话|号码|手机号|邮箱|网址|账号)[^,，。?？]{0,4}(?:多少|什么|啥)|(?:号码|电话|邮箱|网址)(?=[?？]|$)|[拨打][^,，。?？]{0,4}哪个号"
)
_NO_NUMBER = re.compile(
    rf"第[{CHINESE}百千\d]+(?:[章条款项轮次批届期组名位个]|季度)|[(（][{CHINESE}]+[)）]|[{CHINESE}]是|一(?:律|致|定|般|些|并|经)|统一|进一步|唯一|十分(?!钟|之)|万一|(?<!分)之一"
)


def measures(question: str) -> tuple[Measure, ...]:
    """The kinds of number a question asks for, in its order; ``question`` is a search key."""
    found = [one for match in _ASKED.finditer(question) if (one := _measure(match, question)) is not None]
    found += [PERIOD for _ in _LONG.finditer(question)]
    found += [
        Measure(DAY.words, re.compile(f"{DAY.told.pattern}|{PERIOD.told.pattern}")) for _ in _WHEN.finditer(question)
    ]
    found += [CONTACT for _ in _REACHED.finditer(question)]
    return tuple({one.words: one for one in found}.values())


def _measure(match: re.Match[str], question: str) -> Measure | None:
    before, rest = question[max(0, match.start() - 12) : match.start()], match["rest"]
    if _OF_POINTS.match(f"{match['each']}{rest}"):
        return SHARE if _RISEN.search(before) else DAY if _HOUR.search(before) or _OPENS.match(rest) else None
    if before.endswith("分之") or _OF_SHARE.match(rest):
        return SHARE
    if match["how"] == "几" and not match["each"] and _OF_DAY.match(rest + question[match.end() : match.end() + 1]):
        return DAY
    if _OF_PERIOD.match(rest):
        return PERIOD
    if _OF_MONEY.match(rest) and not match["each"]:
        return MONEY
    if counted := re.match(_MEASURE, f"{match['each']}{rest}"):
        return _count(counted.group())
    if re.search(r"(?:比例|占比?|率|幅度|权重)[^,，]{0,5}$", before):
        return SHARE
    return MONEY if re.search(rf"{_PAID}[^,，]{{0,4}}$", before) else ANY


_OF_A_WHOLE = frozenset(
    "人 名 位 个 家 项 条 种 类 件 起 户 所 座 轮 批 票 学时 课时 班 艘".split()  # noqa: SIM905 - a list of words
)
"""What a share tells the number of as well: 每年抽查三分之一的单位; of 多少字 it does not."""


def _count(measure: str) -> Measure:
    alike = "|".join(map(re.escape, _MEASURES[measure]))
    share = rf"|{_DIGITS}分之|半数|[%％]" if measure in _OF_A_WHOLE else ""
    return Measure(f"多少{measure}", re.compile(rf"{_N}(?:{alike}){share}"))


def lacking(question: str, text: str) -> Iterator[Measure]:
    """The kinds of number a question asks for that a text has none of; both are search keys."""
    numbers = _NO_NUMBER.sub("|", text)
    return (measure for measure in measures(question) if not measure.told.search(numbers))
