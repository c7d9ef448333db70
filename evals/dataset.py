"""The gold set: questions over ``corpus/`` with the places that answer them, read from JSON lines.

One line is one question::

    {"id": "c-017", "kind": "content", "question": "…", "as_of": "2025-12-31",
     "needs": [[{"document": "regulations/….md", "article": 12, "paragraph": 2, "quote": "…"}]]}

``needs`` is a list of things a complete answer must cite; each is a list of alternatives, any one of which
will do. A target names its document by path under ``corpus/``, its address when it has one, and ``quote``:
the words of the source as a person transcribed them. ``count`` questions carry ``"count": 47`` and, for
lists, ``"values": ["炼钢二厂", …]`` instead. A question without a basis has ``"needs": []`` and no count;
``near_miss`` marks those that lie close to something the library does say.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

GOLD = Path(__file__).parent / "gold"
KINDS = ("lookup", "content", "list", "count", "as_of", "speaker", "cross", "none")
TODAY = date(2025, 12, 31)  # the evals' clock stands where the corpus ends: answers must not change with the calendar


@dataclass(frozen=True, slots=True)
class Target:
    """A place in the corpus that supports an answer."""

    document: str
    quote: str
    article: int | None = None
    article_suffix: int | None = None
    paragraph: int | None = None
    item: int | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A question with what a right answer cites, counts or lists; nothing of these means: refuse."""

    id: str
    kind: str
    text: str
    as_of: date | None = None  # given by the caller; None: today, or what the question itself says
    needs: tuple[tuple[Target, ...], ...] = ()
    count: int | None = None
    values: tuple[str, ...] = ()
    near_miss: bool = False

    @property
    def answerable(self) -> bool:
        """Whether the library holds a basis."""
        return bool(self.needs) or self.count is not None or bool(self.values)


class GoldError(Exception):
    """A gold file that cannot be used: file, line and what is wrong."""


def load(path: Path) -> list[Question]:
    """Read one gold file; raises GoldError naming file, line and field."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise GoldError(f"{path}: 打不开金标文件（{error.strerror}）") from error
    except UnicodeDecodeError as error:
        raise GoldError(f"{path.name}: 不是 UTF-8 编码（第 {error.start} 个字节）") from error
    questions: list[Question] = []
    seen: set[str] = set()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            question = _question(_Row(json.loads(line)))
        except json.JSONDecodeError as error:
            raise GoldError(f"{path.name} 第{number}行: 不是一行 JSON（{error}）") from error
        except ValueError as error:
            raise GoldError(f"{path.name} 第{number}行: {error}") from error
        if question.id in seen:
            raise GoldError(f"{path.name} 第{number}行: id “{question.id}” 重复")
        seen.add(question.id)
        questions.append(question)
    return questions


class _Row:
    """A JSON object whose fields are taken one by one, each with its type; what is left over is not known."""

    def __init__(self, value: object) -> None:
        if not isinstance(value, dict):
            raise ValueError(f"应为 JSON 对象，不是 {value!r}")
        self._fields: dict[str, object] = dict(value)

    def text(self, name: str) -> str:
        value = self._fields.pop(name, None)
        if not isinstance(value, str) or not value.strip():
            raise ValueError(f"{name} 应为不空的文字，不是 {value!r}")
        return value

    def number(self, name: str, least: int) -> int | None:
        value = self._fields.pop(name, None)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise ValueError(f"{name} 应为不小于 {least} 的整数，不是 {value!r}")
        return value

    def day(self, name: str) -> date | None:
        return date.fromisoformat(self.text(name)) if name in self._fields else None

    def switch(self, name: str) -> bool:
        value = self._fields.pop(name, False)
        if not isinstance(value, bool):
            raise ValueError(f"{name} 应为 true 或 false，不是 {value!r}")
        return value

    def many(self, name: str) -> list[object]:
        value = self._fields.pop(name, [])
        if not isinstance(value, list):
            raise ValueError(f"{name} 应为列表，不是 {value!r}")
        return value

    def drop(self, name: str) -> None:
        self._fields.pop(name, None)

    def end(self) -> None:
        if self._fields:
            raise ValueError(f"不认识的字段 {sorted(self._fields)}")


def _question(row: _Row) -> Question:
    kind = row.text("kind")
    if kind not in KINDS:
        raise ValueError(f"kind 应为 {KINDS} 之一，不是 {kind!r}")
    question = Question(
        id=row.text("id"),
        kind=kind,
        text=row.text("question"),
        as_of=row.day("as_of"),
        needs=tuple(_need(need) for need in row.many("needs")),
        count=row.number("count", 0),
        values=tuple(_word(value) for value in row.many("values")),
        near_miss=row.switch("near_miss"),
    )
    row.drop("note")  # for who reads the file
    row.end()
    if question.answerable == (kind == "none"):
        raise ValueError("kind 为 none 的问题不能有 needs/count/values，其他问题必须有")
    if question.near_miss and kind != "none":
        raise ValueError("near_miss 只用于 kind 为 none 的问题")
    return question


def _need(alternatives: object) -> tuple[Target, ...]:
    if not isinstance(alternatives, list) or not alternatives:
        raise ValueError("needs 的每一项应为不空的列表：几处任引其一")
    return tuple(target_of(alternative) for alternative in alternatives)


def target_of(value: object) -> Target:
    """A place from its JSON object; raises ValueError naming the field."""
    row = _Row(value)
    target = Target(
        document=row.text("document"),
        quote=row.text("quote"),
        article=row.number("article", 1),
        article_suffix=row.number("article_suffix", 1),
        paragraph=row.number("paragraph", 1),
        item=row.number("item", 1),
    )
    row.end()
    return target


def _word(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"values 的每一项应为不空的文字，不是 {value!r}")
    return value
