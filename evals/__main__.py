"""``python -m evals run`` scores the gold set; ``python -m evals bench`` measures speed as ratios."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def main(arguments: list[str] | None = None) -> int:
    """Entry point; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m evals", description="离线评测")
    verbs = parser.add_subparsers(dest="verb", required=True)
    run = verbs.add_parser("run", help="在 corpus/ 上跑金标问题集，与基线比较")
    run.add_argument("--split", choices=("dev", "test", "both"), default="both")
    run.add_argument("--out", type=Path, default=ROOT / "reports", help="逐题结果写到这里")
    run.add_argument("--write-baseline", action="store_true", help="把这次的结果作为新的基线")
    run.add_argument("--failures", type=int, default=12, help="每个部分列出多少道失分的题")
    bench = verbs.add_parser("bench", help="速度与内存，按同一次运行内的比值")
    bench.add_argument("--out", type=Path, default=ROOT / "reports")
    options = parser.parse_args(arguments)
    if options.verb == "bench":
        from evals.bench import bench as run_bench

        return run_bench(options.out)
    return _run(options)


def _run(options: argparse.Namespace) -> int:
    from evals import report
    from evals.corpus import open_assistant
    from evals.dataset import GOLD, load
    from evals.gold_run import run

    names = ("dev", "test") if options.split == "both" else (options.split,)
    tables: dict[str, report.PerQuestion] = {}
    worse = False
    with open_assistant(options.out / "corpus-library") as (assistant, library):
        for name in names:
            questions = load(GOLD / f"{name}.jsonl")
            outcomes = list(run(questions, assistant, library))
            report.write_lines(options.out / f"gold-{name}.jsonl", outcomes)
            tables[name] = report.per_question(outcomes)
            print(report.table_text(f"\n{name}: {len(questions)} questions", report.summary(tables[name])))
            print("\n".join(report.failures(outcomes, options.failures)))
            if not options.write_baseline:
                lines, dropped = report.compare(name, tables[name])
                print("相对基线:", *lines, sep="\n")
                worse |= dropped
    if options.write_baseline:
        report.write_baseline(tables)
    print(f"\n逐题结果: {options.out}")
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
