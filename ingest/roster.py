"""What stands in the library at one revision, in memory: versions a question may use, editions, works and their names.

A question asks these on every turn (which texts are in force, what is 《巡察工作办法》), so they are read once a
revision and shared by all snapshots of it; nothing here changes after it is made.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Generic, TypeVar

from ingest.document import Amendment, Caller, DocumentKind, Edition, Work, timeline
from ingest.structure.titles import normal_title, short_titles
from ingest.twins import groups

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """The values used last, up to a number of them; safe to share between threads."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """The value, now the most recent one."""
        with self._lock:
            value = self._values.get(key)
            if value is not None:
                self._values.move_to_end(key)
            return value

    def put(self, key: K, value: V) -> V:
        """Keep the value, dropping the one unused for longest."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self._size:
                self._values.popitem(last=False)
        return value

    def get_or(self, key: K, make: Callable[[], V]) -> V:
        """The value, made when it is not there. Two threads may both make it; the values are equal."""
        value = self.get(key)
        return value if value is not None else self.put(key, make())

    def clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._values.clear()


@dataclass(frozen=True, slots=True)
class Header:
    """The short facts of a current version. ``edition`` is as stored, without what other texts say about it."""

    version_id: str
    document_id: str
    kind: DocumentKind
    title: str
    name: str
    partition: str
    passages: int
    findings: int = 0
    readers: tuple[str, ...] = ()
    unit: str | None = None
    day: date | None = None  # of a meeting or speech; of a regulation: published
    edition: Edition | None = None
    work: str | None = None  # the lasting title, as printed
    aliases: tuple[str, ...] = ()
    repeals: tuple[tuple[str, date], ...] = ()
    defines: Mapping[str, str] = field(default_factory=dict)
    amends: tuple[Amendment, ...] = ()
    standing: float = 0.0  # which of several copies of a text is shown: the highest
    issuer: str | None = None
    number: str | None = None  # 文号
    origin: str | None = None  # where the file was taken from


@dataclass(frozen=True, slots=True)
class Eligible:
    """The passages one question may use.

    ``rows`` are the allowed passages of the ledgers among ``versions`` when units or rounds were asked for; None:
    all rows. ``passages`` counts what is allowed: with ``held`` it tells how many hits to ask for to see enough.
    """

    versions: frozenset[str]
    partitions: tuple[str, ...]
    passages: int
    rows: frozenset[str] | None = None
    held: int = 0  # all passages of the partitions, as far as the caller knows them
    ledgers: frozenset[str] = frozenset()  # those of ``versions`` that have rows

    def allows(self, passage_id: str) -> bool:
        """Whether this passage may be used."""
        version_id = passage_id.rpartition(":")[0]
        if version_id not in self.versions:
            return False
        return self.rows is None or version_id not in self.ledgers or passage_id in self.rows


@dataclass(frozen=True, slots=True)
class Scope:
    """Which texts a question is about; empty means no condition."""

    as_of: date
    all_editions: bool = False
    kinds: tuple[DocumentKind, ...] = ()
    works: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    date_from: date | None = None
    date_to: date | None = None
    units: tuple[str, ...] = ()


