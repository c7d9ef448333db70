"""Counts, lists and groupings over the ledger: computed by query, never estimated from retrieved passages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from app.model import Filters, FindingsQuery, Reason
from app.tools.ledger import COLUMNS, Conditions, LedgerQuestion, Measure, Vocabulary, Wanted
from app.tools.reading import ledger_question
from ingest.catalogue import Snapshot
from ingest.document import Caller, Finding
from ingest.roster import name_key
from ingest.segment import search_key

__all__ = ["Computed", "LedgerQuestion", "Vocabulary", "compute", "ledger_question"]

ROWS_SHOWN = 20
_OTHER_QUANTITY = re.compile(r"金额|资金|费用|经费|损失|人数|人员|天数|时间|比例|原因|处分|追责|罚款|谁|措施|责任|奖励")
"""What is asked for is not a number of findings; that the word stands in some row is no answer."""
_NO_TOPIC = re.compile(
    r"平均|重复|重要|重大|严重|一般|新增|同比|环比|增长|增加|减少|下降|年初|年底|半年|季度|月|以上|以下|超过|不足|不|没|未|非|除|另|其他|其余|至少|同时|连续|相同|共同|\d|[一二三四五六七八九十百千万]+(?:元|万|亿)"
)
"""Words that no row needs to hold to meet them: they limit or compare, and no column says how."""


@dataclass(frozen=True, slots=True)
class Computed:
    """What the ledger gives: a sentence with the query behind it, the rows to quote, or why there is no basis."""

    text: str = ""
    query: FindingsQuery | None = None
    rows: tuple[Finding, ...] = ()
    fields: tuple[str, ...] = ()  # of one row: the columns asked for
    refusal: Reason | None = None
    notes: tuple[Reason, ...] = ()


def compute(asked: LedgerQuestion, snapshot: Snapshot, caller: Caller, key: str, filters: Filters) -> Computed | None:
    """Answer a question about the ledger; None when it holds words no query can express, and no row has them."""
    vocabulary = Vocabulary.of(snapshot, caller)
    if asked.conditions.number is not None:
        return _row(asked.conditions.number, snapshot, caller, key)
    if asked.unknown:
        return Computed(refusal=_not_covering(asked.unknown, vocabulary))
    if refusal := _apart(asked.conditions, filters):
        return Computed(refusal=refusal)
    conditions = _within(asked.conditions, filters)
    if len(asked.rest) > 1 or not all(_is_topic(word) for word in asked.rest):
        return None
    if asked.rest:
        conditions = replace(conditions, text=asked.rest[0])
        rows = _select(conditions, snapshot, caller)
        if not rows:
            return None
    rows = _select(conditions, snapshot, caller)
    if gap := _gap(conditions, rows, vocabulary, snapshot, caller):
        return Computed(refusal=gap)
    return _computed(asked.wanted, conditions, rows, snapshot, caller)


def _is_topic(word: str) -> bool:
    """Whether a word of no column may be looked for in the rows' text."""
    return len(word) > 1 and not (_OTHER_QUANTITY.search(word) or _NO_TOPIC.search(word))


_COLUMNS = {"rounds": "轮次", "units": "单位", "categories": "问题类别", "states": "整改状态"}


def unknown_filters(filters: Filters, snapshot: Snapshot, caller: Caller) -> Reason | None:
    """Values of the caller's filters that nothing in the library has: an answer under them would be about nothing."""
    vocabulary = Vocabulary.of(snapshot, caller)
    units = {header.unit for header in snapshot.roster.view(caller).headers.values() if header.unit}
    known = {name: {*getattr(vocabulary, name)} | (units if name == "units" else set()) for name in _COLUMNS}
    unknown = [
        f"{words}“{value}”"
        for name, words in _COLUMNS.items()
        for value in getattr(filters, name)
        if value not in known[name]
    ]
    if not unknown:
        return None
    return Reason(
        "ledger_not_covering", f"资料库里没有{'、'.join(unknown)}的记录，不能按这个条件回答。请检查条件是否写对。"
    )


