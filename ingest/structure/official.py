"""Official documents (公文): what their fixed parts say, from the red head to the printing line under the rule.

The parts are told by their form and by where they stand (GB/T 9704): above the title, between title and body, under
the body, and at the very end. They stay in the text like everything else; here they become metadata.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from ingest.document import BlockKind, Metadata
from ingest.structure.dates import Dated, days_in
from ingest.structure.headings import annex_of, article_candidates
from ingest.structure.lines import Line, bare
from ingest.structure.numerals import ANY, parse_number

_YEAR = rf"[{ANY}]{{4}}"
NUMBER = re.compile(
    rf"(?P<code>(?:[\u4e00-\u9fff]{{1,14}}(?:[（(][^（()）]{{1,4}}[)）])?[\u4e00-\u9fff]{{0,4}})?)"
    rf"[〔［\[【（(〈﹝](?P<year>{_YEAR})年?[〕］\]】）)〉﹞][ 　]*第?[ 　]*(?P<serial>[0-9０-９]{{1,5}}|[{ANY}]{{1,6}})[ 　]*号"
    rf"|(?P<order>[\u4e00-\u9fff]{{2,20}}(?:令|公告))?第[ 　]*(?P<ordinal>[{ANY}]{{1,6}})[ 　]*号"
)
"""A 文号: 太钢党发〔2024〕12号 in every bracket, width and spacing; 国务院令第666号; 第12号 of an order."""

_ORGANISATION = (
    r"[^，。；：:、！？“”0-9]{2,34}(?:公司|集团|党委|党组|总支|支部|纪委|委员会|办公室|办公厅|工会|团委|政府|人大|政协|法院|检察院"
    r"|部|局|院|厅|署|会|组|中心|厂|矿|处|室|科|队|所|站|行|校|大学|协会|联合会|事业部)"
)
_SIGNED_BY = re.compile(rf"{_ORGANISATION}(?:[（(](?:印章|公章|盖章|章|代章)[）)])?")
_RED_HEAD = re.compile(r"(?P<body>[^，。；：:！？]{2,40}?)(?:文件|[（(]函[）)]|明电)")
_ORDER_HEAD = re.compile(r"(?P<body>[^，。；：:！？的]{2,40}?)(?:令|公告|通告)")
_MARKS = (
    ("份号", re.compile(r"(?:份号[：:]?)?[0-9]{6}")),
    ("密级", re.compile(r"(?:密级[：:])?(?:绝密|机密|秘密)(?:[★☆*＊](?:[0-9一二三四五六七八九十]+[年月]|长期)?)?|内部(?:资料|文件)?")),
    ("紧急程度", re.compile(r"(?:紧急程度[：:])?(?:特急|加急|平急|特提|急件)")),
)  # fmt: skip
MARKS = ("份号", "密级", "紧急程度", "签发人", "抄送", "抄报", "分送", "发送", "印发")
"""What an official document says beside its number, bodies and dates; kept in a document's metadata under these names."""
_SIGNER = re.compile(r"签[ 　]*发[ 　]*人[ 　]*[：:][ 　]*(?P<names>.+)$")
_ATTACHED = re.compile(r"附[ 　]*件?[ 　]*[：:][ 　]*(?P<first>\S.*)$")
_LISTED = re.compile(r"(?P<number>[0-9０-９]{1,2})[ 　]*[.．、][ 　]*(?P<name>\S.*)$")
_COPIED = re.compile(
    r"(?P<label>抄[ 　]*送|抄[ 　]*报|主[ 　]*送|分[ 　]*送|发[ 　]*送)[ 　]*[：:][ 　]*(?P<who>.+)$", re.DOTALL
)
_PRINTED = re.compile(
    r"(?P<who>[^，。；：:]{2,40}?)?[ 　]*(?P<day>[0-9０-９一二〇○零][^，。；：:]{5,20}日)[ 　]*(?:印发|印制)[ 　。]*$"
)
_REMARK = re.compile(r"[（(](?:此件|联系人|联系电话|公开|不公开|主动公开|依申请公开|信息公开)[^（()）]*[）)]")
_ADDRESSED = re.compile(
    r"(?!附件|附[：:]|抄送|[一二三四五六七八九十]、)(?P<who>[^。；！？：:]{2,240})[：:]$",
)
_NO_ADDRESSEE = re.compile(r"如下$|以下|下列|根据|现将|为了?[^，、]{4,}|规定$|通知$|日期$|时间$|来源$|修改为?$|决定$")


