import math
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from ingest.errors import EngineError
from ingest.vectors import ChromaVectors, ExactVectors, Hit, VectorItem, VectorStore, best

NOW, OLD = "regulation-latest", "regulation-earlier"


def unit(*numbers: float) -> NDArray[np.float32]:
    return np.array([number / math.hypot(*numbers) for number in numbers], np.float32)


EAST, NORTH, NORTH_EAST = unit(1, 0, 0), unit(0, 1, 0), unit(1, 1, 0)


def clustered(count: int, seed: int = 0) -> NDArray[np.float32]:
    """Vectors as texts have them: in clusters. (Graph search misses neighbours among random ones.)"""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(20, 32))
    rows = centres[random.integers(0, 20, count)] + 0.5 * random.normal(size=(count, 32))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def passages(hits: list[Hit]) -> list[str]:
    return [hit.passage_id for hit in hits]


class VectorStoreContract:
    """What every vector store does: each member's test class inherits these."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[VectorStore]:
        raise NotImplementedError

    def test_an_empty_store_finds_nothing(self, store: VectorStore) -> None:
        assert store.query(EAST, 5, [NOW]) == []
        assert store.count() == 0
        assert store.ids() == set()

    def test_the_nearest_come_first_with_their_cosine(self, store: VectorStore) -> None:
        store.add([VectorItem("v:0", NOW, NORTH), VectorItem("v:1", NOW, EAST), VectorItem("v:2", NOW, NORTH_EAST)])
        hits = store.query(EAST, 3, [NOW])
        assert passages(hits) == ["v:1", "v:2", "v:0"]
        assert [hit.score for hit in hits] == pytest.approx([1, 0.5**0.5, 0], abs=1e-5)

    def test_fewer_are_returned_when_there_are_fewer(self, store: VectorStore) -> None:
        store.add([VectorItem("v:0", NOW, EAST)])
        assert passages(store.query(EAST, 50, [NOW])) == ["v:0"]
        assert store.query(EAST, 0, [NOW]) == []

    def test_equal_scores_are_ordered_by_id(self, store: VectorStore) -> None:
        store.add([VectorItem(f"v:{name}", NOW, EAST) for name in "cab"])
        assert passages(store.query(EAST, 3, [NOW])) == ["v:a", "v:b", "v:c"]

    def test_only_the_named_partitions_are_searched(self, store: VectorStore) -> None:
        store.add([VectorItem("v:0", NOW, EAST), VectorItem("w:0", OLD, EAST)])
        assert passages(store.query(EAST, 5, [OLD])) == ["w:0"]
        assert passages(store.query(EAST, 5, [OLD, NOW, NOW])) == ["v:0", "w:0"]
        assert store.query(EAST, 5, ["ledger-latest"]) == []
        assert store.query(EAST, 5, []) == []

    def test_the_best_of_all_partitions_are_returned(self, store: VectorStore) -> None:
        store.add(
            [VectorItem(f"v:{i}", NOW, unit(1, 0.01 * i, 0)) for i in range(5)]
            + [VectorItem(f"w:{i}", OLD, unit(1, 0.01 * i + 0.005, 0)) for i in range(5)]
        )
        assert passages(store.query(EAST, 4, [NOW, OLD])) == ["v:0", "w:0", "v:1", "w:1"]

    def test_adding_an_id_again_replaces_it(self, store: VectorStore) -> None:
        store.add([VectorItem("v:0", NOW, EAST)])
        store.add([VectorItem("v:0", NOW, NORTH), VectorItem("v:1", NOW, NORTH_EAST)])
        assert passages(store.query(NORTH, 1, [NOW])) == ["v:0"]
        store.add([VectorItem("v:0", OLD, NORTH)])
        assert passages(store.query(NORTH, 5, [NOW])) == ["v:1"]
        assert passages(store.query(NORTH, 5, [OLD])) == ["v:0"]
        assert store.count() == 2

    def test_an_id_twice_in_one_call_counts_once(self, store: VectorStore) -> None:
        store.add([VectorItem("v:0", NOW, EAST), VectorItem("v:0", OLD, NORTH)])
        assert store.count() == 1
        assert passages(store.query(NORTH, 5, [NOW, OLD])) == ["v:0"]

    def test_deleted_ids_are_gone_and_unknown_ones_ignored(self, store: VectorStore) -> None:
        store.add([VectorItem("v:0", NOW, EAST), VectorItem("w:0", OLD, EAST)])
        store.delete(["v:0", "w:0", "w:0", "x:9"])
        store.delete([])
        assert store.query(EAST, 5, [NOW, OLD]) == []
        assert store.count() == 0

    def test_moved_ids_are_found_where_they_went(self, store: VectorStore) -> None:
        store.add([VectorItem("v:0", NOW, EAST), VectorItem("v:1", NOW, NORTH)])
        store.move(["v:0", "x:9"], OLD)
        store.move(["v:0"], OLD)
        assert passages(store.query(EAST, 5, [NOW])) == ["v:1"]
        hits = store.query(EAST, 5, [OLD])
        assert passages(hits) == ["v:0"]
        assert hits[0].score == pytest.approx(1, abs=1e-5)
        assert store.ids() == {"v:0", "v:1"}

    def test_all_that_is_stored_is_given_back(self, store: VectorStore) -> None:
        store.add([VectorItem("v:0", NOW, EAST), VectorItem("v:1", NOW, NORTH_EAST), VectorItem("w:0", OLD, NORTH)])
        found = {item.passage_id: item for item in store.items()}
        assert {each: item.partition for each, item in found.items()} == {"v:0": NOW, "v:1": NOW, "w:0": OLD}
        assert found["v:1"].vector == pytest.approx(NORTH_EAST, abs=1e-6)

    def test_many_vectors_are_found_exactly(self, store: VectorStore) -> None:
        rows = clustered(1500)
        store.add([VectorItem(f"v:{i}", NOW if i % 3 else OLD, row) for i, row in enumerate(rows)])
        exact = ExactVectors()
        exact.add([VectorItem(f"v:{i}", NOW if i % 3 else OLD, row) for i, row in enumerate(rows)])
        for row in rows[::150]:
            assert passages(store.query(row, 50, [NOW, OLD])) == passages(exact.query(row, 50, [NOW, OLD]))
        store.delete([f"v:{i}" for i in range(1400)])
        assert len(store.query(rows[0], 500, [NOW, OLD])) == 100

    def test_questions_may_be_asked_while_another_thread_adds(self, store: VectorStore) -> None:
        rows = clustered(400)
        store.add([VectorItem("v:0", NOW, rows[0])])
        failures: list[BaseException] = []

        def add() -> None:
            try:
                for start in range(1, 400, 40):
                    store.add([VectorItem(f"v:{i}", NOW, rows[i]) for i in range(start, min(400, start + 40))])
                    store.move([f"v:{start}"], OLD)
            except BaseException as error:
                failures.append(error)

        writer = threading.Thread(target=add)
        writer.start()
        while writer.is_alive():
            assert "v:0" in passages(store.query(rows[0], 10, [NOW, OLD]))
        writer.join()
        assert failures == []
        assert store.count() == 400


class TestExactVectors(VectorStoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> VectorStore:
        return ExactVectors()


class TestChromaVectors(VectorStoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[VectorStore]:
        store = ChromaVectors(tmp_path / "vectors")
        yield store
        store.close()

    def test_what_was_added_is_there_after_reopening(self, tmp_path: Path) -> None:
        first = ChromaVectors(tmp_path / "vectors")
        first.add([VectorItem("v:0", NOW, EAST), VectorItem("w:0", OLD, NORTH)])
        first.close()
        again = ChromaVectors(tmp_path / "vectors")
        assert again.ids() == {"v:0", "w:0"}
        assert passages(again.query(NORTH, 1, [NOW, OLD])) == ["w:0"]
        again.close()

    def test_a_vector_of_another_length_is_an_error_that_names_the_store(self, tmp_path: Path) -> None:
        store = ChromaVectors(tmp_path / "vectors")
        store.add([VectorItem("v:0", NOW, EAST)])
        with pytest.raises(EngineError, match="youju rebuild"):
            store.add([VectorItem("v:1", NOW, unit(1, 0))])
        store.close()

    def test_what_was_acknowledged_survives_a_killed_process(self, tmp_path: Path) -> None:
        script = (
            "import os, numpy as np; from pathlib import Path; from ingest.vectors import *\n"
            f"store = ChromaVectors(Path({str(tmp_path)!r}))\n"
            f"store.add([VectorItem('v:0', {NOW!r}, np.array([1, 0, 0], np.float32))])\n"
            "os.kill(os.getpid(), 9)\n"
        )
        subprocess.run([sys.executable, "-c", script], check=False)
        store = ChromaVectors(tmp_path)
        assert passages(store.query(EAST, 1, [NOW])) == ["v:0"]
        store.close()


def test_the_best_are_sorted_by_score_and_then_by_id() -> None:
    hits = [Hit("b", 0.5), Hit("c", 0.9), Hit("a", 0.5)]
    assert best(hits, 2) == [Hit("c", 0.9), Hit("a", 0.5)]


def test_importing_the_module_imports_no_engine() -> None:
    script = (
        "import sys, ingest.vectors, ingest.lexical; print({'chromadb', 'llama_index', 'tantivy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
