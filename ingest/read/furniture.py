"""The furniture of pages, printed and on the web: lines that belong to the page and not to the text on it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from ingest.characters import legible
from ingest.document import Metadata
from ingest.read.wrapping import STARTS, SURE_STARTS, columns, ends_sentence
from ingest.residue import simplify

_ALONE = re.compile(
    r"[\[【（(]?\s*(?:"
    r"(?:责任编辑|网络编辑|责编|编辑|值班编辑|见习编辑|本期编辑)\s*[：:|｜]\s*\S{0,16}"
    r"|(?:图片|图文|配图|视频|稿源|原标题|本文来源)(?:来源)?[：:].{0,40}"
    r"|(?:本文|内容|文章|来源)?(?:转载|转|摘编|选)自[：:于]?.{2,40}|文/图[：:\s]?.{1,20}|图/文[：:\s]?.{1,20}"
    r"|[—\-–=*·.\s]*(?:(?:THE )?END|正文结束)[—\-–=*·.\s]*|投稿(?:邮箱|信箱|方式)[：:].{0,60}"
    r"|(?:打开|下载)\S{0,12}(?:APP|客户端).{0,16}|展开(?:全文|阅读|剩余).{0,12}|点击展开.{0,8}"
    r"|(?:登录|注册)后(?:可)?(?:发表)?评论.{0,8}|(?:网友|最新|热门|全部|精彩)(?:评论|留言)(?:[（(]\d*[）)])?|\d{1,6}\s*(?:条|个)?(?:评论|留言|点赞|回复)"
    r"|(?:关注|搜索|添加)\s*[“‘「《]?\S{1,20}[”’」》]?\s*(?:微信)?(?:公众号|订阅号|服务号|视频号|官方微博|微博).{0,16}|点击上方.{0,24}"
    r"|.{0,6}(?:长按|识别|扫描|扫码|扫一扫).{0,12}(?:二维码|小程序|公众号|关注).{0,16}"
    r"|Produced By.{0,80}|(?:publishdate|pubdate)\s*[：:].{0,30}"
    r"|(?:打印|关闭|收藏)(?:本页|此页|窗口|页面|正文)?|返回(?:顶部|首页|列表|上一页)|我要纠错|加入收藏|设为首页"
    r"|(?:分享到|分享至|分享)[：:]?\s*\S{0,8}|微信|微博|QQ空间|朋友圈|(?:扫一扫|微信扫|扫码).{0,20}"
    r"|(?:上一篇|下一篇|上一条|下一条|相关链接|相关阅读|相关新闻|延伸阅读|推荐阅读|热点推荐|猜你喜欢|热门文章|热门推荐|相关文章|相关信息|相关文件|上一条新闻|下一条新闻)(?:[：:]|[】\]]).{0,80}|没有了"
    r"|(?:相关(?:链接|阅读|新闻|文章|推荐)|延伸阅读|推荐阅读|热点推荐|热门(?:文章|推荐)|猜你喜欢|附件下载|我要(?:分享|评论|收藏|打印)|在看)"
    r"|字[体号][：:]?\s*[【\[]?[大中小].{0,12}"
    r"|(?:当前位置|您现在的位置|您的位置|你的位置|您当前的位置)(?:是)?[：:].{0,80}"
    r"|版权所有.{0,80}|Copyright.{0,100}|©.{0,80}|.{0,10}ICP备\S{0,24}|.{0,12}公网安备.{0,24}|技术支持[：:].{0,30}"
    r")\s*[\]】）)]?",
    re.IGNORECASE,
)
# The words of menus and buttons; a line is one when all its parts are.
_MENU = re.compile(
    r"(?:网站|返回)?首页|登录|注册|退出|登录[/、]注册|无障碍(?:阅读|浏览)|长者(?:版|模式)|适老化|繁體|繁体|简体|English|EN|手机版|客户端|RSS"
    r"|网站(?:地图|声明|首页)|联系我们|关于我们|免责声明|法律声明|隐私(?:政策|声明)|使用帮助|友情链接|站内搜索|搜索|高级搜索"
    r"|(?:集团|公司|单位|机构|部门)(?:概况|简介|介绍|动态|新闻|要闻|职能)|新闻(?:中心|动态|资讯)|信息公开|政务公开|党务公开|通知公告|公示公告"
    r"|党的建设|党建(?:工作|园地|动态)?|企业文化|政策法规|规章制度|专题专栏|专题|互动交流|领导信箱|办事服务|下载中心|图片新闻|视频新闻"
    r"|(?:微信|微博|新浪微博|腾讯微博|QQ|QQ空间|QQ好友|朋友圈|豆瓣|钉钉|人人网|抖音)|更多(?:>>|»)?|收藏|阅读|点赞|在看|喜欢|评论|转发|打印|分享|关闭|复制链接|点击收藏|大|中|小"
    r"|(?:打印|关闭|收藏)(?:本页|此页|本文|窗口|页面|正文)|字[体号](?:[：:].{0,6})?|T|A[-+]?|(?:阅读|浏览|点赞|在看|收藏|评论|分享|转发)\s?\d{1,7}(?:次|\+)?"
    r"|(?:点击|长按|右键)(?:这里)?[“‘「]?(?:查看|放大|下载|收藏|保存|识别|进入|阅读|播放|关注).{0,14}|(?:查看|阅读)(?:原文|全文|大图)|(?:微信)?扫一扫.{0,16}"
    r"|(?:一键)?(?:分享|转发|推送)(?:到|至|给).{0,14}|(?:关注|订阅)(?:我们|公众号).{0,12}|返回顶部|回到顶部|上一页|下一页|末页|尾页|TOP",
    re.IGNORECASE,
)
# What a page says of its right to the text, a sentence of its own.
_COPYRIGHT = re.compile(
    r"[（(]?(?:(?:特别|免责|版权)?声明[：:].{0,60}(?:转载|转发|版权|侵权).{0,80}|.{0,60}如有侵权.{0,8}(?:联系|告知|删除|通知).{0,30}"
    r"|.{0,40}版权归(?:原?作者|原(?:媒体|单位|网站)).{0,60}|.{0,30}侵权必究)[。！]?[)）]?"
)
_MENU_PARTS = re.compile(r"\s*[|｜·•/>›»＞\s　\[\]【】]+\s*")
_CREDIT = re.compile(
    r"(?:审核|初审|复审|终审|编审|校对|录入|撰稿|供稿|摄影|通讯员|记者)[：:]\s*\S{0,16}"
)  # only beside an editor's
_HAN = re.compile(r"[\u4e00-\u9fff]")
# Behind what only a page's foot says, whose page it is belongs to the foot too.
_FOOT = re.compile(r"版权所有|Copyright|©|ICP备|公网安备|技术支持[：:]|返回顶部|网站地图", re.IGNORECASE)
_OWNER = re.compile(
    r"(?:主办|承办|协办|主管|运维)(?:单位)?[：:].{1,60}|(?:(?:地址|邮编|邮政编码|(?:联系|举报|服务|值班)?电话|传真|网址|E-?mail|邮箱)[：:]\s*\S{1,40}\s*)+",
    re.IGNORECASE,
)
_CRUMBS = re.compile(r"[^。；]{1,24}(?:\s*[>›»＞]{1,2}\s*[^>›»＞。；]{1,30}){2,}")
_FACT = re.compile(
    r"(?P<name>信息来源|稿件来源|文章来源|来源|发布时间|发布日期|发稿时间|更新时间|日期|时间|作者|发布人|发布单位|发布部门|发布机构|信息发布"
    r"|(?:浏览|阅读|点击|访问)(?:次数|量|数)?)\s*[：:]\s*(?P<value>[^\s：:|｜]{0,30}(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?)"
)
_WEB_ONLY = re.compile(r"来源|发布时间|发稿时间|更新时间|浏览|阅读|点击|访问")
_ORIGINS = ("来源", "信息来源", "稿件来源", "文章来源")
_COUNTS = re.compile(r"(?:浏览|阅读|点击|访问)")
# Between the parts of a line; pages also set 来源：甲发布时间：乙 with nothing between but style.
_GAPS = re.compile(
    r"\s{2,}|\u3000+|[|｜]|(?<=\S)\s?(?=(?:(?:信息|稿件|文章)来源|(?<!信息)(?<!稿件)(?<!文章)来源|发布时间|发布日期|发稿时间|更新时间"
    r"|(?:浏览|阅读|点击|访问)(?:次数|量|数)?|字[体号]|责任编辑|审核|初审|复审|终审|编审|校对)[：:])|\s(?=作者[：:])"
)


_LONGEST_FURNITURE = 160  # characters


@dataclass
class FurnitureLines:
    """Recognises furniture line by line and remembers the facts it told (来源, 发布时间)."""

    facts: dict[str, str] = field(default_factory=dict)
    at_foot: bool = False

    def is_furniture(self, line: str) -> bool:
        """Whether the whole line is furniture: each of its parts is, or tells a fact beside one that only pages tell."""
        found = (self.at_foot and _OWNER.fullmatch(line.strip()) is not None) or self._is_furniture(line)
        self.at_foot |= found and _FOOT.search(line) is not None
        return found

    def _is_furniture(self, line: str) -> bool:
        if len(line) > _LONGEST_FURNITURE:
            return False
        text = simplify(legible(line)).strip()
        if _COPYRIGHT.fullmatch(text):
            return True
        if text.endswith("。"):
            return False
        if not text:
            return False
        parts = [part for part in _MENU_PARTS.split(text) if part]
        words = [part for part in parts if not part.isdigit()]  # 阅读 1203 点赞 32
        if words and text not in "大中小" and all(_MENU.fullmatch(part) for part in words):
            return True
        if _CRUMBS.fullmatch(text) and _HAN.search(text):
            return True
        if _ALONE.fullmatch(text):
            return True
        parts = [part for part in (each.strip(" \t[]【】（）()·-") for each in _GAPS.split(text)) if part]
        facts = [match for part in parts if (match := _FACT.fullmatch(part)) is not None]
        others = [part for part in parts if not _FACT.fullmatch(part)]
        others = [part for part in others if part not in "大中小"]
        if not facts and all(part in "大中小" or _CREDIT.fullmatch(part) for part in parts):
            return False
        if not all(_ALONE.fullmatch(part) or _CREDIT.fullmatch(part) for part in others):
            return False
        if not others and not any(_WEB_ONLY.search(match["name"]) for match in facts):
            return False
        for match in facts:
            if match["value"] and not _COUNTS.match(match["name"]):
                self.facts.setdefault(match["name"], match["value"].strip())
        return True

    def told(self, metadata: Metadata) -> Metadata:
        """Metadata completed by the facts; nothing that was given is overwritten."""
        origin = next((self.facts[name] for name in _ORIGINS if name in self.facts), None)
        wanted = {name: value for name, value in self.facts.items() if name not in _ORIGINS}
        extra = {**wanted, **metadata.extra}
        return replace(metadata, extra=extra).infer(origin=origin)


# ---------------------------------------------------------------- printed pages

_NUMBER = r"(?:\d{1,4}|[ivxlcIVXLC]{1,5})"
_PAGE_NUMBER = re.compile(
    rf"[—–―－‐﹣~～·•.\-]+\s*{_NUMBER}\s*[—–―－‐﹣~～·•.\-]+"
    r"|[（(\[【]?\s*第\s*(?:\d{1,4}|[一二三四五六七八九十百]{1,5})\s*页(?:\s*[，,、/／|]?\s*[（(]?共\s*(?:\d{1,4}|[一二三四五六七八九十百]{1,5})\s*页[）)]?)?\s*[）)\]】]?"
    r"|共\s*\d{1,4}\s*页\s*[，,、/／|]?\s*第\s*\d{1,4}\s*页"
    r"|page\s*\d{1,4}(?:\s*(?:of|/)\s*\d{1,4})?|p\.\s*\d{1,4}|\d{1,4}\s*页",
    re.IGNORECASE,
)
_BARE_NUMBER = re.compile(r"(\d{1,4})(?:\s*[/／]\s*\d{1,4})?")  # a page number only beside its neighbours in order
_DIGITS = re.compile(r"\d+")
_NOT_HAN = re.compile(r"[^\u3400-\u9fffA-Za-z]")
_LONGEST_HEADER = 40
_SHORTEST_PAGE = 4  # lines between two running headers


def page_lines(lines: Sequence[str]) -> frozenset[int]:
    """Which lines are page numbers, or a header that runs through the pages: their indices."""
    texts = [legible(line).strip() if len(line) <= _LONGEST_FURNITURE // 2 else line for line in lines]
    numbers = {i for i, text in enumerate(texts) if len(text) < 24 and _PAGE_NUMBER.fullmatch(text)}
    bare = [(i, int(match[1])) for i, text in enumerate(texts) if (match := _BARE_NUMBER.fullmatch(text))]
    values = [value for _, value in bare]
    counted = values == list(range(values[0], values[0] + len(values))) if values else False
    if counted and (len(values) >= 3 or (len(values) == 2 and values[0] == 1 and bare[-1][0] == len(texts) - 1)):
        numbers |= {i for i, _ in bare}
    return frozenset(numbers | _running(texts, numbers) | _cutting(texts, numbers))


def _cutting(texts: Sequence[str], numbers: set[int]) -> set[int]:
    """A short line right behind a page number that stands in the middle of a sentence: the next page's header."""
    out = set()
    for i in range(2, len(texts) - 1):
        before, text, after = texts[i - 2], texts[i], texts[i + 1]
        if i - 1 not in numbers or not 4 <= len(_NOT_HAN.sub("", text)) <= _LONGEST_HEADER or ends_sentence(text):
            continue
        shorter = columns(text) * 4 < columns(before) * 3
        if shorter and joins_across_pages(before, after) and not SURE_STARTS.match(text):
            out.add(i)
    return out


