"""How well the checker of written sentences tells true ones from false: ``python -m evals checker``.

The true statements are paraphrases (``evals/statements.py``), each also after its address; the false ones are made of
them by one change (``evals/corruptions.py``, ``evals/corruptions_turned.py``), two kinds of which are kept out of
development. Every case scores 1 when the checker decides rightly: ``true`` and ``addressed`` are shares let through, all
other kinds shares caught. Tables of ``test`` statements and of the kinds kept out are for reporting only.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.answer.support import Doubt, doubts
from evals import corruptions, corruptions_kept_out, corruptions_turned, report
from evals.corpus import open_assistant, open_practice, practice
from evals.corruptions import Case
from evals.metrics import Score, mean_with_interval
from evals.statements import Basis, Grounded, basis_of, load

TRUE = ("true", "addressed")
KEPT_OUT = "kept_out"


@dataclass(frozen=True, slots=True)
class Checked:
    """One case with what the checker said of it, and how long it took."""

    case: Case
    doubts: tuple[Doubt, ...]
    seconds: float

    @property
    def right(self) -> bool:
        """Whether a true sentence had no doubt, or a false one had."""
        return self.case.true != bool(self.doubts)


def cases(basis: Basis) -> Iterator[tuple[str, Case]]:
    """Every case with the table it belongs to: dev, test, those of the practice libraries, or kept_out."""
    for one in basis.grounded:
        table = table_of(one)
        yield table, corruptions.original(one)
        yield from ((table, case) for case in corruptions.addressed(one, basis))
        for kind in (*corruptions.KINDS, *corruptions_turned.KINDS):
            yield from ((table, case) for case in kind(one, basis))
        for kind in corruptions_kept_out.KINDS:
            yield from ((KEPT_OUT, case) for case in kind(one, basis))


def table_of(one: Grounded) -> str:
    """The table of a statement: its split, those of the practice libraries apart."""
    return f"practice-{one.statement.split}" if one.statement.library else one.statement.split


def check(case: Case, basis: Basis) -> Checked:
    """What the product's checker says of one case."""
    started = time.perf_counter()
    found = doubts(case.text, case.cited, case.others, basis.names)
    return Checked(case, found, time.perf_counter() - started)


def checker(out: Path, shown: int, *, write_baseline: bool) -> bool:
    """Measure, print and keep the results; whether a kind dropped significantly or has no baseline.

    Wrong decisions on test statements and on the kinds kept out are not listed: who tunes should not see them.
    """
    tables = run(out)
    worse = False
    for name, checked in tables.items():
        write_lines(out / f"checker-{name}.jsonl", checked)
        title = f"\n{name}: {len(checked)} sentences, {milliseconds(checked):.0f} ms each (p95)"
        print(report.table_text(title, summary(checked)))
        if name.endswith("dev"):
            print(*failures(checked, shown), sep="\n")
        if not write_baseline:
            table = scores(checked)
            lines, dropped = report.compare(f"checker-{name}", table, sorted(table))
            print("  相对基线:", *lines, sep="\n")
            worse |= dropped
    if write_baseline:
        report.write_baseline({f"checker-{name}": scores(checked) for name, checked in tables.items()})
        print(f"\n基线已写入 {report.BASELINE}")
    return worse


def run(out: Path) -> dict[str, list[Checked]]:
    """All cases by table; raises GoldError when a transcription is not in its document."""
    tables: dict[str, list[Checked]] = {}
    for basis in bases(out):
        for table, case in cases(basis):
            tables.setdefault(table, []).append(check(case, basis))
    return tables


def bases(out: Path) -> Iterator[Basis]:
    """The statements by library, on libraries kept under ``out``."""
    statements = load()
    for name in dict.fromkeys(each.library for each in statements):
        if name and name not in practice():
            print(f"没有 evals/practice/{name}，不测关于它的句子。")
            continue
        with open_practice(out, name) if name else open_assistant(out / "corpus-library") as (_, library):
            yield basis_of(library, [each for each in statements if each.library == name])


def scores(checked: Iterable[Checked]) -> report.PerQuestion:
    """Right decisions by kind and case, with all false kinds together as ``caught`` and the true ones as ``passed``."""
    table: report.PerQuestion = {}
    for one in checked:
        together = "passed" if one.case.true else "caught"
        for name in (one.case.kind, together):
            table.setdefault(name, {})[one.case.id] = float(one.right)
    return table


def summary(checked: Sequence[Checked]) -> dict[str, Score]:
    """The share of right decisions by kind, with its interval; ``caught`` and ``passed`` last."""
    table = scores(checked)
    order = sorted(table, key=lambda name: (name in ("caught", "passed"), name))
    return {name: mean_with_interval(list(table[name].values())) for name in order}


def failures(checked: Iterable[Checked], limit: int) -> list[str]:
    """The first wrong decisions of each kind: the sentence, and why it was doubted."""
    shown: dict[str, int] = {}
    lines = []
    for one in checked:
        if one.right:
            continue
        shown[one.case.kind] = shown.get(one.case.kind, 0) + 1
        if shown[one.case.kind] <= limit:
            why = "；".join(doubt.message for doubt in one.doubts) or "没有疑问"
            lines.append(f"  {one.case.id} {one.case.text} → {why}")
    return lines


def milliseconds(checked: Sequence[Checked]) -> float:
    """The time a sentence takes, at the 95th percentile."""
    return sorted(one.seconds for one in checked)[int(0.95 * (len(checked) - 1))] * 1000


def write_lines(path: Path, checked: Iterable[Checked]) -> None:
    """One JSON line per case: what it said, what it cited, what was doubted."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        for one in checked:
            row = {
                "id": one.case.id,
                "kind": one.case.kind,
                "right": one.right,
                "sentence": one.case.text,
                "cited": [source.text for source in one.case.cited],
                "doubts": [doubt.code for doubt in one.doubts],
            }
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
