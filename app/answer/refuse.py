"""Why there is no basis. A refusal comes from what the question demands and the evidence lacks, never from a score."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from app.answer.answerable import HELD, likelihood, texts
from app.answer.asking import Ask, Term, Want
from app.answer.cite import title_of
from app.answer.matching import contradicts, satisfied, states, uncovered
from app.answer.material import SAYING, Material, Selection
from app.answer.measures import lacking
from app.dates import Mention, dates, plain_years
from app.model import Query, Reason, Reference
from ingest.catalogue import Snapshot
from ingest.document import Caller, ClauseLevel, DocumentKind, Edition, EditionState, Locator
from ingest.segment import search_key

_WORDS = {
    Want.PERSON: "人名或职务",
    Want.BODY: "单位或机构",
    Want.NUMBER: "所问的数量",
    Want.DURATION: "期限",
    Want.MONEY: "金额或标准",
    Want.TIME: "时间",
    Want.PLACE: "地点",
    Want.REASON: "原因",
}


def not_found() -> Reason:
    """Nothing at all was retrieved."""
    return Reason("not_in_library", "库中没有与这个问题有关的内容。")


def no_ledger() -> Reason:
    """A number of findings is asked for that no text tells, and there is no ledger to count them in."""
    return Reason("ledger_not_covering", "库中没有巡察发现问题台账，其他资料也没有写明，无法统计。")


# ---------------------------------------------------------------- works, articles, editions


def about_references(query: Query, snapshot: Snapshot, caller: Caller) -> Reason | None:
    """What stands against answering from the works the question names: missing, repealed, without such an article."""
    for reference in query.references:
        if reference.locator is not None and not reference.work_ids:
            return _unnamed(reference)
        for work in reference.work_ids:
            reason = _about_work(query, reference, work, snapshot, caller)
            if reason is not None:
                return reason
    return None


def _unnamed(reference: Reference) -> Reason:
    if reference.work_text is None:
        return Reason("work_not_named", f"问题没有写明是哪个制度的{_place(reference)}。请写出制度名称后再问。")
    if re.fullmatch(r"办法|规定|条例|规则|细则|制度|准则|法", reference.work_text):
        return Reason("work_not_named", f"库中有多个或没有以“{reference.work_text}”结尾的制度，请写出制度的完整名称。")
    return missing_work(reference)


def missing_work(reference: Reference) -> Reason:
    """库中没有《…》."""
    return Reason("not_in_library", f"库中没有《{reference.work_text}》。")


def _place(reference: Reference) -> str:
    return str(reference.locator) if reference.locator is not None else ""


def _about_work(query: Query, reference: Reference, work: str, snapshot: Snapshot, caller: Caller) -> Reason | None:
    editions = snapshot.editions(work, caller)
    title = _title(editions, reference)
    if query.editions_asked and not query.versions:
        have = "、".join(edition_words(edition) for edition in editions)
        return Reason("no_such_edition", f"库中没有{title}的“{query.editions_asked}”。库中有：{have}。")
    usable = [e for e in editions if e.version_id in query.versions] if query.versions else [
        e for e in editions if query.filters.all_editions or e.citable(query.as_of)
    ]  # fmt: skip
    if not usable:
        return _out_of_force(title, editions, query.as_of, _successor(work, query.as_of, snapshot, caller))
    if reference.locator is None:
        return None
    from app.retrieve import find_clauses

    if any(find_clauses(snapshot.clauses(edition.version_id), reference) for edition in usable):
        return None
    return _no_such_article(title, reference, usable, snapshot)


def _title(editions: Sequence[Edition], reference: Reference) -> str:
    return f"《{editions[-1].title if editions else reference.work_text}》"


def edition_words(edition: Edition) -> str:
    """2024年修订（2024-07-01 起施行）."""
    label = edition.label or "未标明版本"
    return f"{label}（{edition.effective_from.isoformat()} 起施行）" if edition.effective_from else label


def _successor(work: str, on: date, snapshot: Snapshot, caller: Caller) -> str:
    """The work in force that repealed this one, as a sentence goes on: ，已由《…》取代."""
    view = snapshot.roster.view(caller)
    for header in view.repealing(work):
        edition = view.editions.get(header.version_id)
        if edition is not None and edition.work_id != work and edition.citable(on):
            return f"，已由《{edition.title}》取代"
    return ""


def _out_of_force(title: str, editions: Sequence[Edition], on: date, successor: str) -> Reason:
    states = [edition.state(on) for edition in editions]
    if all(state is EditionState.NOT_YET for state in states):
        first = editions[0]
        begins = first.effective_from.isoformat() if first.effective_from else "日期不明"
        return Reason("not_yet_in_force", f"{title}在 {on.isoformat()} 尚未生效（{begins} 起施行），不能作为依据。")
    last = [e for e, state in zip(editions, states, strict=True) if state is not EditionState.NOT_YET][-1]
    state = last.state(on)
    if state is EditionState.REPEALED and last.effective_to is not None:
        return Reason(
            "superseded_only",
            f"{title}（{last.label or ''}）在 {on.isoformat()} 已废止（有效至 {last.effective_to.isoformat()}）{successor}，不能作为依据。",
        )
    return Reason(
        "superseded_only",
        f"库中只有{title}在 {on.isoformat()} 不是有效的版本：{edition_words(last)}，{state.value}{successor}。",
    )


def out_of_force(selection: Selection, query: Query, snapshot: Snapshot, caller: Caller) -> Reason | None:
    """Only a text that is not in force on the day says it: which, and its state."""
    for one in selection.chosen:
        edition = snapshot.edition_of(one.unit.version_id, caller)
        if edition is None or edition.citable(query.as_of):
            return None
        state = edition.state(query.as_of)
        where = f"《{edition.title}》（{edition_words(edition)}）{one.unit.locator}"
        code = "not_yet_in_force" if state is EditionState.NOT_YET else "superseded_only"
        words = f"只有{where}涉及这个问题，而它在 {query.as_of.isoformat()} {state.value}，不能作为依据。"
        return Reason(code, words)
    return None


def _no_such_article(title: str, reference: Reference, editions: Sequence[Edition], snapshot: Snapshot) -> Reason:
    edition = editions[-1]
    wanted = reference.locator
    articles = [
        clause.locator
        for clause in snapshot.clauses(edition.version_id)
        if clause.level is ClauseLevel.ARTICLE and not clause.locator.annex
    ]
    same = [locator for locator in articles if wanted and locator.article == wanted.article]
    label = f"{title}（{edition.label}）" if edition.label else title
    if same and wanted and (wanted.article_suffix or 0) in {locator.article_suffix or 0 for locator in same}:
        return Reason("no_such_article", f"{label}有{same[0]}，但没有{wanted}。")
    if wanted and wanted.article is None:
        chapters = list(dict.fromkeys(locator.chapter for locator in articles if locator.chapter))
        have = f"，该版本共 {len(chapters)} 章：{'、'.join(chapters)}" if chapters else "，该版本不分章"
        return Reason("no_such_article", f"{label}没有{wanted}{have}。")
    last = max((locator.article or 0 for locator in articles), default=0)
    return Reason(
        "no_such_article", f"{label}没有{wanted}，该版本共 {len(articles)} 条（第一条至{Locator(article=last)}）。"
    )


# ---------------------------------------------------------------- does the evidence meet the question


def judge(selection: Selection, material: Material) -> Reason | None:
    """Why the selected spans do not answer the question; None when they do."""
    if not selection.chosen:
        return not_found()
    if selection.told:  # it is known by its form, whatever its words
        own, everything = texts(selection, material)
        return _about_another(selection, own, everything, material)
    return unmet(selection, material) or _support(selection, material)


def unmet(selection: Selection, material: Material) -> Reason | None:
    """The first thing the question demands, and the evidence can be seen to lack, whatever speaks for it."""
    own, everything = texts(selection, material)
    about = _about_another(selection, own, everything, material)
    return (
        about
        or _unheard(selection, everything)
        or _untold(selection, material)
        or _constraints(selection, own, material)
    )


def _untold(selection: Selection, material: Material) -> Reason | None:
    """What is told at a fixed place of a document, or nowhere in it."""
    fact, place = selection.ask.fact, selection.chosen[0].unit.locator
    if fact is None or not fact.fixed or selection.told or place.article is not None or place.row is not None:
        return None
    return _refused("not_addressed", f"没有写明{fact.words}", selection, material)


def _about_another(
    selection: Selection, own: Sequence[str], everything: Sequence[str], material: Material
) -> Reason | None:
    """Whom, which meeting, round or day the question names, and the evidence is not about."""
    return (
        _strangers(everything, material)
        or _speakers(selection, own, material)
        or _events(selection, material)
        or _rounds(selection, material)
        or _days(selection, everything, material)
    )


def _strangers(everything: Sequence[str], material: Material) -> Reason | None:
    for name in material.strangers:
        if not any(name in text for text in everything):
            return Reason("not_in_library", f"库中没有关于“{name}”的内容。")
    return None


_FAR = 0.82
"""A cosine below which, of questions none of whose words any text has, 15 of 18 practice questions had no basis."""


def _unheard(selection: Selection, everything: Sequence[str]) -> Reason | None:
    """A question of which no text has a word, in whatever wording, and no passage is near."""
    required = selection.ask.subjects
    if not required or selection.dense >= _FAR or not all(term.unknown for term in required):
        return None
    return None if len(uncovered(selection.ask, everything)) < len(required) else _strange(required)


def _strange(missing: Sequence[Term]) -> Reason:
    return Reason("not_in_library", f"库中没有找到与{_quoted(missing)}有关的内容。")


def _support(selection: Selection, material: Material) -> Reason | None:
    if likelihood(selection, material) >= 0:
        return None
    own, everything = texts(selection, material)
    if lacked := _lacked(HELD, selection, own, material):
        return lacked
    required = selection.ask.subjects
    missing = [term for term in uncovered(selection.ask, everything) if not term.name]
    if not missing:
        return _refused("not_addressed", "没有写明所问的这一点", selection, material)
    strange = [term for term in missing if term.unknown]
    if len(strange) > 1 and sum(t.weight for t in strange) >= _STRANGE * sum(t.weight for t in required):
        return _strange(strange)
    last = last_word(selection.ask)
    asked = [last] if last in missing else [term for term in missing if not term.unknown]
    return _refused("not_addressed", f"没有提到{_quoted(asked or missing)}", selection, material)


def last_word(ask: Ask) -> Term | None:
    """The content word that stands last in the question."""
    words = [term for term in ask.terms if not term.name and len(term.text) > 1]
    return max(words, key=lambda term: ask.text.rfind(term.text), default=None)


_STRANGE = 0.75
"""The share, by rarity, of the question's words that no text has, from which the library is about something else."""
_NAMED = 3