@dataclass(frozen=True, slots=True)
class Official:
    """The fixed parts of an official document; what it does not have is None or empty.

    ``marks`` are those of MARKS that it has, as printed. ``end`` is the index of the first line after
    the signature (after the body, where nothing is signed); ``foot`` and ``listed`` the indexes of the lines of 抄送 and 印发, and of the list of annexes.
    """

    issuer: str | None = None
    number: str | None = None
    day: date | None = None
    addressee: str | None = None
    attachments: tuple[str, ...] = ()
    marks: Mapping[str, str] = field(default_factory=dict)
    end: int = 0
    foot: frozenset[int] = frozenset()
    listed: frozenset[int] = frozenset()
    signed: bool = False

    @property
    def listed_to(self) -> tuple[int, ...]:
        """The index after the list of annexes; empty without one."""
        return (max(self.listed) + 1,) if self.listed else ()

    @property
    def certain(self) -> bool:
        """Whether it is one: it has a 文号, or is addressed and signed."""
        return self.number is not None or (self.addressee is not None and self.signed)

    def into(self, metadata: Metadata) -> Metadata:
        """The metadata completed by these parts, which are marked as inferred."""
        filled = metadata.infer(
            issuer=self.issuer,
            number=self.number,
            published=self.day,
            date=self.day,
            addressee=self.addressee,
            attachments=self.attachments,
        )
        return replace(filled, extra=dict(self.marks) | dict(metadata.extra))


def official(lines: Sequence[Line], title: frozenset[int]) -> Official:
    """The fixed parts of a document whose title is printed on the lines ``title``; nothing found is an empty one."""
    first, last = (min(title), max(title)) if title else (0, -1)
    head = _head(lines, first, last)
    addressed, addressee = _addressee(lines, last + 1)
    foot, copies = _foot(lines, max(last + 1, addressed))
    start = max(last + 1, addressed)
    attachments, listed = _attachments(lines, start, foot)
    signature = _signature(lines, start, foot, listed)
    marks = {**head.marks, **copies}
    moved = marks.pop("主送", None)
    return Official(
        issuer=signature.issuer or head.issuer,
        number=head.number,
        day=signature.day or head.day,
        addressee=addressee or moved,
        attachments=attachments,
        marks=marks,
        end=signature.end,
        foot=foot,
        listed=listed,
        signed=signature.day is not None,
    )


def canonical_number(text: str) -> str | None:
    """A 文号 in one form, whatever brackets, widths and spaces it is printed with: 太钢党发〔2024〕12号."""
    found = NUMBER.fullmatch(bare(text))
    return _canonical(found) if found else None


def _canonical(found: re.Match[str]) -> str | None:
    if found["ordinal"]:
        serial = parse_number(found["ordinal"])
        return f"{found['order'] or ''}第{serial}号" if serial else None
    year, serial = parse_number(found["year"]), parse_number(found["serial"])
    if not year or not 1900 <= year <= 2100 or not serial:
        return None
    code = unicodedata.normalize("NFKC", found["code"]).replace("(", "（").replace(")", "）")
    return f"{code}〔{year}〕{serial}号"


# ---------------------------------------------------------------- above and just under the title


@dataclass(frozen=True, slots=True)
class _Head:
    issuer: str | None
    number: str | None
    day: date | None
    marks: Mapping[str, str]


def is_head_line(line: Line) -> bool:
    """Whether a line above the title is a fixed part: 份号, 密级, 紧急程度, 文号, 签发人, or the red head itself."""
    plain = unicodedata.normalize("NFKC", line.bare)
    marks = all(any(form.fullmatch(word) for _, form in _MARKS) for word in _words(line))
    number = _SIGNER.sub("", line.text)
    return marks or _SIGNER.search(line.text) is not None or canonical_number(number) is not None or plain == "文件"


