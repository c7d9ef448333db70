"""Answers kept as they were given."""

from datetime import UTC, date, datetime
from pathlib import Path

from app.model import Answer, AnswerStatus, Filters, Reason
from app.records import Records

ANSWER = Answer(
    id="a1",
    question="问",
    standalone_question="问",
    as_of=date(2025, 12, 31),
    filters=Filters(),
    engine="extractive",
    status=AnswerStatus.REFUSED,
    reason=Reason("not_in_library", "库中没有。"),
    text="库中没有。",
    statements=(),
    citations=(),
    evidence=(),
    related=(),
    notes=(),
    library_revision=1,
)
NOW = datetime(2025, 12, 31, tzinfo=UTC)


def test_an_answer_is_kept_and_survives_reopening(tmp_path: Path) -> None:
    records = Records(tmp_path / "records.db")
    records.save(ANSWER, caller="local", at=NOW)
    records.close()
    again = Records(tmp_path / "records.db")
    stored = again.answer("a1")
    assert stored is not None
    assert stored["reason"] == {"code": "not_in_library", "message": "库中没有。"}
    assert stored["as_of"] == "2025-12-31"
    again.close()


def test_an_unknown_id_gives_nothing(tmp_path: Path) -> None:
    records = Records(tmp_path / "records.db")
    assert records.answer("没有") is None
    records.close()
