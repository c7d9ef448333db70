"""Copies of one text are told from other texts: scrapes of the corpus from three sites, and texts that only resemble.

Pairs are decided by the product's own catalogue: every document is stored in a library, and the pairs its roster
groups are compared with those that were made from the same text.
"""

from __future__ import annotations

import json
import random
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from evals.corpus import CORPUS
from evals.ingestion.dirt import DIRT, Text, as_file, corpus_texts
from evals.ingestion.measure import Figure, shared_data
from ingest import changes
from ingest.catalogue import SourceNote
from ingest.changes import Change
from ingest.connections import Catalogue
from ingest.document import LOCAL
from ingest.errors import YoujuError
from ingest.read.reader import read, read_bytes
from ingest.structure.structure import structure

TARGET = 0.98


@dataclass(frozen=True, slots=True)
class Copy:
    """A file and the text it was made from."""

    origin: str
    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Site:
    """How a site sets the texts it takes over."""

    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    dirt: str
    suffix: str


SITES = (
    Site(
        "法规汇编网",
        ("法规汇编网 > 企业制度 > 正文", "发布时间：2024-07-02　来源：转载　阅读：312次", "登录 | 注册 | 收藏"),
        (
            "上一篇：安全生产责任制实施细则",
            "本站声明：转载文章版权归原作者所有，如有侵权请联系删除。",
            "Copyright © 2024 法规汇编网",
        ),
        "readings, converted",
        ".html",
    ),
    Site(
        "文库",
        ("企业管理文库", "文档编号：A-20931", "上传者：海阔天空"),
        ("本文档共 12 页，更多内容请下载后查看", "扫一扫在手机打开当前页"),
        "pages with running header",
        ".txt",
    ),
    Site(
        "党建云",
        ("您当前的位置：首页 >> 学习园地", "字号：大 中 小"),
        ("责任编辑：周舟", "分享到：微信 微博", "下一篇：党委理论学习中心组学习计划"),
        "invisible, odd spaces",
        ".docx",
    ),
)


