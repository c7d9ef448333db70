"""``youju eval``, or ``python -m evals``: how good answers, retrieval, reading and speed are, measured offline."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.arguments import ExtraCommand, Grammar

SPLITS = ("dev", "test", "fresh")
WORSE, FAILED, INTERRUPTED = 1, 2, 130
EXIT_CODES = """\
退出码：
  0  完成
  1  有指标显著下降、没有达到目标，或没有基线
  2  没有进行：输入有误或读不出来
  130  被 Ctrl-C 中断（再次运行会接着做）
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point; returns the exit status: 1 when a metric dropped or has no baseline, 2 when nothing was measured."""
    options = _grammar().parse_args(arguments)
    from evals.beir import DatasetError
    from evals.corpus import CorpusError
    from evals.dataset import GoldError
    from evals.report import BaselineError
    from evals.runs import RunError
    from evals.spreadsheet import SheetError
    from ingest.errors import YoujuError

    try:
        status = VERBS[options.verb](options)
        sys.stdout.flush()
        return status
    except (DatasetError, GoldError, CorpusError, BaselineError, RunError, SheetError, YoujuError) as error:
        print(f"评测没有进行：{error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("评测已中断。再次运行同样的命令会接着做。", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the tables has seen enough; what is left must not be written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _grammar() -> Grammar:
    parser = Grammar(prog="youju eval", description=f"{EVAL.words}。", epilog=EXIT_CODES)
    verbs = parser.add_subparsers(dest="verb", title="操作", metavar="操作", parser_class=Grammar, required=True)
    _run_grammar(_verb(verbs, "run", "测回答与检索的质量，写出逐题结果、metrics.json 和网页报告"))
    comparing = _verb(verbs, "compare", "逐题比较两次评测，有显著下降时退出码为 1")
    for name, which in (("first", "前"), ("second", "后")):
        comparing.add_argument(name, type=Path, metavar=which, help=f"{which}一次：评测的目录，或其中一个 .jsonl 文件")
    importing = _verb(
        verbs, "import", "把问题表（问题、应引来源、条款、原文、日期、应拒答）做成问题文件，供 run --gold 使用"
    )
    importing.add_argument("sheet", type=Path, metavar="表格", help=".xlsx 或 .csv；有问题的行列会全部列出")
    importing.add_argument("--library", type=Path, metavar="目录", help="资料库：按条款取出原文，并核对来源都在库里")
    importing.add_argument("--out", type=Path, metavar="目录", required=True, help="问题文件写到这里")
    bench = _verb(verbs, "bench", "速度与内存，按同一次运行内的比值")
    _out(bench, Path("reports"), "结果写到这里")
    scale = _verb(verbs, "scale", "资料库变大时的用时和内存")
    scale.add_argument("--sizes", nargs="+", type=int, metavar="片段数", help="默认 10000 100000 1000000")
    scale.add_argument("--vectors", type=Path, metavar="文件", help="stard 各条的向量（.npy）；不写则取自 corpus/")
    _out(scale, Path("reports") / "scale", "资料库和结果写到这里，再次运行会接着做")
    ingestion = _verb(verbs, "ingestion", "读取与结构识别的质量；缺少的数据会写明，不算通过")
    ingestion.add_argument("names", nargs="*", metavar="名称", help="只测这几项（不写为全部）")
    _out(ingestion, Path("reports") / "ingestion", "明细写到这里")
    refusing = _verb(
        verbs, "rejection", "在 rgb、cail2019_mrc 和抽走了法律的 stard 上测没有依据时是否拒答；缺少的数据会写明"
    )
    _out(refusing, Path("reports"), "曲线与逐题结果写到这里")
    checker = _verb(verbs, "checker", "核对写成的句子：真句放过多少，改错的句子拦下多少")
    _out(checker, Path("reports"), "逐句结果写到这里")
    checker.add_argument("--write-baseline", action="store_true", help="把这次的结果作为新的基线")
    checker.add_argument("--failures", type=int, default=2, metavar="句数", help="每类列出多少句判错的，默认 2")
    practice = _verb(verbs, "practice", "用练习资料库（evals/practice）测回答的质量：各库自成一体，问法更口语")
    practice.add_argument("names", nargs="*", metavar="名称", help="只测这几个（不写为全部）")
    _out(practice, Path("reports"), "资料库和结果写到这里")
    practice.add_argument("--failures", type=int, default=12, metavar="题数", help="每个库列出多少道失分的题，默认 12")
    _out(
        _verb(verbs, "fit", "用开发题和练习资料库重新拟合选句和拒答的权重，打印出来"),
        Path("reports"),
        "评测用的资料库在这里",
    )
    for name, words in (
        ("fit-questions", "用 BEIR 格式的问题集、开发题和练习题拟合问题的编码，写入 ingest/tuning.npz"),
        ("fit-statutes", "用 BEIR 格式的问题集拟合法条的排序，写入 app/ranking/statutes.json"),
    ):
        fits = _verb(verbs, name, words)
        fits.add_argument(
            "--beir", type=Path, required=True, metavar="目录", help="corpus、queries、qrels 所在的文件夹"
        )
        fits.add_argument("--held-out", action="store_true", help="只报告没有参与拟合的题的成绩，不写文件")
    return parser


def _verb(verbs: Any, name: str, words: str) -> Grammar:
    verb: Grammar = verbs.add_parser(name, help=words, description=f"{words}。", epilog=EXIT_CODES)
    return verb


def _out(verb: Grammar, default: Path, words: str) -> None:
    verb.add_argument("--out", type=Path, metavar="目录", default=default, help=f"{words}，默认 {default}")


def _run_grammar(verb: Grammar) -> None:
    verb.add_argument(
        "--suite",
        choices=("fast", "full"),
        default="fast",
        metavar="范围",
        help="fast：金标问题集，与基线比较（默认）；full：另加检索数据集、条文探针、拒答和读取，需要几十分钟",
    )
    verb.add_argument(
        "--gold", type=Path, metavar="文件", help="测这个问题文件（见 youju eval import），与 --library 同用"
    )
    verb.add_argument("--library", type=Path, metavar="目录", help="--gold 的问题问哪个资料库，默认是设置里的资料库")
    verb.add_argument(
        "--beir", type=Path, metavar="目录", help="测这个文件夹：corpus.jsonl[.gz]、queries.jsonl、qrels.tsv"
    )
    verb.add_argument("--corpus", type=Path, metavar="目录", help="corpus.jsonl[.gz] 在另一个文件夹时，与 --beir 同用")
    verb.add_argument(
        "--config", nargs="+", metavar="配置", help="检索配置，默认全部：bm25 dense fusion default thorough"
    )
    verb.add_argument(
        "--split",
        choices=(*SPLITS, "all"),
        default="all",
        metavar="部分",
        help="金标问题集的哪一部分：dev、test、fresh 或 all。调参只看 dev 和 fresh 的单号，其余只用来报告",
    )
    _out(verb, Path("reports"), "结果写到这里")
    verb.add_argument("--write-baseline", action="store_true", help="把这次的结果作为新的基线")
    verb.add_argument("--failures", type=int, default=12, metavar="题数", help="每个部分列出多少道失分的题，默认 12")


def _import(options: Namespace) -> int:
    from app.settings import load_settings
    from evals.spreadsheet import import_sheet

    settings = load_settings({"library": options.library}, config=None) if options.library else None
    path = import_sheet(options.sheet, options.out, settings)
    where = f" --library {options.library}" if options.library else ""
    print(f"接着运行：youju eval run --gold {path}{where} --out {options.out}")
    return 0


def _compare(options: Namespace) -> int:
    from evals.comparison import compare

    return WORSE if compare(options.first, options.second) else 0


def _ingestion(options: Namespace) -> int:
    from evals.ingestion.measure import MEASURES, run

    if unknown := [name for name in options.names if name not in MEASURES]:
        return _unknown("测量", unknown, MEASURES)
    return 0 if run(options.names, options.out) else WORSE


def _unknown(what: str, names: Sequence[str], known: Mapping[str, object]) -> int:
    print(f"没有这样的{what}：{'、'.join(names)}。可用的有：{'、'.join(known)}。", file=sys.stderr)
    return FAILED


def _rejection(options: Namespace) -> int:
    from evals.rejection import rejection

    return rejection(options.out)


def _checker(options: Namespace) -> int:
    from evals.checker import checker

    return WORSE if checker(options.out, options.failures, write_baseline=options.write_baseline) else 0


def _practice(options: Namespace) -> int:
    from evals import suite
    from evals.corpus import practice

    if unknown := [name for name in options.names if name not in practice()]:
        return _unknown("练习资料库", unknown, practice())
    return suite.practice(options.names or list(practice()), options.out, options.failures)


def _fit(options: Namespace) -> int:
    from evals.fit import fit

    fit(options.out)
    return 0


def _fit_statutes(options: Namespace) -> int:
    from evals.fit_questions import Material, held_out
    from evals.fit_statutes import fit

    material = Material.of(options.beir)
    _, vectors = held_out(material)
    known = [replace(one, vector=vector) for one, vector in zip(material.known, vectors, strict=False)]
    fit(options.beir, material.collection, known, measure=options.held_out)
    return 0


def _fit_questions(options: Namespace) -> int:
    from evals.fit_questions import fit

    fit(options.beir, measure=options.held_out)
    return 0


def _bench(options: Namespace) -> int:
    from evals.bench import bench

    return bench(options.out)


def _scale(options: Namespace) -> int:
    from evals.scale import SIZES, scale

    options.out.mkdir(parents=True, exist_ok=True)
    return 0 if scale(options.out, options.sizes or SIZES, options.vectors) else WORSE


def _run(options: Namespace) -> int:
    from evals.retrievers import CONFIGURATIONS

    if unknown := [name for name in options.config or () if name not in CONFIGURATIONS]:
        return _unknown("配置", unknown, CONFIGURATIONS)
    from evals import suite

    configurations = options.config or list(CONFIGURATIONS)
    if options.beir is not None:
        return suite.beir(options.beir, options.corpus, configurations, options.out)
    if options.gold is not None:
        from app.settings import load_settings

        settings = load_settings({"library": options.library}, config=None)
        return suite.own(options.gold, settings, options.out, options.failures)
    splits = SPLITS if options.split == "all" else (options.split,)
    worse = suite.demonstration(
        options.suite, splits, configurations, options.out, options.failures, baseline=options.write_baseline
    )
    return WORSE if worse else 0


VERBS: Mapping[str, Callable[[Namespace], int]] = {
    "run": _run,
    "compare": _compare,
    "import": _import,
    "bench": _bench,
    "scale": _scale,
    "ingestion": _ingestion,
    "rejection": _rejection,
    "checker": _checker,
    "practice": _practice,
    "fit": _fit,
    "fit-questions": _fit_questions,
    "fit-statutes": _fit_statutes,
}
EVAL = ExtraCommand("离线评测：回答、检索、读取和速度", main)
"""The command, as the entry point ``youju.commands`` names it."""

if __name__ == "__main__":
    sys.exit(main())
