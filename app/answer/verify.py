"""The last gate: what is shown as verbatim is verbatim, and no superseded text passes for one in force."""

from __future__ import annotations

from app.model import Evidence, Query
from ingest.catalogue import Snapshot
from ingest.document import Caller


def holds(found: Evidence, query: Query, snapshot: Snapshot, caller: Caller) -> bool:
    """Whether the evidence may be shown: visible, its quotation exact, its edition usable for this question."""
    header = snapshot.header(found.version_id)
    if header is None or not caller.may_read(header.readers):
        return False
    text = snapshot.text(found.version_id)
    if not found.quote or found.span.of(text) != found.quote:
        return False
    edition = snapshot.edition_of(found.version_id, caller)
    if edition is None or edition.citable(query.as_of):
        return True
    return query.filters.all_editions or found.version_id in query.versions
