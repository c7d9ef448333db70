"""The furniture of web pages: lines that belong to the page and not to the text on it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from ingest.document import Metadata

_ALONE = re.compile(
    r"[\[【（(]?\s*(?:"
    r"(?:责任编辑|网络编辑|责编|编辑)[：:]\s*\S{0,16}"
    r"|(?:打印|关闭|收藏)(?:本页|此页|窗口|页面|正文)?|返回(?:顶部|首页|列表|上一页)|我要纠错|加入收藏|设为首页"
    r"|(?:分享到|分享至|分享)[：:]?\s*\S{0,8}|微信|微博|QQ空间|朋友圈|(?:扫一扫|微信扫|扫码).{0,20}"
    r"|(?:上一篇|下一篇|上一条|下一条|相关链接|相关阅读|相关新闻|延伸阅读|推荐阅读)(?:[：:]|[】\]]).{0,80}|没有了"
    r"|[—–－-]+\s*\d{1,4}\s*[—–－-]+|第\s*\d{1,4}\s*页(?:\s*[，,/]?\s*共\s*\d{1,4}\s*页)?"
    r"|字[体号][：:]?\s*[【\[]?[大中小].{0,12}"
    r"|(?:当前位置|您现在的位置|您的位置|你的位置|您当前的位置)(?:是)?[：:].{0,80}"
    r"|版权所有.{0,80}|Copyright.{0,100}|©.{0,80}|.{0,10}ICP备\S{0,24}|.{0,12}公网安备.{0,24}|技术支持[：:].{0,30}"
    r")\s*[\]】）)]?",
    re.IGNORECASE,
)
_CREDIT = re.compile(
    r"(?:审核|初审|复审|终审|编审|校对|录入|撰稿|供稿|摄影|通讯员|记者)[：:]\s*\S{0,16}"
)  # only beside an editor's
_CRUMBS = re.compile(r"[^。；]{1,24}(?:\s*[>›»＞]{1,2}\s*[^>›»＞。；]{1,30}){2,}")
_FACT = re.compile(
    r"(?P<name>信息来源|稿件来源|文章来源|来源|发布时间|发布日期|发稿时间|更新时间|日期|时间|作者|发布人|发布单位|发布部门|发布机构"
    r"|(?:浏览|阅读|点击|访问)(?:次数|量|数)?)\s*[：:]\s*(?P<value>[^\s：:|｜]{0,30}(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?)"
)
_WEB_ONLY = re.compile(r"来源|发布时间|发稿时间|更新时间|浏览|阅读|点击|访问")
_ORIGINS = ("来源", "信息来源", "稿件来源", "文章来源")
_COUNTS = re.compile(r"(?:浏览|阅读|点击|访问)")
# Between the parts of a line; pages also set 来源：甲发布时间：乙 with nothing between but style.
_GAPS = re.compile(
    r"\s{2,}|\u3000+|[|｜]|(?<=\S)\s?(?=(?:来源|发布时间|发布日期|发稿时间|更新时间|(?:浏览|阅读|点击|访问)(?:次数|量|数)|字[体号]|责任编辑)[：:])"
)


@dataclass
class FurnitureLines:
    """Recognises furniture line by line and remembers the facts it told (来源, 发布时间)."""

    facts: dict[str, str] = field(default_factory=dict)

    def is_furniture(self, line: str) -> bool:
        """Whether the whole line is furniture: each of its parts is, or tells a fact beside one that only pages tell."""
        text = line.strip()
        if not text or len(text) > 160:
            return False
        if _CRUMBS.fullmatch(text):
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
