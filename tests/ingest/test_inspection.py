"""Whatever disagrees is found and told with what to run; and rebuilding mends what can be mended."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import ingest.rebuild
from ingest.indexes import entries_of
from ingest.library import Library
from ingest.vectors import VectorItem
from tests.ingest.hashing import HereWorker, add, ledger, meeting, open_library, regulation

OLD = regulation("巡察办法", ["五年覆盖一次。", "期限二个月。"], effective="2018-05-01")
NEW = regulation("巡察办法", ["五年覆盖一次。", "期限三个月。"], effective="2024-07-01")
ROW = ("2024-1-1", "2024年第一轮", "炼铁厂", "招标采购", "招标程序不规范", "2024-09-30", "整改中")


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.setattr(ingest.rebuild, "ReadingWorker", HereWorker)
    with open_library(tmp_path) as library:
        for name, text in (("旧.md", OLD), ("新.md", NEW), ("会.md", meeting("推进会", ["会议强调整改。"]))):
            add(library, text, name)
        add(library, ledger([ROW]), "台账.csv")
        assert library.verify() == []
        yield library


def one(library: Library) -> str:
    with library.shelf.use() as indexes:
        return min(indexes.vectors.ids())


def run(library: Library, statement: str) -> None:
    with library.catalogue.change() as db:
        db.execute(statement)


def lose_terms(library: Library) -> None:
    with library.shelf.use() as indexes:
        indexes.terms.delete([one(library)])


def lose_vectors(library: Library) -> None:
    with library.shelf.use() as indexes:
        indexes.vectors.delete([one(library)])


def leave_terms(library: Library) -> None:
    entry = entries_of(library.catalogue.writer, one(library).partition(":")[0], "other-latest")[0]
    from dataclasses import replace

    with library.shelf.use() as indexes:
        indexes.add([replace(entry, passage_id="feedfeedfeedfeed:0")], {entry.text_hash: np.ones(64, np.float32) / 8})


def misplace(library: Library) -> None:
    with library.shelf.use() as indexes:
        indexes.move([one(library)], "other-latest")


def turn_a_vector(library: Library) -> None:
    with library.shelf.use() as indexes:
        item = next(item for item in indexes.vectors.items() if item.passage_id == one(library))
        indexes.vectors.add([VectorItem(item.passage_id, item.partition, item.vector[::-1].copy())])


def exchange_terms(library: Library) -> None:
    from ingest.lexical import LexicalItem

    with library.shelf.use() as indexes:
        place = indexes.terms.placed()[one(library)]
        indexes.terms.add([LexicalItem(one(library), place, ["别的", "词"], [])])


def lose_stored_vectors(library: Library) -> None:
    run(library, "DELETE FROM vectors")


def break_a_stored_vector(library: Library) -> None:
    run(library, "UPDATE vectors SET vector = x'00' WHERE text_hash = (SELECT min(text_hash) FROM vectors)")


def shift_spans(library: Library) -> None:
    run(library, "UPDATE passages SET start = start + 1 WHERE id = (SELECT min(id) FROM passages)")


def lose_a_passage(library: Library) -> None:
    run(library, f"DELETE FROM passages WHERE id = '{one(library)}'")


def lose_findings(library: Library) -> None:
    run(library, "DELETE FROM findings")


def change_an_edition(library: Library) -> None:
    run(library, "UPDATE editions SET effective_from = '2001-01-01'")


def lose_an_edition(library: Library) -> None:
    run(library, "DELETE FROM editions WHERE version_id = (SELECT min(version_id) FROM editions)")


def exchange_partitions(library: Library) -> None:
    run(library, "UPDATE versions SET partition = 'regulation-latest' WHERE partition = 'regulation-earlier'")


def leave_orphans(library: Library) -> None:
    run(library, "INSERT INTO passages SELECT 'feedfeedfeedfeed:0', 0, 0, 1, '{}', '', text_hash FROM passages LIMIT 1")


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lose_terms, "index_incomplete"),
        (lose_vectors, "index_incomplete"),
        (leave_terms, "index_stale"),
        (misplace, "index_misplaced"),
        (turn_a_vector, "index_differs"),
        (exchange_terms, "index_differs"),
        (lose_stored_vectors, "vectors_missing"),
        (break_a_stored_vector, "vectors_broken"),
        (shift_spans, "version_wrong"),
        (lose_a_passage, "version_wrong"),
        (lose_findings, "version_wrong"),
        (change_an_edition, "version_wrong"),
        (lose_an_edition, "version_wrong"),
        (exchange_partitions, "partition_wrong"),
        (leave_orphans, "orphans"),
    ],
)
def test_what_was_damaged_is_told_and_rebuilding_mends_it(
    library: Library, damage: Callable[[Library], None], code: str
) -> None:
    before = library.content_digest()
    damage(library)
    problems = library.verify()
    assert code in {problem.code for problem in problems}
    assert all("请" in problem.message and "rebuild" in problem.message for problem in problems)
    library.rebuild()
    assert library.verify() == []
    assert library.content_digest() == before


def test_a_lost_original_is_told_with_how_to_bring_it_again(library: Library) -> None:
    for path in (library.directory / "originals").iterdir():
        path.write_bytes(b"?")
    problems = library.verify()
    assert {problem.code for problem in problems} == {"original_missing"}
    assert len(problems) == 4
    assert all("youju ingest" in problem.message for problem in problems)


def test_a_document_without_its_version_is_told_with_what_to_do(library: Library) -> None:
    run(library, "UPDATE versions SET state = 'replaced' WHERE id = (SELECT min(id) FROM versions)")
    (problem,) = [problem for problem in library.verify() if problem.code == "documents_wrong"]
    assert "从备份恢复" in problem.message
