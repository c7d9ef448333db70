"""The report of a run: one file with its plots and tables inside, opened without a server or a network."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from evals import plots
from evals.ingestion.measure import Figure
from evals.metrics import Score, mean_with_interval, paired_change, percentile, permutation_p
from evals.report import ORDER, worst
from evals.runs import Line, Run, program

BASIS = "fusion"
"""The usual way, that other configurations are compared with where it was run too."""
FAILURES = 12
_RECALL = re.compile(r"recall@(\d+)$")


@dataclass
class Results:
    """What a run gave: by question, as single figures by name of their measure, and what could not be measured."""

    runs: list[Run] = field(default_factory=list)
    figures: dict[str, Sequence[Figure]] = field(default_factory=dict)
    risks: dict[str, Sequence[tuple[float, float]]] = field(default_factory=dict)  # of refusing, by dataset
    skipped: list[str] = field(default_factory=list)


def write_page(path: Path, results: Results, title: str) -> None:
    """Write the report."""
    parts = [f"<h1>{escape(title)}</h1>", f"<p class=small>程序摘要 {program()}；区间为 95% 自助法区间。</p>"]
    if results.skipped:
        items = "".join(f"<li>{escape(words)}</li>" for words in results.skipped)
        parts.append(
            f"<section class=skipped><h2>没有测量</h2><p>以下各项没有测量，不算通过：</p><ul>{items}</ul></section>"
        )
    for dataset in dict.fromkeys(run.dataset for run in results.runs):
        parts += _dataset(dataset, [run for run in results.runs if run.dataset == dataset])
    if results.risks:
        plot = f"<figure>{plots.risks(results.risks)}<figcaption>风险与覆盖曲线</figcaption></figure>"
        parts += ["<section><h2>拒答：答得越多，答错的份额</h2>", plot, "</section>"]
    for name, figures in results.figures.items():
        parts += [f"<section><h2>{escape(name)}</h2>", _figures(figures), "</section>"]
    head = f"<!doctype html><html lang=zh-CN><meta charset=utf-8><title>{escape(title)}</title><style>{STYLE}</style>"
    path.write_text(head + "<main>" + "\n".join(parts) + "</main></html>\n", encoding="utf-8")


def _dataset(name: str, runs: Sequence[Run]) -> Iterable[str]:
    metrics = _in_order(list(dict.fromkeys(metric for run in runs for metric in run.metrics)))
    scores = {run.configuration: _scores(run, metrics) for run in runs}
    yield f"<section><h2>{escape(name)}</h2><p>{len(runs[0].lines)} 个问题</p>"
    yield _means(metrics, scores, runs)
    yield f"<figure>{plots.bars(_chosen(metrics), scores)}<figcaption>各项指标</figcaption></figure>"
    yield "<div class=pair>"
    if len(cuts := [metric for metric in metrics if _RECALL.match(metric)]) > 2:
        curves = {run.configuration: [(_cut(cut), scores[run.configuration][cut].mean) for cut in cuts] for run in runs}
        yield f"<figure>{plots.recall_curves(curves)}<figcaption>召回率曲线</figcaption></figure>"
    times = {run.configuration: [line.ms for line in run.lines] for run in runs}
    yield f"<figure>{plots.latencies(times)}<figcaption>每题用时（虚线为第 95 百分位）</figcaption></figure></div>"
    basis = next((run for run in runs if run.configuration == BASIS), None)
    if basis and len(runs) > 1:
        yield _differences(basis, [run for run in runs if run is not basis], _chosen(metrics))
    for run in runs:
        yield _kinds(run, _chosen(metrics))
    yield _failures(next((run for run in runs if run.configuration == "default"), runs[-1]))
    yield "</section>"


def _in_order(metrics: Sequence[str]) -> list[str]:
    """The metrics of answers as the terminal has them: questions that lack some come in any order."""
    return [metric for metric in ORDER if metric in metrics] if set(metrics) <= set(ORDER) else list(metrics)


def _scores(run: Run, metrics: Sequence[str]) -> dict[str, Score]:
    return {metric: mean_with_interval(list(run.values(metric).values())) for metric in metrics}


def _chosen(metrics: Sequence[str]) -> list[str]:
    """The metrics of a plot: of recalls at many cuts, those people compare."""
    if sum(bool(_RECALL.match(metric)) for metric in metrics) <= 3:
        return list(metrics)
    return [metric for metric in metrics if metric not in ("recall@1", "recall@20", "recall@50")]


def _cut(metric: str) -> int:
    return int(metric.partition("@")[2])


# ---------------------------------------------------------------- tables


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are HTML already."""
    top = "".join(f"<th>{cell}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<div class=wide><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"


def _means(metrics: Sequence[str], scores: Mapping[str, Mapping[str, Score]], runs: Sequence[Run]) -> str:
    rows = [[escape(metric), *(_cell(scores[run.configuration][metric], run) for run in runs)] for metric in metrics]
    for share in (50, 95):
        rows.append([f"p{share} 毫秒", *(f"{percentile([line.ms for line in run.lines], share):.1f}" for run in runs)])
    return _table(["指标", *(escape(run.configuration) for run in runs)], rows)


def _cell(score: Score, run: Run) -> str:
    if not score.n:
        return "–"
    count = f" n={score.n}" if score.n < len(run.lines) else ""
    return f"<b>{score.mean:.3f}</b> <span class=small>[{score.low:.3f}, {score.high:.3f}]{count}</span>"


def _differences(basis: Run, others: Sequence[Run], metrics: Sequence[str]) -> str:
    rows = [[escape(metric), *(_difference(basis, run, metric) for run in others)] for metric in metrics]
    heading = f"<h3>相对 {BASIS}（同题配对；粗体为显著，p 为置换检验）</h3>"
    return heading + _table(["指标", *(escape(run.configuration) for run in others)], rows)


def _difference(basis: Run, run: Run, metric: str) -> str:
    old, new = basis.values(metric), run.values(metric)
    change, p = paired_change(old, new), permutation_p(old, new)
    ratio = f" {sum(new.values()) / sum(old.values()):.3f} 倍" if any(old.values()) else ""
    words = f"{change.difference:+.3f}{ratio}"
    strong = f"<b>{words}</b>" if change.low > 0 or change.high < 0 else words
    return f"{strong} <span class=small>[{change.low:+.3f}, {change.high:+.3f}] p={p:.4f}</span>"


def _kinds(run: Run, metrics: Sequence[str]) -> str:
    kinds = sorted({line.kind for line in run.lines})
    if len(kinds) < 2:
        return ""
    rows = []
    for kind in kinds:
        lines = [line for line in run.lines if line.kind == kind]
        cells = [[line.scores[metric] for line in lines if metric in line.scores] for metric in metrics]
        means = [f"{sum(cell) / len(cell):.3f}" if cell else "–" for cell in cells]
        rows.append([escape(kind or "未分类"), str(len(lines)), *means])
    return f"<h3>按问题类型：{escape(run.configuration)}</h3>" + _table(["类型", "题数", *map(escape, metrics)], rows)


def _failures(run: Run) -> str:
    bad = worst(run.lines)
    if not bad:
        return ""
    shown = "".join(map(_failure, bad[:FAILURES]))
    return (
        f"<h3>失分最多的题：{escape(run.configuration)}（{len(bad)} 题中的 {min(len(bad), FAILURES)} 题）</h3>{shown}"
    )


def _failure(line: Line) -> str:
    def listed(words: str, every: Sequence[str]) -> str:
        return f"<dt>{words}</dt>" + "".join(f"<dd>{escape(one)}</dd>" for one in every) if every else ""

    body = listed("应当找到", line.wanted) + listed("实际检索到", line.found) + listed("说明", line.remarks)
    return f"<details><summary><b>{escape(line.id)}</b> {escape(line.question)}</summary><dl>{body}</dl></details>"


def _figures(figures: Sequence[Figure]) -> str:
    rows = []
    for figure in figures:
        value = "–" if figure.value is None else f"{figure.value:.4g}"
        target = "" if figure.target is None else f"{'≥' if figure.at_least else '≤'} {figure.target:g}"
        verdict = "<b class=bad>未达到</b>" if figure.missed else "未测" if figure.value is None else ""
        count = "" if figure.n is None else str(figure.n)
        rows.append([escape(figure.name), value, target, count, verdict, escape(figure.remark)])
    return _table(["项目", "数值", "目标", "数量", "", "说明"], rows)


STYLE = """
body{margin:0;background:#f6f6f4;color:#222;font:15px/1.6 system-ui,"Noto Sans CJK SC","Microsoft YaHei",sans-serif}
main{max-width:1120px;margin:0 auto;padding:24px}
section{background:#fff;border:1px solid #ddd;border-radius:6px;padding:8px 24px 20px;margin:20px 0}
.skipped{border-color:#c1693c}
h1{font-size:24px}h2{font-size:19px}h3{font-size:16px;margin:24px 0 8px}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:13px;white-space:nowrap}
th,td{border-bottom:1px solid #e4e4e0;padding:4px 10px;text-align:right;vertical-align:top}
th:first-child,td:first-child{text-align:left}th{font-weight:600;background:#fafaf8}
.small{color:#666;font-size:12px}.bad{color:#a33}
figure{margin:16px 0}figcaption{color:#666;font-size:13px}svg{max-width:100%;height:auto}
figure>svg{width:100%;max-height:340px}.pair{display:flex;flex-wrap:wrap;gap:16px}.pair figure{flex:1 1 440px}
details{border-top:1px solid #e4e4e0;padding:6px 0}summary{cursor:pointer}
dl{margin:4px 0 4px 20px;font-size:13px}dt{color:#666}dd{margin:0 0 0 16px}
"""
