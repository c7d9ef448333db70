"""How well a span meets a question: its terms covered, and the kinds of thing asked for present."""

from __future__ import annotations

import re
from collections.abc import Iterable

from app.answer.asking import Ask, Term, Want
from app.understand import names_in
from ingest.structure.numerals import CHINESE
from ingest.structure.speakers import is_name

VALUES = (Want.NUMBER, Want.DURATION, Want.MONEY, Want.TIME)
CONTEXT = 0.6
"""What a term met in the context counts beside one met in the span itself, when spans are compared."""

HINT = 0.4
"""Met less than this, a text does not have a term."""

_N = rf"[0-9{CHINESE}百千万亿]+(?:\.\d+)?"


def met(term: Term, text: str) -> float:
    """How far a text has the term: 1 as it stands, less for another word for it, for a part of a long word."""
    if term.text in text:
        return 1.0
    if other := max((share for word, share in term.others if word in text), default=0.0):
        return other
    if term.name:
        return 0.0
    if len(term.text) >= 3:
        pairs = [term.text[i : i + 2] for i in range(len(term.text) - 1)]
        share = sum(pair in text for pair in pairs) / len(pairs)
        return 0.8 * share if share >= 0.5 else 0.0
    # 缩短 and 短, 主持人 and 主持: half a word is a hint, not the word.
    return 0.0


def coverage(ask: Ask, own: str, context: str = "", weight: float = 1.0) -> float:
    """The weighted share of the question's terms in a span; those only in its context count ``weight`` of it."""
    if not ask.terms:
        return 1.0
    total = sum(term.weight * max(met(term, own), weight * met(term, context)) for term in ask.terms)
    return total / ask.weight


def uncovered(ask: Ask, texts: Iterable[str]) -> list[Term]:
    """The required terms that none of the texts has."""
    everything = "\n".join(texts)
    return [term for term in ask.terms if term.required and met(term, everything) < HINT]


# ---------------------------------------------------------------- kinds of thing

_DURATION = re.compile(rf"(?:{_N}|半|每|当)(?:多)?(?:个)?(?:半)?(?:日|天|月|年|周|星期|小时|工作日|分钟|季度|交易日)")
_DATE = re.compile(r"(?:19|20)\d{2}年|\d{1,2}月\d{1,2}[日号]")  # 28日 of 10月28日 is no length of time
_TIME = re.compile(
    rf"(?:{_N}|每|当|次|同|上|下|本|前|后)(?:个)?(?:年|月|日|号|天|季度|周|星期|时)|[上下]午|之日|年底|年初|月底|[初末]前|前后?$|后[,，]|时[,，]|期间|届满|到期|随时|立即|及时|按季|按月|按年"
)
_MONEY = re.compile(
    rf"{_N}(?:余|多)?(?:个)?(?:万|亿|千|百)?(?:元|%|％|倍|百分点|人民币)|百分之|全额|免费|实报实销|不得(?:超过|收取)|价格|标准(?:按|执行|为)"
)
_NUMBER = re.compile(_N)
_NO_NUMBER = re.compile(
    r"[一二三四五六七八九十]是|一律|一致|一定|一般|一些|统一|进一步|唯一|十分|万一|第[一二三四五六七八九十]+|[(（][一二三四五六七八九十]+[)）]"
)
_SHARE_ASKED = re.compile(r"(?:完成|合格|优良|整改|销号|覆盖|到位|满意|增长|达标)率[^,，]{0,4}(?:多少|几)")
_PLACE = re.compile(
    r"地点|在[^,，。]{2,16}(?:厅|室|馆|楼|礼堂|市|县|区)(?:召开|举行|进行)?|会议室|会场设在|礼堂|报告厅|会议厅|存放|存于|专用设备|驻地"
)
_BODY = re.compile(
    r"党委|党组|党支部|纪委|部门|机构|单位|公司|中心|委员会|领导小组|办公室|巡察办|巡察组|[\u4e00-\u9fff]部|[\u4e00-\u9fff]厂|人民政府|人民法院|检察院|公安机关|国务院|主管|机关|书记|主任|经理|董事长|组长|负责人|常务委员会|代表大会|局"
)
_WITH_WHOM = re.compile(
    r"[和与跟同向归找给报由]谁|谁(?:来|得|该|能|去)?(?:批|同意|点头|拍板|说了算|决定|审|负责|牵头|管|断|裁|启动|签)"
)
"""和谁合署, 报谁同意: a department or a post may be the answer."""
_UNITS_ASKED = re.compile(r"(?:单位|公司|厂)是哪|哪[^,，。?？]{0,4}(?:单位|公司|厂|家)")
_UNIT_NAME = re.compile(
    r"[\u4e00-\u9fff](?:厂|公司|部(?![门署分])|中心|室|院|矿|采场|处|局)(?=[、和及,，。;；0-9一二三四五六七八九十等党]|$)"
)
_REASON = re.compile(r"为了?|因为?|由于|鉴于|目的|旨在|以便|防止|避免|确保|导致|所以|以[\u4e00-\u9fff]{2,}")
_POST = re.compile(
    r"书记|董事长|经理|主任|部长|组长|厂长|院长|主席|委员|处长|科长|师|总监|同志|代表|成员|负责人|人员|本人|员|人"
)
_IN_POST = re.compile(
    r"(?:书记|主席|经理|组长|主任|部长|厂长|院长|处长|科长|总监|董事长|工程师|会计师)(?P<who>[\u4e00-\u9fff]{3})"
)
_ITEMS = re.compile(r"[(（][一二三四五六七八九十]+[)）]|一是|二是|第一[,，]|下列|以下|、|；|;")


