"""Laws withheld from a library: which are taken, how they are written, whose vectors are known."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from evals import withheld
from evals.beir import Asked, Dataset
from evals.retrievers import Collection, Entry
from ingest.embed import Matrix, Vector
from ingest.read.reader import read_bytes
from ingest.structure.structure import structure

ENTRIES = [
    Entry("1", "渔业法第一条", "捕捞应当领取许可证。"),
    Entry("2", "渔业法第二条", "许可证不得出租。\n违反的，吊销许可证。"),
    Entry("3", "电影法第一条", "放映应当备案。"),
    Entry("4", "草原法第一条", "禁止开垦草原。"),
]
DATASET = Dataset("法", ENTRIES, [Asked("q", "打鱼要证吗", "", {"1": 1.0})])


class Ones:
    """An embedder to which all texts are one."""

    id, question_id, dimension = "ones", "ones", 2

    def encode_passages(self, texts: Sequence[str]) -> Matrix:
        return np.ones((len(texts), 2), np.float32)

    def encode_question(self, text: str) -> Vector:
        return np.ones(2, np.float32)


def test_as_many_laws_answer_nothing_as_answer() -> None:
    (one,) = withheld.sample(DATASET)
    assert one.laws == ("渔业法.md",)
    laws = withheld.laws_of(DATASET, [one])
    assert len(laws) == 2
    assert [entry.id for entry in laws["渔业法.md"]] == ["1", "2"]


def test_a_law_is_written_so_that_its_articles_are_read_again() -> None:
    text = withheld.text_of(ENTRIES[:2])
    read = structure(read_bytes(text.encode(), "渔业法.md"))
    assert read.metadata.title == "渔业法"
    assert [clause.locator.article for clause in read.clauses if clause.level == "article"] == [1, 2]


def test_vectors_of_the_collection_are_not_made_again(tmp_path: Path) -> None:
    vectors = np.arange(8, dtype=np.float32).reshape(4, 2)
    known = withheld.Known(Collection(ENTRIES, vectors, Ones(), tmp_path))
    made = known.encode_passages(
        ["《渔业法》\n第二条　许可证不得出租。\n\n违反的，吊销许可证。", "《渔业法》\n第九条　无此一条。"]
    )
    assert made.tolist() == [[2.0, 3.0], [1.0, 1.0]]
