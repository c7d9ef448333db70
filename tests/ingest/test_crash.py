"""Killed at any moment, a library loses no acknowledged document and leaves nothing to mend by hand."""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import ingest.build
from ingest.connections import Catalogue
from ingest.document import LOCAL
from ingest.indexes import Indexes
from ingest.library import Library
from ingest.originals import Originals
from tests.ingest.hashing import HashingEmbedder, ledger, meeting, open_library, regulation, take_up

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL and a fork server")

ROW = ("2024-1-1", "2024年第一轮", "炼铁厂", "招标采购", "招标程序不规范", "2024-09-30", "整改中")
OTHER = HashingEmbedder("另一个", 32)
# Imported once by the server that each doomed process is a fork of.
PRELOADED = ["ingest.build", "ingest.structure.structure", "llama_index.vector_stores.chroma", "tantivy", "opencc"]


def write(folder: Path, *, second: bool = False) -> None:
    """The sources; the second time some are changed, some new, and an edition is superseded."""
    months = "三" if second else "二"
    files = {f"{n}.md": meeting(f"第{n}次会议", [f"议定第{n}件事。" * 5]) for n in range(6)}
    files["办法2018.md"] = regulation("巡察办法", ["五年覆盖一次。", "期限二个月。"], effective="2018-05-01")
    files["台账.csv"] = ledger([ROW])
    if second:
        files["办法2024.md"] = regulation("巡察办法", ["五年覆盖一次。", "期限三个月。"], effective="2024-07-01")
        files["1.md"] = files["2.md"]
    files["3.md"] = meeting("改过的会议", [f"期限改为{months}个月。"])
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def killed_after(seconds: float) -> None:
    threading.Timer(seconds, die).start()


def killed_at_step(number: int) -> None:
    """Die between the n-th and the next step of anything that is written."""
    steps = 0

    def stepping(real: Callable[..., object]) -> Callable[..., object]:
        def stepped(*values: object, **more: object) -> object:
            nonlocal steps
            steps += 1
            if steps == number:
                die()
            return real(*values, **more)

        return stepped

    for owner, name in (
        (Originals, "keep"),
        (Catalogue, "change"),
        (Indexes, "add"),
        (Indexes, "delete"),
        (Indexes, "move"),
    ):
        setattr(owner, name, stepping(getattr(owner, name)))


def doomed(work: str, directory: Path, folder: Path, how: Callable[[float], None], when: float, log: Path) -> None:
    """In a process of its own: work until killed, noting what was acknowledged."""
    real = Library.add_many

    def noting(self: Library, *values: object) -> object:
        added = real(self, *values)  # type: ignore[arg-type]
        with log.open("a") as file:
            file.writelines(f"{one.version_id}\n" for one in added)
            file.flush()
            os.fsync(file.fileno())
        return added

    Library.add_many = noting  # type: ignore[assignment,method-assign]
    ingest.build._BATCH_FILES = 2
    how(when)
    with open_library(directory) as library:
        if work == "ingest":
            take_up(library, folder)
        else:
            library.rebuild(OTHER)
    log.with_suffix(".done").touch()


def kill(work: str, directory: Path, folder: Path, how: Callable[[float], None], when: float) -> Path:
    """Run ``doomed`` to its end; the log of what it acknowledged."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    log = directory.with_name(directory.name + ".log")
    process = context.Process(target=doomed, args=(work, directory, folder, how, when, log))
    process.start()
    process.join(60)
    assert process.exitcode in (0, -signal.SIGKILL)
    process.close()
    return log


def finish(directory: Path, folder: Path, log: Path) -> str:
    """Open again, check that what was acknowledged is there, finish the ingest, and tell what the library holds."""
    with open_library(directory) as library:
        assert library.verify() == []
        with library.snapshot() as snapshot:
            for version_id in log.read_text().split() if log.exists() else ():
                assert snapshot.version(version_id, LOCAL) is not None
        take_up(library, folder)
        assert library.verify() == []
        return library.content_digest()


@pytest.fixture(scope="module", autouse=True)
def _server_finds_our_modules() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))  # the fork server does not get our sys.path
        yield


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest.build, "_BATCH_FILES", 2)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, str, str, float]:
    """A folder of sources, a library of its first state, and what libraries of both states hold."""
    root = tmp_path_factory.mktemp("undisturbed")
    write(root / "资料")
    with open_library(root / "库") as library:
        take_up(library, root / "资料")
        first = library.content_digest()
    write(root / "资料", second=True)
    import shutil

    shutil.copytree(root / "库", root / "库二")
    start = time.perf_counter()
    with open_library(root / "库二") as library:
        take_up(library, root / "资料")
        second = library.content_digest()
    return root / "资料", root / "库", first, second, time.perf_counter() - start


def copy_of(library: Path, tmp_path: Path) -> Path:
    import shutil

    return Path(shutil.copytree(library, tmp_path / "库"))


@pytest.mark.parametrize("step", range(1, 23, 2))
def test_killed_between_any_two_steps_of_an_ingest(
    tmp_path: Path, undisturbed: tuple[Path, Path, str, str, float], step: int
) -> None:
    folder, library, _, second, _ = undisturbed
    directory = copy_of(library, tmp_path)
    log = kill("ingest", directory, folder, killed_at_step, step)
    assert finish(directory, folder, log) == second


@pytest.mark.parametrize("part", [n / 8 for n in range(1, 9)])
def test_killed_at_some_moment_of_an_ingest(
    tmp_path: Path, undisturbed: tuple[Path, Path, str, str, float], part: float
) -> None:
    folder, library, _, second, seconds = undisturbed
    directory = copy_of(library, tmp_path)
    log = kill("ingest", directory, folder, killed_after, seconds * part)
    assert finish(directory, folder, log) == second


@pytest.mark.parametrize("step", range(1, 7))
def test_killed_between_any_two_steps_of_a_rebuild(
    tmp_path: Path, undisturbed: tuple[Path, Path, str, str, float], step: int
) -> None:
    folder, library, first, second, _ = undisturbed
    directory = copy_of(library, tmp_path)
    kill("rebuild", directory, folder, killed_at_step, step)
    with open_library(directory, OTHER, check=False) as opened:
        assert opened.content_digest() == first
        if opened.manifest()["embedder"] != OTHER.id:
            opened.rebuild(OTHER)
        assert opened.verify() == []
        assert opened.content_digest() == first
        take_up(opened, folder)
        assert opened.content_digest() == second