def _head(lines: Sequence[Line], first: int, last: int) -> _Head:
    marks: dict[str, str] = {}
    bodies: list[str] = []
    number: str | None = None
    order: str | None = None
    for line in lines[:first]:
        words = _words(line)
        for name, form in _MARKS:
            printed = next((word for word in words if form.fullmatch(word)), None)
            if printed:
                marks.setdefault(name, _value(printed))
        signer = _SIGNER.search(line.text)
        if signer:
            marks.setdefault("签发人", "、".join(_names(signer["names"])))
        number = number or canonical_number(_SIGNER.sub("", line.text)) or _number_in(words)
        red, commanded = _RED_HEAD.fullmatch(line.bare), _ORDER_HEAD.fullmatch(line.bare)
        if red or commanded:
            bodies.append((red or commanded)["body"])  # type: ignore[index]
        elif _SIGNED_BY.fullmatch(line.bare) and not signer:
            bodies += _organisations(line)
    title = "".join(line.bare for line in lines[first : last + 1])
    if (commanded := _ORDER_HEAD.fullmatch(title)) and "关于" not in title:
        order = commanded["body"]
    day: date | None = None
    for line in lines[last + 1 : last + 6]:
        if _ADDRESSED.fullmatch(line.bare) or len(line.text) > 60:
            break
        number = number or number_of(line)
        day = day or _day_alone(line)
    red_bodies = [body for body in dict.fromkeys(bodies) if not body.isspace()]
    return _Head("、".join(red_bodies) or order, number, day, marks)


def number_of(line: Line) -> str | None:
    """The 文号 a line consists of, with its label or brackets: （岱钢发〔2023〕3号）, 文号：岱钢发〔2023〕3号."""
    plain = re.sub(r"^(?:文号|发文字号|文件编号|编号)[：:]", "", line.bare)
    return canonical_number(plain) or canonical_number(plain.strip("（）()"))


def _number_in(words: Sequence[str]) -> str | None:
    return next((number for word in words if (number := canonical_number(word)) and "〔" in number), None)


def _words(line: Line) -> list[str]:
    """The words of a line as printed apart, in plain width."""
    return unicodedata.normalize("NFKC", line.text).split()


def _value(word: str) -> str:
    return word.partition(":")[2] or word


def _names(text: str) -> list[str]:
    """The names of the signers, printed apart; a name of two characters often has a space inside."""
    out: list[str] = []
    half = False
    for word in re.split(r"[、，,\s]+", text.strip()):
        if half and len(word) == 1:
            out[-1] += word
        else:
            out.append(word)
        half = len(word) == 1 and not half
    return out


def _addressee(lines: Sequence[Line], start: int) -> tuple[int, str | None]:
    """Who a document is addressed to (主送机关), and the index of the line after it."""
    for index in range(start, min(start + 7, len(lines))):
        line = lines[index]
        if line.kind is BlockKind.ROW or article_candidates(line):
            break
        joined = line.bare
        for more in (0, 1, 2):
            found = _ADDRESSED.fullmatch(joined)
            if found and not _NO_ADDRESSEE.search(found["who"]):
                return index + more + 1, found["who"]
            following = lines[index + more + 1].bare if index + more + 1 < len(lines) else ""
            goes_on = len(joined) < 200 and (
                re.search(r"[、，]$", joined)
                or (re.search(r"[、，]", joined) and re.fullmatch(r"[^，。；：:]{1,12}[：:]", following))
            )
            if found or not following or not goes_on:
                break
            joined += following
        if len(line.bare) > 60:
            break
    return start, None


# ---------------------------------------------------------------- under the body


@dataclass(frozen=True, slots=True)
class _Signature:
    issuer: str | None
    day: date | None
    end: int


def _signature(lines: Sequence[Line], start: int, foot: frozenset[int], listed: frozenset[int]) -> _Signature:
    """Who signed and when: the first date that stands alone, or beside the issuing body, under the body."""
    for index in range(start, len(lines)):
        line = lines[index]
        if index in foot or line.kind is BlockKind.ROW:
            continue
        signed = _signed_here(line)
        if signed is None:
            continue
        bodies, dated = signed
        above = index - 1
        while above >= start and above not in listed and (more := _signers(lines[above])) is not None:
            bodies = [*more, *bodies]
            above -= 1
        if index == start and not bodies:
            continue  # a date under the title
        end = index + 1
        while end < len(lines) and _REMARK.fullmatch(lines[end].bare):
            end += 1
        return _Signature("、".join(dict.fromkeys(bodies)) or None, dated.day, end)
    stop = next((i for i in range(start, len(lines)) if i in foot or _annex_begins(lines[i])), len(lines))
    return _Signature(None, None, stop)


def _annex_begins(line: Line) -> bool:
    return annex_of(line) is not None


def _signed_here(line: Line) -> tuple[list[str], Dated] | None:
    """The bodies and the date of a line that signs: a date alone, or after the body's name."""
    days = days_in(line.text)
    if len(days) != 1 or len(line.bare) > 60:
        return None
    before, after = line.text[: days[0].start], line.text[days[0].end :]
    if bare(after).strip("）)") or (
        not re.fullmatch(r"[（(]?", bare(before)) and not _SIGNED_BY.fullmatch(bare(before))
    ):
        return None
    words = bare(before).strip("（(")
    return ([_without_seal(words)] if words else []), days[0]


