"""What ``youju eval run`` takes, dataset by dataset, into one run's folder."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tqdm import tqdm

from evals.beir import Dataset, read_dataset
from evals.embedded import Progress, cache_directory, embedded
from evals.metrics import mean_with_interval, paired_change
from evals.retrieval_run import retrieval_run
from evals.runs import Folder, Run, run_folder
from ingest.embed import open_embedder

BASIS = "fusion"
"""The usual way, that other configurations are compared with where it was run too."""
TABLE = ("ndcg@10", "recall@5", "recall@100", "mrr@10")


def beir(folder: Path, corpus: Path | None, configurations: Sequence[str], out: Path) -> int:
    """Measure these configurations on a folder in BEIR layout; returns the exit status."""
    dataset = read_dataset(folder, corpus)
    with run_folder(out) as here:
        runs = retrieval(dataset, configurations, here)
    write_metrics(out, {run.configuration: run.means() for run in runs})
    print(f"\n结果: {out / 'metrics.json'}")
    return 0


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


def write_metrics(out: Path, metrics: Mapping[str, object]) -> None:
    """``metrics.json``: by configuration, or by dataset and configuration where several were measured."""
    (out / "metrics.json").write_text(json.dumps(metrics, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