class View:
    """The library as one caller sees it: what he may not read is as if absent, here for timelines and names too."""

    def __init__(self, headers: Sequence[Header], twins: Mapping[tuple[str, str], float]) -> None:
        self.headers = {header.version_id: header for header in headers}
        self.passages = sum(header.passages for header in headers)
        self._twins = twins
        self._groups = groups(self.headers, {pair: share for pair, share in twins.items() if self._one_edition(*pair)})
        self.names = _names(headers)
        self.editions = _timelines(headers, self.names)
        self.works = _works(headers)
        self.amending = _amending(headers, self.names)
        self.notices = _notices(headers)
        self._by_work: dict[str, tuple[Edition, ...]] = {}
        for edition in self.editions.values():  # in order of effect within a work
            self._by_work[edition.work_id] = (*self._by_work.get(edition.work_id, ()), edition)
        self._scopes: Recent[Scope, Eligible] = Recent(64)

    def same_text(self, version_id: str) -> tuple[tuple[Header, float], ...]:
        """The other copies of a text this caller may read, best first, each with the share of the text it has."""
        found = self._groups.get(version_id, frozenset()) - {version_id}
        return tuple(
            (self.headers[other], self._twins.get((version_id, other), 0.0))
            for other in sorted(found, key=lambda other: _standing(self.headers[other]))
        )

    def distinct(self, versions: Iterable[str]) -> frozenset[str]:
        """These versions, of copies of one text only the best of those among them."""
        wanted = frozenset(versions)
        best = {
            min(wanted & self._groups[version], key=lambda each: _standing(self.headers[each]))
            for version in wanted & self._groups.keys()
        }
        return (wanted - self._groups.keys()) | best

    def _one_edition(self, one: str, other: str) -> bool:
        """Whether what the sources say of two texts allows them to be the same edition, or no edition at all."""
        if one not in self.headers or other not in self.headers:
            return False
        a, b = self.headers[one].edition, self.headers[other].edition
        if a is None or b is None:
            return a is b
        return all(
            x is None or y is None or x == y
            for x, y in ((a.label, b.label), (a.published, b.published), (a.effective_from, b.effective_from))
        )

    def of_work(self, work_id: str) -> tuple[Edition, ...]:
        """The editions of a work in order of effect."""
        return self._by_work.get(work_id, ())

    def repealing(self, work_id: str) -> tuple[Header, ...]:
        """The current documents that repeal a work, in order of arrival."""
        return tuple(
            header
            for header in self.headers.values()
            if any(work_id in self.names.find(name_key(title)) for title, _ in header.repeals)
        )

    def amended_after(self, edition: Edition, on: date) -> list[Amending]:
        """The amending documents known on a day that an edition's text cannot contain: issued after it was."""
        basis = edition.published or edition.effective_from
        found = []
        for amending in self.amending.get(edition.work_id, ()):
            day = amending.header.day
            if amending.header.version_id != edition.version_id and (day is None or day <= on):
                found += [amending] if day is None or basis is None or day > basis else []
        return found

    def notice_called(self, text: str) -> Header | None:
        """The notice, decision or reply (关于…) with this title, or with the one title that it shortens."""
        key = name_key(text)
        exact = self.notices.get(key, ())
        found = exact or [version for title, ids in self.notices.items() if _shortens(key, title) for version in ids]
        return self.headers[found[0]] if len(found) == 1 else None

    def eligible(self, scope: Scope) -> Eligible:
        """What a question of this scope may use, with all rows of its ledgers."""
        return self._scopes.get_or(scope, lambda: self._eligible(scope))

    def _eligible(self, scope: Scope) -> Eligible:
        admitted = self.distinct(version for version, header in self.headers.items() if self._admits(scope, header))
        headers = [header for header in self.headers.values() if header.version_id in admitted]
        partitions = {header.partition for header in headers if header.passages}
        return Eligible(
            frozenset(header.version_id for header in headers),
            tuple(sorted(partitions)),
            sum(header.passages for header in headers),
            held=sum(header.passages for header in self.headers.values() if header.partition in partitions),
            ledgers=frozenset(header.version_id for header in headers if header.kind is DocumentKind.LEDGER),
        )

    def _admits(self, scope: Scope, header: Header) -> bool:
        if scope.kinds and header.kind not in scope.kinds:
            return False
        if scope.documents and header.document_id not in scope.documents:
            return False
        if (scope.date_from or scope.date_to) and not _within(header.day, scope.date_from, scope.date_to):
            return False
        if scope.units and header.unit and header.kind is not DocumentKind.LEDGER and header.unit not in scope.units:
            return False
        edition = self.editions.get(header.version_id)
        if scope.works and (edition is None or edition.work_id not in scope.works):
            return False
        return edition is None or scope.all_editions or edition.citable(scope.as_of)

    def resolve(self, text: str, within: str | None = None) -> list[Work]:
        """The works a name may mean: a short form defined in the text it stands in, a title or alias, a title without
        its 《》, its 中华人民共和国 or its group's name. The first of these that finds something decides.
        """
        found = self._resolve(text, self.headers.get(within) if within else None)
        return [self.works[work] for work in sorted(found) if work in self.works]

    def _resolve(self, text: str, within: Header | None) -> frozenset[str]:
        key = name_key(text)
        if not key:
            return frozenset()
        if within is not None:
            for alias, title in within.defines.items():
                if name_key(alias) == key and name_key(title) != key:
                    return self.names.find(name_key(title))
        return self.names.find(key) or self.names.defined(key)


