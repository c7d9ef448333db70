"""How well what has no basis is refused, on texts the rules were not written for; ``python -m evals rejection``.

Each question is asked of its own few texts: with what answers it among them, and without. RGB (Chen et al. 2024,
"Benchmarking Large Language Models in Retrieval-Augmented Generation") gives noise beside the sources, two sources
that are both needed, and sources that contradict each other; CAIL2019's reading comprehension gives court judgments
with questions they do not answer; STARD's questions are asked of national laws with and without those that answer
(evals/withheld.py). Nothing is tuned on any of them; where one is absent that is said, and it is no pass.
"""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from app.answer import refuse
from app.answer.answerable import likelihood
from app.answer.draft import Desk, asks_of, material_for
from app.answer.extractive import select
from app.answer.units import Units
from app.assistant import Assistant
from app.main import opened
from app.model import AnswerStatus, Filters
from app.retrieve import retrieve
from app.settings import Settings
from app.understand import understand
from evals import withheld
from evals.beir import read_dataset
from evals.corpus import CorpusClock
from evals.dataset import TODAY
from evals.ingestion.measure import shared_data
from ingest.build import ingest_paths
from ingest.catalogue import Snapshot
from ingest.document import LOCAL
from ingest.embed import open_embedder
from ingest.library import Library
from ingest.segment import search_key

SOURCES, NOISE, SAMPLE = 2, 4, 100
REFUSED_OUTRIGHT = -50.0


@dataclass(frozen=True, slots=True)
class Case:
    """A question of some files; ``answers`` are the wordings of what is right, none: the files do not answer it."""

    dataset: str
    question: str
    files: tuple[str, ...]
    answers: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()  # files that must all be cited


@dataclass(frozen=True, slots=True)
class Result:
    """How a case went: the answerability score, whether it was refused, whether it was right, the files cited."""

    case: Case
    score: float
    refused: bool
    right: bool
    cited: frozenset[str]


# ---------------------------------------------------------------- the cases, with their texts as files


def cases(data: Path, folder: Path) -> Iterator[Case]:
    """Every case of the data there is, its texts written below ``folder``."""
    if (data / "rgb").is_dir():
        yield from _noise(data / "rgb", folder)
        for name in ("zh_int", "zh_fact"):
            yield from _several(data / "rgb", folder, name)
    if (data / "cail2019_mrc").is_dir():
        yield from _judgments(data / "cail2019_mrc", folder)


def _written(folder: Path, name: str, texts: Sequence[str]) -> str:
    """The texts as the paragraphs of one file."""
    path = folder / f"{name}.txt"
    path.write_text("\n\n".join(" ".join(text.split()) for text in texts) + "\n", encoding="utf-8")
    return path.name