def _running(texts: Sequence[str], numbers: set[int]) -> set[int]:
    """Lines repeated page by page: beside page numbers, or at even distances."""
    places: dict[str, list[int]] = {}
    for i, text in enumerate(texts):
        words = _NOT_HAN.sub("", text)
        if len(words) >= 4 and len(text) <= _LONGEST_HEADER and not ends_sentence(text) and i not in numbers:
            places.setdefault(_DIGITS.sub("0", text), []).append(i)
    out: set[int] = set()
    for found in places.values():
        gaps = [b - a for a, b in pairwise(found)]
        if not gaps or min(gaps) < _SHORTEST_PAGE or STARTS.match(texts[found[0]]):
            continue
        beside = [i for i in found if _is_beside(i, texts, numbers)]
        even = len(gaps) >= 2 and max(gaps) <= min(gaps) * 1.25 + 1
        if even or len(beside) * 2 > len(found):
            out.update(i for i in found if i > 2 or i in beside)  # the first one may be the title itself
    return out


def _is_beside(place: int, texts: Sequence[str], numbers: set[int]) -> bool:
    """Whether a page number is next to it, blank lines not counted."""
    for step in (-1, 1):
        at = place + step
        while 0 <= at < len(texts) and not texts[at]:
            at += step
        if at in numbers:
            return True
    return False


def joins_across_pages(before: str, after: str) -> bool:
    """Whether a paragraph that a page ended in goes on behind it."""
    if ends_sentence(before) or columns(before.rstrip()) < _LEAST_CUT or SURE_STARTS.match(after.lstrip()):
        return False
    return not (_LABELLED.match(before) and not re.search(r"[。；]", before))


_LEAST_CUT = 30  # columns: shorter lines are titles, dates, names
_LABELLED = re.compile(r"\s*[\u4e00-\u9fff]{2,6}[：:]")
