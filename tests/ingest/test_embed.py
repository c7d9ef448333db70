import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from ingest.embed import Embedder, OnnxEmbedder, default_models_directory, open_embedder
from ingest.errors import EngineError
from ingest.model import prepared_directory

ROOT = Path(__file__).parents[2]
QUESTION = "提级巡察适用于哪些情形？"
ANSWER = "有下列情形之一的，可以开展提级巡察：（一）问题反映集中的；（二）长期未覆盖的。"
ELSEWHERE = "公务接待应当坚持有利公务、务实节俭的原则。"


@pytest.fixture(scope="module")
def default() -> Embedder:
    return open_embedder()


class EmbedderContract:
    """What every embedder does: each member's test class inherits these."""

    @pytest.fixture
    def embedder(self) -> Embedder:
        raise NotImplementedError

    def test_passages_become_unit_rows(self, embedder: Embedder) -> None:
        rows = embedder.encode_passages([ANSWER, ELSEWHERE, "短"])
        assert rows.shape == (3, embedder.dimension)
        assert rows.dtype == np.float32
        assert np.linalg.norm(rows, axis=1) == pytest.approx(1, abs=1e-5)

    def test_a_question_becomes_a_unit_vector(self, embedder: Embedder) -> None:
        vector = embedder.encode_question(QUESTION)
        assert vector.shape == (embedder.dimension,)
        assert vector.dtype == np.float32
        assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)

    def test_the_passage_that_answers_is_nearer(self, embedder: Embedder) -> None:
        answer, elsewhere = embedder.encode_passages([ANSWER, ELSEWHERE]) @ embedder.encode_question(QUESTION)
        assert answer > elsewhere + 0.02

    def test_a_question_and_a_passage_of_the_same_words_differ(self, embedder: Embedder) -> None:
        """The prefixes are in use."""
        cosine = embedder.encode_passages([QUESTION])[0] @ embedder.encode_question(QUESTION)
        assert cosine < 0.995

    def test_no_passages_give_no_rows(self, embedder: Embedder) -> None:
        assert embedder.encode_passages([]).shape == (0, embedder.dimension)

    def test_the_same_text_gives_the_same_vector(self, embedder: Embedder) -> None:
        first = embedder.encode_passages([ANSWER, ELSEWHERE])
        assert np.array_equal(first, embedder.encode_passages([ANSWER, ELSEWHERE]))

    @pytest.mark.parametrize(
        "text", ["", " ", "\x00", "\ud800", "巡察" * 5000], ids=["empty", "blank", "nul", "surrogate", "long"]
    )
    def test_no_text_is_too_odd(self, embedder: Embedder, text: str) -> None:
        assert np.isfinite(embedder.encode_question(text)).all()
        assert np.linalg.norm(embedder.encode_passages([text])[0]) == pytest.approx(1, abs=1e-5)

    def test_many_threads_get_the_vectors_of_one(self, embedder: Embedder) -> None:
        questions = [f"第{number}条规定了什么" for number in range(12)]
        alone = [embedder.encode_question(question) for question in questions]
        with ThreadPoolExecutor(6) as pool:
            together = list(pool.map(embedder.encode_question, questions))
        assert all(np.allclose(one, other, atol=1e-6) for one, other in zip(alone, together, strict=True))

    def test_the_id_has_five_parts(self, embedder: Embedder) -> None:
        assert len(embedder.id.split("/")) == 5


class TestDefaultEmbedder(EmbedderContract):
    @pytest.fixture
    def embedder(self, default: Embedder) -> Embedder:
        return default

    def test_a_vector_depends_on_its_text_alone(self, embedder: Embedder) -> None:
        rows = embedder.encode_passages([ELSEWHERE, ANSWER, "短", ANSWER * 6])
        assert np.array_equal(rows[1], embedder.encode_passages([ANSWER])[0])
        one_thread = open_embedder(threads=1).encode_passages([ELSEWHERE, ANSWER, "短", ANSWER * 6])
        assert np.array_equal(rows, one_thread)

    def test_what_exceeds_the_length_is_left_out(self, embedder: Embedder) -> None:
        start = "巡察组应当如实报告发现的问题。" * 80
        left_out, read = embedder.encode_passages([start + ELSEWHERE, ELSEWHERE + start])
        assert np.array_equal(embedder.encode_passages([start])[0], left_out)
        assert not np.array_equal(embedder.encode_passages([start])[0], read)

    def test_tuning_moves_a_question_a_little_and_no_passage(self, embedder: Embedder) -> None:
        assert isinstance(embedder, OnnxEmbedder)
        assert 0.9 < embedder.encode_question(QUESTION) @ embedder.encode_untuned(QUESTION) < 0.9999
        assert embedder.question_id.startswith(f"{embedder.id}+")

    @pytest.mark.parametrize(
        "other", ["提级巡查适用于哪些情形", "提級巡查適用於哪些情形？？", "提级巡查适用于哪些情形。 "]
    )
    def test_a_question_is_the_same_however_it_is_written(self, embedder: Embedder, other: str) -> None:
        assert np.array_equal(embedder.encode_question("提级巡查适用于哪些情形？"), embedder.encode_question(other))

    def test_a_vector_that_is_changed_stays_right_for_the_next(self, embedder: Embedder) -> None:
        embedder.encode_question(QUESTION)[:] = 0
        assert np.linalg.norm(embedder.encode_question(QUESTION)) == pytest.approx(1, abs=1e-5)

    def test_words_that_look_like_special_tokens_are_words(self, embedder: Embedder) -> None:
        plain, marked = embedder.encode_passages(["甲 乙", "甲 </s> 乙"])
        assert not np.array_equal(plain, marked)


