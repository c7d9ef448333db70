"""The command `youju`. Heavy modules are imported by the command that needs them, so that --help answers at once."""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from argparse import Namespace
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from app.arguments import FIELD_NAMES, ExtraCommand, grammar
from app.settings import Settings, load_settings
from ingest.errors import (
    BusyError,
    ConflictError,
    EngineError,
    InputError,
    NotFoundError,
    YoujuError,
    reason_of,
)

if TYPE_CHECKING:
    from pydantic import BaseModel

    from app.api.schema import QuestionRequest
    from app.desk import Desk

Request = TypeVar("Request", bound="QuestionRequest")

OK, FAILED, BAD_INPUT, CONFLICT, BUSY, ENGINE, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130
EXIT_BY_CLASS: Sequence[tuple[type[YoujuError], int]] = (
    (InputError, BAD_INPUT),
    (NotFoundError, BAD_INPUT),
    (ConflictError, CONFLICT),
    (BusyError, BUSY),
    (EngineError, ENGINE),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character shows a mark instead of ending the command.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    words = list(sys.argv[1:] if arguments is None else arguments)
    extra = _extra(words[:1])
    if words and words[0] in extra:
        return extra[words[0]].run(words[1:])
    given = grammar(extra).parse_args(words)
    try:
        return _run(given)
    except YoujuError as error:
        return _told(error, as_json=getattr(given, "json", False))
    except KeyboardInterrupt:
        _say("已中断。已入库的不会丢失。")
        return INTERRUPTED
    except BrokenPipeError:  # `youju documents list | head`
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except Exception as error:
        return _told(_unforeseen(error), as_json=getattr(given, "json", False))


def _extra(first: Sequence[str]) -> Mapping[str, ExtraCommand]:
    """The commands that the other packages of this installation bring, looked for when one may be meant.

    Only our own metadata are read: going through those of all that is installed costs a fifth of a second.
    """
    if first and first[0] not in ("-h", "--help") and (first[0] in COMMANDS or first[0].startswith("-")):
        return {}
    from importlib import metadata

    try:
        points = metadata.distribution("youju").entry_points.select(group="youju.commands")
    except metadata.PackageNotFoundError:
        return {}
    return {point.name: point.load() for point in points}


def _unforeseen(error: Exception) -> YoujuError:
    """A failure nobody foresaw, in a sentence with the place it came from."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    reason = f"{type(error).__name__}: {error}"[:300]
    return EngineError("program_failed", reason=reason, place=f"{Path(last.filename).name}:{last.lineno}")


def _run(given: Namespace) -> int:
    if given.version:
        from app.version import version

        print(f"youju {version()}")
        return OK
    if given.command is None:
        grammar(_extra(())).print_help()
        return BAD_INPUT
    flags = {"library": given.library, "host": getattr(given, "host", None), "port": getattr(given, "port", None)}
    flags["embedder"] = getattr(given, "embedder", None)
    settings = load_settings(flags, config=given.config)
    return COMMANDS[given.command](given, settings)


def exit_code(error: YoujuError) -> int:
    """The exit code of an error."""
    return next((code for kind, code in EXIT_BY_CLASS if isinstance(error, kind)), BAD_INPUT)


def _told(error: YoujuError, *, as_json: bool) -> int:
    """Say on stderr what is wrong; with --json also as an object on stdout."""
    _say(f"youju：{error}")
    if as_json:
        _json({"error": {"code": error.code, "message": str(error)}})
    return exit_code(error)


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def _show(given: Namespace, model: BaseModel, lines: Callable[[], Iterable[str]]) -> None:
    """The result: the object for programs, the lines for people."""
    if given.json:
        print(model.model_dump_json(indent=2))
        return
    for line in lines():
        print(line)


def _json(value: object) -> None:
    import json

    print(json.dumps(value, ensure_ascii=False, indent=2))


# ---------------------------------------------------------------- asking


def _ask(given: Namespace, settings: Settings) -> int:
    from app.api.schema import AskRequest
    from app.desk import at_desk
    from app.terminal import answer_lines

    request = _question(AskRequest, given, conversation=given.conversation)
    with at_desk(settings, say=_say) as desk:
        if given.conversation == NEW:
            request = request.model_copy(update={"conversation": desk.start()})
        answer = desk.ask(request)
    _show(given, answer, lambda: answer_lines(answer))
    return OK


NEW = "new"


def _conversations(given: Namespace, settings: Settings) -> int:
    from app.desk import at_desk
    from app.terminal import conversation_lines, conversations_lines

    with at_desk(settings, say=_say) as desk:
        if given.action == "list":
            listed = desk.conversations()
            _show(given, listed, lambda: conversations_lines(listed))
        elif given.action == "show":
            held = desk.conversation(given.id)
            _show(given, held, lambda: conversation_lines(held))
        elif given.action == "export":
            text = desk.export(given.id)
            if given.json:
                _json({"id": given.id, "markdown": text})
            else:
                print(text)
        else:
            desk.forget(given.id)
            if given.json:
                _json({"deleted": given.id})
            else:
                print(f"已删除对话 {given.id}。")
    return OK


def _mcp(given: Namespace, settings: Settings) -> int:
    from app.desk import at_desk
    from app.mcp import server_of

    with at_desk(settings, say=_say) as desk:
        server_of(lambda _: desk).run("stdio")
    return OK


def _search(given: Namespace, settings: Settings) -> int:
    from app.api.schema import SearchRequest
    from app.desk import at_desk
    from app.terminal import search_lines

    request = _question(SearchRequest, given, k=given.k, explain=given.explain)
    with at_desk(settings, say=_say) as desk:
        found = desk.search(request)
    _show(given, found, lambda: search_lines(found))
    return OK


def _question(model: type[Request], given: Namespace, **more: object) -> Request:
    from app.api.problem import checked

    filters = {
        "kinds": given.kind or [],
        "units": given.unit or [],
        "rounds": given.round or [],
        "categories": given.category or [],
        "states": given.state or [],
        "date_from": given.date_from,
        "date_to": given.date_to,
        "all_editions": given.all_editions,
    }
    return checked(
        model,
        {"question": given.question, "as_of": given.as_of, "filters": filters, "ignore": given.ignore or [], **more},
    )


# ---------------------------------------------------------------- changing the library


def _ingest(given: Namespace, settings: Settings) -> int:
    from app.api.views import IngestRequest
    from app.desk import at_desk
    from app.terminal import Bar, report_lines

    # The server works in a folder of its own: it is told whole paths.
    request = IngestRequest(paths=[str(path.absolute()) for path in given.paths], prune=given.prune)
    with at_desk(settings, say=_say, create=True) as desk:
        if given.prune and not _agreed(desk.gone(request).paths, given):
            return BAD_INPUT
        with Bar("入库", shown=_shown(given)) as bar:
            report = desk.ingest(request, bar.advance)
    _show(given, report, lambda: report_lines(report))
    if report.cancelled:
        return INTERRUPTED
    return FAILED if report.failed else OK


def _agreed(gone: Sequence[str], given: Namespace) -> bool:
    """List what --prune would remove, and ask."""
    if not gone:
        return True
    _say(f"以下 {len(gone)} 个文件已不存在，将从资料库移除：")
    for path in gone:
        _say(f"  {path}")
    if given.yes:
        return True
    if not sys.stdin.isatty():
        _say("没有入库，也没有移除任何文件：不在终端里运行时，请加 --yes 确认。")
        return False
    _say("移除这些文件吗？已有回答引用的原文仍可打开。[y/N]")
    return _yes()


def _rebuild(given: Namespace, settings: Settings) -> int:
    from app.api.views import RebuildRequest
    from app.desk import at_desk
    from app.terminal import Bar, rebuilt_lines

    with at_desk(settings, say=_say, check=False) as desk, Bar("重建索引", shown=_shown(given)) as bar:
        done = desk.rebuild(RebuildRequest(embedder=settings.embedder), bar.advance)
    _show(given, done, lambda: rebuilt_lines(done))
    return OK


def _backup(given: Namespace, settings: Settings) -> int:
    from app.api.views import BackupRequest
    from app.desk import at_desk
    from app.terminal import Bar, backup_lines

    request = BackupRequest(path=str(given.file.absolute()))
    with at_desk(settings, say=_say, check=False) as desk, Bar("备份", shown=_shown(given)) as bar:
        done = desk.backup(request, bar.advance)
    _show(given, done, lambda: backup_lines(done))
    return FAILED if done.missing else OK


def _restore(given: Namespace, settings: Settings) -> int:
    from app.intake import restore
    from app.terminal import Bar, restored_lines

    with Bar("恢复", shown=_shown(given)) as bar:
        done = restore(given.file, settings, aside=given.aside, tell=bar.advance)
    _show(given, done, lambda: restored_lines(done))
    return FAILED if done.problems else OK


def _shown(given: Namespace) -> bool:
    return bool(given.progress) or sys.stderr.isatty()


def _documents(given: Namespace, settings: Settings) -> int:
    from app.desk import at_desk

    if given.action == "purge" and not _sure(given):
        return BAD_INPUT
    with at_desk(settings, say=_say) as desk:
        return ACTIONS[given.action](given, desk)


def _list(given: Namespace, desk: Desk) -> int:
    from app.terminal import documents_lines
    from ingest.catalogue import Listing

    listing = Listing(
        tuple(given.kind or ()), given.title, tuple(given.state or ()), problems=given.problems, removed=given.removed
    )
    found = desk.documents(listing)
    _show(given, found, lambda: documents_lines(found))
    return OK


def _document(given: Namespace, desk: Desk) -> int:
    from app.terminal import document_lines

    document = desk.document(given.id, given.of_version)
    _show(given, document, lambda: document_lines(document, text=not given.no_text))
    return OK


def _set(given: Namespace, desk: Desk) -> int:
    from app.api.problem import checked
    from app.api.views import CorrectionRequest
    from app.terminal import corrected_lines

    values = {name: value for name in FIELD_NAMES if (value := getattr(given, name)) is not None}
    cleared = dict.fromkeys(given.clear or ())
    request = checked(CorrectionRequest, {**values, **cleared, "undo": given.undo or []})
    done = desk.correct(given.id, request)
    _show(given, done, lambda: corrected_lines(done))
    return OK


def _replace(given: Namespace, desk: Desk) -> int:
    from app.terminal import Bar, report_lines

    if not given.file.is_file():
        raise InputError("file_not_found", path=str(given.file))
    with Bar("替换", shown=_shown(given)) as bar:
        report = desk.replace(given.id, given.file, bar.advance)
    _show(given, report, lambda: report_lines(report))
    return FAILED if report.failed else OK


def _original(given: Namespace, desk: Desk) -> int:
    original = desk.original(given.id, given.of_version)
    target: Path = given.output or Path(Path(original.name).name)
    try:
        with target.open("wb" if given.output else "xb") as file:  # only a name somebody wrote may be overwritten
            file.write(original.data)
    except FileExistsError:
        raise InputError("file_exists", path=str(target)) from None
    except OSError as error:
        raise InputError("file_unwritable", path=str(target), reason=reason_of(error)) from error
    if given.json:
        _json({"path": str(target.absolute()), "bytes": len(original.data)})
    else:
        print(f"原件已存为 {target}（{len(original.data)} 字节）")
    return OK


def _remove(given: Namespace, desk: Desk) -> int:
    desk.remove(given.id)
    if given.json:
        _json({"removed": given.id})
    else:
        print(f"已从资料库移除：{given.id}（已有回答引用的原文仍可打开）")
    return OK


def _purge(given: Namespace, desk: Desk) -> int:
    done = desk.purge(given.id)
    _show(given, done, lambda: [f"已彻底删除 {given.id} 的 {done.versions} 个旧版本。"])
    return OK


def _sure(given: Namespace) -> bool:
    """Ask before what cannot be undone."""
    if given.yes:
        return True
    if not sys.stdin.isatty():
        _say("没有删除：不在终端里运行时，请加 --yes 确认。")
        return False
    _say(f"彻底删除 {given.id} 被替换、被移除的版本和原件吗？引用它们的回答从此打不开原文。[y/N]")
    return _yes()


def _yes() -> bool:
    return sys.stdin.readline().strip().lower() in ("y", "yes", "是")


ACTIONS: Mapping[str, Callable[[Namespace, Desk], int]] = {
    "list": _list,
    "show": _document,
    "set": _set,
    "replace": _replace,
    "original": _original,
    "remove": _remove,
    "purge": _purge,
}


# ---------------------------------------------------------------- the installation


def _serve(given: Namespace, settings: Settings) -> int:
    from app.main import serve

    serve(settings, say=_say, ready=lambda words: print(words, flush=True))
    return OK


def _doctor(given: Namespace, settings: Settings) -> int:
    from app.doctor import examine
    from app.terminal import table

    found = examine(settings)
    if given.json:
        _json({"facts": dict(found.facts), "problems": list(found.problems)})
    else:
        for line in table(found.facts):
            print(line)
        print()
        for number, problem in enumerate(found.problems, 1):
            print(f"问题 {number}：{problem}")
        print(f"发现 {len(found.problems)} 个问题。" if found.problems else "没有发现问题。")
    return FAILED if found.problems else OK


def _models(given: Namespace, settings: Settings) -> int:
    from ingest.embed import default_models_directory
    from ingest.model import ensure_default_model

    prepared = ensure_default_model(settings.models or default_models_directory(), _say)
    print(f"默认向量模型已就绪：{prepared.directory}")
    return OK


COMMANDS: Mapping[str, Callable[[Namespace, Settings], int]] = {
    "ask": _ask,
    "search": _search,
    "conversations": _conversations,
    "mcp": _mcp,
    "ingest": _ingest,
    "serve": _serve,
    "doctor": _doctor,
    "rebuild": _rebuild,
    "backup": _backup,
    "restore": _restore,
    "documents": _documents,
    "models": _models,
}


if __name__ == "__main__":
    sys.exit(main())