def _quoted(missing: Sequence[Term]) -> str:
    """The words that tell most of those that are missing, as they stand in the question."""
    telling = sorted(missing, key=lambda term: -term.weight)[:_NAMED]
    return "、".join(f"“{term.text}”" for term in missing if term in telling)


def _refused(code: str, lack: str, selection: Selection, material: Material, *, within: str = "其中") -> Reason:
    """A refusal that says which place comes nearest, and what it lacks."""
    one = selection.chosen[0]
    header = material.header(one.unit.version_id)
    title = title_of(header.title, header.kind, header.edition) if header is not None else ""
    return Reason(code, f"库中最接近的是{title}{one.unit.locator}，{within}{lack}，不能据此回答。")


def _lacked(wants: frozenset[Want], selection: Selection, own: Sequence[str], material: Material) -> Reason | None:
    """The kind of thing asked for, of these, that the spans do not hold."""
    ask = selection.ask
    text = "\n".join(own)
    if (measure := next(lacking(ask.text, text), None)) is not None:
        return _refused("not_addressed", f"没有写明{measure.words}", selection, material)
    rule = selection.chosen[0].unit.kind is DocumentKind.REGULATION
    for want in sorted(ask.wants & wants):
        if want is Want.PERSON and not ask.role and any(one.unit.speaker for one in selection.chosen):
            continue  # 这话是谁说的, 谁不赞成: whoever it is, it is told beside the words
        # 2024年第二轮 tells no time: it names the round.
        held = _ROUND_NAME.sub("", text) if want is Want.TIME else text
        if not satisfied(want, ask, held, rule=rule, people=material.people):
            return _refused("not_addressed", f"没有写明{_WORDS[want]}", selection, material)
    return None


