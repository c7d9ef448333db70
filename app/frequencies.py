"""How often terms occur in what a caller may read: what he may not is as if absent, also in the weight of a word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from weakref import WeakKeyDictionary

from ingest.catalogue import Snapshot
from ingest.document import Caller
from ingest.library import Library
from ingest.roster import View
from ingest.segment import terms

Frequencies = Callable[[Sequence[str]], Mapping[str, int]]


def readable(library: Library, snapshot: Snapshot, caller: Caller) -> Frequencies:
    """Term → in how many passages it occurs, those hidden from the caller not counted."""
    held = _hidden(snapshot, caller)
    if not held:
        return library.term_frequencies
    return lambda words: {word: max(0, count - held[word]) for word, count in library.term_frequencies(words).items()}


def _hidden(snapshot: Snapshot, caller: Caller) -> Counter[str]:
    """In how many hidden passages each term occurs; counted once for each view of a revision."""
    view = snapshot.roster.view(caller)
    known = _HIDDEN.get(view)
    if known is None:
        known = Counter()
        for version_id in snapshot.roster.headers.keys() - view.headers.keys():
            text = snapshot.text(version_id)
            for passage in snapshot.passages_of(version_id):
                known.update(set(terms(passage.span.of(text))))
        _HIDDEN[view] = known
    return known


_HIDDEN: WeakKeyDictionary[View, Counter[str]] = WeakKeyDictionary()
