"""Real files outside the repository, and the demonstration library's: every one is read, and its spans hold."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.clean import original_text
from ingest.document import Document
from ingest.read.reader import is_document, read

REPOSITORY = Path(__file__).resolve().parents[3]
DATA = Path(os.environ.get("YOUJU_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))
SEEDS = DATA.parent / "seeds"


def documents(folder: Path) -> Iterator[Document]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and is_document(path):
            yield read(path)


def check(document: Document) -> None:
    last = 0
    for block in document.blocks:
        assert last <= block.span.start < block.span.end
        last = block.span.end
        assert all(block.span.contains(span) for _, span in block.cells)
    assert last == len(document.text)
    ends = 0
    for edit in document.edits:
        assert ends <= edit.span.start <= edit.span.end
        ends = edit.span.end
    assert len(original_text(document.text, document.edits)) >= len(document.text)


@pytest.mark.skipif(not (DATA / "laws_versions").is_dir(), reason="the shared data are not here")
def test_all_editions_of_the_laws_have_their_articles_and_dates() -> None:
    manifest = json.loads((DATA / "laws_versions" / "manifest.json").read_text(encoding="utf-8"))
    for entry in manifest:
        document = read(DATA / "laws_versions" / entry["file"])
        check(document)
        found = {
            match[1]
            for block in document.blocks
            if (
                match := re.match(
                    r"(第[一二三四五六七八九十百零]+条(?:之[一二三四五六七八九十]+)?)[\s　]",
                    block.span.of(document.text),
                )
            )
        }
        assert len(found) == entry["articles"], entry["file"]
        assert document.metadata.title == entry["title"]
        assert document.metadata.published is not None
        assert document.metadata.effective_from is not None
        assert document.notices == ()


@pytest.mark.skipif(not (DATA / "documents").is_dir(), reason="the shared data are not here")
@pytest.mark.parametrize(("folder", "count"), [("docx", 43), ("md", 61)])
def test_official_files_are_read_without_notices(folder: str, count: int) -> None:
    found = list(documents(DATA / "documents" / folder))
    assert len(found) == count
    for document in found:
        check(document)
        assert document.notices == ()


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the seeds are not here")
def test_the_scraped_report_comes_out_clean() -> None:
    (document,) = documents(SEEDS)
    check(document)
    for words in ("太钢党委召开深化整改专题会", "总经理", "负责人", "发挥", "“后半篇文章”", "责任", "敢于刀刃向内"):
        assert words in document.text
    assert not re.search(r"[(（][a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ]+[)）]", document.text)
    assert {edit.rule for edit in document.edits} == {"pinyin", "traditional"}


@pytest.mark.skipif(not (REPOSITORY / "corpus").is_dir(), reason="there is no demonstration library yet")
def test_the_demonstration_library_is_read_without_notices() -> None:
    for document in documents(REPOSITORY / "corpus"):
        check(document)
        assert document.notices == (), document.name