_POST_SAYS = re.compile(
    r"(?P<post>董事长|总经理|党委书记|纪委书记|工会主席|总工程师|总会计师|总监|部长|厂长|院长|主任)"
    r"(?:[\u4e00-\u9fff]{2,3})?(?:在[^,，。?？]{0,20})?(?:讲|强调|指出|说|要求|提出|表示|谈)"
)


def _speakers(selection: Selection, own: Sequence[str], material: Material) -> Reason | None:
    """Whoever the question names must be in the evidence; if it asks what he said, he must have said it."""
    key = search_key(material.query.standalone)
    post = _POST_SAYS.search(key)
    if post is not None:
        texts = [search_key(material.snapshot.text(one.unit.version_id)) for one in selection.chosen]
        if not any(post["post"] in text for text in texts):
            return _refused("premise", f"没有提到{post['post']}", selection, material)
    for name in material.query.constraints.get("speakers", ()):
        spoken = any(one.unit.speaker and search_key(one.unit.speaker) == name for one in selection.chosen)
        if spoken:
            continue
        says = re.compile(rf"{name}[^。！？]{{0,30}}?(?:{SAYING.pattern})")
        if says.search(key):
            # His name may open the paragraph whose later sentence is quoted.
            if not any(says.search(text) for text in (*own, *(one.unit.near for one in selection.chosen))):
                others = "、".join(dict.fromkeys(one.unit.speaker for one in selection.chosen if one.unit.speaker))
                told = f"是{others}所讲，不是{name}所讲" if others else f"不是{name}所讲"
                return _refused("premise", told, selection, material, within="")
        elif not any(name in f"{one.unit.key} {one.unit.near} {one.unit.context}" for one in selection.chosen):
            return _refused("premise", f"没有提到{name}", selection, material)
    return None


