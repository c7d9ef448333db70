"""The command line's grammar, in Chinese. Standard library only: `youju --help` must answer at once."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

from ingest.document import DocumentKind, EditionState

KIND_NAMES = {
    "制度": DocumentKind.REGULATION,
    "制度文件": DocumentKind.REGULATION,
    "会议": DocumentKind.MEETING,
    "讲话": DocumentKind.SPEECH,
    "台账": DocumentKind.LEDGER,
    "其他": DocumentKind.OTHER,
}

FIELD_NAMES = {
    "title": "标题",
    "kind": "类型",
    "date": "日期",
    "issuer": "发文机关",
    "number": "文号",
    "unit": "单位",
    "work": "所属制度",
    "edition": "版本",
    "published": "公布日期",
    "effective_from": "施行日期",
    "effective_to": "失效日期",
    "declared_status": "标明的状态",
    "readers": "可见范围",
}
"""The fields that can be corrected, by the names of their options (--effective-from …)."""
DAYS = frozenset({"date", "published", "effective_from", "effective_to"})

EXIT_CODES = """\
退出码：
  0  完成（没有依据而拒答也是完成）
  1  入库时有文件没有成功；或 doctor 发现了问题
  2  输入有误，或没有找到
  3  与资料库的状态冲突（例如索引由另一个模型建成，需要 youju rebuild）
  4  资料库正被占用而对方没有应答，或端口已被占用
  5  引擎（模型、向量库、词项索引）出错
  130  被 Ctrl-C 中断（已入库的不会丢失，再次运行会接着做）
"""
DESCRIPTION = "有据：每一句回答都有可打开的依据。"


@dataclass(frozen=True, slots=True)
class ExtraCommand:
    """A command of `youju` that another package brings: its line of help, and what runs it with the words after it."""

    words: str
    run: Callable[[Sequence[str]], int]


class Grammar(argparse.ArgumentParser):
    """argparse, speaking Chinese."""

    def __init__(self, *args: Any, **options: Any) -> None:
        # No abbreviations: a script written today must not change its meaning when an option is added.
        super().__init__(*args, **{"formatter_class": Layout, "allow_abbrev": False, **options, "add_help": False})
        self._positionals.title, self._optionals.title = "参数", "选项"
        self.add_argument("-h", "--help", action="help", help="显示本说明")

    def error(self, message: str) -> NoReturn:
        """Say in Chinese what is wrong with the command, and leave with 2."""
        print(f"youju：{chinese(message)}", file=sys.stderr)  # noqa: T201 - the command line's own voice
        print(f"用法见：{self.prog} --help", file=sys.stderr)  # noqa: T201
        raise SystemExit(2)


class Layout(argparse.RawDescriptionHelpFormatter):
    """Help with its heading in Chinese."""

    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[Any],
        prefix: str | None = None,
    ) -> None:
        """The usage line."""
        super().add_usage(usage, actions, groups, "用法：" if prefix is None else prefix)


# argparse's own sentences → Chinese. `(?s)`: a value may contain line breaks.
SENTENCES: Sequence[tuple[str, str]] = (
    (r"the following arguments are required: (.*)", r"缺少参数：\1"),
    (r"unrecognized arguments: (.*)", r"不认识的参数：\1"),
    (r"argument (.*?): expected one argument", r"\1 后面要写一个值"),
    (r"argument (.*?): expected at least one argument", r"\1 后面至少要写一个值"),
    (r"argument (.*?): ignored explicit argument (.*)", r"\1 不带值（给了 \2）"),
    (r"argument (.*?): invalid choice: (.*) \(choose from (.*)\)", r"\1 不能是 \2，可选：\3"),
    (r"argument (.*?): not allowed with argument (.*)", r"\1 不能与 \2 同时使用"),
    (r"argument (.*?): (.*)", r"\1：\2"),  # our own sentences, from the types below
)


def chinese(message: str) -> str:
    """An error of argparse in Chinese."""
    for pattern, words in SENTENCES:
        if re.fullmatch(f"(?s){pattern}", message):
            return re.sub(f"(?s)^{pattern}$", words, message)
    return message


# ---------------------------------------------------------------- types


def day(text: str) -> date:
    """A date written 2024-07-01."""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise argparse.ArgumentTypeError(f"“{text}”不是有效的日期，应写成 2024-07-01 这样的年-月-日")


def kind(text: str) -> DocumentKind:
    """A kind of document, by its Chinese or English name."""
    if text in KIND_NAMES:
        return KIND_NAMES[text]
    try:
        return DocumentKind(text)
    except ValueError:
        names = "、".join(["制度", "会议", "讲话", "台账", "其他", *DocumentKind])
        raise argparse.ArgumentTypeError(f"没有“{text}”这种文档类型，可选：{names}") from None


def state(text: str) -> EditionState:
    """A state of an edition."""
    try:
        return EditionState(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"没有“{text}”这种状态，可选：{'、'.join(EditionState)}") from None


def field(text: str) -> str:
    """A field that can be corrected, by its Chinese name or its option's."""
    names = {words: name for name, words in FIELD_NAMES.items()} | {name: name for name in FIELD_NAMES}
    found = names.get(text.removeprefix("--").replace("-", "_"))
    if found is None:
        raise argparse.ArgumentTypeError(f"没有“{text}”这个字段，可选：{'、'.join(FIELD_NAMES.values())}")
    return found


