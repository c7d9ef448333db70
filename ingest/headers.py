"""The short facts of versions as the catalogue stores them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from ingest import codec
from ingest.document import DocumentKind, Edition
from ingest.roster import Header

_HEADER = """
SELECT v.id, v.document_id, v.kind, v.title, v.name, v.partition, v.passages, v.findings, v.readers, v.unit, v.day, v.repeals,
       v.defines, v.amends, v.standing, e.work_id, e.work, e.aliases, e.title, e.label, e.published, e.effective_from, e.effective_to,
       e.declared_status, e.inferred,
       json_extract(v.metadata, '$.issuer'), json_extract(v.metadata, '$.number'), json_extract(v.metadata, '$.origin')
FROM versions v LEFT JOIN editions e ON e.version_id = v.id
"""


def load_headers(connection: sqlite3.Connection, where: str = "v.state = 'current'", *values: str) -> list[Header]:
    """The headers of the versions that meet a condition, in order of arrival."""
    return [_header(row) for row in connection.execute(f"{_HEADER} WHERE {where} ORDER BY v.ordinal", values)]


def _header(row: Sequence[Any]) -> Header:
    version_id, document_id, kind, title, name, partition, passages, findings, readers, unit, day = row[:11]
    repeals, defines, amends, standing = row[11:15]
    edition = _edition(version_id, row[15:25]) if row[15] is not None else None
    return Header(
        version_id,
        document_id,
        DocumentKind(kind),
        title,
        name,
        partition,
        passages,
        findings,
        tuple(json.loads(readers)) if readers != "[]" else (),
        unit,
        codec.as_day(day),
        edition,
        row[16],
        tuple(json.loads(row[17])) if edition is not None else (),
        codec.load_repeals(repeals) if repeals != "[]" else (),
        json.loads(defines) if defines != "{}" else {},
        codec.load_amends(amends) if amends != "[]" else (),
        standing,
        *row[25:],
    )


def _edition(version_id: str, row: Sequence[Any]) -> Edition:
    work_id, _, _, title, label, published, effective_from, effective_to, status, inferred = row
    return Edition(
        edition_id(version_id),
        work_id,
        version_id,
        title,
        label,
        codec.as_day(published),
        codec.as_day(effective_from),
        codec.as_day(effective_to),
        status,
        frozenset(json.loads(inferred)),
    )


def edition_id(version_id: str) -> str:
    """The edition a regulation's version is."""
    return "e" + version_id
