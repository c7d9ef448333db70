"""Copies of one text are one group; other editions and texts of one template are not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import pytest

from ingest import changes
from ingest.catalogue import SourceNote
from ingest.changes import Change
from ingest.connections import Catalogue
from ingest.document import LOCAL, Caller
from ingest.duplicates import likeness, sketch
from ingest.read.reader import read_bytes
from ingest.roster import Scope, View
from ingest.structure.structure import structure

ARTICLES = (
    "巡察工作办法",
    "第一条　为了规范巡察工作，发挥巡察利剑作用，根据有关规定，制定本办法。",
    "第二条　巡察工作坚持实事求是、依规依纪，坚持问题导向。",
    "第三条　被巡察单位应当在三个月内完成集中整改，并按时报告。",
    "第四条　巡察办应当对整改情况开展评估，评估结果报领导小组。",
    "第五条　本办法自2024年7月1日起施行。",
)
COPY = ("首页 > 法规 > 正文", *ARTICLES, "责任编辑：甲", "转载文章版权归原作者所有，请联系网站删除。")
HEAD = "---\nissuer: 集团党委\nnumber: 岱钢党发〔2024〕9号\n---\n"


def text(lines: Sequence[str]) -> str:
    return "\n".join(lines)


def test_a_copy_with_other_furniture_and_a_lost_end_is_the_same_text() -> None:
    assert likeness(text(ARTICLES), text(COPY), regulation=True) == 1.0
    assert likeness(text(ARTICLES), text(COPY[:-4]), regulation=True) >= 0.9
    assert set(sketch(text(ARTICLES))) <= set(sketch(text(COPY)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("三个月内", "六个月内"),
        ("第四条　", "第四条　被巡察单位应当配合评估。"),
        ("2024年7月1日", "2025年1月1日"),
        ("并按时报告。", ""),
    ],
)
def test_a_regulation_that_differs_inside_is_another_edition(old: str, new: str) -> None:
    assert likeness(text(ARTICLES), text(ARTICLES).replace(old, new), regulation=True) == 0.0


def test_a_line_of_dates_under_the_title_of_one_copy_makes_no_edition() -> None:
    dated = (ARTICLES[0], "（2021年3月15日印发　2024年6月18日修订）", *ARTICLES[1:])
    assert likeness(text(ARTICLES), text(dated), regulation=True) == 1.0
    older = (ARTICLES[0], "（2021年3月15日印发）", *ARTICLES[1:])
    assert likeness(text(older), text(dated), regulation=True) == 0.0


def test_texts_of_one_template_are_not_the_same() -> None:
    speech = "同志们，今天部署巡察整改工作。\n本次巡察指出问题{}个，已完成整改{}个。\n一是提高站位，把整改抓到底。\n二是压实责任，班子成员各负其责。\n三是举一反三，建立长效机制。"
    assert likeness(speech.format(12, 5), speech.format(31, 9), regulation=False) == 0.0
    assert sketch("很短。") == ()


class Shelf:
    """A catalogue without indexes: what grouping needs."""

    def __init__(self, folder: Path) -> None:
        self.catalogue = Catalogue(folder)

    def put(self, name: str, lines: Sequence[str], head: str = "") -> str:
        data = (head + "\n\n".join(lines)).encode()
        change = Change(data, structure(read_bytes(data, name)), SourceNote("upload", name))
        with self.catalogue.change() as db:
            plan = changes.plan(db, change)
            changes.apply(db, [plan], changes.partitions(db, [plan]), "2026-01-01T00:00:00+00:00", ("0", "0"))
            db.execute("UPDATE manifest SET value = value + 1 WHERE name = 'revision'")
        return plan.structured.version_id

    def remove(self, version_id: str) -> None:
        with self.catalogue.change() as db:
            row = db.execute("SELECT document_id FROM versions WHERE id = ?", (version_id,)).fetchone()
            changes.remove(db, row[0])
            db.execute("UPDATE manifest SET value = value + 1 WHERE name = 'revision'")

    def view(self, caller: Caller = LOCAL) -> View:
        with self.catalogue.snapshot() as snapshot:
            return snapshot.roster.view(caller)


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    held = Shelf(tmp_path)
    yield held
    held.catalogue.close()


SCOPE = Scope(as_of=date(2026, 1, 1))


def test_the_official_copy_is_used_and_the_next_one_takes_its_place(shelf: Shelf) -> None:
    scraped = shelf.put("转载.md", COPY)
    official = shelf.put("办法.md", ARTICLES, HEAD)
    assert shelf.view().eligible(SCOPE).versions == {official}
    ((other, share),) = shelf.view().same_text(official)
    assert (other.version_id, share) == (scraped, 1.0)
    shelf.remove(official)
    assert shelf.view().eligible(SCOPE).versions == {scraped}
    assert shelf.view().same_text(scraped) == ()


def test_who_may_not_read_the_official_copy_gets_the_best_he_may(shelf: Shelf) -> None:
    official = shelf.put("办法.md", ARTICLES, HEAD.replace("---\nissuer", "---\nreaders: [巡察办]\nissuer"))
    scraped = shelf.put("转载.md", COPY)
    outsider, insider = Caller("a"), Caller("b", frozenset({"巡察办"}))
    assert shelf.view(outsider).eligible(SCOPE).versions == {scraped}
    assert shelf.view(outsider).same_text(scraped) == ()
    assert shelf.view(insider).eligible(SCOPE).versions == {official}


def test_the_copy_that_was_asked_for_is_the_one_that_is_used(shelf: Shelf) -> None:
    scraped = shelf.put("转载.md", COPY)
    shelf.put("办法.md", ARTICLES, HEAD)
    document = shelf.view().headers[scraped].document_id
    assert shelf.view().eligible(Scope(as_of=date(2026, 1, 1), documents=(document,))).versions == {scraped}


def test_another_edition_stays_beside_the_first(shelf: Shelf) -> None:
    one = shelf.put("办法一.md", ARTICLES)
    other = shelf.put("办法二.md", [line.replace("三个月内", "六个月内") for line in ARTICLES])
    assert shelf.view().distinct([one, other]) == {one, other}
