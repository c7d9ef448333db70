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
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

GOLD = Path(__file__).parent / "gold"
KINDS = ("lookup", "content", "list", "count", "as_of", "speaker", "cross", "none")
DEFAULT_AS_OF = date(2025, 12, 31)  # the corpus ends here: answers must not change with the calendar


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
    as_of: date
    needs: tuple[tuple[Target, ...], ...] = ()
    count: int | None = None
    values: tuple[str, ...] = ()
    near_miss: bool = False

    @property
    def answerable(self) -> bool:
        """Whether the library holds a basis."""
        return bool(self.needs) or self.count is not None or bool(self.values)


class GoldError(Exception):
    """A malformed line of a gold file: file, line and what is wrong."""


def load(path: Path) -> list[Question]:
    """Read one gold file; raises GoldError naming file, line and field."""
    questions: list[Question] = []
    seen: set[str] = set()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            question = _question(json.loads(line))
        except (ValueError, KeyError, TypeError) as error:
            raise GoldError(f"{path.name} 第{number}行: {error!r}") from error
        if question.id in seen:
            raise GoldError(f"{path.name} 第{number}行: id “{question.id}” 重复")
        seen.add(question.id)
        questions.append(question)
    return questions


def _question(row: Mapping[str, Any]) -> Question:
    unknown = row.keys() - {"id", "kind", "question", "as_of", "needs", "count", "values", "near_miss", "note"}
    if unknown:
        raise ValueError(f"不认识的字段 {sorted(unknown)}")
    if row["kind"] not in KINDS:
        raise ValueError(f"kind 应为 {KINDS} 之一，不是 {row['kind']!r}")
    question = Question(
        id=row["id"],
        kind=row["kind"],
        text=row["question"],
        as_of=date.fromisoformat(row["as_of"]) if row.get("as_of") else DEFAULT_AS_OF,
        needs=tuple(tuple(Target(**target) for target in need) for need in row.get("needs", ())),
        count=row.get("count"),
        values=tuple(row.get("values", ())),
        near_miss=row.get("near_miss", False),
    )
    if question.answerable == (question.kind == "none"):
        raise ValueError("kind 为 none 的问题不能有 needs/count/values，其他问题必须有")
    return question
