"""What a file or its sidecar says about itself in ``key: value`` lines, in English or Chinese."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import yaml

from ingest.clean import Draft
from ingest.document import DocumentKind, Metadata

_MOST_LINES = 400  # a front matter longer than this is no front matter
_MOST_CHARACTERS = 65_536

# Field of Metadata → the keys that name it, best first.
_KEYS: Mapping[str, tuple[str, ...]] = {
    "title": ("title", "标题", "名称", "文件名称", "题名"),
    "work": ("work", "制度", "制度名称"),
    "aliases": ("aliases", "alias", "short_title", "short_titles", "简称", "别名"),
    "kind": ("kind", "doc_type", "type", "类型", "文种", "文档类型"),
    "issuer": ("issuer", "制定机关", "发布机关", "制发机关", "发文机关", "发布单位", "印发单位", "author", "作者"),
    "number": ("number", "doc_number", "文号", "发文字号", "发文号"),
    "published": ("published", "publication_date", "publish_date", "公布日期", "发布日期", "印发日期", "公布时间", "发布时间"),
    "effective_from": ("effective_from", "effective", "effective_date", "施行日期", "生效日期", "实施日期", "施行时间"),
    "effective_to": ("effective_to", "expires", "失效日期", "废止日期", "有效期至"),
    "declared_status": ("status", "declared_status", "状态", "时效性", "效力状态"),
    "date": ("date", "日期", "时间", "会议日期", "会议时间"),
    "unit": ("unit", "单位", "被巡察单位"),
    "speakers": ("speakers", "speaker", "主讲人", "讲话人"),
    "readers": ("readers", "可见范围", "阅读范围"),
    "origin": ("origin", "source", "url", "urls", "来源", "出处"),
    "edition": ("edition", "版本", "版次", "修订"),
}  # fmt: skip
_FIELD_OF = {key: name for name, keys in _KEYS.items() for key in keys}
_DATES = frozenset({"published", "effective_from", "effective_to", "date"})
_LISTS = frozenset({"aliases", "speakers", "readers"})

_KINDS: Mapping[DocumentKind, str] = {
    DocumentKind.REGULATION: "regulation|制度|制度文件|法规|规章|规定|办法|条例|规则|细则|法律|准则|规范性文件|行政法规|司法解释",
    DocumentKind.MEETING: "meeting|minutes|会议|会议纪要|会议记录|纪要|会议报道|会议通报",
    DocumentKind.SPEECH: "speech|讲话|发言|讲话稿|领导讲话",
    DocumentKind.LEDGER: "ledger|台账|问题台账|清单",
    DocumentKind.OTHER: "other|其他|其它",
}
_KIND_OF = {word: kind for kind, words in _KINDS.items() for word in words.split("|")}

_DATE = re.compile(
    r"(?P<year>\d{4})\s*(?:[-/.年])\s*(?P<month>\d{1,2})\s*(?:[-/.月])\s*(?P<day>\d{1,2})\s*日?(?:[T\s]+\d{1,2}:\d{2}\S*)?"
    r"|(?P<year8>\d{4})(?P<month8>\d{2})(?P<day8>\d{2})"
)
_WIDE_COLON = re.compile(r"^([\w ]{1,20}?)\s*：\s*", re.MULTILINE)


def split_front_matter(lines: Sequence[str], draft: Draft) -> tuple[Metadata, int]:
    """The metadata between two ``---`` lines at the top, and the number of the first line after it.

    What looks like front matter but is not well-formed is left in the text, with a notice.
    """
    top = next((index for index, line in enumerate(lines[:5]) if line.strip("\ufeff \t")), None)
    if top is None or lines[top].strip("\ufeff \t") != "---":
        return Metadata(), 0
    for end in range(top + 1, min(len(lines), top + _MOST_LINES)):
        if lines[end].strip() in ("---", "..."):
            break
    else:
        return Metadata(), 0
    inside = "\n".join(lines[top + 1 : end])
    mapping, problem = _mapping(inside)
    if mapping is None:
        if problem:
            draft.note(
                "front_matter_malformed",
                f"文件开头的元数据（第 {top + 1}–{end + 1} 行）格式不对，已当作正文：{problem}。",
            )
        return Metadata(), 0
    return metadata_from(mapping, draft), end + 1


def sidecar_metadata(data: bytes, draft: Draft) -> Metadata:
    """The metadata of a sidecar file; a broken one is a notice."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030", errors="replace")
    mapping, problem = _mapping(text)
    if mapping is None:
        draft.note("sidecar_malformed", f"附属的 .yaml 文件没有采用：{problem or '内容不是“键: 值”的形式'}。")
        return Metadata()
    return metadata_from(mapping, draft)


