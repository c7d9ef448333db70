"""Whether a library is whole: the full comparison that opening it does not make, and a digest of what it holds."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from ingest import codec
from ingest.archives import MARK
from ingest.catalogue import as_vector
from ingest.changes import embedded_text, places, text_hash
from ingest.document import ClauseLevel, DocumentKind, Notice, Span, work_id
from ingest.indexes import Indexes
from ingest.segment import terms
from ingest.structure.titles import work_key
from ingest.vectors import Vector

if TYPE_CHECKING:
    from ingest.library import Library

_SHOWN = 3  # examples named in one sentence
_BATCH = 500  # vectors compared at once
_SAMPLE = 1000  # passages whose terms are compared: segmenting a text again takes some 0.2 ms


def inspect(library: Library) -> list[Notice]:
    """Every problem found, each with what to do; none is the usual answer. Reads the whole library."""
    with library.writing:
        library.settle(force=True)
        db = library.catalogue.writer
        command = f"youju rebuild --library {library.directory}"
        return [
            *_damaged(db),
            *_documents(db),
            *_indexes(library, db, command),
            *_vectors(db, command),
            *_originals(library, db),
            *_versions(db, command),
        ]


def _damaged(db: sqlite3.Connection) -> Iterator[Notice]:
    found = [row[0] for row in db.execute("PRAGMA quick_check(5)")]
    if found != ["ok"]:
        yield Notice(
            "catalogue_damaged", f"目录数据库已损坏：{'；'.join(found)}。请停止使用，从备份恢复整个资料库目录。"
        )


def _documents(db: sqlite3.Connection) -> Iterator[Notice]:
    """A current document has one current version, its own; nothing belongs to a version that is not there."""
    rows = db.execute(
        """
        SELECT d.id FROM documents d LEFT JOIN versions v ON v.document_id = d.id AND v.state = 'current'
        GROUP BY d.id HAVING count(v.id) <> (d.state = 'current') OR (d.state = 'current' AND max(v.id) <> d.version_id)
        """
    ).fetchall()
    if rows:
        yield Notice(
            "documents_wrong",
            f"{len(rows)} 份文档与它们的版本对不上（{_some({row[0] for row in rows})}）。请从备份恢复整个资料库目录；"
            "没有备份时移走该目录，再用 youju ingest 重新入库。",
        )


# ---------------------------------------------------------------- the derived indexes


def _indexes(library: Library, db: sqlite3.Connection, command: str) -> Iterator[Notice]:
    """The passages of the current versions are what the derived indexes hold: no more, no less, nowhere else."""
    wanted = {
        row[0]: row[1]
        for row in db.execute(
            "SELECT p.id, v.partition FROM versions v JOIN passages p ON p.id >= v.id || ':' AND p.id < v.id || ';' "
            "WHERE v.state = 'current'"
        )
    }
    with library.shelf.use() as indexes:
        near, differing = _nearness(db, indexes)
        stores = {"向量库": near, "词项索引": indexes.terms.placed()}
        for name, have in stores.items():
            yield from _placement(name, wanted, have, command)
        if differing := differing & wanted.keys():
            yield Notice(
                "index_differs",
                f"向量库里 {len(differing)} 个片段的向量与目录中的不同（{_some(differing)}）。请运行 {command} 重建索引。",
            )
        if differing := _other_words(db, indexes, wanted.keys() & stores["词项索引"].keys()):
            yield Notice(
                "index_differs",
                f"词项索引里 {len(differing)} 个片段的词项与正文不符（{_some(differing)}）。请运行 {command} 重建索引。",
            )


def _placement(name: str, wanted: Mapping[str, str], have: Mapping[str, str], command: str) -> Iterator[Notice]:
    lacking: dict[str, list[str]] = {}
    for passage_id in wanted.keys() - have.keys():
        lacking.setdefault(wanted[passage_id], []).append(passage_id)
    for partition, missing in sorted(lacking.items()):
        yield Notice(
            "index_incomplete",
            f"{name}的分区 {partition} 缺少 {len(missing)} 个片段（{_some(missing)}）。请运行 {command} 重建索引。",
        )
    if extra := have.keys() - wanted.keys():
        yield Notice(
            "index_stale",
            f"{name}多出 {len(extra)} 个已不在库中的片段（{_some(extra)}）。请运行 {command} 重建索引。",
        )
    if misplaced := {each for each in wanted.keys() & have.keys() if wanted[each] != have[each]}:
        yield Notice(
            "index_misplaced",
            f"{name}里 {len(misplaced)} 个片段放错了分区（{_some(misplaced)}）。请运行 {command} 重建索引。",
        )


def _nearness(db: sqlite3.Connection, indexes: Indexes) -> tuple[dict[str, str], set[str]]:
    """Where each id of the vector store lies, and whose vector is not the one the catalogue keeps.

    Stores that compare by cosine give vectors back rescaled, equal to some 1e-7 a coordinate.
    """
    places: dict[str, str] = {}
    differing: set[str] = set()
    items = indexes.vectors.items()
    while batch := list(islice(items, _BATCH)):
        places.update((item.passage_id, item.partition) for item in batch)
        kept = _kept_vectors(db, [item.passage_id for item in batch])
        differing |= {item.passage_id for item in batch if not _same(item.vector, kept.get(item.passage_id))}
    return places, differing


def _kept_vectors(db: sqlite3.Connection, passage_ids: Sequence[str]) -> dict[str, bytes]:
    rows = db.execute(
        f"""
        SELECT p.id, x.vector FROM passages p JOIN vectors x ON x.text_hash = p.text_hash
        JOIN embedders e ON e.number = x.embedder AND e.id = (SELECT value FROM manifest WHERE name = 'embedder')
        WHERE p.id IN ({", ".join("?" * len(passage_ids))})
        """,
        passage_ids,
    )
    return dict(rows.fetchall())


def _same(vector: Vector, kept: bytes | None) -> bool:
    """A vector that is not kept, or kept broken, is told as that, not as differing."""
    if kept is None or len(kept) != vector.nbytes:
        return True
    stored = as_vector(kept)
    return bool(np.allclose(stored / (np.linalg.norm(stored) or 1), vector, atol=1e-4))


def _other_words(db: sqlite3.Connection, indexes: Indexes, passage_ids: Collection[str]) -> set[str]:
    """Of a sample, evenly spread, the passages that are indexed under other words than theirs."""
    ordered = sorted(passage_ids)
    sample = ordered[:: max(1, len(ordered) // _SAMPLE)]
    out: set[str] = set()
    for passage_id in sample:
        row = db.execute(
            'SELECT substr(c.text, p.start + 1, p."end" - p.start), p.context FROM passages p JOIN contents c '
            "ON c.version_id = ? WHERE p.id = ?",
            (passage_id.rpartition(":")[0], passage_id),
        ).fetchone()
        if row is None or indexes.terms.words(passage_id) != (" ".join(terms(row[0])), " ".join(terms(row[1]))):
            out.add(passage_id)
    return out


def _vectors(db: sqlite3.Connection, command: str) -> Iterator[Notice]:
    row = db.execute(
        """
        SELECT count(*) FROM versions v JOIN passages p ON p.id >= v.id || ':' AND p.id < v.id || ';'
        WHERE v.state = 'current' AND p.text_hash NOT IN (
            SELECT text_hash FROM vectors JOIN embedders ON embedder = number
            WHERE embedders.id = (SELECT value FROM manifest WHERE name = 'embedder'))
        """
    ).fetchone()
    if row[0]:
        yield Notice("vectors_missing", f"目录里缺少 {row[0]} 个片段的向量。请运行 {command} 补算并重建索引。")
    if count := len(broken_vectors(db)):
        yield Notice("vectors_broken", f"目录里有 {count} 个向量已损坏。请运行 {command} 重算并重建索引。")


def broken_vectors(db: sqlite3.Connection) -> list[bytes]:
    """The text hashes of the kept vectors that are none: of another length than the index's, or not of numbers."""
    rows = db.execute(
        """
        SELECT text_hash, vector, (SELECT value FROM manifest WHERE name = 'dimension') FROM vectors
        JOIN embedders ON embedder = number WHERE embedders.id = (SELECT value FROM manifest WHERE name = 'embedder')
        """
    )
    return [key for key, blob, size in rows if len(blob) != 4 * int(size) or not np.isfinite(as_vector(blob)).all()]