def _apart(conditions: Conditions, filters: Filters) -> Reason | None:
    """The question and the caller's filters name different values of one column: no row meets both."""
    for name, words in _COLUMNS.items():
        asked, limit = getattr(conditions, name), getattr(filters, name)
        if asked and limit and not set(asked) & set(limit):
            said, kept = "、".join(asked), "、".join(limit)
            return Reason(
                "ledger_not_covering", f"问题问的是{words}“{said}”，而条件限定为“{kept}”，没有同时满足的记录。"
            )
    return None


def _within(conditions: Conditions, filters: Filters) -> Conditions:
    """What the caller limits the question to holds besides what the question says."""

    def both(asked: tuple[str, ...], limit: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(value for value in asked if value in limit) if asked and limit else asked or limit

    return replace(
        conditions,
        rounds=both(conditions.rounds, filters.rounds),
        units=both(conditions.units, filters.units),
        categories=both(conditions.categories, filters.categories),
        states=both(conditions.states, filters.states),
        documents=filters.documents or conditions.documents,
    )


def _select(conditions: Conditions, snapshot: Snapshot, caller: Caller) -> list[Finding]:
    rows = snapshot.findings(
        caller,
        rounds=conditions.rounds,
        units=conditions.units,
        categories=conditions.categories,
        states=conditions.states,
        text=conditions.text,
        deadline_from=conditions.deadline_from,
        deadline_to=conditions.deadline_to,
        documents=conditions.documents,
    )
    for column in dict.fromkeys(name for name, _ in conditions.facets):
        wanted = {value for name, value in conditions.facets if name == column}
        rows = [row for row in rows if row.fields.get(column) in wanted]
    for column, value in conditions.excluded:
        rows = [row for row in rows if _value(row, column) != value]
    if conditions.basis is not None:
        rows = [row for row in rows if _cites(row.basis or "", conditions.basis)]
    return rows


def _cites(basis: str, wanted: str) -> bool:
    """Whether a row's 定性依据 names the work (by its whole or short title) and, when asked for, the article."""
    title, _, place = search_key(wanted).removeprefix("《").partition("》")
    return any(
        name_key(part.partition("》")[0]).endswith(name_key(title)) and place in part.partition("》")[2]
        for part in search_key(basis).split("《")[1:]
    )


# ---------------------------------------------------------------- no basis


def _not_covering(unknown: Sequence[str], vocabulary: Vocabulary) -> Reason:
    covered = "、".join(vocabulary.rounds) or "（没有轮次）"
    return Reason("ledger_not_covering", f"库中台账没有{'、'.join(unknown)}的记录，无法统计。台账现有轮次：{covered}。")


def _gap(
    conditions: Conditions, rows: Sequence[Finding], vocabulary: Vocabulary, snapshot: Snapshot, caller: Caller
) -> Reason | None:
    """An empty result is 0 only where the ledger covers what is asked: the unit was in that round, by such a category.

    Of several units each must be covered: a sum over one of them is no answer about both.
    """
    if conditions.basis is not None and not rows:
        work = conditions.basis.partition("》")[0] + "》"
        if not any(_cites(row.basis or "", work) for row in snapshot.findings(caller)):
            return Reason("ledger_not_covering", f"库中台账没有定性依据为{work}的记录，无法统计。")
    covered = replace(
        conditions, categories=(), states=(), excluded=(), text=None, basis=None, deadline_from=None, deadline_to=None
    )
    named = conditions.rounds or conditions.facets or len(conditions.units) > 1 or conditions.documents
    if rows and len(conditions.units) < 2:
        return None
    base = _select(covered, snapshot, caller) if named else list(rows)
    missing = [unit for unit in conditions.units if not any(row.unit == unit for row in base)] if named else []
    where = "、".join((*conditions.rounds, *(f"“{value}”" for _, value in conditions.facets)))
    if missing:
        return Reason("ledger_not_covering", f"库中台账没有{where}巡察{'、'.join(missing)}的记录，无法统计。")
    if not base and named:
        return Reason("ledger_not_covering", f"库中台账没有{where}的记录，无法统计。")
    if not rows and named and conditions.categories:
        documents = {row.id.rpartition(":")[0] for row in base}
        known = {row.category for row in snapshot.findings(caller) if row.id.rpartition(":")[0] in documents}
        if not known & set(conditions.categories):
            words = "、".join(conditions.categories)
            return Reason("ledger_not_covering", f"{where or '该台账'}不按“{words}”分类，无法统计。")
    return None


# ---------------------------------------------------------------- the sentence


def _computed(
    wanted: Sequence[Wanted], conditions: Conditions, rows: list[Finding], snapshot: Snapshot, caller: Caller
) -> Computed:
    parts: list[str] = []
    measures = {one.measure for one in wanted}
    head = subject(conditions)
    if (Measure.COUNT in measures and Measure.AVERAGE not in measures) or measures & {Measure.ROWS, Measure.GROUPS}:
        parts.append(f"{head}共 {len(rows)} 个")
    for one in wanted:
        if one.measure is Measure.OF_WHICH:
            parts.append(_of_which(rows, one))
    if len(conditions.states) > 1 and len(rows) and not any(one.column == "state" for one in wanted):
        parts.append(_groups(rows, "state"))
    if parts and not conditions.documents and not conditions.rounds and (words := _by_ledger(rows, snapshot)):
        parts.append(words)
    if Measure.UNITS in measures:
        parts.append(_units(rows, head if not parts else ""))
    for one in wanted:
        if one.measure is Measure.GROUPS and (words := _groups(rows, one.column)):
            parts.append(words)
        elif one.measure is Measure.TOP:
            parts.append(_top(rows, one, "" if parts else head))
        elif one.measure is Measure.TOP_DONE:
            parts.append(_top_done(rows, one, head))
        elif one.measure is Measure.AVERAGE and rows:
            parts.append(_average(rows, one, head))
        elif one.measure is Measure.COMPARE:
            parts.append(_compared(rows, one, head))
        elif one.measure in (Measure.RATE, Measure.DONE):
            parts.append(_rate(rows, conditions, one.measure, snapshot, caller))
    query = FindingsQuery(shown(conditions, snapshot), len(rows), tuple(row.id for row in rows), link(conditions, rows))
    listed = tuple(rows[:ROWS_SHOWN]) if Measure.ROWS in measures else ()
    notes: tuple[Reason, ...] = ()
    if listed and len(rows) > ROWS_SHOWN:
        more = f"这里列出前 {ROWS_SHOWN} 个，其余 {len(rows) - ROWS_SHOWN} 个见台账查询。"
        notes = (Reason("rows_not_all_shown", more),)
    return Computed("；".join(part for part in parts if part) + "。", query, listed, notes=notes)


def subject(conditions: Conditions) -> str:
    """2024年第一轮巡察炼铁厂“招标采购”类问题（整改状态：已完成）."""
    words = "、".join(conditions.rounds)
    if words.endswith("轮"):
        words += "巡察"
    words += "、".join(conditions.units)
    words += "".join(value if "“" in value else f"“{value}”" for _, value in conditions.facets)
    words += f"（除{'、'.join(value for _, value in conditions.excluded)}外）" if conditions.excluded else ""
    words += ("“" + "”“".join(conditions.categories) + "”类") if conditions.categories else ""
    words += f"定性依据为{conditions.basis}的" if conditions.basis else ""
    words += f"含“{conditions.text}”的" if conditions.text else ""
    words = (words or "台账") + ("问题" if conditions.categories or conditions.text or conditions.basis else "发现问题")
    limits = []
    if conditions.states:
        limits.append("整改状态：" + "、".join(conditions.states))
    if conditions.deadline_from or conditions.deadline_to:
        limits.append("整改期限：" + _period(conditions.deadline_from, conditions.deadline_to))
    return words + (f"（{'；'.join(limits)}）" if limits else "")


def _period(first: date | None, last: date | None) -> str:
    if first is None:
        return f"不晚于 {last}"
    return f"不早于 {first}" if last is None else f"{first} 至 {last}"


def _value(row: Finding, column: str) -> str | None:
    """What a row has in a column: one that every ledger has, the year of its round, or another column by its name."""
    if column == "year":
        return row.round[:5] if row.round and row.round[:4].isdigit() else None
    known = {"round": row.round, "unit": row.unit, "category": row.category, "state": row.state}
    return known[column] if column in known else row.fields.get(column)


def _name(column: str) -> str:
    return COLUMNS.get(column, "年度" if column == "year" else column)


def _tally(rows: Sequence[Finding], column: str) -> list[tuple[str, int]]:
    counted = Counter(_value(row, column) or "（未填）" for row in rows)
    return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))