def _signers(line: Line) -> list[str] | None:
    """The bodies a line above the date names; none for the name of a person who signs; None for other text."""
    if line.kind is BlockKind.ROW or len(line.bare) > 60:
        return None
    found = _organisations(line)
    if found:
        return found
    person = re.fullmatch(r"[\u4e00-\u9fff]{2,8}[：: 　]+[\u4e00-\u9fff·]{1,2}[ 　]*[\u4e00-\u9fff·]{1,6}", line.text)
    return [] if person else None


def _organisations(line: Line) -> list[str]:
    """The organisations a line consists of, printed apart when there are several."""
    parts = [part for part in re.split(r"[ 　]{2,}|\t|、", line.text) if part.strip()]
    if len(parts) > 1 and all(_SIGNED_BY.fullmatch(bare(part)) for part in parts):
        return [_without_seal(bare(part)) for part in parts]
    return [_without_seal(line.bare)] if _SIGNED_BY.fullmatch(line.bare) else []


def is_organisation(line: Line) -> bool:
    """Whether a line is the name of a body that may issue documents."""
    return line.kind is not BlockKind.ROW and _SIGNED_BY.fullmatch(line.bare) is not None


def _without_seal(words: str) -> str:
    return re.sub(r"[（(](?:印章|公章|盖章|章|代章)[）)]$", "", words)


def _day_alone(line: Line) -> date | None:
    days = days_in(line.text)
    alone = len(days) == 1 and not bare(line.text[: days[0].start] + line.text[days[0].end :]).strip("（()）")
    return days[0].day if alone else None


# ---------------------------------------------------------------- the list of annexes, copies and printing


def _attachments(lines: Sequence[Line], start: int, foot: frozenset[int]) -> tuple[tuple[str, ...], frozenset[int]]:
    """The names of the annexes as listed under the body, and the indexes of the lines that list them.

    What a regulation behind the notice lists at its own end is not the notice's.
    """
    for index in range(start, len(lines)):
        line = lines[index]
        if any(mark.key == (1, 0) and mark.strong for mark in article_candidates(line)):
            break
        if line.kind is BlockKind.ROW or index in foot:
            continue
        found = _ATTACHED.match(line.text)
        if found is None:
            continue
        names, used = _names_listed(found["first"]), {index}
        numbered = _LISTED.match(found["first"]) is not None
        for following in range(index + 1, len(lines)):
            text = lines[following].text
            if lines[following].kind is BlockKind.ROW or not numbered or not (entry := _LISTED.match(text)):
                break
            if parse_number(entry["number"]) != len(names) + 1:
                break
            names += _names_listed(text)
            used.add(following)
        return tuple(names), frozenset(used)
    return (), frozenset()


def _names_listed(text: str) -> list[str]:
    """The names in 1.甲办法　2.乙办法; one without a number is a list of one."""
    parts = re.split(r"(?:^|(?<=[ 　；;]))[0-9０-９]{1,2}[ 　]*[.．、][ 　]*", text)
    names = [bare(part).strip("；;。，") for part in parts if part.strip()]
    return [name[1:-1] if re.fullmatch(r"《[^《》]*》", name) else name for name in names]


def _foot(lines: Sequence[Line], start: int) -> tuple[frozenset[int], dict[str, str]]:
    """The lines of 抄送 and 印发, wherever they stand under the title, and what they say."""
    used: set[int] = set()
    marks: dict[str, str] = {}
    for index in range(start, len(lines)):
        line = lines[index]
        if copied := _COPIED.match(line.text):
            used.add(index)
            who = copied["who"]
            for following in range(index + 1, min(index + 4, len(lines))):
                if re.search(r"。\s*$", who) or _closes_foot(lines[following]):
                    break
                who += lines[following].text
                used.add(following)
            printed = _printed(who)
            marks.setdefault(bare(copied["label"]), bare(who[: printed.start()] if printed else who).strip("。"))
        if printed := _printed(line.text):
            used.add(index)
            marks.setdefault("印发", " ".join(filter(None, (bare(printed["who"] or ""), bare(printed["day"])))))
    return frozenset(used), marks


def _closes_foot(line: Line) -> bool:
    return _printed(line.text) is not None or _COPIED.match(line.text) is not None or bool(days_in(line.text))


def _printed(text: str) -> re.Match[str] | None:
    found = _PRINTED.search(text)
    return found if found and len(days_in(found["day"])) == 1 else None
