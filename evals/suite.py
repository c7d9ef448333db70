"""What ``youju eval run`` measures, into one run's folder: per question, in figures, and as a report.

``fast``  the gold sets over ``corpus/``, compared with the committed baseline
``full``  also the practice libraries, retrieval on the datasets there are, probes of every article, rejection, and the reading of files
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tqdm import tqdm

from app.assistant import Assistant
from app.main import opened
from app.settings import Settings
from evals import dataset as gold_files
from evals import report
from evals.beir import Dataset, read_dataset
from evals.corpus import KEPT_OUT, open_assistant, open_practice
from evals.corpus import practice as practice_folders
from evals.embedded import Progress, cache_directory, embedded
from evals.gold_run import asking, ground_of
from evals.ingestion.measure import MEASURES, Figure, figure_line, shared_data, taken
from evals.metrics import mean_with_interval, paired_change
from evals.page import BASIS, Results, write_page
from evals.probes import figures, probe_run
from evals.retrieval_run import retrieval_run
from evals.runs import Folder, Run, run_folder
from ingest.embed import open_embedder
from ingest.library import Library

SUITES = ("fast", "full")
DATASETS = {"stard": "stard", "lawbench_lookup": "stard", "cail2019_mrc": "cail2019_mrc"}
"""Dataset → the folder that holds its texts."""
TABLE = ("ndcg@10", "recall@5", "recall@100", "mrr@10")
REPORT = "report.html"


# ---------------------------------------------------------------- one folder, one file


def beir(folder: Path, corpus: Path | None, configurations: Sequence[str], out: Path) -> int:
    """Measure these configurations on a folder in BEIR layout; returns the exit status."""
    dataset = read_dataset(folder, corpus)
    with run_folder(out) as here:
        runs = retrieval(dataset, configurations, here)
        write_page(out / REPORT, Results(runs), f"检索评测：{dataset.name}")
        _write_metrics(out, {run.configuration: run.means() for run in runs})
    return 0


def own(gold: Path, settings: Settings, out: Path, failures: int) -> int:
    """Measure a library with a file of questions about it; returns the exit status."""
    questions = gold_files.load(gold)
    with run_folder(out) as here, opened(settings, create=False, say=print) as it:
        run = _ask(gold.stem, questions, Assistant(it.library, None, settings.clock), it.library, here)
        _tell(gold.stem, questions, run, failures)
        write_page(out / REPORT, Results([run]), f"问答评测：{gold.stem}")
        _write_metrics(out, {run.configuration: run.means()})
    return 0


# ---------------------------------------------------------------- the suites


def demonstration(
    suite: str, splits: Sequence[str], configurations: Sequence[str], out: Path, failures: int, *, baseline: bool
) -> bool:
    """Measure a suite; whether anything dropped against the baseline or missed its target.

    ``baseline``: make the gold sets' scores the committed baseline instead of comparing with it.
    """
    results = Results()
    with run_folder(out) as here:
        worse = _gold(splits, here, results, failures, baseline=baseline)
        if suite == "full":
            results.runs += _practice(practice_folders(), here, failures)
            _probes(here, results)
            _datasets(configurations, here, results)
            _rejection(out, results)
            for name in MEASURES:
                results.figures[f"读取：{name}"] = taken(name, out / "ingestion")
        for words in results.skipped:
            print(f"没有测量：{words}")
        write_page(out / REPORT, results, "有据评测报告")
        metrics: dict[str, dict[str, object]] = {}
        for run in results.runs:
            metrics.setdefault(run.dataset, {})[run.configuration] = run.means()
        _write_metrics(out, metrics)
    return worse or any(figure.missed for figures in results.figures.values() for figure in figures)


def practice(names: Sequence[str], out: Path, failures: int) -> int:
    """Ask the practice libraries their questions; returns the exit status."""
    with run_folder(out) as here:
        runs = _practice(names, here, failures)
        write_page(out / REPORT, Results(runs), "练习资料库")
        _write_metrics(out, {run.dataset: run.means() for run in runs})
    return 0


def _practice(names: Iterable[str], here: Folder, failures: int) -> list[Run]:
    runs = []
    for name in names:
        questions = gold_files.load(practice_folders()[name] / "questions.jsonl")
        with open_practice(here.path, name) as (assistant, library):
            runs.append(_ask(f"practice-{name}", questions, assistant, library, here))
        # What was lost in the libraries kept out is for nobody to read.
        _tell(f"practice-{name}", questions, runs[-1], 0 if name in KEPT_OUT else failures)
    return runs


def _gold(splits: Sequence[str], here: Folder, results: Results, failures: int, *, baseline: bool) -> bool:
    gold = {name: gold_files.load(gold_files.GOLD / f"{name}.jsonl") for name in splits}
    tables: dict[str, report.PerQuestion] = {}
    worse = False
    with open_assistant(here.path / "corpus-library") as (assistant, library):
        for name, questions in gold.items():
            run = _ask(f"gold-{name}", questions, assistant, library, here)
            results.runs.append(run)
            tables[name] = _tell(name, questions, run, failures)
            if not baseline:
                lines, dropped = report.compare(name, tables[name])
                print("  相对基线:", *lines, sep="\n")
                worse |= dropped
    if baseline:
        report.write_baseline(tables)
        print(f"\n基线已写入 {report.BASELINE}")
    return worse


def _ask(
    name: str, questions: Sequence[gold_files.Question], assistant: Assistant, library: Library, here: Folder
) -> Run:
    versions = sorted(version for version, _ in ground_of(library).texts.values())
    settings = {"questions": _digest(map(repr, questions)), "library": _digest(versions)}
    ask = asking(questions, assistant, library)
    return here.record(name, "default", settings, [question.id for question in questions], ask)


def _digest(words: Iterator[str] | Sequence[str]) -> str:
    return hashlib.sha256("\n".join(words).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _tell(name: str, questions: Sequence[gold_files.Question], run: Run, failures: int) -> report.PerQuestion:
    table = report.per_question(run.lines)
    print(report.table_text(f"\n{name}: {len(questions)} questions", report.summary(table)))
    print(report.kinds_text(questions, table))
    print(*report.failures(run.lines, failures), sep="\n")
    return table


def _probes(here: Folder, results: Results) -> None:
    print("\n条文探针")
    with open_assistant(here.path / "corpus-library") as (assistant, library):
        run = probe_run(assistant, library, gold_files.TODAY, here)
    results.runs.append(run)
    results.figures["条文探针"] = figures(run)
    print(*map(figure_line, results.figures["条文探针"]), sep="\n")


def _datasets(configurations: Sequence[str], here: Folder, results: Results) -> None:
    data = shared_data()
    for name, corpus in DATASETS.items():
        if data is None or not (data / name).is_dir() or not (data / corpus).is_dir():
            results.skipped.append(f"检索 {name}：没有这个数据集（YOUJU_SHARED_DATA 或 ../shared/data）")
            continue
        results.runs += retrieval(read_dataset(data / name, data / corpus), configurations, here)


def _rejection(out: Path, results: Results) -> None:
    from evals.rejection import measured

    found = measured(out)
    for name, row in found.items():
        count = row["questions"]
        results.figures[f"拒答：{name}"] = [
            Figure(figure, value, n=count if isinstance(count, int) else None)
            for figure, value in row.items()
            if isinstance(value, float)
        ]
        if isinstance(curve := row.get("curve"), list):
            results.risks[name] = curve
    if not found:
        results.skipped.append("拒答：没有 rgb、cail2019_mrc 和 stard（YOUJU_SHARED_DATA 或 ../shared/data）")


# ---------------------------------------------------------------- retrieval


def retrieval(dataset: Dataset, configurations: Sequence[str], folder: Folder) -> list[Run]:
    """Every configuration over a dataset, embedded first where it is not yet; prints the table."""
    print(f"\n{dataset.name}：{len(dataset.entries)} 个文本，{len(dataset.questions)} 个问题")
    for remark in dataset.remarks:
        print(f"  注意：{remark}")
    embedder = open_embedder(announce=print)
    with _progress(f"{dataset.name} 向量") as progress:
        collection = embedded(dataset.entries, embedder, cache_directory(), progress)
    runs = [retrieval_run(dataset, collection, name, folder) for name in configurations]
    print(*table_lines(runs), sep="\n")
    return runs


@contextmanager
def _progress(words: str) -> Iterator[Progress]:
    with tqdm(desc=words, unit="段", disable=None, leave=False) as bar:

        def tell(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield tell


def table_lines(runs: Sequence[Run]) -> list[str]:
    """The table of a dataset: means with intervals, times, and how each differs from the usual way."""
    lines = ["  " + f"{'配置':<10}" + "".join(f"{metric:>24}" for metric in TABLE) + f"{'p50 ms':>10}{'p95 ms':>10}"]
    for run in runs:
        cells = [mean_with_interval(list(run.values(metric).values())) for metric in TABLE]
        means = "".join(f"{f'{cell.mean:.3f} [{cell.low:.3f}, {cell.high:.3f}]':>24}" for cell in cells)
        took = run.means()
        times = f"{took['latency_ms_p50']:>10.1f}{took['latency_ms_p95']:>10.1f}"
        lines.append(f"  {run.configuration:<12}{means}{times}")
    basis = next((run for run in runs if run.configuration == BASIS), None)
    for run in runs if basis else ():
        if basis is not None and run is not basis:
            old, new = basis.values("ndcg@10"), run.values("ndcg@10")
            change = paired_change(old, new)
            ratio = sum(new.values()) / max(sum(old.values()), 1e-9)
            lines.append(
                f"  {run.configuration} 相对 {BASIS}：ndcg@10 {ratio:.3f} 倍，"
                f"差 {change.difference:+.3f} [{change.low:+.3f}, {change.high:+.3f}]"
            )
    return lines


def _write_metrics(out: Path, metrics: Mapping[str, object]) -> None:
    """``metrics.json``: by configuration, or by dataset and configuration where several were measured."""
    (out / "metrics.json").write_text(json.dumps(metrics, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"\n指标: {out / 'metrics.json'}\n报告: {out / REPORT}\n逐题结果: {out}/<数据集>/<配置>.jsonl")
