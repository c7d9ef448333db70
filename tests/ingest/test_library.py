"""Documents added, replaced and removed: what is found afterwards, and what stays readable."""

import sqlite3
import threading
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

import ingest.library
from ingest.catalogue import SourceNote
from ingest.changes import Change
from ingest.document import LOCAL, EditionState
from ingest.errors import BusyError, ConflictError, EngineError, IndexMismatchError, NotFoundError
from ingest.library import Library, Meter
from ingest.segment import terms
from ingest.vectors import Hit
from ingest.worker import read_and_structure
from tests.ingest.hashing import TODAY, HashingEmbedder, add, meeting, open_library, regulation, when

EARLIER, LATEST = "regulation-earlier", "regulation-latest"
EVERYWHERE = [f"{kind}-{age}" for kind in ("regulation", "meeting", "ledger") for age in ("latest", "earlier")]
OLD = regulation("巡察办法", ["整改期限为二个月。"], edition="2018年印发", effective="2018-05-01")
NEW = regulation("巡察办法", ["整改期限为三个月。"], edition="2024年修订", effective="2024-07-01")


def found(library: Library, words: str, partitions: list[str] = EVERYWHERE) -> set[str]:
    """The versions found by both indexes, which must agree."""
    by_terms = {hit.passage_id for hit in library.search_terms(terms(words), 50, partitions)}
    vector = library.embedder.encode_question(words)
    by_vectors = {hit.passage_id for hit in library.search_vectors(vector, 50, partitions)}
    assert by_terms <= by_vectors
    return {passage_id.rpartition(":")[0] for passage_id in by_terms}


def texts(library: Library) -> list[str]:
    with library.snapshot() as snapshot:
        return [snapshot.text(record.version_id) for record in snapshot.documents(LOCAL)]


# ---------------------------------------------------------------- adding


def test_what_is_added_is_found_and_counted_at_the_next_revision(tmp_path: Path) -> None:
    with open_library(tmp_path) as library:
        assert library.revision == 0
        added = add(library, OLD)
        assert (added.outcome, library.revision) == ("added", 1)
        assert found(library, "整改期限") == {added.version_id}
        assert library.verify() == []


def test_the_same_content_twice_is_one_document_with_two_sources(tmp_path: Path) -> None:
    with open_library(tmp_path) as library:
        first = add(library, OLD, at="/甲/办法.md")
        second = add(library, OLD, at="/乙/办法.md")
        again = add(library, OLD, at="/乙/办法.md")
        assert (second.outcome, again.outcome) == ("duplicate", "unchanged")
        assert first.document_id == second.document_id == again.document_id
        with library.snapshot() as snapshot:
            (record,) = snapshot.documents(LOCAL)
        assert [source.location for source in record.sources] == ["/乙/办法.md", "/甲/办法.md"]
        assert library.revision == 2


def test_changed_content_at_its_source_is_a_new_version(tmp_path: Path) -> None:
    with open_library(tmp_path) as library:
        first = add(library, meeting("会议", ["原来的议定事项。"]))
        second = add(library, meeting("会议", ["后来的决定。"]))
        assert (second.outcome, second.document_id) == ("replaced", first.document_id)
        assert found(library, "议定事项决定") == {second.version_id}
        with library.snapshot() as snapshot:
            old = snapshot.version(first.version_id, LOCAL)
            assert old is not None
            assert (old.state, "议定事项" in old.text) == ("replaced", True)
            assert snapshot.passages([f"{first.version_id}:0"])
            assert snapshot.versions_of(first.document_id, LOCAL) == [
                (first.version_id, "replaced"),
                (second.version_id, "current"),
            ]
        assert library.verify() == []


def test_content_that_comes_back_is_its_old_version_again(tmp_path: Path) -> None:
    with open_library(tmp_path) as library:
        first = add(library, meeting("会议", ["原来的议定事项。"]))
        add(library, meeting("会议", ["后来的决定。"]))
        third = add(library, meeting("会议", ["原来的议定事项。"]))
        assert (third.outcome, third.version_id) == ("replaced", first.version_id)
        assert found(library, "议定事项决定") == {first.version_id}
        assert library.verify() == []