def _units(rows: Sequence[Finding], head: str) -> str:
    tally = _tally(rows, "unit")
    words = "、".join(f"{name}（{count} 个）" for name, count in tally)
    return f"{head}涉及 {len(tally)} 个单位：{words}"


def _groups(rows: Sequence[Finding], column: str) -> str:
    tally = _tally(rows, column)
    if column in ("round", "year"):
        tally.sort()
    return f"按{_name(column)}：" + "，".join(f"{name} {count} 个" for name, count in tally)


def _by_ledger(rows: Sequence[Finding], snapshot: Snapshot) -> str:
    """Where several ledgers are counted together: how many rows come from each."""
    titles = [header.title if (header := snapshot.header(row.id.rpartition(":")[0])) else "" for row in rows]
    tally = Counter(titles)
    if len(tally) < 2:
        return ""
    return "其中" + "，".join(
        f"《{title}》{count} 个" for title, count in sorted(tally.items(), key=lambda p: (-p[1], p[0]))
    )


def _top(rows: Sequence[Finding], wanted: Wanted, head: str) -> str:
    tally = _tally(rows, wanted.column)
    if not tally:
        return ""
    order = sorted(tally, key=lambda pair: (pair[1] if wanted.least else -pair[1], pair[0]))
    edge = order[min(wanted.first, len(order)) - 1][1]
    chosen = [pair for pair in order if (pair[1] <= edge if wanted.least else pair[1] >= edge)]
    which = "最少" if wanted.least else "最多"
    if wanted.first == 1:
        words = "、".join(name for name, _ in chosen) + f"（{edge} 个）"
    else:
        which += f" {len(chosen)} 个"
        words = "、".join(f"{name}（{count} 个）" for name, count in chosen)
    return f"{head}按{_name(wanted.column)}{which}的是{words}"