def whole(low: int, high: int) -> Callable[[str], int]:
    """A whole number within bounds."""

    def parse(text: str) -> int:
        if text.isascii() and text.isdigit() and low <= int(text) <= high:
            return int(text)
        raise argparse.ArgumentTypeError(f"“{text}”不行，应为 {low} 到 {high} 的整数")

    return parse


# ---------------------------------------------------------------- the grammar


def grammar(extra: Mapping[str, ExtraCommand] | None = None) -> Grammar:
    """All commands; those that other packages bring are there for the help alone."""
    parser = Grammar(prog="youju", description=DESCRIPTION, epilog=EXIT_CODES)
    parser.add_argument("--version", action="store_true", help="显示版本")
    _where(parser, None)
    commands = parser.add_subparsers(dest="command", title="命令", metavar="命令", parser_class=Grammar)
    for add in (
        _ask,
        _search,
        _conversations,
        _mcp,
        _ingest,
        _serve,
        _doctor,
        _rebuild,
        _documents,
        _backup,
        _restore,
        _models,
    ):
        add(commands)
    for name, command in (extra or {}).items():
        commands.add_parser(name, help=command.words)
    return parser


def _command(commands: Any, name: str, words: str, more: str = "") -> Grammar:
    command: Grammar = commands.add_parser(name, help=words, description=f"{words}。{more}", epilog=EXIT_CODES)
    _where(command, argparse.SUPPRESS)  # suppressed: not given here leaves what was given before the command
    return command


def _where(command: Grammar, default: object) -> None:
    command.add_argument(
        "--library", type=Path, metavar="目录", default=default, help="资料库目录（也可用环境变量 YOUJU_LIBRARY）"
    )
    command.add_argument(
        "--config", type=Path, metavar="文件", default=default, help="配置文件，默认是当前目录的 youju.toml"
    )


def _json(command: Grammar) -> None:
    command.add_argument("--json", action="store_true", help="输出 JSON，供程序使用")


def _progress(command: Grammar) -> None:
    command.add_argument("--progress", action="store_true", help="不在终端里也显示进度")


