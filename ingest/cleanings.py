"""What cleaning did to a text, told to people: how often by each rule, with an example."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest.document import Edit

RULES: Mapping[str, str] = {
    "pinyin": "拼音注音",
    "traditional": "繁体",
    "mojibake": "乱码",
    "kangxi": "部首字符",
    "compatibility": "兼容汉字",
    "private_use": "自造字符",
    "invisible": "不可见字符",
    "space": "特殊空格",
    "entity": "网页转义符",
    "markup": "网页标签",
    "intruder": "插入的字符",
    "doubled": "重影字",
    "repeated": "重复段落",
    "line_number": "行号",
    "zero": "“〇”的误写",
    "spacing": "撑开的空格",
    "line_wrap": "断行",
    "page": "页码页眉",
    "margin": "页眉页脚和水印",
    "furniture": "网页附带内容",
    "hidden": "隐藏文字",
}
"""What a rule removes or restores, in the order it is told."""

_LONGEST = 24  # characters of an example


@dataclass(frozen=True, slots=True)
class Cleaning:
    """How often a rule changed a text: ``original`` became ``text`` in the first place of all."""

    rule: str
    words: str
    count: int
    original: str
    text: str


def cleanings(text: str, edits: Sequence[Edit]) -> tuple[Cleaning, ...]:
    """What was cleaned, by rule."""
    found: dict[str, list[Edit]] = {}
    for edit in edits:
        found.setdefault(edit.rule, []).append(edit)
    known = [*RULES, *sorted(found.keys() - RULES.keys())]
    return tuple(
        Cleaning(rule, RULES.get(rule, rule), len(each), _short(each[0].original), _short(each[0].span.of(text)))
        for rule in known
        if (each := found.get(rule))
    )


def cleaned_words(found: Sequence[Cleaning]) -> str:
    """One line: 清理：拼音注音 153 处、繁体 420 处."""
    return "清理：" + "、".join(f"{each.words} {each.count} 处" for each in found)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