def _rows(path: Path) -> Iterator[dict[str, object]]:
    opening = gzip.open if path.suffix == ".gz" else open
    with opening(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _noise(data: Path, folder: Path) -> Iterator[Case]:
    """Each question twice: of noise and sources, and of noise alone."""
    for row in _rows(data / "zh_refine.jsonl"):
        name, question = f"refine-{row['id']}", str(row["query"])
        noise = _written(folder, f"{name}-noise", _texts(row["negative"])[:NOISE])
        sources = _written(folder, f"{name}-source", _texts(row["positive"])[:SOURCES])
        yield Case("rgb", question, (noise, sources), tuple(_texts(row["answer"])))
        yield Case("rgb", question, (noise,))


def _several(data: Path, folder: Path, name: str) -> Iterator[Case]:
    """Questions of several sources: all of them needed (zh_int), or one against another (zh_fact)."""
    for row in _rows(data / f"{name}.jsonl"):
        groups = row["positive"] if name == "zh_int" else [row["positive"], row["positive_wrong"]]
        assert isinstance(groups, list)
        label = f"{name}-{row['id']}"
        sources = [_written(folder, f"{label}-{n}", _texts(group)[:SOURCES]) for n, group in enumerate(groups)]
        noise = _written(folder, f"{label}-noise", _texts(row["negative"])[:NOISE])
        yield Case(name, str(row["query"]), (noise, *sources), needed=tuple(sources))


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    assert isinstance(value, list)
    return [text for one in value for text in _texts(one)]


def _judgments(data: Path, folder: Path) -> Iterator[Case]:
    """As many questions a judgment answers in its words as ones it does not, spread evenly over the set."""
    contexts = {str(row["id"]): str(row["text"]) for row in _rows(data / "corpus.jsonl.gz")}
    questions = list(_rows(data / "queries.jsonl"))
    spans = [row for row in questions if row["type"] == "span" and not row["unanswerable"]]
    without = [row for row in questions if row["unanswerable"]]
    for rows in (spans, without):
        for row in rows[:: max(1, len(rows) // SAMPLE)][:SAMPLE]:
            file = _written(folder, f"judgment-{row['context_id']}", [contexts[str(row["context_id"])]])
            answers = tuple(_texts(row["answers"])) if not row["unanswerable"] else ()
            yield Case("cail2019_mrc", str(row["text"]), (file,), answers)


# ---------------------------------------------------------------- asking


def asked(every: Sequence[Case], library: Library, assistant: Assistant) -> Iterator[Result]:
    """Ask each case of its own files."""
    units = Units()
    with library.snapshot() as snapshot:
        documents = {
            Path(source.location).name: record.id for record in snapshot.documents(LOCAL) for source in record.sources
        }
        names = {document: name for name, document in documents.items()}
        for case in every:
            filters = Filters(documents=tuple(dict.fromkeys(documents[file] for file in case.files)))
            answer = assistant.answer(case.question, caller=LOCAL, filters=filters)
            quotes = [c.evidence for c in answer.citations if c.evidence is not None]
            said = search_key(" ".join(one.quote for one in quotes))
            refused = answer.status is AnswerStatus.REFUSED
            right = _is_right(case, said, [search_key(one.quote) for one in quotes]) if case.answers else refused
            score = _score(case, filters, library, snapshot, units)
            yield Result(case, score, refused, right, frozenset(names[one.document_id] for one in quotes))


def _is_right(case: Case, said: str, quotes: Sequence[str]) -> bool:
    """Whether the answer has one of the wordings, or quotes a part of one (of an article)."""
    wordings = [search_key(words) for words in case.answers]
    return any(words in said or any(quote in words for quote in quotes) for words in wordings)


def _score(case: Case, filters: Filters, library: Library, snapshot: Snapshot, units: Units) -> float:
    query = understand(case.question, snapshot, today=TODAY, as_of=None, filters=filters, caller=LOCAL)
    desk = Desk(query, retrieve(query, library, snapshot, LOCAL, k=20), library, snapshot, LOCAL, units)
    material = material_for(desk)
    found = [select(ask, material) for ask in asks_of(desk)]
    scores = [likelihood(one, material) for one in found if one.chosen and refuse.unmet(one, material) is None]
    return max(scores, default=REFUSED_OUTRIGHT)


# ---------------------------------------------------------------- figures


def auroc(results: Sequence[Result]) -> float:
    """How often an answerable question scores above one that is not."""
    yes = np.array([one.score for one in results if one.case.answers])
    no = np.array([one.score for one in results if not one.case.answers])
    above = (yes[:, None] > no[None, :]).mean() + 0.5 * (yes[:, None] == no[None, :]).mean()
    return float(above)


def curve(results: Sequence[Result]) -> list[tuple[float, float]]:
    """Coverage and risk as the threshold falls: the share of questions answered, and of these the share not right.

    What an answerable question would be answered is judged by what it was answered: refused ones count as not right.
    """
    order = sorted(results, key=lambda one: -one.score)
    wrong = np.cumsum([not (one.case.answers and one.right) for one in order])
    return [((n + 1) / len(order), float(wrong[n]) / (n + 1)) for n in range(len(order))]


def refusal_f1(results: Sequence[Result], threshold: float) -> tuple[float, float]:
    """F1 of refusing below a threshold, and the share of answerable questions it refuses."""
    refused = [one for one in results if one.score < threshold]
    without = sum(not one.case.answers for one in results)
    rightly = sum(not one.case.answers for one in refused)
    f1 = 2 * rightly / (len(refused) + without) if refused or without else 0.0
    return f1, (len(refused) - rightly) / max(1, len(results) - without)


def refused_at(results: Sequence[Result], wrongly: float) -> float:
    """The share of the unanswerable refused where no more than so large a share of the answerable is."""
    threshold = float(np.quantile([one.score for one in results if one.case.answers], wrongly, method="lower"))
    without = [one.score < threshold for one in results if not one.case.answers]
    return sum(without) / max(1, len(without))


def best_threshold(results: Sequence[Result]) -> float:
    """The threshold with the highest F1 of refusing."""
    return max((one.score for one in results), key=lambda score: (refusal_f1(results, score)[0], -score))


def rejection(out: Path) -> int:
    """Measure; returns the exit status."""
    measured(out)
    return 0


def measured(out: Path) -> dict[str, dict[str, object]]:
    """The figures by dataset, printed and written to ``rejection.json`` with the curves; empty where no data is."""
    data = shared_data()
    with tempfile.TemporaryDirectory(prefix="youju-rejection-") as temporary:
        results = [*_of_texts(data, Path(temporary)), *_of_laws(data, Path(temporary))] if data is not None else []
    if not results:
        print("没有测量：找不到 rgb、cail2019_mrc 和 stard（YOUJU_SHARED_DATA 或 ../shared/data）。")
        return {}
    report = _report({name: [r for r in results if r.case.dataset == name] for name in _datasets(results)})
    out.mkdir(parents=True, exist_ok=True)
    (out / "rejection.json").write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    with (out / "rejection.jsonl").open("w", encoding="utf-8") as file:
        for one in results:
            row = asdict(one.case) | {"score": one.score, "refused": one.refused, "right": one.right}
            file.write(json.dumps(row | {"cited": sorted(one.cited)}, ensure_ascii=False) + "\n")
    return report


def _of_texts(data: Path, temporary: Path) -> list[Result]:
    """RGB and CAIL2019, all their texts in one library."""
    folder = temporary / "texts"
    folder.mkdir()
    every = list(cases(data, folder))
    if not every:
        return []
    with opened(Settings(library=temporary / "library")) as it:
        ingest_paths(it.library, [folder])
        return list(asked(every, it.library, Assistant(it.library, None, CorpusClock())))


def _of_laws(data: Path, temporary: Path) -> list[Result]:
    """STARD, each question with the laws that answer it and without them."""
    if not (data / "stard").is_dir():
        return []
    dataset = read_dataset(data / "stard")
    wanted = withheld.sample(dataset)
    laws = withheld.laws_of(dataset, wanted)
    folder = temporary / "laws"
    folder.mkdir()
    for law, articles in laws.items():
        (folder / law).write_text(withheld.text_of(articles), encoding="utf-8")
    embedder = withheld.Known(
        withheld.vectors_of(dataset, laws, open_embedder(announce=print), lambda _done, _of: None)
    )
    every = [
        Case("stard", one.question, files, answers)
        for one in wanted
        for files, answers in (
            (tuple(laws), one.articles),
            (tuple(law for law in laws if law not in one.laws), ()),
        )
    ]
    with Library.open(temporary / "laws-library", embedder=embedder, now=CorpusClock().now) as library:
        ingest_paths(library, [folder])
        return list(asked(every, library, Assistant(library, None, CorpusClock())))


def _datasets(results: Sequence[Result]) -> list[str]:
    return list(dict.fromkeys(one.case.dataset for one in results))


def _report(found: Mapping[str, Sequence[Result]]) -> dict[str, dict[str, object]]:
    answering = {name: rows for name, rows in found.items() if not rows[0].case.needed}
    report: dict[str, dict[str, object]] = {}
    for name, rows in answering.items():
        figures: dict[str, object] = {"questions": len(rows), "auroc": auroc(rows), "curve": curve(rows)}
        figures["f1_product"], figures["wrongly_refused_product"] = refusal_f1(rows, 0.0)
        figures["refused_of_without_at_5_percent_wrong"] = refused_at(rows, 0.05)
        for other, its in answering.items():
            if other != name:
                f1, wrongly = refusal_f1(rows, best_threshold(its))
                figures |= {f"f1_threshold_of_{other}": f1, f"wrongly_refused_threshold_of_{other}": wrongly}
        answered = [one for one in rows if one.case.answers and not one.refused]
        figures["right_of_answered"] = sum(one.right for one in answered) / max(1, len(answered))
        report[name] = figures
    for name, rows in found.items():
        if name not in answering:
            complete = [one.cited >= set(one.case.needed) for one in rows]
            report[name] = {"questions": len(rows), "all_sources_cited": sum(complete) / len(rows)}
    for name, figures in report.items():
        for figure, value in figures.items():
            if not isinstance(value, list):
                print(
                    f"{name:<14}{figure:<42}{value:>9.3f}"
                    if isinstance(value, float)
                    else f"{name:<14}{figure:<42}{value:>9}"
                )
    return report
