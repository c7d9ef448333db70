"""The committed gold files: well-formed, split by source, and every transcription stands in its document."""

from functools import cache
from pathlib import Path

import pytest

from evals.corpus import CORPUS, practice
from evals.dataset import GOLD, KINDS, Question, load
from evals.judge import same_words
from ingest.read.reader import read

SPLITS = ("dev", "test")
ALL = (*SPLITS, "fresh")


@cache
def questions(split: str) -> tuple[Question, ...]:
    return tuple(load(GOLD / f"{split}.jsonl"))


@cache
def words_of(document: str) -> str:
    return same_words(read(CORPUS / document).text)


@pytest.mark.parametrize("split", ALL)
def test_every_kind_of_question_is_in_both_halves(split: str) -> None:
    assert {question.kind for question in questions(split)} == set(KINDS)


def test_there_are_as_many_questions_as_promised() -> None:
    every = [question for split in SPLITS for question in questions(split)]
    without = [question for question in every if not question.answerable]
    assert len(every) - len(without) >= 150
    assert len(without) >= 100
    assert sum(question.near_miss for question in without) >= len(without) / 2


@pytest.mark.parametrize("split", ALL)
def test_every_transcription_is_in_its_document_exactly_once(split: str) -> None:
    wrong = [
        (question.id, target.document, target.quote[:30], count)
        for question in questions(split)
        for need in question.needs
        for target in need
        if (count := words_of(target.document).count(same_words(target.quote))) != 1
    ]
    assert wrong == []


def test_the_splits_share_no_question() -> None:
    dev, test, fresh = ({same_words(question.text) for question in questions(split)} for split in ALL)
    assert not dev & test
    assert not (dev | test) & fresh
    ids = [question.id for split in ALL for question in questions(split)]
    assert len(ids) == len(set(ids))


def test_the_halves_share_no_place_but_in_cross_document_questions() -> None:
    first: dict[str, set[tuple[str, str]]] = {}
    for split in SPLITS:
        first[split] = {
            (need[0].document, need[0].quote)
            for question in questions(split)
            if question.kind != "cross"
            for need in question.needs
        }
    assert not first["dev"] & first["test"]


def test_the_documents_named_are_there() -> None:
    named = {target.document for split in ALL for q in questions(split) for need in q.needs for target in need}
    assert [document for document in sorted(named) if not Path(CORPUS / document).is_file()] == []


@pytest.mark.parametrize("name", practice())
def test_every_practice_question_is_answered_by_its_own_documents(name: str) -> None:
    folder = practice()[name]
    texts = {path.name: same_words(read(path).text) for path in (folder / "documents").iterdir()}
    places = [target for question in load(folder / "questions.jsonl") for need in question.needs for target in need]
    wrong = [target for target in places if texts[target.document].count(same_words(target.quote)) != 1]
    assert wrong == []