def _is_done(row: Finding) -> bool:
    return row.state is not None and "完成" in row.state and "未" not in row.state


def _top_done(rows: Sequence[Finding], wanted: Wanted, head: str) -> str:
    """Who has done most (or least) of its findings, with the numbers behind it."""
    done = Counter(_value(row, wanted.column) or "（未填）" for row in rows if _is_done(row))
    order = sorted(
        ((done[name] / count, name, count) for name, count in _tally(rows, wanted.column)),
        key=lambda one: (one[0] if wanted.least else -one[0], one[1]),
    )
    if not order:
        return ""
    best = [one for one in order if one[0] == order[0][0]]
    words = "、".join(f"{name}（{done[name]}/{count}，{round(100 * share, 1)}%）" for share, name, count in best)
    return f"{head}按{_name(wanted.column)}，整改完成率最{'低' if wanted.least else '高'}的是{words}"


def _average(rows: Sequence[Finding], wanted: Wanted, head: str) -> str:
    number = len(_tally(rows, wanted.column))
    each = "每轮" if wanted.column == "round" else "每个单位"
    return (
        f"{head}共 {len(rows)} 个，涉及 {number} 个{_name(wanted.column)}，平均{each} {round(len(rows) / number, 1)} 个"
    )


def _compared(rows: Sequence[Finding], wanted: Wanted, head: str) -> str:
    """Each of the values with its number; of two, which has more and by how many."""
    tally = Counter(_value(row, wanted.column) for row in rows)
    words = f"{head}：" + "，".join(f"{value} {tally[value]} 个" for value in wanted.values)
    if len(wanted.values) != 2:
        return words
    one, other = wanted.values
    difference = tally[one] - tally[other]
    if not difference:
        return f"{words}；两者相同"
    return f"{words}；{one}比{other}{'多' if difference > 0 else '少'} {abs(difference)} 个"


def _of_which(rows: Sequence[Finding], wanted: Wanted) -> str:
    tally = Counter(_value(row, wanted.column) for row in rows)
    words = "，".join(f"“{value}” {tally[value]} 个" for value in wanted.values)
    return "其中" + words + (f"，合计 {sum(tally[v] for v in wanted.values)} 个" if len(wanted.values) > 1 else "")