_EVENT = re.compile(r"(动员|反馈|培训|推进|宣贯|座谈|专题|领导小组|党委)(?:部署|视频|工作)?(?:会|班)")


def _events(selection: Selection, material: Material) -> Reason | None:
    """What somebody said at the meeting the question names: the words quoted must have been said at one of its kind."""
    events = _EVENT.findall(search_key(material.query.standalone))
    if not events or not material.query.constraints.get("speakers"):
        return None
    for one in selection.chosen:
        header = material.header(one.unit.version_id)
        opening = material.snapshot.text(one.unit.version_id)[:_OPENING]
        if header is not None and any(event in search_key(f"{header.title} {opening}") for event in events):
            return None
    return _refused("premise", f"不是在{events[0]}会上所讲", selection, material, within="")


_OPENING = 200


def _rounds(selection: Selection, material: Material) -> Reason | None:
    for name in material.query.constraints.get("rounds", ()):
        met = any(name in search_key(material.snapshot.text(one.unit.version_id)) for one in selection.chosen)
        if not met:
            return _refused("not_addressed", f"不是关于{name}的", selection, material, within="")
    return None


_DAY_OF_YEAR = re.compile(r"(?<![\d年])0?(1[0-2]|[1-9])月0?(3[01]|[12]\d|[1-9])[日号]")


