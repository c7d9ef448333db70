"""A run: what each question of a dataset gave under one configuration, one JSON line a question, gone on with when cut off.

A run's folder holds ``<dataset>/<configuration>.jsonl`` (first line: the settings), ``metrics.json``, ``report.html``,
and, from beginning to end, a mark that it is not finished.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path

from tqdm import tqdm

from evals.metrics import percentile

ROOT = Path(__file__).resolve().parents[1]
MARK = "unfinished"


class RunError(Exception):
    """A run's folder or file that cannot be read: which, where, and what is wrong."""


@dataclass(frozen=True, slots=True)
class Line:
    """What one question gave. ``wanted`` and ``found`` are words for who asks why."""

    id: str
    question: str
    kind: str
    scores: Mapping[str, float]
    ms: float
    wanted: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """The lines of one dataset under one configuration, in the order of the questions."""

    dataset: str
    configuration: str
    lines: Sequence[Line]

    def values(self, metric: str) -> dict[str, float]:
        """The metric by question; questions it does not apply to are left out."""
        return {line.id: line.scores[metric] for line in self.lines if metric in line.scores}

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics any question has, in the order they come."""
        return tuple(dict.fromkeys(metric for line in self.lines for metric in line.scores))

    def means(self) -> dict[str, float]:
        """What ``metrics.json`` holds of it: the mean of every metric, and how long a question took."""
        out = {metric: _mean(list(self.values(metric).values())) for metric in self.metrics}
        times = [line.ms for line in self.lines]
        out |= {"latency_ms_p50": percentile(times, 50), "latency_ms_p95": percentile(times, 95)}
        return out | {"questions": float(len(self.lines))}


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


@cache
def program() -> str:
    """A digest of the program: what another one measured is not gone on with."""
    total = hashlib.sha256()
    for package in ("ingest", "app", "evals"):
        for path in sorted((ROOT / package).rglob("*")):
            if path.suffix in (".py", ".json", ".txt", ".toml") and path.is_file():
                total.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return total.hexdigest()[:16]


class Folder:
    """Where a run is written."""

    def __init__(self, path: Path, *, resuming: bool) -> None:
        self.path = path
        self._resuming = resuming

    def record(
        self,
        dataset: str,
        configuration: str,
        settings: Mapping[str, object],
        ids: Sequence[str],
        ask: Callable[[str], Line],
    ) -> Run:
        """Ask every question, a line each; those that a cut-off run of the same settings has are not asked again."""
        path = self.path / dataset / f"{configuration}.jsonl"
        header = json.dumps({"settings": {**settings, "program": program()}}, ensure_ascii=False, sort_keys=True)
        kept = _kept(path, header) if self._resuming else {}
        kept = {name: line for name, line in kept.items() if name in set(ids)}
        if kept:
            print(f"接着上次中断的评测：{dataset} / {configuration} 已有 {len(kept)} / {len(ids)} 题")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8") as file:
            print(header, *map(written, kept.values()), sep="\n", file=file, flush=True)
            left = [name for name in ids if name not in kept]
            for name in tqdm(left, desc=f"{dataset} {configuration}", unit="题", disable=None, leave=False):
                kept[name] = ask(name)
                print(written(kept[name]), file=file, flush=True)
        return Run(dataset, configuration, [kept[name] for name in ids])


def written(line: Line) -> str:
    """A line of the file."""
    return json.dumps(asdict(line), ensure_ascii=False)


def _kept(path: Path, header: str) -> dict[str, Line]:
    """The lines of a file with this header; one that was being written when the run was cut off is dropped."""
    try:
        first, *lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError):
        return {}
    out: dict[str, Line] = {}
    for line in lines if first == header else ():
        try:
            one = _line(json.loads(line))
        except (ValueError, TypeError, KeyError):
            continue
        out[one.id] = one
    return out


def _line(row: Mapping[str, object]) -> Line:
    fields = dict(row)
    for name in ("wanted", "found", "remarks"):
        fields[name] = tuple(fields[name])  # type: ignore[arg-type]
    return Line(**fields)  # type: ignore[arg-type]


@contextmanager
def run_folder(path: Path) -> Iterator[Folder]:
    """The folder of a run that begins, or goes on where one was cut off; the mark goes when it ends well."""
    path.mkdir(parents=True, exist_ok=True)
    mark = path / MARK
    resuming = mark.exists()
    mark.touch()
    yield Folder(path, resuming=resuming)
    mark.unlink()


def read_run(path: Path) -> Run:
    """The run in a file; RunError with file and line when it is none."""
    try:
        first, *lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise RunError(f"{path}: 读不出来（{error}）") from error
    out = []
    for number, line in enumerate(lines, 2):
        try:
            out.append(_line(json.loads(line)))
        except (ValueError, TypeError, KeyError) as error:
            raise RunError(f"{path} 第{number}行: 不是逐题结果的一行（{error}）") from error
    if not first.startswith('{"settings"') or not out:
        raise RunError(f"{path}: 不是逐题结果（youju eval run 写的 .jsonl）")
    return Run(path.parent.name, path.stem, out)


def read_runs(folder: Path) -> list[Run]:
    """Every run below a folder, or the one in a file; RunError when there is none."""
    if folder.is_file():
        return [read_run(folder)]
    found = sorted(folder.glob("*/*.jsonl"))
    if not found:
        raise RunError(f"{folder}: 没有逐题结果（<数据集>/<配置>.jsonl），应为 youju eval run --out 的目录")
    return [read_run(path) for path in found]