# ---------------------------------------------------------------- originals and texts


def _originals(library: Library, db: sqlite3.Connection) -> Iterator[Notice]:
    rows = db.execute(
        "SELECT document_id, title, state, original, sidecar FROM versions WHERE state <> 'staged' ORDER BY ordinal"
    )
    for document_id, title, state, original, sidecar in rows.fetchall():
        for digest in (original, sidecar):
            if digest is not None and library.originals.read(digest) is None:
                what = "原件" if digest == original else "附带的元数据文件"
                mend = "旧版本的原件无法再下载，其文本仍可查阅"
                if state == "current":
                    damaged = f"删除 {library.originals.path(digest)}，再" if library.originals.holds(digest) else ""
                    mend = f"请{damaged}{_again(library, db, document_id)}"
                yield Notice("original_missing", f"“{title}”的{what}缺失或已损坏（originals/{digest}）。{mend}。")


def _again(library: Library, db: sqlite3.Connection, document_id: str) -> str:
    """How a document's file is brought again."""
    query = """
        SELECT kind, location FROM sources
        WHERE document_id = (SELECT COALESCE(part_of, id) FROM documents WHERE id = ?) ORDER BY kind, location LIMIT 1"""
    kind, location = db.execute(query, (document_id,)).fetchone()
    if kind == "upload":
        return f"重新上传“{location.partition(MARK)[0]}”"
    return f"运行 youju ingest --library {library.directory} {location.partition(MARK)[0]}"