def test_a_source_that_changes_leaves_the_document_it_shared_with_another(tmp_path: Path) -> None:
    with open_library(tmp_path) as library:
        both = add(library, meeting("会议", ["共同的内容。"]), at="/甲.md")
        add(library, meeting("会议", ["共同的内容。"]), at="/乙.md")
        changed = add(library, meeting("会议", ["乙处改写的内容。"]), at="/乙.md")
        assert (changed.outcome, changed.document_id == both.document_id) == ("added", False)
        with library.snapshot() as snapshot:
            places = {record.id: [source.location for source in record.sources] for record in snapshot.documents(LOCAL)}
        assert places == {both.document_id: ["/甲.md"], changed.document_id: ["/乙.md"]}


def test_a_file_that_becomes_a_copy_of_another_joins_its_document(tmp_path: Path) -> None:
    with open_library(tmp_path) as library:
        one = add(library, meeting("会议", ["甲的内容。"]), at="/甲.md")
        other = add(library, meeting("会议", ["乙的内容。"]), at="/乙.md")
        joined = add(library, meeting("会议", ["甲的内容。"]), at="/乙.md")
        assert (joined.outcome, joined.document_id) == ("duplicate", one.document_id)
        with library.snapshot() as snapshot:
            left = snapshot.document(other.document_id, LOCAL)
            assert left is not None
            assert left.state == "removed"
        assert found(library, "内容") == {one.version_id}
        assert library.verify() == []


def test_an_old_content_of_one_document_may_be_the_content_of_another(tmp_path: Path) -> None:
    with open_library(tmp_path) as library:
        first = add(library, meeting("会议", ["原来的内容。"]), at="/甲.md")
        add(library, meeting("会议", ["改写的内容。"]), at="/甲.md")
        other = add(library, meeting("会议", ["原来的内容。"]), at="/乙.md")
        assert other.outcome == "added"
        assert other.document_id != first.document_id
        assert other.version_id != first.version_id
        with library.snapshot() as snapshot:
            old, new = snapshot.version(first.version_id, LOCAL), snapshot.version(other.version_id, LOCAL)
        assert old is not None
        assert new is not None
        assert (old.document_id, new.document_id) == (first.document_id, other.document_id)
        assert old.text == new.text
        assert library.verify() == []
        assert add(library, meeting("会议", ["原来的内容。"]), at="/丙.md").document_id == other.document_id


def test_an_upload_may_replace_a_document_that_came_from_a_path(tmp_path: Path) -> None:
    with open_library(tmp_path) as library:
        first = add(library, meeting("会议", ["原来的内容。"]))
        data = meeting("会议", ["上传的内容。"]).encode()
        structured = read_and_structure(data, "新.md").structured
        second = library.add(data, structured, SourceNote("upload", "新.md"), replaces=first.document_id)
        assert (second.outcome, second.document_id) == ("replaced", first.document_id)
        with library.snapshot() as snapshot:
            record = snapshot.document(first.document_id, LOCAL)
        assert record is not None
        assert [(source.kind, source.location) for source in record.sources] == [("upload", "新.md")]
        with pytest.raises(NotFoundError):
            library.add(data, structured, SourceNote("upload", "新.md"), replaces="无此文档")


def test_uploads_of_the_same_name_are_different_documents(tmp_path: Path) -> None:
    with open_library(tmp_path) as library:
        for words in ("第一份。", "第二份。"):
            data = meeting("会议", [words]).encode()
            library.add(data, read_and_structure(data, "纪要.md").structured, SourceNote("upload", "纪要.md"))
        assert len(texts(library)) == 2


# ---------------------------------------------------------------- removing


def test_a_removed_document_is_found_no_more_and_readable_still(tmp_path: Path) -> None:
    with open_library(tmp_path) as library:
        added = add(library, OLD)
        library.remove(added.document_id)
        assert found(library, "整改期限") == set()
        assert texts(library) == []
        with library.snapshot() as snapshot:
            record = snapshot.document(added.document_id, LOCAL)
            version = snapshot.version(added.version_id, LOCAL)
        assert record is not None
        assert version is not None
        assert (record.state, version.state, record.sources) == ("removed", "removed", ())
        assert library.verify() == []
        with pytest.raises(NotFoundError):
            library.remove(added.document_id)
        assert add(library, OLD).document_id == added.document_id  # and it may come back
        assert found(library, "整改期限") == {added.version_id}