def _rate(rows: Sequence[Finding], conditions: Conditions, kind: Measure, snapshot: Snapshot, caller: Caller) -> str:
    """A share: of what the question names most closely among the rest of its conditions, or of what is done."""
    base, name = conditions, "已完成"
    if kind is Measure.RATE or conditions.states:
        base, name = _widened(conditions)
    whole = _select(base, snapshot, caller) if base != conditions else list(rows)
    part = len(rows)
    if base == conditions:
        part = sum(map(_is_done, rows))
    if not whole:
        return ""
    share = round(100 * part / len(whole), 1)
    return f"{subject(base)}共 {len(whole)} 个，其中“{name}” {part} 个，占 {share}%"


def _widened(conditions: Conditions) -> tuple[Conditions, str]:
    """The conditions without the closest one, and what that said."""
    if conditions.states:
        return replace(conditions, states=()), "、".join(conditions.states)
    if conditions.facets:
        return replace(conditions, facets=()), "、".join(value for _, value in conditions.facets)
    if conditions.categories:
        return replace(conditions, categories=()), "、".join(conditions.categories)
    if conditions.text:
        return replace(conditions, text=None), f"含“{conditions.text}”的"
    if conditions.units:
        return replace(conditions, units=()), "、".join(conditions.units)
    if conditions.rounds:
        return replace(conditions, rounds=()), "、".join(conditions.rounds)
    return conditions, "已完成"


def shown(conditions: Conditions, snapshot: Snapshot) -> dict[str, str]:
    """The conditions by Chinese column name."""
    out = {
        COLUMNS["round"]: "、".join(conditions.rounds),
        COLUMNS["unit"]: "、".join(conditions.units),
        COLUMNS["category"]: "、".join(conditions.categories),
        COLUMNS["state"]: "、".join(conditions.states),
        **{
            column: "、".join(value for name, value in conditions.facets if name == column)
            for column, _ in conditions.facets
        },
        "定性依据": conditions.basis or "",
        "文字": conditions.text or "",
    }
    for column, value in conditions.excluded:
        name = COLUMNS.get(column, column)
        out[name] = "、".join(word for word in (out.get(name, ""), f"除{value}外") if word)
    if conditions.deadline_from or conditions.deadline_to:
        out["整改期限"] = _period(conditions.deadline_from, conditions.deadline_to)
    if conditions.documents:
        titles = {header.document_id: header.title for header in snapshot.documents_of_findings()}
        out["台账"] = "、".join(titles.get(document, document) for document in conditions.documents)
    return {name: value for name, value in out.items() if value}


def link(conditions: Conditions, rows: Sequence[Finding]) -> str:
    """Where the rows are: by the conditions where the address can say them, else by their ids."""
    if conditions.facets or conditions.basis or conditions.excluded:
        return "/api/findings?" + urlencode([("ids", ",".join(row.id for row in rows))])
    pairs = [
        *(("round", value) for value in conditions.rounds),
        *(("unit", value) for value in conditions.units),
        *(("category", value) for value in conditions.categories),
        *(("state", value) for value in conditions.states),
        *(("document", value) for value in conditions.documents),
        *([("text", conditions.text)] if conditions.text else []),
        *([("deadline_from", str(conditions.deadline_from))] if conditions.deadline_from else []),
        *([("deadline_to", str(conditions.deadline_to))] if conditions.deadline_to else []),
    ]
    return "/api/findings" + ("?" + urlencode(pairs) if pairs else "")


# ---------------------------------------------------------------- one row by its number

_FIELD_WORDS = {
    "期限": ("期限", "什么时候", "何时", "时限", "截止"),
    "依据": ("依据", "违反", "定性"),
    "责任": ("责任", "谁负责", "负责"),
    "措施": ("措施", "怎么整改", "如何整改"),
    "状态": ("状态", "进展", "完成", "整改情况", "整改了"),
    "单位": ("哪个单位", "什么单位", "被巡察单位"),
    "类别": ("类别", "哪类", "什么类"),
    "轮次": ("哪一轮", "哪轮", "轮次"),
}


def _row(number: str, snapshot: Snapshot, caller: Caller, key: str) -> Computed:
    rows = tuple(row for row in snapshot.findings(caller) if row.number == number)
    fields: list[str] = []
    for row in rows[:1]:
        for part, words in _FIELD_WORDS.items():
            if any(word in key for word in words):
                fields += [column for column in row.fields if part in column]
    return Computed(rows=rows, fields=tuple(dict.fromkeys(fields)))