@dataclass(frozen=True, slots=True)
class Names:
    """Every way a work is called, by name key."""

    exact: Mapping[str, frozenset[str]]
    shorts: tuple[tuple[str, str, str], ...]  # the issuing body, the title without it, work id
    defines: Mapping[str, frozenset[str]]  # alias → name keys of the titles it stands for, in some document

    def find(self, key: str) -> frozenset[str]:
        """By any of its names, else by a short title behind the shortened name of its issuing body."""
        if key in self.exact:
            return self.exact[key]
        return frozenset(work for body, short, work in self.shorts if _nicknamed(key, body, short))

    def defined(self, key: str) -> frozenset[str]:
        """By a short form that documents define (以下简称), unless they disagree. 《办法》 alone names nothing."""
        works = [self.find(title) for title in self.defines.get(key, ()) if len(key) > 3]
        found = frozenset[str]().union(*works)
        return found if len(found) == 1 else frozenset()


_NOT_WORD = re.compile(r"[\W_]+")


def name_key(text: str) -> str:
    """A title or short title folded for comparison: no 《》, edition label, punctuation, width or script."""
    return _NOT_WORD.sub("", normal_title(text))


def _nicknamed(key: str, body: str, short: str) -> bool:
    """Whether 岱钢巡察工作办法 or 集团巡察工作办法 means 岱川钢铁集团有限公司巡察工作办法.

    Every character before the short title must come from the body's own name, in order, so that another body's rule
    of the same name is not meant.
    """
    letters = iter(body)
    return key.endswith(short) and all(character in letters for character in key[: len(key) - len(short)])


def _names(headers: Iterable[Header]) -> Names:
    exact: dict[str, set[str]] = {}
    shorts: dict[tuple[str, str, str], None] = {}
    defines: dict[str, set[str]] = {}
    for header in headers:
        for alias, title in header.defines.items():
            defines.setdefault(name_key(alias), set()).add(name_key(title))
        if header.edition is None:
            continue
        work, title = header.edition.work_id, header.work or header.title
        for name in (title, header.title, header.edition.title, *header.aliases, *short_titles(title)):
            exact.setdefault(name_key(name), set()).add(work)
        for short in map(name_key, short_titles(title)):
            shorts[name_key(title).removesuffix(short), short, work] = None
    frozen = {key: frozenset(works) for key, works in exact.items() if key}
    return Names(frozen, tuple(shorts), {key: frozenset(keys) for key, keys in defines.items()})


@dataclass(frozen=True, slots=True)
class Amending:
    """A document that amends a work, and what it changes there."""

    header: Header
    amendment: Amendment


def _amending(headers: Iterable[Header], names: Names) -> dict[str, tuple[Amending, ...]]:
    """The documents that amend each work, by work id, in order of issue."""
    found: dict[str, list[Amending]] = {}
    for header in headers:
        for amendment in header.amends:
            for work in names.find(name_key(amendment.work)):
                found.setdefault(work, []).append(Amending(header, amendment))
    return {
        work: tuple(sorted(each, key=lambda one: (one.header.day or date.max, one.header.version_id)))
        for work, each in found.items()
    }


_NOTICE = re.compile(r"关于.+(?:通知|通报|决定|决议|批复|函|公告|通告|意见)(?:[（(][^（()）]*[）)])?$")