def test_purging_deletes_what_is_out_of_retrieval_and_nothing_else(tmp_path: Path) -> None:
    with open_library(tmp_path) as library:
        first = add(library, meeting("会议", ["原来的内容。"]))
        second = add(library, meeting("会议", ["后来的内容。"]))
        assert library.purge(first.document_id) == 1
        with library.snapshot() as snapshot:
            assert snapshot.version(first.version_id, LOCAL) is None
            assert snapshot.text(first.version_id) == ""
            assert snapshot.version(second.version_id, LOCAL) is not None
        assert len(list((tmp_path / "originals").iterdir())) == 1
        assert library.verify() == []
        library.remove(first.document_id)
        assert library.purge(first.document_id) == 1
        with library.snapshot() as snapshot:
            assert snapshot.document(first.document_id, LOCAL) is None


# ---------------------------------------------------------------- editions


@pytest.mark.parametrize("order", [(OLD, NEW), (NEW, OLD)])
def test_the_latest_edition_is_kept_apart_from_earlier_ones_in_any_order_of_arrival(
    tmp_path: Path, order: tuple[str, str]
) -> None:
    with open_library(tmp_path) as library:
        versions = {text: add(library, text, at=f"/{place}.md").version_id for place, text in enumerate(order)}
        assert found(library, "整改期限", [LATEST]) == {versions[NEW]}
        assert found(library, "整改期限", [EARLIER]) == {versions[OLD]}
        with library.snapshot() as snapshot:
            assert snapshot.eligible(LOCAL, as_of=TODAY).versions == {versions[NEW]}
        with library.snapshot() as snapshot:
            latest = next(r for r in snapshot.documents(LOCAL) if r.version_id == versions[NEW])
        library.remove(latest.id)
        assert found(library, "整改期限", [LATEST]) == {versions[OLD]}
        with library.snapshot() as snapshot:
            assert snapshot.eligible(LOCAL, as_of=TODAY).versions == {versions[OLD]}
        assert library.verify() == []


@pytest.mark.parametrize("notice_first", [True, False])
def test_a_repeal_closes_an_edition_in_any_order_of_arrival(tmp_path: Path, notice_first: bool) -> None:
    rule = regulation("接待规定", ["按标准接待。"], effective="2018-08-06")
    notice = regulation(
        "关于废止部分制度的通知", ["《接待规定》自2023年2月1日起废止。"], effective="2023-02-01", published="2023-01-16"
    )
    with open_library(tmp_path) as library:
        for place, text in enumerate((notice, rule) if notice_first else (rule, notice)):
            add(library, text, at=f"/{place}.md")
        with library.snapshot() as snapshot:
            (work,) = snapshot.resolve_work("接待规定")
            (edition,) = snapshot.editions(work.id)
        assert edition.effective_to == date(2023, 1, 31)
        assert edition.state(date(2023, 1, 31)) is EditionState.IN_FORCE
        assert edition.state(date(2023, 2, 1)) is EditionState.REPEALED


def test_an_edition_of_a_replaced_version_is_still_told(tmp_path: Path) -> None:
    with open_library(tmp_path) as library:
        first = add(library, OLD)
        add(library, OLD.replace("二个月", "两个月"))
        with library.snapshot() as snapshot:
            edition = snapshot.edition_of(first.version_id)
        assert edition is not None
        assert edition.label == "2018年印发"


# ---------------------------------------------------------------- many at once


def test_changes_made_together_are_one_revision_unless_they_meddle(tmp_path: Path) -> None:
    from ingest.changes import Change

    def change(text: str, place: str) -> Change:
        data = text.encode()
        return Change(data, read_and_structure(data, "文.md").structured, SourceNote("path", place, "/"))

    with open_library(tmp_path) as library:
        added = library.add_many([change(meeting("会议", [f"第{n}件事。"]), f"/{n}.md") for n in range(5)])
        assert (len(added), library.revision) == (5, 1)
        more = [change(OLD, "/甲.md"), change(OLD, "/乙.md"), change(NEW, "/乙.md")]
        assert [one.outcome for one in library.add_many(more)] == ["added", "duplicate", "added"]
        assert library.revision == 4
        assert library.verify() == []


def test_a_cancelled_change_leaves_the_library_as_it_was(tmp_path: Path) -> None:
    cancel = threading.Event()
    cancel.set()
    with open_library(tmp_path) as library:
        with pytest.raises(ConflictError, match="取消"):
            add(library, OLD, meter=Meter(cancel))
        assert library.revision == 0
        assert library.verify() == []
        assert add(library, OLD).outcome == "added"


