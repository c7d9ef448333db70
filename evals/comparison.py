"""Two runs of the same questions, metric by metric, with paired significance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from evals.metrics import paired_change, permutation_p
from evals.runs import Run, RunError, read_runs


def compare(first: Path, second: Path) -> bool:
    """Print how the second run differs from the first; whether any metric dropped significantly.

    Each is a run's folder, of which the same datasets and configurations are compared, or one file of lines, which
    are compared whatever they are of. RunError when they have nothing in common.
    """
    pairs = _pairs(read_runs(first), read_runs(second), files=first.is_file() and second.is_file())
    if not pairs:
        raise RunError(f"{first} 与 {second} 没有相同的数据集和配置可比。要比较不同的配置，请各写到 .jsonl 文件")
    worse = False
    for old, new in pairs:
        for line, dropped in _lines(old, new):
            print(line)
            worse |= dropped
    return worse


def _pairs(first: Sequence[Run], second: Sequence[Run], *, files: bool) -> list[tuple[Run, Run]]:
    if files:
        return [(first[0], second[0])]
    there = {(run.dataset, run.configuration): run for run in first}
    return [(there[key], run) for run in second if (key := (run.dataset, run.configuration)) in there]


def _lines(old: Run, new: Run) -> Iterator[tuple[str, bool]]:
    before, now = ({line.id for line in run.lines} for run in (old, new))
    both = before & now
    names = f"{old.dataset} / {old.configuration}"
    if (other := f"{new.dataset} / {new.configuration}") != names:
        names += f" → {other}"
    yield f"\n{names}：比较 {len(both)} 题", False
    if before != now:
        yield f"  只有一方有的题不比较：前 {len(before - now)} 题，后 {len(now - before)} 题", False
    if not both:
        raise RunError(f"{names}：没有相同的题可比")
    yield f"  {'指标':<18}{'前':>8}{'后':>8}{'差':>8}{'95% 区间':>20}{'p':>9}", False
    for metric in (metric for metric in old.metrics if metric in new.metrics):
        first, second = (
            {name: value for name, value in run.values(metric).items() if name in both} for run in (old, new)
        )
        if not first or not second:
            continue
        change, p = paired_change(first, second), permutation_p(first, second)
        sure = change.low > 0 or change.high < 0
        verdict = "" if not sure else "  显著下降" if change.worse else "  显著提高"
        means = (sum(values.values()) / len(values) for values in (first, second))
        cells = "".join(f"{mean:>9.3f}" for mean in means)
        span = f"[{change.low:+.3f}, {change.high:+.3f}]"
        yield f"  {metric:<20}{cells}{change.difference:>+9.3f}{span:>22}{p:>9.4f}{verdict}", change.worse
