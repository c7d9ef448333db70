"""What the catalogue stores and how snapshots read it."""

import sqlite3
import string
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import codec
from ingest.catalogue import natural
from ingest.document import (
    LOCAL,
    Block,
    BlockKind,
    Caller,
    Clause,
    ClauseLevel,
    DocumentKind,
    Edit,
    EditionState,
    Locator,
    Metadata,
    Notice,
    Source,
    Span,
)
from ingest.errors import ConflictError
from ingest.library import Library
from ingest.roster import Recent
from ingest.tables import MIGRATIONS, connect, open_database, version_of
from tests.ingest.hashing import TODAY, add, ledger, meeting, open_library, regulation

# ---------------------------------------------------------------- codec

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
numbers = st.integers(0, 10_000)
maybe_number = st.none() | st.integers(1, 9999)
maybe_words = st.none() | words
days = st.none() | st.dates()
spans = st.builds(lambda start, length: Span(start, start + length), numbers, numbers)
locators = st.builds(
    Locator,
    maybe_words,
    maybe_words,
    maybe_number,
    maybe_number,
    maybe_number,
    maybe_number,
    maybe_number,
    maybe_words,
    maybe_number,
    maybe_words,
    maybe_words,
)
fractions = st.floats(0, 1)
boxes = st.tuples(fractions, fractions, fractions, fractions)
sources = st.builds(
    Source,
    maybe_number,
    st.none() | boxes,
    st.none() | st.lists(st.tuples(st.integers(1), boxes), min_size=1, max_size=2).map(tuple),
    maybe_words,
    maybe_number,
    maybe_number,
    maybe_number,
)
cells = st.lists(st.tuples(words, spans), max_size=3).map(tuple)
blocks = st.lists(st.builds(Block, st.sampled_from(BlockKind), spans, sources, maybe_number, cells), max_size=4)
edits = st.lists(st.builds(Edit, spans, words, words), max_size=4)
clauses = st.lists(
    st.builds(Clause, st.sampled_from(ClauseLevel), locators, spans, st.none() | spans, maybe_words), max_size=4
)
tuples = st.lists(words, max_size=3).map(tuple)
metadata = st.builds(
    Metadata,
    maybe_words,
    st.none() | st.sampled_from(DocumentKind),
    maybe_words,
    maybe_words,
    days,
    maybe_words,
    maybe_words,
    tuples,
    maybe_words,
    days,
    days,
    days,
    maybe_words,
    tuples,
    maybe_words,
    tuples,
    tuples,
    maybe_words,
    st.dictionaries(words, words, max_size=3),
    st.frozensets(st.sampled_from(("title", "date", "kind"))),
)


@given(locators)
def test_a_locator_is_read_back_as_it_was_written(value: Locator) -> None:
    assert codec.load_locator(codec.dump_locator(value)) == value


@given(blocks, edits, clauses)
def test_structure_is_read_back_as_it_was_written(some: list[Block], more: list[Edit], parts: list[Clause]) -> None:
    assert codec.load_blocks(codec.dump_blocks(some)) == tuple(some)
    assert codec.load_edits(codec.dump_edits(more)) == tuple(more)
    assert codec.load_clauses(codec.dump_clauses(parts)) == tuple(parts)


@given(metadata)
def test_metadata_is_read_back_as_it_was_written(value: Metadata) -> None:
    assert codec.load_metadata(codec.dump_metadata(value)) == value


@given(st.lists(st.tuples(words, st.dates()), max_size=3), st.lists(st.builds(Notice, words, words), max_size=3))
def test_repeals_and_notices_are_read_back(repeals: list[tuple[str, date]], notices: list[Notice]) -> None:
    assert codec.load_repeals(codec.dump_repeals(repeals)) == tuple(repeals)
    assert codec.load_notices(codec.dump_notices(notices)) == tuple(notices)


@given(st.lists(st.none() | st.text(string.digits + "-年第轮²", max_size=6)))
def test_any_values_have_a_natural_order_with_the_missing_last(values: list[str | None]) -> None:
    ordered = sorted(values, key=natural)
    assert None not in ordered[: len(values) - values.count(None)]


