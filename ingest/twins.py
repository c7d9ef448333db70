"""The same text from several places, as the catalogue keeps it: sketches by hash, pairs that are the same, and which is shown."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterable, Mapping

from ingest.document import DocumentKind, Structured
from ingest.duplicates import likeness, sketch

_COMPARED = 16  # texts that share most hashes: the pairs that matter hang together through any of them
_SHARED = 0.1  # of the hashes of a sketch, from which on texts are compared
_CHANGES = frozenset(
    {
        *("pinyin", "traditional", "mojibake", "private_use", "kangxi", "compatibility", "entity", "zero"),
        *("intruder", "doubled"),
    }
)


def note_twins(db: sqlite3.Connection, structured: Structured) -> None:
    """Keep a text's sketch and the texts in the catalogue that are the same. Ledgers are all alike and stay out."""
    version_id, text = structured.version_id, structured.document.text
    hashes = sketch(text) if structured.kind is not DocumentKind.LEDGER else ()
    if not hashes:
        return
    for other, other_text in _candidates(db, version_id, hashes):
        share = likeness(text, other_text, regulation=structured.kind is DocumentKind.REGULATION)
        if share:
            db.executemany(
                "INSERT OR REPLACE INTO twins VALUES (?, ?, ?)",
                [(version_id, other, share), (other, version_id, share)],
            )
    db.executemany("INSERT OR IGNORE INTO sketches VALUES (?, ?)", [(each, version_id) for each in hashes])


def forget_twins(db: sqlite3.Connection, version_id: str) -> None:
    """Forget what is kept of a text."""
    db.execute("DELETE FROM sketches WHERE version_id = ?", (version_id,))
    db.execute("DELETE FROM twins WHERE version_id = ? OR other = ?", (version_id, version_id))


def _candidates(db: sqlite3.Connection, version_id: str, hashes: tuple[int, ...]) -> list[tuple[str, str]]:
    """The texts of the same kind that share most hashes: (version id, text)."""
    marks = ", ".join("?" * len(hashes))
    rows = db.execute(
        f"""
        SELECT s.version_id, c.text FROM (
            SELECT version_id, count(*) AS shared FROM sketches WHERE hash IN ({marks}) AND version_id <> ?
            GROUP BY version_id HAVING shared >= ?
        ) s JOIN contents c ON c.version_id = s.version_id JOIN versions v ON v.id = s.version_id
        WHERE v.state IN ('current', 'staged')
        ORDER BY s.shared DESC, s.version_id LIMIT {_COMPARED}
        """,
        (*hashes, version_id, max(1, math.floor(len(hashes) * _SHARED))),
    )
    return [(row[0], row[1]) for row in rows]


def load_twins(db: sqlite3.Connection) -> dict[tuple[str, str], float]:
    """The pairs of current versions that are the same text, both ways."""
    rows = db.execute(
        """
        SELECT t.version_id, t.other, t.share FROM twins t
        JOIN versions a ON a.id = t.version_id AND a.state = 'current'
        JOIN versions b ON b.id = t.other AND b.state = 'current' AND b.document_id <> a.document_id
        """
    )
    return {(row[0], row[1]): row[2] for row in rows}


def standing(structured: Structured) -> float:
    """How official and clean a text is: of several copies the highest is shown."""
    known = structured.metadata
    changed = sum(len(edit.original) for edit in structured.document.edits if edit.rule in _CHANGES)
    web = sum(edit.rule == "furniture" for edit in structured.document.edits)
    return (
        4.0 * (known.number is not None)
        + 2.0 * (known.issuer is not None)
        + 1.0 * (known.published is not None or known.date is not None)
        - 1.0 * (known.origin is not None or web > 0 or structured.document.media_type == "text/html")
        - 0.5 * min(4, len(structured.notices))
        - 4.0 * min(1.0, changed / max(1, len(structured.document.text)))
    )


def groups(versions: Iterable[str], twins: Mapping[tuple[str, str], float]) -> dict[str, frozenset[str]]:
    """Which of these versions are the same text: for each that has a twin, its whole group."""
    present = set(versions)
    root = {version: version for version in present}

    def top(version: str) -> str:
        while root[version] != version:
            version = root[version]
        return version

    for one, other in twins:
        if one in present and other in present:
            first, second = sorted((top(one), top(other)))
            root[second] = first
    members: dict[str, set[str]] = {}
    for version in present:
        members.setdefault(top(version), set()).add(version)
    return {version: frozenset(group) for group in members.values() if len(group) > 1 for version in group}
