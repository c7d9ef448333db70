"""Who speaks in a text: “李华指出，”, “会议强调，”, “党委书记 周明远：”."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.document import Span
from ingest.structure.enumeration import marker_at
from ingest.structure.lines import Line, sentences

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方"
    "白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘"
    "祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷曲盛冉翁蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党"
    "宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝"
    "傅萧奚酆廉骆湛狄贝昝贲郁杭钮嵇荀於汲邴糜隗宓郗钭厉戎韶郜蓟宿邰索赖蔺屠胥闻莘逄宰郦雍郤璩濮扈冀郏浦阎茹宦戈庾鞠殳蔚夔厍晁訾阚乜蒯荆竺逯桓"
    "亓訚鄢仝苌禚漆芮羿茅谌庹郇佴笪谯亢缑粟淦鄞郅揭裘"
)
_COMPOUND = "欧阳|上官|司马|诸葛|东方|皇甫|尉迟|公孙|慕容|司徒|令狐|夏侯|濮阳|仲孙|钟离|宇文|长孙|南宫|澹台|轩辕"
_NAME = rf"(?:(?:{_COMPOUND})[\u4e00-\u9fff]{{1,2}}|[{_SURNAMES}][\u4e00-\u9fff]{{1,2}})"
_LAZY_NAME = rf"(?:(?:{_COMPOUND})[\u4e00-\u9fff]{{1,2}}?|[{_SURNAMES}][\u4e00-\u9fff]{{1,2}}?)"
_POST = (
    "书记|董事长|总经理|副总经理|经理|主任|部长|组长|厂长|院长|主席|常委|委员|代表|处长|科长|会计师|工程师|总监|总裁|矿长|站长|队长|班长|负责人"
    "|总会计师|总工程师|联络员|秘书|会长|校长|局长|市长|省长"
)
_AFTER_NAME = "出席|主持|讲话|作|宣|通报|汇报|传达|介绍|参加|同志|代表|就|在|对|从|围绕|强调|指出|要求|表示|提出|表态|发言|说|总结|反馈|列席|带队|带领|任|为|等"
_MEETING = r"(?:会议|大会|全会|座谈会|推进会|领导小组会议|党委会|常委会)"
_VERB = "指出|强调|要求|表示|认为|提出|希望|谈到|讲到|说|重申|明确|建议|汇报说?|介绍|补充|表态|坦言|反映|通报|反馈|提醒|解读|点评|答复|回应|追问|总结|部署|报告"
_MIDDLE = (
    r"(?:同志)?(?:(?:在|就|对|围绕|结合)[^，。；：,]{1,30}?|代表[^，。；：,]{1,20}?)?"
    r"(?:还|又|并|特别|着重|重点|进一步|最后|同时|再次|反复|明确|郑重|逐一|首先|随后|一致|补充|现场|当场|也){0,3}"
)
_SAID = rf"(?:{_VERB})(?:说|了?(?:以下|[两二三四五六七八九十几]点)[^，。；：,]{{0,10}})?(?=[，,：:“；])"
_PERSON_SAYS = re.compile(rf"(?P<post>{_POST})?[ 　]*(?P<who>{_LAZY_NAME}){_MIDDLE}{_SAID}")
_MEETING_SAYS = re.compile(rf"(?P<who>{_MEETING}){_MIDDLE}{_SAID}")
_PRONOUN_SAYS = re.compile(rf"[他她]{_MIDDLE}(?:{_VERB})")
_BODY = r"(?:[\u4e00-\u9fff第]{1,14}?(?:巡察组|巡察办|审计部|组织部|党委|纪委|领导小组|厂|公司|中心|运输部|医院|采场|部|办公室))"
_OFFICE = r"[\u4e00-\u9fff]{2,16}?(?:党委书记|书记|总经理|厂长|主任|院长|部长|经理|负责人)"
_BODY_SAYS = re.compile(
    rf"(?P<who>{_OFFICE}|{_BODY})(?:{_MIDDLE})(?:表示|汇报|反映|提出|建议|认为|表态|介绍)(?:说)?(?=[，,：:“])"
)
_COLON = re.compile(
    rf"(?:[（(]?(?:讲话人|发言人|汇报人|主讲人)[）)]?[：:]?[ 　]*)?(?:[\u4e00-\u9fff、（）()·]{{0,24}}?(?:{_POST})[ 　]*)?"
    rf"(?P<who>{_NAME})(?:同志)?[ 　]*(?:[（(][^（()）]{{1,30}}[)）])?[ 　]*[：:]"
)
_KNOWN_SAYS = "汇报|通报|反馈|说明|介绍|提出|建议|赞成|讲了|要求|强调|指出|表示|表态|解读|认为|提醒|补充|点评|答复|部署"
_BODY_COLON = re.compile(rf"(?P<who>{_OFFICE}|{_BODY})(?:党委|党支部)?(?:[（(][^（()）]{{1,20}}[)）])?[：:]")
_NO_NAMES = frozenset(
    [
        "严格",
        "董事",
        "明确",
        "高度",
        "文件",
        "方案",
        "公司",
        "党委",
        "党组",
        "时间",
        "安全",
        "全会",
        "全体",
        "成员",
        "任务",
        "项目",
        "管理",
        "常委",
        "关于",
        "方面",
        "领导",
        "组织",
        "巡察",
        "会议",
        "座谈",
        "大会",
        "经验",
        "应当",
        "时任",
        "上级",
        "单位",
        "部门",
        "集团",
        "全面",
        "全力",
        "全员",
        "安排",
        "计划",
        "报告",
        "党中央",
        "黄金",
        "石油",
        "高质量",
        "高标准",
        "严肃",
        "金额",
        "成本",
        "成效",
        "成果",
        "项目部",
        "和谐",
        "连续",
        "温馨",
        "万众",
        "方针",
        "方法",
        "方式",
        "解决",
        "文明",
        "明显",
        "简单",
        "管控",
        "简要",
        "农业",
        "华北",
        "时刻",
        "时候",
        "路线",
        "商务",
        "江苏",
        "安徽",
        "司法",
        "党员",
        "党内",
        "党支部",
        "党总支",
        "师傅",
        "纪委",
        "纪检",
        "纪律",
        "全国",
        "全省",
        "全市",
        "武汉",
        "沙钢",
        "马钢",
        "宝钢",
        "包钢",
        "广大",
        "主要",
        "有关",
        "相关",
        "应该",
        "应急",
        "向上",
        "曲线",
        "成立",
        "盛会",
        "季度",
        "关键",
        "关心",
        "齐心",
        "景气",
        "易于",
        "全厂",
        "全矿",
        "党建",
        "章程",
        "施工",
        "施行",
        "游客",
        "麦田",
        "车间",
        "房地产",
        "万元",
        "边界",
        "宿舍",
        "索赔",
        "索要",
        "索取",
        "厉行",
        "揭示",
        "揭牌",
        "浦东",
    ]
)
_QUOTE = re.compile(r"“[^“”]*”")
_LABEL = re.compile(
    r"^(?:主持人?|出席(?:人员|领导)?|参加(?:人员)?|列席(?:人员)?|参会(?:人员|领导)?|记录人?|汇报人|讲话人|发言人|主讲人)[：:]"
)


@dataclass(frozen=True, slots=True)
class Turn:
    """From ``start`` in the text on, ``speaker`` speaks. ``held``: also in the paragraphs that follow."""

    start: int
    speaker: str
    held: bool = False
    person: bool = True


def is_name(word: str) -> bool:
    """Whether a word has the shape of a Chinese name and is none of the ordinary words that have it too."""
    if re.fullmatch(_NAME, word) is None or word[-1] in "部组处科厂办室会委院局队站司":
        return False
    return word not in _NO_NAMES and word[:2] not in _NO_NAMES


def people_in(lines: Sequence[Line]) -> set[str]:
    """Names the text introduces with a post (巡察办主任郑启航) or lists after 出席：, 主持人：."""
    out: set[str] = set()
    introduced = re.compile(rf"(?:{_POST})[ 　]*(?P<who>{_LAZY_NAME})(?=(?:{_AFTER_NAME})|[，、。；：（(\s]|$)")
    for line in lines:
        out |= {m["who"] for m in introduced.finditer(line.text) if is_name(m["who"])}
        if _LABEL.match(line.bare):
            for part in re.split(r"[、，,；;\s：:。]", line.text):
                word = re.sub(rf"^.*(?:{_POST})|同志$", "", re.sub(r"[（(].*", "", part.strip()))
                if is_name(word):
                    out.add(word)
    return out


_LECTURE = "讲话|发言|表态|汇报|总结|解读|要求|致辞|点评|通报|传达|交流|辅导|授课"
_HEADED = re.compile(
    rf"(?:[一二三四五六七八九十]{{1,3}}、|[（(][一二三四五六七八九十]{{1,3}}[)）]|[0-9]{{1,2}}[.．、])?"
    rf"(?:[\u4e00-\u9fff、]{{0,20}}(?:{_POST}))?[ 　]*(?P<who>{_LAZY_NAME})(?=同志|[（(：:]|的?(?:{_LECTURE})|在|$)"
)


def speaker_of_heading(heading: str, people: frozenset[str]) -> str | None:
    """The speaker a heading names: 韩松岩（纪委书记）, 三、周明远同志的讲话, 许知秋：新旧条文怎么衔接."""
    found = _HEADED.match(heading)
    if found and is_name(found["who"]) and (found.end() < len(heading) or found["who"] in people):
        return found["who"]
    named = [name for name in people if name in heading]
    return named[0] if len(named) == 1 and re.search(_LECTURE, heading) else None


def is_label(text: str) -> bool:
    """Whether a line states a circumstance of the meeting: 时间：, 主持人：."""
    return _CIRCUMSTANCE.match(text) is not None


_CIRCUMSTANCE = re.compile(
    r"(?:会议)?(?:时间|日期|地点|形式|名称|议题)[：:]|(?:主持人?|出席|参加|列席|参会|缺席|请假|记录|整理|审核|签发|分送|主送|抄送|报送|印发)[^，。：:]{0,4}[：:]"
)


def turns_in(text: str, span: Span, people: set[str]) -> list[Turn]:
    """Where in a paragraph who begins to speak, by sentence; what stands in quotation marks counts for nobody."""
    colon = _COLON.match(text, span.start, span.end)
    if colon and is_name(colon["who"]) and (colon["who"] in people or len(colon.group()) > 3):
        return [Turn(span.start, colon["who"], held=True)]
    body = _BODY_COLON.match(text, span.start, span.end)
    if body and len(body["who"]) <= 14 and body.end() < span.end:  # 集团党委： alone is whom a report is sent to
        return [Turn(span.start, body["who"], person=False)]
    out: list[Turn] = []
    subject: Turn | None = None  # 厉长河不同意。他说，…: of whom the last sentence speaks that begins with a name
    for sentence in sentences(text, span):
        words = sentence.of(text)
        masked = _QUOTE.sub(lambda m: "“" + "　" * (len(m.group()) - 2) + "”", words)
        found = _first_speaker(masked, people)
        if found:
            out.append(Turn(sentence.start, found[0], person=found[1]))
            subject = None
        elif subject is not None and _PRONOUN_SAYS.match(masked):
            out.append(subject)
            subject = None
        elif name := next((name for name in sorted(people) if _begins_with(name, words)), None):
            subject = Turn(sentence.start, name)
    return out


def _begins_with(name: str, words: str) -> bool:
    """Whether a sentence begins with a person, his post before the name or not."""
    return re.match(rf"(?:[\u4e00-\u9fff、]{{0,20}}(?:{_POST}))?{name}", words) is not None


def _first_speaker(words: str, people: set[str]) -> tuple[str, bool] | None:
    """Who says the sentence, and whether that is a person."""
    found: list[tuple[int, str, bool]] = []
    for match in _PERSON_SAYS.finditer(words):
        who, before = match["who"], words[: match.start("who")]
        boundary = not before or before[-1] in "，,；：:、 　）)”" or match["post"] is not None
        if not is_name(who):
            continue
        plain = re.search("指出|强调|表示|说|认为", match.group()) is not None or (len(who) == 3 and not before)
        if who in people or (boundary and (match["post"] or plain)):
            found.append((match.start("who"), who, True))
    for match in _MEETING_SAYS.finditer(words):
        before = words[: match.start()]
        if (
            not before
            or before[-1] in "，,；"
            or re.search(r"(?:本次|这次|此次|专题|党委|领导小组|总经理办公)$", before)
        ):
            found.append((match.start(), "会议", False))
    if not found:
        known = _known_subject(words, people)
        if known:
            return known, True
        match_body = _BODY_SAYS.match(words)
        if match_body and match_body["who"] not in people:
            return match_body["who"], False
        return None
    _, who, person = min(found)
    return who, person


def _known_subject(words: str, people: set[str]) -> str | None:
    """A known person who begins the sentence and reports, proposes or asks in it: 郑启航汇报提级巡察的有关情况：…."""
    marker = marker_at(words, 0, len(words))
    rest = words[marker.content if marker else 0 :]
    for name in sorted(people, key=lambda n: (-len(n), n)):
        found = re.match(
            rf"(?:[\u4e00-\u9fff、]{{0,20}}(?:{_POST})[ 　]*)?{name}(?:同志)?(?P<act>[^。；]{{0,30}}?)(?:{_KNOWN_SAYS})",
            rest,
        )
        if found and not re.search(r"主持|出席|参加|听取|陪同|带队", found["act"]):
            return name
    return None
