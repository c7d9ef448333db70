"""What people correct holds, whatever is read later; the text is structured anew only where it has to be."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.corrections import FIELDS, REQUIRED, Wanted, corrections_of, merged, record
from ingest.document import LOCAL, Caller, DocumentKind, EditionState
from ingest.errors import NotFoundError, ReadError
from ingest.library import Added, Library
from ingest.tables import open_database
from tests.ingest.hashing import (
    TODAY,
    HashingEmbedder,
    HereWorker,
    add,
    ledger,
    meeting,
    open_library,
    regulation,
    take_up,
)

RULES = regulation("巡察办法", ["五年覆盖一次。", "期限三个月。"], effective="2024-07-01")


@pytest.fixture
def library(tmp_path: Path):  # type: ignore[no-untyped-def]
    with open_library(tmp_path / "库") as library:
        yield library


def correct(library: Library, document_id: str, values: Mapping[str, object], *undo: str, by: str = "王处") -> Added:
    return library.correct(document_id, Wanted(values, undo, by), HereWorker())


def known(library: Library, document_id: str):  # type: ignore[no-untyped-def]
    with library.snapshot() as snapshot:
        return snapshot.document(document_id, LOCAL)


def found(library: Library, words: str) -> set[str]:
    from ingest.segment import terms

    hits = library.search_terms(terms(words), 10, [f"{k}-{a}" for k in DocumentKind for a in ("latest", "earlier")])
    with library.snapshot() as snapshot:
        return {passage.context for passage in snapshot.passages(hit.passage_id for hit in hits).values()}


def test_metadata_alone_is_corrected_in_place_and_marked(library: Library) -> None:
    before = add(library, meeting("推进会", ["会议强调整改。"]))
    revision = library.revision
    after = correct(
        library, before.document_id, {"number": "岱钢党纪〔2024〕3号", "issuer": "党委办公室", "unit": "炼铁厂"}
    )
    assert (after.outcome, after.version_id) == ("corrected", before.version_id)
    assert library.revision == revision + 1
    metadata = known(library, before.document_id).metadata
    assert (metadata.number, metadata.issuer, metadata.unit) == ("岱钢党纪〔2024〕3号", "党委办公室", "炼铁厂")
    assert metadata.corrected == {"number", "issuer", "unit"}
    assert not metadata.inferred & metadata.corrected
    assert library.verify() == []
    with library.snapshot() as snapshot:
        assert [(each.field, each.by) for each in snapshot.corrections(before.document_id)] == [
            ("issuer", "王处"),
            ("number", "王处"),
            ("unit", "王处"),
        ]


def test_another_title_is_found_and_the_old_text_stays_readable(library: Library) -> None:
    before = add(library, meeting("推进会", ["会议强调整改。"]))
    after = correct(library, before.document_id, {"title": "整改推进会纪要"})
    assert after.outcome == "replaced"
    assert found(library, "整改推进会纪要") == {"整改推进会纪要"}
    with library.snapshot() as snapshot:
        assert snapshot.versions_of(before.document_id, LOCAL) == [
            (before.version_id, "replaced"),
            (after.version_id, "current"),
        ]
        old, new = (snapshot.version(version, LOCAL) for version in (before.version_id, after.version_id))
    assert old is not None
    assert new is not None
    assert old.text == new.text
    assert library.verify() == []


def test_another_kind_structures_the_text_anew_and_undoing_it_brings_the_first_version_back(library: Library) -> None:
    first = add(library, "食堂管理的若干意见\n第一条　早餐六时供应。\n第二条　午餐十一时供应。\n", "意见.txt")
    assert known(library, first.document_id).kind is DocumentKind.REGULATION
    second = correct(library, first.document_id, {"kind": DocumentKind.OTHER})
    record = known(library, first.document_id)
    assert (record.kind, record.articles, record.edition_id) == (DocumentKind.OTHER, 0, None)
    assert library.verify() == []
    third = correct(library, first.document_id, {}, "kind")
    assert (second.outcome, third.outcome, third.version_id) == ("replaced", "replaced", first.version_id)
    record = known(library, first.document_id)
    assert (record.kind, record.articles) == (DocumentKind.REGULATION, 2)
    assert not record.metadata.corrected
    assert library.verify() == []


def test_a_kind_the_text_cannot_be_is_refused_and_changes_nothing(library: Library) -> None:
    rows = add(library, "编号,内容\n1,甲\n2,乙\n", "表.csv")
    before = known(library, rows.document_id)
    with pytest.raises(ReadError, match="问题描述"):
        correct(library, rows.document_id, {"kind": DocumentKind.LEDGER})
    assert known(library, rows.document_id) == before
    assert library.verify() == []


def test_an_effective_date_moves_an_edition_in_its_timeline(library: Library) -> None:
    old = add(library, regulation("巡察办法", ["五年一次。"], edition="2018年印发", effective="2018-05-01"), "旧.md")
    new = add(library, regulation("巡察办法", ["三年一次。"], edition="2024年修订", effective="2024-07-01"), "新.md")

    def states() -> list[EditionState]:
        with library.snapshot() as snapshot:
            editions = [snapshot.edition_of(one.version_id) for one in (old, new)]
        return [edition.state(TODAY) for edition in editions if edition is not None]

    assert states() == [EditionState.AMENDED, EditionState.IN_FORCE]
    after = correct(library, new.document_id, {"effective_from": date(2030, 1, 1)})
    assert after.outcome == "corrected"
    assert states() == [EditionState.IN_FORCE, EditionState.NOT_YET]
    correct(library, new.document_id, {"effective_from": date(2017, 1, 1)})  # now the earlier of the two
    assert states() == [EditionState.IN_FORCE, EditionState.AMENDED]
    assert library.verify() == []
    correct(library, new.document_id, {"effective_from": None})
    assert states() == [EditionState.IN_FORCE, EditionState.UNKNOWN]  # no date, and none is inferred


def test_another_work_joins_its_editions(library: Library) -> None:
    one = add(library, regulation("巡察办法", ["五年一次。"], effective="2018-05-01"), "旧.md")
    two = add(library, regulation("巡察工作的办法", ["三年一次。"], effective="2024-07-01"), "新.md")
    correct(library, two.document_id, {"work": "巡察办法"})
    with library.snapshot() as snapshot:
        assert len({edition.work_id for edition in snapshot.editions()}) == 1
        edition = snapshot.edition_of(one.version_id)
    assert edition is not None
    assert edition.state(TODAY) is EditionState.AMENDED
    assert library.verify() == []


def test_readers_are_limited_for_the_earlier_versions_too(library: Library) -> None:
    first = add(library, meeting("推进会", ["会议强调整改。"]))
    second = correct(library, first.document_id, {"title": "专题会"})
    stranger = Caller("外人")

    def seen() -> list[bool]:
        with library.snapshot() as snapshot:
            return [snapshot.version(each, stranger) is not None for each in (first.version_id, second.version_id)]

    assert seen() == [True, True]
    correct(library, first.document_id, {"readers": ("纪委",)})
    assert seen() == [False, False]
    correct(library, first.document_id, {}, "readers")
    assert seen() == [True, True]


def test_corrections_hold_for_the_same_and_for_a_changed_file_and_through_a_rebuild(tmp_path: Path) -> None:
    folder = tmp_path / "资料"
    folder.mkdir()
    path = folder / "办法.md"
    path.write_text(RULES, encoding="utf-8")
    with open_library(tmp_path / "库") as library:
        (file,) = take_up(library, folder).files
        assert file.document_id is not None
        correct(library, file.document_id, {"title": "党委巡察办法", "edition": "试行", "issuer": None})

        def holds() -> bool:
            record = known(library, file.document_id)  # type: ignore[arg-type]
            metadata = record.metadata
            return (record.title, metadata.edition, metadata.issuer) == ("党委巡察办法", "试行", None)

        assert holds()
        (again,) = take_up(library, folder).files
        assert (again.outcome, again.title, again.corrected) == (
            "unchanged",
            "党委巡察办法",
            ("edition", "issuer", "title"),
        )
        path.write_text(RULES.replace("三个月", "两个月"), encoding="utf-8")
        (changed,) = take_up(library, folder).files
        assert (changed.outcome, changed.title, changed.edition) == ("replaced", "党委巡察办法", "试行")
        library.rebuild(HashingEmbedder("另一个", 32))
        assert holds()
        assert library.verify() == []
        library.remove(file.document_id)
        (back,) = take_up(library, folder).files
        assert (back.document_id, back.title) == (file.document_id, "党委巡察办法")
        assert holds()
        assert library.verify() == []


def test_corrections_hold_when_all_is_read_by_a_newer_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import ingest.library
    import ingest.rebuild
    import ingest.structure.structure

    with open_library(tmp_path / "库") as library:
        one = add(library, RULES)
        correct(library, one.document_id, {"title": "党委巡察办法"})
    for module in (ingest.library, ingest.structure.structure):
        monkeypatch.setattr(module, "STRUCTURE_VERSION", "下一版")
    monkeypatch.setattr(ingest.rebuild, "ReadingWorker", HereWorker)
    with open_library(tmp_path / "库", check=False) as library:
        assert library.rebuild().reread == 1
        assert known(library, one.document_id).title == "党委巡察办法"
        assert library.verify() == []


def test_what_is_gone_cannot_be_corrected(library: Library) -> None:
    one = add(library, RULES)
    library.remove(one.document_id)
    with pytest.raises(NotFoundError):
        correct(library, one.document_id, {"title": "别的"})
    library.purge(one.document_id)
    assert corrections_of(library.catalogue.writer, one.document_id) == ()


def test_rows_of_a_ledger_keep_their_findings(library: Library) -> None:
    row = ("2024-1-1", "2024年第一轮", "炼铁厂", "招标采购", "招标程序不规范", "2024-09-30", "整改中")
    one = add(library, ledger([row]), "台账.csv")
    correct(library, one.document_id, {"title": "问题台账（2024年）"})
    with library.snapshot() as snapshot:
        (finding,) = snapshot.findings(LOCAL)
        assert finding.id.startswith(known(library, one.document_id).version_id)
    assert library.verify() == []


VALUES: Mapping[str, st.SearchStrategy[object]] = {
    "kind": st.sampled_from(DocumentKind),
    "readers": st.lists(st.text("甲乙丙", min_size=1), min_size=1, unique=True).map(tuple),
    **{name: st.dates() for name in ("date", "published", "effective_from", "effective_to")},
}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(FIELDS).flatmap(
            lambda name: st.tuples(
                st.just(name),
                VALUES.get(name, st.text(min_size=1))
                if name in REQUIRED
                else VALUES.get(name, st.text(min_size=1)) | st.none(),
            )
        )
    )
)
def test_what_is_kept_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, said: list[tuple[str, object]]
) -> None:
    db = open_database(tmp_path_factory.mktemp("库") / "catalogue.db")
    expected: dict[str, object] = {}
    for name, value in said:
        expected = merged(corrections_of(db, "d1"), Wanted({name: value}))
        record(db, "d1", Wanted({name: value}), "2025-01-01T00:00:00+00:00")
        assert {each.field: each.value for each in corrections_of(db, "d1")} == expected
    db.close()
    assert {name for name, _ in said} == set(expected)
