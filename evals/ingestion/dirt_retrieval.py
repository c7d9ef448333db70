"""Retrieval over a corpus that arrived dirty: what the gold set loses against the clean one.

Every text of ``corpus/`` is damaged by one kind of dirt at middle strength, the kinds taken in turn, and written in
its own format; ledgers, and pages with tables, stay as they are. Two such corpora are asked, so that every kind has
its turn.
"""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import cycle, islice
from pathlib import Path

from app.assistant import Assistant
from app.main import opened
from app.settings import Settings
from evals.corpus import CORPUS, CorpusClock, open_assistant
from evals.dataset import GOLD, Question, Target, load
from evals.gold_run import ground_of, places, retrieval
from evals.ingestion.dirt import DIRT, PLAIN_KINDS, Text, as_file, corpus_texts
from evals.ingestion.measure import Figure
from evals.judge import Place, same_words
from ingest.build import ingest_paths
from ingest.document import LOCAL, BlockKind, Span
from ingest.library import Library
from ingest.read.reader import read
from ingest.segment import search_key

SPLITS = ("dev", "test", "fresh")
CORPORA = 2
MOST_LOST = 0.02
_MIDDLE = 1
_PLAIN_SUFFIXES = (".txt", ".md")
_SHINGLE = 6  # characters by which a damaged transcription is found again


def measure(out: Path) -> Sequence[Figure]:
    """Recall@5 over the clean corpus and what is lost of it, with the share of transcriptions that are found at all."""
    questions = [each for split in SPLITS for each in load(GOLD / f"{split}.jsonl") if each.needs]
    with open_assistant(out / "clean-library") as (assistant, library):
        texts = ground_of(library).texts
        clean = [retrieval(each, assistant, places(each, texts), [])["recall@5"] for each in questions]
    figures = [Figure("recall@5 clean", sum(clean) / len(clean), n=len(clean))]
    for number in range(CORPORA):
        folder = out / f"corpus-{number}"
        kinds = dirty_corpus(folder, number)
        with opened(Settings(library=out / f"library-{number}"), say=lambda _: None) as it:
            failed = sum(file.error is not None for file in ingest_paths(it.library, [folder], prune=True).files)
            asked = _asked(questions, Assistant(it.library, it.records, CorpusClock()), it.library, folder)
        lost = (sum(clean) - sum(recall for recall, _ in asked)) / len(clean)
        unfound = sum(not found for _, found in asked)
        remark = f"{len(kinds)} 份文本，{len(set(kinds.values()))} 种，读不了 {failed}，找不到出处 {unfound}"
        figures.append(Figure(f"recall@5 lost, corpus {number + 1}", lost, MOST_LOST, at_least=False, remark=remark))
    return figures


def dirty_corpus(folder: Path, number: int) -> Mapping[str, str]:
    """Write the damaged corpus; gives the kind of dirt by text."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(CORPUS, folder)
    (folder / "README.md").unlink()
    kinds = islice(cycle(DIRT), number * len(DIRT) // CORPORA, None)
    used: dict[str, str] = {}
    for text in corpus_texts():
        path = folder / text.name
        if any(block.kind is BlockKind.ROW for block in read(CORPUS / text.name).blocks):
            continue
        kind = next(each for each in kinds if path.suffix in _PLAIN_SUFFIXES or each not in PLAIN_KINDS)
        path.write_bytes(_damaged(text, kind, path.suffix, CORPUS / text.name))
        used[text.name] = kind
    return used


def _damaged(text: Text, kind: str, suffix: str, original: Path) -> bytes:
    damaged = DIRT[kind](text, _MIDDLE, random.Random(f"{kind}:{text.name}"))
    headings = text.headings if len(damaged.lines) == len(text.lines) else frozenset[int]()
    data = damaged.data if damaged.data is not None else as_file(damaged.lines, suffix, headings)
    return _front_matter(original) + data if suffix in _PLAIN_SUFFIXES else data


def _front_matter(path: Path) -> bytes:
    """What stands before a text of facts, its lines with the closing one."""
    head, mark, _ = path.read_bytes().partition(b"\n---\n")
    return head + mark + b"\n" if mark and head.startswith(b"---\n") else b""


def _asked(
    questions: Sequence[Question], assistant: Assistant, library: Library, folder: Path
) -> list[tuple[float, bool]]:
    """Recall@5 of every question, and whether all it needs was found in the dirty texts at all."""
    texts: dict[str, tuple[str, str]] = {}
    with library.snapshot() as snapshot:
        for record in snapshot.documents(LOCAL):
            for source in record.sources:
                name = Path(source.location).relative_to(folder.resolve()).as_posix()
                texts[name] = (record.version_id, snapshot.text(record.version_id))
    out = []
    for question in questions:
        needs = [[place for target in need if (place := _place(target, texts)) is not None] for need in question.needs]
        out.append((retrieval(question, assistant, needs, [])["recall@5"], all(needs)))
    return out


def _place(target: Target, texts: Mapping[str, tuple[str, str]]) -> Place | None:
    """Where a transcription stands in a text of which characters may be lost: where most of its parts say."""
    if target.document not in texts:
        return None
    version_id, text = texts[target.document]
    positions = [index for index, character in enumerate(text) if not character.isspace()]
    squeezed = "".join(_folded(text[index]) for index in positions)
    wanted = "".join(map(_folded, same_words(target.quote)))
    starts: Counter[int] = Counter()
    for at in range(max(1, len(wanted) - _SHINGLE + 1)):
        found = squeezed.find(part := wanted[at : at + _SHINGLE])
        while found >= 0:
            starts[max(0, found - at)] += 1
            found = squeezed.find(part, found + 1)
    if not starts:
        return None
    start = starts.most_common(1)[0][0]
    last = min(start + len(wanted), len(positions)) - 1
    return Place(target, version_id, Span(positions[start], positions[last] + 1))


def _folded(character: str) -> str:
    key = search_key(character)
    return key.replace("零", "〇") if len(key) == 1 else character