def test_nothing_is_embedded_twice(tmp_path: Path) -> None:
    embedder = HashingEmbedder()
    with open_library(tmp_path, embedder) as library:
        add(library, regulation("巡察办法", ["巡察每届覆盖一次。", "整改期限为二个月。"]))
        before = embedder.encoded
        assert before == 2
        add(library, regulation("巡察办法", ["巡察每届覆盖一次。", "整改期限为三个月。"]))
        assert embedder.encoded == before + 1
        library.rebuild()
        assert embedder.encoded == before + 1


# ---------------------------------------------------------------- readers of the past


def test_a_snapshot_goes_on_reading_what_was_there_when_it_began(tmp_path: Path) -> None:
    with open_library(tmp_path) as library:
        first = add(library, meeting("会议", ["原来的内容。"]))
        with library.snapshot() as before:
            second = add(library, meeting("会议", ["后来的内容。"]))
            allowed = before.eligible(LOCAL, as_of=TODAY)
            assert allowed.versions == {first.version_id}
            # Its passages are still in the indexes: they are cleaned when nobody needs them any more.
            assert found(library, "内容") == {first.version_id, second.version_id}
        with library.snapshot() as after:
            assert after.eligible(LOCAL, as_of=TODAY).versions == {second.version_id}
        library.settle()
        assert found(library, "内容") == {second.version_id}


def test_while_passages_wait_to_be_moved_they_are_found_under_either_age(tmp_path: Path) -> None:
    with open_library(tmp_path) as library:
        old = add(library, OLD, at="/旧.md")
        with library.snapshot() as before:
            new = add(library, NEW, at="/新.md")
            (asked,) = before.eligible(LOCAL, as_of=TODAY).partitions
            assert old.version_id in found(library, "整改期限", [asked])
            with library.snapshot() as after:
                (asked,) = after.eligible(LOCAL, as_of=date(2020, 1, 1)).partitions
                assert asked == EARLIER
                assert old.version_id in found(library, "整改期限", [asked])
        library.settle()
        assert found(library, "整改期限", [LATEST]) == {new.version_id}
        assert found(library, "整改期限", [EARLIER]) == {old.version_id}


