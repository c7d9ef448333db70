import itertools
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from evals.scale import ARTICLES, Drawn, Pool, Works, grow, measured, table
from ingest.embed import open_embedder
from ingest.library import Library

DIMENSION = 384


@pytest.fixture(scope="module")
def pool() -> Pool:
    texts = [f"第{number}号事项应当在{number}日内报集团党委批准。" for number in range(1, 101)]
    vectors = np.random.default_rng(0).standard_normal((20, DIMENSION)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Pool("test", texts, vectors, ["第7号事项由谁批准？", "第9号事项几日内报批？"])


@pytest.fixture(scope="module")
def embedder(pool: Pool) -> Drawn:
    return Drawn(open_embedder(), pool)


def test_a_drawn_vector_is_a_real_one_moved_a_little_and_always_the_same(pool: Pool, embedder: Drawn) -> None:
    drawn = embedder.encode_passages(["甲", "乙"])
    assert np.allclose(np.linalg.norm(drawn, axis=1), 1.0)
    assert np.all((pool.vectors @ drawn.T).max(axis=0) > 0.9)
    assert np.array_equal(drawn, embedder.encode_passages(["甲", "乙"]))


def test_works_are_always_the_same_and_some_have_an_earlier_edition(pool: Pool) -> None:
    one, other = (list(itertools.islice(Works(pool), 12)) for _ in range(2))
    assert [change.original for change in one] == [change.original for change in other]
    assert all(len(change.structured.passages) >= ARTICLES for change in one)
    assert {change.structured.metadata.edition for change in one} >= {"2019年修订", "2024年修订"}


def test_a_library_that_has_grown_goes_on_where_it_stood(pool: Pool, embedder: Drawn, tmp_path: Path) -> None:
    works = Works(pool)
    with Library.open(tmp_path, embedder=embedder, now=lambda: datetime.now(UTC)) as library:
        grow(library, works, 60, batch=2)
        first = _counts(library)
        assert grow(library, works, 60, batch=2) == 0
        grow(library, works, 200, batch=2)
        second = _counts(library)
    assert first["passages"] >= 60
    assert second["passages"] >= 200
    row = measured(tmp_path, embedder, pool, 0.0)
    assert row.documents == second["documents"]
    assert 0 < row.in_force < row.passages
    assert set(row.stages) == {"embed", "vectors", "terms", "search", "answer"}
    assert len(table([row]).splitlines()) == 2


def _counts(library: Library) -> dict[str, int]:
    with library.snapshot() as snapshot:
        return snapshot.counts()
