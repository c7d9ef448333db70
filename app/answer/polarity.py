"""What a text says of doing a thing: must, may, must not, need not, is not; and where two texts contradict."""

from __future__ import annotations

import re
from collections.abc import Iterator

_BAN = re.compile(
    r"不(?:得|准|许|能|允许|可(?![抗预避逆分缺])|应(?!当?有)|应当|宜|要)|禁止|严禁|切忌|杜绝|(?<=[要都])不"
)
_FREE = re.compile(r"无须|无需|不必|不需要?|不用(?!于)|免(?:于|予)(?!处)")
_MUST = re.compile(
    r"应当?(?![用对急有收付招急届到])|必须|务必|须(?!知)|需(?!求)|(?<![主重需只不简紧首概纲])要(?![求素点闻件领么义害紧])|方可"
)
_MAY = re.compile(r"可以(?!达?到)|(?<![即许认])可(?![到达高至]|[能靠行见抗预避逆分研持信观])|有权|允许|准许")
_NOT = re.compile(r"(?:不|没有|没(?![收落有])|未(?!来)|无(?!论)|非(?![法公])|反对|拒绝|否认|缺少|缺乏)")
_DENIAL = re.compile(f"{_FREE.pattern}|{_BAN.pattern}|{_NOT.pattern}")
_FIXED = re.compile(
    r"不(?:得|能|应)?(?:超过|少于|低于|多于|高于|大于|小于|超出|足|满(?![意足]))|不到(?=.{0,8}[\d%百])|[未没]满|未达到?\d"
    r"|不(?:仅|但|断|论|管|限于|如|久)|(?<![超通经])不过(?![问滤户量])|不在?[此其]?[限列内](?!期)|(?P<asked>[\u4e00-\u9fff])不(?=(?P=asked))"
    r"|不得不|不可抗力|无论|除非|莫不|不可避免|不可分割|不可或缺|有没有|是不是|是否|能不能|可不可以|不同(?!意(?!见))|[没未](?=[^,。]{1,8}(?:之前|以前))"
    r"|没有?(?:超过|超出|达到|到)(?=.{0,8}[\d%百])|不受[此这该上前][^,。]{0,5}限制?"
)
"""Words with 不 or 无 in them that deny nothing."""
CONDITION = re.compile(
    "[^,]{0,12}确[需因]|[^,]*[不未没非][^,]*的[^,的]{0,3}$|如果|如需|若|需要|逾期|超期|到期|期满|即便|即使|虽然|尽管|未经|没有?经过?"
)
"""What begins a condition: it states nothing that could be denied."""
_ASKING = re.compile(r"(?:必须|须|要|应当?)(?:先|[经由报得到]){0,2}[^,。;可须应]{0,12}(?:批准|同意|审批)")
"""Leave that must be had is no duty to do the thing: 须经批准 is 经批准可以."""
_OFFERED = re.compile(r"可以?(?:先|[经由报]){0,2}[^,。;须应要]{0,12}(?:批准|同意|审批)")
_OPPOSITES = (
    ("反对", "赞成"), ("反对", "同意"), ("反对", "要求"), ("增加", "减少"), ("提高", "降低"), ("延长", "缩短"), ("上升", "下降"),
    ("扩大", "缩小"), ("从重", "从轻"), ("放宽", "收紧"), ("增至", "减至"), ("升至", "降至"), ("提前", "推迟"),
)  # fmt: skip
BANNED = 0.5
"""A clause that asserts so much of what another bans contradicts it."""
_REACH = 3
"""Characters after a denial that it may be of; a ban is of the rest of its clause."""
_IDLE = frozenset(
    "的了在和与及或是为对于由被将把并其该本各这那所以而则得地之也就都再进行作出予以零一二两三四五六七八九十百千万0123456789个"
)


