"""What has happened to an answer's sources since it was given: replaced, removed, amended, repealed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from app.api.schema import AnswerModel, ReasonModel, SpanCitationModel
from ingest.catalogue import Snapshot
from ingest.document import Caller


def changes(answer: AnswerModel, snapshot: Snapshot, caller: Caller, today: date) -> list[ReasonModel]:
    """A sentence for each source that is no longer what it was, without repetition; none when all still stand."""
    found: dict[tuple[str, str], ReasonModel] = {}
    for citation in answer.citations:
        if citation.kind == "span":
            for reason in _of_span(citation, answer.as_of, snapshot, caller, today):
                found.setdefault((citation.document_version, reason.code), reason)
        else:
            for version in dict.fromkeys(row.rpartition(":")[0] for row in citation.query.finding_ids):
                record = snapshot.version(version, caller)
                if record is not None and record.state != "current":
                    words = f"台账《{record.title}》此后已{_STATES[record.state]}，计数和名单可能已经不同，请重新提问。"
                    found.setdefault((version, "ledger_changed"), ReasonModel(code="ledger_changed", message=words))
    return list(found.values())


_STATES = {"replaced": "更新", "removed": "从资料库移除"}


def _of_span(
    citation: SpanCitationModel, as_of: date, snapshot: Snapshot, caller: Caller, today: date
) -> Iterator[ReasonModel]:
    record = snapshot.version(citation.document_version, caller)
    if record is not None and record.state in _STATES:
        code = "source_replaced" if record.state == "replaced" else "source_removed"
        yield ReasonModel(code=code, message=f"所引的{citation.title}此后已{_STATES[record.state]}，引用前请核对。")
    edition = snapshot.edition_of(citation.document_version, caller)
    if edition is None:
        return
    then, now = edition.state(as_of), edition.state(today)
    if citation.state is not None and citation.state != then:
        words = f"按现在的资料，{citation.title}在 {as_of.isoformat()} 的状态是{then}，作答时认为是{citation.state}。"
        yield ReasonModel(code="state_corrected", message=words)
    elif now != then:
        words = f"{citation.title}在 {as_of.isoformat()} {then}，今天（{today.isoformat()}）{now}。"
        yield ReasonModel(code="edition_changed", message=words)


def may_see(answer: AnswerModel, snapshot: Snapshot, caller: Caller) -> bool:
    """Whether the caller may read everything an answer shows."""
    shown = {item.document_version for item in (*answer.evidence, *answer.related)}
    shown |= {
        row.rpartition(":")[0] for item in answer.citations if item.kind == "query" for row in item.query.finding_ids
    }
    return all(snapshot.version(version, caller) is not None for version in shown)