def _versions(db: sqlite3.Connection, command: str) -> Iterator[Notice]:
    """What every citation rests on, version by version."""
    for version_id, (title, state, wrong) in wrong_versions(db).items():
        mend = f"请运行 {command} 由原件重新读取"
        mend += "" if state == "current" else "；仍不行时从备份恢复，或用 youju documents purge 删除这个旧版本"
        yield Notice("version_wrong", f"“{title}”（版本 {version_id}）的{'、'.join(wrong)}。{mend}。")
    placed = places(db)
    if moved := [row[0] for row in db.execute(_PARTITIONS) if placed.get(row[0], row[1]) != row[1]]:
        yield Notice(
            "partition_wrong", f"{len(moved)} 份文档的新旧分区记错了（{_some(moved)}）。请运行 {command} 重建索引。"
        )
    if count := sum(db.execute(query).fetchone()[0] for query in _ORPHANS):
        yield Notice("orphans", f"目录里有 {count} 行数据不属于任何版本。请运行 {command} 清除。")


_PARTITIONS = "SELECT id, partition FROM versions WHERE state = 'current'"
_ORPHANS = (
    "SELECT count(*) FROM passages WHERE substr(id, 1, instr(id, ':') - 1) NOT IN (SELECT id FROM versions)",
    *(
        f"SELECT count(*) FROM {table} WHERE version_id NOT IN (SELECT id FROM versions)"
        for table in ("findings", "editions", "contents")
    ),
)


def wrong_versions(db: sqlite3.Connection) -> dict[str, tuple[str, str, list[str]]]:
    """The versions whose parts do not fit together: title, state and what is wrong, by version id."""
    out: dict[str, tuple[str, str, list[str]]] = {}
    for row in db.execute(
        "SELECT id, title, state, kind, articles, passages, findings, metadata FROM versions WHERE state <> 'staged'"
    ).fetchall():
        version_id, title, state = row[:3]
        content = db.execute(
            "SELECT text, blocks, clauses FROM contents WHERE version_id = ?", (version_id,)
        ).fetchone()
        if content is None:
            out[version_id] = (title, state, ["正文缺失"])
            continue
        wrong = [*_wrong_spans(db, version_id, *content), *_wrong_counts(db, row, content[2]), *_wrong_edition(db, row)]
        if wrong:
            out[version_id] = (title, state, wrong)
    return out


