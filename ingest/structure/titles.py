"""Titles of regulations: edition marks, short titles, and the form in which two titles are the same work."""

from __future__ import annotations

import re

from ingest.segment import search_key

TYPE_WORDS = (
    "办法|规定|条例|规则|细则|制度|准则|规程|规范|章程|法|法典|解释|决定|决议|批复|意见|通知|通告|公告|方案|指引|标准"
    "|要点|流程|清单|手册|守则|公约|纲要|规划|令|答复|函"
)
_TYPE_END = re.compile(rf"(?:{TYPE_WORDS})$")

_YEAR = r"(?:[0-9０-９]{4}|[〇零○一二三四五六七八九]{4})"
_MARK = (
    rf"{_YEAR}[ 　]*年?[ 　]*(?:[0-9０-９]{{1,2}}月)?(?:第?[一二三四五六七八九十0-9]{{1,2}}次)?"
    r"(?:修订|修正|修改|印发|发布|公布|通过|制定|颁布|试行|暂行|版|本|年|[、，])*(?:版|本|稿)?"
    r"|第[一二三四五六七八九十0-9]{1,3}(?:版|次(?:修订|修正|修改))|试行|暂行|试行稿|修订|修订版|修订稿|修正|修正版|新修订|征求意见稿|草案|新版|最新版?|已废止|废止|失效|已失效"
)
_BRACKETED_MARK = re.compile(rf"[ 　]*[（(\[［〔【][ 　]*(?P<mark>{_MARK})[ 　]*[)）\]］〕】]$")
_BARE_MARK = re.compile(rf"[ 　]*(?P<mark>{_YEAR}年?(?:修订|修正|修改)?(?:版|本)|{_YEAR}年(?:修订|修正|修改))$")

_FOLDED_AWAY = re.compile(r"[\s《》〈〉<>“”\"'‘’「」『』【】\[\]·,，、:：\-—_]+")

_STATE_ORGANS = (
    "全国人民代表大会常务委员会|全国人民代表大会|全国人大常委会|全国人大|国务院办公厅|国务院国有资产监督管理委员会|国务院国资委"
    "|国务院|最高人民法院|最高人民检察院|中共中央办公厅|中共中央|中央纪委国家监委|中央纪委|国家监察委员会|中央军事委员会"
)
_COMPANY = (
    r"(?:中共|中国共产党)?(?!关于|国有|中央企业|国家出资|上市|所属|本|各|全资|控股|子)[\u4e00-\u9fff·]{2,20}?"
    r"(?:集团有限责任公司|集团股份有限公司|集团有限公司|集团股份公司|股份有限公司|有限责任公司|有限公司|集团总公司|集团公司|总公司|集团|公司)"
)
_BODY = r"(?:党委|党组|党总支|党支部|纪委|董事会|监事会|委员会|工会|团委)"
_PREFIXES = (
    re.compile(r"中华人民共和国"),
    re.compile(rf"(?:{_STATE_ORGANS})(?:、(?:{_STATE_ORGANS}))*"),
    re.compile(_COMPANY),
    re.compile(r"(?:中共|中国共产党)[\u4e00-\u9fff]{2,16}?委员会"),
    re.compile(r"中国共产党(?!章程)"),
    re.compile(r"[\u4e00-\u9fff]{2,4}?(?:省|自治区|市)(?:人民政府|委员会|委)?(?![\u4e00-\u9fff]{0,1}$)"),
    re.compile(_BODY),
)


def is_regulation_title(title: str) -> bool:
    """Whether a title names a regulation by its last word: 办法, 条例, 规定 ….."""
    return _TYPE_END.search(split_edition(title)[0]) is not None


def split_edition(title: str) -> tuple[str, str | None]:
    """A title without its edition mark, and the mark: 《办法》（2024年修订） → 办法, 2024年修订."""
    words, mark = title.strip().strip("《》").strip(), None
    while found := _BRACKETED_MARK.search(words) or _BARE_MARK.search(words):
        if not words[: found.start()].strip("《》 　"):
            break
        words = words[: found.start()].strip("《》 　")
        mark = "".join(found["mark"].split()) if mark is None else mark
    return words, mark


def normal_title(text: str) -> str:
    """The form in which two titles are the same work: script, width, spaces, quotes and edition marks folded."""
    words, _ = split_edition("".join(text.split()))
    return _FOLDED_AWAY.sub("", search_key(words))


def work_key(title: str, issuer: str | None = None) -> str:
    """What two titles of one work have in common, printed in full or without the state's or the group's name.

    公务员法 is 中华人民共和国公务员法. 巡察工作办法 is 岱川钢铁集团有限公司党委巡察工作办法 when that group, or its party
    committee, issued it: another group's rule of the same name is another work.
    """
    words, _ = split_edition(title)
    own = _COMPANY_NAME.match(words)
    company = own or (_COMPANY_NAME.match(issuer) if issuer else None)
    if company is None:
        return normal_title(_OF_STATE.sub("", words))
    rest = words[own.end() :] if own else words
    body = re.match(_BODY, rest)
    if body and _TYPE_END.search(rest[body.end() :]) and len(rest[body.end() :]) >= 4:
        rest = rest[body.end() :]
    return normal_title(company["name"] + rest)


_COMPANY_NAME = re.compile(rf"(?:中共|中国共产党)?(?P<name>{_COMPANY.removeprefix('(?:中共|中国共产党)?')})")
_OF_STATE = re.compile(r"^(?:中华人民共和国|中国共产党(?!章程))(?=.{2})")


def organisation(title: str) -> str | None:
    """The organisation a title begins with: 岱川钢铁集团有限公司党委, 最高人民法院; None when none shows."""
    words, _ = split_edition(title)
    if (cut := words.find("关于")) > 1:
        return words[:cut].rstrip("、")
    for prefix in _PREFIXES[1:4]:
        found = prefix.match(words)
        if found:
            body = re.compile(_BODY).match(words, found.end())
            # 岱川集团党委巡察工作领导小组工作规则 is the group's; 党委 there begins the subject.
            return words[: body.end()] if body and not words[body.end() :].startswith("巡察工作领导小组") else found[0]
    return None


def short_titles(title: str) -> tuple[str, ...]:
    """The titles one may use without the organisation: 党委巡察工作办法 and 巡察工作办法, 公务员法."""
    words, _ = split_edition(title)
    out: list[str] = []
    shorter = True
    while shorter:
        shorter = False
        for prefix in _PREFIXES:
            found = prefix.match(words)
            rest = words[found.end() :] if found else ""
            if len(rest) >= 3 and (_TYPE_END.search(rest) or rest.startswith("关于")) and not rest.startswith("的"):
                words = rest
                out.append(words)
                shorter = True
                break
    return tuple(out)
