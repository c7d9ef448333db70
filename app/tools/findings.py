"""Counts, lists and groupings over the ledger: computed by query, never estimated from retrieved passages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from app.model import Filters, FindingsQuery, Reason
from app.tools.ledger import COLUMNS, Conditions, LedgerQuestion, Measure, Vocabulary, Wanted, ledger_question
from ingest.catalogue import Snapshot
from ingest.document import Caller, Finding
from ingest.segment import search_key

__all__ = ["Computed", "LedgerQuestion", "Vocabulary", "compute", "ledger_question"]

ROWS_SHOWN = 20
_TOP_SHOWN = 5
_OTHER_QUANTITY = re.compile(r"金额|资金|费用|经费|损失|人数|人员|天数|时间|比例|原因|处分|追责|罚款|谁|措施|责任|奖励")
"""What is asked for is not a number of findings; that the word stands in some row is no answer."""


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
    if not vocabulary.ledgers:
        return Computed(refusal=Reason("ledger_not_covering", "库中没有巡察发现问题台账，无法统计。"))
    if asked.unknown:
        return Computed(refusal=_not_covering(asked.unknown, vocabulary))
    conditions = _within(asked.conditions, filters)
    if len(asked.rest) > 1 or any(_OTHER_QUANTITY.search(word) for word in asked.rest):
        return None
    if asked.rest:
        conditions = replace(conditions, text=asked.rest[0])
        rows = _select(conditions, snapshot, caller)
        if not rows:
            return None
    rows = _select(conditions, snapshot, caller)
    if not rows and (gap := _gap(conditions, vocabulary)):
        return Computed(refusal=gap)
    return _computed(asked.wanted, conditions, rows, snapshot, caller)


def _within(conditions: Conditions, filters: Filters) -> Conditions:
    """What the caller limits the question to holds besides what the question says."""
    return replace(
        conditions,
        rounds=conditions.rounds or filters.rounds,
        units=conditions.units or filters.units,
        categories=conditions.categories or filters.categories,
        states=conditions.states or filters.states,
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
    for column, value in conditions.facets:
        rows = [row for row in rows if row.fields.get(column) == value]
    if conditions.basis is not None:
        rows = [row for row in rows if _cites(row.basis or "", conditions.basis)]
    return rows


def _cites(basis: str, wanted: str) -> bool:
    """Whether a row's 定性依据 names the work (by its whole or short title) and, when asked for, the article."""
    title, _, place = search_key(wanted).removeprefix("《").partition("》")
    return any(
        part.partition("》")[0].endswith(title) and place in part.partition("》")[2]
        for part in search_key(basis).split("《")[1:]
    )


# ---------------------------------------------------------------- no basis


def _not_covering(unknown: Sequence[str], vocabulary: Vocabulary) -> Reason:
    covered = "、".join(vocabulary.rounds) or "（没有轮次）"
    return Reason("ledger_not_covering", f"库中台账没有{'、'.join(unknown)}的记录，无法统计。台账现有轮次：{covered}。")


def _gap(conditions: Conditions, vocabulary: Vocabulary) -> Reason | None:
    """An empty result is 0 only where the ledger covers the combination: the unit was in that round."""
    if conditions.rounds and conditions.units:
        pairs = [(r, u) for r in conditions.rounds for u in conditions.units]
        if not any(pair in vocabulary.pairs for pair in pairs):
            where = "、".join(conditions.rounds)
            who = "、".join(conditions.units)
            return Reason("ledger_not_covering", f"库中台账没有{where}巡察{who}的记录，无法统计。")
    if conditions.rounds and conditions.facets:
        names = "、".join(value for _, value in conditions.facets)
        return Reason("ledger_not_covering", f"库中台账没有{'、'.join(conditions.rounds)}“{names}”的记录，无法统计。")
    return None


# ---------------------------------------------------------------- the sentence


