"""Whom a sentence names: people, units, organs, posts, works; and who it says does what."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ingest.segment import tagged_words
from ingest.structure.speakers import is_name

_POSTS = "主要负责人|党委书记|纪委书记|总经理|总工程师|总会计师|董事长|联络员|负责人|书记|主任|部长|组长|厂长|院长|主席|处长|科长|局长|经理|总监"
_POST = re.compile(rf"(?:常务副|副|第一)?(?:{_POSTS})")
_NAMED = (
    "党委会|党委|党组织?|党支部|纪委|监委|巡察办|巡察组|领导小组|董事会|监事会|办公会|医院|[\u4e00-\u9fff]{2}室(?![内外温])"
    r"|(?!有关|相关|主管|责任|业务|职能|承办|总部|本部|其他|所在|以下|以上|以内)[^的各该由和与等经须应报向在对\W\d]{2}部门"
    r"|[\u4e00-\u9fff]{2}(?<![全内干总各局本大一外这那该支])部(?![门署分位件属队委级])"
)
_BODY = re.compile(
    rf"(?P<named>{_NAMED})|(?P<before>[\u4e00-\u9fff]{{0,2}}?)(?P<body>委员会|办公室|中心|公司|项目部|采场|车间|[\u4e00-\u9fff](?<![出进入到离])厂(?![长家商]))"
)
_JOINING = "个时由经报向商会同和与及须应可在对把被给交的各该以并再后先至到请从按是将让要归属于为每某两"
"""Characters that stand before a name and belong to none."""
_ALSO = (
    ("巡察办", "领导小组办公室"), ("党委会", "党委"), ("党委会", "中共"), ("党委", "中共"), ("领导小组", "小组"), ("纪委", "纪律检查委员会"), ("采购委员会", "采购管理委员会"),
    ("项目部", "项目"), ("单位", ""), ("公司", ""), ("党组织", "党委"),
)  # fmt: skip
_PERSONAL = re.compile(
    "同志|[、,和与及等说]|要求|提出|指出|强调|表示|汇报|建议|认为|介绍|主张|反对|负责|牵头|主持|担任|任"
)
"""What follows a person's name."""
_TITLE = re.compile(r"《([^《》]+)》")
_EDITION = re.compile(r"((?:19|20)\d{2})年?(?:修订|修正|修改|印发|发布|版|的办法|的规定)")


def missing_names(key: str, whole: str, names: Iterable[str]) -> Iterator[str]:
    """The names of a sentence that its sources do not have: those the library knows, and those that look like people."""
    told: list[str] = []
    known = [name for name in names if len(name) > 1 and name in key]
    for name in (*known, *(name for name in _people(key) if name[:2] not in whole)):
        if name not in whole and not any(name in other for other in told):
            told.append(name)
            yield name


def _people(key: str) -> Iterator[str]:
    """What looks like a person; of two characters only where a person is spoken of, as 查清 looks like one too."""
    end = 0
    for word, tag in tagged_words(key):
        end += len(word)
        if tag.startswith("nr") and is_name(word) and (len(word) > 2 or _PERSONAL.match(key, end)):
            yield word


def missing_posts(key: str, whole: str) -> Iterator[str]:
    """The posts of a sentence that its sources do not have, or have as a deputy's only."""
    for match in _POST.finditer(key):
        post = match.group()
        deputy = post.startswith(("副", "常务", "第一"))
        if post not in whole if deputy else re.search(rf"(?<!副){post}", whole) is None:
            yield post


def missing_bodies(key: str, whole: str) -> Iterator[str]:
    """The organs and departments of a sentence that its sources do not have under any of their names."""
    for match in _BODY.finditer(key):
        body = match["named"] or re.sub(rf"^.*[{_JOINING}]", "", match["before"]) + match["body"]
        plain = body.removeprefix("集团") or body
        post = _POST.match(key, match.end())
        if post and re.search(rf"(?<![\u4e00-\u9fff]){post.group()}", whole):
            continue  # 巡察组组长 is 组长 where the rule speaks of its own
        forms = [plain] if match["named"] else [plain[i:] for i in range(max(1, len(plain) - len(match["body"])))]
        if not any(form in whole for form in forms) and not any(
            plain.endswith(short) and long in whole for short, long in _ALSO
        ):
            yield body


def missing_titles(key: str, whole: str) -> Iterator[str]:
    """The works a sentence names that are neither the source nor named in it."""
    return (title for title in _TITLE.findall(key) if title not in whole)


def missing_editions(key: str, whole: str) -> Iterator[str]:
    """The years of editions that a sentence names and its sources have not."""
    held = set(_EDITION.findall(whole))
    return (year for year in _EDITION.findall(key) if year not in held)