def contradict(clause: str, other: str) -> str:
    """How two clauses about one thing contradict: "negation", "duty", or "" when they do not."""
    for a, b in (*_OPPOSITES, *(pair[::-1] for pair in _OPPOSITES)):
        if a in clause and b in other and a not in other and b not in clause:
            return "negation"
    here, there = _Stance(clause), _Stance(other)
    denied = (here.denies_what(there), there.denies_what(here))
    # Where both deny, each may say it of another word: 不算在面积里 is 面积不含.
    if all(denied) if here.denies and there.denies else any(denied):
        return "negation"
    if (here.bans and there.asks and not there.denies) or (there.bans and here.asks and not here.denies):
        return "negation"
    if any(_OFFERED.search(a) and _ASKING.search(b) for a, b in ((clause, other), (other, clause))):
        return "duty"
    if here.frees != there.frees and (here.must or there.must):
        return "duty"
    if (here.must, here.may, there.must, there.may) in ((True, False, False, True), (False, True, True, False)):
        return "duty"
    return ""


def permits(text: str) -> bool:
    """Whether a clause says in so many words that something may be done."""
    plain = _without_fixed(text)
    if _DENIAL.search(plain):
        return False
    return re.search("(?<![才就])可以(?!达)|有权|允许", plain) is not None and "属于" not in plain


def bans(text: str) -> bool:
    """Whether a clause forbids something, and permits nothing."""
    plain = _without_fixed(text)
    return _BAN.search(plain) is not None and not permits(text)


def leaves_free(text: str) -> bool:
    """Whether a text leaves something free, in whatever words."""
    return _LOOSELY_MAY.search(_without_fixed(text)) is not None


_LOOSELY_MAY = re.compile("可(?![能靠行])|能(?![力源])|许|有权|免|不受|自行|自愿|以上|以内|酌情|视")


class _Stance:
    """What a clause denies, and what it asks or permits."""

    def __init__(self, clause: str) -> None:
        self._clause = _without_fixed(clause)
        self.frees = _FREE.search(self._clause) is not None
        self.bans = _BAN.search(self._clause) is not None
        self.denies = _DENIAL.search(self._clause) is not None
        plain = _ASKING.sub("\n", _DENIAL.sub("\n", self._clause))
        self.must = _MUST.search(plain) is not None
        self.may = _MAY.search(plain) is not None
        self.asks = self.must or self.may

    def denies_what(self, other: _Stance) -> bool:
        """Whether a word that this clause denies is asserted in the other, and nowhere denied.

        Where both ban, what is banned may stand before the ban or after it.
        """
        for match in _DENIAL.finditer(self._clause):
            ban = _BAN.fullmatch(match.group()) is not None
            if ban and self.bans and other.bans:
                continue
            words = _reached(self._clause[match.end() :], all_of_it=ban)
            asserted = [word for word in words if self._asserted_only_in(other, word)]
            if asserted and len(asserted) >= (BANNED * len(words) if ban else 1):
                return True
        return False

    def _asserted_only_in(self, other: _Stance, word: str) -> bool:
        there, here = list(_denials_of(word, other._clause)), _denials_of(word, self._clause)
        return bool(there) and not any(there) and all(here)


def _reached(after: str, *, all_of_it: bool) -> list[str]:
    """The pairs of characters that a denial before them is of."""
    kept = "".join(character for character in after if character not in _IDLE)
    kept = kept if all_of_it else kept[:_REACH]
    return [kept[i : i + 2] for i in range(len(kept) - 1)]


def _without_fixed(text: str) -> str:
    return _FIXED.sub(lambda match: "\n" * len(match.group()), text)


# ---------------------------------------------------------------- over the whole of the sources

_CLAUSES = re.compile(r"[,。;:\n]")
_DONE = re.compile(r"已经?(?=[\u4e00-\u9fff]{2})")
_DENIED = re.compile("不|没有?|未|无|非|禁|杜绝|反对|拒绝|暂缓|暂停|停止|中止|取消|免|除外|以外|例外|缺|仅|只")
_FAR = re.compile(f"{_FREE.pattern}|{_BAN.pattern}|未经|除|仅|只|不(?:同意|赞成)|反对|拒绝")
_BESIDE = 9
"""Characters before a word in which a 不, 没有 or 未 denies it."""
_AGAINST, _AGAINST_TOO = re.compile("反对|拒绝|否认"), re.compile("反对|拒绝|否认|不赞成|不同意|异议")
_FREED = re.compile(f"{_FREE.pattern}|可以?不|不再|除外|例外")
_WORD = re.compile(r"[在把对将以被给还再经由向自有]*([\u4e00-\u9fff]{2})")


