"""A notice's file is several documents: the notice, and each regulation it carries; they come, change and go together."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from ingest.catalogue import DocumentRecord
from ingest.corrections import Wanted
from ingest.document import LOCAL, Caller, DocumentKind, EditionState
from ingest.library import Library
from ingest.segment import terms
from tests.ingest.hashing import HereWorker, add, open_library, take_up

STAMPS, DUTY = "海棠港务集团有限公司印章管理办法", "海棠港务集团有限公司值班工作规则"


def notice(day: str = "2024年6月30日", stamps: str = "印章由专人保管。", *, duty: bool = True) -> str:
    names = f"《{STAMPS}》" + (f"《{DUTY}》" if duty else "")
    lines = ["海港发〔2024〕9号", f"关于印发{names}的通知", "各单位：", "现予印发，请遵照执行。"]
    lines += ["海棠港务集团有限公司", day, STAMPS, f"第一条　{stamps}", "第二条　本办法自印发之日起施行。"]
    lines += [DUTY, "第一条　值班不得离岗。", "第二条　本规则自印发之日起施行。"] if duty else []
    return "\n\n".join(lines)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with open_library(tmp_path / "库") as library:
        yield library
        assert library.verify() == []


def records(library: Library, caller: Caller = LOCAL) -> dict[str, DocumentRecord]:
    with library.snapshot() as snapshot:
        return {record.title: record for record in snapshot.documents(caller)}


def found(library: Library, words: str) -> set[str]:
    """The titles of the documents whose passages the term index finds and that hold the words."""
    hits = library.search_terms(terms(words), 10, [f"{k}-{a}" for k in DocumentKind for a in ("latest", "earlier")])
    with library.snapshot() as snapshot:
        passages = snapshot.passages(hit.passage_id for hit in hits).values()
        holding = [passage for passage in passages if words in passage.span.of(snapshot.text(passage.version_id))]
        headers = [snapshot.header(passage.version_id) for passage in holding]
    return {header.title for header in headers if header is not None}


def test_a_notice_and_its_regulations_are_documents_of_one_file(library: Library) -> None:
    added = add(library, notice())
    revision = library.revision
    with library.snapshot() as snapshot:
        whole, stamps, duty = snapshot.documents(LOCAL)
        assert (whole.id, whole.part_of) == (added.document_id, None)
        assert [record.id for record in snapshot.parts_of(whole.id, LOCAL)] == [stamps.id, duty.id]
        assert {record.part_of for record in (stamps, duty)} == {whole.id}
        assert stamps.original == duty.original == whole.original
        assert stamps.sources == whole.sources
        edition = snapshot.edition_of(stamps.version_id)
        assert edition is not None
        assert edition.state(date(2024, 7, 1)) is EditionState.IN_FORCE
        (work,) = snapshot.resolve_work("印章管理办法")
        assert work.title == STAMPS
    assert revision == 1  # all of it in one commit
    assert found(library, "专人保管") == {STAMPS}


def test_a_changed_file_gives_each_of_them_a_new_version(library: Library) -> None:
    add(library, notice())
    before = records(library)
    add(library, notice(stamps="印章由两人保管。"))
    after = records(library)
    assert {title: record.id for title, record in before.items()} == {title: r.id for title, r in after.items()}
    assert not {record.version_id for record in before.values()} & {record.version_id for record in after.values()}
    with library.snapshot() as snapshot:
        assert "两人保管" in snapshot.text(after[STAMPS].version_id)
        assert [state for _, state in snapshot.versions_of(after[STAMPS].id, LOCAL)] == ["replaced", "current"]


def test_a_regulation_no_longer_in_the_file_is_gone_and_comes_back_with_it(library: Library) -> None:
    add(library, notice())
    both = records(library)
    add(library, notice(duty=False))
    assert DUTY not in records(library)
    assert found(library, "值班不得离岗") == set()
    add(library, notice())
    assert records(library)[DUTY].id == both[DUTY].id
    assert found(library, "值班不得离岗") == {DUTY}


def test_removing_the_notice_removes_what_it_carries_and_not_the_other_way_round(library: Library) -> None:
    added = add(library, notice())
    library.remove(records(library)[DUTY].id)
    assert list(records(library)) == [f"关于印发《{STAMPS}》《{DUTY}》的通知", STAMPS]
    library.remove(added.document_id)
    assert records(library) == {}
    assert len(library.manifest()) > 0
    assert library.purge(added.document_id) == 3


def test_an_unchanged_file_is_left_alone_and_a_vanished_one_takes_all_with_it(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "资料"
    folder.mkdir()
    (folder / "通知.md").write_text(notice(), encoding="utf-8")
    (folder / "另一份.md").write_text("# 会议\n\n第一项议题。", encoding="utf-8")
    take_up(library, folder)
    assert [file.outcome for file in take_up(library, folder).files] == ["unchanged", "unchanged"]
    (folder / "通知.md").unlink()
    assert take_up(library, folder, prune=True).removed == (str(folder / "通知.md"),)
    assert len(records(library)) == 1


def test_who_may_read_the_notice_may_read_what_it_carries(library: Library) -> None:
    added = add(library, notice())
    stranger = Caller("乙", frozenset({"二组"}))
    assert len(records(library, stranger)) == 3
    library.correct(added.document_id, Wanted({"readers": ("一组",)}), HereWorker())
    assert records(library, stranger) == {}
    assert len(records(library, Caller("甲", frozenset({"一组"})))) == 3
    library.correct(added.document_id, Wanted({}, ("readers",)), HereWorker())
    assert len(records(library, stranger)) == 3


def test_a_regulation_in_a_notice_is_corrected_for_itself(library: Library) -> None:
    add(library, notice())
    stamps = records(library)[STAMPS]
    library.correct(stamps.id, Wanted({"effective_from": date(2024, 9, 1)}), HereWorker())
    add(library, notice(stamps="印章由两人保管。"))
    after = records(library)
    assert after[STAMPS].metadata.effective_from == date(2024, 9, 1)
    assert after[DUTY].metadata.effective_from == date(2024, 6, 30)


def test_reading_again_finds_the_regulations_an_older_program_did_not(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ingest.rebuild
    import ingest.structure.structure as structuring

    monkeypatch.setattr(ingest.rebuild, "ReadingWorker", HereWorker)
    with monkeypatch.context() as older:
        older.setattr(structuring, "annexed", lambda *_: [])
        added = add(library, notice())
        assert len(records(library)) == 1
        library.catalogue.writer.execute("UPDATE versions SET structure_version = '1'")
    assert library.rebuild().reread == 3
    assert [record.part_of for record in records(library).values()] == [None, added.document_id, added.document_id]
    assert found(library, "专人保管") == {STAMPS}