def _mapping(text: str) -> tuple[Mapping[str, Any] | None, str | None]:
    """The mapping a YAML text holds, all scalars as strings; or None and what is wrong with it, if anything.

    The base loader makes no dates (2024-02-30 is a string, to be told apart later) and no objects.
    """
    if len(text) > _MOST_CHARACTERS:
        return None, "太长"
    if re.search(r"(?m)(?:^|[\s,\[{:-])[&*]\w", text):
        return None, "不支持 YAML 的锚点与引用（& 和 *）"
    try:
        loaded = yaml.load(_WIDE_COLON.sub(r"\1: ", text), Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        return None, f"第 {line} 行不是合格的 YAML" if line else "不是合格的 YAML"
    except (yaml.YAMLError, RecursionError, ValueError):
        return None, "不是合格的 YAML"
    return (loaded, None) if isinstance(loaded, dict) else (None, None)


def metadata_from(mapping: Mapping[str, Any], draft: Draft) -> Metadata:
    """Metadata from a mapping with our keys, the Chinese ones, or others (kept in ``extra``)."""
    given: dict[str, object] = {}
    extra: dict[str, str] = {}
    ranks: dict[str, int] = {}
    for key, value in mapping.items():
        name = str(key).strip()
        known = _FIELD_OF.get(name) or _FIELD_OF.get(name.lower())
        if value in (None, "", [], {}):
            continue
        read = _value(known, name, value, draft) if known else None
        if known is None or read is None:
            extra[name] = _words(value)
            continue
        rank = _KEYS[known].index(name if name in _KEYS[known] else name.lower())
        if known not in ranks or rank < ranks[known]:
            if known in ranks:
                extra[_KEYS[known][ranks[known]]] = _words(given[known])
            given[known], ranks[known] = read, rank
        else:
            extra[name] = _words(value)
    return replace(Metadata(extra=extra), **given)  # type: ignore[arg-type]


def combined(first: Metadata, second: Metadata) -> Metadata:
    """Both together; where both know a field, the second (the sidecar) says it."""
    names = [name for name in _KEYS if getattr(second, name)]
    return replace(
        first,
        **{name: getattr(second, name) for name in names},
        extra={**first.extra, **second.extra},
        inferred=first.inferred - set(names),
    )


def parse_day(text: str) -> date | None:
    """2024-06-18, 2024/6/18, 2024.6.18, 2024年6月18日, 20240618; None for anything else."""
    match = _DATE.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day = (match[part] or match[part + "8"] for part in ("year", "month", "day"))
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _value(field: str, key: str, value: object, draft: Draft) -> object:
    """The field's value, or None (with a notice) when it cannot be that."""
    if field in _LISTS:
        return _several(value)
    text = _words(value[0] if isinstance(value, list) and value else value).strip()
    if field in _DATES:
        day = parse_day(text)
        if day is None:
            draft.note("date_malformed", f"元数据“{key}”不是日期：{text[:40]}（应写作 2024-06-18）。")
        return day
    if field == "kind":
        kind = _KIND_OF.get(text.lower())
        if kind is None:
            words = "、".join(kind.value for kind in DocumentKind)
            draft.note("kind_unknown", f"元数据“{key}”的值“{text[:20]}”不是已知的类型（可用 {words}）。")
        return kind
    return text or None


def _several(value: object) -> tuple[str, ...] | None:
    parts = value if isinstance(value, list) else re.split(r"[、,，;；]", _words(value))
    return tuple(dict.fromkeys(word for part in parts if (word := _words(part).strip()))) or None


def _words(value: object) -> str:
    """Any value as one line of text."""
    if isinstance(value, Mapping):
        return "；".join(f"{key}：{_words(each)}" for key, each in value.items())
    if isinstance(value, list | tuple):
        return "、".join(_words(each) for each in value)
    return str(value)