def satisfied(want: Want, ask: Ask, text: str, *, rule: bool, people: Iterable[str] = ()) -> bool:
    """Whether a text has the kind of thing asked for. ``rule``: it is a regulation's, where a post is a person."""
    match want:
        case Want.PERSON:
            if ask.role:
                return holds_role(ask.role, text, rule=rule, people=people)
            if any(name in text for name in people) or names_in(text):
                return True
            if _WITH_WHOM.search(ask.text) and _BODY.search(text):
                return True
            if any(is_name(match["who"]) for match in _IN_POST.finditer(text)):
                return True
            return rule and (_POST.search(text) or _BODY.search(text)) is not None
        case Want.BODY:
            if not rule and _UNITS_ASKED.search(ask.text):
                return _UNIT_NAME.search(text) is not None
            return _BODY.search(text) is not None
        case Want.DURATION:
            return _DURATION.search(_DATE.sub("", text)) is not None
        case Want.MONEY:
            return _MONEY.search(text) is not None
        case Want.TIME:
            return _TIME.search(text) is not None or _DURATION.search(text) is not None
        case Want.PLACE:
            # 去哪里申诉 is answered by whom to turn to.
            return _PLACE.search(text) is not None or (rule and _BODY.search(text) is not None)
        case Want.NUMBER:
            return counted(ask, text)
        case Want.REASON:
            return _REASON.search(text) is not None
        case Want.LIST:
            return True
    return True


def holds_role(role: str, text: str, *, rule: bool, people: Iterable[str]) -> bool:
    """Whether a text says who has a role: 第一巡察组组长贺长青, 组长由集团党委书记担任, 骨干担任巡察联络员."""
    if role in set(people) or (len(role) <= 3 and is_name(role)):
        return role in text  # 汪震是谁
    tail = role[-2:]
    by = rf"{tail}[^,，。；;]{{0,4}}由[^。；;]{{2,40}}(?:担任|兼任|出任)"
    if re.search(rf"{by}|[\u4e00-\u9fff]{{2,}}(?:担任|兼任|出任)[^,，。；;]{{0,6}}{role[-3:]}", text):
        return True
    if rule and re.search(rf"{tail}[^。；;]{{0,12}}(?:由|为|是)", text):
        return True
    # 骗补助的分会主席: the post stands at the end of what the question says of its holder.
    post = next((role[i:] for i in range(len(role) - 1) if role[i:] in text and not role[:i].endswith("副")), role)
    for match in re.finditer(rf"(?<!副){re.escape(post)}", text):
        after = text[match.end() : match.end() + 12]
        name = re.match(r"[ 　:：、（(]?(?P<who>[\u4e00-\u9fff]{2,3})", after)
        if any(person in after for person in people) or (name and is_name(name["who"])):
            return True
    return False


_RUN = re.compile(r"[^、,，。；;:：\n]{1,24}(?:、[^、,，。；;:：\n]{1,24})+")
_MARKS = (
    r"[(（][一二三四五六七八九十]+[)）]",
    r"[一二三四五六七八九十]是",
    r"第[一二三四五六七八九十][,，]",
    r"“[^”]+”",
)


def states(ask: Ask, text: str) -> bool:
    """Whether a text counts or lists as many things as the question says there are, 两种 or two of them, or lists none."""
    if not ask.stated or re.search(ask.stated, text):
        return True
    runs = [len(re.split(r"[、和与及]", run.group())) for run in _RUN.finditer(text)]
    runs += [run.group().count("、") + 1 for run in _RUN.finditer(text)]
    runs += [len(re.findall(mark, text)) for mark in _MARKS]
    runs += [2] if re.search(r"[\u4e00-\u9fff][和与及或][\u4e00-\u9fff]", text) else []
    runs += [len(re.findall(r"[;；]", text)) + 1]
    return ask.number in runs or max(runs) < 2


def contradicts(ask: Ask, text: str) -> bool:
    """Whether a text counts the things asked for otherwise: 6家单位 where eight are asked for."""
    measure = ask.stated[-1:]
    noun = re.search(rf"哪.{{1,3}}?{measure}(?P<noun>[\u4e00-\u9fff]{{2}})", ask.text) if measure else None
    if noun is None or states(ask, text):
        return False
    return re.search(rf"{_N}{measure}{noun['noun']}", text) is not None


def counted(ask: Ask, text: str) -> bool:
    """Whether a text counts what the question asks the number of: 多少个问题 wants a number of 问题 or 个."""
    measure, _, noun = ask.counted.partition("|")
    if re.search(rf"{_N}分之{_N}|{_N}[%％]|半数", text):
        return True
    if _SHARE_ASKED.search(ask.text):
        return re.search(r"[一二三四五六七八九]成", text) is not None
    if not measure and not noun:
        return _NUMBER.search(_NO_NUMBER.sub("", text)) is not None
    nouns = [noun[:2]] if len(noun) >= 2 else []
    tail = "|".join(re.escape(word) for word in (*([measure] if measure else []), *nouns))
    # 55 个问题, 问题 55 个, 55个: the number stands before the measure or the noun.
    if re.search(rf"{_N}(?:余|多)?(?:{tail})", text):
        return True
    if nouns and not measure and re.search(rf"{re.escape(nouns[0])}[^,，。；;、]{{0,6}}{_N}", text):
        return True
    return bool(measure in ("种", "类", "个", "项", "条") and re.search(r"[(（]二[)）]|二是", text))