def test_askers_see_whole_committed_states_while_the_library_changes_and_is_rebuilt(tmp_path: Path) -> None:
    problems: list[str] = []
    revisions: set[int] = set()
    done = threading.Event()

    def ask(library: Library) -> None:
        while not done.is_set():
            try:
                with library.snapshot() as snapshot:
                    scope = snapshot.eligible(LOCAL, as_of=TODAY)
                    vector = library.embedder.encode_question("会议议定")
                    near = library.search_vectors(vector, 100, scope.partitions)
                    hits = library.search_terms(terms("会议议定"), 100, scope.partitions)
                    seen = {hit.passage_id for hit in hits if scope.allows(hit.passage_id)}
                    if seen != set(snapshot.passage_ids(scope)):
                        problems.append(f"第{snapshot.revision}版：{len(seen)}/{scope.passages}")
                    shown = seen | {hit.passage_id for hit in near if scope.allows(hit.passage_id)}
                    if not snapshot.passages(shown).keys() == snapshot.vectors(shown).keys() == shown:
                        problems.append(f"第{snapshot.revision}版：片段或向量不全")
                    revisions.add(snapshot.revision)
            except Exception as error:
                problems.append(repr(error))

    with open_library(tmp_path) as library:
        add(library, meeting("会议", ["会议议定开头的事。"]))
        threads = [threading.Thread(target=ask, args=(library,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for number in range(8):
            add(library, meeting("会议", [f"会议议定第{number}件事。"]), f"{number % 4}.md")
        library.rebuild(HashingEmbedder("另一个", 32))
        add(library, meeting("会议", ["会议议定结尾的事。"]))
        last = library.revision
        assert when(lambda: last in revisions or bool(problems))
        done.set()
        for thread in threads:
            thread.join()
        assert library.verify() == []
    assert problems == []
    assert revisions <= set(range(1, last + 1))


# ---------------------------------------------------------------- opening


def test_a_library_has_one_owner(tmp_path: Path) -> None:
    with open_library(tmp_path), pytest.raises(BusyError):
        open_library(tmp_path)
    open_library(tmp_path).close()


def test_a_library_that_is_not_there_is_only_made_when_wanted(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="没有资料库"):
        open_library(tmp_path / "无", create=False)
    assert not (tmp_path / "无").exists()


def test_another_embedder_is_refused_with_the_command_that_helps(tmp_path: Path) -> None:
    with open_library(tmp_path) as library:
        add(library, OLD)
    with pytest.raises(IndexMismatchError) as refused:
        open_library(tmp_path, HashingEmbedder("另一个"), embedder_name="bge-m3")
    assert f"youju rebuild --library {tmp_path} --embedder bge-m3" in str(refused.value)
    assert "另一个/64" in str(refused.value)
    open_library(tmp_path).close()  # the lock was given back


def test_an_embedder_opened_late_is_checked_late(tmp_path: Path) -> None:
    with open_library(tmp_path) as library:
        add(library, OLD)
    other = Library.open(tmp_path, embedder=lambda: HashingEmbedder("另一个"), now=library.now)
    with other:
        assert texts(other)  # reading needs none
        with pytest.raises(IndexMismatchError):
            _ = other.embedder


@pytest.mark.parametrize("name", ["READER_VERSION", "STRUCTURE_VERSION", "SEARCH_KEY_VERSION"])
def test_an_index_of_another_program_is_refused_and_rebuild_mends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with open_library(tmp_path) as library:
        add(library, OLD)
    monkeypatch.setattr(ingest.library, name, "下一版")
    with pytest.raises(IndexMismatchError, match="youju rebuild --library"):
        open_library(tmp_path)
    with open_library(tmp_path, check=False) as library:
        library.rebuild()
        assert library.verify() == []
    with open_library(tmp_path) as library:
        assert len(found(library, "整改期限")) == 1


# ---------------------------------------------------------------- rebuilding


def test_rebuilding_with_another_embedder_changes_vectors_and_nothing_else(tmp_path: Path) -> None:
    other = HashingEmbedder("另一个", 32)
    with open_library(tmp_path) as library:
        add(library, OLD, at="/旧.md")
        add(library, NEW, at="/新.md")
        before, revision = library.content_digest(), library.revision
        report = library.rebuild(other)
        assert (library.content_digest(), library.revision) == (before, revision + 1)
        assert (report.embedder, report.documents, report.passages, report.problems) == (other.id, 2, 2, ())
        assert found(library, "整改期限", [LATEST]) != found(library, "整改期限", [EARLIER])
        with library.snapshot() as snapshot:
            ids = [passage.id for r in snapshot.documents(LOCAL) for passage in snapshot.passages_of(r.version_id)]
            assert {vector.shape for vector in snapshot.vectors(ids).values()} == {(32,)}
        assert library.verify() == []
        assert [path.name for path in (tmp_path / "vectors").iterdir()] == [report.build]
    with open_library(tmp_path, other) as library:
        assert len(found(library, "整改期限")) == 2


def test_a_library_goes_on_answering_while_it_is_rebuilt(tmp_path: Path) -> None:
    class Slow(HashingEmbedder):
        def encode_passages(self, texts):  # type: ignore[no-untyped-def]
            started.set()
            assert go_on.wait(10)
            return super().encode_passages(texts)

    started, go_on = threading.Event(), threading.Event()
    with open_library(tmp_path) as library:
        added = add(library, OLD)
        thread = threading.Thread(target=library.rebuild, args=(Slow("慢"),))
        thread.start()
        assert started.wait(10)
        assert found(library, "整改期限") == {added.version_id}
        assert library.revision == 1
        go_on.set()
        thread.join()
        assert library.revision == 2
        assert found(library, "整改期限") == {added.version_id}


def test_an_interrupted_rebuild_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ingest.indexes import Indexes

    class Power(Exception):
        pass

    def fail(*_: object) -> None:
        raise Power

    other = HashingEmbedder("另一个")
    with open_library(tmp_path) as library:
        add(library, OLD)
        with monkeypatch.context() as broken:
            broken.setattr(Indexes, "add", fail)
            with pytest.raises(Power):
                library.rebuild(other)
        assert len(found(library, "整改期限")) == 1  # the live index serves on
    encoded = other.encoded
    with open_library(tmp_path) as library:
        report = library.rebuild(other)
        assert (other.encoded, report.build) == (encoded, "b2")
        assert library.verify() == []


def test_a_rebuild_begun_before_a_change_starts_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = HashingEmbedder("另一个")
    with open_library(tmp_path) as library:
        first = add(library, OLD, at="/旧.md")
        with monkeypatch.context() as broken:
            broken.setattr("ingest.rebuild._switch", None)
            with pytest.raises(TypeError):
                library.rebuild(other)
        second = add(library, NEW, at="/新.md")
        library.rebuild(other)
        assert found(library, "整改期限", [EARLIER]) == {first.version_id}
        assert found(library, "整改期限", [LATEST]) == {second.version_id}
        assert library.verify() == []


def test_texts_are_read_again_when_reading_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import ingest.rebuild
    from tests.ingest.hashing import HereWorker

    with open_library(tmp_path) as library:
        first = add(library, OLD)
    for module in (ingest.library, __import__("ingest.structure.structure", fromlist=["structure"])):
        monkeypatch.setattr(module, "STRUCTURE_VERSION", "下一版")
    monkeypatch.setattr(ingest.rebuild, "ReadingWorker", HereWorker)
    with open_library(tmp_path, check=False) as library:
        report = library.rebuild()
        assert report.reread == 1
        (version,) = found(library, "整改期限")
        assert version != first.version_id
        with library.snapshot() as snapshot:
            old = snapshot.version(first.version_id, LOCAL)
            assert old is not None
            assert (old.state, old.document_id) == ("replaced", first.document_id)
        assert library.verify() == []


def test_an_emptied_catalogue_is_no_new_library(tmp_path: Path) -> None:
    with open_library(tmp_path) as library:
        add(library, OLD)
    for path in tmp_path.glob("catalogue.db*"):
        path.unlink()
    with pytest.raises(EngineError) as told:
        open_library(tmp_path)
    assert told.value.code == "catalogue_damaged"
    assert "备份" in str(told.value)


def test_what_was_embedded_before_a_cancel_is_not_embedded_again(tmp_path: Path) -> None:
    rule = regulation("巡察办法", ["第一条的内容。", "第二条的内容。"])
    talk = meeting("推进会", ["会议强调整改。"])
    cancel = threading.Event()
    changes = [change_of(rule, "办法.md"), change_of(talk, "会议.md")]
    with open_library(tmp_path, embedder := HashingEmbedder()) as library:
        with pytest.raises(ConflictError):
            library.add_many(changes, Meter(cancel, lambda _: cancel.set()))
        assert embedder.encoded == 2
        library.add_many(changes)
        assert embedder.encoded == 3


def change_of(text: str, name: str) -> Change:
    structured = read_and_structure(text.encode(), name).structured
    return Change(text.encode(), structured, SourceNote("path", f"/资料/{name}", "/资料"))


def test_the_content_digest_is_the_same_however_the_library_came_about(tmp_path: Path) -> None:
    digests = set()
    for name, order in (("一", (OLD, NEW)), ("二", (NEW, OLD))):
        with open_library(tmp_path / name) as library:
            for text in order:
                add(library, text, at=f"/{len(text) if text is OLD else 0}.md")
            digests.add(library.content_digest())
    assert len(digests) == 1


def test_hits_name_passages_and_scores(tmp_path: Path) -> None:
    with open_library(tmp_path) as library:
        added = add(library, OLD)
        (hit,) = library.search_terms(terms("整改"), 5, EVERYWHERE)
        assert isinstance(hit, Hit)
        assert hit.passage_id == f"{added.version_id}:0"
        assert library.search_terms(terms("整改"), 5, []) == []


def test_the_writer_waits_for_no_reader_and_no_reader_for_the_writer(tmp_path: Path) -> None:
    with open_library(tmp_path) as library:
        add(library, OLD)
        with library.catalogue.change() as db, library.snapshot() as snapshot:
            db.execute("UPDATE documents SET state = 'removed'")
            assert len(snapshot.documents(LOCAL)) == 1
            with pytest.raises(sqlite3.OperationalError):
                snapshot._db.execute("DELETE FROM documents")  # a snapshot cannot write
        assert when(lambda: library.catalogue.oldest_open() is None)


def test_the_default_model_finds_by_meaning_and_its_vectors_are_kept(tmp_path: Path) -> None:
    from ingest.embed import open_embedder

    opened = Library.open(tmp_path, embedder=open_embedder, now=lambda: datetime(2025, 6, 1, tzinfo=UTC))
    with opened as library:
        rule = regulation("巡察办法", ["有下列情形之一的，可以提级巡察：（一）问题集中的。", "接待应当节俭。"])
        added = add(library, rule)
        vector = library.embedder.encode_question("什么情况下由上级直接巡察？")
        best, other = library.search_vectors(vector, 2, [LATEST])
        assert (best.passage_id, other.passage_id) == (f"{added.version_id}:0", f"{added.version_id}:1")
        with library.snapshot() as snapshot:
            stored = snapshot.vectors([best.passage_id])[best.passage_id]
        assert float(stored @ vector) == pytest.approx(best.score, abs=1e-4)
        assert library.verify() == []