def _question(command: Grammar) -> None:
    command.add_argument("question", metavar="问题", help="1 到 2000 个字")
    command.add_argument("--as-of", type=day, metavar="日期", help="按这一天有效的版本回答，默认今天")
    command.add_argument(
        "--kind", type=kind, action="append", metavar="类型", help="制度、会议、讲话、台账或其他；可多次"
    )
    command.add_argument("--unit", action="append", metavar="单位", help="被巡察单位；可多次")
    command.add_argument("--round", action="append", metavar="轮次", help="如 2024年第一轮；可多次")
    command.add_argument("--category", action="append", metavar="类别", help="问题类别；可多次")
    command.add_argument("--state", action="append", metavar="状态", help="整改状态；可多次")
    command.add_argument("--date-from", type=day, metavar="日期", help="文档日期不早于")
    command.add_argument("--date-to", type=day, metavar="日期", help="文档日期不晚于")
    command.add_argument("--all-editions", action="store_true", help="也查已修改、已废止和尚未生效的版本")
    command.add_argument("--ignore", action="append", metavar="词", help="问题里不作条件的词；可多次")
    _json(command)


def _ask(commands: Any) -> None:
    command = _command(commands, "ask", "提问，得到带依据的回答", '例：youju ask "提级巡察适用于哪些情形？"')
    _question(command)
    command.add_argument(
        "--conversation", metavar="对话", help="接着这个对话问（id 见 youju conversations list）；new 开始一个新的"
    )


def _conversations(commands: Any) -> None:
    words = "列出、查看、导出、删除对话"
    command = commands.add_parser("conversations", help=words, description=f"{words}。")
    actions = command.add_subparsers(dest="action", title="操作", metavar="操作", parser_class=Grammar, required=True)
    _json(_command(actions, "list", "列出对话，最近的在前"))
    for name, does in (("show", "查看一个对话"), ("export", "导出为 Markdown"), ("delete", "删除一个对话和其中的回答")):
        action = _command(actions, name, does)
        action.add_argument("id", metavar="对话id", help="对话的 id（见 youju conversations list）")
        _json(action)


def _mcp(commands: Any) -> None:
    _command(commands, "mcp", "作为工具供智能体使用（MCP，标准输入输出）", "服务运行时，同样的工具也在 http://…/mcp。")


def _search(commands: Any) -> None:
    command = _command(commands, "search", "检索，列出最相关的片段")
    _question(command)
    command.add_argument("-k", type=whole(1, 100), default=10, metavar="条数", help="最多几条，默认 10")
    command.add_argument("--explain", action="store_true", help="说明每条为什么排在这里，以及没有采用哪些文档")


def _ingest(commands: Any) -> None:
    command = _command(
        commands, "ingest", "把文件或文件夹放进资料库", "没有变化的文件会跳过；一个文件出错不影响其余文件。"
    )
    command.add_argument("paths", nargs="+", type=Path, metavar="路径", help="文件或文件夹")
    command.add_argument("--prune", action="store_true", help="移除这些路径下已不存在的文件（先列出，再确认）")
    command.add_argument("--yes", action="store_true", help="移除时不再确认")
    _progress(command)
    _json(command)


def _serve(commands: Any) -> None:
    command = _command(commands, "serve", "启动网页和接口服务")
    command.add_argument("--host", metavar="地址", help="监听地址，默认 127.0.0.1（只供本机）")
    command.add_argument("--port", type=whole(0, 65535), metavar="端口", help="监听端口，默认 8000；0 为自动选择")


def _doctor(commands: Any) -> None:
    command = _command(commands, "doctor", "检查安装、模型和资料库，说明问题和办法")
    _json(command)


def _rebuild(commands: Any) -> None:
    command = _command(
        commands, "rebuild", "重建索引（换向量模型时使用）", "建成之前旧索引照常使用；中断后再次运行会接着做。"
    )
    command.add_argument("--embedder", metavar="模型", help="default，或 sentence-transformers 模型的名称或目录")
    _progress(command)
    _json(command)


