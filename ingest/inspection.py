"""Whether a library is whole: the full comparison that opening it does not make, and a digest of what it holds."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ingest import codec
from ingest.archives import MARK
from ingest.changes import embedded_text, text_hash
from ingest.document import Notice

if TYPE_CHECKING:
    from ingest.library import Library

_SHOWN = 3  # examples named in one sentence


def inspect(library: Library) -> list[Notice]:
    """Every problem found, each with what to do; none is the usual answer. Reads the whole library."""
    with library.writing:
        library.settle(force=True)
        db = library.catalogue.writer
        command = f"youju rebuild --library {library.directory}"
        return [
            *_damaged(db),
            *_indexes(library, db, command),
            *_originals(library, db),
            *_spans(db),
        ]


def _damaged(db: sqlite3.Connection) -> Iterator[Notice]:
    found = [row[0] for row in db.execute("PRAGMA quick_check(5)")]
    if found != ["ok"]:
        yield Notice(
            "catalogue_damaged", f"目录数据库已损坏：{'；'.join(found)}。请停止使用，从备份恢复整个资料库目录。"
        )


def _indexes(library: Library, db: sqlite3.Connection, command: str) -> Iterator[Notice]:
    """The passages of the current versions are what the derived indexes hold, no more and no less."""
    wanted = {
        row[0]
        for row in db.execute(
            "SELECT p.id FROM versions v JOIN passages p ON p.id >= v.id || ':' AND p.id < v.id || ';' "
            "WHERE v.state = 'current'"
        )
    }
    with library.shelf.use() as indexes:
        stores = {"向量库": indexes.vectors.ids(), "词项索引": indexes.terms.ids()}
    for name, have in stores.items():
        if missing := wanted - have:
            yield Notice(
                "index_incomplete", f"{name}缺少 {len(missing)} 个片段（{_some(missing)}）。请运行 {command} 重建索引。"
            )
        if extra := have - wanted:
            yield Notice(
                "index_stale",
                f"{name}多出 {len(extra)} 个已不在库中的片段（{_some(extra)}）。请运行 {command} 重建索引。",
            )
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


def _spans(db: sqlite3.Connection) -> Iterator[Notice]:
    """What every citation rests on: blocks and clauses lie in the text, and a passage's span gives what was embedded."""
    rows = db.execute(
        """
        SELECT v.id, v.title, c.text, c.blocks, c.clauses FROM versions v JOIN contents c ON c.version_id = v.id
        WHERE v.state <> 'staged'
        """
    )
    for version_id, title, text, blocks, clauses in rows:
        spans = [block.span for block in codec.load_blocks(blocks)]
        spans += [span for block in codec.load_blocks(blocks) for _, span in block.cells]
        spans += [clause.span for clause in codec.load_clauses(clauses)]
        wrong = sum(not 0 <= span.start <= span.end <= len(text) for span in spans)
        passages = db.execute(
            'SELECT start, "end", context, text_hash FROM passages WHERE id >= ? AND id < ?',
            (f"{version_id}:", f"{version_id};"),
        )
        wrong += sum(
            text_hash(embedded_text(context, text[start:end])) != stored for start, end, context, stored in passages
        )
        if wrong:
            yield Notice(
                "spans_wrong", f"“{title}”（版本 {version_id}）有 {wrong} 处定位与正文不符。请删除这份文档后重新入库。"
            )


def _some(ids: set[str]) -> str:
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