def _days(selection: Selection, texts: Sequence[str], material: Material) -> Reason | None:
    """A date a question about a meeting names must be that of the meeting, or stand in the text."""
    key = plain_years(search_key(material.query.standalone))
    everything = "\n".join(texts)
    if not material.query.spoken:
        return _years(key, selection, everything, material)
    for month, day in _DAY_OF_YEAR.findall(key):
        held = [material.header(one.unit.version_id) for one in selection.chosen]
        days = {(header.day.month, header.day.day) for header in held if header is not None and header.day is not None}
        written = rf"(?<!\d)0?{month}月0?{day}[日号]"
        if (int(month), int(day)) not in days and not any(
            re.search(written, search_key(material.snapshot.text(one.unit.version_id))) for one in selection.chosen
        ):
            return _refused("not_addressed", f"不是关于{month}月{day}日的", selection, material, within="")
    for named in dates(key, material.query.as_of):
        if key[named.end :].startswith(("第", "的第", "有效")) or not re.search(r"\d", named.text):
            continue  # a round; the day whose rules are asked for; 昨天, which no text names
        if named.text in everything or any(_held(one.unit.version_id, named, material) for one in selection.chosen):
            continue
        return _refused("not_addressed", f"不是关于{named.text}的", selection, material, within="")
    return None


_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")


def _years(key: str, selection: Selection, everything: str, material: Material) -> Reason | None:
    """A year the question names must stand around what a talk or report says, or be that of its day."""
    headers = [material.header(one.unit.version_id) for one in selection.chosen]
    if any(header is None or header.kind is DocumentKind.REGULATION for header in headers):
        return None
    known = {str(header.day.year) for header in headers if header is not None and header.day is not None}
    for year in _YEAR.findall(key):
        if year not in known and year not in everything:
            return _refused("not_addressed", f"不是关于{year}年的", selection, material, within="")
    return None


def _held(version_id: str, named: Mention, material: Material) -> bool:
    header = material.header(version_id)
    if header is not None and header.day is not None and named.first <= header.day <= named.last:
        return True
    return named.text in search_key(material.snapshot.text(version_id))


_SUPERLATIVE = re.compile(
    r"最(?:多|少|高|低|大|小|突出|集中|严重)的|(?:哪|谁)[^,，。?？]{0,12}最(?:多|少|高|低|大|小|突出)"
)
_FOREMOST = re.compile(r"最|首|第一|居|名列|超过|高于|突出|主要")


_ROUND_NAME = re.compile(r"(?:19|20)\d{2}年度?第[一二三四1-4]轮")


def _constraints(selection: Selection, own: Sequence[str], material: Material) -> Reason | None:
    """What must be there: a number of the kind asked for; in a talk also who, where, the foremost one, as many as said."""
    ask = selection.ask
    rule = selection.chosen[0].unit.kind is DocumentKind.REGULATION
    text = "\n".join(own)
    if lacked := _lacked(frozenset() if rule else _SEEN, selection, own, material):
        return lacked
    if not rule and _SUPERLATIVE.search(ask.text) and not _FOREMOST.search(text):
        return _refused("not_addressed", "没有说哪一个最突出", selection, material)
    if contradicts(ask, text) or (not rule and not _one_of_several(selection) and not states(ask, text)):
        return _refused("not_addressed", "所列数目与问题所说的不一致", selection, material)
    return None


def _one_of_several(selection: Selection) -> bool:
    """Whether what is chosen is a point of a list, whose number it does not tell."""
    return any(one.lead_in is not None or _POINT.match(one.unit.key) for one in selection.chosen)


_POINT = re.compile(r"[(（]?(?:第?[一二三四五六七八九十]|\d{1,2})(?:[)）.、,]|是|要)")
_SEEN = frozenset({Want.PERSON, Want.BODY, Want.PLACE})
"""Kinds of thing that a talk is seen to lack: it names people and bodies, where a rule speaks of posts."""