def scraped(text: Text, site: Site, strength: int) -> Copy:
    """A text as a site shows it: with its dirt and furniture, a few percent of the end lost at times."""
    chance = random.Random(f"{site.name}:{strength}:{text.name}")
    lines = list(text.lines)
    if strength and chance.random() < 0.5:
        lines = lines[: max(3, len(lines) - max(1, len(lines) * strength // 50))]
    damaged = DIRT[site.dirt](Text(text.name, tuple(lines), frozenset()), strength, chance)
    data = as_file([*site.before, *damaged.lines, *site.after], site.suffix)
    return Copy(text.name, f"{site.name}_{strength}_{Path(text.name).stem}{site.suffix}", data)


def alike() -> Iterator[Copy]:
    """Texts that resemble each other and are none: templates filled in differently, reports of one meeting."""
    units = ("炼钢厂", "热轧厂", "动力厂", "物流公司", "检修公司", "焦化厂")
    for i, unit in enumerate(units):
        lines = [
            f"关于对{unit}党委开展常规巡察的通知",
            f"{unit}党委：",
            "根据集团党委巡察工作规划和年度安排，经巡察工作领导小组研究并报集团党委批准，决定对你单位党委开展常规巡察。",
            f"巡察组由{7 + i}名同志组成，巡察时间自2024年{3 + i}月{5 + i}日至{5 + i}月{20 - i}日。",
            "巡察重点是贯彻落实上级决策部署、履行全面从严治党责任、领导班子建设和选人用人、巡察整改等方面的情况。",
            "请你单位做好动员会筹备、材料准备和后勤保障工作，并确定一名联络员。",
            f"联系人：{'张王李赵周吴'[i]}明，电话：8760{i}12{i}。",
        ]
        yield Copy(f"通知{unit}", f"巡察通知_{unit}.txt", as_file(lines, ".txt"))
        lines = [
            f"{unit}党委书记在巡察整改专题会上的讲话",
            "同志们：这次会议的主要任务是传达集团党委要求，部署本单位巡察整改工作。",
            f"本次巡察共指出问题{12 + i}个，目前已经完成整改{5 + i}个，还有7个正在推进。",
            "一是提高政治站位，把整改作为当前头等大事来抓。",
            f"二是压实责任，{unit}班子成员按分工各负其责，{3 + i}月底前全部销号。",
            "三是举一反三，建立长效机制，防止同类问题再次发生。",
        ]
        yield Copy(f"讲话{unit}", f"整改讲话_{unit}.txt", as_file(lines, ".txt"))
    heard = "会议听取了2024年第一轮巡察情况的汇报，研究了集中整改有关事项。"
    for i, who in enumerate(("集团办公室", "党委工作部", "新闻中心")):
        lines = [
            f"集团召开巡察工作会议（{who}供稿）",
            heard,
            *[
                f"{who}注意到，会议第{n}项议题围绕{topic}展开，{who}将跟进第{n}项落实。"
                for n, topic in enumerate(("采购", "安全", "用人", "财务"), i + 1)
            ],
            "会议要求各单位认真抓好落实。",
        ]
        yield Copy(f"报道{who}", f"会议报道_{who}.txt", as_file(lines, ".txt"))


def editions() -> Iterator[Copy]:
    """Editions of real laws, where they are here: no two are the same text."""
    data = shared_data()
    for path in sorted((data / "laws_versions").rglob("*.md")) if data is not None else ():
        yield Copy(f"{path.parent.name}/{path.stem}", f"{path.parent.name}_{path.name}", path.read_bytes())
        plain = re.sub(r"\A---\n.*?\n---\n", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        # the same without what the source says of it: only the text can tell the editions apart
        yield Copy(f"{path.parent.name}/{path.stem}", f"{path.parent.name}_{path.stem}_无信息.md", plain.encode())


def grouped(copies: Sequence[Copy]) -> set[tuple[int, int]]:
    """The pairs (by index) that a catalogue holding all of them takes for the same text."""
    with tempfile.TemporaryDirectory() as folder:
        catalogue = Catalogue(Path(folder))
        index: dict[str, int] = {}
        try:
            for i, copy in enumerate(copies):
                try:
                    read = structure(read_bytes(copy.data, copy.name))
                except YoujuError:
                    continue
                change = Change(copy.data, read, SourceNote("upload", copy.name))
                with catalogue.change() as db:
                    plan = changes.plan(db, change)
                    changes.apply(db, [plan], changes.partitions(db, [plan]), "2026-01-01T00:00:00+00:00", ("0", "0"))
                    db.execute("UPDATE manifest SET value = value + 1 WHERE name = 'revision'")
                index[plan.structured.version_id] = i
            with catalogue.snapshot() as snapshot:
                view = snapshot.roster.view(LOCAL)
                found = {(v, other.version_id) for v in index for other, _ in view.same_text(v)}
        finally:
            catalogue.close()
    return {(index[a], index[b]) for a, b in found if a in index and b in index and index[a] < index[b]}


def measure(out: Path) -> Sequence[Figure]:
    """Precision and recall of the pairs, and editions taken for copies."""
    texts = corpus_texts()
    # A text with a table is scraped without it, which is another text.
    whole = [text for text in texts if len(read(CORPUS / text.name).blocks) == len(text.lines)]
    copies = [Copy(text.name, Path(text.name).name, (CORPUS / text.name).read_bytes()) for text in whole]
    copies += [scraped(text, site, strength) for text in texts for strength, site in enumerate(SITES)]
    copies += alike()
    figures = _scored("copies of the corpus", copies, out)
    laws = list(editions())
    if not laws:
        return [
            *figures,
            Figure("editions of laws: taken for copies", None, remark="没有 ../shared/data/laws_versions"),
        ]
    return [*figures, *_scored("editions of laws, each twice", laws, out)]


def _scored(name: str, copies: Sequence[Copy], out: Path) -> list[Figure]:
    wanted = {(i, j) for (i, a), (j, b) in combinations(enumerate(copies), 2) if a.origin == b.origin}
    found = grouped(copies)
    out.mkdir(parents=True, exist_ok=True)
    with (out / "missed.jsonl").open("a", encoding="utf-8") as missed:
        for kind, pairs in (("missed", wanted - found), ("wrong", found - wanted)):
            for i, j in sorted(pairs):
                missed.write(json.dumps([kind, copies[i].name, copies[j].name], ensure_ascii=False) + "\n")
    right = len(wanted & found)
    return [
        Figure(f"{name}: precision of pairs", right / len(found) if found else None, TARGET, n=len(found)),
        Figure(f"{name}: recall of pairs", right / len(wanted), TARGET, n=len(wanted)),
    ]