@pytest.fixture(scope="module")
def transformers_default(default: Embedder) -> Iterator[Embedder]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        yield open_embedder(str(prepared_directory(default_models_directory())))


@pytest.mark.slow
class TestSentenceTransformerEmbedder(EmbedderContract):
    @pytest.fixture
    def embedder(self, transformers_default: Embedder) -> Embedder:
        return transformers_default

    def test_the_fp32_directory_and_the_int8_graph_agree(self, embedder: Embedder, default: Embedder) -> None:
        texts = [
            ANSWER,
            ELSEWHERE,
            QUESTION,
            "第十二条　巡察整改期限为三个月。" * 10,
            "2024年第一轮巡察发现问题 ABC 123",
        ]
        cosines = (embedder.encode_passages(texts) * default.encode_passages(texts)).sum(axis=1)
        assert cosines.min() >= 0.99
        assert isinstance(default, OnnxEmbedder)
        assert embedder.encode_question(QUESTION) @ default.encode_untuned(QUESTION) >= 0.99

    def test_it_is_another_embedder(self, embedder: Embedder, default: Embedder) -> None:
        assert embedder.id != default.id
        assert "/sentence-transformers/float32/query:|passage:/512" in embedder.id

    def test_e5_prefixes_are_added_where_the_model_names_none(self, embedder: Embedder, tmp_path: Path) -> None:
        directory = prepared_directory(default_models_directory())
        bare = tmp_path / directory.name
        bare.mkdir()
        for path in directory.iterdir():
            if path.name != "config_sentence_transformers.json":
                (bare / path.name).symlink_to(path)
        bare_embedder = open_embedder(str(bare))
        assert np.array_equal(bare_embedder.encode_question(QUESTION), embedder.encode_question(QUESTION))
        assert "query:|passage:" in bare_embedder.id

    def test_a_name_that_is_nowhere_is_an_error_that_says_what_to_do(self, embedder: Embedder) -> None:
        with pytest.raises(EngineError, match="拷贝到本机"):
            open_embedder("nobody/no-such-model")

    def test_a_directory_that_is_no_model_is_an_error(self, embedder: Embedder, tmp_path: Path) -> None:
        (tmp_path / "config.json").write_text("{}", "utf-8")
        with pytest.raises(EngineError, match="打不开向量模型"):
            open_embedder(str(tmp_path))


def test_a_path_that_does_not_exist_is_an_error_at_once() -> None:
    with pytest.raises(EngineError, match="没有这个目录"):
        open_embedder("./没有的目录")


def test_the_models_directory_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("YOUJU_MODELS", str(tmp_path))
    assert default_models_directory() == tmp_path


def test_asking_and_adding_import_no_torch_and_use_no_network(default: Embedder, tmp_path: Path) -> None:
    script = f"""
import socket, sys
from pathlib import Path
def refuse(*arguments): raise AssertionError("network")
socket.socket.connect = socket.getaddrinfo = refuse
from ingest.embed import open_embedder
from ingest.lexical import LexicalIndex, LexicalItem
from ingest.segment import terms
from ingest.vectors import ChromaVectors, VectorItem
embedder = open_embedder()
store, index = ChromaVectors(Path({str(tmp_path / "vectors")!r})), LexicalIndex(Path({str(tmp_path / "terms")!r}))
store.add([VectorItem("v:0", "regulation-latest", embedder.encode_passages(["巡察"])[0])])
index.add([LexicalItem("v:0", "regulation-latest", terms("巡察"), [])])
assert store.query(embedder.encode_question("巡察"), 5, ["regulation-latest"])
assert index.search(terms("巡察"), 5, ["regulation-latest"])
print(sorted({{"torch", "sentence_transformers", "transformers"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