def _notices(headers: Iterable[Header]) -> dict[str, tuple[str, ...]]:
    """Documents called by what they are about (关于…的通知), by the name key of their title."""
    found: dict[str, tuple[str, ...]] = {}
    for header in headers:
        if _NOTICE.search(header.title):
            key = name_key(header.title)
            found[key] = (*found.get(key, ()), header.version_id)
    return found


def _shortens(key: str, title: str) -> bool:
    """Whether 关于印发差旅费管理办法的通知 means 某某集团有限公司关于印发《某某集团有限公司差旅费管理办法》的通知."""
    letters = iter(title[title.find("关于") :])
    return len(key) >= 8 and key[-2:] == title[-2:] and all(character in letters for character in key)


def _works(headers: Iterable[Header]) -> dict[str, Work]:
    """Works by id, each under the title of its newest edition, with every alias its editions give."""
    titles: dict[str, tuple[tuple[date, str], str]] = {}
    aliases: dict[str, dict[str, None]] = {}
    for header in headers:
        if header.edition is None:
            continue
        work, when = header.edition.work_id, (newness(header.edition), header.version_id)
        titles[work] = max(titles.get(work, (when, header.work or header.title)), (when, header.work or header.title))
        aliases.setdefault(work, {}).update(dict.fromkeys(header.aliases))
    return {work: Work(work, title, tuple(aliases[work])) for work, (_, title) in sorted(titles.items())}


def newness(edition: Edition) -> date:
    """What decides which of a work's editions is the latest known: taking effect, else publication."""
    return edition.effective_from or edition.published or date.min


def latest(editions: Iterable[Edition]) -> str | None:
    """The version id of the latest known edition."""
    newest = max(editions, key=lambda e: (newness(e), e.published or date.min, e.id), default=None)
    return newest.version_id if newest is not None else None


def _timelines(headers: Iterable[Header], names: Names) -> dict[str, Edition]:
    """Editions by version id, closed by their successors and by what other documents repeal, in any order of arrival."""
    by_work: dict[str, list[Edition]] = {}
    repeals: dict[str, list[date]] = {}
    for header in headers:
        if header.edition is not None:
            by_work.setdefault(header.edition.work_id, []).append(header.edition)
        for title, last in header.repeals:
            for work in names.find(name_key(title)):
                repeals.setdefault(work, []).append(last)
    out: dict[str, Edition] = {}
    for work, editions in by_work.items():
        for edition in timeline(tuple(editions)):
            out[edition.version_id] = repealed(edition, repeals.get(work, ()))
    return out


def repealed(edition: Edition, repeals: Iterable[date]) -> Edition:
    """The edition closed by the repeals of its work that met it in force; what its own source says stays if earlier."""
    ends = [last for last in repeals if _in_force(edition, last)]
    if not ends:
        return edition
    last = min([*ends, *([edition.effective_to] if edition.effective_to is not None else [])])
    return replace(edition, effective_to=last)


def _in_force(edition: Edition, on: date) -> bool:
    begun = edition.effective_from or edition.published
    return (begun is None or begun <= on) and (edition.successor_from is None or on < edition.successor_from)


def _within(day: date | None, first: date | None, last: date | None) -> bool:
    """Whether a day lies in a range; an unknown day is in none."""
    return day is not None and (first is None or first <= day) and (last is None or day <= last)


def _standing(header: Header) -> tuple[float, int, str]:
    """The best copy first; of equals the longer one."""
    return -header.standing, -header.passages, header.document_id


class Roster:
    """All current versions at one revision, seen through each caller's eyes."""

    def __init__(
        self, revision: int, headers: Sequence[Header], twins: Mapping[tuple[str, str], float] | None = None
    ) -> None:
        self.revision = revision
        self._twins = twins or {}
        self.headers = {header.version_id: header for header in headers}
        self._restricted = any(header.readers for header in headers)
        self._views: Recent[object, View] = Recent(32)

    def view(self, caller: Caller) -> View:
        """The library as this caller sees it; callers with the same groups share one view."""
        key = None if caller.reads_all or not self._restricted else caller.groups
        return self._views.get_or(
            key,
            lambda: View([header for header in self.headers.values() if caller.may_read(header.readers)], self._twins),
        )
