"""How well official documents are read: fields, regulations inside notices, amending decisions, dates of editions.

The documents are drawn up here, from words of our own, in the layouts that offices use; each is measured as text,
Markdown, web page and Word file. Statutes in several editions are read besides, where the data is there, with what
their front matter says left out.
"""

from __future__ import annotations

import html
import io
import json
import random
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

from evals.ingestion.measure import Figure, shared_data
from ingest.document import ClauseLevel, Structured
from ingest.read.reader import read_bytes
from ingest.structure.structure import structure
from ingest.structure.titles import normal_title

DOCUMENTS = 96
"""Documents drawn up; each is read in four formats."""

FIELDS = ("title", "number", "issuer", "published", "addressee", "attachments")
MARKS = ("份号", "密级", "紧急程度", "签发人")


@dataclass(frozen=True, slots=True)
class Rule:
    """A regulation as it was written: what must come out of it. A date of None must not be guessed."""

    title: str
    articles: tuple[str, ...]
    published: date | None
    effective: date | None
    number: str | None = None
    issuer: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A document's lines, and what is in it. A line of several cells is a table's row."""

    lines: tuple[str, ...]
    fields: Mapping[str, object]
    rules: tuple[Rule, ...] = ()
    amends: tuple[str, tuple[str, ...]] | None = None
    layout: str = ""


# ---------------------------------------------------------------- words

_HOUSES = (
    ("青岚航运集团有限公司", "青岚党发", "青岚司发"),
    ("玉屏水务股份有限公司", "玉水委", "玉水司"),
    ("临港重型机械有限责任公司", "临机党字", "临机办发"),
    ("北桥地铁集团有限公司", "北铁党发", "北铁运营"),
)
_SUBJECTS = (
    ("印章使用", "印章由综合部门专人保管，使用前须填写审批单"),
    ("公务用车", "公务用车实行统一调度，不得用于私人事务"),
    ("合同归档", "合同签订后十个工作日内移交档案室"),
    ("外出培训", "外出培训须列入年度计划，并在结束后提交总结"),
    ("办公用房", "办公用房按照核定面积配备，不得超标准装修"),
    ("废旧物资处置", "废旧物资应当公开处置，并留存全过程记录"),
    ("值班值守", "值班人员不得擅自离岗，交接班应当书面记录"),
    ("科研经费", "科研经费专款专用，结余部分按原渠道退回"),
)
_KINDS = ("管理办法", "实施细则", "管理规定", "工作规则")
_ADDRESSEES = (
    "各部门、各所属单位",
    "各分公司，各子公司，总部各处室",
    "各基层党委、党总支，机关各部门",
    "公司所属各单位、各项目部",
)
_OPENINGS = (
    "经公司研究同意，现将《{0}》印发给你们，请认真贯彻执行。",
    "《{0}》已经公司党委会议审议通过，现印发给你们，请结合实际抓好落实。",
    "为加强内部管理，公司制定了《{0}》，现予印发，请遵照执行。",
)


def _rule(rng: random.Random, house: str, subject: tuple[str, str], issued: date) -> Rule:
    """A regulation of a few articles, with one of the usual last articles."""
    name, duty = subject
    kind = rng.choice(_KINDS)
    mark = rng.choice(("", "", "（试行）", "（暂行）"))
    own = rng.choice((house, "", house))
    later = issued + timedelta(days=rng.choice((1, 15, 30, 45)))
    last, effective = rng.choice(
        (
            (f"本{kind[-2:]}自{_arabic(later)}起施行。", later),
            (f"本{kind[-2:]}自印发之日起施行。", issued),
            (f"本{kind[-2:]}由综合部负责解释，自{_arabic(later)}起执行，原有规定同时废止。", later),
            (f"本{kind[-2:]}由综合部负责解释。", None),
        )
    )
    bodies = [f"为规范{name}工作，制定本{kind[-2:]}。", f"{duty}。", f"{name}情况每半年通报一次。", last]
    numbered = tuple(f"第{'一二三四五'[n]}条　{body}" for n, body in enumerate(bodies))
    return Rule(f"{own}{name}{kind}{mark}", numbered, issued, effective)


def _arabic(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _wide(text: str) -> str:
    return text.translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)})


def _chinese(day: date, zero: str) -> str:
    digits = zero + "一二三四五六七八九"

    def number(value: int) -> str:
        tens, ones = divmod(value, 10)
        return ("" if tens == 0 else "十" if tens == 1 else digits[tens] + "十") + (digits[ones] if ones else "")

    return "".join(digits[int(figure)] for figure in str(day.year)) + f"年{number(day.month)}月{number(day.day)}日"


_DAYS: tuple[Callable[[date], str], ...] = (
    _arabic,
    lambda day: _chinese(day, "〇"),
    lambda day: _chinese(day, "○"),
    lambda day: _chinese(day, "零"),
    lambda day: _wide(_arabic(day)),
)
_NUMBERS = (
    "{0}〔{1}〕{2}号",
    "{0}[{1}]{2}号",
    "{0}（{1}）{2}号",
    "{0}【{1}】{2}号",
    "{0}［{1}］{2}号",
    "{0}({1})第{2}号",
    "{0} 〔{1}〕 {2} 号",
)


# ---------------------------------------------------------------- layouts


@dataclass(slots=True)
class _Sheet:
    """A document being written: its lines and what they say."""

    rng: random.Random
    house: str
    code: str
    day: date
    bodies: tuple[str, ...]
    lines: list[str] = field(default_factory=list)
    fields: dict[str, object] = field(default_factory=dict)

    def head(self, title: str) -> None:
        """Above the title: marks, red head, number; or the number under the title as web pages have it."""
        rng = self.rng
        if rng.random() < 0.4:
            marks = {"份号": f"{rng.randrange(1, 999999):06d}", "密级": rng.choice(("秘密", "机密★1年", "秘密★长期"))}
            marks["紧急程度"] = rng.choice(("特急", "加急"))
            chosen = [name for name in marks if rng.random() < 0.7]
            together = rng.random() < 0.3
            self.lines += (
                ["　".join(marks[name] for name in chosen)] if together and chosen else [marks[n] for n in chosen]
            )
            self.fields.update({name: marks[name] for name in chosen})
        number, under = self._number(), rng.random() < 0.2
        red = rng.random()
        if len(self.bodies) > 1:
            self.lines += [*self.bodies, "文件"] if red < 0.5 else [*self.bodies[:-1], f"{self.bodies[-1]}文件"]
        elif red < 0.7:
            self.lines.append(f"{self.bodies[0]}文件")
        if not under:
            signer = rng.choice(("", "", "签发人：周长河", "签发人：周长河　林 木"))
            self.lines.append(f"{number}　　　　{signer}".strip() if rng.random() < 0.7 or not signer else number)
            if signer and self.lines[-1] != number:
                self.fields["签发人"] = "周长河、林木" if "林" in signer else "周长河"
        self.title(title)
        if under:
            self.lines.append(rng.choice(("{}", "（{}）", "文号：{}")).format(number))

    def _number(self) -> str:
        serial = self.rng.randrange(1, 120)
        self.fields["number"] = f"{self.code}〔{self.day.year}〕{serial}号"
        printed = self.rng.choice(_NUMBERS).format(self.code, self.day.year, serial)
        return _wide(printed) if self.rng.random() < 0.2 else printed

    def title(self, title: str) -> None:
        """The title on one line, or broken as printers break it."""
        self.fields["title"] = title
        cuts = [m.end() for m in re.finditer(r"关于|》(?=《)|印发(?=《)|公司(?=关于)", title)] + [title.rfind("的")]
        cuts = sorted({cut for cut in cuts if 4 <= cut <= len(title) - 3})
        chosen = self.rng.sample(cuts, min(len(cuts), self.rng.choice((0, 0, 1, 2))))
        places = [0, *sorted(chosen), len(title)]
        self.lines += [title[a:b] for a, b in pairwise(places)]

    def address(self) -> None:
        """主送机关, sometimes over two lines."""
        who = self.rng.choice(_ADDRESSEES)
        self.fields["addressee"] = who
        cut = who.find("，") + 1
        self.lines += [who[:cut], f"{who[cut:]}："] if cut and self.rng.random() < 0.3 else [f"{who}："]

    def attach(self, names: Sequence[str]) -> None:
        """The list of annexes under the body."""
        self.fields["attachments"] = tuple(names)
        if len(names) == 1:
            self.lines.append(self.rng.choice(("附件：{}", "附件：1.{}", "附：{}")).format(names[0]))
            return
        self.lines += [
            f"附件：1.{names[0]}",
            *(f"{n}．{name}" if n % 2 else f"{n}.{name}" for n, name in enumerate(names[1:], 2)),
        ]

    def sign(self) -> None:
        """Who signs, and the day."""
        day = self.rng.choice(_DAYS)(self.day)
        self.fields |= {"issuer": "、".join(self.bodies), "published": self.day}
        form = self.rng.random()
        if form < 0.2 and len(self.bodies) == 1:
            self.lines.append(f"{self.bodies[0]}　　{day}")
        elif form < 0.5 and len(self.bodies) > 1:
            self.lines += ["　　　".join(self.bodies), day]
        else:
            self.lines += [*self.bodies, day]
        if self.rng.random() < 0.2:
            self.lines.append(self.rng.choice(("（此件公开发布）", "（联系人：综合部　电话：8800）")))

    def foot(self) -> None:
        """抄送 and 印发, at the very end."""
        if self.rng.random() < 0.6:
            self.lines.append("抄送：公司领导，纪委，工会。")
            self.lines.append(f"{self.house}办公室　　　　{_arabic(self.day + timedelta(days=2))}印发")


def _plain(sheet: _Sheet) -> Case:
    """A notice, circular, reply or letter that carries nothing."""
    kind = sheet.rng.choice(("通知", "通报", "批复", "函", "决定"))
    subject = sheet.rng.choice(_SUBJECTS)
    lead = sheet.rng.choice(("、".join(sheet.bodies) if len(sheet.bodies) == 1 else "", ""))
    sheet.head(f"{lead}关于进一步加强{subject[0]}工作的{kind}")
    sheet.address()
    sheet.lines += [f"近期检查发现，部分单位{subject[0]}不够规范。现就有关事项明确如下。", f"一、{subject[1]}。"]
    sheet.lines.append("二、各单位于月底前完成自查，自查报告报综合部。")
    if sheet.rng.random() < 0.4:
        sheet.attach([f"{subject[0]}自查表"])
    sheet.sign()
    sheet.foot()
    return Case(tuple(sheet.lines), sheet.fields, layout=kind)


def _carrying(sheet: _Sheet) -> Case:
    """A notice with one to three regulations behind it, with or without 附件."""
    rng = sheet.rng
    subjects = rng.sample(_SUBJECTS, rng.choice((1, 1, 2, 3)))
    rules = [_rule(rng, sheet.house, subject, sheet.day) for subject in subjects]
    titles = "".join(f"《{rule.title}》" for rule in rules)
    lead = rng.choice((sheet.house if len(sheet.bodies) == 1 else "", ""))
    sheet.head(f"{lead}关于印发{titles}的通知")
    sheet.address()
    sheet.lines.append(rng.choice(_OPENINGS).format("》《".join(rule.title for rule in rules)))
    labelled = rng.random() < 0.7
    form = labelled and rng.random() < 0.4
    if labelled:
        sheet.attach([rule.title for rule in rules] + (["审批表"] if form else []))
    sheet.sign()
    for number, rule in enumerate(rules, 1):
        label = f"附件{number if len(rules) > 1 or form else ''}"
        joined = labelled and rng.random() < 0.3
        sheet.lines += [] if not labelled or joined else [rng.choice((label, f"{label}："))]
        sheet.lines.append(f"{label}：{rule.title}" if joined else rule.title)
        sheet.lines += (
            ["第一章　总则", rule.articles[0], "第二章　分则", *rule.articles[1:]]
            if rng.random() < 0.3
            else rule.articles
        )
    if form:
        sheet.lines += [f"附件{len(rules) + 1}", "审批表", "申请人：　　　　部门：　　　　"]
    sheet.foot()
    issued = {"number": str(sheet.fields["number"]), "issuer": str(sheet.fields["issuer"])}
    return Case(tuple(sheet.lines), sheet.fields, tuple(replace(rule, **issued) for rule in rules), layout="印发")  # type: ignore[arg-type]


def _order(sheet: _Sheet) -> Case:
    """An order: 某某令, 第N号, the text that promulgates, the regulation."""
    rng, serial = sheet.rng, sheet.rng.randrange(1, 40)
    rule = _rule(rng, sheet.house, rng.choice(_SUBJECTS), sheet.day)
    begins = sheet.day + timedelta(days=30)
    sheet.lines += [f"{sheet.house}令", f"第{serial}号"]
    sheet.lines.append(f"《{rule.title}》已经公司董事会审议通过，现予公布，自{_arabic(begins)}起施行。")
    sheet.lines += ["董事长：周长河", rng.choice(_DAYS)(sheet.day), rule.title, *rule.articles]
    sheet.fields |= {"number": f"第{serial}号", "issuer": sheet.house, "published": sheet.day}
    rule = replace(rule, effective=rule.effective or begins, number=f"第{serial}号", issuer=sheet.house)
    return Case(tuple(sheet.lines), sheet.fields, (rule,), layout="令")


def _amending(sheet: _Sheet) -> Case:
    """A decision that amends a regulation, item by item."""
    rng = sheet.rng
    subject = rng.choice(_SUBJECTS)
    work = f"{sheet.house}{subject[0]}{rng.choice(_KINDS)}"
    kind = rng.choice(("决定", "通知"))
    sheet.head(rng.choice((f"关于修改《{work}》的{kind}", f"{sheet.house}关于修改《{work}》部分条款的{kind}")))
    sheet.address()
    sheet.lines.append(f"经研究，决定对《{work}》作如下修改：")
    changes = [
        ("第二条", f"将第二条修改为：“{subject[1]}，并接受监督。”"),
        ("第五条第二款", "删去第五条第二款。"),
        ("第七条", "将第七条中的“综合部”修改为“行政保障部”。"),
        ("第九条", "在第九条中增加一项，作为第（三）项：“其他应当报告的事项”。"),
    ]
    chosen = sorted(rng.sample(range(4), rng.choice((1, 2, 3))))
    sheet.lines += [f"{'一二三四'[n]}、{changes[place][1]}" for n, place in enumerate(chosen)]
    sheet.lines.append(f"本{kind}自{_arabic(sheet.day + timedelta(days=10))}起施行。")
    sheet.sign()
    sheet.foot()
    return Case(
        tuple(sheet.lines), sheet.fields, amends=(work, tuple(changes[place][0] for place in chosen)), layout="修改"
    )


def _edition(sheet: _Sheet) -> Case:
    """A regulation on its own, with an edition line that tells several days apart, or tells none."""
    rng, first, later = sheet.rng, sheet.day, sheet.day + timedelta(days=700)
    rule = _rule(rng, sheet.house, rng.choice(_SUBJECTS), first)
    begins, adopted = first + timedelta(days=31), first - timedelta(days=12)
    lines: Sequence[tuple[str, date | None, date | None, str]] = (
        (f"（{_arabic(first)}印发）", first, None, f"{first.year}年印发"),
        (f"（{_arabic(adopted)}公司董事会审议通过　{_arabic(first)}发布　自{_arabic(begins)}起施行）", first, begins, f"{first.year}年发布"),
        (f"（{_arabic(first)}印发，{_arabic(later)}修订）", later, None, f"{later.year}年修订"),
        (f"（{_arabic(adopted)}第3次总经理办公会审议通过）", None, None, f"{adopted.year}年通过"),
        ("", None, None, ""),
    )  # fmt: skip
    line, published, effective, label = rng.choice(lines)
    year = rng.choice(("", "", f"（{first.year}年版）")) if not line else ""
    bare = re.sub(r"（(?:试行|暂行)）$", "", rule.title)
    stated = re.search(r"自(\d+)年(\d+)月(\d+)日起", rule.articles[3])
    own = date(*map(int, stated.groups())) if stated else published if "印发之日" in rule.articles[3] else None
    if published is not None and own is not None and own < published:
        own = None  # the sentence of the first edition says nothing of the revised one
    rule = replace(rule, title=bare, published=published, effective=effective or own, number=None)
    heading = bare + year
    fields: dict[str, object] = {"title": heading, "edition": label or (f"{first.year}年版" if year else None)}
    text = [heading, *([line] if line else []), *rule.articles]
    return Case(tuple(text), fields, (rule,), layout="版本")


def cases(count: int = DOCUMENTS) -> Iterator[Case]:
    """Documents of every layout in turn, the same in every run."""
    drawn = (_carrying, _plain, _amending, _carrying, _edition, _order)
    for number in range(count):
        rng = random.Random(number)
        house, party, company = rng.choice(_HOUSES)
        day = date(rng.randrange(2009, 2026), rng.randrange(1, 13), rng.randrange(1, 29))
        committee = f"中共{house}委员会"
        bodies = rng.choice(((house,), (house,), (committee,), (committee, house)))
        code = party if bodies[0] == committee else company
        yield drawn[number % len(drawn)](_Sheet(rng, house, code, day, bodies))


# ---------------------------------------------------------------- formats


def _text(lines: Sequence[str]) -> bytes:
    return "\n".join(line if n % 3 else f"　　{line}" for n, line in enumerate(lines)).encode()


def _markdown(lines: Sequence[str]) -> bytes:
    return "\n\n".join(lines).encode()


def _page(lines: Sequence[str]) -> bytes:
    body = "\n".join(f"<p>{html.escape(line)}</p>" for line in lines)
    return f"<html><head><meta charset='utf-8'></head><body><div class='content'>{body}</div></body></html>".encode()


_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org"


def _word(lines: Sequence[str]) -> bytes:
    """The smallest Word file that holds the lines as paragraphs."""
    body = "".join(f'<w:p><w:r><w:t xml:space="preserve">{html.escape(line)}</w:t></w:r></w:p>' for line in lines)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{_RELATIONS}/package/2006/content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override '
            'PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
            'wordprocessingml.document.main+xml"/></Types>',
        )
        packed.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{_RELATIONS}/package/2006/relationships"><Relationship Id="r1" '
            f'Type="{_RELATIONS}/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>'
            "</Relationships>",
        )
        packed.writestr("word/document.xml", f'<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>')
    return out.getvalue()


FORMATS: Mapping[str, Callable[[Sequence[str]], bytes]] = {"txt": _text, "md": _markdown, "html": _page, "docx": _word}


# ---------------------------------------------------------------- what came out


@dataclass(slots=True)
class Tally:
    """What was right out of how much, and every miss in words."""

    fields: list[bool] = field(default_factory=list)
    rules: list[bool] = field(default_factory=list)
    amendments: list[bool] = field(default_factory=list)
    dates: list[bool] = field(default_factory=list)
    wrong_dates: int = 0
    misses: list[str] = field(default_factory=list)

    def check(self, into: list[bool], where: str, got: object, wanted: object) -> None:
        """Note one comparison."""
        into.append(got == wanted)
        if got != wanted:
            self.misses.append(f"{where}: {got!r}，应为 {wanted!r}")

    def date(self, where: str, got: date | None, wanted: date | None) -> None:
        """Note a date: unknown where it is known counts as missed, another one as wrong."""
        self.check(self.dates, where, got, wanted)
        self.wrong_dates += got is not None and got != wanted


def _articles(one: Structured) -> tuple[str, ...]:
    text = one.document.text
    return tuple(c.span.of(text) for c in one.clauses if c.level is ClauseLevel.ARTICLE)


def compare(case: Case, read: Structured, where: str, tally: Tally) -> None:
    """Hold what was read against what was written."""
    known = read.metadata
    for name, wanted in case.fields.items():
        got = known.extra.get(name) if name in MARKS else getattr(known, name)
        if name == "title" and isinstance(got, str):
            got = normal_title(got) if normal_title(got) == normal_title(str(wanted)) else got
            wanted = normal_title(str(wanted)) if got == normal_title(str(wanted)) else wanted
        if name == "published":
            tally.date(f"{where} {name}", known.published, case.fields["published"])  # type: ignore[arg-type]
        tally.check(tally.fields, f"{where} {name}", got, wanted)
    found = {normal_title(one.metadata.title or ""): one for one in (read.parts or (read,))}
    for rule in case.rules:
        one = found.get(normal_title(rule.title))
        whole = one is not None and tuple("".join(a.split()) for a in _articles(one)) == tuple(
            "".join(a.split()) for a in rule.articles
        )
        tally.check(tally.rules, f"{where} 《{rule.title}》", whole, True)
        if one is not None:
            tally.date(f"{where} 《{rule.title}》公布", one.metadata.published, rule.published)
            tally.date(f"{where} 《{rule.title}》施行", one.metadata.effective_from, rule.effective)
            if rule.number is not None:
                tally.check(tally.fields, f"{where} 《{rule.title}》文号", one.metadata.number, rule.number)
                tally.check(tally.fields, f"{where} 《{rule.title}》机关", one.metadata.issuer, rule.issuer)
    tally.check(tally.rules, f"{where} 所附制度数", len(read.parts), len(case.rules) if case.layout != "版本" else 0)
    amends = (read.amends[0].work, read.amends[0].places) if len(read.amends) == 1 else None
    tally.check(tally.amendments, f"{where} 修改", amends, case.amends)


def measure(out: Path) -> Sequence[Figure]:
    """Documents drawn up in every layout and format; real statutes and official files where they are."""
    tally = Tally()
    total = 0
    for number, case in enumerate(cases()):
        for suffix, made in FORMATS.items():
            read = structure(read_bytes(made(case.lines), f"公文{number}.{suffix}"))
            compare(case, read, f"公文{number}.{suffix}（{case.layout}）", tally)
            total += 1
    out.mkdir(parents=True, exist_ok=True)
    (out / "misses.txt").write_text("\n".join(tally.misses) + "\n", encoding="utf-8")
    return [
        _share("公文要素正确", tally.fields, 0.98),
        _share("所附制度完整成为各自的制度", tally.rules, 0.98),
        _share("修改决定及所改条款", tally.amendments, 0.98),
        _share("公布和施行日期正确", tally.dates, None),
        Figure("错误的日期", tally.wrong_dates, 0, at_least=False, n=len(tally.dates)),
        *_statutes(),
        _files(),
    ]


def _share(name: str, right: Sequence[bool], target: float | None) -> Figure:
    return Figure(name, sum(right) / len(right), target, n=len(right))


_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)


def _statutes() -> Iterator[Figure]:
    """Dates and labels of real statutes, read off their text alone."""
    data = shared_data()
    names = (
        "法律各版本：公布日期正确",
        "法律各版本：施行日期正确或写明不详",
        "法律各版本：错误的日期",
        "法律各版本：版本标签正确",
    )
    folder = data / "laws_versions" if data else None
    if folder is None or not folder.is_dir():
        yield from (Figure(name, None, remark="没有 laws_versions 数据") for name in names)
        return
    published, effective, labels, wrong = [], [], [], 0
    for entry in json.loads((folder / "manifest.json").read_text(encoding="utf-8")):
        text = _FRONT_MATTER.sub("", (folder / entry["file"]).read_text(encoding="utf-8"))
        known = structure(read_bytes(text.encode(), "法律.md")).metadata
        day, begins = date.fromisoformat(entry["date"]), date.fromisoformat(entry["effective"])
        published.append(known.published == day)
        effective.append(known.effective_from in (begins, None))
        labels.append((known.edition or "").startswith(f"{day.year}年"))
        wrong += (known.published not in (day, None)) + (known.effective_from not in (begins, None))
    yield _share(names[0], published, None)
    yield _share(names[1], effective, 1.0)
    yield Figure(names[2], wrong, 0, at_least=False, n=2 * len(published))
    yield _share(names[3], labels, None)


def _files() -> Figure:
    """Dates of official files of every kind (laws, interpretations, replies, decisions), read off their text alone."""
    name = "官方文件：错误的日期"
    data = shared_data()
    folder = data / "documents" / "md" if data else None
    if folder is None or not folder.is_dir():
        return Figure(name, None, remark="没有 documents 数据")
    wrong = count = 0
    for path in sorted(folder.glob("*.md")):
        whole = path.read_text(encoding="utf-8")
        known = structure(read_bytes(_FRONT_MATTER.sub("", whole).encode(), "文件.md")).metadata
        for key, got in (("publication_date", known.published), ("effective_date", known.effective_from)):
            told = re.search(rf"^{key}: '(\d{{4}}-\d\d-\d\d)'", whole, re.MULTILINE)
            if told:
                count += 1
                wrong += got not in (None, date.fromisoformat(told[1]))
    return Figure(name, wrong, 0, at_least=False, n=count)