def test_numbers_in_names_are_ordered_by_value() -> None:
    assert sorted(["2024-1-10", "2024-1-9", "2023-2-1"], key=natural) == ["2023-2-1", "2024-1-9", "2024-1-10"]


# ---------------------------------------------------------------- migrations


def test_a_new_catalogue_has_the_newest_schema(tmp_path: Path) -> None:
    connection = open_database(tmp_path / "catalogue.db")
    assert version_of(connection) == len(MIGRATIONS)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    connection.close()
    assert [path.name for path in tmp_path.glob("*.bak")] == []


def test_an_older_catalogue_is_copied_then_migrated(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.db"
    old = open_database(path)
    old.execute("INSERT INTO manifest VALUES ('maker', '旧版')")
    next_migration = "ALTER TABLE documents ADD COLUMN note TEXT;\nUPDATE manifest SET value = '新版';\n"
    new = open_database(path, (*MIGRATIONS, next_migration))  # also while the old content is still in the log
    assert version_of(new) == len(MIGRATIONS) + 1
    assert new.execute("SELECT value FROM manifest WHERE name = 'maker'").fetchone() == ("新版",)
    copy = sqlite3.connect(tmp_path / f"catalogue.db.v{len(MIGRATIONS)}.bak")
    assert copy.execute("SELECT value FROM manifest WHERE name = 'maker'").fetchone() == ("旧版",)
    assert version_of(copy) == len(MIGRATIONS)
    for connection in (old, new, copy):
        connection.close()


def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.db"
    open_database(path).close()
    with pytest.raises(sqlite3.OperationalError):
        open_database(path, (*MIGRATIONS, "CREATE TABLE extra (a);\nALTER TABLE nowhere ADD COLUMN b;\n"))
    connection = connect(path)
    assert version_of(connection) == len(MIGRATIONS)
    assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'extra'").fetchone() == (0,)
    connection.close()


def test_a_catalogue_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.db"
    open_database(path, (*MIGRATIONS, "CREATE TABLE extra (a);\n")).close()
    with pytest.raises(ConflictError, match="请升级有据"):
        open_database(path)


def test_the_values_used_last_are_kept() -> None:
    recent: Recent[str, int] = Recent(2)
    for name in ("一", "二"):
        recent.put(name, len(name))
    recent.get("一")
    recent.put("三", 3)
    assert (recent.get("一"), recent.get("二"), recent.get("三")) == (1, None, 3)


# ---------------------------------------------------------------- snapshots

OLD = regulation("巡察办法", ["巡察每届覆盖一次。", "整改期限为二个月。"], edition="2018年印发", effective="2018-05-01")
NEW = regulation("巡察办法", ["巡察五年覆盖一次。", "整改期限为三个月。"], edition="2024年修订", effective="2024-07-01")
ROWS = [
    ("2024-1-10", "2024年第一轮", "炼铁厂", "招标采购", "招标程序不规范", "2024-09-30", "整改中"),
    ("2024-1-9", "2024年第一轮", "物流公司", "安全环保", "隐患排查不彻底", "2024-08-31", "已完成"),
    ("2024-2-1", "2024年第二轮", "炼铁厂", "招标采购", "评标专家抽取不规范", "2025-03-31", "整改中"),
]
SECRET = Caller("普通", frozenset({"甲组"}))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with open_library(tmp_path_factory.mktemp("library")) as opened:
        add(opened, NEW, "巡察办法2024.md")
        add(opened, OLD, "巡察办法2018.md")
        add(opened, meeting("整改推进会", ["会议强调要抓好整改。"], more="date: 2024-09-20"), "会议.md")
        add(opened, meeting("保密会议", ["只给乙组看的内容。"], more="readers: [乙组]"), "保密.md")
        add(opened, ledger(ROWS), "台账.csv")
        yield opened


def test_only_the_edition_in_force_is_eligible(library: Library) -> None:
    with library.snapshot() as snapshot:
        (work,) = snapshot.works()
        old, new = snapshot.editions(work.id)
        assert (old.label, new.label) == ("2018年印发", "2024年修订")
        assert old.state(TODAY) is EditionState.AMENDED
        now = snapshot.eligible(LOCAL, as_of=TODAY, kinds=[DocumentKind.REGULATION])
        then = snapshot.eligible(LOCAL, as_of=date(2024, 6, 30), kinds=[DocumentKind.REGULATION])
        both = snapshot.eligible(LOCAL, as_of=TODAY, works=[work.id], all_editions=True)
    assert (now.versions, now.partitions) == ({new.version_id}, ("regulation-latest",))
    assert (then.versions, then.partitions) == ({old.version_id}, ("regulation-earlier",))
    assert both.versions == {old.version_id, new.version_id}
    assert now.allows(f"{new.version_id}:0")
    assert not now.allows(f"{old.version_id}:0")
    assert not now.allows("无此版本:0")


def test_the_rows_of_a_ledger_are_filtered_by_round_and_unit(library: Library) -> None:
    with library.snapshot() as snapshot:
        everything = snapshot.eligible(LOCAL, as_of=TODAY)
        some = snapshot.eligible(LOCAL, as_of=TODAY, units=["炼铁厂"], rounds=["2024年第一轮"])
        rows = snapshot.findings(LOCAL)
    assert all(everything.allows(row.id) for row in rows)
    assert [row.number for row in rows if some.allows(row.id)] == ["2024-1-10"]
    assert some.rows is not None
    assert some.passages == everything.passages - len(rows) + 1


def test_dates_are_compared_with_meetings_and_publication_and_unknown_is_in_no_range(library: Library) -> None:
    with library.snapshot() as snapshot:
        found = snapshot.eligible(LOCAL, as_of=TODAY, date_from=date(2024, 9, 1), date_to=date(2024, 9, 30))
        titles = [snapshot.header(version).title for version in found.versions]  # type: ignore[union-attr]
    assert titles == ["整改推进会"]


def test_a_small_scope_can_be_listed_and_its_vectors_read(library: Library) -> None:
    with library.snapshot() as snapshot:
        scope = snapshot.eligible(LOCAL, as_of=TODAY, kinds=[DocumentKind.LEDGER], units=["物流公司"])
        ids = snapshot.passage_ids(scope)
        vectors = snapshot.vectors(ids)
        assert len(ids) == scope.passages == 1
        assert vectors[ids[0]].shape == (64,)
        assert snapshot.vectors(ids)[ids[0]] is vectors[ids[0]]  # kept for the next question


def test_findings_are_queried_exactly_and_in_the_order_of_their_numbers(library: Library) -> None:
    with library.snapshot() as snapshot:
        numbers = [row.number for row in snapshot.findings(LOCAL)]
        assert numbers == ["2024-1-9", "2024-1-10", "2024-2-1"]
        assert [row.unit for row in snapshot.findings(LOCAL, rounds=["2024年第一轮"], states=["已完成"])] == [
            "物流公司"
        ]
        assert len(snapshot.findings(LOCAL, categories=["招标采购"], deadline_to=date(2024, 12, 31))) == 1
        assert len(snapshot.findings(LOCAL, text="招標程序")) == 1  # typed in traditional characters
        (first,) = snapshot.findings(LOCAL, ids=[snapshot.findings(LOCAL)[0].id])
        assert first.number == "2024-1-9"
        assert snapshot.finding_values(LOCAL, "unit") == sorted(["炼铁厂", "物流公司"])
        assert snapshot.findings(LOCAL, documents=["无此文档"]) == []
        with pytest.raises(ValueError, match="basis"):
            snapshot.finding_values(LOCAL, "basis")


def test_a_finding_is_its_row_of_the_text(library: Library) -> None:
    with library.snapshot() as snapshot:
        for row in snapshot.findings(LOCAL):
            passage = snapshot.passages([row.id])[row.id]
            assert passage.span == row.span
            assert row.description in row.span.of(snapshot.text(passage.version_id))


def test_what_a_caller_may_not_read_is_as_if_absent(library: Library) -> None:
    with library.snapshot() as snapshot:
        mine, theirs = snapshot.documents(LOCAL), snapshot.documents(SECRET)
        (hidden,) = {record.id for record in mine} - {record.id for record in theirs}
        record = snapshot.document(hidden, LOCAL)
        assert record is not None
        assert snapshot.document(hidden, SECRET) is None
        assert snapshot.version(record.version_id, SECRET) is None
        assert snapshot.versions_of(hidden, SECRET) == []
        assert snapshot.document(hidden, Caller("乙", frozenset({"乙组"}))) == record
        assert not snapshot.eligible(SECRET, as_of=TODAY).allows(f"{record.version_id}:0")
        assert snapshot.counts(SECRET)["documents"] == snapshot.counts()["documents"] - 1


def test_documents_are_listed_by_kind_and_page(library: Library) -> None:
    with library.snapshot() as snapshot:
        titles = [record.title for record in snapshot.documents(LOCAL)]
        assert [record.title for record in snapshot.documents(LOCAL, limit=2, offset=1)] == titles[1:3]
        (only,) = snapshot.documents(LOCAL, kinds=[DocumentKind.LEDGER])
        assert (only.rows, only.name) == (3, "台账.csv")
        assert snapshot.counts()["findings"] == 3


def test_the_text_of_every_passage_and_clause_is_where_its_span_says(library: Library) -> None:
    with library.snapshot() as snapshot:
        for record in snapshot.documents(LOCAL):
            version = snapshot.version(record.version_id, LOCAL)
            assert version is not None
            assert snapshot.text(version.id) == version.text
            passages = snapshot.passages_of(version.id)
            assert snapshot.passages(passage.id for passage in passages) == {p.id: p for p in passages}
            assert len(passages) == record.passages
            assert all(clause.span.of(version.text) for clause in snapshot.clauses(version.id))
            assert all(passage.span.of(version.text) for passage in passages)


def test_the_clauses_of_a_passage_are_those_that_meet_it_read_before_or_not(library: Library) -> None:
    with library.snapshot() as snapshot:
        for record in snapshot.documents(LOCAL):
            version = record.version_id
            spans = [passage.span for passage in snapshot.passages_of(version)]
            before = [snapshot.clauses_meeting(version, span) for span in spans]
            every = snapshot.clauses(version)
            assert before == [tuple(clause for clause in every if clause.span.meets(span)) for span in spans]
            assert before == [snapshot.clauses_meeting(version, span) for span in spans]


def test_unknown_ids_are_values_not_errors(library: Library) -> None:
    with library.snapshot() as snapshot:
        assert snapshot.document("无", LOCAL) is None
        assert snapshot.version("无", LOCAL) is None
        assert snapshot.passages(["无:0"]) == {}
        assert snapshot.vectors(["无:0"]) == {}
        assert snapshot.clauses("无") == ()
        assert snapshot.clauses_meeting("无", Span(0, 9)) == ()
        assert snapshot.text("无") == ""
        assert snapshot.edition_of("无") is None
        assert snapshot.header("无") is None
        assert snapshot.editions("无") == ()


@pytest.mark.parametrize("name", ["巡察办法", "《巡察办法》", "巡察办法（2018年印发）", "巡察辦法"])
def test_a_work_is_found_by_its_title_in_any_dress(library: Library, name: str) -> None:
    with library.snapshot() as snapshot:
        assert [work.title for work in snapshot.resolve_work(name)] == ["巡察办法"]


@pytest.mark.parametrize("name", ["办法", "另一个巡察办法", "", "《》"])
def test_what_is_no_name_of_a_work_finds_none(library: Library, name: str) -> None:
    with library.snapshot() as snapshot:
        assert snapshot.resolve_work(name) == []


def test_a_snapshot_may_be_read_by_many_threads_while_documents_come_in(tmp_path: Path) -> None:
    problems: list[str] = []
    done = threading.Event()

    def read(opened: Library) -> None:
        while not done.is_set():
            with opened.snapshot() as snapshot:
                records = snapshot.documents(LOCAL)
                if len(records) != snapshot.revision:  # each change of this test adds one
                    problems.append(f"{len(records)} != {snapshot.revision}")
                for record in records:
                    if not snapshot.text(record.version_id) or not snapshot.passages_of(record.version_id):
                        problems.append(record.id)

    with open_library(tmp_path) as opened:
        threads = [threading.Thread(target=read, args=(opened,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for number in range(12):
            add(opened, meeting(f"第{number}次会议", [f"议定第{number}件事。"]), f"{number}.md")
        done.set()
        for thread in threads:
            thread.join()
    assert problems == []