def _documents(commands: Any) -> None:
    words = "列出、查看、更正、替换、下载、移除文档"
    command = commands.add_parser("documents", help=words, description=f"{words}。")
    actions = command.add_subparsers(dest="action", title="操作", metavar="操作", parser_class=Grammar, required=True)
    _listing(_command(actions, "list", "列出文档", "条件可以合用。"))
    _showing(_command(actions, "show", "查看一份文档：元数据、版本、提醒和正文"))
    _correcting(
        _command(
            actions,
            "set",
            "更正一份文档的元数据",
            "更正与读出的值分开保存，重新入库、重建索引后仍然有效。改标题、类型或版本会重新切分正文。",
        )
    )
    replacing = _document(_command(actions, "replace", "用一个文件作为文档的新版本", "旧版本仍可按引用打开。"))
    replacing.add_argument("file", type=Path, metavar="文件", help="旁边若有同名的 .yaml，也一并读取")
    _progress(replacing)
    original = _document(_command(actions, "original", "取出原件，一个字节不差"))
    original.add_argument("-o", "--output", type=Path, metavar="文件", help="存为，默认是当前目录下的原文件名")
    original.add_argument("--version", metavar="版本", dest="of_version", help="文档版本的 id，默认当前版本")
    _document(_command(actions, "remove", "移除文档", "已有回答引用的原文仍可打开。"))
    purging = _document(
        _command(actions, "purge", "彻底删除文档被替换、被移除的版本和原件", "引用它们的回答从此打不开原文。")
    )
    purging.add_argument("--yes", action="store_true", help="不再确认")
    for action in actions.choices.values():
        _json(action)


def _document(command: Grammar) -> Grammar:
    command.add_argument("id", metavar="文档id", help="文档的 id（见 youju documents list）")
    return command


def _listing(command: Grammar) -> None:
    command.add_argument(
        "--kind", type=kind, action="append", metavar="类型", help="制度、会议、讲话、台账或其他；可多次"
    )
    command.add_argument("--title", metavar="文字", default="", help="标题或文件名里的字")
    states = "、".join(EditionState)
    command.add_argument("--state", type=state, action="append", metavar="状态", help=f"今天的状态：{states}；可多次")
    command.add_argument("--problems", action="store_true", help="只列读取时有提醒的")
    command.add_argument("--removed", action="store_true", help="改列已移除的文档")


def _showing(command: Grammar) -> None:
    _document(command)
    command.add_argument("--version", metavar="版本", dest="of_version", help="文档版本的 id，默认当前版本")
    command.add_argument("--no-text", action="store_true", help="不显示正文")


def _correcting(command: Grammar) -> None:
    _document(command)
    for name, words in FIELD_NAMES.items():
        reads: dict[str, Any] = {"type": kind} if name == "kind" else {"type": day} if name in DAYS else {}
        if name == "readers":
            reads = {"action": "append"}
        command.add_argument(f"--{name.replace('_', '-')}", dest=name, metavar=words, help=f"改{words}", **reads)
    fields = "、".join(FIELD_NAMES.values())
    command.add_argument("--clear", type=field, action="append", metavar="字段", help=f"改为没有或不明；字段：{fields}")
    command.add_argument("--undo", type=field, action="append", metavar="字段", help="撤销更正，恢复读出的值；可多次")


def _backup(commands: Any) -> None:
    command = _command(
        commands, "backup", "把整个资料库备份成一个文件", "含目录、回答记录和原件；服务运行时也能备份，期间照常提问。"
    )
    command.add_argument("file", type=Path, metavar="文件", help="备份文件，不能已经存在")
    _progress(command)
    _json(command)


def _restore(commands: Any) -> None:
    command = _command(
        commands, "restore", "从备份恢复资料库", "恢复到 --library 指定的目录；备份不完整或被改动时什么也不留下。"
    )
    command.add_argument("file", type=Path, metavar="文件", help="youju backup 做出的文件")
    command.add_argument("--aside", action="store_true", help="目录里已有资料库时，把它改名留在旁边")
    _progress(command)
    _json(command)


def _models(commands: Any) -> None:
    command = commands.add_parser("models", help="准备向量模型", description="准备向量模型。")
    actions = command.add_subparsers(dest="action", title="操作", metavar="操作", parser_class=Grammar, required=True)
    _command(actions, "prepare", "准备默认的向量模型（约半分钟，只需一次）")
