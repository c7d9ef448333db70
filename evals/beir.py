"""Questions over a collection of texts, from a folder in BEIR layout.

``corpus.jsonl`` (or ``.jsonl.gz``): one JSON object a line with id, title, text; chapter may be there too
``queries.jsonl`` (or ``.jsonl.gz``): id, text; kind or type may be there too, and gives the breakdown
``qrels.tsv``: query, id of a text, grade; a line of headings may come first

BEIR's own names (``_id``, ``qrels/test.tsv``) are read too. Fields that are not named here are passed over.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from evals.retrievers import Entry

T = TypeVar("T")

TOLD = 20
"""Problems told of one folder: who sees twenty knows how the file is wrong."""


class DatasetError(Exception):
    """A folder that cannot be used: every problem with file, line and field."""

    def __init__(self, problems: Sequence[str]) -> None:
        more = [f"……共 {len(problems)} 处"] if len(problems) > TOLD else []
        super().__init__("\n".join([*problems[:TOLD], *more]))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a dataset and the grades of the texts that answer it."""

    id: str
    text: str
    kind: str
    grades: Mapping[str, float]


@dataclass(frozen=True)
class Dataset:
    """Texts, and the questions that have an answer among them."""

    name: str
    entries: Sequence[Entry] = field(repr=False)
    questions: Sequence[Asked] = field(repr=False)
    remarks: Sequence[str] = ()  # what was left out

    @property
    def digest(self) -> str:
        """What tells this content from any other."""
        total = hashlib.sha256()
        for one in (*self.entries, *self.questions):
            total.update(repr(one).encode("utf-8", "surrogatepass"))
        return total.hexdigest()[:16]


def read_dataset(folder: Path, corpus: Path | None = None, name: str | None = None) -> Dataset:
    """The dataset in a folder, its texts from ``corpus`` when they lie in another; DatasetError tells all that is wrong."""
    problems: list[str] = []
    entries = _rows(_file(corpus or folder, "corpus.jsonl", problems), _entry, problems)
    texts = _rows(_file(folder, "queries.jsonl", problems), _question, problems)
    grades = _qrels(_file(folder, "qrels.tsv", problems), problems)
    problems += [*_repeated("corpus.jsonl", entries, lambda entry: entry.id)]
    problems += [*_repeated("queries.jsonl", texts, lambda question: question.id)]
    known = {entry.id for entry in entries}
    asked = [Asked(q.id, q.text, q.kind, grades[q.id]) for q in texts if any(grades.get(q.id, {}).values())]
    if not problems and not asked:
        problems.append(f"{folder}: qrels.tsv 里没有 queries.jsonl 的任何问题，没有可测的")
    if problems:
        raise DatasetError(problems)
    remarks = []
    if silent := len(texts) - len(asked):
        remarks.append(f"{silent} 个问题在 qrels.tsv 里没有答案，不计入")
    if strange := len(grades.keys() - {question.id for question in texts}):
        remarks.append(f"qrels.tsv 里 {strange} 个问题不在 queries.jsonl 里，不计入")
    if missing := {text for question in asked for text in question.grades} - known:
        remarks.append(f"qrels.tsv 里 {len(missing)} 个文本不在 corpus.jsonl 里，按没有检索到计")
    return Dataset(name or folder.resolve().name, entries, asked, remarks)


def _file(folder: Path, name: str, problems: list[str]) -> Path | None:
    """The file of this name in a folder, compressed or not."""
    places = [folder / name, folder / f"{name}.gz"]
    if name == "qrels.tsv":
        places = [folder / name, folder / "qrels" / "test.tsv"]
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        problems.append(f"{folder}: 没有 {name}" + ("（或 .gz）" if name != "qrels.tsv" else ""))
    return found


def _lines(path: Path, problems: list[str]) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, with their numbers; what cannot be read is a problem and ends the file."""
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        text = data.decode("utf-8-sig")
    except (OSError, EOFError) as error:
        problems.append(f"{path.name}: 读不出来（{error}）")
        return
    except UnicodeDecodeError as error:
        problems.append(f"{path.name}: 不是 UTF-8 编码（第 {error.start} 个字节）")
        return
    # Not splitlines(): JSON may hold U+2028 and its like.
    yield from ((number, line.strip("\r")) for number, line in enumerate(text.split("\n"), 1) if line.strip())


def _rows(path: Path | None, make: Callable[[Mapping[str, object]], T], problems: list[str]) -> list[T]:
    out: list[T] = []
    for number, line in _lines(path, problems) if path else ():
        assert path is not None
        try:
            value = json.loads(line)
            if not isinstance(value, dict):
                raise ValueError("应为一个 JSON 对象")
            out.append(make(value))
        except json.JSONDecodeError as error:
            problems.append(f"{path.name} 第{number}行: 不是一行 JSON（{error.msg}，第 {error.colno} 个字符）")
        except ValueError as error:
            problems.append(f"{path.name} 第{number}行: {error}")
    return out


def _entry(row: Mapping[str, object]) -> Entry:
    return Entry(_name(row), _words(row, "title"), _text(row, "text"), _words(row, "chapter"))


def _question(row: Mapping[str, object]) -> Asked:
    return Asked(_name(row), _text(row, "text"), _words(row, "kind") or _words(row, "type"), {})


def _name(row: Mapping[str, object]) -> str:
    value = row.get("id", row.get("_id"))
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"id 应为不空的文字，不是 {value!r}")
    return value


def _text(row: Mapping[str, object], name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{name} 应为不空的文字，不是 {value!r}")
    return value


def _words(row: Mapping[str, object], name: str) -> str:
    value = row.get(name)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{name} 应为文字，不是 {value!r}")
    return value or ""


def _qrels(path: Path | None, problems: list[str]) -> dict[str, dict[str, float]]:
    out: dict[str, dict[str, float]] = {}
    for number, line in _lines(path, problems) if path else ():
        assert path is not None
        fields = line.split("\t")
        if len(fields) != 3:
            problems.append(
                f"{path.name} 第{number}行: 应为三列（问题、文本、等级），用制表符隔开，不是 {len(fields)} 列"
            )
            continue
        question, text, written = (each.strip() for each in fields)
        try:
            grade = float(written)
        except ValueError:
            if number > 1:  # the first line may be headings
                problems.append(f"{path.name} 第{number}行: 等级应为数，不是“{written}”")
            continue
        if not 0 <= grade < float("inf"):
            problems.append(f"{path.name} 第{number}行: 等级应为不小于 0 的数，不是“{written}”")
        elif grade:
            out.setdefault(question, {})[text] = grade
        else:
            out.setdefault(question, {})
    return out


def _repeated(file: str, rows: Sequence[T], name: Callable[[T], str]) -> Iterator[str]:
    seen: set[str] = set()
    for row in rows:
        if name(row) in seen:
            yield f"{file}: id “{name(row)}” 重复"
        seen.add(name(row))