_ONLY_SO = re.compile("方可|才[能可]|方能")


def unfounded(sentence: str, sources: str) -> Iterator[str]:
    """Denials that the sources have no words for.

    A ban, a relief or an objection where they hold none; a thing denied that they only assert, or said to be done
    that they only deny.
    """
    plain, held = _without_fixed(sentence), _without_fixed(sources)
    for said, meant in ((_FREE, _FREED), (_BAN, _DENIED), (_AGAINST, _AGAINST_TOO)):
        found = said.search(plain)
        otherwise = found is not None and "否则" in plain and _ONLY_SO.search(held)
        if found and not otherwise and not meant.search(sources):
            yield found.group()
    asserted = "\n".join(clause for clause in _CLAUSES.split(plain) if not CONDITION.match(clause))
    for match in _DENIAL.finditer(asserted):
        word = _word_after(asserted, match.end())
        if word in held and not any(_denials_of(word, held)) and not _denied_in_short(word, held):
            yield match.group() + word
    for match in _DONE.finditer(asserted):
        word = _word_after(asserted, match.end())
        if word in held and all(_denials_of(word, held)):
            yield match.group() + word


_MODAL = re.compile(f"(?P<ban>{_BAN.pattern})|(?P<may>{_MAY.pattern})|(?P<must>{_MUST.pattern})")
_EXCEPTED = re.compile("除外|例外")
_LEAVE = re.compile("批准|同意|审批")
"""Who needs leave for a thing may do it when he has it."""


def shifted(sentence: str, sources: str) -> Iterator[str]:
    """What a sentence permits that the sources only demand or forbid, and what it demands that they only permit."""
    plain, held = _without_fixed(sentence), _without_fixed(sources)
    for match in _MODAL.finditer(plain):
        clause = _CLAUSES.split(plain[: match.start()])[-1]
        word = _word_after(plain, match.end())
        meant = [_modal_of(found.start(), held) for found in re.finditer(re.escape(word), held)]
        if match["may"] and _LEAVE.search(clause):
            continue
        said, there = match.lastgroup, {*meant} - {""}
        shift = there == {"may"} if said == "must" else bool(there) and said not in there
        shift &= said != "ban" or not _EXCEPTED.search(held)
        if shift or (match.group() == "可以" and meant and word != "除外" and not _MAY.search(held)):
            yield match.group() + word


def _modal_of(position: int, text: str) -> str:
    """What the last such word before a position in its clause says: "may", "must", "ban" or ""."""
    found = list(_MODAL.finditer(_CLAUSES.split(text[:position])[-1]))
    return (found[-1].lastgroup or "") if found else ""


def _word_after(text: str, position: int) -> str:
    """The two characters that a denial is of; a line break, which no word holds, where there are fewer."""
    found = _WORD.match(text, position)
    return found[1] if found else "\0"


def _denials_of(word: str, text: str) -> Iterator[bool]:
    """For each occurrence of a word, whether it is denied: by a ban before it in its clause, or a denial beside it."""
    for match in re.finditer(re.escape(word), text):
        before = _CLAUSES.split(text[: match.start()])[-1]
        beside = before[-_BESIDE:] + "\0" + text[match.end() : match.end() + 2]
        yield (_FAR.search(before) or _DENIED.search(beside)) is not None


def _denied_in_short(word: str, text: str) -> bool:
    """Whether an exception is made, or the first character denied: 一律不批 denies 批准."""
    return re.search(rf"除外|例外|(?:{_DENIED.pattern})[^,。;:\n]{{0,2}}{word[0]}", text) is not None
