"""``python -m evals run`` scores the gold set, ``rejection`` refusals on other texts, ``ingestion`` how files are read."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SPLITS = ("dev", "test", "fresh")
WORSE, FAILED, INTERRUPTED = 1, 2, 130


def main(arguments: list[str] | None = None) -> int:
    """Entry point; returns the exit status: 1 when a metric dropped or has no baseline, 2 when nothing was measured."""
    options = _parser().parse_args(arguments)
    from evals.corpus import CorpusError
    from evals.dataset import GoldError
    from evals.report import BaselineError
    from ingest.errors import YoujuError

    try:
        status = VERBS[options.verb](options)
        sys.stdout.flush()
        return status
    except (GoldError, CorpusError, BaselineError, YoujuError) as error:
        print(f"评测没有进行：{error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("评测已中断，没有结果。", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the tables has seen enough; what is left must not be written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals", description="离线评测")
    verbs = parser.add_subparsers(dest="verb", required=True)
    run = verbs.add_parser("run", help="在 corpus/ 上跑金标问题集，与基线比较")
    run.add_argument(
        "--split", choices=(*SPLITS, "all"), default="all", help="调参只看 dev 和 fresh 的单号，其余只用来报告"
    )
    run.add_argument("--out", type=Path, default=ROOT / "reports", help="逐题结果写到这里")
    run.add_argument("--write-baseline", action="store_true", help="把这次的结果作为新的基线")
    run.add_argument("--failures", type=int, default=12, help="每个部分列出多少道失分的题")
    bench = verbs.add_parser("bench", help="速度与内存，按同一次运行内的比值")
    bench.add_argument("--out", type=Path, default=ROOT / "reports", help="结果写到这里")
    ingestion = verbs.add_parser("ingestion", help="读取与结构识别的质量；缺少的数据会写明，不算通过")
    ingestion.add_argument("names", nargs="*", metavar="NAME", help="只测这几项（不写为全部）")
    ingestion.add_argument("--out", type=Path, default=ROOT / "reports" / "ingestion", help="明细写到这里")
    refusing = verbs.add_parser("rejection", help="在 rgb 和 cail2019_mrc 上测没有依据时是否拒答；缺少的数据会写明")
    refusing.add_argument("--out", type=Path, default=ROOT / "reports", help="曲线与逐题结果写到这里")
    fitting = verbs.add_parser("fit", help="用开发题重新拟合选句和拒答的权重，打印出来")
    fitting.add_argument("--out", type=Path, default=ROOT / "reports", help="评测用的资料库在这里")
    return parser


def _ingestion(options: argparse.Namespace) -> int:
    from evals.ingestion.measure import MEASURES, run

    if unknown := [name for name in options.names if name not in MEASURES]:
        print(f"没有这样的测量：{'、'.join(unknown)}。可用的有：{'、'.join(MEASURES)}。", file=sys.stderr)
        return FAILED
    return 0 if run(options.names, options.out) else WORSE


def _rejection(options: argparse.Namespace) -> int:
    from evals.rejection import rejection

    return rejection(options.out)


def _fit(options: argparse.Namespace) -> int:
    from evals.corpus import open_assistant
    from evals.fit import fit

    with open_assistant(options.out / "corpus-library") as (_, library):
        fit(library)
    return 0


def _bench(options: argparse.Namespace) -> int:
    from evals.bench import bench

    return bench(options.out)


def _run(options: argparse.Namespace) -> int:
    from evals import report
    from evals.corpus import open_assistant
    from evals.dataset import GOLD, load
    from evals.gold_run import run

    names = SPLITS if options.split == "all" else (options.split,)
    gold = {name: load(GOLD / f"{name}.jsonl") for name in names}
    tables: dict[str, report.PerQuestion] = {}
    worse = False
    with open_assistant(options.out / "corpus-library") as (assistant, library):
        for name, questions in gold.items():
            outcomes = list(run(questions, assistant, library))
            report.write_lines(options.out / f"gold-{name}.jsonl", outcomes)
            tables[name] = report.per_question(outcomes)
            print(report.table_text(f"\n{name}: {len(questions)} questions", report.summary(tables[name])))
            print(report.kinds_text(questions, tables[name]))
            print(*report.failures(outcomes, options.failures), sep="\n")
            if not options.write_baseline:
                lines, dropped = report.compare(name, tables[name])
                print("  相对基线:", *lines, sep="\n")
                worse |= dropped
    if options.write_baseline:
        report.write_baseline(tables)
        print(f"\n基线已写入 {report.BASELINE}")
    print(f"\n逐题结果: {options.out}")
    return WORSE if worse else 0


VERBS = {"run": _run, "bench": _bench, "ingestion": _ingestion, "rejection": _rejection, "fit": _fit}

if __name__ == "__main__":
    sys.exit(main())