def _computed(
    wanted: Sequence[Wanted], conditions: Conditions, rows: list[Finding], snapshot: Snapshot, caller: Caller
) -> Computed:
    parts: list[str] = []
    measures = {one.measure for one in wanted}
    head = subject(conditions)
    if Measure.COUNT in measures or measures & {Measure.ROWS, Measure.GROUPS}:
        parts.append(f"{head}共 {len(rows)} 个")
    if len(conditions.states) > 1 and len(rows) and not any(one.column == "state" for one in wanted):
        parts.append(_groups(rows, "state"))
    if not conditions.documents and not conditions.rounds and (words := _by_ledger(rows, snapshot)):
        parts.append(words)
    if Measure.UNITS in measures:
        parts.append(_units(rows, head if not parts else ""))
    for one in wanted:
        if one.measure is Measure.GROUPS and (words := _groups(rows, one.column)):
            parts.append(words)
        elif one.measure is Measure.TOP:
            parts.append(_top(rows, one, "" if parts else head))
        elif one.measure is Measure.RATE:
            parts.append(_rate(rows, conditions, snapshot, caller))
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
    words += "".join(f"“{value}”" for _, value in conditions.facets)
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


def _tally(rows: Sequence[Finding], column: str) -> list[tuple[str, int]]:
    counted = Counter(getattr(row, column) or "（未填）" for row in rows)
    return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))


def _units(rows: Sequence[Finding], head: str) -> str:
    tally = _tally(rows, "unit")
    words = "、".join(f"{name}（{count} 个）" for name, count in tally)
    return f"{head}涉及 {len(tally)} 个单位：{words}"


def _groups(rows: Sequence[Finding], column: str) -> str:
    tally = _tally(rows, column)
    if column == "round":
        tally.sort()
    return f"按{COLUMNS[column]}：" + "，".join(f"{name} {count} 个" for name, count in tally)


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
    edge = (min if wanted.least else max)(count for _, count in tally)
    names = [name for name, count in tally if count == edge]
    which = "最少" if wanted.least else "最多"
    order = tally[::-1] if wanted.least else tally
    others = [f"{name} {count} 个" for name, count in order if name not in names][:_TOP_SHOWN]
    after = f"；其次：{'，'.join(others)}" if others else ""
    return f"{head}按{COLUMNS[wanted.column]}{which}的是{'、'.join(names)}（{edge} 个）{after}"


def _rate(rows: Sequence[Finding], conditions: Conditions, snapshot: Snapshot, caller: Caller) -> str:
    """A share: of the state, else category, asked for among the rest of the conditions; by default of what is done."""
    if conditions.states or conditions.categories:
        base = replace(conditions, states=()) if conditions.states else replace(conditions, categories=())
        whole = _select(base, snapshot, caller)
        part = len(rows)
        name = "、".join(conditions.states or conditions.categories)
    else:
        whole = list(rows)
        part = sum(row.state is not None and "完成" in row.state and "未" not in row.state for row in rows)
        base, name = conditions, "已完成"
    if not whole:
        return ""
    share = round(100 * part / len(whole), 1)
    return f"{subject(base)}共 {len(whole)} 个，其中“{name}” {part} 个，占 {share}%"


def shown(conditions: Conditions, snapshot: Snapshot) -> dict[str, str]:
    """The conditions by Chinese column name."""
    out = {
        COLUMNS["round"]: "、".join(conditions.rounds),
        COLUMNS["unit"]: "、".join(conditions.units),
        COLUMNS["category"]: "、".join(conditions.categories),
        COLUMNS["state"]: "、".join(conditions.states),
        **dict(conditions.facets),
        "定性依据": conditions.basis or "",
        "文字": conditions.text or "",
    }
    if conditions.deadline_from or conditions.deadline_to:
        out["整改期限"] = _period(conditions.deadline_from, conditions.deadline_to)
    if conditions.documents:
        titles = {header.document_id: header.title for header in snapshot.documents_of_findings()}
        out["台账"] = "、".join(titles.get(document, document) for document in conditions.documents)
    return {name: value for name, value in out.items() if value}


def link(conditions: Conditions, rows: Sequence[Finding]) -> str:
    """Where the rows are: by the conditions where the address can say them, else by their ids."""
    if conditions.facets or conditions.basis:
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
