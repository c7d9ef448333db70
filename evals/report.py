"""The table a person reads, the per-question lines a program reads, and the committed baseline."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from evals.gold_run import Outcome
from evals.metrics import Score, mean_with_interval, paired_change

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
)

PerQuestion = dict[str, dict[str, float]]  # metric → question id → score


def per_question(outcomes: Iterable[Outcome]) -> PerQuestion:
    """Scores by metric and question."""
    table: PerQuestion = {metric: {} for metric in ORDER}
    for outcome in outcomes:
        for metric, value in outcome.scores.items():
            table[metric][outcome.question.id] = value
    return table


def summary(table: PerQuestion) -> dict[str, Score]:
    """Mean and interval of every metric."""
    return {metric: mean_with_interval(list(values.values())) for metric, values in table.items()}


def table_text(title: str, scores: Mapping[str, Score]) -> str:
    """A plain table for the terminal."""
    lines = [title, f"  {'metric':<20}{'mean':>8}{'95 % interval':>18}{'n':>6}"]
    for metric, score in scores.items():
        interval = f"[{score.low:.3f}, {score.high:.3f}]"
        lines.append(
            f"  {metric:<20}{score.mean:>8.3f}{interval:>18}{score.n:>6}" if score.n else f"  {metric:<20}{'–':>8}"
        )
    return "\n".join(lines)


def write_lines(path: Path, outcomes: Iterable[Outcome]) -> None:
    """One JSON line per question: what was asked, answered, cited, and the scores."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        for outcome in outcomes:
            answer = outcome.answer
            row = {
                "id": outcome.question.id,
                "kind": outcome.question.kind,
                "question": outcome.question.text,
                "as_of": outcome.question.as_of.isoformat(),
                "status": answer.status,
                "reason": answer.reason.code if answer.reason else None,
                "text": answer.text,
                "cited": [c.evidence.locator_text for c in answer.citations if c.evidence is not None],
                "scores": outcome.scores,
                "remarks": outcome.remarks,
            }
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def compare(name: str, table: PerQuestion) -> tuple[list[str], bool]:
    """Lines that compare with the committed baseline, and whether any metric dropped significantly."""
    if not BASELINE.exists():
        return ["没有基线：先运行 python -m evals run --write-baseline"], True
    baseline = json.loads(BASELINE.read_text(encoding="utf-8")).get(name, {})
    lines, worse = [], False
    for metric in ORDER:
        old = baseline.get(metric, {})
        if not old or not table[metric]:
            continue
        change = paired_change(old, table[metric])
        if change.difference or change.n != len(old):
            mark = "  显著下降" if change.worse else ""
            lines.append(f"  {metric:<20}{change.difference:+.3f}  [{change.low:+.3f}, {change.high:+.3f}]{mark}")
        worse |= change.worse
    return lines or ["  与基线相同"], worse


def write_baseline(tables: Mapping[str, PerQuestion]) -> None:
    """Make these runs the committed baseline."""
    text = json.dumps(tables, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    # One metric a line: a diff of the baseline then shows which metric moved.
    BASELINE.write_text(text.replace("},", "},\n") + "\n", encoding="utf-8")


def failures(outcomes: Sequence[Outcome], limit: int) -> list[str]:
    """The questions that lost the most, with the reasons."""
    bad = [outcome for outcome in outcomes if outcome.remarks]
    bad.sort(key=lambda outcome: (min(outcome.scores.values(), default=1.0), outcome.question.id))
    lines = []
    for outcome in bad[:limit]:
        lines.append(f"  {outcome.question.id} {outcome.question.text}")
        lines.extend(f"      {remark}" for remark in outcome.remarks[:4])
    return lines
