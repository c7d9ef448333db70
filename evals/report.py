"""The tables of the gold sets that a person reads, and the committed baseline."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from evals.dataset import KINDS, Question
from evals.metrics import Score, mean_with_interval, paired_change
from evals.runs import Line

BASELINE = Path(__file__).parent / "baseline.json"
ORDER = (
    "recall@5",
    "recall@10",
    "mrr",
    "citation_recall",
    "citation_precision",
    "verbatim",
    "edition",
    "count",
    "refusal_recall",
    "refusal_precision",
    "answered",
)
BY_KIND = ("recall@5", "citation_recall", "citation_precision", "edition", "count", "answered", "refusal_recall")

PerQuestion = dict[str, dict[str, float]]  # metric → question id → score


class BaselineError(Exception):
    """The committed baseline cannot be read."""


def per_question(lines: Iterable[Line]) -> PerQuestion:
    """Scores by metric and question."""
    table: PerQuestion = {metric: {} for metric in ORDER}
    for line in lines:
        for metric, value in line.scores.items():
            table[metric][line.id] = value
    return table


def summary(table: PerQuestion) -> dict[str, Score]:
    """Mean and interval of every metric."""
    return {metric: mean_with_interval(list(table[metric].values())) for metric in ORDER}


def table_text(title: str, scores: Mapping[str, Score]) -> str:
    """A plain table for the terminal."""
    lines = [title, f"  {'metric':<20}{'mean':>8}{'95 % interval':>18}{'n':>6}"]
    for metric, score in scores.items():
        interval = f"[{score.low:.3f}, {score.high:.3f}]"
        lines.append(
            f"  {metric:<20}{score.mean:>8.3f}{interval:>18}{score.n:>6}" if score.n else f"  {metric:<20}{'–':>8}"
        )
    return "\n".join(lines)


def kinds_text(questions: Sequence[Question], table: PerQuestion) -> str:
    """The metrics by kind of question; those without a basis apart by whether they come near one."""
    groups = [(kind, [q.id for q in questions if q.kind == kind]) for kind in KINDS if kind != "none"]
    groups.append(("none: near", [q.id for q in questions if q.kind == "none" and q.near_miss]))
    groups.append(("none: far", [q.id for q in questions if q.kind == "none" and not q.near_miss]))
    lines = ["  by kind         n" + "".join(f"{_SHORT.get(metric, metric):>12}" for metric in BY_KIND)]
    for name, ids in groups:
        cells = [[table[metric][each] for each in ids if each in table[metric]] for metric in BY_KIND]
        means = "".join(f"{sum(cell) / len(cell):>12.3f}" if cell else f"{'–':>12}" for cell in cells)
        lines.append(f"  {name:<12}{len(ids):>5}{means}")
    return "\n".join(lines)


_SHORT = {"citation_recall": "cite_recall", "citation_precision": "cite_prec", "refusal_recall": "refused"}


# ---------------------------------------------------------------- the baseline


def read_baseline() -> dict[str, PerQuestion]:
    """The committed baseline by name of gold file; empty when there is none, BaselineError when it is broken."""
    if not BASELINE.exists():
        return {}
    try:
        return {str(name): dict(table) for name, table in json.loads(BASELINE.read_text(encoding="utf-8")).items()}
    except (ValueError, AttributeError, TypeError) as error:
        raise BaselineError(f"基线 {BASELINE} 读不出来（{error}）。请用 git 恢复它，或重新生成。") from error


def write_baseline(tables: Mapping[str, PerQuestion]) -> None:
    """Make these runs the committed baseline; what was not run stays as it was."""
    text = json.dumps({**read_baseline(), **tables}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    # One metric a line: a diff of the baseline then shows which metric moved.
    BASELINE.write_text(text.replace("},", "},\n") + "\n", encoding="utf-8")


def compare(name: str, table: PerQuestion, metrics: Iterable[str] = ORDER) -> tuple[list[str], bool]:
    """Lines that compare with the committed baseline, and whether it is missing or any metric dropped significantly.

    Compared are the questions that were asked in both runs.
    """
    baseline = read_baseline().get(name)
    if baseline is None:
        return [f"  没有 {name} 的基线：先用 --write-baseline 写一份"], True
    before, now = _asked(baseline), _asked(table)
    both = before & now
    lines, worse = [], False
    if before != now:
        lines.append(f"  题目有变动：{len(now - before)} 题新增，{len(before - now)} 题不再有，比较其余 {len(both)} 题")
    for metric in metrics:
        old, new = (
            {key: value for key, value in run.get(metric, {}).items() if key in both} for run in (baseline, table)
        )
        if not old or not new or old == new:
            continue
        change = paired_change(old, new)
        mark = "  显著下降" if change.worse else ""
        lines.append(f"  {metric:<20}{change.difference:+.3f}  [{change.low:+.3f}, {change.high:+.3f}]{mark}")
        worse |= change.worse
    return lines or ["  与基线相同"], worse


def _asked(table: PerQuestion) -> set[str]:
    return {question for values in table.values() for question in values}


def failures(lines: Sequence[Line], limit: int) -> list[str]:
    """The questions that lost the most, with the reasons."""
    bad = worst(lines)
    out = [f"  失分的题 {len(bad)} 道，列出 {min(limit, len(bad))} 道："] if bad and limit else []
    for line in bad[:limit]:
        out.append(f"  {line.id} {line.question}")
        out.extend(f"      {_one_line(remark)}" for remark in line.remarks[:4])
    return out


def worst(lines: Sequence[Line]) -> list[Line]:
    """The questions of which there is something to say, the worst first."""
    bad = [line for line in lines if line.remarks]
    return sorted(bad, key=lambda line: (min(line.scores.values(), default=1.0), line.id))


def _one_line(words: str) -> str:
    return " ".join(words.split())
