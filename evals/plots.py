"""The plots of the report as SVG text, glyphs drawn as paths: they look the same wherever the file is opened."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from evals.metrics import Score

FONTS = ("Noto Sans CJK SC", "Noto Sans CJK JP", "Source Han Sans SC", "WenQuanYi Zen Hei", "Microsoft YaHei", "SimHei")
FONTS_OF_LAST_RESORT = ("Noto Serif CJK SC", "Noto Serif CJK JP", "SimSun", "PingFang SC", "Arial Unicode MS")
COLOURS = ("#2f5d8a", "#c1693c", "#5b8c5a", "#8a5a9e", "#7a7a7a", "#b89b2d")
LABELS = {
    "mean": ("均值与 95% 区间", "mean, 95 % interval"),
    "recall": ("召回率", "recall"),
    "first": ("前 k 条", "first k results"),
    "share": ("问题的累计占比", "share of questions"),
    "coverage": ("作答的问题占比", "share of questions answered"),
    "risk": ("所答中不对的占比", "share of these not right"),
    "ms": ("每题毫秒（对数）", "milliseconds a question (log)"),
}


@cache
def chinese_font() -> str | None:
    """A font on this machine that has Chinese; None: labels are English then."""
    from matplotlib import font_manager

    names = set(font_manager.get_font_names())
    return next((name for name in (*FONTS, *FONTS_OF_LAST_RESORT) if name in names), None)


def _label(name: str) -> str:
    return LABELS[name][0 if chinese_font() else 1]


def bars(metrics: Sequence[str], scores: Mapping[str, Mapping[str, Score]]) -> str:
    """Metrics side by side, a bar a configuration, with its interval; ``scores``: configuration → metric → score."""
    figure, axes = _axes(max(6.0, 1.1 + len(metrics) * max(0.75, 0.3 * len(scores))), 3.2)
    width = 0.8 / max(1, len(scores))
    for place, (name, row) in enumerate(scores.items()):
        shown = [(n, row[metric]) for n, metric in enumerate(metrics) if metric in row and row[metric].n]
        axes.bar(
            [n + (place - (len(scores) - 1) / 2) * width for n, _ in shown],
            [score.mean for _, score in shown],
            width * 0.92,
            yerr=[[s.mean - s.low for _, s in shown], [s.high - s.mean for _, s in shown]],
            color=COLOURS[place % len(COLOURS)],
            error_kw={"elinewidth": 1, "capsize": 2, "ecolor": "#333333"},
            label=name,
        )
    axes.set_xticks(
        range(len(metrics)),
        metrics,
        rotation=20 if len(metrics) > 6 else 0,
        ha="right" if len(metrics) > 6 else "center",
    )
    axes.set_ylim(0, 1.05)
    axes.set_ylabel(_label("mean"))
    _legend(axes, len(scores))
    return _svg(figure)


def recall_curves(points: Mapping[str, Sequence[tuple[int, float]]]) -> str:
    """Recall by the number of results looked at; ``points``: configuration → (k, recall)."""
    figure, axes = _axes(5.6, 3.2)
    for place, (name, curve) in enumerate(points.items()):
        axes.plot(
            *zip(*curve, strict=True), marker="o", markersize=3.5, color=COLOURS[place % len(COLOURS)], label=name
        )
    cuts = [k for k, _ in next(iter(points.values()))]
    axes.set_xscale("log")
    axes.set_xticks(cuts, [str(k) for k in cuts])
    axes.minorticks_off()
    axes.set_ylim(0, 1.05)
    axes.set_xlabel(_label("first"))
    axes.set_ylabel(_label("recall"))
    _legend(axes, len(points))
    return _svg(figure)


def risks(curves: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    """What is not right of what is answered, as more is answered; ``curves``: dataset → (coverage, risk)."""
    figure, axes = _axes(5.6, 3.2)
    for place, (name, curve) in enumerate(curves.items()):
        axes.plot(*zip(*curve, strict=True), color=COLOURS[place % len(COLOURS)], label=name)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.05)
    axes.set_xlabel(_label("coverage"))
    axes.set_ylabel(_label("risk"))
    _legend(axes, len(curves))
    return _svg(figure)


def latencies(times: Mapping[str, Sequence[float]]) -> str:
    """How large a share of the questions took how long; ``times``: configuration → milliseconds."""
    figure, axes = _axes(5.6, 3.2)
    for place, (name, values) in enumerate(times.items()):
        ordered = sorted(max(value, 0.01) for value in values)
        shares = [(n + 1) / len(ordered) for n in range(len(ordered))]
        axes.plot(ordered, shares, drawstyle="steps-post", color=COLOURS[place % len(COLOURS)], label=name)
    least, most = (end(value for values in times.values() for value in values) for end in (min, max))
    ticks = [step * 10.0**power for power in range(-2, 6) for step in (1, 2, 5)]
    axes.set_xscale("log")
    axes.set_xticks(shown := [tick for tick in ticks if least / 2 <= tick <= most * 2], [f"{tick:g}" for tick in shown])
    axes.minorticks_off()
    axes.axhline(0.95, color="#999999", linewidth=0.8, linestyle=":")
    axes.set_ylim(0, 1.05)
    axes.set_xlabel(_label("ms"))
    axes.set_ylabel(_label("share"))
    _legend(axes, len(times))
    return _svg(figure)


def _axes(width: float, height: float) -> tuple[Any, Any]:
    import matplotlib
    from matplotlib.figure import Figure

    matplotlib.rcParams["svg.fonttype"] = "path"
    matplotlib.rcParams["svg.hashsalt"] = "youju"  # the same figures give the same file
    if font := chinese_font():
        matplotlib.rcParams["font.family"] = [font]
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    return figure, axes


def _legend(axes: Any, count: int) -> None:
    if count > 1:
        axes.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1.0, 1.0))


def _svg(figure: Any) -> str:
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    # Inside a page an SVG has no prologue of its own, and scales with the column.
    text = buffer.getvalue()
    return re.sub(r'<svg (.*?)width="[^"]*"', r"<svg \1", text[text.index("<svg") :], count=1, flags=re.S)