def _wrong_spans(db: sqlite3.Connection, version_id: str, text: str, blocks: str, clauses: str) -> Iterator[str]:
    """Blocks, clauses and rows lie in the text, and a passage's span gives what was embedded."""
    spans = [span for block in codec.load_blocks(blocks) for span in (block.span, *(span for _, span in block.cells))]
    spans += [clause.span for clause in codec.load_clauses(clauses)]
    findings = db.execute('SELECT start, "end" FROM findings WHERE version_id = ?', (version_id,))
    spans += [Span(start, end) for start, end in findings]
    wrong = sum(not 0 <= span.start <= span.end <= len(text) for span in spans)
    passages = db.execute(
        'SELECT start, "end", context, text_hash FROM passages WHERE id >= ? AND id < ?',
        (f"{version_id}:", f"{version_id};"),
    )
    wrong += sum(
        text_hash(embedded_text(context, text[start:end])) != stored for start, end, context, stored in passages
    )
    if wrong:
        yield f"{wrong} 处定位与正文不符"


def _wrong_counts(db: sqlite3.Connection, row: Sequence[Any], clauses: str) -> Iterator[str]:
    version_id, articles, passages, findings = row[0], row[4], row[5], row[6]
    found = (
        sum(clause.level is ClauseLevel.ARTICLE for clause in codec.load_clauses(clauses)),
        db.execute(
            "SELECT count(*) FROM passages WHERE id >= ? AND id < ?", (f"{version_id}:", f"{version_id};")
        ).fetchone()[0],
        db.execute("SELECT count(*) FROM findings WHERE version_id = ?", (version_id,)).fetchone()[0],
    )
    for name, noted, have in zip(("条", "片段", "台账行"), (articles, passages, findings), found, strict=True):
        if noted != have:
            yield f"{name}应有 {noted}，实有 {have}"


def _wrong_edition(db: sqlite3.Connection, row: Sequence[Any]) -> Iterator[str]:
    """A regulation is an edition, and its dates are those of its metadata; nothing else is one."""
    version_id, title, kind, known = row[0], row[1], row[3], codec.load_metadata(row[7])
    edition = db.execute(
        "SELECT work_id, label, published, effective_from, effective_to FROM editions WHERE version_id = ?",
        (version_id,),
    ).fetchone()
    if kind != DocumentKind.REGULATION:
        if edition is not None:
            yield "版本信息多余"
        return
    dates = (known.published or known.date, known.effective_from, known.effective_to)
    wanted = (work_id(work_key(known.work or title, known.issuer)), known.edition, *map(codec.day, dates))
    if edition != wanted:
        yield "版本信息与元数据不符"


def _some(ids: Collection[str]) -> str:
    return "、".join(sorted(ids)[:_SHOWN]) + ("……" if len(ids) > _SHOWN else "")


_CONTENT = {
    "documents": "SELECT id, state, version_id, part_of, part FROM documents ORDER BY id",
    "sources": "SELECT kind, location, document_id, root FROM sources ORDER BY kind, location, document_id",
    "versions": """
        SELECT id, document_id, state, kind, partition, title, name, media_type, digest, original, sidecar, size,
               reader_version, structure_version, readers, unit, day, articles, passages, findings, metadata, notices,
               repeals, defines, amends FROM versions WHERE state <> 'staged' ORDER BY id""",
    "contents": "SELECT version_id, text, blocks, edits, clauses FROM contents ORDER BY version_id",
    "editions": "SELECT * FROM editions ORDER BY version_id",
    "passages": "SELECT * FROM passages ORDER BY id",
    "findings": "SELECT * FROM findings ORDER BY id",
    "corrections": "SELECT document_id, field, value, corrected_by FROM corrections ORDER BY document_id, field",
}


def content_digest(db: sqlite3.Connection) -> str:
    """A digest of documents, versions, texts, passages, findings and editions; not of vectors, times or order."""
    digest = hashlib.sha256()
    for name, query in _CONTENT.items():
        digest.update(name.encode())
        for row in db.execute(query):
            digest.update(repr(row).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
