"""What a document says of itself at its fixed places: when a meeting was held and who attended, a notice's number.

Such a place has few of the question's words: “会议在什么时候召开” is answered by “10月28日,集团党委召开动员部署会”. It is known by
its form, as a line with a label (主持：…) or the first sentence of a report.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.structure.speakers import is_name


@dataclass(frozen=True, slots=True)
class Fact:
    """One such fact: how it is asked for and how told. ``every``: all lines that tell it belong to the answer."""

    words: str  # what it is, in a message
    asked: re.Pattern[str]
    told: re.Pattern[str]
    every: bool = False
    series: bool = False  # told in points, which belong together
    opening: bool = False  # told first where it is told: what says it further down tells something else
    listed: bool = False  # the numbered lines right under it belong to it
    fixed: bool = False  # told nowhere else: what lacks the form does not tell it

    def names(self, word: str) -> bool:
        """Whether a word asks for the fact, rather than says of which document."""
        return word in self.words or self.asked.search(word) is not None or word in ("签发", "主持", "参加", "联系")


_WHEN = r"(?:什么时候|何时|哪一?[天日年]|几月几[日号]|几[月号]|什么(?:时间|日子)|(?:时间|日期)(?:是|为)?(?:什么|哪))"
_MEETING = r"(?:会议?|班|大会)"
_HELD = r"(?:召开|举行|举办|开)"
_DAY = r"(?:\d{4}年)?\d{1,2}月\d{1,2}[日号]"
_ISSUED = r"(?:印发|下发|发布|发文|公布|出台|成文|制发|发出|发)"
_BODY = r"[\u4e00-\u9fff（）()]{2,32}(?:公司|集团|党委|党组|支部|纪委|委员会|办公室|工会|部|局|院|厂|中心|处|室)"

FACTS: Sequence[Fact] = (
    Fact(
        "会议时间",
        re.compile(
            rf"{_MEETING}(?:是|在|于)*{_WHEN}(?:{_HELD}|的|[?？]|$)|{_WHEN}{_HELD}的?[^,，。?？]{{0,20}}{_MEETING}"
            rf"|{_MEETING}的?{_HELD}?的?(?:时间|日期)(?!表|有?多[长久]|长)"
        ),
        re.compile(
            rf"^(?:会议|培训|活动|召开)?(?:时间|日期)[:：]|^[^。;；]{{0,24}}{_DAY}[^。;；]{{0,60}}(?:召开|举行|举办|主持|组织|参加)"
        ),
        opening=True,
    ),
    Fact(
        "会议地点",
        re.compile(
            rf"{_MEETING}(?:是|在|于)*(?:哪里|哪儿|哪个(?:地方|会议室)|什么(?:地方|地点)|何[处地]){_HELD}?|{_MEETING}的?{_HELD}?的?地点"
            rf"|(?:在哪里|在哪儿|在什么地方|在何处)(?:召开|举行|举办|开的?){_MEETING}?"
        ),
        re.compile(r"^(?:会议|培训|活动|召开)?地点[:：]|在[^,，。;；]{2,24}(?:召开|举行|举办)"),
        opening=True,
    ),
    Fact(
        "主持人",
        re.compile(r"谁(?:来)?主持|哪位(?:领导)?主持|主持(?:会议)?的?(?:人|领导)?(?:是|为)?(?:谁|哪位)"),
        re.compile(r"^(?:会议)?主持人?[:：]|[\u4e00-\u9fff]{2,4}(?:同志)?主持(?:了|召开)?[^,，。;；]{0,16}会"),
        opening=True,
    ),
    Fact(
        "参会人数",
        re.compile(
            r"(?:多少|几)(?:个人|人|名)[^,，。?？]{0,6}(?:参加|出席|列席|到会|参会|与会)|(?:参会|与会|出席|到会|参加会议)的?(?:人数|(?:一共|共|总共)?有?(?:多少|几)个?人)"
        ),
        re.compile(
            r"(?=.*(?:参加|出席|列席|到会|参会|与会|听会|会场)).*(?:\d|[一二三四五六七八九十百千两])+(?:余|多)?个?(?:人|名)(?!次)"
        ),
        fixed=True,
    ),
    Fact(
        "参加会议的人员",
        re.compile(
            r"(?:谁|哪些(?:人|领导|单位|部门)|什么人|哪几(?:个人|位))[^,，。?？]{0,6}(?:参加|出席|列席|到会|参会|与会)了?(?:这次|本次|此次|该)?(?:会议?|大会|[?？]|$|的)"
            r"|(?:参会|与会|出席|列席|到会|参加(?:会议|大会|这次会|本次会)?)的?(?:人员|领导|单位|人)?(?:有|是|都有|包括)(?:哪些|谁|什么人)"
            r"|(?:参加|出席|列席)(?:会议|大会|这次会|本次会)[^,，。?？]{0,3}(?:人员|领导|单位|人|有)"
        ),
        re.compile(
            r"^(?:出席|列席|参加|参会|与会|到会)[\u4e00-\u9fff]{0,4}[:：]|(?:出席|列席|参加)了?(?:本次|此次|这次|会议|大会|[\u4e00-\u9fff]{0,8}会)|(?:参会|与会)(?:[。,，]|$)"
        ),
        every=True,
    ),
    Fact(
        "文号",
        re.compile(r"文号|发文字号|文件(?:编)?号|几号文|(?:通知|文件|纪要|办法|规定|制度)的?编号"),
        re.compile(r"[〔\[【(]\d{4}[〕\]】)]第?\d+号|^(?:令|公告)?第\d+号$"),
        opening=True,
        fixed=True,
    ),
    Fact("抄送单位", re.compile(r"抄[送报给]"), re.compile(r"^抄[送报][:：]"), fixed=True),
    Fact(
        "主送单位",
        re.compile(
            r"主送|收文(?:单位|机关)|(?:发|印发|下发|送|报|发送)(?:给|到)了?(?:谁|哪)|(?:通知|文件|函)[^,，。?？]{0,8}(?:给|到)(?:谁|哪)"
        ),
        re.compile(
            r"^主送[:：]|^(?!附|抄|时间|地点|主持|为|因|根据|现)(?![^:：]*(?:如下|以下|下列))[^。;；!！?？:：]{2,240}[:：]$"
        ),
        fixed=True,
    ),
    Fact(
        "签发人",
        re.compile(r"谁签发|签发(?:人|的?领导)|签批人|谁签的"),
        re.compile(r"签发人?[:：]|[由经][^,，。;；]{2,12}签发"),
        fixed=True,
    ),
    Fact(
        "印发日期",
        re.compile(rf"{_WHEN}[^,，。?？]{{0,3}}{_ISSUED}|{_ISSUED}的?(?:时间|日期)"),
        re.compile(
            rf"{_DAY}[^,，。;；]{{0,30}}(?:印发|发布|公布|印制)|^[(（]?{_DAY}[)）]?$|{_ISSUED}(?:时间|日期)[:：]"
        ),
    ),
    Fact(
        "发文单位",
        re.compile(
            rf"(?:谁|(?:哪个|哪家|什么)(?:单位|部门|机关|公司)){_ISSUED}的|发文(?:单位|机关|部门)|落款|署名(?:是|单位)"
        ),
        re.compile(rf"^{_BODY}(?:文件)?$|^{_BODY}[ 　]*{_DAY}(?:印发)?$|^来源[:：]"),
    ),
    Fact(
        "联系人或联系电话",
        re.compile(
            r"联系人|联系(?:电话|方式)|咨询电话|电话(?:号码)?(?:是|为)?(?:多少|几|什么)|(?:哪个|什么)电话|(?:找|跟|和|同)谁联系|联系谁|(?:不清楚|有疑问|有问题|想咨询)[^,，。?？]{0,4}(?:找|问)谁"
        ),
        re.compile(r"联系人|联系(?:电话|方式)|咨询电话|电话[:：]"),
        every=True,
        fixed=True,
    ),
    Fact(
        "附件", re.compile(r"附件|附了(?:什么|哪些|几)|后面附"), re.compile(r"^附件?\d?[:：]"), listed=True, fixed=True
    ),
    Fact(
        "工作要求",
        re.compile(
            r"^(?:请问)?(?:这次|本次)?(?:会议|会上|大会|领导|通知)?(?:最后)?[,，]?(?:对?(?:下一步|下步|接下来|今后|后续)的?(?:工作)?)?(?:都)?(?:还)?"
            r"(?:有|提出?了?|作出?了?|是)?(?:什么|哪些|哪几[点项条]|怎么|如何)(?:具体|新)?的?(?:工作)?(?:要求|安排|部署|打算)(?:的)?[?？]?$"
        ),
        re.compile(
            r"(?:指出|强调|要求|提出)[^。]{0,40}要|^(?:[一二三四五六七八九十]|\d+[.、])(?:是|要)[^。]{0,6}(?:要|抓|加强|强化|坚持)"
        ),
        series=True,
    ),
)

_POST = (
    r"(?:副)?(?:董事长|总经理|总裁|党委书记|纪委书记|书记|工会主席|主席|总工程师|总会计师|总法律顾问|总监|经理|部长|厂长|院长|矿长|站长|局长|处长|科长"
    r"|主任|组长|会长|校长|领导)"
)
_LABEL = re.compile(r"^(?P<label>[\u4e00-\u9fff]{2,8})[:：]")


_POST_OF = re.compile(
    r"(?P<who>[\u4e00-\u9fff]{2,3}?)(?:同志)?(?:是|担任|任|现任|当时是|当时任)?(?:个)?(?:什么|何|哪个|啥)(?:职务|职位|领导|身份|岗位|干部)"
)


def asked_for(question: str) -> Fact | None:
    """The fact a question asks of a document itself, if any."""
    if (held := _POST_OF.search(question)) and is_name(held["who"]):
        told = rf"{_POST}{held['who']}|{held['who']}[(（][^()（）]{{0,20}}{_POST}"
        return Fact("职务", _POST_OF, re.compile(told))
    return next((fact for fact in FACTS if fact.asked.search(question)), None)


def labelled(question: str, key: str) -> bool:
    """Whether a text is a line whose label the question has: 记录：…, 发布日期：…"""
    found = _LABEL.match(key)
    return found is not None and found["label"] in question and not is_name(found["label"])


_POST_SAYS = re.compile(
    rf"(?P<post>{_POST})(?:同志)?(?:在[^,，。?？]{{0,20}}|就[^,，。?？]{{0,20}}|对[^,，。?？]{{0,20}})?(?:主要|都|又|还|是怎么)?(?:讲|强调|指出|说|要求|提|表示|谈|部署|表态|汇报|通报|怎么看)"
)


def post_asked(question: str) -> str:
    """The post whose holder's words a question asks for: 总经理讲了什么; empty for none."""
    found = _POST_SAYS.search(question)
    return found["post"] if found else ""


def holds_post(who: str, post: str, text: str) -> bool:
    """Whether a text says that somebody has a post: 总经理、党委副书记李华出席; 主持：李华（总经理）."""
    if post == "领导":
        return is_name(who)
    before = (found[1] for found in re.finditer(rf"([\u4e00-\u9fff、]{{2,40}}){re.escape(who)}", text))
    after = (found[1] for found in re.finditer(rf"{re.escape(who)}[(（]([^()（）]{{2,40}})[)）]", text))
    return any(
        part.endswith(post) and not part.endswith(f"副{post}")
        for posts in (*map(_last_posts, before), *(re.split("[、,，]", words) for words in after))
        for part in posts
    )


def _last_posts(run: str) -> list[str]:
    """The posts a run of words ends with: those of somebody named before them are not among them."""
    out: list[str] = []
    for part in reversed(run.split("、")):
        if not re.search(rf"{_POST}$", part):
            break
        out.append(part)
    return out
